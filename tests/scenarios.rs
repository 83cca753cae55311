//! Plays every `tests/scenarios/*.scenario` and holds the servers against each other.
//!
//! Against a real Redis (and Valkey), if one is found: twice the same, and Valkey the same as Redis but for the scenarios
//! that say `! differs from Valkey`. Without one the tests say so and pass.
//!
//! Random dialogues (`tests/dialogue`) go the same way; `CUTAWAY_DIALOGUES=5000` tries more of them.
//!
//! `CUTAWAY_SHOW=name cargo test --test scenarios real_redis -- --nocapture` prints Redis's transcript of the scenarios
//! whose names contain `name`.

mod dialogue;
mod in_process;
mod reference_server;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use cutaway::scenario::{Scenario, Socket, Transcript, Trouble, run};
use dialogue::{Dialogue, for_any_dialogue};
use reference_server::{Kind, ReferenceServer, find};

/// Every scenario with its file's name, in order of names.
fn scenarios() -> Vec<(String, Scenario)> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "scenario"));
    paths.sort();
    let read = |path: PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, scenario)
    };
    paths.into_iter().map(read).collect()
}

/// Plays one scenario to a fresh server; nothing if only a server inside the process could play it.
pub fn play(program: &Path, name: &str, scenario: &Scenario) -> Option<Transcript> {
    if scenario.only_cutaway.is_some() || scenario.moves_the_clock() {
        return None;
    }
    let server = ReferenceServer::start(program, &scenario.settings);
    let password = scenario
        .settings
        .iter()
        .find(|(setting, _)| setting == "requirepass")
        .map(|(_, values)| values[0].as_str());
    let mut socket =
        Socket::new(server.address, password).unwrap_or_else(|trouble| panic!("{name}: {trouble}"));
    match run(scenario, &mut socket) {
        Ok(transcript) => Some(transcript),
        Err(Trouble::Unsupported(_)) => None,
        Err(trouble) => panic!("{name}: {trouble}"),
    }
}

#[test]
fn there_are_enough_scenarios_and_each_has_a_title_of_its_own() {
    let scenarios = scenarios();
    assert!(scenarios.len() >= 45, "only {}", scenarios.len());
    let mut titles: Vec<_> = scenarios.iter().map(|(_, scenario)| &scenario.title).collect();
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), scenarios.len());
}

#[test]
fn real_redis_says_the_same_twice() {
    let redis = match find(Kind::Redis) {
        Ok(redis) => redis,
        Err(reason) => return println!("skipped: {reason}"),
    };
    let show = env::var("CUTAWAY_SHOW").ok();
    for (name, scenario) in scenarios() {
        let Some(first) = play(&redis, &name, &scenario) else { continue };
        if show.as_ref().is_some_and(|part| name.contains(part.as_str())) {
            println!("== {name}: {}\n{}", scenario.title, first.text());
        }
        let second = play(&redis, &name, &scenario).unwrap();
        if let Some(difference) = first.first_difference(&second) {
            panic!("{name}: two runs of Redis differ {difference}");
        }
        assert_eq!(first.text(), second.text(), "{name}");
    }
}

#[test]
fn valkey_says_the_same_as_redis() {
    let (redis, valkey) = match (find(Kind::Redis), find(Kind::Valkey)) {
        (Ok(redis), Ok(valkey)) => (redis, valkey),
        (Err(reason), _) | (_, Err(reason)) => return println!("skipped: {reason}"),
    };
    let mut wrong = String::new();
    for (name, scenario) in scenarios() {
        let Some(ours) = play(&redis, &name, &scenario) else { continue };
        let theirs = play(&valkey, &name, &scenario).unwrap();
        match (ours.first_difference(&theirs), &scenario.differs_from_valkey) {
            (Some(difference), None) => {
                wrong.push_str(&format!("{name}: (here Redis, there Valkey) {difference}\n\n"))
            }
            (None, Some(reason)) => wrong.push_str(&format!("{name}: Valkey does not differ: {reason}\n\n")),
            _ => {}
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// Plays a random dialogue to a server that other dialogues were played to: they leave nothing behind.
fn play_dialogue(server: &ReferenceServer, dialogue: &Dialogue) -> Transcript {
    let mut socket = Socket::new(server.address, None).unwrap();
    run(&dialogue.scenario(), &mut socket).unwrap_or_else(|trouble| panic!("{trouble}"))
}

#[test]
fn any_dialogue_is_the_same_in_redis_and_valkey() {
    let (redis, valkey) = match (find(Kind::Redis), find(Kind::Valkey)) {
        (Ok(redis), Ok(valkey)) => {
            (ReferenceServer::start(&redis, &[]), ReferenceServer::start(&valkey, &[]))
        }
        (Err(reason), _) | (_, Err(reason)) => return println!("skipped: {reason}"),
    };
    for_any_dialogue(|dialogue| {
        let difference = play_dialogue(&redis, dialogue).first_difference(&play_dialogue(&valkey, dialogue));
        difference.map(|difference| format!("(here Redis, there Valkey) {difference}"))
    });
}
