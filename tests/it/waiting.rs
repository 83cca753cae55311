//! Clients that wait for lists, against a naive model: every list a deque, everybody who waits in one row, the longest
//! waiting first. Any clients, any pushes, pops, moves, transactions, timeouts, pipelines; the same replies to each.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};
use quickcheck::{Arbitrary, Gen, quickcheck};
use std::collections::VecDeque;

const CLIENTS: usize = 4;
const KEYS: usize = 3;

/// A change that a command, or one of a transaction, makes.
#[derive(Clone, Debug)]
enum Change {
    Push { key: usize, count: usize, left: bool },
    Delete(usize),
}

/// What a client asks for.
#[derive(Clone, Debug)]
enum Command {
    Change(Change),
    Transaction(Vec<Change>),
    Pop { keys: Vec<usize>, left: bool, seconds: u64 },
    Move { from: usize, to: usize, from_left: bool, to_left: bool, seconds: u64 },
}

#[derive(Clone, Debug)]
enum Step {
    Send(usize, Command),
    Unblock(usize, bool),
    Wait(u64),
    Reconnect(usize),
}

impl Arbitrary for Change {
    fn arbitrary(g: &mut Gen) -> Change {
        let key = usize::arbitrary(g) % KEYS;
        match u8::arbitrary(g) % 4 {
            0 => Change::Delete(key),
            _ => Change::Push { key, count: usize::arbitrary(g) % 3 + 1, left: bool::arbitrary(g) },
        }
    }
}

impl Arbitrary for Command {
    fn arbitrary(g: &mut Gen) -> Command {
        let (key, left, seconds) = (usize::arbitrary(g) % KEYS, bool::arbitrary(g), u64::arbitrary(g) % 3);
        match u8::arbitrary(g) % 8 {
            0 | 1 => Command::Change(Change::arbitrary(g)),
            2 => Command::Transaction((0..usize::arbitrary(g) % 4).map(|_| Change::arbitrary(g)).collect()),
            3 | 4 => {
                let to = usize::arbitrary(g) % KEYS;
                Command::Move { from: key, to, from_left: left, to_left: bool::arbitrary(g), seconds }
            }
            _ => {
                let keys = (0..usize::arbitrary(g) % 3 + 1).map(|_| usize::arbitrary(g) % KEYS).collect();
                Command::Pop { keys, left, seconds }
            }
        }
    }
}

impl Arbitrary for Step {
    fn arbitrary(g: &mut Gen) -> Step {
        let client = usize::arbitrary(g) % CLIENTS;
        match u8::arbitrary(g) % 16 {
            0 => Step::Unblock(client, bool::arbitrary(g)),
            1 => Step::Wait(u64::arbitrary(g) % 2500),
            2 => Step::Reconnect(client),
            _ => Step::Send(client, Command::arbitrary(g)),
        }
    }
}

/// A request in RESP.
fn request(words: &[&str]) -> String {
    let words: String = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
    format!("*{}\r\n{words}", words.matches('$').count())
}

fn name(key: usize) -> String {
    format!("k{key}")
}

fn end(left: bool) -> &'static str {
    if left { "LEFT" } else { "RIGHT" }
}

/// The model, which also writes the requests.
#[derive(Default)]
struct Model {
    lists: [VecDeque<String>; KEYS],
    /// Who waits, the longest waiting first: client, command, until when.
    waiting: Vec<(usize, Command, Option<u64>)>,
    /// What each client has sent and is not executed yet.
    behind: [VecDeque<Command>; CLIENTS],
    /// Keys that may serve somebody.
    ready: VecDeque<usize>,
    /// Clients whose wait is over, in that order.
    free: VecDeque<usize>,
    replies: [String; CLIENTS],
    now: u64,
    pushed: u64,
}

