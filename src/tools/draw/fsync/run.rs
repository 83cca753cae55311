//! A run of a scenario under one policy: of each write, when it came, was answered, and was on the disk.
//!
//! Redis has no counterpart.

use crate::base::ids::ClientKey;
use crate::steps::{Recorder, Step};
use crate::tools::scenario::run::Player;
use crate::tools::scenario::{Action, InProcess, PlayError, Scenario, Setting, Start};
use std::time::Duration;

/// How long a sync takes, in milliseconds: long enough to be seen beside a second.
pub const SYNC_MS: u64 = 250;
/// How far apart two looks at the server are, in milliseconds, while a line waits.
const TICK_MS: u64 = 10;

/// A line that has changed something. Times are in milliseconds since the first line.
pub struct Write {
    /// The line.
    pub text: String,
    client: Option<ClientKey>,
    pub recorded_ms: u64,
    /// When it was in the file, as far as the kernel is concerned.
    pub appended_ms: Option<u64>,
    pub replied_ms: Option<u64>,
    /// When a sync that covers it has returned.
    pub durable_ms: Option<u64>,
    /// A sync that covers it runs.
    is_syncing: bool,
}

impl Write {
    /// Whether its client knows of it at a time, and the disk does not.
    fn can_be_lost(&self, at_ms: u64) -> bool {
        self.replied_ms.is_some_and(|replied| replied <= at_ms)
            && self.durable_ms.is_none_or(|durable| durable > at_ms)
    }
}

/// A run under one policy.
pub struct Run {
    pub policy: &'static str,
    pub writes: Vec<Write>,
    /// When each sync has begun, and returned.
    pub syncs: Vec<(u64, Option<u64>)>,
    /// When the last line has ended.
    pub end_ms: u64,
}

impl Run {
    /// Plays the scenario under a policy.
    pub fn record(scenario: &Scenario, last: usize, policy: &'static str) -> Result<Run, PlayError> {
        let mut settings = scenario.settings.clone();
        settings.retain(|setting| setting.name != "appendfsync");
        let (text, words) = (format!("! set appendfsync {policy}"), vec![policy.into()]);
        settings.push(Setting { number: 0, text, name: "appendfsync".into(), words });
        let mut server = InProcess::begin(&settings, Start::default())?;
        server.set_sync_ms(SYNC_MS);
        let begin_ms = server.server().time.millis;
        let mut player = Player::new(&mut server);
        let recorder = Recorder::start();
        let mut run = Run { policy, writes: Vec::new(), syncs: Vec::new(), end_ms: 0 };
        for line in scenario.lines.iter().take_while(|line| line.number <= last) {
            let tick = Duration::from_millis(TICK_MS);
            let (count, part) = match line.action {
                Action::Wait(time) => {
                    let ticks = time.as_millis() / u128::from(TICK_MS);
                    (ticks, crate::tools::scenario::Line { action: Action::Wait(tick), ..line.clone() })
                }
                _ => (1, line.clone()),
            };
            for _ in 0..count {
                player.play(&part).map_err(|trouble| trouble.at(line))?;
                run.end_ms = player.subject().server().time.millis - begin_ms;
                recorder.take().iter().for_each(|step| run.note(step, &line.text));
            }
        }
        Ok(run)
    }

    /// Notes a step that was reported now, while a line was played.
    fn note(&mut self, step: &Step, line: &str) {
        let now = self.end_ms;
        let Run { writes, syncs, .. } = self;
        match step {
            Step::Propagated { .. } => writes.push(Write {
                text: line.into(),
                client: None,
                recorded_ms: now,
                appended_ms: None,
                replied_ms: None,
                durable_ms: None,
                is_syncing: false,
            }),
            // The reply of the command that was recorded.
            Step::Replied { client, .. } => {
                if let Some(write) = writes.last_mut().filter(|write| write.text == line) {
                    write.client = Some(*client);
                }
            }
            Step::SyncBegun { bytes, .. } => {
                syncs.push((now, None));
                for write in writes.iter_mut().filter(|write| write.durable_ms.is_none()) {
                    write.is_syncing = true;
                    if *bytes > 0 {
                        write.appended_ms.get_or_insert(now);
                    }
                }
            }
            Step::FileGrown { .. } => {
                let is_syncing = syncs.last().is_some_and(|(_, returned)| returned.is_none());
                for write in writes.iter_mut().filter(|write| write.is_syncing || !is_syncing) {
                    write.appended_ms.get_or_insert(now);
                }
            }
            Step::FileSynced { .. } => {
                if let Some((_, returned)) = syncs.last_mut() {
                    *returned = Some(now);
                }
                for write in writes.iter_mut().filter(|write| write.is_syncing) {
                    write.is_syncing = false;
                    write.durable_ms.get_or_insert(now);
                }
            }
            Step::Written { client, .. } => {
                for write in writes.iter_mut().filter(|write| write.client == Some(*client)) {
                    write.replied_ms.get_or_insert(now);
                }
            }
            _ => {}
        }
    }

    /// What a power cut loses of what clients know: from when on, until when, and how many writes.
    pub fn losses(&self) -> Vec<(u64, u64, usize)> {
        let times = self.writes.iter().flat_map(|write| [write.replied_ms, write.durable_ms]).flatten();
        let mut times: Vec<u64> = times.chain([0, self.end_ms]).collect();
        times.sort_unstable();
        times.dedup();
        let mut losses: Vec<(u64, u64, usize)> = Vec::new();
        for pair in times.windows(2) {
            let [from, to] = [pair[0], pair[1]];
            let count = self.writes.iter().filter(|write| write.can_be_lost(from)).count();
            match losses.last_mut().filter(|(.., before)| *before == count) {
                Some(last) => last.1 = to,
                None => losses.push((from, to, count)),
            }
        }
        losses
    }
}
