//! Any bytes as the value of RESTORE, under a checksum that is right: an error or a value that could have been made by
//! commands, in memory that stays in proportion; DUMP and RESTORE of that value give it back, and commands can read and
//! change it.

use super::ask;
use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::persist::footer;
use cutaway::server::{Process, Server, Time};

/// Three bytes of a compressed string stand for 264, and two of a packed value are at most so many here.
const MEMORY_PER_BYTE: usize = 264 / 3 * 64;

/// Whatever the type, some of these fit it. `#` is the key.
const COMMANDS: &str = "GET # | STRLEN # | GETRANGE # 0 5 | PFCOUNT # # | PFCOUNT # | PFADD # a b c | PFDEBUG DECODE # | PFMERGE # # | \
    PFDEBUG GETREG # | SETBIT # 100 1 | BITFIELD # INCRBY i64 #3 7 GET u9 5 | BITCOUNT # 1 -1 | BITPOS # 0 | BITOP NOT # # | \
    APPEND # 1 | LRANGE # 0 -1 | LINDEX # -1 | LINSERT # BEFORE a b | \
    LSET # 0 c | LREM # 0 a | RPUSH # a 1 | LPOP # | LTRIM # 1 -2 | HGETALL # | HSCAN # 0 | HSET # f v f2 1 | HDEL # f | \
    HSETEX # PX 100 FIELDS 2 f v f3 w | HGETEX # EX 5 FIELDS 2 f a | HEXPIRE # 100 GT FIELDS 2 f a | HTTL # FIELDS 2 f a | \
    HPERSIST # FIELDS 1 f | HGETDEL # FIELDS 2 f f3 | HEXPIRE # 0 FIELDS 1 a | \
    HRANDFIELD # -3 | SMEMBERS # | SSCAN # 0 | SADD # 1 a | SREM # 1 | SISMEMBER # a | SRANDMEMBER # -3 | SPOP # | \
    ZRANGE # 0 -1 WITHSCORES | ZREVRANGE # 0 -1 | ZRANK # a | ZRANGEBYSCORE # -inf +inf | ZADD # 1 a 2 b | ZINCRBY # 1 a | \
    ZREM # b | ZPOPMIN # | ZSCAN # 0 | XRANGE # - + | XREVRANGE # + - | XINFO STREAM # FULL COUNT 0 | XINFO GROUPS # | \
    XGROUP CREATE # new 0 | XREADGROUP GROUP new me STREAMS # > | XPENDING # new | XADD # * a b | XDEL # 1-1 | \
    XTRIM # MAXLEN 1 | XAUTOCLAIM # new you 0 0 | XSETID # 18446744073709551615-18446744073709551615 | XADD # * a b | \
    MEMORY USAGE # | DEBUG OBJECT # | COPY # copy REPLACE";

pub fn run(data: &[u8]) {
    for settings in [
        &[][..],
        &[("list-max-listpack-size", "2"), ("hash-max-listpack-entries", "2"), ("rdbcompression", "no")],
    ] {
        let mut config = Config::default();
        for (name, value) in settings.iter().chain(&[("enable-debug-command", "yes")]) {
            config.set_at_start(name, &[value.to_string()]).unwrap();
        }
        let table = cutaway::command::table(&config).unwrap();
        let mut server = Server::new(table, config, Process::default(), Time::default(), || 0);
        let client = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
        restore(&mut server, client, data);
    }
}

fn restore(server: &mut Server, client: ClientKey, data: &[u8]) {
    let mut payload = data.to_vec();
    footer::seal(&mut payload);
    let reply = ask(server, client, &[b"RESTORE", b"k", b"0", &payload]);
    if reply != b"+OK\r\n" {
        assert_eq!(reply, b"-ERR Bad data format\r\n");
        return;
    }
    let memory = ask(server, client, &[b"MEMORY", b"USAGE", b"k", b"SAMPLES", b"0"]);
    let memory: usize = std::str::from_utf8(&memory[1..memory.len() - 2]).unwrap().parse().unwrap();
    assert!(memory < 4096 + data.len() * MEMORY_PER_BYTE, "{memory} bytes for {}", data.len());
    let dump = ask(server, client, &[b"DUMP", b"k"]);
    let bytes = &dump[dump.iter().position(|&byte| byte == b'\n').unwrap() + 1..dump.len() - 2];
    assert_eq!(ask(server, client, &[b"RESTORE", b"again", b"0", bytes]), b"+OK\r\n");
    assert!(ask(server, client, &[b"DUMP", b"again"]) == dump, "DUMP of what was restored from a DUMP");
    let mut digest = |key: &[u8]| ask(server, client, &[b"DEBUG", b"DIGEST-VALUE", key]);
    assert_eq!(digest(b"k"), digest(b"again"));
    for command in COMMANDS.split('|') {
        let words: Vec<&[u8]> = command
            .split_whitespace()
            .map(|word| if word == "#" { &b"k"[..] } else { word.as_bytes() })
            .collect();
        ask(server, client, &words);
    }
    // However it was changed, it is still a value that comes back.
    let dump = ask(server, client, &[b"DUMP", b"k"]);
    if dump != b"$-1\r\n" {
        let bytes = &dump[dump.iter().position(|&byte| byte == b'\n').unwrap() + 1..dump.len() - 2];
        assert_eq!(ask(server, client, &[b"RESTORE", b"k", b"0", bytes, b"REPLACE"]), b"+OK\r\n");
    }
}
