//! What a server lacks: commands that it does not know, settings that it does not take. A scenario that needs one stops
//! there, and that is no wrong byte.
//!
//! Toys cannot be asked for their commands, so this goes by what comes. A command is unknown to the server if its reply is
//! that to [`UNKNOWN`](crate::tools::scenario::socket::UNKNOWN), or says so in Redis's words, and if the server has answered
//! it nowhere in the whole run. A server that knows SUBSCRIBE and not `subscribe` lacks nothing; it differs.
//!
//! Redis has no counterpart.

use std::collections::BTreeSet;

use crate::resp::owned::OwnedRequest;
use crate::server::dispatch::table::Table;
use crate::tools::scenario::frame::Frame;
use crate::tools::scenario::transcript::Share;
use crate::tools::scenario::words::Request;
use crate::tools::scenario::{Action, Scenario, Step};

/// What a scenario needs and the server does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lack {
    /// A command, in upper case, and the subcommand if there is one.
    Command(String, Option<String>),
    /// A setting of this name; `false`: there is no CONFIG at all.
    Setting(String, bool),
}

impl Lack {
    /// CLIENT LIST, without which a client's id cannot be known.
    pub fn client_list() -> Lack {
        Lack::Command("CLIENT".into(), Some("LIST".into()))
    }
}

/// How a server answers a command that no server knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// With an error that begins so, in lower case, up to the command's name if that is in it.
    Error {
        /// What stands before the name; the whole text if it has no name.
        before: String,
        /// The name is in it.
        named: bool,
    },
    /// By closing the connection.
    Closes,
    /// Not at all.
    Silent,
    /// Otherwise, so that only Redis's words are recognized.
    #[default]
    Otherwise,
}

impl Unknown {
    /// What the reply to the command `name` shows. None: the connection was closed.
    pub fn of(name: &str, reply: Option<&Frame>) -> Unknown {
        let Some(reply) = reply else { return Unknown::Closes };
        let Frame::Text(b'-', text) = reply else { return Unknown::Otherwise };
        let text = lower(text);
        match text.split_once(&name.to_lowercase()) {
            Some((before, _)) => Unknown::Error { before: before.into(), named: true },
            None => Unknown::Error { before: text, named: false },
        }
    }

    /// Whether an error is the one for unknown commands.
    fn is(&self, text: &[u8]) -> bool {
        let text = lower(text);
        text.contains("unknown command")
            || text.contains("unknown subcommand")
            || match self {
                Unknown::Error { before, named: true } => before.len() > 4 && text.starts_with(before),
                Unknown::Error { before, named: false } => text == *before,
                _ => false,
            }
    }
}

/// Which commands the server has shown to know, and how it refuses others.
pub struct Vocabulary {
    /// How it refuses them.
    pub unknown: Unknown,
    /// It has CLIENT LIST.
    pub lists_clients: bool,
    /// `CLIENT` and `CLIENT LIST`, in upper case.
    known: BTreeSet<String>,
}

impl Default for Vocabulary {
    /// Redis's manners, and nothing known yet.
    fn default() -> Vocabulary {
        Vocabulary { unknown: Unknown::default(), lists_clients: true, known: BTreeSet::new() }
    }
}

impl Vocabulary {
    /// What the server has answered in this step, otherwise than with an error, it knows.
    pub fn learn(&mut self, step: &Step) {
        let Action::Send { client, .. } = &step.line.action else { return };
        let Some(share) = step.shares().into_iter().find(|share| share.client == *client) else { return };
        let refused = |frame: &Frame| matches!(frame, Frame::Text(b'-', _) | Frame::Rest(_));
        if share.frames.is_empty() || share.frames.iter().any(refused) {
            return;
        }
        for (name, subcommand) in step.requests.iter().filter_map(name) {
            self.known.extend(subcommand.map(|subcommand| format!("{name} {subcommand}")));
            self.known.insert(name);
        }
    }

