//! The event loop: one thread moves bytes between sockets and the [`Server`].
//!
//! Redis: `src/ae.c` (`aeMain`, `aeProcessEvents`), `src/networking.c` (`acceptTcpHandler`,
//! `readQueryFromClient`, `handleClientsWithPendingWrites`), `src/server.c` (`beforeSleep`).
//!
//! Different on purpose: events are edge-triggered. A socket reports only what is new, so a read that stops before
//! the socket is drained must be remembered ([`Sockets::unread`]), and a write is not tried on a socket that is known
//! to be full. As in Redis, the poll is asked for room to write only while a client's socket is full: on a Unix socket
//! each read of the peer makes room, and would wake the server.

use super::disk::Disk;
use super::onlooker::Onlooker;
use super::signals::Watch;
use super::socket::{Listener, Stream};
use crate::base::ids::ClientKey;
use crate::server::persistence::disk::{Job, Outcome};
use crate::server::turn::Sink;
use crate::server::{Server, Time};
use mio::{Events, Interest, Poll, Token, Waker};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::io::{ErrorKind, IoSlice};
use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Bytes read from one client in a turn. Redis: `PROTO_IOBUF_LEN`.
const READ_BYTES_PER_TURN: usize = 16 * 1024;
/// The same for a client that is in the middle of a long word: it takes fewer turns, and nothing is executed.
const LONG_READ_BYTES_PER_TURN: usize = 256 * 1024;
/// Connections accepted in a turn. Redis: `MAX_ACCEPTS_PER_CALL`.
pub(super) const ACCEPTS_PER_TURN: usize = 1000;
/// Clients' tokens count up from 0. All listeners have one: each is asked whether somebody waits.
const SIGNALS: Token = Token(usize::MAX);
pub(super) const LISTENERS: Token = Token(usize::MAX - 1);
/// A thread has something to tell: the disk's, or whoever else was given [`EventLoop::waker`].
const WAKER: Token = Token(usize::MAX - 2);
const READABLE_AND_WRITABLE: Interest = Interest::READABLE.add(Interest::WRITABLE);
/// Milliseconds to wait before accepting again when the process has no file descriptor left.
pub(super) const ACCEPT_RETRY_MS: u64 = 100;

/// The loop and what belongs to it.
pub struct EventLoop {
    server: Server,
    /// Shared with the function that serves others while a script runs for too long.
    sockets: Rc<RefCell<Sockets>>,
    buffer: Box<[u8]>,
    waker: Arc<Waker>,
    onlooker: Option<Box<dyn Onlooker>>,
}

/// Everything but the server: what it may not touch.
pub(super) struct Sockets {
    pub(super) poll: Poll,
    pub(super) events: Events,
    pub(super) listeners: Vec<Listener>,
    pub(super) signals: Watch,
    /// The connection of each client, at its key.
    pub(super) connections: Vec<Option<Connection>>,
    /// Clients whose sockets may hold more than was read; each stands here once.
    pub(super) unread: Vec<ClientKey>,
    /// Those of them whose turn it is. Not a list of the loop's own: a script may begin in the middle of it, and the others
    /// are to be served meanwhile.
    pub(super) due: VecDeque<ClientKey>,
    /// Whether a listener may hold more than was accepted.
    pub(super) unaccepted: bool,
    /// The millisecond from which on accepting may be tried again; 0 unless no file descriptor was left.
    pub(super) accept_again_ms: u64,
    pub(super) started: Instant,
    disk: Disk,
    /// Whether a thread of the disk has something to tell that the server has not been told.
    disk_tells: bool,
}

/// A client's socket and what the loop has to remember of it.
pub(super) struct Connection {
    stream: Stream,
    /// Whether the client stands in [`Sockets::unread`] or [`Sockets::due`].
    unread: bool,
    /// The peer sends no more: behind the last bytes, however few, the end is still to be read, and no
    /// event will tell again.
    ended: bool,
    /// Whether the poll is asked for room to write: from the write that found the socket full until all is written.
    wants_room: bool,
}

