"""redis-py, the synchronous client: what its users do with Pub/Sub."""

import itertools
import os
import threading

import redis
from harness import PROTO, WAIT, fresh, main, same, test, until
from redis_py_common import SUITE, connect, entry, id_of, message, raises


@test("a listener on the pattern live_room:* hears every room, in order")
def _():
    r = connect()
    base = fresh("live_room")
    p = r.pubsub()
    p.psubscribe(f"{base}:*")
    heard = []
    listener = threading.Thread(target=lambda: heard.extend(itertools.islice(p.listen(), 6)), daemon=True)
    listener.start()
    until(lambda: r.publish(f"{base}:0", "probe"), 1)  # counts once the pattern is in place
    for room, text in ((123, "hello"), (123, "again"), (7, "other"), ("", "no name")):
        same(r.publish(f"{base}:{room}", text), 1)
    same(r.publish(base, "not in a room"), 0)
    listener.join(WAIT)
    pattern = f"{base}:*".encode()
    wanted = [entry("psubscribe", pattern, 1)]
    for room, text in ((0, b"probe"), (123, b"hello"), (123, b"again"), (7, b"other"), ("", b"no name")):
        wanted.append(entry("pmessage", f"{base}:{room}".encode(), text, pattern))
    same(heard, wanted)
    p.close()


@test("confirmations count channels and patterns together, shard channels apart")
def _():
    a, b, s = fresh("a"), fresh("b"), fresh("s")
    p = connect().pubsub()
    p.subscribe(a, b)
    p.psubscribe(a + "*")
    p.ssubscribe(s)
    p.subscribe(a)  # once more: confirmed, and counted only once
    p.unsubscribe(a)
    p.unsubscribe(fresh("never"))
    p.punsubscribe()
    p.unsubscribe()
    p.sunsubscribe(s)
    got = [message(p) for _ in range(10)]
    wanted = [
        entry("subscribe", a.encode(), 1),
        entry("subscribe", b.encode(), 2),
        entry("psubscribe", (a + "*").encode(), 3),
        entry("ssubscribe", s.encode(), 1),
        entry("subscribe", a.encode(), 3),
        entry("unsubscribe", a.encode(), 2),
        entry("unsubscribe", got[6]["channel"], 2),
        entry("punsubscribe", (a + "*").encode(), 1),
        entry("unsubscribe", b.encode(), 0),
        entry("sunsubscribe", s.encode(), 0),
    ]
    same(got, wanted)
    same(p.subscribed, False)


@test("unsubscribing from nothing is confirmed with no name and the count 0")
def _():
    p = connect().pubsub()
    p.unsubscribe()
    p.punsubscribe()
    got = [p.handle_message(p.parse_response()) for _ in range(2)]
    same(got, [entry("unsubscribe", None, 0), entry("punsubscribe", None, 0)])


@test("a client with a channel and two matching patterns gets three copies, the channel's first")
def _():
    r, channel = connect(), fresh("both")
    p = r.pubsub()
    p.subscribe(channel)
    p.psubscribe(channel[:-1] + "?", channel + "*")
    same([message(p)["data"] for _ in range(3)], [1, 2, 3])
    same(r.publish(channel, "x"), 3)
    c = channel.encode()
    same(message(p), entry("message", c, b"x"))
    copies = [message(p), message(p)]  # Redis leaves the order of patterns open
    wanted = [entry("pmessage", c, b"x", c + b"*"), entry("pmessage", c, b"x", c[:-1] + b"?")]
    same(sorted(copies, key=lambda m: m["pattern"]), sorted(wanted, key=lambda m: m["pattern"]))


@test("ignore_subscribe_messages hides confirmations and nothing else")
def _():
    r, channel = connect(), fresh("quiet")
    p = r.pubsub(ignore_subscribe_messages=True)
    p.subscribe(channel)
    same(p.get_message(timeout=WAIT), None)
    same(r.publish(channel, "heard"), 1)
    same(message(p), entry("message", channel.encode(), b"heard"))


