//! Plays every `tests/scenarios/*.scenario` and holds the servers against each other.
//!
//! Against a real Redis (and Valkey), if one is found: twice the same, and Valkey the same as Redis but for the scenarios
//! that say `! differs from Valkey`. Without one these tests print `SKIPPED`; in CI they fail (`tests/it/reference_server.rs`).
//!
//! Random dialogues (`tests/it/scenarios/dialogue.rs`) go the same way; `CUTAWAY_DIALOGUES=5000` tries more of them.
//!
//! `CUTAWAY_SHOW=name cargo test --test it real_redis -- --nocapture` prints Redis's transcript of the scenarios
//! whose names contain `name`.

mod dialogue;
mod in_process;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::reference_server::{Kind, ReferenceServer, find};
use cutaway::tools::scenario::{PlayError, Scenario, Socket, Transcript, run};
use dialogue::{Dialogue, Topic, for_any_dialogue};

/// Every scenario with its file's name, in order of names; those of the laboratory are `lab/…`.
pub fn scenarios() -> Vec<(String, Scenario)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let files = |directory: PathBuf| fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<PathBuf> = files(root.clone()).chain(files(root.join("lab"))).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "scenario"));
    paths.sort();
    let read = move |path: PathBuf| {
        let name = path.with_extension("").strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, scenario)
    };
    paths.into_iter().map(read).collect()
}

/// Plays one scenario to a fresh server; nothing if only a server inside the process could play it.
pub fn play(program: &Path, name: &str, scenario: &Scenario) -> Option<Transcript> {
    if scenario.only_cutaway.is_some() || scenario.moves_the_clock() || scenario.kills_the_server() {
        return None;
    }
    let settings = scenario.settings.iter().map(|setting| (setting.name.clone(), setting.words.clone()));
    let server = ReferenceServer::start(program, &settings.collect::<Vec<_>>());
    let password = scenario.settings.iter().find(|setting| setting.name == "requirepass");
    let password = password.map(|setting| setting.words[0].as_str());
    let mut socket =
        Socket::new(server.address, password).unwrap_or_else(|trouble| panic!("{name}: {trouble}"));
    match run(scenario, &mut socket) {
        Ok(transcript) => Some(transcript),
        Err(PlayError::Unsupported(_)) => None,
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
    let Some(redis) = find(Kind::Redis) else { return };
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
    let (Some(redis), Some(valkey)) = (find(Kind::Redis), find(Kind::Valkey)) else { return };
    let mut wrong = String::new();
    for (name, scenario) in scenarios() {
        let Some(ours) = play(&redis, &name, &scenario) else { continue };
        let theirs = play(&valkey, &name, &scenario).unwrap();
        match (ours.first_difference(&theirs), &scenario.differs_from_valkey) {
            (Some(difference), None) => {
                wrong.push_str(&format!("{name}: (here Redis, there Valkey) {difference}\n\n"));
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
    let transcript = run(&dialogue.scenario(), &mut socket).unwrap_or_else(|trouble| panic!("{trouble}"));
    socket.close().unwrap_or_else(|trouble| panic!("{trouble}"));
    transcript
}

#[test]
fn any_dialogue_is_the_same_in_redis_and_valkey() {
    let (Some(redis), Some(valkey)) = (find(Kind::Redis), find(Kind::Valkey)) else { return };
    let (redis, valkey) = (ReferenceServer::start(&redis, &[]), ReferenceServer::start(&valkey, &[]));
    for_any_dialogue(Topic::PubSub, |dialogue| {
        let difference = play_dialogue(&redis, dialogue).first_difference(&play_dialogue(&valkey, dialogue));
        difference.map(|difference| format!("(here Redis, there Valkey) {difference}"))
    });
}

/// Runs a test of this program that needs Valkey, where there is none: its status, and what it prints.
fn without_a_reference(ci: &str) -> (bool, String) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "scenarios::valkey_says_the_same_as_redis"]);
    let output = command.env("CUTAWAY_REFERENCE", "none").env("CI", ci).output().unwrap();
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(printed).unwrap())
}

#[test]
fn a_test_without_its_reference_says_that_it_was_skipped() {
    let (passed, printed) = without_a_reference("");
    assert!(passed, "{printed}");
    let line =
        "SKIPPED scenarios::valkey_says_the_same_as_redis: no Valkey 8.1 wanted (CUTAWAY_REFERENCE=none)\n";
    assert!(printed.contains(line), "{printed}");
}

#[test]
fn in_ci_a_test_without_its_reference_fails() {
    let (passed, printed) = without_a_reference("true");
    assert!(
        !passed && printed.contains("in CI (the variable CI is set) no test may be skipped"),
        "{printed}"
    );
}
