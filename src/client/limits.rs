//! `client-output-buffer-limit`: how much a client may be owed before it is closed.
//!
//! Redis: `src/networking.c`, `checkClientOutputBufferLimits`; `src/config.c`, `clientBufferLimitsDefaults`.

use super::clients::Clients;
use super::reason::Reason;
use crate::base::ids::ClientKey;
use crate::output::queue::FIRST_BUFFER;

/// The classes of clients that have limits of their own. Redis: `getClientType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// Clients without subscriptions.
    Normal = 0,
    /// Replicas: there are none here, but the setting knows them (as `slave`, as Redis prints it).
    Replica = 1,
    /// Clients with a subscription of any kind.
    PubSub = 2,
}

impl Class {
    /// The class, as the log calls it.
    pub fn name(self) -> &'static str {
        match self {
            Class::Normal => "normal",
            Class::Replica => "replica",
            Class::PubSub => "pubsub",
        }
    }
}

/// The limits of one class, in bytes of output that count ([`crate::output::queue::Output::counted`]). 0 is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Limit {
    /// Owing this many bytes closes the client at once.
    pub hard: u64,
    /// Owing this many bytes closes the client when it goes on for `soft_seconds`.
    pub soft: u64,
    /// How long the soft limit may be held without a break.
    pub soft_seconds: u64,
}

/// The answer to "may this client go on?".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Judgement {
    /// Below both limits.
    Fine,
    /// At or over the soft limit since that second.
    OverSoft(u64),
    /// To be closed: that limit was passed. For the soft one also the seconds for which it has been held, and those
    /// allowed.
    Close(u64, Option<(u64, u64)>),
}

impl Limit {
    /// Judges a client at second `now`, with `owed` bytes of output that count; `over_since` is what was returned in
    /// [`Judgement::OverSoft`] last time, if it was.
    // ANCHOR: judge
    pub fn judge(&self, owed: usize, over_since: Option<u64>, now: u64) -> Judgement {
        let owed = owed as u64;
        if self.hard != 0 && owed >= self.hard {
            return Judgement::Close(self.hard, None);
        }
        if self.soft == 0 || owed < self.soft {
            return Judgement::Fine;
        }
        match over_since {
            Some(since) if now.saturating_sub(since) > self.soft_seconds => {
                Judgement::Close(self.soft, Some((now.saturating_sub(since), self.soft_seconds)))
            }
            Some(since) => Judgement::OverSoft(since),
            None => Judgement::OverSoft(now),
        }
    }
    // ANCHOR_END: judge

    /// The least number of bytes that needs a judgement: below it the answer is `Fine`.
    pub fn threshold(&self) -> usize {
        let soonest = [self.hard, self.soft].into_iter().filter(|&limit| limit != 0).min();
        soonest.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX))
    }
}

impl Clients {
    /// CONFIG SET client-output-buffer-limit: also for what is owed already. Redis: `clientsCron`.
    pub fn set_limits(&mut self, limits: [Limit; 3]) {
        if self.limits != limits {
            self.limits = limits;
            let keys: Vec<ClientKey> = self.iter().map(|(key, _)| key).collect();
            keys.into_iter().for_each(|key| self.check_limits(key));
        }
    }

    /// The limits in force, by class.
    pub fn limits(&self) -> [Limit; 3] {
        self.limits
    }

    /// How many bytes a client may be owed at any time, with the bytes that do not count. None: there is no such limit.
    pub fn hard_limit(&self, key: ClientKey) -> Option<usize> {
        let hard = self.limits[self.slab[key.place()].class() as usize].hard;
        (hard != 0).then(|| usize::try_from(hard).unwrap_or(usize::MAX).saturating_add(FIRST_BUFFER))
    }

    /// Judges the client if what it owes can be too much.
    pub(super) fn check_limits(&mut self, key: ClientKey) {
        let (owed, counted) = self.owed(key);
        let client = &mut self.slab[key.place()];
        client.most_owed = client.most_owed.max(owed);
        if counted >= self.limits[client.class() as usize].threshold() {
            self.judge(key);
        }
    }

