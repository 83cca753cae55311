//! The live page: a browser shows the server at work, and programs ask for `/metrics` and `/health`.
//!
//! Redis: none.
//!
//! ```text
//! the loop's thread                                  the page's thread
//! net::event_loop ─► Watcher ── shown, bounded ────► service ─► connection ─► page  ─► browser
//!      each turn       ▲  └───── answers ──────────►    │           │          ├─► session: a process for each
//!                      └──────── asks, bounded ─────────┘           └─ http    └─► console: a client of the server
//! ```
//!
//! The loop never waits for the page: with no page open it makes a few comparisons a turn, with one open it copies a bounded
//! part of what there is, at most ten times a second, and what the queue has no room for is dropped and counted. HTTP,
//! WebSocket, JSON and drawing are done by the page's thread. What looks, draws and tells stands in `tools`; this room says what it
//! needs ([`Parts`]), and `main` hands it in.
//!
//! Circle: what the two threads say to each other names what either has.

mod aside;
mod budget;
mod connection;
mod console;
mod figures;
pub mod gate;
pub mod http;
mod line;
pub mod message;
mod metrics;
mod names;
mod operators;
mod page;
mod roster;
mod service;
mod session;
mod share;
mod site;
mod tally;
mod watcher;

use crate::config::Config;
use crate::server::Server;
use crate::steps::Step;
pub use budget::Budget;
use gate::Rules;
pub use message::View;
use mio::Waker;
use mio::net::TcpListener;
pub use names::name;
use serde_json::Value;
use service::Service;
use std::io;
use std::process::Command;
use std::sync::Arc;
pub use watcher::Watcher;

/// What is handed in.
pub struct Parts {
    /// Looks at the server, in the loop's thread.
    pub looker: Box<dyn Looker>,
    /// Makes records of steps, in the page's thread.
    pub teller: Box<dyn Teller>,
    /// The program that answers a session's requests, each a line of its standard input, in lines of its standard output. A
    /// process of its own, since a session may run any script and any command: what takes too long, or too much memory, is
    /// ended without a trace in the server.
    pub session: fn() -> Command,
}

/// Copies what a picture needs out of the server.
pub trait Looker {
    /// Looks at what the view names, at most at so many elements.
    fn look(&mut self, server: &Server, view: &View, elements: usize) -> Looked;
}

/// What was copied.
pub struct Looked {
    /// At how many elements the looker looked.
    pub elements: usize,
    /// Draws it, elsewhere and later.
    pub draw: Box<dyn FnOnce() -> Drawn + Send>,
}

/// A picture of the server.
pub struct Drawn {
    /// The SVG.
    pub picture: String,
    /// The clients and their queues.
    pub state: Value,
    /// Whether there is more than the picture shows.
    pub sampled: bool,
    /// How much there is.
    pub of: Value,
}

/// Makes records of the steps of a turn, as the page reads them. Each step comes with the name of its client, if it is about one.
pub trait Teller: Send {
    /// The records, in order.
    fn tell(&self, steps: Vec<(Step, Option<String>)>) -> Vec<Value>;
}

/// Listens on the address that the settings name and starts the thread. Returns what is to look at the server after each
/// turn, and must be dropped for the thread to end; None: there is no address. `waker` wakes the loop.
pub fn start(config: &Config, parts: Parts, waker: Arc<Waker>) -> Result<Option<Watcher>, String> {
    let Some(address) = config.live_address() else { return Ok(None) };
    let failed = |error: io::Error| format!("could not listen on {address} (live): {error}");
    let listener = TcpListener::bind(address).map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let rules = Rules::new(address.ip(), &config.live_hosts);
    let Parts { looker, teller, session } = parts;
    let service = Service::new(listener, rules, teller, session, config.live_console).map_err(failed)?;
    let watcher = service.start(looker, waker).map_err(failed)?;
    tracing::info!("the live page is at http://{address}/");
    if config.requirepass.is_empty() && !address.ip().is_loopback() {
        tracing::warn!("the live page at {address} asks for no password (live, requirepass)");
    }
    Ok(Some(watcher))
}
