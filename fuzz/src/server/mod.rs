//! Any bytes, in any split, from several clients: nothing panics, the structures hold together, nobody is
//! forgotten, memory stays bounded, and what a client receives does not depend on the split.
//!
//! The input is a script (see [`script`]), played four times:
//!
//! 1. as it stands, with full sockets and requests left halfway, and everything is checked after each turn;
//! 2. the same with small output limits;
//! 3. every send whole, every socket emptied after each;
//! 4. every send in small pieces, every write cut short, and with the plain walk of patterns: each client must
//!    receive the same as in 3.

mod check;
mod replies;
mod script;
mod turns;

use cutaway::client::limits::Limit;
use script::{PEERS, Script, Step};
use turns::{Peer, Turns, Writing};

/// Less work than this is done in one turn's write, to see writes that are broken off.
const WRITE: usize = 1 << 12;
/// How much of each end of a send is cut into pieces.
const CUT_ENDS: usize = 200;
/// The small output limits.
const SMALL: Limit = Limit { hard: 4096, soft: 1024, soft_seconds: 2 };

pub fn run(data: &[u8]) {
    let script = Script::parse(data);
    as_it_stands(&script, None);
    as_it_stands(&script, Some(SMALL));
    let whole = settled(&script, None);
    let split = settled(&script, Some(data.len() as u64));
    if whole.is_repeatable() && split.is_repeatable() {
        compare(&whole, &split);
    }
}

fn as_it_stands(script: &Script, limit: Option<Limit>) {
    let mut turns = Turns::new(&script.settings, Writing::Budget(WRITE));
    if let Some(limit) = limit {
        turns.limit_outputs(limit);
    }
    for step in &script.steps {
        match step {
            Step::Send(peer, bytes) => turns.feed(*peer, bytes),
            Step::Room(peer, room) => turns.set_room(*peer, *room),
            Step::Connect(peer) => turns.connect(*peer, true),
            Step::ConnectFromAfar(peer) => turns.connect(*peer, false),
            Step::Disconnect(peer) => turns.disconnect(*peer),
            Step::Wait(millis) => turns.wait(*millis),
            Step::EndTurn => turns.end(),
        }
        check::structures(&turns.server);
        if turns.server.wants_shutdown() {
            break;
        }
    }
    (0..PEERS).for_each(|peer| turns.set_room(peer, usize::MAX));
    turns.settle();
    for (received, _) in turns.peers().iter().flat_map(Peer::connections) {
        replies::check(received);
    }
    turns.leave();
}

/// Plays the script with a quiet moment after each step. `seed`: how sends and writes are cut, if they are.
fn settled(script: &Script, seed: Option<u64>) -> Turns {
    let writing = seed.map_or(Writing::Everything, Writing::Cut);
    let mut turns = Turns::new(&script.settings, writing);
    turns.server.pubsub.plain_walk = seed.is_some();
    let mut random = seed.map(script::Random::new);
    for step in &script.steps {
        match step {
            Step::Send(peer, bytes) => {
                let mut rest = &bytes[..];
                while !rest.is_empty() {
                    // The middle of a long send is more of the same.
                    let begun = bytes.len() - rest.len() >= CUT_ENDS && rest.len() > CUT_ENDS;
                    let count = match &mut random {
                        Some(random) if !begun => random.piece().min(rest.len()),
                        Some(_) => rest.len() - CUT_ENDS,
                        None => rest.len(),
                    };
                    turns.feed(*peer, &rest[..count]);
                    turns.drain();
                    rest = &rest[count..];
                }
            }
            Step::Room(..) | Step::EndTurn => {}
            Step::Connect(peer) => turns.connect(*peer, true),
            Step::ConnectFromAfar(peer) => turns.connect(*peer, false),
            Step::Disconnect(peer) => turns.disconnect(*peer),
            Step::Wait(millis) => turns.wait(*millis),
        }
        turns.settle();
        check::structures(&turns.server);
        if turns.server.wants_shutdown() {
            break;
        }
    }
    turns
}

/// Both received the same; who was closed meanwhile may have missed the end of it where nothing was cut.
fn compare(whole: &Turns, split: &Turns) {
    for (whole, split) in whole.peers().iter().zip(split.peers()) {
        assert_eq!(whole.connections().count(), split.connections().count());
        for ((whole, closed), (split, closed_too)) in whole.connections().zip(split.connections()) {
            assert_eq!(closed, closed_too, "one was closed, the other not");
            let end = if closed { whole.len().min(split.len()) } else { split.len() };
            assert!(
                *whole == split[..end],
                "whole and split differ:\n{}\n{}",
                whole.escape_ascii(),
                split.escape_ascii()
            );
        }
    }
    assert_eq!(check::drawn(&whole.server), check::drawn(&split.server), "the structures differ");
}
