//! Random dialogues over the keyspace, recorded here and appended by Redis.
//!
//! `CUTAWAY_DIALOGUES=5000` tries more of them than 200, `CUTAWAY_SEED=7` others.

use super::listing::Listing;
use super::recorded::Recorded;
use super::redis::Redis;
use crate::commands::asked::Asked;
use crate::commands::random::{Dialogues, typed};
use cutaway::tools::scenario::words::Request;

/// The requests, and after them the end of a transaction that they have begun.
fn play(asked: &mut dyn Asked, dialogue: &[Request]) {
    for request in dialogue {
        asked.ask('A', request);
    }
    asked.ask('A', &vec![b"DISCARD".to_vec()]);
}

/// Whether a request makes a file, which is finished some time later.
fn is_about_files(request: &Request) -> bool {
    [&b"SAVE"[..], b"BGSAVE", b"BGREWRITEAOF"].iter().any(|name| request[0].eq_ignore_ascii_case(name))
}

/// What was recorded here, and what Redis has appended, if the two differ.
fn difference(redis: &Redis, dialogue: &[Request]) -> Option<String> {
    let ours = Recorded::new().listing(|asked| play(asked, dialogue));
    let theirs = redis.listing(|asked| play(asked, dialogue));

    let text = |listing: &Listing| format!("{}{} changes\n", listing.text(false), listing.changes);
    let (ours, theirs) = (text(&ours), text(&theirs));
    (ours != theirs).then(|| format!("Redis:\n{theirs}here:\n{ours}"))
}

#[test]
fn any_dialogue_is_recorded_as_redis_appends_it() {
    let Some(redis) = Redis::start() else { return };
    let mut wrong = Vec::new();
    for mut dialogue in Dialogues::asked() {
        dialogue.retain(|request| !is_about_files(request));
        if difference(&redis, &dialogue).is_none() {
            continue;
        }
        let mut at = 0;
        while at < dialogue.len() {
            let mut shorter = dialogue.clone();
            shorter.remove(at);
            match difference(&redis, &shorter) {
                Some(_) => dialogue = shorter,
                None => at += 1,
            }
        }
        let difference = difference(&redis, &dialogue).unwrap_or_else(|| "not again".into());
        let dialogue: Vec<String> = dialogue.iter().map(typed).collect();
        wrong.push(format!("{}\n{difference}", dialogue.join("\n")));
        if wrong.len() == 5 {
            break;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
}
