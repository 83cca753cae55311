//! What came of a scenario: the text of it, and the first place where two of them differ.
//!
//! Redis has no counterpart.

use std::fmt;

use super::frame::{Frame, split};
use super::parse::{Action, Line};
use super::subject::{Identity, Received};
use super::words::Request;
use super::{mask, order};

/// So many equal frames in a row are printed once, with their number.
const MANY: usize = 8;

/// Every line with what each client received after it.
#[derive(Clone, Debug, Default)]
pub struct Transcript {
    /// The lines, in order.
    pub steps: Vec<Step>,
    /// How the server called each client, in order of connection; the runner's own first.
    pub identities: Vec<(Identity, String)>,
}

/// One line and what came of it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The line.
    pub line: Line,
    /// The requests that left with this line (held ones too); raw bytes count as none.
    pub requests: Vec<Request>,
    /// In order of the clients' names; those who received nothing are left out.
    pub received: Vec<Received>,
    /// The server's structures, if they changed.
    pub structures: Option<String>,
}

/// One client's share of a step, ready to be printed or compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// The client's name.
    pub client: String,
    /// What it received.
    pub frames: Vec<Frame>,
    /// The server closed the connection after that.
    pub closed: bool,
}

impl Step {
    /// The frames as they came.
    pub fn shares(&self) -> Vec<Share> {
        self.received
            .iter()
            .map(|received| Share {
                client: received.client.clone(),
                frames: split(&received.bytes),
                closed: received.closed,
            })
            .collect()
    }

    /// The frames with what Redis leaves open put in order ([`order`]) and what is different at every run masked ([`mask`]).
    pub fn settled_shares(&self, identities: &[(Identity, String)]) -> Vec<Share> {
        let mut shares = self.shares();
        for share in &mut shares {
            let requests = if self.sender() == Some(&share.client) { &self.requests[..] } else { &[] };
            share.frames = order::settle(
                mask::mask(std::mem::take(&mut share.frames), &share.client, requests, identities),
                requests,
            );
        }
        // A client whose every frame was the runner's own echo (MONITOR) received nothing.
        shares.retain(|share| !share.frames.is_empty() || share.closed);
        shares
    }

    fn sender(&self) -> Option<&String> {
        match &self.line.action {
            Action::Send { client, .. } => Some(client),
            _ => None,
        }
    }
}

impl Transcript {
    /// The text for people and snapshots: masked and in order, so that two runs give the same.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for step in &self.steps {
            text.push_str(&step.line.text);
            text.push('\n');
            let shares = match &step.line.loose {
                Some(reason) => {
                    text.push_str(&format!("    (not compared: {reason})\n"));
                    Vec::new()
                }
                None => step.settled_shares(&self.identities),
            };
            for share in shares {
                text.push_str(&share.to_string());
            }
            for line in step.structures.iter().flat_map(|drawing| drawing.lines()) {
                text.push_str(format!("        {line}").trim_end());
                text.push('\n');
            }
        }
        text
    }

    /// The lines after which another server's transcript of the same scenario differs from this one. The first tells the
    /// most: what comes after it may only follow from it.
    pub fn differences<'a>(&'a self, other: &'a Transcript) -> impl Iterator<Item = Difference> + 'a {
        let compared = self.steps.iter().zip(&other.steps).filter(|(ours, _)| ours.line.loose.is_none());
        compared.filter_map(|(ours, theirs)| {
            let here = ours.settled_shares(&self.identities);
            let there = theirs.settled_shares(&other.identities);
            (here != there).then(|| Difference::new(&ours.line, &here, &there))
        })
    }

    /// The first of the [`Transcript::differences`].
    pub fn first_difference(&self, other: &Transcript) -> Option<Difference> {
        self.differences(other).next()
    }
}

