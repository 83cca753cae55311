"""What StackExchange.Redis writes for Streams, transactions, scripts, strings and keys, replayed byte for byte.

Each row is a command as the client writes it, upper and lower case and order included, and the whole reply that it waits
for. A row may have two replies, in RESP2 and in RESP3."""

import hashlib

from harness import PROTO, fresh, main, same, test
from wire import Wire, bulk, command

NULL = (b"$-1\r\n", b"_\r\n")
NULL_ARRAY = (b"*-1\r\n", b"_\r\n")
OK, QUEUED, ONE, ZERO = b"+OK\r\n", b"+QUEUED\r\n", b":1\r\n", b":0\r\n"
TOO_SMALL = b"-ERR The ID specified in XADD is equal or smaller than the target stream top item\r\n"
NO_KEY = (
    b"-ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option "
    b"to create an empty stream automatically.\r\n"
)


def sha1(script):
    return hashlib.sha1(script.encode()).hexdigest().encode()


def array(*items):
    return b"*%d\r\n" % len(items) + b"".join(items)


def strings(*words):
    return array(*map(bulk, words))


def entry(id, *fields):
    return array(bulk(id), strings(*fields))


def mapping(*items):
    """A map, which RESP2 sends as an array of twice the length."""
    flat = b"".join(items)
    return b"*%d\r\n" % len(items) + flat, b"%%%d\r\n" % (len(items) // 2) + flat


def streams(*pairs):
    """Streams with their entries: pairs in RESP2, a map in RESP3."""
    two = array(*(array(bulk(name), entries) for name, entries in pairs))
    three = b"%%%d\r\n" % len(pairs) + b"".join(bulk(name) + entries for name, entries in pairs)
    return two, three


def mine(reply):
    return reply[PROTO - 2] if isinstance(reply, tuple) else reply


def null(which=NULL):
    return mine(which)


def connection():
    wire = Wire(PROTO)
    if PROTO == 3:
        same(wire.ask("HELLO", 3)[:2], b"%7")
    return wire


def play(wire, *rows):
    """Each command in turn, its whole reply."""
    for *words, reply in rows:
        got = wire.ask(*words)
        if got != mine(reply):
            raise AssertionError(f"\n     sent {command(*words)!r}\n      got {got!r}\n   wanted {mine(reply)!r}")


def play_at_once(wire, *rows):
    """All commands in one write, as a pipelining client does; then all replies."""
    wire.write(*(row[:-1] for row in rows))
    same([wire.reply() for _ in rows], [mine(row[-1]) for row in rows])


@test("StreamAdd: explicit IDs, the conflict's exact words, 0-*, NOMKSTREAM, trimming")
def _():
    k = fresh("events:order")
    play(
        connection(),
        ("XADD", k, "0-1", "data", "x", "metadata", "y", bulk("0-1")),
        ("XADD", k, "0-2", "data", "x2", bulk("0-2")),
        ("XADD", k, "0-2", "data", "x3", TOO_SMALL),
        ("XADD", k, "0-1", "data", "x3", TOO_SMALL),
        ("XADD", k, "0-0", "data", "x3", b"-ERR The ID specified in XADD must be greater than 0-0\r\n"),
        ("XADD", k, "0-*", "data", "x3", bulk("0-3")),
        ("XADD", k + "new", "0-*", "d", "x", bulk("0-1")),
        ("XADD", k + "none", "NOMKSTREAM", "*", "f", "v", NULL),
        ("XADD", k, "MAXLEN", "~", 1000, "0-4", "d", "x", bulk("0-4")),
        ("XADD", k, "MAXLEN", "~", 1000, "LIMIT", 100, "0-5", "d", "x", bulk("0-5")),
        ("XADD", k, "MINID", "0-1", "0-6", "d", "x", bulk("0-6")),
        ("XADD", k, "MAXLEN", 2, "0-7", "d", "x", bulk("0-7")),
        ("XLEN", k, b":2\r\n"),
    )


@test("StreamRange and StreamRead: `-` is 0 in XREAD, one stream and many, nothing to read")
def _():
    k, other = fresh("st"), fresh("st")
    both = array(entry("0-1", "data", "x", "metadata", "y"), entry("0-2", "data", "x2"))
    play(
        connection(),
        ("XADD", k, "0-1", "data", "x", "metadata", "y", bulk("0-1")),
        ("XADD", k, "0-2", "data", "x2", bulk("0-2")),
        ("XADD", other, "0-1", "d", "x", bulk("0-1")),
        ("XRANGE", k, "-", "+", both),
        ("XRANGE", k, "-", "+", "COUNT", 1, array(entry("0-1", "data", "x", "metadata", "y"))),
        ("XREVRANGE", k, "+", "-", "COUNT", 1, array(entry("0-2", "data", "x2"))),
        ("XREAD", "STREAMS", k, 0, streams((k, both))),
        ("XREAD", "COUNT", 1, "STREAMS", k, "0-1", streams((k, array(entry("0-2", "data", "x2"))))),
        (
            "XREAD", "COUNT", 1, "STREAMS", k, other, "0-1", 0,
            streams((k, array(entry("0-2", "data", "x2"))), (other, array(entry("0-1", "d", "x")))),
        ),
        ("XREAD", "STREAMS", k, "0-2", NULL_ARRAY),
        ("XREAD", "STREAMS", fresh("none"), 0, NULL_ARRAY),
        ("XREAD", "STREAMS", k, "x", b"-ERR Invalid stream ID specified as stream command argument\r\n"),
        ("XDEL", k, "0-1", ONE),
        ("XDEL", k, "0-1", ZERO),
        ("XTRIM", k, "MAXLEN", "~", 100, ZERO),
        ("XTRIM", k, "MAXLEN", 0, ONE),
        ("XLEN", k, ZERO),
    )  # fmt: skip


@test("StreamCreateConsumerGroup and its siblings: MKSTREAM, BUSYGROUP, positions")
def _():
    k = fresh("st")
    play(
        connection(),
        ("XGROUP", "CREATE", k, "g", "$", NO_KEY),
        ("XGROUP", "CREATE", k, "g", "$", "MKSTREAM", OK),
        ("XGROUP", "CREATE", k, "g", "0", "MKSTREAM", b"-BUSYGROUP Consumer Group name already exists\r\n"),
        ("XGROUP", "SETID", k, "g", "0", OK),
        ("XGROUP", "CREATECONSUMER", k, "g", "c1", ONE),
        ("XGROUP", "DELCONSUMER", k, "g", "c1", ZERO),
        ("XGROUP", "DESTROY", k, "nosuch", ZERO),
        ("XGROUP", "DESTROY", k, "g", ONE),
    )


@test("StreamReadGroup, StreamAcknowledge, StreamPending: new entries, history, NOACK, an empty group's nils")
def _():
    k = fresh("st")
    one, two, three = entry("0-1", "d", "1"), entry("0-2", "d", "2"), entry("0-3", "d", "3")
    wire = connection()
    play(
        wire,
        *(("XADD", k, f"0-{n}", "d", n, bulk(f"0-{n}")) for n in (1, 2, 3)),
        ("XGROUP", "CREATE", k, "g", "0", "MKSTREAM", OK),
        ("XPENDING", k, "g", array(ZERO, null(), null(), null(NULL_ARRAY))),
        ("XREADGROUP", "GROUP", "g", "c1", "COUNT", 1, "STREAMS", k, ">", streams((k, array(one)))),
        ("XREADGROUP", "GROUP", "g", "c1", "COUNT", 1, "STREAMS", k, ">", streams((k, array(two)))),
        ("XREADGROUP", "GROUP", "g", "c1", "STREAMS", k, "0", streams((k, array(one, two)))),
        ("XREADGROUP", "GROUP", "g", "c2", "COUNT", 10, "NOACK", "STREAMS", k, ">", streams((k, array(three)))),
        ("XREADGROUP", "GROUP", "g", "c2", "STREAMS", k, ">", NULL_ARRAY),
        ("XREADGROUP", "GROUP", "g", "c2", "STREAMS", k, "0", streams((k, array()))),
        (
            "XREADGROUP", "GROUP", "zz", "c", "STREAMS", k, ">",
            b"-NOGROUP No such key '%s' or consumer group 'zz' in XREADGROUP with GROUP option\r\n" % k.encode(),
        ),
        ("XPENDING", k, "g", array(b":2\r\n", bulk("0-1"), bulk("0-2"), array(strings("c1", "2")))),
        ("XACK", k, "g", "0-1", ONE),
        ("XACK", k, "g", "0-1", "0-2", ONE),
        ("XPENDING", k, "g", array(ZERO, null(), null(), null(NULL_ARRAY))),
        ("XPENDING", k, "g", "-", "+", 10, array()),
    )  # fmt: skip


@test("StreamClaim and StreamAutoClaim: entries and IDs only; three elements; what was deleted is listed")
def _():
    k = fresh("st")
    one, two = entry("0-1", "d", "1"), entry("0-2", "d", "2")
    play(
        connection(),
        *(("XADD", k, f"0-{n}", "d", n, bulk(f"0-{n}")) for n in (1, 2)),
        ("XGROUP", "CREATE", k, "g", "0", "MKSTREAM", OK),
        ("XREADGROUP", "GROUP", "g", "c1", "STREAMS", k, ">", streams((k, array(one, two)))),
        ("XCLAIM", k, "g", "c2", 0, "0-1", array(one)),
        ("XCLAIM", k, "g", "c3", 0, "0-1", "JUSTID", strings("0-1")),
        ("XCLAIM", k, "g", "c3", 3600000, "0-1", array()),
        ("XAUTOCLAIM", k, "g", "c4", 0, "0-0", "COUNT", 1, array(bulk("0-2"), array(one), array())),
        ("XAUTOCLAIM", k, "g", "c4", 0, "0-2", array(bulk("0-0"), array(two), array())),
        ("XDEL", k, "0-1", ONE),
        ("XAUTOCLAIM", k, "g", "c4", 0, "0-0", "JUSTID", array(bulk("0-0"), strings("0-2"), strings("0-1"))),
        ("XPENDING", k, "g", array(ONE, bulk("0-2"), bulk("0-2"), array(strings("c4", "1")))),
    )


@test("StreamInfo: length is the first field; groups and consumers by name")
def _():
    k = fresh("st")
    wire = connection()
    play(
        wire,
        ("XADD", k, "0-1", "d", "1", bulk("0-1")),
        ("XINFO", "STREAM", fresh("none"), b"-ERR no such key\r\n"),
        ("XGROUP", "CREATE", k, "g", "0", "MKSTREAM", OK),
        ("XGROUP", "CREATECONSUMER", k, "g", "c", ONE),
    )
    group = mapping(
        bulk("name"), bulk("g"), bulk("consumers"), ONE, bulk("pending"), ZERO, bulk("last-delivered-id"), bulk("0-0"),
        bulk("entries-read"), null(), bulk("lag"), ONE,
    )  # fmt: skip
    play(wire, ("XINFO", "GROUPS", k, array(mine(group))))
    sign = (b"*20\r\n", b"%10\r\n")[PROTO - 2]
    assert wire.ask("XINFO", "STREAM", k).startswith(sign + bulk("length") + ONE + bulk("radix-tree-keys"))
    consumers = wire.ask("XINFO", "CONSUMERS", k, "g")
    sign = (b"*8\r\n", b"%4\r\n")[PROTO - 2]
    head = b"*1\r\n" + sign + bulk("name") + bulk("c") + bulk("pending") + ZERO + bulk("idle") + b":"
    same(consumers[: len(head)], head)
    same(consumers.endswith(bulk("inactive") + b":-1\r\n"), True)


@test("a transaction whose condition holds: WATCH and the check, a round trip, then MULTI to EXEC in one write")
def _():
    k, stream, wire = fresh("k"), fresh("st"), connection()
    play_at_once(wire, ("WATCH", k, OK), ("GET", k, NULL), ("WATCH", stream, OK), ("XLEN", stream, ZERO))
    play_at_once(
        wire,
        ("MULTI", OK),
        ("SET", k, "1", QUEUED),
        ("XADD", stream, "0-1", "d", "x", QUEUED),
        ("INCR", k, QUEUED),
        ("EXEC", array(OK, bulk("0-1"), b":2\r\n")),
    )
    # EXEC made the database unknown to the client: it selects again.
    play_at_once(wire, ("SELECT", 0, OK), ("GET", k, bulk("2")))


@test("a transaction whose condition fails is undone by UNWATCH; one that is overtaken gives nil")
def _():
    k, wire, other = fresh("k"), connection(), connection()
    play_at_once(wire, ("WATCH", k, OK), ("EXISTS", k, ZERO))
    play(wire, ("UNWATCH", OK))
    play_at_once(wire, ("WATCH", k, OK), ("GET", k, NULL))
    play(other, ("SET", k, "2", OK))
    play_at_once(wire, ("MULTI", OK), ("SET", k, "1", QUEUED), ("EXEC", NULL_ARRAY))
    play(wire, ("GET", k, bulk("2")))


@test("a script inside a transaction is followed by SELECT; an empty transaction is a PING; errors abort")
def _():
    k, wire = fresh("k"), connection()
    script = "return redis.call('INCR', KEYS[1])"
    play_at_once(
        wire,
        ("MULTI", OK),
        ("EVAL", script, 1, k, QUEUED),
        ("SELECT", 0, QUEUED),
        ("EXEC", array(ONE, OK)),
    )
    play(wire, ("PING", b"+PONG\r\n"))
    play_at_once(
        wire,
        ("MULTI", OK),
        ("FOO", "bar", b"-ERR unknown command 'FOO', with args beginning with: 'bar' \r\n"),
        ("EXEC", b"-EXECABORT Transaction discarded because of previous errors.\r\n"),
    )
    play(
        wire,
        ("EXEC", b"-ERR EXEC without MULTI\r\n"),
        ("DISCARD", b"-ERR DISCARD without MULTI\r\n"),
        ("MULTI", OK),
        ("MULTI", b"-ERR MULTI calls can not be nested\r\n"),
        ("WATCH", k, b"-ERR WATCH inside MULTI is not allowed\r\n"),
        ("DISCARD", OK),
    )


@test("what is published in a transaction comes after EXEC's array")
def _():
    channel, k, wire = fresh("ch"), fresh("k"), connection()
    listener = wire if PROTO == 3 else connection()
    same(listener.ask("SUBSCRIBE", channel), listener.push("subscribe", channel, 1))
    wire.write(["MULTI"], ["PUBLISH", channel, "m"], ["SET", k, "v"], ["EXEC"])
    same([wire.frame() for _ in range(4)], [OK, QUEUED, QUEUED, array(ONE, OK)])
    same(listener.message(), listener.push("message", channel, "m"))


@test("a script's first use is SCRIPT LOAD and EVAL in one write, later ones EVALSHA; NOSCRIPT begins anew")
def _():
    k, wire = fresh("k"), connection()
    script = "return redis.call('INCR', KEYS[1])"
    sha = sha1(script)
    load = ("SCRIPT", "LOAD", script, bulk(sha))
    play_at_once(wire, load, ("EVAL", script, 1, k, ONE))
    play(
        wire,
        ("EVALSHA", sha, 1, k, b":2\r\n"),
        ("SCRIPT", "EXISTS", sha, array(ONE)),
        ("SCRIPT", "FLUSH", OK),
        ("EVALSHA", sha, 1, k, b"-NOSCRIPT No matching script. Please use EVAL.\r\n"),
        ("SCRIPT", "EXISTS", sha, array(ZERO)),
    )
    play_at_once(wire, load, ("EVAL", script, 1, k, b":3\r\n"))


@test("the words of a script's error come through, wherever they were said")
def _():
    wire = connection()
    play(
        wire,
        ("EVAL", "return redis.error_reply('WrongExpectedVersion')", 0, b"-ERR WrongExpectedVersion\r\n"),
        (
            "EVAL", "error('WrongExpectedVersion')", 0,
            b"-ERR user_script:1: WrongExpectedVersion script: %s, on @user_script:1.\r\n"
            % sha1("error('WrongExpectedVersion')"),
        ),
        ("EVAL", "return {err='MYERR x'}", 0, b"-MYERR x\r\n"),
    )  # fmt: skip


@test("StringSet, StringSetAndGet, StringGetSetExpiry, StringGetDelete, LockTake: the forms the client chooses")
def _():
    k, lock, wire = fresh("k"), fresh("lock"), connection()
    play(
        wire,
        ("SETNX", k, "v", ONE),
        ("SET", k, "v", "XX", OK),
        ("SET", k, "v", "XX", "KEEPTTL", OK),
        ("SET", lock, "me", "PX", 30000, "NX", OK),
        ("SET", lock, "you", "PX", 30000, "NX", NULL),
        ("SETEX", k, 60, "v", OK),
        ("PSETEX", k, 60500, "v", OK),
        ("SET", k, "w", "EX", 60, "XX", OK),
        ("SET", k, "w2", "GET", bulk("w")),
        ("SET", k + "new", "x", "NX", "GET", NULL),
        ("GETEX", k, "EX", 60, bulk("w2")),
        ("GETEX", k, "PERSIST", bulk("w2")),
        ("PTTL", k, b":-1\r\n"),
        ("PTTL", k + "none", b":-2\r\n"),
        ("GETDEL", k, bulk("w2")),
        ("GET", k, NULL),
        ("MSET", k, 1, k + "2", 2, OK),
        ("MSETNX", k, 1, k + "3", 2, ZERO),
        ("MGET", k, k + "2", k + "3", array(bulk("1"), bulk("2"), null())),
        ("INCRBY", k, 41, b":42\r\n"),
        ("DECR", k, b":41\r\n"),
        ("INCRBYFLOAT", k, "0.5", bulk("41.5")),
        ("APPEND", k, "!", b":5\r\n"),
        ("STRLEN", k, b":5\r\n"),
        ("GETRANGE", k, 0, 1, bulk("41")),
        ("SETRANGE", k, 0, "9", b":5\r\n"),
        ("UNLINK", k, ONE),
        ("UNLINK", k, ZERO),
    )


@test("KeyExpire, KeyTimeToLive, KeyPersist, KeyRename, KeyMove, KeyTouch and IServer.Keys")
def _():
    k, wire = fresh("k"), connection()
    page = wire.ask("SCAN", 0, "MATCH", k + "*", "COUNT", 250)
    same(page.endswith(b"*0\r\n"), True)
    play(
        wire,
        ("SET", k, "v", OK),
        ("EXPIRE", k, 60, ONE),
        ("PEXPIRE", k, 60500, "XX", ONE),
        ("EXPIRE", k, 10, "GT", ZERO),
        ("EXPIREAT", k, 33177117420, "GT", ONE),
        ("PEXPIREAT", k, 33177117420001, ONE),
        ("PEXPIRETIME", k, b":33177117420001\r\n"),
        ("PERSIST", k, ONE),
        ("TOUCH", k, ONE),
        ("TYPE", k, b"+string\r\n"),
        ("RENAME", k, k + "b", OK),
        ("RENAMENX", k + "b", k, ONE),
        ("COPY", k, k + "c", ONE),
        ("MOVE", k + "c", 5, ONE),
        ("EXISTS", k, k + "c", ONE),
    )
    cursor, found = b"0", []
    while True:
        reply = wire.ask("SCAN", cursor, "MATCH", k + "*", "COUNT", 250)
        parts = reply.split(b"\r\n")
        cursor, found = parts[2], found + parts[5::2]
        if cursor == b"0":
            break
    same(found, [k.encode()])


@test("IDistributedCache: a hash with its expiry, by HMGET, and the older way by a script")
def _():
    k, wire = fresh("cache"), connection()
    script = (
        "redis.call('HSET', KEYS[1], 'absexp', ARGV[1], 'sldexp', ARGV[2], 'data', ARGV[4])\n"
        "if ARGV[3] ~= '-1' then\n  redis.call('EXPIRE', KEYS[1], ARGV[3])\nend\nreturn 1"
    )
    play(
        wire,
        ("HMGET", k, "absexp", "sldexp", "data", array(null(), null(), null())),
        ("EVAL", script, 1, k, -1, 6000000000, 600, b"\x00\x01\xff", ONE),
        ("HMGET", k, "absexp", "sldexp", "data", array(bulk("-1"), bulk("6000000000"), bulk(b"\x00\x01\xff"))),
        ("TTL", k, b":600\r\n"),
        ("HSET", k, "absexp", 1, "sldexp", -1, "data", "new", ZERO),
        ("EXPIRE", k, 30, ONE),
        ("UNLINK", k, ONE),
    )


@test("a simple queue: RPUSH, LPOP, LMOVE, LLEN, LRANGE as the client writes them")
def _():
    k, wire = fresh("queue"), connection()
    play(
        wire,
        ("RPUSH", k, "a", ONE),
        ("RPUSH", k, "b", "c", b":3\r\n"),
        ("LPOP", k, bulk("a")),
        ("LMOVE", k, k + "2", "LEFT", "RIGHT", bulk("b")),
        ("RPOPLPUSH", k, k + "2", bulk("c")),
        ("LRANGE", k + "2", 0, -1, strings("c", "b")),
        ("LLEN", k, ZERO),
        ("LPOP", k, NULL),
        ("LPOP", k, 5, NULL_ARRAY),
        ("LREM", k + "2", 0, "c", ONE),
        ("LTRIM", k + "2", 1, 0, OK),
        ("EXISTS", k + "2", ZERO),
    )


if __name__ == "__main__":
    main(f"StackExchange.Redis RESP{PROTO} store")
