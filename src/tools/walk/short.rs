//! How much of what a line has brought is shown: a walk is for reading, and some lines bring megabytes.

use crate::text::plural::plural;

/// The most characters of a line.
pub const MOST: usize = 1000;
/// The most frames of a client.
pub const MOST_FRAMES: usize = 50;
/// The most bytes of a client in JSON.
pub const MOST_BYTES: usize = 4096;
/// The most lines of a drawing of the structures.
const MOST_LINES: usize = 200;

/// `text`; if it is longer than [`MOST`] characters, its beginning and how long it is.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}… ({} characters)", &text[..at], text.chars().count()),
        None => text.into(),
    }
}

/// The frames of a client, at most [`MOST_FRAMES`] of them, each cut.
pub fn frames(lines: &[String]) -> Vec<String> {
    let mut shown: Vec<String> = lines.iter().take(MOST_FRAMES).map(|line| cut(line)).collect();
    if lines.len() > MOST_FRAMES {
        shown.push(format!("… {} more", lines.len() - MOST_FRAMES));
    }
    shown
}

/// A drawing, cut in both directions.
pub fn drawing(text: &str) -> String {
    let mut shown: String = text.lines().take(MOST_LINES).map(|line| cut(line) + "\n").collect();
    let hidden = text.lines().count().saturating_sub(MOST_LINES);
    if hidden > 0 {
        shown.push_str(&format!("… {}\n", plural(hidden, "more line")));
    }
    shown
}

/// The first of `bytes`, at most [`MOST_BYTES`], and no half of a character at the end if they are text.
pub fn bytes(bytes: &[u8]) -> &[u8] {
    if bytes.len() <= MOST_BYTES {
        return bytes;
    }
    let whole = (MOST_BYTES - 3..=MOST_BYTES).rev().find(|&at| std::str::from_utf8(&bytes[..at]).is_ok());
    &bytes[..whole.unwrap_or(MOST_BYTES)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_is_cut_and_its_length_is_shown() {
        assert_eq!(cut(&"雨".repeat(MOST)), "雨".repeat(MOST));
        assert_eq!(cut(&"雨".repeat(MOST + 1)), format!("{}… (1001 characters)", "雨".repeat(MOST)));
        let lines: Vec<String> = (0..52).map(|at| at.to_string()).collect();
        assert_eq!(frames(&lines)[49..], ["49", "… 2 more"]);
        assert_eq!(drawing(&"a\n".repeat(201)), format!("{}… 1 more line\n", "a\n".repeat(200)));
    }

    #[test]
    fn text_is_cut_between_characters_and_bytes_anywhere() {
        let text = format!("x{}", "雨".repeat(MOST_BYTES)).into_bytes();
        assert_eq!(bytes(&text).len(), MOST_BYTES);
        let text = format!("xx{}", "雨".repeat(MOST_BYTES)).into_bytes();
        assert_eq!(bytes(&text).len(), MOST_BYTES - 2);
        assert_eq!(bytes(&[0xff; MOST_BYTES + 1]).len(), MOST_BYTES);
        assert_eq!(bytes(b"short"), b"short");
    }
}
