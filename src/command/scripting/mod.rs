//! Scripts and functions: what runs them, and what keeps them.
//!
//! Redis: `src/eval.c`, `src/script.c`, `src/functions.c`.

pub mod eval;
pub mod functions;
pub mod kept;
pub(crate) mod rows;
