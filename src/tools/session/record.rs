//! The inputs of a session, and the server that they are played to.
//!
//! Redis has no counterpart. To go back, a server is made anew and the inputs before that point are played to it: nothing
//! that was drawn is remembered.

use super::{event, state};
use crate::tools::draw::{Change, Picture};
use crate::tools::scenario::direction::{SETTINGS_COME_FIRST, setting};
use crate::tools::scenario::{Action, InProcess, Line, Scenario, Sending, Setting, Start, Typed, run};
use crate::tools::walk;
use serde_json::{Value, json};
use std::time::Duration;

/// The most inputs.
const MOST_INPUTS: usize = 10_000;
/// The longest line, in bytes as it is written, and all lines together, in bytes as they are sent: `"x"*1000` is written in
/// few.
const LONGEST_LINE: usize = 1 << 16;
const MOST_BYTES: usize = 64 << 20;
/// For so long all inputs together may move the clock: the loop goes round once for each second.
const LONGEST_WAIT: Duration = Duration::from_secs(24 * 3600);
/// The title of a scenario that was given none.
const TITLE: &str = "A dialogue of the playground";

/// The inputs and the server.
pub struct Record {
    settings: Vec<Setting>,
    start: Start,
    /// The title and the prose of the scenario that was loaded.
    comments: Vec<String>,
    /// Each line that was loaded, and why what comes of it is not compared, if it is not.
    loaded: Vec<(String, Option<String>)>,
    lines: Vec<Line>,
    /// How many of the lines the server has been played.
    at: usize,
    server: walk::session::Session,
    /// What the last of them did.
    change: Option<Change>,
}

impl Record {
    /// A fresh server with these settings, each a name and a value.
    pub fn open(settings: &[String], start: Start) -> Result<Record, String> {
        let read = |(number, text): (usize, &String)| match text.contains(['\n', '\r']) {
            true => Err("a setting is one line".into()),
            false => setting(number, text),
        };
        let settings: Vec<Setting> = (2..).zip(settings).map(read).collect::<Result<_, String>>()?;
        Record::new(settings, start, Vec::new())
    }

    fn new(settings: Vec<Setting>, start: Start, comments: Vec<String>) -> Result<Record, String> {
        let server = walk::session::Session::new(&settings, start).map_err(|error| error.to_string())?;
        let (loaded, lines) = Default::default();
        Ok(Record { settings, start, comments, loaded, lines, at: 0, server, change: None })
    }

    /// A fresh server with the settings of a scenario, and what the scenario has: nothing of it is played yet.
    pub fn load(text: &str, start: Start) -> Result<(Record, Value), String> {
        let Scenario { title, prose, settings, lines, .. } =
            Scenario::parse_within(text, MOST_BYTES).map_err(|error| error.to_string())?;
        let loaded = lines.into_iter().map(|line| (line.text, line.loose)).collect::<Vec<_>>();
        let lines: Vec<&str> = loaded.iter().map(|(text, _)| text.as_str()).collect();
        let texts: Vec<&str> = settings.iter().map(|setting| setting.text.as_str()).collect();
        let answer = json!({ "title": title, "prose": prose, "settings": texts, "lines": lines });
        let comments = std::iter::once(title).chain(prose).collect();
        Ok((Record { loaded, ..Record::new(settings, start, comments)? }, answer))
    }

    /// The event of the beginning, with number 0: nothing was played.
    pub fn beginning(&mut self) -> Value {
        let (picture, state) = (self.picture().with_places(), self.state());
        event::beginning(&picture, state)
    }

    /// Plays a line behind those that the server has been played; what was behind that is no longer in the record.
    pub fn play(&mut self, text: &str) -> Result<Value, String> {
        if self.at == MOST_INPUTS {
            return Err(format!("a session has at most {MOST_INPUTS} inputs"));
        }
        let line = self.read(text)?;
        let at = self.at;
        let behind = self.lines.split_off(at);
        self.lines.push(line);
        let played = self.play_next();
        if played.is_err() {
            self.lines.truncate(at);
            self.lines.extend(behind);
            // It may have done something before it failed, like connecting a client.
            self.play_again(at)?;
        }
        played
    }

    /// Goes to an input that was played once; 0 is the beginning.
    pub fn go(&mut self, number: usize) -> Result<Value, String> {
        if number > self.lines.len() {
            return Err(format!("there is no input {number}: the last is {}", self.lines.len()));
        }
        if number == 0 {
            self.play_again(0)?;
            return Ok(self.beginning());
        }
        if number <= self.at {
            self.play_again(number - 1)?;
        } else {
            self.play_on(number - 1)?;
        }
        self.play_next()
    }

