//! Looks at the server at the end of each turn, for the pages that are open: in the loop's thread, and never for long.
//!
//! Redis: none.
//!
//! Without a page this is one comparison a turn. With one, the steps of each turn are taken, and at most ten times a second
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
    /// Whether the server keeps who was closed last.
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
    /// The page that was shown one last.
    last_page: usize,
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
                watch.next_operators_ms = 0;
            }
        }
    }

    fn rest(&mut self, id: Id) {
        if let Some(at) = self.pages.iter().position(|(page, _)| *page == id) {
            self.pages.remove(at);
            match &mut self.watch {
                Some(watch) if !self.pages.is_empty() => drop(watch.is_due.remove(at)),
                watch => *watch = None,
            }
        }
    }

    /// The numbers of this moment, or of one in the same period: they take the longer the more clients there are, and whoever
    /// asks may ask again and again.
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
        // One view in a period, and each in its turn.
        let Some(at) = watch.next_page() else { return };
        let Some((_, view)) = self.pages.get(at) else { return };
        let began = Instant::now();
        let looked = self.looker.look(server, view, self.budget.elements());
        let pause_us = began.elapsed().as_micros() as u64;
        self.longest_us = self.longest_us.max(pause_us);
        self.budget.took(looked.elements, pause_us);
        let mut pages = Vec::new();
        for ((id, other), is_due) in self.pages.iter().zip(&mut watch.is_due) {
            if other == view {
                pages.push(*id);
                *is_due = false;
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
            last_page: 0,
            lags: Lags::default(),
            next_ms: 0,
            next_operators_ms: 0,
        }
    }

    /// Whether there is something to hand over.
    fn has_news(&self) -> bool {
        !self.turns.is_empty() || self.left_out > 0 || self.is_due.contains(&true)
    }

    /// The next page, in turn, that is to be shown a picture.
    fn next_page(&mut self) -> Option<usize> {
        let pages = self.is_due.len();
        let next = (1..=pages).map(|step| (self.last_page + step) % pages).find(|&at| self.is_due[at])?;
        self.last_page = next;
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::ClientKey;
    use crate::client::About;
    use crate::config::Config;
    use crate::live::line::{PageEnd, line};
    use crate::live::{Drawn, Looked};
    use crate::server::dispatch::table::Table;
    use crate::server::turn::Received;
    use crate::server::{Process, Time};
    use mio::{Poll, Token, Waker};
    use serde_json::Value;
    use std::sync::Arc;

    /// Says what it was asked for in place of a picture.
    struct Words;

    impl Looker for Words {
        fn look(&mut self, _: &Server, view: &View, elements: usize) -> Looked {
            let picture = format!("{} {elements}", view.filter);
            let draw = || Drawn { picture, state: Value::Null, sampled: false, of: Value::Null };
            Looked { elements, draw: Box::new(draw) }
        }
    }

    /// A server whose clock the test moves, somebody who watches it, and the page's end of the line.
    struct Stage {
        server: Server,
        client: ClientKey,
        watcher: Watcher,
        page: PageEnd,
        _polls: [Poll; 2],
    }

    impl Stage {
        fn new() -> Stage {
            let table = Table::new(&[], &[]).unwrap();
            let mut server = Server::new(table, Config::default(), Process::default(), Time::default(), || 0);
            let client = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
            let polls = [Poll::new().unwrap(), Poll::new().unwrap()];
            let waker = |poll: &Poll| Arc::new(Waker::new(poll.registry(), Token(0)).unwrap());
            let (loop_end, page) = line(waker(&polls[0]), waker(&polls[1]));
            let watcher = Watcher::new(loop_end, Box::new(Words)).with_budget(Budget::fixed(7));
            Stage { server, client, watcher, page, _polls: polls }
        }

        fn watch(&self, id: Id, filter: &str) {
            let view = View { filter: filter.into(), ..View::default() };
            assert!(self.page.ask(Ask::Watch(id, view)).is_ok());
        }

        /// A turn at this millisecond, in which a client sends so many requests.
        fn turn(&mut self, millis: u64, requests: usize) {
            self.server.set_time(Time { unix_micros: millis * 1000, millis });
            self.server.feed(self.client, "NOSUCH\r\n".repeat(requests).as_bytes());
            self.server.end_turn(&mut Received::default());
            self.watcher.end_turn(&mut self.server);
        }

        /// What was shown since the last call: pictures with their pages, turns with the number of their steps, and a word
        /// for what operators ask.
        fn shown(&self) -> Vec<String> {
            let told = |shown| match shown {
                Shown::Turns { turns, dropped } => {
                    let steps: Vec<usize> = turns.iter().map(|turn| turn.steps.len()).collect();
                    format!("steps {steps:?} without {dropped}")
                }
                Shown::Look { pages, looked, .. } => format!("{pages:?} {}", (looked.draw)().picture),
                Shown::Roster(_) => "operators".into(),
            };
            self.page.shown.try_iter().map(told).collect()
        }
    }

    #[test]
    fn nothing_is_shown_until_a_page_watches_and_after_it_rests() {
        let mut stage = Stage::new();
        stage.turn(1000, 5);
        assert_eq!((stage.shown(), stage.watcher.deadline()), (vec![], None));
        stage.watch(1, "");
        stage.turn(1001, 0);
        assert_eq!(stage.shown(), ["steps [] without 0", "[1]  7", "operators"]);
        assert!(stage.page.ask(Ask::Rest(1)).is_ok());
        stage.turn(5000, 5);
        assert_eq!((stage.shown(), stage.watcher.deadline()), (vec![], None));
        assert!(!crate::steps::on());
    }

    #[test]
    fn what_happens_is_handed_over_ten_times_a_second_at_most() {
        let mut stage = Stage::new();
        stage.watch(1, "");
        stage.turn(1000, 0);
        stage.shown();
        stage.turn(1050, 1);
        stage.turn(1060, 2);
        assert_eq!(stage.shown(), [""; 0]);
        assert_eq!(stage.watcher.deadline(), Some(1100));
        stage.turn(1100, 0);
        assert_eq!(stage.shown(), ["steps [5, 9] without 0", "[1]  7"]);
        // Nothing new: nothing until operators are due.
        assert_eq!(stage.watcher.deadline(), Some(2000));
        stage.turn(1500, 0);
        assert_eq!(stage.shown(), [""; 0]);
        stage.turn(2000, 0);
        assert_eq!(stage.shown(), ["operators"]);
    }

    #[test]
    fn pages_that_look_for_different_things_are_served_in_turn() {
        let mut stage = Stage::new();
        for (id, filter) in [(1, "a"), (2, "b"), (3, "a")] {
            stage.watch(id, filter);
        }
        stage.turn(1000, 0);
        stage.turn(1100, 0);
        stage.turn(1200, 0);
        let looks = |stage: &Stage| {
            stage.shown().into_iter().filter(|shown| shown.starts_with('[')).collect::<Vec<_>>()
        };
        assert_eq!(looks(&stage), ["[2] b 7", "[1, 3] a 7"]);
        for millis in (1300..1700).step_by(100) {
            stage.turn(millis, 1);
        }
        assert_eq!(looks(&stage), ["[2] b 7", "[1, 3] a 7", "[2] b 7", "[1, 3] a 7"]);
    }

    #[test]
    fn what_there_is_no_room_for_is_dropped_and_counted() {
        let mut stage = Stage::new();
        stage.watch(1, "");
        stage.turn(1000, 0);
        stage.shown();
        // More than a period's steps.
        stage.turn(1100, 1000);
        stage.turn(1101, 1);
        stage.turn(1200, 0);
        let shown = stage.shown();
        assert!(shown[0].starts_with("steps [1000] without "), "{shown:?}");
        let told: u64 = shown[0].rsplit(' ').next().unwrap().parse().unwrap();
        // A page's thread that takes nothing: the queue is full, and what follows is lost, but for its number.
        for period in 0..200 {
            stage.turn(2000 + period * 100, 1);
        }
        let full = stage.shown();
        let kept: usize = full.iter().filter(|shown| shown.starts_with("steps [5]")).count();
        stage.turn(100_000, 1);
        let lost: u64 = stage.shown()[0].rsplit(' ').next().unwrap().parse().unwrap();
        assert_eq!(lost, (200 - kept as u64) * 5);
        assert!(stage.page.ask(Ask::Figures(9)).is_ok());
        stage.turn(100_001, 0);
        let Ok(Answer::Figures(9, figures)) = stage.page.answers.recv() else { panic!("no figures") };
        assert_eq!((figures.pages, figures.steps_dropped_total), (1, told + lost));
    }
}
