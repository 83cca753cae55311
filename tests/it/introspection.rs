//! What operators can see, where a scenario cannot show it: it depends on what happens within one turn of the
//! loop, or on how much of a frame was written.

use crate::machine::Machine;
use crate::sans_io::{self, connect};
use cutaway::base::ids::ClientKey;
use cutaway::client::Client;
use cutaway::client::reason::Reason;
use cutaway::command::client::describe::describe;
use cutaway::config::Config;
use cutaway::server::persistence::memory_disk::MemoryDisk;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};
use std::cell::Cell;

const NOTICE: &str = ">3\r\n$7\r\ncutaway\r\n$7\r\nclosing\r\n$19\r\noutput buffer limit\r\n";

fn server(settings: &[(&str, &str)]) -> Server {
    sans_io::server(sans_io::config(settings))
}

/// How many bytes a client is owed.
fn owed(server: &Server, key: ClientKey) -> usize {
    server.clients[key].output.owed()
}

/// Writes to a client all that it is owed.
fn received(server: &mut Server, key: ClientKey) -> String {
    String::from_utf8(Received::from(server, key)).unwrap()
}

/// Writes that many bytes to a client; then its socket is full.
fn write(server: &mut Server, key: ClientKey, count: usize) {
    server.write_to_client(key, &mut Received { room: vec![(key, count)], ..Received::default() });
}

/// Ends the turn: everything is written.
fn end_turn(server: &mut Server) -> Received {
    let mut received = Received::default();
    server.end_turn(&mut received);
    received
}

/// A client of RESP3 with `CLIENT NOTIFY-CLOSE ON` that is subscribed to `x` and is owed nothing.
fn subscriber(server: &mut Server) -> ClientKey {
    let key = connect(server);
    server.feed(key, b"HELLO 3\r\nCLIENT NOTIFY-CLOSE ON\r\nSUBSCRIBE x\r\n");
    end_turn(server);
    key
}

fn publish(server: &mut Server, publisher: ClientKey, length: usize) {
    server.feed(publisher, format!("PUBLISH x {}\r\n", "m".repeat(length)).as_bytes());
}

/// The bytes of a queue that do not count.
const UNCOUNTED: usize = cutaway::output::queue::FIRST_BUFFER;

const LIMIT: (&str, &str) = ("client-output-buffer-limit", "pubsub 1000 0 0");

#[test]
fn the_notice_takes_the_place_of_a_queue_of_which_nothing_was_sent() {
    let mut server = server(&[LIMIT]);
    let (reader, publisher) = (subscriber(&mut server), connect(&mut server));
    publish(&mut server, publisher, 500);
    server.feed(publisher, format!("PUBLISH x {}\r\n", "m".repeat(UNCOUNTED + 600)).as_bytes());
    let mut received = end_turn(&mut server);
    assert_eq!(received.take(reader), NOTICE.as_bytes(), "it is to be written");
    assert_eq!(received.closed, [reader]);
}

#[test]
fn after_any_part_of_a_frame_there_is_no_notice() {
    let frame = {
        let mut server = server(&[]);
        let (reader, publisher) = (subscriber(&mut server), connect(&mut server));
        publish(&mut server, publisher, 500);
        owed(&server, reader)
    };
    for sent in 1..=frame {
        let mut server = server(&[LIMIT]);
        let (reader, publisher) = (subscriber(&mut server), connect(&mut server));
        publish(&mut server, publisher, 500);
        write(&mut server, reader, sent);
        publish(&mut server, publisher, UNCOUNTED + 999);
        // All of the frame, and no more: that is a boundary again.
        let expected = if sent == frame { NOTICE } else { "" };
        assert_eq!(received(&mut server, reader), expected, "{sent} of {frame} bytes were sent");
        assert_eq!(end_turn(&mut server).closed, [reader]);
    }
}

#[test]
fn a_frame_boundary_in_mid_queue_is_not_trusted() {
    let mut server = server(&[LIMIT]);
    let (reader, publisher) = (subscriber(&mut server), connect(&mut server));
    publish(&mut server, publisher, 100);
    let first = owed(&server, reader);
    publish(&mut server, publisher, 100);
    write(&mut server, reader, first);
    publish(&mut server, publisher, UNCOUNTED + 999);
    assert_eq!(received(&mut server, reader), "");
}

