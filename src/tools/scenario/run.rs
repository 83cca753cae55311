//! Plays a scenario to a server and writes down what each client received after each line.
//!
//! Redis has no counterpart. What is played to is a [`Subject`]: a server behind sockets, or the one inside the process.

use std::fmt;
use std::time::Duration;

use super::parse::{Action, Line, Scenario, Sending};
use super::transcript::{Step, Transcript};
use super::words::Request;

/// Anything a scenario can be played to. A client is named by the scenario's name for it.
pub trait Subject {
    /// Opens a connection. Refused ones (`maxclients`) open too: the server says so and closes.
    fn connect(&mut self, client: &str) -> Result<(), Trouble>;
    /// Hands over bytes of a client, as one write.
    fn send(&mut self, client: &str, bytes: &[u8]) -> Result<(), Trouble>;
    /// Closes the client's connection from its side.
    fn disconnect(&mut self, client: &str) -> Result<(), Trouble>;
    /// From here on the client takes nothing from its socket.
    fn stop_reading(&mut self, client: &str) -> Result<(), Trouble>;
    /// The client takes what there is, and goes on reading.
    fn read_again(&mut self, client: &str) -> Result<(), Trouble>;
    /// Moves the clock on.
    fn wait(&mut self, time: Duration) -> Result<(), Trouble>;
    /// Lets the server finish everything it can do now; gives what each client that reads got since the last time.
    fn settle(&mut self) -> Result<Vec<Received>, Trouble>;
    /// How the server calls the client, if it can be known.
    fn identity(&self, client: &str) -> Option<Identity>;
    /// A drawing of the server's structures, if it can be had.
    fn structures(&self) -> Option<String> {
        None
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
pub enum Trouble {
    /// The subject cannot do what the line asks (a clock cannot be moved over a socket): skip the scenario.
    Unsupported(String),
    /// The line makes no sense now, or the server does not answer.
    Broken(String),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Unsupported(what) => write!(f, "not possible here: {what}"),
            Trouble::Broken(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for Trouble {}

/// The name under which the runner's own connection appears; it counts as a client, so every subject has one.
pub const FENCE: &str = "fence";

/// Plays the whole scenario.
pub fn run(scenario: &Scenario, subject: &mut dyn Subject) -> Result<Transcript, Trouble> {
    let mut player = Player::new(subject);
    let mut transcript = Transcript::default();
    for line in &scenario.lines {
        transcript.steps.push(player.play(line).map_err(|trouble| trouble.at(line))?);
    }
    transcript.identities = player.identities;
    Ok(transcript)
}

impl Trouble {
    /// The same, with the line at which it happened.
    pub fn at(self, line: &Line) -> Trouble {
        let place = |what| format!("line {} `{}`: {what}", line.number, line.text);
        match self {
            Trouble::Unsupported(what) => Trouble::Unsupported(place(what)),
            Trouble::Broken(what) => Trouble::Broken(place(what)),
        }
    }
}

/// Plays line after line.
pub struct Player<'a, S: Subject + ?Sized> {
    subject: &'a mut S,
    connected: Vec<String>,
    /// Connected once, closed since: only `! A connects` brings them back, so that a line to a closed client is a mistake.
    gone: Vec<String>,
    /// What `A+` lines have put aside: client, bytes, requests.
    held: Vec<(String, Vec<u8>, Vec<Request>)>,
    structures: Option<String>,
    /// Every identity seen, with the client's name.
    pub identities: Vec<(Identity, String)>,
}

impl<'a, S: Subject + ?Sized> Player<'a, S> {
    /// A player for a fresh subject.
    pub fn new(subject: &'a mut S) -> Player<'a, S> {
        let structures = subject.structures();
        let (connected, gone, held, identities) = Default::default();
        let mut player = Player { subject, connected, gone, held, structures, identities };
        player.meet_fence();
        player
    }

    /// The runner's own connection has a new name at the start, and after CLIENT KILL has hit it.
    fn meet_fence(&mut self) {
        let Some(identity) = self.subject.identity(FENCE) else { return };
        if !self.identities.iter().any(|(known, _)| *known == identity) {
            self.identities.push((identity, FENCE.into()));
        }
    }

    /// The subject, to look at between two lines.
    pub fn subject(&mut self) -> &mut S {
        self.subject
    }

    /// Plays one line and gives what came of it.
    pub fn play(&mut self, line: &Line) -> Result<Step, Trouble> {
        let mut requests = Vec::new();
        match &line.action {
            Action::Note => {}
            Action::Send { client, sending, held } => {
                self.connect_if_new(client)?;
                let place = self.held.iter().position(|(name, ..)| name == client);
                let (_, mut bytes, mut batch) =
                    place.map(|place| self.held.remove(place)).unwrap_or_default();
                match sending {
                    Sending::Raw(raw) => bytes.extend_from_slice(raw),
                    Sending::Request(words) => {
                        let words =
                            words.iter().map(|word| self.fill_in(word)).collect::<Result<Vec<_>, _>>()?;
                        encode(&words, &mut bytes);
                        batch.push(words);
                    }
                }
                if *held {
                    self.held.push((client.clone(), bytes, batch));
                } else {
                    self.subject.send(client, &bytes)?;
                    requests = batch;
                }
            }
            Action::Connect(client) => {
                if self.connected.contains(client) {
                    return Err(Trouble::Broken(format!("{client} is connected already")));
                }
                self.gone.retain(|name| name != client);
                self.connect_if_new(client)?;
            }
            Action::Disconnect(client) => {
                if !self.connected.contains(client) {
                    return Err(Trouble::Broken(format!("{client} is not connected")));
                }
                self.subject.disconnect(client)?;
                self.leave(client);
            }
            Action::StopReading(client) => {
                self.connect_if_new(client)?;
                self.subject.stop_reading(client)?;
            }
            Action::ReadAgain(client) => self.subject.read_again(client)?,
            Action::Wait(time) => self.subject.wait(*time)?,
        }
        let mut received = if line.action == Action::Note { Vec::new() } else { self.subject.settle()? };
        self.meet_fence();
        received.sort_by(|a, b| a.client.cmp(&b.client));
        for closed in received.iter().filter(|received| received.closed) {
            self.leave(&closed.client);
        }
        let now = self.subject.structures();
        let structures = if now == self.structures { None } else { now.clone() };
        self.structures = now;
        Ok(Step { line: line.clone(), requests, received, structures })
    }

    fn connect_if_new(&mut self, client: &str) -> Result<(), Trouble> {
        if self.connected.iter().any(|name| name == client) {
            return Ok(());
        }
        if self.gone.iter().any(|name| name == client) {
            return Err(Trouble::Broken(format!("{client} is closed; `! {client} connects` brings it back")));
        }
        if client == FENCE {
            return Err(Trouble::Broken(format!("`{FENCE}` is the name of the runner's own connection")));
        }
        self.subject.connect(client)?;
        self.connected.push(client.into());
        if let Some(identity) = self.subject.identity(client) {
            self.identities.push((identity, client.into()));
        }
        Ok(())
    }

    fn leave(&mut self, client: &str) {
        self.connected.retain(|name| name != client);
        self.gone.push(client.into());
        self.held.retain(|(name, ..)| name != client);
    }

    /// `word` with `{A.id}` and `{A.addr}` in the place of which stands what the server calls A. Other braces stay.
    fn fill_in(&self, word: &[u8]) -> Result<Vec<u8>, Trouble> {
        let Some(inner) = word.strip_prefix(b"{").and_then(|word| word.strip_suffix(b"}")) else {
            return Ok(word.to_vec());
        };
        let text = String::from_utf8_lossy(inner);
        let Some((client, field @ ("id" | "addr"))) = text.split_once('.') else { return Ok(word.to_vec()) };
        let known = self.identities.iter().rev().find(|(_, name)| name == client);
        let (identity, _) = known.ok_or_else(|| {
            let met = self.connected.iter().chain(&self.gone).any(|name| name == client);
            Trouble::Broken(match met {
                true => format!("CLIENT LIST does not have the id and address of {client}"),
                false => format!("{client} has not connected, so it has no id and no address yet"),
            })
        })?;
        Ok(if field == "id" { identity.id.to_string() } else { identity.addr.clone() }.into_bytes())
    }
}

/// One multibulk request.
fn encode(words: &[Vec<u8>], out: &mut Vec<u8>) {
    out.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}
