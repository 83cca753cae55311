//! Requests of HTTP and the replies to them, as bytes.
//!
//! Redis: none.
//!
//! The page needs little of HTTP, and what it does not need is refused: no method but GET and HEAD, no body, no name of
//! another server, and each connection is closed after one reply. `httparse` takes the head apart; what it means is decided
//! here.

use data_encoding::BASE64;
use httparse::{EMPTY_HEADER, Error, Header, Request as Raw, Status};
use std::fmt::Write;

/// The longest head of a request, in bytes.
pub const HEAD_BYTES: usize = 8 * 1024;
/// The most headers.
const HEADERS: usize = 64;
/// The longest path.
const PATH_BYTES: usize = 1024;

/// What the beginning of a connection is.
#[derive(Debug, PartialEq, Eq)]
pub enum Parsed {
    /// Not yet a whole head.
    Unfinished,
    /// A request that is refused, with this status.
    Refused(u16),
    /// A request, and how many bytes its head has.
    Whole(Request, usize),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The path, without a query.
    pub path: String,
    /// Whether it is HEAD, whose reply has no body.
    pub is_head: bool,
    /// `Host`.
    pub host: String,
    /// `Origin`.
    pub origin: Option<String>,
    /// The user and the password of `Authorization: Basic`.
    pub credentials: Option<(Vec<u8>, Vec<u8>)>,
    /// `Sec-WebSocket-Key`, if a WebSocket is asked for.
    pub websocket: Option<String>,
}

/// Reads the head of a request.
pub fn parse(bytes: &[u8]) -> Parsed {
    let mut headers = [EMPTY_HEADER; HEADERS];
    let mut raw = Raw::new(&mut headers);
    match raw.parse(bytes) {
        Ok(Status::Complete(length)) if length <= HEAD_BYTES => match request(&raw) {
            Ok(request) => Parsed::Whole(request, length),
            Err(status) => Parsed::Refused(status),
        },
        Ok(Status::Partial) if bytes.len() < HEAD_BYTES => Parsed::Unfinished,
        Ok(_) | Err(Error::TooManyHeaders) => Parsed::Refused(431),
        Err(Error::Version) => Parsed::Refused(505),
        Err(_) => Parsed::Refused(400),
    }
}

/// What the head asks for, or the status that refuses it.
fn request(raw: &Raw<'_, '_>) -> Result<Request, u16> {
    let is_head = match raw.method {
        Some("GET") => false,
        Some("HEAD") => true,
        _ => return Err(405),
    };
    let headers = Headers(raw.headers);
    if headers.one("transfer-encoding")?.is_some() || headers.one("content-length")?.is_some_and(|n| n != "0")
    {
        return Err(413);
    }
    let target = raw.path.filter(|target| target.starts_with('/')).ok_or(400_u16)?;
    let path = target.split('?').next().unwrap_or_default();
    if path.len() > PATH_BYTES {
        return Err(414);
    }
    let authorization = headers.one("authorization")?;
    Ok(Request {
        path: path.into(),
        is_head,
        host: headers.one("host")?.ok_or(400_u16)?.into(),
        origin: headers.one("origin")?.map(String::from),
        credentials: authorization.map(|value| basic(value).ok_or(400_u16)).transpose()?,
        websocket: if headers.has_word("upgrade", "websocket") { Some(headers.key(is_head)?) } else { None },
    })
}

/// The user and the password of a header's value. A user without a name is the default one, as in `AUTH password`.
fn basic(value: &str) -> Option<(Vec<u8>, Vec<u8>)> {
    let (scheme, encoded) = value.split_once(' ')?;
    let text = BASE64.decode(encoded.trim().as_bytes()).ok()?;
    let colon = text.iter().position(|&b| b == b':')?;
    let user = if colon == 0 { b"default".to_vec() } else { text[..colon].to_vec() };
    scheme.eq_ignore_ascii_case("basic").then(|| (user, text[colon + 1..].to_vec()))
}

/// The headers of a request.
struct Headers<'a>(&'a [Header<'a>]);

impl Headers<'_> {
    /// The values of the headers of this name, which are text.
    fn all(&self, name: &str) -> impl Iterator<Item = Result<&str, u16>> {
        let named = self.0.iter().filter(move |header| header.name.eq_ignore_ascii_case(name));
        named.map(|header| std::str::from_utf8(header.value).map(str::trim).map_err(|_| 400))
    }

    /// The value of a header that stands there once, or not.
    fn one(&self, name: &str) -> Result<Option<&str>, u16> {
        let mut all = self.all(name);
        match (all.next(), all.next()) {
            (value, None) => value.transpose(),
            _ => Err(400),
        }
    }

    /// Whether a word is among those of a header that lists words.
    fn has_word(&self, name: &str, word: &str) -> bool {
        self.all(name)
            .flatten()
            .flat_map(|value| value.split(','))
            .any(|one| one.trim().eq_ignore_ascii_case(word))
    }

    /// The key of a request for a WebSocket that is as it must be (RFC 6455, 4.2.1).
    fn key(&self, is_head: bool) -> Result<String, u16> {
        if self.one("sec-websocket-version")? != Some("13") {
            return Err(426);
        }
        let key = self.one("sec-websocket-key")?.ok_or(400_u16)?;
        let is_key = BASE64.decode(key.as_bytes()).is_ok_and(|bytes| bytes.len() == 16);
        if is_head || !is_key || !self.has_word("connection", "upgrade") {
            return Err(400);
        }
        Ok(key.into())
    }
}

