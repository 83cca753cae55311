//! Reads a `.scenario` file. `docs/scenarios.md` is this grammar by example.
//!
//! Redis has no counterpart. The grammar is line by line, so that a scenario's line is also a transcript's line, a figure's
//! caption and a thing to type at `cutaway walk`.

use std::fmt;
use std::time::Duration;

use super::direction::{Direction, Mark, SETTINGS_COME_FIRST, Setting, direction};
use super::words;
use super::words::Request;

/// A scenario, as its file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// The first comment line: what is shown.
    pub title: String,
    /// The comment lines that follow it.
    pub prose: Vec<String>,
    /// `! set NAME VALUE…`: settings the server starts with, in order.
    pub settings: Vec<Setting>,
    /// `! only cutaway: REASON`: never played against another server.
    pub only_cutaway: Option<String>,
    /// `! differs from Valkey: REASON`: Valkey's bytes are not Redis's, and that is known.
    pub differs_from_valkey: Option<String>,
    /// The dialogue.
    pub lines: Vec<Line>,
}

/// One line of the dialogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: usize,
    /// The line as written.
    pub text: String,
    /// What it asks for.
    pub action: Action,
    /// `! do not compare the next line: REASON` stood before it.
    pub loose: Option<String>,
}

/// What a line asks for. The first mention of a client connects it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// A comment between the lines of the dialogue; nothing happens.
    Note,
    /// `A: …`, `A+ …` or `A| …`: bytes for the server.
    Send {
        /// Who sends.
        client: String,
        /// What.
        sending: Sending,
        /// `A+`: it waits for the client's next line, to leave with it in one write.
        held: bool,
    },
    /// `! A connects`.
    Connect(String),
    /// `! A disconnects`.
    Disconnect(String),
    /// `! A resets`: A's connection breaks, as if the program had been killed.
    Reset(String),
    /// `! A stops reading`: what the server sends stays on the way.
    StopReading(String),
    /// `! A reads 100 bytes a turn`: of what the server sends, so much arrives in each turn of its loop.
    ReadSlowly(String, usize),
    /// `! A reads again`.
    ReadAgain(String),
    /// `! wait 61s`: the clock moves on.
    Wait(Duration),
    /// `! the server is killed and starts again`: every client is closed; what was acknowledged is still there.
    Restart,
}

/// What is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sending {
    /// One request as words; `{A.id}` and `{A.addr}` in a word are filled in when it is sent.
    Request(Request),
    /// Bytes as they are.
    Raw(Vec<u8>),
}

/// Why a file is no scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// The line's number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for ParseError {}

/// A line that is read by itself, as it is typed: see [`Scenario::parse_typed`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    /// `! set NAME VALUE…`.
    Setting(Setting),
    /// A mark (`! only cutaway: …`), which asks nothing of the server.
    Mark,
    /// A line of the dialogue.
    Line(Line),
}

impl Scenario {
    /// Every request that is written as words.
    pub fn requests(&self) -> impl Iterator<Item = &Request> {
        self.lines.iter().filter_map(|line| match &line.action {
            Action::Send { sending: Sending::Request(words), .. } => Some(words),
            _ => None,
        })
    }

    /// Reads the text of a `.scenario` file. A byte order mark at its beginning is passed over.
    pub fn parse(text: &str) -> Result<Scenario, ParseError> {
        Scenario::parse_within(text, MOST_BYTES)
    }