impl Model {
    /// The bytes of a command. The elements pushed are numbered.
    fn bytes(&self, command: &Command, next: &mut u64) -> String {
        let mut change = |change: &Change| match change {
            Change::Delete(key) => request(&["DEL", &name(*key)]),
            Change::Push { key, count, left } => {
                let values: Vec<String> = (0..*count as u64).map(|n| format!("v{}", *next + n)).collect();
                *next += *count as u64;
                let mut words = vec![if *left { "LPUSH" } else { "RPUSH" }];
                let key = name(*key);
                words.push(&key);
                words.extend(values.iter().map(String::as_str));
                request(&words)
            }
        };
        match command {
            Command::Change(one) => change(one),
            Command::Transaction(changes) => {
                let changes: String = changes.iter().map(change).collect();
                request(&["MULTI"]) + &changes + &request(&["EXEC"])
            }
            Command::Pop { keys, left, seconds } => {
                let names: Vec<String> = keys.iter().map(|&key| name(key)).collect();
                let seconds = seconds.to_string();
                let mut words = vec![if *left { "BLPOP" } else { "BRPOP" }];
                words.extend(names.iter().map(String::as_str));
                words.push(&seconds);
                request(&words)
            }
            Command::Move { from, to, from_left, to_left, seconds } => request(&[
                "BLMOVE",
                &name(*from),
                &name(*to),
                end(*from_left),
                end(*to_left),
                &seconds.to_string(),
            ]),
        }
    }

    /// Makes a change, and returns its reply.
    fn change(&mut self, change: &Change) -> String {
        match *change {
            Change::Delete(key) => {
                format!(":{}\r\n", u8::from(!std::mem::take(&mut self.lists[key]).is_empty()))
            }
            Change::Push { key, count, left } => {
                for _ in 0..count {
                    let value = format!("v{}", self.pushed);
                    self.pushed += 1;
                    self.push(key, value, left);
                }
                format!(":{}\r\n", self.lists[key].len())
            }
        }
    }

    fn push(&mut self, key: usize, value: String, left: bool) {
        if self.lists[key].is_empty() && !self.ready.contains(&key) {
            self.ready.push_back(key);
        }
        if left { self.lists[key].push_front(value) } else { self.lists[key].push_back(value) }
    }

    fn pop(&mut self, key: usize, left: bool) -> Option<String> {
        if left { self.lists[key].pop_front() } else { self.lists[key].pop_back() }
    }

    /// Executes a command; whether it has to wait.
    fn execute(&mut self, client: usize, command: &Command) -> bool {
        match command {
            Command::Change(change) => {
                let reply = self.change(change);
                self.replies[client] += &reply;
            }
            Command::Transaction(changes) => {
                let queued = "+QUEUED\r\n".repeat(changes.len());
                let replies: String = changes.iter().map(|change| self.change(change)).collect();
                self.replies[client] += &format!("+OK\r\n{queued}*{}\r\n{replies}", changes.len());
            }
            Command::Pop { keys, left, .. } => {
                let Some(&key) = keys.iter().find(|&&key| !self.lists[key].is_empty()) else { return true };
                let value = self.pop(key, *left).unwrap();
                self.replies[client] += &request(&[&name(key), &value]);
            }
            Command::Move { from, to, from_left, to_left, .. } => {
                let Some(value) = self.pop(*from, *from_left) else { return true };
                let reply = request(&[&value]);
                self.replies[client] += &reply[reply.find('$').unwrap()..];
                self.push(*to, value, *to_left);
            }
        }
        false
    }

    fn is_waiting(&self, client: usize) -> bool {
        self.waiting.iter().any(|&(waiting, ..)| waiting == client)
    }

    /// A client sends a command: it is executed, unless another is before it, and those it serves are served.
    fn send(&mut self, client: usize, command: Command) {
        self.behind[client].push_back(command);
        self.go_on(client);
        while let Some(client) = self.free.pop_front() {
            self.go_on(client);
        }
    }

    fn go_on(&mut self, client: usize) {
        while !self.is_waiting(client)
            && let Some(command) = self.behind[client].pop_front()
        {
            if self.execute(client, &command) {
                let (Command::Pop { seconds, .. } | Command::Move { seconds, .. }) = command else {
                    unreachable!()
                };
                let until = (seconds > 0).then(|| self.now + seconds * 1000);
                self.waiting.push((client, command, until));
            }
            self.serve();
        }
    }

    fn serve(&mut self) {
        while let Some(key) = self.ready.pop_front() {
            let wants = |command: &Command| match command {
                Command::Pop { keys, .. } => keys.contains(&key),
                Command::Move { from, .. } => *from == key,
                _ => false,
            };
            for (client, command, _) in
                self.waiting.clone().into_iter().filter(|(_, command, _)| wants(command))
            {
                if !self.lists[key].is_empty() {
                    self.waiting.retain(|&(waiting, ..)| waiting != client);
                    assert!(!self.execute(client, &command), "a list with an element serves");
                    self.free.push_back(client);
                }
            }
        }
    }

