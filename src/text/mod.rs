//! Text as C and Redis see it: where it ends, and how it is printed where a person reads it.

pub mod c;
pub mod double;
pub mod long_double;
pub mod plural;
pub mod quote;
