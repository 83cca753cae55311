//! What clients ask: commands of all types, at random. Each write has a number of its own, so that no two states are alike by chance.

use super::random::Random;

/// Commands that change something. `{k}`: one of a few keys; `{n}`: the number of the command; `{ms}`: a time to live.
const WRITES: &[&str] = &[
    "SET s{k} {n}",
    "SET s{k} {n} PX {ms}",
    "SET s{k} {n} KEEPTTL GET",
    "SETEX s{k} 1 {n}",
    "SETNX s{k} {n}",
    "MSET s{k} {n} s{k} x{n} c{k} {n}",
    "APPEND s{k} ,{n}",
    "SETRANGE s{k} 3 {n}",
    "GETEX s{k} PX {ms}",
    "GETDEL s{k}",
    "GETSET s{k} {n}",
    "INCR c{k}",
    "INCRBY c{k} {n}",
    "INCRBYFLOAT c{k} 0.5",
    "SETBIT b{k} {n} 1",
    "BITFIELD b{k} SET u16 3 {n}",
    "PFADD p{k} {n}",
    "PFCOUNT p{k}",
    "PFMERGE p{k} p{k} p{k}",
    "RPUSH l{k} {n}",
    "LPUSH l{k} {n} x{n}",
    "LPUSH l{k} {n}",
    "LPOP l{k}",
    "RPOP l{k} 2",
    "LMOVE l{k} l{k} LEFT RIGHT",
    "LMPOP 2 l{k} l{k} RIGHT COUNT 2",
    "LTRIM l{k} -6 -1",
    "LSET l{k} 0 {n}",
    "LINSERT l{k} AFTER {n} x",
    "SORT l{k} ALPHA STORE l{k}",
    "SADD t{k} {n} m{n}",
    "SADD t{k} {n}",
    "SPOP t{k}",
    "SPOP t{k} 2",
    "SMOVE t{k} t{k} {n}",
    "SUNIONSTORE t{k} t{k} t{k}",
    "SINTERSTORE t{k} t{k} t{k}",
    "ZADD z{k} {n} m{n}",
    "ZADD z{k} GT CH {n} m",
    "ZINCRBY z{k} 1.5 m",
    "ZPOPMIN z{k}",
    "ZMPOP 1 z{k} MAX COUNT 2",
    "ZREMRANGEBYRANK z{k} 0 -5",
    "ZUNIONSTORE z{k} 2 z{k} z{k}",
    "GEOADD z{k} 13.361389 38.115556 p{n}",
    "HSET h{k} f{k} {n}",
    "HSET h{k} f{k} {n} f{n} {n}",
    "HINCRBYFLOAT h{k} f{k} 0.25",
    "HPEXPIRE h{k} {ms} FIELDS 2 f{k} f{k}",
    "HPERSIST h{k} FIELDS 1 f{k}",
    "HSETEX h{k} PX {ms} FIELDS 1 f{k} {n}",
    "HGETEX h{k} PX {ms} FIELDS 1 f{k}",
    "HGETDEL h{k} FIELDS 1 f{k}",
    "HDEL h{k} f{k} f{k}",
    "XADD x{k} * n {n}",
    "XADD x{k} * n {n} m x",
    "XADD x{k} MAXLEN ~ 4 * n {n}",
    "XTRIM x{k} MAXLEN 5",
    "XGROUP CREATE x{k} g 0 MKSTREAM",
    "XGROUP CREATE x{k} g $ MKSTREAM",
    "XGROUP CREATECONSUMER x{k} g c{k}",
    "XGROUP DELCONSUMER x{k} g c{k}",
    "XGROUP SETID x{k} g 0",
    "XREADGROUP GROUP g c{k} COUNT 2 STREAMS x{k} >",
    "XREADGROUP GROUP g c{k} COUNT 1 NOACK STREAMS x{k} >",
    "XAUTOCLAIM x{k} g c{k} 0 0 COUNT 2",
    "XDEL x{k} {n}-0",
    "EXPIRE s{k} 1",
    "PEXPIRE l{k} {ms}",
    "PEXPIRE h{k} {ms} GT",
    "PEXPIRE x{k} {ms}",
    "PERSIST s{k}",
    "EXPIRE s{k} 0",
    "DEL s{k} l{k}",
    "UNLINK t{k} h{k}",
    "RENAME s{k} s{k}",
    "RENAME l{k} l{k}",
    "COPY h{k} h{k} REPLACE",
    "COPY s{k} s{k} DB 1",
    "MOVE s{k} 1",
    "SWAPDB 0 1",
];

