//! What is no difference, folded: what agrees by chapter, what the server lacks by command, what was skipped by reason.

use std::collections::BTreeMap;

use super::lack::{Lack, Vocabulary};
use super::{Checked, Outcome};

/// Lines are at most so long, if their words allow it.
const WIDTH: usize = 120;

/// So much of a long list is named. All of it is in the JSON.
const MOST_COMMANDS: usize = 30;
const MOST_SETTINGS: usize = 4;
const MOST_PARTLY: usize = 18;
const MOST_SKIPPED: usize = 4;

/// The blocks, each with an empty line after it. Of the differences of one kind `most` were said in full.
pub fn fold(all: &[Checked], most: usize) -> String {
    [alike(all, most), agree(all), lack(all), skipped(all)].concat()
}

/// The differences of a kind of which not all were said in full.
fn alike(all: &[Checked], most: usize) -> String {
    let mut kinds: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for checked in all.iter().filter(|checked| checked.lacks.is_none()) {
        let Outcome::Differs(finding) = &checked.outcome else { continue };
        let Some(kind) = finding.kind() else { continue };
        kinds.entry(kind).or_default().push(&checked.entry.name);
    }
    let mut text = String::new();
    for (kind, names) in kinds.into_iter().filter(|(_, names)| names.len() > most) {
        let names = names.into_iter().skip(most).map(String::from).collect();
        text.push_str(&wrap(&format!("  {kind}: "), names));
    }
    if text.is_empty() {
        text
    } else {
        format!("Differ in the same way as others above (--only NAME shows how):\n{text}\n")
    }
}

/// The names of what agrees, a chapter a line.
fn agree(all: &[Checked]) -> String {
    let agrees = all.iter().filter(|checked| matches!(checked.outcome, Outcome::Agrees));
    let agrees: Vec<&Checked> = agrees.collect();
    let mut text = String::new();
    for chapter in agrees.chunk_by(|a, b| a.entry.short_heading() == b.entry.short_heading()) {
        let label = format!("{:>22}  ", chapter[0].entry.short_heading());
        let names = chapter.iter().map(|checked| checked.entry.name.clone());
        text.push_str(&wrap(&label, names.collect()));
    }
    if text.is_empty() { text } else { format!("Agree:\n{text}\n") }
}

/// What the server lacks, and how far the scenarios come that need it.
fn lack(all: &[Checked]) -> String {
    let lacking: Vec<(&Checked, &str)> =
        all.iter().filter_map(|checked| Some((checked, checked.lacks.as_deref()?))).collect();
    if lacking.is_empty() {
        return String::new();
    }
    let mut commands: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut settings, mut has_config) = (BTreeMap::new(), true);
    let mut partly = Vec::new();
    for (checked, name) in &lacking {
        let Outcome::Differs(finding) = &checked.outcome else { continue };
        if let Some(Lack::Setting(_, config)) = &finding.lack {
            *settings.entry(*name).or_insert(0) += 1;
            has_config &= *config;
            continue;
        }
        commands.insert(name, 0);
        let (agreed, lines) = finding.lines;
        if agreed > 0 {
            partly.push((agreed * 1000 / lines, format!("{} {agreed}/{lines}", checked.entry.name)));
        }
    }
    for (name, count) in &mut commands {
        let needs = |(checked, _): &&(&Checked, &str)| Vocabulary::needs(&checked.entry.scenario, name);
        *count = lacking.iter().filter(needs).count().max(1);
    }
    let mut text = match lacking.len() {
        1 => "1 scenario needs what the server lacks, and agrees up to there:\n".to_string(),
        count => format!("{count} scenarios need what the server lacks, and agree up to there:\n"),
    };
    if !commands.is_empty() {
        let label = "  commands that it answers as unknown (and how many scenarios need each): ";
        text.push_str(&wrap(label, by_number(&commands, MOST_COMMANDS)));
    }
    if !settings.is_empty() {
        let why =
            if has_config { "settings that it does not know" } else { "settings, for it has no CONFIG" };
        text.push_str(&wrap(&format!("  {why}: "), by_number(&settings, MOST_SETTINGS)));
    }
    if !partly.is_empty() {
        // Those that come farthest first; what comes equally far stays in the order of the book.
        partly.sort_by_key(|(share, _)| usize::MAX - share);
        let partly = partly.into_iter().map(|(_, words)| words).collect();
        text.push_str(&wrap("  lines that agree before that, of how many: ", cut(partly, MOST_PARTLY)));
    }
    text + "\n"
}

/// Names with their numbers, the greatest first; of many, so many.
fn by_number(counts: &BTreeMap<&str, usize>, most: usize) -> Vec<String> {
    let mut all: Vec<_> = counts.iter().collect();
    all.sort_by_key(|(_, count)| usize::MAX - **count);
    cut(all.iter().map(|(name, count)| format!("{name} {count}")).collect(), most)
}

/// The first so many words, and how many there are besides.
fn cut(mut words: Vec<String>, most: usize) -> Vec<String> {
    let rest = words.len().saturating_sub(most);
    if rest > 0 {
        words.truncate(most);
        words.push(format!("and {rest} more"));
    }
    words
}

/// Why scenarios were not played, the commonest reason first.
fn skipped(all: &[Checked]) -> String {
    let mut reasons: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for checked in all {
        let Outcome::Skipped(reason) = &checked.outcome else { continue };
        // What stands behind a colon is said of one scenario.
        let general = reason.split_once(": ").map_or(reason.as_str(), |(general, _)| general);
        let general =
            if general.starts_with("it needs") { "it needs a setting from the start" } else { general };
        reasons.entry(general).or_default().push(&checked.entry.name);
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, names)| usize::MAX - names.len());
    let mut text = String::new();
    for (reason, names) in reasons {
        let names = names.into_iter().map(String::from).collect();
        text.push_str(&wrap(&format!("  {reason}: "), cut(names, MOST_SKIPPED)));
    }
    if text.is_empty() { text } else { format!("Skipped:\n{text}\n") }
}

/// The words behind the label, with commas, in lines that are not too long. The lines after the first are indented.
fn wrap(label: &str, words: Vec<String>) -> String {
    let indent = if label.starts_with("        ") { label.len() } else { 4 };
    let mut text = String::new();
    let mut line = label.to_string();
    let last = words.len().saturating_sub(1);
    for (at, word) in words.iter().enumerate() {
        let comma = if at == last { "" } else { ", " };
        if line.trim_end().len() + word.len() + 1 > WIDTH && !line.trim().is_empty() {
            text.push_str(line.trim_end());
            text.push('\n');
            line = " ".repeat(indent);
        }
        line.push_str(&format!("{word}{comma}"));
    }
    format!("{text}{}\n", line.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_wrapped_and_cut() {
        let words = vec!["x".repeat(60), "y".repeat(60), "z".into()];
        let (x, y) = ("x".repeat(60), "y".repeat(60));
        assert_eq!(wrap("  a: ", words), format!("  a: {x},\n    {y}, z\n"));
        let counts = BTreeMap::from([("A", 1), ("B", 3), ("C", 2)]);
        assert_eq!(by_number(&counts, 2), ["B 3", "C 2", "and 1 more"]);
    }
}
