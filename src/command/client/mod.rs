//! CLIENT, but for KILL: what a connection may say and ask about itself and the others.
//!
//! Redis: `src/networking.c`, `clientCommand`. As in Redis, the rows of CLIENT stand in the group `connection`.

pub mod describe;
pub mod filter;
pub mod kill;
pub mod tracking;

use crate::client::ReplyMode;
use crate::server::Pause;
use crate::server::dispatch::{Call, arguments};
use crate::text::c::until_nul;
use describe::describe;
use filter::Filter;

/// The error for a name with spaces or the like.
pub(super) const BAD_NAME: &str = "ERR Client names cannot contain spaces, newlines or special characters.";

/// `CLIENT ID`
pub fn id(call: &mut Call<'_>) {
    let id = call.client().id;
    call.reply.integer(id as i64);
}

/// `CLIENT INFO`: the line of CLIENT LIST for this connection.
pub fn info(call: &mut Call<'_>) {
    let mut line = describe(call.server, call.client);
    line.push('\n');
    call.reply.verbatim(line.as_bytes());
}

/// `CLIENT LIST [TYPE type] [ID id …]`
pub fn list(call: &mut Call<'_>) {
    let mut filter = Filter::default();
    let mut ids = Vec::new();
    if call.args.len() == 4 && call.is(2, "type") {
        let word = call.args.get(3).unwrap_or(b"");
        filter.kind = filter::parse_kind(word);
        if filter.kind.is_none() {
            return call.reply.error(filter::unknown_kind(word));
        }
    } else if call.args.len() > 3 && call.is(2, "id") {
        for at in 3..call.args.len() {
            match call.integer(at, "Invalid client ID") {
                Some(id) => ids.push(id as u64),
                None => return,
            }
        }
    } else if call.args.len() != 2 {
        return call.syntax_error();
    }
    let server = &*call.server;
    let now = server.seconds();
    let mut text = String::new();
    let all = server.clients.by_age();
    let mut add = |key| {
        text.push_str(&describe(server, key));
        text.push('\n');
    };
    if ids.is_empty() {
        all.iter().filter(|(_, client)| filter.matches(client, now)).for_each(|&(key, _)| add(key));
    } else {
        for id in ids {
            if let Ok(at) = all.binary_search_by_key(&id, |(_, client)| client.id) {
                add(all[at].0);
            }
        }
    }
    call.reply.verbatim(text.as_bytes());
}

/// `CLIENT SETNAME name`: an empty name takes it away.
pub fn setname(call: &mut Call<'_>) {
    match arguments::printable(&call.args[2]) {
        Some(name) => {
            call.client().about.name = name.into();
            call.reply.ok();
        }
        None => call.reply.error(BAD_NAME),
    }
}

/// `CLIENT GETNAME`
pub fn getname(call: &mut Call<'_>) {
    let name = call.client().about.name.clone();
    if name.is_empty() { call.reply.null() } else { call.reply.bulk(name.as_bytes()) }
}

/// `CLIENT SETINFO LIB-NAME name`, `CLIENT SETINFO LIB-VER version`
pub fn setinfo(call: &mut Call<'_>) {
    let option = String::from_utf8_lossy(until_nul(&call.args[2])).into_owned();
    let is_name = call.is(2, "lib-name");
    if !is_name && !call.is(2, "lib-ver") {
        return call.reply.error(format!("ERR Unrecognized option '{option}'"));
    }
    let Some(value) = arguments::printable(&call.args[3]) else {
        return call
            .reply
            .error(format!("ERR {option} cannot contain spaces, newlines or special characters."));
    };
    let about = &mut call.client().about;
    *(if is_name { &mut about.lib_name } else { &mut about.lib_ver }) = value;
    call.reply.ok();
}

