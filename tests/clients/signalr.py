"""The SignalR backplane without .NET: the commands its servers write, and what they rely on from Redis.

Above all PUBLISH's count: it must be exact at that moment, or a client's result is waited for in vain."""

import itertools
import os
import re
import threading

from harness import PROTO, fresh, main, same, test, until
from stackexchange import ECHOED, MASTER_CHANGED, ROLE, check_batch, encoded, info, interactive, subscription
from wire import Wire, as_bytes, bulk


def pack(value):
    """MessagePack, as far as the backplane uses it."""
    if isinstance(value, int):
        return bytes([value]) if value < 0x80 else b"\xcd" + value.to_bytes(2, "big")
    if isinstance(value, str):
        data = value.encode()
        return (bytes([0xA0 | len(data)]) if len(data) < 32 else b"\xd9" + bytes([len(data)])) + data
    if isinstance(value, bytes):
        return b"\xc6" + len(value).to_bytes(4, "big") + value
    if isinstance(value, dict):
        return bytes([0x80 | len(value)]) + b"".join(pack(k) + pack(v) for k, v in value.items())
    return bytes([0x90 | len(value)]) + b"".join(map(pack, value))


def invocation(data, excluded=()):
    return pack([list(excluded), {"json": data}])


ADD, REMOVE = 1, 2


class AppServer:
    """One ASP.NET server: the connections its StackExchange.Redis keeps, and the channels its hub lives on."""

    def __init__(self, hub, prefix=""):
        self.prefix, self.hub = prefix, hub
        self.name = fresh("BOX") + "_" + os.urandom(16).hex()
        self.commands, self.hears = Wire(PROTO), None
        self.count = 0
        self.start()

    def start(self):
        handshake = interactive("2.7.27.49176" if PROTO == 2 else "3.1.31.1")
        self.commands.socket.sendall(encoded(handshake))
        check_batch(self.commands, handshake)
        if PROTO == 2:
            self.hears = Wire(2)
            handshake = subscription("2.7.27.49176")
            self.hears.socket.sendall(encoded(handshake))
            check_batch(self.hears, handshake)
            self.count = 1
        else:
            self.hears = self.commands  # one connection for all
        for channel in ("all", "internal:groups", f"internal:ack:{self.name}", f"internal:return:{self.name}"):
            self.subscribe(channel)

    def full(self, channel):
        return as_bytes(f"{self.prefix}{self.hub}:{channel}")

    def subscribe(self, channel):
        self.count += 1
        same(
            self.hears.ask("SUBSCRIBE", self.full(channel)),
            self.hears.push("subscribe", self.full(channel), self.count),
        )

    def unsubscribe(self, channel):
        self.count -= 1
        same(
            self.hears.ask("UNSUBSCRIBE", self.full(channel)),
            self.hears.push("unsubscribe", self.full(channel), self.count),
        )

    def publish(self, channel, payload):
        got = self.commands.ask("PUBLISH", self.full(channel), payload)
        assert re.fullmatch(rb":\d+\r\n", got), got
        return int(got[1:])

    def must_hear(self, channel, payload):
        got, wanted = self.hears.message(), self.hears.push("message", self.full(channel), payload)
        assert got == wanted, f"\n     got {got[:300]!r}\n  wanted {wanted[:300]!r}"

    def hears_nothing(self):
        """A PING's answer comes after everything that was published before it."""
        same(self.hears.ask("PING"), self.hears.push("pong", "") if PROTO == 2 else b"+PONG\r\n")
        same(self.hears.inbox, [])

    def stop(self):
        """A host that stops: one UNSUBSCRIBE a channel, then QUIT on each connection."""
        for wire in {id(w): w for w in (self.hears, self.commands)}.values():
            same(wire.ask("QUIT"), b"+OK\r\n")
            wire.end()


def two_servers(prefix=""):
    hub = fresh("MyApp.ChatHub")
    return AppServer(hub, prefix), AppServer(hub, prefix)


