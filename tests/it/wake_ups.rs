//! How often clients wake the server, and that none is forgotten: over TCP and over a Unix socket, against the real binary.
//!
//! INFO's `eventloop_cycles` counts the turns of the loop. Requests are sent one at a time here, so each takes one turn, and
//! every other turn is one that somebody caused by reading, by connecting or by hanging up.

use crate::running::{PATIENCE, Running, cutaway};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Instant;

const BOTH: [Kind; 2] = [Kind::Tcp, Kind::Unix];
/// More than the kernel takes for a peer that does not read, over either kind of socket.
const MORE_THAN_THE_KERNEL_TAKES: usize = 24 << 20;

#[derive(Clone, Copy, Debug)]
enum Kind {
    Tcp,
    Unix,
}

/// A running server that listens on a port and on a socket.
struct OnBoth {
    running: Running,
    path: PathBuf,
}

impl OnBoth {
    fn start(arguments: &[&str]) -> OnBoth {
        let path =
            |port| std::env::temp_dir().join(format!("cutaway-wake-ups-{}-{port}", std::process::id()));
        let running = Running::on_free_port(|port| {
            let mut command = cutaway();
            command.args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--unixsocket"]);
            command.arg(path(port)).args(arguments);
            command
        });
        OnBoth { path: path(running.port), running: running.with_log_ignored() }
    }

    fn connect(&self, kind: Kind) -> Client {
        match kind {
            Kind::Tcp => {
                let stream = self.running.connect();
                stream.set_nodelay(true).unwrap();
                Client::Tcp(stream)
            }
            Kind::Unix => {
                let stream = UnixStream::connect(&self.path).unwrap();
                stream.set_read_timeout(Some(PATIENCE)).unwrap();
                Client::Unix(stream)
            }
        }
    }

    /// A client that is subscribed to `x`.
    fn subscriber(&self, kind: Kind) -> Client {
        let mut client = self.connect(kind);
        client.ask("SUBSCRIBE x\r\n", "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n");
        client
    }
}

impl Drop for OnBoth {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

/// A client over either kind of socket.
enum Client {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Client {
    fn send(&mut self, bytes: &[u8]) {
        match self {
            Client::Tcp(stream) => stream.write_all(bytes),
            Client::Unix(stream) => stream.write_all(bytes),
        }
        .unwrap();
    }

    fn receive(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = vec![0; count];
        match self {
            Client::Tcp(stream) => stream.read_exact(&mut bytes),
            Client::Unix(stream) => stream.read_exact(&mut bytes),
        }
        .unwrap_or_else(|error| panic!("{count} bytes do not come: {error}"));
        bytes
    }

    /// Reads until the server closes. Returns how many bytes came; a reset is an end, too.
    fn receive_all(&mut self) -> usize {
        let mut bytes = Vec::new();
        let ended = match self {
            Client::Tcp(stream) => stream.read_to_end(&mut bytes),
            Client::Unix(stream) => stream.read_to_end(&mut bytes),
        };
        assert!(!ended.is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock), "not closed");
        bytes.len()
    }

    fn hang_up(&mut self) {
        match self {
            Client::Tcp(stream) => stream.shutdown(Shutdown::Write),
            Client::Unix(stream) => stream.shutdown(Shutdown::Write),
        }
        .unwrap();
    }

    fn ask(&mut self, request: &str, reply: &str) {
        self.send(request.as_bytes());
        let got = self.receive(reply.len());
        assert_eq!(String::from_utf8_lossy(&got), reply, "{request}");
    }

    /// Asks until the reply is the wanted one: for what the end of another connection brings about.
    fn ask_until(&mut self, request: &str, wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.send(request.as_bytes());
            let got = self.receive(wanted.len());
            if got == wanted.as_bytes() {
                return;
            }
            assert!(Instant::now() < deadline, "{request} still answers {}", got.escape_ascii());
        }
    }

    /// How many turns the loop has made, the one that answers this included.
    fn turns(&mut self) -> u64 {
        self.send(b"INFO stats\r\nPING\r\n");
        let mut text = String::new();
        while !text.ends_with("+PONG\r\n") {
            text.push(self.receive(1)[0] as char);
        }
        let line = text.lines().find_map(|line| line.strip_prefix("eventloop_cycles:"));
        line.unwrap_or_else(|| panic!("no eventloop_cycles in {text}")).parse().unwrap()
    }
}

/// A request and the frame that a subscriber of `x` gets for it.
fn publish(size: usize) -> (String, String) {
    let message = "m".repeat(size);
    let request = format!("*3\r\n$7\r\nPUBLISH\r\n$1\r\nx\r\n${size}\r\n{message}\r\n");
    (request, format!("*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n${size}\r\n{message}\r\n"))
}

/// Publishes one message at a time, each read before the next, and counts the turns.
fn turns_of_publishes(publisher: &mut Client, subscriber: &mut Client, count: u64) -> u64 {
    let (request, frame) = publish(64);
    let before = publisher.turns();
    for _ in 0..count {
        publisher.ask(&request, ":1\r\n");
        assert_eq!(subscriber.receive(frame.len()), frame.as_bytes());
    }
    publisher.turns() - before - 1
}

