//! The script: what clients, sockets and the clock do.
//!
//! Readable in an editor; one line, one step:
//!
//! ```text
//! =requirepass secret     a setting at start, wherever the line stands
//! 0 PUBLISH news hello    client 0 sends these words as a request
//! 1<*1\r\n$4\r\nPI        client 1 sends these bytes
//! 1x50<PING\r\n           client 1 sends these bytes fifty times, at once
//! 2!5                     the socket of client 2 takes 5 bytes more, and then no more
//! 2?                      it takes everything again
//! 2-                      client 2 goes
//! 2+                      it comes; 2@ comes from another machine
//! ~250                    250 milliseconds pass
//! .                       the turn ends
//! ```
//!
//! `\r`, `\n`, `\xHH`, `\s` (a space) and `\\` stand for bytes. Lines that mean nothing are skipped.

/// How many clients there are.
pub const PEERS: usize = 5;
/// More than this is not played: the rest of an input is a waste of time.
const STEPS: usize = 300;
const REPEATED: usize = 6 * 1024;
const SENT: usize = 32 * 1024;

/// What can happen.
pub enum Step {
    /// A client sends bytes.
    Send(usize, Vec<u8>),
    /// Its socket takes so many bytes.
    Room(usize, usize),
    /// It comes, unless it is there.
    Connect(usize),
    /// The same, but not from this machine.
    ConnectFromAfar(usize),
    /// It goes.
    Disconnect(usize),
    /// Time passes.
    Wait(u64),
    /// The loop writes, drops the closed, and sleeps.
    EndTurn,
}

/// The settings at start, and the steps.
#[derive(Default)]
pub struct Script {
    pub settings: Vec<(String, Vec<String>)>,
    pub steps: Vec<Step>,
}

impl Script {
    pub fn parse(data: &[u8]) -> Script {
        let (mut script, mut sent) = (Script::default(), 0);
        for line in data.split(|&byte| byte == b'\n') {
            if let [b'=', setting @ ..] = line {
                let text = String::from_utf8_lossy(setting);
                let mut words = text.split_whitespace().map(String::from);
                let Some(name) = words.next() else { continue };
                script.settings.push((name, words.collect()));
            } else if let Some(step) = step(line) {
                if let Step::Send(_, bytes) = &step {
                    sent += bytes.len();
                }
                if sent > SENT || script.steps.len() == STEPS {
                    break;
                }
                script.steps.push(step);
            }
        }
        script
    }
}

fn step(line: &[u8]) -> Option<Step> {
    match line {
        [b'.'] => Some(Step::EndTurn),
        [b'~', digits @ ..] => Some(Step::Wait(number(digits) as u64)),
        [digit @ b'0'..=b'9', rest @ ..] => {
            let peer = usize::from(digit - b'0') % PEERS;
            match rest {
                [b' ', words @ ..] => Some(Step::Send(peer, request(words))),
                [b'<', bytes @ ..] => Some(Step::Send(peer, unescape(bytes))),
                [b'x', rest @ ..] => {
                    let at = rest.iter().position(|&byte| byte == b'<')?;
                    let bytes = unescape(&rest[at + 1..]);
                    let times = number(&rest[..at]).min(REPEATED / bytes.len().max(1));
                    Some(Step::Send(peer, bytes.repeat(times)))
                }
                [b'!', digits @ ..] => Some(Step::Room(peer, number(digits))),
                [b'?'] => Some(Step::Room(peer, usize::MAX)),
                [b'+'] => Some(Step::Connect(peer)),
                [b'@'] => Some(Step::ConnectFromAfar(peer)),
                [b'-'] => Some(Step::Disconnect(peer)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// A multibulk request of the words between the spaces.
fn request(words: &[u8]) -> Vec<u8> {
    let words: Vec<Vec<u8>> = words.split(|&byte| byte == b' ').map(unescape).collect();
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n", word.len()).bytes());
        bytes.extend(word);
        bytes.extend(b"\r\n");
    }
    bytes
}

fn unescape(mut text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    while let Some((&first, rest)) = text.split_first() {
        let (byte, rest) = match (first, rest) {
            (b'\\', [b'r', rest @ ..]) => (b'\r', rest),
            (b'\\', [b'n', rest @ ..]) => (b'\n', rest),
            (b'\\', [b's', rest @ ..]) => (b' ', rest),
            (b'\\', [b'\\', rest @ ..]) => (b'\\', rest),
            (b'\\', [b'x', high, low, rest @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => ((high * 16 + low) as u8, rest),
                _ => (b'\\', &text[1..]),
            },
            _ => (first, rest),
        };
        bytes.push(byte);
        text = rest;
    }
    bytes
}

fn digit(byte: u8) -> Option<u32> {
    char::from(byte).to_digit(16)
}

/// Digits and what is not one, as a number that is not absurd.
fn number(digits: &[u8]) -> usize {
    digits.iter().fold(0, |n: usize, &byte| (n * 10 + usize::from(byte & 15)).min(1 << 40))
}

/// Numbers that look random and are the same next time.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A size from 1 to 16, now and then a larger one.
    pub fn piece(&mut self) -> usize {
        cutaway::base::random::xorshift(&mut self.0);
        let size = (self.0 >> 8) as usize;
        if self.0.is_multiple_of(8) { size % 2000 + 1 } else { size % 16 + 1 }
    }
}
