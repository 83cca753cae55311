//! Reads snapshots: the RDB file, in pieces as they come.
//!
//! Redis: `src/rdb.c` (`rdbLoadRioWithLoadingCtx`). [`super::rdb_save`] draws the file.
//!
//! Versions 1 to 12 are read. Where the bytes end in the midst of a key, the reader waits until there are twice as many, so that
//! each byte is looked at a few times at most; a key that does not end in the first piece is passed over until all of it is there
//! ([`skip`]), and made once.
//!
//! Different on purpose: what Valkey 9 writes is refused with its name. What modules saved is refused without reading it.

use super::footer::{self, Checksum};
use super::rdb_error::{RdbError, module_name};
use super::rdb_save::{KeyInfo, Usage};
use super::read::{Corrupt, Reader};
use super::{Rules, kinds, load, opcodes, skip};
use crate::keyspace::value::Value;
use std::borrow::Cow;

/// How many bytes the beginning of a file has.
const MAGIC: usize = 9;
/// From this version on, the checksum follows the end.
const CHECKSUM_SINCE: u32 = 5;

/// What a file holds, in order.
#[derive(Debug)]
pub enum Event<'a> {
    /// Something that the file says of itself: a name and a text.
    Aux(Cow<'a, [u8]>, Cow<'a, [u8]>),
    /// The text of a library of functions.
    Library(Cow<'a, [u8]>),
    /// A hint of the number of keys.
    Resize(Size),
    /// A key. That its time has passed is for the caller to notice.
    Key(Key<'a>),
    /// A key whose value has no elements, which is to be skipped, as in Redis.
    EmptyKey(Cow<'a, [u8]>),
    /// The end. What follows is not part of the snapshot.
    End(Seal),
}

/// How large a database is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Its number.
    pub database: u32,
    /// How many keys it has.
    pub keys: u64,
    /// How many of them expire.
    pub expiring: u64,
}

/// A key with its value.
#[derive(Debug)]
pub struct Key<'a> {
    /// The number of its database.
    pub database: u32,
    /// Its name.
    pub name: Cow<'a, [u8]>,
    /// What stood before it.
    pub info: KeyInfo,
    /// Its value.
    pub value: Value,
}

/// What the end says of the bytes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seal {
    /// The checksum is right.
    Right,
    /// The writer computed none.
    None,
    /// The reader was asked not to check it, or the version has none.
    Unchecked,
}

/// How a file is read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The limits of packed values.
    pub rules: Rules,
    /// How many databases there are.
    pub databases: u32,
    /// `rdbchecksum`
    pub checksum: bool,
}

/// A file that is being read.
pub struct FileReader {
    /// Bytes of the file.
    buffer: Vec<u8>,
    at: Position,
    state: State,
}

/// Where in the buffer the reader is.
#[derive(Debug, Default)]
struct Position {
    /// What is before it was read.
    start: usize,
    /// How many bytes of the file came before the buffer.
    before: u64,
    /// Nothing is read until there are so many bytes.
    wanted: usize,
    /// What comes next did not end in the bytes that there were.
    is_long: bool,
    /// No more bytes will come.
    is_all: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Stage {
    Magic,
    Records,
    Checksum,
    Done,
}

struct State {
    options: Options,
    stage: Stage,
    version: u32,
    database: u32,
    /// What was said of the next key.
    info: KeyInfo,
    checksum: Option<Checksum>,
}

impl FileReader {
    /// Begins to read.
    pub fn new(options: Options) -> FileReader {
        let state = State {
            options,
            stage: Stage::Magic,
            version: 0,
            database: 0,
            info: KeyInfo::default(),
            checksum: options.checksum.then(Checksum::default),
        };
        FileReader { buffer: Vec::new(), at: Position::default(), state }
    }

