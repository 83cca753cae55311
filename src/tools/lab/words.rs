//! A failure in ten lines: what was sent, expected and received, what Redis does there, what to read.
//!
//! Redis has no counterpart.

use super::grade::{Failure, Graded};
use crate::tools::check::play::{Finding, What};
use crate::tools::scenario::{Action, Scenario};

/// So many lines before the one that fails are shown.
const LINES_BEFORE: usize = 3;
/// Longer texts are cut.
const LONGEST: usize = 160;
/// Bytes that are shown before the first that differs, where they are cut.
const CONTEXT: usize = 40;

/// A failure in words: nine lines at most, unless a line breaks.
pub fn tell(graded: &Graded, failure: &Failure) -> String {
    let Failure { name, scenario, finding, program, patience } = failure;
    let mut text = format!("  scenario  {name}: {}\n", scenario.title);
    let mut say = |label: &str, what: &str| text.push_str(&format!("  {label:9} {what}\n"));
    for (at, line) in before(finding).iter().enumerate() {
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
            let waited = matches!((expected, received), (Some(_), None));
            let waited = if waited { format!(", in {} s", patience.as_secs()) } else { String::new() };
            say("received", &format!("{}{waited}", cut(&came, alike)));
            if scenario
                .lines
                .iter()
                .any(|line| line.action == Action::Restart && line.number < finding.number)
            {
                say(
                    "meaning",
                    "what the server has acknowledged must be there after it was killed, and nothing else",
                );
            } else if let Some(hint) = hint {
                say("meaning", hint);
            }
        }
    }
    if let Some(words) = program {
        say("program", words);
    }
    say("Redis", &rule(scenario, finding));
    say("read", &format!("{}, then docs/{}", graded.stage.page(graded.number), graded.stage.chapter));
    text
}

/// Both frames as bytes; where there is none, what was expected or came in its place.
fn shown(bytes: &[Option<Vec<u8>>; 2], printed: [&Option<String>; 2]) -> [String; 2] {
    let show = |bytes: &Option<Vec<u8>>, printed: &Option<String>| match (bytes, printed) {
        // What is no ASCII is shown as bytes, as a scenario writes it.
        (Some(bytes), _) => bytes.escape_ascii().to_string().replace("\\'", "'").replace("\\\"", "\""),
        (None, Some(printed)) => printed.clone(),
        (None, None) => "nothing more".into(),
    };
    [show(&bytes[0], printed[0]), show(&bytes[1], printed[1])]
}

/// The last lines of the dialogue before the one that fails; a sign says that there are more.
fn before(finding: &Finding) -> Vec<String> {
    let mut shown = finding.before[finding.before.len().saturating_sub(LINES_BEFORE)..].to_vec();
    if let Some(first) = shown.first_mut().filter(|_| finding.lines.0 > LINES_BEFORE) {
        first.insert_str(0, "… ");
    }
    shown
}

/// What Redis does at the line that fails: the comments directly above it, or else what the scenario is about.
fn rule(scenario: &Scenario, finding: &Finding) -> String {
    let about = || match &scenario.prose[..] {
        [] => scenario.title.clone(),
        prose => prose.join(" "),
    };
    finding.comment.clone().unwrap_or_else(about)
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
