//! One connection as far as it speaks HTTP: the head of a request comes, the loop is asked whether it may, the reply goes.
//!
//! Redis: none.
//!
//! ```text
//! Head ─► Asking ─► Writing ─► Lingering ─► gone
//!   └─ refused ────► ▲  └────► a page
//! ```
//!
//! Every phase has an end in time, so a peer that sends or reads slowly holds a connection for some seconds and nothing else.
//! A wrong password is answered after a second: few can be tried.

use super::gate::{Rules, is_same_origin};
use super::http::{self, HEAD_BYTES, Parsed, Request};
use super::line::{Answer, Ask, Id};
use super::{metrics, site};
use crate::server::Admission;
use mio::net::TcpStream;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::time::{Duration, Instant};

/// How long a head may take to come, a reply to go, and the loop to answer.
const HEAD: Duration = Duration::from_secs(5);
const REPLY: Duration = Duration::from_secs(10);
const LOOP: Duration = Duration::from_secs(5);
/// The same for `/health`, whose question is just that.
const HEALTH: Duration = Duration::from_secs(2);
/// When a wrong password is answered.
const WRONG: Duration = Duration::from_secs(1);
/// How long a peer is listened to that has had its reply: what it still sends must be read, or the reply may be lost.
const LINGER: Duration = Duration::from_secs(2);
/// How many bytes of that are read.
const MOST_LINGERING: usize = 256 * 1024;

/// Where the WebSocket is.
pub const SOCKET: &str = "/live";

/// A connection.
pub struct Connection {
    /// Its name.
    pub id: Id,
    stream: TcpStream,
    local: SocketAddr,
    /// Whether the peer is on this machine.
    is_local: bool,
    /// When the phase ends at the latest.
    pub until: Instant,
    phase: Phase,
}

enum Phase {
    /// The head comes; what has come of it.
    Head(Vec<u8>),
    /// The loop is asked; the request, and what came behind it.
    Asking(Request, Vec<u8>),
    /// The password was wrong.
    Waiting(bool),
    /// The reply goes, from this byte on; then the connection is a page if it is one.
    Writing(Vec<u8>, usize, Option<(Request, Vec<u8>)>),
    /// The reply is gone; how many bytes have come since.
    Lingering(usize),
}

/// What a connection comes to.
pub enum Next {
    /// Nothing: it waits for its socket, or the loop.
    Wait,
    /// The loop is to be asked this.
    Ask(Ask),
    /// It is a WebSocket now; its first bytes may have come already.
    Page(Request, Vec<u8>),
    /// It is over.
    Gone,
}

impl Connection {
    /// A connection that was accepted.
    pub fn new(id: Id, stream: TcpStream, peer: SocketAddr, now: Instant) -> std::io::Result<Connection> {
        let local = stream.local_addr()?;
        let is_local = peer.ip().to_canonical().is_loopback();
        Ok(Connection { id, stream, local, is_local, until: now + HEAD, phase: Phase::Head(Vec::new()) })
    }

    /// A WebSocket that has ended: what its peer still sends is read for a moment.
    pub fn lingering(id: Id, stream: TcpStream, local: SocketAddr, now: Instant) -> Connection {
        let _ = stream.shutdown(Shutdown::Write);
        let phase = Phase::Lingering(0);
        Connection { id, stream, local, is_local: false, until: now + LINGER, phase }
    }

    /// The socket, to be watched.
    pub fn stream(&mut self) -> &mut TcpStream {
        &mut self.stream
    }

    /// The address that the peer came to.
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Takes the socket out: the connection is a page.
    pub fn into_stream(self) -> TcpStream {
        self.stream
    }

    /// Whether a WebSocket was asked for, and the loop is asked whether it may be.
    pub fn is_for_page(&self) -> bool {
        matches!(&self.phase, Phase::Asking(request, _) if request.path == SOCKET)
    }

    /// Whether it will be a page when its reply is gone.
    pub fn is_granted_page(&self) -> bool {
        matches!(&self.phase, Phase::Writing(_, _, Some(_)))
    }

