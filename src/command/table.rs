//! The command table: every command there is, found by its name, with its statistics.
//!
//! Redis: `src/commands.def`, `lookupCommand`; `struct redisCommand`'s counters.

use super::spec::*;
use super::{
    CommandId, client, client_kill, config, connection, debug, info, introspect, keys, monitor, pubsub,
    pubsub_explain, scripts, server, slowlog, string,
};
use crate::resp::request::Request;
use hashbrown::HashMap;
use std::cell::Cell;

const SERVED: Flags = LOADING | STALE;
const CONNECTING: Flags = SERVED | NOSCRIPT | FAST | NO_AUTH | ALLOW_BUSY;
const OPERATOR: Flags = SERVED | NOSCRIPT | ADMIN;
const CONNECTION: &[&str] = &["connection"];
const KEYSPACE: &[&str] = &["keyspace"];
const O1: &str = "O(1)";

/// Every command, by group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    // Pub/Sub.
    Command::new("subscribe", -2, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::subscribe)
        .docs("pubsub", "2.0.0", "O(N) for N channels", "Subscribes to channels."),
    Command::new("unsubscribe", -1, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::unsubscribe)
        .docs("pubsub", "2.0.0", "O(N) for N channels", "Leaves channels, or all of them."),
    Command::new("psubscribe", -2, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::psubscribe)
        .docs("pubsub", "2.0.0", "O(N) for N patterns", "Subscribes to all channels that match patterns."),
    Command::new("punsubscribe", -1, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::punsubscribe)
        .docs("pubsub", "2.0.0", "O(N) for N patterns", "Leaves patterns, or all of them."),
    Command::new("publish", 3, PUBSUB | SERVED | FAST | MAY_REPLICATE, pubsub::publish)
        .docs("pubsub", "2.0.0", "O(N) for N receivers", "Sends a message to the subscribers of a channel."),
    Command::new("ssubscribe", -2, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::ssubscribe).keys(1, -1, 1, &["not_key"])
        .docs("pubsub", "7.0.0", "O(N) for N channels", "Subscribes to shard channels."),
    Command::new("sunsubscribe", -1, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::sunsubscribe).keys(1, -1, 1, &["not_key"])
        .docs("pubsub", "7.0.0", "O(N) for N channels", "Leaves shard channels, or all of them."),
    Command::new("spublish", 3, PUBSUB | SERVED | FAST | MAY_REPLICATE, pubsub::spublish).keys(1, 1, 1, &["not_key"])
        .docs("pubsub", "7.0.0", "O(N) for N receivers", "Sends a message to the subscribers of a shard channel."),
    Command::container("pubsub", PUBSUB_SUBCOMMANDS)
        .docs("pubsub", "2.8.0", "By subcommand", "Tells who is subscribed to what."),
    // Connection.
    Command::new("ping", -1, FAST | SUBSCRIBED_MODE, connection::ping).categories(CONNECTION).tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .docs("connection", "1.0.0", O1, "Answers: is the server there?"),
    Command::new("echo", 2, SERVED | FAST, connection::echo).categories(CONNECTION)
        .docs("connection", "1.0.0", O1, "Returns its argument."),
    Command::new("hello", -1, CONNECTING, connection::hello).categories(CONNECTION)
        .docs("connection", "6.0.0", O1, "Chooses the protocol's version; tells what the server is."),
    Command::new("auth", -2, CONNECTING, connection::auth).categories(CONNECTION)
        .docs("connection", "1.0.0", "O(N) for N passwords", "Gives the password."),
    Command::new("quit", -1, CONNECTING | SUBSCRIBED_MODE, connection::quit).categories(CONNECTION)
        .docs("connection", "1.0.0", O1, "Closes the connection."),
    Command::new("reset", 1, CONNECTING | SUBSCRIBED_MODE, connection::reset).categories(CONNECTION)
        .docs("connection", "6.2.0", O1, "Makes the connection as good as new."),
    Command::new("select", 2, SERVED | FAST, connection::select).categories(CONNECTION)
        .docs("connection", "1.0.0", O1, "Chooses the database."),
    Command::container("client", CLIENT_SUBCOMMANDS)
        .docs("connection", "2.4.0", "By subcommand", "Looks after connections."),
    // Server.
    Command::new("command", -1, SERVED, introspect::all).categories(CONNECTION).subcommands(COMMAND_SUBCOMMANDS).tips(&["nondeterministic_output_order"])
        .docs("server", "2.8.13", "O(N) for N commands", "Tells what commands there are."),
    Command::container("config", CONFIG_SUBCOMMANDS)
        .docs("server", "2.0.0", "By subcommand", "Reads and changes settings."),
    Command::new("info", -1, SERVED, info::info).categories(&["dangerous"]).tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])
        .docs("server", "1.0.0", O1, "Tells how the server is."),
    Command::new("monitor", 1, OPERATOR, monitor::monitor)
        .docs("server", "1.0.0", O1, "Shows every command as it runs."),
    Command::container("slowlog", SLOWLOG_SUBCOMMANDS)
        .docs("server", "2.2.12", "By subcommand", "Shows commands that took long."),
    Command::new("time", 1, SERVED | FAST, server::time).tips(&["nondeterministic_output"])
        .docs("server", "2.6.0", O1, "Tells the server's time."),
    Command::new("dbsize", 1, READONLY | FAST, server::dbsize).categories(KEYSPACE).tips(&["request_policy:all_shards", "response_policy:agg_sum"])
        .docs("server", "1.0.0", O1, "Counts the keys of the database."),
    Command::new("flushall", -1, WRITE, server::flushall).categories(&["keyspace", "dangerous"]).tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .docs("server", "1.0.0", "O(N) for N keys", "Removes all keys of all databases."),
    Command::new("flushdb", -1, WRITE, server::flushdb).categories(&["keyspace", "dangerous"]).tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .docs("server", "1.0.0", "O(N) for N keys", "Removes all keys of the database."),
    Command::new("shutdown", -1, OPERATOR | NO_MULTI | ALLOW_BUSY, server::shutdown)
        .docs("server", "1.0.0", O1, "Ends the server."),
    Command::new("role", 1, SERVED | NOSCRIPT | FAST, server::role).categories(&["admin", "dangerous"])
        .docs("server", "2.8.12", O1, "Tells the server's part in replication."),
    Command::new("cluster", -2, SERVED, server::cluster)
        .docs("cluster", "3.0.0", O1, "Answers that this is no cluster."),
    Command::new("debug", -2, OPERATOR | DEBUG, debug::debug)
        .docs("server", "1.0.0", "By subcommand", "Helps test suites."),
    Command::container("script", SCRIPT_SUBCOMMANDS)
        .docs("scripting", "2.6.0", "By subcommand", "Forgets scripts."),
    Command::container("function", FUNCTION_SUBCOMMANDS)
        .docs("scripting", "7.0.0", "By subcommand", "Forgets functions."),
    // Keys and strings: what handshakes and harnesses need.
    Command::new("get", 2, READONLY | FAST, string::get).categories(&["string"]).keys(1, 1, 1, &["RO", "access"])
        .docs("string", "1.0.0", O1, "Returns the string at a key."),
    Command::new("set", -3, WRITE | DENYOOM, string::set).categories(&["string"]).keys(1, 1, 1, &["RW", "access", "update", "variable_flags"])
        .docs("string", "1.0.0", O1, "Stores a string at a key."),
    Command::new("del", -2, WRITE, keys::del).categories(KEYSPACE).keys(1, -1, 1, &["RM", "delete"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .docs("generic", "1.0.0", "O(N) for N keys", "Removes keys."),
    Command::new("unlink", -2, WRITE | FAST, keys::del).categories(KEYSPACE).keys(1, -1, 1, &["RM", "delete"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .docs("generic", "4.0.0", "O(N) for N keys", "Removes keys."),
    Command::new("exists", -2, READONLY | FAST, keys::exists).categories(KEYSPACE).keys(1, -1, 1, &["RO"]).tips(&["request_policy:multi_shard", "response_policy:agg_sum"])
        .docs("generic", "1.0.0", "O(N) for N keys", "Counts those of the keys that exist."),
    Command::new("type", 2, READONLY | FAST, keys::type_of).categories(KEYSPACE).keys(1, 1, 1, &["RO"])
        .docs("generic", "1.0.0", O1, "Tells the type of the value at a key."),
    Command::new("keys", 2, READONLY, keys::keys).categories(&["keyspace", "dangerous"]).tips(&["request_policy:all_shards", "nondeterministic_output_order"])
        .docs("generic", "1.0.0", "O(N) for N keys in the database", "Lists the keys that match a pattern."),
];

#[rustfmt::skip]
static PUBSUB_SUBCOMMANDS: &[Command] = &[
    Command::new("pubsub|channels", -2, PUBSUB | SERVED, pubsub::channels)
        .docs("pubsub", "2.8.0", "O(N) for N channels", "Lists channels that have subscribers."),
    Command::new("pubsub|numsub", -2, PUBSUB | SERVED, pubsub::numsub)
        .docs("pubsub", "2.8.0", "O(N) for N channels asked for", "Counts the subscribers of channels."),
    Command::new("pubsub|numpat", 2, PUBSUB | SERVED, pubsub::numpat)
        .docs("pubsub", "2.8.0", O1, "Counts the different patterns subscribed to."),
    Command::new("pubsub|shardchannels", -2, PUBSUB | SERVED, pubsub::shardchannels)
        .docs("pubsub", "7.0.0", "O(N) for N shard channels", "Lists shard channels that have subscribers."),
    Command::new("pubsub|shardnumsub", -2, PUBSUB | SERVED, pubsub::shardnumsub)
        .docs("pubsub", "7.0.0", "O(N) for N channels asked for", "Counts the subscribers of shard channels."),
    Command::new("pubsub|subscribers", -3, OPERATOR, pubsub_explain::subscribers)
        .docs("pubsub", "7.2.4", "O(N log N) for N receivers, and the cost of PUBLISH with PATTERNS", "Tells who would receive a message, and how far behind each is (not in Redis)."),
    Command::new("pubsub|explain", -3, OPERATOR, pubsub_explain::explain)
        .docs("pubsub", "7.2.4", "O(N) for N receivers", "Tells what PUBLISH would do, without doing it (not in Redis)."),
    Command::new("pubsub|help", 2, SERVED, pubsub::help)
        .docs("pubsub", "6.2.0", O1, "Explains the subcommands."),
];

const ASKING: Flags = SERVED | NOSCRIPT;

#[rustfmt::skip]
static CLIENT_SUBCOMMANDS: &[Command] = &[
    Command::new("client|id", 2, ASKING, client::id).categories(CONNECTION)
        .docs("connection", "5.0.0", O1, "Returns the connection's id."),
    Command::new("client|info", 2, ASKING, client::info).categories(CONNECTION).tips(&["nondeterministic_output"])
        .docs("connection", "6.2.0", O1, "Describes the connection."),
    Command::new("client|list", -2, OPERATOR, client::list).categories(CONNECTION).tips(&["nondeterministic_output"])
        .docs("connection", "2.4.0", "O(N) for N connections", "Describes connections."),
    Command::new("client|kill", -3, OPERATOR, client_kill::kill).categories(CONNECTION)
        .docs("connection", "2.4.0", "O(N) for N connections", "Closes connections."),
    Command::new("client|setname", 3, ASKING, client::setname).categories(CONNECTION).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .docs("connection", "2.6.9", O1, "Names the connection."),
    Command::new("client|getname", 2, ASKING, client::getname).categories(CONNECTION)
        .docs("connection", "2.6.9", O1, "Returns the connection's name."),
    Command::new("client|setinfo", 4, ASKING, client::setinfo).categories(CONNECTION).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .docs("connection", "7.2.0", O1, "Names the client's library or its version."),
    Command::new("client|reply", 3, ASKING, client::reply).categories(CONNECTION)
        .docs("connection", "3.2.0", O1, "Turns replies off and on."),
    Command::new("client|pause", -3, OPERATOR, client::pause).categories(CONNECTION)
        .docs("connection", "3.0.0", O1, "Holds back commands for a while."),
    Command::new("client|unpause", 2, OPERATOR, client::unpause).categories(CONNECTION)
        .docs("connection", "6.2.0", "O(N) for N paused connections", "Ends CLIENT PAUSE."),
    Command::new("client|unblock", -3, OPERATOR, client::unblock).categories(CONNECTION)
        .docs("connection", "5.0.0", O1, "Frees a client from a blocking command."),
    Command::new("client|no-evict", 3, OPERATOR, client::no_evict).categories(CONNECTION)
        .docs("connection", "7.0.0", O1, "Spares the connection when memory runs out."),
    Command::new("client|notify-close", 3, ASKING, client::notify_close).categories(CONNECTION)
        .docs("connection", "7.2.4", O1, "Asks for a last push before the connection is closed for its output buffer (not in Redis)."),
    Command::new("client|no-touch", 3, ASKING, client::no_touch).categories(CONNECTION)
        .docs("connection", "7.2.0", O1, "Keeps the connection's reads out of keys' usage."),
    Command::new("client|help", 2, SERVED, client::help).categories(CONNECTION)
        .docs("connection", "5.0.0", O1, "Explains the subcommands."),
];

#[rustfmt::skip]
static COMMAND_SUBCOMMANDS: &[Command] = &[
    Command::new("command|count", 2, SERVED, introspect::count).categories(CONNECTION)
        .docs("server", "2.8.13", O1, "Counts the commands."),
    Command::new("command|info", -2, SERVED, introspect::info).categories(CONNECTION).tips(&["nondeterministic_output_order"])
        .docs("server", "2.8.13", "O(N) for N commands", "Describes commands for programs."),
    Command::new("command|list", -2, SERVED, introspect::list).categories(CONNECTION).tips(&["nondeterministic_output_order"])
        .docs("server", "7.0.0", "O(N) for N commands", "Lists the names of commands."),
    Command::new("command|docs", -2, SERVED, introspect::docs).categories(CONNECTION).tips(&["nondeterministic_output_order"])
        .docs("server", "7.0.0", "O(N) for N commands", "Describes commands for people."),
    Command::new("command|getkeys", -3, SERVED, introspect::getkeys).categories(CONNECTION)
        .docs("server", "2.8.13", "O(N) for N arguments", "Finds the keys in a command's arguments."),
    Command::new("command|getkeysandflags", -3, SERVED, introspect::getkeysandflags).categories(CONNECTION)
        .docs("server", "7.0.0", "O(N) for N arguments", "Finds the keys in a command's arguments, and what it does with each."),
    Command::new("command|help", 2, SERVED, introspect::help).categories(CONNECTION)
        .docs("server", "5.0.0", O1, "Explains the subcommands."),
];

#[rustfmt::skip]
static CONFIG_SUBCOMMANDS: &[Command] = &[
    Command::new("config|get", -3, OPERATOR, config::get)
        .docs("server", "2.0.0", "O(N) for N settings", "Returns settings by name or pattern."),
    Command::new("config|set", -4, OPERATOR, config::set).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .docs("server", "2.0.0", "O(N) for N settings", "Changes settings, all of those given or none."),
    Command::new("config|rewrite", 2, OPERATOR, config::rewrite).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .docs("server", "2.8.0", O1, "Writes the settings to the config file."),
    Command::new("config|resetstat", 2, OPERATOR, config::resetstat).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .docs("server", "2.0.0", O1, "Sets the statistics of INFO to zero."),
    Command::new("config|help", 2, SERVED, config::help)
        .docs("server", "5.0.0", O1, "Explains the subcommands."),
];

#[rustfmt::skip]
static SLOWLOG_SUBCOMMANDS: &[Command] = &[
    Command::new("slowlog|get", -2, SERVED | ADMIN, slowlog::get).tips(&["request_policy:all_nodes", "nondeterministic_output"])
        .docs("server", "2.2.12", "O(N) for N entries", "Returns the entries of the slow log."),
    Command::new("slowlog|len", 2, SERVED | ADMIN, slowlog::len).tips(&["request_policy:all_nodes", "response_policy:agg_sum", "nondeterministic_output"])
        .docs("server", "2.2.12", O1, "Counts the entries of the slow log."),
    Command::new("slowlog|reset", 2, SERVED | ADMIN, slowlog::reset).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .docs("server", "2.2.12", "O(N) for N entries", "Empties the slow log."),
    Command::new("slowlog|help", 2, SERVED, slowlog::help)
        .docs("server", "6.2.0", O1, "Explains the subcommands."),
];

const SCRIPTING: &[&str] = &["scripting"];

#[rustfmt::skip]
static SCRIPT_SUBCOMMANDS: &[Command] = &[
    Command::new("script|flush", -2, NOSCRIPT, scripts::script_flush).categories(SCRIPTING).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"])
        .docs("scripting", "2.6.0", O1, "Forgets all scripts."),
    Command::new("script|help", 2, SERVED, scripts::script_help).categories(SCRIPTING)
        .docs("scripting", "5.0.0", O1, "Explains the subcommands."),
];

#[rustfmt::skip]
static FUNCTION_SUBCOMMANDS: &[Command] = &[
    Command::new("function|flush", -2, WRITE | NOSCRIPT, scripts::function_flush).categories(SCRIPTING).tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .docs("scripting", "7.0.0", O1, "Forgets all functions."),
    Command::new("function|help", 2, SERVED, scripts::function_help).categories(SCRIPTING)
        .docs("scripting", "7.0.0", O1, "Explains the subcommands."),
];

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
    /// The id of the first subcommand; the others follow.
    subcommands: CommandId,
}

/// All commands and subcommands, each with its counters.
pub struct Table {
    entries: Vec<Entry>,
    /// By a quick hash that collisions could be found for: but nobody adds names to this dict.
    by_name: HashMap<&'static [u8], CommandId>,
    /// The name that was looked up last, as it was spelt: clients mostly repeat themselves.
    last: Cell<Spelt>,
}

/// Names are at most this long.
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
        let entry = |command| Entry { command, stats: Stats::default(), subcommands: 0 };
        entries.extend(COMMANDS.iter().map(entry));
        for id in 0..COMMANDS.len() {
            entries[id].subcommands = entries.len() as CommandId;
            entries.extend(COMMANDS[id].subcommands.iter().map(entry));
        }
        let by_name =
            COMMANDS.iter().enumerate().map(|(id, c)| (c.name.as_bytes(), id as CommandId)).collect();
        Table { entries, by_name, last: Cell::default() }
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
        bytes.get_mut(..name.len())?.copy_from_slice(name);
        let lower = bytes.to_ascii_lowercase();
        let id = *self.by_name.get(&lower[..name.len()])?;
        self.last.set(Spelt { len: name.len(), bytes, id });
        Some(id)
    }

    /// The command, or the subcommand, that a request names. None if it names none, or a subcommand that a
    /// command with subcommands does not have. Redis: `lookupCommand`.
    pub fn find(&self, request: Request<'_>) -> Option<(CommandId, &'static Command)> {
        let id = self.named(&request[0])?;
        let Entry { command, subcommands, .. } = self.entries[id as usize];
        match request.get(1) {
            Some(word) if !command.subcommands.is_empty() => {
                let at = command
                    .subcommands
                    .iter()
                    .position(|sub| subname(sub).as_bytes().eq_ignore_ascii_case(word))?;
                Some((subcommands + at as CommandId, &command.subcommands[at]))
            }
            _ => Some((id, command)),
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
        self.entries.iter_mut().for_each(|entry| entry.stats = Stats::default());
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
        assert!(COMMANDS.iter().all(|command| table.named(command.name.as_bytes()).is_some()));
    }
}
