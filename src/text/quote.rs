//! Words between quotes, as MONITOR and CONFIG REWRITE print them; and words of clients in the log: escaped, so that no
//! client can forge or break a line, and cut.
//!
//! Redis: `sdscatrepr` in `src/sds.c`.

use std::borrow::Cow;

/// The longest piece of one word of a client in a line of the log, in bytes.
pub const LONGEST_IN_LOG: usize = 64;

/// `bytes` between double quotes, with every byte that is not printable ASCII escaped: what
/// [`crate::text::words::split_words`] reads back. MONITOR and CONFIG REWRITE print words so.
pub fn quote(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            b'\n' => out.extend(b"\\n"),
            b'\r' => out.extend(b"\\r"),
            b'\t' => out.extend(b"\\t"),
            0x07 => out.extend(b"\\a"),
            0x08 => out.extend(b"\\b"),
            b' '..=b'~' => out.push(byte),
            _ => out.extend(format!("\\x{byte:02x}").bytes()),
        }
    }
    out.push(b'"');
}

/// A word between double quotes, as MONITOR prints it: at most [`LONGEST_IN_LOG`] bytes of it, with `...` after the quote
/// if there were more.
pub fn quoted(word: &[u8]) -> String {
    let mut text = Vec::new();
    quote(&word[..word.len().min(LONGEST_IN_LOG)], &mut text);
    if word.len() > LONGEST_IN_LOG {
        text.extend(b"...");
    }
    String::from_utf8_lossy(&text).into_owned()
}

/// The beginning of a word that CLIENT LIST prints as it is: a name has printable ASCII only, but any length.
pub fn cut(word: &str) -> Cow<'_, str> {
    match word.get(..LONGEST_IN_LOG) {
        Some(start) if word.len() > LONGEST_IN_LOG => format!("{start}...").into(),
        _ => word.into(),
    }
}

/// A text with control characters escaped, so that it stays on its line and moves no cursor.
pub fn escaped(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => line.extend(c.escape_default()),
            false => line.push(c),
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_of_a_client_breaks_a_line_or_fills_it() {
        assert_eq!(quoted(b"a\r\nb \"c\"\x00\xff"), r#""a\r\nb \"c\"\x00\xff""#);
        assert_eq!(quoted(&[b'x'; 65]), format!("\"{}\"...", "x".repeat(64)));
        assert_eq!(quoted(&[b'x'; 64]), format!("\"{}\"", "x".repeat(64)));
        assert_eq!(cut(&"n".repeat(65)), "n".repeat(64) + "...");
        assert_eq!(cut("reader"), "reader");
        assert_eq!(escaped("wörter \"a\"\r\nINFO \u{1b}[2J"), r#"wörter "a"\r\nINFO \u{1b}[2J"#);
    }
}
