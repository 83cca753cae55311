//! The values of all settings that do something, one field each.
//!
//! Redis: `struct redisServer` in `src/server.h`, from "Configuration" on.

use super::persistence::{AppendFsync, SavePoint, ShutdownWords};
use crate::client::limits::Limit;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The values of all settings that do something; [`super::table::SETTINGS`] has the name, the default and the help of each.
#[derive(Clone, Debug)]
pub struct Config {
    /// The TCP port to listen on; 0: none.
    pub port: i64,
    /// Addresses to listen on; one with a `-` before it may be missing.
    pub bind: Vec<String>,
    /// The path of the Unix socket; empty: none.
    pub unixsocket: String,
    /// Its permissions, as the octal number says; 0: as they come.
    pub unixsocketperm: i64,
    /// How many connections may wait to be accepted.
    pub tcp_backlog: i64,
    /// Seconds of silence before a peer is probed; 0: never.
    pub tcp_keepalive_seconds: i64,
    /// Whether clients of other machines are refused while there is no password.
    pub protected_mode: bool,
    /// Where the live page is to be had; empty: there is none.
    pub live: String,
    /// Names of hosts by which it may be asked for, beside its address and localhost.
    pub live_hosts: Vec<String>,
    /// Whether it may send commands.
    pub live_console: bool,
    /// The password; empty: none is asked for.
    pub requirepass: String,
    /// How many clients may be connected.
    pub maxclients: i64,
    /// Seconds after which a client that does nothing is closed; 0: never.
    pub timeout_seconds: i64,
    /// Milliseconds that a script may run before others are told of it; 0: any number.
    pub busy_reply_threshold_ms: i64,
    /// `client-output-buffer-limit` of each class of clients: bytes, bytes and seconds.
    pub output_limits: [Limit; 3],
    /// `client-query-buffer-limit`: bytes that a client may have sent without them being executed.
    pub query_buffer_limit_bytes: i64,
    /// `proto-max-bulk-len`: bytes of a word.
    pub max_bulk_bytes: i64,
    /// How many databases there are.
    pub databases: i64,
    /// `notify-keyspace-events`: which are published; see [`crate::keyspace::events`].
    pub notify_keyspace_events: u32,
    /// Bytes of a block of a stream; 0: any number.
    pub stream_node_max_bytes: i64,
    /// Entries of a block of a stream; 0: any number.
    pub stream_node_max_entries: i64,
    /// Fields of a hash that is kept packed.
    pub hash_max_listpack_entries: i64,
    /// Bytes of a field or a value of such a hash.
    pub hash_max_listpack_value_bytes: i64,
    /// Numbers of a set that is kept as an intset.
    pub set_max_intset_entries: i64,
    /// Members of a set that is kept packed.
    pub set_max_listpack_entries: i64,
    /// Bytes of a member of such a set.
    pub set_max_listpack_value_bytes: i64,
    /// Members of a sorted set that is kept packed.
    pub zset_max_listpack_entries: i64,
    /// Bytes of a member of such a sorted set.
    pub zset_max_listpack_value_bytes: i64,
    /// Elements of a block of a list; negative: one of five sizes in bytes.
    pub list_max_listpack_size: i64,
    /// Bytes that a sparse HyperLogLog has at most.
    pub hll_sparse_max_bytes: i64,
    /// `maxmemory`: bytes past which keys are evicted; 0: there is no limit.
    pub maxmemory_bytes: u64,
    /// Which keys are evicted: one of Redis's eight words.
    pub maxmemory_policy: &'static str,
    /// How many keys are compared for each that is evicted.
    pub maxmemory_samples: i64,
    /// How long a command may wait for keys to be evicted, from 0 to 100.
    pub maxmemory_eviction_tenacity: i64,
    /// `maxmemory-clients`: bytes of all clients together; negative: so many percent of `maxmemory`; 0: there is no limit.
    pub maxmemory_clients: i64,
    /// How many uses it takes to count one more.
    pub lfu_log_factor: i64,
    /// Minutes without a use after which a count is one less; 0: never.
    pub lfu_decay_minutes: i64,
    /// Whether PUBLISH asks the index which patterns can match. Not a setting of Redis.
    pub pattern_index: bool,
    /// `client-counters`: whether CLIENT LIST shows fields that Redis has not.
    pub client_counters: bool,
    /// `debug`, `verbose`, `notice`, `warning` or `nothing`.
    pub loglevel: &'static str,
    /// The path of the log; empty: standard output.
    pub logfile: String,
    /// `slowlog-log-slower-than`: microseconds from which on a command is kept in the slow log; negative: none is.
    pub slowlog_slower_than_us: i64,
    /// How many commands the slow log keeps.
    pub slowlog_max_len: i64,
    /// How many keys the tracking table may have; 0 is no limit.
    pub tracking_table_max_keys: i64,
    /// Whether it is recorded how long each command takes.
    pub latency_tracking: bool,
    /// `latency-monitor-threshold`: milliseconds from which on an event is kept; 0: none is.
    pub latency_threshold_ms: i64,
    /// The percentiles that INFO latencystats prints, 0 to 100.
    pub latency_percentiles: Vec<f64>,
    /// `enable-debug-command`: `yes`, `no` or `local`.
    pub enable_debug: &'static str,
    /// `enable-protected-configs`: `yes`, `no` or `local`.
    pub enable_protected: &'static str,
    /// The working directory.
    pub dir: String,
    /// The path of the pid file; empty: none, or the usual one in the background.
    pub pidfile: String,
    /// Whether the server goes into the background.
    pub daemonize: bool,
    /// `no`, `auto`, or the supervisor that the process was started by.
    pub supervised: &'static str,
    // Persistence.
    /// Whether the append-only file is written.
    pub appendonly: bool,
    /// When what was appended to it is synced.
    pub appendfsync: AppendFsync,
    /// What the names of its files begin with.
    pub appendfilename: String,
    /// The directory that they are in, below `dir`.
    pub appenddirname: String,
    /// Whether the base of the append-only file is a snapshot, or commands.
    pub aof_use_rdb_preamble: bool,
    /// Whether a start drops a torn tail of the append-only file, or fails.
    pub aof_load_truncated: bool,
    /// Whether the append-only file says when its commands were executed.
    pub aof_timestamp_enabled: bool,
    /// `aof-disable-auto-gc`
    pub aof_disable_auto_gc: bool,
    /// Whether nothing is synced while a snapshot is written.
    pub no_appendfsync_on_rewrite: bool,
    /// Percent by which the append-only file must have grown since its last rewrite to be rewritten by itself; 0: never.
    pub auto_aof_rewrite_percentage: i64,
    /// Bytes that it must have, too.
    pub auto_aof_rewrite_min_size_bytes: i64,
    /// Whether a key that is evicted stands as UNLINK in the append-only file, not as DEL.
    pub lazyfree_lazy_eviction: bool,
    /// The same of a key that has expired.
    pub lazyfree_lazy_expire: bool,
    /// The same of a key that a command has removed on its way.
    pub lazyfree_lazy_server_del: bool,
    /// When a snapshot is taken by itself.
    pub save: Vec<SavePoint>,
    /// The name of the snapshot's file in `dir`.
    pub dbfilename: String,
    /// Whether long strings of a snapshot and of DUMP are compressed.
    pub rdbcompression: bool,
    /// Whether a snapshot has a checksum, and a start looks at it.
    pub rdbchecksum: bool,
    /// Whether writes are refused while the last snapshot by itself has failed.
    pub stop_writes_on_bgsave_error: bool,
    /// What SIGTERM asks for.
    pub shutdown_on_sigterm: ShutdownWords,
    /// What SIGINT asks for.
    pub shutdown_on_sigint: ShutdownWords,
    /// Bytes after which a load answers those who ask meanwhile.
    pub loading_process_events_interval_bytes: i64,
    /// For tests of Redis: microseconds to wait after each key that is loaded; negative: keys a microsecond.
    pub key_load_delay: i64,
    /// For tests of Redis: the same for each key that is saved.
    pub rdb_key_save_delay: i64,
    /// `rename-command`: commands and their new names, in the order of the lines.
    pub renamed: Vec<Rename>,
    /// The SHA-256 of the password in a line `user default`; empty if there was none.
    pub(super) default_user: String,
    /// Where the settings stand that a start may refuse, by name.
    pub(super) places: BTreeMap<&'static str, String>,
    /// The values of the settings without a field that were set, by name.
    pub(super) inert: BTreeMap<&'static str, String>,
    /// Whether a line of `save` was read: the first one takes the place of the default.
    pub(super) has_save_lines: bool,
    /// The file the settings came from: what CONFIG REWRITE writes.
    pub file: Option<PathBuf>,
}

