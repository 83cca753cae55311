//! Replays the fuzz corpus on stable Rust: the same bodies as the fuzzer, on the inputs kept in
//! `fuzz/corpus`.

#[path = "../fuzz/src/lib.rs"]
mod bodies;

use std::fs;
use std::path::Path;

#[test]
fn glob_compiled_corpus_holds() {
    replay("glob_compiled", bodies::glob_compiled::run);
}

#[test]
fn glob_match_crate_corpus_holds() {
    replay("glob_match_crate", bodies::glob_match_crate::run);
}

#[test]
fn pattern_index_corpus_holds() {
    replay("pattern_index", bodies::pattern_index::run);
}

/// Runs `body` on every file of the target's corpus, and says which file broke it.
fn replay(target: &str, body: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no corpus in {}", folder.display());
    for file in files {
        let data = fs::read(&file).unwrap();
        if std::panic::catch_unwind(|| body(&data)).is_err() {
            panic!("the input {} breaks {target}", file.display());
        }
    }
}
