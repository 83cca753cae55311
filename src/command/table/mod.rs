//! The command table: every command there is, found by its name, with its statistics. One file for each group of rows.
//!
//! Redis: `src/commands.def`, `lookupCommand`; `struct redisCommand`'s counters.

mod cluster;
mod connection;
mod generic;
mod hash;
pub mod known;
mod list;
mod pubsub;
mod scripting;
mod server;
mod stream;
mod string;
mod transactions;

use super::CommandId;
use super::spec::*;
use crate::latency::Histogram;
use crate::resp::request::Request;
use hashbrown::HashMap;
use std::cell::Cell;

const SERVED: Flags = LOADING | STALE;
const OPERATOR: Flags = SERVED | NOSCRIPT | ADMIN;

/// The rows, by group.
static GROUPS: &[&[Command]] = &[
    pubsub::COMMANDS,
    connection::COMMANDS,
    server::COMMANDS,
    cluster::COMMANDS,
    generic::COMMANDS,
    string::COMMANDS,
    stream::COMMANDS,
    hash::COMMANDS,
    list::COMMANDS,
    transactions::COMMANDS,
    scripting::COMMANDS,
];

/// Every command, by group; subcommands are in their commands.
pub fn commands() -> impl Iterator<Item = &'static Command> + Clone {
    GROUPS.iter().copied().flatten()
}

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
    last: Cell<Spelt>,
}

/// Names are at most this long, but for what `rename-command` makes of them.
const LONGEST: usize = 16;

/// The first `len` bytes of `bytes` are a name, spelt in some way, of the command `id`.
#[derive(Clone, Copy, Default)]
struct Spelt {
    len: usize,
    bytes: [u8; LONGEST],
    id: CommandId,
}

impl Default for Table {
    fn default() -> Self {
        let mut entries: Vec<Entry> = Vec::new();
        let entry = |command| Entry { command, stats: Stats::default(), latency: None, subcommands: 0 };
        entries.extend(commands().map(entry));
        for (id, command) in commands().enumerate() {
            entries[id].subcommands = entries.len() as CommandId;
            entries.extend(command.subcommands.iter().map(entry));
        }
        let by_name =
            commands().enumerate().map(|(id, c)| (c.name.as_bytes().into(), id as CommandId)).collect();
        Table { entries, by_name, longest: LONGEST, last: Cell::default() }
    }
}

impl Table {
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
        self.last.set(Spelt { len: name.len(), bytes, id });
        Some(id)
    }

    /// Gives a command another name; an empty one: it can no longer be called. A command that only Redis or Valkey has is
    /// left alone. Redis: `rename-command` in `loadServerConfigFromString`.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<(), &'static str> {
        let name = |text: &str| text.to_ascii_lowercase().into_bytes().into_boxed_slice();
        let Some(id) = self.by_name.remove(&name(from)) else {
            let is_built = commands().any(|command| command.name.eq_ignore_ascii_case(from));
            return match known::is_known(from.as_bytes()) && !is_built {
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
        let Entry { command, subcommands, .. } = self.entries[id as usize];
        if command.subcommands.is_empty() {
            return Some((id, command));
        }
        match request.get(1) {
            Some(word) => {
                let at = command
                    .subcommands
                    .iter()
                    .position(|sub| subname(sub).as_bytes().eq_ignore_ascii_case(word))?;
                Some((subcommands + at as CommandId, &command.subcommands[at]))
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
        self.entries[id as usize].command
    }

    /// The counters of a command, to add to.
    pub fn stats_mut(&mut self, id: CommandId) -> &mut Stats {
        &mut self.entries[id as usize].stats
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
        let latency = &mut self.entries[id as usize].latency;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_again_and_again() {
        let table = Table::default();
        for _ in 0..2 {
            let named = |name: &[u8]| table.named(name).map(|id| table.command(id).name);
            assert_eq!(named(b"PUBLISH"), Some("publish"));
            assert_eq!(named(b"publish"), Some("publish"));
            assert_eq!(named(b"publish\0"), None);
            assert_eq!(named(b"publis"), None);
            assert_eq!(named(b""), None);
            assert_eq!(named(&[b'p'; 1000]), None);
        }
    }

    #[test]
    fn every_name_is_short_enough_to_be_found() {
        let table = Table::default();
        assert!(commands().all(|command| table.named(command.name.as_bytes()).is_some()));
    }
}
