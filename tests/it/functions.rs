//! Functions: what ends or blocks a server does neither here, and libraries take no more memory than they may.

use crate::scripts::{BUSY, Client, Here, hurrying, request, shown, take};
use cutaway::client::About;

const BUSY_FUNCTION: &str =
    "-BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.\\r\\n";

/// A library `l` with one function `F`.
fn library(body: &str) -> Vec<u8> {
    format!("#!lua name=l\nredis.register_function('F', function(keys, arguments) {body} end)").into_bytes()
}

impl Here {
    fn load(&mut self, code: &[u8]) -> String {
        shown(&self.ask(&[b"FUNCTION", b"LOAD", b"REPLACE", code]))
    }

    fn libraries(&self) -> (usize, usize) {
        (self.server.functions.libraries.len(), self.server.functions.libraries.functions())
    }
}

/// Runs a function for A while B asks things, one each time that the server looks up; returns what A and what B got.
fn busy(body: &str, questions: &'static [&'static [&'static [u8]]]) -> (String, String) {
    let mut here = Here::new(|| 0);
    assert_eq!(here.load(&library(body)), "$1\\r\\nl\\r\\n");
    here.server.stopwatch = hurrying;
    let b = here.server.connect(About { addr: "127.0.0.1:2".into(), ..About::default() });
    let mut asked = questions.iter();
    here.server.set_while_busy(Box::new(move |server| {
        if let Some(words) = asked.next() {
            server.feed(b, &request(words));
        }
    }));
    here.server.feed(here.client, &request(&[b"FCALL", b"f", b"1", b"k", b"a"]));
    let (reply, others) = (shown(&take(&mut here.server, here.client)), shown(&take(&mut here.server, b)));
    here.server.set_while_busy(Box::new(|_| {}));
    // Whatever happened, the next function runs.
    here.server.stopwatch = || 0;
    assert_eq!(here.load(&library("return 'next'")), "$1\\r\\nl\\r\\n");
    assert_eq!(shown(&here.ask(&[b"FCALL", b"F", b"0"])), "$4\\r\\nnext\\r\\n");
    (reply, others)
}

#[test]
fn a_function_that_runs_for_long_can_be_killed_by_function_kill_alone() {
    let (reply, others) = busy(
        "while true do end",
        &[&[b"PING"], &[b"FUNCTION", b"LIST"], &[b"SCRIPT", b"KILL"], &[b"FUNCTION", b"KILL"]],
    );
    assert_eq!(others, format!("{BUSY_FUNCTION}{BUSY_FUNCTION}{BUSY_FUNCTION}+OK\\r\\n"));
    assert_eq!(reply, "-ERR Script killed by user with SCRIPT KILL... script: F, on @user_function:2.\\r\\n");
}

#[test]
fn function_stats_names_the_function_that_runs_and_the_request_that_called_it() {
    let (_, others) = busy("while true do end", &[&[b"FUNCTION", b"STATS"], &[b"FUNCTION", b"KILL"]]);
    let (running, engines) = others.split_once("$11\\r\\nduration_ms\\r\\n:").unwrap();
    let command = "*5\\r\\n$5\\r\\nFCALL\\r\\n$1\\r\\nf\\r\\n$1\\r\\n1\\r\\n$1\\r\\nk\\r\\n$1\\r\\na\\r\\n";
    assert_eq!(
        running,
        format!(
            "*4\\r\\n$14\\r\\nrunning_script\\r\\n*6\\r\\n$4\\r\\nname\\r\\n$1\\r\\nF\\r\\n$7\\r\\ncommand\\r\\n{command}"
        )
    );
    let (millis, engines) = engines.split_once("\\r\\n").unwrap();
    assert!(millis.parse::<u64>().unwrap() >= 10_000, "{millis}");
    let counts = "*4\\r\\n$15\\r\\nlibraries_count\\r\\n:1\\r\\n$15\\r\\nfunctions_count\\r\\n:1\\r\\n";
    assert_eq!(engines, format!("$7\\r\\nengines\\r\\n*2\\r\\n$3\\r\\nLUA\\r\\n{counts}+OK\\r\\n"));
}

#[test]
fn a_function_that_wrote_cannot_be_killed() {
    let (reply, others) = busy(
        "redis.call('set', keys[1], 'y') for i = 1, 300000 do end return 'done'",
        &[&[b"FUNCTION", b"KILL"], &[b"SCRIPT", b"KILL"], &[b"SHUTDOWN"]],
    );
    let unkillable = "-UNKILLABLE Sorry the script already executed write commands against the dataset. You can either wait \
                      the script termination or kill the server in a hard way using the SHUTDOWN NOSAVE command.\\r\\n";
    assert_eq!(
        (reply.as_str(), others),
        ("$4\\r\\ndone\\r\\n", format!("{unkillable}{unkillable}{BUSY_FUNCTION}"))
    );
}

#[test]
fn a_script_is_not_killed_by_function_kill() {
    let mut here = Here::new(hurrying);
    let b = here.server.connect(About { addr: "127.0.0.1:2".into(), ..About::default() });
    let questions: [&[&[u8]]; 3] = [&[b"FUNCTION", b"KILL"], &[b"FUNCTION", b"STATS"], &[b"SCRIPT", b"KILL"]];
    let mut asked = questions.into_iter();
    here.server.set_while_busy(Box::new(move |server| {
        if let Some(words) = asked.next() {
            server.feed(b, &request(words));
        }
    }));
    here.server.feed(here.client, &request(&[b"EVAL", b"while true do end", b"0"]));
    assert!(shown(&take(&mut here.server, here.client)).starts_with("-ERR Script killed by user"));
    assert_eq!(shown(&take(&mut here.server, b)), format!("{BUSY}{BUSY}+OK\\r\\n"));
}

/// Neither the loop nor the compiler, which looks at all `or` before each, has longer than half a second.
#[test]
fn a_library_that_takes_too_long_is_given_up_and_the_old_one_stays() {
    let mut here = Here::new(|| 0);
    here.load(&library("return 'old'"));
    let late = "-ERR Error registering functions: ERR FUNCTION LOAD timeout\\r\\n";
    let endless = b"#!lua name=l\nredis.register_function('g', function() end) while true do end";
    let hard = [b"#!lua name=l\nreturn ", &b"a or ".repeat(1 << 17)[..], b"a"].concat();
    let mut payload = Vec::new();
    for name in ["l", "m", "n"] {
        let code =
            format!("#!lua name={name}\nfor i = 1, 300 do end redis.register_function('{name}', redis.log)");
        payload.extend([245, 0x40, code.len() as u8]);
        payload.extend(code.bytes());
    }
    cutaway::persist::footer::seal(&mut payload);
    here.server.stopwatch = hurrying;
    assert_eq!((here.load(endless), here.load(&hard)), (late.into(), late.into()));
    assert_eq!(shown(&here.ask(&[b"FUNCTION", b"RESTORE", &payload, b"FLUSH"])), late);
    here.server.stopwatch = || 0;
    assert_eq!(shown(&here.ask(&[b"FCALL", b"f", b"0"])), "$3\\r\\nold\\r\\n");
    assert_eq!(here.libraries(), (1, 1));
    assert_eq!(shown(&here.ask(&[b"FUNCTION", b"RESTORE", &payload, b"FLUSH"])), "+OK\\r\\n");
    assert_eq!(here.libraries(), (3, 3));
}

#[test]
fn no_pcall_and_no_coroutine_saves_a_function_from_being_killed() {
    for body in [
        "while true do pcall(function() while true do end end) end",
        "while true do coroutine.wrap(function() while true do end end)() end",
        "while true do pcall(string.find, ('a'):rep(3000), ('.-'):rep(6) .. 'b') end",
        "local t = {} for i = 1, 1000 do t[i] = i end local r = {} for i = 1, 30000 do r[i] = t end return r",
    ] {
        let (reply, others) = busy(body, &[&[b"FUNCTION", b"KILL"]]);
        assert_eq!(others, "+OK\\r\\n", "{body}");
        assert!(
            reply.starts_with("-ERR Script killed by user with SCRIPT KILL... script: F, on "),
            "{reply}"
        );
    }
}

/// What a library holds in its local variables stays from call to call: an endless cache meets the limit.
#[test]
fn libraries_take_no_more_memory_than_they_may() {
    let mut here = Here::new(|| 0);
    here.server.functions.memory_limit = 8 << 20;
    let refused = "-ERR Error compiling function: not enough memory\\r\\n";
    let code = |n: u32, comment: usize| {
        format!(
            "#!lua name=l{n}\nredis.register_function('f{n}', function() return {n} end) --{}",
            "x".repeat(comment)
        )
    };
    assert_eq!(here.load(code(0, 500_000).as_bytes()), refused);
    let replies: Vec<String> = (0..5).map(|n| here.load(code(n, 100_000).as_bytes())).collect();
    assert!(replies[..4].iter().all(|reply| reply.starts_with("$2")) && replies[4] == refused, "{replies:?}");
    here.ask(&[b"FUNCTION", b"DELETE", b"l0"]);
    assert!(here.load(code(4, 100_000).as_bytes()).starts_with("$2"));
    here.ask(&[b"FUNCTION", b"FLUSH"]);
    let many = b"#!lua name=l\nfor i = 1, 1e9 do redis.register_function('f' .. i, redis.log) end";
    assert_eq!(here.load(many), "-ERR Error registering functions: ERR not enough memory\\r\\n");
    let long = b"#!lua name=l\nlocal s = ('x'):rep(3e6) redis.register_function{function_name = 'f', callback = redis.log, description = s}";
    assert_eq!(here.load(long), "-ERR Error registering functions: ERR not enough memory\\r\\n");
    assert_eq!(
        here.load(b"#!lua name=l\nlocal s = ('x'):rep(1e9)"),
        "-ERR Error registering functions: ERR not enough memory\\r\\n"
    );
    assert_eq!(here.libraries(), (0, 0));
    let cache = b"#!lua name=l\nlocal c = {} redis.register_function('f', function() for i = 1, 1e9 do c[i] = {} end end)";
    assert_eq!(here.load(cache), "$1\\r\\nl\\r\\n");
    assert_eq!(shown(&here.ask(&[b"FCALL", b"f", b"0"])), "-ERR not enough memory\\r\\n");
    // Nobody else finds room then, until the library is deleted.
    assert_eq!(here.load(&library("return 1")), "-ERR Error compiling function: not enough memory\\r\\n");
    assert!(here.server.functions.lua_memory() < 9 << 20);
    assert_eq!(shown(&here.ask(&[b"FUNCTION", b"DELETE", b"l"])), "+OK\\r\\n");
    assert_eq!(here.load(&library("return 1")), "$1\\r\\nl\\r\\n");
    assert_eq!(shown(&here.ask(&[b"FCALL", b"f", b"0"])), ":1\\r\\n");
}

/// Redis 8.0.2 can end after it.
#[test]
fn functions_go_on_after_each_flush() {
    let mut here = Here::new(|| 0);
    for flush in [&b"SYNC"[..], b"ASYNC"] {
        for _ in 0..50 {
            assert_eq!(here.load(&library("return redis.call('incr', 'n')")), "$1\\r\\nl\\r\\n");
            assert!(shown(&here.ask(&[b"FCALL", b"f", b"0"])).starts_with(':'));
            assert_eq!(shown(&here.ask(&[b"FUNCTION", b"FLUSH", flush])), "+OK\\r\\n");
            assert_eq!(shown(&here.ask(&[b"FCALL", b"f", b"0"])), "-ERR Function not found\\r\\n");
            assert_eq!((here.libraries(), here.server.functions.lua_memory()), ((0, 0), 0));
        }
    }
    assert_eq!(shown(&here.ask(&[b"GET", b"n"])), "$3\\r\\n100\\r\\n");
}

/// Redis 8.0.2 loads such a library and crashes when it is deleted.
#[test]
fn names_that_differ_in_their_case_alone_are_refused() {
    let mut here = Here::new(|| 0);
    let both =
        b"#!lua name=l\nredis.register_function('f', redis.log) redis.register_function('F', redis.log)";
    assert_eq!(
        here.load(both),
        "-ERR Error registering functions: ERR Function already exists in the library\\r\\n"
    );
    assert_eq!(shown(&here.ask(&[b"FUNCTION", b"DELETE", b"l"])), "-ERR Library not found\\r\\n");
}

/// Many libraries that come and go leave nothing behind in Lua.
#[test]
fn libraries_that_are_replaced_or_fail_leave_nothing_behind() {
    let mut here = Here::new(|| 0);
    let mut most = 0;
    for n in 0..3000 {
        here.load(&library(&format!("local t = {{{}}} return {n}", "'a',".repeat(200))));
        let wrong = format!("#!lua name=l\nredis.register_function('x{n}', function() return {n} end) x = 1");
        assert!(here.load(wrong.as_bytes()).starts_with("-ERR Error registering functions"));
        most = most.max(here.server.functions.lua_memory());
    }
    assert_eq!(shown(&here.ask(&[b"FCALL", b"f", b"0"])), ":2999\\r\\n");
    assert!(most < 200 << 10, "{most} bytes");
}
