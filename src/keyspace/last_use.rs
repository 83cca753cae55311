//! When a key was last used, or how often: 24 bits, which the eviction policy gives their meaning.
//!
//! Redis: `robj->lru` in `src/server.h`; `src/evict.c` (`LRU_CLOCK`, `estimateObjectIdleTime`, `LFULogIncr`,
//! `LFUDecrAndReturn`); `src/db.c`, `updateLFU`; `src/object.c` (`initObjectLRUOrLFU`, `objectSetLRUOrLFU`).
//!
//! ```text
//! LRU   ssssssssssssssssssssssss    second of the last use: goes round after 194 days
//! LFU   mmmmmmmmmmmmmmmmcccccccc    minute of the last use, and a counter that grows ever more slowly
//! ```
//!
//! The bits are not translated when the policy changes: until a key is used again they mean something else, as in Redis.

/// The largest second. Redis: `LRU_CLOCK_MAX`.
pub const SECONDS_MAX: u32 = (1 << 24) - 1;

/// The counter of a new key: a key that was used once must not be the first to go. Redis: `LFU_INIT_VAL`.
pub const NEW: u8 = 5;

/// What is kept of a key's use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LastUse(u32);

/// The time, in the units that [`LastUse`] has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Seconds since 1970, of which 24 bits are kept.
    seconds: u32,
    /// Minutes since 1970, of which 16 bits are kept.
    minutes: u16,
}

impl Clock {
    /// The time so many seconds after the beginning of 1970.
    pub fn at(unix_seconds: u64) -> Clock {
        Clock { seconds: unix_seconds as u32 & SECONDS_MAX, minutes: (unix_seconds / 60) as u16 }
    }
}

/// How a counter grows and shrinks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// `lfu-log-factor`: the larger, the more uses it takes to count one more.
    pub log_factor: i64,
    /// `lfu-decay-time`: after so many minutes without a use a counter is one less; 0: never.
    pub decay_minutes: i64,
}

impl LastUse {
    /// A key that is used now, under a policy that asks when. Also what a test has that does not care.
    pub fn now(clock: Clock) -> LastUse {
        LastUse(clock.seconds)
    }

    /// A key that is used now and has this counter.
    pub fn counted(clock: Clock, counter: u8) -> LastUse {
        LastUse(u32::from(clock.minutes) << 8 | u32::from(counter))
    }

    /// A key that was used so many seconds ago. What was before the clock began to count goes round once, and is cut then.
    pub fn ago(clock: Clock, seconds: i64) -> LastUse {
        let mut at = i64::from(clock.seconds).wrapping_sub(seconds);
        if at < 0 {
            at = at.wrapping_add(i64::from(SECONDS_MAX));
        }
        LastUse(at as u32 & SECONDS_MAX)
    }

    /// The 24 bits: DEBUG OBJECT shows them.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The seconds since it was used.
    pub fn idle_seconds(self, clock: Clock) -> u32 {
        match clock.seconds.checked_sub(self.0) {
            Some(seconds) => seconds,
            None => clock.seconds + (SECONDS_MAX - self.0),
        }
    }

    /// The counter, less what it has lost since it was last used.
    // ANCHOR: frequency
    pub fn frequency(self, clock: Clock, rates: Rates) -> u8 {
        let (minute, counter) = ((self.0 >> 8) as u16, self.0 as u8);
        let elapsed = match clock.minutes.checked_sub(minute) {
            Some(elapsed) => elapsed,
            None => u16::MAX - minute + clock.minutes,
        };
        let periods = i64::from(elapsed).checked_div(rates.decay_minutes).unwrap_or(0);
        counter.saturating_sub(u8::try_from(periods).unwrap_or(u8::MAX))
    }
    // ANCHOR_END: frequency

