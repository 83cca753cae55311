//! What the log says about clients: every close and refusal with its reason, whole lines.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::fmt::MakeWriter;

/// The lines logged by this thread: level and text.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Lines;

    fn make_writer(&'a self) -> Lines {
        self.clone()
    }
}

/// A server, its log, and clients that are connected to it.
struct Scene {
    server: Server,
    lines: Lines,
    ports: u16,
    _listening: DefaultGuard,
}

fn scene(settings: &[(&str, &str)]) -> Scene {
    let mut config = Config::default();
    for (name, value) in settings {
        config.set_at_start(name, &value.split(' ').map(String::from).collect::<Vec<_>>()).unwrap();
    }
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(lines.clone())
        .with_ansi(false)
        .with_target(false)
        .without_time()
        .finish();
    let _listening = tracing::subscriber::set_default(subscriber);
    let server = Server::new(
        cutaway::command::table(&config).unwrap(),
        config,
        Process::default(),
        Time::default(),
        || 0,
    );
    Scene { server, lines, ports: 50_000, _listening }
}

impl Scene {
    fn connect(&mut self) -> ClientKey {
        self.connect_from("127.0.0.1")
    }

    fn connect_from(&mut self, ip: &str) -> ClientKey {
        self.ports += 1;
        self.server.connect(About { addr: format!("{ip}:{}", self.ports).into(), ..About::default() })
    }

    /// A client with a name and a library.
    fn connect_named(&mut self) -> ClientKey {
        let key = self.connect();
        self.send(
            key,
            "CLIENT SETNAME reader\r\nCLIENT SETINFO LIB-NAME redis-py\r\nCLIENT SETINFO LIB-VER 5.0.1\r\n",
        );
        self.write(key);
        key
    }

    fn send(&mut self, key: ClientKey, bytes: impl AsRef<[u8]>) {
        self.server.feed(key, bytes.as_ref());
    }

    /// The socket takes all that is owed.
    fn write(&mut self, key: ClientKey) {
        Received::from(&mut self.server, key);
    }

    fn set_time(&mut self, seconds: u64) {
        let time = Time { unix_micros: seconds * 1_000_000, millis: seconds * 1000 };
        self.server.set_time(time);
    }

    /// What was logged since the last call.
    fn log(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.lines.0.lock().unwrap());
        String::from_utf8(bytes).unwrap().lines().map(|line| line.trim().to_string()).collect()
    }
}

const READER: &str = "id=1 addr=127.0.0.1:50001 name=reader lib-name=redis-py lib-ver=5.0.1";

#[test]
fn a_client_over_the_hard_limit_is_logged_with_the_limit_the_value_and_the_setting() {
    let mut scene = scene(&[("client-output-buffer-limit", "pubsub 1048576 0 0")]);
    let (reader, other) = (scene.connect_named(), scene.connect());
    scene.send(reader, "SUBSCRIBE news\r\n");
    scene.write(reader);
    let message = "x".repeat(600_000);
    scene.send(other, format!("*3\r\n$7\r\nPUBLISH\r\n$4\r\nnews\r\n$600000\r\n{message}\r\n").repeat(2));
    assert_eq!(
        scene.log(),
        [format!(
            "WARN closing client {READER} class=pubsub: 1183692 bytes of output queued, hard limit 1048576 \
             (client-output-buffer-limit)"
        )]
    );
}

#[test]
fn a_client_over_the_soft_limit_is_logged_with_the_time_it_was_held() {
    let mut scene = scene(&[("client-output-buffer-limit", "normal 0 1000 10")]);
    let reader = scene.connect_named();
    scene.send(reader, format!("ECHO {}\r\n", "x".repeat(20_000)));
    scene.set_time(10);
    assert_eq!(scene.log(), [""; 0]);
    scene.set_time(11);
    assert_eq!(
        scene.log(),
        [format!(
            "WARN closing client {READER} class=normal: 3626 bytes of output queued, soft limit 1000 held for 11 \
             seconds, 10 are allowed (client-output-buffer-limit)"
        )]
    );
}

