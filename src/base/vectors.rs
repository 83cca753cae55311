//! Work on many bytes, with the widest registers that the processor has.
//!
//! Redis: `redisPopcount` of `src/bitops.c` and `hllMergeDense` of `src/hyperloglog.c`, which ask the processor too
//! (`__builtin_cpu_supports`), and have a second form of each loop in its own instructions.
//!
//! Different on purpose: there is one form of each loop, in plain Rust. The compiler makes it for every kind of processor that
//! `pulp` knows, and the kind is chosen at run time.

/// Runs `work` compiled for the processor that it runs on. `work` and what it calls must be `#[inline(always)]`: a function that
/// is not inlined stays as it is compiled for any processor.
pub fn with_widest<R>(work: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(work)
}