impl Connection {
    pub(super) fn new(stream: Stream) -> Connection {
        Connection { stream, unread: false, ended: false, wants_room: false }
    }
}

impl EventLoop {
    /// Registers everything; nothing is served until [`EventLoop::run`].
    pub fn new(server: Server, mut listeners: Vec<Listener>, mut signals: Watch) -> io::Result<EventLoop> {
        let poll = Poll::new()?;
        poll.registry().register(&mut signals.signals, SIGNALS, Interest::READABLE)?;
        for listener in &mut listeners {
            poll.registry().register(listener.source(), LISTENERS, Interest::READABLE)?;
        }
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        let disk = Disk::start(Path::new("."), waker.clone())?;
        let sockets = Sockets {
            poll,
            events: Events::with_capacity(1024),
            listeners,
            signals,
            connections: Vec::new(),
            unread: Vec::new(),
            due: VecDeque::new(),
            unaccepted: false,
            accept_again_ms: 0,
            started: Instant::now(),
            disk,
            disk_tells: false,
        };
        Ok(EventLoop {
            server,
            sockets: Rc::new(RefCell::new(sockets)),
            buffer: vec![0; LONG_READ_BYTES_PER_TURN].into(),
            waker,
            onlooker: None,
        })
    }

    /// Wakes the loop from another thread: its next turn is due at once.
    pub fn waker(&self) -> Arc<Waker> {
        self.waker.clone()
    }

    /// Has somebody look at the server at the end of each turn.
    pub fn set_onlooker(&mut self, onlooker: Box<dyn Onlooker>) {
        self.onlooker = Some(onlooker);
    }

    /// Serves until somebody ends it, or what was to be loaded cannot be ([`EventLoop::load_failure`]). `ready` is called when all
    /// is loaded. Each turn:
    ///
    /// 1. sleep until a socket has something to tell, or something is due;
    /// 2. tell the server what time it is: it does what is due; and what became of what it asked of the disk;
    /// 3. write to those whose sockets have room again, then read once from each that has something;
    /// 4. accept;
    /// 5. before sleeping, [`Server::end_turn`]: go on with clients that had more than one turn's share, write to each client
    ///    what it is owed, drop the closed ones;
    /// 6. let the [`Onlooker`] look, if there is one.
    ///
    /// SHUTDOWN and signals end the loop here.
    // ANCHOR: main-loop
    pub fn run(&mut self, ready: impl FnOnce()) -> io::Result<()> {
        let Self { server, sockets, buffer, onlooker, .. } = self;
        let others = sockets.clone();
        server.set_while_busy(Box::new(move |server| serve_others(&others, server)));
        let listening = sockets.clone();
        server.set_listen(Box::new(move |config| listening.borrow_mut().listen(config)));
        server.start_loading();
        let mut ready = Some(ready);
        loop {
            if server.load_failure().is_some() {
                return Ok(());
            }
            if !server.is_loading()
                && let Some(ready) = ready.take()
            {
                ready();
            }
            let looks_again = onlooker.as_ref().and_then(|onlooker| onlooker.deadline());
            let timeout = sockets.borrow().timeout(server, looks_again);
            if !sockets.borrow_mut().wait(timeout)? {
                continue;
            }
            let woken = Instant::now();
            let now = sockets.borrow().now();
            server.set_time(now);
            server.stats.cycles += 1;
            sockets.borrow_mut().dispatch_events(server);
            sockets.borrow_mut().tell_of_disk(server);
            // One read for each client and turn: what it has asked is answered before its end can be read.
            read_all(sockets, server, buffer);
            sockets.borrow_mut().accept_if_asked(server);
            server.end_turn(&mut Shared(sockets));
            if let Some(onlooker) = onlooker {
                onlooker.end_turn(server);
                sockets.borrow_mut().take_in(onlooker.as_mut(), server);
            }
            server.stats.loop_us += woken.elapsed().as_micros() as u64;
            sockets.borrow_mut().signals.end_turn(server);
            if server.wants_shutdown() {
                return Ok(());
            }
        }
    }
    // ANCHOR_END: main-loop

