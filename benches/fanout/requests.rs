//! The request-reply load: each of some connections sends a pipeline, waits for all its replies, and sends the next at
//! once, as `redis-benchmark` does. Every byte of every reply is checked.

use std::time::{Duration, Instant};

use mio::net::TcpStream;
use mio::{Events, Interest, Poll, Token};

use crate::Result;
use crate::fan_out::subscribe;
use crate::floor::Role;
use crate::load::{READ_BUFFER, Session, Window, push, read_expected, wait};
use crate::server::{Server, ask};
use crate::wire::{command, subscription};

/// What is asked.
#[derive(Clone, Copy, PartialEq)]
pub enum Request {
    Ping,
    PublishToNobody,
    Get,
    Set,
    /// Half of the pipeline subscribes to as many channels, the other half leaves them.
    SubscribeUnsubscribe,
}

/// What the server has to carry meanwhile.
#[derive(Clone, Copy)]
pub enum Standing {
    Nothing,
    /// So many patterns, a hundred to a client, of which none matches.
    Patterns(usize),
    /// So many subscribers of the very channels that the load joins and leaves.
    Subscribers(usize),
}

#[derive(Clone, Copy)]
pub struct Requests {
    pub request: Request,
    pub connections: usize,
    pub depth: usize,
    pub standing: Standing,
}

const VALUE: [u8; 64] = [b'v'; 64];

impl Requests {
    pub fn connect(self, server: &Server) -> Result<Box<dyn Session>> {
        let poll = Poll::new()?;
        let standing = if server.is_floor() { Vec::new() } else { self.standing(server)? };
        let mut connections = Vec::new();
        for index in 0..self.connections {
            let mut stream = server.connect()?;
            let (request, reply) = self.pipeline(index);
            if server.is_floor() {
                let role = Role::Requester { request: request.len(), reply: reply.len() };
                ask(&mut stream, &role.hello(), b"+OK\r\n", true)?;
            } else if self.request == Request::Get {
                ask(&mut stream, &command(&[b"SET", &key(index), &VALUE]), b"+OK\r\n", true)?;
            }
            stream.set_nonblocking(true)?;
            let mut stream = TcpStream::from_std(stream);
            poll.registry().register(&mut stream, Token(index), Interest::READABLE | Interest::WRITABLE)?;
            connections.push(Connection { stream, request, reply, sent: 0, position: 0, begun: None });
        }
        Ok(Box::new(Running {
            depth: self.depth as u64,
            exact: !server.is_floor(),
            poll,
            events: Events::with_capacity(1024),
            connections,
            _standing: standing,
            buffer: vec![0; READ_BUFFER],
        }))
    }

    fn standing(self, server: &Server) -> Result<Vec<std::net::TcpStream>> {
        match self.standing {
            Standing::Nothing => Ok(Vec::new()),
            Standing::Patterns(count) => (0..count / 100)
                .map(|client| {
                    let mut stream = server.connect()?;
                    let patterns: Vec<Vec<u8>> =
                        (0..100).map(|i| format!("news.{:06}.*", client * 100 + i).into_bytes()).collect();
                    let mut words: Vec<&[u8]> = vec![b"PSUBSCRIBE"];
                    words.extend(patterns.iter().map(Vec::as_slice));
                    let numbered = patterns.iter().enumerate();
                    let replies: Vec<u8> =
                        numbered.flat_map(|(i, name)| subscription("psubscribe", name, i + 1)).collect();
                    ask(&mut stream, &command(&words), &replies, true)?;
                    Ok(stream)
                })
                .collect(),
            Standing::Subscribers(count) => {
                let names: Vec<Vec<u8>> = (0..self.depth / 2).map(room).collect();
                (0..count)
                    .map(|_| {
                        let mut stream = server.connect()?;
                        subscribe(&mut stream, &names)?;
                        Ok(stream)
                    })
                    .collect()
            }
        }
    }

    /// The pipeline of one connection and its replies.
    fn pipeline(self, connection: usize) -> (Vec<u8>, Vec<u8>) {
        let (request, reply) = match self.request {
            Request::Ping => (command(&[b"PING"]), b"+PONG\r\n".to_vec()),
            Request::PublishToNobody => {
                (command(&[b"PUBLISH", b"news.nobody.x", &VALUE]), b":0\r\n".to_vec())
            }
            Request::Get => {
                let value = [b"$64\r\n", &VALUE[..], b"\r\n"].concat();
                (command(&[b"GET", &key(connection)]), value)
            }
            Request::Set => (command(&[b"SET", &key(connection), &VALUE]), b"+OK\r\n".to_vec()),
            Request::SubscribeUnsubscribe => {
                let half = self.depth / 2;
                let in_turn = |name: &str, verb: &[u8], left: fn(usize, usize) -> usize| {
                    let requests: Vec<u8> = (0..half).flat_map(|i| command(&[verb, &room(i)])).collect();
                    let replies: Vec<u8> =
                        (0..half).flat_map(|i| subscription(name, &room(i), left(half, i))).collect();
                    (requests, replies)
                };
                let (join, joined) = in_turn("subscribe", b"SUBSCRIBE", |_, i| i + 1);
                let (leave, left) = in_turn("unsubscribe", b"UNSUBSCRIBE", |half, i| half - 1 - i);
                return ([join, leave].concat(), [joined, left].concat());
            }
        };
        (request.repeat(self.depth), reply.repeat(self.depth))
    }
}

fn key(connection: usize) -> Vec<u8> {
    format!("key:{connection:06}").into_bytes()
}

fn room(number: usize) -> Vec<u8> {
    format!("room:{number:06}").into_bytes()
}

struct Connection {
    stream: TcpStream,
    request: Vec<u8>,
    reply: Vec<u8>,
    sent: usize,
    position: usize,
    /// When the pipeline under way was sent.
    begun: Option<Instant>,
}

impl Connection {
    fn begin(&mut self, now: Instant) -> Result<()> {
        (self.sent, self.position, self.begun) = (0, 0, Some(now));
        push(&mut self.stream, &self.request, &mut self.sent)
    }
}

struct Running {
    depth: u64,
    exact: bool,
    poll: Poll,
    events: Events,
    connections: Vec<Connection>,
    _standing: Vec<std::net::TcpStream>,
    buffer: Vec<u8>,
}

impl Session for Running {
    /// Each connection works until the span is over, then finishes what it has begun.
    fn window(&mut self, span: Duration, _at_least: usize) -> Result<Window> {
        let mut window = Window::default();
        let end = Instant::now() + span;
        for connection in &mut self.connections {
            connection.begin(Instant::now())?;
        }
        let mut working = self.connections.len();
        while working > 0 {
            wait(&mut self.poll, &mut self.events)?;
            for event in &self.events {
                let connection = &mut self.connections[event.token().0];
                push(&mut connection.stream, &connection.request, &mut connection.sent)?;
                let Connection { stream, reply, position, .. } = connection;
                read_expected(stream, &mut self.buffer, reply, position, self.exact)?;
                if connection.position < connection.reply.len() {
                    continue;
                }
                let Some(begun) = connection.begun.take() else { continue };
                let now = Instant::now();
                window.record(begun, now);
                window.operations += self.depth;
                match now < end {
                    true => connection.begin(now)?,
                    false => working -= 1,
                }
            }
        }
        Ok(window)
    }
}
