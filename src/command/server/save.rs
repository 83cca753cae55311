//! SAVE, BGSAVE, LASTSAVE, BGREWRITEAOF.
//!
//! Redis: `src/rdb.c` (`saveCommand`, `bgsaveCommand`), `src/db.c`, `lastsaveCommand`; `src/aof.c`, `bgrewriteaofCommand`. What they start is in
//! `server/persistence/save.rs`.

use crate::client::blocked::Wait;
use crate::server::dispatch::Call;
use crate::server::persistence::save::{Asker, IN_PROGRESS, not_saved};

/// `SAVE`: the reply comes when all is on the disk.
pub fn save(call: &mut Call<'_>) {
    if call.server.persistence.save.is_running() {
        return call.reply.error(IN_PROGRESS);
    }
    if let Err(why) = call.server.claim_directory() {
        return call.reply.error(why);
    }
    let asker = Asker::Client(call.client, call.client().id);
    call.server.start_save(asker);
    if !call.server.persistence.save.is_running() {
        return call.reply.ok();
    }
    let wait =
        Wait { keys: Vec::new(), type_name: "", on_missing: false, until: None, on_timeout: not_saved };
    call.block(wait, None);
}

/// `BGSAVE [SCHEDULE]`: in a transaction it begins when that has ended.
pub fn bgsave(call: &mut Call<'_>) {
    let is_patient = match call.args.len() {
        1 => false,
        2 if call.is(1, "schedule") => true,
        _ => return call.syntax_error(),
    };
    let is_in_exec = !call.may_block();
    if let Err(why) = call.server.claim_directory() {
        return call.reply.error(why);
    }
    let persistence = &mut call.server.persistence;
    if persistence.save.is_running() {
        call.reply.error(IN_PROGRESS);
    } else if persistence.snapshot.is_none() && !is_in_exec {
        call.server.start_save(Asker::Background);
        call.reply.simple("Background saving started");
    } else if is_patient || is_in_exec {
        persistence.save.is_scheduled = true;
        call.reply.simple("Background saving scheduled");
    } else {
        call.reply.error(
            "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule \
             a BGSAVE whenever possible.",
        );
    }
}

/// `BGREWRITEAOF`
pub fn bgrewriteaof(call: &mut Call<'_>) {
    let is_in_exec = !call.may_block();
    if let Err(why) = call.server.claim_directory() {
        return call.reply.error(why);
    }
    match call.server.ask_for_rewrite(is_in_exec) {
        Ok(text) => call.reply.simple(text),
        Err(error) => call.reply.error(error),
    }
}

/// `LASTSAVE`: when the last save ended well, in seconds since 1970.
pub fn lastsave(call: &mut Call<'_>) {
    let seconds = call.server.persistence.save.last_save;
    call.reply.integer(seconds as i64);
}
