//! Every command with its arguments and what it does, for completion and help: what redis-cli shows while one types.
//!
//! Redis: `src/cli_commands.c`, `src/redis-cli.c` (`cliAddArgument`). The texts are those of COMMAND DOCS.

use crate::command::all::commands;
use crate::command::server::docs::record::{Argument, Arguments, Record};
use crate::server::dispatch::spec::Command;
use serde_json::{Value, json};

/// All commands; a subcommand is one of its own, `CLIENT LIST`.
pub fn all() -> Value {
    let each = commands().flat_map(|command| std::iter::once(command).chain(command.subcommands));
    json!({ "commands": each.map(command).collect::<Vec<Value>>() })
}

fn command(command: &Command) -> Value {
    let record = Record::of(command.name);
    let field = |name: &str| record.and_then(|record| record.field(name));
    json!({
        "name": command.name.replace('|', " ").to_uppercase(),
        "summary": field("summary"),
        "group": record.map(|record| record.group),
        "since": field("since"),
        "arity": command.arity,
        "arguments": record.map(|record| arguments(record.arguments(), " ")),
        "complexity": field("complexity"),
    })
}

/// Arguments one after another, as Redis's documentation writes them.
fn arguments(all: Arguments, between: &str) -> String {
    all.iter().map(argument).collect::<Vec<String>>().join(between)
}

fn argument(argument: Argument) -> String {
    let value = match argument.kind {
        "pure-token" => String::new(),
        "oneof" => arguments(argument.arguments, " | "),
        "block" => arguments(argument.arguments, " "),
        _ => argument.display_text().or(argument.attribute("display_text")).unwrap_or(argument.name).into(),
    };
    let has = |flag| argument.flags().any(|other| other == flag);
    let token = argument.attribute("token").map(|token| if token.is_empty() { "\"\"" } else { token });
    let words =
        |words: [&str; 2]| words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    let once = words([token.unwrap_or_default(), &value]);
    let text = match (has("multiple"), has("multiple_token")) {
        (false, _) => once,
        (true, true) => format!("{once} [{once} ...]"),
        (true, false) => format!("{once} [{value} ...]"),
    };
    match (has("optional"), argument.kind) {
        (true, _) => format!("[{text}]"),
        (false, "oneof") => format!("<{text}>"),
        (false, _) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(name: &str) -> String {
        arguments(Record::of(name).unwrap().arguments(), " ")
    }

    #[test]
    fn arguments_are_written_as_the_documentation_does() {
        for (name, expected) in [
            ("ping", "[message]"),
            ("subscribe", "channel [channel ...]"),
            ("publish", "channel message"),
            ("lmove", "source destination <LEFT | RIGHT> <LEFT | RIGHT>"),
            ("zadd", "key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...]"),
            ("object|encoding", "key"),
            (
                "sort",
                "key [BY pattern] [LIMIT offset count] [GET pattern [GET pattern ...]] [ASC | DESC] [ALPHA] \
                 [STORE destination]",
            ),
            ("xread", "[COUNT count] [BLOCK milliseconds] STREAMS key [key ...] id [id ...]"),
            ("config|set", "parameter value [parameter value ...]"),
        ] {
            assert_eq!(written(name), expected, "{name}");
        }
    }
}
