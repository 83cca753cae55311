//! Cuts the function around a line out of a source, while the program is compiled: what is carried along is the function and
//! not the file.
//!
//! Redis has no counterpart.

/// Where a function stands in a text, as bytes, and the line that was looked for.
#[derive(Clone, Copy)]
pub struct Cut {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The number of the line in the text, from 1.
    pub line: usize,
    /// Its number in the function, from 0.
    pub within: usize,
}

/// The function around the first place of `text` that begins with `needle`.
#[expect(clippy::panic, reason = "this is evaluated by the compiler: there is no program yet that could end")]
pub const fn function(text: &[u8], needle: &[u8]) -> Cut {
    let mut at = 0;
    while !begins(text, at, needle) {
        at += 1;
        if at >= text.len() {
            panic!("no such step in this source");
        }
    }
    // The function's first line is the next one above that declares a function and stands further to the left.
    let step = indent(text, line_start(text, at));
    let mut start = line_start(text, at);
    while !(declares(text, start) && indent(text, start) < step) {
        if start == 0 {
            panic!("the step is in no function");
        }
        start = line_start(text, start - 1);
    }
    // Its last line is the next brace as far to the left.
    let left = indent(text, start);
    let mut end = next_line(text, at);
    while !(indent(text, end) == left && text[end + left] == b'}') {
        end = next_line(text, end);
    }
    Cut { start, end: next_line(text, end) - 1, line: 1 + lines(text, 0, at), within: lines(text, start, at) }
}

/// So many bytes of `text` from `start` on.
pub const fn bytes<const LENGTH: usize>(text: &[u8], start: usize) -> [u8; LENGTH] {
    let mut copy = [0; LENGTH];
    let mut at = 0;
    while at < LENGTH {
        copy[at] = text[start + at];
        at += 1;
    }
    copy
}

const fn begins(text: &[u8], at: usize, with: &[u8]) -> bool {
    let mut length = 0;
    while length < with.len() {
        if at + length >= text.len() || text[at + length] != with[length] {
            return false;
        }
        length += 1;
    }
    true
}

const fn line_start(text: &[u8], mut at: usize) -> usize {
    while at > 0 && text[at - 1] != b'\n' {
        at -= 1;
    }
    at
}

const fn next_line(text: &[u8], mut at: usize) -> usize {
    while text[at] != b'\n' {
        at += 1;
    }
    at + 1
}

const fn indent(text: &[u8], line: usize) -> usize {
    let mut spaces = 0;
    while text[line + spaces] == b' ' {
        spaces += 1;
    }
    spaces
}

/// Whether the line is one of `fn`, `pub fn`, `pub(…) fn`.
const fn declares(text: &[u8], line: usize) -> bool {
    let at = line + indent(text, line);
    begins(text, at, b"fn ")
        || begins(text, at, b"pub fn ")
        || begins(text, at, b"pub(super) fn ")
        || begins(text, at, b"pub(crate) fn ")
}

const fn lines(text: &[u8], mut from: usize, to: usize) -> usize {
    let mut count = 0;
    while from < to {
        count += (text[from] == b'\n') as usize;
        from += 1;
    }
    count
}
