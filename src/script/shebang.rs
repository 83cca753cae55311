//! The first line of a text: `#!lua flags=no-writes,allow-stale` says how a script is to be run, `#!lua name=books` what a
//! library of functions is called.
//!
//! Redis: `evalExtractShebangFlags` in `src/eval.c`, `scriptFlags` in `src/script.c`; `functionExtractLibMetaData` and
//! `functionsVerifyName` in `src/functions.c`.

use crate::text::c::{is_word, until_nul};
use crate::text::words::split_words;

/// What a script or a function says of itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// There is no such line: the script may do whatever scripts could do before there were flags. Redis:
    /// `SCRIPT_FLAG_EVAL_COMPAT_MODE`.
    pub unmarked: bool,
    /// It does not write, and may not.
    pub no_writes: bool,
    /// It may run though the server has no memory left, and write.
    pub allow_oom: bool,
    /// It may run on a replica with stale data; there is none here.
    pub allow_stale: bool,
    /// It may not run in a cluster; there is none here.
    pub no_cluster: bool,
    /// Its keys may be of several slots; there are none here.
    pub allow_cross_slot_keys: bool,
}

/// The names of the flags, in the order in which FUNCTION LIST shows them.
const NAMES: [&str; 5] = ["no-writes", "allow-oom", "allow-stale", "no-cluster", "allow-cross-slot-keys"];

impl Flags {
    /// Adds the flag of that name, if `is_it` finds one in its words; returns whether it does.
    pub fn add(&mut self, is_it: impl Fn(&str) -> bool) -> bool {
        let Some(place) = NAMES.iter().position(|name| is_it(name)) else { return false };
        *self.places()[place] = true;
        true
    }

    /// The names of those that are given.
    pub fn names(mut self) -> impl Iterator<Item = &'static str> + Clone {
        let given = self.places().map(|given| *given);
        NAMES.into_iter().zip(given).filter_map(|(name, given)| given.then_some(name))
    }

    fn places(&mut self) -> [&mut bool; 5] {
        let Flags { no_writes, allow_oom, allow_stale, no_cluster, allow_cross_slot_keys, .. } = self;
        [no_writes, allow_oom, allow_stale, no_cluster, allow_cross_slot_keys]
    }
}

/// The flags of a script, and how long the line that has them is, without its end.
pub fn flags(script: &[u8]) -> Result<(Flags, usize), String> {
    if !script.starts_with(b"#!") {
        return Ok((Flags { unmarked: true, ..Flags::default() }, 0));
    }
    let Some(end) = memchr::memchr(b'\n', script) else {
        return Err("ERR Invalid script shebang".into());
    };
    let mut parts = script[..end].split(|&byte| byte == b' ').filter(|part| !part.is_empty());
    let engine = parts.next().unwrap_or(&[]);
    if engine != b"#!lua" {
        let engine = String::from_utf8_lossy(engine).into_owned();
        return Err(format!("ERR Unexpected engine in script shebang: {engine}"));
    }
    let mut flags = Flags::default();
    for part in parts {
        let Some(names) = part.strip_prefix(b"flags=") else {
            let part = String::from_utf8_lossy(part);
            return Err(format!("ERR Unknown lua shebang option: {part}"));
        };
        for name in names.split(|&byte| byte == b',').filter(|name| !name.is_empty()) {
            if !flags.add(|known| known.as_bytes() == name) {
                let name = String::from_utf8_lossy(name);
                return Err(format!("ERR Unexpected flag in script shebang: {name}"));
            }
        }
    }
    Ok((flags, end))
}

/// What is wrong with the name of a library or of a function.
pub const WRONG_NAME: &str = "Library names can only contain letters, numbers, or underscores(_) and must be at least \
                              one character long";

/// Whether a library or a function may have this name. Redis: `functionsVerifyName`.
pub fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name.iter().all(|&byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The name of a library of functions, and how long the line that has it is, without its end. The error is told without
/// its code.
pub fn library(code: &[u8]) -> Result<(Vec<u8>, usize), Vec<u8>> {
    if !code.starts_with(b"#!") {
        return Err(b"Missing library metadata".into());
    }
    let invalid = || Vec::from(b"Invalid library metadata");
    let end = memchr::memchr(b'\n', until_nul(code)).ok_or_else(invalid)?;
    let mut parts = split_words(&code[..end]).map_err(|_| invalid())?.into_iter();
    let head = parts.next().ok_or_else(invalid)?;
    let engine = head.strip_prefix(b"#!").unwrap_or(&[]);
    let mut name = None;
    for part in parts {
        match part.split_at_checked(5) {
            Some((key, _)) if key.eq_ignore_ascii_case(b"name=") && name.is_some() => {
                return Err(b"Invalid metadata value, name argument was given multiple times".into());
            }
            Some((key, value)) if key.eq_ignore_ascii_case(b"name=") => name = Some(value.to_vec()),
            _ => return Err([b"Invalid metadata value given: ", until_nul(&part)].concat()),
        }
    }
    let name = name.ok_or_else(|| Vec::from(b"Library name was not given"))?;
    if !is_name(&name) {
        return Err(WRONG_NAME.into());
    }
    if !is_word(engine, b"lua") {
        return Err([b"Engine '", engine, b"' not found"].concat());
    }
    Ok((name, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_named_in_the_order_of_redis() {
        let (flags, end) = flags(b"#!lua flags=allow-cross-slot-keys,no-writes\nreturn 1").unwrap();
        assert_eq!(end, 43);
        assert_eq!(flags.names().collect::<Vec<_>>(), ["no-writes", "allow-cross-slot-keys"]);
        assert!(!flags.unmarked && flags.no_writes && !flags.allow_oom);
    }

    #[test]
    fn the_first_line_of_a_library_has_its_name() {
        let found = |code: &str| match library(code.as_bytes()) {
            Ok((name, end)) => format!("{} {end}", String::from_utf8_lossy(&name)),
            Err(error) => String::from_utf8_lossy(&error).into_owned(),
        };
        assert_eq!(found("#!lua name=books\nx"), "books 16");
        assert_eq!(found("#!LUA  NAME=\"books\" \r\n"), "books 21");
        assert_eq!(found("#!lua name=a\0b\nx"), "Invalid library metadata");
        assert_eq!(found("#!lua name=\"a\\x00b\"\nx"), WRONG_NAME);
        assert_eq!(found("#! name=a\nx"), "Engine '' not found");
        assert_eq!(found("#!lua \"\"\nx"), "Invalid metadata value given: ");
        assert_eq!(found("#!\nx"), "Library name was not given");
    }
}