#[test]
fn a_client_over_the_query_buffer_limit_is_logged() {
    let mut scene = scene(&[("client-query-buffer-limit", "1mb")]);
    let reader = scene.connect_named();
    scene.send(reader, "*2\r\n$4\r\nECHO\r\n$2000000\r\n");
    scene.send(reader, vec![b'x'; 1_048_600]);
    assert_eq!(
        scene.log(),
        [format!(
            "WARN closing client {READER} class=normal: 1048624 bytes of input not executed, limit 1048576 \
             (client-query-buffer-limit)"
        )]
    );
}

#[test]
fn clients_that_have_not_authenticated_are_logged_when_they_pass_their_own_limits() {
    let mut scene = scene(&[("requirepass", "secret")]);
    let (sender, asker) = (scene.connect(), scene.connect());
    scene.send(sender, vec![b'x'; 1_100_000]);
    while scene.server.clients.get(asker).is_some_and(|client| client.is_open()) {
        scene.send(asker, "PING\r\n".repeat(1000));
        scene.server.end_turn(&mut Received { room: vec![(asker, 0)], ..Received::default() });
    }
    assert_eq!(
        scene.log(),
        [
            "WARN closing client id=1 addr=127.0.0.1:50001 name= lib-name= lib-ver= class=normal: 1100000 bytes of input \
             not executed, without authentication, limit 1048576",
            "WARN closing client id=2 addr=127.0.0.1:50002 name= lib-name= lib-ver= class=normal: 1054000 bytes of output \
             queued without authentication, limit 1048576",
        ]
    );
}

#[test]
fn an_idle_client_is_logged() {
    let mut scene = scene(&[("timeout", "300")]);
    scene.connect_named();
    scene.set_time(300);
    assert_eq!(scene.log(), [""; 0]);
    scene.set_time(301);
    let line =
        format!("INFO closing client {READER} class=normal: idle for 301 seconds, limit 300 (timeout)");
    assert_eq!(scene.log(), [line]);
}

#[test]
fn a_client_over_maxclients_and_one_that_protected_mode_refuses_are_logged() {
    let mut scene = scene(&[("maxclients", "1")]);
    scene.connect_from("10.0.0.5");
    scene.connect();
    assert_eq!(
        scene.log(),
        [
            "WARN refusing client id=1 addr=10.0.0.5:50001 name= lib-name= lib-ver= class=normal: not from this machine, \
             and the default user has no password (protected-mode, requirepass, bind)",
            "WARN refusing client id=2 addr=127.0.0.1:50002 name= lib-name= lib-ver= class=normal: 1 clients are \
             connected, limit 1 (maxclients)",
        ]
    );
}

#[test]
fn a_killed_client_is_logged_with_the_client_that_killed_it() {
    let mut scene = scene(&[]);
    let (reader, operator) = (scene.connect_named(), scene.connect());
    scene.send(reader, "SUBSCRIBE news\r\n");
    scene.send(
        operator,
        "CLIENT SETNAME operator\r\nCLIENT KILL TYPE pubsub\r\nCLIENT KILL 127.0.0.1:50002\r\n",
    );
    let by = "id=2 addr=127.0.0.1:50002 name=operator lib-name= lib-ver= class=normal";
    assert_eq!(
        scene.log(),
        [
            format!("INFO closing client {READER} class=pubsub: CLIENT KILL by client {by}"),
            format!("INFO closing client {by}: CLIENT KILL by itself"),
        ]
    );
}

#[test]
fn protocol_errors_and_http_are_logged_with_what_the_client_sent_escaped() {
    let mut scene = scene(&[]);
    let (broken, forger, browser) = (scene.connect_named(), scene.connect(), scene.connect());
    scene.send(broken, "*1\r\n$x\r\n");
    scene.send(forger, "*1\r\n\x1b[2J\r\n");
    scene.send(browser, "POST / HTTP/1.1\r\nHost: localhost:6379\r\n\r\n");
    assert_eq!(
        scene.log(),
        [
            format!("INFO closing client {READER} class=normal: protocol error: invalid bulk length"),
            "INFO closing client id=2 addr=127.0.0.1:50002 name= lib-name= lib-ver= class=normal: protocol error: expected \
             '$', got '\\u{1b}'"
                .into(),
            "WARN closing client id=3 addr=127.0.0.1:50003 name= lib-name= lib-ver= class=normal: Possible SECURITY ATTACK \
             detected: POST or Host: sent as a command, as by a web page that attacks this server through its reader's \
             browser"
                .into(),
        ]
    );
}

