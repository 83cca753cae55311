//! Takes the steps of this thread while it goes on: its log is written as before, and the steps are bounded.
//!
//! Redis: none.
//!
//! A [`super::Recorder`] is for a thread that does nothing but play. A tap is for the thread of a server with clients: it is
//! allowed so many steps at a time ([`Tap::allow`]); further ones are counted, and nothing is made for them: no text, no
//! allocation. Once the tap has no room the server works as if there were no listener, with bursts, so that a page that watches a
//! busy server costs it little. What is counted then is what the server would have told, working so.

use super::{Step, TARGET, on};
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use tracing::dispatcher::get_default;
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Interest, set_default};
use tracing::{Dispatch, Event, Metadata, Subscriber, callsite};

thread_local! {
    /// The steps taken; None: there is no tap in this thread.
    static TAKEN: RefCell<Option<Vec<Step>>> = const { RefCell::new(None) };
    /// How many more may be taken. Without a tap there is no limit to what others want.
    static ROOM: Cell<usize> = const { Cell::new(usize::MAX) };
    /// How many were not taken for want of room.
    static LEFT_OUT: Cell<u64> = const { Cell::new(0) };
    /// The log prints each step: none is left out of that.
    static LOGGED: Cell<bool> = const { Cell::new(false) };
}

/// Takes this thread's steps until it is dropped; one at a time in a thread.
pub struct Tap {
    listening: Option<DefaultGuard>,
    /// It belongs to this thread.
    _here: PhantomData<*const ()>,
}

impl Tap {
    /// Opens the tap, without room for any step.
    pub fn open() -> Tap {
        let log = get_default(Dispatch::clone);
        LOGGED.set(on());
        TAKEN.set(Some(Vec::new()));
        ROOM.set(0);
        LEFT_OUT.set(0);
        Tap { listening: Some(set_default(Beside { log })), _here: PhantomData }
    }

    /// From now on there is room for so many steps.
    pub fn allow(&self, room: usize) {
        ROOM.set(room);
    }

    /// Takes out the steps since the last call, and how many were left out.
    pub fn take(&self) -> (Vec<Step>, u64) {
        let steps = TAKEN.with_borrow_mut(|taken| taken.as_mut().map(std::mem::take).unwrap_or_default());
        (steps, LEFT_OUT.take())
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        TAKEN.set(None);
        ROOM.set(usize::MAX);
        LOGGED.set(false);
        self.listening = None;
        // The highest level anybody wants is worked out anew only when a listener comes; this one has gone.
        callsite::rebuild_interest_cache();
    }
}

/// Whether there is room, or no tap that could lack it.
pub(super) fn has_room() -> bool {
    ROOM.get() > 0 || LOGGED.get()
}

/// The same; a step without room is counted.
pub(super) fn is_wanted() -> bool {
    let is_wanted = has_room();
    if !is_wanted {
        LEFT_OUT.set(LEFT_OUT.get() + 1);
    }
    is_wanted
}

/// Takes the step, or returns it if there is no tap in this thread.
pub(super) fn take(step: Step) -> Option<Step> {
    TAKEN.with_borrow_mut(|taken| {
        let Some(taken) = taken else { return Some(step) };
        match ROOM.get().checked_sub(1) {
            Some(room) => {
                taken.push(step);
                ROOM.set(room);
            }
            None => LEFT_OUT.set(LEFT_OUT.get() + 1),
        }
        None
    })
}

/// Wants the steps; all else is the log's.
struct Beside {
    log: Dispatch,
}

impl Subscriber for Beside {
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        if metadata.target() == TARGET { Interest::always() } else { self.log.register_callsite(metadata) }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::TRACE)
    }

    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == TARGET || self.log.enabled(metadata)
    }

    fn event(&self, event: &Event<'_>) {
        if self.log.enabled(event.metadata()) {
            self.log.event(event);
        }
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.log.new_span(span)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.log.record(span, values);
    }

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        self.log.record_follows_from(span, follows);
    }

    fn enter(&self, span: &Id) {
        self.log.enter(span);
    }

    fn exit(&self, span: &Id) {
        self.log.exit(span);
    }

    fn clone_span(&self, span: &Id) -> Id {
        self.log.clone_span(span)
    }

    fn try_close(&self, span: Id) -> bool {
        self.log.try_close(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::ClientKey;
    use crate::steps::{step, wants_more};
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    fn arrived(bytes: usize) -> Step {
        Step::Arrived { client: ClientKey::at(3), bytes }
    }

    #[test]
    fn as_many_steps_are_taken_as_there_is_room_for_and_the_others_are_counted_and_not_made() {
        let tap = Tap::open();
        let made = Cell::new(0);
        let bytes = || {
            made.set(made.get() + 1);
            made.get()
        };
        step!(Arrived { client: ClientKey::at(3), bytes: bytes() });
        assert_eq!((made.get(), tap.take()), (0, (vec![], 1)));
        tap.allow(2);
        (0..5).for_each(|_| step!(Arrived { client: ClientKey::at(3), bytes: bytes() }));
        assert!(on() && !wants_more());
        assert_eq!((made.get(), tap.take()), (2, (vec![arrived(1), arrived(2)], 3)));
        tap.allow(1);
        assert!(wants_more());
        step!(Arrived { client: ClientKey::at(3), bytes: bytes() });
        assert_eq!(tap.take(), (vec![arrived(3)], 0));
        drop(tap);
        assert!(!on());
        step!(Arrived { client: ClientKey::at(3), bytes: bytes() });
        assert_eq!(made.get(), 3);
    }

    /// What is logged in this thread.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Log {
        type Writer = Log;

        fn make_writer(&'a self) -> Log {
            self.clone()
        }
    }

    #[test]
    fn the_log_goes_on_beside_a_tap_without_the_steps() {
        let log = Log::default();
        let printer = tracing_subscriber::fmt().with_writer(log.clone()).without_time().with_ansi(false);
        let _log = set_default(printer.with_max_level(LevelFilter::INFO).finish());
        let tap = Tap::open();
        tap.allow(9);
        tracing::info!("told");
        tracing::debug!("not told");
        step!(Arrived { client: ClientKey::at(3), bytes: 1 });
        assert_eq!(tap.take(), (vec![arrived(1)], 0));
        drop(tap);
        tracing::info!("told again");
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        let lines: Vec<&str> = text.lines().filter_map(|line| line.split(": ").last()).collect();
        assert_eq!(lines, ["told", "told again"]);
    }
}
