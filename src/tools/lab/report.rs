//! Says what came of each stage, as it is played: a line for one that passes, ten for one that fails.
//!
//! Redis has no counterpart.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};

use super::grade::{Count, Failure, Grade, Graded};
use super::options::{Options, Subject};
use super::{json, junit, stages};
use crate::tools::check::play::{Finding, What};
use crate::tools::scenario::words::escape;
use crate::tools::scenario::{Action, Scenario};

/// So many lines before the one that fails are shown.
const LINES_BEFORE: usize = 2;
/// Longer texts are cut.
const LONGEST: usize = 160;
/// Bytes that are shown before the first that differs, where they are cut.
const CONTEXT: usize = 40;

/// What was found so far.
pub struct Report<'a> {
    options: &'a Options,
    graded: Vec<Graded>,
}

/// Whether the files that were asked for can be written: better known now than when all is played.
pub fn writable(options: &Options) -> Result<(), String> {
    for path in [&options.json, &options.junit].into_iter().flatten().filter(|path| *path != "-") {
        let file = OpenOptions::new().append(true).create(true).open(path);
        file.map_err(|error| format!("cannot write {path}: {error}"))?;
    }
    Ok(())
}

impl<'a> Report<'a> {
    /// Nothing yet.
    pub fn new(options: &'a Options) -> Report<'a> {
        Report { options, graded: Vec::new() }
    }

    /// One more stage; it is told at once.
    pub fn add(&mut self, graded: Graded) {
        let stage = format!("stage {:2}  {:18}", graded.number, graded.stage.name);
        self.say(&match &graded.grade {
            Grade::Passes => format!("{stage} passes   {}", graded.stage.title),
            Grade::Skipped(reason) => format!("{stage} skipped  {reason}"),
            Grade::Fails(failure) => {
                format!(
                    "{stage} FAILS    {}\n{}  again     {}",
                    graded.stage.title,
                    tell(&graded, failure),
                    self.again(&graded)
                )
            }
        });
        self.graded.push(graded);
    }

    /// The numbers.
    pub fn count(&self) -> Count {
        let mut count = Count::default();
        for graded in &self.graded {
            match graded.grade {
                Grade::Passes => count.pass += 1,
                Grade::Fails(_) => count.fail += 1,
                Grade::Skipped(_) => count.skipped += 1,
            }
        }
        count
    }

    /// Says the numbers and writes the files.
    pub fn finish(&self) -> Result<(), String> {
        let Count { pass, fail, skipped } = self.count();
        let left = self.options.wanted().count() - self.graded.len();
        self.say(&format!(
            "\n{pass} of {} stages pass, {fail} fail, {skipped} skipped, {left} not played",
            stages::all().count()
        ));
        if let Some(path) = &self.options.json {
            let text = json::report(&self.server(), self.count(), &self.graded);
            match path.as_str() {
                // As with the text: a reader that has left is no reason to stop.
                "-" => match io::stdout().write_all(text.as_bytes()) {
                    Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                        return Err(format!("cannot write the report: {error}"));
                    }
                    _ => {}
                },
                path => write_file(path, &text)?,
            }
        }
        match &self.options.junit {
            Some(path) => write_file(path, &junit::report(&self.server(), self.count(), &self.graded)),
            None => Ok(()),
        }
    }

    /// What is graded, as the command line says it.
    fn server(&self) -> String {
        match &self.options.subject {
            Subject::Running(server) => server.clone(),
            Subject::Program(command) => {
                let words: Vec<_> = command.iter().map(|word| word.to_string_lossy()).collect();
                format!("-- {}", words.join(" "))
            }
        }
    }

    /// The command that plays one stage again.
    fn again(&self, graded: &Graded) -> String {
        let (server, number) = (self.server(), graded.number);
        match &self.options.subject {
            Subject::Running(_) => format!("cutaway lab {server} --stage {number}"),
            Subject::Program(_) => format!("cutaway lab --stage {number} {server}"),
        }
    }

