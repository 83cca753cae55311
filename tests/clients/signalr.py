"""StackExchange.Redis and the SignalR backplane, without .NET: the bytes they write, and what they need back.

The handshakes are those of StackExchange.Redis 2.2.4, 2.7.27, 3.0 and 3.1.31. Each is one pipelined batch whose
replies are matched by position only, so one reply too few or too many would shift every later one for ever."""

import itertools
import os
import re
import threading

from harness import PROTO, Skip, fresh, main, same, test, until
from wire import Wire, as_bytes, bulk, command

ECHOED = bytes(range(0xF0, 0x100))  # the tracer is a GUID: 16 bytes that are not text
NOAUTH = b"-NOAUTH Authentication required.\r\n"
NOAUTH_HELLO = (
    b"-NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> "
    b"option can be used to authenticate the client and select the RESP protocol version at the same time\r\n"
)
WRONGPASS = b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"


# ---- what each reply of a handshake must be ----


def exactly(raw):
    return lambda got: same(got, raw)


OK = exactly(b"+OK\r\n")


def matching(pattern):
    def check(got):
        assert re.fullmatch(pattern, got, re.S), f"\n     got {got!r}\n  wanted {pattern!r}"

    return check


def setting(proto, name, value):
    head = b"%1\r\n" if proto == 3 else b"*2\r\n"
    return matching(re.escape(head + bulk(name)) + rb"\$\d+\r\n(?:" + value + rb")\r\n")


def info(proto, *fields):
    """A bulk string, or in RESP3 a verbatim one, with lines that match each of the fields."""

    def check(got):
        same(got[:1] + (re.match(rb"=\d+\r\n(txt:)", got) or [b"", b""])[1], b"=txt:" if proto == 3 else b"$")
        for field in fields:
            assert re.search(rb"^" + field + rb"\r$", got, re.M), f"no line {field!r} in {got!r}"

    return check


def hello(proto):
    """Seven pairs in this order; the version has two to four numbers and nothing else, or .NET cannot parse it."""
    head = b"%7\r\n" if proto == 3 else b"*14\r\n"
    before = re.escape(head + bulk("server")) + rb"\$\d+\r\n\w+\r\n" + re.escape(bulk("version"))
    version = rb"\$\d+\r\n\d+(\.\d+){1,3}\r\n"
    after = bulk("proto") + b":%d\r\n" % proto + bulk("id") + b":ID\r\n"
    after += bulk("mode") + bulk("standalone") + bulk("role") + bulk("master") + bulk("modules")
    return matching(before + version + re.escape(after).replace(b"ID", rb"\d+") + rb"\*\d+\r\n.*")


NO_SENTINEL = exactly(b"-ERR unknown command 'SENTINEL', with args beginning with: 'MASTERS' \r\n")
NO_CLUSTER = exactly(b"-ERR This instance has cluster support disabled\r\n")
SERVER_FIELDS = (rb"redis_version:\d+(\.\d+){1,3}", rb"(redis|server)_mode:standalone", rb"run_id:[0-9a-f]{40}")
ROLE = rb"role:master"
MASTER_CHANGED = "__Booksleeve_MasterChanged"


