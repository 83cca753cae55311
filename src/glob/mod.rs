//! Redis's glob patterns, matched to the byte as Redis 8.0 does.
//!
//! Redis: `src/util.c`, `stringmatchlen`
//!
//! Two matchers live here, and they must always agree:
//!
//! * [`plain::matches`] reads the pattern anew for each string. It is the rules written as code: start there.
//! * [`Pattern`] reads the pattern once (at `PSUBSCRIBE`) and then matches in time close to linear. Of a long pattern it
//!   keeps the text.
//!
//! # The rules
//!
//! 1. Patterns and strings are bytes; the whole string must match. NUL and `/` are ordinary. The empty string
//!    is matched by the empty pattern only: even `*` does not match it.
//! 2. `*` is any run of bytes, also an empty one; a run of stars counts as one star. `?` is exactly one byte.
//! 3. `\x` is the byte `x`. A lone `\` at the end of the pattern is a literal backslash.
//! 4. `[` always opens a class, which is exactly one byte. Only a `^` directly after it negates; `!` is a
//!    member.
//! 5. The members of a class are read left to right. At each place, the first of these that fits:
//!    - `\` with a byte after it: that byte, never the start of a range;
//!    - `]`: closes, even when it is first (`[]` matches nothing, `[^]` any byte);
//!    - the end of the pattern: closes silently (`[abc` works);
//!    - a byte, `-`, any byte at all: a range (`[a-]` is the range `]` to `a`, in a class without an end);
//!    - the byte itself.
//! 6. The ends of a range are swapped when reversed. They are compared as *signed* bytes, as `char` is on
//!    x86: `[a-\xff]` is -1..97, that is, 0xff and 0x00 to `a`.
//! 7. When the string is used up, the stars that follow are skipped, and the pattern must then be at its end.
//! 8. A pattern with more than [`MAX_STARS`] runs of stars that have something after them matches nothing.
//! 9. Ignoring case: literals, plain members and ranges are folded (ASCII only); an escaped member is not.
//!    The ends of a range are swapped first and folded then, so `[Z-a]` is empty. `KEYS` and Pub/Sub never
//!    ignore case, `CONFIG GET` does.
//!
//! Different on purpose: a compiled pattern has a greatest length ([`MAX_LENGTH`]). Its worst case is 64 bits
//! at a time of what is quadratic in Redis. Where `char` is unsigned (Linux on ARM), Redis's ranges are too;
//! ours are signed everywhere.

mod bit_parallel;
mod class;
mod compiled;
pub mod plain;
mod text;

pub use compiled::{Compiled, MAX_END, MAX_LENGTH, MAX_TABLES, Pattern, TooBig};

/// Rule 8: more runs of stars than this, with something after them, match nothing.
///
/// Redis's matcher calls itself once a star; this limit keeps it from using up the stack (CVE-2024-31228). We
/// call nothing again, but agree with it.
pub const MAX_STARS: usize = 1000;

/// The cost of a match is counted in steps. A step is a byte of the pattern's text that is read, or so many words of a table
/// that are shifted: these take the same time, roughly.
const WORDS_PER_STEP: usize = 8;

#[cfg(test)]
thread_local! {
    /// Steps that the matchers of this thread have taken.
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts steps, so that tests can bound the work of a match.
#[cfg(test)]
fn count_steps(steps: usize) {
    STEPS.set(STEPS.get() + steps);
}

#[cfg(not(test))]
fn count_steps(_steps: usize) {}

#[cfg(test)]
#[path = "step_tests.rs"]
mod tests;
