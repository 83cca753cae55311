//! What must be shown: every command of the table, every subcommand, and every option that is documented for one.
//!
//! Commands on keys and scripts must have cases, which are compared in RESP2 and RESP3. Any other command may have a
//! scenario instead (`tests/scenarios`). Either must use it with success: an error shows nothing of what it does.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cutaway::command::all::commands;
use cutaway::command::server::docs::record::Record;
use cutaway::server::dispatch::spec::Command;
use cutaway::server::dispatch::table::subname;
use cutaway::tools::scenario::frame::Frame;
use cutaway::tools::scenario::parse::Action;
use cutaway::tools::scenario::words::Request;
use cutaway::tools::scenario::{Feeding, InProcess, Scenario, run};

use super::cases::{File, directory, files};

/// The groups of commands that must have cases.
const GROUPS: &[&str] = &[
    "string",
    "bitmap",
    "hyperloglog",
    "generic",
    "hash",
    "list",
    "set",
    "sorted-set",
    "geo",
    "stream",
    "transactions",
    "scripting",
];

/// Commands of other groups that must have them too: they empty and swap what the others fill.
const OTHERS: &[&str] = &["dbsize", "flushdb", "flushall", "swapdb", "select"];

/// Only a script that runs for too long can be killed, and nothing else is asked meanwhile: scenarios show it.
const NEVER_SUCCEEDS_HERE: &[&str] = &["script|kill", "function|kill"];

/// There is no debugger of scripts here: docs/differences.md.
const NOT_OURS: &[(&str, &str)] = &[("script|debug", "YES"), ("script|debug", "SYNC")];

/// Commands, and options of a command, whose success no reply shows, with the test in `tests/it/commands/silent.rs` that does.
const SILENT: &[(&str, &str, &str)] = &[
    ("shutdown", "", "shutdown_ends_the_server_without_a_reply"),
    ("save", "", "saving_and_rewriting_are_answered_at_once"),
    ("bgsave", "", "saving_and_rewriting_are_answered_at_once"),
    ("bgsave", "SCHEDULE", "saving_and_rewriting_are_answered_at_once"),
    ("bgrewriteaof", "", "saving_and_rewriting_are_answered_at_once"),
    ("config|rewrite", "", "config_rewrite_writes_a_changed_setting_to_the_file_of_the_start"),
    ("latency|graph", "", "latency_graph_draws_what_took_long"),
    ("module|list", "", "there_are_no_modules"),
    ("client|reply", "SKIP", "client_reply_skip_mutes_the_next_reply_and_its_own"),
];

/// Whether [`SILENT`] names a command, or an option of it.
fn is_silent(command: &str, option: &str) -> bool {
    SILENT.iter().any(|silent| (silent.0, silent.1) == (command, option))
}

/// Every command of this group fails, as in a Redis without a cluster: a use is enough.
const ALWAYS_FAILS: &str = "cluster";

/// The command's group in Redis's documentation.
fn group(command: &Command) -> &'static str {
    Record::of(command.name).map_or("", |record| record.group)
}

/// Every command; one with subcommands is each of them.
fn leaves() -> impl Iterator<Item = &'static Command> + Clone {
    commands().flat_map(|command| match command.subcommands {
        [] => std::slice::from_ref(command).iter(),
        subcommands => subcommands.iter(),
    })
}

/// Whether a scenario is not enough for this command.
fn must_have_cases(command: &Command) -> bool {
    GROUPS.contains(&group(command)) || OTHERS.contains(&command.name)
}

/// The words of the command's options, in upper case; none of a command that fails whatever its options are.
fn options(command: &Command) -> BTreeSet<String> {
    if group(command) == ALWAYS_FAILS {
        return BTreeSet::new();
    }
    let mut arguments: Vec<_> =
        Record::of(command.name).into_iter().flat_map(|it| it.arguments().iter()).collect();
    let mut options = BTreeSet::new();
    while let Some(argument) = arguments.pop() {
        options.extend(argument.attribute("token").map(str::to_uppercase));
        arguments.extend(argument.arguments.iter());
    }
    options
}

/// The command's full name, if the table has it.
pub fn named(request: &Request) -> Option<&'static Command> {
    let word = |index: usize| request.get(index).map(|word| String::from_utf8_lossy(word).to_lowercase());
    let command = commands().find(|command| Some(command.name) == word(0).as_deref())?;
    let sub = command.subcommands.iter().find(|sub| Some(subname(sub)) == word(1).as_deref());
    Some(sub.unwrap_or(command))
}

/// For each command, the words that stand behind it in requests that did not fail.
type Used = BTreeMap<&'static str, BTreeSet<String>>;

