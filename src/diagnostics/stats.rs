//! Counters that INFO shows and CONFIG RESETSTAT sets to zero.
//!
//! Redis: `server.stat_*` in `src/server.h`, `trackInstantaneousMetric` in `src/server.c`.

use std::collections::BTreeMap;

/// How many different error codes are counted: a client that makes codes up gets no more memory than that. Redis:
/// `ERROR_STATS_NUMBER`.
const ERROR_CODES: usize = 128;
/// How long a code is at most; an error that has no space so early has none.
const ERROR_CODE: usize = 30;
/// How long a sample of the traffic lasts at least, in milliseconds.
const SAMPLE: u64 = 100;

/// The counters.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// `total_connections_received`
    pub connections_received: u64,
    /// `rejected_connections`: over `maxclients`, or refused by protected mode.
    pub rejected_connections: u64,
    /// `total_commands_processed`
    pub commands_processed: u64,
    /// `total_net_input_bytes`
    pub net_input_bytes: u64,
    /// `total_reads_processed`
    pub reads: u64,
    /// `client_query_buffer_limit_disconnections`
    pub query_buffer_disconnections: u64,
    /// `expired_keys`
    pub expired_keys: u64,
    /// `expired_subkeys`: fields of hashes.
    pub expired_subkeys: u64,
    /// `evicted_keys`: keys that `maxmemory` had no room for.
    pub evicted_keys: u64,
    /// `evicted_clients`: clients that `maxmemory-clients` had no room for.
    pub evicted_clients: u64,
    /// `rdb_changes_since_last_save`: changes of keys.
    pub dirty: u64,
    /// `keyspace_hits`
    pub keyspace_hits: u64,
    /// `keyspace_misses`
    pub keyspace_misses: u64,
    /// `total_error_replies`
    pub errors: u64,
    /// `errorstat_CODE`
    pub errors_by_code: BTreeMap<Vec<u8>, u64>,
    /// There were too many codes: no error is counted by its code until CONFIG RESETSTAT.
    codes_overflowed: bool,
    /// `acl_access_denied_auth`: wrong passwords.
    pub wrong_passwords: u64,
    /// `eventloop_cycles`
    pub cycles: u64,
    /// `eventloop_duration_sum`: microseconds in which the loop did not wait.
    pub loop_us: u64,
    /// `eventloop_duration_cmd_sum`: those of them in which a command ran.
    pub command_us: u64,
    rates: Rates,
}

/// What INFO says of scripts.
#[derive(Clone, Copy, Debug, Default)]
pub struct ScriptFigures {
    /// Bytes that Lua uses: `used_memory_lua`.
    pub lua_bytes: usize,
    /// Bytes of the texts of all scripts that are kept, and of what is known of them: `used_memory_scripts_eval`.
    pub kept_bytes: usize,
    /// How many scripts are kept: `number_of_cached_scripts`.
    pub kept: usize,
    /// How many scripts that EVAL brought were forgotten: `evicted_scripts`.
    pub evicted: u64,
    /// Bytes that Lua uses for functions: `used_memory_vm_functions`.
    pub functions_lua_bytes: usize,
    /// Bytes of the texts of all libraries, and of what is known of their functions: `used_memory_functions`.
    pub functions_bytes: usize,
    /// How many functions there are: `number_of_functions`.
    pub functions: usize,
    /// How many libraries there are: `number_of_libraries`.
    pub libraries: usize,
}

/// How much happened a second, lately.
#[derive(Clone, Copy, Debug, Default)]
struct Rates {
    since: u64,
    commands: u64,
    input: u64,
    output: u64,
    commands_per_second: u64,
    input_per_second: f64,
    output_per_second: f64,
}

impl Stats {
    /// Counts an error reply by its code, the first word. Redis: `afterErrorReply`, `incrementErrorCount`.
    pub fn count_error(&mut self, error: &[u8]) {
        self.errors += 1;
        if self.codes_overflowed {
            return;
        }
        let space = memchr::memchr(b' ', &error[..error.len().min(ERROR_CODE + 1)]);
        let code = space.map_or(&b"ERR"[..], |space| &error[..space]);
        if let Some(count) = self.errors_by_code.get_mut(code) {
            *count += 1;
        } else if self.errors_by_code.len() < ERROR_CODES {
            self.errors_by_code.insert(code.to_vec(), 1);
        } else {
            let codes = std::mem::take(&mut self.errors_by_code).into_keys();
            let codes: Vec<String> = codes.map(|code| code.escape_ascii().to_string()).collect();
            tracing::warn!(
                "Errorstats stopped adding new errors because the number of errors reached the limit; scripts that make \
                 codes up may be the cause. CONFIG RESETSTAT has it begin anew."
            );
            tracing::warn!("Current errors code list: {}", codes.join(", "));
            self.errors_by_code.insert(b"ERRORSTATS_DISABLED".to_vec(), 1);
            self.codes_overflowed = true;
        }
    }

    /// Takes a sample of the traffic if the last one is old enough. Nothing wakes the loop for this: when
    /// nothing happens, nothing is measured.
    pub fn sample(&mut self, millis: u64, written: u64) {
        let elapsed = millis.saturating_sub(self.rates.since);
        if elapsed < SAMPLE {
            return;
        }
        let old = self.rates;
        let per_second = |now: u64, before: u64| now.saturating_sub(before) as f64 * 1000.0 / elapsed as f64;
        self.rates = Rates {
            since: millis,
            commands: self.commands_processed,
            input: self.net_input_bytes,
            output: written,
            commands_per_second: per_second(self.commands_processed, old.commands) as u64,
            input_per_second: per_second(self.net_input_bytes, old.input),
            output_per_second: per_second(written, old.output),
        };
    }

    /// `instantaneous_ops_per_sec`, `instantaneous_input_kbps`, `instantaneous_output_kbps`.
    pub fn rates(&self) -> (u64, f64, f64) {
        let Rates { commands_per_second, input_per_second, output_per_second, .. } = self.rates;
        (commands_per_second, input_per_second / 1024.0, output_per_second / 1024.0)
    }
}
