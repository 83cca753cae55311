//! The page's thread: it accepts connections, drives each as far as its socket lets it, and hands to pages what the loop shows.
//!
//! Redis: none.

use super::aside::Tokens;
use super::connection::{Connection, Next};
use super::gate::Rules;
use super::line::{Answer, Ask, Id, PageEnd, Shown, Turn, line};
use super::operators::Operators;
use super::page::{Outcome, Page, Rights};
use super::tally::Tally;
use super::watcher::Watcher;
use super::{Looker, Teller};
use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};
use serde_json::json;
use slab::Slab;
use std::io;
use std::net::SocketAddr;
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc::TryRecvError;
use std::thread;
use std::time::{Duration, Instant};

/// The most connections.
const CONNECTIONS: usize = 64;
/// The most pages among them.
const PAGES: usize = 8;
/// Connections that are accepted before the others have their turn.
const ACCEPTED_AT_ONCE: usize = 32;
/// How long to wait when no connection can be accepted, or the loop has no room for an ask.
const RETRY: Duration = Duration::from_millis(100);

const LISTENER: Token = Token(usize::MAX);
const WAKER: Token = Token(usize::MAX - 1);
/// How many names of the poll each connection has: its socket, the two ends of its session, its console.
const PARTS: usize = 4;

/// The thread's state.
pub struct Service {
    poll: Poll,
    listener: TcpListener,
    rules: Rules,
    teller: Box<dyn Teller>,
    rights: Rights,
    guests: Slab<Guest>,
    next_id: Id,
    tally: Tally,
    operators: Operators,
    /// When accepting may be tried again.
    accept_at: Option<Instant>,
    /// Pages that are gone, of which the loop was not told: it had no room for the ask.
    gone: Vec<Id>,
}

/// A connection, in one of its two lives.
enum Guest {
    Connection(Box<Connection>),
    Page(Box<Page>),
}

impl Guest {
    /// Whether it is a page, or about to be one.
    fn is_page(&self) -> bool {
        match self {
            Guest::Connection(connection) => connection.is_granted_page(),
            Guest::Page(_) => true,
        }
    }
}

impl Service {
    /// A service without connections; it is not started yet.
    pub fn new(
        mut listener: TcpListener,
        rules: Rules,
        teller: Box<dyn Teller>,
        session: fn() -> Command,
        console: bool,
    ) -> io::Result<Service> {
        let poll = Poll::new()?;
        poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
        let rights = Rights { session, console };
        Ok(Service {
            poll,
            listener,
            rules,
            teller,
            rights,
            guests: Slab::new(),
            next_id: 1,
            tally: Tally::default(),
            operators: Operators::default(),
            accept_at: None,
            gone: Vec::new(),
        })
    }

    /// Starts the thread; it ends when what is returned is dropped.
    pub fn start(mut self, looker: Box<dyn Looker>, wakes_loop: Arc<Waker>) -> io::Result<Watcher> {
        let wakes_page = Arc::new(Waker::new(self.poll.registry(), WAKER)?);
        let (loop_end, page_end) = line(wakes_page, wakes_loop);
        let serve = move || {
            if let Err(error) = self.serve(&page_end) {
                tracing::error!(%error, "the live page has ended");
            }
        };
        thread::Builder::new().name("live".into()).spawn(serve)?;
        Ok(Watcher::new(loop_end, looker))
    }

