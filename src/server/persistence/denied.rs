//! Writes are refused while the disk does not take them: MISCONF.
//!
//! Redis: `src/server.c` (`writeCommandsDeniedByDiskError`, `writeCommandsGetDiskErrorMessage`, a step of `processCommand`),
//! `scriptPrepareForRun` in `src/script.c`.

use crate::base::ids::ClientKey;
use crate::resp::request::Request;
use crate::server::Server;
use crate::server::dispatch::spec::{self, Command};

/// Why no command may write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Denial {
    /// The last save in the background failed.
    Snapshot,
    /// The append-only file cannot be written: the words of the operating system.
    AppendOnly(String),
}

impl Denial {
    /// The error for a command.
    pub(crate) fn error(&self) -> String {
        match self {
            Denial::Snapshot => "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to \
                 disk. Commands that may modify the data set are disabled, because this instance is configured to report \
                 errors during writes if RDB snapshotting fails (stop-writes-on-bgsave-error option). Please check the \
                 Redis logs for details about the RDB error."
                .into(),
            Denial::AppendOnly(error) => format!("MISCONF Errors writing to the AOF file: {error}"),
        }
    }

    /// The error for a script whose first line says that it writes.
    #[cfg(feature = "lua")]
    pub(crate) fn script_error(&self) -> String {
        match self {
            Denial::Snapshot => {
                "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to \
                 disk. Writable scripts are blocked. Use 'no-writes' flag for read only scripts."
                    .into()
            }
            Denial::AppendOnly(error) => format!(
                "MISCONF Redis is configured to persist data to AOF, but it's currently unable to persist to disk. Writable \
                 scripts are blocked. Use 'no-writes' flag for read only scripts. AOF error: {error}"
            ),
        }
    }
}

impl Server {
    /// Why no command may write now, because of the disk; None: commands may.
    pub(crate) fn write_denied_by_disk(&self) -> Option<Denial> {
        let is_denied = self.config.stop_writes_on_bgsave_error
            && !self.config.save.is_empty()
            && self.persistence.save.has_failed();
        if is_denied {
            return Some(Denial::Snapshot);
        }
        let aof = &self.persistence.aof;
        aof.is_on().then(|| aof.error()).flatten().map(Denial::AppendOnly)
    }

    /// The error for a command that may write when none may, or for PING, which is to show it.
    pub(in crate::server) fn refusal_by_disk(
        &self,
        client: ClientKey,
        command: &Command,
        request: Request<'_>,
    ) -> Option<String> {
        let denial = self.write_denied_by_disk()?;
        let has_queued_write = || {
            let transaction = self.clients[client].transaction.as_deref();
            let mut queue =
                transaction.and_then(|transaction| transaction.queue.as_ref()).into_iter().flatten();
            queue.any(|(id, _)| self.table.command(*id).flags & spec::WRITE != 0)
        };
        let writes = match command.name {
            "ping" => true,
            "exec" => has_queued_write(),
            _ => self.script_writes(command, request).unwrap_or(command.flags & spec::WRITE != 0),
        };
        writes.then(|| denial.error())
    }
}
