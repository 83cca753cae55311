//! The manifest of the append-only file: which files it is made of, in which order.
//!
//! Redis: `src/aof.c` (`aofLoadManifestFromFile`, `getAofManifestAsString`, `getNewBaseFileNameAndMarkPreAsHistory`,
//! `getNewIncrAofName`, `markRewrittenIncrAofAsHistory`), as of Redis 7.
//!
//! ```text
//! file appendonly.aof.2.base.rdb seq 2 type b      what was in memory
//! file appendonly.aof.1.incr.aof seq 1 type h      no longer needed, to be removed
//! file appendonly.aof.2.incr.aof seq 2 type i      the commands since then, in files of rising numbers
//! ```
//!
//! Keys that are not known are passed over, as in Redis, whose `startoffset` and `endoffset` are about replicas.

use crate::text::c;
use crate::text::integer::parse_integer;
use crate::text::quote;
use crate::text::words::split_words;
use std::fmt;
use std::fmt::Display;

/// The longest line, in bytes. Redis: `MANIFEST_MAX_LINE`.
pub const LINE_MAX: usize = 1024;

/// The places in [`Manifest::given`].
const BASE: usize = 0;
const INCR: usize = 1;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name, without a directory.
    pub name: String,
    /// Its number among those of its kind.
    pub seq: i64,
}

/// The files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// What was in memory when the first of the others was begun.
    pub base: Option<File>,
    /// What is no longer needed.
    pub history: Vec<File>,
    /// The commands since then, in order.
    pub incrs: Vec<File>,
    /// The highest numbers that were ever given to a base and to a file of commands. No number is given twice, not even that of
    /// a file that came to nothing: the manifest on the disk may name it.
    given: [i64; 2],
}

/// What is wrong with a manifest, in Redis's words, and the line: 0 if it is none in particular.
#[derive(Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// The line, counted from 1.
    pub line: usize,
    /// What it says, if it is one that can be shown.
    pub text: Option<String>,
    /// What is wrong.
    pub error: &'static str,
}

impl Manifest {
    /// Reads the text of a manifest.
    pub fn parse(text: &[u8]) -> Result<Manifest, ManifestError> {
        let mut manifest = Manifest::default();
        if text.is_empty() {
            return Err(ManifestError { line: 0, text: None, error: "Found an empty AOF manifest" });
        }
        for (at, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
            // As `fgets` reads them, a NUL ends what is seen of a line.
            let is_whole = line.len() <= LINE_MAX && line.ends_with(b"\n");
            if line.starts_with(b"#") && line.len() <= LINE_MAX {
                continue;
            }
            let fail = |text: Option<&[u8]>, error| {
                let text = text.map(|text| String::from_utf8_lossy(text).into_owned());
                Err(ManifestError { line: at + 1, text, error })
            };
            if !is_whole {
                return fail(None, "The AOF manifest file contains too long line");
            }
            let line = c::until_nul(line).trim_ascii();
            if let Err(error) = manifest.add_line(line) {
                return fail(Some(line), error);
            }
        }
        Ok(manifest)
    }

