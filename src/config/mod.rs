//! The settings: one table ([`table`]) drives the command line, the config file, CONFIG and `--help`.
//!
//! Redis: `src/config.c`.
//!
//! Settings for what is not built are known and kept ([`inert`]), and what asks for more than is done is warned of or
//! refused ([`effect`]).
//!
//! Circle: a row of the table names a field of [`Config`], and what sets, prints and judges a [`Config`] reads the table.

pub mod effect;
mod fields;
pub mod file;
pub mod inert;
mod line;
mod live;
pub mod persistence;
pub mod rewrite;
pub mod shape;
pub mod suggest;
pub mod table;
mod user;
pub mod value;

use crate::glob::{Pattern, TooBig};
use crate::text::c::until_nul;
use crate::text::quote::quote;
use effect::REFUSED;
pub use fields::{Config, Rename};
use inert::INERT;
use shape::Shape;
use std::collections::BTreeMap;
use table::{Change, Effect, SETTINGS, Setting};
use value::Kind;

impl Default for Config {
    fn default() -> Self {
        let mut config = Config::blank();
        for setting in SETTINGS {
            let words = default_words(setting);
            // A default that does not parse would be a mistake in the table; the test below reads them all.
            let _ = config.put(setting, &words);
        }
        config
    }
}

/// The default of a setting as the words of a line of the config file.
fn default_words(setting: &Setting) -> Vec<String> {
    if setting.kind.takes_words() && !setting.default.is_empty() {
        setting.default.split_whitespace().map(String::from).collect()
    } else {
        vec![setting.default.into()]
    }
}

/// The setting that is called `name`, by its own name or an alias, in any case.
pub fn find(name: &str) -> Option<&'static Setting> {
    let is = |known: &str| known.eq_ignore_ascii_case(name);
    SETTINGS.iter().chain(INERT).find(|setting| is(setting.name) || setting.alias.is_some_and(is))
}

/// Settings that Redis once had and still reads without a word, with any value. Redis: `deprecated_configs`.
const DEPRECATED: &[&str] = &["list-max-ziplist-entries", "list-max-ziplist-value", "lua-replicate-commands"];

impl Config {
    /// Sets one setting at start, from a flag or a line of the file. The error is one line for stderr.
    pub fn set_at_start(&mut self, name: &str, words: &[String]) -> Result<(), String> {
        let line = || {
            let mut line = name.as_bytes().to_vec();
            for word in words {
                line.push(b' ');
                quote(word.as_bytes(), &mut line);
            }
            String::from_utf8_lossy(&line).into_owned()
        };
        let is = |known: &&str| known.eq_ignore_ascii_case(name);
        if is(&"rename-command") {
            let [from, to] = words else {
                return Err(format!("bad value for '{}': wrong number of arguments", line()));
            };
            let (from, to, line) = (from.clone(), to.clone(), line());
            self.renamed.push(Rename { from, to, line, place: String::new() });
            return Ok(());
        }
        if is(&"user") && !words.is_empty() {
            self.default_user = user::default_user(words)?;
            return Ok(());
        }
        if is(&"loadmodule") && !words.is_empty() {
            return Err(format!(
                "Can't load module from {}: server aborting (there are no modules)",
                words[0]
            ));
        }
        if is(&"sentinel") {
            return Err("sentinel directive while not in sentinel mode".into());
        }
        if DEPRECATED.iter().any(is) && words.len() == 1 && find(name).is_none() {
            return Ok(());
        }
        let setting = find(name).ok_or_else(|| {
            let unknown = format!("unknown setting '{}': Bad directive or wrong number of arguments", line());
            match suggest::nearest(name, SETTINGS.iter().chain(INERT).map(|setting| setting.name)) {
                Some(known) => format!("{unknown}; did you mean '{known}'?"),
                None => unknown,
            }
        })?;
        let mut words = words.to_vec();
        if setting.name == "save" && words != [""] && std::mem::replace(&mut self.has_save_lines, true) {
            // Lines of `save` add up; the first, an empty one and CONFIG SET begin anew.
            words.insert(0, self.value(setting));
        }
        self.put(setting, &words).map_err(|why| format!("bad value for '{}': {why}", line()))
    }

    fn put(&mut self, setting: &'static Setting, words: &[String]) -> Result<(), String> {
        if let Kind::Inert(shape) = setting.kind {
            self.inert.insert(setting.name, shape.read(words)?);
            return Ok(());
        }
        setting.kind.parse(self, words)
    }

    /// The value that was set, or the default.
    fn inert_value(&self, setting: &Setting, shape: Shape) -> String {
        match self.inert.get(setting.name) {
            Some(value) => value.clone(),
            None => shape.read(&default_words(setting)).unwrap_or_default(),
        }
    }

