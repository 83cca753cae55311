//! What the server knows of the script or the function that runs.
//!
//! Redis: `scriptRunCtx` in `src/script.h`.

use super::WhileBusy;
use crate::base::ids::ClientKey;
use crate::resp::owned::Words;
use crate::script::Sha;
use crate::script::functions::Registered;
use crate::script::host::{Place, Running};
use std::rc::Rc;

/// What the server knows of scripts beside their texts.
#[derive(Default)]
pub(crate) struct State {
    /// The script that runs.
    pub(super) run: Option<RunContext>,
    /// The request that has called the function that runs, for FUNCTION STATS.
    pub(super) call: Words,
    /// Serves others while a script runs for too long.
    pub(super) while_busy: Option<WhileBusy>,
    /// `DEBUG SET-DISABLE-DENY-SCRIPTS`: scripts may call a few commands that are denied to them otherwise.
    pub(super) less_denied: bool,
}

/// What Lua runs.
#[derive(Clone)]
pub(super) enum Subject {
    /// A script, by its SHA-1.
    Script(Sha),
    /// A function, with the name in lower case by which Lua keeps it.
    Function(Rc<Registered>, Rc<[u8]>),
    /// The texts of libraries.
    Library,
}

impl Subject {
    /// Its name, as errors have it.
    pub(super) fn name(&self) -> &[u8] {
        match self {
            Subject::Script(sha) => sha,
            Subject::Function(function, _) => &function.name,
            Subject::Library => b"",
        }
    }

    /// The name by which Lua keeps it.
    pub(super) fn kept_as(&self) -> &[u8] {
        match self {
            Subject::Function(_, name) => name,
            _ => self.name(),
        }
    }
}

/// A script that runs. Redis: `scriptRunCtx`.
pub(super) struct RunContext {
    /// What Lua's side knows of it, too.
    pub(super) running: Running,
    /// What it is.
    pub(super) subject: Subject,
    /// The client that has sent it.
    pub(super) client: ClientKey,
    /// It may not write: it says so, or it was called by EVAL_RO.
    pub(super) read_only: bool,
    /// It may call commands that may need memory when there is none left: it says so.
    pub(super) allow_oom: bool,
    /// It wrote: it cannot be killed any more.
    pub(super) wrote: bool,
    /// It runs for longer than `busy-reply-threshold`: others are served with errors meanwhile.
    pub(super) busy: bool,
    /// Where it was when it was killed.
    pub(super) killed_at: Option<Place>,
    /// What the stopwatch showed when it began, in microseconds.
    pub(super) started_us: u64,
    /// What the stopwatch showed when the script was last asked whether it may go on.
    pub(super) looked_us: u64,
    /// Microseconds that TIME is ahead for it: none until others are served meanwhile.
    pub(super) clock_offset_us: u64,
    /// What the stopwatch showed when others were last served.
    pub(super) served_us: u64,
}

impl RunContext {
    /// What begins when the stopwatch shows `started_us`.
    pub(super) fn new(subject: Subject, client: ClientKey, read_only: bool, started_us: u64) -> RunContext {
        RunContext {
            running: Running::default(),
            subject,
            client,
            read_only,
            allow_oom: false,
            wrote: false,
            busy: false,
            killed_at: None,
            started_us,
            looked_us: started_us,
            clock_offset_us: 0,
            served_us: 0,
        }
    }

    /// It begins now.
    pub(super) fn start(&mut self, now_us: u64) {
        (self.started_us, self.looked_us) = (now_us, now_us);
    }

    /// Whether it is no script of EVAL's. Redis: not `SCRIPT_EVAL_MODE`.
    pub(super) fn is_function(&self) -> bool {
        !matches!(self.subject, Subject::Script(_))
    }

    /// What the client of the script receives when it was killed.
    pub(super) fn killed_reply(self) -> String {
        let source = if self.is_function() { "@user_function" } else { "@user_script" };
        let (source, line) = self.killed_at.unwrap_or_else(|| (source.into(), 0));
        let name = String::from_utf8_lossy(self.subject.name());
        format!("ERR Script killed by user with SCRIPT KILL... script: {name}, on {source}:{line}.")
    }
}