    fn add_line(&mut self, line: &[u8]) -> Result<(), &'static str> {
        const FORMAT: &str = "Invalid AOF manifest file format";
        let words = split_words(line).map_err(|_| FORMAT)?;
        if words.len() < 6 || words.len() % 2 == 1 {
            return Err(FORMAT);
        }
        let (mut name, mut seq, mut kind) = (None, 0, 0);
        for pair in words.chunks(2) {
            let (key, value) = (&pair[0], &pair[1]);
            if key.eq_ignore_ascii_case(b"file") {
                if value.iter().any(|byte| b"/\\".contains(byte)) {
                    return Err("File can't be a path, just a filename");
                }
                name = Some(String::from_utf8(value.clone()).map_err(|_| FORMAT)?);
            } else if key.eq_ignore_ascii_case(b"seq") {
                seq = parse_integer(value).unwrap_or(0);
            } else if key.eq_ignore_ascii_case(b"type") {
                kind = value.first().copied().unwrap_or(0);
            }
        }
        // No file gets a number near the end of all numbers: there would be none for those behind it.
        let is_number = seq != 0 && seq < i64::MAX / 2;
        let (Some(name), true, true) = (name, is_number, kind != 0) else { return Err(FORMAT) };
        let file = File { name, seq };
        match kind {
            b'b' if self.base.is_some() => return Err("Found duplicate base file information"),
            b'b' => {
                self.given[BASE] = self.given[BASE].max(seq);
                self.base = Some(file);
            }
            b'h' => {
                // It may be there still, and is removed when a new file of that name would be in use.
                let kind = if file.name.contains(".base.") { BASE } else { INCR };
                self.given[kind] = self.given[kind].max(seq);
                self.history.push(file);
            }
            b'i' if self.last_incr() >= seq => return Err("Found a non-monotonic sequence number"),
            b'i' => {
                self.given[INCR] = self.given[INCR].max(seq);
                self.incrs.push(file);
            }
            _ => return Err("Unknown AOF file type"),
        }
        Ok(())
    }

    fn last_incr(&self) -> i64 {
        self.incrs.last().map_or(0, |file| file.seq)
    }

    /// Whether it names no file that is needed.
    pub fn is_empty(&self) -> bool {
        self.base.is_none() && self.incrs.is_empty()
    }

    /// The next file of commands, for [`Manifest::incrs`]. `filename` is the setting `appendfilename`.
    pub fn next_incr(&mut self, filename: &str) -> File {
        self.given[INCR] += 1;
        let seq = self.given[INCR];
        File { name: format!("{filename}.{seq}.incr.aof"), seq }
    }

    /// The next base, for [`Manifest::rebase`].
    pub fn next_base(&mut self, filename: &str, is_rdb: bool) -> File {
        self.given[BASE] += 1;
        let (seq, kind) = (self.given[BASE], if is_rdb { "rdb" } else { "aof" });
        File { name: format!("{filename}.{seq}.base.{kind}"), seq }
    }

    /// A file of the time before Redis 7, which has no number in its name, becomes the first base.
    pub fn adopt_base(&mut self, name: String) {
        self.given[BASE] = self.given[BASE].max(1);
        self.base = Some(File { name, seq: 1 });
    }

    /// A new base takes the place of all files, which become history, but for the last one if `keep_last`.
    pub fn rebase(&mut self, base: File, keep_last: bool) {
        let older = self.incrs.len().saturating_sub(usize::from(keep_last));
        self.history.extend(self.base.replace(base));
        self.history.extend(self.incrs.drain(..older));
    }

    /// Forgets the history, and returns the names of its files.
    pub fn take_history(&mut self) -> Vec<String> {
        self.history.drain(..).map(|file| file.name).collect()
    }
}

impl Display for Manifest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kinds = [(self.base.as_slice(), 'b'), (&self.history, 'h'), (&self.incrs, 'i')];
        for (file, kind) in kinds.iter().flat_map(|(files, kind)| files.iter().map(move |file| (file, kind)))
        {
            writeln!(f, "file {} seq {} type {kind}", Shown(&file.name), file.seq)?;
        }
        Ok(())
    }
}

/// A name, between quotes if it would not be one word without. Redis: `sdsneedsrepr`.
struct Shown<'a>(&'a str);