    fn serve(&mut self, line: &PageEnd) -> io::Result<()> {
        let mut events = Events::with_capacity(256);
        let mut goes_on = Vec::new();
        loop {
            let timeout =
                if goes_on.is_empty() { self.timeout(Instant::now()) } else { Some(Duration::ZERO) };
            match self.poll.poll(&mut events, timeout) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                polled => polled?,
            }
            let now = Instant::now();
            let mut to_drive = std::mem::take(&mut goes_on);
            for event in &events {
                match event.token() {
                    LISTENER => self.accept_at = Some(now),
                    WAKER => {}
                    Token(token) => to_drive.push(token / PARTS),
                }
            }
            loop {
                match line.answers.try_recv() {
                    Ok(answer) => self.answered(line, answer, now),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return Ok(()),
                }
            }
            while let Ok(shown) = line.shown.try_recv() {
                self.show(line, shown, now);
            }
            self.gone.retain(|&id| line.ask(Ask::Rest(id)).is_err());
            to_drive.extend(self.due(now));
            to_drive.sort_unstable();
            to_drive.dedup();
            for place in to_drive {
                if self.drive(line, place, now) {
                    goes_on.push(place);
                }
            }
            if self.accept_at.is_some_and(|at| now >= at) {
                self.accept(line, now)?;
            }
        }
    }

    /// Until when nothing is due.
    fn timeout(&self, now: Instant) -> Option<Duration> {
        let guests = self.guests.iter().map(|(_, guest)| match guest {
            Guest::Connection(connection) => connection.until,
            Guest::Page(page) if page.has_view_to_tell() => now + RETRY,
            Guest::Page(page) => page.deadline(),
        });
        let gone = (!self.gone.is_empty()).then_some(now + RETRY);
        guests.chain(self.accept_at).chain(gone).min().map(|at| at.saturating_duration_since(now))
    }

    /// The guests for which something is due.
    fn due(&mut self, now: Instant) -> Vec<usize> {
        let due = |guest: &Guest| match guest {
            Guest::Connection(connection) => now >= connection.until,
            Guest::Page(page) => page.has_view_to_tell() || now >= page.deadline(),
        };
        self.guests.iter().filter(|(_, guest)| due(guest)).map(|(place, _)| place).collect()
    }

    /// Accepts the connections that wait.
    fn accept(&mut self, line: &PageEnd, now: Instant) -> io::Result<()> {
        self.accept_at = None;
        for _ in 0..ACCEPTED_AT_ONCE {
            match self.listener.accept() {
                Ok((stream, peer)) => self.begin(line, stream, peer, now),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(_) => {
                    // Most likely no file descriptor is left; the loop logs that.
                    self.accept_at = Some(now + RETRY);
                    return Ok(());
                }
            }
        }
        self.accept_at = Some(now);
        Ok(())
    }

    /// A connection was accepted. Where there are too many, the oldest that is no page makes room.
    fn begin(&mut self, line: &PageEnd, stream: TcpStream, peer: SocketAddr, now: Instant) {
        if self.guests.len() >= CONNECTIONS {
            let oldest = self.guests.iter().filter_map(|(place, guest)| match guest {
                Guest::Connection(connection) => Some((connection.id, place)),
                Guest::Page(_) => None,
            });
            let Some((_, place)) = oldest.min() else { return };
            self.remove(line, place);
        }
        let _ = stream.set_nodelay(true);
        // One that has gone already has no address.
        let Ok(mut connection) = Connection::new(self.next_id, stream, peer, now) else { return };
        self.next_id += 1;
        let entry = self.guests.vacant_entry();
        let (place, both) = (entry.key(), Interest::READABLE | Interest::WRITABLE);
        if self.poll.registry().register(connection.stream(), Token(place * PARTS), both).is_ok() {
            entry.insert(Guest::Connection(Box::new(connection)));
            self.drive(line, place, now);
        }
    }

    /// Has a guest go on. True: it has more to do.
    fn drive(&mut self, line: &PageEnd, place: usize, now: Instant) -> bool {
        match self.guests.get_mut(place) {
            None => false,
            Some(Guest::Connection(connection)) => {
                if now >= connection.until && connection.expire(now) {
                    self.remove(line, place);
                    return false;
                }
                let next = connection.drive(&self.rules, now);
                self.next(line, place, next, now);
                false
            }
            Some(Guest::Page(page)) => {
                let registry = self.poll.registry();
                let mut ask = |ask| line.ask(ask).is_ok();
                let tokens = tokens(place);
                let outcome = match page.drive(&self.rights, registry, &tokens, &mut ask, now) {
                    Outcome::Waits => page.tick(now),
                    outcome => outcome,
                };
                self.outcome(line, place, outcome, now)
            }
        }
    }

    /// Does what a connection has come to.
    fn next(&mut self, line: &PageEnd, place: usize, next: Next, now: Instant) {
        match next {
            Next::Wait => {}
            Next::Gone => self.remove(line, place),
            Next::Ask(ask) => {
                if line.ask(ask).is_err()
                    && let Some(Guest::Connection(connection)) = self.guests.get_mut(place)
                {
                    connection.refuse(503, "busy", false, now);
                    self.drive(line, place, now);
                }
            }
            Next::Page(request, rest) => {
                let Some(Guest::Connection(connection)) = self.guests.try_remove(place) else { return };
                let (id, local) = (connection.id, connection.local());
                let mut page = Page::new(id, connection.into_stream(), local, rest, request.credentials, now);
                let outcome = page.greet(&self.rights, now);
                // The place that was left a moment ago: the names that the poll knows are its.
                let entry = self.guests.vacant_entry();
                debug_assert_eq!(entry.key(), place);
                entry.insert(Guest::Page(Box::new(page)));
                if !self.outcome(line, place, outcome, now) {
                    self.drive(line, place, now);
                }
            }
        }
    }

    /// Does what a page has come to. True: it has more to do.
    fn outcome(&mut self, line: &PageEnd, place: usize, outcome: Outcome, now: Instant) -> bool {
        match outcome {
            Outcome::Waits => return false,
            Outcome::GoesOn => return true,
            Outcome::Gone => self.remove(line, place),
            Outcome::Ended => {
                if let Some(Guest::Page(page)) = self.guests.get_mut(place) {
                    let id = page.id;
                    self.leave(line, id);
                    let Some(Guest::Page(page)) = self.guests.try_remove(place) else { return false };
                    let (stream, local) = page.into_stream();
                    let entry = self.guests.vacant_entry();
                    debug_assert_eq!(entry.key(), place);
                    entry.insert(Guest::Connection(Box::new(Connection::lingering(id, stream, local, now))));
                    return true;
                }
            }
        }
        false
    }

    fn remove(&mut self, line: &PageEnd, place: usize) {
        if let Some(Guest::Page(page)) = self.guests.try_remove(place) {
            self.leave(line, page.id);
        }
    }

    /// A page is gone: the loop is to look no more for it. What was counted for pages goes with the last.
    fn leave(&mut self, line: &PageEnd, id: Id) {
        if line.ask(Ask::Rest(id)).is_err() {
            self.gone.push(id);
        }
        if self
            .guests
            .iter()
            .all(|(_, guest)| matches!(guest, Guest::Page(page) if page.id == id) || !guest.is_page())
        {
            (self.tally, self.operators) = (Tally::default(), Operators::default());
        }
    }

    /// The loop has answered an ask.
    fn answered(&mut self, line: &PageEnd, answer: Answer, now: Instant) {
        let id = answer.id();
        let place = self.guests.iter().find_map(|(place, guest)| match guest {
            Guest::Connection(connection) if connection.id == id => Some(place),
            _ => None,
        });
        // It may have given up.
        let Some(place) = place else { return };
        let pages = self.guests.iter().filter(|(_, guest)| guest.is_page()).count();
        if let Some(Guest::Connection(connection)) = self.guests.get_mut(place) {
            if connection.is_for_page() && pages >= PAGES {
                connection.refuse(503, "too many pages are open", false, now);
            }
            let next = connection.answered(answer, now);
            self.next(line, place, next, now);
            self.drive(line, place, now);
        }
    }

    /// Hands to the pages what the loop shows.
    fn show(&mut self, line: &PageEnd, shown: Shown, now: Instant) {
        match shown {
            Shown::Turns { turns, dropped } => self.show_turns(line, turns, dropped, now),
            Shown::Look { pages, looked, pause_us } => {
                let drawn = (looked.draw)();
                let look = json!({ "look": {
                    "picture": drawn.picture,
                    "state": drawn.state,
                    "sampled": drawn.sampled,
                    "of": drawn.of,
                    "pause_us": pause_us,
                }});
                let text = look.to_string();
                self.for_pages(line, now, |page| match pages.contains(&page.id) {
                    true => page.show(&text, now),
                    false => Outcome::Waits,
                });
            }
            Shown::Roster(roster) => {
                let text = self.operators.message(&roster, &self.tally).to_string();
                self.for_pages(line, now, |page| page.show(&text, now));
            }
        }
    }

    fn show_turns(&mut self, line: &PageEnd, turns: Vec<Turn>, mut dropped: u64, now: Instant) {
        self.tally.is_sampled |= dropped > 0;
        for Turn { time_ms, steps } in turns {
            steps.iter().for_each(|(step, _)| self.tally.count(step));
            let count = steps.len();
            let steps = json!(self.teller.tell(steps)).to_string();
            let left_out = std::mem::take(&mut dropped);
            self.for_pages(line, now, |page| page.show_turn(time_ms, count, &steps, left_out, now));
        }
        if dropped > 0 {
            self.for_pages(line, now, |page| page.show_turn(0, 0, "[]", dropped, now));
        }
    }

    fn for_pages(&mut self, line: &PageEnd, now: Instant, mut show: impl FnMut(&mut Page) -> Outcome) {
        let pages = self.guests.iter_mut().filter_map(|(place, guest)| match guest {
            Guest::Page(page) => Some((place, show(page))),
            Guest::Connection(_) => None,
        });
        let outcomes: Vec<(usize, Outcome)> = pages.collect();
        for (place, outcome) in outcomes {
            self.outcome(line, place, outcome, now);
        }
    }
}

/// The names of a page's parts.
fn tokens(place: usize) -> Tokens {
    let part = |part| Token(place * PARTS + part);
    Tokens { session: [part(1), part(2)], console: part(3) }
}
