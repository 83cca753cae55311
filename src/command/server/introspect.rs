//! COMMAND: what commands there are, for programs and for people.
//!
//! Redis: `src/server.c`, `commandCommand` and its subcommands. How one command is printed is in
//! [`super::docs`].

use super::docs;
use crate::command::all::commands;
use crate::glob::Pattern;
use crate::server::dispatch::Call;
use crate::server::dispatch::key_spec::Keys;
use crate::server::dispatch::spec::{CATEGORIES, Command, NO_MANDATORY_KEYS};
use crate::text::c::until_nul;

/// `COMMAND`: every command, as COMMAND INFO describes it.
pub fn all(call: &mut Call<'_>) {
    call.reply.array(commands().count());
    for command in commands() {
        docs::describe(command, call.reply);
    }
}

/// `COMMAND COUNT`
pub fn count(call: &mut Call<'_>) {
    call.reply.integer(commands().count() as i64);
}

/// `COMMAND INFO [name …]`: null for a name that is no command.
pub fn info(call: &mut Call<'_>) {
    if call.args.len() == 2 {
        return all(call);
    }
    call.reply.array(call.args.len() - 2);
    for name in call.args.from(2) {
        match call.server.table.full_name(name) {
            Some(command) => docs::describe(command, call.reply),
            None => call.reply.null(),
        }
    }
}

/// `COMMAND DOCS [name …]`: a name that is no command is left out.
pub fn docs(call: &mut Call<'_>) {
    let found: Vec<&Command> = if call.args.len() == 2 {
        commands().collect()
    } else {
        call.args.from(2).filter_map(|name| call.server.table.full_name(name)).collect()
    };
    call.reply.map(found.len());
    for command in found {
        docs::document(command, call.reply);
    }
}

/// `COMMAND LIST [FILTERBY MODULE name | ACLCAT category | PATTERN pattern]`
pub fn list(call: &mut Call<'_>) {
    let args = call.args;
    let mut names: Vec<&str> =
        commands().flat_map(|c| std::iter::once(c).chain(c.subcommands)).map(|c| c.name).collect();
    match args.len() {
        2 => {}
        5 if call.is(2, "filterby") && call.is(3, "module") => names.clear(),
        5 if call.is(2, "filterby") && call.is(3, "aclcat") => {
            let category = String::from_utf8_lossy(until_nul(&args[4])).to_ascii_lowercase();
            let table = &call.server.table;
            let in_category = |name: &str| {
                table
                    .full_name(name.as_bytes())
                    .is_some_and(|c| c.all_categories().contains(&category.as_str()))
            };
            names.retain(|name| CATEGORIES.contains(&category.as_str()) && in_category(name));
        }
        5 if call.is(2, "filterby") && call.is(3, "pattern") => match Pattern::new_nocase(&args[4]) {
            Ok(pattern) => names.retain(|name| pattern.matches(name.as_bytes())),
            Err(too_big) => return call.reply.error(format!("ERR {too_big}")),
        },
        _ => return call.syntax_error(),
    }
    call.reply.array(names.len());
    for name in names {
        call.reply.bulk(name);
    }
}

/// `COMMAND GETKEYS command [argument …]`
pub fn getkeys(call: &mut Call<'_>) {
    if let Some(keys) = find_keys(call) {
        call.reply.array(keys.len());
        for (key, _) in keys {
            call.reply.bulk(key);
        }
    }
}

/// `COMMAND GETKEYSANDFLAGS command [argument …]`
pub fn getkeysandflags(call: &mut Call<'_>) {
    if let Some(keys) = find_keys(call) {
        call.reply.array(keys.len());
        for (key, flags) in keys {
            call.reply.array(2);
            call.reply.bulk(key);
            call.reply.set(flags.len());
            for flag in flags {
                call.reply.simple(flag);
            }
        }
    }
}

/// A key, and what is done with it.
type Key<'a> = (&'a [u8], &'static [&'static str]);

/// The keys of the command that the arguments name, and what it does with each; or None, with the error replied.
/// Redis: `getKeysSubcommandImpl`.
fn find_keys<'a>(call: &mut Call<'a>) -> Option<Vec<Key<'a>>> {
    let request = call.args.after(2);
    let Some((_, command)) = call.server.table.find(request) else {
        call.reply.error("ERR Invalid command specified");
        return None;
    };
    if command.key_specs().iter().all(Keys::are_channels) {
        call.reply.error("ERR The command has no key arguments");
        return None;
    }
    if !command.accepts(request.len()) {
        call.reply.error("ERR Invalid number of arguments specified for command");
        return None;
    }
    let found = command.find_keys(request);
    if found.is_empty() && command.flags & NO_MANDATORY_KEYS == 0 {
        call.reply.error("ERR Invalid arguments specified for command");
        return None;
    }
    Some(found.into_iter().filter_map(|(at, flags)| Some((request.get(at)?, flags))).collect())
}

/// `COMMAND HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("COMMAND");
}
