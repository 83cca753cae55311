//! The sections of INFO.
//!
//! Redis: `src/server.c`, `genRedisInfoString`. Fields that clients and tools are known to read are there,
//! also where their value can only be 0; `cutaway_version` tells what we are.
//!
//! Circle: a long section has a file of its own, which prints its lines as those here do.

use super::info_persistence;
use super::memory_figures::Figures;
use crate::client::limits::Class;
use crate::server::Server;
use std::fmt::Write;

/// A section's name, its title, and what writes its lines.
pub type Section = (&'static str, &'static str, fn(&Server, &mut String));

/// All sections, in the order of INFO.
pub const SECTIONS: &[Section] = &[
    ("server", "Server", server),
    ("clients", "Clients", clients),
    ("memory", "Memory", memory),
    ("persistence", "Persistence", info_persistence::persistence),
    ("stats", "Stats", stats),
    ("replication", "Replication", replication),
    ("cpu", "CPU", cpu),
    ("modules", "Modules", |_, _| {}),
    ("commandstats", "Commandstats", commandstats),
    ("errorstats", "Errorstats", errorstats),
    ("latencystats", "Latencystats", latencystats),
    ("cluster", "Cluster", |_, out| line(out, "cluster_enabled", 0)),
    ("keyspace", "Keyspace", keyspace),
];

/// The sections of INFO without arguments.
pub const DEFAULT: &[&str] = &[
    "server",
    "clients",
    "memory",
    "persistence",
    "stats",
    "replication",
    "cpu",
    "modules",
    "errorstats",
    "cluster",
    "keyspace",
];

/// Writes a field.
pub(super) fn line(out: &mut String, name: &str, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(out, "{name}:{value}\r\n");
}

fn server(server: &Server, out: &mut String) {
    let uptime = (server.time.millis - server.started.millis) / 1000;
    let file = server.config.file.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    line(out, "redis_version", crate::base::REDIS_VERSION);
    line(out, "cutaway_version", env!("CARGO_PKG_VERSION"));
    line(out, "redis_git_sha1", "00000000");
    line(out, "redis_git_dirty", 0);
    line(out, "redis_mode", "standalone");
    line(out, "os", &server.process.os);
    line(out, "arch_bits", usize::BITS);
    line(out, "multiplexing_api", if cfg!(target_os = "linux") { "epoll" } else { "kqueue" });
    line(out, "process_id", server.process.pid);
    line(out, "process_supervised", server.process.supervised);
    line(out, "run_id", &server.process.run_id);
    line(out, "tcp_port", server.config.port);
    line(out, "server_time_usec", server.time.unix_micros);
    line(out, "uptime_in_seconds", uptime);
    line(out, "uptime_in_days", uptime / 86_400);
    line(out, "hz", 10);
    line(out, "configured_hz", 10);
    line(out, "executable", &server.process.executable);
    line(out, "config_file", file);
    line(out, "io_threads_active", 0);
    if server.config.port != 0 {
        let binds: Vec<String> = server.config.bind.iter().map(|bind| format!("bind={bind}")).collect();
        line(out, "listener0", format!("name=tcp,{},port={}", binds.join(","), server.config.port));
    }
}

fn clients(server: &Server, out: &mut String) {
    let all = || server.clients.iter().map(|(_, client)| client);
    line(out, "connected_clients", all().count());
    line(out, "cluster_connections", 0);
    line(out, "maxclients", server.config.maxclients);
    let input = all()
        .filter_map(|client| client.pending_input.as_ref())
        .map(|pending_input| pending_input.len())
        .max();
    line(out, "client_recent_max_input_buffer", input.unwrap_or(0));
    line(out, "client_recent_max_output_buffer", all().map(|client| client.output.owed()).max().unwrap_or(0));
    line(out, "blocked_clients", server.postponed() + server.blocking.clients());
    line(out, "tracking_clients", server.tracking.clients.len());
    line(out, "pubsub_clients", all().filter(|client| client.class() == Class::PubSub).count());
    line(out, "watching_clients", server.watching_clients());
    line(out, "clients_in_timeout_table", server.blocking.with_deadline());
    line(out, "total_watched_keys", server.watchers.keys());
    line(out, "total_blocking_keys", server.blocking.keys());
    line(out, "total_blocking_keys_on_nokey", server.blocking.keys_on_missing());
}

