//! What clients must not be able to do to the server, each test named after a defect that was found by trying.
//!
//! The first half talks to the real binary over sockets, the second to the `Server` inside the process. Nothing sleeps:
//! a test that fails to hear something ends with its patience.

use crate::running::{PATIENCE, Running, cutaway};
use crate::sans_io;
use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::server::turn::Received;
use cutaway::server::{Server, Time};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};

/// Starts the program in a shell, after `before`.
fn start(before: &str, arguments: &str) -> Running {
    let program = env!("CARGO_BIN_EXE_cutaway");
    let running = Running::on_free_port(|port| {
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("{before} exec '{program}' --port {port} {arguments}"));
        shell.stderr(Stdio::null());
        shell
    });
    running.with_log_ignored()
}

/// Sends bytes and the end of all bytes, and reads until the server closes, which it must.
fn all_replies(server: &Running, bytes: &[u8]) -> String {
    let mut stream = server.connect();
    stream.write_all(bytes).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut replies = String::new();
    stream.read_to_string(&mut replies).expect("the server reads the end and closes");
    replies
}

#[test]
fn who_is_heard_in_the_same_turn_as_an_endless_script_can_end_it() {
    let server = start("", "--busy-reply-threshold 1 --enable-debug-command yes");
    let (mut sleeper, mut script, mut operator) = (server.connect(), server.connect(), server.connect());
    let mut reply = [0; 200];
    for client in [&mut script, &mut operator] {
        client.write_all(b"PING\r\n").unwrap();
        client.read_exact(&mut reply[..7]).unwrap();
    }
    // While the loop does nothing both requests come, and it hears of both at once.
    sleeper.write_all(b"DEBUG SLEEP 0.5\r\n").unwrap();
    script.write_all(b"EVAL \"while true do end\" 0\r\n").unwrap();
    operator.write_all(b"GET x\r\n").unwrap();
    loop {
        let count = operator.read(&mut reply).expect("an answer while the script runs");
        if reply[..count].starts_with(b"+OK") {
            break;
        }
        operator.write_all(b"SCRIPT KILL\r\n").unwrap();
    }
    let count = script.read(&mut reply).unwrap();
    assert!(reply[..count].starts_with(b"-ERR Script killed by user"), "{:?}", &reply[..count]);
}

#[test]
fn the_end_that_comes_together_with_the_last_bytes_is_read() {
    let server = start("", "");
    // Both are there before the server looks, so that one event tells of both; several, for one of them to be.
    for _ in 0..20 {
        assert_eq!(all_replies(&server, b"*1\r\n$4\r\nPI"), "");
        assert_eq!(all_replies(&server, b"PING\r\nPING\r\n"), "+PONG\r\n+PONG\r\n");
    }
}

#[test]
fn everything_that_was_sent_before_the_end_is_answered() {
    let server = start("", "");
    for count in [1000, 1001, 2341, 20_000] {
        assert_eq!(all_replies(&server, "PING\r\n".repeat(count).as_bytes()), "+PONG\r\n".repeat(count));
    }
    // Reads are of 16 KiB: the end comes right after a full one.
    let full = format!("ECHO {}\r\n", "x".repeat(16384 - 7));
    assert_eq!(all_replies(&server, full.as_bytes()), format!("$16377\r\n{}\r\n", "x".repeat(16377)));
}

/// A line of a connection's reply to a request.
fn ask(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.push(byte[0]);
    }
    String::from_utf8(answer).unwrap()
}

#[test]
fn an_address_that_is_not_to_be_had_leaves_the_server_where_it_was() {
    let server = start("", "--bind 127.0.0.1 --timeout 0");
    let other_server = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other_server.local_addr().unwrap().port();
    let mut stream = server.connect();
    assert_eq!(
        ask(&mut stream, &format!("CONFIG SET timeout 5 port {taken} bind 127.0.0.1\r\n")),
        "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.\r\n"
    );
    assert_eq!(
        ask(&mut stream, "CONFIG SET timeout 5 bind 999.999.999.999\r\n"),
        "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.\r\n"
    );
    let mut other = server.connect();
    other.write_all(b"CONFIG GET timeout bind port\r\n").unwrap();
    other.shutdown(Shutdown::Write).unwrap();
    let mut settings = String::new();
    other.read_to_string(&mut settings).unwrap();
    let port = server.port.to_string();
    let settings: Vec<&str> = settings.lines().skip(1).filter(|line| !line.starts_with('$')).collect();
    assert_eq!(settings, ["bind", "127.0.0.1", "port", &port, "timeout", "0"]);
}

