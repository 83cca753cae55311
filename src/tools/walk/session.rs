//! Plays lines and gathers what belongs to each: steps, structures, pictures, bytes; and knows the clients by their names.
//!
//! A session listens to the server's steps while it plays a line and not between two lines, so that several sessions of one
//! thread do not hear each other.

use super::short;
use super::tree::Tree;
use crate::base::ids::ClientKey;
use crate::steps::{Recorder, Step};
use crate::tools::draw::{Before, Change};
use crate::tools::scenario::run::Player;
use crate::tools::scenario::{Action, InProcess, Line, PlayError, Sending, Setting, Start, Step as Played};
use std::collections::HashMap;

/// A player whose server is recorded.
pub struct Session {
    player: Player<InProcess>,
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
    /// The steps of a turn, in order, each with its place in the tree.
    pub fn in_tree(steps: impl IntoIterator<Item = (Step, Option<String>)>) -> Vec<NamedStep> {
        let mut tree = Tree::default();
        let place = |(step, client)| NamedStep { depth: tree.depth(&step), step, client };
        steps.into_iter().map(place).collect()
    }

    /// The step as a sentence.
    pub fn tell(&self) -> String {
        self.step.tell(&|_| self.client.clone().unwrap_or_default())
    }
}

impl Session {
    /// A fresh server with these settings.
    pub fn new(settings: &[Setting], start: Start) -> Result<Session, PlayError> {
        Ok(Session { player: Player::new(InProcess::begin(settings, start)?) })
    }

    /// The server, to look at.
    pub fn server(&mut self) -> &mut InProcess {
        self.player.subject()
    }

    /// Plays one line.
    pub fn play(&mut self, line: &Line) -> Result<Walked, PlayError> {
        let before = Before::look(self.player.subject(), line);
        // To look is not a step.
        let ids =
            self.player.subject().server().clients.iter().map(|(key, client)| (key, client.id)).collect();
        let recorder = Recorder::start();
        let played = self.player.play(line)?;
        let steps = self.named_steps(ids, &recorder);
        drop(recorder);
        let change = before.after(self.player.subject(), &played);
        Ok(Walked { played, steps, change })
    }

    /// Plays lines of which nobody wants to know what comes. The server does the same as when they are played to be seen:
    /// it is one that is listened to.
    pub fn play_unseen(&mut self, lines: &[Line]) -> Result<(), PlayError> {
        let _listening = Recorder::start();
        self.player.play_unseen(lines)
    }

    /// The steps that were recorded; `ids` are those of the clients before. A key may be given to another client in between,
    /// so names are found in order.
    fn named_steps(&self, mut ids: HashMap<ClientKey, u64>, recorder: &Recorder) -> Vec<NamedStep> {
        let mut steps = Vec::new();
        let mut tree = Tree::default();
        for step in recorder.take() {
            if let Step::Connected { client, id, .. } = step {
                ids.insert(client, id);
            }
            let depth = tree.depth(&step);
            let client = step.client().map(|key| self.name(&ids, key));
            steps.push(NamedStep { step, client, depth });
        }
        steps
    }

    fn name(&self, ids: &HashMap<ClientKey, u64>, key: ClientKey) -> String {
        let id = ids.get(&key);
        let known = self.player.identities.iter().rfind(|(identity, _)| Some(&identity.id) == id);
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
