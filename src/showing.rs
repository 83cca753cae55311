//! What the live page is handed: the tools that look at the server, draw it and tell its steps; and the page to the loop.
//!
//! Redis: none.
//!
//! The page (`live/`) and the tools know nothing of each other, and the loop knows neither.

use cutaway::client::About;
use cutaway::config::Config;
use cutaway::live::{self, Drawn, Looked, Looker, Parts, Teller, View, Watcher};
use cutaway::net::event_loop::EventLoop;
use cutaway::net::onlooker::Onlooker;
use cutaway::net::socket::Stream;
use cutaway::server::Server;
use cutaway::steps::Step;
use cutaway::tools::session::running::{self, Look};
use mio::net::UnixStream;
use serde_json::Value;
use std::os::unix::process::CommandExt;
use std::process::Command;

/// Starts the live page if the settings ask for it, and has it look at the loop's server.
pub fn start(config: &Config, event_loop: &mut EventLoop) -> Result<(), String> {
    let parts = Parts { looker: Box::new(Tools), teller: Box::new(Tools), session };
    if let Some(watcher) = live::start(config, parts, event_loop.waker())? {
        event_loop.set_onlooker(Box::new(Page(watcher)));
    }
    Ok(())
}

/// The page, as the loop sees it.
struct Page(Watcher);

impl Onlooker for Page {
    fn end_turn(&mut self, server: &mut Server) {
        self.0.end_turn(server);
    }

    fn deadline(&self) -> Option<u64> {
        self.0.deadline()
    }

    fn next_client(&mut self) -> Option<(Stream, About)> {
        let (stream, addr) = self.0.next_client()?;
        let addr: Box<str> = addr.into();
        let about = About { laddr: addr.clone(), addr, unix: true, ..About::default() };
        Some((Stream::Unix(UnixStream::from_std(stream)), about))
    }
}

/// What a session may take, in megabytes.
const MEMORY_MB: &str = "1024";

/// The tools, as the page sees them.
struct Tools;

impl Looker for Tools {
    fn look(&mut self, server: &Server, view: &View, elements: usize) -> Looked {
        let look = Look { filter: &view.filter, channel: &view.channel, client: view.client_id(), elements };
        let mut seen = look.at(server, live::name);
        // A server that was seen whole says nothing of what more elements would take.
        let elements = if seen.is_part { elements } else { 0 };
        let draw = move || Drawn {
            picture: seen.picture(),
            state: seen.state.take(),
            sampled: seen.is_part,
            of: seen.of.take(),
        };
        Looked { elements, draw: Box::new(draw) }
    }
}

impl Teller for Tools {
    fn tell(&self, steps: Vec<(Step, Option<String>)>) -> Vec<Value> {
        running::steps(steps)
    }
}

/// The program that answers a session: this one. On Linux it is started although the file may have been replaced.
fn session() -> Command {
    let own = std::path::Path::new("/proc/self/exe");
    let program = if own.exists() { own.into() } else { std::env::current_exe().unwrap_or_default() };
    let mut command = Command::new(program);
    command.arg0("cutaway").args(["session", "--memory", MEMORY_MB]);
    command
}
