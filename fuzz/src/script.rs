//! Any text as a script: the server neither ends nor hangs, its reply is one reply, memory stays bounded, and the next script
//! finds everything as the first one did.

use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};
use std::cell::Cell;

/// What Lua may use.
const MEMORY: usize = 16 << 20;
/// Every name that a script finds, with its type; and that shared tables have no entries of their own.
const NAMES: &str = "local function walk(t, p, seen, out) for k, v in pairs(t) do local n = p .. tostring(k) \
    out[#out + 1] = n .. type(v) if type(v) == 'table' and not seen[v] then seen[v] = true walk(v, n .. '.', seen, out) end \
    end return out end local o = walk(_G, '', {[_G] = true}, {}) table.sort(o) \
    return table.concat(o, ' ') .. #_G .. #redis .. #string .. ('x'):upper() .. tostring(getmetatable('').__index == string)";

thread_local! {
    static CLOCK: Cell<u64> = const { Cell::new(0) };
    static HURRIES: Cell<bool> = const { Cell::new(false) };
}

/// Ten seconds go by between any two looks at it, while the text runs; none while our own scripts do.
fn clock() -> u64 {
    if HURRIES.get() {
        CLOCK.set(CLOCK.get() + 10_000_000);
    }
    CLOCK.get()
}

pub fn run(data: &[u8]) {
    let mut server = Server::new(
        cutaway::command::table(&Config::default()).unwrap(),
        Config::default(),
        Process::default(),
        Time::default(),
        clock,
    );
    server.scripts.memory_limit = MEMORY;
    let about = || About { addr: "127.0.0.1:1".into(), ..About::default() };
    let (client, other) = (server.connect(about()), server.connect(about()));
    // Whoever runs for long is killed; or, if it wrote, with the server.
    server.set_while_busy(Box::new(move |server| server.feed(other, b"SCRIPT KILL\r\nSHUTDOWN NOSAVE\r\n")));
    let before = eval(&mut server, client, NAMES.as_bytes());
    assert!(before.starts_with(b"$"), "{}", String::from_utf8_lossy(&before));
    for three in [false, true] {
        if three {
            eval(&mut server, client, b"return redis.call('flushall')");
            server.feed(client, b"HELLO 3\r\n");
            take(&mut server, client);
        }
        HURRIES.set(true);
        let reply = eval(&mut server, client, data);
        HURRIES.set(false);
        assert!(reply.ends_with(b"\r\n"), "no reply, or half of one: {}", String::from_utf8_lossy(&reply));
        if server.is_shutting_down() {
            return;
        }
    }
    assert!(server.scripts.lua_memory() <= MEMORY);
    server.feed(client, b"HELLO 2\r\n");
    take(&mut server, client);
    let after = eval(&mut server, client, NAMES.as_bytes());
    assert!(
        before == after,
        "names before and after:\n{}\n{}",
        String::from_utf8_lossy(&before),
        String::from_utf8_lossy(&after)
    );
}

fn eval(server: &mut Server, client: ClientKey, script: &[u8]) -> Vec<u8> {
    let mut request = format!("*5\r\n$4\r\nEVAL\r\n${}\r\n", script.len()).into_bytes();
    request.extend(script);
    request.extend(b"\r\n$1\r\n1\r\n$3\r\nkey\r\n$3\r\narg\r\n");
    server.feed(client, &request);
    take(server, client)
}

/// All that a client is owed.
fn take(server: &mut Server, client: ClientKey) -> Vec<u8> {
    Received::from(server, client)
}
