//! The few keys that scenarios set: whether the server may be emptied, and how they go afterwards.

use std::thread::sleep;
use std::time::Duration;

use super::skip::requests;
use crate::scenario::frame::Frame;
use crate::scenario::words::quote;
use crate::scenario::{Action, Scenario, Sending, Socket};

/// Every key that a scenario sets; a test holds this against the scenarios.
pub const KEYS: &[&[u8]] =
    &[b"k", b"k2", b"a", b"b", b"fresh", b"fresh2", b"new", b"product:7", b"two words", b"bin\0"];

/// How often, and after how long each, one looks whether a key has expired.
const LOOKS: usize = 50;
const LOOK: Duration = Duration::from_millis(2);

/// An empty server has nothing to lose. One with keys is emptied if the user agrees; otherwise the error says so.
pub fn may_be_emptied(socket: &mut Socket, agreed: bool) -> Result<(), String> {
    let holds = match socket.try_ask(&[b"INFO", b"keyspace"]) {
        Some(Frame::Blob(_, text)) => {
            String::from_utf8_lossy(&text).lines().any(|line| line.starts_with("db"))
        }
        _ => match socket.try_ask(&[b"DBSIZE"]) {
            Some(Frame::Text(b':', count)) => count != b"0",
            _ => KEYS.iter().any(|key| exists(socket, key)),
        },
    };
    if !holds {
        return Ok(());
    }
    if !agreed {
        return Err("the server holds keys, and the scenarios empty all databases; use an empty server, or agree with --flush".into());
    }
    match socket.try_ask(&[b"FLUSHALL"]) {
        Some(Frame::Text(b'+', _)) => Ok(()),
        Some(refusal) => Err(format!("the server holds keys and cannot be emptied: {}", refusal.print(""))),
        None => Err("the server holds keys and does not answer FLUSHALL".into()),
    }
}

/// What could not be removed so far.
#[derive(Default)]
pub struct Keys {
    stuck: Vec<&'static [u8]>,
}

impl Keys {
    /// Removes what the scenario may have set: with FLUSHALL, else with DEL, else by letting it expire, else not at all.
    pub fn tidy(&mut self, socket: &mut Socket, scenario: &Scenario) {
        let mentioned: Vec<_> = KEYS.iter().filter(|key| mentions(scenario, key)).collect();
        if mentioned.is_empty() {
            return;
        }
        if let Some(Frame::Text(b'+', _)) = socket.try_ask(&[b"FLUSHALL"]) {
            return;
        }
        for key in mentioned {
            let deleted = matches!(socket.try_ask(&[b"DEL", key]), Some(Frame::Text(b':', _)));
            if !deleted && exists(socket, key) && !expire(socket, key) && !self.stuck.contains(key) {
                self.stuck.push(key);
            }
        }
    }

    /// A scenario that meets a key which an earlier one left behind would be blamed for it.
    pub fn reason_to_skip(&self, scenario: &Scenario) -> Option<String> {
        let key = self.stuck.iter().find(|key| mentions(scenario, key))?;
        Some(format!(
            "the server cannot remove the key {}, which is there from an earlier scenario",
            quote(key)
        ))
    }
}

/// Whether one of its requests has this word, or its raw bytes hold it.
fn mentions(scenario: &Scenario, key: &[u8]) -> bool {
    let raw = scenario.lines.iter().any(|line| match &line.action {
        Action::Send { sending: Sending::Raw(bytes), .. } => {
            bytes.windows(key.len()).any(|window| window == key)
        }
        _ => false,
    });
    raw || requests(scenario).any(|request| request.iter().any(|word| word == key))
}

/// Overwrites the key with one that goes at once; whether it is gone.
fn expire(socket: &mut Socket, key: &[u8]) -> bool {
    let expires = socket.try_ask(&[b"SET", key, b"", b"PX", b"1"]);
    matches!(expires, Some(Frame::Text(b'+', _)))
        && (0..LOOKS).any(|_| {
            sleep(LOOK);
            !exists(socket, key)
        })
}

fn exists(socket: &mut Socket, key: &[u8]) -> bool {
    matches!(socket.try_ask(&[b"GET", key]), Some(Frame::Blob(..)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::embedded::scenarios;
    use crate::scenario::order::begins;
    use crate::scenario::{Feeding, InProcess, run};

    #[test]
    fn the_scenarios_set_no_other_keys() {
        for (name, scenario) in scenarios() {
            for request in requests(&scenario).filter(|request| begins(request, &["set"])) {
                let key = request.get(1).map_or(&b""[..], |key| key);
                // Too few arguments set nothing.
                assert!(request.len() < 3 || KEYS.contains(&key), "{name} sets {}", quote(key));
            }
            let mut subject = InProcess::new(&scenario.settings, Feeding::Whole).unwrap();
            run(&scenario, &mut subject).unwrap_or_else(|trouble| panic!("{name}: {trouble}"));
            for key in subject.server().keyspace.in_use().flat_map(|(_, db)| db.keys(0)) {
                assert!(KEYS.contains(&key), "{name} leaves {}", quote(key));
            }
        }
    }
}
