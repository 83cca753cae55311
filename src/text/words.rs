//! Splits a line into words with Redis's quoting rules: for inline requests, config files and scenarios.
//!
//! Redis: `src/sds.c`, `sdssplitargs`.
//!
//! The rules: words are separated by white space. `"…"` understands `\n \r \t \b \a`, `\xHH`, and
//! `\` before any other byte as that byte; `'…'` understands `\'` only. A closing quote must be followed
//! by white space or the end of the line. A quote may open in the middle of a word: `a"b c"` is `ab c`.

/// A quote was left open, or stood before something that is not white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnbalancedQuotes;

/// The words of `line`.
pub fn split_words(line: &[u8]) -> Result<Vec<Vec<u8>>, UnbalancedQuotes> {
    let mut words = Vec::new();
    let mut rest = line;
    loop {
        while let [first, tail @ ..] = rest
            && is_space(*first)
        {
            rest = tail;
        }
        if rest.is_empty() || rest[0] == 0 {
            return Ok(words);
        }
        let (word, tail) = split_one(rest)?;
        words.push(word);
        rest = tail;
    }
}

/// C's `isspace` in the "C" locale.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

fn split_one(mut rest: &[u8]) -> Result<(Vec<u8>, &[u8]), UnbalancedQuotes> {
    let mut word = Vec::new();
    loop {
        match rest {
            // C strings end at a NUL, and so does the line for Redis.
            [] | [0, ..] => return Ok((word, &[])),
            [b' ' | b'\n' | b'\r' | b'\t', tail @ ..] => return Ok((word, tail)),
            [b'"', tail @ ..] => {
                let tail = double_quoted(tail, &mut word)?;
                return Ok((word, tail));
            }
            [b'\'', tail @ ..] => {
                let tail = single_quoted(tail, &mut word)?;
                return Ok((word, tail));
            }
            [byte, tail @ ..] => {
                word.push(*byte);
                rest = tail;
            }
        }
    }
}

/// Reads up to the closing `"`, appending to `word`; returns what follows it.
fn double_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], UnbalancedQuotes> {
    loop {
        let (byte, tail) = match rest {
            [] | [0, ..] => return Err(UnbalancedQuotes),
            [b'"', tail @ ..] => return after_closing_quote(tail),
            [b'\\', b'x', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                (hex_digit(*high) << 4 | hex_digit(*low), tail)
            }
            [b'\\', escaped, tail @ ..] if *escaped != 0 => (
                match escaped {
                    b'n' => b'\n',
                    b'r' => b'\r',
                    b't' => b'\t',
                    b'b' => 0x08,
                    b'a' => 0x07,
                    other => *other,
                },
                tail,
            ),
            [byte, tail @ ..] => (*byte, tail),
        };
        word.push(byte);
        rest = tail;
    }
}

/// Reads up to the closing `'`, appending to `word`; returns what follows it.
fn single_quoted<'a>(mut rest: &'a [u8], word: &mut Vec<u8>) -> Result<&'a [u8], UnbalancedQuotes> {
    loop {
        let (byte, tail) = match rest {
            [] | [0, ..] => return Err(UnbalancedQuotes),
            [b'\'', tail @ ..] => return after_closing_quote(tail),
            [b'\\', b'\'', tail @ ..] => (b'\'', tail),
            [byte, tail @ ..] => (*byte, tail),
        };
        word.push(byte);
        rest = tail;
    }
}

fn after_closing_quote(rest: &[u8]) -> Result<&[u8], UnbalancedQuotes> {
    match rest {
        [] | [0, ..] => Ok(&[]),
        [byte, ..] if is_space(*byte) => Ok(rest),
        _ => Err(UnbalancedQuotes),
    }
}

fn hex_digit(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::quote::quote;
    use quickcheck::quickcheck;

    macro_rules! words {
        ($($name:ident: $line:expr => [$($word:expr),*];)*) => {$(
            #[test]
            fn $name() {
                let expected: Vec<Vec<u8>> = vec![$(Vec::from(&$word[..])),*];
                assert_eq!(split_words($line), Ok(expected));
            }
        )*};
    }

    words! {
        nothing: b"" => [];
        only_white_space: b" \t \r" => [];
        two_words: b"PING hello" => [b"PING", b"hello"];
        many_spaces_between: b"  a   b  " => [b"a", b"b"];
        double_quotes_keep_spaces: b"SET k \"two words\"" => [b"SET", b"k", b"two words"];
        single_quotes_keep_spaces: b"SET k 'two words'" => [b"SET", b"k", b"two words"];
        hex_escape: b"\"\\x41\\xff\"" => [b"A\xff"];
        hex_escape_needs_two_digits: b"\"\\x4\"" => [b"x4"];
        letter_escapes: b"\"\\n\\r\\t\\b\\a\\q\"" => [b"\n\r\t\x08\x07q"];
        no_escapes_between_single_quotes: b"'\\n\\''" => [b"\\n'"];
        a_quote_in_mid_word: b"a\"b c\"" => [b"ab c"];
        an_empty_word: b"\"\" ''" => [b"", b""];
        a_nul_ends_the_line: b"a b\0 c" => [b"a", b"b"];
    }

    macro_rules! unbalanced {
        ($($name:ident: $line:expr;)*) => {$(
            #[test]
            fn $name() { assert_eq!(split_words($line), Err(UnbalancedQuotes)); }
        )*};
    }

    unbalanced! {
        an_open_double_quote: b"\"a";
        an_open_single_quote: b"'a";
        text_after_a_closing_quote: b"\"a\"b";
        a_quote_after_a_closing_quote: b"'a''b'";
        a_backslash_at_the_end: b"\"a\\";
        a_backslash_before_a_nul: b"\"a\\\0b\"";
    }

    quickcheck! {
        fn what_quote_writes_split_words_reads(words: Vec<Vec<u8>>) -> bool {
            let mut line = Vec::new();
            for word in &words {
                quote(word, &mut line);
                line.push(b' ');
            }
            split_words(&line) == Ok(words)
        }
    }
}