    /// These bytes come next.
    pub fn feed(&mut self, bytes: &[u8]) {
        let read = &self.buffer[..self.at.start];
        self.state.checksum.iter_mut().for_each(|checksum| checksum.update(read));
        self.at.before += read.len() as u64;
        self.buffer.drain(..self.at.start);
        self.at.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// No more bytes will come: from now on, [`FileReader::next`] does not wait.
    pub fn feed_end(&mut self) {
        self.at.is_all = true;
    }

    /// How many bytes of the file were read.
    pub fn offset(&self) -> u64 {
        self.at.before + self.at.start as u64
    }

    /// The bytes that were fed and are not part of what was read: those behind the end.
    pub fn rest(&self) -> &[u8] {
        &self.buffer[self.at.start..]
    }

    /// What comes next. None: more bytes are needed, or the end was read.
    #[expect(clippy::should_implement_trait, reason = "an event borrows from the reader")]
    pub fn next(&mut self) -> Result<Option<Event<'_>>, RdbError> {
        let FileReader { buffer, at, state } = self;
        while state.stage != Stage::Done {
            let rest = &buffer[at.start..];
            if rest.len() < at.wanted && !at.is_all {
                return Ok(None);
            }
            let offset = at.before + at.start as u64;
            let mut reader = Reader::new(rest);
            let found = match state.stage {
                Stage::Magic => state.magic(&mut reader),
                Stage::Checksum => state.seal(&mut reader, &buffer[..at.start]),
                _ => state.record(&mut reader, at.is_long, offset),
            };
            match found {
                Ok(event) => {
                    at.start += rest.len() - reader.left();
                    (at.wanted, at.is_long) = (1, false);
                    if event.is_some() {
                        return Ok(event);
                    }
                }
                Err(RdbError::Short) if !at.is_all => {
                    at.wanted = 2 * rest.len().max(MAGIC);
                    at.is_long = true;
                    return Ok(None);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }
}

/// The error of bytes that begin at `offset`.
fn at(offset: u64) -> impl Fn(Corrupt) -> RdbError {
    move |corrupt| match corrupt {
        Corrupt::SHORT => RdbError::Short,
        Corrupt(what) => RdbError::Corrupt(what, offset),
    }
}

impl State {
    fn magic<'a>(&mut self, reader: &mut Reader<'_>) -> Result<Option<Event<'a>>, RdbError> {
        let magic = reader.bytes::<MAGIC>().map_err(at(0))?;
        // Redis: `atoi`. Digits are followed by none, or there are none at all.
        let number = |digits: &[u8]| {
            let digits = digits.iter().take_while(|digit| digit.is_ascii_digit());
            digits.fold(0, |number, digit| 10 * number + u32::from(digit - b'0'))
        };
        if let Some(version) = magic.strip_prefix(b"VALKEY") {
            return Err(RdbError::Valkey(number(version)));
        }
        self.version = number(magic.strip_prefix(b"REDIS").ok_or(RdbError::Signature)?);
        if !(1..=u32::from(footer::VERSION)).contains(&self.version) {
            return Err(RdbError::Version(self.version));
        }
        self.stage = Stage::Records;
        Ok(None)
    }

    /// Reads an opcode or a key.
    fn record<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        is_long: bool,
        offset: u64,
    ) -> Result<Option<Event<'a>>, RdbError> {
        let error = at(offset);
        let kind = reader.byte().map_err(&error)?;
        match kind {
            opcodes::EXPIRES => {
                let seconds = reader.seconds().map_err(error)?;
                self.info.expires = Some(i64::from(seconds) * 1000);
            }
            opcodes::EXPIRES_MS => self.info.expires = Some(reader.time().map_err(error)?),
            opcodes::FREQUENCY => self.info.usage = Some(Usage::Frequency(reader.byte().map_err(error)?)),
            opcodes::IDLE => self.info.usage = Some(Usage::Idle(reader.number().map_err(error)?)),
            opcodes::SELECT => {
                let database = u32::try_from(reader.number().map_err(error)?);
                let databases = self.options.databases;
                self.database = database
                    .ok()
                    .filter(|&database| database < databases)
                    .ok_or(RdbError::Databases(databases))?;
            }
            opcodes::RESIZE => {
                let (keys, expiring) = (reader.number().map_err(&error)?, reader.number().map_err(error)?);
                return Ok(Some(Event::Resize(Size { database: self.database, keys, expiring })));
            }
            opcodes::SLOT_INFO => {
                (0..3).try_for_each(|_| reader.number().map(|_| ())).map_err(error)?;
            }
            opcodes::AUX => {
                let (name, text) = (reader.string().map_err(&error)?, reader.string().map_err(error)?);
                return Ok(Some(Event::Aux(name, text)));
            }
            opcodes::MODULE_AUX => {
                return Err(RdbError::ModuleAux(module_name(reader.number().map_err(error)?)));
            }
            opcodes::FUNCTION_OLD => return Err(RdbError::OldFunction),
            opcodes::FUNCTION => return Ok(Some(Event::Library(reader.string().map_err(error)?))),
            opcodes::END if self.version < CHECKSUM_SINCE => {
                self.stage = Stage::Done;
                return Ok(Some(Event::End(Seal::Unchecked)));
            }
            opcodes::END => self.stage = Stage::Checksum,
            _ => return self.key(reader, kind, is_long, offset).map(Some),
        }
        Ok(None)
    }

    /// Reads a key and its value; `is_long`: it did not end in the bytes that there were before.
    fn key<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        kind: u8,
        is_long: bool,
        offset: u64,
    ) -> Result<Event<'a>, RdbError> {
        let error = at(offset);
        let name = reader.string().map_err(&error)?;
        match kind {
            kinds::MODULE_OLD => return Err(RdbError::OldModule),
            kinds::MODULE => {
                return Err(RdbError::ModuleValue(module_name(reader.number().map_err(error)?)));
            }
            _ if !kinds::is_known(kind) => return Err(RdbError::Type(kind, offset)),
            _ => {}
        }
        if is_long {
            skip::value(&mut reader.clone(), kind).map_err(&error)?;
        }
        let value = match load::of_kind(reader, kind, &self.options.rules) {
            Err(Corrupt::EMPTY) => None,
            value => Some(value.map_err(error)?),
        };
        let info = std::mem::take(&mut self.info);
        Ok(match value {
            Some(value) => Event::Key(Key { database: self.database, name, info, value }),
            None => Event::EmptyKey(name),
        })
    }

    /// Reads the checksum; `read` is what was read of the bytes that are in the buffer.
    fn seal<'a>(&mut self, reader: &mut Reader<'_>, read: &[u8]) -> Result<Option<Event<'a>>, RdbError> {
        let got = u64::from_le_bytes(reader.bytes().map_err(at(0))?);
        let seal = match self.checksum.take() {
            None => Seal::Unchecked,
            Some(_) if got == 0 => Seal::None,
            Some(mut checksum) => {
                checksum.update(read);
                let expected = checksum.end();
                if expected != got {
                    return Err(RdbError::Checksum(expected, got));
                }
                Seal::Right
            }
        };
        self.stage = Stage::Done;
        Ok(Some(Event::End(seal)))
    }
}

#[cfg(test)]
#[path = "rdb_load_tests.rs"]
mod tests;