fn note(used: &mut Used, request: &Request, failed: bool) {
    let may_fail =
        |command: &Command| NEVER_SUCCEEDS_HERE.contains(&command.name) || group(command) == ALWAYS_FAILS;
    let Some(command) = named(request).filter(|command| !failed || may_fail(command)) else { return };
    let words = request[1..].iter().map(|word| String::from_utf8_lossy(word).to_uppercase());
    used.entry(command.name).or_default().extend(words);
}

fn used_in_cases(files: &[File]) -> Used {
    let mut used = Used::new();
    for (step, request) in files.iter().flat_map(|file| &file.cases).flat_map(|case| case.requests()) {
        note(&mut used, request, step.fails());
    }
    used
}

/// The same of all scenarios. Of lines that send several requests it is not known which reply is whose, so they do not count.
fn used_in_scenarios() -> Used {
    let mut used = Used::new();
    for path in
        fs::read_dir(directory().with_file_name("scenarios")).unwrap().map(|entry| entry.unwrap().path())
    {
        if path.extension().is_none_or(|extension| extension != "scenario") {
            continue;
        }
        let name = path.display();
        let scenario = Scenario::parse(&fs::read_to_string(&path).unwrap()).unwrap();
        let mut server = InProcess::new(&scenario.settings, Feeding::Whole).unwrap();
        let transcript = run(&scenario, &mut server).unwrap_or_else(|trouble| panic!("{name}: {trouble}"));
        for step in transcript.steps {
            let (Action::Send { client, .. }, [request]) = (&step.line.action, &step.requests[..]) else {
                continue;
            };
            let replies = step.shares().into_iter().find(|share| share.client == *client);
            let replies = replies.map(|share| share.frames).unwrap_or_default();
            let failed = |frame: &Frame| matches!(frame, Frame::Text(b'-', _) | Frame::Blob(b'!', _));
            if !replies.is_empty() {
                note(&mut used, request, replies.iter().any(failed));
            }
        }
    }
    used
}

/// A file of lines `name: the rest`.
pub fn read(name: &str) -> BTreeMap<String, String> {
    let text = fs::read_to_string(directory().join(name)).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.split_once(": "))
        .map(|(name, rest)| (name.into(), rest.into()))
        .collect()
}

pub fn write(name: &str, lines: &BTreeMap<String, String>) {
    let text: String = lines.iter().map(|(name, rest)| format!("{name}: {rest}\n")).collect();
    fs::write(directory().join(name), text).unwrap();
}

#[test]
fn every_command_and_every_option_is_used_with_success() {
    let files = files();
    if std::env::var_os("CUTAWAY_CASES").is_some() {
        return;
    }
    let (in_cases, in_scenarios) = (used_in_cases(&files), used_in_scenarios());
    let mut missing = Vec::new();
    for command in leaves().filter(|command| !is_silent(command.name, "")) {
        let cases_only = must_have_cases(command);
        let places = [Some(&in_cases), Some(&in_scenarios).filter(|_| !cases_only)];
        let used: Vec<&BTreeSet<String>> =
            places.into_iter().flatten().filter_map(|place| place.get(command.name)).collect();
        let place = if cases_only { "case" } else { "case and no scenario" };
        if used.is_empty() {
            missing.push(format!("no {place} uses {} with success", command.name));
        }
        let shown = |option: &String| {
            NOT_OURS.contains(&(command.name, option))
                || is_silent(command.name, option)
                || used.iter().any(|words| words.contains(option))
        };
        let lacking = options(command).into_iter().filter(|option| !shown(option));
        missing
            .extend(lacking.map(|option| format!("no {place} uses {} {option} with success", command.name)));
    }
    let (silent, all) = (include_str!("silent.rs"), leaves());
    for (command, _, test) in SILENT {
        assert!(silent.contains(&format!("fn {test}()")), "no test {test} of {command}");
        assert!(all.clone().any(|known| known.name == *command), "no command {command}");
    }
    assert!(missing.is_empty(), "{} are missing:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn every_case_is_about_a_command_of_the_table() {
    // A command that was misspelt would otherwise be compared, as an unknown one, and nobody would see it.
    let mut strangers = BTreeSet::new();
    for (_, request) in files().iter().flat_map(|file| &file.cases).flat_map(|case| case.requests()) {
        let name = String::from_utf8_lossy(&request[0]).to_lowercase();
        if named(request).is_none() && name != "nosuch" {
            strangers.insert(name);
        }
    }
    assert!(strangers.is_empty(), "{strangers:?}");
}
