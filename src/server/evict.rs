//! Eviction: keys go when the allocator has given out more than `maxmemory`.
//!
//! Redis: `src/evict.c` (`performEvictions`, `getMaxmemoryState`, `evictionTimeProc`, `evictionTimeLimitUs`); `src/db.c`,
//! `deleteEvictedKeyAndPropagate`; `src/config.c`, `updateMaxmemory`.
//!
//! Before a command runs, its memory is looked for ([`Server::make_room`]): a key is chosen and removed, the allocator is
//! asked again, and so on, for half a millisecond unless `maxmemory-eviction-tenacity` says otherwise. What is left to be
//! done then is done in the next turns of the loop, between the clients' requests. If no key may be evicted, commands that
//! may need more memory are refused.
//!
//! The rooms of the tables count as well: a row of entries that the remaining keys do not need is given back before the
//! next key goes ([`Keyspace::shorten`](crate::keyspace::Keyspace::shorten)).
//!
//! Different on purpose: `volatile-ttl` evicts the very key that expires first, since the times stand in order here; Redis
//! compares a sample.

use super::Server;
use crate::config::Config;
use crate::keyspace::dict::Place;
use crate::keyspace::events::EVICTED;
use crate::keyspace::last_use::Rates;
use crate::keyspace::pool::Pool;
use crate::steps::{readable, step};

/// The clock is read once in so many steps, each of which evicts a key or shortens a table. Redis: 16 keys.
const STEPS: u32 = 16;

/// How many entries one step moves at most, to shorten a table.
const MOVES: usize = 64;

/// What a policy compares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Rank {
    /// Nothing: no key is evicted.
    #[default]
    NoEviction,
    /// Nothing: any key is evicted.
    Random,
    /// Which key expires first.
    Ttl,
    /// Which key was used longest ago.
    Lru,
    /// Which key is used most seldom.
    Lfu,
}

/// The state of eviction.
#[derive(Default)]
pub(crate) struct Eviction {
    rank: Rank,
    /// Only keys that expire are evicted.
    only_expiring: bool,
    /// What the samples have found.
    pub(crate) pool: Pool,
    /// The database that a key is drawn from next.
    next_db: u32,
    /// The limit in force.
    limit: u64,
    /// There may be more to evict, and the next turn of the loop goes on with it. Redis: `isEvictionProcRunning`.
    goes_on: bool,
    /// No room was found for the command that runs. Redis: `server.pre_command_oom_state`.
    out_of_memory: bool,
    /// What the stopwatch showed when the limit was passed; None: it is not.
    over_since_us: Option<u64>,
    /// How long the limit was passed before, in microseconds.
    over_us: u64,
    /// The most that the allocator was ever seen to have given out.
    peak: u64,
    /// What it had given out when the server began.
    startup: u64,
    /// An empty list, for the next sample.
    spare: Vec<Place>,
}

/// What looking for memory has come to. Redis: `EVICT_OK`, `EVICT_RUNNING`, `EVICT_FAIL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Room {
    /// The limit is kept.
    Enough,
    /// It will be: there are keys to evict, but no time left.
    Soon,
    /// There is no key to evict.
    None,
}

impl Eviction {
    /// Whether a key's use is counted, and not timed.
    pub(crate) fn counts_uses(&self) -> bool {
        self.rank == Rank::Lfu
    }

    /// Whether keys are evicted by their use. Redis: `MAXMEMORY_FLAG_NO_SHARED_INTEGERS`.
    pub(crate) fn knows_uses(&self) -> bool {
        self.limit != 0 && matches!(self.rank, Rank::Lru | Rank::Lfu)
    }

