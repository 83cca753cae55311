//! The rows of the command table: the server itself.
//!
//! Redis: `src/commands/*.json`, groups `server` and `cluster`.

use super::{O1, OPERATOR, SERVED};
use crate::command::spec::*;
use crate::command::{config, debug, info, introspect, latency, memory, monitor, rename, server, slowlog};

const CONNECTION: &[&str] = &["connection"];
const KEYSPACE: &[&str] = &["keyspace"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("command", -1, SERVED, introspect::all).categories(CONNECTION).subcommands(COMMAND_SUBCOMMANDS).tips(&["nondeterministic_output_order"])
        .docs("server", "2.8.13", "O(N) for N commands", "Tells what commands there are."),
    Command::container("config", CONFIG_SUBCOMMANDS)
        .docs("server", "2.0.0", "By subcommand", "Reads and changes settings."),
    Command::new("info", -1, SERVED, info::info).categories(&["dangerous"]).tips(&["nondeterministic_output", "request_policy:all_shards", "response_policy:special"])
        .docs("server", "1.0.0", O1, "Tells how the server is."),
    Command::container("latency", LATENCY_SUBCOMMANDS)
        .docs("server", "2.8.13", "By subcommand", "Tells what took long."),
    Command::container("memory", MEMORY_SUBCOMMANDS)
        .docs("server", "4.0.0", "By subcommand", "Tells how much memory keys take."),
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
    Command::new("swapdb", 3, WRITE | FAST, rename::swapdb).categories(&["keyspace", "dangerous"])
        .docs("server", "4.0.0", O1, "Gives two databases one another's keys."),
    Command::new("shutdown", -1, OPERATOR | NO_MULTI | ALLOW_BUSY, server::shutdown)
        .docs("server", "1.0.0", O1, "Ends the server."),
    Command::new("role", 1, SERVED | NOSCRIPT | FAST, server::role).categories(&["admin", "dangerous"])
        .docs("server", "2.8.12", O1, "Tells the server's part in replication."),
    Command::new("cluster", -2, SERVED, server::cluster)
        .docs("cluster", "3.0.0", O1, "Answers that this is no cluster."),
    Command::new("debug", -2, OPERATOR | DEBUG, debug::debug)
        .docs("server", "1.0.0", "By subcommand", "Helps test suites."),
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
static LATENCY_SUBCOMMANDS: &[Command] = &[
    Command::new("latency|latest", 2, OPERATOR, latency::latest).tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])
        .docs("server", "2.8.13", O1, "Tells what took long lately."),
    Command::new("latency|history", 3, OPERATOR, latency::history).tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])
        .docs("server", "2.8.13", O1, "Tells when something took long."),
    Command::new("latency|reset", -2, OPERATOR, latency::reset).tips(&["request_policy:all_nodes", "response_policy:agg_sum"])
        .docs("server", "2.8.13", O1, "Forgets what took long."),
    Command::new("latency|histogram", -2, OPERATOR, latency::histogram).tips(&["nondeterministic_output", "request_policy:all_nodes", "response_policy:special"])
        .docs("server", "7.0.0", "O(N) for N commands", "Tells how long commands take."),
    Command::new("latency|help", 2, SERVED, latency::help)
        .docs("server", "2.8.13", O1, "Explains the subcommands."),
];

#[rustfmt::skip]
static MEMORY_SUBCOMMANDS: &[Command] = &[
    Command::new("memory|usage", -3, READONLY, memory::usage).keys(2, 2, 1, &["RO"])
        .docs("server", "4.0.0", "O(N) for N samples", "Tells how much memory a key takes."),
    Command::new("memory|help", 2, SERVED, memory::help)
        .docs("server", "4.0.0", O1, "Explains the subcommands."),
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
