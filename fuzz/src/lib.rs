//! The bodies of the fuzz targets: any bytes go in, and a broken promise panics.
//!
//! They live in a library of their own, and depend on nothing of the fuzzer, so that two programs can run
//! them: the fuzzer (`fuzz_targets/`, nightly Rust) and a plain test that replays the corpus
//! (`tests/it/fuzz_corpus.rs`, stable Rust).

pub mod config_file;
pub mod functions;
pub mod glob_compiled;
pub mod glob_match_crate;
pub mod hyperloglog;
pub mod output_queue;
pub mod pattern_index;
pub mod request_parser;
pub mod restore;
pub mod script;
pub mod server;

/// The table-of-truths matcher that the tests use too.
#[path = "../../tests/glob/reference.rs"]
pub mod reference;

/// The input of both matcher targets, readable in an editor: the first line is the pattern, the rest is the
/// string.
pub fn pattern_and_string(data: &[u8]) -> (&[u8], &[u8]) {
    match data.iter().position(|&byte| byte == b'\n') {
        Some(end) => (&data[..end], &data[end + 1..]),
        None => (data, b""),
    }
}