    /// All that is owed, and the part that counts. Frames that wait for the end of the client's own command are owed
    /// already: a client that publishes to ten thousand patterns of its own would else fill the memory with one message.
    fn owed(&self, key: ClientKey) -> (usize, usize) {
        let deferred = if self.executing == Some(key) { self.deferred.len() } else { 0 };
        let output = &self.slab[key.place()].output;
        let owed = output.owed() + deferred;
        (owed, owed.saturating_sub(output.uncounted()))
    }

    fn judge(&mut self, key: ClientKey) {
        let (_, counted) = self.owed(key);
        let client = &mut self.slab[key.place()];
        let limit = self.limits[client.class() as usize];
        match limit.judge(counted, client.over_soft_since, self.now_seconds) {
            Judgement::Fine => client.over_soft_since = None,
            Judgement::OverSoft(since) => {
                client.over_soft_since = Some(since);
                self.over_soft.insert(key);
            }
            Judgement::Close(limit, soft) => {
                self.limit_disconnections += 1;
                self.close_for_limit(key, &Reason::Output { queued: counted, limit, soft });
            }
        }
    }

    /// How near a client is to its limits: what it is owed in percent of the lower one, 0 if there is none, and
    /// the seconds until it is closed for holding the soft one, if it does.
    pub fn nearness(&self, key: ClientKey) -> (u64, Option<u64>) {
        let client = &self.slab[key.place()];
        let limit = self.limits[client.class() as usize];
        let percent = match limit.threshold() {
            usize::MAX => 0,
            threshold => (client.output.counted() as u128 * 100 / threshold as u128) as u64,
        };
        let left = client.over_soft_since.map(|since| {
            since.saturating_add(limit.soft_seconds).saturating_add(1).saturating_sub(self.now_seconds)
        });
        (percent, left)
    }

    /// Judges again those that were over their soft limit. Redis: `clientsCron`.
    pub fn judge_over_soft(&mut self) {
        for key in std::mem::take(&mut self.over_soft) {
            // The key may be another client's by now: one that is over its limit by itself, or not at all.
            if self.slab.get(key.place()).is_some_and(|client| client.over_soft_since.is_some()) {
                self.judge(key);
            }
        }
    }

    /// The second at which the first of those over their soft limit is to be closed, if nothing changes.
    pub fn soft_deadline(&self) -> Option<u64> {
        let deadline = |&key: &ClientKey| {
            let client = self.slab.get(key.place())?;
            let seconds = self.limits[client.class() as usize].soft_seconds;
            Some(client.over_soft_since?.saturating_add(seconds).saturating_add(1))
        };
        self.over_soft.iter().filter_map(deadline).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Limit = Limit { hard: 100, soft: 50, soft_seconds: 10 };

    macro_rules! judges {
        ($($name:ident: $limit:expr, $owed:expr, $since:expr, $now:expr => $judgement:expr;)*) => {$(
            #[test]
            fn $name() { assert_eq!($limit.judge($owed, $since, $now), $judgement); }
        )*};
    }

    judges! {
        below_both: LIMIT, 49, None, 5 => Judgement::Fine;
        at_the_soft_limit: LIMIT, 50, None, 5 => Judgement::OverSoft(5);
        still_over_the_soft_limit: LIMIT, 60, Some(5), 15 => Judgement::OverSoft(5);
        over_it_for_too_long: LIMIT, 60, Some(5), 16 => Judgement::Close(50, Some((11, 10)));
        back_under_it: LIMIT, 49, Some(5), 100 => Judgement::Fine;
        at_the_hard_limit: LIMIT, 100, None, 0 => Judgement::Close(100, None);
        zero_is_no_limit: Limit::default(), usize::MAX, None, 0 => Judgement::Fine;
        only_a_hard_limit: Limit { hard: 10, ..Limit::default() }, 9, None, 0 => Judgement::Fine;
        a_clock_that_steps_back_closes_nobody: LIMIT, 60, Some(5), 1 => Judgement::OverSoft(5);
    }
}
