//! The command table: every command there is, found by its name, with its statistics. The rows are handed in.
//!
//! Redis: `src/commands.def`, `lookupCommand`; `struct redisCommand`'s counters.

use super::known;
use super::spec::*;
use crate::base::ids::CommandId;
use crate::config::Rename;
use crate::diagnostics::latency_histogram::Histogram;
use crate::resp::request::Request;
use hashbrown::HashMap;
use std::cell::Cell;

/// Commands that are served while the server loads, and with data that may be stale.
pub const SERVED: Flags = LOADING | STALE;
/// Commands for whoever runs the server.
pub const OPERATOR: Flags = SERVED | NOSCRIPT | ADMIN;

/// What has been counted of a command since the start or CONFIG RESETSTAT.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stats {
    /// How often it ran.
    pub calls: u64,
    /// How long all runs took together.
    pub microseconds: u64,
    /// How often it was refused before it ran: wrong arity, no password …
    pub rejected: u64,
    /// How often it ran and replied with an error.
    pub failed: u64,
}

struct Entry {
    command: &'static Command,
    stats: Stats,
    /// How long its runs took; None: it never ran, or they were not measured.
    latency: Option<Box<Histogram>>,
    /// The id of the first subcommand; the others follow.
    subcommands: CommandId,
}

/// All commands and subcommands, each with its counters.
pub struct Table {
    entries: Vec<Entry>,
    /// By a quick hash that collisions could be found for: but nobody adds names to this dict.
    by_name: HashMap<Box<[u8]>, CommandId>,
    /// How long names are at most.
    longest: usize,
    /// The name that was looked up last, as it was spelt: clients mostly repeat themselves.
    last: Cell<LastLookup>,
}

/// Names are at most this long, but for what `rename-command` makes of them.
const LONGEST: usize = 20;

/// The first `len` bytes of `bytes` are a name, spelt in some way, of the command `id`.
#[derive(Clone, Copy, Default)]
struct LastLookup {
    len: usize,
    bytes: [u8; LONGEST],
    id: CommandId,
}

/// The rows of all groups: `crate::command::all::ALL`, for this room knows none.
pub type Rows = &'static [&'static [Command]];

impl Table {
    /// A table of these rows, with the names that `rename-command` lines give them. The error is the first line that
    /// cannot be done, its place, and why.
    pub fn new(rows: Rows, renames: &[Rename]) -> Result<Table, String> {
        let commands = || rows.iter().copied().flatten();
        let mut entries: Vec<Entry> = Vec::new();
        let entry = |command| Entry {
            command,
            stats: Stats::default(),
            latency: None,
            subcommands: CommandId::default(),
        };
        entries.extend(commands().map(entry));
        for (id, command) in commands().enumerate() {
            entries[id].subcommands = CommandId::at(entries.len());
            entries.extend(command.subcommands.iter().map(entry));
        }
        let by_name =
            commands().enumerate().map(|(id, c)| (c.name.as_bytes().into(), CommandId::at(id))).collect();
        let mut table = Table { entries, by_name, longest: LONGEST, last: Cell::default() };
        for rename in renames {
            table.rename(&rename.from, &rename.to).map_err(|why| rename.refusal(why))?;
        }
        Ok(table)
    }

