//! Plays one scenario to the server, line by line, beside cutaway inside the process, and stops at the first difference:
//! what comes after it would only follow from it.
//!
//! A server of several threads may answer the barrier before it has sent a message to somebody else. So when a client has
//! received less than it should have, the line waits a little longer for the rest. A server that sends what it should
//! is never waited for.

use std::collections::VecDeque;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::Outcome;
use super::explain::hint;
use super::lack::{Lack, Vocabulary};
use crate::tools::interrupt;
use crate::tools::scenario::frame::{Frame, split};
use crate::tools::scenario::mask::is_hello;
use crate::tools::scenario::transcript::Share;
use crate::tools::scenario::{
    Action, Feeding, Identity, InProcess, Line, PlayError, Player, Received, Scenario, Sending, Step, Target,
    Transcript, run,
};

/// And in any case after so long: a server may send without end.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// The time between two looks.
const LOOK: Duration = Duration::from_millis(2);

/// So many lines before the one that differs are told.
const LINES_BEFORE: usize = 4;

/// Where a server's bytes part from Redis's.
pub struct Finding {
    /// The line's number in the file; 0 if it did not come to a line.
    pub number: usize,
    /// The line.
    pub line: String,
    /// The last lines before it.
    pub before: Vec<String>,
    /// The comment directly above the line.
    pub comment: Option<String>,
    /// How many lines of the dialogue agree before it, and how many there are.
    pub lines: (usize, usize),
    /// What is different.
    pub what: What,
    /// What the server seems to lack, if that is why.
    pub lack: Option<Lack>,
    /// What was wrong with the server before the first line.
    pub left_over: Option<String>,
}

/// What is different.
pub enum What {
    /// One client's frames.
    Frames {
        /// The client.
        client: String,
        /// Frames that agree before they part.
        agreed: usize,
        /// What should come; `None` for nothing more.
        expected: Option<String>,
        /// What came.
        received: Option<String>,
        /// The bytes of both, ids and the like masked; None: no frame, so nothing more or a close.
        bytes: [Option<Vec<u8>>; 2],
        /// What that may mean.
        hint: Option<&'static str>,
    },
    /// It cannot go on.
    Stuck(String),
}

impl What {
    /// The client whose frames differ, and how many agree before that.
    fn place(&self) -> Option<(&str, usize)> {
        match self {
            What::Frames { client, agreed, .. } => Some((client, *agreed)),
            What::Stuck(_) => None,
        }
    }
}

impl Finding {
    /// The server has refused the command as unknown here, and answers it elsewhere.
    pub fn knows_elsewhere(&mut self) {
        self.lack = None;
        if let What::Frames { hint, .. } = &mut self.what {
            *hint = Some("the server refuses this as unknown, and answers the same command elsewhere");
        }
    }

    /// Whether a connection was closed that should not have been, or nothing more can be asked: the server may have ended.
    pub fn breaks_off(&self) -> bool {
        match &self.what {
            What::Stuck(_) => true,
            What::Frames { received, bytes: [_, came], .. } => came.is_none() && received.is_some(),
        }
    }

    /// What its kind is, in words: the rule that is broken. None: there is no word for it.
    pub fn kind(&self) -> Option<&str> {
        match &self.what {
            What::Frames { hint, .. } => *hint,
            What::Stuck(why) => Some(why),
        }
    }

    /// The server does not even take a connection.
    pub fn gone(why: String) -> Finding {
        Finding::before_the_first_line(why, None)
    }

    /// The scenario did not come to its first line.
    pub fn before_the_first_line(why: String, lack: Option<Lack>) -> Finding {
        Finding {
            number: 0,
            line: String::new(),
            before: Vec::new(),
            comment: None,
            lines: (0, 0),
            what: What::Stuck(why),
            lack,
            left_over: None,
        }
    }
}