/// What a page may do in the browser: nothing but what this server has sent.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A reply with this status, and a body unless the request was HEAD.
pub fn reply(status: u16, kind: &str, body: &[u8], is_head: bool) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    let mut header = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = write!(head, "{name}: {value}\r\n");
    };
    header("Content-Type", kind);
    header("Content-Length", &body.len().to_string());
    header("Connection", "close");
    header("Cache-Control", "no-store");
    header("Content-Security-Policy", POLICY);
    header("Cross-Origin-Opener-Policy", "same-origin");
    header("Cross-Origin-Resource-Policy", "same-origin");
    header("Referrer-Policy", "no-referrer");
    header("X-Content-Type-Options", "nosniff");
    header("X-Frame-Options", "DENY");
    match status {
        401 => header("WWW-Authenticate", "Basic realm=\"cutaway\", charset=\"UTF-8\""),
        405 => header("Allow", "GET, HEAD"),
        426 => header("Sec-WebSocket-Version", "13"),
        _ => {}
    }
    head.push_str("\r\n");
    let mut reply = head.into_bytes();
    if !is_head {
        reply.extend_from_slice(body);
    }
    reply
}

/// A reply of one line of text.
pub fn line(status: u16, text: &str, is_head: bool) -> Vec<u8> {
    reply(status, "text/plain; charset=utf-8", format!("{text}\n").as_bytes(), is_head)
}

/// The reply that makes a connection a WebSocket.
pub fn switching(key: &str) -> Vec<u8> {
    let accept = tungstenite::handshake::derive_accept_key(key.as_bytes());
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes()
}

/// What a status means, for people.
pub fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        413 => "Content Too Large",
        414 => "URI Too Long",
        421 => "Misdirected Request",
        426 => "Upgrade Required",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        503 => "Service Unavailable",
        505 => "HTTP Version Not Supported",
        _ => "Error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(head: &str) -> Parsed {
        parse(head.replace('\n', "\r\n").as_bytes())
    }

    #[test]
    fn a_request_is_a_path_a_host_and_perhaps_a_password() {
        let head = "GET /metrics?x=1 HTTP/1.1\nhost: localhost:8379\nAuthorization: Basic OnBhOnNz\n\n";
        let request = Request {
            path: "/metrics".into(),
            is_head: false,
            host: "localhost:8379".into(),
            origin: None,
            credentials: Some((b"default".to_vec(), b"pa:ss".to_vec())),
            websocket: None,
        };
        assert_eq!(parsed(head), Parsed::Whole(request, head.replace('\n', "\r\n").len()));
        assert_eq!(parsed("GET / HTTP/1.1\nHost: a\n"), Parsed::Unfinished);
    }

    #[test]
    fn what_the_page_does_not_need_is_refused() {
        let cases = [
            ("POST / HTTP/1.1\nHost: a\n\n", 405),
            ("GET http://a/ HTTP/1.1\nHost: a\n\n", 400),
            ("GET / HTTP/1.1\n\n", 400),
            ("GET / HTTP/1.1\nHost: a\nHost: b\n\n", 400),
            ("GET / HTTP/1.1\nHost: a\nContent-Length: 1\n\nx", 413),
            ("GET / HTTP/1.1\nHost: a\nTransfer-Encoding: chunked\n\n", 413),
            ("GET / HTTP/1.1\nHost: a\nAuthorization: Bearer x\n\n", 400),
            ("GET / HTTP/1.1\nHost: a\nAuthorization: Basic !\n\n", 400),
            ("GET / HTTP/2.0\nHost: a\n\n", 505),
            ("*1\n$4\nPING\n", 400),
            ("\u{16}\u{3}\u{1}", 400),
            ("GET / HTTP/1.1\nHost: a\nUpgrade: websocket\nSec-WebSocket-Version: 8\n\n", 426),
            ("GET / HTTP/1.1\nHost: a\nUpgrade: websocket\nSec-WebSocket-Version: 13\n\n", 400),
        ];
        for (head, status) in cases {
            assert_eq!(parsed(head), Parsed::Refused(status), "{head:?}");
        }
        let long = format!("GET / HTTP/1.1\nHost: a\nX: {}\n\n", "x".repeat(HEAD_BYTES));
        assert_eq!(parsed(&long), Parsed::Refused(431));
        assert_eq!(parsed(&long[..long.len() - 2]), Parsed::Refused(431));
        assert_eq!(
            parsed(&format!("GET / HTTP/1.1\n{}\n", "A: b\n".repeat(HEADERS + 1))),
            Parsed::Refused(431)
        );
        assert_eq!(
            parsed(&format!("GET /{} HTTP/1.1\nHost: a\n\n", "x".repeat(PATH_BYTES))),
            Parsed::Refused(414)
        );
    }

    #[test]
    fn a_websocket_is_asked_for_with_a_key() {
        let head = "GET /live HTTP/1.1\nHost: a\nUpgrade: WebSocket\nConnection: keep-alive, Upgrade\n\
            Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n";
        let Parsed::Whole(request, _) = parsed(head) else { panic!("{:?}", parsed(head)) };
        assert_eq!(request.websocket.as_deref(), Some("dGhlIHNhbXBsZSBub25jZQ=="));
        // The example of RFC 6455.
        let reply = String::from_utf8(switching("dGhlIHNhbXBsZSBub25jZQ==")).unwrap();
        assert!(reply.contains("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{reply}");
    }
}
