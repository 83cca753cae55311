//! What a million events take, here and in Redis. Takes half a minute, so it runs only when asked:
//! `cargo test --release --test it stream_memory:: -- --ignored --nocapture`.

use std::io::{Read, Write};
use std::net::TcpStream;

use crate::reference_server::{Kind, ReferenceServer, find};
use cutaway::os::process::usage;
use cutaway::stream::block::Limits;
use cutaway::stream::id::NewId;
use cutaway::stream::log::Log;

const EVENTS: u64 = 1_000_000;

/// An event of an event store: its type, data, timestamp and version.
fn event(at: u64, text: bool) -> [(&'static str, String); 4] {
    let millis = 1_795_220_318_938 + at * 3;
    let time = format!("2026-11-21T14:{:02}:{:02}.{:03}Z", at / 60_000 % 60, at / 1000 % 60, at % 1000);
    [
        ("type", "OrderPlaced".to_string()),
        (
            "data",
            format!(r#"{{"order":"order-{at}","customer":"customer-{}","total":{}}}"#, at % 1000, at % 500),
        ),
        ("timestamp", if text { time } else { millis.to_string() }),
        ("version", at.to_string()),
    ]
}

/// The log is returned too: while it lives, the next one cannot be given its memory.
fn ours(text: bool) -> (Log, u64) {
    let before = usage().resident;
    let mut log = Log::default();
    for at in 0..EVENTS {
        let event = event(at, text);
        let fields = event.iter().map(|(name, value)| (name.as_bytes(), value.as_bytes()));
        log.append(NewId::Auto, fields, at * 3 + 1, Limits { max_bytes: 4096, max_entries: 100 }).unwrap();
    }
    assert_eq!(log.len(), EVENTS);
    let bytes = usage().resident - before;
    (log, bytes)
}

struct Client(TcpStream);

impl Client {
    fn resident(&mut self) -> u64 {
        let mut info = String::new();
        self.0.write_all(b"INFO memory\r\n").unwrap();
        let mut bytes = [0; 65536];
        while !info.contains("used_memory_rss:") || !info.contains("lazyfreed_objects") {
            let read = self.0.read(&mut bytes).unwrap();
            info.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        let line = info.lines().find_map(|line| line.strip_prefix("used_memory_rss:")).unwrap();
        line.trim().parse().unwrap()
    }

    fn add(&mut self, from: u64, text: bool) {
        let mut bytes = Vec::new();
        for at in from..from + 1000 {
            let id = format!("{}-0", at * 3 + 1);
            let event = event(at, text);
            let words = event.iter().flat_map(|(name, value)| [*name, value.as_str()]);
            write!(bytes, "*11\r\n").unwrap();
            for word in ["XADD", "s", &id].into_iter().chain(words) {
                write!(bytes, "${}\r\n{word}\r\n", word.len()).unwrap();
            }
        }
        self.0.write_all(&bytes).unwrap();
        let (mut lines, mut bytes) = (0, [0; 65536]);
        while lines < 2000 {
            let read = self.0.read(&mut bytes).unwrap();
            lines += bytes[..read].iter().filter(|&&byte| byte == b'\n').count();
        }
    }
}

fn redis(program: &std::path::Path, text: bool) -> u64 {
    let server = ReferenceServer::start(program, &[]);
    let mut client = Client(TcpStream::connect(server.address).unwrap());
    let before = client.resident();
    (0..EVENTS).step_by(1000).for_each(|from| client.add(from, text));
    client.resident() - before
}

#[test]
#[ignore = "takes half a minute and a real Redis"]
fn a_million_events_take_no_more_than_in_redis() {
    let Some(program) = find(Kind::Redis) else { return };
    let mut kept = Vec::new();
    for text in [true, false] {
        let (log, ours) = ours(text);
        kept.push(log);
        let theirs = redis(&program, text);
        let times = ours as f64 / theirs as f64;
        println!("{} bytes an entry, {} in Redis: {times:.2}x", ours / EVENTS, theirs / EVENTS);
        assert!(times <= 1.2, "{times:.2}");
    }
}
