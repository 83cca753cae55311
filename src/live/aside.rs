//! What a page has beside the running server: a session of its own, and a console if that is allowed.
//!
//! Redis: none.

use super::console::Console;
use super::line::{Ask, Id};
use super::session::Session;
use mio::{Registry, Token};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Instant;

/// The names under which the poll knows the parts.
pub struct Tokens {
    /// The two ends of the session.
    pub session: [Token; 2],
    /// The console.
    pub console: Token,
}

/// Both, once the page has asked for them.
#[derive(Default)]
pub struct Aside {
    session: Option<Session>,
    console: Option<Console>,
}

impl Aside {
    /// Whether another request may wait for the session.
    pub fn has_room(&self) -> bool {
        self.session.as_ref().is_none_or(Session::has_room)
    }

    /// When the session will have taken too long; None: it was not asked.
    pub fn deadline(&self) -> Option<Instant> {
        self.session.as_ref().and_then(Session::deadline)
    }

    /// The next message for the page, if either has one.
    pub fn next(&mut self, now: Instant) -> Option<String> {
        match self.next_answer(now) {
            Some(answer) => Some(format!(r#"{{"session":{answer}}}"#)),
            None => self.next_of_console().map(|message| message.to_string()),
        }
    }

    fn next_answer(&mut self, now: Instant) -> Option<String> {
        match self.session.as_mut()?.next_answer(now) {
            Ok(answer) => answer,
            Err(why) => {
                self.session = None;
                Some(json!({ "error": why }).to_string())
            }
        }
    }

    fn next_of_console(&mut self) -> Option<Value> {
        match self.console.as_mut()?.next() {
            Ok(bytes) => bytes,
            Err(_) => {
                self.console = None;
                Some(json!({ "console": { "closed": true } }))
            }
        }
    }

    /// Has the session answer a request; it is started with the first one.
    pub fn request(
        &mut self,
        request: &Value,
        start: fn() -> Command,
        registry: &Registry,
        tokens: &Tokens,
        now: Instant,
    ) -> Result<(), String> {
        let session = match self.session.take() {
            Some(session) => session,
            None => Session::start(start(), registry, tokens.session)
                .map_err(|error| format!("no session could be started: {error}"))?,
        };
        self.session.insert(session).ask(request.to_string(), now);
        Ok(())
    }

    /// Sends a command to the server, as the client of the page with this id and these credentials.
    pub fn command(
        &mut self,
        line: &str,
        id: Id,
        credentials: Option<&(Vec<u8>, Vec<u8>)>,
        registry: &Registry,
        tokens: &Tokens,
        ask: &mut dyn FnMut(Ask) -> bool,
    ) -> Result<(), String> {
        let console = match self.console.take() {
            Some(console) => console,
            None => {
                let (console, client) = Console::new(id, credentials, registry, tokens.console)
                    .map_err(|error| format!("no console could be opened: {error}"))?;
                if !ask(client) {
                    return Err("the server is busy".into());
                }
                console
            }
        };
        self.console.insert(console).command(line).map_err(String::from)
    }
}
