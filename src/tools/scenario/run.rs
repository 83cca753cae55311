//! Plays a scenario to a server and writes down what each client received after each line.
//!
//! Redis has no counterpart. What is played to is a [`Target`]: a server behind sockets, or the one inside the process.

use super::parse::{Action, Line, Scenario, Sending};
use super::subject::{BARRIER, Identity, PlayError, Received, Target};
use super::transcript::{Step, Transcript};
use super::words::Request;

/// Plays the whole scenario.
pub fn run(scenario: &Scenario, subject: &mut dyn Target) -> Result<Transcript, PlayError> {
    let mut player = Player::new(subject);
    let mut transcript = Transcript::default();
    for line in &scenario.lines {
        transcript.steps.push(player.play(line).map_err(|trouble| trouble.at(line))?);
    }
    transcript.identities = player.identities;
    Ok(transcript)
}

/// Plays line after line. The subject is its own, or lent to it.
pub struct Player<S: Target> {
    subject: S,
    connected: Vec<String>,
    /// Connected once, closed since: only `! A connects` brings them back, so that a line to a closed client is a mistake.
    gone: Vec<String>,
    /// What `A+` lines have put aside: client, bytes, requests.
    held: Vec<(String, Vec<u8>, Vec<Request>)>,
    structures: Option<String>,
    /// Every identity seen, with the client's name.
    pub identities: Vec<(Identity, String)>,
}

impl<S: Target> Player<S> {
    /// A player for a fresh subject.
    pub fn new(subject: S) -> Player<S> {
        let structures = subject.structures();
        let (connected, gone, held, identities) = Default::default();
        let mut player = Player { subject, connected, gone, held, structures, identities };
        player.meet_barrier();
        player
    }

    /// Whether this client is connected: neither its side nor the server has closed the connection.
    pub fn is_connected(&self, client: &str) -> bool {
        self.connected.iter().any(|name| name == client)
    }

    /// The runner's own connection has a new name at the start, and after CLIENT KILL has hit it.
    fn meet_barrier(&mut self) {
        let Some(identity) = self.subject.identity(BARRIER) else { return };
        if !self.identities.iter().any(|(known, _)| *known == identity) {
            self.identities.push((identity, BARRIER.into()));
        }
    }

    /// The subject, to look at between two lines.
    pub fn subject(&mut self) -> &mut S {
        &mut self.subject
    }

    /// Plays one line and gives what came of it.
    pub fn play(&mut self, line: &Line) -> Result<Step, PlayError> {
        let (requests, received) = self.act(line)?;
        let now = self.subject.structures();
        let structures = if now == self.structures { None } else { now.clone() };
        self.structures = now;
        Ok(Step { line: line.clone(), requests, received, structures })
    }

    /// Plays lines of which nobody wants to know what comes.
    pub fn play_unseen(&mut self, lines: &[Line]) -> Result<(), PlayError> {
        lines.iter().try_for_each(|line| self.act(line).map(drop))?;
        self.structures = self.subject.structures();
        Ok(())
    }

    /// Does what a line asks for; the requests that left with it, and what came.
    fn act(&mut self, line: &Line) -> Result<(Vec<Request>, Vec<Received>), PlayError> {
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
                    return Err(PlayError::Broken(format!("{client} is connected already")));
                }
                self.gone.retain(|name| name != client);
                self.connect_if_new(client)?;
            }
            Action::Disconnect(client) | Action::Reset(client) => {
                if !self.is_connected(client) {
                    return Err(PlayError::Broken(format!("{client} is not connected")));
                }
                match line.action {
                    Action::Reset(_) => self.subject.reset(client)?,
                    _ => self.subject.disconnect(client)?,
                }
                self.leave(client);
            }
            Action::StopReading(client) => {
                self.connect_if_new(client)?;
                self.subject.stop_reading(client)?;
            }
            Action::ReadSlowly(client, bytes) => {
                self.connect_if_new(client)?;
                self.subject.read_slowly(client, *bytes)?;
            }
            Action::ReadAgain(client) => self.subject.read_again(client)?,
            Action::Wait(time) => self.subject.wait(*time)?,
            Action::Restart => self.subject.restart()?,
        }
        let mut received = if line.action == Action::Note { Vec::new() } else { self.subject.settle()? };
        self.meet_barrier();
        received.sort_by(|a, b| a.client.cmp(&b.client));
        for closed in received.iter().filter(|received| received.closed) {
            self.leave(&closed.client);
        }
        Ok((requests, received))
    }

    fn connect_if_new(&mut self, client: &str) -> Result<(), PlayError> {
        if self.connected.iter().any(|name| name == client) {
            return Ok(());
        }
        if self.gone.iter().any(|name| name == client) {
            return Err(PlayError::Broken(format!(
                "{client} is closed; `! {client} connects` brings it back"
            )));
        }
        if client == BARRIER {
            return Err(PlayError::Broken(format!("`{BARRIER}` is the name of the runner's own connection")));
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
    fn fill_in(&self, word: &[u8]) -> Result<Vec<u8>, PlayError> {
        let Some(inner) = word.strip_prefix(b"{").and_then(|word| word.strip_suffix(b"}")) else {
            return Ok(word.to_vec());
        };
        let text = String::from_utf8_lossy(inner);
        let Some((client, field @ ("id" | "addr"))) = text.split_once('.') else { return Ok(word.to_vec()) };
        let known = self.identities.iter().rev().find(|(_, name)| name == client);
        let (identity, _) = known.ok_or_else(|| {
            let met = self.connected.iter().chain(&self.gone).any(|name| name == client);
            PlayError::Broken(match met {
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
