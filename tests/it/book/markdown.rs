//! As much of Markdown as the book needs: where its code blocks begin and end.

/// The backticks (or tildes) a line opens a code block with, if it opens one.
pub fn opens_block(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let sign = text.chars().next().filter(|sign| matches!(sign, '`' | '~'))?;
    let length = text.len() - text.trim_start_matches(sign).len();
    (length >= 3 && !text[length..].contains('`')).then(|| &text[..length])
}

/// Whether a line closes the block that `barrier` opened.
pub fn closes_block(line: &str, barrier: &str) -> bool {
    let text = line.trim();
    text.len() >= barrier.len() && text.bytes().all(|byte| byte == barrier.as_bytes()[0])
}

/// The text with the lines of code blocks, code spans and comments made empty, line for line: what is left is prose.
pub fn prose(text: &str) -> String {
    let mut prose = String::new();
    let mut barrier: Option<&str> = None;
    for line in text.lines() {
        match barrier {
            Some(open) => {
                if closes_block(line, open) {
                    barrier = None;
                }
            }
            None => match opens_block(line) {
                Some(open) => barrier = Some(open),
                None => prose.push_str(&without_code_spans(line)),
            },
        }
        prose.push('\n');
    }
    without_comments(&prose)
}

/// A code span does not cross a line's end in this book.
fn without_code_spans(line: &str) -> String {
    let mut kept = String::new();
    let mut rest = line;
    while let Some(start) = rest.find('`') {
        let ticks = rest[start..].len() - rest[start..].trim_start_matches('`').len();
        let after = &rest[start + ticks..];
        let Some(end) = after.find(&"`".repeat(ticks)) else { break };
        kept.push_str(&rest[..start]);
        rest = &after[end + ticks..];
    }
    kept + rest
}

fn without_comments(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<!--") {
        let (comment, after) = after.split_once("-->").unwrap_or((after, ""));
        kept.push_str(before);
        kept.extend(comment.chars().filter(|&sign| sign == '\n'));
        rest = after;
    }
    kept + rest
}

#[test]
fn what_is_left_is_prose() {
    let text = "a `b` c\n```rust\n[x](y)\n```\nd <!-- e\nf --> g\n````\n```\n````\nh ``i ` j``\n";
    assert_eq!(prose(text), "a  c\n\n\n\nd \n g\n\n\n\nh \n");
}
