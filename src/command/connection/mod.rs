//! PING, ECHO, HELLO, AUTH, QUIT, RESET, SELECT.
//!
//! Redis: `src/networking.c` (`helloCommand`, `resetCommand`, `quitCommand`), `src/acl.c` (`authCommand`),
//! `src/server.c` (`pingCommand`, `echoCommand`), `src/db.c` (`selectCommand`).
//!
//! Different on purpose: there is one user, `default`. A wrong AUTH always gets its error, also in a
//! pipeline, where Redis 7.4 and later stay silent (`addAuthErrReply` with pending replies).

pub(crate) mod rows;

use crate::client::ReplyMode;
use crate::client::reason::Reason;
use crate::resp::Protocol;
use crate::server::dispatch::{Call, arguments};
use crate::text::c::until_nul;
use crate::text::integer::parse_integer;
use std::sync::Arc;

const WRONGPASS: &str = "WRONGPASS invalid username-password pair or user is disabled.";

/// `PING [message]`: a RESP2 client in subscribed mode gets an array, which it can tell from a reply.
pub fn ping(call: &mut Call<'_>) {
    if call.args.len() > 2 {
        return call.reply.error("ERR wrong number of arguments for 'ping' command");
    }
    let message = call.args.get(1);
    // A script is nobody's subscriber.
    let in_script = call.server.script_of().is_some();
    if call.client().is_subscriber() && call.reply.protocol == Protocol::Resp2 && !in_script {
        call.reply.array(2);
        call.reply.bulk("pong");
        call.reply.bulk(message.unwrap_or(b""));
    } else if let Some(message) = message {
        call.reply.bulk(message);
    } else {
        call.reply.simple("PONG");
    }
}

/// `ECHO message`
pub fn echo(call: &mut Call<'_>) {
    call.reply.bulk(&call.args[1]);
}

/// `QUIT`: the reply goes out, then the connection is closed.
pub fn quit(call: &mut Call<'_>) {
    call.reply.ok();
    let key = call.client;
    call.server.clients.close_after_reply(key, &Reason::Quit);
}

/// `SELECT index`
pub fn select(call: &mut Call<'_>) {
    if let Some(number) = call.database(1) {
        call.client().db = number;
        call.reply.ok();
    }
}

/// `AUTH [username] password`
pub fn auth(call: &mut Call<'_>) {
    let no_password = call.server.config.requirepass.is_empty();
    match call.args.len() {
        2 if no_password => call.reply.error(
            "ERR AUTH <password> called without any password configured for the default user. Are you sure your \
             configuration is correct?",
        ),
        2 => authenticate(call, "AUTH", b"default", 1),
        3 => {
            let args = call.args;
            authenticate(call, "AUTH", &args[1], 2);
        }
        _ => return call.syntax_error(),
    }
    if call.reply.failure.is_none() {
        call.reply.ok();
    }
}

/// Lets the client in if the argument at `password` is right; else replies with the error and logs it. `command` is what
/// the log calls the attempt.
fn authenticate(call: &mut Call<'_>, command: &str, user: &[u8], password: usize) {
    if call.server.is_password_of(user, &call.args[password]) {
        call.client().authenticated = true;
    } else {
        call.server.stats.wrong_passwords += 1;
        call.server.clients.log_wrong_password(call.client, command, user);
        call.reply.error(WRONGPASS);
    }
}

/// `HELLO [version [AUTH username password] [SETNAME name]]`
pub fn hello(call: &mut Call<'_>) {
    let mut protocol = None;
    if let Some(version) = call.args.get(1) {
        protocol = match parse_integer(version) {
            Some(2) => Some(Protocol::Resp2),
            Some(3) => Some(Protocol::Resp3),
            Some(_) => return call.reply.error("NOPROTO unsupported protocol version"),
            None => return call.reply.error("ERR Protocol version is not an integer or out of range"),
        };
    }
    let (mut user, mut name) = (None, None);
    let mut at = 2;
    while at < call.args.len() {
        let more = call.args.len() - at - 1;
        if call.is(at, "auth") && more >= 2 {
            user = Some(at + 1);
            at += 3;
        } else if call.is(at, "setname") && more >= 1 {
            match arguments::printable(&call.args[at + 1]) {
                Some(valid) => name = Some(valid),
                None => return call.reply.error(super::client::BAD_NAME),
            }
            at += 2;
        } else {
            let mut error = b"ERR Syntax error in HELLO option '".to_vec();
            error.extend(until_nul(&call.args[at]));
            error.push(b'\'');
            return call.reply.error(error);
        }
    }
    if let Some(at) = user {
        let args = call.args;
        authenticate(call, "HELLO AUTH", &args[at], at + 1);
        if call.reply.failure.is_some() {
            return;
        }
    }
    if call.server.must_authenticate(call.client) {
        return call.reply.error(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH \
             <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the \
             same time",
        );
    }
    if let Some(name) = name {
        call.client().about.name = name.into();
    }
    if let Some(protocol) = protocol {
        call.client().protocol = protocol;
        call.reply.protocol = protocol;
    }
    introduce(call);
}

/// Who we are. Clients read `version`: it is the Redis whose features we have, see `docs/differences.md`.
fn introduce(call: &mut Call<'_>) {
    let id = call.client().id;
    let reply = &mut *call.reply;
    reply.map(7);
    reply.bulk("server");
    reply.bulk("redis");
    reply.bulk("version");
    reply.bulk(crate::base::REDIS_VERSION);
    reply.bulk("proto");
    reply.integer(reply.protocol.number());
    reply.bulk("id");
    reply.integer(id as i64);
    reply.bulk("mode");
    reply.bulk("standalone");
    reply.bulk("role");
    reply.bulk("master");
    reply.bulk("modules");
    reply.array(0);
}

/// `RESET`: drops subscriptions silently, and everything else a connection can have gathered.
pub fn reset(call: &mut Call<'_>) {
    call.server.forget(call.client);
    let authenticated = call.server.config.requirepass.is_empty();
    let client = call.client();
    client.db = 0;
    client.protocol = Protocol::Resp2;
    client.authenticated = authenticated;
    client.about.name = Arc::default();
    client.about.no_evict = false;
    client.about.no_touch = false;
    client.about.notify_close = false;
    call.reply.protocol = Protocol::Resp2;
    // As in Redis: RESET ends CLIENT REPLY OFF, but is silent itself if it is the one that SKIP skips.
    if call.client().reply_mode == ReplyMode::Off {
        call.client().reply_mode = ReplyMode::On;
        call.reply.muted = false;
    }
    call.reply.simple("RESET");
}
