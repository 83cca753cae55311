//! Looks at the server at the end of each turn, for the pages that are open: in the loop's thread, and never for long.
//!
//! Redis: none.
//!
//! Without a page this is a few comparisons a turn. With one, the steps of each turn are taken, and at most ten times a second
//! they are handed over, together with a copy of a bounded part of the server's memory, and once a second with what operators ask. Steps
//! are bounded in number from one hand-over to the next ([`STEPS`]); what the queue has no room for is dropped. While steps
//! are taken there are no bursts (`src/client/deliver.rs`); when there is no room for more, there are again.

use super::Looker;
use super::budget::Budget;
use super::figures::Figures;
use super::line::{Answer, Ask, Id, LoopEnd, Shown, Turn};
use super::message::View;
use super::names::Names;
use super::roster::{Lags, MOST_CLOSED, Roster};
use crate::server::Server;
use crate::steps::Tap;
use std::collections::VecDeque;
use std::os::unix::net::UnixStream;
use std::time::Instant;

/// Milliseconds from one hand-over to the next, at least.
const PERIOD_MS: u64 = 100;
/// Milliseconds from one answer to operators to the next.
const OPERATORS_MS: u64 = 1000;
/// Steps that are taken from one hand-over to the next: more than a person reads in a minute.
pub(super) const STEPS: usize = 1000;

/// The loop's side of the page.
pub struct Watcher {
    line: LoopEnd,
    looker: Box<dyn Looker>,
    budget: Budget,
    pages: Vec<(Id, View)>,
    /// What belongs to pages that watch; None: none does.
    watch: Option<Watch>,
    /// Connections that the loop is to serve.
    clients: VecDeque<(Id, UnixStream)>,
    /// Whether the server keeps the clients that were closed last.
    keeps_closed: bool,
    dropped: u64,
    longest_us: u64,
    /// The numbers that were asked for last, and the millisecond at which they were taken.
    figures: Option<(u64, Figures)>,
}

/// What is there while a page watches.
struct Watch {
    tap: Tap,
    names: Names,
    /// Turns that were not handed over, and how many steps were left out of them.
    turns: Vec<Turn>,
    left_out: u64,
    /// Which of the pages are to be shown a picture.
    is_due: Vec<bool>,
    /// The look at which each was shown one last, and how many looks there were.
    shown_at: Vec<u64>,
    looks: u64,
    lags: Lags,
    /// When the next hand-over may be, in the server's milliseconds, and the next answer to operators.
    next_ms: u64,
    next_operators_ms: u64,
}

impl Watcher {
    pub(super) fn new(line: LoopEnd, looker: Box<dyn Looker>) -> Watcher {
        Watcher {
            line,
            looker,
            budget: Budget::default(),
            pages: Vec::new(),
            watch: None,
            clients: VecDeque::new(),
            keeps_closed: false,
            dropped: 0,
            longest_us: 0,
            figures: None,
        }
    }

    /// Looks at so many elements in one go, whatever time it takes: for tests.
    pub fn with_budget(mut self, budget: Budget) -> Watcher {
        self.budget = budget;
        self
    }

    /// A turn has ended.
    pub fn end_turn(&mut self, server: &mut Server) {
        if !self.keeps_closed {
            self.keeps_closed = true;
            server.clients.log.keep_last(MOST_CLOSED);
        }
        if self.line.has_asks() {
            self.answer(server);
        }
        if self.watch.is_some() {
            self.look_on(server);
        }
    }

    /// The server's millisecond at which a turn is due for the pages; None: never.
    pub fn deadline(&self) -> Option<u64> {
        let watch = self.watch.as_ref()?;
        Some(if watch.has_news() {
            watch.next_ms.min(watch.next_operators_ms)
        } else {
            watch.next_operators_ms
        })
    }

    /// The next connection that the loop is to serve, and what its client's address is to be.
    pub fn next_client(&mut self) -> Option<(UnixStream, String)> {
        self.clients.pop_front().map(|(id, stream)| (stream, format!("live:{id}")))
    }

    fn answer(&mut self, server: &mut Server) {
        while let Some(ask) = self.line.next_ask() {
            match ask {
                Ask::Watch(id, view) => self.watch(id, view, server),
                Ask::Rest(id) => self.rest(id),
                Ask::Admit { id, is_local, credentials } => {
                    let credentials = credentials.as_ref().map(|(user, password)| (&user[..], &password[..]));
                    self.line.answer(Answer::Admission(id, server.admit(is_local, credentials)));
                }
                Ask::Figures(id) => {
                    let figures = Box::new(self.figures(server));
                    self.line.answer(Answer::Figures(id, figures));
                }
                Ask::Health(id) => self.line.answer(Answer::Health(id, server.is_loading())),
                Ask::Client(id, stream) => self.clients.push_back((id, stream)),
            }
        }
    }

