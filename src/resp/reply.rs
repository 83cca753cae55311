//! Replies and messages become bytes: one writer for both versions of the protocol.
//!
//! Redis: `src/networking.c`, the `addReply*` family (`addReplyBulk`, `addReplyMapLen`, `addReplyNull` …);
//! `src/pubsub.c`, `addReplyPubsubMessage`.
//!
//! Different on purpose: a [`Reply`] is a plain buffer without a client. `Server` lends one to each command
//! and hands its bytes to the client's output when the commands of one read are done.

use super::Protocol;
use crate::text::double;

/// The error for a command on a value of another type.
pub const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

/// A buffer of replies for a client that speaks `protocol`.
#[derive(Debug, Default)]
pub struct Reply {
    /// The bytes so far.
    pub bytes: Vec<u8>,
    /// What the client speaks: aggregates and nulls differ.
    pub protocol: Protocol,
    /// `CLIENT REPLY OFF` or `SKIP`: nothing is written but pushes. Redis: `prepareClientToWrite`.
    pub muted: bool,
    /// No more bytes than this are of use: whoever they are for will be closed for them. None: all are.
    pub most: Option<usize>,
    /// They were more, and nothing was written since. Redis: `closeClientOnOutputBufferLimitReached`, at each `addReply…`.
    pub overflowed: bool,
    /// The last error that was written: what the statistics count.
    pub failure: Option<Vec<u8>>,
}

impl Reply {
    /// `+text`
    pub fn simple(&mut self, text: &str) {
        self.line(b'+', text.as_bytes());
    }

    /// `+OK`
    pub fn ok(&mut self) {
        self.raw(b"+OK\r\n");
    }

    /// `-message`: the error's code is its first word, such as `ERR` or `NOAUTH`. Bytes that would end
    /// the line become spaces.
    pub fn error(&mut self, message: impl AsRef<[u8]>) {
        self.failure = Some(message.as_ref().to_vec());
        if self.muted {
            return;
        }
        self.bytes.push(b'-');
        self.bytes.extend(message.as_ref().iter().map(|&b| if b == b'\r' || b == b'\n' { b' ' } else { b }));
        self.bytes.extend(b"\r\n");
    }

    /// The error for a command on a value of another type.
    pub fn wrong_type(&mut self) {
        self.error(WRONG_TYPE);
    }

    /// `:n`
    pub fn integer(&mut self, n: i64) {
        self.number(b':', n);
    }

    /// `$len bytes`
    pub fn bulk(&mut self, bytes: impl AsRef<[u8]>) {
        if self.muted {
            return;
        }
        write_bulk(&mut self.bytes, bytes.as_ref());
        self.stop_if_useless();
    }

    fn stop_if_useless(&mut self) {
        if self.most.is_some_and(|most| self.bytes.len() > most) {
            (self.muted, self.overflowed) = (true, true);
        }
    }

    /// The decimal of a number as a bulk string.
    pub fn bulk_integer(&mut self, n: i64) {
        if !self.muted {
            let mut digits = [0; DIGITS];
            let at = decimal(n, &mut digits);
            write_bulk(&mut self.bytes, &digits[at..]);
            self.stop_if_useless();
        }
    }

    /// Text that a terminal should show as it is: `=len txt:…` in RESP3, a bulk string in RESP2.
    pub fn verbatim(&mut self, text: &[u8]) {
        self.verbatim_of(b"txt", text);
    }

    /// The same in another format than `txt`, whose name has three letters: more are cut, spaces make up for less.
    pub fn verbatim_of(&mut self, format: &[u8], text: &[u8]) {
        match self.protocol {
            Protocol::Resp2 => self.bulk(text),
            Protocol::Resp3 => {
                self.number(b'=', text.len() as i64 + 4);
                (0..3).for_each(|at| self.raw(&[format.get(at).copied().unwrap_or(b' ')]));
                self.raw(b":");
                self.raw(text);
                self.raw(b"\r\n");
            }
        }
    }

