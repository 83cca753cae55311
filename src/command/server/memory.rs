//! MEMORY: how much memory a key takes.
//!
//! Redis: `src/object.c`, `memoryCommand`. Of its subcommands this is the one that asks about data; the others ask about
//! Redis's allocator.

use crate::keyspace::memory;
use crate::server::dispatch::Call;
use crate::text::integer::parse_integer;

/// How many elements of a value are looked at unless told otherwise. Redis: `OBJ_COMPUTE_SIZE_DEF_SAMPLES`.
const SAMPLES: i64 = 5;

/// `MEMORY USAGE key [SAMPLES count]`
pub fn usage(call: &mut Call<'_>) {
    let mut samples = SAMPLES;
    let mut index = 3;
    while index < call.args.len() {
        if !call.is(index, "samples") || index + 1 == call.args.len() {
            return call.syntax_error();
        }
        samples = match parse_integer(&call.args[index + 1]) {
            None => return call.reply.error("ERR value is not an integer or out of range"),
            Some(samples) if samples < 0 => return call.syntax_error(),
            Some(samples) => samples,
        };
        index += 2;
    }
    let (db, args) = (call.db(), call.args);
    match call.server.lookup_no_stats(db, &args[2]) {
        None => call.reply.null(),
        Some(item) => {
            let bytes = memory::of_key(&args[2], item, usize::try_from(samples).unwrap_or(usize::MAX));
            call.reply.integer(bytes as i64);
        }
    }
}

/// `MEMORY HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("MEMORY");
}