def interactive(version, password=None, proto=None):
    """The batch of the interactive connection: pairs of a command and the check of its reply.

    From 3.0 on it wants RESP3, and says so even when it is told to stay with RESP2."""
    name = f"BOX(SE.Redis-v{version})"
    proto = proto or (3 if version.startswith("3.") else 2)
    auth = [] if password is None else [(("AUTH", password), OK)]
    if version == "2.2.4":
        return [
            *auth,
            (("CLIENT", "SETNAME", name), OK),
            (("CONFIG", "GET", "timeout"), setting(2, "timeout", rb"\d+")),
            (("CONFIG", "GET", "slave-read-only"), setting(2, "slave-read-only", rb"yes|no")),
            (("CONFIG", "GET", "databases"), setting(2, "databases", rb"\d+")),
            (("SENTINEL", "MASTERS"), NO_SENTINEL),
            (("INFO",), info(2, ROLE, *SERVER_FIELDS)),
            (("CLUSTER", "NODES"), NO_CLUSTER),
            (("ECHO", ECHOED), exactly(bulk(ECHOED))),
        ]
    read_only = "replica-read-only" if version.startswith("3.") else "slave-read-only"
    if version.startswith("3.0"):
        credentials = () if password is None else ("AUTH", "default", password)
        start = [(("HELLO", 3, *credentials, "SETNAME", name), hello(3)), *auth]
    elif version.startswith("3."):
        start = [*auth, (("HELLO", proto), hello(proto))]
    else:
        start = auth
    return [
        *start,
        (("CLIENT", "SETNAME", name), OK),
        (("CLIENT", "SETINFO", "lib-name", "SE.Redis"), OK),
        (("CLIENT", "SETINFO", "lib-ver", version), OK),
        (("CLIENT", "ID"), matching(rb":\d+\r\n")),
        (("CONFIG", "GET", read_only), setting(proto, read_only, rb"yes|no")),
        (("CONFIG", "GET", "databases"), setting(proto, "databases", rb"\d+")),
        (("SENTINEL", "MASTERS"), NO_SENTINEL),
        (("INFO", "replication"), info(proto, ROLE)),
        (("INFO", "server"), info(proto, *SERVER_FIELDS)),
        (("CLUSTER", "NODES"), NO_CLUSTER),
        (("GET", "__Booksleeve_TieBreak"), exactly(b"_\r\n" if proto == 3 else b"$-1\r\n")),
        (("ECHO", ECHOED), exactly(bulk(ECHOED))),
    ]


def subscription(version, password=None):
    """The batch of the second connection, which RESP2 needs. SUBSCRIBE is last on purpose."""
    name = f"BOX(SE.Redis-v{version})"
    batch = [] if password is None else [(("AUTH", password), OK)]
    batch.append((("CLIENT", "SETNAME", name), OK))
    if version != "2.2.4":
        batch += [
            (("CLIENT", "SETINFO", "lib-name", "SE.Redis"), OK),
            (("CLIENT", "SETINFO", "lib-ver", version), OK),
            (("CLIENT", "ID"), matching(rb":\d+\r\n")),
        ]
    confirmed = b"*3\r\n" + bulk("subscribe") + bulk(MASTER_CHANGED) + b":1\r\n"
    return [*batch, (("ECHO", ECHOED), exactly(bulk(ECHOED))), (("SUBSCRIBE", MASTER_CHANGED), exactly(confirmed))]


if PROTO == 2:
    BATCHES = {
        "2.2.4 interactive": lambda p=None: interactive("2.2.4", p),
        "2.2.4 subscription": lambda p=None: subscription("2.2.4", p),
        "2.7.27 interactive": lambda p=None: interactive("2.7.27.49176", p),
        "2.7.27 subscription": lambda p=None: subscription("2.7.27.49176", p),
        "3.1.31 interactive": lambda p=None: interactive("3.1.31.1", p, proto=2),
        "3.1.31 subscription": lambda p=None: subscription("3.1.31.1", p),
    }
else:
    BATCHES = {
        "3.0 only connection": lambda p=None: interactive("3.0.0.1", p),
        "3.1.31 only connection": lambda p=None: interactive("3.1.31.1", p),
    }


def check_batch(wire, batch):
    for words, check in batch:
        try:
            check(wire.reply())
        except AssertionError as error:
            raise AssertionError(f"the reply to {words}: {error}") from None


def encoded(batch):
    return b"".join(command(*words) for words, _ in batch)


def nothing_more(wire):
    """No reply too many: the next one belongs to the next command. An unknown command is answered in every state."""
    same(wire.ask("NOTHINGMORE"), b"-ERR unknown command 'NOTHINGMORE', with args beginning with: \r\n")


