//! A setting as lines of a config file.
//!
//! Redis: `src/config.c` (`rewriteConfigFormatMemory`, `rewriteConfigClientOutputBufferLimitOption` and the like).

use super::shape::Shape;
use super::table::Setting;
use super::value::Kind;
use crate::text::quote::quote;

/// What stands behind the name of a setting, for each of its lines: one, or one for each class of clients and each time to save. [`super::file`]
/// reads it back as it was: quoted but for plain words, and several of them only where they are read so. A line end in a
/// value must not begin a line. Bytes have a unit, as in Redis (`rewriteConfigFormatMemory`).
pub(super) fn arguments(setting: &Setting, value: &str) -> Vec<Vec<u8>> {
    let is_plain = |word: &str| {
        !word.is_empty() && word.bytes().all(|b| b.is_ascii_graphic() && !b"\"'\\#".contains(&b))
    };
    match setting.kind {
        Kind::OutputLimits(_) => {
            let words: Vec<&str> = value.split(' ').collect();
            let classes = words.chunks_exact(4);
            return classes.map(|limit| output_limit(limit).into_bytes()).collect();
        }
        Kind::Saves(_) if !value.is_empty() => {
            let words: Vec<&str> = value.split(' ').collect();
            return words.chunks_exact(2).map(|point| point.join(" ").into_bytes()).collect();
        }
        Kind::Memory(..)
        | Kind::AnyMemory(_)
        | Kind::Share(_)
        | Kind::Inert(Shape::Bytes(..) | Shape::AnyBytes | Shape::Backlog) => {
            return vec![with_unit(value).into_bytes()];
        }
        // Redis does not read an empty word here, and it may be a Redis that reads the file next.
        Kind::Inert(Shape::Master) if value.is_empty() => return vec![b"no one".into()],
        _ => {}
    }
    if setting.kind.takes_words() && value.split(' ').all(is_plain) || is_plain(value) {
        return vec![value.into()];
    }
    let mut quoted = Vec::new();
    quote(value.as_bytes(), &mut quoted);
    vec![quoted]
}

/// A class and its limits, in the words of a config file.
fn output_limit(words: &[&str]) -> String {
    format!("{} {} {} {}", class_name(words[0]), with_unit(words[1]), with_unit(words[2]), words[3])
}

/// The name of a class of clients in a rewritten file, given one that is read.
pub(super) fn class_name(word: &str) -> &'static str {
    match word.to_ascii_lowercase().as_str() {
        "normal" => "normal",
        "pubsub" => "pubsub",
        _ => "replica",
    }
}

/// A number of bytes in the largest unit that it is a multiple of. What is no such number stays.
fn with_unit(value: &str) -> String {
    let Some(bytes) = value.parse::<u64>().ok().filter(|&bytes| bytes > 0) else { return value.into() };
    let units = [("gb", 30), ("mb", 20), ("kb", 10)];
    match units.into_iter().find(|(_, shift)| bytes.trailing_zeros() >= *shift) {
        Some((unit, shift)) => format!("{}{unit}", bytes >> shift),
        None => value.into(),
    }
}

/// A line: a name, and what stands behind it.
pub(super) fn config_line(name: &str, arguments: &[u8]) -> Vec<u8> {
    [name.as_bytes(), b" ", arguments].concat()
}
