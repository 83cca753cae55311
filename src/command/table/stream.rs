//! The rows of the command table: streams.
//!
//! Redis: `src/commands/*.json`, group `stream`.

use super::{O1, SERVED};
use crate::command::spec::*;
use crate::command::{
    stream, stream_claim, stream_group, stream_info, stream_pending, stream_range, stream_read,
};

const STREAM: &[&str] = &["stream"];
const RANDOM: &[&str] = &["nondeterministic_output"];
const PER_ENTRY: &str = "O(N) for N entries returned";

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("xadd", -5, WRITE | DENYOOM | FAST, stream::xadd).categories(STREAM).keys(1, 1, 1, &["RW", "update"]).tips(RANDOM)
        .docs("stream", "5.0.0", "O(1), and O(N) for N entries trimmed", "Appends an entry to a stream."),
    Command::new("xlen", 2, READONLY | FAST, stream::xlen).categories(STREAM).keys(1, 1, 1, &["RO"])
        .docs("stream", "5.0.0", O1, "Counts the entries of a stream."),
    Command::new("xdel", -3, WRITE | FAST, stream::xdel).categories(STREAM).keys(1, 1, 1, &["RW", "delete"])
        .docs("stream", "5.0.0", "O(1) for each id", "Removes entries from a stream."),
    Command::new("xtrim", -4, WRITE, stream::xtrim).categories(STREAM).keys(1, 1, 1, &["RW", "delete"]).tips(RANDOM)
        .docs("stream", "5.0.0", "O(N) for N entries removed", "Removes the oldest entries of a stream."),
    Command::new("xsetid", -3, WRITE | DENYOOM | FAST, stream::xsetid).categories(STREAM).keys(1, 1, 1, &["RW", "update"])
        .docs("stream", "5.0.0", O1, "Sets the last id of a stream."),
    Command::new("xrange", -4, READONLY, stream_range::xrange).categories(STREAM).keys(1, 1, 1, &["RO", "access"])
        .docs("stream", "5.0.0", PER_ENTRY, "Returns entries between two ids."),
    Command::new("xrevrange", -4, READONLY, stream_range::xrevrange).categories(STREAM).keys(1, 1, 1, &["RO", "access"])
        .docs("stream", "5.0.0", PER_ENTRY, "Returns entries between two ids, the newest first."),
    Command::new("xread", -4, READONLY | BLOCKING, stream_read::xread).categories(STREAM).keys_after("STREAMS", 1, &["RO", "access"])
        .docs("stream", "5.0.0", PER_ENTRY, "Returns entries after an id from several streams, or waits for one."),
    Command::new("xreadgroup", -7, WRITE | BLOCKING, stream_read::xreadgroup).categories(STREAM).keys_after("STREAMS", 4, &["RO", "access"])
        .docs("stream", "5.0.0", PER_ENTRY, "Returns entries that nobody else in the group got, or those that were not acknowledged."),
    Command::container("xgroup", XGROUP_SUBCOMMANDS)
        .docs("stream", "5.0.0", "By subcommand", "Looks after consumer groups."),
    Command::container("xinfo", XINFO_SUBCOMMANDS)
        .docs("stream", "5.0.0", "By subcommand", "Describes streams, groups and consumers."),
    Command::new("xack", -4, WRITE | FAST, stream_pending::xack).categories(STREAM).keys(1, 1, 1, &["RW", "update"])
        .docs("stream", "5.0.0", "O(log N) for each id, N entries pending", "Acknowledges entries: they are done with."),
    Command::new("xpending", -3, READONLY, stream_pending::xpending).categories(STREAM).keys(1, 1, 1, &["RO", "access"]).tips(RANDOM)
        .docs("stream", "5.0.0", "O(N) for N entries looked at", "Lists entries that were delivered and not acknowledged."),
    Command::new("xclaim", -6, WRITE | FAST, stream_claim::xclaim).categories(STREAM).keys(1, 1, 1, &["RW", "update"]).tips(RANDOM)
        .docs("stream", "5.0.0", "O(log N) for each id, N entries pending", "Takes over pending entries from another consumer."),
    Command::new("xautoclaim", -6, WRITE | FAST, stream_claim::xautoclaim).categories(STREAM).keys(1, 1, 1, &["RW", "delete"]).tips(RANDOM)
        .docs("stream", "6.2.0", "O(N) for N entries looked at", "Takes over pending entries that have waited for long."),
];

#[rustfmt::skip]
static XGROUP_SUBCOMMANDS: &[Command] = &[
    Command::new("xgroup|create", -5, WRITE | DENYOOM, stream_group::create).categories(STREAM).keys(2, 2, 1, &["RW", "insert"])
        .docs("stream", "5.0.0", O1, "Makes a group."),
    Command::new("xgroup|setid", -5, WRITE, stream_group::setid).categories(STREAM).keys(2, 2, 1, &["RW", "update"])
        .docs("stream", "5.0.0", O1, "Sets up to where a group has read."),
    Command::new("xgroup|destroy", 4, WRITE, stream_group::destroy).categories(STREAM).keys(2, 2, 1, &["RW", "delete"])
        .docs("stream", "5.0.0", "O(N) for N entries pending", "Removes a group."),
    Command::new("xgroup|createconsumer", 5, WRITE | DENYOOM, stream_group::createconsumer).categories(STREAM).keys(2, 2, 1, &["RW", "insert"])
        .docs("stream", "6.2.0", O1, "Makes a consumer."),
    Command::new("xgroup|delconsumer", 5, WRITE, stream_group::delconsumer).categories(STREAM).keys(2, 2, 1, &["RW", "delete"])
        .docs("stream", "5.0.0", O1, "Removes a consumer."),
    Command::new("xgroup|help", 2, SERVED, stream_group::help).categories(STREAM)
        .docs("stream", "5.0.0", O1, "Explains the subcommands."),
];

#[rustfmt::skip]
static XINFO_SUBCOMMANDS: &[Command] = &[
    Command::new("xinfo|stream", -3, READONLY, stream_info::stream).categories(STREAM).keys(2, 2, 1, &["RO", "access"])
        .docs("stream", "5.0.0", "O(N) for N blocks, and for N entries returned", "Describes a stream."),
    Command::new("xinfo|groups", 3, READONLY, stream_info::groups).categories(STREAM).keys(2, 2, 1, &["RO", "access"])
        .docs("stream", "5.0.0", "O(N) for N groups", "Describes the groups of a stream."),
    Command::new("xinfo|consumers", 4, READONLY, stream_info::consumers).categories(STREAM).keys(2, 2, 1, &["RO", "access"]).tips(RANDOM)
        .docs("stream", "5.0.0", "O(N) for N consumers", "Describes the consumers of a group."),
    Command::new("xinfo|help", 2, SERVED, stream_info::help).categories(STREAM)
        .docs("stream", "5.0.0", O1, "Explains the subcommands."),
];
