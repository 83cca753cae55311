//! The benchmark: what a delivery costs cutaway, Redis, Valkey and a floor of bare system calls, side by side.
//!
//! `cargo bench --bench fanout` prints a table and writes it to target/bench/; `docs/benchmark.md` says how to read it.
//! One process, one thread, drives all servers (`load.rs`, `fan_out.rs`, `requests.rs`); the cases are a table
//! (`cases.rs`); `floor.rs` is the yardstick.

mod cases;
mod crowd;
mod fan_out;
mod floor;
mod goals;
mod load;
mod memory;
mod process;
mod report;
mod requests;
mod run;
mod server;
mod stats;
mod svg;
mod teardown;
mod wire;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use cases::CASES;
use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use run::{Outcome, Row, Scale};
use server::{Kind, Program};

/// Errors are words for the table; they may come from another thread.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

impl Outcome {
    /// The row of one server, if it took part and did not fail.
    fn row(&self, kind: Kind) -> Option<&Row> {
        self.rows.iter().find(|row| row.kind == kind)
    }
}

fn arguments() -> Command {
    let path = value_parser!(PathBuf);
    Command::new("fanout")
        .about("What a delivery costs cutaway, Redis, Valkey and a floor of bare system calls")
        .arg(
            Arg::new("only")
                .long("only")
                .value_name("CASE")
                .help("Cases whose name contains this; may be repeated")
                .action(ArgAction::Append),
        )
        .arg(
            Arg::new("servers")
                .long("servers")
                .value_name("LIST")
                .value_delimiter(',')
                .help("cutaway,redis,valkey,floor"),
        )
        .arg(
            Arg::new("quick")
                .long("quick")
                .action(ArgAction::SetTrue)
                .help("Fewer and shorter rounds: a minute, coarse figures"),
        )
        .arg(Arg::new("list").long("list").action(ArgAction::SetTrue).help("Print the names of the cases"))
        .arg(
            Arg::new("json")
                .long("json")
                .value_name("FILE")
                .value_parser(path.clone())
                .help("Where the JSON record goes [target/bench/fanout.json]"),
        )
        .arg(
            Arg::new("svg")
                .long("svg")
                .value_name("FILE")
                .value_parser(path)
                .help("Where the plot goes [target/bench/fanout.svg]"),
        )
        .arg(Arg::new("bench").long("bench").hide(true).action(ArgAction::SetTrue))
        .arg(Arg::new("floor").long(&floor::FLAG[2..]).hide(true).value_parser(value_parser!(u16)))
        .arg(Arg::new("crowd").long(&crowd::FLAG[2..]).hide(true))
        // What `cargo test --benches` and cargo-nextest pass when they look for tests here.
        .arg(Arg::new("format").long("format").hide(true))
        .arg(Arg::new("ignored").long("ignored").hide(true).action(ArgAction::SetTrue))
}

fn main() -> ExitCode {
    let matches = arguments().get_matches();
    let (port, crowd) = (matches.get_one::<u16>("floor"), matches.get_one::<String>("crowd"));
    let result = match (port, crowd) {
        (Some(&port), _) => floor::serve(port).map(|()| true),
        (_, Some(argument)) => crowd::stand(argument).map(|()| true),
        _ => benchmark(&matches),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("fanout: {e}");
            ExitCode::FAILURE
        }
    }
}

/// True if no server failed in a case.
fn benchmark(matches: &ArgMatches) -> Result<bool> {
    if !matches.get_flag("bench") {
        // Cargo says --bench when it is asked to measure; without it somebody is only running tests.
        return Ok(true);
    }
    let only: Vec<&String> = matches.get_many("only").into_iter().flatten().collect();
    let cases =
        || CASES.iter().filter(|case| only.is_empty() || only.iter().any(|part| case.name.contains(*part)));
    if matches.get_flag("list") {
        cases().for_each(|case| println!("{}", case.name));
        return Ok(true);
    }
    if cases().next().is_none() {
        return Err("no case has such a name; --list prints them".into());
    }
    if !process::supported() {
        return Err(
            "this system does not tell what its threads spend: /proc/self/schedstat (Linux) is needed".into(),
        );
    }
    raise_file_limit()?;
    let begin = Instant::now();
    let programs = find_servers(matches)?;
    let setting = report::setting(&programs);
    println!("{setting}");
    let scale = if matches.get_flag("quick") { Scale::QUICK } else { Scale::FULL };
    let mut outcomes = Vec::new();
    for case in cases() {
        eprintln!("[{:>4.0} s] {}", begin.elapsed().as_secs_f64(), case.name);
        outcomes.push(run::run(case, &programs, scale));
    }

    let table = report::table(&outcomes);
    let verdicts = report::verdicts(&goals::judge(&outcomes));
    println!("\n{table}\n{verdicts}");
    let default = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("bench");
    fs::create_dir_all(&default)?;
    let place = |flag: &str, name: &str| matches.get_one(flag).cloned().unwrap_or_else(|| default.join(name));
    let markdown = default.join("fanout.md");
    let (json, svg) = (place("json", "fanout.json"), place("svg", "fanout.svg"));
    fs::write(&markdown, format!("{setting}\n\n{table}\n{verdicts}"))?;
    fs::write(&json, report::json(&setting, &outcomes))?;
    fs::write(&svg, svg::plot(&outcomes))?;
    println!(
        "{:.0} s. Written: {}, {}, {}",
        begin.elapsed().as_secs_f64(),
        markdown.display(),
        json.display(),
        svg.display()
    );
    Ok(outcomes.iter().all(|outcome| outcome.failures.is_empty()))
}

/// All that are wanted and there; says which are not.
fn find_servers(matches: &ArgMatches) -> Result<Vec<Program>> {
    let wanted: Vec<&String> = matches.get_many("servers").into_iter().flatten().collect();
    if let Some(stranger) =
        wanted.iter().find(|name| Kind::ALL.iter().all(|kind| kind.name() != name.as_str()))
    {
        return Err(format!("no server is called {stranger}; there are cutaway, redis, valkey, floor").into());
    }
    let mut programs = Vec::new();
    for kind in Kind::ALL
        .into_iter()
        .filter(|kind| wanted.is_empty() || wanted.iter().any(|name| *name == kind.name()))
    {
        match Program::find(kind) {
            Ok(program) => programs.push(program),
            Err(e) => println!("{kind} is absent: {e}"),
        }
    }
    if programs.is_empty() { Err("no server to measure".into()) } else { Ok(programs) }
}

/// 10,000 idle connections are more open files than usual; servers and crowds inherit the limit.
fn raise_file_limit() -> Result<()> {
    const WANTED: u64 = 16_384;
    let limit = rlimit::increase_nofile_limit(WANTED)?;
    if limit < WANTED {
        println!("Only {limit} open files allowed (ulimit -Hn): cases with 10,000 connections may fail.");
    }
    Ok(())
}
