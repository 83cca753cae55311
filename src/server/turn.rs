//! The end of a turn: what clients are owed is written, and closed clients are dropped. Whoever plays a turn calls it.
//!
//! Redis: `src/networking.c` (`handleClientsWithPendingWrites`, `writeToClient`, `sendReplyToClient`,
//! `freeClientsInAsyncFreeQueue`), called by `beforeSleep` in `src/server.c`.
//!
//! The bytes go to a [`Sink`]: the sockets of the event loop, or what a test, a fuzzer or the player of scenarios has in
//! their place. What is written to whom, how much of it, and in which order, is decided here, so that all of them have the
//! same turn.
//!
//! The share of a turn belongs here too, not to the loop: which client goes on and which one waits for the next turn is part
//! of the order of writes. A sink can only ask for another share ([`Sink::share`]), as the fuzzers do to meet its end often.

use super::persistence::disk::{Job, Outcome};
use super::{Server, Time};
use crate::base::ids::ClientKey;
use std::io;
use std::io::{ErrorKind, IoSlice};

/// Bytes written to one client in a turn before the others have theirs. Redis: `NET_MAX_WRITES_PER_EVENT`, 64 KB.
pub const WRITE_BYTES_PER_TURN: usize = 1 << 20;
/// Slices of one write: a `writev` of more is not faster.
const SLICES_PER_WRITE: usize = 64;

/// What takes the bytes that clients are owed.
pub trait Sink {
    /// Takes some of `slices`, which are the first of what the client is owed; returns how many bytes. Fewer than were
    /// offered, or `WouldBlock`: the client's socket is full, and [`Server::write_to_client`] is to be called when it has room.
    /// `Interrupted`: to be tried again. Any other error: the socket has failed.
    fn write(&mut self, client: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize>;

    /// The client has had its write: whether its socket is full, and room in it is awaited. An error: the socket cannot be
    /// watched, and has failed.
    fn watch_room(&mut self, _client: ClientKey, _full: bool) -> io::Result<()> {
        Ok(())
    }

    /// DEBUG SLEEP: nothing is done for so many milliseconds. Returns the time afterwards; None: it has not changed.
    fn sleep(&mut self, _millis: u64) -> Option<Time> {
        None
    }

    /// The client is no more, and its key may be given to another: its socket is to be dropped.
    fn closed(&mut self, client: ClientKey);

    /// The server asks something of the disk. Returns what became of it; None: [`Server::disk_done`] is to be called when it is
    /// done, though not from here. A sink without a disk forgets it: a server that is given none must not have `appendonly` or
    /// `save` set.
    fn start(&mut self, _job: Job) -> Option<Outcome> {
        None
    }

    /// How many bytes one client may be sent in a turn before the others have theirs.
    fn share(&self) -> usize {
        WRITE_BYTES_PER_TURN
    }
}

/// What is kept from one turn for the next.
#[derive(Default)]
pub(super) struct Turn {
    /// Clients that had their share, and may take more than was written.
    unwritten: Vec<ClientKey>,
    /// An empty list, for the next turn's pending writes.
    spare_list: Vec<ClientKey>,
}

impl Server {
    /// Ends the turn, when everything that has come was fed: goes on with the clients that had to wait, each for one share
    /// of a turn; then [`Server::write_pending`]. DEBUG SLEEP is waited for wherever it was asked for.
    // ANCHOR: end-turn
    pub fn end_turn(&mut self, sink: &mut impl Sink) {
        self.sleep_if_asked(sink);
        self.run_ready();
        self.sleep_if_asked(sink);
        self.end_turn_of_tracking();
        self.flush_append_only_file();
        self.go_on_with_shutdown();
        self.load_on();
        self.snapshot_step();
        self.hand_over_jobs(sink);
        self.write_pending(sink);
        self.end_flush();
    }

    /// Writes to each client what it is owed, in order, as much as the sink takes; drops the closed ones. This is all of the
    /// end of a turn in the midst of a busy script, where no waiting client goes on.
    pub fn write_pending(&mut self, sink: &mut impl Sink) {
        let spare_list = std::mem::take(&mut self.turn.spare_list);
        let mut pending = self.clients.take_pending_writes(spare_list);
        // Nothing is encoded any more in this turn. Before the writes: a client that finds its socket full keeps a part of
        // a chunk or copies it, according to the chunk's length, which must be final.
        self.clients.chunks.seal();
        let unwritten = std::mem::take(&mut self.turn.unwritten);
        let released = self.persistence.aof.hold.take_released();
        // The pending ones first: their order counts, and one of the others may be among them.
        for &client in pending.iter().chain(&unwritten).chain(&released) {
            self.write_to_client(client, sink);
        }
        pending.clear();
        self.turn.spare_list = pending;
        self.evict_clients();
        for client in self.free_closed() {
            self.persistence.aof.forget(client);
            sink.closed(client);
        }
    }
    // ANCHOR_END: end-turn

