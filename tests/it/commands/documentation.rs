//! What COMMAND INFO and COMMAND DOCS say of our commands is what Redis says, whole, in RESP2 and RESP3.
//!
//! `src/command/server/docs/*.docs` is the record of COMMAND DOCS, and the server itself replies from it; `CUTAWAY_BLESS=1` writes
//! it anew for every command of the table. `tests/commands/info.txt` is the record of COMMAND INFO, for tests only.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use cutaway::command::all::commands;
use cutaway::command::server::docs::record;
use cutaway::command::server::docs::record::{FILES, Record};
use cutaway::server::dispatch::spec::Command;
use cutaway::tools::scenario::frame::Frame;

use super::asked::{Asked, Here, There, print, request};
use super::coverage::{read, write};
use super::{bless, redis};

/// Every command and subcommand of the table.
fn all() -> impl Iterator<Item = &'static Command> {
    commands().flat_map(|command| std::iter::once(command).chain(command.subcommands))
}

/// The file of a group.
fn path(group: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/command/server/docs/{group}.docs"))
}

/// The only reply to `COMMAND subcommand name`.
fn reply(asked: &mut dyn Asked, subcommand: &str, name: &str) -> Frame {
    let mut frames = asked.ask('A', &request(&["COMMAND", subcommand, name]));
    assert_eq!(frames.len(), 1, "{}", print(&frames));
    frames.remove(0)
}

/// The elements of an aggregate; of any other reply none.
fn items(frame: &Frame) -> &[Frame] {
    match frame {
        Frame::Aggregate(_, items) => items,
        _ => &[],
    }
}

/// The text of a reply of one line or of a bulk string.
fn text(frame: &Frame) -> String {
    match frame {
        Frame::Text(_, text) | Frame::Blob(_, text) => String::from_utf8(text.clone()).unwrap(),
        _ => panic!("no text: {}", frame.print("")),
    }
}

/// The fields of a map.
fn fields(map: &Frame) -> Vec<(String, &Frame)> {
    items(map).chunks(2).map(|pair| (text(&pair[0]), &pair[1])).collect()
}

/// The value of a field of a map.
fn field<'a>(map: &'a Frame, name: &str) -> Option<&'a Frame> {
    fields(map).into_iter().find(|(field, _)| field == name).map(|(_, value)| value)
}

// ---- recording ----

/// The paragraph of a command: of its map in COMMAND DOCS, and of the notes in COMMAND INFO.
fn paragraph(name: &str, docs: &Frame, info: &Frame) -> String {
    let mut lines = format!("{name}\n");
    let mut arguments = String::new();
    for (field, value) in fields(docs) {
        match &*field {
            "group" | "subcommands" => {}
            "summary" | "since" | "complexity" | "deprecated_since" | "replaced_by" => {
                writeln!(lines, "  {field}: {}", one_line(value)).unwrap();
            }
            "doc_flags" => {
                items(value).iter().for_each(|flag| writeln!(lines, "  {field}: {}", text(flag)).unwrap());
            }
            "history" => {
                for change in items(value).iter().map(items) {
                    let (since, what) = (text(&change[0]), one_line(&change[1]));
                    writeln!(lines, "  {field}: {since} {what}").unwrap();
                }
            }
            "arguments" => {
                arguments.push_str("  arguments:\n");
                record_arguments(value, 4, &mut arguments);
            }
            _ => panic!("{name}: src/command/server/docs/record.rs knows no field {field}"),
        }
    }
    for (index, keys) in items(&items(info)[8]).iter().enumerate() {
        if let Some(note) = field(keys, "notes") {
            writeln!(lines, "  notes: {index} {}", one_line(note)).unwrap();
        }
    }
    lines + &arguments
}

fn record_arguments(arguments: &Frame, indent: usize, lines: &mut String) {
    for argument in items(arguments) {
        let (mut words, mut parts) = (Vec::new(), None);
        let is = |name: &str| text(field(argument, name).unwrap_or_else(|| panic!("no {name}")));
        for (field, value) in fields(argument) {
            match &*field {
                "name" | "type" => words.push(text(value)),
                "display_text" if text(value) == is("name") => {}
                "display_text" | "key_spec_index" | "token" | "since" | "deprecated_since" => {
                    words.push(format!("{field}={}", text(value)));
                }
                "flags" => words.extend(items(value).iter().map(text)),
                "arguments" => parts = Some(value),
                _ => panic!("src/command/server/docs/record.rs knows no field {field} of an argument"),
            }
        }
        assert!(
            words.iter().all(|word| !word.contains(char::is_whitespace)),
            "a word with a space: {words:?}"
        );
        writeln!(lines, "{:indent$}{}", "", words.join(" ")).unwrap();
        parts.into_iter().for_each(|parts| record_arguments(parts, indent + 2, lines));
    }
}

/// A text that must not break the record's lines.
fn one_line(frame: &Frame) -> String {
    let text = text(frame);
    assert!(!text.contains('\n'), "a text of several lines: {text}");
    text
}

