//! Why a client is closed: the words of the log, with the limit, the value and the setting to change.
//!
//! Redis: the `serverLog` calls of `src/networking.c` and `src/timeout.c` (`closeClientOnOutputBufferLimitReached`,
//! `readQueryFromClient`, `setProtocolError`, `clientsCronHandleTimeout`, `securityWarningCommand`).
//!
//! Different on purpose: Redis logs some of these reasons, in words of their own, and others (`maxclients`, CLIENT KILL,
//! protected mode) not at all. Here each has a line, and all lines have one form.

use crate::text::quote::escaped;
use std::fmt;
use std::fmt::Display;
use tracing::Level;

/// Why a client is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The peer closed the connection.
    PeerClosed,
    /// The socket failed: what was tried, and the system's error.
    SocketFailed(&'static str, String),
    /// QUIT.
    Quit,
    /// All that was to be written before the close is written. The reason was logged when the close was decided.
    Replied,
    /// More output is queued than `client-output-buffer-limit` allows: bytes that count, and the limit that was passed.
    Output {
        /// The bytes that count against the limit.
        queued: usize,
        /// The limit.
        limit: u64,
        /// None for the hard limit; for the soft one the seconds for which it has been held, and those allowed.
        soft: Option<(u64, u64)>,
    },
    /// More output is queued than a client may have that has not authenticated.
    UnauthenticatedOutput {
        /// The bytes queued.
        queued: usize,
        /// The limit.
        limit: usize,
    },
    /// More was sent than `client-query-buffer-limit` allows.
    Input {
        /// The bytes received and not yet executed.
        bytes: usize,
        /// The limit.
        limit: u64,
    },
    /// More was sent than a client may send that has not authenticated.
    UnauthenticatedInput {
        /// The bytes received and not yet executed.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Silent for longer than `timeout`.
    Idle {
        /// Seconds since the client was last active.
        seconds: u64,
        /// The limit.
        timeout: u64,
    },
    /// All clients together take more memory than `maxmemory-clients` allows, and this one is among those that take most.
    Evicted {
        /// What it takes, in bytes.
        bytes: u64,
        /// What all take.
        all: u64,
        /// The limit.
        limit: u64,
    },
    /// Its writes did not reach the disk, and `appendfsync` is `always`.
    NotSynced,
    /// CLIENT KILL; the client that sent it, as the log describes it, or None if it is the same one.
    Killed(Option<String>),
    /// The bytes sent are no request of the protocol.
    Protocol(String),
    /// The first word is one of HTTP's.
    Http,
    /// `maxclients` clients are connected.
    MaxClients {
        /// The clients connected.
        clients: usize,
        /// The limit.
        limit: usize,
    },
    /// Protected mode: not from this machine, and there is no password.
    ProtectedMode,
}

/// Reasons whose lines are counted together against the bound of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The peer, or the client itself by QUIT.
    Peer,
    /// Limits on output.
    Output,
    /// Limits on input.
    Input,
    /// `timeout`.
    Idle,
    /// `maxmemory-clients`.
    Evicted,
    /// A failing disk.
    NotSynced,
    /// CLIENT KILL.
    Killed,
    /// Protocol errors.
    Protocol,
    /// HTTP.
    Http,
    /// `maxclients`.
    MaxClients,
    /// Protected mode.
    ProtectedMode,
    /// A wrong user name or password: no close, but bounded in the same way.
    Authentication,
    /// A TLS handshake: no close, but bounded in the same way.
    Tls,
}

impl Kind {
    /// How many kinds there are.
    pub const COUNT: usize = Kind::Tls as usize + 1;

    /// Whether the client is closed or refused; the others are only lines of the log.
    pub fn is_end(self) -> bool {
        !matches!(self, Kind::Authentication | Kind::Tls)
    }

    /// The level at which it is logged. As in Redis, a peer that leaves is nothing for an operator to see, and a limit is a
    /// warning.
    pub fn level(self) -> Level {
        match self {
            Kind::Peer => Level::DEBUG,
            Kind::Idle | Kind::Evicted | Kind::Killed | Kind::Protocol | Kind::Authentication => Level::INFO,
            Kind::NotSynced
            | Kind::Output
            | Kind::Input
            | Kind::Http
            | Kind::MaxClients
            | Kind::ProtectedMode
            | Kind::Tls => Level::WARN,
        }
    }

    /// What the line that counts the lines left out calls them.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Peer => "closed by the peer",
            Kind::Output => "closed for their output",
            Kind::Input => "closed for their input",
            Kind::Idle => "closed for being idle",
            Kind::Evicted => "closed for their memory",
            Kind::NotSynced => "closed for writes that did not reach the disk",
            Kind::Killed => "closed by CLIENT KILL",
            Kind::Protocol => "closed for a protocol error",
            Kind::Http => "closed for speaking HTTP",
            Kind::MaxClients => "refused by maxclients",
            Kind::ProtectedMode => "refused by protected mode",
            Kind::Authentication => "with a wrong user name or password",
            Kind::Tls => "that speak TLS",
        }
    }
}

