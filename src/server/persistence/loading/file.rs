//! One file after the other, a bounded part of it in each turn: its bytes to a reader, what the reader finds to the server.
//!
//! Redis: `src/aof.c` (`loadSingleAppendOnlyFile`, the loop of `loadAppendOnlyFiles`); `rdbLoadProgressCallback` in
//! `src/rdb.c`.
//!
//! Of a file of commands that ends in the midst of one, or of a transaction, the end is cut off if it is the last file and
//! `aof-load-truncated` allows that. All else that is wrong with a file ends the load.
//!
//! Different on purpose: of a transaction whose last command is torn nothing stays in the file; Redis leaves its beginning, and
//! appends to that. A comment that does not end is torn, too ([`crate::persist::aof_read`]). DEBUG LOADAOF cuts nothing off.

use super::commands::CommandFile;
use super::files::{FATAL, Planned, Question, What};
use super::keys::{Intake, KeyFile};
use super::source::{Next, Source};
use super::{Flow, Purpose, Run};
use crate::persist::aof_read::{AofError, begins_with_snapshot};
use crate::server::Server;
use crate::server::persistence::aof::words;
use crate::server::persistence::disk::{Answer, Failure, Step};

/// How many keys or commands are loaded in a turn, at most. Redis: 1024 commands.
const ITEMS_PER_TURN: u32 = 1024;
/// How many microseconds a turn of loading takes, about.
const TURN_US: u64 = 2000;
/// The clock is read once in so many keys or commands.
const CLOCK_EVERY: u32 = 32;

/// The file that is loaded.
pub(super) struct Current {
    pub(super) file: Planned,
    pub(super) source: Source,
    reader: Reader,
    /// The reader knows that no more bytes will come.
    is_all: bool,
    /// How many bytes the files before it have.
    before: u64,
    began_us: u64,
}

/// What reads a file.
enum Reader {
    /// The first piece is to come, which tells.
    Unknown,
    Keys(Box<KeyFile>),
    Commands(Box<CommandFile>),
}

impl Reader {
    /// How many bytes were loaded.
    fn offset(&self) -> u64 {
        match self {
            Reader::Unknown => 0,
            Reader::Keys(keys) => keys.offset(),
            Reader::Commands(commands) => commands.offset(),
        }
    }

    /// No more bytes will come: what is missing is an error from now on.
    fn feed_end(&mut self) {
        match self {
            Reader::Unknown => {}
            Reader::Keys(keys) => keys.feed_end(),
            Reader::Commands(commands) => commands.feed_end(),
        }
    }
}

/// What a step of a reader has come to.
pub(super) enum Found {
    /// Something was loaded.
    One,
    /// More bytes are needed.
    Nothing,
    /// The end.
    End,
    /// A command that does not end: the file does before.
    Torn,
}

impl Server {
    /// Begins with the next file. The load ends after the last.
    pub(super) fn next_file(&mut self, run: &mut Run) -> Result<Flow, String> {
        let Some(file) = run.files.pop_front() else { return self.all_loaded(run) };
        run.last_bytes = file.length;
        let mut source = Source::new(file.path.clone(), file.length);
        source.read_ahead(&mut self.disk);
        run.current = Some(Current {
            file,
            source,
            reader: Reader::Unknown,
            is_all: false,
            before: self.persistence.loading.progress.loaded_bytes,
            began_us: (self.stopwatch)(),
        });
        Ok(Flow::GoesOn)
    }

    /// The disk has read a piece of the file.
    pub(super) fn piece_arrived(
        &mut self,
        run: &mut Run,
        result: Result<Answer, Failure>,
    ) -> Result<Flow, String> {
        let Some(current) = &mut run.current else { return Ok(Flow::GoesOn) };
        match result {
            Ok(Answer::Bytes(bytes)) => current.source.arrived(bytes),
            Ok(_) => {}
            Err(Failure { error, .. }) => {
                let name = &current.file.name;
                if current.file.what == What::Snapshot {
                    tracing::warn!("Fatal error: can't read the RDB file {name}: {}", words(&error));
                    return Err(FATAL.into());
                }
                return Err(format!(
                    "Unrecoverable error reading the append only file {name}: {}",
                    words(&error)
                ));
            }
        }
        Ok(Flow::GoesOn)
    }

