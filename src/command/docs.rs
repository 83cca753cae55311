//! How COMMAND INFO and COMMAND DOCS print a command.
//!
//! Redis: `src/server.c`, `addReplyCommandInfo`, `addReplyCommandDocs`, `addReplyCommandArgList`.

pub mod record;

use super::key_spec::{self, Begin, Find, Keys};
use super::spec::Command;
use crate::resp::reply::Reply;
use record::{Argument, Arguments, Record};

/// The ten elements of COMMAND INFO.
pub fn describe(command: &Command, reply: &mut Reply) {
    reply.array(10);
    reply.bulk(command.name);
    reply.integer(i64::from(command.arity));
    let flags: Vec<&str> = command.flag_names().collect();
    reply.set(flags.len());
    for name in flags {
        reply.simple(name);
    }
    let (first, last, step) = key_spec::legacy_range(command.key_specs());
    reply.integer(i64::from(first));
    reply.integer(i64::from(last));
    reply.integer(i64::from(step));
    let categories = command.all_categories();
    reply.set(categories.len());
    for category in categories {
        reply.simple(&format!("@{category}"));
    }
    reply.set(command.tips.len());
    for tip in command.tips {
        reply.bulk(tip);
    }
    reply.set(command.key_specs().len());
    for (index, keys) in command.key_specs().iter().enumerate() {
        key_specification(keys, note(command, index), reply);
    }
    match command.subcommands.len() {
        0 => reply.set(0),
        len => reply.array(len),
    }
    for subcommand in command.subcommands {
        describe(subcommand, reply);
    }
}

/// What a person should know of the key specification with that index; None if nothing is documented.
fn note(command: &Command, index: usize) -> Option<&'static str> {
    let mut notes = Record::of(command.name)?.fields("notes").filter_map(|note| note.split_once(' '));
    notes.find(|(number, _)| number.parse() == Ok(index)).map(|(_, text)| text)
}

/// One way to the keys. Redis: `addReplyCommandKeySpecs`.
fn key_specification(keys: &Keys, note: Option<&str>, reply: &mut Reply) {
    reply.map(if note.is_some() { 4 } else { 3 });
    if let Some(note) = note {
        reply.bulk("notes");
        reply.bulk(note);
    }
    reply.bulk("flags");
    reply.set(keys.flags.len());
    for flag in keys.flags {
        reply.simple(flag);
    }
    reply.bulk("begin_search");
    match keys.begin {
        Begin::Index(index) => step(reply, "index", &[("index", index)]),
        Begin::Keyword(keyword, start) => {
            step_of(reply, "keyword", 2);
            reply.bulk("keyword");
            reply.bulk(keyword);
            reply.bulk("startfrom");
            reply.integer(i64::from(start));
        }
    }
    reply.bulk("find_keys");
    match keys.find {
        Find::Range { last, step: by, limit } => {
            step(reply, "range", &[("lastkey", last), ("keystep", by), ("limit", limit)]);
        }
        Find::Number => step(reply, "keynum", &[("keynumidx", 0), ("firstkey", 1), ("keystep", 1)]),
    }
}

/// A step of a key specification, all of numbers.
fn step(reply: &mut Reply, kind: &str, numbers: &[(&str, i32)]) {
    step_of(reply, kind, numbers.len());
    for &(name, number) in numbers {
        reply.bulk(name);
        reply.integer(i64::from(number));
    }
}

/// The head of a step of a key specification; `values` pairs follow.
fn step_of(reply: &mut Reply, kind: &str, values: usize) {
    reply.map(2);
    reply.bulk("type");
    reply.bulk(kind);
    reply.bulk("spec");
    reply.map(values);
}
/// The name and the map of COMMAND DOCS.
pub fn document(command: &Command, reply: &mut Reply) {
    reply.bulk(command.name);
    let Some(record) = Record::of(command.name) else { return reply.map(0) };
    let text = |name: &'static str| record.field(name).map(|value| (name, value));
    let first = [text("summary"), text("since"), Some(("group", record.group)), text("complexity")];
    let then = [text("deprecated_since"), text("replaced_by")];
    let (doc_flags, history) = (record.fields("doc_flags"), record.fields("history"));
    let lists = [
        doc_flags.clone().count(),
        history.clone().count(),
        record.arguments().iter().count(),
        command.subcommands.len(),
    ];
    let texts = first.iter().chain(&then).flatten().count();
    reply.map(texts + lists.iter().filter(|len| **len > 0).count());
    write_texts(&first, reply);
    if lists[0] > 0 {
        reply.bulk("doc_flags");
        reply.set(lists[0]);
        doc_flags.for_each(|flag| reply.simple(flag));
    }
    write_texts(&then, reply);
    if lists[1] > 0 {
        reply.bulk("history");
        reply.set(lists[1]);
        for change in history {
            let (since, change) = change.split_once(' ').unwrap_or((change, ""));
            reply.array(2);
            reply.bulk(since);
            reply.bulk(change);
        }
    }
    if lists[2] > 0 {
        reply.bulk("arguments");
        write_arguments(record.arguments(), reply);
    }
    if lists[3] > 0 {
        reply.bulk("subcommands");
        reply.map(lists[3]);
        command.subcommands.iter().for_each(|subcommand| document(subcommand, reply));
    }
}

/// Fields that are one text each; what is not known of the command is left out.
fn write_texts(fields: &[Option<(&str, &str)>], reply: &mut Reply) {
    for (name, value) in fields.iter().flatten() {
        reply.bulk(name);
        reply.bulk(value);
    }
}

/// Arguments, each with its own arguments.
fn write_arguments(arguments: Arguments, reply: &mut Reply) {
    reply.array(arguments.iter().count());
    arguments.iter().for_each(|argument| write_argument(argument, reply));
}

fn write_argument(argument: Argument, reply: &mut Reply) {
    let attribute = |name: &'static str| argument.attribute(name).map(|value| (name, value));
    let display_text = argument.display_text().map(|text| ("display_text", text));
    let first = [Some(("name", argument.name)), Some(("type", argument.kind)), display_text];
    let key_spec_index = argument.attribute("key_spec_index").and_then(|index| index.parse().ok());
    let then = [attribute("token"), attribute("since"), attribute("deprecated_since")];
    let (flags, parts) = (argument.flags(), argument.arguments.iter().count());
    let texts = first.iter().chain(&then).flatten().count();
    let others = [key_spec_index.is_some(), flags.clone().next().is_some(), parts > 0];
    reply.map(texts + others.iter().filter(|present| **present).count());
    write_texts(&first, reply);
    if let Some(index) = key_spec_index {
        reply.bulk("key_spec_index");
        reply.integer(index);
    }
    write_texts(&then, reply);
    if others[1] {
        reply.bulk("flags");
        reply.set(flags.clone().count());
        flags.for_each(|flag| reply.simple(flag));
    }
    if others[2] {
        reply.bulk("arguments");
        write_arguments(argument.arguments, reply);
    }
}