    /// Why the server could not start.
    pub fn load_failure(&self) -> Option<&str> {
        self.server.load_failure()
    }

    /// The last lines of the log about clients. To be called when [`EventLoop::run`] has returned.
    pub fn end(&mut self) {
        self.server.end();
    }
}

/// A turn for everybody but the client whose script runs, and has been running for too long. The time stands still for
/// the server meanwhile, as it does for a script. Redis: `processEventsWhileBlocked`.
fn serve_others(sockets: &RefCell<Sockets>, server: &mut Server) {
    match sockets.borrow_mut().wait(Some(Duration::ZERO)) {
        Ok(true) => {}
        Ok(false) => return,
        Err(error) => return tracing::warn!(%error, "polling while a script runs"),
    }
    let mut buffer = [0; READ_BYTES_PER_TURN];
    sockets.borrow_mut().dispatch_events(server);
    read_all(sockets, server, &mut buffer);
    let mut sockets = sockets.borrow_mut();
    sockets.accept_if_asked(server);
    server.write_pending(&mut *sockets);
}

impl Sockets {
    /// Step 1. False: a signal came, which is nothing yet.
    fn wait(&mut self, timeout: Option<Duration>) -> io::Result<bool> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == ErrorKind::Interrupted => Ok(false),
            other => other.map(|()| true),
        }
    }

    /// Writes to those whose sockets have room again, notes who is to be read from.
    fn dispatch_events(&mut self, server: &mut Server) {
        let events = std::mem::replace(&mut self.events, Events::with_capacity(0));
        for event in &events {
            match event.token() {
                SIGNALS => {
                    self.signals.dispatch(server);
                }
                LISTENERS => self.unaccepted = true,
                WAKER => self.disk_tells = true,
                Token(token) => {
                    let key = ClientKey::at(token);
                    if event.is_writable() {
                        server.write_to_client(key, self);
                    }
                    if event.is_readable() || event.is_error() {
                        self.read_next(key, event.is_read_closed());
                    }
                }
            }
        }
        self.events = events;
    }

    /// How long step 1 may sleep: not at all if somebody was not finished with.
    fn timeout(&self, server: &Server, looks_again: Option<u64>) -> Option<Duration> {
        if !self.unread.is_empty() || !server.unwritten().is_empty() || server.has_ready() || self.disk_tells
        {
            return Some(Duration::ZERO);
        }
        let accept = (self.unaccepted && server.lets_clients_in()).then_some(self.accept_again_ms);
        let deadline = [accept, server.deadline(), looks_again].into_iter().flatten().min()?;
        let now = self.started.elapsed().as_millis() as u64;
        Some(Duration::from_millis(deadline.saturating_sub(now)))
    }

    /// Tells the server what its threads have done on the disk since the last turn. Not while a script runs: then the news
    /// wait for the turn after it.
    fn tell_of_disk(&mut self, server: &mut Server) {
        self.disk_tells = false;
        while let Some((id, result)) = self.disk.next_told() {
            server.disk_done(id, result);
        }
    }

    fn now(&self) -> Time {
        let unix = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time { unix_micros: unix.as_micros() as u64, millis: self.started.elapsed().as_millis() as u64 }
    }

    /// The client's socket, if it has one.
    fn connection(&mut self, client: ClientKey) -> Option<&mut Connection> {
        self.connections.get_mut(client.place())?.as_mut()
    }

    /// The client's socket may hold something, and after that, if it has `ended`, the end.
    fn read_next(&mut self, key: ClientKey, ended: bool) {
        let Some(connection) = self.connection(key) else { return };
        connection.ended |= ended;
        if !std::mem::replace(&mut connection.unread, true) {
            self.unread.push(key);
        }
    }
}

