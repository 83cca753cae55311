//! What the table says of a command: name, arity, flags, categories, keys. Its documentation
//! is in the files of [`crate::command::server::docs::record`].
//!
//! Redis: `struct redisCommand` in `src/server.h`; flags and categories as COMMAND INFO prints them.

use super::Handler;
use super::key_spec;
use super::key_spec::{Begin, Find, Found, GetKeys, Keys};
use crate::resp::request::Request;

/// A set of flags: see the constants.
pub type Flags = u32;

/// May change the keyspace.
pub const WRITE: Flags = 1 << 0;
/// Only reads the keyspace.
pub const READONLY: Flags = 1 << 1;
/// Needs memory: refused when there is none left.
pub const DENYOOM: Flags = 1 << 2;
/// For operators.
pub const ADMIN: Flags = 1 << 3;
/// Belongs to Pub/Sub.
pub const PUBSUB: Flags = 1 << 4;
/// Not to be called from scripts.
pub const NOSCRIPT: Flags = 1 << 5;
/// Allowed while data is being loaded.
pub const LOADING: Flags = 1 << 6;
/// Allowed on a replica with stale data.
pub const STALE: Flags = 1 << 7;
/// Not shown to MONITOR.
pub const SKIP_MONITOR: Flags = 1 << 8;
/// Not kept in the slow log.
pub const SKIP_SLOWLOG: Flags = 1 << 9;
/// Constant or logarithmic time.
pub const FAST: Flags = 1 << 10;
/// Allowed to clients that have not authenticated.
pub const NO_AUTH: Flags = 1 << 11;
/// Not to be queued by MULTI.
pub const NO_MULTI: Flags = 1 << 16;
/// May be passed on to replicas: CLIENT PAUSE WRITE holds it back. Not a flag of COMMAND INFO.
pub const MAY_REPLICATE: Flags = 1 << 12;
/// Publishes its message and does nothing else, so that a burst of them to the same clients can go on. Not a flag of
/// COMMAND INFO: Redis has none of the kind.
pub const PUBLISHES: Flags = 1 << 21;
/// Runs at once also between MULTI and EXEC. Not a flag of COMMAND INFO.
pub const IN_MULTI: Flags = 1 << 17;
/// May wait for a key: shown by its category too.
pub const BLOCKING: Flags = 1 << 18;
/// May be called without any key, though it takes keys: EVAL.
pub const NO_MANDATORY_KEYS: Flags = 1 << 19;
/// Allowed while a script runs for too long.
pub const ALLOW_BUSY: Flags = 1 << 13;
/// Allowed to a RESP2 client in subscribed mode. Not a flag of COMMAND INFO.
pub const SUBSCRIBED_MODE: Flags = 1 << 14;
/// Not allowed while data is being loaded in the background.
pub const NO_ASYNC_LOADING: Flags = 1 << 20;
/// Goes by [`crate::config`]'s `enable-debug-command`. Not a flag of COMMAND INFO.
pub const DEBUG: Flags = 1 << 15;

/// The flags as COMMAND INFO names them, in its order; the last, `movablekeys`, follows from the keys.
const FLAG_NAMES: &[(Flags, &str)] = &[
    (WRITE, "write"),
    (READONLY, "readonly"),
    (DENYOOM, "denyoom"),
    (ADMIN, "admin"),
    (PUBSUB, "pubsub"),
    (NOSCRIPT, "noscript"),
    (LOADING, "loading"),
    (STALE, "stale"),
    (SKIP_MONITOR, "skip_monitor"),
    (SKIP_SLOWLOG, "skip_slowlog"),
    (BLOCKING, "blocking"),
    (FAST, "fast"),
    (NO_AUTH, "no_auth"),
    (NO_ASYNC_LOADING, "no_async_loading"),
    (NO_MULTI, "no_multi"),
    (NO_MANDATORY_KEYS, "no_mandatory_keys"),
    (ALLOW_BUSY, "allow_busy"),
];

/// A command, or the subcommand of one.
pub struct Command {
    /// The name in lower case; a subcommand's is `command|subcommand`.
    pub name: &'static str,
    /// The number of words, the name included; negative: at least that many.
    pub arity: i32,
    /// See the constants.
    pub flags: Flags,
    /// ACL categories beyond those that follow from the flags: `connection`, `keyspace`, `string` …
    pub categories: &'static [&'static str],
    /// Where its keys are; the first `specs` count.
    keys: [Keys; 3],
    specs: usize,
    /// Finds its keys where the specifications do not name them, or do not say what is done with them. Redis: `getkeys_proc`.
    get_keys: Option<GetKeys>,
    /// Hints for clients of a cluster and for tests.
    pub tips: &'static [&'static str],
    /// Runs it. None: the name alone is not a command, only its subcommands are.
    pub handler: Option<Handler>,
    /// Its subcommands.
    pub subcommands: &'static [Command],
}

impl Command {
    /// A command that `handler` runs.
    pub const fn new(name: &'static str, arity: i32, flags: Flags, handler: Handler) -> Command {
        let none = Keys { begin: Begin::Index(0), find: Find::Number, flags: &[] };
        Command {
            name,
            arity,
            flags,
            categories: &[],
            keys: [none; 3],
            specs: 0,
            get_keys: None,
            tips: &[],
            handler: Some(handler),
            subcommands: &[],
        }
    }