#[test]
fn a_full_socket_gets_no_notice() {
    let mut server = server(&[LIMIT]);
    let (reader, publisher) = (subscriber(&mut server), connect(&mut server));
    publish(&mut server, publisher, 100);
    write(&mut server, reader, 0);
    publish(&mut server, publisher, UNCOUNTED + 999);
    assert_eq!(received(&mut server, reader), "");
}

#[test]
fn a_large_shared_message_leaves_nothing_behind_the_notice() {
    // The limit is reached by the frame's head alone: its message must not be queued any more.
    let mut server = server(&[]);
    let readers = [subscriber(&mut server), subscriber(&mut server)];
    let publisher = connect(&mut server);
    server.feed(publisher, b"CONFIG SET client-output-buffer-limit 'pubsub 20 0 0'\r\n");
    // With the 34 bytes around it, ten less than what does not count.
    publish(&mut server, publisher, UNCOUNTED - 44);
    publish(&mut server, publisher, 100_000);
    readers.iter().for_each(|&reader| assert_eq!(received(&mut server, reader), NOTICE));
    readers.iter().for_each(|&reader| assert_eq!(server.clients[reader].delivered, 2));
}

#[test]
fn every_message_of_a_burst_is_counted() {
    let mut server = server(&[("client-counters", "yes")]);
    let readers = [subscriber(&mut server), subscriber(&mut server)];
    let old = connect(&mut server);
    server.feed(old, b"SUBSCRIBE x\r\n");
    let publisher = connect(&mut server);
    server.feed(publisher, &b"PUBLISH x m\r\n".repeat(128));
    server.feed(publisher, b"PUBLISH x m\r\nPUBSUB EXPLAIN x\r\nPUBLISH x m\r\n");
    let mut received = end_turn(&mut server);
    for key in [readers[0], readers[1], old] {
        assert_eq!(server.clients[key].delivered, 130);
        assert!(describe(&server, key).contains(" msgs=130 msgs-dropped=0 "));
    }
    assert_eq!((server.clients.messages_delivered, server.clients.messages_dropped), (390, 0));
    // 130 frames of 32 bytes.
    assert_eq!(server.clients[readers[0]].most_owed, received.take(readers[0]).len());
    server.feed(publisher, b"CONFIG RESETSTAT\r\n");
    assert_eq!(server.clients.messages_delivered, 0);
}

#[test]
fn messages_to_one_who_is_being_closed_are_dropped_and_counted() {
    for shared in [false, true] {
        let mut server = server(&[LIMIT, ("client-counters", "yes")]);
        let reader = subscriber(&mut server);
        if shared {
            let other = connect(&mut server);
            server.feed(other, b"SUBSCRIBE x\r\n");
            server.clients.close_after_reply(other, &Reason::Quit);
        }
        let publisher = connect(&mut server);
        server.feed(
            publisher,
            format!(
                "PUBLISH x {}\r\nTIME\r\nPUBLISH x 2\r\nPUBLISH x 3\r\nTIME\r\n",
                "m".repeat(UNCOUNTED + 2000)
            )
            .as_bytes(),
        );
        let client: &Client = &server.clients[reader];
        assert_eq!((client.delivered, client.dropped), (1, 2));
        assert_eq!(server.clients.messages_dropped, if shared { 5 } else { 2 });
        assert!(describe(&server, reader).contains(" msgs=1 msgs-dropped=2 "));
    }
}

