//! Scripts: what runs them, and what keeps them.
//!
//! Redis: `src/eval.c`, `src/script.c`.

pub mod eval;
pub mod kept;
pub(crate) mod rows;