    /// How what a scenario lacks is called: a command with its subcommand if the server knows others of that command. None:
    /// the server knows it after all.
    pub fn name_of(&self, lack: &Lack) -> Option<String> {
        let (name, subcommand) = match lack {
            Lack::Setting(name, _) => return Some(name.clone()),
            Lack::Command(name, subcommand) => (name, subcommand),
        };
        let full = subcommand.as_ref().map_or(name.clone(), |subcommand| format!("{name} {subcommand}"));
        match (self.known.contains(&full), self.known.contains(name)) {
            (true, _) => None,
            (_, true) => Some(full),
            _ => Some(name.clone()),
        }
    }

    /// Whether a scenario has a request of that name, as [`Vocabulary::name_of`] gives it.
    pub fn needs(scenario: &Scenario, wanted: &str) -> bool {
        scenario.requests().filter_map(name).any(|(name, subcommand)| {
            name == wanted || subcommand.is_some_and(|subcommand| format!("{name} {subcommand}") == wanted)
        })
    }

    /// The command that the server seems not to know, if that is why a step has brought something else. `differs` is the
    /// client whose frames differ, and how many agree.
    pub fn suspect(&self, should: &Step, came: &Step, differs: (&str, usize)) -> Option<Lack> {
        let sender = match &came.line.action {
            Action::Send { client, .. } => client.as_str(),
            _ => "",
        };
        let expected = should.shares();
        let expected_of = |client: &str| expected.iter().find(|share| share.client == client);
        for share in came.shares() {
            let first = if share.client == differs.0 { differs.1 } else { 0 };
            for (at, frame) in share.frames.iter().enumerate().skip(first) {
                let Frame::Text(b'-', text) = frame else { continue };
                let wanted = expected_of(&share.client).and_then(|share| share.frames.get(at));
                let is_wanted = matches!(wanted, Some(Frame::Text(b'-', wanted)) if self.unknown.is(wanted));
                if is_wanted || !self.unknown.is(text) {
                    continue;
                }
                let requests = if share.client == sender { &came.requests[..] } else { &[] };
                let request = refused(&lower(text), requests, at)?;
                return name(&request).map(|(name, subcommand)| Lack::Command(name, subcommand));
            }
        }
        self.unanswered(expected_of(sender)?, came, sender)
    }

    /// The same of a server that says nothing of an unknown command, or closes: the request whose reply is missing.
    fn unanswered(&self, expected: &Share, came: &Step, sender: &str) -> Option<Lack> {
        let shares = came.shares();
        let share = shares.iter().find(|share| share.client == sender);
        let (answered, closed) = share.map_or((0, false), |share| (share.frames.len(), share.closed));
        let request = match (&self.unknown, &came.requests[..]) {
            (Unknown::Closes, requests) if closed && !expected.closed => requests.get(answered)?,
            (Unknown::Silent, [request]) if !closed && answered == 0 => request,
            _ => return None,
        };
        let (name, subcommand) = name(request).filter(|_| answered < expected.frames.len())?;
        Some(Lack::Command(name, subcommand))
    }
}

/// Which of the requests an error refuses: the one that it names, or else the one in its place.
fn refused(error: &str, requests: &[Request], at: usize) -> Option<Request> {
    let named = |request: &&Request| request.first().is_some_and(|word| error.contains(&lower(word)));
    let here = requests.get(at).or(requests.last());
    let found = here.filter(named).or_else(|| requests.iter().find(named));
    if let Some(request) = found {
        return Some(request.clone());
    }
    // A server of several threads may refuse a line when the next has begun.
    let mut quoted = error.split(['\'', '`', '"']).skip(1);
    let quoted = quoted.next().map(|word| vec![word.as_bytes().to_vec()]);
    quoted.filter(|request| name(request).is_some()).or_else(|| here.cloned())
}

/// The command and the subcommand that a request names, in upper case. None if Redis has no such command.
fn name(request: &Request) -> Option<(String, Option<String>)> {
    thread_local! {
        static TABLE: Option<Table> = crate::command::table(&crate::config::Config::default()).ok();
    }
    let upper = |word: &Vec<u8>| String::from_utf8_lossy(word).to_uppercase();
    let first = request.first()?;
    TABLE.with(|table| {
        let table = table.as_ref()?;
        table.named(first)?;
        let owned = OwnedRequest::of(request.iter().map(|word| &**word));
        let found = table.has_subcommands(first) && table.find(owned.request()).is_some();
        Some((upper(first), request.get(1).filter(|_| found).map(upper)))
    })
}

