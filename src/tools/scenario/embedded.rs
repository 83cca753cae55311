//! The scenarios of `tests/scenarios/`, carried in the executable, so that `cutaway check` needs no other file.
//!
//! A list by hand: it is in the order of the names, and a test below holds it against the directory.

use super::Scenario;

/// The text of each file beside its name.
macro_rules! texts {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../tests/scenarios/", $name, ".scenario")))),*]
    };
}
/// Each scenario's name and text.
pub const SCENARIOS: &[(&str, &str)] = texts![
    "append-only-file",
    "append-watched",
    "arity",
    "auth",
    "auth-in-a-batch",
    "auth-no-password",
    "binary-names",
    "blocking-and-expiry",
    "blocking-and-pause",
    "blocking-chain",
    "blocking-in-multi",
    "blocking-monitor",
    "blocking-order",
    "blocking-pipeline",
    "blocking-sorted-sets",
    "blocking-timeout",
    "blocking-timeout-arguments",
    "blocking-unblock",
    "blocking-wakes",
    "cache-invalidation",
    "cached-read",
    "channel-and-pattern",
    "client-flags",
    "client-kill",
    "client-kill-in-a-batch",
    "client-list",
    "client-name",
    "client-notify-close",
    "client-pause-all",
    "client-pause-grows",
    "client-pause-out-of-range",
    "client-pause-scripts",
    "client-pause-unpause",
    "client-pause-write",
    "client-reply",
    "command-docs",
    "command-getkeys",
    "command-getkeys-streams",
    "command-table",
    "commandstats",
    "config",
    "config-memory-units",
    "counting-receivers",
    "daily-actives",
    "debug",
    "debug-digest",
    "debug-refused",
    "debug-sleep",
    "distributed-cache",
    "duplicate-subscribes",
    "echo-and-ping",
    "empty-names",
    "eviction",
    "exec-refused",
    "expire",
    "expiry",
    "expiry-on-access",
    "flush-and-pubsub",
    "fsync-policies",
    "functions",
    "glob-rules",
    "glob-verdicts",
    "handshake-go-redis",
    "handshake-ioredis",
    "handshake-java",
    "handshake-node-redis",
    "handshake-redis-cli",
    "handshake-redis-py",
    "handshake-redis-rs",
    "handshake-ser-2.2.4",
    "handshake-ser-2.7",
    "handshake-ser-3.0",
    "handshake-ser-3.1",
    "handshake-ser-wrong-password",
    "hash-encoding",
    "hash-errors",
    "hash-field-events",
    "hash-fields",
    "hash-fields-on-access",
    "hash-random",
    "hash-scan",
    "hashes",
    "hello",
    "hostile-http",
    "index-candidates",
    "info",
    "inline-commands",
    "keys",
    "lab/ping",
    "last-ticket",
    "latency",
    "lcs",
    "leaderboard",
    "list-and-hash-events",
    "list-encoding",
    "list-errors",
    "list-moves",
    "list-positions",
    "lists",
    "live-room",
    "lock-with-expiry",
    "long-names",
    "many-channels",
    "maxclients",
    "maxmemory",
    "message-to-the-leaving",
    "monitor",
    "monitor-is-a-replica",
    "no-cluster",
    "notifications-of-keys",
    "notifications-of-strings",
    "numbers",
    "numbers-float",
    "object",
    "order-events",
    "order-of-publishing",
    "output-limit-hard",
    "output-limit-slow-reader",
    "output-limit-sockets",
    "output-limit-soft",
    "output-limit-stops-a-reply",
    "pipelining",
    "protocol-errors",
    "protocol-errors-long",
    "publish-in-a-transaction",
    "pubsub-explain",
    "pubsub-introspection",
    "pubsub-subscribers",
    "query-buffer-limit",
    "quit",
    "ranges",
    "rename",
    "reset-while-subscribed",
    "resp2-and-resp3",
    "scan",
    "script-append",
    "script-database",
    "script-errors",
    "script-flush",
    "script-monitor",
    "script-publish",
    "script-values",
    "select",
    "self-publish",
    "set-encoding",
    "set-expiry",
    "set-options",
    "sharded-channels",
    "signalr-channels",
    "signalr-client-results",
    "signalr-group",
    "signalr-literal-star",
    "signalr-watch",
    "slowlog",
    "snapshot-in-progress",
    "split-requests",
    "stored-results",
    "stream-append",
    "stream-blocking",
    "stream-claims",
    "stream-events",
    "stream-group-blocking",
    "stream-groups",
    "stream-info",
    "stream-ranges",
    "stream-read",
    "stream-timeout",
    "strings",
    "subscribed-mode",
    "swapdb",
    "time",
    "timeout",
    "timeout-changed",
    "tracking",
    "tracking-broadcast",
    "tracking-errors",
    "tracking-hash-fields",
    "tracking-on-and-off",
    "tracking-options",
    "tracking-own-changes",
    "tracking-redirect",
    "tracking-removed-keys",
    "tracking-scripts",
    "transactions",
    "transactions-and-pubsub",
    "transactions-and-watch",
    "transactions-of-ser",
    "two-services",
    "unauthenticated-limits",
    "unique-visitors",
    "unknown-commands",
    "unsubscribe-from-everything",
    "unsubscribe-unknown",
    "wait",
    "waiting-for-moved-keys",
    "waiting-line",
    "watch-and-expired-keys",
    "weather",
    "words-end-at-nul",
];

/// Every scenario with its name, in order of the names.
#[expect(clippy::panic, reason = "the scenarios are compiled in, and a test parses them all")]
pub fn scenarios() -> Vec<(&'static str, Scenario)> {
    let read = |&(name, text): &(&'static str, _)| {
        let scenario = Scenario::parse(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, scenario)
    };
    SCENARIOS.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_in_the_list_and_can_be_read() {
        let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/");
        let mut files: Vec<String> = Vec::new();
        for folder in ["", "lab/"] {
            files.extend(std::fs::read_dir(format!("{directory}{folder}")).unwrap().filter_map(|entry| {
                let name = entry.unwrap().file_name();
                Some(format!("{folder}{}", name.to_str()?.strip_suffix(".scenario")?))
            }));
        }
        files.sort();
        let names: Vec<&str> = scenarios().iter().map(|(name, _)| *name).collect();
        let missing: Vec<&String> = files.iter().filter(|file| !names.contains(&file.as_str())).collect();
        assert!(
            missing.is_empty(),
            "write these names into the list in src/tools/scenario/embedded.rs: {missing:?}"
        );
        // A name without a file does not compile.
        assert!(
            names.is_sorted(),
            "the list in src/tools/scenario/embedded.rs is not in the order of the names"
        );
    }
}
