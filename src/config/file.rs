//! Config files as a start reads them, with the files that they include.
//!
//! Redis: `src/config.c`, `loadServerConfig`, `loadServerConfigFromString`.
//!
//! Different on purpose: the working directory of the process stays until all is read, and `dir` moves the place where
//! [`Loader`] looks for relative names. So a directory that is missing may be replaced by a later line or flag; if it is
//! not, the start fails. Files that include each other in a circle are an error, where Redis reads on until its stack is
//! full.

use super::Config;
use crate::text::words::{UnbalancedQuotes, split_words};
use glob::{MatchOptions, Pattern};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// How many files may be inside each other by `include`, and how many are read at most.
const DEEPEST: usize = 16;
const MOST_FILES: usize = 1000;
/// How long a file may be, in bytes: one without an end must not fill the memory.
const LONGEST: u64 = 64 << 20;

/// Reads settings one after the other, as a start does: a config file, then the flags.
pub struct Loader<'a> {
    config: &'a mut Config,
    /// The directory in which relative names are looked up, as `dir` lines move it; None if files are not to be touched.
    dir: Option<PathBuf>,
    /// How many files are being read, one inside the other.
    depth: usize,
    /// How many files were read.
    files: usize,
    /// Where the line that is read stands, as errors begin: `FILE: line 3: `. Empty for a flag.
    place: String,
}

impl<'a> Loader<'a> {
    /// A loader that looks up relative names in the working directory of the process.
    pub fn new(config: &'a mut Config) -> Self {
        Loader { config, dir: Some(PathBuf::new()), depth: 0, files: 0, place: String::new() }
    }

    /// Applies a config file. The error names the file and the line.
    pub fn file(&mut self, path: &str) -> Result<(), String> {
        let cannot = |error| format!("Fatal error, can't open config file '{path}': {}", reason(&error));
        self.files += 1;
        if self.depth == DEEPEST || self.files > MOST_FILES {
            return Err(format!("too many files include each other: '{path}' is not read"));
        }
        let mut text = Vec::new();
        let file = File::open(self.directory().join(path)).map_err(cannot)?;
        file.take(LONGEST + 1).read_to_end(&mut text).map_err(cannot)?;
        if text.len() as u64 > LONGEST {
            return Err(format!("config file '{path}' has more than {LONGEST} bytes"));
        }
        let outer = self.place.clone();
        self.place.push_str(&format!("{path}: "));
        self.depth += 1;
        let outcome = self.text(&text).map_err(|error| format!("{path}: {error}"));
        self.depth -= 1;
        self.place = outer;
        outcome
    }

    /// Applies the lines of a config file: a name and its values, `#` for comments, quotes as in inline requests. A
    /// setting that stands twice has its last value; but the classes of `client-output-buffer-limit` and the times of
    /// `save` add up. The error names the line.
    pub fn text(&mut self, text: &[u8]) -> Result<(), String> {
        let file = self.place.clone();
        for (number, line) in text.split(|&byte| byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if line.is_empty() || line.starts_with(b"#") {
                continue;
            }
            let fail = |why: String| format!("line {}: {why}", number + 1);
            let line = std::str::from_utf8(line).map_err(|_| fail("not UTF-8".into()))?;
            let words = words(line.as_bytes()).map_err(|_| fail(format!("unbalanced quotes: {line}")))?;
            if let Some((name, values)) = words.split_first() {
                self.place = format!("{file}line {}: ", number + 1);
                self.line(name, values).map_err(fail)?;
            }
        }
        self.place = file;
        Ok(())
    }

    /// Applies one line, or one flag.
    pub fn line(&mut self, name: &str, values: &[String]) -> Result<(), String> {
        match values {
            [path] if name.eq_ignore_ascii_case("include") && self.dir.is_some() => self.include(path),
            [path] if name.eq_ignore_ascii_case("dir") && self.dir.is_some() => {
                let dir = self.directory().join(path);
                self.config.set_at_start(name, &[dir.to_string_lossy().into_owned()])?;
                self.dir = Some(dir);
                Ok(())
            }
            _ => {
                self.config.set_at_start(name, values)?;
                self.config.stands_at(name, &self.place);
                Ok(())
            }
        }
    }