    /// Whether the next turn of the loop is due at once, to go on.
    pub(super) fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// Does as the settings say from now on.
    fn follow(&mut self, config: &Config) {
        let (which, rank) = config.maxmemory_policy.split_once('-').unwrap_or_default();
        let rank = match rank {
            "random" => Rank::Random,
            "ttl" => Rank::Ttl,
            "lru" => Rank::Lru,
            "lfu" => Rank::Lfu,
            _ => Rank::NoEviction,
        };
        // The pool stays, with scores of another policy, as in Redis: few, and soon gone.
        (self.rank, self.only_expiring) = (rank, which == "volatile");
    }
}

/// How the counters of uses grow and shrink.
pub(crate) fn rates(config: &Config) -> Rates {
    Rates { log_factor: config.lfu_log_factor, decay_minutes: config.lfu_decay_minutes }
}

/// A number from 0 to 1, made of one that was drawn.
pub(crate) fn chance(random: u64) -> f64 {
    (random >> 11) as f64 / ((1u64 << 53) - 1) as f64
}

/// How long a command may wait for keys to be evicted, in microseconds. Redis: `evictionTimeLimitUs`.
fn time_limit_us(tenacity: i64) -> u64 {
    match tenacity {
        ..=10 => 50 * tenacity.unsigned_abs(),
        11..=99 => (500.0 * 1.15f64.powf(tenacity as f64 - 10.0)) as u64,
        _ => u64::MAX,
    }
}

impl Server {
    /// The settings have changed. A new limit may be lower than what is in use: eviction begins in the next turn.
    pub(super) fn apply_eviction(&mut self) {
        self.eviction.follow(&self.config);
        self.clients.keep_ledger(self.config.maxmemory_clients != 0);
        let limit = self.config.maxmemory_bytes;
        if std::mem::replace(&mut self.eviction.limit, limit) == limit {
            return;
        }
        self.eviction.goes_on = limit != 0;
        match self.allocated() {
            Some(used) if limit != 0 && used > limit => tracing::warn!(
                "'maxmemory {limit}': {used} bytes are in use; keys are evicted or commands refused, as maxmemory-policy \
                 says ({})",
                self.config.maxmemory_policy
            ),
            None if limit != 0 => {
                tracing::warn!(
                    "'maxmemory {limit}' changes nothing: the allocator does not say what it has given out"
                );
            }
            _ => {}
        }
    }

    /// What the allocator has given out, in bytes; None: it does not say.
    pub(crate) fn allocated(&self) -> Option<u64> {
        self.process.allocator.as_ref().map(|allocator| (allocator.allocated)(&self.keyspace))
    }

    /// The same without what is on its way to the disk, which evicting a key would not shorten. Redis:
    /// `freeMemoryGetNotCountedMemory`.
    fn counted(&self) -> Option<u64> {
        self.allocated().map(|used| used.saturating_sub(self.persistence.held_bytes()))
    }

    /// What the allocator has given out, and notes it if it was never more.
    pub(crate) fn note_allocated(&mut self) -> Option<u64> {
        let used = self.allocated()?;
        self.eviction.peak = self.eviction.peak.max(used);
        Some(used)
    }

