//! Bytes become a request: a resumable parser of multibulk and inline commands.
//!
//! Redis: `src/networking.c`, `processMultibulkBuffer` and `processInlineBuffer`.
//!
//! Different on purpose: the parser copies nothing. It answers with [`Span`]s into the buffer that it was
//! given; [`Request`] lends them out as byte slices. Redis makes an object of each argument.
//!
//! ```text
//! *2\r\n $4\r\nECHO\r\n $2\r\nhi\r\n        a multibulk request: how many words, then each with its length
//! ECHO hi\r\n                               an inline request, for people with telnet
//! ```
//!
//! Whatever the split of the bytes, the requests are the same: nothing that was scanned is scanned twice
//! (a client that sends a million words in small pieces costs no more than one that sends them whole).

use crate::text::integer::parse_integer;
use crate::text::words::split_words;
use memchr::memchr2;
use std::ops::Index;

/// The longest inline request, and the longest line that announces a length. Redis: `PROTO_INLINE_MAX_SIZE`.
const INLINE_MAX: usize = 64 * 1024;
/// What a client that has not yet authenticated may announce: words of a request, bytes of a word.
const UNAUTHENTICATED_WORDS: i64 = 10;
const UNAUTHENTICATED_BULK: i64 = 16384;

/// Where a word lies in the buffer: `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What the parser may accept from this client now.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `proto-max-bulk-len`: the longest word in bytes.
    pub max_bulk: usize,
    /// Whether the client still has to authenticate: then lengths are kept small.
    pub unauthenticated: bool,
}

/// The client broke the protocol: it gets `-ERR Protocol error: …` and is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProtocolError(pub String);

/// A parser that can stop at any byte and go on when more have come.
///
/// Its places are relative to the start of the buffer that [`RequestParser::parse`] is given; the caller
/// keeps the bytes from there on until the request is complete.
#[derive(Debug, Default)]
// ANCHOR: parser
pub struct RequestParser {
    /// The words found so far.
    spans: Vec<Span>,
    /// Words still to come; 0 between requests.
    words_left: usize,
    /// The announced length of the word being read.
    bulk_len: Option<usize>,
    /// The first byte not yet understood.
    position: usize,
    /// How far the search for a line's end has come, so that it is not searched again.
    searched: usize,
    /// The words of an inline request, one after another: quoting rules change bytes, so they are copied.
    inline: Vec<u8>,
    is_inline: bool,
}
// ANCHOR_END: parser

