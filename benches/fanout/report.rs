//! The results as an aligned table for the terminal, as Markdown and as JSON. The table and the Markdown are the same
//! text: a Markdown table whose columns are aligned.

use std::fmt::Write;
use std::fs;

use crate::cases::Measure;
use crate::goals::Verdict;
use crate::run::{Outcome, Row};
use crate::server::{Kind, Program};
use crate::stats::{bytes, median, paired_ratio, rate, spread, time, times};

const HEAD: [&str; 12] = [
    "case",
    "server",
    "cost",
    "+-",
    "vs floor",
    "vs redis",
    "vs valkey",
    "per second",
    "p50",
    "p99",
    "p99.9",
    "peak",
];

/// What was measured, and on what.
pub fn setting(programs: &[Program]) -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown CPU");
    let servers: Vec<String> =
        programs.iter().map(|program| format!("{} ({})", program.kind, program.version)).collect();
    let status = read("/proc/self/status");
    let allowed =
        status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).unwrap_or("unknown");
    format!(
        "{}, {} cores (used: {}), Linux {}\nServers: {}",
        model.trim_start_matches([' ', '\t', ':']),
        cpuinfo.matches("processor\t").count(),
        allowed.trim(),
        read("/proc/sys/kernel/osrelease").trim(),
        servers.join(", ")
    )
}

/// One row for each case and server.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut rows = vec![HEAD.map(str::to_string)];
    for outcome in outcomes {
        rows.extend(outcome.rows.iter().map(|row| cells(outcome, row)));
    }
    let mut text = aligned(&rows);
    for outcome in outcomes {
        for row in &outcome.rows {
            if let Some(note) = &row.note {
                let _ = writeln!(text, "- {}, {}: {note}", outcome.case.name, row.kind);
            }
        }
        for (kind, error) in &outcome.failures {
            let _ = writeln!(text, "- {}, {kind}: FAILED: {error}", outcome.case.name);
        }
    }
    text
}

fn cells(outcome: &Outcome, row: &Row) -> [String; 12] {
    let case = outcome.case;
    let cost = match case.measure {
        Measure::Cpu => time(median(&row.figures)),
        Measure::Memory => bytes(median(&row.figures)),
    };
    let against = |kind: Kind| match outcome.row(kind) {
        Some(other) if kind != row.kind => times(paired_ratio(&row.figures, &other.figures)),
        _ => String::new(),
    };
    let latency = |index: usize| row.latency.map(|values| time(values[index])).unwrap_or_default();
    [
        case.name.to_string(),
        row.kind.to_string(),
        format!("{cost}/{}", case.unit),
        if row.figures.len() > 1 { format!("{:.0}%", spread(&row.figures) * 100.0) } else { String::new() },
        against(Kind::Floor),
        against(Kind::Redis),
        against(Kind::Valkey),
        row.per_second.map(rate).unwrap_or_default(),
        latency(0),
        latency(1),
        latency(2),
        bytes(row.peak_memory),
    ]
}

/// The goals, reached and missed.
pub fn verdicts(verdicts: &[Verdict]) -> String {
    if verdicts.is_empty() {
        return "No goal could be judged: cutaway, or what it is held against, was not measured.\n"
            .to_string();
    }
    let mut rows = vec![["case", "goal", "measured", ""].map(str::to_string)];
    rows.extend(verdicts.iter().map(|verdict| {
        let word = if verdict.reached { "reached" } else { "MISSED" };
        [verdict.case.to_string(), verdict.goal.clone(), verdict.measured.clone(), word.to_string()]
    }));
    let reached = verdicts.iter().filter(|verdict| verdict.reached).count();
    format!("{}\n{reached} of {} goals reached.\n", aligned(&rows), verdicts.len())
}

/// A Markdown table; all columns but the first two are flush right.
fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let widths: Vec<usize> =
        (0..N).map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0).max(2)).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let _ = match column {
                0 | 1 => write!(text, "| {cell:<width$} "),
                _ => write!(text, "| {cell:>width$} "),
            };
        }
        text.push_str("|\n");
        if index == 0 {
            for (column, &width) in widths.iter().enumerate() {
                let _ = match column {
                    0 | 1 => write!(text, "|-{:-<width$}-", ""),
                    _ => write!(text, "|-{:-<width$}:", ""),
                };
            }
            text.push_str("|\n");
        }
    }
    text
}

/// Every number of the run, for machines. All names in it are ours and need no escaping but the errors.
pub fn json(setting: &str, outcomes: &[Outcome]) -> String {
    let mut rows = Vec::new();
    for outcome in outcomes {
        let case = outcome.case;
        for row in &outcome.rows {
            let mut line = format!(
                "{{\"case\":{},\"server\":{},\"measure\":\"{:?}\",\"unit\":{},\"rounds\":{:?},\"median\":{},\
                 \"peak_memory\":{}",
                quoted(case.name),
                quoted(row.kind.name()),
                case.measure,
                quoted(case.unit),
                row.figures,
                median(&row.figures),
                row.peak_memory
            );
            if let Some(rate) = row.per_second {
                let _ = write!(line, ",\"per_second\":{rate}");
            }
            if let Some([p50, p99, p999]) = row.latency {
                let _ = write!(line, ",\"p50_ns\":{p50},\"p99_ns\":{p99},\"p999_ns\":{p999}");
            }
            if let Some(note) = &row.note {
                let _ = write!(line, ",\"note\":{}", quoted(note));
            }
            rows.push(line + "}");
        }
        for (kind, error) in &outcome.failures {
            rows.push(format!(
                "{{\"case\":{},\"server\":{},\"failed\":{}}}",
                quoted(case.name),
                quoted(kind.name()),
                quoted(error)
            ));
        }
    }
    format!("{{\"setting\":{},\n\"results\":[\n{}\n]}}\n", quoted(setting), rows.join(",\n"))
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out + "\""
}
