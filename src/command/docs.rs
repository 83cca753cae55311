//! How COMMAND INFO and COMMAND DOCS print a command.
//!
//! Redis: `src/server.c`, `addReplyCommandInfo` and `addReplyCommandDocs`.
//!
//! Different on purpose: COMMAND DOCS has no arguments and no history.

use super::key_spec::{self, Begin, Find, Keys};
use super::spec::Command;
use crate::resp::reply::Reply;

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
    for keys in command.key_specs() {
        key_specification(keys, reply);
    }
    reply.set(command.subcommands.len());
    for subcommand in command.subcommands {
        describe(subcommand, reply);
    }
}

/// One way to the keys. Redis: `addReplyCommandKeySpecs`.
fn key_specification(keys: &Keys, reply: &mut Reply) {
    reply.map(3);
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
    reply.map(if command.subcommands.is_empty() { 4 } else { 5 });
    for (name, value) in [
        ("summary", command.summary),
        ("since", command.since),
        ("group", command.group),
        ("complexity", command.complexity),
    ] {
        reply.bulk(name);
        reply.bulk(value);
    }
    if !command.subcommands.is_empty() {
        reply.bulk("subcommands");
        reply.map(command.subcommands.len());
        for subcommand in command.subcommands {
            document(subcommand, reply);
        }
    }
}
