//! What the book is woven from: the source, the scenarios, the figures, the recorded measurements.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use cutaway::command::all;
use cutaway::command::server::docs::record::Record;
use cutaway::server::dispatch::table;
use cutaway::tools::draw::{self, Kind};
use cutaway::tools::scenario::parse::Action;
use cutaway::tools::scenario::transcript::Share;
use cutaway::tools::scenario::{Feeding, Identity, InProcess, Scenario, Step, Transcript, mask, run};
use cutaway::tools::session::scenarios::needs;

use super::directive::Directive;
use super::weave::Material;
use super::{anchors, measurements, wire};

/// The longest line of the list of commands.
const WIDEST: usize = 110;

/// The repository.
pub struct Repository<'a> {
    pub root: &'a Path,
    /// The page that is woven, from `docs/`.
    pub page: &'a str,
    /// Write figures rather than compare them.
    pub bless: bool,
}

impl Material for Repository<'_> {
    fn block(&self, directive: &Directive) -> Result<String, String> {
        match directive {
            Directive::Excerpt { file, anchor } => {
                let source = self.read(file)?;
                anchors::excerpt(&source, anchor).map_err(|error| format!("{file}: {error}"))
            }
            Directive::Transcript { scenario, lines, structures } => {
                let transcript = self.play(scenario)?;
                print(scenario, &transcript, *lines, *structures)
            }
            Directive::Wire { scenario, lines } => wire::print(scenario, &self.play(scenario)?, *lines),
            Directive::Steps { scenario, line } => {
                cutaway::tools::walk::tool::line(&self.scenario(scenario)?, *line)
                    .map_err(|trouble| format!("{scenario}.scenario: {trouble}"))
            }
            Directive::Commands => Ok(commands()),
            _ => Err("this directive has no block".into()),
        }
    }

    fn picture(&self, directive: &Directive, target: &str) -> Result<(), String> {
        let Directive::Figure { scenario, line, kind } = directive else {
            return Err("this directive has no picture".into());
        };
        let target = target.strip_prefix(&self.up()).unwrap_or(target);
        let file = self.root.join("docs").join(target);
        let transcript = self.play(scenario)?;
        if !transcript.steps.iter().any(|step| step.line.number == *line) {
            return Err(format!("line {line} of {scenario}.scenario is no line of the dialogue"));
        }
        match drawn(&self.scenario(scenario)?, *line, kind)? {
            None if file.is_file() => Ok(()),
            None => Err(format!("there is no file docs/{target}")),
            Some(svg) if fs::read_to_string(&file).is_ok_and(|old| old == svg) => Ok(()),
            Some(svg) if self.bless => {
                let directory = file.parent().map_or(Ok(()), fs::create_dir_all);
                directory
                    .and_then(|()| fs::write(&file, svg))
                    .map_err(|error| format!("docs/{target}: {error}"))
            }
            Some(_) => Err(format!(
                "docs/{target} is stale; `CUTAWAY_BLESS=1 cargo test --test it book::` draws it anew"
            )),
        }
    }

    fn number(&self, directive: &Directive) -> Result<String, String> {
        let Directive::Number { record, case, what } = directive else {
            return Err("this directive has no number".into());
        };
        measurements::number(&self.read(&format!("docs/measurements/{record}.json"))?, case, what)
    }

    /// `web/` stands beside `docs/` in the repository, and so do the playground and the book below `target/`.
    fn playground(&self, directive: &Directive) -> Option<String> {
        let (scenario, line) = match directive {
            Directive::Transcript { scenario, lines, .. } | Directive::Wire { scenario, lines } => {
                (scenario, lines.map(|(_, last)| last))
            }
            Directive::Steps { scenario, line } | Directive::Figure { scenario, line, .. } => {
                (scenario, Some(*line))
            }
            _ => return None,
        };
        let line = line.map_or(String::new(), |line| format!("&line={line}"));
        needs(scenario, &self.scenario(scenario).ok()?)
            .is_empty()
            .then(|| format!("{}../web/index.html#scenario={scenario}{line}", self.up()))
    }
}

