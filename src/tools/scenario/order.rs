//! The one place where orders that Redis leaves open are put in order, before two servers are compared.
//!
//! Redis keeps these sets in hash tables with a random seed, so two runs of it may differ. Each rule is applied to the
//! frames one client received after one line:
//!
//! | what | rule |
//! |---|---|
//! | KEYS, PUBSUB CHANNELS, PUBSUB SHARDCHANNELS, COMMAND LIST | the names of the reply are sorted |
//! | SCAN | the names in the second element of the reply are sorted |
//! | CONFIG GET | the pairs of the reply are sorted |
//! | UNSUBSCRIBE, PUNSUBSCRIBE, SUNSUBSCRIBE without arguments | the names of a run of confirmations are sorted; their counts stay where they are |
//! | INFO commandstats | its lines are sorted |
//! | several patterns of one client match | a run of `pmessage`s with one channel and message is sorted by pattern |
//!
//! All else has a promised order and is compared as it comes.

use super::frame::Frame;
use super::words::Request;

/// `frames` with the open orders settled; `requests` are those whose replies are among them.
pub fn settle(mut frames: Vec<Frame>, requests: &[Request]) -> Vec<Frame> {
    let asked = |words: &[&str]| requests.iter().any(|request| begins(request, words));
    if asked(&["keys"])
        || asked(&["pubsub", "channels"])
        || asked(&["pubsub", "shardchannels"])
        || asked(&["command", "list"])
    {
        sort_items(&mut frames, 1);
    }
    if asked(&["scan"]) {
        for frame in &mut frames {
            if let Frame::Aggregate(_, items) = frame
                && items.len() == 2
            {
                sort_items(&mut items[1..], 1);
            }
        }
    }
    if asked(&["config", "get"]) {
        sort_items(&mut frames, 2);
    }
    if asked(&["info"]) {
        sort_command_statistics(&mut frames);
    }
    for kind in ["unsubscribe", "punsubscribe", "sunsubscribe"] {
        if requests.iter().any(|request| request.len() == 1 && begins(request, &[kind])) {
            sort_names(&mut frames, kind.as_bytes());
        }
    }
    for run in frames.chunk_by_mut(same_message) {
        run.sort_by_key(|frame| part(frame, 1).cloned().map(|pattern| format!("{pattern:?}")));
    }
    frames
}

/// True if the request's first words are these, in any case.
pub fn begins(request: &[Vec<u8>], words: &[&str]) -> bool {
    request.len() >= words.len()
        && words.iter().zip(request).all(|(word, given)| given.eq_ignore_ascii_case(word.as_bytes()))
}

/// Sorts the items, `width` at a time, of every aggregate that holds only strings and is no push.
fn sort_items(frames: &mut [Frame], width: usize) {
    for frame in frames {
        let Frame::Aggregate(b'*' | b'~' | b'%', items) = frame else { continue };
        let strings: Option<Vec<Vec<u8>>> = items.iter().map(|item| item.as_bulk().map(Vec::from)).collect();
        let Some(strings) = strings else { continue };
        let mut groups: Vec<&[Vec<u8>]> = strings.chunks(width).collect();
        groups.sort();
        *items = groups.concat().into_iter().map(Frame::bulk).collect();
    }
}

/// Sorts the `cmdstat_` lines of an INFO, which stand together.
fn sort_command_statistics(frames: &mut [Frame]) {
    for frame in frames {
        let Frame::Blob(_, text) = frame else { continue };
        let mut lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
        for run in lines.chunk_by_mut(|a, b| [a, b].iter().all(|line| line.starts_with(b"cmdstat_"))) {
            run.sort();
        }
        *text = lines.concat();
    }
}

/// Sorts the names of each run of confirmations of this kind.
fn sort_names(frames: &mut [Frame], kind: &[u8]) {
    for run in frames.chunk_by_mut(|a, b| is(a, kind) && is(b, kind)) {
        let mut names: Vec<Frame> = run.iter().filter_map(|frame| part(frame, 1).cloned()).collect();
        if names.len() < 2 || !is(&run[0], kind) {
            continue;
        }
        names.sort_by(|a, b| a.as_bulk().cmp(&b.as_bulk()));
        for (frame, name) in run.iter_mut().zip(names) {
            if let Frame::Aggregate(_, items) = frame {
                items[1] = name;
            }
        }
    }
}

/// Two `pmessage`s of one publish.
fn same_message(a: &Frame, b: &Frame) -> bool {
    is(a, b"pmessage") && is(b, b"pmessage") && part(a, 2) == part(b, 2) && part(a, 3) == part(b, 3)
}

fn is(frame: &Frame, kind: &[u8]) -> bool {
    part(frame, 0).and_then(Frame::as_bulk) == Some(kind)
}

fn part(frame: &Frame, index: usize) -> Option<&Frame> {
    match frame {
        Frame::Aggregate(b'*' | b'>', items) => items.get(index),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::scenario::frame::split;
    use crate::tools::scenario::words;

    #[test]
    fn each_open_order_is_settled_and_no_other() {
        let cases: &[(&str, &[u8], &[&str])] = &[
            ("KEYS *", b"*2\r\n$1\r\nb\r\n$1\r\na\r\n", &["*2 \"a\" \"b\""]),
            ("pubsub channels", b"*2\r\n$1\r\nb\r\n$1\r\na\r\n", &["*2 \"a\" \"b\""]),
            ("MGET b a", b"*2\r\n$1\r\nb\r\n$1\r\na\r\n", &["*2 \"b\" \"a\""]),
            ("SCAN 0", b"*2\r\n$1\r\n7\r\n*2\r\n$1\r\nb\r\n$1\r\na\r\n", &["*2 \"7\" *2 \"a\" \"b\""]),
            ("CONFIG GET *", b"*4\r\n$1\r\nb\r\n$1\r\n1\r\n$1\r\na\r\n$1\r\n2\r\n", &["*4 \"a\" \"2\" \"b\" \"1\""]),
            ("INFO", b"$26\r\n# C\r\ncmdstat_b\r\ncmdstat_a\n\r\n", &["\"# C\\r\\ncmdstat_a\\ncmdstat_b\\r\\n\""]),
            (
                "UNSUBSCRIBE",
                b"*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n",
                &["*3 \"unsubscribe\" \"a\" :1", "*3 \"unsubscribe\" \"b\" :0"],
            ),
            (
                "UNSUBSCRIBE b a",
                b"*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:0\r\n",
                &["*3 \"unsubscribe\" \"b\" :1", "*3 \"unsubscribe\" \"a\" :0"],
            ),
            (
                "PING",
                b">4\r\n$8\r\npmessage\r\n$1\r\n*\r\n$1\r\nx\r\n$1\r\n1\r\n>4\r\n$8\r\npmessage\r\n$1\r\n!\r\n$1\r\nx\r\n$1\r\n1\r\n\
                  >4\r\n$8\r\npmessage\r\n$1\r\n!\r\n$1\r\nx\r\n$1\r\n0\r\n",
                &[">4 \"pmessage\" \"!\" \"x\" \"1\"", ">4 \"pmessage\" \"*\" \"x\" \"1\"", ">4 \"pmessage\" \"!\" \"x\" \"0\""],
            ),
        ];
        for (request, bytes, expected) in cases {
            let frames = settle(split(bytes), &[words::split(request).unwrap()]);
            assert_eq!(
                frames.iter().map(|frame| frame.print("")).collect::<Vec<_>>(),
                *expected,
                "{request}"
            );
        }
    }
}
