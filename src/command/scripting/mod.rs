//! Scripts and functions: what runs them, and what keeps them.
//!
//! Redis: `src/eval.c`, `src/script.c`, `src/functions.c`.

#[cfg(feature = "lua")]
pub mod eval;
#[cfg(feature = "lua")]
pub mod functions;
#[cfg(feature = "lua")]
pub mod kept;
pub(crate) mod rows;
#[cfg(not(feature = "lua"))]
mod without_lua;
#[cfg(not(feature = "lua"))]
use without_lua::{eval, functions, kept};