    /// Applies the file of that name, or the files that a glob matches, in the order of their names. A glob may match
    /// nothing.
    fn include(&mut self, path: &str) -> Result<(), String> {
        if !path.contains(['*', '?', '[']) {
            return self.file(path);
        }
        // Here `**` would mean any number of directories; in C it means `*`.
        let mut glob = path.to_string();
        while glob.contains("**") {
            glob = glob.replace("**", "*");
        }
        let directory = self.directory().to_string_lossy().into_owned();
        let glob = PathBuf::from(Pattern::escape(&directory)).join(glob);
        let options = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        // As in C, a glob that is none matches nothing, and so does a directory that cannot be read.
        let Ok(found) = glob::glob_with(&glob.to_string_lossy(), options) else { return Ok(()) };
        for found in found.flatten().filter(|found| !found.is_dir()).take(MOST_FILES) {
            let found = found.strip_prefix(&directory).unwrap_or(&found);
            self.file(&found.to_string_lossy())?;
        }
        Ok(())
    }

    fn directory(&self) -> &Path {
        self.dir.as_deref().unwrap_or(Path::new(""))
    }
}

impl Config {
    /// Applies the lines of a config file without touching other files: `include` is an unknown setting, and `dir` is
    /// not looked for.
    pub fn load(&mut self, text: &str) -> Result<(), String> {
        Loader { config: self, dir: None, depth: 0, files: 0, place: String::new() }.text(text.as_bytes())
    }
}

/// The words of a line, as text.
pub(super) fn words(line: &[u8]) -> Result<Vec<String>, UnbalancedQuotes> {
    let words = split_words(line)?;
    Ok(words.into_iter().map(|word| String::from_utf8_lossy(&word).into_owned()).collect())
}

/// What C's `strerror` says of an error.
pub fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_sets_what_it_names() {
        let mut config = Config::default();
        let text = "# ours\n\nport 7000\nrequirepass \"a b\"\nclient-output-buffer-limit normal 1mb 0 0\nclient-output-buffer-limit pubsub 2mb 1mb 3\nbind 127.0.0.1 ::1\nslave-read-only no\n";
        config.load(text).unwrap();
        assert_eq!((config.port, config.requirepass.as_str()), (7000, "a b"));
        assert_eq!(config.bind, ["127.0.0.1", "::1"]);
        assert_eq!((config.output_limits[0].hard, config.output_limits[2].soft), (1 << 20, 1 << 20));
        assert_eq!(config.get(&[b"replica-read-only"]).unwrap()["replica-read-only"], "no");
    }

    #[test]
    fn an_error_names_the_line() {
        let load = |text: &str| Config::default().load(text).unwrap_err();
        assert_eq!(
            load("port 1\nprot 2"),
            "line 2: unknown setting 'prot \"2\"': Bad directive or wrong number of arguments; did you mean 'port'?"
        );
        assert_eq!(
            load("port x"),
            "line 1: bad value for 'port \"x\"': argument couldn't be parsed into an integer"
        );
        assert_eq!(load("requirepass \"a"), "line 1: unbalanced quotes: requirepass \"a");
        assert_eq!(load("port"), "line 1: bad value for 'port': wrong number of arguments");
    }

    #[test]
    fn a_comment_may_have_any_bytes_but_a_setting_is_text() {
        let load = |text: &[u8]| {
            let mut config = Config::default();
            Loader::new(&mut config).text(text).map(|()| config.timeout_seconds)
        };
        assert_eq!(load(b"# caf\xe9\r\ntimeout 3\r\n"), Ok(3));
        assert_eq!(load(b"timeout 3\nrequirepass caf\xe9"), Err("line 2: not UTF-8".into()));
    }

    #[test]
    fn what_redis_no_longer_has_and_still_reads_is_read() {
        let mut config = Config::default();
        let old = "list-max-ziplist-entries 512\nlist-max-ziplist-value 64\nlua-replicate-commands yes\nio-threads-do-reads no";
        assert_eq!(config.load(old), Ok(()));
    }

    #[test]
    fn lines_for_what_is_not_here_are_refused_in_redis_words() {
        let load = |text: &str| Config::default().load(text).unwrap_err();
        assert_eq!(
            load("user alice on"),
            "line 1: Error in user declaration 'alice': there is no user but 'default', who may do everything"
        );
        assert_eq!(
            load("loadmodule /x/y.so 1 2"),
            "line 1: Can't load module from /x/y.so: server aborting (there are no modules)"
        );
        assert_eq!(load("sentinel monitor x"), "line 1: sentinel directive while not in sentinel mode");
    }
}
