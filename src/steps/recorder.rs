//! Keeps the steps of this thread as values.
//!
//! A layer of `tracing` sees an event as fields of text and numbers, so a layer that recorded would have to put the typed
//! step together again. The simplest that keeps the type: the recorder installs, for this thread, a subscriber that does
//! nothing but want the steps, so that one question (`steps::on`) serves the log and the recorder alike, and `emit` leaves
//! the step itself in a thread-local list. While it records, this thread logs nothing.

use super::{Step, TARGET};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::marker::PhantomData;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;

/// The most steps that are kept: the first, and the last. A pipeline of a million requests has more than
/// can be read.
const MOST_FIRST: usize = 2000;
const MOST_LAST: usize = 200;

thread_local! {
    static STEPS: RefCell<Option<Kept>> = const { RefCell::new(None) };
}

/// The steps since they were last taken.
#[derive(Default)]
struct Kept {
    first: Vec<Step>,
    last: VecDeque<Step>,
    /// How many between the two are gone.
    left_out: usize,
}

impl Kept {
    fn push(&mut self, step: Step) {
        if self.first.len() < MOST_FIRST {
            return self.first.push(step);
        }
        if self.last.len() == MOST_LAST {
            self.last.pop_front();
            self.left_out += 1;
        }
        self.last.push_back(step);
    }

    fn take(&mut self) -> Vec<Step> {
        let Kept { mut first, last, left_out } = std::mem::take(self);
        first.extend((left_out > 0).then_some(Step::LeftOut { steps: left_out }));
        first.extend(last);
        first
    }
}

/// Records from its start until it is dropped. One that starts while another records interrupts it, and must be dropped
/// before it.
pub struct Recorder {
    _listening: DefaultGuard,
    /// What the interrupted one has recorded.
    interrupted: Option<Kept>,
    /// It belongs to this thread.
    _here: PhantomData<*const ()>,
}

impl Recorder {
    /// Begins to record this thread's steps.
    pub fn start() -> Recorder {
        let wants = Targets::new().with_target(TARGET, LevelFilter::TRACE);
        let listener = tracing_subscriber::registry().with(wants);
        let interrupted = STEPS.replace(Some(Kept::default()));
        Recorder { _listening: tracing::subscriber::set_default(listener), interrupted, _here: PhantomData }
    }

    /// The steps since the start, or since they were last taken; of very many those in the middle are left out, and
    /// [`Step::LeftOut`] stands there.
    pub fn take(&self) -> Vec<Step> {
        STEPS.with_borrow_mut(|steps| steps.as_mut().map(Kept::take).unwrap_or_default())
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        STEPS.set(self.interrupted.take());
    }
}

/// Keeps the step if this thread is recorded.
pub(super) fn record(step: Step) {
    STEPS.with_borrow_mut(|steps| {
        if let Some(steps) = steps {
            steps.push(step);
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ids::ClientKey;
    use crate::steps::{on, step};
    use std::cell::Cell;

    #[test]
    fn what_happens_between_start_and_drop_is_recorded_in_order() {
        let recorder = Recorder::start();
        step!(Arrived { client: ClientKey::at(3), bytes: 14 });
        step!(Blocked { client: ClientKey::at(3), owed: 9 });
        assert_eq!(
            recorder.take(),
            [
                Step::Arrived { client: ClientKey::at(3), bytes: 14 },
                Step::Blocked { client: ClientKey::at(3), owed: 9 }
            ]
        );
        assert_eq!(recorder.take(), []);
        drop(recorder);
        step!(Arrived { client: ClientKey::at(4), bytes: 1 });
        assert_eq!(Recorder::start().take(), []);
    }

    #[test]
    fn a_recorder_that_interrupts_another_has_steps_of_its_own() {
        let outer = Recorder::start();
        step!(Arrived { client: ClientKey::at(1), bytes: 1 });
        let inner = Recorder::start();
        step!(Arrived { client: ClientKey::at(2), bytes: 2 });
        assert_eq!(inner.take(), [Step::Arrived { client: ClientKey::at(2), bytes: 2 }]);
        drop(inner);
        step!(Arrived { client: ClientKey::at(3), bytes: 3 });
        assert_eq!(
            outer.take(),
            [
                Step::Arrived { client: ClientKey::at(1), bytes: 1 },
                Step::Arrived { client: ClientKey::at(3), bytes: 3 }
            ]
        );
    }

    #[test]
    fn of_very_many_steps_the_first_and_the_last_are_kept() {
        let recorder = Recorder::start();
        let all = MOST_FIRST + MOST_LAST;
        (0..all).for_each(|bytes| step!(Arrived { client: ClientKey::at(3), bytes }));
        assert_eq!(recorder.take().len(), all);
        (0..all + 5).for_each(|bytes| step!(Arrived { client: ClientKey::at(3), bytes }));
        let steps = recorder.take();
        assert_eq!(steps.len(), all + 1);
        assert_eq!(steps[MOST_FIRST - 1], Step::Arrived { client: ClientKey::at(3), bytes: MOST_FIRST - 1 });
        assert_eq!(steps[MOST_FIRST], Step::LeftOut { steps: 5 });
        assert_eq!(steps[all], Step::Arrived { client: ClientKey::at(3), bytes: all + 4 });
    }

    #[test]
    fn arguments_are_not_evaluated_when_nobody_listens() {
        let evaluated = Cell::new(0);
        let bytes = || {
            evaluated.set(evaluated.get() + 1);
            1
        };
        assert!(!on());
        step!(Arrived { client: ClientKey::at(0), bytes: bytes() });
        assert_eq!(evaluated.get(), 0);
        let recorder = Recorder::start();
        assert!(on());
        step!(Arrived { client: ClientKey::at(0), bytes: bytes() });
        assert_eq!((evaluated.get(), recorder.take().len()), (1, 1));
    }

    #[test]
    fn another_thread_is_not_recorded() {
        let recorder = Recorder::start();
        std::thread::spawn(|| {
            assert!(!on());
            step!(Arrived { client: ClientKey::at(0), bytes: 1 });
        })
        .join()
        .unwrap();
        assert_eq!(recorder.take(), []);
    }
}
