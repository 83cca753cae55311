//! The settings of Redis 7.0 to 8.0 and Valkey 8.1 for what is not built, or is done otherwise: one row each says how the
//! value is read and what is reported of it ([`super::effect`]). To build what a setting asks for, move its row to
//! [`super::table`]; to stop a warning or a refusal, change its last word.
//!
//! Redis: `src/config.c`, `static_configs`. Tools and harnesses set them, and clients read some (`slave-read-only`
//! above all), so they are kept, shown and rewritten, with Redis's bounds and defaults. `tests/settings/` has the record of what the servers know, and `tests/it/settings.rs` compares.

use super::shape::{Shape, rules};
use super::table::{Effect, LOCAL, Setting, setting};
use super::value::Kind;

const FACILITIES: &[&str] =
    &["user", "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7"];
const INT: i64 = i32::MAX as i64;

// Nothing is missed, whatever the value: keys expire in time and memory is freed at once without it, or the difference
// cannot be seen.
const INSIDE: Effect = Effect::Nothing;
const CLUSTER: Effect = Effect::Missing("there is no cluster");
const COMMANDLOG: Effect =
    Effect::Missing("the slow log has commands that took long, not long requests and replies");
const DEFRAG: Effect = Effect::Missing("memory is not defragmented");
const LISTS: Effect = Effect::Missing("lists are not compressed");
const LOG: Effect = Effect::Missing("the log has one format");
const MODULES: Effect = Effect::Missing("there are no modules");
const OOM: Effect = Effect::Missing("the score for the kernel's OOM killer stays as it is");
const RDMA: Effect = Effect::Missing("there is no RDMA");
const REPLICATION: Effect = Effect::Missing("there is no replication");
const SOCKETS: Effect = Effect::Missing("sockets are not marked and have the group of the process");
const SORT: Effect = Effect::Missing("SORT ALPHA compares bytes, in the order of no language");
const SYSLOG: Effect = Effect::Missing("nothing is written to the system log");
const THREADS: Effect = Effect::Missing("one thread does all the work, on any processor");
const TITLE: Effect = Effect::Missing("the process keeps its title");
const TLS: Effect = Effect::Missing("there is no TLS");
const USERS: Effect = Effect::Missing("there is no user but 'default'");
const VERSIONS: Effect = Effect::Missing("a snapshot of an unknown version is refused");
const WATCHDOG: Effect = Effect::Missing("there is no watchdog");
const ZONE: Effect = Effect::Missing("there are no availability zones");

// The server does not start with these, in Redis's words as far as they go.
const ACL_FILE: Effect =
    Effect::Refused("Aborting startup because of ACL errors: there is no user but 'default'");
const CLUSTER_ENABLED: Effect = Effect::Refused("there is no cluster");
const REPLICAOF: Effect = Effect::Refused("there is no replication");
const TLS_ON: Effect = Effect::Refused("Failed to configure TLS: there is none");

const fn inert(name: &'static str, shape: Shape, default: &'static str, effect: Effect) -> Setting {
    setting(name, Kind::Inert(shape), default, "Known, but changes nothing here.").effect(effect)
}

const fn yes_no(name: &'static str, default: &'static str, effect: Effect) -> Setting {
    inert(name, Shape::YesNo, default, effect)
}

const fn text(name: &'static str, default: &'static str, effect: Effect) -> Setting {
    inert(name, Shape::Text, default, effect)
}

const fn number(name: &'static str, default: &'static str, low: i64, high: i64, effect: Effect) -> Setting {
    inert(name, Shape::Number(low, high), default, effect)
}

const fn bytes(name: &'static str, default: &'static str, low: i64, high: i64, effect: Effect) -> Setting {
    inert(name, Shape::Bytes(low, high), default, effect)
}

type Choices = &'static [&'static str];

const fn one_of(name: &'static str, default: &'static str, choices: Choices, effect: Effect) -> Setting {
    inert(name, Shape::OneOf(choices), default, effect)
}

