//! Part three of the laboratory: keys, transactions, waiting, events.
//!
//! Redis has no counterpart.

use crate::tools::lab::stage::Stage;

/// The stages of this part.
pub const STAGES: &[Stage] = &[
    Stage {
        name: "keys",
        title: "Keys and expiry",
        commands: &[
            "SET", "GET", "DEL", "EXISTS", "TYPE", "INCR", "EXPIRE", "PEXPIRE", "TTL", "PTTL", "PERSIST",
        ],
        scenarios: &[
            "lab/keys-values",
            "lab/keys-counters",
            "lab/keys-deadlines",
            "lab/keys-expiry",
            "lab/keys-past",
            "lab/keys-lock",
            "lab/keys-set-errors",
        ],
        chapter: "17-keyspace.md",
    },
    Stage {
        name: "transactions",
        title: "Transactions",
        commands: &["MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH"],
        scenarios: &[
            "lab/transactions-queue",
            "lab/transactions-errors",
            "lab/transactions-state",
            "lab/transactions-publish",
            "lab/transactions-watch",
            "lab/transactions-unwatch",
            "lab/transactions-changes",
            "lab/transactions-comes-and-goes",
        ],
        chapter: "18-transactions.md",
    },
    Stage {
        name: "blocking-lists",
        title: "Lists, and waiting for one",
        commands: &["LPUSH", "RPUSH", "LPOP", "RPOP", "LLEN", "LRANGE", "BLPOP", "BRPOP"],
        scenarios: &[
            "lab/blocking-lists-ends",
            "lab/blocking-lists-types",
            "lab/blocking-lists-wait",
            "lab/blocking-lists-order",
            "lab/blocking-lists-timeout",
            "lab/blocking-lists-transaction",
            "lab/blocking-lists-after-exec",
        ],
        chapter: "19-waiting.md",
    },
    Stage {
        name: "notifications",
        title: "Keyspace notifications",
        commands: &["CONFIG SET"],
        scenarios: &[
            "lab/notifications-of-keys",
            "lab/notifications-classes",
            "lab/notifications-of-lists",
            "lab/notifications-expired",
            "lab/notifications-order",
        ],
        chapter: "17-keyspace.md",
    },
];
