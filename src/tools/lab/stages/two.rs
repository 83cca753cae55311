//! Part two of the laboratory: patterns, and the rest of Pub/Sub.
//!
//! Redis has no counterpart.

use crate::tools::lab::stage::Stage;

/// The stages of this part.
pub const STAGES: &[Stage] = &[
    Stage {
        name: "psubscribe",
        title: "PSUBSCRIBE: channels by pattern",
        commands: &["PSUBSCRIBE", "PUNSUBSCRIBE"],
        scenarios: &[
            "lab/psubscribe",
            "lab/psubscribe-literal",
            "lab/psubscribe-disconnect",
            "lab/psubscribe-both",
            "lab/psubscribe-counts",
            "lab/psubscribe-bytes",
            "lab/punsubscribe-all",
            "lab/punsubscribe-others",
            "lab/psubscribe-mode",
        ],
        chapter: "06-psubscribe.md",
    },
    Stage {
        name: "globs-star",
        title: "Globs: star and question mark",
        commands: &[],
        scenarios: &[
            "lab/globs-star-question",
            "lab/globs-star-run",
            "lab/globs-star-whole",
            "lab/globs-star-several",
            "lab/globs-star-empty",
            "lab/globs-star-steps",
        ],
        chapter: "09-globs.md",
    },
    Stage {
        name: "globs-classes",
        title: "Globs: classes and ranges",
        commands: &[],
        scenarios: &[
            "lab/globs-classes-members",
            "lab/globs-classes-not",
            "lab/globs-classes-ranges",
            "lab/globs-classes-mixed",
            "lab/globs-classes-special",
        ],
        chapter: "09-globs.md",
    },
    Stage {
        name: "globs-escapes",
        title: "Globs: escapes and odd ends",
        commands: &[],
        scenarios: &[
            "lab/globs-escapes-backslash",
            "lab/globs-escapes-class",
            "lab/globs-escapes-unclosed",
            "lab/globs-escapes-empty",
            "lab/globs-escapes-dash",
            "lab/globs-escapes-thousand",
        ],
        chapter: "09-globs.md",
    },
    Stage {
        name: "pubsub",
        title: "Asking what is subscribed",
        commands: &["PUBSUB CHANNELS", "PUBSUB NUMSUB", "PUBSUB NUMPAT"],
        scenarios: &[
            "lab/pubsub-channels",
            "lab/pubsub-numsub",
            "lab/pubsub-numpat",
            "lab/pubsub-no-patterns",
            "lab/pubsub-errors",
        ],
        chapter: "06-psubscribe.md",
    },
    Stage {
        name: "pipeline",
        title: "Many requests in one write",
        commands: &[],
        scenarios: &[
            "lab/pipeline-order",
            "lab/pipeline-cut",
            "lab/pipeline-mode",
            "lab/pipeline-messages",
            "lab/pipeline-big",
        ],
        chapter: "03-resp.md",
    },
    Stage {
        name: "slow-reader",
        title: "A subscriber that stops reading",
        commands: &[],
        scenarios: &["lab/slow-reader-waits", "lab/slow-reader-closed", "lab/slow-reader-others"],
        chapter: "12-slow-subscribers.md",
    },
    Stage {
        name: "hello",
        title: "RESP3 and its pushes",
        commands: &["HELLO"],
        scenarios: &[
            "lab/hello-reply",
            "lab/hello-errors",
            "lab/hello-pushes",
            "lab/hello-any-command",
            "lab/hello-self",
        ],
        chapter: "13-pushes-and-shards.md",
    },
    Stage {
        name: "shards",
        title: "Shard channels",
        commands: &["SSUBSCRIBE", "SUNSUBSCRIBE", "SPUBLISH", "PUBSUB SHARDCHANNELS", "PUBSUB SHARDNUMSUB"],
        scenarios: &[
            "lab/shards-own-space",
            "lab/shards-unsubscribe",
            "lab/shards-mode",
            "lab/shards-pubsub",
            "lab/shards-pushes",
        ],
        chapter: "13-pushes-and-shards.md",
    },
];
