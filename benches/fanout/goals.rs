//! The goals cutaway has set itself, and whether this run reaches them.

use crate::run::{Outcome, Row};
use crate::server::Kind;
use crate::stats::{bytes, median, paired_ratio, times};

/// What of a row is held against the goal.
#[derive(Clone, Copy)]
enum Of {
    Figure,
    PeakMemory,
    P99,
}

struct Goal {
    case: &'static str,
    of: Of,
    /// None: the figure itself, in bytes, must not exceed the limit.
    against: Option<Kind>,
    at_most: f64,
}

const fn figure(case: &'static str, against: Kind, at_most: f64) -> Goal {
    Goal { case, of: Of::Figure, against: Some(against), at_most }
}

const fn size(case: &'static str, at_most: f64) -> Goal {
    Goal { case, of: Of::Figure, against: None, at_most }
}

use Kind::{Floor, Redis, Valkey};

const GOALS: &[Goal] = &[
    figure("fan-out to 100, depth 1", Floor, 1.15),
    figure("fan-out to 100, depth 16", Floor, 1.15),
    figure("fan-out to 100, depth 128", Floor, 1.15),
    figure("fan-out to 1000, depth 1", Floor, 1.15),
    figure("fan-out to 1000, depth 16", Floor, 1.15),
    figure("fan-out to 1000, depth 128", Floor, 1.15),
    figure("fan-out to 100, depth 1", Redis, 0.95),
    figure("fan-out to 100, depth 16", Redis, 0.65),
    figure("fan-out to 100, depth 128", Redis, 0.35),
    figure("fan-out to 1000, depth 1", Redis, 0.95),
    figure("fan-out to 1000, depth 16", Redis, 0.65),
    figure("fan-out to 1000, depth 128", Redis, 0.35),
    figure("fan-out to 100, depth 1", Valkey, 0.95),
    figure("fan-out to 100, depth 16", Valkey, 0.65),
    figure("fan-out to 100, depth 128", Valkey, 0.35),
    figure("fan-out to 1000, depth 1", Valkey, 0.95),
    figure("fan-out to 1000, depth 16", Valkey, 0.65),
    figure("fan-out to 1000, depth 128", Valkey, 0.35),
    figure("Unix socket: fan-out to 1, depth 1", Floor, 1.15),
    figure("Unix socket: fan-out to 100, depth 1", Floor, 1.15),
    figure("Unix socket: fan-out to 100, depth 16", Floor, 1.15),
    figure("Unix socket: fan-out to 100, depth 128", Floor, 1.15),
    figure("Unix socket: late readers, 100, depth 1", Floor, 1.15),
    figure("Unix socket: fan-out to 1, depth 1", Redis, 0.9),
    figure("Unix socket: fan-out to 100, depth 1", Redis, 0.9),
    figure("Unix socket: fan-out to 100, depth 16", Redis, 0.9),
    figure("Unix socket: fan-out to 100, depth 128", Redis, 0.9),
    figure("Unix socket: late readers, 100, depth 1", Redis, 0.9),
    figure("fan-out to 1, depth 128", Redis, 0.25),
    figure("fan-out to 1, depth 128", Floor, 1.15),
    figure("PING, depth 1", Redis, 1.0),
    figure("PING, depth 16", Redis, 1.0),
    figure("PUBLISH to nobody, depth 1", Redis, 1.0),
    figure("PUBLISH to nobody, depth 16", Redis, 1.0),
    figure("GET, depth 1", Redis, 1.0),
    figure("GET, depth 16", Redis, 1.0),
    figure("SET, depth 1", Redis, 1.0),
    figure("SET, depth 16", Redis, 1.0),
    figure("PING, depth 1", Valkey, 1.0),
    figure("PING, depth 16", Valkey, 1.0),
    figure("PUBLISH to nobody, depth 1", Valkey, 1.0),
    figure("PUBLISH to nobody, depth 16", Valkey, 1.0),
    figure("GET, depth 1", Valkey, 1.0),
    figure("GET, depth 16", Valkey, 1.0),
    figure("SET, depth 1", Valkey, 1.0),
    figure("SET, depth 16", Valkey, 1.0),
    Goal { case: "1 MiB to 500, depth 4", of: Of::PeakMemory, against: Some(Redis), at_most: 1.0 / 20.0 },
    figure("10000 idle patterns, depth 16", Redis, 1.0 / 50.0),
    size("memory: 10000 idle connections", 600.0),
    size("memory: 1000 clients x the same 100 channels", 48.0),
    size("memory: 1000 clients x 100 own channels", 80.0),
    Goal { case: "latency: fan-out to 10, depth 1", of: Of::P99, against: Some(Redis), at_most: 1.0 },
];

/// One line of the record: a goal that this run could judge.
pub struct Verdict {
    pub case: &'static str,
    pub goal: String,
    pub measured: String,
    pub reached: bool,
}

/// Judges every goal whose servers were measured.
pub fn judge(outcomes: &[Outcome]) -> Vec<Verdict> {
    GOALS.iter().filter_map(|goal| goal.judge(outcomes)).collect()
}

impl Goal {
    fn judge(&self, outcomes: &[Outcome]) -> Option<Verdict> {
        let outcome = outcomes.iter().find(|outcome| outcome.case.name == self.case)?;
        let ours = outcome.row(Kind::Cutaway)?;
        let what = match self.of {
            Of::Figure => "",
            Of::PeakMemory => "peak memory ",
            Of::P99 => "p99 ",
        };
        let (goal, measured, value) = match self.against {
            Some(kind) => {
                let value = self.ratio(ours, outcome.row(kind)?)?;
                (format!("{what}at most {} {kind}", times(self.at_most)), times(value), value)
            }
            None => {
                let value = median(&ours.figures);
                (format!("at most {}", bytes(self.at_most)), bytes(value), value)
            }
        };
        Some(Verdict { case: self.case, goal, measured, reached: value <= self.at_most })
    }

    fn ratio(&self, ours: &Row, theirs: &Row) -> Option<f64> {
        Some(match self.of {
            Of::Figure => paired_ratio(&ours.figures, &theirs.figures),
            Of::PeakMemory => ours.peak_memory / theirs.peak_memory,
            Of::P99 => ours.latency?[1] / theirs.latency?[1],
        })
    }
}
