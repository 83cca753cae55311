//! The lines of the log about clients: which were closed or refused, and why; how many lines were left out.
//!
//! Redis: `serverLog` in `freeClient` and its callers. Redis bounds one of these lines only, that of an attack over HTTP
//! (one a minute); the others can be repeated by any client as fast as it connects.
//!
//! Here each [`Kind`] of line has a bound of [`LINES`] in a window of [`WINDOW`] seconds. The window opens with its first
//! line. The first line that has no room is replaced by one that says so, and when the window closes, or the server ends,
//! one more says how many were left out. So a kind writes some 20 MB a day at most, and an operator sees the first lines
//! of a trouble at once. Words of clients are escaped and cut ([`crate::text::quote`]).

use super::Client;
use super::reason::{Kind, Reason};
use crate::text::quote::{cut, quoted};
use std::collections::VecDeque;
use std::fmt;
use std::fmt::Display;
use tracing::Level;

/// Lines of one kind in a window.
pub const LINES: u32 = 60;
/// Seconds of a window.
pub const WINDOW: u64 = 60;

/// The bounds of all kinds, and the time.
#[derive(Debug, Default)]
pub struct ClientLog {
    windows: [Window; Kind::COUNT],
    now_seconds: u64,
    /// How many clients were closed or refused, by the kind of the reason.
    counts: [u64; Kind::COUNT],
    /// The last of them, and how many at most; None: they are not kept.
    last: Option<(VecDeque<Closed>, usize)>,
}

/// A client that was closed or refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closed {
    /// When, in the server's seconds.
    pub second: u64,
    /// The client, as [`Described`] has it.
    pub client: String,
    /// Why, in the words of the log.
    pub reason: String,
}

/// What was logged of one kind since the window was opened.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    /// The second at which it closes.
    end: u64,
    written: u32,
    left_out: u64,
}

/// The client that a line is about: `id=… addr=… name=… lib-name=… lib-ver=… class=…`, the words of CLIENT LIST.
pub struct Described<'a>(pub &'a Client);

impl Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let about = &self.0.about;
        write!(
            f,
            "id={} addr={} name={} lib-name={} lib-ver={} class={}",
            self.0.id,
            about.addr,
            cut(&about.name),
            cut(&about.lib_name),
            cut(&about.lib_ver),
            self.0.class().name()
        )
    }
}

impl ClientLog {
    /// Sets the time, in seconds, and logs what was left out of windows that have closed.
    pub fn set_time(&mut self, seconds: u64) {
        self.now_seconds = seconds;
        if self.deadline().is_some_and(|deadline| seconds >= deadline) {
            for kind in ALL {
                self.close_window(kind);
            }
        }
    }

    /// The server ends: says what was left out of windows that are still open.
    pub fn end(&mut self) {
        for kind in ALL {
            self.empty_window(kind);
        }
    }

    /// The second at which [`ClientLog::set_time`] has something to say; None: never.
    pub fn deadline(&self) -> Option<u64> {
        self.windows.iter().filter(|window| window.left_out > 0).map(|window| window.end).min()
    }

    /// From now on the last `most` clients that were closed or refused are kept, for [`ClientLog::last`].
    pub fn keep_last(&mut self, most: usize) {
        self.last.get_or_insert_default().1 = most;
    }

    /// The clients that were closed or refused, the last one last.
    pub fn last(&self) -> impl Iterator<Item = &Closed> {
        self.last.iter().flat_map(|(last, _)| last)
    }

    /// The kinds of reasons, and how many clients were closed or refused for each.
    pub fn counts(&self) -> impl Iterator<Item = (Kind, u64)> {
        ALL.into_iter().zip(self.counts).filter(|(kind, _)| kind.is_end())
    }

    /// Counts a client that is closed or refused, and keeps it if any are kept.
    fn count(&mut self, client: &Client, kind: Kind, reason: &Reason) {
        self.counts[kind as usize] += 1;
        if let Some((last, most)) = &mut self.last {
            if last.len() >= *most {
                last.pop_front();
            }
            let client = Described(client).to_string();
            last.push_back(Closed { second: self.now_seconds, client, reason: reason.to_string() });
        }
    }

