//! The table of settings: one line each drives flags, config file, CONFIG GET, SET, REWRITE and `--help`.
//!
//! Redis: `src/config.c`, `static_configs`.

use super::Config;
use super::value::{Field, Kind};
use crate::client::limits::Limit;

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
    /// What it does, in a sentence.
    pub doc: &'static str,
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

const fn setting(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Setting {
    Setting { name, alias: None, kind, default, change: Change::Any, doc }
}

impl Setting {
    const fn alias(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    const fn at_start(mut self) -> Self {
        self.change = Change::Start;
        self
    }

    const fn protected(mut self) -> Self {
        self.change = Change::Protected;
        self
    }
}

const fn inert(name: &'static str, default: &'static str) -> Setting {
    setting(name, Kind::Inert, default, "Accepted for tools that set it; changes nothing here.")
}

const fn yes_no(field: Field<bool>) -> Kind {
    Kind::Bool(field)
}

const INT: i64 = i32::MAX as i64;
const LEVELS: &[&str] = &["debug", "verbose", "notice", "warning", "nothing"];
const LOCAL: &[&str] = &["no", "yes", "local"];

/// Every setting that does something here. [`INERT`] has the others.
#[rustfmt::skip]
pub static SETTINGS: &[Setting] = &[
    // Listening.
    setting("port", Kind::Integer(|c| &mut c.port, 0, 65535), "6379", "TCP port; 0 listens on none.").at_start(),
    setting("bind", Kind::Words(|c| &mut c.bind), "127.0.0.1 -::1", "Addresses to listen on; one with a '-' before it may be missing; '*' is all.").at_start(),
    setting("unixsocket", Kind::Text(|c| &mut c.unixsocket), "", "Path of a Unix socket to listen on.").at_start(),
    setting("unixsocketperm", Kind::Octal(|c| &mut c.unixsocketperm), "0", "Permissions of that socket, octal; 0 leaves them to the umask.").at_start(),
    setting("tcp-backlog", Kind::Integer(|c| &mut c.tcp_backlog, 0, INT), "511", "Connections that may wait to be accepted.").at_start(),
    setting("tcp-keepalive", Kind::Integer(|c| &mut c.tcp_keepalive, 0, INT), "300", "Seconds of silence after which the kernel asks the peer whether it is there; 0 never."),
    setting("protected-mode", yes_no(|c| &mut c.protected_mode), "yes", "Without a password, serve only this machine."),
    // Clients.
    setting("requirepass", Kind::Text(|c| &mut c.requirepass), "", "The password clients must give with AUTH or HELLO."),
    setting("maxclients", Kind::Integer(|c| &mut c.maxclients, 1, u32::MAX as i64), "10000", "Clients served at the same time."),
    setting("timeout", Kind::Integer(|c| &mut c.timeout, 0, INT), "0", "Seconds of silence after which a client without subscriptions is closed; 0 never."),
    setting("client-output-buffer-limit", Kind::OutputLimits(|c| &mut c.output_limits), "normal 0 0 0 slave 256mb 64mb 60 pubsub 32mb 8mb 60", "For each class: bytes owed that close a client at once, bytes that close it when held for so many seconds."),
    setting("client-query-buffer-limit", Kind::Memory(|c| &mut c.query_buffer_limit, 1 << 20, i64::MAX), "1gb", "Bytes of unfinished requests a client may send before it is closed."),
    setting("proto-max-bulk-len", Kind::Memory(|c| &mut c.max_bulk, 1 << 20, i64::MAX), "512mb", "The longest word of a request; more than 2gb means 2gb."),
    setting("databases", Kind::Integer(|c| &mut c.databases, 1, INT), "16", "How many databases SELECT can choose from.").at_start(),
    setting("pattern-index", yes_no(|c| &mut c.pattern_index), "yes", "Whether PUBLISH finds patterns by an index, or walks the list of all of them as Redis does."),
    // What the server tells of itself.
    setting("loglevel", Kind::Enum(|c| &mut c.loglevel, LEVELS), "notice", "The least important messages to log."),
    setting("logfile", Kind::Text(|c| &mut c.logfile), "", "File to append the log to; empty is standard output.").at_start(),
    setting("slowlog-log-slower-than", Kind::Integer(|c| &mut c.slowlog_slower_than, -1, i64::MAX), "10000", "Microseconds from which on a command goes into the slow log; 0 logs all, -1 none."),
    setting("slowlog-max-len", Kind::Integer(|c| &mut c.slowlog_max_len, 0, i64::MAX), "128", "Entries the slow log keeps."),
    // Safety.
    setting("enable-debug-command", Kind::Enum(|c| &mut c.enable_debug, LOCAL), "no", "Who may use DEBUG: nobody, everybody, or clients on this machine.").at_start(),
    setting("enable-protected-configs", Kind::Enum(|c| &mut c.enable_protected, LOCAL), "no", "Who may CONFIG SET the settings that touch files.").at_start(),
    setting("dir", Kind::Text(|c| &mut c.dir), ".", "The directory the server works in.").protected(),
    setting("pidfile", Kind::Text(|c| &mut c.pidfile), "", "File to write the process id to.").at_start(),
];

/// Settings of Redis for what is not built here. Tools and harnesses set them, clients read some
/// (`databases` apart, `slave-read-only` above all); each is `(name, alias, default)`.
#[rustfmt::skip]
pub static INERT: &[Setting] = &[
    inert("save", ""), inert("appendonly", "no"), inert("appendfsync", "everysec"), inert("dbfilename", "dump.rdb"),
    inert("appendfilename", "appendonly.aof"), inert("appenddirname", "appendonlydir"), inert("daemonize", "no"),
    inert("supervised", "no"), inert("always-show-logo", "no"), inert("set-proc-title", "yes"), inert("crash-log-enabled", "yes"),
    inert("crash-memcheck-enabled", "yes"), inert("syslog-enabled", "no"), inert("rdbcompression", "yes"), inert("rdbchecksum", "yes"),
    inert("stop-writes-on-bgsave-error", "yes"), inert("no-appendfsync-on-rewrite", "no"), inert("auto-aof-rewrite-percentage", "100"),
    inert("auto-aof-rewrite-min-size", "67108864"), inert("aof-use-rdb-preamble", "yes"), inert("aof-load-truncated", "yes"),
    inert("hz", "10"), inert("dynamic-hz", "yes"), inert("activerehashing", "yes"), inert("io-threads", "1"), inert("activedefrag", "no"),
    inert("maxmemory", "0"), inert("maxmemory-policy", "noeviction"), inert("maxmemory-samples", "5"), inert("maxmemory-clients", "0"),
    inert("lazyfree-lazy-eviction", "no"), inert("lazyfree-lazy-expire", "no"), inert("lazyfree-lazy-server-del", "no"),
    inert("lazyfree-lazy-user-del", "no"), inert("lazyfree-lazy-user-flush", "no"), inert("notify-keyspace-events", ""),
    inert("replica-read-only", "yes").alias("slave-read-only"), inert("replica-serve-stale-data", "yes").alias("slave-serve-stale-data"),
    inert("replica-priority", "100").alias("slave-priority"), inert("repl-diskless-sync", "yes"), inert("repl-diskless-sync-delay", "5"),
    inert("repl-timeout", "60"), inert("repl-backlog-size", "1048576"), inert("replicaof", "").alias("slaveof"), inert("min-replicas-to-write", "0").alias("min-slaves-to-write"),
    inert("latency-monitor-threshold", "0"), inert("latency-tracking", "yes"), inert("busy-reply-threshold", "5000").alias("lua-time-limit"),
    inert("enable-module-command", "no"), inert("propagation-error-behavior", "ignore"), inert("acl-pubsub-default", "resetchannels"),
    inert("acllog-max-len", "128"), inert("tracking-table-max-keys", "1000000"), inert("cluster-enabled", "no"), inert("cluster-port", "0"),
    inert("cluster-allow-pubsubshard-when-down", "yes"), inert("tls-port", "0"), inert("shutdown-timeout", "10"), inert("shutdown-on-sigint", "default"),
    inert("shutdown-on-sigterm", "default"), inert("hash-max-listpack-entries", "512").alias("hash-max-ziplist-entries"),
    inert("hash-max-listpack-value", "64").alias("hash-max-ziplist-value"), inert("list-max-listpack-size", "-2").alias("list-max-ziplist-size"),
    inert("set-max-intset-entries", "512"), inert("set-max-listpack-entries", "128"), inert("set-max-listpack-value", "64"),
    inert("zset-max-listpack-entries", "128").alias("zset-max-ziplist-entries"), inert("zset-max-listpack-value", "64").alias("zset-max-ziplist-value"),
    inert("stream-node-max-bytes", "4096"), inert("stream-node-max-entries", "100"), inert("list-compress-depth", "0"), inert("active-expire-effort", "1"),
    inert("lfu-log-factor", "10"), inert("lfu-decay-time", "1"), inert("close-on-oom", "no"), inert("proc-title-template", "{title} {listen-addr} {server-mode}"),
];

impl Config {
    /// The defaults, before the table's own are applied: see [`Config::default`].
    pub(super) fn blank() -> Config {
        Config {
            port: 0,
            bind: Vec::new(),
            unixsocket: String::new(),
            unixsocketperm: 0,
            tcp_backlog: 0,
            tcp_keepalive: 0,
            protected_mode: false,
            requirepass: String::new(),
            maxclients: 0,
            timeout: 0,
            output_limits: [Limit::default(); 3],
            query_buffer_limit: 0,
            max_bulk: 0,
            databases: 0,
            pattern_index: false,
            loglevel: "",
            logfile: String::new(),
            slowlog_slower_than: 0,
            slowlog_max_len: 0,
            enable_debug: "",
            enable_protected: "",
            dir: String::new(),
            pidfile: String::new(),
            inert: Default::default(),
            file: None,
        }
    }
}
