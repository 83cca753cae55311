//! A walk as one page of HTML: no script, nothing fetched, light and dark, fit to be printed.
//!
//! For each line: the steps as a tree, what the clients received (as frames, and the bytes themselves), and the
//! structures as a figure if the line changed or walked them. The colours are the figures'.

use super::session::{NamedStep, Walked};
use super::short;
use super::short::MOST;
use crate::steps::Step;
use crate::tools::draw::STYLE;
use crate::tools::draw::svg::escape;
use crate::tools::scenario::words::escape as readable;
use crate::tools::scenario::{Action, Scenario};
use std::io;
use std::io::Write;

const PAGE: &str = "\
:root{color-scheme:light dark;--page:#fff;--ink:#1a1a1a;--soft:#595959;--line:#6b6b6b;--add:#0b6b3a;--walk:#0a4fb5;--off:#767676}
@media screen and (prefers-color-scheme:dark){:root{--page:#16181d;--ink:#f2f2f2;--soft:#b9bcc4;--line:#a5a9b3;--add:#62d998;--walk:#8bb8ff;--off:#9095a0}}
body{margin:0 auto;padding:1rem 1.5rem 4rem;max-width:62rem;background:var(--page);color:var(--ink);\
font:1.05rem/1.5 system-ui,sans-serif}
h1{font-size:1.7rem;line-height:1.2}
h2{font-size:1.2rem;margin:0;border-top:3px solid var(--line);padding-top:.7rem}
h3{font-size:1rem;margin:.9rem 0 .2rem;color:var(--soft);font-weight:normal}
h2,li,dt,dd{overflow-wrap:anywhere}
section{margin:2rem 0}
h2,li,dt,dd{font-family:ui-monospace,monospace}
.number{color:var(--soft);font-weight:normal;margin-right:.6rem}
.note{font-style:italic;color:var(--soft)}
ul{list-style:none;margin:0;padding:0 0 0 1.3rem}
ul ul{border-left:2px solid var(--off)}
section>ul,.settings{padding-left:0}
li.yes{color:var(--add);font-weight:bold}
li.no{color:var(--off)}
dl{display:grid;grid-template-columns:fit-content(10rem) 1fr;gap:.15rem 1rem;margin:0}
dt{font-weight:bold;color:var(--walk)}
dd{margin:0;grid-column:2}
dd.bytes{color:var(--soft);font-size:.9rem;margin-bottom:.4rem}
svg.cutaway{display:block;width:100%;height:auto}
@media print{body{max-width:none;padding:0;font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}\
h2,h3{break-after:avoid}svg.cutaway{break-inside:avoid;width:72%;max-height:24cm}section{margin:1.2rem 0}}";

/// Begins the page of a scenario.
pub fn begin(scenario: &Scenario, out: &mut impl Write) -> io::Result<()> {
    let Scenario { title, prose, settings, .. } = scenario;
    let title = escape(title);
    writeln!(
        out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>{title}</title>\n\
         <style>\n{STYLE}\n{PAGE}\n</style>\n</head>\n<body class=\"cutaway\">\n<h1>{title}</h1>"
    )?;
    if !prose.is_empty() {
        writeln!(out, "<p>{}</p>", escape(&prose.join(" ")))?;
    }
    if !settings.is_empty() {
        writeln!(out, "<ul class=\"settings\">")?;
        for setting in settings {
            let (number, text) = (setting.number, escape(&short::cut(&setting.text)));
            writeln!(out, "<li><span class=\"number\">{number}</span>{text}</li>")?;
        }
        writeln!(out, "</ul>")?;
    }
    Ok(())
}

/// One line's walk.
pub fn print(walked: &Walked, out: &mut impl Write) -> io::Result<()> {
    let played = &walked.played;
    if played.line.action == Action::Note {
        return writeln!(
            out,
            "<p class=\"note\">{}</p>",
            escape(played.line.text.trim_start_matches(['#', ' ']))
        );
    }
    let number = played.line.number;
    writeln!(out, "<section id=\"line-{number}\">")?;
    writeln!(
        out,
        "<h2><span class=\"number\">{number}</span>{}</h2>",
        escape(&short::cut(&played.line.text))
    )?;
    if !walked.steps.is_empty() {
        writeln!(out, "<h3>steps</h3>")?;
        tree(&walked.steps, out)?;
    }
    received(walked, out)?;
    if walked.change.is_some() {
        writeln!(out, "<h3>structures</h3>\n{}", walked.change.picture().part(0))?;
    }
    writeln!(out, "</section>")
}

/// Ends the page.
pub fn end(out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "</body>\n</html>")
}

/// Steps as lists in lists. A step is at most one deeper than the one before it.
fn tree(steps: &[NamedStep], out: &mut impl Write) -> io::Result<()> {
    let mut open = 0;
    for step in steps {
        if open == step.depth {
            open += 1;
            writeln!(out, "<ul>")?;
        } else {
            while open > step.depth + 1 {
                open -= 1;
                write!(out, "</li></ul>")?;
            }
            writeln!(out, "</li>")?;
        }
        let class = match &step.step {
            Step::Tested { matches: true, .. } | Step::Queued { .. } => " class=\"yes\"",
            Step::Tested { matches: false, .. } | Step::LookedUp { clients: 0, .. } => " class=\"no\"",
            _ => "",
        };
        write!(out, "<li{class}>{}", escape(&step.tell()))?;
    }
    writeln!(out, "{}", "</li></ul>".repeat(open))
}

/// What each client received: its frames, and below them the bytes.
fn received(walked: &Walked, out: &mut impl Write) -> io::Result<()> {
    let played = &walked.played;
    if played.received.is_empty() {
        return Ok(());
    }
    writeln!(out, "<h3>received</h3>\n<dl>")?;
    for (share, got) in played.shares().iter().zip(&played.received) {
        writeln!(out, "<dt>{}</dt>", escape(&share.client))?;
        for line in short::frames(&share.lines("")) {
            writeln!(out, "<dd>{}</dd>", escape(&line))?;
        }
        let shown = &got.bytes[..got.bytes.len().min(MOST)];
        let rest = if shown.len() < got.bytes.len() {
            format!("… {} bytes", got.bytes.len())
        } else {
            String::new()
        };
        writeln!(out, "<dd class=\"bytes\">{}{rest}</dd>", escape(&readable(shown)))?;
    }
    writeln!(out, "</dl>")
}
