//! The place of each step in the tree of a line.
//!
//! A step belongs to the last one before it of a lesser rank ([`Step::rank`]), with three exceptions, since no step says
//! that a command has ended:
//!
//! - A command that EXEC or a script runs belongs to that, and so does what it does.
//! - A client that is closed while a command runs is closed by that command: what the command does next is not the
//!   client's. When no command runs, the close stands by itself, and what the client leaves belongs to it.
//! - What happens when no command runs (a key expires, a closed client leaves a list) does not belong to what was written
//!   before it.

use crate::steps::Step;

/// How much deeper the ranks of a command are that another one runs; more than there are ranks.
const LEVEL: usize = 10;
/// The first rank of what a command does.
const EFFECT: usize = 3;

/// The steps above the next one.
#[derive(Default)]
pub struct Tree {
    ranks: Vec<usize>,
    /// A command runs: the level of it.
    running: Option<usize>,
    /// The step at the root is a close.
    closed: bool,
}

impl Tree {
    /// How many steps stand above this one, the next.
    pub fn depth(&mut self, step: &Step) -> usize {
        if let Step::Dispatched { within, .. } = step {
            self.running = Some(*within);
        }
        let is_effect = step.rank() >= EFFECT;
        let rank = match (self.running, step) {
            // To the command that runs it, it is an effect like others.
            (Some(level), Step::Dispatched { .. }) if level > 0 => EFFECT + (level - 1) * LEVEL,
            (Some(_), Step::Dispatched { .. }) => step.rank(),
            (Some(level), _) if is_effect => step.rank() + level * LEVEL,
            (Some(level), Step::Closed { .. }) => (level + 1) * LEVEL - 1,
            _ => {
                self.running = None;
                step.rank()
            }
        };
        if is_effect && self.running.is_none() {
            self.ranks.truncate(usize::from(self.closed));
        }
        self.ranks.retain(|&above| above < rank);
        let depth = self.ranks.len();
        self.ranks.push(rank);
        if depth == 0 {
            self.closed = matches!(step, Step::Closed { .. });
        }
        depth
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::ClientKey;
    use crate::steps::Registry::PubsubChannels;

    /// The depth of each step, in order.
    fn depths(steps: &[Step]) -> Vec<usize> {
        let mut tree = Tree::default();
        steps.iter().map(|step| tree.depth(step)).collect()
    }

    fn command(command: &'static str, within: usize) -> Step {
        Step::Dispatched { client: ClientKey::at(0), command, within }
    }

    fn visited(client: ClientKey) -> Step {
        Step::Visited { dict: PubsubChannels, name: "x".into(), client }
    }

    fn queued(client: ClientKey) -> Step {
        Step::Queued { client, bytes: 1, before: 0, after: 1 }
    }

    fn closed(client: ClientKey) -> Step {
        Step::Closed { client, why: "slow" }
    }

    fn event() -> Step {
        Step::KeyEvent { db: 0, key: "k".into(), event: "set".into() }
    }

    const ARRIVED: Step = Step::Arrived { client: ClientKey::at(0), bytes: 9 };
    const REPLIED: Step = Step::Replied { client: ClientKey::at(0), bytes: 4, before: 0, after: 4 };
    const WRITTEN: Step = Step::Written { client: ClientKey::at(0), bytes: 4, owed: 0 };

    fn parsed() -> Step {
        Step::Parsed { client: ClientKey::at(0), words: 1, request: "PING".into() }
    }

    #[test]
    fn a_client_that_publish_closes_does_not_end_the_walk_of_publish() {
        let looked_up = Step::LookedUp { dict: PubsubChannels, name: "x".into(), clients: 2 };
        let steps = [
            ARRIVED,
            parsed(),
            command("publish", 0),
            looked_up,
            visited(ClientKey::at(1)),
            queued(ClientKey::at(1)),
            closed(ClientKey::at(1)),
            visited(ClientKey::at(2)),
            queued(ClientKey::at(2)),
            REPLIED,
            WRITTEN,
        ];
        assert_eq!(depths(&steps), [0, 1, 2, 3, 4, 5, 6, 4, 5, 2, 0]);
    }

    #[test]
    fn what_exec_and_a_script_run_stands_below_them() {
        let steps = [
            ARRIVED,
            parsed(),
            command("exec", 0),
            Step::TransactionEnded { client: ClientKey::at(0), commands: 3, watched: 0 },
            command("set", 1),
            event(),
            command("eval", 1),
            command("set", 2),
            event(),
            command("get", 1),
            REPLIED,
        ];
        assert_eq!(depths(&steps), [0, 1, 2, 3, 3, 4, 3, 4, 5, 3, 2]);
    }

    #[test]
    fn what_no_command_does_stands_by_itself() {
        let left = Step::Left { dict: PubsubChannels, name: "x".into() };
        assert_eq!(
            depths(&[ARRIVED, parsed(), command("get", 0), REPLIED, WRITTEN, event()]),
            [0, 1, 2, 2, 0, 0]
        );
        assert_eq!(
            depths(&[WRITTEN, closed(ClientKey::at(1)), left.clone(), event(), WRITTEN]),
            [0, 0, 1, 1, 0]
        );
        assert_eq!(depths(&[left, WRITTEN]), [0, 0]);
    }
}
