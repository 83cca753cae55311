//! What took long, and when: the samples behind LATENCY LATEST and HISTORY.
//!
//! Redis: `src/latency.c`, `latencyAddSample`. Of its events there are the two of commands, those of removing keys, those of
//! appending to a file and of the sync under `always`; the others are of what holds up nobody here (`fork`, `aof-rename` …).

use std::collections::{BTreeMap, VecDeque};

/// Samples kept of each event. Redis: `LATENCY_TS_LEN`.
const SAMPLES: usize = 160;

/// The events.
#[derive(Debug, Default)]
pub struct LatencyMonitor(BTreeMap<&'static str, Event>);

/// One kind of thing that took long.
#[derive(Debug, Default)]
pub struct Event {
    /// Seconds since 1970 and milliseconds, the oldest first; of each second the longest.
    pub samples: VecDeque<(u64, u64)>,
    /// The longest since the start or LATENCY RESET.
    pub max: u64,
}

impl LatencyMonitor {
    /// Something took long just now.
    pub fn add(&mut self, event: &'static str, second: u64, millis: u64) {
        let event = self.0.entry(event).or_default();
        event.max = event.max.max(millis);
        match event.samples.back_mut() {
            Some((last, longest)) if *last == second => *longest = (*longest).max(millis),
            _ => {
                if event.samples.len() == SAMPLES {
                    event.samples.pop_front();
                }
                event.samples.push_back((second, millis));
            }
        }
    }

    /// The event of that name.
    pub fn get(&self, name: &[u8]) -> Option<&Event> {
        self.0.get(std::str::from_utf8(name).ok()?)
    }

    /// All of which there are samples.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&'static str, &Event)> {
        self.0.iter().map(|(&name, event)| (name, event))
    }

    /// Forgets those of that name, in any case, or all. Returns how many.
    pub fn reset(&mut self, name: Option<&[u8]>) -> usize {
        let before = self.0.len();
        self.0.retain(|event, _| name.is_some_and(|name| !event.as_bytes().eq_ignore_ascii_case(name)));
        before - self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_second_the_longest_is_kept_and_of_all_the_last_160() {
        let mut monitor = LatencyMonitor::default();
        for (second, millis) in [(1, 900), (2, 5), (2, 7), (2, 6)] {
            monitor.add("command", second, millis);
        }
        let event = monitor.get(b"command").unwrap();
        assert_eq!((event.samples.clone().into(), event.max), (vec![(1, 900), (2, 7)], 900));
        (3..200).for_each(|second| monitor.add("command", second, 1));
        let event = monitor.get(b"command").unwrap();
        assert_eq!((event.samples.len(), event.samples[0], event.max), (160, (40, 1), 900));
    }

    #[test]
    fn a_reset_forgets_one_or_all() {
        let mut monitor = LatencyMonitor::default();
        let add = |monitor: &mut LatencyMonitor| {
            ["command", "fast-command"].into_iter().for_each(|event| monitor.add(event, 1, 1));
        };
        add(&mut monitor);
        assert_eq!([monitor.reset(Some(b"nosuch")), monitor.reset(Some(b"COMMAND"))], [0, 1]);
        add(&mut monitor);
        assert_eq!((monitor.reset(None), monitor.iter().len()), (2, 0));
    }
}
