//! A line of a scenario as a picture: the structures and what the line changed, or the walk that a PUBLISH made.
//!
//! Redis has no counterpart. The scenario is played to a server inside the process and the picture is drawn from that
//! server's memory, before the line and after it:
//!
//! ```text
//! the server before ─► Before ─┐
//!                              ├─► parts (marked) ─► layout ─► svg
//! the server after  ─► State  ─┘        └─────────► words (title, desc)
//! ```
//!
//! Two more kinds of picture show what takes longer than a line, from the steps of a recorded run: [`fsync`] and [`snapshot`].
//!
//! The walk is the server's own as well: before the line, it publishes into an outlet that only takes notes.

mod count;
mod fsync;
mod items;
mod keys;
mod layout;
mod overlay;
mod parts;
pub mod place;
mod scope;
mod section;
mod sections;
mod skiplists;
mod snapshot;
mod state;
mod streams;
pub(crate) mod svg;
#[cfg(feature = "net")]
pub mod tool;
mod words;

use crate::base::ids::ClientKey;
use crate::server::Server;

use super::scenario::run::Player;
use super::scenario::{Action, Feeding, InProcess, Line, PlayError, Scenario, Sending, Step};
pub use layout::heading;
use parts::Parts;
pub use scope::Scope;
use state::{State, Walk};
pub use svg::{Picture, STYLE, WIDTH, stack};

/// What is drawn of a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// What a line changes, or the walk of its PUBLISH.
    #[default]
    Line,
    /// The snapshot that is in progress after a line.
    Snapshot,
    /// All lines up to this one, under each policy of `appendfsync`.
    Fsync,
}

impl Kind {
    /// The kind with this name; all others are names of a line.
    pub fn of(name: &str) -> Kind {
        match name {
            "snapshot" => Kind::Snapshot,
            "fsync" => Kind::Fsync,
            _ => Kind::Line,
        }
    }
}

/// A picture of this kind of the line with this number, as an SVG document.
pub fn draw_as(kind: Kind, scenario: &Scenario, line: usize) -> Result<String, PlayError> {
    let is_there = scenario.lines.iter().any(|other| other.number == line);
    match kind {
        Kind::Line => draw(scenario, line),
        _ if !is_there => Err(not_a_line(scenario, line)),
        Kind::Snapshot => snapshot::draw(scenario, line).map(|picture| picture.document()),
        Kind::Fsync => fsync::draw(scenario, line).map(|picture| picture.document()),
    }
}

/// The picture of the line with this number in the scenario's file, as an SVG document. The same scenario gives the same
/// bytes each time.
pub fn draw(scenario: &Scenario, line: usize) -> Result<String, PlayError> {
    let mut server = InProcess::new(&scenario.settings, Feeding::Whole)?;
    let mut player = Player::new(&mut server);
    for other in &scenario.lines {
        if other.number == line {
            let before = Before::look(player.subject(), other);
            let played = player.play(other).map_err(|trouble| trouble.at(other))?;
            return Ok(before.after(player.subject(), &played).picture().document());
        }
        player.play(other).map_err(|trouble| trouble.at(other))?;
    }
    Err(not_a_line(scenario, line))
}

/// The error for a number that is no line's: it says where the dialogue is.
pub fn not_a_line(scenario: &Scenario, number: usize) -> PlayError {
    let place = match (scenario.lines.first(), scenario.lines.last()) {
        (Some(first), Some(last)) => format!("that is in lines {} to {}", first.number, last.number),
        _ => "there is none".into(),
    };
    PlayError::Broken(format!("line {number} is not a line of the dialogue: {place}"))
}

/// What there is before a line, and the walk that it will make if it is a PUBLISH.
pub struct Before {
    state: State,
    walk: Option<Walk>,
}

impl Before {
    /// Looks at the server before it is told `line`.
    pub fn look(server: &mut InProcess, line: &Line) -> Before {
        let walk = match &line.action {
            Action::Send { client, sending: Sending::Request(words), held: false } => {
                Walk::rehearse(server, client, words)
            }
            _ => None,
        };
        Before { state: State::of(server), walk }
    }

    /// Looks again, after the line.
    pub fn after(self, server: &InProcess, played: &Step) -> Change {
        let Before { state: before, walk } = self;
        Change {
            line: played.line.text.clone(),
            before,
            after: State::of(server),
            walk: walk.filter(|walk| walk.was_made(played)),
        }
    }
}

/// What a line did.
pub struct Change {
    line: String,
    before: State,
    after: State,
    walk: Option<Walk>,
}

impl Change {
    /// No line was played: the structures as they are.
    pub fn none(server: &InProcess) -> Change {
        Change::nothing(String::new(), State::of(server))
    }

    /// A server as it is, as far as it is in the scope, under this heading. `name` is the name of a client; no two may have the
    /// same.
    pub fn look(
        heading: &str,
        server: &Server,
        name: &impl Fn(ClientKey) -> String,
        scope: &Scope,
    ) -> Change {
        Change::nothing(heading.into(), State::look(server, name, scope))
    }

    fn nothing(line: String, state: State) -> Change {
        Change { line, before: state.clone(), after: state, walk: None }
    }

    /// Whether the server has more than was looked at.
    pub fn is_part(&self) -> bool {
        self.after.is_part()
    }

    /// Whether there is anything to see: the structures changed, or were walked.
    pub fn is_some(&self) -> bool {
        self.walk.is_some() || self.before != self.after
    }

    /// What is not Pub/Sub's as text, if the line changed it.
    pub fn drawing(&self) -> Option<String> {
        let (before, after) = (&self.before.sections, &self.after.sections);
        (before != after).then(|| match sections::draw(after) {
            nothing if nothing.is_empty() => "no keys\n".into(),
            drawing => drawing,
        })
    }

    /// The picture of it.
    pub fn picture(&self) -> Picture {
        let Change { line, before, after, walk } = self;
        let parts = Parts::new(before, after, walk.as_ref());
        layout::draw(&words::Words::new(line, before, after, &parts, walk.as_ref()), &parts, walk.as_ref())
    }
}
