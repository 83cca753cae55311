//! What a scenario is played to: a server behind sockets, or the one inside the process; and what comes of a line.
//!
//! Redis has no counterpart.

use std::fmt;
use std::time::Duration;

use super::parse::Line;

/// Anything a scenario can be played to. A client is named by the scenario's name for it.
pub trait Target {
    /// Opens a connection. Refused ones (`maxclients`) open too: the server says so and closes.
    fn connect(&mut self, client: &str) -> Result<(), PlayError>;
    /// Hands over bytes of a client, as one write.
    fn send(&mut self, client: &str, bytes: &[u8]) -> Result<(), PlayError>;
    /// Closes the client's connection from its side.
    fn disconnect(&mut self, client: &str) -> Result<(), PlayError>;
    /// Breaks the client's connection: what is on its way is lost, and the server's next write to it is an error.
    fn reset(&mut self, client: &str) -> Result<(), PlayError> {
        self.disconnect(client)
    }
    /// From here on the client takes nothing from its socket.
    fn stop_reading(&mut self, client: &str) -> Result<(), PlayError>;
    /// From here on the client takes at most so many bytes of its socket in each turn of the server's loop.
    fn read_slowly(&mut self, _client: &str, _bytes: usize) -> Result<(), PlayError> {
        Err(PlayError::Unsupported("a real socket is not read so many bytes a turn".into()))
    }
    /// The client takes what there is, and goes on reading.
    fn read_again(&mut self, client: &str) -> Result<(), PlayError>;
    /// Moves the clock on.
    fn wait(&mut self, time: Duration) -> Result<(), PlayError>;
    /// Kills the server and starts it again; every client finds its connection closed.
    fn restart(&mut self) -> Result<(), PlayError> {
        Err(PlayError::Unsupported(
            "only the program that started a server can kill it and start it again".into(),
        ))
    }
    /// Lets the server finish everything it can do now; gives what each client that reads got since the last time.
    fn settle(&mut self) -> Result<Vec<Received>, PlayError>;
    /// How the server calls the client, if it can be known.
    fn identity(&self, client: &str) -> Option<Identity>;
    /// A drawing of the server's structures, if it can be had.
    fn structures(&self) -> Option<String> {
        None
    }
}

/// One that was lent.
impl<T: Target + ?Sized> Target for &mut T {
    fn connect(&mut self, client: &str) -> Result<(), PlayError> {
        (**self).connect(client)
    }

    fn send(&mut self, client: &str, bytes: &[u8]) -> Result<(), PlayError> {
        (**self).send(client, bytes)
    }

    fn disconnect(&mut self, client: &str) -> Result<(), PlayError> {
        (**self).disconnect(client)
    }

    fn reset(&mut self, client: &str) -> Result<(), PlayError> {
        (**self).reset(client)
    }

    fn stop_reading(&mut self, client: &str) -> Result<(), PlayError> {
        (**self).stop_reading(client)
    }

    fn read_slowly(&mut self, client: &str, bytes: usize) -> Result<(), PlayError> {
        (**self).read_slowly(client, bytes)
    }

    fn read_again(&mut self, client: &str) -> Result<(), PlayError> {
        (**self).read_again(client)
    }

    fn wait(&mut self, time: Duration) -> Result<(), PlayError> {
        (**self).wait(time)
    }

    fn restart(&mut self) -> Result<(), PlayError> {
        (**self).restart()
    }

    fn settle(&mut self) -> Result<Vec<Received>, PlayError> {
        (**self).settle()
    }

    fn identity(&self, client: &str) -> Option<Identity> {
        (**self).identity(client)
    }

    fn structures(&self) -> Option<String> {
        (**self).structures()
    }
}

/// What one client received after a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The client's name.
    pub client: String,
    /// What came, in order.
    pub bytes: Vec<u8>,
    /// The server closed the connection, after these bytes.
    pub closed: bool,
}

impl Received {
    /// Adds what came later, behind what the same client has received before.
    pub fn add(all: &mut Vec<Received>, later: Vec<Received>) {
        for news in later {
            match all.iter_mut().find(|received| received.client == news.client) {
                Some(received) => {
                    received.bytes.extend(news.bytes);
                    received.closed = news.closed;
                }
                None => all.push(news),
            }
        }
    }
}

/// How a server calls a connection in CLIENT LIST.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// `id=`, and what CLIENT ID says.
    pub id: u64,
    /// `ip:port` of the client's end.
    pub addr: String,
}

/// Why a scenario could not be played to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlayError {
    /// The subject cannot do what the line asks (a clock cannot be moved over a socket): skip the scenario.
    Unsupported(String),
    /// The line makes no sense now, or the server does not answer.
    Broken(String),
}

impl fmt::Display for PlayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlayError::Unsupported(what) => write!(f, "not possible here: {what}"),
            PlayError::Broken(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for PlayError {}

/// The name under which the runner's own connection appears; it counts as a client, so every subject has one.
pub const BARRIER: &str = "barrier";

impl PlayError {
    /// The same, with the line at which it happened.
    pub fn at(self, line: &Line) -> PlayError {
        let place = |what| format!("line {} `{}`: {what}", line.number, line.text);
        match self {
            PlayError::Unsupported(what) => PlayError::Unsupported(place(what)),
            PlayError::Broken(what) => PlayError::Broken(place(what)),
        }
    }
}
