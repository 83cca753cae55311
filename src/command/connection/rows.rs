//! The rows of the command table: connections.
//!
//! Redis: `src/commands/*.json`, group `connection`.

use crate::command::client::{kill, tracking};
use crate::command::{client, connection};
use crate::server::dispatch::spec::*;
use crate::server::dispatch::table::{OPERATOR, SERVED};

const CONNECTING: Flags = SERVED | NOSCRIPT | FAST | NO_AUTH | ALLOW_BUSY;
const ASKING: Flags = SERVED | NOSCRIPT;
const CONNECTION: &[&str] = &["connection"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("ping", -1, FAST | SUBSCRIBED_MODE, connection::ping).categories(CONNECTION).tips(&["request_policy:all_shards", "response_policy:all_succeeded"]),
    Command::new("echo", 2, SERVED | FAST, connection::echo).categories(CONNECTION),
    Command::new("hello", -1, CONNECTING, connection::hello).categories(CONNECTION),
    Command::new("auth", -2, CONNECTING, connection::auth).categories(CONNECTION),
    Command::new("quit", -1, CONNECTING | SUBSCRIBED_MODE | IN_MULTI, connection::quit).categories(CONNECTION),
    Command::new("reset", 1, CONNECTING | SUBSCRIBED_MODE | IN_MULTI, connection::reset).categories(CONNECTION),
    Command::new("select", 2, SERVED | FAST, connection::select).categories(CONNECTION),
    Command::container("client", CLIENT_SUBCOMMANDS),
];

#[rustfmt::skip]
static CLIENT_SUBCOMMANDS: &[Command] = &[
    Command::new("client|id", 2, ASKING, client::id).categories(CONNECTION),
    Command::new("client|info", 2, ASKING, client::info).categories(CONNECTION).tips(&["nondeterministic_output"]),
    Command::new("client|list", -2, OPERATOR, client::list).categories(CONNECTION).tips(&["nondeterministic_output"]),
    Command::new("client|kill", -3, OPERATOR, kill::kill).categories(CONNECTION),
    Command::new("client|setname", 3, ASKING, client::setname).categories(CONNECTION).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    Command::new("client|getname", 2, ASKING, client::getname).categories(CONNECTION),
    Command::new("client|setinfo", 4, ASKING, client::setinfo).categories(CONNECTION).tips(&["request_policy:all_nodes", "response_policy:all_succeeded"]),
    Command::new("client|reply", 3, ASKING, client::reply).categories(CONNECTION),
    Command::new("client|tracking", -3, ASKING, tracking::tracking).categories(CONNECTION),
    Command::new("client|caching", 3, ASKING, tracking::caching).categories(CONNECTION),
    Command::new("client|trackinginfo", 2, ASKING, tracking::trackinginfo).categories(CONNECTION),
    Command::new("client|getredir", 2, ASKING, tracking::getredir).categories(CONNECTION),
    Command::new("client|pause", -3, OPERATOR, client::pause).categories(CONNECTION),
    Command::new("client|unpause", 2, OPERATOR, client::unpause).categories(CONNECTION),
    Command::new("client|unblock", -3, OPERATOR, client::unblock).categories(CONNECTION),
    Command::new("client|no-evict", 3, OPERATOR, client::no_evict).categories(CONNECTION),
    Command::new("client|notify-close", 3, ASKING, client::notify_close).categories(CONNECTION),
    Command::new("client|no-touch", 3, ASKING, client::no_touch).categories(CONNECTION),
    Command::new("client|help", 2, SERVED, client::help).categories(CONNECTION),
];
