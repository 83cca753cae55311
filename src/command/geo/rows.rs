//! The rows of the command table: places.
//!
//! Redis: `src/commands/*.json`, group `geo`.

use super::search;
use crate::command::{geo, get_keys};
use crate::server::dispatch::Handler;
use crate::server::dispatch::spec::*;

/// A command of this group that reads or writes the key that is its first argument.
const fn row(name: &'static str, arity: i32, flags: Flags, handler: Handler) -> Command {
    let uses: &[&str] = if flags & WRITE != 0 { &["RW", "update"] } else { &["RO", "access"] };
    Command::new(name, arity, flags, handler).categories(&["geo"]).keys(1, 1, 1, uses)
}

/// A search that may store what it finds.
const fn storing(name: &'static str, arity: i32, handler: Handler, options: i32) -> Command {
    Command::new(name, arity, WRITE | DENYOOM, handler)
        .categories(&["geo"])
        .keys(1, 1, 1, &["RO", "access"])
        .key_after("STORE", options, &["OW", "update", "incomplete"])
        .key_after("STOREDIST", options, &["OW", "update", "incomplete"])
}

/// The commands of this group.
#[rustfmt::skip]
pub static COMMANDS: &[Command] = &[
    row("geoadd", -5, WRITE | DENYOOM, geo::geoadd),
    row("geodist", -4, READONLY, geo::geodist),
    row("geohash", -2, READONLY, geo::geohash),
    row("geopos", -2, READONLY, geo::geopos),
    storing("georadius", -6, search::georadius, 6).get_keys(get_keys::georadius),
    row("georadius_ro", -6, READONLY, search::georadius_ro),
    storing("georadiusbymember", -5, search::georadiusbymember, 5).get_keys(get_keys::georadiusbymember),
    row("georadiusbymember_ro", -5, READONLY, search::georadiusbymember_ro),
    row("geosearch", -7, READONLY, search::geosearch),
    Command::new("geosearchstore", -8, WRITE | DENYOOM, search::geosearchstore).categories(&["geo"]).keys(1, 1, 1, &["OW", "update"]).keys(2, 2, 1, &["RO", "access"]),
];
