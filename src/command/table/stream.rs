//! The rows of the command table: streams.
//!
//! Redis: `src/commands/*.json`, group `stream`.

use super::SERVED;
use crate::command::spec::*;
use crate::command::{
    get_keys, stream, stream_claim, stream_group, stream_info, stream_pending, stream_range, stream_read,
};

const STREAM: &[&str] = &["stream"];
const RANDOM: &[&str] = &["nondeterministic_output"];

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    Command::new("xadd", -5, WRITE | DENYOOM | FAST, stream::xadd).categories(STREAM).keys(1, 1, 1, &["RW", "update"]).tips(RANDOM),
    Command::new("xlen", 2, READONLY | FAST, stream::xlen).categories(STREAM).keys(1, 1, 1, &["RO"]),
    Command::new("xdel", -3, WRITE | FAST, stream::xdel).categories(STREAM).keys(1, 1, 1, &["RW", "delete"]),
    Command::new("xtrim", -4, WRITE, stream::xtrim).categories(STREAM).keys(1, 1, 1, &["RW", "delete"]).tips(RANDOM),
    Command::new("xsetid", -3, WRITE | DENYOOM | FAST, stream::xsetid).categories(STREAM).keys(1, 1, 1, &["RW", "update"]),
    Command::new("xrange", -4, READONLY, stream_range::xrange).categories(STREAM).keys(1, 1, 1, &["RO", "access"]),
    Command::new("xrevrange", -4, READONLY, stream_range::xrevrange).categories(STREAM).keys(1, 1, 1, &["RO", "access"]),
    Command::new("xread", -4, READONLY | BLOCKING, stream_read::xread).categories(STREAM).keys_after("STREAMS", 1, &["RO", "access", "incomplete"]).get_keys(get_keys::xread),
    Command::new("xreadgroup", -7, WRITE | BLOCKING, stream_read::xreadgroup).categories(STREAM).keys_after("STREAMS", 4, &["RO", "access", "incomplete"]).get_keys(get_keys::xread),
    Command::container("xgroup", XGROUP_SUBCOMMANDS),
    Command::container("xinfo", XINFO_SUBCOMMANDS),
    Command::new("xack", -4, WRITE | FAST, stream_pending::xack).categories(STREAM).keys(1, 1, 1, &["RW", "update"]),
    Command::new("xpending", -3, READONLY, stream_pending::xpending).categories(STREAM).keys(1, 1, 1, &["RO", "access"]).tips(RANDOM),
    Command::new("xclaim", -6, WRITE | FAST, stream_claim::xclaim).categories(STREAM).keys(1, 1, 1, &["RW", "update"]).tips(RANDOM),
    Command::new("xautoclaim", -6, WRITE | FAST, stream_claim::xautoclaim).categories(STREAM).keys(1, 1, 1, &["RW", "delete"]).tips(RANDOM),
];

#[rustfmt::skip]
static XGROUP_SUBCOMMANDS: &[Command] = &[
    Command::new("xgroup|create", -5, WRITE | DENYOOM, stream_group::create).categories(STREAM).keys(2, 2, 1, &["RW", "insert"]),
    Command::new("xgroup|setid", -5, WRITE, stream_group::setid).categories(STREAM).keys(2, 2, 1, &["RW", "update"]),
    Command::new("xgroup|destroy", 4, WRITE, stream_group::destroy).categories(STREAM).keys(2, 2, 1, &["RW", "delete"]),
    Command::new("xgroup|createconsumer", 5, WRITE | DENYOOM, stream_group::createconsumer).categories(STREAM).keys(2, 2, 1, &["RW", "insert"]),
    Command::new("xgroup|delconsumer", 5, WRITE, stream_group::delconsumer).categories(STREAM).keys(2, 2, 1, &["RW", "delete"]),
    Command::new("xgroup|help", 2, SERVED, stream_group::help).categories(STREAM),
];

#[rustfmt::skip]
static XINFO_SUBCOMMANDS: &[Command] = &[
    Command::new("xinfo|stream", -3, READONLY, stream_info::stream).categories(STREAM).keys(2, 2, 1, &["RO", "access"]),
    Command::new("xinfo|groups", 3, READONLY, stream_info::groups).categories(STREAM).keys(2, 2, 1, &["RO", "access"]),
    Command::new("xinfo|consumers", 4, READONLY, stream_info::consumers).categories(STREAM).keys(2, 2, 1, &["RO", "access"]).tips(RANDOM),
    Command::new("xinfo|help", 2, SERVED, stream_info::help).categories(STREAM),
];
