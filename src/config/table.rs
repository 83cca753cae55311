//! The table of settings: one line each drives flags, config file, CONFIG GET, SET, REWRITE and `--help`.
//!
//! Redis: `src/config.c`, `static_configs`.

use super::live::live_address;
use super::persistence::{appenddirname, appendfilename, dbfilename};
use super::value::{Field, Kind};

/// A setting.
pub struct Setting {
    /// Its name, in lower case.
    pub name: &'static str,
    /// An older name that means the same, in flags, files and commands alike.
    pub alias: Option<&'static str>,
    /// What it may be.
    pub kind: Kind,
    /// Its value if nothing else is said, as a line of the config file would have it.
    pub default: &'static str,
    /// When it may be changed.
    pub change: Change,
    /// What comes of its value.
    pub effect: Effect,
    /// Values beside the default, as CONFIG GET shows them, that ask for nothing more: no warning.
    pub fine: &'static [&'static str],
    /// Whether CONFIG GET shows it only when its name is spelt out: Redis's `HIDDEN_CONFIG`.
    pub hidden: bool,
    /// Whether its value must not be shown in logs: Redis's `SENSITIVE_CONFIG`.
    pub secret: bool,
    /// What it does, in a sentence.
    pub doc: &'static str,
}

/// What comes of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// What the setting says.
    Done,
    /// What the setting says, up to this number; a larger one means this one and is warned of.
    UpTo(i64),
    /// Nothing, and no value asks for something that is missed.
    Nothing,
    /// Nothing: a value that is not the default is warned of, with this reason.
    Missing(&'static str),
    /// The server does not start with a value that is not the default, in these words, and CONFIG SET refuses it.
    Refused(&'static str),
}

/// When a setting may be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// At any time, with CONFIG SET.
    Any,
    /// Only at start.
    Start,
    /// With CONFIG SET only if `enable-protected-configs` allows it.
    Protected,
}

pub(super) const fn setting(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    doc: &'static str,
) -> Setting {
    Setting {
        name,
        alias: None,
        kind,
        default,
        change: Change::Any,
        effect: Effect::Done,
        fine: &[],
        hidden: false,
        secret: false,
        doc,
    }
}

impl Setting {
    pub(super) const fn alias(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    pub(super) const fn at_start(mut self) -> Self {
        self.change = Change::Start;
        self
    }

    pub(super) const fn protected(mut self) -> Self {
        self.change = Change::Protected;
        self
    }

    pub(super) const fn effect(mut self, effect: Effect) -> Self {
        self.effect = effect;
        self
    }

    pub(super) const fn fine(mut self, values: &'static [&'static str]) -> Self {
        self.fine = values;
        self
    }

    pub(super) const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    pub(super) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
}

const fn yes_no(field: Field<bool>) -> Kind {
    Kind::Bool(field)
}

/// Places in a frame are counted in 32 bits, so no word of a request may be longer than this, whatever
/// `proto-max-bulk-len` says.
pub const LONGEST_WORD: i64 = 1 << 31;

const INT: i64 = i32::MAX as i64;
const POLICIES: &[&str] = &[
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
];
const LEVELS: &[&str] = &["debug", "verbose", "notice", "warning", "nothing"];
const SUPERVISORS: &[&str] = &["upstart", "systemd", "auto", "no"];
pub(super) const LOCAL: &[&str] = &["no", "yes", "local"];