/// Plays it to a server that is far away, and learns which commands the server knows. A line that has brought too little is over
/// when nothing has come for the time `quiet`.
pub fn play(
    scenario: &Scenario,
    target: &mut dyn Target,
    quiet: Duration,
    vocabulary: &mut Vocabulary,
) -> Outcome {
    let expected = InProcess::new(&scenario.settings, Feeding::Whole)
        .and_then(|mut subject| run(scenario, &mut subject));
    let expected = match expected {
        Ok(expected) => expected,
        Err(trouble) => return Outcome::Skipped(format!("cutaway cannot play it itself: {trouble}")),
    };
    let steps = expected.steps.iter().filter(|step| step.line.action != Action::Note);
    let mut patient = Patient { target, quiet, expected: steps.map(|step| step.received.clone()).collect() };
    let mut player = Player::new(&mut patient);
    // Who was closed by a line that is not compared, and that line.
    let mut closed: Vec<(String, usize)> = Vec::new();
    for (index, line) in scenario.lines.iter().enumerate() {
        if interrupt::came().is_some() {
            return Outcome::Skipped("interrupted".into());
        }
        let (what, lack) = match player.play(line) {
            Ok(step) => {
                let now = step.received.iter().filter(|received| received.closed);
                closed.extend(now.map(|received| (received.client.clone(), line.number)));
                vocabulary.learn(&step);
                let should = &expected.steps[index];
                let what = difference(should, &expected.identities, step.clone(), &player.identities);
                let place = what.as_ref().and_then(What::place);
                let lack = place.and_then(|place| vocabulary.suspect(should, &step, place));
                (what, lack)
            }
            Err(PlayError::Unsupported(what)) => return Outcome::Skipped(what),
            Err(trouble) => {
                let lack = (!vocabulary.lists_clients && names_a_client(line)).then(Lack::client_list);
                let connected =
                    matches!(&line.action, Action::Connect(client) if player.is_connected(client));
                let why = why_stuck(line, &closed, connected).unwrap_or_else(|| trouble.to_string());
                (Some(What::Stuck(why)), lack)
            }
        };
        if let Some(what) = what {
            let finding = Finding { lack, ..finding(&scenario.lines, index, what) };
            return Outcome::Differs(Box::new(finding));
        }
    }
    Outcome::Agrees
}

fn finding(lines: &[Line], index: usize, what: What) -> Finding {
    let spoken = |lines: &[Line]| lines.iter().filter(|line| line.action != Action::Note).count();
    let comments = lines[..index].iter().rev().take_while(|line| line.action == Action::Note);
    let mut comments: Vec<&str> = comments.map(|line| line.text.trim_start_matches('#').trim()).collect();
    comments.reverse();
    let before = lines[..index].iter().filter(|line| line.action != Action::Note);
    let before: Vec<String> = before.map(|line| line.text.clone()).collect();
    Finding {
        number: lines[index].number,
        line: lines[index].text.clone(),
        before: before[before.len().saturating_sub(LINES_BEFORE)..].to_vec(),
        comment: (!comments.is_empty()).then(|| comments.join(" ")),
        lines: (spoken(&lines[..index]), spoken(lines)),
        what,
        lack: None,
        left_over: None,
    }
}

/// Whether a request has the id or the address of a client in it, which only CLIENT LIST tells.
fn names_a_client(line: &Line) -> bool {
    let Action::Send { sending: Sending::Request(words), .. } = &line.action else { return false };
    words.iter().any(|word| word.starts_with(b"{") && (word.ends_with(b".id}") || word.ends_with(b".addr}")))
}

/// If it is because the server closed the sender, by which line; or because it did not close a client that is to connect again.
fn why_stuck(line: &Line, closed: &[(String, usize)], connected: bool) -> Option<String> {
    match &line.action {
        Action::Send { client, .. } => {
            let (_, number) = closed.iter().rev().find(|(name, _)| name == client)?;
            Some(format!("the server closed the connection of {client} after line {number}; Redis keeps it"))
        }
        Action::Connect(client) if connected => {
            Some(format!("the server has kept the connection of {client}; Redis has closed it by now"))
        }
        _ => None,
    }
}