    /// The absence of a string: `$-1`, in RESP3 `_`.
    pub fn null(&mut self) {
        self.raw(match self.protocol {
            Protocol::Resp2 => b"$-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }

    /// The absence of an array: `*-1`, in RESP3 `_`.
    pub fn null_array(&mut self) {
        self.raw(match self.protocol {
            Protocol::Resp2 => b"*-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }

    /// The head of an array of `len` replies.
    pub fn array(&mut self, len: usize) {
        self.number(b'*', len as i64);
    }

    /// The head of a map of `pairs` pairs of replies: `%n`, in RESP2 an array of twice as many.
    pub fn map(&mut self, pairs: usize) {
        match self.protocol {
            Protocol::Resp2 => self.array(pairs * 2),
            Protocol::Resp3 => self.number(b'%', pairs as i64),
        }
    }

    /// The head of a set of `len` replies: `~n`, in RESP2 an array.
    pub fn set(&mut self, len: usize) {
        self.number(if self.protocol == Protocol::Resp3 { b'~' } else { b'*' }, len as i64);
    }

    /// `true` or `false`: `#t`, `#f`, in RESP2 the integers 1 and 0.
    pub fn boolean(&mut self, value: bool) {
        match self.protocol {
            Protocol::Resp2 => self.integer(i64::from(value)),
            Protocol::Resp3 => self.raw(if value { b"#t\r\n" } else { b"#f\r\n" }),
        }
    }

    /// A floating point number: `,n`, in RESP2 a bulk string.
    pub fn double(&mut self, value: f64) {
        let text = double::text(value);
        match self.protocol {
            Protocol::Resp2 => self.bulk(&*text),
            Protocol::Resp3 => self.line(b',', &text),
        }
    }

    /// A whole number of any size, given by its digits: `(n`, in RESP2 a bulk string.
    pub fn big_number(&mut self, digits: &[u8]) {
        match self.protocol {
            Protocol::Resp2 => self.bulk(digits),
            Protocol::Resp3 => self.line(b'(', digits),
        }
    }

    /// Writes a confirmation of (un)subscribing: `kind`, the channel or null, the count. A push in RESP3,
    /// an array in RESP2, and in both never muted by `CLIENT REPLY OFF`.
    ///
    /// Redis: `src/pubsub.c`, `addReplyPubsubSubscribed` and its siblings.
    pub fn subscription(&mut self, kind: &str, channel: Option<&[u8]>, count: usize) {
        let muted = std::mem::replace(&mut self.muted, false);
        self.raw(if self.protocol == Protocol::Resp3 { b">3\r\n" } else { b"*3\r\n" });
        self.bulk(kind);
        match channel {
            Some(name) => self.bulk(name),
            None => self.null(),
        }
        self.integer(count as i64);
        self.muted = muted;
    }

    /// Bytes that are RESP already.
    pub fn raw(&mut self, bytes: &[u8]) {
        if !self.muted {
            self.bytes.extend_from_slice(bytes);
        }
    }

    fn line(&mut self, kind: u8, text: &[u8]) {
        if !self.muted {
            self.bytes.push(kind);
            self.bytes.extend_from_slice(text);
            self.bytes.extend_from_slice(b"\r\n");
        }
    }

    fn number(&mut self, kind: u8, n: i64) {
        if !self.muted {
            write_number(&mut self.bytes, kind, n);
        }
    }
}

/// Appends `$len\r\nbytes\r\n`.
pub fn write_bulk(out: &mut Vec<u8>, bytes: &[u8]) {
    write_number(out, b'$', bytes.len() as i64);
    out.extend_from_slice(bytes);
    out.extend_from_slice(b"\r\n");
}

/// Appends a type byte, a number and the line's end.
pub fn write_number(out: &mut Vec<u8>, kind: u8, n: i64) {
    // Most numbers are counts and lengths of few digits; formatting them by hand is worth a third of a PING.
    let digit = |n: i64| b'0' + n as u8;
    match n {
        0..10 => return out.extend_from_slice(&[kind, digit(n), b'\r', b'\n']),
        10..100 => return out.extend_from_slice(&[kind, digit(n / 10), digit(n % 10), b'\r', b'\n']),
        _ => {}
    }
    // Made from its end, so that it is appended in one go; as long as the longest.
    let mut line = [0; DIGITS + 3];
    let at = decimal(n, &mut line[1..=DIGITS]);
    line[at] = kind;
    line[DIGITS + 1..].copy_from_slice(b"\r\n");
    out.extend_from_slice(&line[at..]);
}

/// A published message as a subscriber is sent it. Redis: `addReplyPubsubMessage`, `addReplyPubsubPatMessage`.
#[derive(Clone, Copy, Debug)]
pub struct Message<'a> {
    /// By which kind of subscription it comes.
    pub kind: Kind,
    /// The pattern of a `pmessage`.
    pub pattern: Option<&'a [u8]>,
    /// The channel that it was published to.
    pub channel: &'a [u8],
    /// What was published.
    pub payload: &'a [u8],
}

impl Message<'_> {
    /// Appends the whole frame to `out`; without the payload only what comes before it, with the line of its length.
    pub fn write(self, protocol: Protocol, with_payload: bool, out: &mut Vec<u8>) {
        let text = self.channel.len() + self.pattern.map_or(0, <[u8]>::len);
        out.reserve(64 + text + if with_payload { self.payload.len() } else { 0 });
        out.extend_from_slice(self.kind.head(protocol));
        if let Some(pattern) = self.pattern {
            write_bulk(out, pattern);
        }
        write_bulk(out, self.channel);
        if with_payload {
            write_bulk(out, self.payload);
        } else {
            write_number(out, b'$', self.payload.len() as i64);
        }
    }
}

/// The kinds of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `message`: to the subscribers of a channel.
    Message,
    /// `smessage`: to those of a shard channel.
    Smessage,
    /// `pmessage`: to those of a pattern.
    Pmessage,
}

impl Kind {
    /// The word in a frame.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Message => "message",
            Kind::Smessage => "smessage",
            Kind::Pmessage => "pmessage",
        }
    }

    /// How a frame begins: an array in RESP2, a push in RESP3, and the kind's name.
    fn head(self, protocol: Protocol) -> &'static [u8] {
        match (self, protocol) {
            (Kind::Message, Protocol::Resp2) => b"*3\r\n$7\r\nmessage\r\n",
            (Kind::Message, Protocol::Resp3) => b">3\r\n$7\r\nmessage\r\n",
            (Kind::Smessage, Protocol::Resp2) => b"*3\r\n$8\r\nsmessage\r\n",
            (Kind::Smessage, Protocol::Resp3) => b">3\r\n$8\r\nsmessage\r\n",
            (Kind::Pmessage, Protocol::Resp2) => b"*4\r\n$8\r\npmessage\r\n",
            (Kind::Pmessage, Protocol::Resp3) => b">4\r\n$8\r\npmessage\r\n",
        }
    }
}