def for_each_batch(says):
    def register(function):
        for name, batch in BATCHES.items():
            test(f"handshake {name}: {says}")(lambda batch=batch: function(batch))

    return register


@for_each_batch("one write, one reply each")
def _(batch):
    wire = Wire()
    wire.socket.sendall(encoded(batch()))
    check_batch(wire, batch())
    nothing_more(wire)


@for_each_batch("split in two at every byte, and sent byte by byte")
def _(batch):
    wire, other = Wire(), Wire()
    data = encoded(batch())

    def arrived():
        """Once another connection has been served, the server has seen what was written here before."""
        same(other.ask("PING"), b"+PONG\r\n")

    for cut in range(1, len(data)):
        wire.socket.sendall(data[:cut])
        arrived()
        wire.socket.sendall(data[cut:])
        check_batch(wire, batch())
        same(wire.ask("RESET"), b"+RESET\r\n")
    for byte in data:
        wire.socket.sendall(bytes([byte]))
        arrived()
    check_batch(wire, batch())
    nothing_more(wire)


@for_each_batch("with the right password")
def _(batch):
    with Password("open sesame"):
        wire = Wire()
        wire.socket.sendall(encoded(batch("open sesame")))
        check_batch(wire, batch("open sesame"))
        nothing_more(wire)


@for_each_batch("with a wrong password every command still has its one reply")
def _(batch):
    with Password("open sesame") as admin:
        forgetful = forgets_late_auth(admin)
        wanted = []
        for place, (words, check) in enumerate(batch("sesame")):
            if words[0] == "AUTH" and place > 0 and forgetful:
                continue
            if words[0] == "AUTH" or "AUTH" in words:
                check = exactly(WRONGPASS)
            elif words[0] == "HELLO":
                check = exactly(NOAUTH_HELLO)
            elif words[0] != "SENTINEL":  # an unknown command is told so even to a stranger
                check = exactly(NOAUTH)
            wanted.append((words, check))
        wire = Wire()
        wire.socket.sendall(encoded(batch("sesame")))
        check_batch(wire, wanted)
        nothing_more(wire)


@test("a failing AUTH that is not the first of its batch is answered too")
def _():
    with Password("open sesame") as admin:
        if forgets_late_auth(admin):
            raise Skip("a fault of Redis 7.4 and later, which StackExchange.Redis works around by sending AUTH first")


class Password:
    """Sets requirepass for the time of a test; gives a connection that is inside already."""

    def __init__(self, password):
        self.password, self.admin = password, Wire()

    def __enter__(self):
        same(self.admin.ask("CONFIG", "SET", "requirepass", self.password), b"+OK\r\n")
        return self.admin

    def __exit__(self, *_):
        same(self.admin.ask("CONFIG", "SET", "requirepass", ""), b"+OK\r\n")


def forgets_late_auth(admin):
    """Whether the server leaves a failing AUTH without a reply when replies are waiting already; cutaway must not."""
    wire = Wire()
    wire.write(("CLIENT", "SETNAME", "x"), ("AUTH", "bad"), ("ECHO", "t"), ("NOTHINGMORE",))
    replies = list(iter(wire.reply, b"-ERR unknown command 'NOTHINGMORE', with args beginning with: \r\n"))
    if replies == [NOAUTH, NOAUTH] and b"cutaway_version:" not in admin.ask("INFO", "server"):
        return True
    same(replies, [NOAUTH, WRONGPASS, NOAUTH])
    return False


# ---- transcripts: one command at a time, or one batch, and the exact bytes ----

NOT_NOW = b"-ERR Can't execute '%s': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context\r\n"