/// What the step brought otherwise than it should have.
fn difference(
    should: &Step,
    our_identities: &[(Identity, String)],
    mut step: Step,
    identities: &[(Identity, String)],
) -> Option<What> {
    let mut should = should.clone();
    forgive(&mut should.received, identities);
    forgive(&mut step.received, identities);
    let here = Transcript { steps: vec![should], identities: our_identities.to_vec() };
    let there = Transcript { steps: vec![step], identities: identities.to_vec() };
    let difference = here.first_difference(&there)?;
    let share = |transcript: &Transcript| -> Share {
        let client = &difference.client;
        let shares = transcript.steps[0].settled_shares(&transcript.identities);
        let nothing = || Share { client: client.clone(), frames: Vec::new(), closed: false };
        shares.into_iter().find(|share| share.client == *client).unwrap_or_else(nothing)
    };
    let (expected, received) = (share(&here), share(&there));
    let hint = hint(&here.steps[0].line, &expected, &received, difference.agreed);
    let bytes = [expected, received].map(|share| share.frames.get(difference.agreed).map(encoded));
    Some(What::Frames {
        bytes,
        client: difference.client.clone(),
        agreed: difference.agreed,
        expected: difference.ours,
        received: difference.theirs,
        hint,
    })
}

fn encoded(frame: &Frame) -> Vec<u8> {
    let mut bytes = Vec::new();
    frame.encode(&mut bytes);
    bytes
}

/// In HELLO's reply a server may use a name of its own, and nobody can tell whether the id is right if CLIENT LIST does not
/// name the client. Neither is held against it.
fn forgive(all: &mut [Received], identities: &[(Identity, String)]) {
    for received in all {
        let known = identities.iter().any(|(_, name)| *name == received.client);
        let mut frames = split(&received.bytes);
        let mut hello = false;
        for frame in &mut frames {
            let Frame::Aggregate(_, items) = frame else { continue };
            if !is_hello(items) {
                continue;
            }
            hello = true;
            items[1] = Frame::bulk("<server>");
            if let (Some(id), false) = (items.get_mut(7), known) {
                *id = Frame::bulk("<id>");
            }
        }
        if hello {
            received.bytes.clear();
            frames.iter().for_each(|frame| frame.encode(&mut received.bytes));
        }
    }
}

/// A target that waits for what it expects.
struct Patient<'a> {
    target: &'a mut dyn Target,
    quiet: Duration,
    /// What each line to come should bring.
    expected: VecDeque<Vec<Received>>,
}

impl Target for Patient<'_> {
    fn connect(&mut self, client: &str) -> Result<(), PlayError> {
        self.target.connect(client)
    }

    fn send(&mut self, client: &str, bytes: &[u8]) -> Result<(), PlayError> {
        self.target.send(client, bytes)
    }

    fn disconnect(&mut self, client: &str) -> Result<(), PlayError> {
        self.target.disconnect(client)
    }

    fn reset(&mut self, client: &str) -> Result<(), PlayError> {
        self.target.reset(client)
    }

    fn stop_reading(&mut self, client: &str) -> Result<(), PlayError> {
        self.target.stop_reading(client)
    }

    fn read_again(&mut self, client: &str) -> Result<(), PlayError> {
        self.target.read_again(client)
    }

    fn wait(&mut self, time: Duration) -> Result<(), PlayError> {
        self.target.wait(time)
    }

    fn restart(&mut self) -> Result<(), PlayError> {
        self.target.restart()
    }

    fn settle(&mut self) -> Result<Vec<Received>, PlayError> {
        let expected = self.expected.pop_front().unwrap_or_default();
        let mut all = self.target.settle()?;
        let started = Instant::now();
        let mut last = started;
        let mut enough = is_enough(&all, &expected);
        while !enough
            && interrupt::came().is_none()
            && last.elapsed() < self.quiet
            && started.elapsed() < LONGEST_WAIT
        {
            sleep(LOOK);
            let news = self.target.settle()?;
            if !news.is_empty() {
                last = Instant::now();
                Received::add(&mut all, news);
                enough = is_enough(&all, &expected);
            }
        }
        Ok(all)
    }

    fn identity(&self, client: &str) -> Option<Identity> {
        self.target.identity(client)
    }
}

/// Whether each client has as many frames as it should, right or wrong.
fn is_enough(received: &[Received], expected: &[Received]) -> bool {
    expected.iter().all(|expected| {
        received.iter().find(|received| received.client == expected.client).is_some_and(|received| {
            received.closed || !expected.closed && count(&received.bytes) >= count(&expected.bytes)
        })
    })
}

/// Whole frames.
fn count(bytes: &[u8]) -> usize {
    split(bytes).iter().filter(|frame| !matches!(frame, Frame::Rest(_))).count()
}
