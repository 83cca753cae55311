//! What was found, in words a learner can act on.

use super::play::{Finding, What};
use super::selection::Entry;

/// A frame longer than this is cut to the place where it differs.
const LONGEST_FRAME: usize = 240;

/// So much of a cut frame is shown before the first difference.
const CONTEXT: usize = 60;

/// Where the text of a labelled line begins.
const INDENT: &str = "             ";

/// A scenario that differs, and an empty line.
pub fn differs(entry: &Entry, finding: &Finding) -> String {
    let page = entry.page().map(|page| format!(" ({page})")).unwrap_or_default();
    let mut text = format!("DIFFERS  {}{page}: {}\n", entry.name, entry.scenario.title);
    entry.scenario.prose.iter().for_each(|line| text.push_str(&format!("         {line}\n")));
    text + &tell(finding) + "\n"
}

/// One finding in words.
pub fn tell(finding: &Finding) -> String {
    let mut text = String::new();
    for (at, line) in finding.before.iter().enumerate() {
        text.push_str(&labelled(if at == 0 { "before:" } else { "" }, &short(line)));
    }
    if finding.number > 0 {
        text.push_str(&labelled(&format!("line {}:", finding.number), &short(&finding.line)));
    }
    match &finding.what {
        What::Stuck(why) => text.push_str(&labelled("stuck:", why)),
        What::Frames { client, agreed, expected, received, hint, .. } => {
            let so_far = match agreed {
                0 => String::new(),
                1 => " (after one frame that agrees)".to_string(),
                agreed => format!(" (after {agreed} frames that agree)"),
            };
            let nothing = "nothing more";
            let expected = expected.as_deref().unwrap_or(nothing);
            let received = received.as_deref().unwrap_or(nothing);
            text.push_str(&labelled(
                "expected:",
                &format!("{client} {}{so_far}", around(expected, received)),
            ));
            text.push_str(&labelled("received:", &format!("{client} {}", around(received, expected))));
            if let Some(hint) = hint {
                text.push_str(&labelled("note:", &format!("{hint}.")));
            }
        }
    }
    if let Some(comment) = &finding.comment {
        text.push_str(&labelled("Redis:", comment));
    }
    if let Some(left_over) = &finding.left_over {
        text.push_str(&labelled("mind:", &format!("{left_over}.")));
    }
    text.pop();
    text
}

/// One line, or several, behind a label.
fn labelled(label: &str, text: &str) -> String {
    format!("  {label:10} {}\n", text.replace('\n', &format!("\n{INDENT}")))
}

/// A line to be quoted.
fn short(line: &str) -> String {
    match line.char_indices().nth(LONGEST_FRAME) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.into(),
    }
}

/// A long `text` cut to the surroundings of the first place where it differs from `other`.
fn around(text: &str, other: &str) -> String {
    if text.chars().count() <= LONGEST_FRAME {
        return text.into();
    }
    let alike = text.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let start = alike.saturating_sub(CONTEXT);
    let cut: String = text.chars().skip(start).take(LONGEST_FRAME).collect();
    let before = if start > 0 { format!("(after {start} characters) …") } else { String::new() };
    let after = if start + LONGEST_FRAME < text.chars().count() { "…" } else { "" };
    format!("{before}{cut}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_like_this() {
        let finding = Finding {
            number: 7,
            line: "P: PUBLISH x 1".into(),
            before: vec!["A: SUBSCRIBE x".into(), "A: PING".into()],
            comment: Some("A comment.".into()),
            lines: (2, 3),
            what: What::Frames {
                client: "A".into(),
                agreed: 1,
                expected: Some("\"a\nb\"".into()),
                received: None,
                bytes: [None, None],
                hint: Some("a rule"),
            },
            lack: None,
            left_over: Some("a leak".into()),
        };
        let expected = [
            "  before:    A: SUBSCRIBE x",
            "             A: PING",
            "  line 7:    P: PUBLISH x 1",
            "  expected:  A \"a",
            "             b\" (after one frame that agrees)",
            "  received:  A nothing more",
            "  note:      a rule.",
            "  Redis:     A comment.",
            "  mind:      a leak.",
        ];
        assert_eq!(tell(&finding), expected.join("\n"));
    }

    #[test]
    fn a_long_frame_is_cut_to_where_it_differs() {
        let one = format!("{}b{}", "a".repeat(1000), "c".repeat(1000));
        let cut = around(&one, &"a".repeat(2000));
        assert!(cut.starts_with("(after 940 characters) …aaa") && cut.ends_with("ccc…"), "{cut}");
        assert_eq!(around("a\nb", "a"), "a\nb");
    }
}
