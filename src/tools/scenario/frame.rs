//! Cuts the bytes a server sent into RESP frames and prints each on one line, readable and lossless.
//!
//! Redis: the reading half of `src/cli_common.c` and hiredis. Different on purpose: nothing is interpreted. A frame keeps
//! its type, prints its type, and bytes that make no whole frame are shown as they are.

use super::words::{escape, quote};

/// One frame of RESP2 or RESP3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A type whose value ends at the line's end: `+ - : , # ( _`.
    Text(u8, Vec<u8>),
    /// A type with a length in front: `$` bulk, `=` verbatim, `!` bulk error.
    Blob(u8, Vec<u8>),
    /// RESP2's two nils, `$-1` and `*-1`.
    Nil(u8),
    /// `*` array, `~` set, `>` push, `%` map, `|` attribute; a map's keys and values alternate.
    Aggregate(u8, Vec<Frame>),
    /// Bytes that make no whole frame: half a frame, or no RESP at all.
    Rest(Vec<u8>),
}

/// Shorter blobs stay on their line even if they hold line ends.
const MANY_LINES: usize = 60;

/// Deeper than any reply of Redis; a stranger's server must not overflow our stack.
const DEEPEST: usize = 32;

/// All frames of `bytes`; what is left over at the end is one [`Frame::Rest`].
pub fn split(bytes: &[u8]) -> Vec<Frame> {
    let mut frames = Vec::new();
    let mut left = bytes;
    while !left.is_empty() {
        let Some((frame, after)) = one(left, 0) else {
            frames.push(Frame::Rest(left.to_vec()));
            break;
        };
        frames.push(frame);
        left = after;
    }
    frames
}

/// The first frame of `bytes` and what follows it.
fn one(bytes: &[u8], depth: usize) -> Option<(Frame, &[u8])> {
    let end = bytes.windows(2).position(|two| two == b"\r\n")?;
    let (kind, line, after) = (bytes[0], bytes.get(1..end)?, &bytes[end + 2..]);
    match kind {
        b'+' | b'-' | b':' | b',' | b'#' | b'(' | b'_' => Some((Frame::Text(kind, line.to_vec()), after)),
        b'$' | b'*' if line == b"-1" => Some((Frame::Nil(kind), after)),
        b'$' | b'=' | b'!' => {
            let length = length(line)?;
            let (blob, after) = after.split_at_checked(length)?;
            Some((Frame::Blob(kind, blob.to_vec()), after.strip_prefix(b"\r\n")?))
        }
        b'*' | b'~' | b'>' | b'%' | b'|' if depth < DEEPEST => {
            let pairs = if matches!(kind, b'%' | b'|') { 2 } else { 1 };
            let count = length(line)?.checked_mul(pairs)?;
            let mut items = Vec::new();
            let mut left = after;
            for _ in 0..count {
                let (item, after) = one(left, depth + 1)?;
                items.push(item);
                left = after;
            }
            Some((Frame::Aggregate(kind, items), left))
        }
        _ => None,
    }
}

/// A length as Redis writes it. Another spelling (`+3`, `03`) is no frame: printing must not lose it.
fn length(line: &[u8]) -> Option<usize> {
    let value: usize = std::str::from_utf8(line).ok()?.parse().ok()?;
    (value.to_string().as_bytes() == line).then_some(value)
}

impl Frame {
    /// A bulk string, the commonest frame.
    pub fn bulk(bytes: impl Into<Vec<u8>>) -> Frame {
        Frame::Blob(b'$', bytes.into())
    }

