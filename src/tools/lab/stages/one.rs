//! Part one of the laboratory: from a socket to a server that publishes.
//!
//! Redis has no counterpart.

use crate::tools::lab::stage::Stage;

/// The stages of this part.
pub const STAGES: &[Stage] = &[
    Stage {
        name: "ping",
        title: "A socket that answers PING",
        commands: &["PING"],
        scenarios: &["lab/ping", "lab/ping-message", "lab/ping-letters", "lab/ping-next"],
        chapter: "01-life-of-a-publish.md",
    },
    Stage {
        name: "clients",
        title: "Many clients at once",
        commands: &[],
        scenarios: &[
            "lab/clients-two",
            "lab/clients-silent",
            "lab/clients-leave",
            "lab/clients-reset",
            "lab/clients-ten",
        ],
        chapter: "02-event-loop.md",
    },
    Stage {
        name: "requests",
        title: "Requests, however they are cut",
        commands: &["ECHO"],
        scenarios: &[
            "lab/requests-pieces",
            "lab/requests-half",
            "lab/requests-together",
            "lab/requests-binary",
            "lab/requests-errors",
        ],
        chapter: "03-resp.md",
    },
    Stage {
        name: "subscribe",
        title: "SUBSCRIBE and its confirmation",
        commands: &["SUBSCRIBE"],
        scenarios: &[
            "lab/subscribe",
            "lab/subscribe-several",
            "lab/subscribe-twice",
            "lab/subscribe-own-count",
            "lab/subscribe-errors",
        ],
        chapter: "05-subscribe.md",
    },
    Stage {
        name: "publish",
        title: "PUBLISH, its count and its order",
        commands: &["PUBLISH"],
        scenarios: &[
            "lab/publish",
            "lab/publish-nobody",
            "lab/publish-names",
            "lab/publish-once",
            "lab/publish-order",
            "lab/publish-bytes",
        ],
        chapter: "07-publish.md",
    },
    Stage {
        name: "unsubscribe",
        title: "UNSUBSCRIBE, with and without arguments, and clients that leave",
        commands: &["UNSUBSCRIBE"],
        scenarios: &[
            "lab/unsubscribe",
            "lab/unsubscribe-several",
            "lab/unsubscribe-all",
            "lab/unsubscribe-nothing",
            "lab/unsubscribe-others",
            "lab/unsubscribe-not-mine",
            "lab/unsubscribe-disconnect",
            "lab/unsubscribe-reset",
        ],
        chapter: "08-unsubscribe.md",
    },
    Stage {
        name: "subscribed-mode",
        title: "Subscribed mode and its errors",
        commands: &["QUIT"],
        scenarios: &[
            "lab/subscribed-mode",
            "lab/subscribed-mode-ping",
            "lab/subscribed-mode-ends",
            "lab/subscribed-mode-errors",
            "lab/subscribed-mode-quit",
        ],
        chapter: "13-pushes-and-shards.md",
    },
];
