//! What a command on keys costs cutaway and Redis, side by side: server CPU for each request, bytes for each key.
//!
//! `cargo bench --bench commands` prints a table and writes it to target/bench/; `docs/benchmark.md` says how to read it.
//! Servers, clocks and arithmetic are those of the fan-out benchmark; the workloads are a table (`workloads.rs`). What a
//! server does not know yet is said in its row, and the others go on.

mod load;
mod memory;
mod report;
mod scripts;
mod workloads;

#[path = "../fanout/floor.rs"]
#[allow(dead_code)] // what only the fan-out benchmark uses
mod floor;
#[path = "../fanout/process.rs"]
mod process;
#[path = "../fanout/server.rs"]
#[allow(dead_code)]
mod server;
#[path = "../fanout/stats.rs"]
#[allow(dead_code)]
mod stats;
#[path = "../fanout/wire.rs"]
#[allow(dead_code)]
mod wire;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use load::Load;
use report::{Measure, Outcome};
use server::{Kind, Program};
use workloads::WORKLOADS;

/// Errors are words for the table.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How many requests each has under way.
const DEPTHS: [usize; 2] = [1, 16];

fn arguments() -> Command {
    Command::new("commands")
        .about("What a command on keys costs cutaway and Redis")
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("CASE")
                .help("Cases whose name contains this; may be repeated")
                .action(ArgAction::Append),
        )
        .arg(
            Arg::new("quick")
                .long("quick")
                .action(ArgAction::SetTrue)
                .help("Fewer and shorter rounds, coarse figures"),
        )
        .arg(Arg::new("list").long("list").action(ArgAction::SetTrue).help("Print the names of the cases"))
        .arg(
            Arg::new("json")
                .long("json")
                .value_name("FILE")
                .value_parser(value_parser!(PathBuf))
                .help("Where the JSON record goes [target/bench/commands.json]"),
        )
        .arg(Arg::new("bench").long("bench").hide(true).action(ArgAction::SetTrue))
        // What `cargo test --benches` and cargo-nextest pass when they look for tests here.
        .arg(Arg::new("format").long("format").hide(true))
        .arg(Arg::new("ignored").long("ignored").hide(true).action(ArgAction::SetTrue))
}

fn main() -> ExitCode {
    match benchmark(&arguments().get_matches()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("commands: {e}");
            ExitCode::FAILURE
        }
    }
}

fn benchmark(matches: &ArgMatches) -> Result<()> {
    if !matches.get_flag("bench") {
        // Cargo says --bench when it is asked to measure; without it somebody is only running tests.
        return Ok(());
    }
    let only: Vec<&String> = matches.get_many("only").into_iter().flatten().collect();
    let wanted = |name: &str| only.is_empty() || only.iter().any(|part| name.contains(*part));
    let mut cases: Vec<Case> = Vec::new();
    for depth in DEPTHS {
        cases.extend(WORKLOADS.iter().map(|workload| Case::Requests(workload, depth)));
    }
    cases.extend(memory::CASES.iter().map(Case::Memory));
    cases.retain(|case| wanted(&case.name()));
    if matches.get_flag("list") {
        cases.iter().for_each(|case| println!("{}", case.name()));
        return Ok(());
    }
    if cases.is_empty() {
        return Err("no case has such a name; --list prints them".into());
    }
    if !process::supported() {
        return Err(
            "this system does not tell what its threads spend: /proc/self/schedstat (Linux) is needed".into(),
        );
    }
    let mut programs = Vec::new();
    for kind in [Kind::Cutaway, Kind::Redis] {
        match Program::find(kind) {
            Ok(program) => programs.push(program),
            Err(e) => println!("{kind} is absent: {e}"),
        }
    }
    let (begin, quick) = (Instant::now(), matches.get_flag("quick"));
    let setting = report::setting(&programs);
    println!("{setting}");
    let mut outcomes = Vec::new();
    for case in &cases {
        eprintln!("[{:>4.0} s] {}", begin.elapsed().as_secs_f64(), case.name());
        outcomes.push(case.run(&programs, quick));
    }
    let table = report::table(&outcomes);
    println!("\n{table}");
    let default = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    fs::create_dir_all(&default)?;
    let json = matches.get_one("json").cloned().unwrap_or_else(|| default.join("commands.json"));
    fs::write(&json, report::json(&setting, &outcomes))?;
    fs::write(default.join("commands.md"), format!("{setting}\n\n{table}"))?;
    println!("{:.0} s. Written: {}", begin.elapsed().as_secs_f64(), json.display());
    Ok(())
}

/// A line of the table for each server.
enum Case {
    /// A workload, and how many requests each connection has under way.
    Requests(&'static workloads::Workload, usize),
    Memory(&'static memory::Memory),
}

impl Case {
    fn name(&self) -> String {
        match self {
            Case::Requests(workload, depth) => format!("{}, depth {depth}", workload.name),
            Case::Memory(memory) => memory.name.into(),
        }
    }

    fn run(&self, programs: &[Program], quick: bool) -> Outcome {
        let measured = match self {
            Case::Requests(workload, depth) => {
                let rounds = if quick { 7 } else { 25 };
                let span = Duration::from_millis(if quick { 20 } else { 50 });
                side_by_side(programs, workload, *depth, rounds, span)
            }
            Case::Memory(memory) => {
                let count = if quick { memory.count / 10 } else { memory.count };
                let measure = |program: &Program| Ok(vec![memory.measure(&program.start()?, count)?]);
                programs.iter().map(|program| (program.kind, measure(program))).collect()
            }
        };
        let (measure, unit, goal) = match self {
            Case::Requests(workload, _) => (Measure::Cpu, workload.unit, 1.0),
            Case::Memory(memory) => (Measure::Memory, memory.unit, memory.goal),
        };
        Outcome { name: self.name(), measure, unit, goal, rows: measured }
    }
}

/// A server at work and its figures so far.
type Measured = (Load, Vec<f64>);

/// Both servers up, and a window of each in turn: what disturbs the machine disturbs them alike. A server that fails, or
/// does not know a command, leaves the rounds.
fn side_by_side(
    programs: &[Program],
    workload: &'static workloads::Workload,
    depth: usize,
    rounds: usize,
    span: Duration,
) -> Vec<(Kind, Result<Vec<f64>>)> {
    let mut loads: Vec<(Kind, Result<Measured>)> = programs
        .iter()
        .map(|program| (program.kind, Load::start(program, workload, depth).map(|load| (load, Vec::new()))))
        .collect();
    for round in 0..=rounds {
        for (_, slot) in &mut loads {
            let Ok((load, figures)) = slot else { continue };
            match load.window(span) {
                // The first is to warm up.
                Ok(figure) if round > 0 => figures.push(figure),
                Ok(_) => {}
                Err(e) => *slot = Err(e),
            }
        }
    }
    loads.into_iter().map(|(kind, result)| (kind, result.map(|(_, figures)| figures))).collect()
}
