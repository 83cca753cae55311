//! A walk whose lines are typed, and can be saved as a scenario.
//!
//! A line that is no line, or cannot be played, is reported and forgotten: the session goes on until Ctrl-D. Settings come
//! first, as in a file: the server is made when the first line of the dialogue is there.

use super::options::{Format, Options};
use super::session::Session;
use super::tool::{Printer, Stop};
use crate::tools::scenario::direction::SETTINGS_COME_FIRST;
use crate::tools::scenario::{Feeding, InProcess, Line, Scenario, Setting, Start, Typed};
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{Behavior, Config, Editor};
use std::collections::{HashSet, VecDeque};
use std::fs::OpenOptions;
use std::io::Write;

const TITLE: &str = "# A walk typed at the terminal";
const HINT: &str = "\
Say who sends what, and see what the server does. Ctrl-D ends.
  A: SUBSCRIBE x
  B: PUBLISH x hello
  ! A disconnects
  ! set maxclients 3       a setting, before the first client
  ! save mine.scenario     what was typed so far, as a scenario";

/// Plays what is typed at the terminal; the arrow keys bring back what was typed before.
pub fn walk(options: &Options, out: &mut impl Write) -> Result<(), Stop> {
    let no_terminal = |error: ReadlineError| Stop::Scenario(format!("cannot read the terminal: {error}"));
    // Not standard output, which may be a file.
    let config = Config::builder().auto_add_history(true).behavior(Behavior::PreferTerm).build();
    let mut editor: Editor<(), DefaultHistory> = Editor::with_config(config).map_err(no_terminal)?;
    eprintln!("{HINT}");
    let next = || {
        loop {
            match editor.readline("> ") {
                Ok(line) => return Ok(Some(line)),
                // Ctrl-C takes back the line.
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(None),
                Err(error) => return Err(no_terminal(error)),
            }
        }
    };
    play(options, out, next, |message| eprintln!("  {message}"))
}

/// Plays each line that `next` gives; a message about a line goes to `report`.
fn play(
    options: &Options,
    out: &mut impl Write,
    next: impl FnMut() -> Result<Option<String>, Stop>,
    report: impl FnMut(String),
) -> Result<(), Stop> {
    let mut desk = Desk { next, report, pasted: VecDeque::new(), single: true, kept: Kept::default() };
    let (settings, mut line) = desk.before_the_dialogue()?;
    let mut session =
        Session::new(&settings, Start::default()).map_err(|error| Stop::Scenario(error.to_string()))?;
    let head = desk.kept.scenario().map_err(Stop::Scenario)?;
    let mut printer = Printer::new(options, out);
    if options.format != Format::Text {
        printer.begin(&head)?;
    }
    while let Some(typed) = line {
        // What is pasted may have several lines; a single one stands on the terminal as it was typed.
        printer.echo = options.terminal.columns.is_none() || !desk.single;
        match session.play(&typed) {
            Ok(walked) => {
                desk.kept.lines.push(typed.text);
                printer.show(&walked)?;
            }
            Err(trouble) => (desk.report)(trouble.to_string()),
        }
        printer.out.flush()?;
        line = desk.line(|_, _| Err(SETTINGS_COME_FIRST.into()))?;
    }
    printer.end(&head)
}

/// Where lines are typed, and answered if they are none of the dialogue.
struct Desk<N, T> {
    next: N,
    report: T,
    /// The lines of what was pasted that were not yet looked at.
    pasted: VecDeque<String>,
    /// The last input was one line.
    single: bool,
    kept: Kept,
}

impl<N: FnMut() -> Result<Option<String>, Stop>, T: FnMut(String)> Desk<N, T> {
    /// The settings, and the first line of the dialogue.
    fn before_the_dialogue(&mut self) -> Result<(Vec<Setting>, Option<Line>), Stop> {
        let mut settings: Vec<Setting> = Vec::new();
        let line = self.line(|kept, setting| {
            settings.push(setting);
            let tried = InProcess::new(&settings, Feeding::Whole).map(drop);
            match (tried, settings.last()) {
                (Ok(()), Some(setting)) => {
                    kept.lines.push(setting.text.clone());
                    Ok(())
                }
                (tried, _) => {
                    settings.pop();
                    tried.map_err(|error| error.to_string())
                }
            }
        })?;
        Ok((settings, line))
    }

    /// The next line of the dialogue; `set` is given the settings before it, and its error is reported. None: there is no
    /// more.
    fn line(
        &mut self,
        mut set: impl FnMut(&mut Kept, Setting) -> Result<(), String>,
    ) -> Result<Option<Line>, Stop> {
        loop {
            let Some(text) = self.pasted.pop_front() else {
                let Some(input) = (self.next)()? else { return Ok(None) };
                self.pasted = input.lines().map(|line| line.trim().to_string()).collect();
                self.pasted.retain(|line| !line.is_empty());
                self.single = self.pasted.len() == 1;
                continue;
            };
            let begun = self.kept.begun;
            let message = match text.strip_prefix("! save ") {
                Some(file) => Some(self.kept.save(file.trim()).unwrap_or_else(|error| error)),
                None => match Scenario::parse_typed(self.kept.next_number(&text), &text) {
                    Ok(Typed::Line(line)) if begun || !text.starts_with('#') => {
                        self.kept.begun = true;
                        return Ok(Some(line));
                    }
                    // A comment before the dialogue is the title, or prose.
                    Ok(Typed::Line(_) | Typed::Mark) => {
                        self.kept.lines.push(text);
                        None
                    }
                    Ok(Typed::Setting(setting)) => set(&mut self.kept, setting).err(),
                    Err(error) => Some(error.message),
                },
            };
            if let Some(message) = message {
                (self.report)(message);
            }
        }
    }
}

