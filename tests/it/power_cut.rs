//! The power goes: what the server has promised is on the disk, whatever the disk has done to the rest.
//!
//! ```text
//! disk, files, data   a disk that forgets, tears, reorders, fails and is late; its rules stand in a table in disk
//! load                what clients ask
//! world, sockets      a server, its clients and its disk, turn by turn
//! promises            what must last, and from when on
//! history, keys       the states that the server was in
//! start               a server starts from what is left
//! ```
//!
//! `CUTAWAY_POWER_CUTS=600` plays seeds for so many seconds in all, from `CUTAWAY_SEED=1` on. A seed that fails prints what has
//! happened, and how to play it again.

mod data;
mod disk;
mod disk_tests;
mod files;
mod history;
mod keys;
mod load;
mod promises;
mod random;
mod sockets;
mod start;
mod world;

use data::Rest;
use disk::Manners;
use random::Random;
use std::time::{Duration, Instant};
use world::{Plan, World};

/// For how long all tests here play seeds, in seconds.
const SECONDS: u64 = 20;
/// How many tests share them.
const TESTS: u32 = 6;

/// The settings of all servers here: nothing is saved that no client has asked for.
const BASE: [(&str, &str); 1] = [("save", "")];

/// Plays one world after the other, each of its seed, until the time is over; one at least.
fn play_seeds(play: impl Fn(u64)) {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let mut seed = number("CUTAWAY_SEED").unwrap_or(1);
    let seconds = number("CUTAWAY_POWER_CUTS").unwrap_or(SECONDS);
    let end = Instant::now() + Duration::from_secs(seconds) / TESTS;
    loop {
        println!("CUTAWAY_POWER_CUTS=0 CUTAWAY_SEED={seed} plays this again");
        play(seed);
        seed += 1;
        if Instant::now() >= end {
            break;
        }
    }
}

/// Two lives of a server with these settings: the power goes, it starts from what is left, and in the end all is well. `change`
/// makes the world another than the usual one.
fn play(seed: u64, settings: &[(&'static str, &'static str)], change: fn(&mut Plan)) {
    let mut random = Random::new(seed);
    let mut plan = Plan {
        config: [&BASE, settings].concat(),
        manners: Manners {
            late: random.below(4),
            at_once: random.one_in(2),
            after_failed_sync: *random.choose(&[Rest::Nothing, Rest::Prefix, Rest::All]),
            ..Manners::default()
        },
        changes_policy: false,
        fails_one_in: 0,
        rests: vec![Rest::Nothing, Rest::Prefix, Rest::Prefix, Rest::All],
        turns: random.between(10, 60),
    };
    change(&mut plan);
    let mut world = World::first(plan, random);
    world.run();
    let mut world = world.next_life();
    world.run();
    world.settle();
}

const ALWAYS: [(&str, &str); 2] = [("appendonly", "yes"), ("appendfsync", "always")];
const EVERYSEC: [(&str, &str); 2] = [("appendonly", "yes"), ("appendfsync", "everysec")];

#[test]
fn under_always_nobody_was_told_what_the_files_do_not_know() {
    play_seeds(|seed| play(seed, &ALWAYS, |_| {}));
}

#[test]
fn under_everysec_no_more_is_missing_than_what_came_after_the_last_sync_began() {
    play_seeds(|seed| play(seed, &EVERYSEC, |_| {}));
}

#[test]
fn without_an_append_only_file_the_last_snapshot_is_there() {
    play_seeds(|seed| play(seed, &[("appendonly", "no")], |_| {}));
}

#[test]
fn what_was_promised_lasts_when_promises_change_at_run_time() {
    play_seeds(|seed| play(seed, &ALWAYS, |plan| plan.changes_policy = true));
}

#[test]
fn when_calls_fail_nothing_is_lost_that_was_promised_before_and_the_server_recovers() {
    play_seeds(|seed| {
        let settings = if seed % 2 == 0 { &ALWAYS } else { &EVERYSEC };
        play(seed, settings, |plan| plan.fails_one_in = 25);
    });
}

#[test]
fn a_hole_in_what_was_not_synced_is_refused_or_read_and_never_panics() {
    play_seeds(|seed| play(seed, &ALWAYS, |plan| plan.rests = vec![Rest::Blocks]));
}
