//! What a session can be asked. The reply to each is described in `web/session.js`, beside the code that reads it.

use crate::base::random::Seed;
use crate::tools::scenario::Start;
use serde::Deserialize;

/// A request: its name in the field `do`, its arguments beside that.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// A fresh server, with these settings: `maxclients 3`.
    Open {
        #[serde(default)]
        settings: Vec<String>,
        #[serde(default)]
        seed: u64,
        unix_ms: Option<u64>,
    },
    /// A fresh server with the settings of this scenario, of which nothing is played yet.
    Load {
        scenario: String,
        #[serde(default)]
        seed: u64,
        unix_ms: Option<u64>,
    },
    /// Plays one line.
    Play { line: String },
    /// From now on this client takes so many bytes a turn; 0: none, null: all.
    Speed { client: String, bytes: Option<usize> },
    /// Goes to this input: back, or forward.
    Go { number: usize },
    /// The queues as they are.
    State,
    /// The picture of the input that was played last.
    Picture,
    /// The same as a document of its own.
    Document,
    /// The style sheet of the pictures.
    Style,
    /// All inputs, as the text of a scenario.
    Save {
        #[serde(default)]
        title: String,
    },
    /// All inputs and what each client received, as text.
    Transcript,
    /// The scenarios that are carried along.
    Scenarios,
    /// The text of one of them.
    Scenario { name: String },
    /// Where in the sources each kind of step happens.
    Places,
    /// Every command.
    Commands,
}

/// The last millisecond of the year 9999: times beyond it are no time of day.
const LAST_UNIX_MS: u64 = 253_402_300_799_999;

/// How a server begins that has this seed and, if it is given one, this time.
pub fn start(seed: u64, unix_ms: Option<u64>) -> Result<Start, String> {
    let start = Start { seed: Seed(seed), ..Start::default() };
    match unix_ms {
        None => Ok(start),
        Some(unix_ms) if unix_ms > LAST_UNIX_MS => Err(format!("unix_ms {unix_ms} is after the year 9999")),
        Some(unix_ms) => Ok(Start { unix_ms, ..start }),
    }
}

/// The line of a scenario that says the same.
pub fn speed(client: &str, bytes: Option<usize>) -> String {
    match bytes {
        None => format!("! {client} reads again"),
        Some(0) => format!("! {client} stops reading"),
        Some(bytes) => format!("! {client} reads {bytes} bytes a turn"),
    }
}
