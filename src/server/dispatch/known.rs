//! The names of all commands of Redis 7.0 to 8.0 and Valkey 8.1, whether they are built here or not. They
//! distinguish a command that only Redis has from an invented one.
//!
//! Redis: `src/commands.def`. Recorded from `COMMAND LIST` of Redis 7.0.15, Redis 8.0.2 and Valkey 8.1.1;
//! `tests/it/settings.rs` compares it with the last two. Subcommands are those of Redis 8.0.2 (`tests/commands`).

/// Whether Redis or Valkey has a command of that name, in any case. Modules' commands are not known.
pub fn is_known(name: &[u8]) -> bool {
    // Names are ASCII, so a name that is not text is no command.
    std::str::from_utf8(name).is_ok_and(|name| names().any(|known| known.eq_ignore_ascii_case(name)))
}

/// The full name of the command that the first words of a request are in Redis: `acl|cat` for `ACL CAT`, and the
/// command alone if it has no subcommand of that name. None if Redis and Valkey know no such command.
pub fn full_name(name: &[u8], sub: Option<&[u8]>) -> Option<&'static str> {
    let of_sub = |known: &&str| {
        let (container, word) = known.split_once('|').unwrap_or_default();
        name.eq_ignore_ascii_case(container.as_bytes())
            && sub.is_some_and(|sub| sub.eq_ignore_ascii_case(word.as_bytes()))
    };
    let subcommand = SUBCOMMANDS.split_whitespace().find(of_sub);
    subcommand.or_else(|| names().find(|known| name.eq_ignore_ascii_case(known.as_bytes())))
}

/// The name of the command, if it is one of a module that comes with Redis 8, in any case. Redis without the module does not know
/// it.
pub fn of_a_module(name: &[u8]) -> Option<&'static str> {
    OF_MODULES.split_whitespace().find(|known| name.eq_ignore_ascii_case(known.as_bytes()))
}

/// The full names of all subcommands of Redis 8.0.2, in lower case and in alphabetical order.
pub fn subcommands() -> impl Iterator<Item = &'static str> {
    SUBCOMMANDS.split_whitespace()
}

/// All names, in lower case and in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.split_whitespace()
}

const NAMES: &str = "
    acl append asking auth bgrewriteaof bgsave bitcount bitfield bitfield_ro bitop bitpos blmove blmpop blpop brpop
    brpoplpush bzmpop bzpopmax bzpopmin client cluster command commandlog config copy dbsize debug decr decrby del
    discard dump echo eval eval_ro evalsha evalsha_ro exec exists expire expireat expiretime failover fcall fcall_ro
    flushall flushdb function geoadd geodist geohash geopos georadius georadius_ro georadiusbymember
    georadiusbymember_ro geosearch geosearchstore get getbit getdel getex getrange getset hdel hello hexists hexpire
    hexpireat hexpiretime hget hgetall hgetdel hgetex hincrby hincrbyfloat hkeys hlen hmget hmset hpersist hpexpire
    hpexpireat hpexpiretime hpttl hrandfield hscan hset hsetex hsetnx hstrlen httl hvals incr incrby incrbyfloat
    info keys lastsave latency lcs lindex linsert llen lmove lmpop lolwut lpop lpos lpush lpushx lrange lrem lset
    ltrim memory mget migrate module monitor move mset msetnx multi object persist pexpire pexpireat pexpiretime
    pfadd pfcount pfdebug pfmerge pfselftest ping psetex psubscribe psync pttl publish pubsub punsubscribe quit
    randomkey readonly readwrite rename renamenx replconf replicaof reset restore restore-asking role rpop rpoplpush
    rpush rpushx sadd save scan scard script sdiff sdiffstore select set setbit setex setnx setrange shutdown sinter
    sintercard sinterstore sismember slaveof slowlog smembers smismember smove sort sort_ro spop spublish
    srandmember srem sscan ssubscribe strlen subscribe substr sunion sunionstore sunsubscribe swapdb sync time touch
    ttl type unlink unsubscribe unwatch vadd vcard vdim vemb vgetattr vinfo vismember vlinks vrandmember vrem
    vsetattr vsim wait waitaof watch xack xadd xautoclaim xclaim xdel xgroup xinfo xlen xpending xrange xread
    xreadgroup xrevrange xsetid xtrim zadd zcard zcount zdiff zdiffstore zincrby zinter zintercard zinterstore
    zlexcount zmpop zmscore zpopmax zpopmin zrandmember zrange zrangebylex zrangebyscore zrangestore zrank zrem
    zremrangebylex zremrangebyrank zremrangebyscore zrevrange zrevrangebylex zrevrangebyscore zrevrank zscan zscore
    zunion zunionstore
";

