//! What a difference may mean, in words: the rule of Redis that the bytes break.

use std::cmp::Ordering;

use crate::tools::scenario::frame::Frame;
use crate::tools::scenario::order::begins;
use crate::tools::scenario::transcript::Share;
use crate::tools::scenario::{Action, Line, Sending};

/// The first rule that fits. `expected` and `received` are all that one client received after `line`; they agree in `agreed`
/// frames.
pub fn hint(line: &Line, expected: &Share, received: &Share, agreed: usize) -> Option<&'static str> {
    if received.closed && !expected.closed && received.frames.len() == agreed {
        return Some("the server closes the connection; Redis keeps it");
    }
    let (expected, received) = (&expected.frames, &received.frames);
    let (should, came) = match (expected.get(agreed), received.get(agreed)) {
        (None, None) => return Some(CLOSING),
        (None, Some(came)) => return Some(surplus(came, received.get(..agreed).unwrap_or_default())),
        (Some(should), None) => return Some(missing(should, agreed)),
        (Some(should), Some(came)) => (should, came),
    };
    if received.len() < expected.len() && expected[agreed + 1..].contains(came) {
        return Some(missing(should, agreed));
    }
    if is_permutation(&expected[agreed..], &received[agreed..]) {
        return Some(
            "these are the right frames in another order: replies keep the order of the requests, and a channel's message comes before those of patterns",
        );
    }
    match (should, came) {
        (Frame::Text(b':', _), Frame::Text(b':', _)) if is_publish(line) => Some(
            "PUBLISH tells how many deliveries it made: one for each subscriber of the channel and one for each matching pattern of each client",
        ),
        _ => frames(should, came),
    }
}

/// What is wrong with one frame.
fn frames(should: &Frame, came: &Frame) -> Option<&'static str> {
    match (should, came) {
        (_, Frame::Text(b'-', text))
            if is_unknown(text) && !matches!(should, Frame::Text(b'-', text) if is_unknown(text)) =>
        {
            Some("the server does not know this command, or not all of it")
        }
        (_, Frame::Text(b'-', text)) if text.starts_with(b"NOAUTH") => {
            Some("the server wants a password: start it without one")
        }
        (_, Frame::Rest(bytes)) => Some(incomplete(bytes)),
        (Frame::Text(b'-', should), Frame::Text(b'-', came)) => Some(errors(should, came)),
        (Frame::Text(b'-', _), _) => Some("Redis refuses this"),
        (_, Frame::Text(b'-', _)) => Some("Redis does not refuse this"),
        (Frame::Aggregate(a, should), Frame::Aggregate(b, came)) => aggregates(*a, should, *b, came),
        (should, came) if is_nil(should) && is_nil(came) => {
            Some("RESP2 has two nils, $-1 for a missing string and *-1 for a missing array; RESP3 has one, _")
        }
        (should, came) if is_nil(should) || is_nil(came) => {
            Some("nil is not an empty string or an empty array: nil is $-1 or *-1, the others are $0 and *0")
        }
        (should, came) if kind(should) != kind(came) => Some(types(kind(should), kind(came))),
        (Frame::Text(kind, should), Frame::Text(_, came)) => Some(texts(should, came, *kind == b':')),
        (Frame::Blob(_, should), Frame::Blob(_, came)) => Some(texts(should, came, false)),
        _ => None,
    }
}

/// What the first item of a push or a confirmation may be.
const KINDS: [&[u8]; 9] = [
    b"subscribe",
    b"unsubscribe",
    b"psubscribe",
    b"punsubscribe",
    b"ssubscribe",
    b"sunsubscribe",
    b"message",
    b"pmessage",
    b"smessage",
];

/// How U+FFFD is written, which programs that take bytes for text put where they meet others.
const REPLACEMENT: &[u8] = b"\xef\xbf\xbd";

fn texts(should: &[u8], came: &[u8], is_number: bool) -> &'static str {
    let has_replacement = |text: &[u8]| text.windows(3).any(|three| three == REPLACEMENT);
    if should.eq_ignore_ascii_case(came) {
        "only upper and lower case differ; the bytes of a reply are compared, not what they mean"
    } else if has_replacement(came) && !has_replacement(should) {
        "bytes have become U+FFFD: the server reads them as text, and must keep them as they are"
    } else if is_number {
        "the type is right, the number is not"
    } else {
        "the type is right, the text is not"
    }
}

const CLOSING: &str =
    "when a connection is closed is part of the protocol: after QUIT, after protocol errors, and over limits";

fn missing(should: &Frame, agreed: usize) -> &'static str {
    match kind_of_message(should) {
        Some(
            b"subscribe" | b"psubscribe" | b"ssubscribe" | b"unsubscribe" | b"punsubscribe" | b"sunsubscribe",
        ) => {
            "each name gets one confirmation, even if nothing changes; without arguments each subscription gets one, and one with nil if there is none"
        }
        Some(b"message" | b"pmessage" | b"smessage") => {
            "a client gets one message if it holds the channel and one for each of its patterns that match"
        }
        _ if agreed > 0 => {
            "what came before is right: a server that has answered a request looks whether another one has arrived with it"
        }
        _ => "each request gets its reply, in the order of the requests",
    }
}

