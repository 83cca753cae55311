//! What was found, in words a learner can act on.

use super::play::{Finding, What};

/// A frame longer than this is cut to the place where it differs.
const LONGEST_FRAME: usize = 240;

/// So much of a cut frame is shown before the first difference.
const CONTEXT: usize = 60;

/// One finding in words.
pub fn tell(finding: &Finding) -> String {
    let mut text = String::new();
    if !finding.before.is_empty() {
        text.push_str("  The lines before:\n");
        finding.before.iter().for_each(|line| text.push_str(&format!("           {}\n", short(line))));
    }
    if finding.number > 0 {
        text.push_str(&format!("  After line {}, `{}`,\n", finding.number, short(&finding.line)));
    }
    match &finding.what {
        What::Stuck(why) => text.push_str(&format!("  the check cannot go on: {why}")),
        What::Frames { client, agreed, expected, received, hint, .. } => {
            let so_far = match agreed {
                0 => String::new(),
                1 => ", after one frame that agrees,".to_string(),
                agreed => format!(", after {agreed} frames that agree,"),
            };
            let nothing = "nothing more";
            let expected = expected.as_deref().unwrap_or(nothing);
            let received = received.as_deref().unwrap_or(nothing);
            text.push_str(&format!(
                "  client {client} should have received{so_far}\n           {}\n  but received\n           {}",
                around(expected, received),
                around(received, expected)
            ));
            if let Some(hint) = hint {
                text.push_str(&format!("\n  Note:    {hint}."));
            }
        }
    }
    if let Some(left_over) = &finding.left_over {
        text.push_str(&format!("\n  Mind:    {left_over}."));
    }
    text
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
        return text.replace('\n', "\n           ");
    }
    let alike = text.chars().zip(other.chars()).take_while(|(a, b)| a == b).count();
    let start = alike.saturating_sub(CONTEXT);
    let cut: String = text.chars().skip(start).take(LONGEST_FRAME).collect();
    let before = if start > 0 { format!("(after {start} characters) …") } else { String::new() };
    let after = if start + LONGEST_FRAME < text.chars().count() { "…" } else { "" };
    format!("{before}{cut}{after}").replace('\n', "\n           ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_reads_like_this() {
        let finding = Finding {
            number: 7,
            line: "P: PUBLISH x 1".into(),
            before: vec!["A: SUBSCRIBE x".into()],
            what: What::Frames {
                client: "A".into(),
                agreed: 1,
                expected: Some(":1".into()),
                received: None,
                bytes: [None, None],
                hint: Some("a rule"),
            },
            left_over: Some("a leak".into()),
        };
        assert_eq!(
            tell(&finding),
            "  The lines before:\n           A: SUBSCRIBE x\n  After line 7, `P: PUBLISH x 1`,\n  client A should have received, after \
             one frame that agrees,\n           :1\n  but received\n           nothing more\n  Note:    a rule.\n  Mind:    a leak."
        );
    }

    #[test]
    fn a_long_frame_is_cut_to_where_it_differs() {
        let one = format!("{}b{}", "a".repeat(1000), "c".repeat(1000));
        let cut = around(&one, &"a".repeat(2000));
        assert!(cut.starts_with("(after 940 characters) …aaa") && cut.ends_with("ccc…"), "{cut}");
        assert_eq!(around("a\nb", "a"), "a\n           b");
    }
}