impl Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"\\\"'".contains(&byte);
        if !self.0.is_empty() && self.0.bytes().all(is_plain) {
            return f.write_str(self.0);
        }
        let mut quoted = Vec::new();
        quote::quote(self.0.as_bytes(), &mut quoted);
        f.write_str(&String::from_utf8_lossy(&quoted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Manifest, &'static str> {
        Manifest::parse(text.as_bytes()).map_err(|error| error.error)
    }

    #[test]
    fn the_number_of_a_file_that_is_history_is_not_given_again() {
        let text = "file a.2.base.rdb seq 2 type b\nfile a.1.base.rdb seq 1 type h\nfile a.3.incr.aof seq 3 type h\n";
        let mut manifest = Manifest::parse(text.as_bytes()).unwrap();
        assert_eq!(manifest.next_incr("a").name, "a.4.incr.aof");
        assert_eq!(manifest.next_base("a", true).name, "a.3.base.rdb");
    }

    #[test]
    fn the_base_after_one_without_a_number_in_its_name_has_number_two() {
        let mut manifest = Manifest::default();
        manifest.adopt_base("a".into());
        assert_eq!(manifest.to_string(), "file a seq 1 type b\n");
        assert_eq!(manifest.next_base("a", true).name, "a.2.base.rdb");
    }

    #[test]
    fn a_manifest_goes_through_a_rewrite_as_in_redis() {
        let mut manifest = Manifest::default();
        let base = manifest.next_base("a.aof", true);
        manifest.rebase(base, true);
        for _ in 0..2 {
            let incr = manifest.next_incr("a.aof");
            manifest.incrs.push(incr);
        }
        let base = manifest.next_base("a.aof", false);
        manifest.rebase(base, true);
        let text = "file a.aof.2.base.aof seq 2 type b\nfile a.aof.1.base.rdb seq 1 type h\n\
                    file a.aof.1.incr.aof seq 1 type h\nfile a.aof.2.incr.aof seq 2 type i\n";
        assert_eq!(manifest.to_string(), text);
        assert_eq!(parse(text), Ok(manifest.clone()));
        assert_eq!(manifest.take_history(), ["a.aof.1.base.rdb", "a.aof.1.incr.aof"]);
        assert_eq!(manifest.to_string().lines().count(), 2);
        assert_eq!(manifest.next_incr("a.aof").name, "a.aof.3.incr.aof");
        assert_eq!(manifest.next_incr("a.aof").name, "a.aof.4.incr.aof", "the one before came to nothing");
    }

    #[test]
    fn what_is_wrong_is_said_in_redis_words() {
        #[rustfmt::skip]
        let cases = [
            ("", "Found an empty AOF manifest"),
            ("\n", "Invalid AOF manifest file format"),
            ("file a seq 1 type i", "The AOF manifest file contains too long line"),
            ("file a seq 1\n", "Invalid AOF manifest file format"),
            ("file a seq 1 type i more\n", "Invalid AOF manifest file format"),
            ("file a seq 0 type i\n", "Invalid AOF manifest file format"),
            ("file a seq one type i\n", "Invalid AOF manifest file format"),
            ("file a seq 9223372036854775807 type i\n", "Invalid AOF manifest file format"),
            ("file \"a seq 1 type i\n", "Invalid AOF manifest file format"),
            ("file ../a seq 1 type i\n", "File can't be a path, just a filename"),
            ("file a seq 1 type b\nfile b seq 2 type b\n", "Found duplicate base file information"),
            ("file a seq 2 type i\nfile b seq 2 type i\n", "Found a non-monotonic sequence number"),
            ("file a seq 1 type x\n", "Unknown AOF file type"),
        ];
        for (text, error) in cases {
            assert_eq!(parse(text), Err(error), "{text:?}");
        }
        let long = format!("file {} seq 1 type i\n", "a".repeat(LINE_MAX));
        assert_eq!(parse(&long), Err("The AOF manifest file contains too long line"));
    }

    #[test]
    fn names_that_need_it_are_quoted_and_comments_and_other_keys_passed_over() {
        let mut manifest = Manifest::default();
        let incr = manifest.next_incr("my log");
        manifest.incrs.push(incr);
        assert_eq!(manifest.to_string(), "file \"my log.1.incr.aof\" seq 1 type i\n");
        let text = "# a comment\nfile \"my log.1.incr.aof\" seq 1 type i startoffset 0\n";
        assert_eq!(parse(text), Ok(manifest));
    }
}