    /// A client is closed.
    pub fn closing(&mut self, client: &Client, reason: &Reason) {
        if let Some(kind) = reason.kind() {
            self.count(client, kind, reason);
            self.line(kind, || format!("closing client {}: {reason}", Described(client)));
        }
    }

    /// A client is not let in.
    pub fn refusing(&mut self, client: &Client, reason: &Reason) {
        if let Some(kind) = reason.kind() {
            self.count(client, kind, reason);
            self.line(kind, || format!("refusing client {}: {reason}", Described(client)));
        }
    }

    /// A client gave a wrong password, or the name of a user that does not exist. The password is not in the line.
    pub fn wrong_password(&mut self, client: &Client, command: &str, user: &[u8]) {
        self.line(Kind::Authentication, || {
            let (client, user) = (Described(client), quoted(user));
            format!("refusing {command} of client {client}: wrong user name or password for user {user} (requirepass)")
        });
    }

    /// A client began with a TLS handshake. It is served as Redis serves it, which waits for the end of what it takes for a
    /// line, so that nothing but this line says what is wrong.
    pub fn began_with_tls(&mut self, client: &Client) {
        self.line(Kind::Tls, || {
            let client = Described(client);
            format!(
                "client {client} speaks TLS, which this server does not: connect without it (redis:// instead of rediss://, \
                 ssl=false), or put a proxy that ends TLS in front"
            )
        });
    }

    /// Writes a line if its level is logged and the window has room for it.
    fn line(&mut self, kind: Kind, text: impl FnOnce() -> String) {
        if !is_wanted(kind.level()) {
            return;
        }
        self.close_window(kind);
        let window = &mut self.windows[kind as usize];
        if window.written == 0 {
            window.end = self.now_seconds + WINDOW;
        }
        if window.written < LINES {
            window.written += 1;
            write(kind.level(), &text());
        } else {
            window.left_out += 1;
            if window.left_out == 1 {
                let (name, seconds) = (kind.name(), window.end - self.now_seconds);
                write(
                    kind.level(),
                    &format!("further lines about clients {name} are left out for {seconds} seconds"),
                );
            }
        }
    }

    /// Empties the window if its time is over.
    fn close_window(&mut self, kind: Kind) {
        if self.now_seconds >= self.windows[kind as usize].end {
            self.empty_window(kind);
        }
    }

    /// Says how many lines were left out of the window, and forgets it.
    fn empty_window(&mut self, kind: Kind) {
        let left_out = std::mem::take(&mut self.windows[kind as usize]).left_out;
        if left_out > 0 {
            let name = kind.name();
            write(
                kind.level(),
                &format!("{left_out} lines left out about clients {name}, after {LINES} in {WINDOW} seconds"),
            );
        }
    }
}

/// Every kind, in order.
const ALL: [Kind; Kind::COUNT] = [
    Kind::Peer,
    Kind::Output,
    Kind::Input,
    Kind::Idle,
    Kind::Evicted,
    Kind::NotSynced,
    Kind::Killed,
    Kind::Protocol,
    Kind::Http,
    Kind::MaxClients,
    Kind::ProtectedMode,
    Kind::Authentication,
    Kind::Tls,
];

/// Whether a line of this level is written at all.
fn is_wanted(level: Level) -> bool {
    match level {
        Level::WARN => tracing::enabled!(Level::WARN),
        Level::INFO => tracing::enabled!(Level::INFO),
        _ => tracing::enabled!(Level::DEBUG),
    }
}

/// Writes a line. The levels of `tracing` are constants of the place that logs.
fn write(level: Level, text: &str) {
    match level {
        Level::WARN => tracing::warn!("{text}"),
        Level::INFO => tracing::info!("{text}"),
        _ => tracing::debug!("{text}"),
    }
}