    /// Has the sink wait if a command was DEBUG SLEEP. To be called when a client was fed, so that the others wait too.
    pub fn sleep_if_asked(&mut self, sink: &mut impl Sink) {
        if let Some(millis) = self.take_sleep()
            && let Some(time) = sink.sleep(millis)
        {
            self.set_time(time);
        }
    }

    /// Clients that had their share of the turn and are owed more. While there is one, the next turn is due at once.
    pub fn unwritten(&self) -> &[ClientKey] {
        &self.turn.unwritten
    }

    /// Writes until the client is owed nothing, its socket is full, or it had its share. To be called when a full socket has
    /// room again; the end of a turn writes to all others. Redis: `writeToClient`.
    // ANCHOR: write
    pub fn write_to_client(&mut self, client: ClientKey, sink: &mut impl Sink) {
        self.hold_what_was_recorded();
        let mut total = 0;
        let full = loop {
            let most = self.persistence.aof.hold.room(client);
            let mut slices = [IoSlice::new(&[]); SLICES_PER_WRITE];
            let output = self.clients.get(client).map(|client| &client.output);
            let filled = output.map_or(0, |output| output.slices(&self.clients.chunks, most, &mut slices));
            if filled == 0 {
                break false;
            }
            let offered: usize = slices[..filled].iter().map(|slice| slice.len()).sum();
            match sink.write(client, &slices[..filled]) {
                Ok(count) => {
                    total += count;
                    self.persistence.aof.hold.sent(client, count);
                    if self.clients.wrote(client, count) {
                        break false;
                    }
                    if count < offered {
                        break true;
                    }
                    if total >= sink.share() {
                        return self.turn.unwritten.push(client);
                    }
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => break true,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return self.socket_failed(client, "writing", &error),
            }
        };
        if full {
            self.clients.block(client);
        }
        if let Err(error) = sink.watch_room(client, full) {
            self.socket_failed(client, "watching", &error);
        }
    }
    // ANCHOR_END: write
}

/// A sink in memory: what clients were sent, turn after turn. For tests, and for a server in another program.
#[derive(Default)]
pub struct Received {
    /// Each write, in order.
    pub writes: Vec<(ClientKey, Vec<u8>)>,
    /// The clients that were closed, in order.
    pub closed: Vec<ClientKey>,
    /// Clients whose sockets take only so many bytes more.
    pub room: Vec<(ClientKey, usize)>,
}

impl Received {
    /// Writes to a client all that it is owed, and returns it.
    pub fn from(server: &mut Server, client: ClientKey) -> Vec<u8> {
        let mut received = Received::default();
        server.write_to_client(client, &mut received);
        received.take(client)
    }

    /// Takes out what a client was sent.
    pub fn take(&mut self, client: ClientKey) -> Vec<u8> {
        let its = self.writes.extract_if(.., |(to, _)| *to == client);
        its.flat_map(|(_, bytes)| bytes).collect()
    }

    /// The clients that were written to, in order.
    pub fn order(&self) -> Vec<ClientKey> {
        let mut order: Vec<ClientKey> = self.writes.iter().map(|&(client, _)| client).collect();
        order.dedup();
        order
    }
}

impl Sink for Received {
    fn write(&mut self, client: ClientKey, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        let mut bytes: Vec<u8> = slices.iter().flat_map(|slice| slice.iter().copied()).collect();
        if let Some((_, room)) = self.room.iter_mut().find(|(limited, _)| *limited == client) {
            bytes.truncate(*room);
            *room -= bytes.len();
            if bytes.is_empty() {
                return Err(ErrorKind::WouldBlock.into());
            }
        }
        let count = bytes.len();
        self.writes.push((client, bytes));
        Ok(count)
    }

    fn closed(&mut self, client: ClientKey) {
        self.closed.push(client);
    }

    fn share(&self) -> usize {
        usize::MAX
    }
}
