//! The rows of the command table: streams.
//!
//! Redis: `src/commands/*.json`, group `stream`.

use super::{claim, group, info, pending, range, read};
use crate::command::{get_keys, stream};
use crate::server::dispatch::spec::*;
use crate::server::dispatch::table::SERVED;

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
    Command::new("xrange", -4, READONLY, range::xrange).categories(STREAM).keys(1, 1, 1, &["RO", "access"]),
    Command::new("xrevrange", -4, READONLY, range::xrevrange).categories(STREAM).keys(1, 1, 1, &["RO", "access"]),
    Command::new("xread", -4, READONLY | BLOCKING, read::xread).categories(STREAM).keys_after("STREAMS", 1, &["RO", "access", "incomplete"]).get_keys(get_keys::xread),
    Command::new("xreadgroup", -7, WRITE | BLOCKING, read::xreadgroup).categories(STREAM).keys_after("STREAMS", 4, &["RO", "access", "incomplete"]).get_keys(get_keys::xread),
    Command::container("xgroup", XGROUP_SUBCOMMANDS),
    Command::container("xinfo", XINFO_SUBCOMMANDS),
    Command::new("xack", -4, WRITE | FAST, pending::xack).categories(STREAM).keys(1, 1, 1, &["RW", "update"]),
    Command::new("xpending", -3, READONLY, pending::xpending).categories(STREAM).keys(1, 1, 1, &["RO", "access"]).tips(RANDOM),
    Command::new("xclaim", -6, WRITE | FAST, claim::xclaim).categories(STREAM).keys(1, 1, 1, &["RW", "update"]).tips(RANDOM),
    Command::new("xautoclaim", -6, WRITE | FAST, claim::xautoclaim).categories(STREAM).keys(1, 1, 1, &["RW", "delete"]).tips(RANDOM),
];

#[rustfmt::skip]
static XGROUP_SUBCOMMANDS: &[Command] = &[
    Command::new("xgroup|create", -5, WRITE | DENYOOM, group::create).categories(STREAM).keys(2, 2, 1, &["RW", "insert"]),
    Command::new("xgroup|setid", -5, WRITE, group::setid).categories(STREAM).keys(2, 2, 1, &["RW", "update"]),
    Command::new("xgroup|destroy", 4, WRITE, group::destroy).categories(STREAM).keys(2, 2, 1, &["RW", "delete"]),
    Command::new("xgroup|createconsumer", 5, WRITE | DENYOOM, group::createconsumer).categories(STREAM).keys(2, 2, 1, &["RW", "insert"]),
    Command::new("xgroup|delconsumer", 5, WRITE, group::delconsumer).categories(STREAM).keys(2, 2, 1, &["RW", "delete"]),
    Command::new("xgroup|help", 2, SERVED, group::help).categories(STREAM),
];

#[rustfmt::skip]
static XINFO_SUBCOMMANDS: &[Command] = &[
    Command::new("xinfo|stream", -3, READONLY, info::stream).categories(STREAM).keys(2, 2, 1, &["RO", "access"]),
    Command::new("xinfo|groups", 3, READONLY, info::groups).categories(STREAM).keys(2, 2, 1, &["RO", "access"]),
    Command::new("xinfo|consumers", 4, READONLY, info::consumers).categories(STREAM).keys(2, 2, 1, &["RO", "access"]).tips(RANDOM),
    Command::new("xinfo|help", 2, SERVED, info::help).categories(STREAM),
];