    /// The value of a setting, as CONFIG GET prints it.
    pub fn value(&mut self, setting: &'static Setting) -> String {
        match setting.kind {
            Kind::Inert(shape) => self.inert_value(setting, shape),
            ref kind => kind.print(self),
        }
    }

    /// The names and values that match any of `patterns` (globs, case does not matter), each name once and
    /// in alphabetical order. A setting with an alias is listed under both names; one that is asked for by
    /// its name is listed as it was spelt.
    pub fn get(&mut self, patterns: &[&[u8]]) -> Result<BTreeMap<String, String>, TooBig> {
        let mut found = BTreeMap::new();
        for pattern in patterns {
            if !pattern.iter().any(|byte| b"*?[".contains(byte)) {
                let name = String::from_utf8_lossy(pattern).into_owned();
                if let Some(setting) = find(&name) {
                    found.insert(name, self.value(setting));
                }
                continue;
            }
            let pattern = Pattern::new_nocase(pattern)?;
            for setting in SETTINGS.iter().chain(INERT).filter(|setting| !setting.hidden) {
                for name in [Some(setting.name), setting.alias].into_iter().flatten() {
                    if pattern.matches(name.as_bytes()) {
                        found.insert(name.to_string(), self.value(setting));
                    }
                }
            }
        }
        Ok(found)
    }

    /// CONFIG SET: all of `pairs` or, with Redis's error text, none. `protected` tells whether this client
    /// may change the protected ones.
    pub fn set(&mut self, pairs: &[(&[u8], &[u8])], protected: bool) -> Result<(), String> {
        let mut changed = self.clone();
        let mut seen: Vec<&str> = Vec::new();
        let mut work = Vec::new();
        for &(name, value) in pairs {
            let text = String::from_utf8_lossy(name).into_owned();
            let Some(setting) = find(&text) else {
                let text = String::from_utf8_lossy(until_nul(name));
                return Err(format!("Unknown option or number of arguments for CONFIG SET - '{text}'"));
            };
            let failed =
                |why: &str| format!("CONFIG SET failed (possibly related to argument '{text}') - {why}");
            if setting.change == Change::Start {
                return Err(failed("can't set immutable config"));
            }
            if setting.change == Change::Protected && !protected {
                return Err(failed("can't set protected config"));
            }
            if seen.contains(&setting.name) {
                return Err(failed("duplicate parameter"));
            }
            // Bytes replaced in a password would lock everybody out.
            let Ok(value) = std::str::from_utf8(value) else {
                return Err(failed("argument must be UTF-8 text"));
            };
            seen.push(setting.name);
            work.push((setting, text, value.to_string()));
        }
        for (setting, text, value) in work {
            changed.put(setting, &[value]).map_err(|why| {
                format!("CONFIG SET failed (possibly related to argument '{text}') - {why}")
            })?;
            if let Effect::Refused(why) = setting.effect
                && changed.asks(setting)
            {
                tracing::warn!("CONFIG SET {} is refused: {why}", setting.name);
                return Err(format!("CONFIG SET failed (possibly related to argument '{text}') - {REFUSED}"));
            }
        }
        *self = changed;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_in_the_table_is_a_value_its_setting_accepts() {
        for setting in SETTINGS.iter().chain(INERT) {
            let words = default_words(setting);
            assert_eq!(Config::default().set_at_start(setting.name, &words), Ok(()), "{}", setting.name);
        }
    }

    #[test]
    fn no_name_or_alias_stands_twice_in_the_table() {
        let mut names: Vec<_> =
            SETTINGS.iter().chain(INERT).flat_map(|s| [Some(s.name), s.alias]).flatten().collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
    }

    #[test]
    fn config_set_is_all_or_nothing() {
        let mut config = Config::default();
        let pairs: &[(&[u8], &[u8])] = &[(b"timeout", b"5"), (b"maxclients", b"0")];
        assert_eq!(
            config.set(pairs, false),
            Err("CONFIG SET failed (possibly related to argument 'maxclients') - argument must be between 1 and 4294967295 inclusive".into())
        );
        assert_eq!(config.timeout_seconds, 0);
    }

    #[test]
    fn a_password_that_could_not_be_kept_as_it_is_is_refused() {
        let mut config = Config::default();
        assert!(
            config
                .set(&[(b"requirepass", b"caf\xe9")], false)
                .unwrap_err()
                .ends_with("argument must be UTF-8 text")
        );
        assert_eq!(config.requirepass, "");
    }

    #[test]
    fn output_limits_not_named_stay_as_they_are() {
        let mut config = Config::default();
        config.set(&[(b"client-output-buffer-limit", b"pubsub 64k 16kb 2")], false).unwrap();
        assert_eq!(
            config.get(&[b"client-output-buffer-limit"]).unwrap()["client-output-buffer-limit"],
            "normal 0 0 0 slave 268435456 67108864 60 pubsub 64000 16384 2"
        );
    }
}