    /// Goes on as far as the socket lets it.
    pub fn drive(&mut self, rules: &Rules, now: Instant) -> Next {
        loop {
            match &mut self.phase {
                Phase::Head(head) => match read(&mut self.stream, head) {
                    Ok(true) => match http::parse(head) {
                        Parsed::Unfinished => {}
                        Parsed::Refused(status) => self.refuse(status, http::reason(status), false, now),
                        Parsed::Whole(request, length) => {
                            let rest = head.split_off(length);
                            if let Some(ask) = self.decide(request, rest, rules, now) {
                                return Next::Ask(ask);
                            }
                        }
                    },
                    Ok(false) => return Next::Wait,
                    Err(()) => return Next::Gone,
                },
                Phase::Asking(..) | Phase::Waiting(_) => return Next::Wait,
                Phase::Writing(bytes, at, page) => match self.stream.write(&bytes[*at..]) {
                    Ok(count) => {
                        *at += count;
                        if *at < bytes.len() {
                            continue;
                        }
                        if let Some((request, rest)) = page.take() {
                            return Next::Page(request, rest);
                        }
                        let _ = self.stream.shutdown(Shutdown::Write);
                        self.phase = Phase::Lingering(0);
                        self.until = now + LINGER;
                    }
                    Err(error) if error.kind() == ErrorKind::WouldBlock => return Next::Wait,
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_) => return Next::Gone,
                },
                Phase::Lingering(count) => {
                    let mut bytes = Vec::new();
                    match read(&mut self.stream, &mut bytes) {
                        Ok(true) if *count < MOST_LINGERING => *count += bytes.len(),
                        Ok(false) => return Next::Wait,
                        _ => return Next::Gone,
                    }
                }
            }
        }
    }

    /// What to ask the loop about a request; None: it has its reply, of refusal.
    fn decide(&mut self, request: Request, rest: Vec<u8>, rules: &Rules, now: Instant) -> Option<Ask> {
        let is_socket = request.path == SOCKET;
        let refusal = match (&*request.path, &request.websocket) {
            // The reply reveals nothing, and a health check may know the server by any name.
            ("/health", _) => None,
            _ if !rules.knows_host(&request.host, self.local) => {
                Some((403, "this server does not go by that name (live-hosts)"))
            }
            (_, Some(_)) if is_socket => {
                let is_own = |origin: &String| is_same_origin(origin, &request.host);
                let is_foreign = request.origin.as_ref().is_some_and(|origin| !is_own(origin));
                is_foreign.then_some((403, "a page of another site may not connect"))
            }
            _ if is_socket => Some((426, "this is a WebSocket")),
            (path, _) if path == "/metrics" || site::file(path).is_some() => None,
            _ => Some((404, "there is no such page")),
        };
        if let Some((status, why)) = refusal {
            self.refuse(status, why, request.is_head, now);
            return None;
        }
        let (id, is_local) = (self.id, self.is_local);
        let ask = if request.path == "/health" {
            self.until = now + HEALTH;
            Ask::Health(id)
        } else {
            self.until = now + LOOP;
            Ask::Admit { id, is_local, credentials: request.credentials.clone() }
        };
        self.phase = Phase::Asking(request, rest);
        Some(ask)
    }

    /// The loop has answered.
    pub fn answered(&mut self, answer: Answer, now: Instant) -> Next {
        let Phase::Asking(request, rest) = &mut self.phase else { return Next::Wait };
        let is_head = request.is_head;
        let reply = match answer {
            Answer::Health(_, true) => http::line(503, "loading", is_head),
            Answer::Health(_, false) => http::line(200, "ok", is_head),
            Answer::Figures(_, figures) => {
                http::reply(200, metrics::KIND, metrics::text(&figures).as_bytes(), is_head)
            }
            Answer::Admission(_, Admission::Protected) => http::line(
                403,
                "protected mode: not from another machine while there is no password (protected-mode, requirepass)",
                is_head,
            ),
            Answer::Admission(_, Admission::NeedsPassword) => {
                http::line(401, "a password is needed", is_head)
            }
            Answer::Admission(_, Admission::Wrong) => {
                self.phase = Phase::Waiting(is_head);
                self.until = now + WRONG;
                return Next::Wait;
            }
            Answer::Admission(_, Admission::Granted) => match (&request.websocket, site::file(&request.path))
            {
                (Some(key), _) if request.path == SOCKET => {
                    let (reply, page) = (http::switching(key), (request.clone(), std::mem::take(rest)));
                    self.phase = Phase::Writing(reply, 0, Some(page));
                    self.until = now + REPLY;
                    return Next::Wait;
                }
                (_, Some(file)) => http::reply(200, file.kind, file.body().as_bytes(), is_head),
                _ => {
                    self.until = now + LOOP;
                    return Next::Ask(Ask::Figures(self.id));
                }
            },
        };
        self.write(reply, now);
        Next::Wait
    }

    /// The time of the phase is over. True: so is the connection.
    pub fn expire(&mut self, now: Instant) -> bool {
        match &self.phase {
            Phase::Head(head) if !head.is_empty() => {
                self.refuse(408, "the request took too long", false, now);
            }
            Phase::Asking(request, _) => {
                let is_head = request.is_head;
                self.refuse(503, "busy", is_head, now);
            }
            Phase::Waiting(is_head) => {
                let is_head = *is_head;
                self.refuse(401, "wrong user name or password", is_head, now);
            }
            _ => return true,
        }
        false
    }

    /// Replies with a status and a sentence.
    pub fn refuse(&mut self, status: u16, why: &str, is_head: bool, now: Instant) {
        self.write(http::line(status, why, is_head), now);
    }

    fn write(&mut self, reply: Vec<u8>, now: Instant) {
        self.phase = Phase::Writing(reply, 0, None);
        self.until = now + REPLY;
    }
}

/// Reads what is there, once. False: nothing is; an error: the peer has gone.
fn read(stream: &mut TcpStream, into: &mut Vec<u8>) -> Result<bool, ()> {
    let mut buffer = [0; HEAD_BYTES];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => return Err(()),
            Ok(count) => {
                into.extend_from_slice(&buffer[..count]);
                return Ok(true);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return Err(()),
        }
    }
}
