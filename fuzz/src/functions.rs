//! Any bytes as the payload of FUNCTION RESTORE, under a checksum that is right: its libraries join those that are there, all of
//! them or none; FUNCTION DUMP and FUNCTION RESTORE give them back; and whatever they do when they are loaded and called, the
//! server neither ends nor hangs, memory stays bounded, and the function that was there finds everything as before.

use super::ask;
use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::persist::footer;
use cutaway::server::{Process, Server, Time};
use std::cell::Cell;

/// What Lua may use.
const MEMORY: usize = 16 << 20;
/// The library that is there: its function returns every name that it finds, with its type.
const OWN: &str = "#!lua name=fuzz_own\nredis.register_function('fuzz_names', function() \
    local function walk(t, p, seen, out) for k, v in pairs(t) do local n = p .. tostring(k) \
    out[#out + 1] = n .. type(v) if type(v) == 'table' and not seen[v] then seen[v] = true walk(v, n .. '.', seen, out) end \
    end return out end local o = walk(_G, '', {[_G] = true}, {}) table.sort(o) \
    return table.concat(o, ' ') .. ('x'):upper() .. tostring(getmetatable('').__index == string) end)";

thread_local! {
    static CLOCK: Cell<u64> = const { Cell::new(0) };
    static TICK: Cell<u64> = const { Cell::new(0) };
}

/// Goes on by a tick whenever it is looked at.
fn clock() -> u64 {
    CLOCK.set(CLOCK.get() + TICK.get());
    CLOCK.get()
}

pub fn run(data: &[u8]) {
    let mut payload = data.to_vec();
    footer::seal(&mut payload);
    let table = cutaway::command::table(&Config::default()).unwrap();
    let mut server = Server::new(table, Config::default(), Process::default(), Time::default(), clock);
    server.functions.memory_limit = MEMORY;
    let about = || About { addr: "127.0.0.1:1".into(), ..About::default() };
    let (client, other) = (server.connect(about()), server.connect(about()));
    // What runs for long is killed; or, if it wrote, with the server.
    server
        .set_while_busy(Box::new(move |server| server.feed(other, b"FUNCTION KILL\r\nSHUTDOWN NOSAVE\r\n")));
    assert_eq!(ask(&mut server, client, &[b"FUNCTION", b"LOAD", OWN.as_bytes()]), b"$8\r\nfuzz_own\r\n");
    let (names, before) = (own_names(&mut server, client), dump(&mut server, client));

    let reply = restore(&mut server, client, &payload, b"APPEND");
    assert_eq!(own_names(&mut server, client), names, "after the payload was loaded");
    assert!(server.functions.lua_memory() <= MEMORY);
    if reply != b"+OK\r\n" {
        assert!(dump(&mut server, client) == before, "half of a payload has stayed");
        return;
    }
    for name in functions(&server) {
        ticking(2_000_000, || ask(&mut server, client, &[b"FCALL", &name, b"1", b"key", b"argument"]));
        if server.is_shutting_down() {
            return;
        }
    }
    assert_eq!(own_names(&mut server, client), names, "after its functions were called");
    assert!(server.functions.lua_memory() <= MEMORY);
    let (dumped, all) = (dump(&mut server, client), functions(&server));
    assert_eq!(restore(&mut server, client, &dumped, b"FLUSH"), b"+OK\r\n");
    assert!(dump(&mut server, client) == dumped, "DUMP of what was restored from a DUMP");
    assert_eq!(functions(&server), all);
}

/// The names of all functions that are there, but ours.
fn functions(server: &Server) -> Vec<Vec<u8>> {
    let names = server.kept_libraries().flat_map(|(_, _, functions)| functions);
    names.map(|(name, _)| name.to_vec()).filter(|name| name != b"fuzz_names").collect()
}

fn own_names(server: &mut Server, client: ClientKey) -> Vec<u8> {
    ask(server, client, &[b"FCALL", b"fuzz_names", b"0"])
}

fn dump(server: &mut Server, client: ClientKey) -> Vec<u8> {
    let reply = ask(server, client, &[b"FUNCTION", b"DUMP"]);
    let start = reply.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    reply[start..reply.len() - 2].to_vec()
}

/// Loads a payload: what needs more than two looks at the clock has taken too long.
fn restore(server: &mut Server, client: ClientKey, payload: &[u8], policy: &[u8]) -> Vec<u8> {
    ticking(200_000, || ask(server, client, &[b"FUNCTION", b"RESTORE", payload, policy]))
}

/// The clock goes while this is done, and stands still afterwards.
fn ticking(micros: u64, done: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
    TICK.set(micros);
    let reply = done();
    TICK.set(0);
    reply
}