    /// Loads of what is here as much as a turn has time for.
    pub(super) fn load_part(&mut self, run: &mut Run) -> Result<Flow, String> {
        let Some(mut current) = run.current.take() else { return Ok(Flow::GoesOn) };
        let began_us = (self.stopwatch)();
        let (mut most, mut items) = (self.items_for(run, began_us), 0);
        let ended = loop {
            if items == most {
                // Redis looks at its clients here, too.
                self.persistence.loading.holds_clients = false;
                break None;
            }
            match self.load_next(run, &mut current)? {
                Found::One => {
                    items += 1;
                    let is_late = || (self.stopwatch)().saturating_sub(began_us) >= TURN_US;
                    if items % CLOCK_EVERY == 0 && is_late() {
                        most = items;
                    }
                }
                Found::Nothing => match current.source.next(&mut self.disk) {
                    Next::Piece(bytes) => self.feed_reader(run, &mut current, &bytes),
                    Next::Later => break None,
                    Next::End if current.is_all => break Some(Found::End),
                    Next::End => {
                        current.is_all = true;
                        if current.file.what == What::Snapshot {
                            // One without a byte is none.
                            self.feed_reader(run, &mut current, b"");
                        }
                        current.reader.feed_end();
                    }
                },
                end @ (Found::End | Found::Torn) => break Some(end),
            }
        };
        let progress = &mut self.persistence.loading.progress;
        progress.loaded_bytes = current.before + current.reader.offset();
        progress.report(self.time.millis, &current.file.name);
        let Some(end) = ended else {
            run.current = Some(current);
            return Ok(Flow::GoesOn);
        };
        self.file_ended(run, current, matches!(end, Found::Torn))
    }

    /// How many keys or commands are loaded now, at most. With `key-load-delay` as many as the time allows that has passed since
    /// the last.
    fn items_for(&self, run: &mut Run, now_us: u64) -> u32 {
        let Some(delay_us @ 1..) = u64::try_from(self.config.key_load_delay).ok() else {
            return ITEMS_PER_TURN;
        };
        let items = (now_us.saturating_sub(run.delayed_us) / delay_us).min(ITEMS_PER_TURN.into());
        run.delayed_us = now_us.min(run.delayed_us + items * delay_us);
        items as u32
    }

    /// Loads the next key or command.
    fn load_next(&mut self, run: &Run, current: &mut Current) -> Result<Found, String> {
        let name = &current.file.name;
        match &mut current.reader {
            Reader::Unknown => Ok(Found::Nothing),
            Reader::Commands(commands) => self.load_command(run.client, commands, name),
            Reader::Keys(keys) => {
                let found = self.take_in(keys).map_err(|reason| {
                    tracing::warn!("{reason}");
                    match current.file.what {
                        What::Snapshot => FATAL.into(),
                        _ if self.is_old_log(name) => {
                            format!(
                                "Error reading the RDB preamble of the AOF file {name}, AOF loading aborted"
                            )
                        }
                        _ => format!("Error reading the RDB base file {name}, AOF loading aborted"),
                    }
                })?;
                if matches!(found, Found::End) && current.file.what != What::Snapshot {
                    // Commands may follow.
                    if self.is_old_log(name) {
                        tracing::info!("Reading the remaining AOF tail...");
                    }
                    let mut commands = CommandFile::new(keys.offset());
                    commands.feed(keys.rest());
                    current.reader = Reader::Commands(Box::new(commands));
                    return Ok(Found::One);
                }
                Ok(found)
            }
        }
    }

    /// Hands the reader bytes of the file. The first ones tell which reader it is.
    fn feed_reader(&self, run: &Run, current: &mut Current, bytes: &[u8]) {
        match &mut current.reader {
            Reader::Keys(keys) => keys.feed(bytes),
            Reader::Commands(commands) => commands.feed(bytes),
            Reader::Unknown => {
                let is_snapshot = current.file.what == What::Snapshot;
                current.reader = if is_snapshot || begins_with_snapshot(bytes) {
                    let merges = matches!(run.purpose, Purpose::Reload { merges: true, .. });
                    let intake = Intake { client: run.client, is_base: !is_snapshot, merges };
                    Reader::Keys(Box::new(KeyFile::new(self, intake)))
                } else {
                    Reader::Commands(Box::new(CommandFile::new(0)))
                };
                if !is_snapshot && matches!(current.reader, Reader::Keys(_)) {
                    tracing::info!(
                        "{}",
                        match self.is_old_log(&current.file.name) {
                            true => "Reading RDB preamble from AOF file...",
                            false => "Reading RDB base file on AOF loading...",
                        }
                    );
                }
                self.feed_reader(run, current, bytes);
            }
        }
    }

