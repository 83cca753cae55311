//! How COMMAND INFO and COMMAND DOCS print a command.
//!
//! Redis: `src/server.c`, `addReplyCommandInfo`, `addReplyCommandDocs`, `addReplyCommandArgList`.

pub mod record;

use crate::resp::reply::Reply;
use crate::server::dispatch::key_spec;
use crate::server::dispatch::key_spec::{Begin, Find, Keys};
use crate::server::dispatch::spec::Command;
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
    let mut notes = Record::of(command.name)?.values("notes").filter_map(|note| note.split_once(' '));
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
        Begin::Unknown => step(reply, "unknown", &[]),
    }
    reply.bulk("find_keys");
    match keys.find {
        Find::Range { last, step: by, limit } => {
            step(reply, "range", &[("lastkey", last), ("keystep", by), ("limit", limit)]);
        }
        Find::Number => step(reply, "keynum", &[("keynumidx", 0), ("firstkey", 1), ("keystep", 1)]),
        Find::Unknown => step(reply, "unknown", &[]),
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
    // Fields come in the order of the reply, and the values of one that has several in as many lines.
    let fields = || record.fields().filter(|(name, _)| !NOT_IN_DOCS.contains(name));
    let mut last = "";
    let names = fields().filter(|(name, _)| std::mem::replace(&mut last, name) != *name).count();
    let (arguments, subcommands) = (record.arguments(), command.subcommands);
    let (has_arguments, has_subcommands) = (arguments.count() > 0, !subcommands.is_empty());
    // One for the group.
    reply.map(names + 1 + usize::from(has_arguments) + usize::from(has_subcommands));
    let mut last = "";
    for (name, value) in fields() {
        if LISTS.contains(&name) && name != last {
            reply.bulk(name);
            reply.set(record.values(name).count());
        }
        match name {
            "doc_flags" => reply.simple(value),
            "history" => {
                let (since, change) = value.split_once(' ').unwrap_or((value, ""));
                reply.array(2);
                reply.bulk(since);
                reply.bulk(change);
            }
            _ => text(name, value, reply),
        }
        if name == "since" {
            text("group", record.group, reply);
        }
        last = name;
    }
    if has_arguments {
        reply.bulk("arguments");
        write_arguments(arguments, reply);
    }
    if has_subcommands {
        reply.bulk("subcommands");
        reply.map(subcommands.len());
        subcommands.iter().for_each(|subcommand| document(subcommand, reply));
    }
}

/// Fields that have several values, each in a line of its own.
const LISTS: [&str; 2] = ["doc_flags", "history"];

/// What a record has beside the fields of COMMAND DOCS; the group is written for every command.
const NOT_IN_DOCS: [&str; 2] = ["notes", "group"];

fn text(name: &str, value: &str, reply: &mut Reply) {
    reply.bulk(name);
    reply.bulk(value);
}

/// Arguments, each with its own arguments.
fn write_arguments(arguments: Arguments, reply: &mut Reply) {
    reply.array(arguments.count());
    arguments.iter().for_each(|argument| write_argument(argument, reply));
}

fn write_argument(argument: Argument, reply: &mut Reply) {
    let (display_text, flags, parts) =
        (argument.display_text(), argument.flags().count(), argument.arguments);
    let has_parts = parts.count() > 0;
    let others = usize::from(display_text.is_some()) + usize::from(flags > 0) + usize::from(has_parts);
    // Two for name and type.
    reply.map(2 + argument.attributes().count() + others);
    text("name", argument.name, reply);
    text("type", argument.kind, reply);
    if let Some(shown) = display_text {
        text("display_text", shown, reply);
    }
    for (name, value) in argument.attributes() {
        match value.parse() {
            Ok(index) if name == "key_spec_index" => {
                reply.bulk(name);
                reply.integer(index);
            }
            _ => text(name, value, reply),
        }
    }
    if flags > 0 {
        reply.bulk("flags");
        reply.set(flags);
        argument.flags().for_each(|flag| reply.simple(flag));
    }
    if has_parts {
        reply.bulk("arguments");
        write_arguments(parts, reply);
    }
}
