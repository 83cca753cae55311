//! The live page over real sockets: what a browser, a program that monitors, and somebody with bad intentions get.

mod peer;
mod prometheus;

use crate::running::{PATIENCE, Running, cutaway, until};
use peer::{Live, Socket, get, headers, raw, status};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use tungstenite::protocol::frame::coding::CloseCode;

/// What a page is told of a step, without what is the same for all.
fn kinds(turn: &Value) -> Vec<&str> {
    turn["steps"].as_array().unwrap().iter().map(|step| step["step"].as_str().unwrap()).collect()
}

/// Reads up to the end of a subscription's reply.
fn subscribed(client: &mut TcpStream) {
    let (mut replies, mut byte) = (Vec::new(), [0]);
    while !replies.ends_with(b":1\r\n") {
        client.read_exact(&mut byte).unwrap();
        replies.extend(byte);
    }
}

#[test]
fn the_page_comes_with_headers_that_keep_it_to_itself() {
    let live = Live::start(&[]);
    let reply = get(&live, "/", "");
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let page = std::fs::read_to_string("web/index.html").unwrap();
    assert_eq!(
        body,
        page.replace(r#"name="cutaway" content="playground""#, r#"name="cutaway" content="live""#)
    );
    assert_eq!(
        head,
        format!(
            "HTTP/1.1 200 OK\r\n\
             Content-Type: text/html; charset=utf-8\r\n\
             Content-Length: {}\r\n\
             Connection: close\r\n\
             Cache-Control: no-store\r\n\
             Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; \
             img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n\
             Cross-Origin-Opener-Policy: same-origin\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\n\
             Referrer-Policy: no-referrer\r\n\
             X-Content-Type-Options: nosniff\r\n\
             X-Frame-Options: DENY",
            body.len()
        )
    );
    let head_alone = raw(&live, &format!("HEAD / HTTP/1.1\r\nHost: {}\r\n\r\n", live.host()));
    assert_eq!(head_alone, format!("{head}\r\n\r\n"));
    assert_eq!(status(&get(&live, "/../Cargo.toml", "")), 404);
    assert_eq!(status(&get(&live, "/live", "")), 426);
}

#[test]
fn without_the_setting_there_is_no_page() {
    let (mut server, lines) =
        Running::try_start(cutaway().args(["--port", "0", "--unixsocket", "s"])).unwrap();
    assert!(!lines.contains("live page"), "{lines}");
    server.process.kill().unwrap();
}

#[test]
fn an_address_that_is_taken_is_no_start() {
    let live = Live::start(&[]);
    let (host, port) = (live.host(), crate::running::free_port().to_string());
    let output = cutaway().args(["--port", &port, "--live", &host]).output().unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.starts_with(&format!("cutaway: could not listen on {host} (live): ")), "{error}");
}

#[test]
fn health_says_whether_the_server_has_loaded() {
    let live = Live::start(&[]);
    assert!(get(&live, "/health", "").ends_with("\r\n\r\nok\n"));
    // Whoever asks for it may know the server by any name.
    assert_eq!(status(&raw(&live, "GET /health HTTP/1.1\r\nHost: somewhere\r\n\r\n")), 200);
    let directory = tempfile::tempdir().unwrap();
    let mut first = Live::start_in(directory.path(), &[], "Ready to accept connections");
    assert_eq!(first.ask("SET a 1\r\nSHUTDOWN SAVE\r\n"), "+OK\r\n");
    first.running.process.wait().unwrap();
    let page = "the live page is at";
    let loading = Live::start_in(directory.path(), &["--key-load-delay", "100000000"], page);
    let reply = get(&loading, "/health", "");
    assert_eq!(status(&reply), 503);
    assert!(reply.ends_with("\r\n\r\nloading\n"), "{reply}");
}

