//! The rows of the command table: connections.
//!
//! Redis: `src/commands/*.json`, group `connection`.

use super::{O1, OPERATOR, SERVED};
use crate::command::spec::*;
use crate::command::{client, client_kill, connection};

const CONNECTING: Flags = SERVED | NOSCRIPT | FAST | NO_AUTH | ALLOW_BUSY;
const ASKING: Flags = SERVED | NOSCRIPT;
const CONNECTION: &[&str] = &["connection"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("ping", -1, FAST | SUBSCRIBED_MODE, connection::ping).categories(CONNECTION).tips(&["request_policy:all_shards", "response_policy:all_succeeded"])
        .docs("connection", "1.0.0", O1, "Answers: is the server there?"),
    Command::new("echo", 2, SERVED | FAST, connection::echo).categories(CONNECTION)
        .docs("connection", "1.0.0", O1, "Returns its argument."),
    Command::new("hello", -1, CONNECTING, connection::hello).categories(CONNECTION)
        .docs("connection", "6.0.0", O1, "Chooses the protocol's version; tells what the server is."),
    Command::new("auth", -2, CONNECTING, connection::auth).categories(CONNECTION)
        .docs("connection", "1.0.0", "O(N) for N passwords", "Gives the password."),
    Command::new("quit", -1, CONNECTING | SUBSCRIBED_MODE | IN_MULTI, connection::quit).categories(CONNECTION)
        .docs("connection", "1.0.0", O1, "Closes the connection."),
    Command::new("reset", 1, CONNECTING | SUBSCRIBED_MODE | IN_MULTI, connection::reset).categories(CONNECTION)
        .docs("connection", "6.2.0", O1, "Makes the connection as good as new."),
    Command::new("select", 2, SERVED | FAST, connection::select).categories(CONNECTION)
        .docs("connection", "1.0.0", O1, "Chooses the database."),
    Command::container("client", CLIENT_SUBCOMMANDS)
        .docs("connection", "2.4.0", "By subcommand", "Looks after connections."),
];

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