#[test]
fn config_set_port_moves_the_server_and_keeps_its_clients() {
    let mut server = start("", "--bind 127.0.0.1");
    let mut old = server.connect();
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let answer = ask(&mut old, &format!("CONFIG SET port {free}\r\n"));
    if answer.starts_with("-ERR") {
        return; // Somebody else took the port meanwhile.
    }
    assert_eq!(answer, "+OK\r\n");
    assert!(TcpStream::connect(("127.0.0.1", server.port)).is_err());
    server.port = free;
    assert_eq!(ask(&mut server.connect(), "PING\r\n"), "+PONG\r\n");
    assert_eq!(ask(&mut old, "CONFIG SET bind \"127.0.0.1 -::1\"\r\n"), "+OK\r\n");
    assert_eq!(ask(&mut server.connect(), "PING\r\n"), "+PONG\r\n");
    assert_eq!(ask(&mut old, "CONFIG SET port 0\r\n"), "+OK\r\n");
    assert!(TcpStream::connect(("127.0.0.1", free)).is_err());
    assert_eq!(ask(&mut old, "PING\r\n"), "+PONG\r\n");
}

#[test]
fn the_limit_of_open_files_is_raised() {
    let server = start("ulimit -Sn 64;", "");
    let mut clients: Vec<TcpStream> = (0..100).map(|_| server.connect()).collect();
    for client in &mut clients {
        let mut reply = [0; 7];
        client.write_all(b"PING\r\n").unwrap();
        client.read_exact(&mut reply).unwrap();
        assert_eq!(&reply, b"+PONG\r\n");
    }
}

#[test]
fn maxclients_is_lowered_where_the_limit_of_open_files_cannot_be_raised() {
    let server = start("ulimit -n 64;", "");
    let reply = all_replies(&server, b"CONFIG GET maxclients\r\n");
    assert_eq!(reply, "*2\r\n$10\r\nmaxclients\r\n$2\r\n32\r\n");
}

#[test]
fn a_file_in_the_place_of_the_unix_socket_is_not_deleted() {
    let path = std::env::temp_dir().join(format!("cutaway-{}-not-a-socket", std::process::id()));
    std::fs::write(&path, "precious").unwrap();
    let output = cutaway().args(["--port", "0", "--unixsocket"]).arg(&path).output().unwrap();
    let kept = std::fs::read_to_string(&path);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(kept.unwrap(), "precious");
    assert_eq!(output.status.code(), Some(1));
}

/// A server without sockets, with some settings, and its first client.
fn server(settings: &[(&str, &str)]) -> (Server, ClientKey) {
    sans_io::server_and_client(sans_io::config(settings))
}

#[test]
fn a_client_with_a_backlog_gets_one_share_of_a_turn() {
    let (mut server, client) = server(&[]);
    for _ in 0..5 {
        server.feed(client, &b"PING\r\n".repeat(5000));
    }
    let before = server.stats.commands_processed;
    server.end_turn(&mut Received::default());
    assert_eq!(server.stats.commands_processed - before, 1000);
}

#[test]
fn long_replies_are_judged_before_all_of_them_are_made() {
    let (mut server, client) = server(&[("client-output-buffer-limit", "normal 4mb 0 0")]);
    server.feed(client, format!("SET k {}\r\n", "x".repeat(60_000)).as_bytes());
    server.feed(client, &b"GET k\r\n".repeat(900));
    // 4 MiB, and the 16 KiB that do not count, are 71 replies; each two are handed on together.
    assert_eq!(server.stats.commands_processed, 1 + 72);
    assert_eq!(server.clients.limit_disconnections, 1);
}

/// The clients that are closed at the end of the turn.
fn closed(server: &mut Server) -> Vec<ClientKey> {
    let mut received = Received::default();
    server.end_turn(&mut received);
    received.closed
}

#[test]
fn a_limit_that_is_lowered_holds_for_what_is_owed_already() {
    let (mut server, subscriber) = server(&[]);
    let operator = server.connect(About { addr: "127.0.0.1:2".into(), ..About::default() });
    server.feed(subscriber, b"SUBSCRIBE news\r\n");
    server.feed(operator, format!("PUBLISH news {}\r\n", "x".repeat(50_000)).as_bytes());
    server.feed(operator, b"CONFIG SET client-output-buffer-limit \"pubsub 10000 0 0\"\r\n");
    assert_eq!(closed(&mut server), [subscriber]);
}

#[test]
fn a_soft_limit_held_for_ever_does_not_keep_the_loop_awake() {
    let limit = ("client-output-buffer-limit", "pubsub 0 1 9223372036854775807");
    let (mut server, client) = server(&[limit]);
    server.feed(client, format!("SUBSCRIBE {}\r\n", "n".repeat(20_000)).as_bytes());
    assert_eq!(server.deadline(), Some(u64::MAX));
}

#[test]
fn one_who_quits_and_never_reads_is_closed_by_the_timeout() {
    let (mut server, client) = server(&[("timeout", "10")]);
    server.feed(client, b"QUIT\r\n");
    server.set_time(Time { unix_micros: 0, millis: 12_000 });
    assert_eq!(closed(&mut server), [client]);
}