/// The most bytes a number has in decimal.
const DIGITS: usize = 20;

/// Writes a number in decimal at the end of `digits`, which has room for [`DIGITS`]; returns where it begins.
fn decimal(n: i64, digits: &mut [u8]) -> usize {
    let mut at = digits.len();
    let mut rest = n.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if n < 0 {
        at -= 1;
        digits[at] = b'-';
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    fn written(protocol: Protocol, write: fn(&mut Reply)) -> String {
        let mut reply = Reply { protocol, ..Reply::default() };
        write(&mut reply);
        String::from_utf8(reply.bytes).unwrap().replace("\r\n", " ")
    }

    macro_rules! replies {
        ($($name:ident: $write:expr => $resp2:literal, $resp3:literal;)*) => {$(
            #[test]
            fn $name() {
                assert_eq!(written(Protocol::Resp2, $write), $resp2);
                assert_eq!(written(Protocol::Resp3, $write), $resp3);
            }
        )*};
    }

    replies! {
        a_simple_string: |r| r.simple("PONG") => "+PONG ", "+PONG ";
        an_error_stays_on_its_line: |r| r.error("ERR a\r\nb") => "-ERR a  b ", "-ERR a  b ";
        an_integer: |r| r.integer(-120) => ":-120 ", ":-120 ";
        the_smallest_integer: |r| r.integer(i64::MIN) => ":-9223372036854775808 ", ":-9223372036854775808 ";
        a_bulk_string: |r| r.bulk("hello") => "$5 hello ", "$5 hello ";
        a_number_as_a_bulk_string: |r| r.bulk_integer(i64::MIN) => "$20 -9223372036854775808 ", "$20 -9223372036854775808 ";
        a_verbatim_string: |r| r.verbatim(b"hi") => "$2 hi ", "=6 txt:hi ";
        a_null: |r| r.null() => "$-1 ", "_ ";
        a_null_array: |r| r.null_array() => "*-1 ", "_ ";
        a_map: |r| r.map(7) => "*14 ", "%7 ";
        a_set: |r| r.set(3) => "*3 ", "~3 ";
        a_boolean: |r| r.boolean(true) => ":1 ", "#t ";
        a_double: |r| r.double(1.5) => "$3 1.5 ", ",1.5 ";
        a_whole_double: |r| r.double(3.0) => "$1 3 ", ",3 ";
        infinity: |r| r.double(f64::NEG_INFINITY) => "$4 -inf ", ",-inf ";
        a_confirmation: |r| r.subscription("subscribe", Some(b"a"), 1)
            => "*3 $9 subscribe $1 a :1 ", ">3 $9 subscribe $1 a :1 ";
        a_confirmation_without_a_channel: |r| r.subscription("unsubscribe", None, 0)
            => "*3 $11 unsubscribe $-1 :0 ", ">3 $11 unsubscribe _ :0 ";
        client_reply_off_mutes_all_but_pushes: |r| { r.muted = true; r.ok(); r.bulk("x"); r.error("ERR");
            r.map(1); r.subscription("subscribe", Some(b"a"), 1); r.null(); }
            => "*3 $9 subscribe $1 a :1 ", ">3 $9 subscribe $1 a :1 ";
    }

    quickcheck! {
        fn numbers_are_written_as_the_standard_library_does(n: i64) -> bool {
            let mut out = Vec::new();
            write_number(&mut out, b':', n);
            out == format!(":{n}\r\n").into_bytes()
        }
    }
}
