//! A server that publishes: a complete answer to part one of the laboratory, stages 1 to 7. The twin of `tiny.py`, with the same
//! names in the same order.
//!
//! One difference in design. Rust's standard library cannot ask the kernel which of many sockets have something (no `select`, no
//! `poll`), so each connection has two threads that do nothing but wait: one reads bytes and sends them to a channel of events,
//! one writes what it is given. A single thread takes the events, one after the other, and owns all state: no lock, and each
//! request is executed from beginning to end before the next, as in `tiny.py` and in Redis.
//!
//! Left out on purpose: limits of memory, timeouts, RESP3, and requests that are typed as a line of text.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::spawn;

type Word = Vec<u8>;
/// A client's number, never given twice. The operating system gives the number of a socket to the next client.
type Id = u64;

// What a server sends. Each function returns the bytes of one frame.
fn status(text: &str) -> Vec<u8> {
    format!("+{text}\r\n").into_bytes()
}

fn error(text: &[u8]) -> Vec<u8> {
    // A line end within the text would end the frame: it may come from a client, as the name of an unknown command.
    let text = text.iter().map(|&byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect();
    [b"-ERR ".to_vec(), text, b"\r\n".to_vec()].concat()
}

fn integer(number: usize) -> Vec<u8> {
    format!(":{number}\r\n").into_bytes()
}

fn bulk(word: Option<&[u8]>) -> Vec<u8> {
    let Some(word) = word else { return b"$-1\r\n".to_vec() };
    [format!("${}\r\n", word.len()).as_bytes(), word, b"\r\n"].concat()
}

fn array<const N: usize>(frames: [Vec<u8>; N]) -> Vec<u8> {
    [format!("*{N}\r\n").into_bytes(), frames.concat()].concat()
}

/// What the server keeps for each connection.
struct Client {
    /// Has arrived, and is not executed yet.
    querybuf: Vec<u8>,
    /// Leads to the thread that writes. Dropped: that thread writes what it has, and closes the connection.
    buf: Sender<Arc<[u8]>>,
    /// The other side of the server's `pubsub_channels`.
    pubsub_channels: BTreeSet<Word>,
}

/// Why there is no request at the front of an input buffer.
enum Trouble {
    /// The rest of it has not arrived yet.
    Incomplete,
    NotResp,
}

/// The number in the line that begins at `at`, behind its mark, and where the next line begins.
fn number(querybuf: &[u8], at: usize, mark: u8) -> Result<(usize, usize), Trouble> {
    let end = querybuf[at..].windows(2).position(|two| two == b"\r\n").ok_or(Trouble::Incomplete)?;
    let digits = querybuf[at..at + end].strip_prefix(&[mark]).and_then(|digits| str::from_utf8(digits).ok());
    let number = digits.and_then(|digits| digits.parse().ok()).ok_or(Trouble::NotResp)?;
    Ok((number, at + end + 2))
}

/// The words of the first request, and its length in bytes.
fn parse_request(querybuf: &[u8]) -> Result<(Vec<Word>, usize), Trouble> {
    let (count, mut at) = number(querybuf, 0, b'*')?;
    let mut words = Vec::new();
    for _ in 0..count {
        let (length, begin) = number(querybuf, at, b'$')?;
        // A word is taken by its length. Only so may it contain a line end.
        let end = begin.saturating_add(length);
        if querybuf.len() < end.saturating_add(2) {
            return Err(Trouble::Incomplete);
        }
        words.push(querybuf[begin..end].to_vec());
        at = end + 2;
    }
    Ok((words, at))
}

/// What happens on a connection.
enum Event {
    Accepted(Id, Sender<Arc<[u8]>>),
    Read(Id, Vec<u8>),
    Ended(Id),
}

#[derive(Default)]
struct Server {
    clients: HashMap<Id, Client>,
    /// For each channel its clients, in the order in which they subscribed. A channel without a client is not here.
    pubsub_channels: HashMap<Word, Vec<Id>>,
}

impl Server {
    fn main(mut self, events: Receiver<Event>) {
        for event in events {
            match event {
                Event::Accepted(id, buf) => {
                    let (querybuf, pubsub_channels) = (Vec::new(), BTreeSet::new());
                    self.clients.insert(id, Client { querybuf, buf, pubsub_channels });
                }
                Event::Read(id, bytes) => self.read_query_from_client(id, &bytes),
                Event::Ended(id) => self.free_client(id),
            }
        }
    }

    fn read_query_from_client(&mut self, id: Id, bytes: &[u8]) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        client.querybuf.extend_from_slice(bytes);
        self.process_input_buffer(id);
    }

    fn process_input_buffer(&mut self, id: Id) {
        // A client that has said QUIT is gone, and what it sent behind that is not executed.
        while let Some(client) = self.clients.get_mut(&id).filter(|client| !client.querybuf.is_empty()) {
            match parse_request(&client.querybuf) {
                Err(Trouble::Incomplete) => return,
                // Nothing says where the next request begins: the connection is of no more use.
                Err(Trouble::NotResp) => return self.free_client(id),
                Ok((words, length)) => {
                    client.querybuf.drain(..length);
                    if let [name, args @ ..] = &words[..] {
                        self.process_command(id, name, args);
                    }
                }
            }
        }
    }

    fn process_command(&mut self, id: Id, name: &[u8], args: &[Word]) {
        let lower = name.to_ascii_lowercase();
        let Some(command) = COMMANDS.iter().find(|command| command.0.as_bytes() == lower) else {
            let mut text = [b"unknown command '", name, b"', with args beginning with: "].concat();
            args.iter().for_each(|arg| text.extend([b"'", &arg[..], b"' "].concat()));
            return self.add_reply(id, error(&text));
        };
        let &(name, function, least, most, allowed_when_subscribed) = command;
        if !(least..=most).contains(&args.len()) {
            let text = format!("wrong number of arguments for '{name}' command");
            return self.add_reply(id, error(text.as_bytes()));
        }
        // The set is the mode: no second variable has to be kept equal to it.
        if self.count(id) > 0 && !allowed_when_subscribed {
            let text = format!(
                "Can't execute '{name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
            );
            return self.add_reply(id, error(text.as_bytes()));
        }
        function(self, id, args);
    }

    fn ping(&mut self, id: Id, args: &[Word]) {
        let message = args.first().map(|message| &message[..]);
        let reply = match message {
            _ if self.count(id) > 0 => array([bulk(Some(b"pong")), bulk(message.or(Some(b"")))]),
            None => status("PONG"),
            message => bulk(message),
        };
        self.add_reply(id, reply);
    }

    fn echo(&mut self, id: Id, args: &[Word]) {
        self.add_reply(id, bulk(Some(&args[0])));
    }

    fn subscribe(&mut self, id: Id, channels: &[Word]) {
        for channel in channels {
            // Both sides are changed together, here and in pubsub_unsubscribe_channel, and nowhere else.
            let new = |client: &mut Client| client.pubsub_channels.insert(channel.clone());
            if self.clients.get_mut(&id).is_some_and(new) {
                self.pubsub_channels.entry(channel.clone()).or_default().push(id);
            }
            self.confirm(id, b"subscribe", Some(channel));
        }
    }

    fn confirm(&mut self, id: Id, what: &[u8], channel: Option<&[u8]>) {
        self.add_reply(id, array([bulk(Some(what)), bulk(channel), integer(self.count(id))]));
    }

    /// The number of a client's subscriptions.
    fn count(&self, id: Id) -> usize {
        self.clients.get(&id).map_or(0, |client| client.pubsub_channels.len())
    }

    fn publish(&mut self, id: Id, args: &[Word]) {
        let (channel, message) = (&args[0], &args[1]);
        // `get`, since `entry` would create the channel, and keep every name that was ever published to.
        let receivers = self.pubsub_channels.get(channel).map_or(&[][..], |receivers| receivers);
        let frame: Arc<[u8]> =
            array([bulk(Some(b"message")), bulk(Some(channel)), bulk(Some(message))]).into();
        for receiver in receivers {
            self.add_reply(*receiver, frame.clone());
        }
        self.add_reply(id, integer(receivers.len()));
    }

    fn unsubscribe(&mut self, id: Id, channels: &[Word]) {
        let all = |client: &Client| client.pubsub_channels.iter().cloned().collect();
        let channels: Vec<Word> = match channels {
            [] => self.clients.get(&id).map(all).unwrap_or_default(),
            channels => channels.to_vec(),
        };
        for channel in &channels {
            self.pubsub_unsubscribe_channel(id, channel);
            self.confirm(id, b"unsubscribe", Some(channel));
        }
        // With nothing to leave there is one confirmation, with nil.
        if channels.is_empty() {
            self.confirm(id, b"unsubscribe", None);
        }
    }

    fn pubsub_unsubscribe_channel(&mut self, id: Id, channel: &[u8]) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        if client.pubsub_channels.remove(channel)
            && let Some(subscribers) = self.pubsub_channels.get_mut(channel)
        {
            subscribers.retain(|&other| other != id);
            if subscribers.is_empty() {
                self.pubsub_channels.remove(channel);
            }
        }
    }

    fn quit(&mut self, id: Id, _: &[Word]) {
        self.add_reply(id, status("OK"));
        self.free_client(id);
    }

    /// The only way out, for a client that leaves, one that has said QUIT, and one whose connection breaks. Its `buf` is dropped
    /// with it.
    fn free_client(&mut self, id: Id) {
        let Some(client) = self.clients.get(&id) else { return };
        for channel in client.pubsub_channels.clone() {
            self.pubsub_unsubscribe_channel(id, &channel);
        }
        self.clients.remove(&id);
    }

    fn add_reply(&self, id: Id, frame: impl Into<Arc<[u8]>>) {
        // Nothing is written here. So no client can hold up a PUBLISH. An error: the thread has ended, and `Ended` is on its way.
        if let Some(client) = self.clients.get(&id) {
            let _ = client.buf.send(frame.into());
        }
    }
}