@test("run_in_thread calls the handlers of channels, patterns and shard channels")
def _():
    r = connect(decode_responses=True)
    base = fresh("thread")
    heard, all_came = [], threading.Event()

    def note(m):
        heard.append((m["type"], m["pattern"], m["channel"], m["data"]))
        if len(heard) == 4:
            all_came.set()

    p = r.pubsub(ignore_subscribe_messages=True)
    p.subscribe(**{base: note})
    p.psubscribe(**{base + ":*": note})
    p.ssubscribe(**{base + "-s": note})
    thread = p.run_in_thread(sleep_time=0.1, daemon=True)
    until(lambda: r.pubsub_shardnumsub(base + "-s"), [(base + "-s", 1)])
    same(r.publish(base, "one"), 1)
    same(r.publish(base + ":x", "two"), 1)
    same(r.spublish(base + "-s", "three"), 1)
    same(r.publish(base + "-s", "not for the shard channel"), 0)
    same(r.publish(base, "four"), 1)
    assert all_came.wait(WAIT), heard
    thread.stop()
    thread.join(WAIT)
    wanted = [
        ("message", None, base, "one"),
        ("pmessage", base + ":*", base + ":x", "two"),
        ("smessage", None, base + "-s", "three"),
        ("message", None, base, "four"),
    ]
    same(heard, wanted)


@test("PUBSUB CHANNELS, NUMSUB and NUMPAT see channels and distinct patterns")
def _():
    r, base = connect(), fresh("see")
    a, b = base + ":a", base + ":b"
    patterns = r.pubsub_numpat()
    one, two = r.pubsub(), r.pubsub()
    one.subscribe(a, b)
    one.psubscribe(base + ":p*")
    for _ in range(3):
        message(one)
    two.subscribe(a)
    two.psubscribe(base + ":p*")
    for _ in range(2):
        message(two)
    same(sorted(r.pubsub_channels(base + ":*")), sorted([a.encode(), b.encode()]))
    same(a.encode() in r.pubsub_channels(), True)
    same(r.pubsub_numsub(a, "nobody", b, a), [(a.encode(), 2), (b"nobody", 0), (b.encode(), 1), (a.encode(), 2)])
    same(r.pubsub_numsub(), [])
    same(r.pubsub_numpat(), patterns + 1)
    (listed,) = [c for c in r.client_list(_type="pubsub") if c["sub"] == "2" and c["psub"] == "1"][-1:]
    same((listed["ssub"], "P" in listed["flags"]), ("0", True))
    one.close()
    until(lambda: r.pubsub_numsub(a, b), [(a.encode(), 1), (b.encode(), 0)])
    same(r.pubsub_numpat(), patterns + 1)
    two.close()
    until(lambda: r.pubsub_channels(base + ":*"), [])
    same(r.pubsub_numpat(), patterns)


@test("a shard channel is a world of its own")
def _():
    r, s = connect(), fresh("shard")
    p = r.pubsub()
    p.ssubscribe(s)
    same(message(p), entry("ssubscribe", s.encode(), 1))
    same(r.publish(s, "to the plain channel"), 0)
    same(r.spublish(s, "to the shard"), 1)
    same(message(p), entry("smessage", s.encode(), b"to the shard"))
    same(r.pubsub_shardchannels(s + "*"), [s.encode()])
    same(r.pubsub_shardnumsub(s), [(s.encode(), 1)])
    same((r.pubsub_channels(s + "*"), r.pubsub_numsub(s)), ([], [(s.encode(), 0)]))
    p.sunsubscribe()
    same(message(p), entry("sunsubscribe", s.encode(), 0))


@test("every byte passes through channels, patterns and payloads")
def _():
    r = connect()
    channel = bytes(range(256)) + fresh("").encode()
    pattern = b"\x00*" + channel[-8:]
    p = r.pubsub()
    p.subscribe(channel)
    p.psubscribe(pattern)
    same([message(p), message(p)], [entry("subscribe", channel, 1), entry("psubscribe", pattern, 2)])
    payload = b"\r\n$3\r\n*-1\r\n\x00\xff" + bytes(range(256))
    same(r.publish(channel, payload), 2)
    same(message(p), entry("message", channel, payload))
    same(message(p), entry("pmessage", channel, payload, pattern))
    same(r.publish(channel, b""), 2)
    same([message(p)["data"], message(p)["data"]], [b"", b""])


@test("payloads of 1 MB arrive whole and in order")
def _():
    r, channel = connect(), fresh("large")
    p = r.pubsub()
    p.subscribe(channel)
    message(p)
    payloads = [os.urandom(1 << 20) for _ in range(5)]
    for payload in payloads:
        same(r.publish(channel, payload), 1)
    for payload in payloads:
        got = message(p)
        assert got == entry("message", channel.encode(), payload), (got["type"], len(got["data"]))


