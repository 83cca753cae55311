//! How many bytes Redis would need for an entry: it decides where a block ends.
//!
//! Redis: `src/listpack.c`, `lpEncodeGetType`, `lpEncodeBacklen`.
//!
//! Our blocks are packed otherwise, but `stream-node-max-bytes` speaks of Redis's listpacks, and `XTRIM MAXLEN ~`
//! removes whole blocks: with the same boundaries it removes the same entries.

use crate::text::integer::parse_integer;

/// An empty listpack: its header and its end.
pub const EMPTY: usize = 7;

/// A string; those that are integers are stored as such.
pub fn text(text: &[u8]) -> usize {
    // Most begin with a letter: no need to look further.
    let is_number = matches!(text.first(), Some(b'0'..=b'9' | b'-'));
    match is_number.then(|| parse_integer(text)).flatten() {
        Some(value) => integer(value),
        None => {
            let len = text.len();
            with_backlen(
                len + if len < 64 {
                    1
                } else if len < 4096 {
                    2
                } else {
                    5
                },
            )
        }
    }
}

/// An integer.
pub fn integer(value: i64) -> usize {
    with_backlen(match value {
        0..=127 => 1,
        -4096..=4095 => 2,
        -0x8000..=0x7fff => 3,
        -0x80_0000..=0x7f_ffff => 4,
        -0x8000_0000..=0x7fff_ffff => 5,
        _ => 9,
    })
}

/// Every element is followed by its length.
fn with_backlen(encoded: usize) -> usize {
    encoded
        + match encoded {
            0..=127 => 1,
            128..=16382 => 2,
            16383..=2097150 => 3,
            2097151..=268435454 => 4,
            _ => 5,
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_a_listpack() {
        let cases: [(&[u8], usize); 9] = [
            (b"", 2),
            (b"a", 3),
            (b"127", 2),
            (b"128", 3),
            (b"-4097", 4),
            (b"007", 5),
            (b"1795220318938", 10),
            (&[b'x'; 64], 67),
            (&[b'x'; 4096], 4103),
        ];
        for (value, expected) in cases {
            assert_eq!(text(value), expected, "{}", String::from_utf8_lossy(value));
        }
    }
}