/// The lines that were played, to be saved.
#[derive(Default)]
struct Kept {
    lines: Vec<String>,
    /// The dialogue has begun.
    begun: bool,
    /// The files that this walk has written, which it may write again.
    saved: HashSet<String>,
}

impl Kept {
    /// The text of the scenario; one without a title is given one.
    fn text(&self) -> String {
        let has_title = self.lines.first().is_some_and(|line| line.starts_with('#'));
        let title = if has_title { None } else { Some(TITLE) };
        title
            .into_iter()
            .chain(self.lines.iter().map(String::as_str))
            .map(|line| format!("{line}\n"))
            .collect()
    }

    /// What was typed, as a scenario.
    fn scenario(&self) -> Result<Scenario, String> {
        Scenario::parse(&self.text()).map_err(|error| error.to_string())
    }

    /// The number that this line will have in the file.
    fn next_number(&self, text: &str) -> usize {
        let has_title = self.lines.first().map_or(text, String::as_str).starts_with('#');
        self.lines.len() + if has_title { 1 } else { 2 }
    }

    /// Writes the scenario, and says so. No file is overwritten that this walk has not made.
    fn save(&mut self, file: &str) -> Result<String, String> {
        self.scenario().map_err(|error| format!("not saved: {error}"))?;
        let mut options = OpenOptions::new();
        let opened = match self.saved.contains(file) {
            true => options.write(true).truncate(true).open(file),
            false => options.write(true).create_new(true).open(file),
        };
        let written = opened.and_then(|mut opened| opened.write_all(self.text().as_bytes()));
        written.map_err(|error| format!("not saved: cannot write {file}: {error}"))?;
        self.saved.insert(file.into());
        Ok(format!("saved {} lines to {file}", self.text().lines().count()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a session prints, of which these are the inputs, and what is told beside it.
    fn told(format: Format, inputs: &[&str]) -> (String, Vec<String>) {
        let mut inputs = inputs.iter().map(|input| input.to_string());
        let (mut out, mut told) = (Vec::new(), Vec::new());
        let options = Options { format, ..Options::default() };
        let played = play(&options, &mut out, || Ok(inputs.next()), |text| told.push(text));
        assert!(played.is_ok());
        (String::from_utf8(out).unwrap(), told)
    }

    fn session(format: Format, inputs: &[&str]) -> String {
        told(format, inputs).0
    }

    #[test]
    fn a_line_that_cannot_be_played_does_not_end_the_session() {
        let text = session(Format::Text, &["SUBSCRIBE x", "A: \"", "! A disconnects", "", "A: PING"]);
        assert!(text.starts_with("A: PING\n  A connects from "), "{text}");
        assert!(text.ends_with("  received\n    A +PONG\n"), "{text}");
    }

    #[test]
    fn an_input_may_have_several_lines() {
        let text = session(Format::Text, &["A: SUBSCRIBE x\n\nB: PUBLISH x 1\n"]);
        assert!(text.ends_with("  received\n    A *3 \"message\" \"x\" \"1\"\n    B :1\n"), "{text}");
    }

    #[test]
    fn what_was_typed_can_become_a_page() {
        let text = session(Format::Html, &["A: PING", "oops", "A: PING"]);
        assert!(text.ends_with("</body>\n</html>\n"));
        assert_eq!(text.matches("<h2>").count(), 2);
    }

    #[test]
    fn settings_are_taken_before_the_first_client_and_not_after() {
        let inputs = [
            "! set pattern-index no",
            "! set nosuch 1",
            "A: PSUBSCRIBE x*",
            "! set maxclients 3",
            "B: PUBLISH y 1",
        ];
        let (text, told) = told(Format::Text, &inputs);
        assert!(text.contains("x* does not match y"), "{text}");
        assert_eq!(
            told,
            [
                "line 3 `! set nosuch 1`: unknown setting 'nosuch \"1\"': Bad directive or wrong number of arguments",
                "settings stand before the first client; later, a client sends CONFIG SET",
            ]
        );
    }

    #[test]
    fn what_was_played_can_be_saved_as_a_scenario_and_is_never_written_over_another_file() {
        let file = std::env::temp_dir().join(format!("cutaway-typed-{}.scenario", std::process::id()));
        let save = format!("! save {}", file.display());
        let inputs = ["! set timeout 3", "A: PING", "oops", "A+ ECHO 1", &save, "A: PING", &save];
        let told_first = told(Format::Text, &inputs).1;
        let saved = std::fs::read_to_string(&file).unwrap();
        let told_again =
            told(Format::Text, &inputs[..2].iter().copied().chain([save.as_str()]).collect::<Vec<_>>()).1;
        std::fs::remove_file(&file).unwrap();
        assert_eq!(saved, "# A walk typed at the terminal\n! set timeout 3\nA: PING\nA+ ECHO 1\nA: PING\n");
        assert_eq!(told_first.len(), 3, "{told_first:?}");
        assert_eq!(told_first[1], "not saved: line 4: A+ waits for a last line, A: or A|, which never comes");
        assert_eq!(told_first[2], format!("saved 5 lines to {}", file.display()));
        assert!(told_again[0].starts_with(&format!("not saved: cannot write {}: ", file.display())));
    }

    #[test]
    fn a_comment_before_the_first_line_is_the_title() {
        let page = session(Format::Html, &["# Rain", "# Falls.", "! set timeout 3", "A: PING"]);
        assert!(page.contains("<h1>Rain</h1>\n<p>Falls.</p>\n<ul class=\"settings\">"), "{page}");
        assert!(page.contains("<section id=\"line-4\">"), "{page}");
    }
}