    /// The most that the allocator was ever seen to have given out. Redis: `server.stat_peak_memory`.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.eviction.peak.max(self.allocated().unwrap_or(0))
    }

    /// The server begins: what is in use now is no data. Redis: `server.initial_memory_usage`.
    pub(super) fn note_startup_memory(&mut self) {
        self.eviction.startup = self.note_allocated().unwrap_or(0);
    }

    /// What was in use when the server began.
    pub(crate) fn startup_memory(&self) -> u64 {
        self.eviction.startup
    }

    /// Microseconds for which more was in use than `maxmemory` without a break until now, and in all.
    pub(crate) fn over_maxmemory_us(&self) -> (u64, u64) {
        let now = self.eviction.over_since_us.map_or(0, |since| (self.stopwatch)().saturating_sub(since));
        (now, self.eviction.over_us + now)
    }

    /// CONFIG RESETSTAT.
    pub(super) fn reset_eviction_stats(&mut self) {
        (self.eviction.over_us, self.eviction.over_since_us) = (0, None);
    }

    /// Evicts keys before a command runs. Returns whether it may need more memory. Redis: `performEvictions` in
    /// `processCommand`.
    pub(crate) fn make_room(&mut self) -> bool {
        // In the midst of a script that takes long, what it was told of memory stays so.
        if self.busy_error().is_some() {
            return true;
        }
        self.eviction.out_of_memory = self.perform_evictions() == Room::None;
        !self.eviction.out_of_memory
    }

    /// Whether more is in use than `maxmemory` allows.
    pub(crate) fn is_over_maxmemory(&self) -> bool {
        self.config.maxmemory_bytes != 0
            && self.counted().is_some_and(|used| used > self.config.maxmemory_bytes)
    }

    /// Whether there was no memory left, and no key to evict, when the command that runs began.
    #[cfg(feature = "lua")]
    pub(crate) fn is_out_of_memory(&self) -> bool {
        self.config.maxmemory_bytes != 0 && self.eviction.out_of_memory
    }

    /// Goes on where a command had no time left, or after a CONFIG SET. Redis: `evictionTimeProc`.
    pub(super) fn go_on_evicting(&mut self) {
        if self.eviction.goes_on && self.busy_error().is_none() {
            self.eviction.goes_on = false;
            self.perform_evictions();
            self.serve_blocked();
        }
    }

    fn perform_evictions(&mut self) -> Room {
        // Nothing changes in a CLIENT PAUSE, and what is loaded is loaded.
        if self.config.maxmemory_bytes == 0 || self.paused().is_some() || self.is_loading() {
            return Room::Enough;
        }
        let room = self.evict();
        let Eviction { over_since_us, over_us, .. } = &mut self.eviction;
        match (room, *over_since_us) {
            (Room::Enough, Some(since)) => {
                *over_us += (self.stopwatch)().saturating_sub(since);
                *over_since_us = None;
            }
            (Room::Soon | Room::None, None) => *over_since_us = Some((self.stopwatch)()),
            _ => {}
        }
        room
    }

    /// Evicts until the limit is kept, or time is up.
    // ANCHOR: evict
    fn evict(&mut self) -> Room {
        let (limit, used) = (self.config.maxmemory_bytes, self.counted().unwrap_or(0));
        self.note_allocated();
        if used <= limit {
            return Room::Enough;
        }
        step!(OverMaxmemory { used, limit });
        if self.eviction.rank == Rank::NoEviction {
            return Room::None;
        }
        let (began, most) = ((self.stopwatch)(), time_limit_us(self.config.maxmemory_eviction_tenacity));
        let (mut room, mut over, mut steps) = (Room::Enough, (used - limit) as i64, 0);
        while over > 0 {
            let before = self.counted().unwrap_or(0);
            self.before_shortening(MOVES);
            if !self.keyspace.shorten(MOVES) {
                let Some((db, key)) = self.choose() else {
                    room = Room::None;
                    break;
                };
                self.delete_evicted(db, &key);
                over -= before as i64 - self.counted().unwrap_or(0) as i64;
                // What clients are told of it takes memory, too, which is not the key's.
                self.tell_evicted(db, &key);
            } else {
                over -= before as i64 - self.counted().unwrap_or(0) as i64;
            }
            steps += 1;
            if over > 0 && steps % STEPS == 0 && (self.stopwatch)().saturating_sub(began) > most {
                self.eviction.goes_on = true;
                room = Room::Soon;
                break;
            }
        }
        self.sample_latency("eviction-cycle", (self.stopwatch)().saturating_sub(began));
        self.lap();
        room
    }
    // ANCHOR_END: evict

    fn delete_evicted(&mut self, db: u32, key: &[u8]) {
        let began = match self.config.latency_threshold_ms {
            0 => None,
            _ => Some((self.stopwatch)()),
        };
        self.delete_key(db, key);
        if let Some(began) = began {
            self.sample_latency("evict-del", (self.stopwatch)().saturating_sub(began));
        }
    }

    /// Redis: `deleteKeyAndPropagate`.
    fn tell_evicted(&mut self, db: u32, key: &[u8]) {
        self.notify(EVICTED, "evicted", key, db);
        self.signal_removed_key(db, key);
        self.propagate_deletion(db, key, self.config.lazyfree_lazy_eviction);
        self.stats.evicted_keys += 1;
    }

    /// The key to evict next; None: there is none that may be evicted.
    fn choose(&mut self) -> Option<(u32, Vec<u8>)> {
        match self.eviction.rank {
            Rank::NoEviction => None,
            Rank::Random => self.choose_at_random(),
            Rank::Ttl => {
                let first = |(number, db): (u32, &_)| -> Option<(i64, u32, Place)> {
                    let (at, place) = crate::keyspace::Database::first_to_expire(db)?;
                    Some((at, number, place))
                };
                let (_, db, place) = self.keyspace.in_use().filter_map(first).min()?;
                Some((db, self.keyspace.db(db).key(place).to_vec()))
            }
            Rank::Lru | Rank::Lfu => self.choose_by_sample(),
        }
    }

    /// A key of the next database that has one.
    fn choose_at_random(&mut self) -> Option<(u32, Vec<u8>)> {
        let (first, only_expiring) = (self.eviction.next_db, self.eviction.only_expiring);
        let mut numbers: Vec<u32> = self.keyspace.in_use().map(|(number, _)| number).collect();
        let at = numbers.partition_point(|&number| number < first);
        numbers.rotate_left(at);
        for number in numbers {
            let Server { keyspace, random, .. } = self;
            let (database, mut random) = (keyspace.db(number), || random.next_number());
            let place = match only_expiring {
                true => database.random_expiring(&mut random),
                false => database.random(&mut random),
            };
            if let Some(place) = place {
                self.eviction.next_db = number + 1;
                return Some((number, database.key(place).to_vec()));
            }
        }
        None
    }

    /// The best key of those that samples have found, after a new sample of each database. Redis: the loop around
    /// `evictionPoolPopulate`.
    fn choose_by_sample(&mut self) -> Option<(u32, Vec<u8>)> {
        loop {
            if !self.sample_databases() {
                return None;
            }
            while let Some(best) = self.eviction.pool.take_best() {
                // A key that is there no longer, or that does not expire any more, is passed over.
                let item = self.keyspace.db(best.db).get(&best.key);
                if item.is_some_and(|item| !self.eviction.only_expiring || item.expires().is_some()) {
                    return Some((best.db, best.key.to_vec()));
                }
            }
        }
    }

    /// Offers a few keys of each database to the pool. False: there are none that may be evicted.
    // ANCHOR: sample
    fn sample_databases(&mut self) -> bool {
        let (clock, rates) = (self.key_clock(), rates(&self.config));
        let count = self.config.maxmemory_samples as usize;
        let Server { keyspace, eviction, random, .. } = self;
        let (mut found, mut any) = (std::mem::take(&mut eviction.spare), false);
        for (db, database) in keyspace.in_use() {
            found.clear();
            database.sample(count, eviction.only_expiring, || random.next_number(), &mut found);
            any |= if eviction.only_expiring { database.expiring() > 0 } else { !database.is_empty() };
            for &place in &found {
                let (key, last_use) = (database.key(place), database.item(place).last_use);
                let score = match eviction.rank {
                    Rank::Lfu => u64::from(u8::MAX - last_use.frequency(clock, rates)),
                    _ => u64::from(last_use.idle_seconds(clock)),
                };
                let place = eviction.pool.offer(score, db, key);
                step!(Sampled { db, key: readable(key), score, place });
            }
        }
        eviction.spare = found;
        any
    }
    // ANCHOR_END: sample
}
