//! The request parser: whole and in pieces it finds the same requests, and they are those of a naive parser
//! that sees all bytes at once and knows the protocol's rules only.
//!
//! The input is what a client sends. How it is cut depends on its length.

use cutaway::resp::request::{Limits, ProtocolError, RequestParser};
use cutaway::text::integer::parse_integer;
use cutaway::text::quote::quote;
use cutaway::text::words::split_words;

type Words = Vec<Vec<u8>>;
/// The requests, and how it ended: so many bytes are left, or the protocol is broken.
type Outcome = (Vec<Words>, Result<usize, String>);

pub fn run(data: &[u8]) {
    for (max_bulk, unauthenticated) in [(1 << 20, false), (1 << 20, true), (20, false)] {
        let limits = Limits { max_bulk, unauthenticated };
        let expected = naive(data, limits);
        for pieces in [&[usize::MAX][..], &[1], &[2, 3, 1], &[data.len() % 17 + 1, data.len() % 5 + 1]] {
            assert_eq!(parsed(data, limits, pieces), expected, "pieces of {pieces:?}");
        }
    }
    let expected = words(data);
    assert_eq!(split_words(data).ok(), expected);
    for words in
        [expected.unwrap_or_default(), data.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect()]
    {
        let mut line = Vec::new();
        for word in &words {
            quote(word, &mut line);
            line.push(b' ');
        }
        assert!(line.iter().all(|byte| matches!(byte, b' '..=b'~')), "a quoted word is printable");
        assert_eq!(split_words(&line), Ok(words));
    }
    let canonical = str::from_utf8(data).ok().and_then(|text| {
        let number = text.parse::<i64>().ok()?;
        (number.to_string() == text).then_some(number)
    });
    assert_eq!(parse_integer(data), canonical);
}

/// What [`RequestParser`] finds when the bytes come in pieces of these sizes, over and over.
fn parsed(data: &[u8], limits: Limits, pieces: &[usize]) -> Outcome {
    let (mut found, mut buffer, mut parser) = (Vec::new(), Vec::new(), RequestParser::default());
    let mut rest = data;
    for &size in pieces.iter().cycle() {
        let (piece, tail) = rest.split_at(size.min(rest.len()));
        buffer.extend_from_slice(piece);
        rest = tail;
        while !buffer.is_empty() {
            match parser.parse(&buffer, limits) {
                Err(ProtocolError(error)) => return (found, Err(error)),
                Ok(false) => break,
                Ok(true) => {
                    found.push(parser.request(&buffer).from(0).map(<[u8]>::to_vec).collect());
                    buffer.drain(..parser.consumed());
                    parser.reset();
                }
            }
        }
        // A word takes six bytes at least; a place is 16 bytes, in a vector that doubles.
        assert!(parser.memory() <= 32 * 1024 + 8 * data.len());
        if rest.is_empty() {
            break;
        }
    }
    (found, Ok(buffer.len()))
}

/// The rules: `*count`, then so many times `$length` and as many bytes, each with a line end; anything else is
/// a line of words. Lines end at `\r` and any byte, words in any two. A line
/// with a NUL has no end.
fn naive(data: &[u8], limits: Limits) -> Outcome {
    let (mut found, mut at) = (Vec::new(), 0);
    loop {
        match one(&data[at..], limits) {
            Ok(Some((request, length))) => {
                found.push(request);
                at += length;
            }
            Ok(None) => return (found, Ok(data.len() - at)),
            Err(error) => return (found, Err(error)),
        }
    }
}

