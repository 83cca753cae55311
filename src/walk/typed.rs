//! A walk whose lines are typed.
//!
//! A line that is no line, or cannot be played, is told and forgotten: the session goes on until Ctrl-D.

use super::options::{Format, Options};
use super::session::Session;
use super::{Printer, Stop};
use crate::scenario::run::Player;
use crate::scenario::{Feeding, InProcess, Scenario};
use crate::steps::Recorder;
use rustyline::error::ReadlineError;
use rustyline::history::DefaultHistory;
use rustyline::{Behavior, Config, Editor};
use std::io::Write;

const TITLE: &str = "A walk typed at the terminal";
const HINT: &str = "\
Say who sends what, and see what the server does. Ctrl-D ends.
  A: SUBSCRIBE x
  B: PUBLISH x hello
  ! A disconnects";

/// Plays what is typed at the terminal; the arrow keys bring back what was typed before.
pub fn walk(options: &Options, out: &mut impl Write) -> Result<(), Stop> {
    let no_terminal = |error: ReadlineError| Stop::Scenario(format!("cannot read the terminal: {error}"));
    // Not standard output, which may be a file.
    let config = Config::builder().auto_add_history(true).behavior(Behavior::PreferTerm).build();
    let mut editor: Editor<(), DefaultHistory> = Editor::with_config(config).map_err(no_terminal)?;
    eprintln!("{HINT}");
    play(options, out, || {
        loop {
            match editor.readline("> ") {
                Ok(line) => return Ok(Some(line)),
                // Ctrl-C takes back the line.
                Err(ReadlineError::Interrupted) => {}
                Err(ReadlineError::Eof) => return Ok(None),
                Err(error) => return Err(no_terminal(error)),
            }
        }
    })
}

/// Plays each line that `next` gives.
fn play(
    options: &Options,
    out: &mut impl Write,
    mut next: impl FnMut() -> Result<Option<String>, Stop>,
) -> Result<(), Stop> {
    let recorder = Recorder::start();
    let mut server =
        InProcess::new(&[], Feeding::Whole).map_err(|error| Stop::Scenario(error.to_string()))?;
    let mut session = Session::new(Player::new(&mut server), recorder);
    let mut printer = Printer { options, out, echo: true, pictures: Vec::new() };
    if options.format != Format::Text {
        printer.begin(TITLE, &[])?;
    }
    let mut number = 0;
    while let Some(text) = next()? {
        // What is pasted may have several lines; a single one stands on the terminal as it was typed.
        printer.echo = options.terminal.columns.is_none() || text.trim().lines().count() > 1;
        for text in text.lines().map(str::trim).filter(|text| !text.is_empty()) {
            number += 1;
            let line = Scenario::parse_line(number, text).map_err(|error| error.message);
            match line.and_then(|line| session.play(&line).map_err(|trouble| trouble.to_string())) {
                Ok(walked) => printer.show(&walked)?,
                Err(error) => eprintln!("  {error}"),
            }
        }
        printer.out.flush()?;
    }
    printer.end(TITLE)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a session prints, of which these are the inputs.
    fn session(format: Format, inputs: &[&str]) -> String {
        let mut inputs = inputs.iter().map(|input| input.to_string());
        let mut out = Vec::new();
        let played = play(&Options { format, ..Options::default() }, &mut out, || Ok(inputs.next()));
        assert!(played.is_ok());
        String::from_utf8(out).unwrap()
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
}