impl RequestParser {
    /// Reads one request from `buffer`. `Ok(true)`: it is complete, [`RequestParser::request`] lends it and
    /// [`RequestParser::consumed`] bytes are spent. `Ok(false)`: call again with the same bytes and more.
    /// A request without words (`*0`, an empty line) is complete and has length 0.
    // ANCHOR: parse
    pub fn parse(&mut self, buffer: &[u8], limits: Limits) -> Result<bool, ProtocolError> {
        if self.words_left == 0 {
            match buffer.first() {
                None => return Ok(false),
                Some(b'*') => match self.multibulk_header(buffer, limits)? {
                    Some(0) => return Ok(true),
                    Some(words) => self.words_left = words,
                    None => return Ok(false),
                },
                Some(_) => return self.inline_request(buffer),
            }
        }
        while self.words_left > 0 {
            if !self.word(buffer, limits)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
    // ANCHOR_END: parse

    /// The complete request: `buffer` must be the one last given to [`RequestParser::parse`].
    pub fn request<'a>(&'a self, buffer: &'a [u8]) -> Request<'a> {
        Request { bytes: if self.is_inline { &self.inline } else { buffer }, spans: &self.spans }
    }

    /// How many bytes the complete request took.
    pub fn consumed(&self) -> usize {
        self.position
    }

    /// Forgets the request, ready for the next.
    pub fn reset(&mut self) {
        self.spans.clear();
        self.inline.clear();
        (self.words_left, self.bulk_len, self.position, self.searched) = (0, None, 0, 0);
        self.is_inline = false;
        if self.spans.capacity() > 1024 {
            self.spans.shrink_to(1024);
        }
        if self.inline.capacity() > 1024 {
            self.inline.shrink_to(1024);
        }
    }

    /// How many bytes the unfinished word still needs beyond `buffered`, if its length is known: what a
    /// loop may read at once for it.
    pub fn wanted(&self, buffered: usize) -> usize {
        self.bulk_len.map_or(0, |len| (self.position + len + 2).saturating_sub(buffered))
    }

    /// The memory behind this parser in bytes, the words' places included.
    pub fn memory(&self) -> usize {
        self.spans.capacity() * size_of::<Span>() + self.inline.capacity()
    }

    fn multibulk_header(&mut self, buffer: &[u8], limits: Limits) -> Result<Option<usize>, ProtocolError> {
        if let Some((words @ 0..10, line)) = short_length(&buffer[1..]) {
            self.position = 1 + line;
            return Ok(Some(words));
        }
        let Some(line) = self.line(buffer, "too big mbulk count string")? else { return Ok(None) };
        match parse_integer(&line[1..]) {
            Some(words) if words <= i64::from(i32::MAX) => {
                if words > UNAUTHENTICATED_WORDS && limits.unauthenticated {
                    return Err(ProtocolError("unauthenticated multibulk length".into()));
                }
                Ok(Some(words.max(0) as usize))
            }
            _ => Err(ProtocolError("invalid multibulk length".into())),
        }
    }

    /// Reads one `$length\r\nbytes\r\n`; false when it is not all there.
    // ANCHOR: word
    fn word(&mut self, buffer: &[u8], limits: Limits) -> Result<bool, ProtocolError> {
        let len = match self.bulk_len {
            Some(len) => len,
            None => match self.bulk_header(buffer, limits)? {
                Some(len) => len,
                None => return Ok(false),
            },
        };
        let end = self.position + len;
        if buffer.len() < end + 2 {
            self.bulk_len = Some(len);
            return Ok(false);
        }
        // As in Redis the two bytes after the word are not looked at.
        self.spans.push(Span { start: self.position, end });
        (self.position, self.searched) = (end + 2, end + 2);
        self.bulk_len = None;
        self.words_left -= 1;
        Ok(true)
    }
    // ANCHOR_END: word

    /// Reads `$length\r\n`; None when it is not all there.
    fn bulk_header(&mut self, buffer: &[u8], limits: Limits) -> Result<Option<usize>, ProtocolError> {
        let start = self.position;
        if let Some([b'$', rest @ ..]) = buffer.get(start..)
            && let Some((len, line)) = short_length(rest)
            && len <= limits.max_bulk
        {
            self.position += 1 + line;
            return Ok(Some(len));
        }
        let Some(line) = self.line(buffer, "too big bulk count string")? else { return Ok(None) };
        if buffer[start] != b'$' {
            let got = printable(buffer[start]);
            return Err(ProtocolError(format!("expected '$', got '{got}'")));
        }
        let len = parse_integer(&line[1..])
            .filter(|&len| len >= 0 && len as usize <= limits.max_bulk)
            .ok_or_else(|| ProtocolError("invalid bulk length".into()))?;
        if len > UNAUTHENTICATED_BULK && limits.unauthenticated {
            return Err(ProtocolError("unauthenticated bulk length".into()));
        }
        Ok(Some(len as usize))
    }

    /// The line that begins at `position`, without its `\r\n`; steps over it. None: its end has not come, or a NUL stands
    /// before it, which ends the search for ever, as in Redis (`strchr`).
    fn line<'a>(&mut self, buffer: &'a [u8], too_long: &str) -> Result<Option<&'a [u8]>, ProtocolError> {
        let start = self.position;
        let from = self.searched.max(start);
        match memchr2(b'\r', 0, &buffer[from..]).map(|at| from + at) {
            None if buffer.len() - start > INLINE_MAX => Err(ProtocolError(too_long.into())),
            None => {
                self.searched = buffer.len();
                Ok(None)
            }
            Some(end) if buffer[end] == 0 && buffer.len() - start > INLINE_MAX => {
                Err(ProtocolError(too_long.into()))
            }
            Some(end) if buffer[end] == 0 || end + 2 > buffer.len() => {
                self.searched = end;
                Ok(None)
            }
            Some(end) => {
                // The byte after '\r' is taken for a '\n' unseen, as in Redis.
                (self.position, self.searched) = (end + 2, end + 2);
                Ok(Some(&buffer[start..end]))
            }
        }
    }

