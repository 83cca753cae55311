//! Part four of the laboratory: Streams, groups, an event store, the append-only file.
//!
//! Redis has no counterpart.

use crate::tools::lab::stage::Stage;

/// The stages of this part.
pub const STAGES: &[Stage] = &[
    Stage {
        name: "streams",
        title: "Streams",
        commands: &["XADD", "XLEN", "XRANGE", "XREVRANGE", "XREAD", "XTRIM"],
        scenarios: &[
            "lab/streams-ids",
            "lab/streams-clock",
            "lab/streams-errors",
            "lab/streams-ranges",
            "lab/streams-read",
            "lab/streams-block",
            "lab/streams-trim",
        ],
        chapter: "20-streams.md",
    },
    Stage {
        name: "groups",
        title: "Consumer groups: pending and redelivery",
        commands: &["XGROUP CREATE", "XREADGROUP", "XACK", "XPENDING", "XCLAIM", "XAUTOCLAIM"],
        scenarios: &[
            "lab/groups-create",
            "lab/groups-share",
            "lab/groups-pending",
            "lab/groups-claim",
            "lab/groups-autoclaim",
            "lab/groups-block",
        ],
        chapter: "21-groups.md",
    },
    Stage {
        name: "event-store",
        title: "An event store",
        commands: &[],
        scenarios: &[
            "lab/event-store-version",
            "lab/event-store-two-writers",
            "lab/event-store-half",
            "lab/event-store-readers",
            "lab/event-store-effect",
            "lab/event-store-retry",
        ],
        chapter: "event-store.md",
    },
    Stage {
        name: "append-only-file",
        title: "The append-only file: what was acknowledged survives",
        commands: &[],
        scenarios: &[
            "lab/append-only-file-keys",
            "lab/append-only-file-again",
            "lab/append-only-file-deadlines",
            "lab/append-only-file-transactions",
            "lab/append-only-file-waiting",
            "lab/append-only-file-groups",
        ],
        chapter: "28-append-only-file.md",
    },
];
