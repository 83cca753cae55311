//! Libraries of functions as bytes: the payload of FUNCTION DUMP and FUNCTION RESTORE.
//!
//! Redis: `rdbSaveFunctions` and `rdbFunctionLoad` in `src/rdb.c`; `functionRestoreCommand` in `src/functions.c`.
//!
//! ```text
//! 245, text | 245, text | … | version: 2 bytes | checksum: 8 bytes        a text is a string of `write`; then the footer
//! ```

use super::read::{Corrupt, Reader};
use super::write::Writer;
use super::{footer, opcodes};
use std::borrow::Cow;

/// The texts of libraries, with the footer; whether long ones are compressed is the setting `rdbcompression`.
pub fn payload<'a>(codes: impl Iterator<Item = &'a [u8]>, compress: bool) -> Vec<u8> {
    let mut out = Writer::new(compress);
    for code in codes {
        out.byte(opcodes::FUNCTION);
        out.string(code);
    }
    let mut payload = out.into_bytes();
    footer::seal(&mut payload);
    payload
}

/// The texts that a payload holds, whose footer was found to be right; after an error nothing more is of use.
pub fn codes(payload: &[u8]) -> impl Iterator<Item = Result<Cow<'_, [u8]>, Corrupt>> {
    let mut reader = Reader::new(payload);
    std::iter::from_fn(move || (reader.left() > footer::LEN).then(|| code(&mut reader)))
}

/// The next text. The errors are those of FUNCTION RESTORE.
fn code<'a>(reader: &mut Reader<'a>) -> Result<Cow<'a, [u8]>, Corrupt> {
    match reader.byte()? {
        opcodes::FUNCTION => reader.string().map_err(|_| Corrupt("Failed loading library payload")),
        opcodes::FUNCTION_OLD => Err(Corrupt("Pre-GA function format not supported")),
        _ => Err(Corrupt("given type is not a function")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let codes = [&b"#!lua name=a\n"[..], b"12", b"", &[b'x'; 1000]];
        for compress in [false, true] {
            let payload = payload(codes.into_iter(), compress);
            assert!(footer::is_right(&payload, true));
            let read: Vec<Vec<u8>> = super::codes(&payload).map(|code| code.unwrap().into_owned()).collect();
            assert_eq!(read, codes);
        }
    }

    #[test]
    fn a_text_that_says_too_much_reads_on_into_the_footer_as_in_redis() {
        let read = |payload: &[u8]| codes(payload).map(|code| code.map(Cow::into_owned)).collect::<Vec<_>>();
        assert_eq!(read(b"\xf5\x0b.0123456789"), [Ok(b".0123456789".to_vec())]);
        assert_eq!(read(b"\xf5\x0c.0123456789")[0], Err(Corrupt("Failed loading library payload")));
        assert_eq!(read(b"\xf6\x010123456789")[0], Err(Corrupt("Pre-GA function format not supported")));
        assert_eq!(read(b"\x000123456789")[0], Err(Corrupt("given type is not a function")));
        assert_eq!(read(b"0123456789"), []);
    }
}
