//! The bytes of the load: commands as clients send them, messages as RESP2 subscribers get them, and a batch of
//! publishes whose messages carry their number, so that a lost, doubled or swapped one is seen. Pure; tested by
//! `tests/it/benchmark.rs`.

use std::ops::Range;

/// A command as an array of bulk strings, the form every client library sends.
pub fn command(words: &[&[u8]]) -> Vec<u8> {
    let mut out = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bulk(&mut out, word);
    }
    out
}

/// What a subscriber of `channel` receives for one message.
pub fn message(channel: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut out = b"*3\r\n$7\r\nmessage\r\n".to_vec();
    bulk(&mut out, channel);
    bulk(&mut out, payload);
    out
}

/// The reply to one channel of SUBSCRIBE, UNSUBSCRIBE, PSUBSCRIBE: `kind` is the command's name in small letters.
pub fn subscription(kind: &str, channel: &[u8], count: usize) -> Vec<u8> {
    let mut out = b"*3\r\n".to_vec();
    bulk(&mut out, kind.as_bytes());
    bulk(&mut out, channel);
    out.extend(format!(":{count}\r\n").bytes());
    out
}

fn bulk(out: &mut Vec<u8>, word: &[u8]) {
    out.extend(format!("${}\r\n", word.len()).bytes());
    out.extend(word);
    out.extend(b"\r\n");
}

/// The name of a channel. All have the same length, so all requests of a batch have too (the floor counts on it).
pub fn channel(number: usize) -> Vec<u8> {
    format!("c{number:06}").into_bytes()
}

/// Hexadecimal digits of a message's number, at the start and at the end of its payload.
const STAMP: usize = 16;

/// A pipeline of publishes and what it makes each group of subscribers receive. Built once, stamped anew for each
/// use: building costs more than the server spends on it.
pub struct Batch {
    /// The publishes, to be written in one go.
    pub request: Vec<u8>,
    /// The bytes each group of subscribers must receive, in order.
    pub expected: Vec<Vec<u8>>,
    /// How many deliveries the batch causes with one subscriber in each group.
    pub messages: Vec<usize>,
    request_payloads: Vec<Range<usize>>,
    /// For each group: which publish, and where its payload lies in `expected`.
    expected_payloads: Vec<Vec<(usize, Range<usize>)>>,
}

impl Batch {
    /// Publishes a payload of `size` bytes to each of `channels` in turn. `groups` says which groups of subscribers
    /// listen to a channel.
    pub fn new(
        channels: &[usize],
        size: usize,
        group_count: usize,
        groups: impl Fn(usize) -> Vec<usize>,
    ) -> Batch {
        assert!(size >= 2 * STAMP, "a payload must hold two stamps");
        // Letters that depend on their position, so that bytes out of place do not look right by accident.
        let payload: Vec<u8> = (0..size).map(|i| b'a' + ((i * 7 + i / 64 * 13) % 26) as u8).collect();
        let mut batch = Batch {
            request: Vec::new(),
            expected: vec![Vec::new(); group_count],
            messages: vec![0; group_count],
            request_payloads: Vec::new(),
            expected_payloads: vec![Vec::new(); group_count],
        };
        let before_end = |len: usize| len - 2 - size..len - 2;
        for (index, &number) in channels.iter().enumerate() {
            let name = channel(number);
            batch.request.extend(command(&[b"PUBLISH", &name, &payload]));
            batch.request_payloads.push(before_end(batch.request.len()));
            for group in groups(number) {
                let expected = &mut batch.expected[group];
                expected.extend(message(&name, &payload));
                batch.expected_payloads[group].push((index, before_end(expected.len())));
                batch.messages[group] += 1;
            }
        }
        batch
    }

    /// Numbers the messages from `first` on, in the requests and in what is expected.
    pub fn stamp(&mut self, first: u64) {
        for (index, range) in self.request_payloads.iter().enumerate() {
            stamp(&mut self.request[range.clone()], first + index as u64);
        }
        for (expected, payloads) in self.expected.iter_mut().zip(&self.expected_payloads) {
            for (index, range) in payloads {
                stamp(&mut expected[range.clone()], first + *index as u64);
            }
        }
    }
}

fn stamp(payload: &mut [u8], number: u64) {
    let mut digits = [0; STAMP];
    for (i, digit) in digits.iter_mut().enumerate() {
        *digit = b"0123456789abcdef"[(number >> (4 * (STAMP - 1 - i)) & 15) as usize];
    }
    let end = payload.len() - STAMP;
    payload[..STAMP].copy_from_slice(&digits);
    payload[end..].copy_from_slice(&digits);
}