    /// The bytes of a bulk string, if it is one.
    pub fn as_bulk(&self) -> Option<&[u8]> {
        match self {
            Frame::Blob(b'$', bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The frame as bytes again: the inverse of [`split`].
    pub fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Frame::Text(kind, text) => {
                out.push(*kind);
                out.extend_from_slice(text);
                out.extend_from_slice(b"\r\n");
            }
            Frame::Blob(kind, bytes) => {
                out.push(*kind);
                out.extend_from_slice(format!("{}\r\n", bytes.len()).as_bytes());
                out.extend_from_slice(bytes);
                out.extend_from_slice(b"\r\n");
            }
            Frame::Nil(kind) => out.extend_from_slice(&[*kind, b'-', b'1', b'\r', b'\n']),
            Frame::Aggregate(kind, items) => {
                let count = if matches!(kind, b'%' | b'|') { items.len() / 2 } else { items.len() };
                out.push(*kind);
                out.extend_from_slice(format!("{count}\r\n").as_bytes());
                items.iter().for_each(|item| item.encode(out));
            }
            Frame::Rest(bytes) => out.extend_from_slice(bytes),
        }
    }

    /// The frame on one line, `*3 "message" "rainfall" "350cc"`: every type keeps its sign, a bulk string has quotes in the
    /// place of its length. A long blob of several lines goes on below, each line after `indent`.
    pub fn print(&self, indent: &str) -> String {
        match self {
            Frame::Text(kind, text) => {
                let text = escape(text).replace("\\\"", "\"");
                // A space at the end, which Redis's "unknown command" has, must be seen.
                match text.strip_suffix(' ') {
                    Some(text) => format!("{}{text}\\x20", *kind as char),
                    None => format!("{}{text}", *kind as char),
                }
            }
            Frame::Blob(kind, bytes) => {
                let sign = if *kind == b'$' { String::new() } else { (*kind as char).to_string() };
                if bytes.len() < MANY_LINES || bytes.iter().filter(|&&byte| byte == b'\n').count() < 2 {
                    return sign + &quote(bytes);
                }
                let lines: Vec<String> = bytes.split_inclusive(|&byte| byte == b'\n').map(escape).collect();
                format!("{sign}\"{}\"", lines.join(&format!("\\\n{indent}")))
            }
            Frame::Nil(kind) => format!("{}-1", *kind as char),
            Frame::Aggregate(kind, items) => {
                let count = if matches!(kind, b'%' | b'|') { items.len() / 2 } else { items.len() };
                let mut text = format!("{}{count}", *kind as char);
                for item in items {
                    text.push(' ');
                    text.push_str(&item.print(indent));
                }
                text
            }
            Frame::Rest(bytes) => format!("incomplete {}", quote(bytes)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_prints_on_one_line_with_its_type() {
        let cases: &[(&[u8], &str)] = &[
            (b"+OK\r\n", "+OK"),
            (b"-ERR unknown 'x' \r\n", "-ERR unknown 'x'\\x20"),
            (b":12\r\n", ":12"),
            (b"_\r\n", "_"),
            (b"$-1\r\n", "$-1"),
            (b"*-1\r\n", "*-1"),
            (b"*0\r\n", "*0"),
            (b"*3\r\n$9\r\nsubscribe\r\n$1\r\n\xff\r\n:1\r\n", "*3 \"subscribe\" \"\\xff\" :1"),
            (b">2\r\n$1\r\na\r\n*1\r\n,1.5\r\n", ">2 \"a\" *1 ,1.5"),
            (b"%1\r\n+k\r\n#t\r\n", "%1 +k #t"),
            (b"=7\r\ntxt:a\r\n\r\n", "=\"txt:a\\r\\n\""),
        ];
        for (bytes, text) in cases {
            let frames = split(bytes);
            assert_eq!(
                frames.iter().map(|frame| frame.print("  ")).collect::<Vec<_>>(),
                [*text],
                "{bytes:?}"
            );
            let mut again = Vec::new();
            frames.iter().for_each(|frame| frame.encode(&mut again));
            assert_eq!(&again, bytes);
        }
    }

    #[test]
    fn a_long_blob_of_several_lines_goes_on_below() {
        let text = format!("# Clients\r\n{}\r\nlast\r\n", "x".repeat(60));
        let printed = format!("\"# Clients\\r\\n\\\n  {}\\r\\n\\\n  last\\r\\n\"", "x".repeat(60));
        assert_eq!(Frame::bulk(text).print("  "), printed);
        assert_eq!(Frame::bulk("a\nb\nc\n").print("  "), "\"a\\nb\\nc\\n\"");
    }

    #[test]
    fn bytes_that_make_no_whole_frame_are_kept_as_they_are() {
        let deep = b"*1\r\n".repeat(100);
        for bytes in [
            &b"$5\r\nab"[..],
            b"*2\r\n:1\r\n",
            b"junk\r\n",
            b"$03\r\nabc\r\n",
            b"$3\r\nabcd\r\n",
            b"*99999999999\r\n",
            b"\r\n",
            &deep,
        ] {
            assert_eq!(split(bytes), [Frame::Rest(bytes.to_vec())], "{bytes:?}");
        }
        assert_eq!(split(b"+OK\r\n:").last(), Some(&Frame::Rest(b":".to_vec())));
    }
}