@test("send to all reaches every server, the sender's own too, and counts them")
def _():
    one, two = two_servers()
    payload = invocation(b'{"type":1,"target":"Echo","arguments":["hi"]}')
    same(one.publish("all", payload), 2)
    one.must_hear("all", payload)
    two.must_hear("all", payload)
    except_one = invocation(b"{}", excluded=["connection-1"])
    same(two.publish("all", except_one), 2)
    one.must_hear("all", except_one)
    two.must_hear("all", except_one)
    one.hears_nothing()
    two.hears_nothing()


@test("a PUBLISH counts 1 right after SUBSCRIBE's confirmation and 0 right after UNSUBSCRIBE's")
def _():
    one, two = two_servers()
    for n in range(300):
        connection = f"connection:{os.urandom(8).hex()}"
        same(one.publish(connection, invocation(b"early")), 0)
        two.subscribe(connection)
        same(one.publish(connection, invocation(b"%d" % n)), 1)
        two.must_hear(connection, invocation(b"%d" % n))
        two.unsubscribe(connection)
        same(one.publish(connection, invocation(b"late")), 0)
    two.hears_nothing()


@test("groups across servers, by group command and ack; adding and removing twice changes nothing")
def _():
    one, two = two_servers()
    two.subscribe("connection:c2")
    ids = itertools.count(1)

    def ask_other(action, group):
        """AddToGroup or RemoveFromGroup for a connection that lives on the other server; it acks every time."""
        number = next(ids)
        request = pack([number, one.name, action, group, "c2"])
        same(one.publish("internal:groups", request), 2)
        one.must_hear("internal:groups", request)
        two.must_hear("internal:groups", request)
        if action == ADD and group not in members:
            members.add(group)
            two.subscribe(f"group:{group}")
        elif action == REMOVE and group in members:
            members.remove(group)
            two.unsubscribe(f"group:{group}")
        same(two.publish(f"internal:ack:{one.name}", pack([number])), 1)
        one.must_hear(f"internal:ack:{one.name}", pack([number]))

    members = set()
    same(one.publish("group:g", invocation(b"nobody yet")), 0)
    ask_other(REMOVE, "g")
    ask_other(ADD, "g")
    ask_other(ADD, "g")
    same(one.publish("group:g", invocation(b"to the group")), 1)
    two.must_hear("group:g", invocation(b"to the group"))
    one.subscribe("group:g")  # a member of its own
    same(two.publish("group:g", invocation(b"to both")), 2)
    one.must_hear("group:g", invocation(b"to both"))
    two.must_hear("group:g", invocation(b"to both"))
    ask_other(REMOVE, "g")
    ask_other(REMOVE, "g")
    same(one.publish("group:g", invocation(b"one is left")), 1)
    one.must_hear("group:g", invocation(b"one is left"))
    one.unsubscribe("group:g")
    same(two.publish("group:g", invocation(b"nobody")), 0)
    one.hears_nothing()
    two.hears_nothing()


@test("a group and a user named * are names and not patterns")
def _():
    one, two = two_servers()
    for channel in ("group:*", "group:a", "user:*", "user:[a]", "group:naïve ☃ ?"):
        two.subscribe(channel)
    for channel in ("group:*", "user:*", "group:a", "user:[a]", "group:naïve ☃ ?"):
        same(one.publish(channel, invocation(channel.encode())), 1)
        two.must_hear(channel, invocation(channel.encode()))
    for channel in ("group:b", "user:a", "group:"):
        same(one.publish(channel, invocation(b"nobody")), 0)
    two.hears_nothing()


@test("a user with connections on two servers is reached on both until the last one goes")
def _():
    one, two = two_servers()
    for server in (one, two):
        server.subscribe("user:u")
    same(one.publish("user:u", invocation(b"1")), 2)
    one.must_hear("user:u", invocation(b"1"))
    two.must_hear("user:u", invocation(b"1"))
    two.unsubscribe("user:u")
    same(one.publish("user:u", invocation(b"2")), 1)
    one.must_hear("user:u", invocation(b"2"))
    one.unsubscribe("user:u")
    same(two.publish("user:u", invocation(b"3")), 0)