    /// A client's wait ends with this reply.
    fn end(&mut self, client: usize, reply: &str) {
        self.waiting.retain(|&(waiting, ..)| waiting != client);
        self.replies[client] += reply;
        self.free.push_back(client);
    }
}

/// The server, and what each client was sent.
struct Real {
    server: Server,
    clients: Vec<ClientKey>,
    time: Time,
}

impl Real {
    fn new() -> Real {
        let time = Time { unix_micros: 1_700_000_000_000_000, millis: 1_000_000 };
        let mut server = Server::new(
            cutaway::command::table(&Config::default()).unwrap(),
            Config::default(),
            Process::default(),
            time,
            || 0,
        );
        let clients = (0..=CLIENTS).map(|_| connect(&mut server)).collect();
        Real { server, clients, time }
    }

    fn feed(&mut self, client: usize, bytes: &str) {
        self.server.feed(self.clients[client], bytes.as_bytes());
        self.turn();
    }

    fn turn(&mut self) {
        while self.server.has_ready() {
            // What they are sent is looked at later.
            let room = self.clients.iter().map(|&client| (client, 0)).collect();
            self.server.end_turn(&mut Received { room, ..Received::default() });
        }
    }

    /// What a client is owed, which is then written.
    fn received(&mut self, client: usize) -> String {
        let key = self.clients[client];
        String::from_utf8(Received::from(&mut self.server, key)).unwrap()
    }
}

fn connect(server: &mut Server) -> ClientKey {
    server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() })
}

quickcheck! {
    fn whoever_waits_is_served_as_in_a_naive_model(steps: Vec<Step>) -> bool {
        let (mut real, mut model) = (Real::new(), Model::default());
        let mut numbered = 0;
        let operator = CLIENTS;
        for step in steps {
            match step {
                // The numbers of what waits to be pushed would not be those of the model: such clients only ask.
                Step::Send(client, command) => {
                    let pushes = !matches!(command, Command::Pop { .. } | Command::Move { .. });
                    if pushes && model.is_waiting(client) {
                        continue;
                    }
                    let bytes = model.bytes(&command, &mut numbered);
                    real.feed(client, &bytes);
                    model.send(client, command);
                }
                Step::Unblock(client, with_error) => {
                    let id = real.server.clients[real.clients[client]].id.to_string();
                    let reason = if with_error { "ERROR" } else { "TIMEOUT" };
                    let waits = model.is_waiting(client);
                    if waits {
                        let error = "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n";
                        model.end(client, if with_error { error } else { "*-1\r\n" });
                    }
                    real.feed(operator, &request(&["CLIENT", "UNBLOCK", &id, reason]));
                    assert_eq!(real.received(operator), format!(":{}\r\n", u8::from(waits)));
                }
                Step::Wait(millis) => {
                    real.time.millis += millis;
                    real.time.unix_micros += millis * 1000;
                    let time = real.time;
                    real.server.set_time(time);
                    real.turn();
                    model.now += millis;
                    let now = model.now;
                    let mut over: Vec<_> = model.waiting.iter().filter_map(|&(client, _, until)| Some((until?, client))).collect();
                    over.sort_unstable();
                    for (_, client) in over.into_iter().filter(|&(until, _)| until <= now) {
                        model.end(client, "*-1\r\n");
                    }
                }
                Step::Reconnect(client) => {
                    let key = real.clients[client];
                    real.server.disconnect(key);
                    real.server.end_turn(&mut Received::default());
                    real.clients[client] = connect(&mut real.server);
                    model.waiting.retain(|&(waiting, ..)| waiting != client);
                    model.behind[client].clear();
                    model.replies[client].clear();
                }
            }
            while let Some(client) = model.free.pop_front() {
                model.go_on(client);
            }
            for client in 0..CLIENTS {
                assert_eq!(real.received(client), std::mem::take(&mut model.replies[client]), "client {client}");
            }
            assert_eq!(real.server.blocking.clients(), model.waiting.len());
        }
        true
    }
}
