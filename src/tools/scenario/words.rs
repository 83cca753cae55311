//! Splits a line into words as redis-cli does, and prints bytes so that they can be typed again.
//!
//! Redis: `src/sds.c`, `sdssplitargs` and `sdscatrepr`. Different on purpose: a closing double quote may be followed by
//! `*N`, which repeats the quoted text N times (`"x"*70000`); redis-cli calls that unbalanced quotes. And valid UTF-8 is
//! printed as it is.

/// The words of one request.
pub type Request = Vec<Vec<u8>>;

/// The longest text that the repetitions of a line may make: a scenario with a slip of the pen must not eat the machine.
const LONGEST_LINE: usize = 64 << 20;

/// The words of `line`: bare, `"double quoted"` with the escapes `\n \r \t \b \a \xHH`, or `'single quoted'` with only `\'`.
pub fn split(line: &str) -> Result<Request, String> {
    let bytes = line.as_bytes();
    let mut words = Vec::new();
    let (mut at, mut made) = (0, 0);
    loop {
        while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
            at += 1;
        }
        if at == bytes.len() {
            return Ok(words);
        }
        let mut word = Vec::new();
        while let Some(&byte) = bytes.get(at).filter(|byte| !byte.is_ascii_whitespace()) {
            at += 1;
            match byte {
                b'"' | b'\'' => {
                    let start = word.len();
                    at = quoted(bytes, at, byte, &mut word)?;
                    if byte == b'"' && bytes.get(at) == Some(&b'*') {
                        at = repeated(bytes, at + 1, start, &mut word)?;
                        made += word.len() - start;
                        if made > LONGEST_LINE {
                            return Err(format!("repetitions of more than {LONGEST_LINE} bytes"));
                        }
                    }
                    if bytes.get(at).is_some_and(|next| !next.is_ascii_whitespace()) {
                        return Err("a closing quote must be followed by a space or *N".into());
                    }
                }
                _ => word.push(byte),
            }
        }
        words.push(word);
    }
}

/// Reads from after the opening quote to after the closing one; gives the place reached.
fn quoted(bytes: &[u8], mut at: usize, quote: u8, word: &mut Vec<u8>) -> Result<usize, String> {
    loop {
        let Some(&byte) = bytes.get(at) else { return Err("unbalanced quotes".into()) };
        at += 1;
        if byte == quote {
            return Ok(at);
        }
        if byte != b'\\' {
            word.push(byte);
            continue;
        }
        let Some(&escaped) = bytes.get(at) else { return Err("unbalanced quotes".into()) };
        if quote == b'\'' {
            if escaped == b'\'' {
                word.push(b'\'');
                at += 1;
            } else {
                word.push(b'\\');
            }
            continue;
        }
        at += 1;
        let hex =
            bytes.get(at..at + 2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match (escaped, hex) {
            (b'x', Some(value)) => {
                word.push(value);
                at += 2;
            }
            (b'n', _) => word.push(b'\n'),
            (b'r', _) => word.push(b'\r'),
            (b't', _) => word.push(b'\t'),
            (b'b', _) => word.push(8),
            (b'a', _) => word.push(7),
            (other, _) => word.push(other),
        }
    }
}

/// Reads the N of `*N` and repeats what `word` holds from `start` on.
fn repeated(bytes: &[u8], mut at: usize, start: usize, word: &mut Vec<u8>) -> Result<usize, String> {
    let mut times = 0usize;
    let digits = at;
    while let Some(digit) = bytes.get(at).filter(|byte| byte.is_ascii_digit()) {
        times = times.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
        at += 1;
    }
    if digits == at {
        return Err("* after a quote wants a number".into());
    }
    let piece = word.split_off(start);
    if piece.len().saturating_mul(times) > LONGEST_LINE {
        return Err(format!("a repetition of more than {LONGEST_LINE} bytes"));
    }
    word.extend(piece.repeat(times));
    Ok(at)
}

/// `bytes` escaped as within double quotes, without the quotes. Lossless: [`split`] reads it back.
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match character {
                '"' | '\\' => text.extend(['\\', character]),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '\t' => text.push_str("\\t"),
                '\u{8}' => text.push_str("\\b"),
                '\u{7}' => text.push_str("\\a"),
                plain if (plain as u32) < 0x80 && plain.is_control() => {
                    text.push_str(&format!("\\x{:02x}", plain as u32));
                }
                // C1 controls and invisible separators would be lost on a page.
                odd if odd.is_control() || matches!(odd, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                    let mut buffer = [0; 4];
                    for byte in odd.encode_utf8(&mut buffer).bytes() {
                        text.push_str(&format!("\\x{byte:02x}"));
                    }
                }
                plain => text.push(plain),
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// `bytes` as one double-quoted word; a long repetition in short, as [`split`] reads it: `"x"*70000`.
pub fn quote(bytes: &[u8]) -> String {
    for period in 1..=8 {
        if bytes.len() >= 64
            && bytes.len().is_multiple_of(period)
            && bytes[period..] == bytes[..bytes.len() - period]
        {
            return format!("\"{}\"*{}", escape(&bytes[..period]), bytes.len() / period);
        }
    }
    format!("\"{}\"", escape(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_redis_cli_does() {
        let cases: &[(&str, &[&[u8]])] = &[
            ("", &[]),
            ("  GET   a ", &[b"GET", b"a"]),
            (r#"SET "two words" """#, &[b"SET", b"two words", b""]),
            (r#""\x00\xff\n\r\t\b\a\"\\q" \x00"#, &[b"\x00\xff\n\r\t\x08\x07\"\\q", b"\\x00"]),
            (r#"'it\'s' 'a\n'"#, &[b"it's", b"a\\n"]),
            (r#"a"b c""#, &[b"ab c"]),
            (r#""xy"*3 z"#, &[b"xyxyxy", b"z"]),
        ];
        for (line, words) in cases {
            assert_eq!(
                split(line).as_deref(),
                Ok(&words.iter().map(|word| word.to_vec()).collect::<Vec<_>>()[..]),
                "{line}"
            );
        }
    }

    #[test]
    fn bad_quotes_are_refused() {
        let twice = "\"aaaa\"*10000000 \"aaaa\"*10000000";
        for line in ["\"open", "'open", "\"a\"b", "\"a\\", "\"a\"*", "\"aaaa\"*99999999999999999999", twice] {
            assert!(split(line).is_err(), "{line}");
        }
    }

    #[test]
    fn what_is_quoted_reads_back() {
        for bytes in [
            &b""[..],
            b"plain",
            b"\x00\x01\x7f\xff\r\n\"'\\",
            "drop ☂ \u{85}".as_bytes(),
            &[7; 100],
            &b"ab".repeat(50),
        ] {
            assert_eq!(split(&quote(bytes)), Ok(vec![bytes.to_vec()]), "{}", quote(bytes));
        }
    }
}
