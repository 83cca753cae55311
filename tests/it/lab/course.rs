//! The course hangs together: tables, pages and scenarios say the same.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use super::root;
use cutaway::command::table;
use cutaway::config::Config;
use cutaway::resp::owned::OwnedRequest;
use cutaway::tools::check::keys::keys_of;
use cutaway::tools::lab::stage::Stage;
use cutaway::tools::lab::stages;
use cutaway::tools::scenario::embedded::scenarios;
use cutaway::tools::scenario::{Action, Sending};

/// A stage waits no longer in all.
const LONGEST_WAIT: Duration = Duration::from_secs(3);

fn report(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
}

#[test]
fn there_are_24_stages_each_with_scenarios_of_its_own() {
    assert_eq!(stages::all().count(), 24);
    let mut used: Vec<&str> = stages::all().flat_map(|(_, stage)| stage.scenarios.iter().copied()).collect();
    used.sort_unstable();
    let known: Vec<&str> =
        scenarios().iter().map(|(name, _)| *name).filter(|name| name.starts_with("lab/")).collect();
    assert_eq!(used, known);
    report(
        stages::all()
            .filter(|(_, stage)| stage.scenarios.len() < 2)
            .map(|(number, stage)| format!("stage {number}, {}, has fewer than two scenarios", stage.name))
            .collect(),
    );
}

/// Whether a stage has built what the first word of a request, or the first two, ask for. A first word alone is an error that
/// everything with such a word has.
fn is_taught(words: &[Vec<u8>], taught: &BTreeSet<&str>) -> bool {
    let text =
        |count: usize| String::from_utf8_lossy(&words[..count.min(words.len())].join(&b' ')).to_uppercase();
    let begins = format!("{} ", text(1));
    taught.contains(&*text(1))
        || taught.contains(&*text(2))
        || words.len() == 1 && taught.iter().any(|command| command.starts_with(&begins))
}

#[test]
fn a_scenario_uses_only_what_its_stage_and_earlier_ones_have_built() {
    let table = table(&Config::default()).unwrap();
    let mut taught: BTreeSet<&str> = BTreeSet::new();
    let mut wrong = Vec::new();
    for (number, stage) in stages::all() {
        taught.extend(stage.commands);
        for (name, scenario) in stage.scenarios() {
            if !scenario.settings.is_empty() {
                wrong.push(format!("{name}: the lab cannot change a server's settings"));
            }
            for line in &scenario.lines {
                let Action::Send { sending: Sending::Request(words), .. } = &line.action else { continue };
                let request = OwnedRequest::of(words.iter().map(|word| &**word));
                // What Redis does not know either is asked on purpose.
                let exists = table.find(request.request()).is_some();
                if exists && !is_taught(words, &taught) {
                    wrong.push(format!(
                        "{name}, line {}: stage {number} does not have {}",
                        line.number, line.text
                    ));
                }
            }
        }
    }
    report(wrong);
}

#[test]
fn a_scenario_has_keys_of_its_own_and_does_not_wait_long() {
    let mut wrong = Vec::new();
    for (number, stage) in stages::all() {
        let mut waits = Duration::ZERO;
        for (name, scenario) in stage.scenarios() {
            let foreign = keys_of(&scenario).into_iter().filter(|key| !key.starts_with(b"lab:"));
            wrong.extend(foreign.map(|key| {
                format!("{name}: the key {} does not begin with lab:", String::from_utf8_lossy(&key))
            }));
            for line in &scenario.lines {
                if let Action::Wait(time) = line.action {
                    waits += time;
                }
            }
        }
        if waits > LONGEST_WAIT {
            wrong.push(format!("stage {number} waits {waits:?}"));
        }
    }
    report(wrong);
}

/// The headings that a page must have, in order.
const HEADINGS: [&str; 6] = [
    "## What to build",
    "## The bytes on the wire",
    "## A picture",
    "## Hints",
    "## Grade it",
    "## Read more",
];

fn page(number: usize, stage: &Stage) -> Result<String, String> {
    let page = stage.page(number);
    fs::read_to_string(root().join(&page)).map_err(|error| format!("{page}: {error}"))
}

#[test]
fn every_stage_has_a_page_with_all_its_parts() {
    let mut wrong = Vec::new();
    for (number, stage) in stages::all() {
        let path = stage.page(number);
        let text = match page(number, stage) {
            Ok(text) => text,
            Err(error) => {
                wrong.push(error);
                continue;
            }
        };
        if !text.starts_with(&format!("# {number}. ")) {
            wrong.push(format!("{path} does not begin with its number"));
        }
        let places: Vec<Option<usize>> =
            HEADINGS.iter().map(|heading| text.find(&format!("\n{heading}\n"))).collect();
        for (heading, _) in HEADINGS.iter().zip(&places).filter(|(_, place)| place.is_none()) {
            wrong.push(format!("{path} has no heading `{heading}`"));
        }
        if !places.is_sorted() {
            wrong.push(format!("{path}: the headings are in another order"));
        }
        let named = |name: &&&str| text.contains(&format!("`{name}`"));
        for name in stage.scenarios.iter().filter(|name| !named(name)) {
            wrong.push(format!("{path} does not name its scenario `{name}`"));
        }
        if !text.contains("<details>") {
            wrong.push(format!("{path} has no hint that is folded away"));
        }
        if !root().join("docs").join(stage.chapter.split('#').next().unwrap()).is_file() {
            wrong.push(format!(
                "stage {number} sends its reader to docs/{}, which is not there",
                stage.chapter
            ));
        }
    }
    report(wrong);
}
