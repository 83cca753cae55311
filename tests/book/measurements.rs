//! Numbers of a recorded run of the benchmark, `docs/measurements/*.json`, printed as its own table prints them.
//!
//! The record is what `benches/fanout/report.rs` writes: one result a line, fields in one order. Nothing more general is
//! read here.

#[path = "../../benches/fanout/stats.rs"]
#[allow(dead_code)]
mod stats;

/// The number of one case. `what` is
/// - `cutaway`: what a delivery (or request …) cost: `1.57 us`;
/// - `cutaway/redis`: that, divided by what it cost the other: `0.31x`, below 1 is cheaper;
/// - `cutaway p50`, `p99`, `p999`: how long it took.
pub fn number(record: &str, case: &str, what: &str) -> Result<String, String> {
    if let Some((ours, theirs)) = what.split_once('/') {
        let rounds = |server| Ok::<_, String>(rounds(result(record, case, server)?));
        return Ok(stats::times(stats::paired_ratio(&rounds(ours)?, &rounds(theirs)?)));
    }
    let (server, latency) = what.split_once(' ').unwrap_or((what, ""));
    let result = result(record, case, server)?;
    let absent = || format!("\"{case}\" has no {latency} of {server}");
    match latency {
        "" if field(result, "measure") == Some("\"Memory\"") => {
            Ok(stats::bytes(stats::median(&rounds(result))))
        }
        "" => Ok(stats::time(stats::median(&rounds(result)))),
        "p50" | "p99" | "p999" => {
            let value = field(result, &format!("{latency}_ns")).and_then(|value| value.parse().ok());
            value.map(stats::time).ok_or_else(absent)
        }
        _ => Err(absent()),
    }
}

/// The line of a case and server.
fn result<'a>(record: &'a str, case: &str, server: &str) -> Result<&'a str, String> {
    let start = format!("{{\"case\":\"{case}\",\"server\":\"{server}\",");
    let found = record.lines().find(|line| line.starts_with(&start) && field(line, "rounds").is_some());
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
         \"median\":400.0,\"peak_memory\":1},\n",
        "{\"case\":\"m\",\"server\":\"cutaway\",\"measure\":\"Memory\",\"unit\":\"client\",\"rounds\":[48.0],\
         \"median\":48.0,\"peak_memory\":1},\n",
        "{\"case\":\"m\",\"server\":\"redis\",\"failed\":\"no\"}\n]}\n"
    );
    let cases = [
        ("a, b", "cutaway", "200 ns"),
        ("a, b", "cutaway/redis", "0.50x"),
        ("a, b", "cutaway p99", "4.81 ms"),
        ("m", "cutaway", "48.0 B"),
    ];
    for (case, what, text) in cases {
        assert_eq!(number(record, case, what).as_deref(), Ok(text));
    }
    for (case, what) in [("m", "redis"), ("m", "cutaway/redis"), ("a, b", "redis p99"), ("c", "cutaway")] {
        assert!(number(record, case, what).is_err(), "{case} {what}");
    }
}
