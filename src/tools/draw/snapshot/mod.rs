//! A snapshot in progress: which keys are saved, which the walk has not reached, which were encoded ahead of it because a write
//! came, and the file as it grows.
//!
//! Redis has no counterpart. What is drawn are the steps that the server reports while a scenario is played, and the keys in its
//! memory: as they were before the line with which the snapshot began, and as they are.

mod page;
mod recorded;

use super::svg::Picture;
use crate::steps::{Recorder, Step};
use crate::tools::scenario::run::Player;
use crate::tools::scenario::{Feeding, InProcess, PlayError, Scenario};
use recorded::{Recorded, entries};

/// The snapshot that is in progress after the line with this number.
pub fn draw(scenario: &Scenario, line: usize) -> Result<Picture, PlayError> {
    let mut server = InProcess::new(&scenario.settings, Feeding::Whole)?;
    let mut player = Player::new(&mut server);
    let recorder = Recorder::start();
    let mut recorded = Recorded::default();
    let mut start = Vec::new();
    for other in scenario.lines.iter().take_while(|other| other.number <= line) {
        let before = entries(player.subject());
        player.play(other).map_err(|trouble| trouble.at(other))?;
        let steps = recorder.take();
        if steps.iter().any(|step| matches!(step, Step::SnapshotBegun { .. })) {
            (recorded, start) = (Recorded::default(), before);
        }
        recorded.note(&steps, &other.text, &start);
    }
    if recorded.file.is_empty() {
        return Err(PlayError::Broken(format!("no snapshot has begun up to line {line}")));
    }
    recorded.compare(start, &entries(player.subject()));
    let text = scenario.lines.iter().find(|other| other.number == line).map_or("", |other| &other.text);
    Ok(page::draw(&recorded, text))
}
