//! Steps: what the server has just done, as typed events fine enough to draw.
//!
//! Redis: none. `MONITOR` shows requests, `SLOWLOG` durations; neither shows a list being walked.
//!
//! The code that does something says so in one line, `step!(Visited { … })`. Its arguments are not evaluated unless
//! somebody listens, which is one comparison with a static number: the highest level of the log. Who listens:
//!
//! - the log: `RUST_LOG=cutaway::step=trace` prints each step;
//! - a [`Recorder`], which keeps them as values: `cutaway walk` and the tests read those;
//! - a [`Tap`], which takes so many of a server that goes on: the live page.
//!
//! Steps are plain data and know no server: any module may make them. A client is named by its key, as the code that
//! makes the step knows it; [`Step::Connected`] tells which client id has that key from then on.
//!
//! While steps are wanted there are no bursts (`src/client/deliver.rs`), so each PUBLISH visits each node of a list: slower,
//! the same bytes.
//!
//! Circle: `emit` hands each step to the recorder and the tap, and they turn on what `emit` is asked for.

mod kinds;
#[cfg(feature = "tools")]
mod recorder;
#[cfg(feature = "tools")]
mod tap;
mod tell;
mod text;

pub use kinds::{Registry, Step};
#[cfg(feature = "tools")]
pub use recorder::Recorder;
#[cfg(feature = "tools")]
pub use tap::Tap;
pub use text::readable;
pub(crate) use text::request;

use crate::base::ids::ClientKey;
use tracing::Level;

/// The target of the steps in the log.
pub const TARGET: &str = "cutaway::step";

/// Whether anybody listens.
#[inline(always)]
pub fn on() -> bool {
    tracing::enabled!(target: TARGET, Level::TRACE)
}

/// Whether the next step is wanted; a step that is not wanted counts as one that was left out. To be asked when [`on`] says
/// that anybody listens.
#[cold]
pub(crate) fn is_wanted() -> bool {
    #[cfg(feature = "tools")]
    return tap::is_wanted();
    #[cfg(not(feature = "tools"))]
    true
}

/// Whether anybody listens who has room for more.
#[inline(always)]
pub(crate) fn wants_more() -> bool {
    #[cfg(feature = "tools")]
    return on() && tap::has_room();
    #[cfg(not(feature = "tools"))]
    on()
}

/// Tells the step to the log, the recorder and the tap: through [`step!`], which asks first whether anybody listens.
#[cold]
pub(crate) fn emit(step: Step) {
    let indent = 2 * step.rank();
    tracing::event!(target: TARGET, Level::TRACE, step = step.kind(), client = step.client().map(ClientKey::place), "{:indent$}{step}", "");
    #[cfg(feature = "tools")]
    if let Some(step) = tap::take(step) {
        recorder::record(step);
    }
}

/// Makes and tells a [`Step`], if anybody listens: `step!(Blocked { client, owed })`.
macro_rules! step {
    ($kind:ident { $($fields:tt)* }) => {
        if $crate::steps::on() && $crate::steps::is_wanted() {
            $crate::steps::emit($crate::steps::Step::$kind { $($fields)* });
        }
    };
}
pub(crate) use step;
