//! Scenarios: dialogues of named clients with a server, written to be read aloud and played against anything that speaks
//! RESP. `docs/scenarios.md` shows the language by example.
//!
//! One file, many uses: a snapshot of the in-process server, a differential test against a real Redis, a walk on the
//! terminal, a figure, a check of somebody else's server. They all go the same way:
//!
//! ```text
//! text ─► parse ─► run (a Target: socket or in process) ─► Transcript ─► order, mask ─► print or compare
//! ```
//!
//! Nothing here is part of the server and the server knows none of it. Redis has no counterpart; its own suite
//! (`tests/unit/pubsub.tcl`) is a programme, not a dialogue.

pub mod chapters;
#[cfg(feature = "net")]
mod dial;
pub mod direction;
pub mod embedded;
pub mod file;
pub mod frame;
pub mod in_process;
pub mod mask;
pub mod order;
pub mod parse;
pub mod run;
mod slow_disk;
#[cfg(feature = "net")]
pub mod socket;
pub mod structures;
pub mod subject;
pub mod transcript;
pub mod words;

pub use direction::Setting;
pub use in_process::{Feeding, InProcess, Start};
pub use parse::{Action, Line, ParseError, Scenario, Sending, Typed};
pub use run::{Player, run};
#[cfg(feature = "net")]
pub use socket::{Capabilities, Socket};
pub use subject::{Identity, PlayError, Received, Target};
pub use transcript::{Difference, Step, Transcript};
