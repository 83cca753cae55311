//! What the rest of the server asks about scripts, where there are none: the feature `lua` is off.
//!
//! Redis: none; it always has Lua. EVAL and its like reply with an error (`src/command/scripting/without_lua.rs`).

use super::dispatch::spec::Command;
use super::{KeptLibrary, Server, WhileBusy};
use crate::base::ids::ClientKey;
use crate::diagnostics::stats::ScriptFigures;
use crate::resp::request::Request;

impl Server {
    /// None: there are no functions.
    pub(super) fn library_codes(&self) -> impl Iterator<Item = &[u8]> {
        std::iter::empty()
    }

    /// The function is never called: no script runs for too long.
    pub fn set_while_busy(&mut self, _: WhileBusy) {}

    /// None: no script runs.
    pub fn script_of(&self) -> Option<ClientKey> {
        None
    }

    /// None: no script runs for too long.
    pub(crate) fn busy_error(&self) -> Option<&'static str> {
        None
    }

    /// TIME is never ahead.
    pub(crate) fn script_clock_offset_us(&self) -> u64 {
        0
    }

    /// False: no script runs.
    pub(super) fn script_is_silent(&self) -> bool {
        false
    }

    /// False: no script runs.
    pub fn end_script(&mut self) -> bool {
        false
    }

    /// None: no command runs a script.
    pub(super) fn script_writes(&self, _: &Command, _: Request<'_>) -> Option<bool> {
        None
    }

    /// None: no command runs a script.
    pub(super) fn script_denies_oom(&self, _: &Command, _: Request<'_>) -> Option<bool> {
        None
    }

    /// `DEBUG SET-DISABLE-DENY-SCRIPTS`: there is no script that could call more.
    pub(crate) fn let_scripts_call_more(&mut self, _: bool) {}

    /// Zeros.
    pub(crate) fn script_figures(&self) -> ScriptFigures {
        ScriptFigures::default()
    }

    /// There is no script.
    pub(super) fn is_in_script_that_wrote(&self) -> bool {
        false
    }

    /// There is nothing to reset.
    pub(super) fn reset_script_stats(&mut self) {}

    /// There is no library.
    pub fn kept_libraries(&self) -> impl Iterator<Item = KeptLibrary<'_>> {
        std::iter::empty()
    }

    /// No script is kept.
    pub fn kept_scripts(&self) -> impl Iterator<Item = (&[u8], bool, usize)> {
        std::iter::empty()
    }
}