/// `CLIENT REPLY ON|OFF|SKIP`: only ON has a reply.
pub fn reply(call: &mut Call<'_>) {
    let old = call.client().reply_mode;
    let mode = if call.is(2, "on") {
        call.reply.muted = false;
        call.reply.ok();
        ReplyMode::On
    } else if call.is(2, "off") {
        ReplyMode::Off
    } else if call.is(2, "skip") {
        if old == ReplyMode::Off { ReplyMode::Off } else { ReplyMode::SkipNext }
    } else {
        return call.syntax_error();
    };
    call.client().reply_mode = mode;
}

/// `CLIENT PAUSE milliseconds [WRITE | ALL]`
pub fn pause(call: &mut Call<'_>) {
    let pause = match call.args.len() {
        3 => Pause::All,
        4 if call.is(3, "all") => Pause::All,
        4 if call.is(3, "write") => Pause::Write,
        4 => return call.reply.error("ERR CLIENT PAUSE mode must be WRITE or ALL"),
        _ => return call.wrong_subcommand("CLIENT", b"PAUSE"),
    };
    let Some(timeout) = call.integer(2, "timeout is not an integer or out of range") else { return };
    let now = call.server.time.millis;
    let latest = i64::MAX as u64 - call.server.unix_millis();
    match u64::try_from(timeout) {
        Err(_) => call.reply.error("ERR timeout is negative"),
        Ok(timeout) if timeout > latest => call.reply.error("ERR timeout is out of range"),
        Ok(timeout) => {
            call.server.begin_pause(pause, now + timeout);
            call.reply.ok();
        }
    }
}

/// `CLIENT UNPAUSE`
pub fn unpause(call: &mut Call<'_>) {
    call.server.end_pause();
    call.reply.ok();
}

/// `CLIENT UNBLOCK id [TIMEOUT | ERROR]`: 1 if that client waited for a key. One that is paused cannot be freed so.
pub fn unblock(call: &mut Call<'_>) {
    if call.args.len() > 4 {
        let args = call.args;
        return call.wrong_subcommand("CLIENT", &args[1]);
    }
    let with_error = call.is(3, "error");
    if call.args.len() == 4 && !call.is(3, "timeout") && !with_error {
        return call.reply.error("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR");
    }
    let Some(id) = call.integer(2, "value is not an integer or out of range") else { return };
    let client = call.server.clients.iter().find(|(_, client)| client.id as i64 == id).map(|(key, _)| key);
    let freed = client.is_some_and(|client| call.server.unblock_client(client, with_error));
    if freed
        && with_error
        && let Some((this, _)) = call.server.table.find(call.args)
    {
        // The error is the other one's, but Redis counts whatever fails while a command runs as that command's failure too.
        call.server.table.stats_mut(this).failed += 1;
    }
    call.reply.integer(i64::from(freed));
}

/// `CLIENT NO-EVICT ON|OFF`: kept and shown; nobody is evicted here.
pub fn no_evict(call: &mut Call<'_>) {
    if let Some(on) = on_or_off(call) {
        call.client().about.no_evict = on;
        call.reply.ok();
    }
}

/// `CLIENT NO-TOUCH ON|OFF`: whether the client's commands leave the time of a key's last use as it is.
pub fn no_touch(call: &mut Call<'_>) {
    if let Some(on) = on_or_off(call) {
        call.client().about.no_touch = on;
        call.reply.ok();
    }
}

/// `CLIENT NOTIFY-CLOSE ON|OFF` (not in Redis): whether a client that speaks RESP3 is told why, if it is closed for
/// owing too much. See [`crate::client::notice`].
pub fn notify_close(call: &mut Call<'_>) {
    if let Some(on) = on_or_off(call) {
        call.client().about.notify_close = on;
        call.reply.ok();
    }
}

fn on_or_off(call: &mut Call<'_>) -> Option<bool> {
    let on = call.is(2, "on");
    if !on && !call.is(2, "off") {
        call.syntax_error();
        return None;
    }
    Some(on)
}

/// `CLIENT HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("CLIENT");
}
