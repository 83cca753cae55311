//! Running a case against all servers: side by side, in rounds, so that what disturbs the machine disturbs them alike.

use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use crate::Result;
use crate::cases::{Case, Work};
use crate::load::{Session, Window};
use crate::server::{Kind, Program, Server};
use crate::stats::percentile;

/// How long to measure.
#[derive(Clone, Copy)]
pub struct Scale {
    pub rounds: usize,
    /// One server's part of a round.
    pub window: Duration,
    /// How long to wait for memory to be given back.
    pub patience: Duration,
}

impl Scale {
    pub const FULL: Scale =
        Scale { rounds: 25, window: Duration::from_millis(50), patience: Duration::from_secs(6) };
    pub const QUICK: Scale =
        Scale { rounds: 7, window: Duration::from_millis(20), patience: Duration::from_millis(1200) };
}

/// What a case that is not run in windows measured.
pub struct Once {
    pub figure: f64,
    pub per_second: Option<f64>,
    pub latencies: Vec<u32>,
    pub note: Option<String>,
}

impl Once {
    pub fn figure(figure: f64) -> Once {
        Once { figure, per_second: None, latencies: Vec::new(), note: None }
    }
}

/// One server's result in one case.
pub struct Row {
    pub kind: Kind,
    /// CPU nanoseconds or bytes per unit, one for each round.
    pub figures: Vec<f64>,
    pub per_second: Option<f64>,
    /// p50, p99, p99.9 in nanoseconds, over all rounds.
    pub latency: Option<[f64; 3]>,
    pub peak_memory: f64,
    pub note: Option<String>,
}

/// A case and what came of it, a row or an error for each server.
pub struct Outcome {
    pub case: &'static Case,
    pub rows: Vec<Row>,
    pub failures: Vec<(Kind, String)>,
}

/// One server in the middle of a case.
struct Running {
    server: Server,
    session: Option<Box<dyn Session>>,
    figures: Vec<f64>,
    rates: Vec<f64>,
    latencies: Vec<u32>,
    note: Option<String>,
}

pub fn run(case: &'static Case, programs: &[Program], scale: Scale) -> Outcome {
    let mut failures = Vec::new();
    let mut rows = Vec::new();
    let taking_part = programs.iter().filter(|program| case.floor || program.kind != Kind::Floor);
    let measured: Vec<(Kind, Result<Running>)> = match case.work {
        Work::FanOut { shape, batches } => {
            side_by_side(taking_part, batches, scale, |server| shape.connect(server))
        }
        Work::Requests(shape) => side_by_side(taking_part, 0, scale, |server| shape.connect(server)),
        Work::Alone { rounds, measure } => taking_part
            .map(|program| (program.kind, alone(program, rounds.min(scale.rounds), measure, scale)))
            .collect(),
        Work::Memory(measure) => all_at_once(taking_part, |program| alone(program, 1, measure, scale)),
    };
    for (kind, result) in measured {
        match result.and_then(|running| running.finish(kind)) {
            Ok(row) => rows.push(row),
            Err(e) => failures.push((kind, e.to_string())),
        }
    }
    Outcome { case, rows, failures }
}

/// All servers up and connected, and a window of each in turn. A server that fails leaves the rounds.
fn side_by_side<'a>(
    programs: impl Iterator<Item = &'a Program>,
    batches: usize,
    scale: Scale,
    connect: impl Fn(&Server) -> Result<Box<dyn Session>>,
) -> Vec<(Kind, Result<Running>)> {
    let start = |program: &Program| {
        let server = program.start()?;
        let session = connect(&server)?;
        Ok(Running::new(server, Some(session)))
    };
    let mut running: Vec<(Kind, Result<Running>)> =
        programs.map(|program| (program.kind, start(program))).collect();
    let by_count = batches > 0;
    let rounds = if by_count { scale.rounds.min(batches) } else { scale.rounds };
    let at_least = batches.div_ceil(rounds).max(1);
    let span = if by_count { Duration::ZERO } else { scale.window };
    for round in 0..rounds {
        for (_, slot) in &mut running {
            let Ok(one) = slot else { continue };
            let warm = if round == 0 && !by_count { one.work(span / 4, 1).map(drop) } else { Ok(()) };
            if let Err(e) = warm.and_then(|()| one.window(span, at_least)) {
                *slot = Err(e);
            }
        }
    }
    running
}

/// A thread for each server. Memory does not mind company, and waiting for it to be given back takes long.
fn all_at_once<'a>(
    programs: impl Iterator<Item = &'a Program>,
    measure: impl Fn(&Program) -> Result<Running> + Sync,
) -> Vec<(Kind, Result<Running>)> {
    let measure = &measure;
    thread::scope(|scope| {
        let threads: Vec<_> =
            programs.map(|program| (program.kind, scope.spawn(move || measure(program)))).collect();
        let join = |thread: ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|_| Err("its thread panicked".into()))
        };
        threads.into_iter().map(|(kind, thread)| (kind, join(thread))).collect()
    })
}

/// A fresh server for each round, and no other server meanwhile.
fn alone(
    program: &Program,
    rounds: usize,
    measure: fn(&Server, Scale) -> Result<Once>,
    scale: Scale,
) -> Result<Running> {
    let mut running = Running::new(program.start()?, None);
    for round in 0..rounds {
        if round > 0 {
            running.server = program.start()?;
        }
        let once = measure(&running.server, scale)?;
        running.figures.push(once.figure);
        running.rates.extend(once.per_second);
        running.latencies.extend(once.latencies);
        running.note = once.note;
    }
    Ok(running)
}

impl Running {
    fn new(server: Server, session: Option<Box<dyn Session>>) -> Running {
        Running { server, session, figures: Vec::new(), rates: Vec::new(), latencies: Vec::new(), note: None }
    }

    fn work(&mut self, span: Duration, at_least: usize) -> Result<Window> {
        self.session.as_mut().ok_or("no session")?.window(span, at_least)
    }

    fn window(&mut self, span: Duration, at_least: usize) -> Result<()> {
        let cpu = self.server.cpu_at_rest()?;
        let begin = Instant::now();
        let window = self.work(span, at_least)?;
        let wall = begin.elapsed();
        let spent = self.server.cpu_at_rest()? - cpu;
        self.figures.push(spent as f64 / window.operations as f64);
        self.rates.push(window.operations as f64 / wall.as_secs_f64());
        self.latencies.extend(window.latencies);
        Ok(())
    }

    fn finish(mut self, kind: Kind) -> Result<Row> {
        self.latencies.sort_unstable();
        let at = |percent| percentile(&self.latencies, percent).map(f64::from);
        let latency = at(50.0).zip(at(99.0)).zip(at(99.9)).map(|((a, b), c)| [a, b, c]);
        Ok(Row {
            kind,
            per_second: (!self.rates.is_empty()).then(|| crate::stats::median(&self.rates)),
            latency,
            peak_memory: self.server.peak_memory()? as f64,
            note: self.note.or_else(|| self.session.as_ref().and_then(|session| session.note())),
            figures: self.figures,
        })
    }
}
