//! The scenarios, recorded here and appended by Redis: clients that wait, scripts, pauses, functions.

use super::listing::Listing;
use super::redis::{Redis, now_ms};
use crate::scenarios::scenarios;
use cutaway::tools::scenario::{Feeding, InProcess, PlayError, Scenario, Socket, run};

/// Scenarios that cannot be compared, and why.
const DIFFERENT: &[(&str, &str)] = &[
    ("append-only-file", "SPOP draws another member"),
    ("watch-and-expired-keys", "in the end keys may expire unasked, and Redis has not got to it"),
];

/// What is recorded here; None if the scenario cannot be played.
fn here(scenario: &Scenario) -> Option<Listing> {
    let mut server = InProcess::new(&scenario.settings, Feeding::Whole).unwrap();
    server.server_mut().propagation.set(true);
    let begun_ms = (server.server().time.unix_micros / 1000) as i64;
    match run(scenario, &mut server) {
        Err(PlayError::Unsupported(_)) => return None,
        played => _ = played.unwrap(),
    }
    let appended = server.disk().files.iter().find(|(path, _)| path.ends_with(".incr.aof"));
    let recorded = appended.map(|(_, bytes)| bytes.clone());
    let recorded = recorded.unwrap_or_else(|| server.server_mut().propagation.take());
    Some(Listing::whole(&recorded, begun_ms))
}

/// What Redis appends; None if it cannot play the scenario.
fn there(scenario: &Scenario) -> Option<Listing> {
    let settings = scenario.settings.iter().map(|setting| (setting.name.clone(), setting.words.clone()));
    let redis = Redis::with(&settings.collect::<Vec<_>>())?;
    let password = scenario.settings.iter().find(|setting| setting.name == "requirepass");
    let password = password.map(|setting| setting.words[0].as_str());
    let begun_ms = now_ms();
    let mut socket = Socket::new(redis.address(), password).unwrap();
    match run(scenario, &mut socket) {
        Err(PlayError::Unsupported(_)) => return None,
        played => _ = played.unwrap(),
    }
    Some(Listing::whole(&redis.appended(), begun_ms))
}

#[test]
fn every_scenario_is_recorded_as_redis_appends_it() {
    let mut wrong = String::new();
    for (name, scenario) in scenarios() {
        if scenario.only_cutaway.is_some()
            || scenario.moves_the_clock()
            || DIFFERENT.iter().any(|(other, _)| *other == name)
        {
            continue;
        }
        let Some(here) = here(&scenario) else { continue };
        let Some(there) = there(&scenario) else { continue };
        let (here, there) = (here.text(false), there.text(false));
        if here != there {
            wrong.push_str(&format!("{name}\nRedis:\n{there}here:\n{here}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