fn memory(server: &Server, out: &mut String) {
    let (figures, usage) = (Figures::of(server), server.usage());
    let percent = |value: f64| format!("{value:.2}%");
    line(out, "used_memory", figures.used);
    line(out, "used_memory_human", human(figures.used));
    line(out, "used_memory_rss", figures.resident);
    line(out, "used_memory_rss_human", human(figures.resident));
    line(out, "used_memory_peak", figures.peak);
    line(out, "used_memory_peak_human", human(figures.peak));
    line(out, "used_memory_peak_perc", percent(figures.peak_percent()));
    line(out, "used_memory_overhead", figures.overhead());
    line(out, "used_memory_startup", figures.startup);
    line(out, "used_memory_dataset", figures.dataset());
    line(out, "used_memory_dataset_perc", percent(figures.dataset_percent()));
    line(out, "allocator_allocated", figures.used);
    line(out, "allocator_active", figures.pages.active);
    line(out, "allocator_resident", figures.pages.resident);
    line(out, "allocator_muzzy", 0);
    line(out, "total_system_memory", usage.machine);
    line(out, "total_system_memory_human", human(usage.machine));
    let scripts = server.script_figures();
    let (lua, kept) = (scripts.lua_bytes, scripts.kept_bytes + scripts.functions_bytes);
    let vm = lua + scripts.functions_lua_bytes;
    line(out, "used_memory_lua", lua);
    line(out, "used_memory_vm_eval", lua);
    line(out, "used_memory_lua_human", human(lua as u64));
    line(out, "used_memory_scripts_eval", scripts.kept_bytes);
    line(out, "number_of_cached_scripts", scripts.kept);
    line(out, "number_of_functions", scripts.functions);
    line(out, "number_of_libraries", scripts.libraries);
    line(out, "used_memory_vm_functions", scripts.functions_lua_bytes);
    line(out, "used_memory_vm_total", vm);
    line(out, "used_memory_vm_total_human", human(vm as u64));
    line(out, "used_memory_functions", scripts.functions_bytes);
    line(out, "used_memory_scripts", kept);
    line(out, "used_memory_scripts_human", human(kept as u64));
    line(out, "maxmemory", server.config.maxmemory_bytes);
    line(out, "maxmemory_human", human(server.config.maxmemory_bytes));
    line(out, "maxmemory_policy", server.config.maxmemory_policy);
    let ((ratio, bytes), of_allocator) = (figures.fragmentation(), figures.allocator_resident());
    line(out, "allocator_frag_ratio", format!("{ratio:.2}"));
    line(out, "allocator_frag_bytes", bytes);
    line(out, "allocator_rss_ratio", format!("{:.2}", of_allocator.0));
    line(out, "allocator_rss_bytes", of_allocator.1);
    let (of_process, total) = (figures.process_resident(), figures.total());
    line(out, "rss_overhead_ratio", format!("{:.2}", of_process.0));
    line(out, "rss_overhead_bytes", of_process.1);
    line(out, "mem_fragmentation_ratio", format!("{:.2}", total.0));
    line(out, "mem_fragmentation_bytes", total.1);
    line(out, "mem_not_counted_for_evict", server.persistence.held_bytes());
    for name in [
        "mem_replication_backlog",
        "mem_total_replication_buffers",
        "mem_replica_full_sync_buffer",
        "mem_clients_slaves",
    ] {
        line(out, name, 0);
    }
    line(out, "mem_clients_normal", figures.clients);
    line(out, "mem_cluster_links", 0);
    line(out, "mem_aof_buffer", 0);
    line(out, "mem_shared_frames", server.clients.chunks.memory());
    line(out, "mem_allocator", server.process.allocator.map_or("libc", |allocator| allocator.name));
    line(out, "mem_overhead_db_hashtable_rehashing", figures.moving.0);
    line(out, "active_defrag_running", 0);
    line(out, "lazyfree_pending_objects", 0);
    line(out, "lazyfreed_objects", 0);
}