/// The first request and its length; None if it is not all there.
fn one(data: &[u8], limits: Limits) -> Result<Option<(Words, usize)>, String> {
    if data.first() != Some(&b'*') {
        let end = data.iter().position(|&byte| byte == b'\n' || byte == 0).filter(|&end| data[end] == b'\n');
        let Some(end) = end else { return Ok(None) };
        let line = data[..end].strip_suffix(b"\r").unwrap_or(&data[..end]);
        let words = words(line).ok_or("unbalanced quotes in request")?;
        return Ok(Some((words, end + 1)));
    }
    let Some((header, mut at)) = line(data, 0) else { return Ok(None) };
    let count = number(&header[1..]).filter(|&n| n <= 0x7fff_ffff).ok_or("invalid multibulk length")?;
    if limits.unauthenticated && count > 10 {
        return Err("unauthenticated multibulk length".into());
    }
    let mut words = Vec::new();
    while (words.len() as i64) < count {
        let Some((header, start)) = line(data, at) else { return Ok(None) };
        if data[at] != b'$' {
            let got = char::from(if data[at] == b'\r' || data[at] == b'\n' { b' ' } else { data[at] });
            return Err(format!("expected '$', got '{got}'"));
        }
        let fits = |&n: &i64| n >= 0 && n <= limits.max_bulk as i64;
        let length = number(&header[1..]).filter(fits).ok_or("invalid bulk length")?;
        if limits.unauthenticated && length > 16384 {
            return Err("unauthenticated bulk length".into());
        }
        let end = start + length as usize;
        if data.len() < end + 2 {
            return Ok(None);
        }
        words.push(data[start..end].to_vec());
        at = end + 2;
    }
    Ok(Some((words, at)))
}

/// The line at `at`, and where the next begins. None if its end is not there, or behind a NUL, where C looks no further.
fn line(data: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let end = at + data[at..].iter().position(|&byte| byte == b'\r' || byte == 0)?;
    (data[end] == b'\r' && end + 2 <= data.len()).then(|| (&data[at..end], end + 2))
}

/// A number as it is printed, and in no other way.
fn number(text: &[u8]) -> Option<i64> {
    let text = str::from_utf8(text).ok()?;
    text.parse().ok().filter(|number: &i64| number.to_string() == text)
}

/// The words of a line; None if a quote is left open or not followed by a space.
fn words(line: &[u8]) -> Option<Words> {
    let end = line.iter().position(|&byte| byte == 0);
    let line = &line[..end.unwrap_or(line.len())];
    let at = |i: usize| line.get(i).copied();
    let space = |byte: Option<u8>| byte.is_none_or(|byte| b" \t\n\r\x0b\x0c".contains(&byte));
    let (mut words, mut i) = (Vec::new(), 0);
    while i < line.len() {
        if space(at(i)) {
            i += 1;
            continue;
        }
        let mut word = Vec::new();
        let mut quoted = None;
        loop {
            match (quoted, at(i)) {
                (Some(_), None) => return None,
                (None, None | Some(b' ' | b'\t' | b'\n' | b'\r')) => break,
                (None, Some(byte @ (b'"' | b'\''))) => quoted = Some(byte),
                (Some(open), Some(byte)) if byte == open => {
                    i += 1;
                    if !space(at(i)) {
                        return None;
                    }
                    break;
                }
                (Some(b'"'), Some(b'\\')) if at(i + 1).is_some() => {
                    let hex = |i| char::from(at(i).unwrap_or(b'-')).to_digit(16);
                    if let (Some(b'x'), Some(high), Some(low)) = (at(i + 1), hex(i + 2), hex(i + 3)) {
                        word.push((high * 16 + low) as u8);
                        i += 3;
                    } else {
                        i += 1;
                        let letters = b"n\nr\rt\tb\x08a\x07";
                        let pair = letters.chunks(2).find(|pair| Some(pair[0]) == at(i));
                        word.push(pair.map_or(line[i], |pair| pair[1]));
                    }
                }
                (Some(b'\''), Some(b'\\')) if at(i + 1) == Some(b'\'') => {
                    i += 1;
                    word.push(b'\'');
                }
                (_, Some(byte)) => word.push(byte),
            }
            i += 1;
        }
        words.push(word);
    }
    Some(words)
}
