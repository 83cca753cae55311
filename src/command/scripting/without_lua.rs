//! The handlers of this group where the server is built without Lua: each replies with an error. The commands stay in the
//! table, so that COMMAND and its like say the same with Lua and without.
//!
//! Redis: none; it always has Lua.

use crate::server::dispatch::call::Call;

/// What each of them does.
pub fn refuse(call: &mut Call<'_>) {
    call.reply.error("ERR scripts do not run here: this server is built without Lua, as the playground's is");
}

pub mod eval {
    pub use super::{refuse as eval, refuse as evalsha, refuse as eval_ro, refuse as evalsha_ro};
}

pub mod functions {
    pub use super::refuse as stats;
    pub use super::{refuse as delete, refuse as dump, refuse as fcall, refuse as fcall_ro, refuse as flush};
    pub use super::{refuse as help, refuse as kill, refuse as list, refuse as load, refuse as restore};
}

pub mod kept {
    pub use super::{refuse as script_flush, refuse as script_help};
    pub use super::{refuse as debug, refuse as exists, refuse as kill, refuse as load};
}
