//! Replays the fuzz corpus on stable Rust: the same bodies as the fuzzer, on the inputs kept in
//! `fuzz/corpus`; and random scripts for the server.

use crate::bodies;
use quickcheck::{Arbitrary, Gen, quickcheck};
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

#[test]
fn server_corpus_holds() {
    replay("server", bodies::server::run);
}

#[test]
fn session_corpus_holds() {
    replay("session", bodies::session::run);
}

#[test]
fn script_corpus_holds() {
    replay("script", bodies::script::run);
}

#[test]
fn request_parser_corpus_holds() {
    replay("request_parser", bodies::request_parser::run);
}

#[test]
fn output_queue_corpus_holds() {
    replay("output_queue", bodies::output_queue::run);
}

#[test]
fn config_file_corpus_holds() {
    replay("config_file", bodies::config_file::run);
}

#[test]
fn functions_corpus_holds() {
    replay("functions", bodies::functions::run);
}

#[test]
fn hyperloglog_corpus_holds() {
    replay("hyperloglog", bodies::hyperloglog::run);
}

#[test]
fn live_corpus_holds() {
    replay("live", bodies::live::run);
}

#[test]
fn restore_corpus_holds() {
    replay("restore", bodies::restore::run);
}

#[test]
fn rdb_file_corpus_holds() {
    replay("rdb_file", bodies::rdb_file::run);
}

#[test]
fn aof_file_corpus_holds() {
    replay("aof_file", bodies::aof_file::run);
}

#[test]
fn manifest_corpus_holds() {
    replay("manifest", bodies::manifest::run);
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

/// A step of a script for the server: `fuzz/src/server/script.rs`.
#[derive(Clone, Debug)]
struct Line(String);

/// `#` is a channel or a pattern.
const SENT: [&str; 38] = [
    " SUBSCRIBE # #",
    " SUBSCRIBE #",
    " PSUBSCRIBE # #",
    " SSUBSCRIBE #",
    " UNSUBSCRIBE",
    " UNSUBSCRIBE #",
    " PUNSUBSCRIBE",
    " SUNSUBSCRIBE #",
    " HELLO 3",
    " PING",
    " PUBSUB NUMSUB # #",
    " PUBSUB CHANNELS #",
    " MONITOR",
    " RESET",
    " CLIENT REPLY OFF",
    " CLIENT REPLY ON",
    " CLIENT KILL TYPE pubsub",
    " CLIENT PAUSE 100 WRITE",
    " QUIT",
    " MULTI",
    " EXEC",
    " WATCH # #",
    " SET # 1",
    " SET # 2 PX 100",
    " DEL # #",
    " BLPOP # # 0.2",
    " RPUSH # 1 2",
    " BLMOVE # # LEFT RIGHT 1",
    " XREAD BLOCK 200 STREAMS # $",
    " XADD # * a 1",
    " HSETEX # PX 100 FIELDS 2 f 1 g 2",
    " HGETEX # PX 50 FIELDS 2 f h",
    " FLUSHALL",
    "<DEBUG SLEEP 0.1\\r\\nPUBLISH # late\\r\\n",
    "<*3\\r\\n$7\\r\\nPUBLISH\\r\\n$1\\r\\n",
    "<a\\r\\n$5\\r\\nhello\\r\\n",
    "x100<PUBLISH # many\\r\\n",
    "<*x\\r\\n",
];
const DONE: [&str; 7] = ["!0", "!9", "!100", "?", "-", "+", "+"];
const NAMES: [&str; 6] = ["a", "ab", "b", "*", "a*", "[ab]"];

impl Arbitrary for Line {
    fn arbitrary(g: &mut Gen) -> Line {
        let client = u8::arbitrary(g) % 5;
        let step = match u8::arbitrary(g) % 16 {
            0 => return Line(".".into()),
            1 => return Line("~150".into()),
            2..=4 => g.choose(&DONE).unwrap(),
            5..=7 => " PUBLISH # hello",
            _ => g.choose(&SENT).unwrap(),
        };
        let step = step.replacen('#', g.choose(&NAMES).unwrap(), 1).replace('#', g.choose(&NAMES).unwrap());
        Line(format!("{client}{step}"))
    }
}

quickcheck! {
    fn any_script_of_a_few_clients_holds(lines: Vec<Line>) -> bool {
        let script: Vec<&str> = lines.iter().map(|line| line.0.as_str()).collect();
        bodies::server::run(script.join("\n").as_bytes());
        true
    }
}
