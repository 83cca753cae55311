//! The rows of the command table: Pub/Sub.
//!
//! Redis: `src/commands/*.json`, group `pubsub`.

use super::explain;
use crate::command::pubsub;
use crate::server::dispatch::spec::*;
use crate::server::dispatch::table::{OPERATOR, SERVED};

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("subscribe", -2, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::subscribe),
    Command::new("unsubscribe", -1, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::unsubscribe),
    Command::new("psubscribe", -2, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::psubscribe),
    Command::new("punsubscribe", -1, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::punsubscribe),
    Command::new("publish", 3, PUBSUB | SERVED | FAST | MAY_REPLICATE | PUBLISHES, pubsub::publish),
    Command::new("ssubscribe", -2, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::ssubscribe).keys(1, -1, 1, &["not_key"]),
    Command::new("sunsubscribe", -1, PUBSUB | NOSCRIPT | SERVED | SUBSCRIBED_MODE, pubsub::sunsubscribe).keys(1, -1, 1, &["not_key"]),
    Command::new("spublish", 3, PUBSUB | SERVED | FAST | MAY_REPLICATE | PUBLISHES, pubsub::spublish).keys(1, 1, 1, &["not_key"]),
    Command::container("pubsub", PUBSUB_SUBCOMMANDS),
];

#[rustfmt::skip]
static PUBSUB_SUBCOMMANDS: &[Command] = &[
    Command::new("pubsub|channels", -2, PUBSUB | SERVED, pubsub::channels),
    Command::new("pubsub|numsub", -2, PUBSUB | SERVED, pubsub::numsub),
    Command::new("pubsub|numpat", 2, PUBSUB | SERVED, pubsub::numpat),
    Command::new("pubsub|shardchannels", -2, PUBSUB | SERVED, pubsub::shardchannels),
    Command::new("pubsub|shardnumsub", -2, PUBSUB | SERVED, pubsub::shardnumsub),
    Command::new("pubsub|subscribers", -3, OPERATOR, explain::subscribers),
    Command::new("pubsub|explain", -3, OPERATOR, explain::explain),
    Command::new("pubsub|help", 2, SERVED, pubsub::help),
];
