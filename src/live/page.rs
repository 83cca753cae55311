//! An open page: a WebSocket, what it watches, its session and its console.
//!
//! Redis: none.
//!
//! A page that reads slowly is shown less: while something waits for its socket, nothing is added but what was promised (the
//! answers of its session and its console), and those wait where they are. So a page takes no more memory than its longest
//! message.

use super::aside::{Aside, Tokens};
use super::line::{Ask, Id};
use super::message::{Message, View};
use super::share::Share;
use mio::Registry;
use mio::net::TcpStream;
use serde_json::json;
use std::net::SocketAddr;
use std::process::Command;
use std::time::{Duration, Instant};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tungstenite::{Bytes, Error, Message as Frame, WebSocket};

/// The longest message of a page, in bytes: a scenario that it loads.
pub const MOST_HEARD: usize = 256 * 1024;
/// The longest message to a page.
const MOST_SAID: usize = 16 << 20;
/// Messages of a page that are heard before the others have their turn.
const HEARD_AT_ONCE: usize = 16;
/// From one view that the loop is told to the next: each costs it a turn. The page is not heard meanwhile.
const VIEWS: Duration = Duration::from_millis(100);
/// How long a page may be silent before it is asked whether it is there, and before it is given up.
const QUIET: Duration = Duration::from_secs(30);
const LOST: Duration = Duration::from_secs(75);
/// How long something may wait for its socket.
const STUCK: Duration = Duration::from_secs(30);

/// What a page may, and with what.
pub struct Rights {
    /// How a session is started.
    pub session: fn() -> Command,
    /// Whether commands may be sent to the server.
    pub console: bool,
}

/// An open page.
pub struct Page {
    pub id: Id,
    socket: WebSocket<Share>,
    local: SocketAddr,
    credentials: Option<(Vec<u8>, Vec<u8>)>,
    /// Since when something waits for the socket.
    pending: Option<Instant>,
    /// A view that the loop was not told yet; Some(None): that it watches nothing.
    view: Option<Option<View>>,
    /// When it may be told the next one.
    tell_at: Instant,
    /// How many turns it was shown, and how many steps it was not.
    number: u64,
    dropped: u64,
    aside: Aside,
    /// When it was last heard of, and asked.
    heard: Instant,
    asked: Instant,
}

/// What has become of a page that was driven.
pub enum Outcome {
    /// It waits.
    Waits,
    /// It has more to say.
    GoesOn,
    /// It is over: nothing can be sent any more.
    Gone,
    /// It is over, and its peer may still be sending.
    Ended,
}

impl Page {
    /// A page behind a connection that has just become a WebSocket.
    pub fn new(
        id: Id,
        stream: TcpStream,
        local: SocketAddr,
        rest: Vec<u8>,
        credentials: Option<(Vec<u8>, Vec<u8>)>,
        now: Instant,
    ) -> Page {
        let config = WebSocketConfig::default()
            .read_buffer_size(16 * 1024)
            .write_buffer_size(64 * 1024)
            .max_write_buffer_size(MOST_SAID + (1 << 20))
            .max_message_size(Some(MOST_HEARD))
            .max_frame_size(Some(MOST_HEARD));
        Page {
            id,
            socket: WebSocket::from_partially_read(Share::of(stream), rest, Role::Server, Some(config)),
            local,
            credentials,
            pending: None,
            view: None,
            tell_at: now,
            number: 0,
            dropped: 0,
            aside: Aside::default(),
            heard: now,
            asked: now,
        }
    }

    /// Takes the socket out, and the address that its peer came to.
    pub fn into_stream(self) -> (TcpStream, SocketAddr) {
        (self.socket.into_inner().into_stream(), self.local)
    }

    /// Sends what the page is told first.
    pub fn greet(&mut self, rights: &Rights, now: Instant) -> Outcome {
        let hello = json!({ "hello": { "version": env!("CARGO_PKG_VERSION"), "console": rights.console } });
        // What it watches before it says what.
        self.view = Some(Some(View::default()));
        self.say(hello.to_string(), now)
    }

    /// Shows a turn's steps, a list in JSON; with those that were left out before it.
    pub fn show_turn(
        &mut self,
        time_ms: u64,
        count: usize,
        steps: &str,
        left_out: u64,
        now: Instant,
    ) -> Outcome {
        self.dropped += left_out;
        if self.pending.is_some() {
            self.dropped += count as u64;
            return Outcome::Waits;
        }
        self.number += 1;
        let (number, dropped) = (self.number, self.dropped);
        let text = format!(
            r#"{{"live":{{"number":{number},"time_ms":{time_ms},"dropped":{dropped},"steps":{steps}}}}}"#
        );
        self.say(text, now)
    }

    /// Shows a picture, or what operators ask. A page that cannot take it is shown the next one.
    pub fn show(&mut self, text: &str, now: Instant) -> Outcome {
        if self.pending.is_some() { Outcome::Waits } else { self.say(text.into(), now) }
    }