@test("a subscribed connection: confirmations, PING, what is allowed and what is not, RESET, QUIT")
def _():
    wire, channel, pattern = Wire(PROTO), fresh("App.ChatHub") + ":all", fresh("App.ChatHub") + ":*"
    talk = []
    if PROTO == 3:
        hello(3)(wire.ask("HELLO", 3))
    talk += [
        (("SUBSCRIBE", channel), wire.push("subscribe", channel, 1)),
        (("PSUBSCRIBE", pattern), wire.push("psubscribe", pattern, 2)),
        (("SSUBSCRIBE", "sh1"), wire.push("ssubscribe", "sh1", 1)),
        (("SUBSCRIBE", channel), wire.push("subscribe", channel, 2)),
        (("PING",), wire.push("pong", "") if PROTO == 2 else b"+PONG\r\n"),
        (("PING", "x"), wire.push("pong", "x") if PROTO == 2 else bulk("x")),
        (("UNSUBSCRIBE", ECHOED), wire.push("unsubscribe", ECHOED, 2)),
    ]
    if PROTO == 2:
        for words, name in (
            (("GET", "a"), b"get"),
            (("PUBLISH", channel, "x"), b"publish"),
            (("CLIENT", "LIST"), b"client|list"),
            (("HELLO", 3), b"hello"),
            (("AUTH", "x"), b"auth"),
            (("COMMAND",), b"command"),
        ):
            talk.append((words, NOT_NOW % name))
    else:
        talk.append((("GET", fresh("nokey")), b"_\r\n"))
    nothing = b"-1\r\n" if PROTO == 2 else b"_\r\n"
    none_left = (b"*3\r\n" if PROTO == 2 else b">3\r\n") + b"$%d\r\n%s\r\n" + (b"$" if PROTO == 2 else b"") + nothing + b":%d\r\n"
    talk += [
        (("SUNSUBSCRIBE",), wire.push("sunsubscribe", "sh1", 0)),
        (("UNSUBSCRIBE",), wire.push("unsubscribe", channel, 1)),
        (("UNSUBSCRIBE",), none_left % (11, b"unsubscribe", 1)),
        (("PUNSUBSCRIBE",), wire.push("punsubscribe", pattern, 0)),
        (("PUNSUBSCRIBE",), none_left % (12, b"punsubscribe", 0)),
        (("SUNSUBSCRIBE",), none_left % (12, b"sunsubscribe", 0)),
        (("GET", fresh("nokey")), wire.null),
        (("SUBSCRIBE", channel), wire.push("subscribe", channel, 1)),
        (("RESET",), b"+RESET\r\n"),
        (("GET", fresh("nokey")), b"$-1\r\n"),  # RESP2 again
        (("SUBSCRIBE",), b"-ERR wrong number of arguments for 'subscribe' command\r\n"),
        (("PUBLISH", "x"), b"-ERR wrong number of arguments for 'publish' command\r\n"),
        (("PUBSUB", "NUMSUB"), b"*0\r\n"),
        (("PUBSUB", "FOO"), b"-ERR unknown subcommand 'FOO'. Try PUBSUB HELP.\r\n"),
        (("PUBSUB",), b"-ERR wrong number of arguments for 'pubsub' command\r\n"),
        (("CLIENT", "MAINT_NOTIFICATIONS", "ON"), b"-ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.\r\n"),
        (("HELLO", 4), b"-NOPROTO unsupported protocol version\r\n"),
        (("HELLO", "three"), b"-ERR Protocol version is not an integer or out of range\r\n"),
        (("HELLO", 3, "FOO"), b"-ERR Syntax error in HELLO option 'FOO'\r\n"),
        (("SELECT", 0), b"+OK\r\n"),
        (("SELECT", 100000), b"-ERR DB index is out of range\r\n"),
        (("QUIT",), b"+OK\r\n"),
    ]
    for words, wanted in talk:
        got = wire.ask(*words)
        assert got == wanted, f"\n   asked {words}\n     got {got!r}\n  wanted {wanted!r}"
    wire.end()