    /// Every command that is built, by group, whatever it is called now; subcommands are in their commands.
    pub fn commands(&self) -> impl Iterator<Item = &'static Command> {
        // Subcommands, which come after the commands, have a `|` in their names.
        self.entries.iter().map(|entry| entry.command).take_while(|command| !command.name.contains('|'))
    }

    /// A line for `rename-command` lines of commands that are not built.
    pub fn warning_about(&self, renames: &[Rename]) -> Option<String> {
        let unknown = |name: &&str| !self.is_built(name) && known::is_known(name.as_bytes());
        let names: Vec<&str> = renames.iter().map(|rename| &*rename.from).filter(unknown).collect();
        (!names.is_empty()).then(|| {
            format!("rename-command of {} changes nothing: these commands are not built", names.join(", "))
        })
    }

    /// Whether there is a command of that name, in any case, under whatever name it can be called.
    fn is_built(&self, name: &str) -> bool {
        self.commands().any(|command| command.name.eq_ignore_ascii_case(name))
    }

    /// The command of that name, in any case; subcommands are not found so.
    pub fn named(&self, name: &[u8]) -> Option<CommandId> {
        let last = self.last.get();
        if name == &last.bytes[..last.len] && last.len > 0 {
            return Some(last.id);
        }
        let mut bytes = [0; LONGEST];
        match bytes.get_mut(..name.len()) {
            Some(place) => place.copy_from_slice(name),
            None if name.len() > self.longest => return None,
            None => return self.by_name.get(&*name.to_ascii_lowercase()).copied(),
        }
        let mut lower = bytes;
        lower.make_ascii_lowercase();
        let id = *self.by_name.get(&lower[..name.len()])?;
        self.last.set(LastLookup { len: name.len(), bytes, id });
        Some(id)
    }

    /// Gives a command another name; an empty one: it can no longer be called. A command that only Redis or Valkey has is
    /// left alone. Redis: `rename-command` in `loadServerConfigFromString`.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), &'static str> {
        let name = |text: &str| text.to_ascii_lowercase().into_bytes().into_boxed_slice();
        let Some(id) = self.by_name.remove(&name(from)) else {
            return match known::is_known(from.as_bytes()) && !self.is_built(from) {
                true if self.by_name.contains_key(&name(to)) => Err("Target command name already exists"),
                true => Ok(()),
                false => Err("No such command in rename-command"),
            };
        };
        self.longest = self.longest.max(to.len());
        match to {
            "" => Ok(()),
            _ if self.by_name.contains_key(&name(to)) => Err("Target command name already exists"),
            _ => {
                self.by_name.insert(name(to), id);
                Ok(())
            }
        }
    }

    /// The command, or the subcommand, that a request names. None if it names none, or a subcommand that a
    /// command with subcommands does not have. Redis: `lookupCommand`.
    pub fn find(&self, request: Request<'_>) -> Option<(CommandId, &'static Command)> {
        let id = self.named(&request[0])?;
        let Entry { command, subcommands, .. } = self.entries[id.place()];
        if command.subcommands.is_empty() {
            return Some((id, command));
        }
        match request.get(1) {
            Some(word) => {
                let at = command
                    .subcommands
                    .iter()
                    .position(|sub| subname(sub).as_bytes().eq_ignore_ascii_case(word))?;
                Some((CommandId::at(subcommands.place() + at), &command.subcommands[at]))
            }
            None => Some((id, command)),
        }
    }

    /// The command of a full name such as `client|list`.
    pub fn full_name(&self, name: &[u8]) -> Option<&'static Command> {
        let mut parts = name.splitn(2, |&b| b == b'|');
        let command = self.command(self.named(parts.next()?)?);
        match parts.next() {
            None => Some(command),
            Some(sub) => command.subcommands.iter().find(|c| subname(c).as_bytes().eq_ignore_ascii_case(sub)),
        }
    }

    /// Whether `name` is a command with subcommands.
    pub fn has_subcommands(&self, name: &[u8]) -> bool {
        self.named(name).is_some_and(|id| !self.command(id).subcommands.is_empty())
    }

    /// The command with that id.
    pub fn command(&self, id: CommandId) -> &'static Command {
        self.entries[id.place()].command
    }

    /// The counters of a command, to add to.
    pub fn stats_mut(&mut self, id: CommandId) -> &mut Stats {
        &mut self.entries[id.place()].stats
    }

    /// Every command and subcommand with its counters.
    pub fn stats(&self) -> impl Iterator<Item = (&'static Command, Stats)> + '_ {
        self.entries.iter().map(|entry| (entry.command, entry.stats))
    }

    /// Sets all counters to zero.
    pub fn reset_stats(&mut self) {
        for entry in &mut self.entries {
            (entry.stats, entry.latency) = (Stats::default(), None);
        }
    }

    /// A command took so long. Redis: `updateCommandLatencyHistogram`.
    #[inline]
    pub fn record_latency(&mut self, id: CommandId, micros: u64) {
        let latency = &mut self.entries[id.place()].latency;
        if latency.is_none() {
            *latency = Histogram::new().map(Box::new);
        }
        if let Some(histogram) = latency {
            histogram.record(micros);
        }
    }

    /// How long the commands took that ran since the start or CONFIG RESETSTAT.
    pub fn latencies(&self) -> impl Iterator<Item = (&'static Command, &Histogram)> {
        self.entries.iter().filter_map(|entry| Some((entry.command, entry.latency.as_deref()?)))
    }
}

/// The part of a subcommand's name after the `|`.
pub fn subname(command: &Command) -> &'static str {
    command.name.split_once('|').map_or(command.name, |(_, sub)| sub)
}
