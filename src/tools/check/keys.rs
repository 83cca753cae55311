//! The keys that scenarios set: whether the server may be emptied, and how they go afterwards.
//!
//! Which words of a request are keys, and whether it writes, is asked of our own command table.

use std::collections::{BTreeMap, BTreeSet};
use std::thread::sleep;
use std::time::Duration;

use super::selection::Entry;
use crate::resp::owned::OwnedRequest;
use crate::resp::request::{Limits, Request, RequestParser};
use crate::server::dispatch::spec;
use crate::tools::scenario::frame::Frame;
use crate::tools::scenario::words::quote;
use crate::tools::scenario::{Action, Scenario, Sending, Socket};

/// How often, and after how long each, one looks whether a key has expired.
const LOOKS: usize = 50;
const LOOK: Duration = Duration::from_millis(2);

/// An empty server has nothing to lose. One with keys or functions is emptied if the user agrees; otherwise the error says so.
pub fn may_be_emptied(socket: &mut Socket, agreed: bool, entries: &[Entry]) -> Result<(), String> {
    let holds = match socket.try_ask(&[b"INFO", b"keyspace"]) {
        Some(Frame::Blob(_, text)) => !databases_in(&text).is_empty(),
        _ => match socket.try_ask(&[b"DBSIZE"]) {
            Some(Frame::Text(b':', count)) => count != b"0",
            _ => entries.iter().flat_map(|entry| keys_of(&entry.scenario)).any(|key| exists(socket, &key)),
        },
    };
    let functions = socket.try_ask(&[b"FUNCTION", b"LIST"]);
    let functions = matches!(functions, Some(Frame::Aggregate(_, libraries)) if !libraries.is_empty());
    if !holds && !functions {
        return Ok(());
    }
    let what = if holds { "keys" } else { "functions" };
    if !agreed {
        return Err(format!(
            "the server holds {what}, and the scenarios empty all databases; use an empty server, or agree with --flush"
        ));
    }
    if functions {
        let _ = socket.try_ask(&[b"FUNCTION", b"FLUSH"]);
    }
    match socket.try_ask(&[b"FLUSHALL"]) {
        Some(Frame::Text(b'+', _)) => Ok(()),
        Some(refusal) => Err(format!("the server holds {what} and cannot be emptied: {}", refusal.print(""))),
        None => Err(format!("the server holds {what} and does not answer FLUSHALL")),
    }
}

/// The databases that hold keys, and how many if the server says so; the first one if it does not say which.
pub fn databases(socket: &mut Socket) -> Vec<(usize, Option<usize>)> {
    match socket.try_ask(&[b"INFO", b"keyspace"]) {
        Some(Frame::Blob(_, text)) => databases_in(&text),
        _ => vec![(0, None)],
    }
}

/// The lines `db0:keys=3,…` of an INFO.
fn databases_in(info: &[u8]) -> Vec<(usize, Option<usize>)> {
    let text = String::from_utf8_lossy(info);
    let database = |line: &str| {
        let (number, rest) = line.strip_prefix("db")?.split_once(':')?;
        let count = rest.strip_prefix("keys=").and_then(|rest| rest.split(',').next()?.parse().ok());
        Some((number.parse().ok()?, count))
    };
    text.lines().filter_map(database).collect()
}

/// What could not be removed so far.
#[derive(Default)]
pub struct Keys {
    stuck: BTreeSet<Vec<u8>>,
}

impl Keys {
    /// Removes what the scenario may have set: with FLUSHALL, else with DEL, else by letting it expire, else not at all.
    pub fn tidy(&mut self, socket: &mut Socket, scenario: &Scenario) {
        let keys = keys_of(scenario);
        if keys.is_empty() {
            return;
        }
        if let Some(Frame::Text(b'+', _)) = socket.try_ask(&[b"FLUSHALL"]) {
            return;
        }
        for key in keys {
            let deleted = matches!(socket.try_ask(&[b"DEL", &key]), Some(Frame::Text(b':', _)));
            if !deleted && exists(socket, &key) && !expire(socket, &key) {
                self.stuck.insert(key);
            }
        }
    }

    /// A scenario that meets a key which an earlier one left behind would be blamed for it.
    pub fn reason_to_skip(&self, scenario: &Scenario) -> Option<String> {
        let key = self.stuck.intersection(&keys_of(scenario)).next().cloned()?;
        Some(format!(
            "the server cannot remove the key {}, which is there from an earlier scenario",
            quote(&key)
        ))
    }
}

/// The keys of every command of the scenario that may write, those in its raw bytes included.
pub fn keys_of(scenario: &Scenario) -> BTreeSet<Vec<u8>> {
    // Without renames there is nothing that could be refused.
    let Ok(table) = crate::command::table(&crate::config::Config::default()) else { return BTreeSet::new() };
    let mut keys = BTreeSet::new();
    let mut add = |request: Request<'_>| {
        let Some((_, command)) = table.find(request) else { return };
        if command.flags & spec::READONLY == 0 {
            let found = command.find_keys(request).into_iter();
            keys.extend(found.filter_map(|(at, _)| request.get(at)).map(<[u8]>::to_vec));
        }
    };
    // A request may be in pieces.
    let mut raw: BTreeMap<&str, Vec<u8>> = BTreeMap::new();
    for line in &scenario.lines {
        match &line.action {
            Action::Send { sending: Sending::Request(words), .. } => {
                add(OwnedRequest::of(words.iter().map(|word| &**word)).request());
            }
            Action::Send { sending: Sending::Raw(bytes), client, .. } => {
                raw.entry(client).or_default().extend(bytes);
            }
            _ => {}
        }
    }
    raw.values().for_each(|bytes| each_request(bytes, &mut add));
    keys
}

/// The requests that raw bytes hold from their first on; what breaks the protocol ends them.
fn each_request(mut bytes: &[u8], found: &mut impl FnMut(Request<'_>)) {
    let mut parser = RequestParser::default();
    let limits = Limits { max_bulk: bytes.len(), unauthenticated: false };
    while !bytes.is_empty() && parser.parse(bytes, limits) == Ok(true) {
        let request = parser.request(bytes);
        if !request.is_empty() {
            found(request);
        }
        bytes = &bytes[parser.consumed()..];
        parser.reset();
    }
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

/// Whether the key is there; of a server without EXISTS, whether GET finds it.
pub fn exists(socket: &mut Socket, key: &[u8]) -> bool {
    match socket.try_ask(&[b"EXISTS", key]) {
        Some(Frame::Text(b':', count)) => count != b"0",
        _ => matches!(socket.try_ask(&[b"GET", key]), Some(Frame::Blob(..))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::scenario::embedded::scenarios;
    use crate::tools::scenario::{Feeding, InProcess, run};

    #[test]
    fn the_keys_that_a_scenario_leaves_are_known() {
        for (name, scenario) in scenarios() {
            let known = keys_of(&scenario);
            let mut subject = InProcess::new(&scenario.settings, Feeding::Whole).unwrap();
            run(&scenario, &mut subject).unwrap_or_else(|trouble| panic!("{name}: {trouble}"));
            for key in subject.server().databases().flat_map(|(_, db)| db.keys(0)) {
                assert!(known.contains(key), "{name} leaves {}", quote(key));
            }
        }
    }
}
