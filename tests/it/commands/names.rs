//! Names and texts that are recorded from Redis: the subcommands that the log knows, and HELP.

use cutaway::command::all::commands;
use cutaway::server::dispatch::known;
use cutaway::tools::scenario::frame::Frame;

use super::asked::{Asked, Here, There, print, request};
use super::redis;

#[test]
fn the_subcommands_that_the_log_knows_are_those_of_redis() {
    let Some(redis) = redis() else { return };
    let frames = There::new(redis.address).ask('A', &request(&["COMMAND", "LIST"]));
    let [Frame::Aggregate(_, names)] = &frames[..] else { panic!("{}", print(&frames)) };
    let names =
        names.iter().map(|name| String::from_utf8_lossy(name.as_bulk().unwrap_or_default()).into_owned());
    let mut live: Vec<String> = names.filter(|name| name.contains('|')).collect();
    live.sort_unstable();
    assert_eq!(live, known::subcommands().collect::<Vec<_>>());
}

/// The lines of HELP in pieces: each begins with a subcommand and has the lines below it.
fn help_pieces(asked: &mut dyn Asked, command: &str) -> Vec<Vec<String>> {
    let frames = asked.ask('A', &request(&[command, "HELP"]));
    let [Frame::Aggregate(_, lines)] = &frames[..] else { panic!("{}", print(&frames)) };
    let mut pieces: Vec<Vec<String>> = Vec::new();
    for line in lines.iter().map(|line| line.print("")) {
        match pieces.last_mut() {
            Some(piece) if line.starts_with("+ ") => piece.push(line),
            _ => pieces.push(vec![line]),
        }
    }
    pieces
}

#[test]
fn help_has_the_words_of_redis_for_every_subcommand_that_redis_has() {
    let Some(redis) = redis() else { return };
    let (mut here, mut there) = (Here::new(), There::new(redis.address));
    let ours = ["+EXPLAIN ", "+SUBSCRIBERS ", "+NOTIFY-CLOSE "];
    for command in commands().filter(|command| !command.subcommands.is_empty() && command.name != "cluster") {
        let theirs = help_pieces(&mut there, command.name);
        let mut here = help_pieces(&mut here, command.name);
        here.retain(|piece| !ours.iter().any(|name| piece[0].starts_with(name)));
        // In the order of Redis, too.
        let known: Vec<_> = theirs.into_iter().filter(|piece| here.contains(piece)).collect();
        assert_eq!(here, known, "{}", command.name);
    }
}
