//! FUNCTION DUMP here and FUNCTION RESTORE in Redis, and the other way round: the libraries are the same, and so are the bytes.
//! Bytes that were changed are refused by both, with the same words, or by neither.

use cutaway::tools::scenario::frame::Frame;
use cutaway::tools::scenario::words::{Request, quote};

use super::asked::{Asked, Here, There, print, request};
use super::exchange::mutated;
use super::redis;
use super::values::Chance;

/// The texts of some libraries, whose functions have names of their own.
fn libraries(chance: &mut Chance) -> Vec<Vec<u8>> {
    let one = |number: usize, chance: &mut Chance| {
        let mut code = format!("#!lua name=l{number}\n").into_bytes();
        for function in 0..=chance.below(4) {
            let flags = ["", "'no-writes'", "'allow-oom', 'no-cluster'"][chance.below(3)];
            let text: String = chance.word().iter().take(100).map(|byte| format!("\\{byte:03}")).collect();
            code.extend(
                format!(
                    "redis.register_function{{function_name = 'f{number}_{function}', flags = {{{flags}}}, \
                     callback = function(keys, arguments) return {{'{text}', keys}} end}}\n"
                )
                .bytes(),
            );
        }
        code
    };
    (0..=chance.below(4)).map(|number| one(number, chance)).collect()
}

fn words(words: &[&[u8]]) -> Request {
    words.iter().map(|word| word.to_vec()).collect()
}

/// What a server says of its libraries, without the order in which a dict has them.
fn about(asked: &mut dyn Asked) -> String {
    let mut frames = asked.ask('A', &request(&["FUNCTION", "LIST", "WITHCODE"]));
    frames.iter_mut().for_each(sort);
    print(&frames)
}

/// Sorts every array of arrays.
fn sort(frame: &mut Frame) {
    if let Frame::Aggregate(_, items) = frame {
        items.iter_mut().for_each(sort);
        if items.iter().all(|item| matches!(item, Frame::Aggregate(..))) {
            items.sort_by_key(|item| item.print(""));
        }
    }
}

fn dump(asked: &mut dyn Asked) -> Vec<u8> {
    let frames = asked.ask('A', &request(&["FUNCTION", "DUMP"]));
    frames[0].as_bulk().unwrap_or_else(|| panic!("{}", print(&frames))).to_vec()
}

fn restore(asked: &mut dyn Asked, payload: &[u8], policy: &[u8]) -> String {
    print(&asked.ask('A', &words(&[b"FUNCTION", b"RESTORE", payload, policy])))
}

#[test]
fn libraries_that_are_dumped_here_redis_restores_and_the_other_way_round() {
    let Some(redis) = redis() else { return };
    let (mut chance, count) = Chance::asked();
    for _ in 0..count / 5 {
        let (mut here, mut there) = (Here::new(), There::new(redis.address));
        let codes = libraries(&mut chance);
        for code in &codes {
            for server in [&mut here as &mut dyn Asked, &mut there] {
                let reply = print(&server.ask('A', &words(&[b"FUNCTION", b"LOAD", code])));
                assert!(!reply.starts_with('-'), "{reply} for {}", quote(code));
            }
        }
        let (ours, theirs, loaded) = (dump(&mut here), dump(&mut there), about(&mut there));
        assert_eq!(about(&mut here), loaded);
        if codes.len() == 1 {
            assert_eq!(quote(&ours), quote(&theirs));
        }
        for policy in [&b"FLUSH"[..], b"REPLACE"] {
            assert_eq!(restore(&mut here, &theirs, policy), "+OK");
            assert_eq!(restore(&mut there, &ours, policy), "+OK");
            assert_eq!((about(&mut here), about(&mut there)), (loaded.clone(), loaded.clone()));
        }
    }
}

#[test]
fn a_payload_of_libraries_that_redis_refuses_is_refused_in_the_same_words() {
    let Some(redis) = redis() else { return };
    let (mut chance, count) = Chance::asked();
    let mut accepted = 0;
    for _ in 0..count / 5 {
        let (mut here, mut there) = (Here::new(), There::new(redis.address));
        for code in libraries(&mut chance).iter().take(1) {
            here.ask('A', &words(&[b"FUNCTION", b"LOAD", code]));
        }
        let payload = dump(&mut here);
        for _ in 0..10 {
            let changed = mutated(&mut chance, &payload);
            let (ours, theirs) =
                (restore(&mut here, &changed, b"FLUSH"), restore(&mut there, &changed, b"FLUSH"));
            assert_eq!(ours, theirs, "{}", quote(&changed));
            accepted += usize::from(theirs == "+OK");
            if theirs == "+OK" {
                assert_eq!(about(&mut here), about(&mut there), "{}", quote(&changed));
            }
        }
    }
    assert!(accepted > 0, "none of the changed payloads was accepted");
}