    /// To people: standard output, unless the JSON goes there. A reader that has left is no reason to stop.
    fn say(&self, text: &str) {
        let _ = match self.options.json.as_deref() {
            Some("-") => writeln!(io::stderr(), "{text}"),
            _ => writeln!(io::stdout(), "{text}"),
        };
    }
}

/// A failure in words: nine lines at most, unless a line breaks.
pub fn tell(graded: &Graded, failure: &Failure) -> String {
    let Failure { name, scenario, finding, obituary } = failure;
    let mut text = format!("  scenario  {name}: {}\n", scenario.title);
    let mut say = |label: &str, what: &str| text.push_str(&format!("  {label:9} {what}\n"));
    for (at, line) in before(scenario, finding).iter().enumerate() {
        say(if at == 0 { "before" } else { "" }, &cut(line, 0));
    }
    if finding.number > 0 {
        let label = if finding.line.starts_with('!') { "then" } else { "sent" };
        say(label, &cut(&finding.line, 0));
    }
    match &finding.what {
        What::Stuck(why) => say("problem", why),
        What::Frames { client, expected, received, bytes, hint, .. } => {
            let [should, came] = shown(bytes, [expected, received]);
            let alike = should.bytes().zip(came.bytes()).take_while(|(a, b)| a == b).count();
            say("expected", &format!("{client} receives {}", cut(&should, alike)));
            say("received", &cut(&came, alike));
            if let Some(hint) = hint {
                say("meaning", hint);
            }
        }
    }
    if let Some(obituary) = obituary {
        say("program", obituary);
    }
    say("Redis", &rule(scenario, finding));
    say("read", &format!("{}, then docs/{}", graded.stage.page(graded.number), graded.stage.chapter));
    text
}

/// Both frames as bytes; where there is none, what was expected or came in its place.
fn shown(bytes: &[Option<Vec<u8>>; 2], printed: [&Option<String>; 2]) -> [String; 2] {
    let show = |bytes: &Option<Vec<u8>>, printed: &Option<String>| match (bytes, printed) {
        (Some(bytes), _) => escape(bytes),
        (None, Some(printed)) => printed.clone(),
        (None, None) => "nothing more".into(),
    };
    [show(&bytes[0], printed[0]), show(&bytes[1], printed[1])]
}

/// The last lines of the dialogue before the one that fails, without comments.
fn before(scenario: &Scenario, finding: &Finding) -> Vec<String> {
    let earlier =
        scenario.lines.iter().filter(|line| line.number < finding.number && line.action != Action::Note);
    let earlier: Vec<String> = earlier.map(|line| line.text.clone()).collect();
    earlier[earlier.len().saturating_sub(LINES_BEFORE)..].to_vec()
}

/// What Redis does at the line that fails: the comments directly above it, or else what the scenario is about.
fn rule(scenario: &Scenario, finding: &Finding) -> String {
    let at = scenario.lines.iter().position(|line| line.number == finding.number).unwrap_or(0);
    let above: Vec<&str> = scenario.lines[..at]
        .iter()
        .rev()
        .take_while(|line| line.action == Action::Note)
        .map(|line| line.text.trim_start_matches('#').trim())
        .collect();
    if above.is_empty() {
        let prose = scenario.prose.join(" ");
        return if prose.is_empty() { scenario.title.clone() } else { prose };
    }
    above.into_iter().rev().collect::<Vec<_>>().join(" ")
}

/// A long text cut to the surroundings of its byte `at`.
fn cut(text: &str, at: usize) -> String {
    if text.len() <= LONGEST {
        return text.into();
    }
    let mut start = at.saturating_sub(CONTEXT);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let mut end = (start + LONGEST).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let (left, right) = (if start > 0 { "…" } else { "" }, if end < text.len() { "…" } else { "" });
    format!("{left}{}{right}", &text[start..end])
}

fn write_file(path: &str, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("cannot write {path}: {error}"))
}
