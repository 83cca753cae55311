//! A session: a server of its own and its named clients, driven by requests in JSON. It is what the page of the playground
//! talks to, and what the page of a live server plays beside it.
//!
//! ```text
//! {"do":"play","line":"A: SUBSCRIBE x"} ─► Session ─► walk::Session ─► the server inside the process
//! {"number":1,"steps":[…],"picture":…}  ◄─ answer ◄─ steps, structures, picture, bytes, queues
//! ```
//!
//! The inputs of a session are lines of the scenario language, and they are kept ([`record`]): to go back is to begin again
//! and to play them up to that point, so that the earlier picture is exact. There is no clock and no socket: the same requests
//! get the same answers, in a browser too.
//!
//! Redis has no counterpart.

mod commands;
mod cut;
mod event;
pub mod places;
mod record;
mod request;
pub mod running;
pub mod scenarios;
pub mod state;
#[cfg(feature = "net")]
pub mod tool;

use crate::tools::draw::STYLE;
use record::Record;
use request::Request;
use serde_json::{Value, json};

/// The longest request, in bytes.
pub const LONGEST_REQUEST: usize = 1 << 20;

/// A session. It is opened by the request `open` or `load`.
#[derive(Default)]
pub struct Session {
    /// None: nothing was opened yet.
    record: Option<Record>,
}

impl Session {
    /// Answers one request, a JSON object, with another. What is wrong with a request is said in `{"error": "…"}`, and then
    /// nothing has happened.
    pub fn answer(&mut self, request: &str) -> String {
        let answer = match request.len() {
            length if length > LONGEST_REQUEST => {
                Err(format!("a request of {length} bytes: the longest may have {LONGEST_REQUEST}"))
            }
            _ => serde_json::from_str(request)
                .map_err(|error| format!("not a request: {error}"))
                .and_then(|request| self.respond(request)),
        };
        answer.unwrap_or_else(|error| json!({ "error": error })).to_string()
    }

    fn respond(&mut self, request: Request) -> Result<Value, String> {
        match request {
            Request::Open { settings, seed, unix_ms } => {
                let mut record = Record::open(&settings, request::start(seed, unix_ms)?)?;
                let answer = record.beginning();
                self.record = Some(record);
                Ok(answer)
            }
            Request::Load { scenario, seed, unix_ms } => {
                let (record, answer) = Record::load(&scenario, request::start(seed, unix_ms)?)?;
                self.record = Some(record);
                Ok(answer)
            }
            Request::Play { line } => self.opened()?.play(&line),
            Request::Speed { client, bytes } => self.opened()?.play(&request::speed(&client, bytes)),
            Request::Go { number } => self.opened()?.go(number),
            Request::State => Ok(json!({ "state": self.opened()?.state() })),
            Request::Picture => Ok(json!({ "picture": self.opened()?.picture().with_places() })),
            Request::Document => Ok(json!({ "svg": self.opened()?.picture().document() })),
            Request::Style => Ok(json!({ "style": STYLE })),
            Request::Save { title } => Ok(json!({ "scenario": self.opened()?.save(&title)? })),
            Request::Transcript => Ok(json!({ "transcript": self.opened()?.transcript()? })),
            Request::Scenarios => Ok(scenarios::all()),
            Request::Scenario { name } => scenarios::named(&name),
            Request::Places => Ok(places::all()),
            Request::Commands => Ok(commands::all()),
        }
    }

    fn opened(&mut self) -> Result<&mut Record, String> {
        self.record.as_mut().ok_or_else(|| "open the session first".into())
    }
}