#[test]
fn the_first_16_kb_of_a_queue_do_not_count_against_the_limit_and_all_counts_behind_them() {
    let mut server = server(&[("client-output-buffer-limit", "normal 10 0 0")]);
    let key = connect(&mut server);
    let reply = |length: usize| format!("*2\r\n$4\r\nECHO\r\n${length}\r\n{}\r\n", "m".repeat(length));
    // `$16383\r\n`, 16,383 bytes and `\r\n` are nine bytes over.
    server.feed(key, reply(16_383).as_bytes());
    assert!(server.clients[key].is_open());
    assert!(describe(&server, key).contains(" obl=16384 oll=0 omem=9 "), "{}", describe(&server, key));
    // The first bytes were sent, and the queue is not empty: nothing takes their place.
    write(&mut server, key, 16_384);
    assert!(describe(&server, key).contains(" obl=0 oll=0 omem=9 "), "{}", describe(&server, key));
    server.feed(key, b"PING\r\n");
    assert_eq!(end_turn(&mut server).closed, [key]);
    // Empty again, it begins anew.
    let key = connect(&mut server);
    for _ in 0..3 {
        server.feed(key, reply(16_000).as_bytes());
        received(&mut server, key);
    }
    assert!(end_turn(&mut server).closed.is_empty());
    server.feed(key, reply(16_384).as_bytes());
    assert_eq!(end_turn(&mut server).closed, [key]);
}

#[test]
fn the_line_of_client_list_tells_how_near_the_limits_are() {
    let mut server =
        server(&[("client-output-buffer-limit", "pubsub 2000 1000 10"), ("client-counters", "yes")]);
    let (reader, publisher) = (subscriber(&mut server), connect(&mut server));
    let tail = |server: &Server| {
        let line = describe(server, reader);
        line[line.find(" limit-percent").unwrap()..].to_string()
    };
    assert_eq!(tail(&server), " limit-percent=0 limit-seconds=-1");
    publish(&mut server, publisher, UNCOUNTED + 471);
    assert_eq!(owed(&server, reader), UNCOUNTED + 505);
    assert_eq!(tail(&server), " limit-percent=50 limit-seconds=-1");
    publish(&mut server, publisher, 473);
    assert_eq!(tail(&server), " limit-percent=101 limit-seconds=11");
    server.set_time(Time { millis: 4000, ..Time::default() });
    assert_eq!(tail(&server), " limit-percent=101 limit-seconds=7");
}

#[test]
fn without_the_setting_the_line_is_redis_own() {
    let mut server = server(&[]);
    let key = subscriber(&mut server);
    assert!(describe(&server, key).ends_with(" lib-name= lib-ver="));
}

#[test]
fn an_idle_client_stays_small() {
    assert!(size_of::<Client>() <= 208, "{}", size_of::<Client>());
}

/// What a command replies to a client that was owed nothing.
fn ask(server: &mut Server, key: ClientKey, command: &str) -> String {
    server.feed(key, format!("{command}\r\n").as_bytes());
    received(server, key)
}

/// A section of INFO without its title.
fn info(server: &mut Server, key: ClientKey, section: &str) -> Vec<String> {
    let reply = ask(server, key, &format!("INFO {section}"));
    reply.lines().skip(2).filter(|line| !line.is_empty()).map(String::from).collect()
}

#[test]
fn error_codes_that_scripts_make_up_are_not_counted_without_end() {
    let mut server = server(&[]);
    let key = connect(&mut server);
    let raise = |server: &mut Server, error: &str| {
        ask(server, key, &format!("EVAL \"return redis.error_reply('{error}')\" 0"))
    };
    for number in 1..=128 {
        assert_eq!(raise(&mut server, &format!("E{number} x")), format!("-E{number} x\r\n"));
    }
    assert_eq!(info(&mut server, key, "errorstats").len(), 128);
    ask(&mut server, key, "EVAL \"return redis.error_reply('E1 x')\" 0");
    assert!(info(&mut server, key, "errorstats").contains(&"errorstat_E1:count=2".to_string()));
    ask(&mut server, key, "EVAL \"return redis.error_reply('E129 x')\" 0");
    assert_eq!(info(&mut server, key, "errorstats"), ["errorstat_ERRORSTATS_DISABLED:count=1"]);
    ask(&mut server, key, "NOSUCH");
    assert_eq!(info(&mut server, key, "errorstats"), ["errorstat_ERRORSTATS_DISABLED:count=1"]);
    assert!(info(&mut server, key, "stats").contains(&"total_error_replies:131".to_string()));
    ask(&mut server, key, "CONFIG RESETSTAT");
    ask(&mut server, key, "NOSUCH");
    assert_eq!(info(&mut server, key, "errorstats"), ["errorstat_ERR:count=1"]);
}