#[test]
fn metrics_are_in_the_format_of_prometheus_and_no_client_chooses_a_label() {
    let mut live = Live::start(&[]);
    let mut subscriber = live.running.connect();
    subscriber.write_all(b"CLIENT SETNAME chosen\r\nSUBSCRIBE chosen:channel\r\n").unwrap();
    subscribed(&mut subscriber);
    assert_eq!(live.ask("PUBLISH chosen:channel x\r\n"), ":1\r\n");
    let reply = get(&live, "/metrics", "");
    let (head, text) = reply.split_once("\r\n\r\n").unwrap();
    assert!(headers(head).contains(&("Content-Type", "text/plain; version=0.0.4; charset=utf-8")));
    let metrics = prometheus::read(text);
    assert!(!text.contains("chosen"), "{text}");
    let expected = [
        ("cutaway_connected_clients", 1.0),
        ("cutaway_pubsub_clients", 1.0),
        ("cutaway_channels", 1.0),
        ("cutaway_channel_subscriptions", 1.0),
        ("cutaway_publishes_total", 1.0),
        ("cutaway_messages_delivered_total", 1.0),
        ("cutaway_connections_received_total", 2.0),
        ("cutaway_clients_closed_total{reason=\"peer\"}", 1.0),
        ("cutaway_loading", 0.0),
        ("cutaway_live_pages", 0.0),
    ];
    for (name, value) in expected {
        assert_eq!(metrics.get(name), Some(&value), "{name}");
    }
    assert!(metrics["cutaway_memory_used_bytes"] > 100_000.0);
    assert!(metrics["cutaway_loop_turns_total"] > 1.0);
}

#[test]
fn with_a_password_page_and_metrics_ask_for_it_and_health_does_not() {
    let mut live = Live::start(&["--requirepass", "se:cret"]);
    let basic =
        |words: &str| format!("Authorization: Basic {}\r\n", data_encoding::BASE64.encode(words.as_bytes()));
    for path in ["/", "/metrics"] {
        let reply = get(&live, path, "");
        assert_eq!(status(&reply), 401);
        assert!(
            headers(&reply).contains(&("WWW-Authenticate", "Basic realm=\"cutaway\", charset=\"UTF-8\""))
        );
        for right in ["default:se:cret", ":se:cret"] {
            assert_eq!(status(&get(&live, path, &basic(right))), 200, "{path} {right}");
        }
    }
    for wrong in ["default:secret", "other:se:cret", "default:"] {
        assert_eq!(status(&get(&live, "/", &basic(wrong))), 401, "{wrong}");
    }
    assert_eq!(status(&get(&live, "/health", "")), 200);
    assert!(Socket::try_open(&live, "").is_err());
    let mut page = Socket::try_open(&live, &basic(":se:cret")).unwrap();
    page.next(|message| message.get("operators").cloned());
    let metrics = get(&live, "/metrics", &basic(":se:cret"));
    let metrics = prometheus::read(metrics.split_once("\r\n\r\n").unwrap().1);
    assert_eq!(metrics["cutaway_wrong_passwords_total"], 3.0);
    // What AUTH asks for, the page asks for: from now on.
    assert_eq!(live.ask("AUTH se:cret\r\nCONFIG SET requirepass other\r\n"), "+OK\r\n+OK\r\n");
    assert_eq!(status(&get(&live, "/", &basic(":se:cret"))), 401);
    assert_eq!(status(&get(&live, "/", &basic(":other"))), 200);
}

