//! Plays lines and gathers what belongs to each: steps, structures, pictures, bytes; and knows the clients by their names.

use super::short;
use super::tree::Tree;
use crate::base::ids::ClientKey;
use crate::steps::{Recorder, Step};
use crate::tools::draw::{Before, Change};
use crate::tools::scenario::run::Player;
use crate::tools::scenario::{Action, InProcess, Line, PlayError, Sending, Step as Played};
use std::collections::HashMap;

/// A player whose server is recorded.
pub struct Session<'a> {
    player: Player<'a, InProcess>,
    recorder: Recorder,
    /// The client id behind each key.
    ids: HashMap<ClientKey, u64>,
}

/// One line and all that came of it.
pub struct Walked {
    /// What was played and received.
    pub played: Played,
    /// What the server did.
    pub steps: Vec<NamedStep>,
    /// What became of the structures.
    pub change: Change,
}

/// A step with its place in the tree, and the name of the client it is about.
pub struct NamedStep {
    /// The step.
    pub step: Step,
    /// The scenario's name for its client, if it has one.
    pub client: Option<String>,
    /// How many steps stand above it.
    pub depth: usize,
}

impl NamedStep {
    /// The step as a sentence.
    pub fn tell(&self) -> String {
        self.step.tell(&|_| self.client.clone().unwrap_or_default())
    }
}

impl<'a> Session<'a> {
    /// The recorder began before the player's server was made, so that every connection is known.
    pub fn new(player: Player<'a, InProcess>, recorder: Recorder) -> Session<'a> {
        let mut session = Session { player, recorder, ids: HashMap::new() };
        session.named_steps();
        session
    }

    /// Plays one line.
    pub fn play(&mut self, line: &Line) -> Result<Walked, PlayError> {
        let before = Before::look(self.player.subject(), line);
        // To look is not a step.
        self.recorder.take();
        let played = self.player.play(line)?;
        let change = before.after(self.player.subject(), &played);
        Ok(Walked { played, steps: self.named_steps(), change })
    }

    /// The steps since the last call. A key may be given to another client in between, so names are found in
    /// order.
    fn named_steps(&mut self) -> Vec<NamedStep> {
        let mut steps = Vec::new();
        let mut tree = Tree::default();
        for step in self.recorder.take() {
            if let Step::Connected { client, id, .. } = step {
                self.ids.insert(client, id);
            }
            let depth = tree.depth(&step);
            let client = step.client().map(|key| self.name(key));
            steps.push(NamedStep { step, client, depth });
        }
        steps
    }

    fn name(&self, key: ClientKey) -> String {
        let id = self.ids.get(&key);
        let known = self.player.identities.iter().find(|(identity, _)| Some(&identity.id) == id);
        known.map_or_else(|| format!("client@{key}"), |(_, name)| name.clone())
    }
}

impl Walked {
    /// The structures as text, those that the line changed: Pub/Sub's, the others, or both.
    pub fn structures(&self) -> Option<String> {
        let drawing = match (self.played.structures.clone(), self.change.drawing()) {
            (Some(subscriptions), Some(others)) => Some(subscriptions + &others),
            (one, other) => one.or(other),
        };
        drawing.map(|drawing| short::drawing(&drawing))
    }

    /// Whether the line sends this command: its first word, or a command and its subcommand.
    pub fn sends(&self, command: &str) -> bool {
        let Action::Send { sending: Sending::Request(words), .. } = &self.played.line.action else {
            return false;
        };
        let asked: Vec<&str> = command.split_whitespace().collect();
        let begins =
            words.iter().zip(&asked).all(|(word, asked)| word.eq_ignore_ascii_case(asked.as_bytes()));
        begins && words.len() >= asked.len()
    }
}