/// Scripts, each with its numbers of keys and its keys.
const SCRIPTS: &[(&str, &str)] = &[
    (
        "redis.call('SET', KEYS[1], ARGV[1]) redis.call('RPUSH', KEYS[2], ARGV[1]) return redis.call('INCR', KEYS[3])",
        "3 s{k} l{k} c{k} {n}",
    ),
    (
        "for i = 1, 3 do redis.call('SPOP', KEYS[1]) end redis.call('SADD', KEYS[1], ARGV[1]) redis.call('PEXPIRE', KEYS[1], 700)",
        "1 t{k} {n}",
    ),
    (
        "local p = redis.call('XPENDING', KEYS[1], 'g', '-', '+', 2) for _, e in ipairs(p) do redis.call('XACK', KEYS[1], 'g', e[1]) \
         redis.call('XDEL', KEYS[1], e[1]) end return #p",
        "1 x{k}",
    ),
    ("redis.call('SET', KEYS[1], ARGV[1]) error('in the midst')", "1 s{k} {n}"),
    (
        "redis.call('SELECT', 1) redis.call('SET', KEYS[1], ARGV[1]) redis.call('PUBLISH', 'news', ARGV[1])",
        "1 s{k} {n}",
    ),
];

const READS: &[&str] = &[
    "GET s{k}",
    "LRANGE l{k} 0 -1",
    "SMEMBERS t{k}",
    "HGETALL h{k}",
    "XRANGE x{k} - +",
    "PTTL s{k}",
    "DBSIZE",
    "PUBLISH news {n}",
    "PUBLISH news {n}",
    "XINFO STREAM x{k} FULL",
    "WATCH s{k} l{k}",
];

const WAITS: &[&str] = &[
    "BLPOP l{k} l{k} 0.7",
    "BRPOP l{k} 0",
    "BLMOVE l{k} l{k} LEFT RIGHT 0.4",
    "BLMPOP 0 2 l{k} l{k} LEFT COUNT 2",
    "BZPOPMIN z{k} 0.9",
    "XREADGROUP GROUP g c{k} BLOCK 600 STREAMS x{k} >",
    "XREAD BLOCK 300 STREAMS x{k} $",
];

const ADMIN: &[&str] = &[
    "BGREWRITEAOF",
    "BGREWRITEAOF",
    "BGREWRITEAOF",
    "BGSAVE",
    "BGSAVE SCHEDULE",
    "SAVE",
    "WAITAOF 1 0 500",
    "INFO persistence",
    "LASTSAVE",
    "CONFIG SET aof-use-rdb-preamble no",
    "CONFIG SET aof-use-rdb-preamble yes",
    "CONFIG SET aof-timestamp-enabled yes",
];

/// Settings that change what is promised.
const POLICIES: &[&str] = &[
    "CONFIG SET appendfsync always",
    "CONFIG SET appendfsync everysec",
    "CONFIG SET appendfsync no",
    "CONFIG SET appendonly no",
    "CONFIG SET appendonly yes",
    "CONFIG SET appendonly yes",
];

/// What a client is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Writer,
    /// Reads what writers write, and is told when that changes.
    Tracker,
    /// Gets messages and events.
    Subscriber,
    Waiter,
    Admin,
}

impl Role {
    /// What the client sends first.
    pub fn greeting(self) -> &'static [&'static str] {
        match self {
            Role::Tracker => &["HELLO 3", "CLIENT TRACKING ON"],
            Role::Subscriber => &["SUBSCRIBE news", "PSUBSCRIBE __key*__:*"],
            _ => &[],
        }
    }
}

/// The requests of all clients.
pub struct Load {
    random: Random,
    number: u64,
    /// Whether what is promised changes at run time.
    pub changes_policy: bool,
}

impl Load {
    pub fn new(random: Random, changes_policy: bool) -> Load {
        Load { random, number: 0, changes_policy }
    }

    /// What a client asks next: a request, or a transaction.
    pub fn next(&mut self, role: Role) -> Vec<Vec<String>> {
        self.number += 1;
        match role {
            Role::Writer if self.random.one_in(9) => self.transaction(),
            Role::Writer if self.random.one_in(7) => {
                let (script, rest) = *self.random.choose(SCRIPTS);
                vec![["EVAL".into(), script.into()].into_iter().chain(self.words(rest)).collect()]
            }
            Role::Writer if self.random.one_in(150) => vec![self.words("FLUSHDB")],
            Role::Writer => self.one_of(WRITES),
            Role::Tracker => self.one_of(READS),
            Role::Subscriber => vec![self.words("PING")],
            Role::Waiter => self.one_of(WAITS),
            Role::Admin if self.changes_policy && self.random.one_in(2) => self.one_of(POLICIES),
            Role::Admin => self.one_of(ADMIN),
        }
    }

    fn one_of(&mut self, templates: &[&str]) -> Vec<Vec<String>> {
        let template = *self.random.choose(templates);
        vec![self.words(template)]
    }

    fn transaction(&mut self) -> Vec<Vec<String>> {
        let mut requests = vec![self.words("MULTI")];
        for _ in 0..self.random.between(1, 4) {
            requests.extend(self.one_of(WRITES));
            self.number += 1;
        }
        requests.push(self.words("EXEC"));
        requests
    }

    fn words(&mut self, template: &str) -> Vec<String> {
        template.split(' ').map(|word| self.word(word)).collect()
    }

    fn word(&mut self, template: &str) -> String {
        let (key, ms) = (self.random.below(3), self.random.between(1, 1500));
        template
            .replace("{k}", &key.to_string())
            .replace("{n}", &self.number.to_string())
            .replace("{ms}", &ms.to_string())
    }
}