    /// A command that is nothing without a subcommand.
    pub const fn container(name: &'static str, subcommands: &'static [Command]) -> Command {
        fn never(_: &mut super::Call<'_>) {}
        let mut command = Command::new(name, -2, 0, never);
        command.handler = None;
        command.subcommands = subcommands;
        command
    }

    /// Its subcommands, beside the command itself.
    pub const fn subcommands(mut self, subcommands: &'static [Command]) -> Command {
        self.subcommands = subcommands;
        self
    }

    /// Its further ACL categories.
    pub const fn categories(mut self, categories: &'static [&'static str]) -> Command {
        self.categories = categories;
        self
    }

    /// Its keys: the words from `first` to `last`, a place that is counted from the end if it is negative, by `step`. A
    /// command that does different things to two keys calls this twice.
    pub const fn keys(self, first: i32, last: i32, step: i32, flags: &'static [&'static str]) -> Command {
        let last = if last < 0 { last } else { last - first };
        self.keys_at(Begin::Index(first), Find::Range { last, step, limit: 0 }, flags)
    }

    /// Its keys: as many as the word at `number` says, right after that word.
    pub const fn numbered_keys(self, number: i32, flags: &'static [&'static str]) -> Command {
        self.keys_at(Begin::Index(number), Find::Number, flags)
    }

    /// Its keys: the first half of the words after a keyword, which is not before the place `start`.
    pub const fn keys_after(
        self,
        keyword: &'static str,
        start: i32,
        flags: &'static [&'static str],
    ) -> Command {
        self.keys_at(Begin::Keyword(keyword, start), Find::Range { last: -1, step: 1, limit: 2 }, flags)
    }

    /// A key: the word after a keyword, which is not before the place `start`.
    pub const fn key_after(
        self,
        keyword: &'static str,
        start: i32,
        flags: &'static [&'static str],
    ) -> Command {
        self.keys_at(Begin::Keyword(keyword, start), Find::Range { last: 0, step: 1, limit: 0 }, flags)
    }

    /// Its keys are where no specification can say.
    pub const fn unknown_keys(self, flags: &'static [&'static str]) -> Command {
        self.keys_at(Begin::Unknown, Find::Unknown, flags)
    }

    const fn keys_at(mut self, begin: Begin, find: Find, flags: &'static [&'static str]) -> Command {
        self.keys[self.specs] = Keys { begin, find, flags };
        self.specs += 1;
        self
    }

    /// Its keys are found by this function, whatever the specifications say.
    pub const fn get_keys(mut self, get_keys: GetKeys) -> Command {
        self.get_keys = Some(get_keys);
        self
    }

    /// The keys of a request of this command: the place of each among the words, and what is done with it. None are found
    /// if the words do not fit together. Redis: `getKeysFromCommandWithSpecs`.
    pub fn find_keys(&self, request: Request<'_>) -> Vec<Found> {
        if let Some(get_keys) = self.get_keys {
            return get_keys(request);
        }
        let mut found = Vec::new();
        for keys in self.key_specs().iter().filter(|keys| !keys.are_channels()) {
            match keys.places(request) {
                Some(places) => found.extend(places.map(|at| (at, keys.flags))),
                None if keys.must_fit() => return Vec::new(),
                None => {}
            }
        }
        found
    }

    /// Whether it reads the keys that it names, and does no more with them: a client that caches may keep what it replies.
    /// A script's keys are only handed to it.
    pub fn reads_its_keys(&self) -> bool {
        self.flags & READONLY != 0 && !self.categories.contains(&"scripting")
    }

    /// Whether it may find keys that it does not name, and remove those that have expired: they go one by one. Redis:
    /// `CMD_TOUCHES_ARBITRARY_KEYS`.
    pub fn touches_arbitrary_keys(&self) -> bool {
        matches!(self.name, "scan" | "randomkey")
    }

    /// Where its keys are, in one to three specifications; none if it has no keys.
    pub fn key_specs(&self) -> &[Keys] {
        &self.keys[..self.specs]
    }

    /// The flags as COMMAND INFO names them, in its order.
    pub fn flag_names(&self) -> impl Iterator<Item = &'static str> {
        let movable = key_spec::are_movable(self.key_specs()).then_some("movablekeys");
        FLAG_NAMES.iter().filter(|(flag, _)| self.flags & flag != 0).map(|&(_, name)| name).chain(movable)
    }

    /// Its tips.
    pub const fn tips(mut self, tips: &'static [&'static str]) -> Command {
        self.tips = tips;
        self
    }

    /// Whether a request of `words` words has a number that fits.
    pub fn accepts(&self, words: usize) -> bool {
        if self.arity >= 0 {
            words == self.arity as usize
        } else {
            words >= self.arity.unsigned_abs() as usize
        }
    }

    /// All ACL categories, those that follow from the flags first. Redis: `setImplicitACLCategories`.
    pub fn all_categories(&self) -> Vec<&'static str> {
        let has = |flag| self.flags & flag != 0;
        let mut all = Vec::new();
        if has(WRITE) {
            all.push("write");
        }
        // A script may read anything, or nothing: Redis does not count EVAL_RO among the commands that read.
        if has(READONLY) && !self.categories.contains(&"scripting") {
            all.push("read");
        }
        all.extend(self.categories);
        if has(PUBSUB) {
            all.push("pubsub");
        }
        if has(ADMIN) {
            all.extend(["admin", "dangerous"]);
        }
        if has(BLOCKING) {
            all.push("blocking");
        }
        all.push(if has(FAST) { "fast" } else { "slow" });
        let mut ordered: Vec<&'static str> = CATEGORIES.iter().copied().filter(|c| all.contains(c)).collect();
        ordered.dedup();
        ordered
    }
}

/// Every ACL category, in the order in which Redis lists them.
pub const CATEGORIES: &[&str] = &[
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
];
