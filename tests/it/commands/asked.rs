//! Who can be asked: a server behind a socket, or the one inside the process.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use cutaway::persist::footer;
use cutaway::server::Server;
use cutaway::tools::scenario::frame::{Frame, split};
use cutaway::tools::scenario::words::Request;
use cutaway::tools::scenario::{Feeding, InProcess, Setting, Target};

use super::cases::{Action, Case};

/// A server that answers requests of two clients.
pub trait Asked {
    /// All that the client receives because of a request; at least one frame.
    fn ask(&mut self, client: char, request: &Request) -> Vec<Frame>;
    /// Time passes.
    fn wait(&mut self, time: Duration);
}

/// The replies to each step of a case, printed; None where the step was no request.
pub fn play(asked: &mut dyn Asked, case: &Case, resp: u8) -> Vec<Option<String>> {
    if resp == 3 {
        for client in ['A', 'B'] {
            asked.ask(client, &request(&["HELLO", "3"]));
        }
    }
    let mut reply = |action: &Action| match action {
        Action::Wait(time) => {
            asked.wait(*time);
            None
        }
        Action::Ask { client, masks, request } => {
            let mut frames = asked.ask(*client, request);
            frames.iter_mut().for_each(|frame| masks.iter().for_each(|mask| mask.apply(frame)));
            Some(print(&frames))
        }
    };
    case.steps.iter().map(|step| reply(&step.action)).collect()
}

pub fn request(words: &[&str]) -> Request {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

/// One line, but for long texts of several lines; two replies where one was due are seen.
pub fn print(frames: &[Frame]) -> String {
    frames
        .iter()
        .map(|frame| frame.print("      ").replace("\n      ", "\n"))
        .collect::<Vec<_>>()
        .join(" and ")
}

/// What cases need beyond the defaults: DEBUG tells whether values are equal, and keeps fields and keys from expiring unasked.
pub fn settings() -> Vec<(String, Vec<String>)> {
    vec![("enable-debug-command".into(), vec!["yes".into()])]
}

/// As the protocol has it.
fn encode(request: &Request) -> Vec<u8> {
    let mut bytes = Vec::new();
    Frame::Aggregate(b'*', request.iter().map(|word| Frame::bulk(word.as_slice())).collect())
        .encode(&mut bytes);
    bytes
}

/// A fresh server inside the process.
pub struct Here(InProcess);

impl Here {
    pub fn new() -> Here {
        Here::with(&settings())
    }

    /// One with these settings.
    pub fn with(settings: &[(String, Vec<String>)]) -> Here {
        let setting = |(name, words): &(String, Vec<String>)| Setting {
            number: 0,
            text: name.clone(),
            name: name.clone(),
            words: words.clone(),
        };
        let settings: Vec<Setting> = settings.iter().map(setting).collect();
        let mut server = InProcess::new(&settings, Feeding::Whole).unwrap();
        for client in ["A", "B"] {
            server.connect(client).unwrap();
        }
        Here(server)
    }

    /// The server.
    pub fn server(&mut self) -> &mut Server {
        self.0.server_mut()
    }

    /// Client A comes anew.
    pub fn reconnect(&mut self) {
        // Its connection may have been closed.
        let _ = self.0.disconnect("A");
        self.0.connect("A").unwrap();
    }
}

impl Asked for Here {
    fn ask(&mut self, client: char, request: &Request) -> Vec<Frame> {
        let name = client.to_string();
        if let Err(trouble) = self.0.send(&name, &encode(request)) {
            return vec![Frame::Text(b'!', trouble.to_string().into())];
        }
        // A blocking command answers in its time.
        for _ in 0..200 {
            let received = self.0.settle().unwrap().into_iter().find(|received| received.client == name);
            if let Some(received) = received {
                return if received.bytes.is_empty() { vec![closed()] } else { split(&received.bytes) };
            }
            self.wait(Duration::from_millis(10));
        }
        vec![Frame::Text(b'!', b"no reply".into())]
    }

    fn wait(&mut self, time: Duration) {
        self.0.wait(time).unwrap();
    }
}

fn closed() -> Frame {
    Frame::Text(b'!', b"closed".into())
}

/// A server behind sockets.
pub struct There {
    clients: BTreeMap<char, (TcpStream, Vec<u8>)>,
}

impl There {
    /// Two new connections.
    pub fn connected(address: SocketAddr) -> There {
        let mut there = There { clients: BTreeMap::new() };
        for client in ['A', 'B'] {
            let stream = TcpStream::connect(address).unwrap();
            stream.set_nodelay(true).unwrap();
            stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
            there.clients.insert(client, (stream, Vec::new()));
        }
        there
    }

    /// Two new connections; every database, the script cache and the functions are emptied.
    pub fn new(address: SocketAddr) -> There {
        let mut there = There::connected(address);
        for words in [&["FLUSHALL"][..], &["SCRIPT", "FLUSH"]] {
            assert_eq!(print(&there.ask('A', &request(words))), "+OK");
        }
        // Not by FUNCTION FLUSH, after which Redis 8.0.2 may end.
        let mut none = Vec::new();
        footer::seal(&mut none);
        let empty = [&b"FUNCTION"[..], b"RESTORE", &none, b"FLUSH"].map(<[u8]>::to_vec);
        assert_eq!(print(&there.ask('A', &empty.to_vec())), "+OK");
        there
    }
}

impl Asked for There {
    fn ask(&mut self, client: char, request: &Request) -> Vec<Frame> {
        let (stream, buffer) = self.clients.get_mut(&client).unwrap();
        if stream.write_all(&encode(request)).is_err() {
            return vec![closed()];
        }
        loop {
            if !buffer.is_empty() {
                let frames = split(buffer);
                if !matches!(frames.last(), Some(Frame::Rest(_))) {
                    buffer.clear();
                    return frames;
                }
            }
            let mut piece = [0; 65536];
            match stream.read(&mut piece) {
                Ok(0) => panic!(
                    "closed after {:?}",
                    Frame::Aggregate(b'*', request.iter().map(|w| Frame::bulk(w.as_slice())).collect())
                        .print("")
                ),
                Ok(count) => buffer.extend_from_slice(&piece[..count]),
                Err(trouble) => panic!("no reply to {request:?}: {trouble}"),
            }
        }
    }

    fn wait(&mut self, time: Duration) {
        std::thread::sleep(time);
    }
}