/// A `rename-command` line. Whether it can be done is not known before there is a table of commands.
#[derive(Clone, Debug)]
pub struct Rename {
    /// The command's name.
    pub from: String,
    /// The name it is to have; empty: none.
    pub to: String,
    /// The line, for errors.
    pub(super) line: String,
    /// Where it stands, as errors begin: `FILE: line 3: `. Empty for a flag.
    pub(super) place: String,
}

impl Rename {
    /// The error for a line that cannot be done.
    pub fn refusal(&self, why: &str) -> String {
        format!("{}bad value for '{}': {why}", self.place, self.line)
    }
}

impl Config {
    /// The defaults, before the table's own are applied: see [`Config::default`].
    pub(super) fn blank() -> Config {
        Config {
            port: 0,
            bind: Vec::new(),
            unixsocket: String::new(),
            unixsocketperm: 0,
            tcp_backlog: 0,
            tcp_keepalive_seconds: 0,
            protected_mode: false,
            live: String::new(),
            live_hosts: Vec::new(),
            live_console: false,
            requirepass: String::new(),
            maxclients: 0,
            timeout_seconds: 0,
            busy_reply_threshold_ms: 0,
            output_limits: [Limit::default(); 3],
            query_buffer_limit_bytes: 0,
            max_bulk_bytes: 0,
            databases: 0,
            notify_keyspace_events: 0,
            stream_node_max_bytes: 0,
            stream_node_max_entries: 0,
            hash_max_listpack_entries: 0,
            hash_max_listpack_value_bytes: 0,
            set_max_intset_entries: 0,
            set_max_listpack_entries: 0,
            set_max_listpack_value_bytes: 0,
            zset_max_listpack_entries: 0,
            zset_max_listpack_value_bytes: 0,
            list_max_listpack_size: 0,
            hll_sparse_max_bytes: 0,
            maxmemory_bytes: 0,
            maxmemory_policy: "",
            maxmemory_samples: 0,
            maxmemory_eviction_tenacity: 0,
            maxmemory_clients: 0,
            lfu_log_factor: 0,
            lfu_decay_minutes: 0,
            pattern_index: false,
            client_counters: false,
            tracking_table_max_keys: 0,
            loglevel: "",
            logfile: String::new(),
            slowlog_slower_than_us: 0,
            slowlog_max_len: 0,
            latency_tracking: false,
            latency_threshold_ms: 0,
            latency_percentiles: Vec::new(),
            enable_debug: "",
            enable_protected: "",
            dir: String::new(),
            pidfile: String::new(),
            daemonize: false,
            supervised: "",
            appendonly: false,
            appendfsync: AppendFsync::default(),
            appendfilename: String::new(),
            appenddirname: String::new(),
            aof_use_rdb_preamble: false,
            aof_load_truncated: false,
            aof_timestamp_enabled: false,
            aof_disable_auto_gc: false,
            no_appendfsync_on_rewrite: false,
            auto_aof_rewrite_percentage: 0,
            auto_aof_rewrite_min_size_bytes: 0,
            lazyfree_lazy_eviction: false,
            lazyfree_lazy_expire: false,
            lazyfree_lazy_server_del: false,
            save: Vec::new(),
            dbfilename: String::new(),
            rdbcompression: false,
            rdbchecksum: false,
            stop_writes_on_bgsave_error: false,
            shutdown_on_sigterm: ShutdownWords::default(),
            shutdown_on_sigint: ShutdownWords::default(),
            loading_process_events_interval_bytes: 0,
            key_load_delay: 0,
            rdb_key_save_delay: 0,
            renamed: Vec::new(),
            default_user: String::new(),
            places: Default::default(),
            inert: Default::default(),
            has_save_lines: false,
            file: None,
        }
    }
}