#[test]
fn watching_many_keys_does_not_compare_each_with_all() {
    let (mut server, client) = server(&[]);
    let started = std::time::Instant::now();
    let mut watch = format!("*{}\r\n$5\r\nWATCH\r\n", 200_001).into_bytes();
    for key in 100_000..300_000 {
        watch.extend(format!("$6\r\n{key}\r\n").bytes());
    }
    server.feed(client, &watch);
    server.feed(client, b"FLUSHALL\r\nMULTI\r\nEXEC\r\n");
    assert_eq!(server.stats.commands_processed, 4);
    assert!(started.elapsed() < PATIENCE, "{:?}", started.elapsed());
}

#[test]
fn one_command_does_not_make_a_longer_reply_than_may_be_owed() {
    let long = "x".repeat(60_000);
    let mget = format!("MGET{}\r\n", " k".repeat(1000));
    let exec = format!("MULTI\r\n{}EXEC\r\n", "GET k\r\n".repeat(900));
    let script = "EVAL \"local t = {} for i = 1, 1000 do t[i] = redis.call('get', 'k') end return t\" 0\r\n";
    for command in [&mget, &exec, script] {
        let (mut server, client) = server(&[("client-output-buffer-limit", "normal 4mb 0 0")]);
        server.feed(client, format!("SET k {long}\r\n").as_bytes());
        server.feed(client, command.as_bytes());
        assert_eq!(server.clients.limit_disconnections, 1, "{command:.20}");
        let most = server.clients[client].most_owed;
        assert!((4 << 20..(4 << 20) + 100_000).contains(&most), "{command:.20}: {most}");
        assert_eq!(closed(&mut server), [client]);
    }
}

#[test]
fn a_reply_that_a_script_has_no_memory_for_is_not_made() {
    let (mut server, client) = server(&[]);
    server.scripts.memory_limit = 4 << 20;
    server.feed(client, format!("SET k {}\r\n", "x".repeat(60_000)).as_bytes());
    let script = "local t = {'mget'} for i = 2, 1000 do t[i] = 'k' end \
                  return {select(2, pcall(redis.call, unpack(t))), redis.call('strlen', 'k')}";
    server.feed(client, format!("EVAL \"{script}\" 0\r\n").as_bytes());
    let replies = Received::from(&mut server, client);
    assert_eq!(String::from_utf8_lossy(&replies), "+OK\r\n*2\r\n$17\r\nnot enough memory\r\n:60000\r\n");
}

#[test]
fn what_the_patterns_of_a_client_take_is_counted_and_bounded() {
    let (mut server, client) = server(&[]);
    let before = server.clients[client].memory();
    let subscribe = |pattern: &[u8]| {
        let head = format!("*2\r\n$10\r\nPSUBSCRIBE\r\n${}\r\n", pattern.len());
        [head.as_bytes(), pattern, b"\r\n"].concat()
    };
    // Kept as text, which is the name and nothing else.
    for number in 0..20 {
        let pattern = format!("*?{number:02}{}?*", "long pattern".repeat(5000));
        server.feed(client, &subscribe(pattern.as_bytes()));
    }
    let owed =
        |server: &Server| server.clients[client].output.shared() + server.clients[client].output.memory();
    let long = server.clients[client].memory() - owed(&server) - before;
    assert!((20 * 60_000..20 * 60_600).contains(&long), "{long} bytes");
    server.feed(client, b"PUNSUBSCRIBE\r\n");
    // Each would compile to 3 KB. After the first megabyte they are kept as text.
    for number in 0..20_000 {
        server.feed(client, &subscribe(format!("*?*?*?*?*?*?*?*?{number}").as_bytes()));
    }
    let many = server.clients[client].memory() - owed(&server) - before;
    assert!((1 << 20..20_000 * 200).contains(&many), "{many} bytes");
    server.feed(client, b"PUNSUBSCRIBE\r\n");
    assert_eq!(server.clients[client].memory() - owed(&server), before);
}

#[test]
fn the_slow_log_does_not_copy_a_long_client_name_into_each_entry() {
    let (mut server, client) = server(&[("slowlog-log-slower-than", "0")]);
    let name = "n".repeat(1 << 20);
    let set_name = format!("*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n${}\r\n{name}\r\n", name.len());
    server.feed(client, set_name.as_bytes());
    server.feed(client, &b"PING\r\n".repeat(200));
    let client_name = &server.clients[client].about.name;
    let entries = server.slowlog.entries().take(100);
    assert!(entries.clone().all(|entry| std::sync::Arc::ptr_eq(&entry.name, client_name)));
    assert_eq!(entries.len(), 100);
}