    /// The state as it is.
    pub fn state(&mut self) -> Value {
        state::of(self.server.server())
    }

    /// The picture of the last input, or of the present if that changed nothing.
    pub fn picture(&mut self) -> Picture {
        let server = &mut self.server;
        self.change.get_or_insert_with(|| Change::none(server.server())).picture()
    }

    /// All inputs as a scenario, under this title; an empty one stands for the title that was loaded.
    pub fn save(&self, title: &str) -> Result<String, String> {
        if title.contains(['\n', '\r']) {
            return Err("a title is one line".into());
        }
        let (loaded, prose) =
            self.comments.split_first().map_or((TITLE, &[][..]), |(title, prose)| (title, prose));
        let title = if title.is_empty() { loaded } else { title };
        let comments = std::iter::once(title).chain(prose.iter().map(String::as_str));
        let mut text: String = comments.map(|comment| format!("# {comment}\n")).collect();
        self.settings.iter().for_each(|setting| text.extend([&setting.text, "\n"]));
        for line in &self.lines {
            if let Some(reason) = &line.loose {
                text.extend(["! do not compare the next line: ", reason, "\n"]);
            }
            text.extend([&line.text, "\n"]);
        }
        Scenario::parse(&text).map_err(|error| error.to_string())?;
        Ok(text)
    }

    /// The dialogue with what each client received, as text: what differs in each run is masked, as in the snapshots of the
    /// scenarios.
    pub fn transcript(&self) -> Result<String, String> {
        let scenario = Scenario::parse(&self.save("")?).map_err(|error| error.to_string())?;
        let server = InProcess::begin(&self.settings, self.start);
        let transcript = server.and_then(|mut server| run(&scenario, &mut server));
        Ok(transcript.map_err(|error| error.to_string())?.text())
    }

    /// Reads a line and holds it, with those before it, against what a session may be asked to do.
    fn read(&self, text: &str) -> Result<Line, String> {
        let text = text.trim();
        if text.len() > LONGEST_LINE {
            return Err(format!("a line of {} bytes: the longest may have {LONGEST_LINE}", text.len()));
        }
        if text.contains(['\n', '\r']) {
            return Err("that is more than one line".into());
        }
        let mut line = match Scenario::parse_typed(self.at + 1, text).map_err(|error| error.message)? {
            Typed::Line(line) => line,
            Typed::Setting(_) => return Err(SETTINGS_COME_FIRST.into()),
            Typed::Mark => return Err("a mark of a scenario is no input".into()),
        };
        // As it was loaded, if it is that line.
        line.loose = self
            .loaded
            .get(self.at)
            .filter(|(loaded, _)| *loaded == line.text)
            .and_then(|(_, reason)| reason.clone());
        let all = || self.lines[..self.at].iter().chain([&line]);
        let bytes: usize = all().map(bytes).sum();
        if bytes > MOST_BYTES {
            return Err(format!("the inputs would send {bytes} bytes: at most {MOST_BYTES}"));
        }
        let wait: Duration = all().map(wait).sum();
        if wait > LONGEST_WAIT {
            return Err(format!(
                "the inputs would wait {} s: at most {}",
                wait.as_secs(),
                LONGEST_WAIT.as_secs()
            ));
        }
        Ok(line)
    }

    /// Plays the next line of the record.
    fn play_next(&mut self) -> Result<Value, String> {
        let line = &self.lines[self.at];
        let walked = self.server.play(line).map_err(|error| error.to_string())?;
        self.at += 1;
        let event = event::event(self.at, &walked, state::of(self.server.server()))?;
        self.change = Some(walked.change);
        Ok(event)
    }

    /// Plays on until the server has been played so many lines.
    fn play_on(&mut self, count: usize) -> Result<(), String> {
        self.server.play_unseen(&self.lines[self.at..count]).map_err(|error| error.to_string())?;
        (self.at, self.change) = (count, None);
        Ok(())
    }

    /// Plays so many lines to a fresh server.
    fn play_again(&mut self, count: usize) -> Result<(), String> {
        self.server =
            walk::session::Session::new(&self.settings, self.start).map_err(|error| error.to_string())?;
        self.at = 0;
        self.play_on(count)
    }
}

/// How many bytes a line sends, about.
fn bytes(line: &Line) -> usize {
    match &line.action {
        Action::Send { sending: Sending::Request(words), .. } => words.iter().map(Vec::len).sum(),
        Action::Send { sending: Sending::Raw(bytes), .. } => bytes.len(),
        _ => 0,
    }
}

/// How far a line moves the clock.
fn wait(line: &Line) -> Duration {
    match line.action {
        Action::Wait(time) => time,
        _ => Duration::ZERO,
    }
}
