//! What the loop's thread and the page's thread say to each other.
//!
//! Redis: none.
//!
//! Asks are bounded in number, and the page's thread tries later what has no room. Each ask but for views has one answer, so
//! answers are bounded by the connections. What is shown is bounded too, and the loop drops what has no room.

use super::Looked;
use super::figures::Figures;
use super::message::View;
use super::roster::Roster;
use crate::server::Admission;
use crate::steps::Step;
use mio::Waker;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};

/// Asks that may wait for the end of the loop's turn.
const ASKS: usize = 256;
/// What may wait to be shown: a second's worth for several pages.
const SHOWN: usize = 64;

/// A connection to the page's thread; never used twice.
pub type Id = u64;

/// What the loop is asked.
pub enum Ask {
    /// A page watches this from now on.
    Watch(Id, View),
    /// A page watches nothing any more.
    Rest(Id),
    /// Is this peer admitted? It is on this machine or not, and gave a user and a password or none.
    Admit { id: Id, is_local: bool, credentials: Option<(Vec<u8>, Vec<u8>)> },
    /// The numbers of `/metrics`.
    Figures(Id),
    /// Is the server there, and has it loaded what it loads?
    Health(Id),
    /// Serve this connection: the console of a page.
    Client(Id, UnixStream),
}

/// What the loop answers.
pub enum Answer {
    /// Whether the peer is admitted.
    Admission(Id, Admission),
    /// The numbers.
    Figures(Id, Box<Figures>),
    /// Whether it is loading.
    Health(Id, bool),
}

/// A turn's steps, each with the name of its client.
pub struct Turn {
    /// When it was, in milliseconds since 1970.
    pub time_ms: u64,
    /// What happened.
    pub steps: Vec<(Step, Option<String>)>,
}

/// What the loop shows to pages.
pub enum Shown {
    /// The turns since the last ones, and how many steps are not among them.
    Turns { turns: Vec<Turn>, dropped: u64 },
    /// What was copied for these pages, and how long the loop took for it.
    Look { pages: Vec<Id>, looked: Looked, pause_us: u64 },
    /// Once a second: what operators ask.
    Roster(Box<Roster>),
}

/// The loop's end.
pub struct LoopEnd {
    pub asks: Receiver<Ask>,
    pub answers: Sender<Answer>,
    pub shown: SyncSender<Shown>,
    /// Whether there is an ask.
    asked: Arc<AtomicBool>,
    /// Wakes the page's thread.
    waker: Arc<Waker>,
}

/// The page's end.
pub struct PageEnd {
    asks: SyncSender<Ask>,
    pub answers: Receiver<Answer>,
    pub shown: Receiver<Shown>,
    asked: Arc<AtomicBool>,
    /// Wakes the loop.
    waker: Arc<Waker>,
}

/// A line between the two, whose wakers these are.
pub fn line(wakes_page: Arc<Waker>, wakes_loop: Arc<Waker>) -> (LoopEnd, PageEnd) {
    let (asks, asked_of_loop) = sync_channel(ASKS);
    let (answers, answers_to_page) = channel();
    let (shown, shown_to_page) = sync_channel(SHOWN);
    let asked = Arc::new(AtomicBool::new(false));
    let loop_end = LoopEnd { asks: asked_of_loop, answers, shown, asked: asked.clone(), waker: wakes_page };
    let page_end = PageEnd { asks, answers: answers_to_page, shown: shown_to_page, asked, waker: wakes_loop };
    (loop_end, page_end)
}

impl PageEnd {
    /// Asks the loop; returns the ask if there is no room for it now.
    pub fn ask(&self, ask: Ask) -> Result<(), Ask> {
        self.asks.try_send(ask).map_err(|error| match error {
            TrySendError::Full(ask) | TrySendError::Disconnected(ask) => ask,
        })?;
        self.asked.store(true, Ordering::Release);
        // It fails only if the loop has ended.
        let _ = self.waker.wake();
        Ok(())
    }
}

impl LoopEnd {
    /// Whether anything was asked. Costs one comparison.
    #[inline]
    pub fn has_asks(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// The next ask; None: there are no more.
    pub fn next_ask(&self) -> Option<Ask> {
        if self.asked.swap(false, Ordering::Acquire) {
            let ask = self.asks.try_recv().ok()?;
            // There may be others.
            self.asked.store(true, Ordering::Relaxed);
            return Some(ask);
        }
        None
    }

    /// Answers an ask.
    pub fn answer(&self, answer: Answer) {
        // Both fail only if the page's thread has ended.
        if self.answers.send(answer).is_ok() {
            let _ = self.waker.wake();
        }
    }

    /// Shows something; returns it if there is no room.
    pub fn show(&self, shown: Shown) -> Option<Shown> {
        match self.shown.try_send(shown) {
            Ok(()) => {
                let _ = self.waker.wake();
                None
            }
            Err(TrySendError::Full(shown)) => Some(shown),
            Err(TrySendError::Disconnected(_)) => None,
        }
    }
}

impl Answer {
    /// The connection that asked.
    pub fn id(&self) -> Id {
        match self {
            Answer::Admission(id, _) | Answer::Figures(id, _) | Answer::Health(id, _) => *id,
        }
    }
}
