//! Text as C and Redis see it: where it ends, which number it is, and how it is printed where a person reads it.
//!
//! Redis: `src/util.c`, `src/sds.c`, and the C library.

pub mod c;
pub mod double;
pub mod grisu;
pub mod integer;
pub mod long_double;
pub mod plural;
pub mod quote;
pub mod words;
