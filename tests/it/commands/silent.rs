//! Commands and options whose success no case and no scenario can show: they have no reply, need a file, or tell of what took
//! long in this run; and what Redis has and this server has not.

use std::fs;

use crate::sans_io::server_and_client;
use cutaway::base::ids::ClientKey;
use cutaway::config::Config;
use cutaway::server::turn::Received;
use cutaway::server::{Server, Time};

/// What the client receives because of a line.
fn ask(server: &mut Server, client: ClientKey, line: &str) -> String {
    server.feed(client, format!("{line}\r\n").as_bytes());
    String::from_utf8(Received::from(server, client)).unwrap()
}

#[test]
fn shutdown_ends_the_server_without_a_reply() {
    for line in [
        "SHUTDOWN",
        "SHUTDOWN NOSAVE",
        "SHUTDOWN SAVE",
        "shutdown now",
        "SHUTDOWN FORCE",
        "SHUTDOWN NOSAVE NOW FORCE",
    ] {
        let (mut server, client) = server_and_client(Config::default());
        assert_eq!(ask(&mut server, client, line), "", "{line}");
        assert!(server.wants_shutdown(), "{line}");
    }
    for (line, error) in [
        ("SHUTDOWN ABORT", "-ERR No shutdown in progress.\r\n"),
        ("SHUTDOWN SAVE NOSAVE", "-ERR syntax error\r\n"),
        ("SHUTDOWN NOW ABORT", "-ERR syntax error\r\n"),
    ] {
        let (mut server, client) = server_and_client(Config::default());
        assert_eq!(ask(&mut server, client, line), error, "{line}");
        assert!(!server.wants_shutdown(), "{line}");
    }
}

/// A server without a disk answers as one whose disk is fast.
#[test]
fn saving_and_rewriting_are_answered_at_once() {
    let (mut server, client) = server_and_client(Config::default());
    for (line, reply) in [
        ("SAVE", "+OK\r\n"),
        ("BGSAVE", "+Background saving started\r\n"),
        ("BGSAVE SCHEDULE", "+Background saving started\r\n"),
        ("BGREWRITEAOF", "+Background append only file rewriting started\r\n"),
    ] {
        assert_eq!(ask(&mut server, client, line), reply, "{line}");
    }
}

#[test]
fn latency_graph_draws_what_took_long() {
    let (mut server, client) = server_and_client(Config::default());
    let second = |second: u64| Time { unix_micros: second * 1_000_000, millis: second * 1000 };
    for (at, millis) in [(1000, 300), (1001, 500), (1002, 400), (1003, 700)] {
        server.latency_monitor.add("command", at, millis);
    }
    server.set_time(second(1060));
    let rule = "-".repeat(80);
    let graph = "   #\n _ |\n |_|\n_|||\n    \n1555\nm987\n sss\n";
    let text = format!("command - high 700 ms, low 300 ms (all time high 700 ms)\n{rule}\n{graph}");
    assert_eq!(ask(&mut server, client, "LATENCY GRAPH command"), format!("${}\r\n{text}\r\n", text.len()));
    let report = ask(&mut server, client, "LATENCY DOCTOR");
    let figures = "1. command: 4 latency spikes (average 475ms, mean deviation 125ms, period 15.00 sec). Worst all time event \
                   700ms.\n";
    assert!(report.contains(figures), "{report}");
}

/// Redis 8.0.2 names its set of vectors.
#[test]
fn there_are_no_modules() {
    let (mut server, client) = server_and_client(Config::default());
    assert_eq!(ask(&mut server, client, "MODULE LIST"), "*0\r\n");
}

#[test]
fn client_reply_skip_mutes_the_next_reply_and_its_own() {
    let (mut server, client) = server_and_client(Config::default());
    assert_eq!(ask(&mut server, client, "CLIENT REPLY SKIP"), "");
    assert_eq!(ask(&mut server, client, "ECHO muted"), "");
    assert_eq!(ask(&mut server, client, "ECHO heard"), "$5\r\nheard\r\n");
}

#[test]
fn config_rewrite_writes_a_changed_setting_to_the_file_of_the_start() {
    let path = std::env::temp_dir().join(format!("cutaway-{}-rewrite.conf", std::process::id()));
    fs::write(&path, "# ours\ntimeout 10\n").unwrap();
    let mut config = Config::default();
    config.file = Some(path.clone());
    config.load(&fs::read_to_string(&path).unwrap()).unwrap();
    let (mut server, client) = server_and_client(config);
    assert_eq!(ask(&mut server, client, "CONFIG SET timeout 20"), "+OK\r\n");
    assert_eq!(ask(&mut server, client, "CONFIG REWRITE"), "+OK\r\n");
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(text, "# ours\ntimeout 20\n");
}