/// What the server writes to, at the end of its turn and where there is room again.
// ANCHOR: sink
impl Sink for Sockets {
    fn write(&mut self, client: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        match self.connection(client) {
            Some(connection) => connection.stream.write(slices),
            None => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// Has the poll report room in a socket while it is full.
    fn watch_room(&mut self, client: ClientKey, full: bool) -> io::Result<()> {
        let Some(connection) = self.connections.get_mut(client.place()).and_then(Option::as_mut) else {
            return Ok(());
        };
        if std::mem::replace(&mut connection.wants_room, full) == full {
            return Ok(());
        }
        // The poll looks at the socket now: room that came since the write is reported too.
        let interest = if full { READABLE_AND_WRITABLE } else { Interest::READABLE };
        self.poll.registry().reregister(connection.stream.source(), Token(client.place()), interest)
    }

    fn start(&mut self, job: Job) -> Option<Outcome> {
        self.disk.begin(job)
    }

    fn closed(&mut self, client: ClientKey) {
        // Dropping a stream closes it, and closing takes it off the poll.
        self.connections[client.place()] = None;
    }
}
// ANCHOR_END: sink

/// The sockets for the time of a turn's end: they are free between two writes, since a script that goes on there may have
/// other clients served.
struct Shared<'a>(&'a RefCell<Sockets>);

impl Sink for Shared<'_> {
    fn write(&mut self, client: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.borrow_mut().write(client, slices)
    }

    fn watch_room(&mut self, client: ClientKey, full: bool) -> io::Result<()> {
        self.0.borrow_mut().watch_room(client, full)
    }

    fn sleep(&mut self, millis: u64) -> Option<Time> {
        std::thread::sleep(Duration::from_millis(millis));
        Some(self.0.borrow().now())
    }

    fn start(&mut self, job: Job) -> Option<Outcome> {
        self.0.borrow_mut().start(job)
    }

    fn closed(&mut self, client: ClientKey) {
        self.0.borrow_mut().closed(client);
    }
}

/// Reads once from each client that may have sent something. Whoever has to be read again is so in the next turn.
fn read_all(sockets: &RefCell<Sockets>, server: &mut Server, buffer: &mut [u8]) {
    let next = || {
        let mut sockets = sockets.borrow_mut();
        sockets.due.pop_front()
    };
    let unread = std::mem::take(&mut sockets.borrow_mut().unread);
    sockets.borrow_mut().due.extend(unread);
    while let Some(key) = next() {
        read(sockets, server, key, buffer);
    }
}

/// Reads once from a client and has the server execute what has come. A read that does not fill the
/// buffer has drained the socket; else the client is read again in the next turn. So is one that has
/// requests to be executed first: the rest of its pipeline waits in the kernel, and its sender there.
// ANCHOR: read
fn read(sockets: &RefCell<Sockets>, server: &mut Server, key: ClientKey, buffer: &mut [u8]) {
    let received = sockets.borrow_mut().receive(server, key, buffer);
    let Some((count, more)) = received else { return };
    // The sockets are free meanwhile: a script that this runs may have others served.
    server.feed(key, &buffer[..count]);
    if more {
        sockets.borrow_mut().read_next(key, false);
    }
    server.sleep_if_asked(&mut Shared(sockets));
}

impl Sockets {
    /// How many bytes have come from a client, and whether there may be more; None: it is not to be fed now.
    fn receive(&mut self, server: &mut Server, key: ClientKey, buffer: &mut [u8]) -> Option<(usize, bool)> {
        let connection = self.connections.get_mut(key.place())?.as_mut()?;
        connection.unread = false;
        if server.is_ready(key) || server.script_of() == Some(key) {
            self.read_next(key, false);
            return None;
        }
        let room = if server.wants_long_read(key) { LONG_READ_BYTES_PER_TURN } else { READ_BYTES_PER_TURN }
            .min(buffer.len());
        match connection.stream.read(&mut buffer[..room]) {
            Ok(0) => server.disconnect(key),
            Ok(count) => return Some((count, count == room || connection.ended)),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => self.read_next(key, false),
            Err(error) => server.socket_failed(key, "reading", &error),
        }
        None
    }
}
// ANCHOR_END: read
