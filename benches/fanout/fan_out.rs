//! The fan-out load: one publisher sends a pipeline of publishes, many subscribers read and check every byte; when all
//! have all, the next pipeline goes out.

use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};

use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use socket2::Socket;

use crate::Result;
use crate::crowd::Crowd;
use crate::floor::Role;
use crate::load::{READ_BUFFER, Session, Window, push, read_expected, wait};
use crate::server::{Over, Server, ask};
use crate::wire::{self, Batch};

/// The shape of a fan-out.
#[derive(Clone, Copy)]
pub struct FanOut {
    pub subscribers: usize,
    /// Publishes in one write of the publisher.
    pub depth: usize,
    /// Bytes of a message.
    pub payload: usize,
    pub channels: usize,
    /// Channels of each subscriber, spread evenly over all.
    pub channels_each: usize,
    /// Connections that do nothing.
    pub idle: usize,
    /// One more subscriber, who never reads.
    pub stuck: bool,
    /// How the publisher and the subscribers are connected.
    pub over: Over,
    /// Subscribers read only when the publisher has all its replies.
    pub late: bool,
}

impl FanOut {
    /// The plain shape: everybody on one channel.
    pub const fn one_channel(subscribers: usize, depth: usize, payload: usize) -> FanOut {
        FanOut {
            subscribers,
            depth,
            payload,
            channels: 1,
            channels_each: 1,
            idle: 0,
            stuck: false,
            over: Over::Tcp,
            late: false,
        }
    }

    fn channels_of(self, subscriber: usize) -> Vec<usize> {
        let stride = self.channels / self.channels_each;
        (0..self.channels_each).map(|k| (subscriber + k * stride) % self.channels).collect()
    }

    /// Enough pipelines that each channel has its turn, in an order that does not follow the subscribers'.
    fn batches(self) -> Vec<Batch> {
        if self.channels == 1 {
            return vec![Batch::new(&vec![0; self.depth], self.payload, 1, |_| vec![0])];
        }
        let mut listeners = vec![Vec::new(); self.channels];
        for subscriber in 0..self.subscribers {
            for channel in self.channels_of(subscriber) {
                listeners[channel].push(subscriber);
            }
        }
        (0..self.channels.div_ceil(self.depth))
            .map(|batch| {
                let first = batch * self.depth;
                let channels: Vec<usize> =
                    (first..first + self.depth).map(|i| i * 7919 % self.channels).collect();
                Batch::new(&channels, self.payload, self.subscribers, |channel| listeners[channel].clone())
            })
            .collect()
    }

    /// Connects and subscribes everybody.
    pub fn connect(self, server: &Server) -> Result<Box<dyn Session>> {
        let poll = Poll::new()?;
        let exact = !server.is_floor();
        let crowd = if self.idle > 0 { Some(Crowd::gather(server, self.idle)?) } else { None };
        let mut subscribers = Vec::new();
        for index in 0..self.subscribers {
            let stream = self.subscribe(server, index)?;
            stream.set_nonblocking(true)?;
            poll.registry().register(&mut SourceFd(&stream.as_raw_fd()), Token(index), Interest::READABLE)?;
            subscribers.push(Subscriber {
                stream,
                group: if self.channels == 1 { 0 } else { index },
                position: 0,
            });
        }
        let stuck = if self.stuck { Some(self.subscribe(server, 0)?) } else { None };

        let batches = self.batches();
        let readers = self.subscribers * self.channels_each / self.channels + usize::from(self.stuck);
        let reply = format!(":{readers}\r\n").into_bytes();
        let mut publisher = server.connect_over(self.over)?;
        if server.is_floor() {
            let request = batches[0].request.len() / self.depth;
            let name = wire::channel(0);
            let role = Role::Publisher {
                request,
                delivery: wire::message(&name, &vec![0; self.payload]).len(),
                reply: reply.len(),
                // The digits of the name follow the head of the command and the name's first letter.
                digits: if self.channels == 1 {
                    0
                } else {
                    wire::command(&[b"PUBLISH", &name]).len() - 2 - 6
                },
            };
            ask(&mut publisher, &role.hello(), b"+OK\r\n", true)?;
        }
        publisher.set_nonblocking(true)?;
        let both = Interest::READABLE | Interest::WRITABLE;
        poll.registry().register(&mut SourceFd(&publisher.as_raw_fd()), Token(self.subscribers), both)?;
        Ok(Box::new(Running {
            shape: self,
            exact,
            poll,
            events: Events::with_capacity(1024),
            publisher,
            subscribers,
            _bystanders: (crowd, stuck),
            batches,
            used: 0,
            sequence: 0,
            readers,
            stuck_closed_after: None,
            buffer: vec![0; READ_BUFFER],
        }))
    }

    fn subscribe(self, server: &Server, index: usize) -> Result<Socket> {
        let mut stream = server.connect_over(self.over)?;
        let channels = self.channels_of(index);
        if server.is_floor() {
            ask(&mut stream, &Role::Subscriber { channels }.hello(), b"+OK\r\n", true)?;
        } else {
            let names: Vec<Vec<u8>> = channels.into_iter().map(wire::channel).collect();
            subscribe(&mut stream, &names)?;
        }
        Ok(stream)
    }
}