fn surplus(came: &Frame, before: &[Frame]) -> &'static str {
    match kind_of_message(came) {
        _ if before.last() == Some(came) => "this frame came twice",
        Some(b"message" | b"pmessage" | b"smessage") => {
            "this client does not hold the channel, nor a pattern that matches, or has left it"
        }
        _ => "nothing more should come here",
    }
}

/// What may be wrong with bytes that end within a frame, or begin none.
fn incomplete(bytes: &[u8]) -> &'static str {
    match bytes.first() {
        Some(b'+' | b'-' | b':' | b'$' | b'*' | b'>' | b'%' | b'~' | b'_' | b'#' | b',') => {
            if !bytes.windows(2).any(|two| two == b"\r\n") {
                "these bytes are not a complete RESP frame: a line ends with \\r\\n, not with \\n alone"
            } else {
                "these bytes are not a complete RESP frame: the number behind $ counts the bytes that follow, without their \\r\\n; \
                 the number behind * counts the frames that follow"
            }
        }
        _ => "these bytes are not a RESP frame: the first says the type: + - : $ *, or in RESP3 > % ~ _ # ,",
    }
}

fn types(should: u8, came: u8) -> &'static str {
    match (should, came) {
        (b'+', b'$') => {
            "this should be a status (+), not a bulk string ($): clients act on the first character"
        }
        (b'$', b'+') => {
            "this should be a bulk string ($), not a status (+): clients act on the first character"
        }
        (b':', _) => "this should be a number (:): clients act on the first character",
        (b'>', _) => "this should be a push (>): clients tell pushes from replies by the first character",
        _ => "the first character is the type of the frame, and clients act on it",
    }
}

fn errors(should: &[u8], came: &[u8]) -> &'static str {
    let code = |text: &[u8]| text.split(|&byte| byte == b' ').next().map(<[u8]>::to_vec);
    if code(should) == code(came) {
        "both refuse it, in other words; some clients look at the words"
    } else {
        "both refuse it, with another code: the first word is what clients look at"
    }
}

fn aggregates(a: u8, should: &[Frame], b: u8, came: &[Frame]) -> Option<&'static str> {
    if a != b && should == came {
        return Some(
            "the items are right, the type is not: under RESP3 messages and confirmations are pushes (>), under RESP2 arrays (*), and maps are %",
        );
    }
    let confirmation = should.len() == 3
        && should[0].as_bulk().is_some_and(|word| word.ends_with(b"subscribe"))
        && should.get(..2) == came.get(..2);
    if confirmation {
        let sharded =
            should[0].as_bulk().is_some_and(|word| word.starts_with(b"ss") || word.starts_with(b"sun"));
        return Some(if sharded {
            "the number in this confirmation is how many shard channels the client then holds"
        } else {
            "the number in a confirmation is how many subscriptions the client then holds, channels and patterns together"
        });
    }
    let names =
        |items: &[Frame]| items.first().and_then(Frame::as_bulk).is_some_and(|word| KINDS.contains(&word));
    if should.first() != came.first() && names(should) {
        return Some("the first item says what this is, and clients act on it: it is another word here");
    }
    match should.len().cmp(&came.len()) {
        Ordering::Equal => {
            let (should, came) = should.iter().zip(came).find(|(should, came)| should != came)?;
            frames(should, came)
        }
        Ordering::Less => Some("there are too many items"),
        Ordering::Greater => Some("there are too few items"),
    }
}

fn is_permutation(expected: &[Frame], received: &[Frame]) -> bool {
    let sorted = |frames: &[Frame]| {
        let mut printed: Vec<String> = frames.iter().map(|frame| frame.print("")).collect();
        printed.sort();
        printed
    };
    expected.len() == received.len() && sorted(expected) == sorted(received)
}

fn is_publish(line: &Line) -> bool {
    matches!(&line.action, Action::Send { sending: Sending::Request(words), .. }
        if begins(words, &["publish"]) || begins(words, &["spublish"]))
}

fn is_nil(frame: &Frame) -> bool {
    matches!(frame, Frame::Nil(_) | Frame::Text(b'_', _))
}

fn kind(frame: &Frame) -> u8 {
    match frame {
        Frame::Text(kind, _) | Frame::Blob(kind, _) | Frame::Nil(kind) | Frame::Aggregate(kind, _) => *kind,
        Frame::Rest(_) => 0,
    }
}

fn kind_of_message(frame: &Frame) -> Option<&[u8]> {
    match frame {
        Frame::Aggregate(b'*' | b'>', items) => items.first()?.as_bulk(),
        _ => None,
    }
}