/// The files of all groups as Redis would have them, for the commands of the table that it has.
fn recorded(there: &mut There) -> BTreeMap<String, String> {
    let mut names: Vec<&str> = all().map(|command| command.name).collect();
    names.sort();
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    for name in names {
        let docs = reply(there, "DOCS", name);
        let Some(docs) = items(&docs).get(1) else { continue };
        let group = text(field(docs, "group").unwrap());
        let info = reply(there, "INFO", name);
        let file = files.entry(group).or_insert_with_key(|group| {
            format!(
                "# COMMAND DOCS of Redis for the group `{group}`, written by CUTAWAY_BLESS=1 cargo test --test it commands::.\n\
                 # Do not edit: src/command/server/docs/record.rs explains the format.\n"
            )
        });
        file.push('\n');
        file.push_str(&paragraph(name, docs, &items(&info)[0]));
    }
    files
}

#[test]
fn the_documentation_is_what_redis_says_today() {
    let Some(redis) = redis() else { return };
    for (group, file) in recorded(&mut There::new(redis.address)) {
        if bless() {
            fs::write(path(&group), &file).unwrap();
        }
        let here = fs::read_to_string(path(&group)).unwrap_or_default();
        assert!(here == file, "{group}.docs is old: CUTAWAY_BLESS=1 cargo test --test it commands::");
        let embedded = FILES.iter().any(|(name, _)| *name == group);
        assert!(
            embedded,
            "src/command/server/docs/record.rs, FILES: add (\"{group}\", include_str!(\"{group}.docs\"))"
        );
    }
}

#[test]
fn every_command_is_documented_once_and_nothing_else_is() {
    let commands: BTreeSet<&str> = all().map(|command| command.name).collect();
    let documented: Vec<&str> = record::all().map(|(name, _)| name).collect();
    let names: BTreeSet<&str> = documented.iter().copied().collect();
    assert_eq!(documented.len(), names.len(), "documented twice");
    let missing: Vec<_> = commands.difference(&names).collect();
    assert!(
        missing.is_empty(),
        "no documentation of {missing:?}: CUTAWAY_BLESS=1 cargo test --test it commands::, with a Redis (tests/reference) \
         that has them; of what only cutaway has, write it in src/command/server/docs/cutaway.docs"
    );
    let strangers: Vec<_> = names.difference(&commands).collect();
    assert!(strangers.is_empty(), "documentation of no command: {strangers:?}");
}

/// Types of arguments. Redis: `redisCommandArgType`.
const TYPES: [&str; 9] =
    ["string", "integer", "double", "key", "pattern", "unix-time", "pure-token", "oneof", "block"];

/// Fields of a command, in the order of the reply.
const FIELDS: [&str; 9] = [
    "summary",
    "since",
    "group",
    "complexity",
    "doc_flags",
    "deprecated_since",
    "replaced_by",
    "history",
    "notes",
];

/// What else is known of an argument, in the order of the reply.
const ATTRIBUTES: [&str; 5] = ["display_text", "key_spec_index", "token", "since", "deprecated_since"];

#[test]
fn every_line_of_the_documentation_is_understood() {
    for (_, file) in FILES {
        for line in file.lines().filter(|line| line.starts_with("  ")) {
            let argument = line.starts_with("    ");
            let known = match line.trim_start().split_once(if argument { " " } else { ":" }) {
                Some((_, rest)) if argument => TYPES.contains(&rest.split(' ').next().unwrap()),
                Some(("arguments", rest)) => rest.is_empty(),
                Some(("history" | "notes", rest)) => rest.trim_start().contains(' '),
                Some((name, rest)) => FIELDS.contains(&name) && rest.starts_with(' '),
                None => false,
            };
            assert!(known, "{line}");
        }
    }
    // The server writes them in the order in which they stand.
    let order = |all: &[&str], names: Vec<&str>| {
        let places: Vec<_> = names.iter().map(|name| all.iter().position(|known| known == name)).collect();
        places.is_sorted() && !places.contains(&None)
    };
    for (name, record) in record::all() {
        assert!(record.field("summary").is_some() && record.field("since").is_some(), "{name}");
        assert!(order(&FIELDS, record.fields().map(|(field, _)| field).collect()), "{name}: {FIELDS:?}");
        let mut arguments = record.arguments().iter().collect::<Vec<_>>();
        while let Some(argument) = arguments.pop() {
            let parts: Vec<_> = argument.arguments.iter().collect();
            let composite = matches!(argument.kind, "oneof" | "block");
            assert_eq!(!parts.is_empty(), composite, "{name}: {}", argument.name);
            let attributes = argument.attributes().map(|(attribute, _)| attribute).collect();
            assert!(order(&ATTRIBUTES, attributes), "{name}: {}: {ATTRIBUTES:?}", argument.name);
            let flags = ["optional", "multiple", "multiple_token"];
            assert!(argument.flags().all(|flag| flags.contains(&flag)), "{name}: {}", argument.name);
            arguments.extend(parts);
        }
    }
}

// ---- replies ----