impl Kind {
    /// A word for it, which never changes: for programs.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Peer => "peer",
            Kind::Output => "output",
            Kind::Input => "input",
            Kind::Idle => "idle",
            Kind::Evicted => "evicted",
            Kind::NotSynced => "not_synced",
            Kind::Killed => "killed",
            Kind::Protocol => "protocol",
            Kind::Http => "http",
            Kind::MaxClients => "maxclients",
            Kind::ProtectedMode => "protected_mode",
            Kind::Authentication => "authentication",
            Kind::Tls => "tls",
        }
    }
}

impl Reason {
    /// Its kind; None: it is not logged.
    pub fn kind(&self) -> Option<Kind> {
        Some(match self {
            Reason::Replied => return None,
            Reason::PeerClosed | Reason::SocketFailed(..) | Reason::Quit => Kind::Peer,
            Reason::Output { .. } | Reason::UnauthenticatedOutput { .. } => Kind::Output,
            Reason::Input { .. } | Reason::UnauthenticatedInput { .. } => Kind::Input,
            Reason::Idle { .. } => Kind::Idle,
            Reason::Evicted { .. } => Kind::Evicted,
            Reason::NotSynced => Kind::NotSynced,
            Reason::Killed(_) => Kind::Killed,
            Reason::Protocol(_) => Kind::Protocol,
            Reason::Http => Kind::Http,
            Reason::MaxClients { .. } => Kind::MaxClients,
            Reason::ProtectedMode => Kind::ProtectedMode,
        })
    }

    /// The reason in the words of a walk, where the numbers of a limit would only be in the way.
    pub fn in_walk(&self) -> &'static str {
        match self {
            Reason::PeerClosed | Reason::SocketFailed(..) => "the peer has gone",
            Reason::Output { .. } => "it owed more than client-output-buffer-limit",
            Reason::UnauthenticatedOutput { .. } => "it owes much and has not authenticated",
            Reason::Input { .. } | Reason::UnauthenticatedInput { .. } => {
                "it sent more than client-query-buffer-limit"
            }
            Reason::Idle { .. } => "it was idle for longer than timeout",
            Reason::Evicted { .. } => "all clients take more than maxmemory-clients, and it takes most",
            Reason::NotSynced => "its writes did not reach the disk",
            Reason::Killed(_) => "CLIENT KILL",
            Reason::Http => "it speaks HTTP",
            Reason::Replied
            | Reason::Quit
            | Reason::Protocol(_)
            | Reason::MaxClients { .. }
            | Reason::ProtectedMode => "it was to be closed after its reply, and that is written",
        }
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::PeerClosed => write!(f, "the peer closed the connection"),
            Reason::SocketFailed(tried, error) => write!(f, "{tried} failed: {error}"),
            Reason::Quit => write!(f, "QUIT"),
            Reason::Replied => write!(f, "all replies are written"),
            Reason::Output { queued, limit, soft: None } => {
                write!(f, "{queued} bytes of output queued, hard limit {limit} (client-output-buffer-limit)")
            }
            Reason::Output { queued, limit, soft: Some((held, allowed)) } => write!(
                f,
                "{queued} bytes of output queued, soft limit {limit} held for {held} seconds, {allowed} are allowed \
                 (client-output-buffer-limit)"
            ),
            Reason::UnauthenticatedOutput { queued, limit } => {
                write!(f, "{queued} bytes of output queued without authentication, limit {limit}")
            }
            Reason::Input { bytes, limit } => {
                write!(f, "{bytes} bytes of input not executed, limit {limit} (client-query-buffer-limit)")
            }
            Reason::UnauthenticatedInput { bytes, limit } => {
                write!(f, "{bytes} bytes of input not executed, without authentication, limit {limit}")
            }
            Reason::Idle { seconds, timeout } => {
                write!(f, "idle for {seconds} seconds, limit {timeout} (timeout)")
            }
            Reason::Evicted { bytes, all, limit } => {
                write!(
                    f,
                    "{bytes} bytes of memory; all clients take {all}, limit {limit} (maxmemory-clients)"
                )
            }
            Reason::NotSynced => write!(f, "its writes did not reach the disk (appendfsync always)"),
            Reason::Killed(Some(by)) => write!(f, "CLIENT KILL by client {by}"),
            Reason::Killed(None) => write!(f, "CLIENT KILL by itself"),
            Reason::Protocol(error) => write!(f, "protocol error: {}", escaped(error)),
            Reason::Http => write!(
                f,
                "Possible SECURITY ATTACK detected: POST or Host: sent as a command, as by a web page that attacks this \
                 server through its reader's browser"
            ),
            Reason::MaxClients { clients, limit } => {
                write!(f, "{clients} clients are connected, limit {limit} (maxclients)")
            }
            Reason::ProtectedMode => write!(
                f,
                "not from this machine, and the default user has no password (protected-mode, requirepass, bind)"
            ),
        }
    }
}