#[test]
fn an_error_whose_first_word_is_too_long_for_a_code_counts_as_err() {
    let mut server = server(&[]);
    let key = connect(&mut server);
    for (length, code) in [(30, "X".repeat(30)), (31, "ERR".into())] {
        ask(&mut server, key, "CONFIG RESETSTAT");
        let error = "X".repeat(length);
        ask(&mut server, key, &format!("EVAL \"return redis.error_reply('{error} y')\" 0"));
        assert_eq!(info(&mut server, key, "errorstats"), [format!("errorstat_{code}:count=1")]);
    }
}

#[test]
fn info_latencystats_tells_the_percentiles_of_each_command_that_ran() {
    let mut server = server(&[]);
    let key = connect(&mut server);
    ask(&mut server, key, "CONFIG RESETSTAT");
    ask(&mut server, key, "GET k");
    ask(&mut server, key, "GET");
    ask(&mut server, key, "CLIENT ID");
    let lines = |names: &[&str], values: &str| {
        names.iter().map(|name| format!("latency_percentiles_usec_{name}:{values}")).collect::<Vec<_>>()
    };
    // The stopwatch of this server stands still.
    let names = ["client|id", "config|resetstat", "get"];
    let mut told = info(&mut server, key, "latencystats");
    told.sort();
    assert_eq!(told, lines(&names, "p50=0.001,p99=0.001,p99.9=0.001"));
    ask(&mut server, key, "CONFIG RESETSTAT");
    assert_eq!(
        ask(&mut server, key, "CONFIG SET latency-tracking-info-percentiles \"100 0.0 99.50\""),
        "+OK\r\n"
    );
    assert!(
        info(&mut server, key, "latencystats")
            .contains(&lines(&["config|set"], "p100=0.001,p0=0.001,p99.5=0.001")[0])
    );
    assert_eq!(ask(&mut server, key, "CONFIG SET latency-tracking-info-percentiles \"\""), "+OK\r\n");
    assert!(info(&mut server, key, "latencystats").contains(&lines(&["config|set"], "")[0]));
    assert_eq!(ask(&mut server, key, "CONFIG SET latency-tracking no"), "+OK\r\n");
    assert_eq!(info(&mut server, key, "latencystats"), [""; 0]);
    assert!(ask(&mut server, key, "INFO").find("Latencystats").is_none());
}

#[test]
fn a_renamed_command_is_found_by_its_new_name_only() {
    let mut config = Config::default();
    let long = "b840fc02d524045429941cc15f59e41cb7be6c52";
    let lines =
        format!("rename-command FLUSHDB badger\nrename-command badger {long}\nrename-command keys ''");
    config.load(&lines).unwrap();
    let started = |line: &str| {
        let mut config = Config::default();
        config.load(&format!("{lines}\n{line}"))?;
        cutaway::command::table(&config)
    };
    for (line, why) in [
        ("rename-command nosuch x", "No such command in rename-command"),
        ("rename-command flushdb x", "No such command in rename-command"),
        ("rename-command get SET", "Target command name already exists"),
        ("rename-command get", "wrong number of arguments"),
    ] {
        assert!(started(line).err().is_some_and(|error| error.ends_with(why)), "{line}");
    }
    let mut server = Server::new(
        cutaway::command::table(&config).unwrap(),
        config,
        Process::default(),
        Time::default(),
        || 0,
    );
    let key = connect(&mut server);
    for gone in ["FLUSHDB", "badger", "KEYS *"] {
        let reply = ask(&mut server, key, gone);
        assert!(reply.starts_with("-ERR unknown command '"), "{gone}: {reply}");
    }
    for found in [long.to_string(), long.to_ascii_uppercase()] {
        assert_eq!(ask(&mut server, key, &found), "+OK\r\n");
    }
    let script = format!("EVAL \"return redis.call('{long}')\" 0");
    assert_eq!(ask(&mut server, key, &script), "+OK\r\n");
    assert_eq!(ask(&mut server, key, "GET k"), "$-1\r\n");
}

