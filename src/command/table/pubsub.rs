//! The rows of the command table: Pub/Sub.
//!
//! Redis: `src/commands/*.json`, group `pubsub`.

use super::{O1, OPERATOR, SERVED};
use crate::command::spec::*;
use crate::command::{pubsub, pubsub_explain};

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
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
