//! How COMMAND INFO and COMMAND DOCS print a command.
//!
//! Redis: `src/server.c`, `addReplyCommandInfo` and `addReplyCommandDocs`.
//!
//! Different on purpose: COMMAND DOCS has no arguments and no history.

use super::spec::{Command, FLAG_NAMES};
use crate::resp::reply::Reply;

/// The ten elements of COMMAND INFO.
pub fn describe(command: &Command, reply: &mut Reply) {
    reply.array(10);
    reply.bulk(command.name);
    reply.integer(i64::from(command.arity));
    let flags: Vec<&str> =
        FLAG_NAMES.iter().filter(|(flag, _)| command.flags & flag != 0).map(|&(_, name)| name).collect();
    reply.set(flags.len());
    for name in flags {
        reply.simple(name);
    }
    reply.integer(i64::from(command.keys.first));
    reply.integer(i64::from(command.keys.last));
    reply.integer(i64::from(command.keys.step));
    let categories = command.all_categories();
    reply.set(categories.len());
    for category in categories {
        reply.simple(&format!("@{category}"));
    }
    reply.array(command.tips.len());
    for tip in command.tips {
        reply.bulk(tip);
    }
    key_specification(command, reply);
    reply.array(command.subcommands.len());
    for subcommand in command.subcommands {
        describe(subcommand, reply);
    }
}

fn key_specification(command: &Command, reply: &mut Reply) {
    let keys = command.keys;
    if keys.first == 0 {
        return reply.array(0);
    }
    reply.array(1);
    reply.map(3);
    reply.bulk("flags");
    reply.set(keys.flags.len());
    for flag in keys.flags {
        reply.simple(flag);
    }
    reply.bulk("begin_search");
    reply.map(2);
    reply.bulk("type");
    reply.bulk("index");
    reply.bulk("spec");
    reply.map(1);
    reply.bulk("index");
    reply.integer(i64::from(keys.first));
    reply.bulk("find_keys");
    reply.map(2);
    reply.bulk("type");
    reply.bulk("range");
    reply.bulk("spec");
    reply.map(3);
    reply.bulk("lastkey");
    // Here counted from the first key, where `keys.last` is counted from the command's name.
    reply.integer(i64::from(if keys.last < 0 { keys.last } else { keys.last - keys.first }));
    reply.bulk("keystep");
    reply.integer(i64::from(keys.step));
    reply.bulk("limit");
    reply.integer(0);
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
