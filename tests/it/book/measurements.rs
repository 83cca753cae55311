//! Numbers of a recorded run, `docs/measurements/*.json`, printed as the benchmark's own table prints them.
//!
//! The record is what `benches/fanout/report.rs` writes, and `docs/measurements/teardown.py` too: one result a line,
//! which begins with its case and its server. Nothing more general is read here.

use crate::benchmark::stats;

/// The number of one case. `what` is
/// - `cutaway`: what a delivery (or request …) cost: `1.57 us`;
/// - `cutaway/redis`: that, divided by what it cost the other: `0.31x`, below 1 is cheaper;
/// - `cutaway p50`, `p99`, `p999`: how long it took;
/// - `cutaway peak`: the most memory the server had resident.
pub fn number(record: &str, case: &str, what: &str) -> Result<String, String> {
    if let Some((ours, theirs)) = what.split_once('/') {
        let rounds = |server| Ok::<_, String>(rounds(result(record, case, server)?));
        let (ours, theirs) = (rounds(ours)?, rounds(theirs)?);
        if ours.is_empty() || theirs.is_empty() {
            return Err(format!("the record has no rounds of \"{case}\" to compare"));
        }
        return Ok(stats::times(stats::paired_ratio(&ours, &theirs)));
    }
    let (server, which) = what.split_once(' ').unwrap_or((what, ""));
    let result = result(record, case, server)?;
    let (name, print): (&str, fn(f64) -> String) = match which {
        "" if field(result, "measure") == Some("\"Memory\"") => ("median", stats::bytes),
        "" => ("median", stats::time),
        "p50" => ("p50_ns", stats::time),
        "p99" => ("p99_ns", stats::time),
        "p999" => ("p999_ns", stats::time),
        "peak" => ("peak_memory", stats::bytes),
        _ => return Err(format!("`{which}` is nothing that a record has of {server}")),
    };
    let value = field(result, name).and_then(|value| value.parse().ok());
    value.map(print).ok_or_else(|| format!("\"{case}\" has no {name} of {server}"))
}

/// The line of a case and server.
fn result<'a>(record: &'a str, case: &str, server: &str) -> Result<&'a str, String> {
    let start = format!("{{\"case\":\"{case}\",\"server\":\"{server}\",");
    let found = record.lines().find(|line| line.starts_with(&start) && field(line, "median").is_some());
    found.ok_or_else(|| format!("the record has no result of {server} for \"{case}\""))
}

/// The value of a field, as written; an array up to its end.
fn field<'a>(result: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = result.split_once(&format!("\"{name}\":"))?;
    let end = if rest.starts_with('[') { rest.find(']')? + 1 } else { rest.find([',', '}'])? };
    Some(&rest[..end])
}

fn rounds(result: &str) -> Vec<f64> {
    let values = field(result, "rounds").unwrap_or_default().trim_matches(['[', ']']);
    values.split(',').filter_map(|value| value.trim().parse().ok()).collect()
}

#[test]
fn numbers_are_those_of_the_record() {
    let record = concat!(
        "{\"setting\":\"x\",\n\"results\":[\n",
        "{\"case\":\"a, b\",\"server\":\"cutaway\",\"measure\":\"Cpu\",\"unit\":\"delivery\",\"rounds\":[100.0, 200.0, 300.0],\
         \"median\":200.0,\"peak_memory\":1,\"p50_ns\":1000,\"p99_ns\":4810000},\n",
        "{\"case\":\"a, b\",\"server\":\"redis\",\"measure\":\"Cpu\",\"unit\":\"delivery\",\"rounds\":[400.0, 400.0, 400.0],\
         \"median\":400.0,\"peak_memory\":1610612736},\n",
        "{\"case\":\"old\",\"server\":\"redis-7\",\"measure\":\"Cpu\",\"median\":80613500000.0},\n",
        "{\"case\":\"m\",\"server\":\"cutaway\",\"measure\":\"Memory\",\"unit\":\"client\",\"rounds\":[48.0],\
         \"median\":48.0,\"peak_memory\":1},\n",
        "{\"case\":\"m\",\"server\":\"redis\",\"failed\":\"no\"}\n]}\n"
    );
    let cases = [
        ("a, b", "cutaway", "200 ns"),
        ("a, b", "cutaway/redis", "0.50x"),
        ("a, b", "cutaway p99", "4.81 ms"),
        ("m", "cutaway", "48.0 B"),
        ("a, b", "redis peak", "1.50 GiB"),
        ("old", "redis-7", "80.6 s"),
    ];
    for (case, what, text) in cases {
        assert_eq!(number(record, case, what).as_deref(), Ok(text));
    }
    for (case, what) in [
        ("m", "redis"),
        ("m", "cutaway/redis"),
        ("old", "redis-7/redis-7"),
        ("a, b", "redis p99"),
        ("a, b", "redis p98"),
        ("c", "cutaway"),
    ] {
        assert!(number(record, case, what).is_err(), "{case} {what}");
    }
}