/// 1.50K, 2.00M: as Redis's `bytesToHuman`.
fn human(bytes: u64) -> String {
    let units = [(1u64 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")];
    match units.iter().find(|(size, _)| bytes >= *size) {
        Some((size, unit)) => format!("{:.2}{unit}", bytes as f64 / *size as f64),
        None => format!("{bytes}B"),
    }
}

fn stats(server: &Server, out: &mut String) {
    let (stats, clients) = (&server.stats, &server.clients);
    let (operations, input, output) = stats.rates();
    line(out, "total_connections_received", stats.connections_received);
    line(out, "total_commands_processed", stats.commands_processed);
    line(out, "instantaneous_ops_per_sec", operations);
    line(out, "total_net_input_bytes", stats.net_input_bytes);
    line(out, "total_net_output_bytes", clients.written_bytes);
    line(out, "instantaneous_input_kbps", format!("{input:.2}"));
    line(out, "instantaneous_output_kbps", format!("{output:.2}"));
    line(out, "rejected_connections", stats.rejected_connections);
    line(out, "expired_subkeys", stats.expired_subkeys);
    line(out, "expired_keys", stats.expired_keys);
    line(out, "evicted_keys", stats.evicted_keys);
    line(out, "evicted_clients", stats.evicted_clients);
    line(out, "evicted_scripts", server.script_figures().evicted);
    let (now, total) = server.over_maxmemory_us();
    line(out, "total_eviction_exceeded_time", total / 1000);
    line(out, "current_eviction_exceeded_time", now / 1000);
    line(out, "keyspace_hits", stats.keyspace_hits);
    line(out, "keyspace_misses", stats.keyspace_misses);
    line(out, "pubsub_channels", server.pubsub.channels.len());
    line(out, "pubsub_patterns", server.pubsub.patterns.unique());
    line(out, "pubsubshard_channels", server.pubsub.shard_channels.len());
    line(out, "pubsub_messages_delivered", clients.messages_delivered);
    line(out, "pubsub_messages_dropped", clients.messages_dropped);
    line(out, "latest_fork_usec", 0);
    line(out, "tracking_total_keys", server.tracking.table.len());
    line(out, "tracking_total_items", server.tracking.table.items());
    line(out, "tracking_total_prefixes", server.tracking.prefixes.len());
    line(out, "total_error_replies", stats.errors);
    line(out, "total_reads_processed", stats.reads);
    line(out, "total_writes_processed", clients.writes);
    line(out, "client_query_buffer_limit_disconnections", stats.query_buffer_disconnections);
    line(out, "client_output_buffer_limit_disconnections", clients.limit_disconnections);
    line(out, "eventloop_cycles", stats.cycles);
    line(out, "eventloop_duration_sum", stats.loop_us);
    line(out, "eventloop_duration_cmd_sum", stats.command_us);
    line(out, "acl_access_denied_auth", stats.wrong_passwords);
}

fn replication(server: &Server, out: &mut String) {
    line(out, "role", "master");
    line(out, "connected_slaves", 0);
    line(out, "master_failover_state", "no-failover");
    line(out, "master_replid", &server.process.run_id);
    line(out, "master_replid2", "0".repeat(40));
    line(out, "master_repl_offset", 0);
    line(out, "second_repl_offset", -1);
    line(out, "repl_backlog_active", 0);
    line(out, "repl_backlog_size", 1_048_576);
    line(out, "repl_backlog_first_byte_offset", 0);
    line(out, "repl_backlog_histlen", 0);
}

fn cpu(server: &Server, out: &mut String) {
    let usage = server.usage();
    line(out, "used_cpu_sys", format!("{:.6}", usage.system));
    line(out, "used_cpu_user", format!("{:.6}", usage.user));
    line(out, "used_cpu_sys_children", "0.000000");
    line(out, "used_cpu_user_children", "0.000000");
}

fn commandstats(server: &Server, out: &mut String) {
    for (command, stats) in server.table.stats().filter(|(_, s)| s.calls + s.rejected > 0) {
        let each = stats.microseconds as f64 / stats.calls.max(1) as f64;
        let value = format!(
            "calls={},usec={},usec_per_call={each:.2},rejected_calls={},failed_calls={}",
            stats.calls, stats.microseconds, stats.rejected, stats.failed
        );
        line(out, &format!("cmdstat_{}", command.name), value);
    }
}

fn errorstats(server: &Server, out: &mut String) {
    for (code, count) in &server.stats.errors_by_code {
        let code: String = code
            .iter()
            .map(|&b| if b.is_ascii_graphic() && b != b':' { char::from(b) } else { '_' })
            .collect();
        line(out, &format!("errorstat_{code}"), format!("count={count}"));
    }
}

fn latencystats(server: &Server, out: &mut String) {
    if !server.config.latency_tracking {
        return;
    }
    for (command, histogram) in server.table.latencies() {
        let percentiles = &server.config.latency_percentiles;
        let values = percentiles.iter().map(|&one| {
            format!("p{}={:.3}", crate::text::double::percentile(one), histogram.percentile(one))
        });
        let values = values.collect::<Vec<_>>().join(",");
        line(out, &format!("latency_percentiles_usec_{}", command.name), values);
    }
}

fn keyspace(server: &Server, out: &mut String) {
    for (number, db) in server.keyspace.in_use() {
        let value = format!(
            "keys={},expires={},avg_ttl=0,subexpiry={}",
            db.len(),
            db.expiring(),
            db.expiring_hashes()
        );
        line(out, &format!("db{number}"), value);
    }
}