#[test]
fn a_client_that_speaks_tls_is_logged_once_and_waits_for_a_reply_as_at_redis() {
    let mut scene = scene(&[]);
    let (whole, split, other) = (scene.connect(), scene.connect(), scene.connect());
    // A handshake's head: type, version, length, and its message, a ClientHello of version 3.3 with newlines in it.
    let hello = b"\x16\x03\x01\x00\x2e\x01\x00\x00\x2a\x03\x03\n'\"\n";
    scene.send(whole, hello);
    scene.send(whole, hello);
    for byte in hello {
        scene.send(split, [*byte]);
    }
    // Not how a connection begins.
    scene.send(other, b"PING\r\n\x16\x03\r\n");
    scene.write(other);
    scene.send(other, b"\x16\x03\r\n");
    let wrong = "speaks TLS, which this server does not: connect without it (redis:// instead of rediss://, ssl=false), or \
                 put a proxy that ends TLS in front";
    assert_eq!(
        scene.log(),
        [1, 2].map(|id| format!(
            "WARN client id={id} addr=127.0.0.1:5000{id} name= lib-name= lib-ver= class=normal {wrong}"
        ))
    );
    let mut received = Received::default();
    scene.server.end_turn(&mut received);
    assert_eq!(received.closed, []);
    assert_eq!((received.take(whole), received.take(split)), (vec![], vec![]));
}

#[test]
fn a_wrong_password_is_logged_without_the_password_and_the_user_name_escaped_and_cut() {
    let mut scene = scene(&[("requirepass", "secret")]);
    let client = scene.connect();
    scene.send(client, "AUTH hunter2\r\n");
    scene.send(client, "AUTH \"bob\\r\\nINFO forged\" hunter2\r\n");
    scene.send(client, format!("HELLO 3 AUTH {} hunter2\r\n", "u".repeat(100)));
    scene.send(client, "AUTH secret\r\n");
    let who = "id=1 addr=127.0.0.1:50001 name= lib-name= lib-ver= class=normal";
    let wrong = "wrong user name or password for user";
    assert_eq!(
        scene.log(),
        [
            format!("INFO refusing AUTH of client {who}: {wrong} \"default\" (requirepass)"),
            format!("INFO refusing AUTH of client {who}: {wrong} \"bob\\r\\nINFO forged\" (requirepass)"),
            format!(
                "INFO refusing HELLO AUTH of client {who}: {wrong} \"{}\"... (requirepass)",
                "u".repeat(64)
            ),
        ]
    );
}

#[test]
fn a_long_name_is_cut() {
    let mut scene = scene(&[]);
    let client = scene.connect();
    scene.send(client, format!("CLIENT SETNAME {}\r\nQUIT\r\n", "n".repeat(10_000)));
    let name = "n".repeat(64);
    assert_eq!(
        scene.log(),
        [format!(
            "DEBUG closing client id=1 addr=127.0.0.1:50001 name={name}... lib-name= lib-ver= class=normal: QUIT"
        )]
    );
}

#[test]
fn a_peer_that_leaves_is_for_the_debug_log_and_a_socket_that_fails_says_how() {
    let mut scene = scene(&[]);
    let (leaver, broken) = (scene.connect_named(), scene.connect());
    scene.server.disconnect(leaver);
    let error = std::io::Error::new(std::io::ErrorKind::ConnectionReset, "Connection reset by peer");
    scene.server.socket_failed(broken, "reading", &error);
    assert_eq!(
        scene.log(),
        [
            format!("DEBUG closing client {READER} class=normal: the peer closed the connection"),
            "DEBUG closing client id=2 addr=127.0.0.1:50002 name= lib-name= lib-ver= class=normal: reading failed: \
             Connection reset by peer"
                .into(),
        ]
    );
}

