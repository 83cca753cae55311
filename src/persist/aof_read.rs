//! Reads the append-only file: commands, in pieces as they come.
//!
//! Redis: `src/aof.c`, `loadSingleAppendOnlyFile`. [`super::aof_write`] writes it.
//!
//! A file may end in the midst of a command, if the power went while it was written: that is [`AofError::Short`], and the end of
//! the last whole command is known. Anything else that is not a command is [`AofError::Format`].
//!
//! Different on purpose: Redis reads numbers as C does, does not look at the line end behind a word, takes a comment without a line
//! end for one, and allocates whatever length it is told. Here each of these is an error, so that damage in the middle of a file is
//! found where it is, if it can be: a length within the limit that reaches beyond the end looks like a file that was cut.

use crate::text::integer::parse_integer;
use std::fmt;
use std::ops::Range;

/// How long a line may be that says how many words there are, or how long one is.
const LONGEST_NUMBER: usize = 32;
/// How long a comment may be. Redis: `AOF_ANNOTATION_LINE_MAX_LEN`.
const LONGEST_COMMENT: usize = 1024;

/// Whether a file that begins with these bytes begins with a snapshot, which [`super::rdb_load`] reads, or refuses. Redis looks at
/// the first five.
pub fn begins_with_snapshot(bytes: &[u8]) -> bool {
    bytes.starts_with(b"REDIS") || bytes.starts_with(b"VALKEY")
}

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AofError {
    /// It ends in the midst of a command.
    Short,
    /// It has something that is not a command.
    Format,
}

impl AofError {
    /// What Redis says of the file with this name.
    pub fn message(self, name: impl fmt::Display) -> String {
        match self {
            AofError::Short => format!(
                "Unexpected end of file reading the append only file {name}. You can: \
                 1) Make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>. \
                 2) Alternatively you can set the 'aof-load-truncated' configuration option to yes and restart the server."
            ),
            AofError::Format => format!(
                "Bad file format reading the append only file {name}: \
                 make a backup of your AOF file, then use ./redis-check-aof --fix <filename.manifest>"
            ),
        }
    }
}

/// What a file holds, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry<'a> {
    /// A command.
    Command(Words<'a>),
    /// A comment, without its line end: `#TS:1732000000`.
    Comment(&'a [u8]),
}

/// The words of a command, one at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words<'a> {
    bytes: &'a [u8],
    ranges: &'a [Range<usize>],
}

impl<'a> Words<'a> {
    /// The words.
    pub fn iter(self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        self.ranges.iter().map(move |range| &self.bytes[range.clone()])
    }
}

/// A file that is being read.
#[derive(Debug)]
pub struct CommandReader {
    buffer: Vec<u8>,
    /// How many bytes of the file came before the buffer.
    before: u64,
    /// Where the entry that is being read begins in the buffer.
    start: usize,
    /// Where it is read on, from its start.
    at: usize,
    /// The words that were read of it, from its start.
    words: Vec<Range<usize>>,
    /// How many words it has. 0: that is not known.
    count: usize,
    /// How many bytes the entry has that was returned last, which is still in the buffer.
    returned: usize,
    /// The longest word.
    longest: usize,
    /// No more bytes will come.
    is_all: bool,
}

impl CommandReader {
    /// Begins to read. No word is longer than `longest`: the setting `proto-max-bulk-len`.
    pub fn new(longest: usize) -> CommandReader {
        CommandReader {
            buffer: Vec::new(),
            before: 0,
            start: 0,
            at: 0,
            words: Vec::new(),
            count: 0,
            returned: 0,
            longest,
            is_all: false,
        }
    }

    /// These bytes come next.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.forget();
        self.buffer.drain(..self.start);
        self.before += self.start as u64;
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// No more bytes will come: from now on, an entry that is not whole is an error.
    pub fn feed_end(&mut self) {
        self.is_all = true;
    }

    /// Where the last entry that was returned ends in the file: up to there it is good.
    pub fn offset(&self) -> u64 {
        self.before + (self.start + self.returned) as u64
    }