fn lower(text: &[u8]) -> String {
    String::from_utf8_lossy(text).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tools::scenario::Received;

    fn step(line: &str, requests: &[&str], received: &[(&str, &str)]) -> Step {
        let received = received.iter().map(|(client, bytes)| {
            let closed = bytes.ends_with('!');
            let bytes = bytes.trim_end_matches('!').as_bytes().to_vec();
            Received { client: (*client).into(), bytes, closed }
        });
        let words = |request: &&str| request.split(' ').map(|word| word.as_bytes().to_vec()).collect();
        Step {
            line: Scenario::parse_line(1, line).unwrap(),
            requests: requests.iter().map(words).collect(),
            received: received.collect(),
            structures: None,
        }
    }

    fn command(name: &str, subcommand: Option<&str>) -> Option<Lack> {
        Some(Lack::Command(name.into(), subcommand.map(String::from)))
    }

    #[test]
    fn a_command_is_unknown_by_what_comes() {
        let refuses = |text: &str| Unknown::of("NOSUCH-X", Some(&Frame::Text(b'-', text.into())));
        let cases = [
            (Unknown::default(), "-ERR unknown command 'eval'\r\n", command("EVAL", None)),
            (Unknown::default(), "-ERR Unknown Command\r\n", command("EVAL", None)),
            (Unknown::default(), "-ERR syntax error\r\n", None),
            (Unknown::default(), ":1\r\n", None),
            (refuses("What is NOSUCH-X?"), "-what is EVAL?\r\n", command("EVAL", None)),
            (refuses("No"), "-no\r\n", command("EVAL", None)),
            (refuses("No"), "-nope\r\n", None),
            (Unknown::Closes, "!", command("EVAL", None)),
            (Unknown::Closes, "-ERR x\r\n!", None),
            (Unknown::Silent, "", command("EVAL", None)),
            (Unknown::Otherwise, "", None),
        ];
        for (unknown, reply, expected) in cases {
            let vocabulary = Vocabulary { unknown, ..Vocabulary::default() };
            let should = step("A: EVAL x 0", &["EVAL x 0"], &[("A", ":7\r\n")]);
            let came = step("A: EVAL x 0", &["EVAL x 0"], &[("A", reply)]);
            assert_eq!(vocabulary.suspect(&should, &came, ("A", 0)), expected, "{reply}");
        }
    }

    #[test]
    fn an_error_that_comes_late_or_beside_others_names_its_command() {
        let vocabulary = Vocabulary::default();
        let should = step("B: PUBLISH x 1", &["PUBLISH x 1"], &[("B", ":0\r\n")]);
        let late = [("A", "-ERR unknown command 'BLPOP'\r\n"), ("B", ":0\r\n")];
        let came = step("B: PUBLISH x 1", &["PUBLISH x 1"], &late);
        assert_eq!(vocabulary.suspect(&should, &came, ("A", 0)), command("BLPOP", None));

        let requests = ["PING", "CLIENT LIST", "GET a"];
        let should = step("A: GET a", &requests, &[("A", "+PONG\r\n$1\r\nx\r\n$-1\r\n")]);
        let error = "+PONG\r\n-ERR unknown subcommand 'LIST'\r\n-ERR unknown command 'GET'\r\n";
        let came = step("A: GET a", &requests, &[("A", error)]);
        assert_eq!(vocabulary.suspect(&should, &came, ("A", 1)), command("CLIENT", Some("LIST")));
    }

    #[test]
    fn what_was_answered_once_is_not_lacking() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.learn(&step("A: client getname", &["client getname"], &[("A", "$-1\r\n")]));
        vocabulary.learn(&step("A: GET", &["GET"], &[("A", "-ERR wrong number\r\n")]));
        let called = |name: &str, subcommand| vocabulary.name_of(&command(name, subcommand).unwrap());
        assert_eq!(called("CLIENT", Some("GETNAME")), None);
        assert_eq!(called("CLIENT", Some("LIST")).as_deref(), Some("CLIENT LIST"));
        assert_eq!(called("CONFIG", Some("GET")).as_deref(), Some("CONFIG"));
        assert_eq!(called("GET", None).as_deref(), Some("GET"));
    }
}