@test("a pipeline of PUBLISH gives one exact count each, in order")
def _():
    r, channel = connect(), fresh("pipeline")
    p = r.pubsub()
    p.subscribe(channel)
    message(p)
    pipe = r.pipeline(transaction=False)
    for n in range(1000):
        pipe.publish(channel if n % 2 == 0 else channel + ":nobody", n)
    same(pipe.execute(), [1, 0] * 500)
    same([message(p)["data"] for _ in range(500)], [b"%d" % n for n in range(0, 1000, 2)])


@test("PING answers in the middle of a subscription, with and without a text")
def _():
    p, channel = connect().pubsub(), fresh("ping")
    p.subscribe(channel)
    message(p)
    p.ping("are you there")
    p.ping()
    # In RESP3 a PING has its ordinary reply, and redis-py makes no message of it: see its bare bytes.
    wanted = [[b"pong", b"are you there"], [b"pong", b""]] if PROTO == 2 else [b"are you there", b"PONG"]
    same([p.parse_response(), p.parse_response()], wanted)


@test("the health check's PING is answered while subscribed, and stays hidden from the user")
def _():
    r, channel = connect(health_check_interval=3600), fresh("health")
    p = r.pubsub()
    p.subscribe(channel)
    message(p)
    p.connection.next_health_check = -1  # due now
    same(p.get_message(timeout=WAIT), None)  # it read the answer
    same(p.health_check_response_counter, 0)
    same(r.publish(channel, "after"), 1)
    same(message(p), entry("message", channel.encode(), b"after"))


@test("a RESP2 subscriber may not run other commands; a RESP3 one may")
def _():
    p, channel = connect().pubsub(), fresh("only")
    p.subscribe(channel)
    message(p)
    p.connection.send_command("GET", "k")
    if PROTO == 2:
        text = "Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
        raises(redis.ResponseError, text, p.parse_response)
    else:
        same(p.parse_response(), None)


@test("a killed subscriber reconnects, subscribes again, and goes on")
def _():
    admin, name, channel, pattern = connect(), fresh("victim"), fresh("again"), fresh("pattern") + "*"
    r = connect(client_name=name)
    p = r.pubsub()
    p.subscribe(channel)
    p.psubscribe(pattern)
    p.ssubscribe(channel)
    same([message(p)["type"] for _ in range(3)], ["subscribe", "psubscribe", "ssubscribe"])
    (victim,) = id_of(admin, name)
    same(admin.client_kill_filter(_id=victim), 1)
    until(lambda: id_of(admin, name).count(victim), 0)
    again = []
    while len(again) < 3:
        try:
            again.append(message(p))
        except redis.ConnectionError:  # older versions tell us, then connect on the next call
            pass
    wanted = [
        entry("subscribe", channel.encode(), 1),
        entry("psubscribe", pattern.encode(), 2),
        entry("ssubscribe", channel.encode(), 1),
    ]
    same(again, wanted)
    same((admin.publish(channel, "back"), admin.spublish(channel, "shard")), (1, 1))
    same(message(p), entry("message", channel.encode(), b"back"))
    same(message(p), entry("smessage", channel.encode(), b"shard"))


@test("three connections of one process each get their copy; one dies and the others go on")
def _():
    r, room, name = connect(), fresh("live_room"), fresh("three")
    rooms = [connect(client_name=f"{name}:{n}").pubsub() for n in range(3)]
    for p in rooms:
        p.psubscribe(room + "*")
        same(message(p)["data"], 1)
    same(r.publish(room, "to all"), 3)
    for p in rooms:
        same(message(p)["data"], b"to all")
    rooms[1].close()
    until(lambda: id_of(r, f"{name}:1"), [])
    same(r.publish(room, "to two"), 2)
    for p in (rooms[0], rooms[2]):
        same(message(p), entry("pmessage", room.encode(), b"to two", (room + "*").encode()))


@test("RESET in a subscription ends it, and QUIT ends the connection after its OK")
def _():
    channel = fresh("reset")
    p = connect().pubsub()
    p.subscribe(channel)
    message(p)
    connection = p.connection
    connection.send_command("RESET")
    same(connection.read_response(), b"RESET")
    connection.send_command("CLIENT", "INFO")
    fields = dict(f.split("=", 1) for f in connection.read_response().decode().split())
    same((fields["sub"], fields["resp"], fields["flags"], fields["name"]), ("0", "2", "N", ""))
    connection.send_command("QUIT")
    same(connection.read_response(), b"OK")
    try:
        connection.read_response()
        raise AssertionError("the connection stayed open")
    except redis.ConnectionError:
        pass


main(SUITE)