@test("client results come back over the return channel; a missing connection counts 0")
def _():
    one, two = two_servers()
    two.subscribe("connection:c2")
    request = pack([[], {"json": b"{}"}, "invocation-1", f"{one.hub}:internal:return:{one.name}"])
    same(one.publish("connection:c2", request), 1)
    two.must_hear("connection:c2", request)
    completion = pack(["json", b'{"type":3,"invocationId":"invocation-1","result":7}'])
    same(two.publish(f"internal:return:{one.name}", completion), 1)
    one.must_hear(f"internal:return:{one.name}", completion)
    same(one.publish("connection:gone", request), 0)


@test("applications with different channel prefixes do not hear each other")
def _():
    hub = fresh("MyApp.ChatHub")
    staging, live = AppServer(hub, "staging:"), AppServer(hub, "live:")
    same(staging.publish("all", b"s"), 1)
    same(live.publish("all", b"l"), 1)
    staging.must_hear("all", b"s")
    live.must_hear("all", b"l")
    staging.hears_nothing()
    live.hears_nothing()


@test("sends to many groups are one batch of PUBLISH with one count each")
def _():
    one, two = two_servers()
    for n in range(0, 100, 2):
        two.subscribe(f"group:{n}")
    one.commands.write(*(("PUBLISH", one.full(f"group:{n}"), invocation(b"%d" % n)) for n in range(100)))
    same([one.commands.reply() for _ in range(100)], [b":1\r\n", b":0\r\n"] * 50)
    for n in range(0, 100, 2):
        two.must_hear(f"group:{n}", invocation(b"%d" % n))


@test("of two publishers' batches every subscriber hears each in its order")
def _():
    one, two = two_servers()
    hub, many = one.hub, 2000
    listeners = [one, two, AppServer(hub)]
    publishers = [Wire(), Wire()]
    for who, wire in enumerate(publishers):
        wire.write(*(("PUBLISH", one.full("all"), f"{who}:{n}") for n in range(many)))
    for wire in publishers:
        same([wire.reply() for _ in range(many)], [b":3\r\n"] * many)
    for server in listeners:
        heard = [server.hears.message() for _ in range(2 * many)]
        for who in range(2):
            mine = [raw for raw in heard if b"\r\n%d:" % who in raw]
            same(mine, [server.hears.push("message", one.full("all"), f"{who}:{n}") for n in range(many)])


@test("a binary payload of 1 MB arrives whole at every server")
def _():
    one, two = two_servers()
    payload = invocation(os.urandom(1 << 20))
    for _ in range(3):
        same(one.publish("all", payload), 2)
        one.must_hear("all", payload)
        two.must_hear("all", payload)


@test("10,000 SUBSCRIBE in one write while messages flow: confirmations in order, messages never inside")
def _():
    server, publisher = AppServer(fresh("MyApp.ChatHub")), Wire()
    hot, many = server.full("all"), 10_000
    before = server.count
    channels = [server.full(f"connection:{n}") for n in range(many)]
    done, published = threading.Event(), []

    def publish():
        for n in itertools.count():
            if done.is_set():
                return
            # To a channel that is subscribed already, and to one that will be.
            published.append((publisher.ask("PUBLISH", hot, n), publisher.ask("PUBLISH", channels[5], n)))

    flow = threading.Thread(target=publish, daemon=True)
    flow.start()
    # The server's confirmations are read while the batch is still being written: neither side may have to wait.
    batch = threading.Thread(target=lambda: server.hears.write(*(("SUBSCRIBE", c) for c in channels)), daemon=True)
    batch.start()
    for n, channel in enumerate(channels):
        same(server.hears.reply(), server.hears.push("subscribe", channel, before + n + 1))
    done.set()
    flow.join()
    batch.join()
    total = sum(int(reply[1:]) for pair in published for reply in pair)
    heard = [server.hears.message() for _ in range(total)]
    server.count += many
    server.hears_nothing()
    same([counts[0] for counts in published], [b":1\r\n"] * len(published))
    same(
        [raw for raw in heard if hot in raw], [server.hears.push("message", hot, str(n)) for n in range(len(published))]
    )
    late = [n for n, counts in enumerate(published) if counts[1] == b":1\r\n"]
    same(late, list(range(len(published) - len(late), len(published))))  # once subscribed, always heard
    same([raw for raw in heard if hot not in raw], [server.hears.push("message", channels[5], str(n)) for n in late])
    # And a busy host that stops: as many UNSUBSCRIBE.
    batch = threading.Thread(target=lambda: server.hears.write(*(("UNSUBSCRIBE", c) for c in channels)), daemon=True)
    batch.start()
    for n, channel in enumerate(channels):
        same(server.hears.reply(), server.hears.push("unsubscribe", channel, before + many - n - 1))
    same(publisher.ask("PUBLISH", channels[5], "x"), b":0\r\n")


