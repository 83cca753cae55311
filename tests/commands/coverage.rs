//! What must have a case: every command of the table in the groups below, every subcommand, and every option that Redis
//! documents for one.
//!
//! The options stand in `tests/commands/options.txt`, a command a line, from the words in COMMAND DOCS; `CUTAWAY_BLESS=1`
//! writes it anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cutaway::command::docs::record::Record;
use cutaway::command::spec::Command;
use cutaway::command::table::{commands, subname};
use cutaway::scenario::frame::Frame;
use cutaway::scenario::words::Request;

use crate::asked::{Asked, There, print, request};
use crate::cases::{File, directory, files};
use crate::{bless, redis};

/// The groups of commands that must have cases.
const GROUPS: &[&str] = &["string", "generic", "hash", "list", "stream", "transactions", "scripting"];

/// Commands of other groups that must have them too: they empty and swap what the others fill.
const OTHERS: &[&str] = &["dbsize", "flushdb", "flushall", "swapdb", "select"];

/// Only a script that runs for too long can be killed, and nothing else is asked meanwhile: scenarios show it.
const NEVER_SUCCEEDS_HERE: &[&str] = &["script|kill"];

/// There is no debugger of scripts here: docs/differences.md.
const NOT_OURS: &[(&str, &str)] = &[("script|debug", "YES"), ("script|debug", "SYNC")];

/// FUNCTION is only there to be asked to forget what it does not have, CLUSTER to say that this is none.
const NOT_COMPARED: &[&str] = &["function", "function|flush", "function|help", "cluster"];

/// The command's group in Redis's documentation.
fn group(command: &Command) -> &'static str {
    Record::of(command.name).map_or("", |record| record.group)
}

/// Every command that must have a case; a command with subcommands is each of them.
fn wanted() -> Vec<&'static Command> {
    let leaves = commands().flat_map(|command| match command.subcommands {
        [] => std::slice::from_ref(command).iter(),
        subcommands => subcommands.iter(),
    });
    leaves
        .filter(|command| GROUPS.contains(&group(command)) || OTHERS.contains(&command.name))
        .filter(|command| !NOT_COMPARED.contains(&command.name))
        .collect()
}

/// The command's full name, if the table has it.
pub fn named(request: &Request) -> Option<&'static Command> {
    let word = |index: usize| request.get(index).map(|word| String::from_utf8_lossy(word).to_lowercase());
    let command = commands().find(|command| Some(command.name) == word(0).as_deref())?;
    let sub = command.subcommands.iter().find(|sub| Some(subname(sub)) == word(1).as_deref());
    Some(sub.unwrap_or(command))
}

/// For each command, the words that stand behind it in requests that did not fail.
fn used(files: &[File]) -> BTreeMap<&'static str, BTreeSet<String>> {
    let mut used: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (step, request) in files.iter().flat_map(|file| &file.cases).flat_map(|case| case.requests()) {
        let Some(command) =
            named(request).filter(|command| !step.fails() || NEVER_SUCCEEDS_HERE.contains(&command.name))
        else {
            continue;
        };
        let words = request[1..].iter().map(|word| String::from_utf8_lossy(word).to_uppercase());
        used.entry(command.name).or_default().extend(words);
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
fn every_command_and_every_option_has_a_case_that_succeeds() {
    let (files, options) = (files(), read("options.txt"));
    if std::env::var_os("CUTAWAY_CASES").is_some() {
        return;
    }
    let used = used(&files);
    let mut missing = Vec::new();
    for command in wanted() {
        let Some(words) = used.get(command.name) else {
            missing.push(command.name.to_string());
            continue;
        };
        let Some(options) = options.get(command.name) else {
            missing
                .push(format!("{} in options.txt: CUTAWAY_BLESS=1 cargo test --test commands", command.name));
            continue;
        };
        let lacking = options.split(' ').filter(|option| !option.is_empty() && !words.contains(*option));
        let lacking = lacking.filter(|option| !NOT_OURS.contains(&(command.name, option)));
        missing.extend(lacking.map(|option| format!("{} {option}", command.name)));
    }
    assert!(missing.is_empty(), "nothing in tests/commands/*.cases is about:\n{}", missing.join("\n"));
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

/// The words that COMMAND DOCS gives for the arguments of a command and its subcommands.
fn options(docs: &Frame, name: &str, all: &mut BTreeMap<String, String>) {
    let Frame::Aggregate(_, fields) = docs else { return };
    let value = |wanted: &str| {
        let at = fields.iter().step_by(2).position(|field| field.as_bulk() == Some(wanted.as_bytes()))?;
        fields.get(at * 2 + 1)
    };
    let mut tokens = BTreeSet::new();
    if let Some(arguments) = value("arguments") {
        collect(arguments, &mut tokens);
    }
    all.insert(name.into(), tokens.into_iter().collect::<Vec<_>>().join(" "));
    if let Some(Frame::Aggregate(_, subcommands)) = value("subcommands") {
        for pair in subcommands.chunks(2) {
            let name = String::from_utf8_lossy(pair[0].as_bulk().unwrap_or_default()).into_owned();
            options(&pair[1], &name, all);
        }
    }
}

fn collect(frame: &Frame, tokens: &mut BTreeSet<String>) {
    let Frame::Aggregate(_, items) = frame else { return };
    for (index, item) in items.iter().enumerate() {
        if let (Some(b"token"), Some(token)) = (item.as_bulk(), items.get(index + 1).and_then(Frame::as_bulk))
        {
            let token = String::from_utf8_lossy(token).trim_matches('"').to_uppercase();
            tokens.extend(token.split(' ').map(String::from));
        }
        collect(item, tokens);
    }
}

/// COMMAND DOCS of all that Redis has in our groups, and of our commands in others.
fn documented(there: &mut There) -> Vec<(String, Frame)> {
    let frames = there.ask('A', &request(&["COMMAND", "DOCS"]));
    let [Frame::Aggregate(_, pairs)] = &frames[..] else { panic!("{}", print(&frames)) };
    let name = |frame: &Frame| String::from_utf8_lossy(frame.as_bulk().unwrap_or_default()).into_owned();
    let group = |docs: &Frame| {
        let Frame::Aggregate(_, fields) = docs else { return String::new() };
        let at = fields.iter().position(|field| field.as_bulk() == Some(b"group"));
        at.map_or_else(String::new, |at| name(&fields[at + 1]))
    };
    let pairs = pairs.chunks(2).map(|pair| (name(&pair[0]), pair[1].clone()));
    pairs
        .filter(|(name, docs)| {
            GROUPS.contains(&group(docs).as_str())
                || OTHERS.contains(&name.as_str())
                || commands().any(|command| command.name == name)
        })
        .collect()
}

#[test]
fn the_options_are_those_that_redis_documents() {
    let Some(redis) = redis() else { return };
    let mut all = BTreeMap::new();
    for (name, docs) in documented(&mut There::new(redis.address)) {
        options(&docs, &name, &mut all);
    }
    if bless() {
        write("options.txt", &all);
    }
    assert_eq!(all, read("options.txt"));
}
