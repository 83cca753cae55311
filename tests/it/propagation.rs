//! What commands become in the append-only file: the bytes that Redis appends, and those that are recorded here.
//!
//! Every case of `tests/commands/*.cases`, random dialogues over them and the scenarios are played to a Redis that writes its
//! file, and to the server inside the process. `tests/propagation/*.txt` has what Redis has written for each case, so that the
//! cases are compared without a Redis too. What was recorded is also executed by an empty server, which must then hold the same
//! keys.
//!
//! ```text
//! CUTAWAY_BLESS=1 cargo test --test it propagation::      writes tests/propagation anew, as Redis 8.0 appends it
//! CUTAWAY_CASES=hash cargo test --test it propagation::   only the files whose names contain `hash`
//! ```
//!
//! [`listing`] says which words are not compared: times, and what chance has chosen.

mod dialogues;
mod framing;
mod listing;
mod recorded;
mod redis;
mod replay;
mod scenarios;

use crate::commands::asked::{Asked, play, print, request};
use crate::commands::cases::{Case, File, files};
use listing::Listing;
use recorded::Recorded;
use redis::Redis;
use std::fs;
use std::path::PathBuf;

/// Makes both servers wait to be asked before anything expires, and begins the listing: see [`Listing::new`].
fn prepare(asked: &mut dyn Asked) {
    for words in [&["DEBUG", "SET-ACTIVE-EXPIRE", "0"][..], &["FLUSHALL"]] {
        assert_eq!(print(&asked.ask('A', &request(words))), "+OK");
    }
}

/// Where the record of a file of cases stands.
fn path(file: &File) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/propagation/{}.txt", file.name()))
}

/// What is on record of each case of a file, in order.
fn record(file: &File) -> Vec<String> {
    let text = fs::read_to_string(path(file)).unwrap_or_default();
    text.split_inclusive("\n\n").map(String::from).collect()
}

/// What a record has of a case: its first request, how many changes were counted, and below it what the case became.
fn entry(case: &Case, listing: &Listing) -> String {
    let is_random = case.steps.iter().any(|step| step.text.to_lowercase().contains("spop"));
    format!("# {} ({} changes)\n{}\n", case.steps[0].text, listing.changes, listing.text(is_random))
}

/// Cases that are recorded in another way than in Redis, each by its file and first request, with the reason.
const DIFFERENT: &[(&str, &str, &str)] =
    &[("hash-fields", "HSET h a 1 b 2 c 3 d 4 e 5", "HINCRBYFLOAT keeps the time of a field")];

fn is_different(file: &File, case: &Case) -> bool {
    DIFFERENT.iter().any(|&(name, first, _)| file.name() == name && case.steps[0].text == first)
}

/// Whether a case cannot be compared: Redis waits for ever for a file that is not synced, chance chooses what is evicted, and a
/// file or a snapshot is finished some time later.
fn is_unfit(case: &Case) -> bool {
    let has = |word: &str| case.steps.iter().any(|step| step.text.contains(word));
    ["WAITAOF", "maxmemory-policy", "SAVE", "BGREWRITEAOF", "appendonly"].into_iter().any(has)
}

/// The differences between two lists of entries of a file.
fn differences(file: &File, entries: &[String], names: [&str; 2], other: &[String]) -> String {
    let none = String::new();
    let mut wrong = String::new();
    for (at, case) in file.cases.iter().enumerate() {
        let (one, other) = (entries.get(at).unwrap_or(&none), other.get(at).unwrap_or(&none));
        if one != other && !(names[1] == "here" && is_different(file, case)) {
            let place = format!("{}.cases:{}", file.name(), case.steps[0].number);
            wrong.push_str(&format!("{place}\n{}:\n{one}{}:\n{other}\n", names[0], names[1]));
        }
    }
    wrong
}

#[test]
fn every_case_is_recorded_as_redis_appends_it() {
    let mut wrong = String::new();
    for file in files() {
        let here = |case: &Case| {
            let mut here = Recorded::new();
            if is_unfit(case) {
                return entry(case, &Listing::default());
            }
            entry(case, &here.listing(|asked| _ = play(asked, case, 2)))
        };
        let entries: Vec<String> = file.cases.iter().map(here).collect();
        wrong.push_str(&differences(&file, &record(&file), ["on record", "here"], &entries));
    }
    assert!(wrong.is_empty(), "{} differences:\n{wrong}", wrong.matches("\nhere:\n").count());
}

#[test]
fn redis_appends_what_is_on_record() {
    let Some(redis) = Redis::start() else { return };
    let mut wrong = String::new();
    for file in files() {
        let there = |case: &Case| match is_unfit(case) {
            true => entry(case, &Listing::default()),
            false => entry(case, &redis.listing(|asked| _ = play(asked, case, 2))),
        };
        let entries: Vec<String> = file.cases.iter().map(there).collect();
        if std::env::var_os("CUTAWAY_BLESS").is_some() {
            fs::create_dir_all(path(&file).parent().unwrap()).unwrap();
            fs::write(path(&file), entries.concat()).unwrap();
        } else {
            wrong.push_str(&differences(&file, &record(&file), ["on record", "Redis"], &entries));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
