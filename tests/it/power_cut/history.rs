//! What a server has gone through: its keys after each thing that has happened, and how many of these states the files must know.
//!
//! The server's own memory is the model. Whatever a start finds in the files must be one of the states that the server was in,
//! whole, and not one from before the last promise: so nothing is missing, nothing is half there, and the order is right.

use super::keys::{Keys, difference, unexpired};
use cutaway::server::Time;
use std::collections::BTreeMap;

/// The number of a state.
pub type At = usize;

/// The states of a server, in order.
#[derive(Default)]
pub struct History {
    states: Vec<Keys>,
    /// The states before which a client was served that had waited: more than one unit of execution lies between them.
    compound: Vec<(At, Time)>,
    /// The states that such a step has come back to.
    round_trips: Vec<(At, Time)>,
    /// The state that a start must find at least, and why.
    required: (At, String),
    /// What has happened, for people.
    lines: Vec<String>,
}

impl History {
    /// Begins with these keys.
    pub fn new(keys: Keys) -> History {
        History { states: vec![keys], ..History::default() }
    }

    /// Something has happened.
    pub fn line(&mut self, line: String) {
        if line.starts_with("turn") && self.lines.last().is_some_and(|last| last.starts_with("turn")) {
            self.lines.pop();
        }
        self.lines.push(line);
    }

    /// The server has these keys now. `compound`: the time, if more than one unit of execution may have led to them.
    pub fn reached(&mut self, keys: Keys, compound: Option<Time>) {
        let steps = if self.states.last() == Some(&keys) {
            &mut self.round_trips
        } else {
            self.states.push(keys);
            self.lines.push(format!("        state {}", self.states.len() - 1));
            &mut self.compound
        };
        steps.extend(compound.map(|time| (self.states.len() - 1, time)));
    }

    /// The state that the server is in.
    pub fn now(&self) -> At {
        self.states.len() - 1
    }

    /// From now on the files must know that state.
    pub fn require(&mut self, at: At, why: impl FnOnce() -> String) {
        if at > self.required.0 {
            self.required = (at, why());
            self.lines.push(format!("        state {at} must last: {}", self.required.1));
        }
    }

    /// Whether that is a state that a start may find.
    pub fn allows(&self, keys: &Keys) -> bool {
        self.states[self.required.0..].contains(keys)
    }

    /// Whether it is one after what has expired by then was left out, as it is of a snapshot that is loaded.
    pub fn allows_unexpired(&self, keys: &Keys, now: i64) -> bool {
        let keys = unexpired(keys, now);
        self.states[self.required.0..].iter().any(|state| unexpired(state, now) == keys)
    }

    /// The last state with these keys.
    pub fn last_with(&self, keys: &Keys) -> Option<At> {
        self.states.iter().rposition(|state| state == keys)
    }

    /// When compound steps took place that need not last.
    pub fn times_of_compound(&self) -> impl Iterator<Item = Time> {
        let steps = self.compound.iter().chain(&self.round_trips);
        let mut times: Vec<Time> =
            steps.filter(|(at, _)| *at >= self.required.0).map(|(_, time)| *time).collect();
        times.sort_by_key(|time| time.millis);
        times.dedup();
        times.into_iter().rev()
    }

    /// Whether a start may find these keys if the units of execution that were lost lead to that state next: part of a compound
    /// step is there.
    pub fn may_be_halfway(&self, keys: &Keys, next: At) -> bool {
        let has = |steps: &[(At, Time)]| steps.iter().any(|(at, _)| *at == next);
        let comes_behind = next > self.required.0 && has(&self.compound);
        let comes_back = next >= self.required.0 && has(&self.round_trips);
        comes_behind || (comes_back && self.last_with(keys).is_none())
    }

    /// Why that is none of the states that a start may find.
    pub fn explain(&self, keys: &Keys) -> String {
        let (required, why) = &self.required;
        let last_lines = self.lines.len().saturating_sub(LINES_SHOWN);
        let before = self.states[..*required].iter().rposition(|state| state == keys);
        let nearest = (*required..self.states.len())
            .min_by_key(|&at| difference(&self.states[at], keys).len())
            .unwrap_or(*required);
        format!(
            "{}\n\nstate {required} must last: {why}\nfound: {}\nstate {nearest} | found:\n{}",
            self.lines[last_lines..].join("\n"),
            before.map_or("none of the states".into(), |at| format!("state {at}")),
            difference(&self.states[nearest], keys),
        )
    }
}

/// So much of a history is printed.
const LINES_SHOWN: usize = 200;

/// What clients were sent, and which state it tells of. `Client` is a name that is never given twice.
#[derive(Default)]
pub struct Told {
    clients: BTreeMap<u64, Stream>,
}

/// What one client is sent.
#[derive(Default)]
struct Stream {
    produced: u64,
    sent: u64,
    /// From which byte on the stream tells of which state.
    marks: Vec<(u64, At)>,
}

impl Told {
    /// So many bytes have left for a client.
    pub fn sent(&mut self, client: u64, count: usize) {
        self.clients.entry(client).or_default().sent += count as u64;
    }

    /// What has not left yet is promised to nobody.
    pub fn promise_nothing(&mut self) {
        self.clients.values_mut().for_each(|stream| stream.marks.clear());
    }

    /// The turn has ended, and the client is owed so much. What it was given in this turn tells of that state, if anything
    /// is promised. Returns the last state that what has left tells of.
    pub fn turn_ended(&mut self, client: u64, owed: usize, promised: Option<At>) -> Option<At> {
        let stream = self.clients.entry(client).or_default();
        let produced = stream.sent + owed as u64;
        if produced > stream.produced {
            if let Some(at) = promised {
                stream.marks.push((stream.produced, at));
            }
            stream.produced = produced;
        }
        let sent = stream.sent;
        stream.marks.extract_if(.., |(from, _)| *from < sent).map(|(_, at)| at).max()
    }
}