/// RedisBloom, RedisTimeSeries, RedisJSON and RediSearch, as Redis 8.0 brings them.
const OF_MODULES: &str = "
    bf.add bf.card bf.exists bf.info bf.insert bf.loadchunk bf.madd bf.mexists bf.reserve bf.scandump cf.add cf.addnx
    cf.count cf.del cf.exists cf.info cf.insert cf.insertnx cf.loadchunk cf.mexists cf.reserve cf.scandump cms.incrby
    cms.info cms.initbydim cms.initbyprob cms.merge cms.query ft._list ft.aggregate ft.aliasadd ft.aliasdel
    ft.aliasupdate ft.alter ft.config ft.create ft.cursor ft.dictadd ft.dictdel ft.dictdump ft.dropindex ft.explain
    ft.explaincli ft.info ft.profile ft.search ft.spellcheck ft.sugadd ft.sugdel ft.sugget ft.suglen ft.syndump
    ft.synupdate ft.tagvals json.arrappend json.arrindex json.arrinsert json.arrlen json.arrpop json.arrtrim json.clear
    json.debug json.del json.forget json.get json.merge json.mget json.mset json.numincrby json.nummultby json.objkeys
    json.objlen json.resp json.set json.strappend json.strlen json.toggle json.type tdigest.add tdigest.byrank
    tdigest.byrevrank tdigest.cdf tdigest.create tdigest.info tdigest.max tdigest.merge tdigest.min tdigest.quantile
    tdigest.rank tdigest.reset tdigest.revrank tdigest.trimmed_mean topk.add topk.count topk.incrby topk.info topk.list
    topk.query topk.reserve ts.add ts.alter ts.create ts.createrule ts.decrby ts.del ts.deleterule ts.get ts.incrby
    ts.info ts.madd ts.mget ts.mrange ts.mrevrange ts.queryindex ts.range ts.revrange
";

const SUBCOMMANDS: &str = "
    acl|cat acl|deluser acl|dryrun acl|genpass acl|getuser acl|help acl|list acl|load acl|log acl|save acl|setuser
    acl|users acl|whoami client|caching client|getname client|getredir client|help client|id client|info client|kill
    client|list client|no-evict client|no-touch client|pause client|reply client|setinfo client|setname
    client|tracking client|trackinginfo client|unblock client|unpause cluster|addslots cluster|addslotsrange
    cluster|bumpepoch cluster|count-failure-reports cluster|countkeysinslot cluster|delslots cluster|delslotsrange
    cluster|failover cluster|flushslots cluster|forget cluster|getkeysinslot cluster|help cluster|info
    cluster|keyslot cluster|links cluster|meet cluster|myid cluster|myshardid cluster|nodes cluster|replicas
    cluster|replicate cluster|reset cluster|saveconfig cluster|set-config-epoch cluster|setslot cluster|shards
    cluster|slaves cluster|slots command|count command|docs command|getkeys command|getkeysandflags command|help
    command|info command|list config|get config|help config|resetstat config|rewrite config|set function|delete
    function|dump function|flush function|help function|kill function|list function|load function|restore
    function|stats latency|doctor latency|graph latency|help latency|histogram latency|history latency|latest
    latency|reset memory|doctor memory|help memory|malloc-stats memory|purge memory|stats memory|usage module|help
    module|list module|load module|loadex module|unload object|encoding object|freq object|help object|idletime
    object|refcount pubsub|channels pubsub|help pubsub|numpat pubsub|numsub pubsub|shardchannels pubsub|shardnumsub
    script|debug script|exists script|flush script|help script|kill script|load slowlog|get slowlog|help slowlog|len
    slowlog|reset xgroup|create xgroup|createconsumer xgroup|delconsumer xgroup|destroy xgroup|help xgroup|setid
    xinfo|consumers xinfo|groups xinfo|help xinfo|stream
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_redis_is_known_in_any_case_and_an_invented_one_is_not() {
        assert!(
            is_known(b"BGSAVE") && is_known(b"zadd") && is_known(b"Restore-Asking") && is_known(b"publish")
        );
        assert!(!is_known(b"BGSAVES") && !is_known(b"") && !is_known(b"config|get") && !is_known(b"\xff"));
    }

    #[test]
    fn a_command_of_a_module_is_none_of_redis() {
        assert_eq!(of_a_module(b"Ft.Search"), Some("ft.search"));
        assert_eq!(of_a_module(b"json.set"), Some("json.set"));
        assert!(of_a_module(b"ft.nosuch").is_none() && of_a_module(b"get").is_none());
        assert!(!is_known(b"ft.search"));
    }

    #[test]
    fn a_subcommand_has_its_full_name() {
        assert_eq!(full_name(b"Acl", Some(b"CAT")), Some("acl|cat"));
        assert_eq!(full_name(b"ACL", Some(b"nosuch")), Some("acl"));
        assert_eq!(full_name(b"SADD", Some(b"cat")), Some("sadd"));
        assert_eq!(full_name(b"nosuch", Some(b"cat")), None);
        assert_eq!(full_name(b"acl|cat", None), None);
    }
}
