//! The results as a Markdown table with aligned columns, and as the JSON record that the pages of the book quote.

use std::fmt::Write;

use crate::Result;
use crate::server::{Kind, Program};
use crate::stats::{bytes, median, paired_ratio, spread, time, times};

/// What a figure counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Nanoseconds of the server's CPU.
    Cpu,
    /// Bytes of the server's memory.
    Memory,
}

/// A case and what came of it: figures, or why there are none, for each server.
pub struct Outcome {
    pub name: String,
    pub measure: Measure,
    pub unit: &'static str,
    /// The most that cutaway may cost, in Redis's cost.
    pub goal: f64,
    pub rows: Vec<(Kind, Result<Vec<f64>>)>,
}

impl Outcome {
    fn figures(&self, wanted: Kind) -> Option<&[f64]> {
        self.rows.iter().find(|(kind, _)| *kind == wanted)?.1.as_deref().ok()
    }

    /// What cutaway costs, in Redis's cost; None if one of them was not measured.
    fn ratio(&self) -> Option<f64> {
        Some(paired_ratio(self.figures(Kind::Cutaway)?, self.figures(Kind::Redis)?))
    }
}

/// What was measured, and on what.
pub fn setting(programs: &[Program]) -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let cpuinfo = read("/proc/cpuinfo");
    let model = cpuinfo.lines().find_map(|line| line.strip_prefix("model name")).unwrap_or(": unknown CPU");
    let servers: Vec<String> =
        programs.iter().map(|program| format!("{} ({})", program.kind, program.version)).collect();
    format!(
        "{}, {} cores, Linux {}; {}",
        model.trim_start_matches([' ', '\t', ':']),
        cpuinfo.matches("processor\t").count(),
        read("/proc/sys/kernel/osrelease").trim(),
        servers.join(", ")
    )
}

/// One line for each case.
pub fn table(outcomes: &[Outcome]) -> String {
    let head = ["case", "cutaway", "redis", "+-", "vs redis", "goal", ""].map(str::to_string);
    let mut rows = vec![head];
    let mut notes = String::new();
    for outcome in outcomes {
        let cost = |kind: Kind| match outcome.figures(kind) {
            Some(figures) => {
                let print = if outcome.measure == Measure::Cpu { time } else { bytes };
                format!("{}/{}", print(median(figures)), outcome.unit)
            }
            None => "-".into(),
        };
        let ratio = outcome.ratio();
        rows.push([
            outcome.name.clone(),
            cost(Kind::Cutaway),
            cost(Kind::Redis),
            outcome
                .figures(Kind::Cutaway)
                .filter(|figures| figures.len() > 1)
                .map_or_else(String::new, |figures| format!("{:.0}%", spread(figures) * 100.0)),
            ratio.map_or_else(String::new, times),
            times(outcome.goal),
            match ratio {
                Some(ratio) if ratio <= outcome.goal => "reached".into(),
                Some(_) => "MISSED".into(),
                None => String::new(),
            },
        ]);
        for (kind, result) in &outcome.rows {
            if let Err(e) = result {
                let _ = writeln!(notes, "- {}, {kind}: not measured: {e}", outcome.name);
            }
        }
    }
    aligned(&rows) + &notes
}

fn aligned(rows: &[[String; 7]]) -> String {
    let widths: Vec<usize> =
        (0..7).map(|column| rows.iter().map(|row| row[column].len()).max().unwrap_or(0).max(2)).collect();
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        for (column, (cell, &width)) in row.iter().zip(&widths).enumerate() {
            let _ = if column == 0 {
                write!(text, "| {cell:<width$} ")
            } else {
                write!(text, "| {cell:>width$} ")
            };
        }
        text.push_str("|\n");
        if index == 0 {
            for (column, &width) in widths.iter().enumerate() {
                let _ = if column == 0 {
                    write!(text, "|-{:-<width$}-", "")
                } else {
                    write!(text, "|-{:-<width$}:", "")
                };
            }
            text.push_str("|\n");
        }
    }
    text
}

/// Every number of the run, a result a line, as tests/it/book/measurements.rs reads them.
pub fn json(setting: &str, outcomes: &[Outcome]) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let mut lines = Vec::new();
    for outcome in outcomes {
        for (kind, result) in &outcome.rows {
            let head = format!("{{\"case\":{},\"server\":{}", quoted(&outcome.name), quoted(kind.name()));
            lines.push(match result {
                Ok(figures) => format!(
                    "{head},\"measure\":\"{:?}\",\"unit\":{},\"rounds\":{figures:?},\"median\":{}}}",
                    outcome.measure,
                    quoted(outcome.unit),
                    median(figures)
                ),
                Err(e) => format!("{head},\"failed\":{}}}", quoted(&e.to_string())),
            });
        }
    }
    format!("{{\"setting\":{},\n\"results\":[\n{}\n]}}\n", quoted(setting), lines.join(",\n"))
}