    fn watch(&mut self, id: Id, view: View, server: &Server) {
        let watch = self.watch.get_or_insert_with(|| Watch::begin(server));
        match self.pages.iter().position(|(page, _)| *page == id) {
            Some(at) => {
                self.pages[at].1 = view;
                watch.is_due[at] = true;
            }
            None => {
                self.pages.push((id, view));
                watch.is_due.push(true);
                watch.shown_at.push(0);
                watch.next_operators_ms = 0;
            }
        }
    }

    fn rest(&mut self, id: Id) {
        if let Some(at) = self.pages.iter().position(|(page, _)| *page == id) {
            self.pages.remove(at);
            match &mut self.watch {
                Some(watch) if !self.pages.is_empty() => {
                    watch.is_due.remove(at);
                    watch.shown_at.remove(at);
                }
                watch => *watch = None,
            }
        }
    }

    /// The numbers of this moment, or of one in the same period: they take longer the more clients there are, and may be
    /// asked for again and again.
    fn figures(&mut self, server: &Server) -> Figures {
        let now = server.time.millis;
        let (taken_ms, figures) =
            self.figures.take().filter(|(taken_ms, _)| now < taken_ms + PERIOD_MS).unwrap_or_else(|| {
                let own = Figures {
                    pages: self.pages.len() as u64,
                    steps_dropped_total: self.dropped,
                    longest_look_us: self.longest_us,
                    ..Figures::of(server)
                };
                (now, own)
            });
        self.figures = Some((taken_ms, figures.clone()));
        figures
    }

    /// Takes the steps of the turn, and hands over if it is time.
    fn look_on(&mut self, server: &Server) {
        let Some(watch) = &mut self.watch else { return };
        let now = server.time.millis;
        let (steps, left_out) = watch.tap.take();
        if !steps.is_empty() || left_out > 0 {
            watch.left_out += left_out;
            self.dropped += left_out;
            watch.is_due.fill(true);
        }
        if !steps.is_empty() {
            let steps = watch.names.name(steps, server);
            watch.turns.push(Turn { time_ms: server.time.unix_micros / 1000, steps });
        }
        if now >= watch.next_ms && watch.has_news() {
            watch.next_ms = now + PERIOD_MS;
            watch.tap.allow(STEPS);
            self.hand_over(server);
        }
        let Some(watch) = &mut self.watch else { return };
        if now >= watch.next_operators_ms {
            watch.next_operators_ms = now + OPERATORS_MS;
            let began = Instant::now();
            let mut roster = Roster::of(server, &mut watch.lags);
            roster.pause_us = began.elapsed().as_micros() as u64;
            self.longest_us = self.longest_us.max(roster.pause_us);
            // Without room for it there is another in a second.
            self.line.show(Shown::Roster(Box::new(roster)));
        }
    }

    /// Hands over the steps, and what the next page in turn is to see.
    fn hand_over(&mut self, server: &Server) {
        let Some(watch) = &mut self.watch else { return };
        let (turns, dropped) = (std::mem::take(&mut watch.turns), std::mem::take(&mut watch.left_out));
        let shown = Shown::Turns { turns, dropped };
        if let Some(Shown::Turns { turns, dropped }) = self.line.show(shown) {
            let lost: usize = turns.iter().map(|turn| turn.steps.len()).sum();
            self.dropped += lost as u64;
            watch.left_out = dropped + lost as u64;
        }
        // One view in a period, and each in its turn: the one that was not shown for longest.
        let due = (0..watch.is_due.len()).filter(|&at| watch.is_due[at]);
        let Some(at) = due.min_by_key(|&at| watch.shown_at[at]) else { return };
        let Some((_, view)) = self.pages.get(at) else { return };
        let began = Instant::now();
        let looked = self.looker.look(server, view, self.budget.elements());
        let pause_us = began.elapsed().as_micros() as u64;
        self.longest_us = self.longest_us.max(pause_us);
        self.budget.took(looked.elements, pause_us);
        watch.looks += 1;
        let mut pages = Vec::new();
        for (at, (id, other)) in self.pages.iter().enumerate() {
            if other == view {
                pages.push(*id);
                watch.is_due[at] = false;
                watch.shown_at[at] = watch.looks;
            }
        }
        self.line.show(Shown::Look { pages, looked, pause_us });
    }
}

impl Watch {
    fn begin(server: &Server) -> Watch {
        let tap = Tap::open();
        tap.allow(STEPS);
        Watch {
            tap,
            names: Names::of(server),
            turns: Vec::new(),
            left_out: 0,
            is_due: Vec::new(),
            shown_at: Vec::new(),
            looks: 0,
            lags: Lags::default(),
            next_ms: 0,
            next_operators_ms: 0,
        }
    }

    /// Whether there is something to hand over.
    fn has_news(&self) -> bool {
        !self.turns.is_empty() || self.left_out > 0 || self.is_due.contains(&true)
    }
}

#[cfg(test)]
#[path = "watcher_tests.rs"]
mod tests;
