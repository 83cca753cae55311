//! The server inside the process: its snapshots, whatever way the bytes are cut, and the same bytes as a real Redis.

use cutaway::base::random::Seed;
use cutaway::tools::draw::Before;
use cutaway::tools::scenario::in_process::{Feeding, InProcess, Start};
use cutaway::tools::scenario::run::Player;
use cutaway::tools::scenario::subject::Received;
use cutaway::tools::scenario::{Scenario, Transcript, run};

use super::dialogue::{Topic, for_any_dialogue};
use super::{play, play_dialogue, scenarios};
use crate::reference_server::{Kind, ReferenceServer, find};

fn play_here(name: &str, scenario: &Scenario, feeding: Feeding) -> Transcript {
    let mut subject =
        InProcess::new(&scenario.settings, feeding).unwrap_or_else(|trouble| panic!("{name}: {trouble}"));
    run(scenario, &mut subject).unwrap_or_else(|trouble| panic!("{name}: {trouble}"))
}

#[test]
fn every_scenario_goes_as_its_snapshot_says() {
    for (name, scenario) in scenarios() {
        let transcript = play_here(&name, &scenario, Feeding::Whole);
        insta::with_settings!({
            snapshot_path => "../../scenarios/snapshots",
            prepend_module_to_snapshot => false,
            omit_expression => true,
            description => scenario.title.clone(),
        }, {
            insta::assert_snapshot!(name.replace('/', "-"), transcript.text());
        });
    }
}

/// What a server with this seed sends at each line, unmasked, and the figure of the line.
fn bytes_and_figures(name: &str, scenario: &Scenario, seed: Seed) -> Vec<(Vec<Received>, String)> {
    let mut server = InProcess::begin(&scenario.settings, Start { seed, ..Start::default() }).unwrap();
    let mut player = Player::new(&mut server);
    let lines = scenario.lines.iter().map(|line| {
        let before = Before::look(player.subject(), line);
        let step = player.play(line).unwrap_or_else(|trouble| panic!("{name}: {trouble}"));
        let figure = before.after(player.subject(), &step).picture().document();
        (step.received, figure)
    });
    lines.collect()
}

#[test]
fn one_seed_gives_the_same_bytes_and_figures() {
    for (name, scenario) in scenarios() {
        for seed in [Seed(0), Seed(0x5EED)] {
            let runs = [(); 2].map(|()| bytes_and_figures(&name, &scenario, seed));
            for (line, (one, other)) in scenario.lines.iter().zip(runs[0].iter().zip(&runs[1])) {
                assert_eq!(one, other, "{name}, line {}: {}", line.number, line.text);
            }
        }
    }
}

#[test]
fn another_seed_changes_only_what_is_random() {
    for (name, scenario) in scenarios() {
        let one = play_here(&name, &scenario, Feeding::Whole);
        let mut subject =
            InProcess::begin(&scenario.settings, Start { seed: Seed(0x5EED), ..Start::default() }).unwrap();
        let other = run(&scenario, &mut subject).unwrap();
        if let Some(difference) = one.first_difference(&other) {
            panic!("{name}: (here seed 0, there another) {difference}");
        }
    }
}

#[test]
fn it_does_not_matter_how_the_bytes_are_cut() {
    for (name, scenario) in scenarios() {
        let whole = play_here(&name, &scenario, Feeding::Whole);
        for feeding in [Feeding::ByteByByte, Feeding::Cut(1), Feeding::Cut(2_463_534_242)] {
            let cut = play_here(&name, &scenario, feeding);
            if let Some(difference) = whole.first_difference(&cut) {
                panic!("{name}: (here whole, there {feeding:?}) {difference}");
            }
        }
    }
}

#[test]
fn every_scenario_is_the_same_in_redis() {
    let Some(redis) = find(Kind::Redis) else { return };
    let mut wrong = String::new();
    for (name, scenario) in scenarios() {
        let Some(theirs) = play(&redis, &name, &scenario) else { continue };
        for difference in play_here(&name, &scenario, Feeding::Whole).differences(&theirs).take(5) {
            wrong.push_str(&format!("{name}: (here cutaway, there Redis) {difference}\n\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn any_dialogue_is_the_same_in_redis() {
    is_the_same_in_redis(Topic::PubSub);
}

#[test]
fn any_dialogue_about_tracking_is_the_same_in_redis() {
    is_the_same_in_redis(Topic::Tracking);
}

fn is_the_same_in_redis(topic: Topic) {
    let Some(redis) = find(Kind::Redis) else { return };
    let redis = ReferenceServer::start(&redis, &[]);
    for_any_dialogue(topic, |dialogue| {
        let ours = play_here("dialogue", &dialogue.scenario(), Feeding::Whole);
        let difference = ours.first_difference(&play_dialogue(&redis, dialogue));
        difference.map(|difference| format!("(here cutaway, there Redis) {difference}"))
    });
}

#[test]
fn any_dialogue_is_the_same_however_the_bytes_are_cut() {
    for_any_dialogue(Topic::PubSub, |dialogue| {
        let scenario = dialogue.scenario();
        let whole = play_here("dialogue", &scenario, Feeding::Whole);
        let difference = whole.first_difference(&play_here("dialogue", &scenario, Feeding::Cut(7)));
        difference.map(|difference| format!("(here whole, there cut) {difference}"))
    });
}
