//! Settings and marks of a scenario: lines that begin with `! ` and are no part of the dialogue.
//!
//! Redis has no counterpart.

use super::words;

/// `! set NAME VALUE…`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The line's number in the file, from 1.
    pub number: usize,
    /// The line as written.
    pub text: String,
    /// The setting's name.
    pub name: String,
    /// Its value, in words.
    pub words: Vec<String>,
}

/// A line that begins with `! ` and is no part of the dialogue.
pub(super) enum Direction {
    /// `! set …`.
    Set(Setting),
    /// Another one, with its reason.
    Mark(Mark, String),
}

/// What a reason is given for.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    OnlyCutaway,
    DiffersFromValkey,
    Loose,
}

/// Each mark as it is written.
const MARKS: [(&str, Mark); 3] = [
    ("only cutaway:", Mark::OnlyCutaway),
    ("differs from Valkey:", Mark::DiffersFromValkey),
    ("do not compare the next line:", Mark::Loose),
];

/// The setting or the mark that a line is. None: it is another line.
pub(super) fn direction(number: usize, text: &str) -> Result<Option<Direction>, String> {
    let Some(rest) = text.strip_prefix("! ") else { return Ok(None) };
    for (start, mark) in MARKS {
        let Some(reason) = rest.strip_prefix(start) else { continue };
        if reason.trim().is_empty() {
            return Err(format!("`! {start}` wants a reason"));
        }
        return Ok(Some(Direction::Mark(mark, reason.trim().into())));
    }
    let Some(assignment) = rest.strip_prefix("set ") else { return Ok(None) };
    setting(number, assignment).map(|setting| Some(Direction::Set(setting)))
}

/// The setting of a line `! set …` with this number: its name and its value are given.
pub fn setting(number: usize, assignment: &str) -> Result<Setting, String> {
    let mut words = text_words(assignment)?.into_iter();
    let name = words.next().ok_or("`! set` wants a name and a value")?;
    Ok(Setting { number, text: format!("! set {assignment}"), name, words: words.collect() })
}

/// Why a `! set` cannot stand after a line of the dialogue.
pub const SETTINGS_COME_FIRST: &str =
    "settings stand before the first client; later, a client sends CONFIG SET";

/// Words of a setting, which are text.
fn text_words(text: &str) -> Result<Vec<String>, String> {
    let words = words::split(text)?;
    words
        .into_iter()
        .map(|word| String::from_utf8(word).map_err(|_| "a setting is text".to_string()))
        .collect()
}
