//! Scripts: every case of `tests/scripts/*.txt` gives what Redis 8.0 gave, here and in Redis; and what ends or blocks Redis
//! does neither here.
//!
//! A case is a line of Lua; below it stands the reply, in RESP2 (`2>`) and, if it differs, in RESP3 (`3>`). With
//! `CUTAWAY_BLESS=1` a reference Redis writes the replies. Each script is given two keys and two arguments, and an empty
//! database.

use crate::reference_server::{Kind, ReferenceServer, find};
use cutaway::base::ids::ClientKey;
use cutaway::client::About;
use cutaway::config::Config;
use cutaway::server::turn::Received;
use cutaway::server::{Process, Server, Time};
use std::cell::Cell;
use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Words as a client sends them.
pub(crate) fn request(words: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        bytes.extend(format!("${}\r\n", word.len()).bytes());
        bytes.extend(*word);
        bytes.extend(b"\r\n");
    }
    bytes
}

/// Somebody who answers requests.
pub(crate) trait Client {
    fn ask(&mut self, words: &[&[u8]]) -> Vec<u8>;

    fn eval(&mut self, script: &str) -> String {
        self.ask(&[b"FLUSHALL"]);
        let words: [&[u8]; 7] = [b"EVAL", script.as_bytes(), b"2", b"key:1", b"key:2", b"arg1", b"arg2"];
        shown(&self.ask(&words))
    }
}

pub(crate) fn shown(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\\' => text.push_str("\\\\"),
            32..127 => text.push(byte as char),
            _ => write!(text, "\\x{byte:02x}").unwrap(),
        }
    }
    text
}

pub(crate) struct Here {
    pub(crate) server: Server,
    pub(crate) client: ClientKey,
}

impl Here {
    pub(crate) fn new(stopwatch: fn() -> u64) -> Here {
        let mut server = Server::new(
            cutaway::command::table(&Config::default()).unwrap(),
            Config::default(),
            Process::default(),
            Time::default(),
            stopwatch,
        );
        let client = server.connect(About { addr: "127.0.0.1:1".into(), ..About::default() });
        Here { server, client }
    }
}

/// All that a client is owed; it is owed nothing then.
pub(crate) fn take(server: &mut Server, client: ClientKey) -> Vec<u8> {
    Received::from(server, client)
}

impl Client for Here {
    fn ask(&mut self, words: &[&[u8]]) -> Vec<u8> {
        self.server.feed(self.client, &request(words));
        take(&mut self.server, self.client)
    }
}

/// A connection to a real server.
struct There {
    stream: TcpStream,
    read: Vec<u8>,
}

impl There {
    fn new(server: &ReferenceServer) -> There {
        There { stream: TcpStream::connect(server.address).unwrap(), read: Vec::new() }
    }

    fn byte(&mut self, at: usize) -> u8 {
        while self.read.len() <= at {
            let mut buffer = [0; 1 << 16];
            let count = self.stream.read(&mut buffer).unwrap();
            assert!(count > 0, "the reference server has closed the connection");
            self.read.extend(&buffer[..count]);
        }
        self.read[at]
    }
}

impl Client for There {
    fn ask(&mut self, words: &[&[u8]]) -> Vec<u8> {
        self.stream.write_all(&request(words)).unwrap();
        let (mut at, mut left) = (0, 1);
        while left > 0 {
            left -= 1;
            let start = at;
            while self.byte(at) != b'\n' {
                at += 1;
            }
            at += 1;
            let line = String::from_utf8_lossy(&self.read[start + 1..at - 2]).into_owned();
            let count = line.parse::<i64>().unwrap_or(-1).max(-1);
            match (self.read[start], count) {
                (_, -1) => {}
                (b'$' | b'=', count) => {
                    at += count as usize + 2;
                    self.byte(at - 1);
                }
                (b'*' | b'~' | b'>', count) => left += count,
                (b'%', count) => left += 2 * count,
                _ => {}
            }
        }
        self.read.drain(..at).collect()
    }
}

fn files() -> Vec<(PathBuf, String)> {
    let directory = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(path).unwrap())).collect()
}

/// The text of a file of cases as these clients, of RESP2 and RESP3, answer them.
fn answered(text: &str, two: &mut dyn Client, three: &mut dyn Client) -> String {
    let mut result = String::new();
    for line in text.lines().filter(|line| !line.starts_with("    ")) {
        writeln!(result, "{line}").unwrap();
        if line.starts_with("# ") || line.is_empty() {
            continue;
        }
        let (in_two, in_three) = (two.eval(line), three.eval(line));
        writeln!(result, "    2> {in_two}").unwrap();
        if in_two != in_three {
            writeln!(result, "    3> {in_three}").unwrap();
        }
    }
    result
}