/// Every setting that does something here. [`super::inert`] has the others.
#[rustfmt::skip]
pub static SETTINGS: &[Setting] = &[
    // Listening.
    setting("port", Kind::Integer(|c| &mut c.port, 0, 65535), "6379", "TCP port; 0 listens on none."),
    setting("bind", Kind::Words(|c| &mut c.bind), "127.0.0.1 -::1", "Addresses to listen on; one with a '-' before it may be missing; '*' is all."),
    setting("unixsocket", Kind::Text(|c| &mut c.unixsocket), "", "Path of a Unix socket to listen on.").at_start(),
    setting("unixsocketperm", Kind::Octal(|c| &mut c.unixsocketperm), "0", "Permissions of that socket, octal; 0 leaves them to the umask.").at_start(),
    setting("tcp-backlog", Kind::Integer(|c| &mut c.tcp_backlog, 0, INT), "511", "Connections that may wait to be accepted.").at_start(),
    setting("tcp-keepalive", Kind::Integer(|c| &mut c.tcp_keepalive_seconds, 0, INT), "300", "Seconds of silence after which the kernel asks the peer whether it is there; 0 never."),
    setting("protected-mode", yes_no(|c| &mut c.protected_mode), "yes", "Without a password, serve only this machine."),
    // The live page.
    setting("live", Kind::Checked(|c| &mut c.live, live_address), "", "Address and port on which a browser finds a page that shows this server at work, and monitoring /metrics and /health; a port alone is 127.0.0.1's; empty: none.").at_start(),
    setting("live-hosts", Kind::Words(|c| &mut c.live_hosts), "", "Names by which that page may be asked for, beside the address it is on and localhost: of this machine, or of a proxy in front.").at_start(),
    setting("live-console", yes_no(|c| &mut c.live_console), "no", "Whether that page may send commands to this server.").at_start(),
    // Clients.
    setting("requirepass", Kind::Text(|c| &mut c.requirepass), "", "The password clients must give with AUTH or HELLO.").secret(),
    setting("maxclients", Kind::Integer(|c| &mut c.maxclients, 1, u32::MAX as i64), "10000", "Clients served at the same time."),
    setting("timeout", Kind::Integer(|c| &mut c.timeout_seconds, 0, INT), "0", "Seconds of silence after which a client without subscriptions is closed; 0 never."),
    setting("client-output-buffer-limit", Kind::OutputLimits(|c| &mut c.output_limits), "normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60", "For each class: bytes owed that close a client at once, bytes that close it when held for so many seconds."),
    setting("client-query-buffer-limit", Kind::Memory(|c| &mut c.query_buffer_limit_bytes, 1 << 20, i64::MAX), "1gb", "Bytes of unfinished requests a client may send before it is closed."),
    setting("proto-max-bulk-len", Kind::Memory(|c| &mut c.max_bulk_bytes, 1 << 20, i64::MAX), "512mb", "The longest word of a request; more than 2gb means 2gb.").effect(Effect::UpTo(LONGEST_WORD)),
    setting("databases", Kind::Integer(|c| &mut c.databases, 1, INT), "16", "How many databases SELECT can choose from.").at_start(),
    setting("notify-keyspace-events", Kind::Events(|c| &mut c.notify_keyspace_events), "", "Which changes of keys are published, as letters: K and E for the two kinds of channels, g$lshzxetdnm for classes, A for all but n and m."),
    setting("stream-node-max-bytes", Kind::Memory(|c| &mut c.stream_node_max_bytes, 0, i64::MAX), "4096", "Bytes after which a stream begins a new block of entries; 0 is no limit."),
    setting("stream-node-max-entries", Kind::Integer(|c| &mut c.stream_node_max_entries, 0, i64::MAX), "100", "Entries after which a stream begins a new block; 0 is no limit."),
    setting("hash-max-listpack-entries", Kind::Integer(|c| &mut c.hash_max_listpack_entries, 0, i64::MAX), "512", "Fields that a packed hash has at most.").alias("hash-max-ziplist-entries"),
    setting("hash-max-listpack-value", Kind::Memory(|c| &mut c.hash_max_listpack_value_bytes, 0, i64::MAX), "64", "Bytes that a field or a value of a packed hash has at most.").alias("hash-max-ziplist-value"),
    setting("set-max-intset-entries", Kind::Integer(|c| &mut c.set_max_intset_entries, 0, i64::MAX), "512", "Numbers that a set of numbers alone has at most as an intset."),
    setting("set-max-listpack-entries", Kind::Integer(|c| &mut c.set_max_listpack_entries, 0, i64::MAX), "128", "Members that a packed set has at most."),
    setting("set-max-listpack-value", Kind::Integer(|c| &mut c.set_max_listpack_value_bytes, 0, i64::MAX), "64", "Bytes that a member of a packed set has at most."),
    setting("zset-max-listpack-entries", Kind::Integer(|c| &mut c.zset_max_listpack_entries, 0, i64::MAX), "128", "Members that a packed sorted set has at most.").alias("zset-max-ziplist-entries"),
    setting("zset-max-listpack-value", Kind::Memory(|c| &mut c.zset_max_listpack_value_bytes, 0, i64::MAX), "64", "Bytes that a member of a packed sorted set has at most.").alias("zset-max-ziplist-value"),
    setting("list-max-listpack-size", Kind::Integer(|c| &mut c.list_max_listpack_size, -INT - 1, INT), "-2", "Elements that a block of a list has at most; from -1 to -5: bytes, 4 KiB to 64 KiB.").alias("list-max-ziplist-size"),
    setting("hll-sparse-max-bytes", Kind::Memory(|c| &mut c.hll_sparse_max_bytes, 0, i64::MAX), "3000", "Bytes after which a HyperLogLog takes its dense form."),
    setting("busy-reply-threshold", Kind::Integer(|c| &mut c.busy_reply_threshold_ms, 0, i64::MAX), "5000", "Milliseconds after which other clients get BUSY while a script runs, and may end it; 0 never.").alias("lua-time-limit"),
    setting("pattern-index", yes_no(|c| &mut c.pattern_index), "yes", "Whether PUBLISH finds patterns by an index, or walks the list of all of them as Redis does."),
    setting("tracking-table-max-keys", Kind::Integer(|c| &mut c.tracking_table_max_keys, 0, i64::MAX), "1000000", "Keys that clients are remembered to have read, at most; 0 is no limit."),
    setting("client-counters", yes_no(|c| &mut c.client_counters), "no", "Whether CLIENT LIST and CLIENT INFO show messages, drops, the most owed and how near the limits are, after Redis's fields."),
    // Memory.
    setting("maxmemory", Kind::AnyMemory(|c| &mut c.maxmemory_bytes), "0", "Bytes of memory, as the allocator counts them, past which keys are evicted or commands that need more are refused; 0 is no limit."),
    setting("maxmemory-policy", Kind::Enum(|c| &mut c.maxmemory_policy, POLICIES), "noeviction", "Which keys are evicted at maxmemory: none; of all keys, or of those that expire (volatile), those least recently or least frequently used, those that expire soonest, or any."),
    setting("maxmemory-samples", Kind::Integer(|c| &mut c.maxmemory_samples, 1, 64), "5", "How many keys are compared for each key that is evicted: more find a better one and take longer."),
    setting("maxmemory-eviction-tenacity", Kind::Integer(|c| &mut c.maxmemory_eviction_tenacity, 0, 100), "10", "How long a command may wait for keys to be evicted: 10 is half a millisecond, 100 has no limit."),
    setting("maxmemory-clients", Kind::Share(|c| &mut c.maxmemory_clients), "0", "Bytes of memory that all clients together may take, or a percentage of maxmemory; past it those that take most are closed; 0 is no limit."),
    setting("lfu-log-factor", Kind::Integer(|c| &mut c.lfu_log_factor, 0, INT), "10", "How many uses it takes to count one more, under a policy of the least frequently used: the larger, the more."),
    setting("lfu-decay-time", Kind::Integer(|c| &mut c.lfu_decay_minutes, 0, INT), "1", "Minutes without a use after which such a count is one less; 0 never."),
    // What the server tells of itself.
    setting("loglevel", Kind::Enum(|c| &mut c.loglevel, LEVELS), "notice", "The least important messages to log."),
    setting("logfile", Kind::Text(|c| &mut c.logfile), "", "File to append the log to; empty is standard output.").at_start(),
    setting("slowlog-log-slower-than", Kind::Integer(|c| &mut c.slowlog_slower_than_us, -1, i64::MAX), "10000", "Microseconds from which on a command goes into the slow log; 0 logs all, -1 none.").alias("commandlog-execution-slower-than"),
    setting("slowlog-max-len", Kind::Integer(|c| &mut c.slowlog_max_len, 0, i64::MAX), "128", "Entries the slow log keeps.").alias("commandlog-slow-execution-max-len"),
    setting("latency-tracking", yes_no(|c| &mut c.latency_tracking), "yes", "Whether durations of commands are counted, for INFO latencystats."),
    setting("latency-tracking-info-percentiles", Kind::Percentiles(|c| &mut c.latency_percentiles), "50 99 99.9", "Which percentiles of the durations INFO latencystats shows."),
    setting("latency-monitor-threshold", Kind::Integer(|c| &mut c.latency_threshold_ms, 0, i64::MAX), "0", "Milliseconds from which on LATENCY LATEST and HISTORY have a command; 0 none."),
    // Safety.
    setting("enable-debug-command", Kind::Enum(|c| &mut c.enable_debug, LOCAL), "no", "Which clients may use DEBUG: none, all, or those on this machine.").at_start(),
    setting("enable-protected-configs", Kind::Enum(|c| &mut c.enable_protected, LOCAL), "no", "Which clients may CONFIG SET the settings that touch files: none, all, or those on this machine.").at_start(),
    setting("dir", Kind::Text(|c| &mut c.dir), ".", "The directory the server works in.").protected(),
    // Persistence.
    setting("save", Kind::Saves(|c| &mut c.save), "3600 1 300 100 60 10000", "Pairs of seconds and changes: after so many seconds with so many changes a snapshot is written; empty never."),
    setting("dbfilename", Kind::Checked(|c| &mut c.dbfilename, dbfilename), "dump.rdb", "The file of the snapshot, in dir.").protected(),
    setting("rdbcompression", yes_no(|c| &mut c.rdbcompression), "yes", "Whether long strings of a snapshot and of DUMP are compressed."),
    setting("rdbchecksum", yes_no(|c| &mut c.rdbchecksum), "yes", "Whether a snapshot has a checksum, and a start looks at it.").at_start(),
    setting("stop-writes-on-bgsave-error", yes_no(|c| &mut c.stop_writes_on_bgsave_error), "yes", "Whether writes are refused while the last snapshot could not be written and save asks for some."),
    setting("appendonly", yes_no(|c| &mut c.appendonly), "no", "Whether each write is appended to a file."),
    setting("appendfsync", Kind::AppendFsync(|c| &mut c.appendfsync), "everysec", "When that file is synced: before a reply leaves that its writes have made (always), each second, or when the operating system sees fit (no)."),
    setting("appendfilename", Kind::Checked(|c| &mut c.appendfilename, appendfilename), "appendonly.aof", "What the names of its parts begin with.").at_start(),
    setting("appenddirname", Kind::Checked(|c| &mut c.appenddirname, appenddirname), "appendonlydir", "The directory of its parts, in dir.").at_start(),
    setting("no-appendfsync-on-rewrite", yes_no(|c| &mut c.no_appendfsync_on_rewrite), "no", "Whether it is not synced while a snapshot is written."),
    setting("auto-aof-rewrite-percentage", Kind::Integer(|c| &mut c.auto_aof_rewrite_percentage, 0, INT), "100", "By how many percent it must have grown since its last rewrite to be rewritten; 0 never."),
    setting("auto-aof-rewrite-min-size", Kind::Memory(|c| &mut c.auto_aof_rewrite_min_size_bytes, 0, i64::MAX), "67108864", "Bytes that it must have to be rewritten so."),
    setting("aof-use-rdb-preamble", yes_no(|c| &mut c.aof_use_rdb_preamble), "yes", "Whether a rewrite begins the file with a snapshot, or writes commands only."),
    setting("aof-load-truncated", yes_no(|c| &mut c.aof_load_truncated), "yes", "Whether a start drops an unfinished command at the file's end, or fails."),
    setting("aof-timestamp-enabled", yes_no(|c| &mut c.aof_timestamp_enabled), "no", "Whether the file says when its commands were executed; Redis before 7 cannot read that."),
    setting("aof-disable-auto-gc", yes_no(|c| &mut c.aof_disable_auto_gc), "no", "Whether the files stay that a rewrite has replaced; the manifest goes on naming them.").hidden(),
    setting("lazyfree-lazy-eviction", yes_no(|c| &mut c.lazyfree_lazy_eviction), "no", "Whether the append-only file has UNLINK for a key that was evicted, in place of DEL."),
    setting("lazyfree-lazy-expire", yes_no(|c| &mut c.lazyfree_lazy_expire), "no", "Whether it has UNLINK for a key that has expired."),
    setting("lazyfree-lazy-server-del", yes_no(|c| &mut c.lazyfree_lazy_server_del), "no", "Whether it has UNLINK for a key that a command has removed on its way."),
    setting("shutdown-on-sigterm", Kind::ShutdownWords(|c| &mut c.shutdown_on_sigterm), "default", "What SIGTERM asks for: words of SHUTDOWN, or default."),
    setting("shutdown-on-sigint", Kind::ShutdownWords(|c| &mut c.shutdown_on_sigint), "default", "What SIGINT asks for."),
    setting("loading-process-events-interval-bytes", Kind::Integer(|c| &mut c.loading_process_events_interval_bytes, 1024, INT), "524288", "Bytes that are loaded before clients are answered.").hidden(),
    setting("key-load-delay", Kind::Integer(|c| &mut c.key_load_delay, -INT - 1, INT), "0", "Microseconds to wait after each key that is loaded, for tests; negative: keys a microsecond.").hidden(),
    setting("rdb-key-save-delay", Kind::Integer(|c| &mut c.rdb_key_save_delay, -INT - 1, INT), "0", "The same for keys that are saved.").hidden(),
    // The process.
    setting("daemonize", yes_no(|c| &mut c.daemonize), "no", "Whether to go on in the background, with standard input and output closed.").at_start(),
    setting("supervised", Kind::Enum(|c| &mut c.supervised, SUPERVISORS), "no", "The service manager that is notified when the server is ready and when it ends; auto looks for NOTIFY_SOCKET and UPSTART_JOB.").at_start(),
    setting("pidfile", Kind::Text(|c| &mut c.pidfile), "", "File to write the process id to; in the background /var/run/redis.pid if empty.").at_start(),
];