type Function = fn(&mut Server, Id, &[Word]);
const ANY: usize = usize::MAX;
/// Name, function, least and most arguments, allowed in subscribed mode.
const COMMANDS: [(&str, Function, usize, usize, bool); 6] = [
    ("ping", Server::ping, 0, 1, true),
    ("echo", Server::echo, 1, 1, false),
    ("subscribe", Server::subscribe, 1, ANY, true),
    ("unsubscribe", Server::unsubscribe, 0, ANY, true),
    ("publish", Server::publish, 2, 2, false),
    ("quit", Server::quit, 0, ANY, true),
];

/// The thread that reads. A connection that is reset has ended, too.
fn read(id: Id, mut connection: TcpStream, events: &Sender<Event>) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(length @ 1..) = connection.read(&mut bytes) {
        if events.send(Event::Read(id, bytes[..length].to_vec())).is_err() {
            return;
        }
    }
    let _ = events.send(Event::Ended(id));
}

/// The thread that writes. It ends when the server has dropped its end and all is written, or when the connection breaks; then
/// the connection ends, which the thread that reads will notice.
fn write(mut connection: TcpStream, buf: &Receiver<Arc<[u8]>>) {
    while let Ok(frame) = buf.recv()
        && connection.write_all(&frame).is_ok()
    {}
    let _ = connection.shutdown(Shutdown::Both);
}

fn accept(id: Id, connection: TcpStream, events: &Sender<Event>) -> io::Result<()> {
    connection.set_nodelay(true)?;
    let reading = connection.try_clone()?;
    let (buf, frames) = channel();
    let _ = events.send(Event::Accepted(id, buf));
    let events = events.clone();
    spawn(move || read(id, reading, &events));
    spawn(move || write(connection, &frames));
    Ok(())
}

fn main() -> io::Result<()> {
    let port = std::env::var("PORT").unwrap_or("7000".into());
    let listener = TcpListener::bind(format!("127.0.0.1:{port}"))?;
    let (sender, events) = channel();
    spawn(move || Server::default().main(events));
    for (id, connection) in (1..).zip(listener.incoming()) {
        // An error: the client has left already, or there are too many. The others are served all the same.
        let _ = connection.and_then(|connection| accept(id, connection, &sender));
    }
    Ok(())
}
