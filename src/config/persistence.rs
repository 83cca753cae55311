//! The values of the settings of persistence: when to save, when to sync, what a signal asks for, names of files.
//!
//! Redis: `src/config.c`, `aof_fsync_enum`, `shutdown_on_sig_enum`, `setConfigSaveOption`, `isValidDBfilename` and its
//! like; `struct saveparam` in `src/server.h`.
//!
//! Circle: the settings have fields of these types, and a question about several of them is answered here.

use super::Config;
use super::shape::one_of;

/// `appendfsync`: when what was appended to the append-only file is synced.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AppendFsync {
    /// Before a reply leaves that was made by it or after it.
    Always,
    /// Each second.
    #[default]
    Everysec,
    /// When the operating system sees fit.
    No,
}

impl AppendFsync {
    const WORDS: [(&str, AppendFsync); 3] =
        [("everysec", AppendFsync::Everysec), ("always", AppendFsync::Always), ("no", AppendFsync::No)];

    /// Its word.
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, policy)| *policy == self).map_or("", |(word, _)| word)
    }

    /// The policy that a word names, in any case.
    pub(super) fn parse(word: &str) -> Result<AppendFsync, String> {
        let word = one_of(&Self::WORDS.map(|(word, _)| word), word)?;
        Ok(Self::WORDS.into_iter().find(|(known, _)| *known == word).map_or_else(Self::default, |(_, it)| it))
    }
}

/// One point of `save`: a snapshot is due after so many seconds with so many changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SavePoint {
    /// Seconds since the last snapshot, at least 1.
    pub seconds: u64,
    /// Changes since then.
    pub changes: u64,
}

impl std::fmt::Display for SavePoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.seconds, self.changes)
    }
}

/// `shutdown-on-sigterm` and `shutdown-on-sigint`: the words that SHUTDOWN would be given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ShutdownWords {
    /// Save, even without a save point.
    pub save: bool,
    /// Do not save, even with one.
    pub nosave: bool,
    /// Do not wait for replicas.
    pub now: bool,
    /// End, even if saving fails.
    pub force: bool,
}

/// The words of [`ShutdownWords`] in the order in which they are shown; the first is what holds without the others.
const SHUTDOWN: [&str; 5] = ["default", "save", "nosave", "now", "force"];

impl ShutdownWords {
    /// The words, as CONFIG GET shows them.
    pub fn words(self) -> String {
        let chosen = [self.save, self.nosave, self.now, self.force];
        let chosen: Vec<_> =
            SHUTDOWN[1..].iter().zip(chosen).filter(|(_, is)| *is).map(|(word, _)| *word).collect();
        if chosen.is_empty() { SHUTDOWN[0].into() } else { chosen.join(" ") }
    }

    pub(super) fn parse(words: &[String]) -> Result<ShutdownWords, String> {
        let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
        if words.is_empty() {
            one_of(&SHUTDOWN, "")?;
        }
        let given = words.iter().map(|word| one_of(&SHUTDOWN, word)).collect::<Result<Vec<_>, _>>()?;
        let has = |word| given.contains(&word);
        if has("save") && has("nosave") {
            return Err("shutdown options SAVE and NOSAVE can't be used simultaneously".into());
        }
        Ok(ShutdownWords { save: has("save"), nosave: has("nosave"), now: has("now"), force: has("force") })
    }
}

impl Config {
    /// Whether files are written without being asked for: by save points, or an append-only file.
    pub fn saves_by_itself(&self) -> bool {
        self.appendonly || !self.save.is_empty()
    }
}

/// The points that pairs of seconds and changes name.
pub(super) fn parse_points(words: &[String]) -> Result<Vec<SavePoint>, String> {
    // Redis reads signed numbers.
    let number = |word: &str, least: i64| {
        let number = word.parse::<i64>().ok().filter(|number| *number >= least)?;
        u64::try_from(number).ok()
    };
    let words: Vec<&str> = words.iter().flat_map(|word| word.split_whitespace()).collect();
    let point = |pair: &[&str]| match pair {
        [seconds, changes] => Some(SavePoint { seconds: number(seconds, 1)?, changes: number(changes, 0)? }),
        _ => None,
    };
    words.chunks(2).map(point).collect::<Option<_>>().ok_or_else(|| "Invalid save parameters".into())
}

/// Redis: `isValidDBfilename`.
pub(super) fn dbfilename(name: &str) -> Result<(), &'static str> {
    base_name(name, "dbfilename can't be a path, just a filename")
}

/// Redis: `isValidAOFfilename`.
pub(super) fn appendfilename(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("appendfilename can't be empty");
    }
    base_name(name, "appendfilename can't be a path, just a filename")
}

/// Redis: `isValidAOFdirname`.
pub(super) fn appenddirname(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("appenddirname can't be empty");
    }
    base_name(name, "appenddirname can't be a path, just a dirname")
}

/// Redis: `pathIsBaseName`.
fn base_name(name: &str, error: &'static str) -> Result<(), &'static str> {
    if name.contains(['/', '\\']) { Err(error) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(text: &str) -> Result<Vec<String>, String> {
        Ok(parse_points(&[text.into()])?.iter().map(SavePoint::to_string).collect())
    }

    fn signal(text: &str) -> Result<String, String> {
        ShutdownWords::parse(&[text.into()]).map(ShutdownWords::words)
    }

    #[test]
    fn pairs_of_numbers_are_times_to_save() {
        assert_eq!(points("900 1 300 010"), Ok(vec!["900 1".into(), "300 10".into()]));
        assert_eq!(points(" 900 1  300 10"), Ok(vec!["900 1".into(), "300 10".into()]));
        assert_eq!(points(""), Ok(vec![]));
        for wrong in ["900", "0 1", "1 -1", "a b"] {
            assert_eq!(points(wrong), Err("Invalid save parameters".into()), "{wrong}");
        }
    }

    #[test]
    fn a_signal_has_words_that_are_shown_in_one_order() {
        let choices = "argument(s) must be one of the following: default, save, nosave, now, force";
        let both = "shutdown options SAVE and NOSAVE can't be used simultaneously";
        for (text, expected) in [
            ("force NOW nosave", Ok("nosave now force")),
            ("default save", Ok("save")),
            ("default", Ok("default")),
            ("save nosave", Err(both)),
            ("later", Err(choices)),
            ("", Err(choices)),
        ] {
            assert_eq!(signal(text), expected.map(String::from).map_err(String::from), "{text}");
        }
    }

    #[test]
    fn a_policy_has_a_word_in_any_case() {
        assert_eq!(AppendFsync::parse("ALWAYS").map(AppendFsync::word), Ok("always"));
        assert_eq!(
            AppendFsync::parse("never"),
            Err("argument(s) must be one of the following: everysec, always, no".into())
        );
    }

    #[test]
    fn a_file_name_is_no_path() {
        assert_eq!(dbfilename("a/b"), Err("dbfilename can't be a path, just a filename"));
        assert_eq!(dbfilename(""), Ok(()));
        assert_eq!(appendfilename(""), Err("appendfilename can't be empty"));
        assert_eq!(appenddirname("a\\b"), Err("appenddirname can't be a path, just a dirname"));
    }
}
