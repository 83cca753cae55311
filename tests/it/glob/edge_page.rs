//! Renders the vectors chosen by hand as a page of the docs.

use super::vectors::Vector;

/// Title, explanation, and which vectors belong there. A vector goes under the last title that fits: the more
/// special the rule, the further down.
type Section = (&'static str, &'static str, fn(&Vector) -> bool);

const SECTIONS: &[Section] = &[
    (
        "1. Bytes, and the whole string",
        "Every byte that is not `*`, `?`, `[` or `\\` stands for itself. NUL and `/` are ordinary. The \
         empty string is matched by the empty pattern only: even `*` does not match it.",
        |_| true,
    ),
    (
        "2. Star and question mark",
        "`*` is any run of bytes, also an empty one; a run of stars counts as one. `?` is exactly one byte.",
        |vector| has(&vector.pattern, b"*?") && !vector.string.is_empty(),
    ),
    ("3. Backslash", "`\\x` is the byte `x`. A lone `\\` at the end is a literal backslash.", |vector| {
        has(&vector.pattern, b"\\")
    }),
    (
        "4 and 5. Classes",
        "`[` always opens a class of one byte; `^` directly after it negates. Members are read from left to \
         right: an escaped byte; `]` closes, even as the first; the end of the pattern closes too; a byte, \
         `-` and any byte are a range; else the byte itself.",
        |vector| {
            has(&vector.pattern, b"[") && !vector.pattern.starts_with(b"\\[") && !vector.string.is_empty()
        },
    ),
    (
        "6. Ranges are signed and swapped",
        "The ends are compared as signed bytes, so 0x80 to 0xff come before 0x00. Reversed ends are swapped.",
        |vector| vector.reason.contains("SIGNED") || vector.reason.contains("reversed"),
    ),
    (
        "7. The string is used up",
        "The stars that follow are skipped; the pattern must then be at its end.",
        |vector| {
            ["skipped", "trailing run", "trailing star", "is left"]
                .iter()
                .any(|word| vector.reason.contains(word))
        },
    ),
    (
        "8. More than 1,000 stars",
        "More than 1,000 runs of stars with something after them match nothing.",
        |vector| vector.pattern.len() > 1_000,
    ),
    (
        "9. Ignoring case",
        "`CONFIG GET` ignores the case of ASCII letters; `KEYS` and Pub/Sub never do. An escaped member of \
         a class is compared exactly. The ends of a range are swapped first and made small letters then.",
        |vector| vector.nocase,
    ),
];

/// The page. The verdict is the matcher's, not the file's: a mistake shows as a changed page.
pub fn render(vectors: &[Vector], verdict: fn(&[u8], &[u8], bool) -> bool) -> String {
    let mut page = String::from(
        "# Glob patterns: the edge cases\n\n\
         Each line was tried on a real Redis 8.0. The headings are the rules, numbered as in \
         `src/glob/mod.rs`. Bytes that cannot be printed are written `\\x00`; a backslash is a backslash \
         otherwise. Long texts are cut, with their length.\n\n\
         This page is a snapshot: `tests/it/glob.rs` writes it from the matchers' answers and fails when it \
         changes.\n",
    );
    for (number, (title, text, _)) in SECTIONS.iter().enumerate() {
        page +=
            &format!("\n## {title}\n\n{text}\n\n| pattern | string | matches | why |\n|---|---|---|---|\n");
        for vector in vectors.iter().filter(|vector| section_of(vector) == number) {
            let answer = if verdict(&vector.pattern, &vector.string, vector.nocase) { "yes" } else { "no" };
            let (pattern, string) = (code(&vector.pattern), code(&vector.string));
            page += &format!("| {pattern} | {string} | {answer} | {} |\n", escape_text(&vector.reason));
        }
    }
    page
}

fn section_of(vector: &Vector) -> usize {
    SECTIONS.iter().rposition(|(_, _, belongs)| belongs(vector)).expect("the first takes all")
}

fn has(bytes: &[u8], any_of: &[u8]) -> bool {
    bytes.iter().any(|byte| any_of.contains(byte))
}

/// Bytes as code in a Markdown table, where a `|` would end the cell and a backquote the code.
fn code(bytes: &[u8]) -> String {
    const LONGEST: usize = 40;
    if bytes.is_empty() {
        return "(empty)".to_string();
    }
    let mut text = String::from("<code>");
    for &byte in bytes.iter().take(LONGEST) {
        match byte {
            b'|' | b'`' | b'<' | b'>' | b'&' | b'*' | b'_' | b'\\' | b'[' | b']' | b'~' => {
                text += &format!("&#{byte};");
            }
            b' ' => text += "&nbsp;",
            b'!'..=b'~' => text.push(byte.into()),
            _ => text += &format!("&#92;x{byte:02x}"),
        }
    }
    text += "</code>";
    if bytes.len() > LONGEST {
        text += &format!("… ({} bytes)", bytes.len());
    }
    text
}

/// A reason is plain text: its signs mean nothing to Markdown.
fn escape_text(reason: &str) -> String {
    let mut text = String::new();
    for sign in reason.chars() {
        if "\\`*_[]<>|~^".contains(sign) {
            text.push('\\');
        }
        text.push(sign);
    }
    text
}