    /// What comes next. None: more bytes are needed, or the file ends here.
    #[expect(clippy::should_implement_trait, reason = "an entry borrows from the reader")]
    pub fn next(&mut self) -> Result<Option<Entry<'_>>, AofError> {
        self.forget();
        match self.buffer.get(self.start) {
            None => Ok(None),
            Some(b'#') => {
                let rest = &self.buffer[self.start..];
                let line = &rest[..rest.len().min(LONGEST_COMMENT)];
                match memchr::memchr(b'\n', line) {
                    Some(end) => {
                        self.returned = end + 1;
                        let comment = &line[..end];
                        Ok(Some(Entry::Comment(comment.strip_suffix(b"\r").unwrap_or(comment))))
                    }
                    None if line.len() == LONGEST_COMMENT => Err(AofError::Format),
                    None => self.wait(),
                }
            }
            Some(_) => {
                if !self.command()? {
                    return self.wait();
                }
                self.returned = self.at;
                let bytes = &self.buffer[self.start..];
                Ok(Some(Entry::Command(Words { bytes, ranges: &self.words })))
            }
        }
    }

    /// Passes over the entry that was returned last.
    fn forget(&mut self) {
        if self.returned > 0 {
            self.start += std::mem::take(&mut self.returned);
            (self.at, self.count) = (0, 0);
            self.words.clear();
        }
    }

    fn wait<'a>(&self) -> Result<Option<Entry<'a>>, AofError> {
        if self.is_all { Err(AofError::Short) } else { Ok(None) }
    }

    /// Reads on; whether the command is whole.
    fn command(&mut self) -> Result<bool, AofError> {
        if self.count == 0 {
            let Some(count) = self.number(b'*')? else { return Ok(false) };
            self.count = Some(count).filter(|&count| count > 0).ok_or(AofError::Format)?;
        }
        while self.words.len() < self.count {
            let begin = self.at;
            let Some(len) = self.number(b'$')? else { return Ok(false) };
            if len > self.longest {
                return Err(AofError::Format);
            }
            let word = self.at..self.at + len;
            match self.buffer.get(self.start + word.end..self.start + word.end + 2) {
                Some(b"\r\n") => {}
                Some(_) => return Err(AofError::Format),
                None => {
                    self.at = begin;
                    return Ok(false);
                }
            }
            self.at = word.end + 2;
            self.words.push(word);
        }
        Ok(true)
    }

    /// Reads a line that is a number behind this byte. None: it is not all there.
    fn number(&mut self, kind: u8) -> Result<Option<usize>, AofError> {
        let rest = &self.buffer[self.start + self.at..];
        if rest.first().is_some_and(|&first| first != kind) {
            return Err(AofError::Format);
        }
        let line = &rest[..rest.len().min(LONGEST_NUMBER)];
        let Some(end) = memchr::memchr(b'\n', line) else {
            return if line.len() < LONGEST_NUMBER { Ok(None) } else { Err(AofError::Format) };
        };
        let number = line[1..end].strip_suffix(b"\r").and_then(parse_integer);
        let number = number.and_then(|number| usize::try_from(number).ok()).ok_or(AofError::Format)?;
        self.at += end + 1;
        Ok(Some(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    /// What a file holds, fed in pieces of this size, and where the last of it ends; an error is the last.
    fn read_in(file: &[u8], piece: usize) -> (Vec<String>, u64) {
        let (mut reader, mut all) = (CommandReader::new(100), Vec::new());
        for piece in file.chunks(piece).map(Some).chain([None]) {
            match piece {
                Some(piece) => reader.feed(piece),
                None => reader.feed_end(),
            }
            loop {
                match reader.next() {
                    Ok(None) => break,
                    Ok(Some(Entry::Comment(text))) => all.push(text.escape_ascii().to_string()),
                    Ok(Some(Entry::Command(words))) => {
                        let words: Vec<_> =
                            words.iter().map(|word| word.escape_ascii().to_string()).collect();
                        all.push(words.join(" "));
                    }
                    Err(error) => {
                        all.push(format!("{error:?}"));
                        return (all, reader.offset());
                    }
                }
            }
        }
        (all, reader.offset())
    }

    const FILE: &[u8] =
        b"#TS:1732000000\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\n\r\n\r\n";

    #[test]
    fn commands_and_comments_are_read() {
        let expected: Vec<String> = ["#TS:1732000000", "SELECT 0", r"SET  \r\n"].map(String::from).into();
        for piece in 1..FILE.len() {
            assert_eq!(read_in(FILE, piece), (expected.clone(), FILE.len() as u64), "in pieces of {piece}");
        }
    }

    #[test]
    fn a_file_that_is_cut_is_short_and_good_up_to_the_last_entry() {
        let ends = [0, 16, 39, FILE.len()];
        for len in 0..=FILE.len() {
            let whole = ends.iter().filter(|&&end| end <= len).count() - 1;
            let (read, offset) = read_in(&FILE[..len], 5);
            let is_whole = ends.contains(&len);
            assert_eq!(read.len(), whole + usize::from(!is_whole), "{len}");
            assert_eq!(read.last().is_some_and(|last| last == "Short"), !is_whole, "{len}");
            assert_eq!(offset, ends[whole] as u64, "{len}");
        }
    }

    #[test]
    fn what_is_not_a_command_is_an_error_and_not_a_short_file() {
        let files: [&[u8]; 12] = [
            b"PING\r\n",
            b"*0\r\n",
            b"*-1\r\n",
            b"*\r\n",
            b"*1\n$4\nPING\n",
            b"*01\r\n",
            b"*1\r\n+PING\r\n",
            b"*1\r\n$-1\r\n",
            b"*1\r\n$4\r\nPINGxx",
            b"*1\r\n$101\r\n",
            &[b'*'; 40],
            &[b'#'; 1024],
        ];
        for file in files {
            assert_eq!(read_in(file, 3), (vec!["Format".into()], 0), "{}", file.escape_ascii());
        }
        assert!(AofError::Short.message("a.aof").contains("reading the append only file a.aof. You can"));
        assert!(
            AofError::Format
                .message("a.aof")
                .starts_with("Bad file format reading the append only file a.aof: ")
        );
    }

    #[test]
    fn a_snapshot_is_known_by_its_first_bytes() {
        assert!(begins_with_snapshot(b"REDIS0011") && begins_with_snapshot(b"VALKEY080"));
        assert!(!begins_with_snapshot(b"*1\r\n") && !begins_with_snapshot(b"REDI"));
    }

    quickcheck! {
        fn pieces_do_not_matter(noise: Vec<u8>, at: usize, piece: u8) -> bool {
            let mut file = FILE.repeat(2);
            let at = at % file.len();
            file.splice(at..at, noise);
            read_in(&file, usize::from(piece) + 1) == read_in(&file, usize::MAX)
        }
    }
}
