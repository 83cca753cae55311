//! The bodies of the fuzz targets: any bytes go in, and a broken promise panics.
//!
//! They live in a library of their own, and depend on nothing of the fuzzer, so that two programs can run
//! them: the fuzzer (`fuzz_targets/`, nightly Rust) and a plain test that replays the corpus
//! (`tests/it/fuzz_corpus.rs`, stable Rust).

pub mod aof_file;
pub mod config_file;
pub mod functions;
pub mod glob_compiled;
pub mod glob_match_crate;
pub mod hyperloglog;
pub mod live;
pub mod manifest;
pub mod output_queue;
pub mod pattern_index;
pub mod rdb_file;
pub mod request_parser;
pub mod restore;
pub mod script;
pub mod server;
pub mod session;

use cutaway::base::ids::ClientKey;
use cutaway::server::Server;
use cutaway::server::turn::Received;

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

/// Has a client send a request, and returns the whole reply.
pub(crate) fn ask(server: &mut Server, client: ClientKey, words: &[&[u8]]) -> Vec<u8> {
    let mut request = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        request.extend(format!("${}\r\n", word.len()).bytes());
        request.extend(*word);
        request.extend(b"\r\n");
    }
    server.feed(client, &request);
    let mut reply = Vec::new();
    loop {
        let more = Received::from(server, client);
        if more.is_empty() {
            break;
        }
        reply.extend(more);
    }
    assert!(reply.ends_with(b"\r\n"), "no reply, or half of one: {}", String::from_utf8_lossy(&reply));
    reply
}