/// Keeps of the subcommands in a reply those that Redis and this server have, in order of names: Redis gives them in the
/// order of a hash table.
fn settle_subcommands(subcommands: &mut Frame, pairs: bool) {
    let Frame::Aggregate(_, items) = subcommands else { return };
    let name = |frame: &Frame| text(if pairs { frame } else { &self::items(frame)[0] });
    let mut each: Vec<Vec<Frame>> = items.chunks(if pairs { 2 } else { 1 }).map(<[Frame]>::to_vec).collect();
    each.retain(|frames| {
        all().any(|command| command.name == name(&frames[0])) && !is_ours(&name(&frames[0]))
    });
    each.sort_by_key(|frames| name(&frames[0]));
    *items = each.into_iter().flatten().collect();
}

/// The names of the commands that are compared.
fn compared() -> impl Iterator<Item = &'static str> {
    all().map(|command| command.name).filter(|name| !is_ours(name))
}

/// Whether only this server has the command.
fn is_ours(name: &str) -> bool {
    FILES.iter().any(|(group, text)| *group == "cutaway" && text.lines().any(|line| line == name))
}

/// COMMAND INFO and COMMAND DOCS of a command, to be compared.
fn described(asked: &mut dyn Asked, name: &str) -> [Frame; 2] {
    let (mut info, mut docs) = (reply(asked, "INFO", name), reply(asked, "DOCS", name));
    if let Frame::Aggregate(_, replies) = &mut info
        && let Some(Frame::Aggregate(_, fields)) = replies.first_mut()
        && let Some(subcommands) = fields.last_mut()
    {
        settle_subcommands(subcommands, false);
    }
    if let Frame::Aggregate(_, pair) = &mut docs
        && let Some(Frame::Aggregate(_, fields)) = pair.get_mut(1)
        && let Some(at) = fields.iter().position(|field| field.as_bulk() == Some(b"subcommands"))
    {
        settle_subcommands(&mut fields[at + 1], true);
    }
    [info, docs]
}

#[test]
fn command_info_and_docs_are_the_same_in_redis_whole() {
    let Some(redis) = redis() else { return };
    let (mut here, mut there, mut wrong) = (Here::new(), There::new(redis.address), String::new());
    for resp in ["2", "3"] {
        let hello = request(&["HELLO", resp]);
        here.ask('A', &hello);
        there.ask('A', &hello);
        for name in compared() {
            let replies = described(&mut here, name).into_iter().zip(described(&mut there, name));
            for (ours, theirs) in replies.filter(|(ours, theirs)| ours != theirs) {
                let (ours, theirs) = (ours.print(""), theirs.print(""));
                writeln!(wrong, "{name} RESP{resp}\n  Redis {theirs}\n   here {ours}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn command_info_is_what_redis_said_when_it_was_recorded() {
    if let Some(redis) = redis() {
        let mut there = There::new(redis.address);
        there.ask('A', &request(&["HELLO", "3"]));
        let live: BTreeMap<String, String> =
            compared().map(|name| (name.into(), described(&mut there, name)[0].print(""))).collect();
        if bless() {
            write("info.txt", &live);
        }
        assert_eq!(
            live,
            read("info.txt"),
            "the record is old: CUTAWAY_BLESS=1 cargo test --test it commands::"
        );
    }
    let (recorded, mut here, mut wrong) = (read("info.txt"), Here::new(), String::new());
    here.ask('A', &request(&["HELLO", "3"]));
    for name in compared() {
        let (redis, info) = (recorded.get(name), described(&mut here, name)[0].print(""));
        if redis != Some(&info) {
            writeln!(wrong, "{name}\n  Redis {redis:?}\n   here {info}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_only_cutaway_has_is_documented_in_the_same_form() {
    let mut here = Here::new();
    let docs = reply(&mut here, "DOCS", "pubsub|explain");
    assert_eq!(
        docs.print(""),
        "*2 \"pubsub|explain\" *10 \"summary\" \"Returns what PUBLISH would do, without doing it (not in Redis).\" \
         \"since\" \"7.2.4\" \"group\" \"pubsub\" \"complexity\" \"O(N) for N receivers, and the cost of PUBLISH\" \
         \"arguments\" *2 *6 \"name\" \"channel\" \"type\" \"string\" \"display_text\" \"channel\" *10 \"name\" \"shard\" \
         \"type\" \"pure-token\" \"display_text\" \"shard\" \"token\" \"SHARD\" \"flags\" *1 +optional"
    );
    for (name, _) in record::all().filter(|(name, _)| is_ours(name)) {
        let [info, docs] = described(&mut here, name);
        assert_eq!(items(&info).len(), 1, "{name}");
        assert_eq!(items(&docs).len(), 2, "{name}");
    }
}

#[test]
fn the_documentation_is_found_by_full_name_only() {
    assert!(Record::of("client|list").is_some());
    for name in ["", "list", "client|", "summary", "client|list\n", "# COMMAND"] {
        assert!(Record::of(name).is_none(), "{name}");
    }
}