/// The picture of a line, as SVG.
fn drawn(scenario: &Scenario, line: usize, kind: &str) -> Result<Option<String>, String> {
    draw::draw_as(Kind::of(kind), scenario, line).map(Some).map_err(|trouble| trouble.to_string())
}

impl Repository<'_> {
    /// The way from the page to `docs/`: `../` for each folder that the page is in.
    fn up(&self) -> String {
        "../".repeat(self.page.matches('/').count())
    }

    fn read(&self, path: &str) -> Result<String, String> {
        fs::read_to_string(self.root.join(path)).map_err(|error| format!("{path}: {error}"))
    }

    fn scenario(&self, name: &str) -> Result<Scenario, String> {
        let text = self.read(&format!("tests/scenarios/{name}.scenario"))?;
        Scenario::parse(&text).map_err(|error| format!("{name}.scenario: {error}"))
    }

    fn play(&self, name: &str) -> Result<Transcript, String> {
        let scenario = self.scenario(name)?;
        let trouble = |trouble| format!("{name}.scenario: {trouble}");
        let mut server = InProcess::new(&scenario.settings, Feeding::Whole).map_err(trouble)?;
        run(&scenario, &mut server).map_err(trouble)
    }
}

/// Every command of the table, a paragraph for each group; a command's subcommands stand in brackets behind it.
fn commands() -> String {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for command in all::commands() {
        let mut word = command.name.to_uppercase();
        let mut subcommands: Vec<String> =
            command.subcommands.iter().map(|it| table::subname(it).to_uppercase()).collect();
        subcommands.sort();
        if !subcommands.is_empty() {
            word = format!("{word} ({})", subcommands.join(" "));
        }
        let group = Record::of(command.name).map_or("", |record| record.group);
        match groups.iter_mut().find(|(name, _)| *name == group) {
            Some((_, words)) => words.push(word),
            None => groups.push((group, vec![word])),
        }
    }
    let mut text = String::new();
    for (group, mut words) in groups {
        words.sort();
        writeln!(text, "{group}").unwrap();
        let mut line = String::new();
        for word in words.iter().flat_map(|words| words.split(' ')) {
            if line.len() + word.len() > WIDEST {
                writeln!(text, "  {line}").unwrap();
                line.clear();
            }
            line += if line.is_empty() { "" } else { " " };
            line += word;
        }
        writeln!(text, "  {line}").unwrap();
    }
    text
}

/// What each client received, with versions and the like masked, in the order in which it was sent: the book speaks of
/// order, so what Redis leaves open is not put in another, as it is for comparing.
fn masked(step: &Step, identities: &[(Identity, String)]) -> Vec<Share> {
    let mut shares = step.shares();
    for share in &mut shares {
        let asked = matches!(&step.line.action, Action::Send { client, .. } if *client == share.client);
        let requests = if asked { &step.requests[..] } else { &[] };
        share.frames = mask::mask(std::mem::take(&mut share.frames), &share.client, requests, identities);
    }
    shares.retain(|share| !share.frames.is_empty() || share.closed);
    shares
}

/// Lines of a transcript, each with what came of it; the structures only if asked for.
fn print(
    name: &str,
    transcript: &Transcript,
    lines: Option<(usize, usize)>,
    structures: bool,
) -> Result<String, String> {
    let (first, last) = lines.unwrap_or((1, usize::MAX));
    let exists = |number| transcript.steps.iter().any(|step| step.line.number == number);
    if let Some(number) = [first, last].into_iter().find(|&number| lines.is_some() && !exists(number)) {
        return Err(format!("line {number} of {name}.scenario is no line of the dialogue"));
    }
    let mut text = String::new();
    for step in transcript.steps.iter().filter(|step| (first..=last).contains(&step.line.number)) {
        writeln!(text, "{}", step.line.text).unwrap();
        for share in masked(step, &transcript.identities) {
            write!(text, "{share}").unwrap();
        }
        if structures {
            for line in step.structures.iter().flat_map(|drawing| drawing.lines()) {
                writeln!(text, "        {line}").unwrap();
            }
        }
    }
    Ok(text)
}