@test("CLIENT REPLY OFF and SKIP silence replies, never confirmations or messages")
def _():
    wire, publisher, channel = Wire(2), Wire(), fresh("quiet")
    wire.write(("CLIENT", "REPLY", "SKIP"), ("ECHO", "a"), ("ECHO", "b"), ("CLIENT", "REPLY", "OFF"), ("ECHO", "c"))
    wire.write(("SUBSCRIBE", channel))
    same([wire.reply(), wire.reply()], [bulk("b"), wire.push("subscribe", channel, 1)])
    same(publisher.ask("PUBLISH", channel, "1"), b":1\r\n")
    same(wire.message(), wire.push("message", channel, "1"))


if PROTO == 3:

    @test("one batch on one connection: replies and confirmations in order, a message to oneself after PUBLISH's reply")
    def _():
        wire, a, b = Wire(3), fresh("a"), fresh("b")
        wire.ask("HELLO", 3)
        nokey = fresh("nokey")
        wire.write(
            ("SUBSCRIBE", a), ("GET", nokey), ("SUBSCRIBE", b), ("PUBLISH", a, "m1"), ("GET", nokey), ("PUBLISH", b, "m2"),
            ("UNSUBSCRIBE", a), ("PUBLISH", a, "m3"), ("PSUBSCRIBE", b + "*"), ("PUBLISH", b, "m4"),
            ("SSUBSCRIBE", a), ("SPUBLISH", a, "m5"), ("ECHO", "end"),
        )  # fmt: skip
        wanted = [
            wire.push("subscribe", a, 1), b"_\r\n", wire.push("subscribe", b, 2), b":1\r\n", wire.push("message", a, "m1"),
            b"_\r\n", b":1\r\n", wire.push("message", b, "m2"), wire.push("unsubscribe", a, 1), b":0\r\n",
            wire.push("psubscribe", b + "*", 2), b":2\r\n", wire.push("message", b, "m4"),
            wire.push("pmessage", b + "*", b, "m4"), wire.push("ssubscribe", a, 1), b":1\r\n",
            wire.push("smessage", a, "m5"), bulk("end"),
        ]  # fmt: skip
        same([wire.frame() for _ in wanted], wanted)


# ---- the SignalR backplane ----


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
        same(self.hears.ask("SUBSCRIBE", self.full(channel)), self.hears.push("subscribe", self.full(channel), self.count))

    def unsubscribe(self, channel):
        self.count -= 1
        same(self.hears.ask("UNSUBSCRIBE", self.full(channel)), self.hears.push("unsubscribe", self.full(channel), self.count))

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


@test("SignalR: send to all reaches every server, the sender's own too, and counts them")
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


@test("SignalR: a PUBLISH counts 1 right after SUBSCRIBE's confirmation and 0 right after UNSUBSCRIBE's")
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


@test("SignalR: groups across servers, by group command and ack; adding and removing twice changes nothing")
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


@test("SignalR: a group and a user named * are names and not patterns")
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


@test("SignalR: a user with connections on two servers is reached on both until the last one goes")
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


@test("SignalR: client results come back over the return channel; a missing connection counts 0")
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


@test("SignalR: applications with different channel prefixes do not hear each other")
def _():
    hub = fresh("MyApp.ChatHub")
    staging, live = AppServer(hub, "staging:"), AppServer(hub, "live:")
    same(staging.publish("all", b"s"), 1)
    same(live.publish("all", b"l"), 1)
    staging.must_hear("all", b"s")
    live.must_hear("all", b"l")
    staging.hears_nothing()
    live.hears_nothing()


@test("SignalR: sends to many groups are one batch of PUBLISH with one count each")
def _():
    one, two = two_servers()
    for n in range(0, 100, 2):
        two.subscribe(f"group:{n}")
    one.commands.write(*(("PUBLISH", one.full(f"group:{n}"), invocation(b"%d" % n)) for n in range(100)))
    same([one.commands.reply() for _ in range(100)], [b":1\r\n", b":0\r\n"] * 50)
    for n in range(0, 100, 2):
        two.must_hear(f"group:{n}", invocation(b"%d" % n))


