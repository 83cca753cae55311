//! What a script asks of the server while it runs: to execute a command, and whether it may go on.
//!
//! Redis: `src/script.c` (`scriptCall`, `scriptInterrupt`, `scriptVerifyOOM`), `processEventsWhileBlocked` in
//! `src/networking.c`.
//!
//! Lua looks at the time once in a while ([`Host::may_go_on`]): here a script that runs for long has the others served, and one
//! that was killed ends.

use super::Server;
use super::dispatch::spec::Command;
use super::dispatch::{OOM, spec};
use super::script_context::Subject;
use crate::base::ids::CommandId;
use crate::resp::reply::Reply;
use crate::resp::request::Request;
use crate::script::host::{self, Host, Place, Running};
use crate::steps::readable;
use std::borrow::Cow;

/// Microseconds that libraries may take to load. Redis: `LOAD_TIMEOUT_MS`.
const LOAD_US: u64 = 500_000;

/// Others are served once in so many microseconds, however often the script is asked.
const SERVED_EVERY_US: u64 = 1000;

/// What else scripts may call after `DEBUG SET-DISABLE-DENY-SCRIPTS 1`: what test suites want to call. Redis lets everything
/// in, which ends some servers.
const LET_IN: &[&str] = &["debug", "client|id", "client|info", "client|list"];

/// Which command was refused, if there is such a command, and the error.
type Refused = (Option<CommandId>, Cow<'static, str>);

impl Server {
    /// What Lua may use for what runs, in bytes.
    fn lua_limit(&self) -> usize {
        let is_function = self.script.run.as_ref().is_some_and(|run| run.is_function());
        if is_function { self.functions.memory() } else { self.scripts.memory() }
    }

    /// Has others served while the command that runs is put aside.
    fn serve_while_busy(&mut self) {
        let now = (self.stopwatch)();
        if let Some(run) = &mut self.script.run {
            run.clock_offset_us = self.execution.clock_offset_us + now.saturating_sub(run.started_us);
        }
        let Some(mut serve) = self.script.while_busy.take() else { return };
        self.aside(&mut serve);
        self.script.while_busy = Some(serve);
    }

    /// Which command a script asks for, and whether it may run.
    // ANCHOR: script-may
    fn script_may(
        &self,
        request: Request<'_>,
        read_only: bool,
        allow_oom: bool,
    ) -> Result<(CommandId, &'static Command), Refused> {
        let Some((id, command)) = self.table.find(request) else {
            return Err((None, "ERR Unknown Redis command called from script".into()));
        };
        if !command.accepts(request.len()) || command.handler.is_none() {
            return Err((Some(id), "ERR Wrong number of args calling Redis command from script".into()));
        }
        let is_let_in = self.script.less_denied && LET_IN.contains(&command.name);
        if command.flags & spec::NOSCRIPT != 0 && !is_let_in {
            return Err((Some(id), "ERR This Redis command is not allowed from script".into()));
        }
        if read_only && command.flags & (spec::WRITE | spec::MAY_REPLICATE) != 0 {
            return Err((Some(id), "ERR Write commands are not allowed from read-only scripts.".into()));
        }
        // A script that has written goes on to its end. Redis: `scriptVerifyWriteCommandAllow`, `scriptVerifyOOM`.
        if self.script.run.as_ref().is_some_and(|run| run.wrote) {
            return Ok((id, command));
        }
        if command.flags & spec::WRITE != 0
            && let Some(denial) = self.write_denied_by_disk()
        {
            return Err((Some(id), denial.error().into()));
        }
        if self.is_out_of_memory() && !allow_oom && command.flags & spec::DENYOOM != 0 {
            return Err((Some(id), OOM.into()));
        }
        Ok((id, command))
    }
    // ANCHOR_END: script-may
}

impl Host for Server {
    fn script(&mut self) -> Option<&mut Running> {
        self.script.run.as_mut().map(|run| &mut run.running)
    }

    /// Redis: `scriptCall`.
    // ANCHOR: script-call
    fn call(&mut self, request: Request<'_>, reply: &mut Reply) -> u64 {
        let Some(run) = &self.script.run else { return 0 };
        let (client, read_only, allow_oom) = (run.client, run.read_only, run.allow_oom);
        reply.protocol = run.running.protocol;
        // What Lua has no room for is not collected for it.
        (reply.muted, reply.most, reply.overflowed) = (false, Some(self.lua_limit()), false);
        match self.script_may(request, read_only, allow_oom) {
            Ok((id, command)) => {
                if command.flags & spec::WRITE != 0
                    && let Some(run) = &mut self.script.run
                {
                    run.wrote = true;
                }
                self.run(client, id, request, reply);
            }
            Err((id, error)) => {
                reply.error(&*error);
                self.stats.count_error(error.as_bytes());
                match id {
                    Some(id) => self.table.stats_mut(id).rejected += 1,
                    None => self.log_not_built("a script of ", client, request),
                }
            }
        }
        self.execution.last_duration_us
    }
    // ANCHOR_END: script-call

    fn accepts(&self, request: Request<'_>) -> Option<bool> {
        self.table.find(request).map(|(_, command)| command.accepts(request.len()))
    }

    /// Redis: `scriptInterrupt`.
    // ANCHOR: script-interrupt
    fn may_go_on(&mut self, place: &mut dyn FnMut() -> Option<Place>) -> bool {
        let (now, threshold) = ((self.stopwatch)(), self.config.busy_reply_threshold_ms);
        let memory = self.scripts.lua_memory().max(self.functions.lua_memory());
        let is_limited = !self.is_loading();
        let Some(run) = &mut self.script.run else { return true };
        let micros = now.saturating_sub(run.started_us);
        // What a file holds was loaded before, and takes as long as it likes.
        if matches!(run.subject, Subject::Library) && is_limited {
            // Nobody else is served meanwhile: it has so little time.
            run.running.killed |= micros > LOAD_US;
            return !run.running.killed;
        }
        let running = &mut run.running;
        running.instructions = host::fewer(running.instructions, now.saturating_sub(run.looked_us), memory);
        if !running.killed && threshold > 0 && micros >= (threshold as u64).saturating_mul(1000) {
            if !std::mem::replace(&mut run.busy, true) {
                let (millis, name) = (micros / 1000, readable(run.subject.name()));
                let command = if run.is_function() { "FUNCTION KILL" } else { "SCRIPT KILL" };
                tracing::warn!(
                    "Slow script detected: still in execution after {millis} milliseconds. You can try killing the script \
                     using the {command} command. Script name is: {name}."
                );
            }
            if now.saturating_sub(run.served_us) >= SERVED_EVERY_US {
                run.served_us = now;
                self.serve_while_busy();
            }
        }
        let (shutdown, now) = (self.is_shutting_down(), (self.stopwatch)());
        let Some(run) = &mut self.script.run else { return true };
        run.looked_us = now;
        run.running.killed |= shutdown;
        if shutdown && run.wrote {
            // Half of it is not to be found by the next start.
            self.propagation.discard_unit();
        }
        if run.running.killed && run.killed_at.is_none() {
            run.killed_at = place();
        }
        let (alive, is_function) = (!run.running.killed, run.is_function());
        if is_function {
            self.functions.settle();
        } else {
            self.scripts.settle();
        }
        alive
    }
    // ANCHOR_END: script-interrupt

    fn stopwatch_us(&self) -> u64 {
        (self.stopwatch)()
    }
}
