"""What StackExchange.Redis writes when it connects, and what each reply must be: versions 2.2.4, 2.7.27, 3.0 and 3.1.31.

Each handshake is one pipelined batch whose replies are matched by position only, so one reply too few or too many
would shift every later one for ever. A batch is a list of pairs: a command, and the check of its reply."""

import re

from harness import PROTO, same
from wire import bulk, command

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
