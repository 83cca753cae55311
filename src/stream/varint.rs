//! Numbers in as few bytes as they need: seven bits a byte, the highest bit says that more follow.
//!
//! Redis: `src/listpack.c`, `lpEncodeBacklen`, by purpose. Lengths that are read from behind are written mirrored.

/// How many bytes [`write()`] takes for `value`.
pub fn len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// Appends `value`, to be read forwards.
pub fn write(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends `value`, to be read backwards.
pub fn write_mirrored(out: &mut Vec<u8>, value: u64) {
    let start = out.len();
    write(out, value);
    out[start..].reverse();
}

/// Takes a number off the beginning of `bytes`, which must begin with one.
#[inline]
pub fn take(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift, mut at) = (0, 0, 0);
    loop {
        let byte = bytes[at];
        at += 1;
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            *bytes = &bytes[at..];
            return value;
        }
        shift += 7;
    }
}

/// Takes a mirrored number off the end of `bytes`, which must end with one.
#[inline]
pub fn take_mirrored(bytes: &mut &[u8]) -> u64 {
    let (mut value, mut shift, mut at) = (0, 0, bytes.len());
    loop {
        at -= 1;
        let byte = bytes[at];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            *bytes = &bytes[..at];
            return value;
        }
        shift += 7;
    }
}

/// Takes a text off the beginning of `bytes`: its length, then itself.
#[inline]
pub fn take_text<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let len = take(bytes) as usize;
    let (text, rest) = bytes.split_at(len);
    *bytes = rest;
    text
}

/// Appends a text: its length, then itself.
pub fn write_text(out: &mut Vec<u8>, text: &[u8]) {
    write(out, text.len() as u64);
    out.extend_from_slice(text);
}

/// How many bytes [`write_text`] takes for a text of that length.
pub fn text_len(length: usize) -> usize {
    len(length as u64) + length
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    quickcheck! {
        fn numbers_read_back_from_both_sides(value: u64, bits: u8) -> bool {
            let value = value >> (bits % 64);
            let mut bytes = Vec::new();
            write(&mut bytes, value);
            let right = bytes.len() == len(value);
            write_mirrored(&mut bytes, value);
            let mut rest = &bytes[..];
            right && take(&mut rest) == value && take_mirrored(&mut rest) == value && rest.is_empty()
        }
    }
}
