//! What was recorded, executed by an empty server, makes the same keys.

use super::prepare;
use super::recorded::Recorded;
use crate::commands::asked::{Asked, play, print, request};
use crate::commands::cases::{Case, files};
use crate::commands::random::{Dialogues, typed};
use cutaway::tools::scenario::frame::{Frame, split};
use cutaway::tools::scenario::words::Request;
use std::time::Duration;

/// The keys of both databases that cases use, and the libraries.
fn digest(asked: &mut dyn Asked) -> String {
    let ask = |words: &[&str]| print(&asked.ask('A', &request(words)));
    [&["DEBUG", "DIGEST"][..], &["FUNCTION", "LIST", "WITHCODE"]].map(ask).join("\n")
}

/// The commands that were recorded.
fn commands(bytes: &[u8]) -> Vec<Request> {
    let words = |frame: Frame| match frame {
        Frame::Aggregate(b'*', words) => words.iter().map(|word| word.as_bulk().unwrap().to_vec()).collect(),
        other => panic!("{}", other.print("")),
    };
    if bytes.is_empty() { Vec::new() } else { split(bytes).into_iter().map(words).collect() }
}

/// Plays something to a server, and what it has recorded to another. What is wrong with the second; None if nothing is.
fn difference(work: impl FnOnce(&mut dyn Asked)) -> Option<String> {
    let (mut first, mut second) = (Recorded::new(), Recorded::new());
    prepare(&mut first);
    work(&mut first);
    // What a client of a case has left: a transaction, another database, a silent connection.
    let (recorded, expected) = (first.take(), digest(first.again()));
    let mut replies = String::new();
    prepare(&mut second);
    for command in commands(&recorded) {
        let reply = print(&second.ask('A', &command));
        replies.push_str(&format!("{}: {reply}\n", typed(&command)));
    }
    second.wait(Duration::from_millis(first.elapsed_ms()));
    let found = digest(second.again());
    (found != expected).then(|| format!("{replies}{expected}\n{found}\n"))
}

/// Whether a case leaves something that is not recorded, in Redis neither: the room that a failing BITFIELD has made, what an
/// other setting would make of a value. Of an exact trim with a LIMIT only a file that is loaded may speak.
fn is_unfit(case: &Case) -> bool {
    let has = |word: &str| case.steps.iter().any(|step| step.text.contains(word));
    has("OVERFLOW FAIL") || has("LIMIT") || has("CONFIG SET hll-sparse-max-bytes")
}

#[test]
fn the_record_of_every_case_makes_the_same_keys() {
    let mut wrong = String::new();
    for file in files() {
        for case in file.cases.iter().filter(|case| !is_unfit(case)) {
            if let Some(difference) = difference(|asked| _ = play(asked, case, 2)) {
                wrong.push_str(&format!("{}.cases:{}\n{difference}\n", file.name(), case.steps[0].number));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn the_record_of_any_dialogue_makes_the_same_keys() {
    for mut dialogue in Dialogues::asked() {
        let has =
            |request: &Request, word: &[u8]| request.iter().any(|other| other.eq_ignore_ascii_case(word));
        dialogue.retain(|request| !has(request, b"bitfield") && !has(request, b"limit"));
        let play = |asked: &mut dyn Asked| {
            for request in &dialogue {
                asked.ask('A', request);
            }
        };
        if let Some(difference) = difference(play) {
            let dialogue: Vec<String> = dialogue.iter().map(typed).collect();
            panic!("{}\n{difference}", dialogue.join("\n"));
        }
    }
}
