//! MEMORY: how much memory a key takes, and where the rest is.
//!
//! Redis: `src/object.c` (`memoryCommand`, `getMemoryDoctorReport`).
//!
//! Different on purpose: MEMORY PURGE does nothing, since jemalloc's own thread gives unused pages back within seconds. What
//! the doctor advises is in words of our own; that all is well, or that there is too little to see, is said in Redis's.

use super::memory_figures::{Figures, ratio};
use crate::keyspace::memory;
use crate::resp::reply::Reply;
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

/// `MEMORY STATS`
pub fn stats(call: &mut Call<'_>) {
    let figures = Figures::of(call.server);
    let aof_buffer = call.server.persistence.aof.log.buffer.capacity() as u64;
    let reply = &mut *call.reply;
    reply.map(33 + figures.databases.len());
    let number = |reply: &mut Reply, name: &str, value: u64| {
        reply.bulk(name);
        reply.integer(value as i64);
    };
    number(reply, "peak.allocated", figures.peak);
    number(reply, "total.allocated", figures.used);
    number(reply, "startup.allocated", figures.startup);
    for name in ["replication.backlog", "replica.fullsync.buffer", "clients.slaves"] {
        number(reply, name, 0);
    }
    number(reply, "clients.normal", figures.clients);
    number(reply, "cluster.links", 0);
    number(reply, "aof.buffer", aof_buffer);
    number(reply, "lua.caches", figures.scripts);
    number(reply, "functions.caches", figures.functions);
    number(reply, "script.VMs", figures.lua);
    for &(db, keys, times) in &figures.databases {
        reply.bulk(format!("db.{db}"));
        reply.map(2);
        number(reply, "overhead.hashtable.main", keys);
        number(reply, "overhead.hashtable.expires", times);
    }
    number(reply, "overhead.db.hashtable.lut", figures.buckets);
    number(reply, "overhead.db.hashtable.rehashing", figures.moving.0);
    number(reply, "overhead.total", figures.overhead());
    number(reply, "db.dict.rehashing.count", figures.moving.1);
    number(reply, "keys.count", figures.keys);
    number(reply, "keys.bytes-per-key", figures.bytes_per_key());
    number(reply, "dataset.bytes", figures.dataset());
    let double = |reply: &mut Reply, name: &str, value: f64| {
        reply.bulk(name);
        // Redis keeps these as floats of 32 bits.
        reply.double(f64::from(value as f32));
    };
    double(reply, "dataset.percentage", figures.dataset_percent());
    double(reply, "peak.percentage", figures.peak_percent());
    number(reply, "allocator.allocated", figures.used);
    number(reply, "allocator.active", figures.pages.active);
    number(reply, "allocator.resident", figures.pages.resident);
    number(reply, "allocator.muzzy", 0);
    let spreads = [
        ("allocator-fragmentation.ratio", "allocator-fragmentation.bytes", figures.fragmentation()),
        ("allocator-rss.ratio", "allocator-rss.bytes", figures.allocator_resident()),
        ("rss-overhead.ratio", "rss-overhead.bytes", figures.process_resident()),
        ("fragmentation", "fragmentation.bytes", figures.total()),
    ];
    for (name, name_of_bytes, (ratio, bytes)) in spreads {
        double(reply, name, ratio);
        reply.bulk(name_of_bytes);
        reply.integer(bytes);
    }
}

/// Less than this is too little to say anything.
const EMPTY: u64 = 5 << 20;
/// A difference below this is not worth a word.
const WORTH_A_WORD: i64 = 10 << 20;
/// So much for each client is.
const LARGE_CLIENT: u64 = 200 << 10;
/// So many scripts are.
const MANY_SCRIPTS: usize = 1000;

/// `MEMORY DOCTOR`
pub fn doctor(call: &mut Call<'_>) {
    let figures = Figures::of(call.server);
    let clients = call.server.clients.iter().count() as u64;
    let report = report(&figures, clients, call.server.script_figures().kept);
    call.reply.verbatim(report.as_bytes());
}

/// What is wrong with these numbers.
fn report(figures: &Figures, clients: u64, scripts: usize) -> String {
    if figures.used < EMPTY {
        return "Hi Sam, this instance is empty or is using very little memory, my issues detector can't be used in these \
                conditions. Please, leave for your mission on Earth and fill it with some data. The new Sam and I will be \
                back to our programming as soon as I finished rebooting.\n"
            .into();
    }
    let mut found = Vec::new();
    if ratio(figures.peak, figures.used) > 1.5 {
        found.push(format!(
            "Peak memory: {} bytes were in use once, {} are now. What is not in use is given back within seconds, unless it is \
             in pages with something that is.",
            figures.peak, figures.used
        ));
    }
    let is_wide = |(ratio, bytes): (f64, i64), most: f64| ratio > most && bytes > WORTH_A_WORD;
    if is_wide(figures.total(), 1.4) {
        found.push(format!(
            "Resident memory: {:.2} times as much is resident as is in use. Look at the lines below for the reason.",
            figures.total().0
        ));
    }
    if is_wide(figures.fragmentation(), 1.1) {
        found.push(format!(
            "Fragmentation: the allocator keeps {} bytes in pages of which other parts are in use. New data of the same sizes \
             fills them; a restart gives them back.",
            figures.fragmentation().1
        ));
    }
    if is_wide(figures.allocator_resident(), 1.1) {
        found.push(format!(
            "Pages: {} bytes are resident of which nothing is in use. The allocator gives them back within ten seconds.",
            figures.allocator_resident().1
        ));
    }
    if is_wide(figures.process_resident(), 1.1) {
        found.push(format!(
            "Process: {} bytes are resident that are not the allocator's: the program, its stack and what the kernel keeps.",
            figures.process_resident().1
        ));
    }
    if figures.clients / clients.max(1) > LARGE_CLIENT {
        found.push(
            "Clients: they take more than 200 KB each. CLIENT LIST names those that are owed much (omem) or have sent much \
             (qbuf); client-output-buffer-limit and maxmemory-clients bound it."
                .into(),
        );
    }
    if scripts > MANY_SCRIPTS {
        found.push(format!(
            "Scripts: {scripts} are kept. A script that differs from call to call should take what differs as an argument."
        ));
    }
    if found.is_empty() {
        return "Hi Sam, I can't find any memory issue in your instance. I can only account for what occurs on this base.\n"
            .into();
    }
    let list: String = found.iter().map(|issue| format!(" * {issue}\n\n")).collect();
    format!(
        "Sam, I detected a few issues in this Redis instance memory implants:\n\n{list}I'm here to keep you safe, Sam. I want to help you.\n"
    )
}

/// `MEMORY MALLOC-STATS`: the allocator's own report.
pub fn malloc_stats(call: &mut Call<'_>) {
    match call.server.process.allocator {
        Some(allocator) => {
            let report = (allocator.report)();
            call.reply.verbatim(&report);
        }
        None => call.reply.bulk("Stats not supported for the current allocator"),
    }
}

/// `MEMORY PURGE`
pub fn purge(call: &mut Call<'_>) {
    call.reply.ok();
}

/// `MEMORY HELP`
pub fn help(call: &mut Call<'_>) {
    call.help("MEMORY");
}
