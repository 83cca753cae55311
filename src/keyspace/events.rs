//! The classes of keyspace events, and the letters that the setting `notify-keyspace-events` has for them.
//!
//! Redis: `src/notify.c` (`keyspaceEventsStringToFlags`, `keyspaceEventsFlagsToString`).

/// A set of classes of events: see the constants.
pub type Events = u32;

/// `K`: publish to `__keyspace@…__`.
pub const KEYSPACE: Events = 1 << 0;
/// `E`: publish to `__keyevent@…__`.
pub const KEYEVENT: Events = 1 << 1;
/// `g`: what can happen to keys of any type: del, expire, rename …
pub const GENERIC: Events = 1 << 2;
/// `$`: strings.
pub const STRING: Events = 1 << 3;
/// `l`: lists.
pub const LIST: Events = 1 << 4;
/// `s`: sets.
pub const SET: Events = 1 << 5;
/// `h`: hashes.
pub const HASH: Events = 1 << 6;
/// `z`: sorted sets.
pub const ZSET: Events = 1 << 7;
/// `x`: a key has expired.
pub const EXPIRED: Events = 1 << 8;
/// `e`: a key was evicted.
pub const EVICTED: Events = 1 << 9;
/// `t`: streams.
pub const STREAM: Events = 1 << 10;
/// `m`: a key was looked up that is not there.
pub const KEY_MISS: Events = 1 << 11;
/// `d`: modules.
pub const MODULE: Events = 1 << 12;
/// `n`: a key was added.
pub const NEW: Events = 1 << 13;
/// `A`: all classes, but for `m` and `n`.
const ALL: Events = GENERIC | STRING | LIST | SET | HASH | ZSET | EXPIRED | EVICTED | STREAM | MODULE;

/// The letters, in the order in which CONFIG GET prints them.
const LETTERS: &[(char, Events)] = &[
    ('A', ALL),
    ('g', GENERIC),
    ('$', STRING),
    ('l', LIST),
    ('s', SET),
    ('h', HASH),
    ('z', ZSET),
    ('x', EXPIRED),
    ('e', EVICTED),
    ('t', STREAM),
    ('d', MODULE),
    ('n', NEW),
    ('K', KEYSPACE),
    ('E', KEYEVENT),
    ('m', KEY_MISS),
];

/// The classes that a setting of letters names; None: one of them is no letter of a class.
pub fn parse(text: &str) -> Option<Events> {
    text.chars().try_fold(0, |events, letter| {
        LETTERS.iter().find(|(known, _)| *known == letter).map(|(_, class)| events | class)
    })
}

/// The letters for some classes. As in Redis, `n` is not printed beside `A`.
pub fn print(events: Events) -> String {
    let all = events & ALL == ALL;
    LETTERS
        .iter()
        .filter(|&&(letter, class)| events & class == class && (!all || "AKEm".contains(letter)))
        .map(|&(letter, _)| letter)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_read_and_printed_as_redis_does() {
        let cases = [
            ("", Some("")),
            ("KEA", Some("AKE")),
            ("KEg$lshzxetd", Some("AKE")),
            ("Ex", Some("xE")),
            ("EKmn", Some("nKEm")),
            ("Kgq", None),
            ("AKEmn", Some("AKEm")),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).map(print).as_deref(), expected, "{text}");
        }
    }
}
