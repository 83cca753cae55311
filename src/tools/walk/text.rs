//! A walk for people: the line, the steps as a tree, the structures if they changed, what each client received.

use super::session::Walked;
use super::short;
use crate::steps::Step;
use crate::tools::scenario::Action;
use std::io;
use std::io::Write;
use unicode_width::UnicodeWidthChar;

// What a terminal is told to change its colour.
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const END: &str = "\x1b[0m";

/// How much deeper the rest of a folded line stands.
const HANG: usize = 3;
/// A folded line is at least so wide, whatever the terminal.
const NARROWEST: usize = 24;

/// What the output can do.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal {
    /// Colours.
    pub colour: bool,
    /// Columns; longer lines are folded. None: they are printed as they are.
    pub columns: Option<usize>,
}

/// Prints one line's walk; with `echo`, the line before it.
pub fn print(walked: &Walked, echo: bool, terminal: &Terminal, out: &mut impl Write) -> io::Result<()> {
    let mut line = |indent: usize, style: &str, text: &str| {
        // What goes on stands deeper than a step below this one would.
        let lines = terminal.columns.map_or(vec![text.to_string()], |columns| fold(text, columns, indent));
        for (at, text) in lines.iter().enumerate() {
            let indent = if at == 0 { indent } else { indent + HANG };
            let (begin, end) = if terminal.colour && !style.is_empty() { (style, END) } else { ("", "") };
            writeln!(out, "{:indent$}{begin}{text}{end}", "")?;
        }
        io::Result::Ok(())
    };
    let played = &walked.played;
    if echo {
        let style = if played.line.action == Action::Note { DIM } else { BOLD };
        line(0, style, &short::cut(&played.line.text))?;
    }
    for step in &walked.steps {
        line(2 * (1 + step.depth), style(&step.step), &step.tell())?;
    }
    if let Some(drawing) = &walked.structures() {
        line(2, BOLD, "structures")?;
        let drawing = if drawing.is_empty() { "(empty)" } else { drawing };
        for text in drawing.lines() {
            let depth = text.len() - text.trim_start().len();
            line(4 + depth, CYAN, text.trim_start())?;
        }
    }
    let shares = played.shares();
    if !shares.is_empty() {
        line(2, BOLD, "received")?;
    }
    for share in &shares {
        for text in short::frames(&share.lines(&" ".repeat(share.client.len() + 1))) {
            format!("{} {text}", share.client).lines().try_for_each(|text| line(4, "", text))?;
        }
    }
    Ok(())
}

fn style(step: &Step) -> &'static str {
    match step {
        Step::Tested { matches: true, .. } | Step::Queued { .. } => GREEN,
        Step::Tested { matches: false, .. } | Step::LookedUp { clients: 0, .. } => DIM,
        _ => "",
    }
}

/// `text` in lines of at most `columns` less `indent`, and [`HANG`] less after the first; cut at spaces if it can be.
fn fold(text: &str, columns: usize, indent: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut left = text;
    loop {
        let hang = if lines.is_empty() { 0 } else { HANG };
        let room = columns.saturating_sub(indent + hang).max(NARROWEST);
        let mut wide = 0;
        let over = left.char_indices().find(|(_, character)| {
            wide += character.width().unwrap_or(0);
            wide > room
        });
        let Some((over, _)) = over else {
            lines.push(left.to_string());
            return lines;
        };
        let space = left[..over + 1].rfind(' ').filter(|&at| at > 0);
        let (line, rest) = left.split_at(space.unwrap_or(over));
        lines.push(line.to_string());
        left = rest.trim_start();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_at_spaces() {
        let cases: [(&str, usize, usize, &[&str]); 6] = [
            ("short", 80, 4, &["short"]),
            ("12345678901234567890 234", 24, 0, &["12345678901234567890 234"]),
            ("12345678901234567890 2345", 24, 0, &["12345678901234567890", "2345"]),
            ("1234567890123456789012345", 24, 0, &["123456789012345678901234", "5"]),
            ("aaaa ─► 雨雨雨雨雨雨雨雨 ⇄ b", 24, 9, &["aaaa ─► 雨雨雨雨雨雨雨雨", "⇄ b"]),
            ("", 0, 0, &[""]),
        ];
        for (text, columns, indent, expected) in cases {
            assert_eq!(fold(text, columns, indent), expected, "{text}");
        }
    }
}