/// The first line that differs, with the one before it.
fn difference(expected: &str, found: &str) -> Option<String> {
    let mut before = "";
    for (one, other) in expected.lines().zip(found.lines()) {
        if one != other {
            return Some(format!("{before}\n  expected {one}\n  found    {other}\n"));
        }
        before = if one.starts_with("    ") { before } else { one };
    }
    (expected.lines().count() != found.lines().count()).then(|| "one is shorter\n".to_string())
}

#[test]
fn every_case_gives_what_is_written_below_it() {
    let mut wrong = String::new();
    for (path, text) in files() {
        let (mut two, mut three) = (Here::new(|| 0), Here::new(|| 0));
        three.ask(&[b"HELLO", b"3"]);
        if let Some(difference) = difference(&text, &answered(&text, &mut two, &mut three)) {
            write!(wrong, "{}: {difference}", path.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_case_is_the_same_in_redis() {
    let Some(redis) = find(Kind::Redis) else { return };
    let server = ReferenceServer::start(&redis, &[]);
    let mut wrong = String::new();
    for (path, text) in files() {
        let (mut two, mut three) = (There::new(&server), There::new(&server));
        three.ask(&[b"HELLO", b"3"]);
        let theirs = answered(&text, &mut two, &mut three);
        if std::env::var_os("CUTAWAY_BLESS").is_some() {
            std::fs::write(&path, theirs).unwrap();
        } else if let Some(difference) = difference(&text, &theirs) {
            write!(wrong, "{}: {difference}", path.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What ends Redis 8.0.2, or has it compute for hours, or would if Lua's memory had no limit.
#[test]
fn hostile_scripts_are_refused_and_the_server_goes_on() {
    let cases: &[(&str, &str)] = &[
        ("error({})", "-ERR unknown error script: "),
        ("error({ok = 'x'})", "-ERR unknown error script: "),
        ("error(redis)", "-ERR "),
        ("return string.rep('x', 2^30)", "-ERR not enough memory"),
        ("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1e6) .. i end", "-ERR not enough memory"),
        ("return string.find(('a'):rep(1e5), ('a?'):rep(1e5))", "-ERR user_script:1: pattern too complex"),
        ("return #string.rep('', 2147483647)", ":0"),
        ("return #string.rep('', -2147483648)", ":0"),
        ("table.insert({}, -2147483648, 1) return 1", "-ERR user_script:1: table too long"),
        ("local t = {} for i = 0, 30 do t[2 ^ i] = 1 end return {pcall(table.remove, t, 1)}", "*2"),
        ("local t = {} t[1] = t return t", "*1\\r\\n"),
        ("local t = {} for i = 1, 1e6 do t = {t} end return t", "*1\\r\\n"),
        ("return {unpack({}, 1, 7000)}", "*0"),
        ("local t = {} for i = 1, 7900 do t[i] = 'k' .. i end return redis.call('del', unpack(t))", ":0"),
        (
            "local t = {} for i = 1, 7999 do t[i] = 'k' .. i end return redis.call('del', unpack(t))",
            "-ERR out of Lua stack, too many arguments to a Lua function or too many return values from a callback",
        ),
        ("return struct.size(('b'):rep(65536))", ":65536"),
        (
            "return struct.size(('b'):rep(65537))",
            "-ERR user_script:1: bad argument #1 to 'size' (format too long)",
        ),
        (
            "return struct.pack(('x'):rep(65537))",
            "-ERR user_script:1: bad argument #1 to 'pack' (format too long)",
        ),
        (
            "return {struct.unpack(('b'):rep(65537), ('x'):rep(65537))}",
            "-ERR user_script:1: bad argument #1 to 'unpack' (format too long)",
        ),
        (
            "local t = {} for i = 1, 8000 do t[i] = i end return {unpack(t)}",
            "-ERR user_script:1: too many results to unpack",
        ),
        ("local t = {} for i = 1, 7998 do t[i] = i end return select('#', unpack(t, 1))", ":7998"),
        (
            "local t = {} for i = 1, 7998 do t[i] = i end return {unpack(t, 1, 7998)}",
            "-ERR user_script:1: too many results to unpack",
        ),
        ("for i = 1, 20000 do pcall(redis.call, 'nosuch') end return 1", ":1"),
        ("local e = {} for i = 1, 20000 do e[i] = redis.pcall('nosuch') end return #e", ":20000"),
        ("for i = 1, 20000 do cjson.new() end return 1", ":1"),
        ("for i = 1, 20000 do string.gmatch('x', 'x')() end return 1", ":1"),
        ("local t = {} for i = 1, 9000 do t[i] = cjson.new() end return #t", ":9000"),
        ("for i = 1, 20000 do pcall(string.gsub, 'x', 'x', function() error({}) end) end return 1", ":1"),
        ("return #cjson.encode({[2^30] = 1})", "-ERR user_script:1: Cannot serialise table"),
        (
            "local c = cjson.new() c.encode_sparse_array(false, 0) return c.encode({[2^30] = 1})",
            "-ERR not enough memory",
        ),
        (
            "local c = cjson.new() c.encode_max_depth(2^31 - 1) local t = {} t[1] = t return c.encode(t)",
            "-ERR user_script:1: Cannot serialise, excessive nesting (2001)",
        ),
        (
            "local c = cjson.new() c.decode_max_depth(2^31 - 1) return c.decode(('['):rep(1e6))",
            "-ERR user_script:1: Found too many nested data structures (2001)",
        ),
        ("return cmsgpack.unpack(('\\145'):rep(1e6))", "-ERR user_script:1: stack overflow"),
        ("return {cmsgpack.unpack(('\\1'):rep(1e5))}", "-ERR user_script:1: stack overflow"),
        ("return {struct.unpack(('b'):rep(6e4), ('x'):rep(6e4))}", "-ERR user_script:1: stack overflow"),
        ("local function f() return string.gsub('x', 'x', f) end return f()", "-ERR "),
        ("local function f() return pcall(f) end return {f()}", "*"),
        ("local function f() return f() + 1 end return f()", "-ERR user_script:1: stack overflow"),
        ("local co co = function() return coroutine.wrap(co)() end return co()", "-ERR "),
        ("return loadstring('return ' .. ('('):rep(1e5))", "$-1"),
        ("local s = ('x = '):rep(10) return loadstring(('{'):rep(300), 'name\\0hidden') == nil", ":1"),
        ("return load(function() collectgarbage() return nil end)()", "$-1"),
        ("collectgarbage('stop') collectgarbage('setpause', 1e9) return 1", ":1"),
        ("error(setmetatable({}, {__index = function() error('x') end}))", "-ERR "),
        ("error(setmetatable({}, {__newindex = function() while true do error('x') end end}))", "-"),
        ("getmetatable('').__index.len = 5", "-ERR user_script:1: Attempt to modify a readonly table"),
        ("return string.format('%99.99f', 1e308)", "$409"),
    ];
    let (mut here, mut wrong) = (Here::new(|| 0), String::new());
    for (script, expected) in cases {
        let reply = here.eval(script);
        if !reply.starts_with(expected) {
            wrong.push_str(&format!(
                "{script}\n  wanted {expected}, got {}\n",
                &reply[..reply.len().min(300)]
            ));
        }
        assert_eq!(here.eval("return {#KEYS, 'alive'}"), "*2\\r\\n:2\\r\\n$5\\r\\nalive\\r\\n", "{script}");
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// What one script does to shared tables, another does not see.
#[test]
fn a_script_leaves_nothing_behind() {
    let mut here = Here::new(|| 0);
    for script in [
        "rawset(_G, 'x', 1)",
        "table.insert(redis, 'x')",
        "local mt = getmetatable(_G) mt.__index = nil",
        "string.len = nil",
        "cjson.decode = nil",
        "setmetatable(string, {})",
        "KEYS.more = 1",
        "pcall(function() x = 1 end)",
    ] {
        here.eval(script);
        let check =
            "return {rawget(_G, 'x') == nil, #redis, ('ab'):len(), type(cjson.decode), KEYS.more == nil}";
        assert_eq!(
            here.eval(check),
            "*5\\r\\n:1\\r\\n:0\\r\\n:2\\r\\n$8\\r\\nfunction\\r\\n:1\\r\\n",
            "{script}"
        );
    }
}

/// Scripts that EVAL brought are forgotten when there are more than 500; those of SCRIPT LOAD stay.
#[test]
fn evaluated_scripts_are_forgotten_in_time() {
    let mut here = Here::new(|| 0);
    let loaded = here.ask(&[b"SCRIPT", b"LOAD", b"return 'loaded'"])[5..45].to_vec();
    here.eval("return 'first'");
    let first = cutaway::script::sha1(b"return 'first'");
    let second = cutaway::script::sha1(b"return 1");
    for number in 1..500 {
        here.eval(&format!("return {number}"));
    }
    assert_eq!(here.ask(&[b"EVALSHA", &first, b"0"]), b"$5\r\nfirst\r\n");
    here.eval("return 'one more'");
    assert_eq!(here.server.scripts.evicted, 1);
    let known = here.ask(&[b"SCRIPT", b"EXISTS", &first, &second, &loaded]);
    assert_eq!(shown(&known), "*3\\r\\n:1\\r\\n:0\\r\\n:1\\r\\n");
    here.ask(&[b"SCRIPT", b"FLUSH"]);
    assert_eq!(shown(&here.ask(&[b"SCRIPT", b"EXISTS", &first, &loaded])), "*2\\r\\n:0\\r\\n:0\\r\\n");
    assert_eq!(
        shown(&here.ask(&[b"EVALSHA", &loaded, b"0"])),
        "-NOSCRIPT No matching script. Please use EVAL.\\r\\n"
    );
}

/// Many scripts of little text take their number, few long ones their length.
#[test]
fn scripts_that_take_much_memory_are_forgotten_earlier_or_refused() {
    let mut here = Here::new(|| 0);
    here.server.scripts.memory_limit = 8 << 20;
    let script = |n: u32| format!("return {n} --{}", "x".repeat(100_000));
    for n in 0..10 {
        assert_eq!(here.eval(&script(n)), format!(":{n}\\r\\n"));
    }
    assert_eq!((here.server.scripts.len(), here.server.scripts.evicted), (4, 6));
    let refused = "-ERR Error compiling script (new function): not enough memory\\r\\n";
    assert_eq!(here.eval(&format!("return 1 --{}", "x".repeat(500_000))), refused);
    let replies: Vec<String> =
        (10..15).map(|n| shown(&here.ask(&[b"SCRIPT", b"LOAD", script(n).as_bytes()]))).collect();
    assert!(
        replies[..4].iter().all(|reply| reply.starts_with("$40")) && replies[4] == refused,
        "{replies:?}"
    );
    // Those that EVAL brings have their own room.
    assert_eq!(here.eval(&script(20)), ":20\\r\\n");
    here.ask(&[b"SCRIPT", b"FLUSH"]);
    assert!(shown(&here.ask(&[b"SCRIPT", b"LOAD", script(15).as_bytes()])).starts_with("$40"));
}

/// Redis's own suite wants less than 100 KB after these.
#[test]
fn what_scripts_leave_behind_is_collected_while_it_is_little() {
    let mut here = Here::new(|| 0);
    let mut most = 0;
    for _ in 0..10_000 {
        here.ask(&[b"EVAL", b"return redis.call('incr', KEYS[1])", b"1", b"x"]);
        most = most.max(here.server.scripts.lua_memory());
    }
    assert!(most < 104 * 1024, "{most} bytes");
}

/// A clock that goes on by ten seconds whenever somebody looks at it.
pub(crate) fn hurrying() -> u64 {
    static CLOCK: AtomicU64 = AtomicU64::new(0);
    CLOCK.fetch_add(10_000_000, Ordering::Relaxed)
}

/// A key that was set right after a slow script went too early by as long as the script took.
#[test]
fn the_commands_of_one_turn_know_how_long_those_before_them_took() {
    fn slow() -> u64 {
        static CLOCK: AtomicU64 = AtomicU64::new(0);
        CLOCK.fetch_add(1_500, Ordering::Relaxed)
    }
    let mut here = Here::new(slow);
    here.server.feed(here.client, b"TIME\r\nTIME\r\nSET k v PX 100\r\nPTTL k\r\n");
    let replies = shown(&take(&mut here.server, here.client));
    // SET begins when three milliseconds are gone, PTTL when it is four and a half.
    assert_eq!(
        replies,
        "*2\\r\\n$1\\r\\n0\\r\\n$1\\r\\n0\\r\\n*2\\r\\n$1\\r\\n0\\r\\n$4\\r\\n1500\\r\\n+OK\\r\\n:99\\r\\n"
    );
}

/// Runs a script for A while B asks things, one each time that the server looks up; returns what A and what B got.
fn busy(script: &'static str, questions: &'static [&'static [&'static [u8]]]) -> (String, String) {
    let mut here = Here::new(hurrying);
    let b = here.server.connect(About { addr: "127.0.0.1:2".into(), ..About::default() });
    let mut asked = questions.iter();
    here.server.set_while_busy(Box::new(move |server| {
        if let Some(words) = asked.next() {
            server.feed(b, &request(words));
        }
    }));
    here.server.feed(here.client, &request(&[b"EVAL", script.as_bytes(), b"0"]));
    let reply = shown(&take(&mut here.server, here.client));
    let others = shown(&take(&mut here.server, b));
    // Whatever happened, the next script runs.
    here.server.set_while_busy(Box::new(|_| {}));
    if !here.server.is_shutting_down() {
        assert_eq!(here.eval("return 'next'"), "$4\\r\\nnext\\r\\n");
    }
    (reply, others)
}

pub(crate) const BUSY: &str =
    "-BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\\r\\n";

#[test]
fn a_script_that_runs_for_long_can_be_killed() {
    let (reply, others) = busy("while true do end", &[&[b"PING"], &[b"GET", b"x"], &[b"SCRIPT", b"KILL"]]);
    assert_eq!(others, format!("{BUSY}{BUSY}+OK\\r\\n"));
    let sha = String::from_utf8(cutaway::script::sha1(b"while true do end").to_vec()).unwrap();
    let text = "Script killed by user with SCRIPT KILL... script";
    assert_eq!(reply, format!("-ERR {text}: {sha}, on @user_script:1.\\r\\n"));
}

#[test]
fn no_pcall_saves_a_script_from_being_killed() {
    for script in [
        "while true do pcall(function() while true do end end) end",
        "local function f() pcall(f) f() end while true do pcall(f) end",
        "while true do coroutine.wrap(function() while true do end end)() end",
        "while true do pcall(coroutine.wrap(function() while true do pcall(error) end end)) end",
        "while true do xpcall(function() error('x') end, function() while true do end end) end",
        "string.gsub('x', 'x', function() while true do end end)",
        "while true do pcall(string.find, ('a'):rep(3000), ('.-'):rep(6) .. 'b') end",
        "while true do collectgarbage() end",
        "table.sort({1, 2, 3, 4}, function() while true do end end)",
        "while true do load(function() return 'x' end) end",
        "return setmetatable({}, {__index = function() while true do end end}).x",
        "while true do pcall(redis.call, 'get', 'x') end",
        // Each coroutine has a count of instructions of its own.
        "local function l(d) if d == 0 then return end for i = 1, 100 do coroutine.wrap(l)(d - 1) end end l(9)",
        "while true do coroutine.resume(coroutine.create(function() end)) end",
        // Equal strings are compared to their ends.
        "local s = ('x'):rep(2000) local t = {} for i = 1, 60000 do t[i] = s end table.sort(t)",
        "local t = {1, 2, ('x'):rep(2000)} for i = 4, 60000 do t[i] = t[3] end pcall(table.sort, t)",
        // Compiling looks at all `or` before each, and at all `elseif`.
        "return loadstring('return ' .. ('a or '):rep(2 ^ 17) .. 'a')",
        "return load(function() return ('x = 1 '):rep(1000) end)",
        // Long replies, to the script and of it.
        "local t = {} for i = 1, 1000 do t[i] = 'k' end while true do pcall(redis.call, 'mget', unpack(t)) end",
        "local t = {} for i = 1, 1000 do t[i] = i end local r = {} for i = 1, 30000 do r[i] = t end return r",
        "local t = {} for i = 1, 1000 do t[i] = i end t = {map = t} local r = {} for i = 1, 3e4 do r[i] = t end return r",
        "return {('x'):rep(2 ^ 20):byte(1, 100)}",
        "local t = {} for i = 1, 100 do t[i] = ('x'):rep(3000) end while true do struct.pack(('c0'):rep(100), unpack(t)) end",
    ] {
        let (reply, others) = busy(script, &[&[b"SCRIPT", b"KILL"]]);
        assert_eq!(others, "+OK\\r\\n", "{script}");
        assert!(
            reply.starts_with("-ERR Script killed by user with SCRIPT KILL... script: "),
            "{script}: {reply}"
        );
    }
}

/// In each of these one instruction of Lua's takes all the time.
#[test]
fn functions_that_take_long_look_at_the_clock() {
    for script in [
        "local t = {} for i = 1, 6 do t = {t, t, t, t, t, t, t, t} end return #cjson.encode(t)",
        "local t = {} for i = 1, 6 do t = {t, t, t, t, t, t, t, t} end return #cmsgpack.pack(t)",
        "local s = '1,' for i = 1, 15 do s = s .. s end return #cjson.decode('[' .. s .. '1]')",
        "local s = '\\1' for i = 1, 15 do s = s .. s end return #cmsgpack.unpack('\\220\\128\\0' .. s)",
        "local s = '1,' for i = 1, 16 do s = s .. s end local t = loadstring('return {' .. s .. '1}')() return table.concat(t)",
        "local s = 'x' for i = 1, 17 do s = s .. s end return #s:upper()",
        "local s = 'x' for i = 1, 14 do s = s .. s end return s:find('[^' .. s .. ']')",
        // A command of a second or two, some times.
        "for i = 1, 4 do redis.call('ping') end return 1",
    ] {
        let (reply, others) = busy(script, &[&[b"SCRIPT", b"KILL"]]);
        assert_eq!(others, "+OK\\r\\n", "{script}: {reply}");
        assert!(
            reply.starts_with("-ERR Script killed by user with SCRIPT KILL... script: "),
            "{script}: {reply}"
        );
    }
}

/// Each of these made a collection of all that Lua holds: so did any script, once the scripts kept held over half of its
/// memory. The scripts and the memory are a sixty-fourth of those of the attack.
#[test]
fn no_script_pays_for_what_scripts_before_it_left_in_use() {
    /// Dropped by the collector at the end of each collection.
    struct Witness(Rc<Cell<u32>>);
    impl Drop for Witness {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }
    let mut here = Here::new(|| 0);
    here.server.scripts.memory_limit = 8 << 20;
    let literals = |n: u32| (0..1600).map(|j| format!("'{n}_{j}'")).collect::<Vec<_>>().join(",");
    for n in 0..60 {
        let script = format!("local function f() return {{{}}} end return 1", literals(n));
        assert_eq!(here.eval(&script), ":1\\r\\n");
    }
    let engine = here.server.scripts.engine().unwrap();
    let collections = Rc::new(Cell::new(0));
    let witness = || drop(engine.lua.create_any_userdata(Witness(collections.clone())).unwrap());
    witness();
    for _ in 0..200 {
        let before = collections.get();
        assert_eq!(here.eval("return 1"), ":1\\r\\n");
        if collections.get() > before {
            witness();
        }
    }
    assert!(collections.get() <= 2, "{} collections for 200 scripts", collections.get());
    // Most of what the scripts hold is in use.
    engine.lua.gc_collect().unwrap();
    assert!(engine.lua.used_memory() > 1 << 20, "{} bytes in use", engine.lua.used_memory());
}

/// Lua's own concat looked at nothing until it had joined all.
#[test]
fn joining_a_long_table_looks_at_the_clock_again_and_again() {
    let mut here = Here::new(hurrying);
    let looks = Rc::new(Cell::new(0));
    let count = looks.clone();
    here.server.set_while_busy(Box::new(move |_| count.set(count.get() + 1)));
    let fill = "local t = {} for i = 1, 2 ^ 16 + 1 do t[i] = i % 10 end";
    here.eval(&format!("{fill} return #t"));
    let filling = looks.replace(0);
    let joined = "local s = table.concat(t, ';') return {#s, s:sub(1, 5), s:sub(-5)}";
    let reply = here.eval(&format!("{fill} {joined}"));
    assert_eq!(reply, "*3\\r\\n:131073\\r\\n$5\\r\\n1;2;3\\r\\n$5\\r\\n5;6;7\\r\\n");
    assert!(looks.get() > filling + 16, "{} and {filling}", looks.get());
    for (call, reply) in [
        ("#table.concat(t)", ":65537\\r\\n"),
        (
            "#table.concat(t, ';', -1)",
            "-ERR user_script:1: invalid value (nil) at index -1 in table for 'concat'",
        ),
        ("table.concat(t, 0, 2.9, 4)", "$5\\r\\n20304\\r\\n"),
        ("#table.concat(t, 0, '2.9')", ":131071\\r\\n"),
        (
            "#table.concat(t, {})",
            "-ERR user_script:1: bad argument #2 to 'concat' (string expected, got table)",
        ),
    ] {
        let got = here.eval(&format!("{fill} return {call}"));
        assert!(got.starts_with(reply), "{call}: {got}");
    }
}

/// Joining strings of a hundred megabytes a thousand times takes seconds.
#[test]
fn a_script_whose_instructions_take_long_is_asked_more_often() {
    let mut here = Here::new(hurrying);
    let looks = Rc::new(Cell::new(0));
    let count = looks.clone();
    here.server.set_while_busy(Box::new(move |_| count.set(count.get() + 1)));
    assert_eq!(here.eval("for i = 1, 10000 do end return 1"), ":1\\r\\n");
    assert!(looks.get() > 400, "{}", looks.get());
    // At once, if there is a very long string.
    looks.set(0);
    here.eval("local s = ('x'):rep(2 ^ 24 + 1) for i = 1, 500 do end return #s");
    assert!(looks.get() > 20, "{}", looks.get());
    // And where there is a lot of memory, whatever made it: over 64 MB here.
    let looks_of = |here: &mut Here, script: &str| {
        looks.set(0);
        here.eval(script);
        looks.get()
    };
    let much = "local s = 'x' for i = 1, 25 do s = s .. s end";
    let made = looks_of(&mut here, &format!("{much} return #s"));
    let used = looks_of(&mut here, &format!("{much} for i = 1, 1000 do end return #s"));
    assert!(used - made > 100, "{made}, then {used}");
}

#[test]
fn a_script_that_wrote_cannot_be_killed() {
    let script = "redis.call('set', 'x', 'y') for i = 1, 300000 do end return 'done'";
    let (reply, others) = busy(script, &[&[b"SCRIPT", b"KILL"], &[b"SHUTDOWN"]]);
    let unkillable = "-UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait \
                      the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.\\r\\n";
    assert_eq!((reply.as_str(), others), ("$4\\r\\ndone\\r\\n", format!("{unkillable}{BUSY}")));
}

#[test]
fn shutdown_nosave_ends_even_a_script_that_wrote() {
    let (reply, others) =
        busy("redis.call('set', 'x', 'y') while true do end", &[&[b"SHUTDOWN"], &[b"SHUTDOWN", b"NOSAVE"]]);
    assert_eq!(others, BUSY);
    assert!(reply.starts_with("-ERR Script killed by user with SCRIPT KILL... script: "), "{reply}");
}

#[test]
fn what_is_published_meanwhile_does_not_get_between_the_others_replies() {
    let script =
        "for i = 1, 300000 do end redis.call('publish', 'x', 'mine') for i = 1, 300000 do end return 'done'";
    let mut here = Here::new(hurrying);
    let b = here.server.connect(About { addr: "127.0.0.1:2".into(), ..About::default() });
    here.ask(&[b"HELLO", b"3"]);
    here.ask(&[b"SUBSCRIBE", b"x"]);
    here.server.set_while_busy(Box::new(move |server| server.feed(b, b"GET x\r\nMULTI\r\nDISCARD\r\n")));
    here.server.feed(here.client, &request(&[b"EVAL", script.as_bytes(), b"0"]));
    let reply = shown(&take(&mut here.server, here.client));
    assert_eq!(reply, "$4\\r\\ndone\\r\\n>3\\r\\n$7\\r\\nmessage\\r\\n$1\\r\\nx\\r\\n$4\\r\\nmine\\r\\n");
    let others = shown(&take(&mut here.server, b)).replace(&format!("{BUSY}+OK\\r\\n+OK\\r\\n"), ".");
    assert!(others.len() >= 6 && others.bytes().all(|byte| byte == b'.'), "{others}");
}

#[test]
fn who_waits_for_a_key_is_not_served_in_the_middle_of_a_script() {
    let script =
        "redis.call('lpush', 'l', 'y') for i = 1, 300000 do end return redis.call('lpush', 'l', 'z')";
    let mut here = Here::new(hurrying);
    let [waiting, other] = [2, 3].map(|port| {
        here.server.connect(About { addr: format!("127.0.0.1:{port}").into(), ..About::default() })
    });
    here.server.feed(waiting, b"BLPOP l 0\r\n");
    here.server.set_while_busy(Box::new(move |server| server.feed(other, b"HELLO 2\r\n")));
    here.server.feed(here.client, &request(&[b"EVAL", script.as_bytes(), b"0"]));
    assert_eq!(shown(&take(&mut here.server, here.client)), ":2\\r\\n");
    assert_eq!(shown(&take(&mut here.server, waiting)), "*2\\r\\n$1\\r\\nl\\r\\n$1\\r\\nz\\r\\n");
    assert!(!take(&mut here.server, other).is_empty());
}

/// The command of another client, served while the script was busy, once left its own CLIENT NO-TOUCH to the script's.
#[test]
fn who_is_served_during_a_busy_script_does_not_change_whether_its_commands_touch_keys() {
    let mut here = Here::new(hurrying);
    let other = here.server.connect(About { addr: "127.0.0.1:2".into(), ..About::default() });
    here.server.set_while_busy(Box::new(move |server| server.feed(other, b"HELLO 2\r\n")));
    here.ask(&[b"SET", b"k", b"v"]);
    here.ask(&[b"CLIENT", b"NO-TOUCH", b"on"]);
    here.server.set_time(Time { unix_micros: 500_000_000, millis: 500_000 });
    let script =
        b"for i = 1, 1000 do end redis.call('GET', 'k') return redis.call('OBJECT', 'IDLETIME', 'k') >= 400";
    assert_eq!(shown(&here.ask(&[b"EVAL", script, b"0"])), ":1\\r\\n");
    assert!(!take(&mut here.server, other).is_empty(), "the other client was not served meanwhile");
}

#[test]
fn without_a_threshold_nobody_is_served_meanwhile() {
    let mut here = Here::new(hurrying);
    here.ask(&[b"CONFIG", b"SET", b"lua-time-limit", b"0"]);
    here.server.set_while_busy(Box::new(|_| panic!("nobody is to be served")));
    assert_eq!(here.eval("for i = 1, 300000 do end return 1"), ":1\\r\\n");
}

/// Redis-rs's own tests have a script wait like this.
#[test]
fn time_goes_on_in_a_script_that_runs_for_too_long_but_not_for_what_expires() {
    let mut here = Here::new(hurrying);
    let script = "local function now() return redis.call('TIME')[1] + 0 end \
                  local began = now() \
                  while now() < began + 60 do end \
                  redis.call('SET', KEYS[1], 'x', 'EX', 100) \
                  return redis.call('EXPIRETIME', KEYS[1]) - began";
    assert_eq!(here.eval(script), ":100\\r\\n");
}

/// A key that was set before a busy script of the same transaction had expired after it.
#[test]
fn time_stands_still_for_what_expires_until_the_transaction_of_a_busy_script_ends() {
    let mut here = Here::new(hurrying);
    let busy = "local function now() return redis.call('TIME')[1] + 0 end local began = now() \
                while now() < began + 60 do end return 'busy'";
    here.ask(&[b"MULTI"]);
    let queue: &[&[&[u8]]] = &[
        &[b"SET", b"v", b"x", b"PX", b"20"],
        &[b"EVAL", busy.as_bytes(), b"0"],
        &[b"GET", b"v"],
        &[b"PTTL", b"v"],
        &[b"EVAL", b"return redis.call('GET', 'v')", b"0"],
        &[b"EVAL", busy.as_bytes(), b"0"],
        &[b"GET", b"v"],
    ];
    for words in queue {
        assert_eq!(shown(&here.ask(words)), "+QUEUED\\r\\n");
    }
    let (text, busy) = ("$1\\r\\nx\\r\\n", "$4\\r\\nbusy\\r\\n");
    let replies = format!("*7\\r\\n+OK\\r\\n{busy}{text}:20\\r\\n{text}{busy}{text}");
    assert_eq!(shown(&here.ask(&[b"EXEC"])), replies);
    assert_eq!(shown(&here.ask(&[b"GET", b"v"])), "$-1\\r\\n");
}

/// TIME went back when a script of a transaction was busy after another.
#[test]
fn time_does_not_go_back_between_the_busy_scripts_of_a_transaction() {
    let mut here = Here::new(hurrying);
    here.ask(&[b"MULTI"]);
    for _ in 0..3 {
        here.ask(&[b"EVAL", b"for i = 1, 300000 do end return redis.call('TIME')[1]", b"0"]);
        here.ask(&[b"TIME"]);
    }
    let reply = shown(&here.ask(&[b"EXEC"]));
    let seconds: Vec<u64> =
        reply.split("\\r\\n").filter_map(|word| word.parse().ok()).filter(|&n| n > 0).collect();
    assert!(seconds.len() == 6 && seconds.is_sorted(), "{reply}");
}

#[test]
fn time_stands_still_in_a_script_without_a_threshold() {
    let mut here = Here::new(hurrying);
    here.ask(&[b"CONFIG", b"SET", b"lua-time-limit", b"0"]);
    let script = "local t = redis.call('TIME') for i = 1, 300000 do end local u = redis.call('TIME') \
                  return {u[1] - t[1], u[2] - t[2]}";
    assert_eq!(here.eval(script), "*2\\r\\n:0\\r\\n:0\\r\\n");
}

#[test]
fn time_does_not_go_back_after_a_script_that_ran_for_too_long() {
    let mut here = Here::new(hurrying);
    let seconds = |reply: String| reply.split("\\r\\n").find_map(|word| word.parse::<u64>().ok());
    let before = seconds(shown(&here.ask(&[b"TIME"])));
    let during = seconds(here.eval("for i = 1, 300000 do end return redis.call('TIME')[1]"));
    let after = seconds(shown(&here.ask(&[b"TIME"])));
    assert!(before < during && during <= after, "{before:?} {during:?} {after:?}");
}