/// Publishes more than the kernel takes for a subscriber that does not read, whose socket is full then. Returns how many
/// bytes the subscriber is to receive.
fn fill(publisher: &mut Client) -> usize {
    let (request, frame) = publish(64 << 10);
    let count = MORE_THAN_THE_KERNEL_TAKES.div_ceil(frame.len());
    (0..count).for_each(|_| publisher.ask(&request, ":1\r\n"));
    count * frame.len()
}

#[test]
fn a_client_that_reads_does_not_wake_the_server() {
    let server = OnBoth::start(&[]);
    for kind in BOTH {
        let (mut publisher, mut subscriber) = (server.connect(kind), server.subscriber(kind));
        assert_eq!(turns_of_publishes(&mut publisher, &mut subscriber, 200), 200, "{kind:?}");
    }
}

#[test]
fn a_client_that_connects_wakes_the_server_once_and_once_with_its_request() {
    let server = OnBoth::start(&[]);
    for kind in BOTH {
        let mut asker = server.connect(kind);
        let before = asker.turns();
        let clients: Vec<Client> = (0..100)
            .map(|_| {
                let mut client = server.connect(kind);
                client.ask("PING\r\n", "+PONG\r\n");
                client
            })
            .collect();
        assert_eq!(asker.turns() - before - 1, 200, "{kind:?}");
        drop(clients);
    }
}

#[test]
fn a_late_reader_gets_everything_and_wakes_the_server_no_more_once_it_has() {
    let server = OnBoth::start(&["--client-output-buffer-limit", "pubsub 0 0 0"]);
    for kind in BOTH {
        let (mut publisher, mut subscriber) = (server.connect(kind), server.subscriber(kind));
        for _ in 0..3 {
            let owed = fill(&mut publisher);
            subscriber.receive(owed);
            // A publisher finds the socket full meanwhile, then with room again.
            publisher.ask_until("PUBLISH y 1\r\n", ":0\r\n");
            assert_eq!(turns_of_publishes(&mut publisher, &mut subscriber, 100), 100, "{kind:?}");
        }
    }
}

#[test]
fn a_client_with_a_full_socket_that_hangs_up_is_gone() {
    let server = OnBoth::start(&["--client-output-buffer-limit", "pubsub 0 0 0"]);
    for kind in BOTH {
        let (mut publisher, mut subscriber) = (server.connect(kind), server.subscriber(kind));
        fill(&mut publisher);
        subscriber.hang_up();
        publisher.ask_until("PUBLISH x 1\r\n", ":0\r\n");
        let mut subscriber = server.subscriber(kind);
        fill(&mut publisher);
        // Bytes that it has not read: TCP makes it a reset.
        subscriber.send(b"PING\r\n");
        drop(subscriber);
        publisher.ask_until("PUBLISH x 1\r\n", ":0\r\n");
    }
}

#[test]
fn a_client_with_a_full_socket_that_owes_too_much_is_closed_and_its_place_is_another_s() {
    let server = OnBoth::start(&["--client-output-buffer-limit", "pubsub 1mb 0 0"]);
    for kind in BOTH {
        let (mut publisher, mut slow) = (server.connect(kind), server.subscriber(kind));
        let (request, frame) = publish(64 << 10);
        publisher.ask_until(&request.repeat(32), &":0\r\n".repeat(32));
        assert!(slow.receive_all() < MORE_THAN_THE_KERNEL_TAKES + 64 * frame.len(), "{kind:?}");
        let mut subscriber = server.subscriber(kind);
        assert_eq!(turns_of_publishes(&mut publisher, &mut subscriber, 100), 100, "{kind:?}");
    }
}

#[test]
fn a_client_with_a_full_socket_is_written_to_while_a_script_is_busy() {
    let arguments = ["--client-output-buffer-limit", "pubsub 0 0 0", "--busy-reply-threshold", "50"];
    let server = OnBoth::start(&arguments);
    for kind in BOTH {
        let (mut publisher, mut subscriber) = (server.connect(kind), server.subscriber(kind));
        let owed = fill(&mut publisher);
        publisher.send(b"EVAL 'while true do end' 0\r\n");
        let mut other = server.connect(kind);
        let busy =
            "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n";
        // It waits for the threshold; from then on others are served, those who read among them.
        other.ask("GET k\r\n", busy);
        subscriber.receive(owed);
        other.ask("GET k\r\n", busy);
        other.ask("SCRIPT KILL\r\n", "+OK\r\n");
        let killed = "-ERR Script killed by user with SCRIPT KILL.";
        assert_eq!(String::from_utf8_lossy(&publisher.receive(killed.len())), killed);
    }
}

#[test]
fn a_client_with_a_full_socket_does_not_hold_up_a_sleep_or_the_end() {
    for kind in BOTH {
        let arguments = ["--client-output-buffer-limit", "pubsub 0 0 0", "--enable-debug-command", "yes"];
        let mut server = OnBoth::start(&arguments);
        let (mut publisher, mut subscriber) = (server.connect(kind), server.subscriber(kind));
        let owed = fill(&mut publisher);
        publisher.ask("DEBUG SLEEP 0.01\r\n", "+OK\r\n");
        subscriber.receive(owed);
        fill(&mut publisher);
        publisher.send(b"SHUTDOWN NOSAVE\r\n");
        assert_eq!(publisher.receive_all(), 0);
        assert!(server.running.process.wait().unwrap().success());
        assert!(subscriber.receive_all() > 0, "{kind:?}");
    }
}