    /// Whether a file has the name that the whole append-only file had before Redis 7.
    fn is_old_log(&self, name: &str) -> bool {
        name == self.config.appendfilename
    }

    /// A file has come to its end; `is_torn`: in the midst of a command.
    fn file_ended(&mut self, run: &mut Run, current: Current, is_torn: bool) -> Result<Flow, String> {
        self.persistence.loading.progress.loaded_bytes = current.before + current.file.length;
        let transaction = match &current.reader {
            Reader::Commands(commands) => commands.open_transaction(),
            _ => None,
        };
        if is_torn || transaction.is_some() {
            if !is_torn {
                tracing::warn!("Revert incomplete MULTI/EXEC transaction in AOF file {}", current.file.name);
            }
            let whole = transaction.unwrap_or(current.reader.offset());
            return self.cut(run, current, whole);
        }
        self.report_file(&current);
        self.next_file(run)
    }

    /// The end of a file is torn, behind so many bytes: if it is the last one, the end is cut off, as the settings allow. Redis:
    /// `uxeof` in `loadSingleAppendOnlyFile`.
    fn cut(&mut self, run: &mut Run, mut current: Current, at: u64) -> Result<Flow, String> {
        let Planned { name, path, length, .. } = &mut current.file;
        if !self.config.aof_load_truncated || !matches!(run.purpose, Purpose::Start) {
            return Err(AofError::Short.message(name));
        }
        tracing::warn!("!!! Warning: short read while loading the AOF file {name}!!!");
        if !run.files.is_empty() {
            return Err("Fatal error: the truncated file is not the last file".into());
        }
        let dropped = *length - at;
        tracing::warn!("!!! Truncating the AOF {name} at offset {at} !!! ({dropped} bytes are dropped)");
        *length = at;
        run.last_bytes = at;
        run.all_bytes -= dropped;
        let steps = vec![Step::Truncate(path.clone(), at), Step::Sync(path.clone())];
        run.current = Some(current);
        self.ask(run, Question::Cut, steps)
    }

    /// The torn end is cut off, or could not be.
    pub(super) fn was_cut(&mut self, run: &mut Run, result: Result<Answer, Failure>) -> Result<Flow, String> {
        let Some(current) = run.current.take() else { return self.next_file(run) };
        let name = &current.file.name;
        result
            .map_err(|failure| format!("Error truncating the AOF file {name}: {}", words(&failure.error)))?;
        tracing::warn!("AOF {name} loaded anyway because aof-load-truncated is enabled");
        self.report_file(&current);
        self.next_file(run)
    }

    /// Has the log say that a file of the append-only file is loaded.
    fn report_file(&self, current: &Current) {
        let Planned { name, what, .. } = &current.file;
        let kind = match what {
            What::Base => "base",
            What::Increment => "incr",
            What::Snapshot => return,
        };
        if !matches!(current.reader, Reader::Unknown) {
            tracing::info!(
                "DB loaded from {kind} file {name}: {} seconds",
                self.seconds_since(current.began_us)
            );
        }
    }

    /// The seconds since the stopwatch showed so many microseconds, as the log has them.
    fn seconds_since(&self, began_us: u64) -> String {
        let micros = (self.stopwatch)().saturating_sub(began_us);
        format!("{:.3}", micros as f64 / 1e6)
    }

    /// The last file is loaded.
    fn all_loaded(&mut self, run: &mut Run) -> Result<Flow, String> {
        let seconds = self.seconds_since(run.began_us);
        if !run.is_log {
            tracing::info!("DB loaded from disk: {seconds} seconds");
            return Ok(Flow::Ended);
        }
        tracing::info!("DB loaded from append only file: {seconds} seconds");
        self.go_on_behind(run)
    }
}
