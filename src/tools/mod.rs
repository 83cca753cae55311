//! Programs that are not the server: they play scenarios to it, draw it, walk through it, and ask how it is.
//!
//! Redis: none, but for `redis-cli ping`.

#[cfg(feature = "net")]
pub mod check;
pub mod draw;
#[cfg(feature = "net")]
pub mod interrupt;
#[cfg(feature = "net")]
pub mod lab;
#[cfg(feature = "net")]
pub mod outputs;
#[cfg(feature = "net")]
pub mod ping;
pub mod scenario;
pub mod session;
pub mod walk;

#[cfg(feature = "net")]
use crate::cli::Tool;

/// Every tool of the program.
#[cfg(feature = "net")]
pub const TOOLS: &[Tool] = &[
    Tool {
        name: "check",
        about: "Play the scenarios to a server and say where it differs from Redis",
        command: check::options::command,
        main: check::main,
    },
    Tool {
        name: "draw",
        about: "Draw the server's structures at a line of a scenario, as SVG",
        command: draw::tool::command,
        main: draw::tool::main,
    },
    Tool {
        name: "lab",
        about: "Grade a Redis of your own, stage by stage, by what Redis does",
        command: lab::options::command,
        main: lab::main,
    },
    Tool {
        name: "ping",
        about: "Ask a server whether it answers: a health check",
        command: ping::command,
        main: ping::main,
    },
    Tool {
        name: "session",
        about: "Answer the requests of a session, each a line of JSON, for another program",
        command: session::tool::command,
        main: session::tool::main,
    },
    Tool {
        name: "walk",
        about: "Play a scenario and print every step the server takes",
        command: walk::tool::command,
        main: walk::tool::main,
    },
];