#[test]
fn a_foreign_host_and_a_foreign_origin_are_refused() {
    let live = Live::start(&["--live-hosts", "wall.example", "other.example"]);
    let host = live.host();
    let asked_as = |host: &str| status(&raw(&live, &format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n")));
    for known in [&host, "localhost", "wall.example", "other.example:443"] {
        assert_eq!(asked_as(known), 200, "{known}");
    }
    for foreign in ["evil.example", "127.0.0.1.evil.example", "127.0.0.2", "localhost.evil.example"] {
        assert_eq!(asked_as(foreign), 403, "{foreign}");
    }
    let refused = |origin: &str| match Socket::try_open(&live, &format!("Origin: {origin}\r\n")) {
        Ok(_) => false,
        Err(reply) => status(&reply) == 403,
    };
    for foreign in
        ["http://evil.example", "null", "http://localhost", "http://127.0.0.1", "https://wall.example"]
    {
        assert!(refused(foreign), "{foreign}");
    }
    assert!(!refused(&format!("http://{host}")));
}

#[test]
fn what_is_no_http_is_refused_and_the_next_one_is_served() {
    let live = Live::start(&[]);
    let host = live.host();
    let cases = [
        ("POST / HTTP/1.1\r\nHost: HOST\r\n\r\n".to_string(), 405),
        ("GET / HTTP/1.1\r\n\r\n".into(), 400),
        ("GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n".into(), 400),
        ("GET http://HOST/ HTTP/1.1\r\nHost: HOST\r\n\r\n".into(), 400),
        ("GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 4\r\n\r\nbody".into(), 413),
        ("GET / HTTP/2.0\r\nHost: HOST\r\n\r\n".into(), 505),
        ("*1\r\n$4\r\nPING\r\n".into(), 400),
        ("\u{16}\u{3}\u{1}\u{2}".into(), 400),
        ("\0\0\0\0".into(), 400),
        (format!("GET / HTTP/1.1\r\nHost: HOST\r\nX: {}", "x".repeat(100_000)), 431),
        (format!("GET / HTTP/1.1\r\nHost: HOST\r\n{}\r\n", "X: y\r\n".repeat(100)), 431),
        (format!("GET /{} HTTP/1.1\r\nHost: HOST\r\n\r\n", "x".repeat(2000)), 414),
        ("GET /live HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\r\n".into(), 400),
        ("GET /live HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: short\r\n\r\n".into(), 400),
        ("GET /live HTTP/1.1\r\nHost: HOST\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 7\r\n\r\n".into(), 426),
    ];
    for (request, expected) in cases {
        let reply = raw(&live, &request.replace("HOST", &host));
        assert_eq!(status(&reply), expected, "{request:.80} {reply}");
        assert_eq!(status(&get(&live, "/", "")), 200);
    }
}

#[test]
fn what_is_no_websocket_is_closed_with_the_reason() {
    let live = Live::start(&[]);
    // A frame without a mask, one with a reserved bit, a text that is none, a frame of 100 MB, a message in too many pieces.
    let mask = [0_u8; 4];
    let frame = |first: u8, length: &[u8], payload: &[u8]| [&[first], length, &mask, payload].concat();
    let piece = |first: u8| frame(first, &[0xfe, 0xff, 0xff], &[b'x'; 65535]);
    let cases = [
        (vec![0x81, 0x01, b'x'], CloseCode::Protocol),
        (frame(0xf1, &[0x81], b"x"), CloseCode::Protocol),
        (frame(0x83, &[0x81], b"x"), CloseCode::Protocol),
        (frame(0x81, &[0x81], &[0xff]), CloseCode::Invalid),
        (frame(0x81, &[0xff, 0, 0, 0, 0, 6, 0, 0, 0], b""), CloseCode::Size),
        ([piece(0x01), piece(0), piece(0), piece(0), piece(0)].concat(), CloseCode::Size),
    ];
    for (bytes, code) in cases {
        let mut page = Socket::open(&live);
        page.send_raw(&bytes);
        assert_eq!(page.close_code(), Some(code), "{:?}", &bytes[..bytes.len().min(16)]);
    }
    // A text that is no message is told so, and the page goes on.
    let mut page = Socket::open(&live);
    for text in ["", "{}", "[1]", r#"{"watch":7}"#, r#"{"shutdown":1}"#] {
        page.send(text);
        assert!(page.next(|message| message.get("error").cloned()).is_string(), "{text}");
    }
}

#[test]
fn a_page_sees_a_client_connect_subscribe_and_receive_as_it_happens() {
    let mut live = Live::start(&[]);
    let mut page = Socket::open(&live);
    let hello = page.next(|message| message.get("hello").cloned());
    assert_eq!(hello, json!({ "version": env!("CARGO_PKG_VERSION"), "console": false }));
    page.send(r#"{"watch":{}}"#);
    page.next(|message| message.get("look").cloned());
    let mut subscriber = live.running.connect();
    subscriber.write_all(b"CLIENT SETNAME web\r\nSUBSCRIBE news.art\r\n").unwrap();
    let turn = page.turn_with("appended");
    let connected = page.seen_step("connected");
    // Its name may have come a turn later.
    assert!(connected["client"].as_str().unwrap().ends_with("#1"), "{connected}");
    let appended = turn["steps"].as_array().unwrap().iter().find(|step| step["step"] == "appended").unwrap();
    assert_eq!(
        (&appended["client"], &appended["name"], &appended["length"]),
        (&json!("web#1"), &json!("news.art"), &json!(1))
    );
    assert_eq!(live.ask("PUBLISH news.art opening\r\n"), ":1\r\n");
    let turn = page.turn_with("visited");
    let told = kinds(&turn);
    let walk: Vec<&&str> = told.iter().skip_while(|kind| **kind != "looked_up").collect();
    assert_eq!(walk[..4], [&"looked_up", &"visited", &"encoded", &"queued"], "{told:?}");
    let look = page.next(|message| message.get("look").filter(|look| look["of"]["channels"] == 1).cloned());
    assert_eq!(look["sampled"], false);
    assert!(
        look["picture"].as_str().unwrap().contains(r#"data-at="pubsub_channels/news.art/web#1""#),
        "{look}"
    );
    let count =
        |message: &Value| message.get("operators").filter(|it| it["counts"]["subscriptions"] == 1).cloned();
    let operators = page.next(count);
    assert_eq!(operators["subscribers"][0]["name"], "web#1");
    assert_eq!(operators["subscribers"][0]["channels"], json!({ "count": 1, "first": ["news.art"] }));
    let top =
        json!({"kind": "channel", "name": "news.art", "publishes": 1, "deliveries": 1, "per_publish": 1.0});
    page.next(|message| message.get("operators").filter(|it| it["top"] == json!([top])).cloned());
    // Who rests is shown nothing more.
    page.send(r#"{"watch":null}"#);
    page.send("{}");
    page.next(|message| message.get("error").cloned());
    assert_eq!(live.ask("PUBLISH news.art closing\r\n"), ":1\r\n");
    page.send("[]");
    let next = page.next(|message| message.get("live").or(message.get("error")).cloned());
    assert!(next.is_string(), "{next}");
}

#[test]
fn steps_beyond_the_bound_are_dropped_and_counted() {
    let mut live = Live::start(&[]);
    let mut page = Socket::open(&live);
    page.next(|message| message.get("look").cloned());
    let replies = live.ask(&"PUBLISH nobody x\r\n".repeat(2000));
    assert_eq!(replies, ":0\r\n".repeat(2000));
    let dropped = page.next(|message| {
        message.get("live")?["dropped"].as_u64().filter(|&dropped| dropped > 0).map(Value::from)
    });
    // Each takes five steps at least, and some hundreds are shown.
    assert!(dropped.as_u64() > Some(1000), "{dropped}");
    assert!(page.most_steps <= 1000, "{}", page.most_steps);
    let metrics = get(&live, "/metrics", "");
    let metrics = prometheus::read(metrics.split_once("\r\n\r\n").unwrap().1);
    assert!(metrics["cutaway_live_steps_dropped_total"] > 1000.0);
    assert_eq!(metrics["cutaway_live_pages"], 1.0);
}

#[test]
fn operators_see_who_lags_and_who_was_closed_for_it() {
    let mut live = Live::start(&["--client-output-buffer-limit", "pubsub 64mb 1 2"]);
    let mut page = Socket::open(&live);
    let mut slow = live.running.connect();
    slow.write_all(b"CLIENT SETNAME slow\r\nSUBSCRIBE x\r\n").unwrap();
    subscribed(&mut slow);
    let publish = format!("*3\r\n$7\r\nPUBLISH\r\n$1\r\nx\r\n$1000000\r\n{}\r\n", "x".repeat(1_000_000));
    for _ in 0..20 {
        assert_eq!(live.ask(&publish), ":1\r\n");
    }
    let lags =
        |message: &Value| message.get("operators").filter(|it| it["lagging"][0]["name"] == "slow#1").cloned();
    let operators = page.next(lags);
    let lagging = &operators["lagging"][0];
    assert!(lagging["owed"].as_u64() > Some(1_000_000) && lagging["is_full"] == true, "{lagging}");
    let closed = |message: &Value| {
        message.get("operators")?["closed"]
            .get(0)
            .filter(|it| it["reason"].to_string().contains("soft limit"))
            .cloned()
    };
    let closed = page.next(closed);
    assert!(closed["client"].as_str().unwrap().contains("name=slow"), "{closed}");
}

#[test]
fn a_page_that_does_not_read_holds_up_nobody() {
    let mut live = Live::start(&[]);
    let mut deaf = Socket::open(&live);
    deaf.send(r#"{"watch":{}}"#);
    let mut page = Socket::open(&live);
    // Some seconds of steps and pictures, until the deaf page's socket is full.
    for _ in 0..50 {
        assert_eq!(live.ask(&"PUBLISH nobody x\r\n".repeat(1000)), ":0\r\n".repeat(1000));
    }
    page.next(|message| message.get("live").cloned());
    assert_eq!(status(&get(&live, "/", "")), 200);
}

#[test]
fn a_page_that_sends_a_message_in_empty_pieces_without_end_holds_up_nobody() {
    let live = Live::start(&[]);
    let mut endless = Socket::open(&live);
    endless.send_raw(&[0x01, 0x80, 0, 0, 0, 0]);
    let pieces = [0x00, 0x80, 0, 0, 0, 0].repeat(10_000);
    let sender = std::thread::spawn(move || (0..200).for_each(|_| endless.send_raw(&pieces)));
    let mut page = Socket::open(&live);
    page.next(|message| message.get("look").cloned());
    assert_eq!(status(&get(&live, "/", "")), 200);
    sender.join().unwrap();
}

#[test]
fn connections_that_say_nothing_make_room_for_those_that_do() {
    let live = Live::start(&[]);
    let idle: Vec<_> = (0..200).map(|_| live.connect()).collect();
    assert_eq!(status(&get(&live, "/", "")), 200);
    drop(idle);
    let pages: Vec<Socket> = (0..8).map(|_| Socket::open(&live)).collect();
    assert_eq!(status(&Socket::try_open(&live, "").unwrap_err()), 503);
    assert_eq!(status(&get(&live, "/", "")), 200);
    drop(pages);
}

#[test]
fn the_console_is_closed_unless_the_setting_opens_it() {
    let live = Live::start(&[]);
    let mut page = Socket::open(&live);
    page.send(r#"{"console":"PING"}"#);
    let refused = page.next(|message| message.get("console").cloned());
    assert_eq!(refused, json!({ "error": "not allowed (live-console)" }));
    let live = Live::start(&["--live-console", "yes", "--requirepass", "secret"]);
    let basic = format!("Authorization: Basic {}\r\n", data_encoding::BASE64.encode(b":secret"));
    let mut page = Socket::try_open(&live, &basic).unwrap();
    assert_eq!(page.next(|message| message.get("hello").cloned())["console"], true);
    page.send(r#"{"console":"ECHO \"two words\""}"#);
    let mut received = String::new();
    while !received.ends_with("two words\r\n") {
        let bytes = page.next(|message| message.get("console").cloned());
        received.push_str(bytes["bytes"].as_str().unwrap());
    }
    assert_eq!(received, "$9\r\ntwo words\r\n");
    page.send(r#"{"console":"ECHO \"two"}"#);
    assert_eq!(page.next(|message| message.get("console").cloned()), json!({ "error": "unbalanced quotes" }));
    page.send(r#"{"console":"QUIT"}"#);
    assert_eq!(page.next(|message| message.get("console").cloned()), json!({ "bytes": "+OK\r\n" }));
    assert_eq!(page.next(|message| message.get("console").cloned()), json!({ "closed": true }));
    // The next command is another client's.
    page.send(r#"{"console":"CLIENT ID"}"#);
    assert_eq!(
        page.next(|message| message.get("console")?["bytes"].as_str().map(Value::from)),
        json!(":2\r\n")
    );
}

/// What a page's session answers.
fn answer(page: &mut Socket, request: &str) -> Value {
    page.send(&format!(r#"{{"session":{request}}}"#));
    page.next(|message| message.get("session").cloned())
}

#[test]
fn a_page_has_a_session_of_its_own() {
    let live = Live::start(&[]);
    let (mut one, mut other) = (Socket::open(&live), Socket::open(&live));
    let opened = answer(&mut one, r#"{"do":"open"}"#);
    assert_eq!((&opened["number"], &opened["state"]["counts"]["channels"]), (&json!(0), &json!(0)));
    let played = answer(&mut one, r#"{"do":"play","line":"A: SUBSCRIBE x"}"#);
    assert_eq!((&played["number"], &played["state"]["counts"]["channels"]), (&json!(1), &json!(1)));
    assert_eq!(played["received"][0]["bytes"], "*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n");
    // Another page's is another server, and so is the one behind the page.
    assert_eq!(
        answer(&mut other, r#"{"do":"play","line":"A: PING"}"#),
        json!({ "error": "open the session first" })
    );
    let operators = one.next(|message| message.get("operators").cloned());
    assert_eq!(operators["counts"]["channels"], 0);
    // Several at once are answered in order.
    for number in 2..20 {
        one.send(&format!(r#"{{"session":{{"do":"play","line":"A: PING {number}"}}}}"#));
    }
    for number in 2..20 {
        assert_eq!(one.next(|message| message.get("session").cloned())["number"], number);
    }
}

#[test]
fn a_session_that_takes_too_much_ends_alone() {
    let live = Live::start(&[]);
    let (mut greedy, mut other) = (Socket::open(&live), Socket::open(&live));
    answer(&mut other, r#"{"do":"open"}"#);
    answer(&mut greedy, r#"{"do":"open"}"#);
    let ended = (0..10).find_map(|key| {
        let request = format!(r#"{{"do":"play","line":"A: SETRANGE {key} 536870000 x"}}"#);
        answer(&mut greedy, &request).get("error").cloned()
    });
    assert_eq!(ended, Some(json!("the session has ended: it has needed too much memory, or failed")));
    assert_eq!(answer(&mut other, r#"{"do":"play","line":"A: PING"}"#)["number"], 1);
    assert_eq!(answer(&mut greedy, r#"{"do":"open"}"#)["number"], 0);
    assert_eq!(status(&get(&live, "/health", "")), 200);
}

#[test]
fn while_a_session_works_the_page_and_others_are_served() {
    let mut live = Live::start(&[]);
    let mut busy = Socket::open(&live);
    answer(&mut busy, r#"{"do":"open"}"#);
    busy.send(r#"{"session":{"do":"play","line":"A: EVAL \"while true do end\" 0"}}"#);
    assert_eq!(live.ask("PING\r\n"), "+PONG\r\n");
    assert_eq!(status(&get(&live, "/", "")), 200);
    let answered = busy.next(|message| message.get("session").cloned());
    assert!(answered["error"].as_str().unwrap().contains("script"), "{answered}");
}
