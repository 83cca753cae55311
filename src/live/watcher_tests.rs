//! Tests of the loop's side of the page, with a clock that they move.

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

/// A server whose clock the test moves, its watcher, and the page's end of the line.
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
        if requests > 0 {
            self.server.feed(self.client, "NOSUCH\r\n".repeat(requests).as_bytes());
        }
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
    assert_eq!(stage.shown(), ["steps [5, 7] without 0", "[1]  7"]);
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
    let looks =
        |stage: &Stage| stage.shown().into_iter().filter(|shown| shown.starts_with('[')).collect::<Vec<_>>();
    assert_eq!(looks(&stage), ["[1, 3] a 7", "[2] b 7"]);
    for millis in (1300..1700).step_by(100) {
        stage.turn(millis, 1);
    }
    assert_eq!(looks(&stage), ["[1, 3] a 7", "[2] b 7", "[1, 3] a 7", "[2] b 7"]);
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