    fn inline_request(&mut self, buffer: &[u8]) -> Result<bool, ProtocolError> {
        // As in `line`, a NUL ends the search for ever.
        let found = memchr2(b'\n', 0, &buffer[self.searched..]).map(|at| self.searched + at);
        let Some(newline) = found.filter(|&at| buffer[at] == b'\n') else {
            self.searched = found.unwrap_or(buffer.len());
            if buffer.len() > INLINE_MAX {
                return Err(ProtocolError("too big inline request".into()));
            }
            return Ok(false);
        };
        let line = buffer[..newline].strip_suffix(b"\r").unwrap_or(&buffer[..newline]);
        let words = split_words(line).map_err(|_| ProtocolError("unbalanced quotes in request".into()))?;
        for word in words {
            let start = self.inline.len();
            self.inline.extend(&word);
            self.spans.push(Span { start, end: self.inline.len() });
        }
        self.is_inline = true;
        self.position = newline + 1;
        Ok(true)
    }
}

/// A complete request: its words, lent from the buffer they came in. `request[0]` is the command's name.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) spans: &'a [Span],
}

impl<'a> Request<'a> {
    /// How many words, the command's name included.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no word at all: an empty line, `*0`, `*-1`. Such requests get no reply.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The word at `index`, for as long as the buffer lives.
    // ANCHOR: request-get
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        self.spans.get(index).map(|span| &self.bytes[span.start..span.end])
    }
    // ANCHOR_END: request-get

    /// The request that the words from `start` on are: a command that names another has one in itself.
    pub fn after(&self, start: usize) -> Request<'a> {
        Request { bytes: self.bytes, spans: &self.spans[start.min(self.spans.len())..] }
    }

    /// The words from `start` on.
    pub fn from(
        &self,
        start: usize,
    ) -> impl ExactSizeIterator<Item = &'a [u8]> + DoubleEndedIterator + Clone + 'a {
        let bytes = self.bytes;
        self.spans[start.min(self.spans.len())..].iter().map(move |span| &bytes[span.start..span.end])
    }
}

impl Index<usize> for Request<'_> {
    type Output = [u8];

    /// # Panics
    /// When there is no such word: handlers run only after their arity was checked.
    fn index(&self, index: usize) -> &[u8] {
        let span = self.spans[index];
        &self.bytes[span.start..span.end]
    }
}

/// A length of one or two digits and its line's end, if that is what `bytes` begins with: most are, and need no
/// search. Returns the length and how many bytes it took.
fn short_length(bytes: &[u8]) -> Option<(usize, usize)> {
    let digit = |byte: u8| usize::from(byte - b'0');
    match *bytes {
        [one @ b'0'..=b'9', b'\r', _, ..] => Some((digit(one), 3)),
        [ten @ b'1'..=b'9', one @ b'0'..=b'9', b'\r', _, ..] => Some((digit(ten) * 10 + digit(one), 4)),
        _ => None,
    }
}

/// A byte for an error text: line ends would break the reply in two, so they become spaces, as in Redis.
fn printable(byte: u8) -> char {
    match byte {
        b'\r' | b'\n' => ' ',
        _ => char::from(byte),
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