/// An error for a command that is not known.
fn is_unknown(text: &[u8]) -> bool {
    let start = b"ERR unknown";
    text.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::scenario::Scenario;
    use crate::tools::scenario::frame::split;

    #[test]
    fn each_rule_fits_its_difference() {
        let cases: &[(&str, &str, &str)] = &[
            (":1\r\n", ":2\r\n", "PUBLISH tells how many deliveries"),
            (":1\r\n", "", "each request gets its reply"),
            ("", ":1\r\n", "nothing more"),
            ("closed", "", "when a connection is closed"),
            (":1\r\n", "closed", "the server closes the connection"),
            ("-ERR a\r\n", "-ERR unknown command 'x'\r\n", "the server does not know"),
            ("*1\r\n:1\r\n", ">1\r\n:1\r\n", "the items are right, the type is not"),
            ("*1\r\n$7\r\nmessage\r\n", "", "a client gets one message"),
            ("*1\r\n$9\r\nsubscribe\r\n", "", "each name gets one confirmation"),
            (
                "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n",
                "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:2\r\n",
                "the number in a confirmation",
            ),
            (
                "*3\r\n$10\r\nssubscribe\r\n$1\r\nx\r\n:1\r\n",
                "*3\r\n$10\r\nssubscribe\r\n$1\r\nx\r\n:2\r\n",
                "the number in this confirmation is how many shard channels",
            ),
            (
                "*4\r\n$8\r\npmessage\r\n$1\r\nx\r\n$1\r\nx\r\n$1\r\n1\r\n",
                "*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\n1\r\n",
                "the first item says what this is",
            ),
            ("*2\r\n:1\r\n$-1\r\n", "*2\r\n:1\r\n$0\r\n\r\n", "nil is not an empty string"),
            ("*1\r\n$1\r\nb\r\n", "*1\r\n$1\r\na\r\n", "the type is right"),
            (":1\r\n:2\r\n", ":1\r\n", "what came before is right"),
            (":1\r\n:2\r\n:3\r\n", ":1\r\n:3\r\n", "what came before is right"),
            ("$2\r\n\u{e9}\r\n", "$3\r\n\u{fffd}\r\n", "bytes have become U+FFFD"),
            ("*1\r\n:1\r\n", "*2\r\n:1\r\n:2\r\n", "there are too many items"),
            (":1\r\n:2\r\n", ":2\r\n:1\r\n", "these are the right frames in another order"),
            ("-ERR a\r\n", "-ERR b\r\n", "both refuse it, in other words"),
            ("-ERR a\r\n", "-NOPE a\r\n", "both refuse it, with another code"),
            ("-ERR a\r\n", "+OK\r\n", "Redis refuses this"),
            ("+OK\r\n", "-ERR unknown command 'x'\r\n", "the server does not know"),
            ("+OK\r\n", "-ERR x\r\n", "Redis does not refuse this"),
            ("$-1\r\n", "*-1\r\n", "RESP2 has two nils"),
            ("+OK\r\n", "$2\r\nOK\r\n", "this should be a status"),
            ("$2\r\nOK\r\n", "+OK\r\n", "this should be a bulk string"),
            (":1\r\n", "+OK\r\n", "this should be a number"),
            (">1\r\n:1\r\n", "$1\r\na\r\n", "this should be a push"),
            ("$1\r\na\r\n", "*1\r\n:1\r\n", "the first character is the type"),
            ("+OK\r\n", "+ok\r\n", "only upper and lower case differ"),
            ("+OK\r\n", "+Okay\r\n", "the type is right, the text is not"),
            ("$1\r\na\r\n", "$1\r\nb\r\n", "the type is right, the text is not"),
            ("+OK\r\n", "OK\r\n", "these bytes are not a RESP frame"),
            ("+OK\r\n", "+OK\n", "these bytes are not a complete RESP frame: a line ends"),
            (
                "$2\r\nOK\r\n",
                "$3\r\nOK\r\n",
                "these bytes are not a complete RESP frame: the number behind $",
            ),
            ("+OK\r\n", "+OK\r\n+OK\r\n", "this frame came twice"),
            ("", "*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$1\r\n1\r\n", "this client does not hold"),
        ];
        let line = Scenario::parse_line(1, "P: PUBLISH x 1").unwrap();
        for (expected, received, start) in cases {
            let share = |text: &str, closed| {
                let text = text.strip_suffix("closed").unwrap_or(text);
                Share { client: "A".into(), frames: split(text.as_bytes()), closed }
            };
            let (should, came) = (
                share(expected, expected.ends_with("closed")),
                share(received, received.ends_with("closed")),
            );
            let agreed = should.frames.iter().zip(&came.frames).take_while(|(a, b)| a == b).count();
            let found = hint(&line, &should, &came, agreed);
            assert!(
                found.is_some_and(|text| text.starts_with(start)),
                "{expected:?} {received:?}: {found:?}"
            );
        }
    }
}
