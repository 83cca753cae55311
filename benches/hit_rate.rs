//! How often a cache finds what it is asked for, here and in Redis: one trace, the same number of keys held, at the same time.
//!
//! `cargo bench --bench hit_rate` takes about three minutes. Each key of the trace is asked for with GET, and stored with SET if it
//! was not there. Keys are drawn by Zipf's law: the nth most popular one is asked for 1/n^0.9 as often as the first. `maxmemory` of
//! each server is set so that both hold the same number of keys, whatever a key takes in each.
//!
//! The pace is fixed, since the clock of LRU has seconds and the counters of LFU have minutes: a server that is faster must not
//! see a denser trace.

#[path = "fanout/floor.rs"]
#[allow(dead_code)] // what only the fan-out benchmark uses
mod floor;
#[path = "fanout/process.rs"]
#[allow(dead_code)]
mod process;
#[path = "fanout/server.rs"]
#[allow(dead_code)]
mod server;
#[path = "fanout/wire.rs"]
#[allow(dead_code)]
mod wire;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use cutaway::base::random::xorshift;
use server::{Kind, Program, Server};
use wire::command;

/// Errors are words for the table.
type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How many keys there are.
const KEYS: usize = 200_000;
/// How many of them a server holds.
const HELD: usize = 20_000;
/// Requests a second.
const PACE: usize = 6_000;
/// Requests of a batch.
const BATCH: usize = 100;
/// The exponent of Zipf's law.
const EXPONENT: f64 = 0.9;

fn main() -> ExitCode {
    let number = |name: &'static str, default: &'static str, help: &'static str| {
        Arg::new(name).long(name).default_value(default).value_parser(value_parser!(usize)).help(help)
    };
    let hidden = |name: &'static str| Arg::new(name).long(name).hide(true);
    let matches = Command::new("hit_rate")
        .about("How often a cache finds what it is asked for, here and in Redis")
        .arg(number("samples", "5", "maxmemory-samples"))
        .arg(number(
            "seconds",
            "40",
            "How long each policy is measured; as long again half of that before it is",
        ))
        // What cargo passes, and cargo-nextest.
        .arg(hidden("bench").action(ArgAction::SetTrue))
        .arg(hidden("format"))
        .arg(hidden("ignored").action(ArgAction::SetTrue))
        .get_matches();
    match measure(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("hit_rate: {error}");
            ExitCode::FAILURE
        }
    }
}

fn measure(matches: &ArgMatches) -> Result<()> {
    if !matches.get_flag("bench") {
        return Ok(());
    }
    let number = |name: &str| matches.get_one::<usize>(name).copied().unwrap_or(5);
    let (samples, seconds) = (number("samples"), number("seconds"));
    let programs = [Program::find(Kind::Cutaway)?, Program::find(Kind::Redis)?];
    println!(
        "{KEYS} keys by Zipf's law ({EXPONENT}), {HELD} held, {PACE} requests a second, {samples} samples"
    );
    println!("| policy | cutaway | Redis {} | difference |\n|---|---|---|---|", programs[1].version);
    for policy in ["allkeys-lru", "allkeys-lfu", "allkeys-random"] {
        let mut caches: Vec<Cache> =
            programs.iter().map(|program| Cache::start(program, policy, samples)).collect::<Result<_>>()?;
        let mut trace = Trace::new();
        play(&mut caches, &mut trace, seconds / 2)?;
        caches.iter_mut().for_each(|cache| (cache.hits, cache.asked) = (0, 0));
        play(&mut caches, &mut trace, seconds)?;
        let mut held = Vec::new();
        for cache in &mut caches {
            held.push(cache.number(&[b"DBSIZE"])?);
        }
        let rates: Vec<f64> =
            caches.iter().map(|cache| 100.0 * cache.hits as f64 / cache.asked as f64).collect();
        println!(
            "| {policy} | {:.2}% ({} held) | {:.2}% ({} held) | {:+.2} |",
            rates[0],
            held[0],
            rates[1],
            held[1],
            rates[0] - rates[1]
        );
    }
    Ok(())
}