    /// Goes on as far as the socket lets it: sends what waits, passes on what session and console answer, hears the page.
    /// `ask` hands an ask to the loop; false: it has no room.
    pub fn drive(
        &mut self,
        rights: &Rights,
        registry: &Registry,
        tokens: &Tokens,
        ask: &mut dyn FnMut(Ask) -> bool,
        now: Instant,
    ) -> Outcome {
        self.socket.get_mut().begin_turn();
        if self.pending.is_some() {
            match self.flush(now) {
                Outcome::Waits => {}
                over => return over,
            }
        }
        self.tell_view(ask, now);
        match self.pass_on(now) {
            Outcome::Waits => {}
            over => return over,
        }
        for _ in 0..HEARD_AT_ONCE {
            if self.pending.is_some() || !self.aside.has_room() || self.view.is_some() {
                return Outcome::Waits;
            }
            let frame = match self.socket.read() {
                Ok(frame) => frame,
                Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    return match self.socket.get_ref().is_used_up() {
                        true => Outcome::GoesOn,
                        false => Outcome::Waits,
                    };
                }
                Err(error) => return self.end(&error),
            };
            self.heard = now;
            let outcome = match frame {
                Frame::Text(text) => self.hear(&text, rights, registry, tokens, ask, now),
                Frame::Binary(_) => self.complain("a message is a text", now),
                Frame::Close(_) => self.flush(now),
                _ => Outcome::Waits,
            };
            if !matches!(outcome, Outcome::Waits) {
                return outcome;
            }
            // An answer may be there at once.
            match self.pass_on(now) {
                Outcome::Waits => {}
                over => return over,
            }
        }
        Outcome::GoesOn
    }

    /// Does what is due: asks a silent page whether it is there, and gives up one that is not.
    pub fn tick(&mut self, now: Instant) -> Outcome {
        let is_stuck = self.pending.is_some_and(|since| now >= since + STUCK);
        if is_stuck || now >= self.heard + LOST {
            return Outcome::Gone;
        }
        if self.pending.is_none() && now >= self.heard.max(self.asked) + QUIET {
            self.asked = now;
            return self.send(Frame::Ping(Bytes::new()), now);
        }
        Outcome::Waits
    }

    /// When it is to be driven, or something is due, though its socket says nothing.
    pub fn deadline(&self) -> Instant {
        let silence = (self.heard.max(self.asked) + QUIET).min(self.heard + LOST);
        let stuck = self.pending.map(|since| since + STUCK);
        [Some(silence), stuck, self.aside.deadline()].into_iter().flatten().min().unwrap_or(silence)
    }

    /// Whether the loop is still to be told what it watches.
    pub fn has_view_to_tell(&self) -> bool {
        self.view.is_some()
    }

    fn tell_view(&mut self, ask: &mut dyn FnMut(Ask) -> bool, now: Instant) {
        if let Some(view) = &self.view
            && now >= self.tell_at
        {
            let told = match view {
                Some(view) => ask(Ask::Watch(self.id, view.clone())),
                None => ask(Ask::Rest(self.id)),
            };
            if told {
                self.view = None;
                self.tell_at = now + VIEWS;
            }
        }
    }

    /// Passes on what the session has answered and what the console has received, while the socket has room.
    fn pass_on(&mut self, now: Instant) -> Outcome {
        while self.pending.is_none() {
            let Some(text) = self.aside.next(now) else { break };
            match self.say(text, now) {
                Outcome::Waits => {}
                over => return over,
            }
        }
        Outcome::Waits
    }

    /// A message has come.
    fn hear(
        &mut self,
        text: &str,
        rights: &Rights,
        registry: &Registry,
        tokens: &Tokens,
        ask: &mut dyn FnMut(Ask) -> bool,
        now: Instant,
    ) -> Outcome {
        match Message::read(text) {
            Ok(Message::Watch(view)) => {
                self.view = Some(Some(view));
                self.tell_view(ask, now);
                Outcome::Waits
            }
            Ok(Message::Rest) => {
                self.view = Some(None);
                self.tell_view(ask, now);
                Outcome::Waits
            }
            Ok(Message::Session(request)) => {
                match self.aside.request(&request, rights.session, registry, tokens, now) {
                    Ok(()) => Outcome::Waits,
                    Err(why) => self.say(json!({ "session": { "error": why } }).to_string(), now),
                }
            }
            Ok(Message::Console(line)) => {
                let asked = match rights.console {
                    true => {
                        self.aside.command(&line, self.id, self.credentials.as_ref(), registry, tokens, ask)
                    }
                    false => Err("not allowed (live-console)".into()),
                };
                match asked {
                    Ok(()) => Outcome::Waits,
                    Err(why) => self.say(json!({ "console": { "error": why } }).to_string(), now),
                }
            }
            Err(why) => self.complain(&why, now),
        }
    }

    fn complain(&mut self, why: &str, now: Instant) -> Outcome {
        self.say(json!({ "error": why }).to_string(), now)
    }

    fn say(&mut self, text: String, now: Instant) -> Outcome {
        if text.len() > MOST_SAID {
            return Outcome::Waits;
        }
        self.send(Frame::Text(text.into()), now)
    }

    fn send(&mut self, frame: Frame, now: Instant) -> Outcome {
        match self.socket.write(frame) {
            Ok(()) => self.flush(now),
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                self.pending.get_or_insert(now);
                Outcome::Waits
            }
            Err(_) => Outcome::Gone,
        }
    }

    fn flush(&mut self, now: Instant) -> Outcome {
        match self.socket.flush() {
            Ok(()) => self.pending = None,
            Err(Error::Io(error)) if error.kind() == std::io::ErrorKind::WouldBlock => {
                self.pending.get_or_insert(now);
            }
            Err(_) => return Outcome::Gone,
        }
        Outcome::Waits
    }

    /// The peer has broken the rules of WebSocket, or the socket has failed.
    fn end(&mut self, error: &Error) -> Outcome {
        let code = match error {
            Error::Capacity(_) => CloseCode::Size,
            Error::Protocol(_) => CloseCode::Protocol,
            Error::Utf8(_) => CloseCode::Invalid,
            _ => return Outcome::Gone,
        };
        let _ = self.socket.close(Some(CloseFrame { code, reason: "".into() }));
        let _ = self.socket.flush();
        Outcome::Ended
    }
}