    /// The same of a file whose requests have at most so many bytes.
    pub fn parse_within(text: &str, most_bytes: usize) -> Result<Scenario, ParseError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut parser = Parser { most_bytes, ..Parser::default() };
        for (index, line) in text.lines().enumerate() {
            let number = index + 1;
            parser.line(number, line.trim_end()).map_err(|message| ParseError { line: number, message })?;
        }
        if let Some((client, line)) = parser.held.first() {
            let message =
                format!("{client}+ waits for a last line, {client}: or {client}|, which never comes");
            return Err(ParseError { line: *line, message });
        }
        if let Some((line, _)) = parser.loose {
            return Err(ParseError { line, message: "there is no next line".into() });
        }
        let title = parser.title.ok_or(ParseError {
            line: 1,
            message: "nothing here: the first line is a comment, the title".into(),
        })?;
        Ok(Scenario {
            title,
            prose: parser.prose,
            settings: parser.settings,
            only_cutaway: parser.only_cutaway,
            differs_from_valkey: parser.differs_from_valkey,
            lines: parser.lines,
        })
    }

    /// One line of a dialogue that has begun.
    pub fn parse_line(number: usize, text: &str) -> Result<Line, ParseError> {
        let action = action(text).map_err(|message| ParseError { line: number, message })?;
        Ok(Line { number, text: text.into(), action, loose: None })
    }

    /// One line of whatever kind, read by itself: what an interactive walk reads.
    pub fn parse_typed(number: usize, text: &str) -> Result<Typed, ParseError> {
        let error = |message| ParseError { line: number, message };
        Ok(match direction(number, text).map_err(error)? {
            Some(Direction::Set(setting)) => Typed::Setting(setting),
            Some(Direction::Mark(..)) => Typed::Mark,
            None => Typed::Line(Scenario::parse_line(number, text)?),
        })
    }

    /// True if the dialogue moves the clock, which only a server inside the process can obey.
    pub fn moves_the_clock(&self) -> bool {
        self.lines.iter().any(|line| matches!(line.action, Action::Wait(_)))
    }

    /// True if the server is killed, which only the program that started it can do.
    pub fn kills_the_server(&self) -> bool {
        self.lines.iter().any(|line| line.action == Action::Restart)
    }
}

/// What has been read so far.
#[derive(Default)]
struct Parser {
    title: Option<String>,
    prose: Vec<String>,
    settings: Vec<Setting>,
    only_cutaway: Option<String>,
    differs_from_valkey: Option<String>,
    lines: Vec<Line>,
    /// Clients with a `+` line that no `:` or `|` line has sent yet, and that line's number.
    held: Vec<(String, usize)>,
    /// `! do not compare the next line`: its number and reason.
    loose: Option<(usize, String)>,
    /// How many bytes all requests have, and may have.
    bytes: usize,
    most_bytes: usize,
}

/// The most bytes of all requests: repetitions make much of a short file.
const MOST_BYTES: usize = 512 << 20;

impl Parser {
    fn line(&mut self, number: usize, text: &str) -> Result<(), String> {
        if text.is_empty() {
            return Ok(());
        }
        let begun = !self.lines.is_empty();
        if let Some(comment) = text.strip_prefix('#') {
            let comment = comment.trim().to_string();
            match &self.title {
                None => self.title = Some(comment),
                Some(_) if !begun => self.prose.push(comment),
                Some(_) => {
                    self.lines.push(Line { number, text: text.into(), action: Action::Note, loose: None });
                }
            }
            return Ok(());
        }
        if self.title.is_none() {
            return Err("the first line must be a comment: the title".into());
        }
        match direction(number, text)? {
            Some(Direction::Set(_)) if begun => return Err(SETTINGS_COME_FIRST.into()),
            Some(Direction::Set(setting)) => self.settings.push(setting),
            Some(Direction::Mark(Mark::OnlyCutaway, reason)) => self.only_cutaway = Some(reason),
            Some(Direction::Mark(Mark::DiffersFromValkey, reason)) => self.differs_from_valkey = Some(reason),
            Some(Direction::Mark(Mark::Loose, reason)) => self.loose = Some((number, reason)),
            None => {
                let action = action(text)?;
                if let Action::Send { client, held, sending } = &action {
                    self.bytes += match sending {
                        Sending::Request(words) => words.iter().map(Vec::len).sum(),
                        Sending::Raw(bytes) => bytes.len(),
                    };
                    if self.bytes > self.most_bytes {
                        return Err(format!(
                            "up to here the requests have more than {} bytes",
                            self.most_bytes
                        ));
                    }
                    self.held.retain(|(name, _)| name != client);
                    if *held {
                        self.held.push((client.clone(), number));
                    }
                }
                let loose = self.loose.take().map(|(_, reason)| reason);
                self.lines.push(Line { number, text: text.into(), action, loose });
            }
        }
        Ok(())
    }
}

