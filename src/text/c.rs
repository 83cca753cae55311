//! Bytes where Redis takes them for a string of C: they end at the first NUL.
//!
//! Redis: every `strcasecmp` on an argument, every `%s` and `%.*s` of an error. It is one place, because an argument must be
//! compared and printed up to the same byte.

/// The bytes before the first NUL; all of them if there is none.
pub fn until_nul(bytes: &[u8]) -> &[u8] {
    &bytes[..memchr::memchr(0, bytes).unwrap_or(bytes.len())]
}

/// At most `max` bytes, and none from a NUL on: what `%.*s` prints.
pub fn printed(bytes: &[u8], max: usize) -> &[u8] {
    until_nul(&bytes[..bytes.len().min(max)])
}

/// Whether `bytes`, up to a NUL, are the word `word` in any case. Redis: `strcasecmp`.
pub fn is_word(bytes: &[u8], word: &[u8]) -> bool {
    // Equal without a NUL is the usual case, and needs no search for one.
    bytes.eq_ignore_ascii_case(word)
        || (bytes.get(word.len()) == Some(&0) && bytes[..word.len()].eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_ends_at_its_first_nul() {
        assert!(is_word(b"NX", b"nx") && is_word(b"nx\0whatever", b"NX"));
        assert!(!is_word(b"n\0x", b"nx") && !is_word(b"nxx", b"nx") && !is_word(b"n", b"nx"));
        assert_eq!((until_nul(b"a\0b"), until_nul(b"ab"), until_nul(b"")), (&b"a"[..], &b"ab"[..], &b""[..]));
        assert_eq!((printed(b"abc\0d", 2), printed(b"abc\0d", 9)), (&b"ab"[..], &b"abc"[..]));
    }
}