/// SUBSCRIBE to all names in one command, and its replies checked.
pub fn subscribe(stream: &mut (impl Read + Write), names: &[Vec<u8>]) -> Result<()> {
    let mut words: Vec<&[u8]> = vec![b"SUBSCRIBE"];
    words.extend(names.iter().map(Vec::as_slice));
    let replies: Vec<u8> =
        names.iter().enumerate().flat_map(|(i, name)| wire::subscription("subscribe", name, i + 1)).collect();
    ask(stream, &wire::command(&words), &replies, true)
}

struct Subscriber {
    stream: Socket,
    /// Which of the batch's byte strings it must receive.
    group: usize,
    position: usize,
}

struct Running {
    shape: FanOut,
    /// The floor's bytes say nothing; of them only the number counts.
    exact: bool,
    poll: Poll,
    events: Events,
    publisher: Socket,
    subscribers: Vec<Subscriber>,
    /// Kept open, never read: the idle and the stuck.
    _bystanders: (Option<Crowd>, Option<Socket>),
    batches: Vec<Batch>,
    used: usize,
    /// The number of the next message.
    sequence: u64,
    /// How many subscribers each publish must report.
    readers: usize,
    /// The number of the first message that the stuck subscriber was no longer there for.
    stuck_closed_after: Option<u64>,
    buffer: Vec<u8>,
}

impl Session for Running {
    fn window(&mut self, span: Duration, at_least: usize) -> Result<Window> {
        let mut window = Window::default();
        let begin = Instant::now();
        let mut done = 0;
        while done < at_least || begin.elapsed() < span {
            self.exchange(&mut window)?;
            done += 1;
        }
        Ok(window)
    }

    fn note(&self) -> Option<String> {
        if !self.shape.stuck {
            return None;
        }
        let size = self.shape.payload as u64;
        Some(match self.stuck_closed_after {
            Some(count) => format!("stuck reader closed after {} MiB", (count * size) >> 20),
            None => format!("stuck reader still there after {} MiB", (self.sequence * size) >> 20),
        })
    }
}

impl Running {
    /// One pipeline: out, and in at everybody.
    fn exchange(&mut self, window: &mut Window) -> Result<()> {
        let index = self.used % self.batches.len();
        let batch = &mut self.batches[index];
        batch.stamp(self.sequence);
        let mut waiting = 0;
        for subscriber in &mut self.subscribers {
            subscriber.position = 0;
            waiting += usize::from(!batch.expected[subscriber.group].is_empty());
            window.operations += batch.messages[subscriber.group] as u64;
        }
        let reply = format!(":{}\r\n", self.readers).repeat(self.shape.depth).into_bytes();
        let mut replies = 0;
        let mut answered = Vec::new();
        let mut sent = 0;
        let publisher = Token(self.shape.subscribers);
        let begin = Instant::now();
        push(&mut self.publisher, &batch.request, &mut sent)?;
        let mut read = |subscriber: &mut Subscriber, buffer: &mut [u8]| -> Result<usize> {
            let expected = &batch.expected[subscriber.group];
            let before = subscriber.position;
            let (stream, position) = (&mut subscriber.stream, &mut subscriber.position);
            read_expected(stream, buffer, expected, position, self.exact)?;
            let done = *position == expected.len() && before < expected.len();
            if done {
                window.record(begin, Instant::now());
            }
            Ok(usize::from(done))
        };
        while waiting > 0 || replies < reply.len() {
            wait(&mut self.poll, &mut self.events)?;
            for event in &self.events {
                if event.token() == publisher {
                    push(&mut self.publisher, &batch.request, &mut sent)?;
                    let before = replies;
                    // Compared below, because a stuck subscriber's end changes the count.
                    read_expected(&mut self.publisher, &mut self.buffer, &reply, &mut replies, false)?;
                    answered.extend_from_slice(&self.buffer[..replies - before]);
                    if self.shape.late && before < replies && replies == reply.len() {
                        for subscriber in &mut self.subscribers {
                            waiting -= read(subscriber, &mut self.buffer)?;
                        }
                    }
                } else if !self.shape.late || replies == reply.len() {
                    waiting -= read(&mut self.subscribers[event.token().0], &mut self.buffer)?;
                }
            }
        }
        if self.exact {
            self.check_replies(&answered)?;
        }
        self.used += 1;
        self.sequence += self.shape.depth as u64;
        Ok(())
    }

    fn check_replies(&mut self, answered: &[u8]) -> Result<()> {
        let text = std::str::from_utf8(answered)?;
        for (index, line) in text.split_terminator("\r\n").enumerate() {
            let count: usize = line.strip_prefix(':').unwrap_or(line).parse()?;
            if self.shape.stuck && self.stuck_closed_after.is_none() && count + 1 == self.readers {
                self.stuck_closed_after = Some(self.sequence + index as u64);
                self.readers -= 1;
            }
            if count != self.readers {
                return Err(format!("PUBLISH reported {count} receivers of {}", self.readers).into());
            }
        }
        Ok(())
    }
}