impl Share {
    /// What it received, a frame a line; a string of many lines goes on in lines that begin with `indent`.
    pub fn lines(&self, indent: &str) -> Vec<String> {
        let mut lines = Vec::new();
        for run in self.frames.chunk_by(|a, b| a == b) {
            let text = run[0].print(indent);
            if run.len() >= MANY {
                lines.push(format!("{text} ({} times)", run.len()));
            } else {
                lines.extend(std::iter::repeat_n(text, run.len()));
            }
        }
        if self.closed {
            lines.push("(closed by the server)".into());
        }
        lines
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let indent = " ".repeat(4 + self.client.len() + 1);
        self.lines(&indent).iter().try_for_each(|line| writeln!(f, "    {} {line}", self.client))
    }
}

/// Where two transcripts part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The line's number in the file.
    pub number: usize,
    /// The line.
    pub line: String,
    /// The first client, by name, that received something else.
    pub client: String,
    /// Frames both agree on before they part.
    pub agreed: usize,
    /// The first frame that differs, printed; `None` for nothing more.
    pub ours: Option<String>,
    /// The other's frame in that place.
    pub theirs: Option<String>,
}

impl Difference {
    fn new(line: &Line, here: &[Share], there: &[Share]) -> Difference {
        let mut clients: Vec<&str> = here.iter().chain(there).map(|share| share.client.as_str()).collect();
        clients.sort_unstable();
        let printed = |shares: &[Share], client: &str| -> Vec<String> {
            let Some(share) = shares.iter().find(|share| share.client == client) else { return Vec::new() };
            let closed = share.closed.then(|| "(closed by the server)".to_string());
            share.frames.iter().map(|frame| frame.print("")).chain(closed).collect()
        };
        // A sender that was refused, or heard nothing, says why nobody else has received anything.
        if let Action::Send { client, .. } = &line.action {
            let frames = |shares: &[Share]| {
                shares.iter().find(|share| share.client == *client).map(|share| share.frames.clone())
            };
            let (ours, theirs) = (frames(here).unwrap_or_default(), frames(there).unwrap_or_default());
            let agreed = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
            if matches!(theirs.get(agreed), None | Some(Frame::Text(b'-', _))) {
                clients.retain(|name| name != client);
                clients.insert(0, client);
            }
        }
        let client = clients
            .into_iter()
            .find(|client| printed(here, client) != printed(there, client))
            .unwrap_or_default();
        let (ours, theirs) = (printed(here, client), printed(there, client));
        let agreed = ours.iter().zip(&theirs).take_while(|(a, b)| a == b).count();
        Difference {
            number: line.number,
            line: line.text.clone(),
            client: client.into(),
            agreed,
            ours: ours.get(agreed).cloned(),
            theirs: theirs.get(agreed).cloned(),
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nothing = || "nothing more".to_string();
        writeln!(f, "after line {}, `{}`", self.number, self.line)?;
        writeln!(f, "{} receives {} frame(s) alike, and then", self.client, self.agreed)?;
        writeln!(f, "  here  {}", self.ours.clone().unwrap_or_else(nothing))?;
        write!(f, "  there {}", self.theirs.clone().unwrap_or_else(nothing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::scenario::Scenario;

    fn transcript(bytes: &[u8], closed: bool) -> Transcript {
        let line = Scenario::parse_line(7, "A: PING").unwrap();
        let received = vec![Received { client: "A".into(), bytes: bytes.into(), closed }];
        Transcript {
            steps: vec![Step { line, requests: Vec::new(), received, structures: None }],
            identities: Vec::new(),
        }
    }

    #[test]
    fn a_difference_names_the_line_the_client_and_both_frames() {
        let difference = transcript(b"+PONG\r\n:1\r\n", false)
            .first_difference(&transcript(b"+PONG\r\n:2\r\n", true))
            .unwrap();
        assert_eq!(
            difference.to_string(),
            "after line 7, `A: PING`\nA receives 1 frame(s) alike, and then\n  here  :1\n  there :2"
        );
        let difference =
            transcript(b"+PONG\r\n", false).first_difference(&transcript(b"+PONG\r\n", true)).unwrap();
        assert_eq!((difference.ours, difference.theirs.as_deref()), (None, Some("(closed by the server)")));
        assert!(transcript(b":1\r\n", true).first_difference(&transcript(b":1\r\n", true)).is_none());
    }
}