@test("what an operator sees: PUBSUB CHANNELS, NUMSUB and CLIENT LIST TYPE pubsub")
def _():
    one, two = two_servers()
    two.subscribe("group:g")
    admin = Wire()
    admin.write(
        ("PUBSUB", "CHANNELS", one.full("*")),
        ("PUBSUB", "NUMSUB", one.full("all"), one.full("group:g"), one.full("user:u")),
    )
    listed = re.findall(rb"\r\n\$\d+\r\n([^\r]+)", b"\r\n" + admin.reply().split(b"\r\n", 1)[1])
    internal = [s.full(f"internal:{kind}:{s.name}") for s in (one, two) for kind in ("ack", "return")]
    same(sorted(listed), sorted([one.full("all"), one.full("internal:groups"), one.full("group:g"), *internal]))
    numsub = (
        b"*6\r\n"
        + bulk(one.full("all"))
        + b":2\r\n"
        + bulk(one.full("group:g"))
        + b":1\r\n"
        + bulk(one.full("user:u"))
        + b":0\r\n"
    )
    same(admin.reply(), numsub)
    clients = admin.ask("CLIENT", "LIST", "TYPE", "pubsub")
    listed = [dict(f.split(b"=", 1) for f in line.split()) for line in re.findall(rb"id=[^\n]+", clients)]
    for server in (one, two):
        host, port = server.hears.socket.getsockname()
        (mine,) = [client for client in listed if client[b"addr"] == b"%s:%d" % (host.encode(), port)]
        wanted = (b"P", b"%d" % server.count, b"0", b"0", b"%d" % PROTO, b"SE.Redis")
        same(tuple(mine[f] for f in (b"flags", b"sub", b"psub", b"ssub", b"resp", b"lib-name")), wanted)


@test("keep-alives on the subscription leg: PING, and UNSUBSCRIBE of a GUID that nobody holds")
def _():
    server = AppServer(fresh("MyApp.ChatHub"))
    for _ in range(3):
        server.hears_nothing()
        got = server.hears.ask("UNSUBSCRIBE", ECHOED)
        same(got, server.hears.push("unsubscribe", ECHOED, server.count))
        info(PROTO, ROLE)(server.commands.ask("INFO", "replication"))


@test("a server that dies is forgotten, the other goes on; it comes back with one batch of SUBSCRIBE")
def _():
    one, two = two_servers()
    two.subscribe("group:g")
    two.hears.close()
    two.commands.close()
    admin = Wire()
    until(lambda: admin.ask("PUBSUB", "NUMSUB", one.full("all")), b"*2\r\n" + bulk(one.full("all")) + b":1\r\n")
    same((one.publish("all", b"alone"), one.publish("group:g", b"nobody")), (1, 0))
    one.must_hear("all", b"alone")
    again = AppServer(one.hub)
    groups = [f"group:{n}" for n in range(1000)]
    again.hears.write(*(("SUBSCRIBE", again.full(g)) for g in groups))
    for n, group in enumerate(groups):
        same(again.hears.reply(), again.hears.push("subscribe", again.full(group), again.count + n + 1))
    same((one.publish("all", b"together"), one.publish("group:999", b"g")), (2, 1))
    again.must_hear("all", b"together")
    again.must_hear("group:999", b"g")


@test("a host that stops leaves its channels one by one and says QUIT")
def _():
    one, two = two_servers()
    channels = ["all", "internal:groups", f"internal:ack:{two.name}", f"internal:return:{two.name}"]
    for channel in channels:
        two.unsubscribe(channel)
    if PROTO == 2:
        same(two.hears.ask("UNSUBSCRIBE", MASTER_CHANGED), two.hears.push("unsubscribe", MASTER_CHANGED, 0))
    two.stop()
    same(one.publish("all", b"alone"), 1)


main(f"signalr RESP{PROTO}")