/// Asks all caches for the same keys at the same pace.
fn play(caches: &mut [Cache], trace: &mut Trace, seconds: usize) -> Result<()> {
    let begin = Instant::now();
    for batch in 0..seconds * PACE / BATCH {
        let keys: Vec<usize> = (0..BATCH).map(|_| trace.next()).collect();
        for cache in caches.iter_mut() {
            cache.ask(&keys)?;
        }
        let due = begin + Duration::from_micros((batch * BATCH * 1_000_000 / PACE) as u64);
        thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    Ok(())
}

/// Which key is asked for next.
struct Trace {
    /// For each key the share of all requests that are for it or a more popular one.
    shares: Vec<f64>,
    state: u64,
}

impl Trace {
    fn new() -> Trace {
        let mut sum = 0.0;
        let mut shares: Vec<f64> = Vec::with_capacity(KEYS);
        for rank in 1..=KEYS {
            sum += (rank as f64).powf(-EXPONENT);
            shares.push(sum);
        }
        shares.iter_mut().for_each(|share| *share /= sum);
        Trace { shares, state: 20_261_127 }
    }

    fn next(&mut self) -> usize {
        let chance = (xorshift(&mut self.state) >> 11) as f64 / (1u64 << 53) as f64;
        self.shares.partition_point(|&share| share < chance).min(KEYS - 1)
    }
}

/// A server and a connection to it.
struct Cache {
    _server: Server,
    stream: BufReader<TcpStream>,
    hits: u64,
    asked: u64,
}

impl Cache {
    /// A server that holds [`HELD`] keys under this policy.
    fn start(program: &Program, policy: &str, samples: usize) -> Result<Cache> {
        let server = program.start()?;
        let stream = BufReader::new(server.connect()?);
        let mut cache = Cache { _server: server, stream, hits: 0, asked: 0 };
        cache.line(&[b"CONFIG", b"SET", b"maxmemory-policy", policy.as_bytes()])?;
        cache.line(&[b"CONFIG", b"SET", b"maxmemory-samples", samples.to_string().as_bytes()])?;
        let empty = cache.used()?;
        cache.store(&(0..HELD).collect::<Vec<_>>())?;
        let mut limit = cache.used()?;
        let each = (limit - empty) / HELD as i64;
        // What a table takes beside its keys is not the same with evictions: until the number is right.
        for round in 1..=20 {
            cache.line(&[b"CONFIG", b"SET", b"maxmemory", limit.to_string().as_bytes()])?;
            cache.store(&(HELD * round..HELD * (round + 1)).collect::<Vec<_>>())?;
            let off = HELD as i64 - cache.number(&[b"DBSIZE"])?;
            if off.unsigned_abs() < HELD as u64 / 500 {
                break;
            }
            limit += off * each;
        }
        Ok(cache)
    }

    /// Asks for each key, then stores those that were not there.
    fn ask(&mut self, keys: &[usize]) -> Result<()> {
        let requests: Vec<u8> = keys.iter().flat_map(|&number| command(&[b"GET", &key(number)])).collect();
        self.stream.get_mut().write_all(&requests)?;
        let mut missing = Vec::new();
        for &number in keys {
            match self.reply()? {
                Some(_) => self.hits += 1,
                None => missing.push(number),
            }
        }
        self.asked += keys.len() as u64;
        self.store(&missing)
    }

    fn store(&mut self, keys: &[usize]) -> Result<()> {
        for keys in keys.chunks(BATCH) {
            let set = |&number: &usize| command(&[b"SET", &key(number), &[b'v'; 100]]);
            let requests: Vec<u8> = keys.iter().flat_map(set).collect();
            self.stream.get_mut().write_all(&requests)?;
            for _ in keys {
                self.reply()?;
            }
        }
        Ok(())
    }

    fn used(&mut self) -> Result<i64> {
        let info = self.line(&[b"INFO", b"memory"])?;
        let line = info.lines().find_map(|line| line.strip_prefix("used_memory:"));
        Ok(line.ok_or("no used_memory")?.trim().parse()?)
    }

    fn number(&mut self, words: &[&[u8]]) -> Result<i64> {
        Ok(self.line(words)?.parse()?)
    }

    /// A request and its reply as text.
    fn line(&mut self, words: &[&[u8]]) -> Result<String> {
        self.stream.get_mut().write_all(&command(words))?;
        Ok(String::from_utf8(self.reply()?.unwrap_or_default())?)
    }

    /// One reply; None: nil.
    fn reply(&mut self) -> Result<Option<Vec<u8>>> {
        let mut head = String::new();
        self.stream.read_line(&mut head)?;
        let (kind, text) = head.trim_end().split_at(1);
        match kind {
            "-" => Err(text.into()),
            "$" if text == "-1" => Ok(None),
            "$" => {
                let mut bytes = vec![0; text.parse::<usize>()? + 2];
                self.stream.read_exact(&mut bytes)?;
                bytes.truncate(bytes.len() - 2);
                Ok(Some(bytes))
            }
            _ => Ok(Some(text.as_bytes().to_vec())),
        }
    }
}

fn key(number: usize) -> Vec<u8> {
    format!("page:{number:07}").into_bytes()
}