@test("SignalR: of two publishers' batches every subscriber hears each in its order")
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


@test("SignalR: a binary payload of 1 MB arrives whole at every server")
def _():
    one, two = two_servers()
    payload = invocation(os.urandom(1 << 20))
    for _ in range(3):
        same(one.publish("all", payload), 2)
        one.must_hear("all", payload)
        two.must_hear("all", payload)


@test("SignalR: 10,000 SUBSCRIBE in one write while messages flow: confirmations in order, messages never inside")
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
    same([raw for raw in heard if hot in raw], [server.hears.push("message", hot, str(n)) for n in range(len(published))])
    late = [n for n, counts in enumerate(published) if counts[1] == b":1\r\n"]
    same(late, list(range(len(published) - len(late), len(published))))  # once subscribed, always heard
    same([raw for raw in heard if hot not in raw], [server.hears.push("message", channels[5], str(n)) for n in late])
    # And a busy host that stops: as many UNSUBSCRIBE.
    batch = threading.Thread(target=lambda: server.hears.write(*(("UNSUBSCRIBE", c) for c in channels)), daemon=True)
    batch.start()
    for n, channel in enumerate(channels):
        same(server.hears.reply(), server.hears.push("unsubscribe", channel, before + many - n - 1))
    same(publisher.ask("PUBLISH", channels[5], "x"), b":0\r\n")


@test("SignalR: what an operator sees: PUBSUB CHANNELS, NUMSUB and CLIENT LIST TYPE pubsub")
def _():
    one, two = two_servers()
    two.subscribe("group:g")
    admin = Wire()
    admin.write(("PUBSUB", "CHANNELS", one.full("*")), ("PUBSUB", "NUMSUB", one.full("all"), one.full("group:g"), one.full("user:u")))
    listed = re.findall(rb"\r\n\$\d+\r\n([^\r]+)", b"\r\n" + admin.reply().split(b"\r\n", 1)[1])
    internal = [s.full(f"internal:{kind}:{s.name}") for s in (one, two) for kind in ("ack", "return")]
    same(sorted(listed), sorted([one.full("all"), one.full("internal:groups"), one.full("group:g"), *internal]))
    numsub = b"*6\r\n" + bulk(one.full("all")) + b":2\r\n" + bulk(one.full("group:g")) + b":1\r\n" + bulk(one.full("user:u")) + b":0\r\n"
    same(admin.reply(), numsub)
    clients = admin.ask("CLIENT", "LIST", "TYPE", "pubsub")
    listed = [dict(f.split(b"=", 1) for f in line.split()) for line in re.findall(rb"id=[^\n]+", clients)]
    for server in (one, two):
        host, port = server.hears.socket.getsockname()
        (mine,) = [client for client in listed if client[b"addr"] == b"%s:%d" % (host.encode(), port)]
        wanted = (b"P", b"%d" % server.count, b"0", b"0", b"%d" % PROTO, b"SE.Redis")
        same(tuple(mine[f] for f in (b"flags", b"sub", b"psub", b"ssub", b"resp", b"lib-name")), wanted)


@test("SignalR: keep-alives on the subscription leg: PING, and UNSUBSCRIBE of a GUID that nobody holds")
def _():
    server = AppServer(fresh("MyApp.ChatHub"))
    for _ in range(3):
        server.hears_nothing()
        got = server.hears.ask("UNSUBSCRIBE", ECHOED)
        same(got, server.hears.push("unsubscribe", ECHOED, server.count))
        info(PROTO, ROLE)(server.commands.ask("INFO", "replication"))


@test("SignalR: a server that dies is forgotten, the other goes on; it comes back with one batch of SUBSCRIBE")
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


@test("SignalR: a host that stops leaves its channels one by one and says QUIT")
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
