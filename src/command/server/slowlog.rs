//! SLOWLOG.
//!
//! Redis: `src/slowlog.c`, `slowlogCommand`.

use crate::server::dispatch::Call;

/// `SLOWLOG GET [count]`: 10 entries if no count is given, -1 is all.
pub fn get(call: &mut Call<'_>) {
    if call.args.len() > 3 {
        let word = call.args[1].to_vec();
        return call.wrong_subcommand("SLOWLOG", &word);
    }
    let mut count = 10;
    if call.args.len() == 3 {
        match call.integer(2, "count should be greater than or equal to -1") {
            Some(given) => count = given,
            None => return,
        }
    }
    if count < -1 {
        return call.reply.error("ERR count should be greater than or equal to -1");
    }
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    let entries = call.server.slowlog.entries();
    call.reply.array(entries.len().min(count));
    for entry in entries.take(count) {
        call.reply.array(6);
        call.reply.integer(entry.id as i64);
        call.reply.integer(entry.unix_seconds as i64);
        call.reply.integer(entry.microseconds as i64);
        call.reply.array(entry.words.len());
        for word in &entry.words {
            call.reply.bulk(word);
        }
        call.reply.bulk(entry.addr.as_bytes());
        call.reply.bulk(entry.name.as_bytes());
    }
}

/// `SLOWLOG LEN`
pub fn len(call: &mut Call<'_>) {
    call.reply.integer(call.server.slowlog.entries().len() as i64);
}

/// `SLOWLOG RESET`
pub fn reset(call: &mut Call<'_>) {
    call.server.slowlog.clear();
    call.reply.ok();
}

/// `SLOWLOG HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("SLOWLOG");
}