#[test]
fn latency_tells_how_long_commands_take_and_which_took_long() {
    let mut server = server(&[("enable-debug-command", "yes"), ("latency-monitor-threshold", "20")]);
    let key = connect(&mut server);
    server.set_time(Time { unix_micros: 7_000_000, millis: 0 });
    for (command, reply) in [("GET k", "$-1\r\n"), ("CONFIG GET nosuch", "*0\r\n"), ("CLIENT ID", ":1\r\n")] {
        assert_eq!(ask(&mut server, key, command), reply);
    }
    // The stopwatch of this server stands still.
    let once = "*4\r\n$5\r\ncalls\r\n:1\r\n$14\r\nhistogram_usec\r\n*2\r\n:1\r\n:1\r\n";
    assert_eq!(
        ask(&mut server, key, "LATENCY HISTOGRAM nosuch client GET config|set"),
        format!("*4\r\n$9\r\nclient|id\r\n{once}$3\r\nget\r\n{once}")
    );
    assert!(ask(&mut server, key, "LATENCY HISTOGRAM").contains("\r\nconfig|get\r\n"));
    ask(&mut server, key, "DEBUG SLEEP 0.03");
    assert_eq!(server.take_sleep(), Some(30));
    assert_eq!(ask(&mut server, key, "LATENCY LATEST"), "*1\r\n*4\r\n$7\r\ncommand\r\n:7\r\n:30\r\n:30\r\n");
    assert_eq!(ask(&mut server, key, "LATENCY HISTORY command"), "*1\r\n*2\r\n:7\r\n:30\r\n");
    assert_eq!(ask(&mut server, key, "LATENCY HISTORY fast-command"), "*0\r\n");
}

#[test]
fn an_append_that_holds_up_the_turn_is_a_latency_event_and_another_beside_a_snapshot() {
    let settings = [("appendonly", "yes"), ("latency-monitor-threshold", "20")];
    let mut machine = Machine::start(&settings, MemoryDisk::default()).unwrap();
    // It shows 25 ms more each time it is read.
    machine.server.stopwatch = || {
        thread_local!(static SHOWS_US: Cell<u64> = const { Cell::new(0) });
        SHOWS_US.replace(SHOWS_US.get() + 25_000)
    };
    let event = |name: &str| format!("*4\r\n${}\r\n{name}\r\n:1700000000\r\n:25\r\n:25\r\n", name.len());
    machine.ask("SET k v\nLATENCY RESET command fast-command");
    let latest = machine.ask("LATENCY LATEST");
    assert!(latest.contains(&[event("aof-write"), event("aof-write-alone")].concat()), "{latest}");
    machine.ask("LATENCY RESET");
    machine.send("BGSAVE");
    machine.turn();
    machine.send("SET k w");
    machine.turn();
    let latest = machine.ask("LATENCY LATEST");
    assert!(latest.contains(&[event("aof-write"), event("aof-write-active-child")].concat()), "{latest}");
    assert!(
        machine
            .ask("LATENCY DOCTOR")
            .contains("- aof-write-active-child: the disk was busy with a snapshot.")
    );
}

/// The order in which the loop writes to clients at the end of the turn.
fn write_order(server: &mut Server) -> Vec<ClientKey> {
    end_turn(server).order()
}

#[test]
fn the_line_of_a_monitor_is_written_before_the_reply_of_the_command_it_shows() {
    let mut server = server(&[]);
    let [first, second, monitor, other] = [(); 4].map(|()| connect(&mut server));
    server.feed(monitor, b"MONITOR\r\n");
    assert_eq!(write_order(&mut server), [monitor]);
    server.feed(first, b"PING\r\n");
    server.feed(second, b"PING\r\n");
    assert_eq!(write_order(&mut server), [monitor, first, second]);
    // Also where the monitor has a reply of its own to wait for, and came last.
    server.feed(second, b"PING\r\n");
    server.feed(other, b"PING\r\n");
    server.feed(monitor, b"PING\r\n");
    assert_eq!(write_order(&mut server), [monitor, second, other]);
}

#[test]
fn no_client_is_idle_for_longer_than_it_exists() {
    let mut server = server(&[]);
    server.set_time(Time { unix_micros: 0, millis: 1900 });
    let key = connect(&mut server);
    server.set_time(Time { unix_micros: 0, millis: 2100 });
    let line = describe(&server, key);
    assert!(line.contains(" age=1 idle=1 "), "{line}");
}
