//! Every command and every option of it, held against the replies of a real Redis; those on keys in RESP2 and RESP3.
//!
//! The replies stand in `tests/commands/*.cases` below the requests ([`cases`] explains the files), so that the tests need
//! no Redis. If one is found, it is asked again: the record cannot drift. The command table of the server drives what must
//! be there: a command that no case and no scenario uses with success fails the suite, and so does an option.
//!
//! ```text
//! CUTAWAY_BLESS=1 cargo test --test it commands::      writes the replies anew, and src/command/server/docs, as Redis 8.0 gives them
//! CUTAWAY_CASES=hash cargo test --test it commands::   only the files whose names contain `hash`
//! ```

pub mod asked;
pub mod cases;
mod coverage;
mod documentation;
mod exchange;
mod exchange_files;
mod exchange_functions;
mod least_words;
mod mask;
mod names;
pub mod random;
mod serialized;
mod silent;
pub mod values;

use crate::reference_server::{Kind, ReferenceServer, find};
use asked::{Asked, Here, There, play};
use cases::{Case, File, files};

/// A running reference server. None: the test is skipped, and `find` has said so.
fn redis() -> Option<ReferenceServer> {
    find(Kind::Redis).map(|program| ReferenceServer::start(&program, &asked::settings()))
}

/// Whether the replies and lists are to be written anew.
fn bless() -> bool {
    std::env::var_os("CUTAWAY_BLESS").is_some()
}

/// What is wrong with the replies of `asked` to a case.
fn differences(file: &File, case: &Case, resp: u8, asked: &mut dyn Asked) -> String {
    let mut wrong = String::new();
    for (step, reply) in case.steps.iter().zip(play(asked, case, resp)) {
        let recorded = &step.recorded[usize::from(resp) - 2];
        if reply != *recorded {
            let text = |reply: &Option<String>| reply.clone().unwrap_or_else(|| "(nothing)".into());
            wrong.push_str(&format!(
                "{}.cases:{} RESP{resp}: {}\n     Redis {}\n      here {}\n",
                file.name(),
                step.number,
                step.text,
                text(recorded),
                text(&reply)
            ));
        }
    }
    wrong
}

#[test]
fn every_case_goes_as_redis_does() {
    let mut wrong = String::new();
    for file in files() {
        for case in &file.cases {
            for resp in [2, 3] {
                wrong.push_str(&differences(&file, case, resp, &mut Here::new()));
            }
        }
    }
    assert!(wrong.is_empty(), "{} differences:\n{wrong}", wrong.matches("\n      here ").count());
}

#[test]
fn redis_says_what_is_on_record() {
    let Some(redis) = redis() else { return };
    let mut wrong = String::new();
    for file in files() {
        let replies: Vec<[Vec<Option<String>>; 2]> = file
            .cases
            .iter()
            .map(|case| [2, 3].map(|resp| play(&mut There::new(redis.address), case, resp)))
            .collect();
        if bless() {
            file.bless(&replies);
            continue;
        }
        for case in &file.cases {
            for resp in [2, 3] {
                wrong.push_str(&differences(&file, case, resp, &mut There::new(redis.address)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