#[test]
fn a_close_after_a_reply_is_logged_once() {
    let mut scene = scene(&[]);
    let client = scene.connect();
    scene.send(client, "*1\r\n$x\r\n");
    assert_eq!(scene.log().len(), 1);
    scene.write(client);
    let mut received = Received::default();
    scene.server.end_turn(&mut received);
    assert_eq!(received.closed, [client]);
    assert_eq!(scene.log(), [""; 0]);
}

#[test]
fn no_client_can_fill_the_disk_with_the_reasons_it_is_closed_for() {
    let mut scene = scene(&[]);
    for _ in 0..1000 {
        let client = scene.connect();
        scene.send(client, "*x\r\n");
        scene.write(client);
        scene.server.end_turn(&mut Received::default());
    }
    let log = scene.log();
    assert_eq!(log.len(), 61, "lines of one kind in a minute, and one that says that there are more");
    assert_eq!(
        log[60],
        "INFO further lines about clients closed for a protocol error are left out for 60 seconds"
    );
    // Another kind is not silenced by it.
    let browser = scene.connect();
    scene.send(browser, "POST / HTTP/1.1\r\n");
    assert_eq!(scene.log().len(), 1);
    assert_eq!(scene.server.deadline(), Some(60_000), "the loop wakes to say what was left out");
    scene.set_time(59);
    assert_eq!(scene.log(), [""; 0]);
    scene.set_time(60);
    assert_eq!(
        scene.log(),
        ["INFO 940 lines left out about clients closed for a protocol error, after 60 in 60 seconds"]
    );
    assert_eq!(scene.server.deadline(), None);
    let client = scene.connect();
    scene.send(client, "*x\r\n");
    assert_eq!(scene.log().len(), 1, "a new window");
}

#[test]
fn a_server_that_ends_within_the_minute_says_how_many_lines_were_left_out() {
    let mut scene = scene(&[("requirepass", "secret")]);
    let client = scene.connect();
    scene.send(client, "AUTH wrong\r\n".repeat(100));
    assert_eq!(scene.log().len(), 61);
    scene.server.end();
    assert_eq!(
        scene.log(),
        ["INFO 40 lines left out about clients with a wrong user name or password, after 60 in 60 seconds"]
    );
}

#[test]
fn a_command_of_redis_that_is_not_built_is_named_once_and_an_invented_one_never() {
    let mut scene = scene(&[("rename-command", "FLUSHALL ")]);
    let client = scene.connect();
    for _ in 0..3 {
        scene.send(client, "VADD s member\r\nvadd\r\nNOSUCH a\r\nACL CAT\r\nACL NOSUCH\r\nMODULE LOAD x\r\n");
        scene.send(client, "CLIENT NOSUCH\r\nFLUSHALL\r\nEVAL \"redis.pcall('MIGRATE', 'z', 1, 1)\" 0\r\n");
    }
    let who = "client id=1 addr=127.0.0.1:50001 name= lib-name= lib-ver= class=normal";
    let is_missing = "a command of Redis that is not built here (logged once)";
    assert_eq!(
        scene.log(),
        [
            format!("WARN {who} called VADD, {is_missing}"),
            format!("WARN {who} called ACL CAT, {is_missing}"),
            format!("WARN {who} called ACL, {is_missing}"),
            format!("WARN {who} called MODULE LOAD, {is_missing}"),
            format!("WARN a script of {who} called MIGRATE, {is_missing}"),
        ]
    );
}

#[test]
fn a_command_of_a_module_is_named_once() {
    let mut scene = scene(&[]);
    let client = scene.connect();
    for _ in 0..2 {
        scene.send(client, "FT.SEARCH idx *\r\nJSON.SET k $ 1\r\nft.search idx *\r\nFT.NOSUCH\r\n");
    }
    let who = "client id=1 addr=127.0.0.1:50001 name= lib-name= lib-ver= class=normal";
    let is_missing = "a command of a module of Redis that is not built here (logged once)";
    assert_eq!(
        scene.log(),
        [
            format!("WARN {who} called FT.SEARCH, {is_missing}"),
            format!("WARN {who} called JSON.SET, {is_missing}"),
        ]
    );
}
