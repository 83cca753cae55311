//! SCAN: all keys, some at a time.
//!
//! Redis: `src/db.c`, `scanCommand`, `scanGenericCommand`, `parseScanCursorOrReply`.
//!
//! What is promised, and how, is told at [`crate::keyspace::dict::Dict::scan`]. A call visits whole buckets until it has seen
//! COUNT keys, or ten times as many buckets: a table that was emptied is sparse, and must not hold up the others.

use crate::glob::Pattern;
use crate::keyspace::value::{Typed, WrongType};
use crate::server::dispatch::Call;
use crate::server::dispatch::arguments::NOT_AN_INTEGER;
use crate::text::c::until_nul;
use crate::text::integer::parse_unsigned;

/// How many keys a call looks at if COUNT does not say.
const COUNT: i64 = 10;
/// How many buckets for each of them at most.
const BUCKETS: u64 = 10;

/// What a scan asks for beside its cursor.
pub struct Options {
    /// How many entries a call looks at, or a bucket more.
    pub count: u64,
    /// MATCH; None: all match.
    pub pattern: Option<Pattern>,
    /// TYPE.
    pub type_name: Option<Vec<u8>>,
    /// NOVALUES.
    pub no_values: bool,
}

/// What is scanned: each has an option of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scanned {
    /// The keys of a database: TYPE.
    Keys,
    /// The fields of a hash: NOVALUES.
    Hash,
    /// The members of a set, sorted or not: none.
    Members,
}

impl Options {
    /// Reads the options from the argument `first` on; None: it has replied what is wrong.
    pub fn parse(call: &mut Call<'_>, first: usize, scanned: Scanned) -> Option<Options> {
        let mut options = Options { count: COUNT as u64, pattern: None, type_name: None, no_values: false };
        let mut at = first;
        while at < call.args.len() {
            if call.is(at, "novalues") {
                if scanned != Scanned::Hash {
                    call.reply.error("ERR NOVALUES option can only be used in HSCAN");
                    return None;
                }
                options.no_values = true;
                at += 1;
                continue;
            }
            let Some(value) = call.args.get(at + 1) else {
                call.syntax_error();
                return None;
            };
            if call.is(at, "count") {
                let count = call.integer(at + 1, NOT_AN_INTEGER)?;
                if count < 1 {
                    call.syntax_error();
                    return None;
                }
                options.count = count as u64;
            } else if call.is(at, "match") {
                options.pattern = match Pattern::new(value) {
                    _ if value == b"*" => None,
                    Ok(pattern) => Some(pattern),
                    Err(too_big) => {
                        call.reply.error(format!("ERR {too_big}"));
                        return None;
                    }
                };
            } else if scanned == Scanned::Keys && call.is(at, "type") {
                options.type_name = Some(until_nul(value).to_ascii_lowercase());
            } else {
                call.syntax_error();
                return None;
            }
            at += 2;
        }
        Some(options)
    }

    /// Whether a name is asked for.
    pub fn matches(&self, name: &[u8]) -> bool {
        self.pattern.as_ref().is_none_or(|pattern| pattern.matches(name))
    }

    /// How many buckets a call visits at most.
    fn buckets(&self) -> u64 {
        self.count.saturating_mul(BUCKETS)
    }
}

/// The beginning of HSCAN, SSCAN and ZSCAN: the cursor, and the options from the third argument on. None: the key holds no `T`
/// or the arguments are wrong, and the reply is written.
pub fn cursor_and_options<T: Typed>(call: &mut Call<'_>, scanned: Scanned) -> Option<(u64, Options)> {
    let Some(cursor) = parse_cursor(&call.args[2]) else {
        call.reply.error("ERR invalid cursor");
        return None;
    };
    let db = call.db();
    // A key that is not there has nothing to scan, whatever the options are.
    match call.server.read::<T>(db, &call.args[1]) {
        Err(WrongType) => {
            call.reply.wrong_type();
            None
        }
        Ok(None) => {
            call.reply.array(2);
            call.reply.bulk("0");
            call.reply.array(0);
            None
        }
        Ok(Some(_)) => Some((cursor, Options::parse(call, 3, scanned)?)),
    }
}

/// Scans from `cursor` on, until as much was visited as `options` ask for, and returns the next cursor. `visit` visits what is at
/// a cursor, returns the next one, and adds to its second argument how many entries it saw.
pub fn scan_from(mut cursor: u64, options: &Options, mut visit: impl FnMut(u64, &mut u64) -> u64) -> u64 {
    let (mut seen, mut buckets) = (0, 0);
    loop {
        cursor = visit(cursor, &mut seen);
        buckets += 1;
        if cursor == 0 || buckets > options.buckets() || seen >= options.count {
            return cursor;
        }
    }
}

/// `SCAN cursor [MATCH pattern] [COUNT n] [TYPE type]`
pub fn scan(call: &mut Call<'_>) {
    let Some(cursor) = parse_cursor(&call.args[1]) else { return call.reply.error("ERR invalid cursor") };
    let Some(options) = Options::parse(call, 2, Scanned::Keys) else { return };
    let number = call.db();
    let mut found = Vec::new();
    let db = call.server.keyspace.db(number);
    let cursor = scan_from(cursor, &options, |cursor, seen| {
        db.scan(cursor, |place| {
            *seen += 1;
            if options.matches(db.key(place)) {
                found.push(db.key(place).to_vec());
            }
        })
    });
    // Those that have expired go now, as if they had been asked for. With TYPE they count as asked for, as in Redis.
    found.retain(|key| match &options.type_name {
        None => call.server.lookup_key(number, key).is_some(),
        Some(name) => call.server.lookup_no_notify(number, key).is_some_and(|place| {
            call.server.keyspace.db(number).item(place).value.type_name().as_bytes() == name
        }),
    });
    call.reply.array(2);
    call.reply.bulk(cursor.to_string());
    call.reply.array(found.len());
    for key in found {
        call.reply.bulk(key);
    }
}

/// The number of a cursor. Redis takes the argument as a text of C: it ends at the first NUL.
pub fn parse_cursor(text: &[u8]) -> Option<u64> {
    parse_unsigned(until_nul(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors() {
        for (text, expected) in [
            ("0", Some(0)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("-1", None),
            (" 12", Some(12)),
            ("+12", Some(12)),
            (" -1", Some(u64::MAX)),
            ("012", Some(12)),
            ("12 ", None),
            ("12\0x", Some(12)),
            ("x", None),
            ("", None),
            (" ", None),
            ("-", None),
        ] {
            assert_eq!(parse_cursor(text.as_bytes()), expected, "{text:?}");
        }
    }
}
