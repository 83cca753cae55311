//! A line of a scenario as a picture: the two structures and what the line changed, or the walk that a PUBLISH made.
//!
//! Redis has no counterpart. The scenario is played to a server inside the process and the picture is drawn from that
//! server's memory, before the line and after it:
//!
//! ```text
//! server before ─┐
//!                ├─► state (names) ─► parts (marked) ─► layout ─► svg
//! server after  ─┘        └─────────► words (title, desc)
//! ```
//!
//! The walk is the server's own as well: before the line, it publishes into an outlet that only takes notes.

mod layout;
mod parts;
mod state;
pub(crate) mod svg;
pub mod tool;
mod words;

use super::run::Player;
use super::{Action, Feeding, InProcess, Scenario, Trouble};
use parts::Parts;
use state::{State, Walk};

/// The picture of the line with this number in the scenario's file, as an SVG document. The same scenario gives the same
/// bytes each time.
pub fn draw(scenario: &Scenario, line: usize) -> Result<String, Trouble> {
    let at = scenario
        .lines
        .iter()
        .position(|other| other.number == line)
        .ok_or_else(|| Trouble::Broken(format!("line {line} is not a line of the dialogue")))?;
    let mut before = InProcess::new(&scenario.settings, Feeding::Whole)?;
    let mut after = InProcess::new(&scenario.settings, Feeding::Whole)?;
    play(scenario, at, &mut before)?;
    let step = play(scenario, at + 1, &mut after)?.expect("at least one line was played");
    let (old, new) = (State::of(&before), State::of(&after));
    let walk = match (&scenario.lines[at].action, &step.requests[..]) {
        (Action::Send { client, .. }, [request]) => {
            let reply = step.received.iter().find(|received| received.client == *client);
            // One that was refused, or waits for the end of a pause, has not walked.
            Walk::rehearse(&mut before, client, request).filter(|walk| {
                let number = format!(":{}\r\n", walk.deliveries.len());
                reply.is_some_and(|reply| {
                    reply.bytes.windows(number.len()).any(|bytes| bytes == number.as_bytes())
                })
            })
        }
        _ => None,
    };
    let parts = Parts::new(&old, &new, walk.as_ref());
    let text = words::line(&scenario.lines[at].text);
    let desc = words::desc(&old, &new, walk.as_ref());
    let summary = words::summary(&parts, walk.as_ref());
    Ok(layout::draw(&text, &summary, &parts, walk.as_ref(), &words::title(&text, walk.is_some()), &desc))
}

/// Plays the first `count` lines; gives what came of the last of them.
fn play(scenario: &Scenario, count: usize, subject: &mut InProcess) -> Result<Option<super::Step>, Trouble> {
    let mut player = Player::new(subject);
    let mut last = None;
    for line in &scenario.lines[..count] {
        last = Some(player.play(line)?);
    }
    Ok(last)
}