    /// It is used once more. `chance`: a number from 0 to 1, drawn for this use.
    pub fn used_again(self, clock: Clock, rates: Rates, chance: impl FnOnce() -> f64) -> LastUse {
        LastUse::counted(clock, count(self.frequency(clock, rates), rates.log_factor, chance))
    }
}

/// The counter after one more use: with each count the chance of the next is smaller.
// ANCHOR: count
pub fn count(counter: u8, log_factor: i64, chance: impl FnOnce() -> f64) -> u8 {
    if counter == u8::MAX {
        return counter;
    }
    let above = f64::from(counter.saturating_sub(NEW));
    counter + u8::from(chance() < 1.0 / (above * log_factor as f64 + 1.0))
}
// ANCHOR_END: count

#[cfg(test)]
mod tests {
    use super::*;
    use quickcheck::quickcheck;

    /// Redis's formulas in its own integers.
    #[allow(clippy::manual_checked_ops, clippy::implicit_saturating_sub)]
    mod naive {
        pub fn idle(clock: u64, lru: u64) -> u64 {
            if clock >= lru { clock - lru } else { clock + ((1 << 24) - 1 - lru) }
        }

        pub fn decayed(now: u64, lru: u64, decay: u64) -> u64 {
            let (ldt, counter) = (lru >> 8, lru & 255);
            let elapsed = if now >= ldt { now - ldt } else { 65535 - ldt + now };
            let periods = if decay != 0 { elapsed / decay } else { 0 };
            if periods > counter { 0 } else { counter - periods }
        }

        pub fn increment(counter: u8, r: f64, factor: i64) -> u8 {
            if counter == 255 {
                return 255;
            }
            let base = (f64::from(counter) - 5.0).max(0.0);
            if r < 1.0 / (base * factor as f64 + 1.0) { counter + 1 } else { counter }
        }
    }

    quickcheck! {
        fn idle_time_and_frequency_are_those_of_redis(unix: u32, bits: u32, decay: u8, factor: u8, r: u32) -> bool {
            let (clock, last_use) = (Clock::at(u64::from(unix)), LastUse(bits & SECONDS_MAX));
            let (lru, r) = (u64::from(bits & SECONDS_MAX), f64::from(r) / f64::from(u32::MAX));
            let rates = Rates { log_factor: i64::from(factor), decay_minutes: i64::from(decay) };
            let frequency = naive::decayed(u64::from(unix) / 60 % 65536, lru, u64::from(decay));
            let counter = naive::increment(frequency as u8, r, i64::from(factor));
            u64::from(last_use.idle_seconds(clock)) == naive::idle(u64::from(unix) % (1 << 24), lru)
                && u64::from(last_use.frequency(clock, rates)) == frequency
                && last_use.used_again(clock, rates, || r) == LastUse::counted(clock, counter)
        }

        fn what_was_used_so_long_ago_is_idle_for_so_long(unix: u32, seconds: u32) -> bool {
            let (clock, seconds) = (Clock::at(u64::from(unix)), seconds % SECONDS_MAX);
            LastUse::ago(clock, i64::from(seconds)).idle_seconds(clock) == seconds
        }
    }

    #[test]
    fn a_counter_that_is_often_used_grows_like_a_logarithm() {
        let mut state = 1;
        let mut chance = || (crate::base::random::xorshift(&mut state) >> 11) as f64 / (1u64 << 53) as f64;
        let mut counter = NEW;
        let after = |uses: u32, counter: &mut u8, chance: &mut dyn FnMut() -> f64| {
            (0..uses).for_each(|_| *counter = count(*counter, 10, &mut *chance));
            *counter
        };
        // The table in redis.conf: factor 10 has about 10 after 100 hits, 18 after 1,000, 142 after 100,000.
        assert!((7..=13).contains(&after(100, &mut counter, &mut chance)), "{counter}");
        assert!((15..=24).contains(&after(900, &mut counter, &mut chance)), "{counter}");
        assert!((130..=160).contains(&after(99_000, &mut counter, &mut chance)), "{counter}");
    }
}