/// All directions as they are written: the error for another one names them.
const DIRECTIONS: &str = "there are `! A connects`, `! A disconnects`, `! A resets`, \
                          `! A stops reading`, `! A reads 100 bytes a turn`, `! A reads again`, `! wait 61s`, \
                          `! the server is killed and starts again` and `! set NAME VALUE`";

/// What one line of the dialogue asks for.
fn action(text: &str) -> Result<Action, String> {
    if text.starts_with('#') {
        return Ok(Action::Note);
    }
    if let Some(rest) = text.strip_prefix("! ") {
        let words: Vec<&str> = rest.split_whitespace().collect();
        return match words[..] {
            ["the", "server", "is", "killed", "and", "starts", "again"] => Ok(Action::Restart),
            ["wait", time] => Ok(Action::Wait(duration(time)?)),
            [client, "connects"] => Ok(Action::Connect(name(client)?)),
            [client, "disconnects"] => Ok(Action::Disconnect(name(client)?)),
            [client, "resets"] => Ok(Action::Reset(name(client)?)),
            [client, "stops", "reading"] => Ok(Action::StopReading(name(client)?)),
            [client, "reads", bytes, "bytes", "a", "turn"] => {
                Ok(Action::ReadSlowly(name(client)?, bytes_a_turn(bytes)?))
            }
            [client, "reads", "again"] => Ok(Action::ReadAgain(name(client)?)),
            _ => Err(format!("unknown direction `{rest}`: {DIRECTIONS}")),
        };
    }
    let sign = text.find([':', '+', '|']).ok_or_else(|| format!("a line is {LINES}"))?;
    let client = name(&text[..sign]).map_err(|error| format!("{error}; a line is {LINES}"))?;
    let words = words::split(&text[sign + 1..])?;
    if words.is_empty() {
        return Err("nothing to send".into());
    }
    let (sending, held) = match text.as_bytes()[sign] {
        b':' => (Sending::Request(words), false),
        b'+' => (Sending::Request(words), true),
        _ => (Sending::Raw(words.concat()), false),
    };
    Ok(Action::Send { client, sending, held })
}

/// What a line may be.
const LINES: &str = "`NAME: COMMAND …`, `NAME+ …`, `NAME| …`, `! …` or `# …`";

/// A client's name: letters, digits, `_` and `-`, beginning with a letter.
fn name(text: &str) -> Result<String, String> {
    let good = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    let rule = "letters, digits, `_` and `-`, a letter first";
    if good { Ok(text.into()) } else { Err(format!("`{}` is no client's name ({rule})", shorten(text))) }
}

/// The beginning of a text that is shown in an error.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.into(),
    }
}

/// How many bytes a slow client takes in a turn.
fn bytes_a_turn(text: &str) -> Result<usize, String> {
    let wrong = || {
        format!("`{}` is no number of bytes from 1 on (`! A stops reading` is none at all)", shorten(text))
    };
    text.parse().ok().filter(|&bytes| bytes > 0).ok_or_else(wrong)
}

/// The longest time that a line may wait: the server's loop goes round once for every second of it.
const LONGEST_WAIT: Duration = Duration::from_secs(7 * 24 * 3600);

/// `300ms`, `61s` or `5m`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let wrong = || format!("`{}` is no time: 300ms, 61s, 5m", shorten(text));
    let number: u64 = digits.parse().map_err(|_| wrong())?;
    let time = match &text[digits.len()..] {
        "ms" => Duration::from_millis(number),
        "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number.saturating_mul(60)),
        _ => return Err(wrong()),
    };
    if time > LONGEST_WAIT { Err(format!("`{text}` is too long: at most a week")) } else { Ok(time) }
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