type Rule = fn(&str) -> Result<(), &'static str>;

const fn checked(name: &'static str, default: &'static str, rule: Rule, effect: Effect) -> Setting {
    inert(name, Shape::Checked(rule), default, effect)
}

/// All of them.
#[rustfmt::skip]
pub static INERT: &[Setting] = &[
    // Persistence.
    one_of("rdb-version-check", "strict", &["strict", "relaxed"], VERSIONS),
    one_of("sanitize-dump-payload", "no", &["no", "yes", "clients"], INSIDE),
    text("aof-rewrite-cpulist", "", THREADS).alias("aof_rewrite_cpulist").at_start(),
    text("bgsave-cpulist", "", THREADS).alias("bgsave_cpulist").at_start(),
    yes_no("aof-rewrite-incremental-fsync", "yes", INSIDE),
    yes_no("rdb-del-sync-files", "no", REPLICATION),
    yes_no("rdb-save-incremental-fsync", "yes", INSIDE),
    // Replication.
    inert("replicaof", Shape::Master, "no one", REPLICAOF).alias("slaveof").at_start(),
    inert("repl-backlog-size", Shape::Backlog, "1048576", REPLICATION).fine(&["10485760"]),
    bytes("replica-full-sync-buffer-limit", "0", 0, i64::MAX, REPLICATION),
    number("min-replicas-max-lag", "10", 0, INT, REPLICATION).alias("min-slaves-max-lag"),
    number("min-replicas-to-write", "0", 0, INT, REPLICATION).alias("min-slaves-to-write"),
    number("repl-backlog-ttl", "3600", 0, i64::MAX, REPLICATION),
    number("repl-diskless-sync-delay", "5", 0, INT, REPLICATION),
    number("repl-diskless-sync-max-replicas", "0", 0, INT, REPLICATION),
    number("repl-ping-replica-period", "10", 1, INT, REPLICATION).alias("repl-ping-slave-period"),
    number("repl-timeout", "60", 1, INT, REPLICATION),
    number("replica-announce-port", "0", 0, 65535, REPLICATION).alias("slave-announce-port"),
    number("replica-priority", "100", 0, INT, REPLICATION).alias("slave-priority"),
    one_of("propagation-error-behavior", "ignore", &["ignore", "panic", "panic-on-replicas"], REPLICATION),
    one_of("repl-diskless-load", "disabled", &["disabled", "on-empty-db", "swapdb"], REPLICATION),
    text("bind-source-addr", "", REPLICATION),
    text("masterauth", "", REPLICATION).alias("primaryauth").secret(),
    text("masteruser", "", REPLICATION).alias("primaryuser").secret(),
    text("replica-announce-ip", "", REPLICATION).alias("slave-announce-ip"),
    yes_no("dual-channel-replication-enabled", "no", REPLICATION),
    yes_no("import-mode", "no", REPLICATION),
    yes_no("repl-disable-tcp-nodelay", "no", REPLICATION),
    yes_no("repl-diskless-sync", "yes", REPLICATION),
    yes_no("repl-rdb-channel", "yes", REPLICATION).hidden(),
    yes_no("replica-announced", "yes", REPLICATION),
    yes_no("replica-ignore-disk-write-errors", "no", REPLICATION),
    yes_no("replica-ignore-maxmemory", "yes", REPLICATION).alias("slave-ignore-maxmemory"),
    yes_no("replica-lazy-flush", "no", REPLICATION).alias("slave-lazy-flush").fine(&["yes"]),
    yes_no("replica-read-only", "yes", REPLICATION).alias("slave-read-only"),
    yes_no("replica-serve-stale-data", "yes", REPLICATION).alias("slave-serve-stale-data"),
    // The cluster.
    yes_no("cluster-enabled", "no", CLUSTER_ENABLED).at_start(),
    inert("cluster-link-sendbuf-limit", Shape::AnyBytes, "0", CLUSTER),
    checked("cluster-announce-client-ipv4", "", rules::ipv4, CLUSTER),
    checked("cluster-announce-client-ipv6", "", rules::ipv6, CLUSTER),
    checked("cluster-announce-hostname", "", rules::hostname, CLUSTER),
    checked("cluster-announce-human-nodename", "", rules::nodename, CLUSTER),
    number("cluster-announce-bus-port", "0", 0, 65535, CLUSTER),
    number("cluster-announce-port", "0", 0, 65535, CLUSTER),
    number("cluster-announce-tls-port", "0", 0, 65535, CLUSTER),
    number("cluster-blacklist-ttl", "60", i64::MIN, i64::MAX, CLUSTER),
    number("cluster-compatibility-sample-ratio", "0", 0, 100, CLUSTER),
    number("cluster-manual-failover-timeout", "5000", 1, INT, CLUSTER),
    number("cluster-migration-barrier", "1", 0, INT, CLUSTER),
    number("cluster-node-timeout", "15000", 0, i64::MAX, CLUSTER),
    number("cluster-ping-interval", "0", 0, i64::MAX, CLUSTER).hidden(),
    number("cluster-port", "0", 0, 65535, CLUSTER).at_start(),
    number("cluster-replica-validity-factor", "10", 0, INT, CLUSTER).alias("cluster-slave-validity-factor"),
    one_of("cluster-preferred-endpoint-type", "ip", &["ip", "hostname", "unknown-endpoint"], CLUSTER),
    text("cluster-announce-ip", "", CLUSTER),
    text("cluster-config-file", "nodes.conf", CLUSTER).at_start(),
    yes_no("cluster-allow-pubsubshard-when-down", "yes", CLUSTER),
    yes_no("cluster-allow-reads-when-down", "no", CLUSTER),
    yes_no("cluster-allow-replica-migration", "yes", CLUSTER),
    yes_no("cluster-replica-no-failover", "no", CLUSTER).alias("cluster-slave-no-failover"),
    yes_no("cluster-require-full-coverage", "yes", CLUSTER),
    yes_no("cluster-slot-stats-enabled", "no", CLUSTER),
    text("availability-zone", "", ZONE),
    // TLS and RDMA.
    number("tls-port", "0", 0, 65535, TLS_ON),
    yes_no("tls-cluster", "no", TLS_ON),
    yes_no("tls-replication", "no", TLS_ON),
    number("max-new-tls-connections-per-cycle", "1", 1, 1000, TLS),
    number("tls-session-cache-size", "20480", 0, INT, TLS),
    number("tls-session-cache-timeout", "300", 0, INT, TLS),
    one_of("tls-auth-clients", "yes", &["no", "yes", "optional"], TLS),
    text("tls-ca-cert-dir", "", TLS),
    text("tls-ca-cert-file", "", TLS),
    text("tls-cert-file", "", TLS),
    text("tls-ciphers", "", TLS),
    text("tls-ciphersuites", "", TLS),
    text("tls-client-cert-file", "", TLS),
    text("tls-client-key-file", "", TLS),
    text("tls-client-key-file-pass", "", TLS).secret(),
    text("tls-dh-params-file", "", TLS),
    text("tls-key-file", "", TLS),
    text("tls-key-file-pass", "", TLS).secret(),
    text("tls-protocols", "", TLS),
    yes_no("tls-prefer-server-ciphers", "no", TLS),
    yes_no("tls-session-caching", "yes", TLS),
    checked("rdma-bind", "", rules::rdma, RDMA),
    number("rdma-completion-vector", "-1", -1, 1024, RDMA).at_start(),
    number("rdma-port", "0", 0, 65535, RDMA),
    number("rdma-rx-size", "1048576", 65536, 16777216, RDMA).at_start(),
    // Users, modules, client-side caching.
    text("aclfile", "", ACL_FILE).at_start(),
    number("acllog-max-len", "128", 0, i64::MAX, USERS),
    one_of("acl-pubsub-default", "resetchannels", &["allchannels", "resetchannels"], USERS),
    one_of("enable-module-command", "no", LOCAL, MODULES).at_start(),
    number("list-compress-depth", "0", 0, INT, LISTS),
    text("locale-collate", "", SORT),
    // The process, its threads and its log.
    number("io-threads", "1", 1, 128, THREADS).at_start(),
    text("bio-cpulist", "", THREADS).alias("bio_cpulist").at_start(),
    text("server-cpulist", "", THREADS).alias("server_cpulist").at_start(),
    yes_no("io-threads-do-reads", "no", THREADS).at_start(),
    one_of("syslog-facility", "local0", FACILITIES, SYSLOG).at_start(),
    text("syslog-ident", "redis", SYSLOG).at_start().fine(&["valkey"]),
    yes_no("syslog-enabled", "no", SYSLOG).at_start(),
    one_of("log-format", "legacy", &["legacy", "logfmt"], LOG),
    one_of("log-timestamp-format", "legacy", &["legacy", "iso8601", "milliseconds"], LOG),
    number("commandlog-large-reply-max-len", "128", 0, i64::MAX, COMMANDLOG),
    number("commandlog-large-request-max-len", "128", 0, i64::MAX, COMMANDLOG),
    number("commandlog-reply-larger-than", "1048576", -1, i64::MAX, COMMANDLOG),
    number("commandlog-request-larger-than", "1048576", -1, i64::MAX, COMMANDLOG),
    checked("proc-title-template", "{title} {listen-addr} {server-mode}", rules::title, TITLE),
    yes_no("set-proc-title", "yes", TITLE).at_start(),
    one_of("oom-score-adj", "no", &["no", "yes", "relative", "absolute"], OOM),
    inert("oom-score-adj-values", Shape::OomScores, "0 200 800", OOM),
    number("socket-mark-id", "0", 0, u32::MAX as i64, SOCKETS).at_start(),
    text("unixsocketgroup", "", SOCKETS).at_start(),
    number("watchdog-period", "0", 0, INT, WATCHDOG).hidden(),
    // Memory.
    bytes("active-defrag-ignore-bytes", "104857600", 1, i64::MAX, DEFRAG),
    number("active-defrag-cycle-max", "25", 1, 99, DEFRAG),
    number("active-defrag-cycle-min", "1", 1, 99, DEFRAG),
    number("active-defrag-cycle-us", "500", 0, 100000, DEFRAG),
    number("active-defrag-max-scan-fields", "1000", 1, i64::MAX, DEFRAG),
    number("active-defrag-threshold-lower", "10", 0, 1000, DEFRAG),
    number("active-defrag-threshold-upper", "100", 0, 1000, DEFRAG),
    yes_no("activedefrag", "no", DEFRAG),
    // How Redis works inside.
    inert("hz", Shape::Hz, "10", INSIDE),
    number("active-expire-effort", "1", 1, 10, INSIDE),
    number("max-new-connections-per-cycle", "10", 1, 1000, INSIDE),
    number("prefetch-batch-max-size", "16", 0, 128, INSIDE),
    number("shutdown-timeout", "10", 0, INT, INSIDE),
    text("ignore-warnings", "", INSIDE),
    yes_no("activerehashing", "yes", INSIDE),
    yes_no("always-show-logo", "no", INSIDE).at_start(),
    yes_no("crash-log-enabled", "yes", INSIDE),
    yes_no("crash-memcheck-enabled", "yes", INSIDE),
    yes_no("disable-thp", "yes", INSIDE).at_start(),
    yes_no("dynamic-hz", "yes", INSIDE),
    yes_no("extended-redis-compatibility", "no", INSIDE),
    yes_no("hide-user-data-from-log", "no", INSIDE),
    yes_no("jemalloc-bg-thread", "yes", INSIDE),
    yes_no("lazyfree-lazy-user-del", "no", INSIDE),
    yes_no("lazyfree-lazy-user-flush", "no", INSIDE),
    yes_no("use-exit-on-panic", "no", INSIDE).hidden(),
];
