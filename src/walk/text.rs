//! A walk for people: the line, the steps as a tree, the structures if they changed, what each client received.

use super::session::Walked;
use crate::scenario::Action;
use crate::steps::Step;
use std::io::{self, Write};

// What a terminal is told to change its colour.
const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const CYAN: &str = "\x1b[36m";
const END: &str = "\x1b[0m";

/// Prints one line's walk.
pub fn print(walked: &Walked, colour: bool, out: &mut impl Write) -> io::Result<()> {
    let paint = |style: &str, text: &str| {
        if colour && !style.is_empty() { format!("{style}{text}{END}") } else { text.to_string() }
    };
    let played = &walked.played;
    if played.line.action == Action::Note {
        return writeln!(out, "{}", paint(DIM, &played.line.text));
    }
    writeln!(out, "{}", paint(BOLD, &played.line.text))?;
    for step in &walked.steps {
        let indent = "  ".repeat(1 + step.depth);
        writeln!(out, "{indent}{}", paint(style(&step.step), &step.tell()))?;
    }
    if let Some(drawing) = &played.structures {
        writeln!(out, "  {}", paint(BOLD, "structures"))?;
        if drawing.is_empty() {
            writeln!(out, "    (empty)")?;
        }
        drawing.lines().try_for_each(|line| writeln!(out, "    {}", paint(CYAN, line)))?;
    }
    let shares = played.shares();
    if !shares.is_empty() {
        writeln!(out, "  {}", paint(BOLD, "received"))?;
        shares.iter().try_for_each(|share| write!(out, "{share}"))?;
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
