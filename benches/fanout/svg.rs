//! The plot: one group of bars for each case, one bar for each server, as long as its cost relative to the yardstick:
//! the floor where the floor takes part, else the cheapest server. The axis is logarithmic, since ratios are: twice as
//! much and half as much are equally far from 1. Plain SVG with a style for light and one for dark; no script.

use std::fmt::Write;

use crate::run::{Outcome, Row};
use crate::server::Kind;
use crate::stats::{median, paired_ratio, times};

const WIDTH: f64 = 900.0;
const LEFT: f64 = 310.0;
const RIGHT: f64 = 60.0;
const TOP: f64 = 76.0;
const BAR: f64 = 11.0;
const GAP: f64 = 12.0;

const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#24292f}.title{font-size:16px;font-weight:600}.dim{fill:#57606a}\
.grid{stroke:#d0d7de}.one{stroke:#57606a}.cutaway{fill:#cf4a1f}.redis{fill:#3b6fb6}.valkey{fill:#7aa7d9}.floor{fill:#8c959f}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.dim{fill:#9198a1}.grid{stroke:#3d444d}.one{stroke:#9198a1}\
.cutaway{fill:#ff7a4d}.redis{fill:#6ea0e6}.valkey{fill:#3f6ea8}.floor{fill:#6e7681}}";

/// The plot of all cases that at least two servers finished.
pub fn plot(outcomes: &[Outcome]) -> String {
    let groups: Vec<(&Outcome, &Row)> = outcomes
        .iter()
        .filter(|outcome| outcome.rows.len() > 1)
        .filter_map(|outcome| Some((outcome, yardstick(outcome)?)))
        .collect();
    let bars = |group: &(&Outcome, &Row)| -> Vec<(Kind, f64)> {
        let (outcome, unit) = group;
        let ratio = |row: &Row| paired_ratio(&row.figures, &unit.figures);
        let rows = outcome.rows.iter().filter(|row| row.kind != Kind::Floor);
        rows.map(|row| (row.kind, ratio(row)))
            .filter(|(_, ratio)| ratio.is_finite() && *ratio > 0.0)
            .collect()
    };
    let longest = groups.iter().flat_map(bars).map(|(_, ratio)| ratio).fold(2.0, f64::max);
    let shortest = groups.iter().flat_map(bars).map(|(_, ratio)| ratio).fold(0.8, f64::min);
    let scale = (WIDTH - LEFT - RIGHT) / (longest / shortest).ln();
    let x = |ratio: f64| LEFT + (ratio / shortest).ln() * scale;
    let height = |group: &(&Outcome, &Row)| bars(group).len() as f64 * BAR + GAP;
    let bottom = TOP + groups.iter().map(height).sum::<f64>();

    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {:.0}\" role=\"img\">\n\
         <title>Cost of each server relative to the floor</title>\n<style>{STYLE}</style>\n\
         <text class=\"title\" x=\"12\" y=\"24\">Cost relative to the floor (shorter is better)</text>\n",
        bottom + 16.0
    );
    let mut key = 12.0;
    for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Floor) {
        let _ = writeln!(
            svg,
            "<rect class=\"{kind}\" x=\"{key}\" y=\"36\" width=\"11\" height=\"11\"/>\
             <text x=\"{}\" y=\"46\">{kind}</text>",
            key + 16.0
        );
        key += 90.0;
    }
    let _ = writeln!(
        svg,
        "<text class=\"dim\" x=\"{key}\" y=\"46\">* relative to the cheapest server: the floor takes no part</text>"
    );
    for tick in [0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0] {
        if (shortest..=longest).contains(&tick) {
            let class = if tick == 1.0 { "one" } else { "grid" };
            let at = x(tick);
            let _ = writeln!(
                svg,
                "<line class=\"{class}\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{}\" y2=\"{bottom:.1}\"/>\
                 <text class=\"dim\" text-anchor=\"middle\" x=\"{at:.1}\" y=\"{}\">{tick}x</text>",
                TOP - 6.0,
                TOP - 10.0
            );
        }
    }
    let mut y = TOP;
    for group in &groups {
        let bars = bars(group);
        let star = if group.1.kind == Kind::Floor { "" } else { " *" };
        let _ = writeln!(
            svg,
            "<text text-anchor=\"end\" x=\"{}\" y=\"{:.1}\">{}{star}</text>",
            LEFT - 8.0,
            y + bars.len() as f64 * BAR / 2.0 + 4.0,
            group.0.case.name
        );
        for (kind, ratio) in bars {
            let (from, to) = (x(ratio.min(1.0)), x(ratio.max(1.0)));
            let _ = writeln!(
                svg,
                "<rect class=\"{kind}\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{:.1}\" height=\"{}\"/>\
                 <text class=\"dim\" style=\"font-size:10px\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
                (to - from).max(1.0),
                BAR - 1.0,
                to + 4.0,
                y + BAR - 2.5,
                times(ratio)
            );
            y += BAR;
        }
        y += GAP;
    }
    svg + "</svg>\n"
}

fn yardstick(outcome: &Outcome) -> Option<&Row> {
    let cheapest = || outcome.rows.iter().min_by(|a, b| median(&a.figures).total_cmp(&median(&b.figures)));
    outcome.row(Kind::Floor).or_else(cheapest)
}
