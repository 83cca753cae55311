"""redis-cli: sessions as a person types them, compared with what a person sees, to the last character."""

import os
import re
import shutil
import subprocess

from harness import HOST, PORT, PROTO, UNIXSOCKET, Skip, fresh, main, same, test, until

CLI = os.environ.get("REDIS_CLI", "redis-cli")
BASE = [CLI, "-h", HOST, "-p", str(PORT)] + (["-3"] if PROTO == 3 else [])
VERSION = ""
if shutil.which(CLI):
    VERSION = re.search(r"\d+\.\d+(\.\d+)?", subprocess.run([CLI, "--version"], capture_output=True, text=True).stdout)[
        0
    ]

BOTH = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
_running = []


def at_least(major, minor):
    return tuple(map(int, VERSION.split(".")[:2])) >= (major, minor)


def cli(*words, typed=None, options=("--no-raw",)):
    """Runs one command, or the lines typed; gives what it printed."""
    done = subprocess.run(
        [*BASE, *options, *words], input=typed, capture_output=True, text=not isinstance(typed, bytes)
    )
    same((done.returncode, bool(done.stderr)), (0, False))
    return done.stdout


class Listener:
    """A redis-cli that stays subscribed (or monitoring), in a process of its own; its lines are read as they come."""

    def __init__(self, *words, options=()):
        self.process = subprocess.Popen([*BASE, *options, *words], stdin=subprocess.DEVNULL, **BOTH)
        _running.append(self.process)

    def line(self):
        text = self.process.stdout.readline()
        assert text.endswith("\n"), f"redis-cli ended, the last it printed was {text!r}"
        # redis-cli before 7.2 says how to leave, if it does not print raw.
        return self.line() if text.startswith("Reading messages...") else text[:-1]

    def shows(self, *lines):
        """The next lines must be these."""
        same([self.line() for _ in lines], list(lines))

    def dies(self):
        self.process.kill()
        self.process.wait()

    def ends(self):
        """It is killed, and had printed nothing more."""
        self.dies()
        same(self.process.stdout.read(), "")


def scripted(says):
    """Registers a test after which no redis-cli of its own is left running."""

    def register(function):
        def run():
            if not VERSION:
                raise Skip(f"{CLI} is not installed and could not be")
            try:
                function()
            finally:
                while _running:
                    process = _running.pop()
                    process.kill()
                    process.wait()
                    process.stdout.close()

        return test(says)(run)

    return register


def numsub(channel):
    return cli("pubsub", "numsub", channel, options=()).splitlines()


@scripted("lines typed into one session have one answer each")
def _():
    key = fresh("key")
    typed = f'PING\nECHO "two words"\nGET {key}\nSET {key} v\nGET {key}\nEXISTS {key} {key}\nDEL {key}\nNOSUCH a "b c"\nGET\nDBSIZE x\n'
    wanted = (
        'PONG\n"two words"\n(nil)\nOK\n"v"\n(integer) 2\n(integer) 1\n'
        "(error) ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b c' \n"
        "(error) ERR wrong number of arguments for 'get' command\n"
        "(error) ERR wrong number of arguments for 'dbsize' command\n"
    )
    same(cli(typed=typed), wanted)


@scripted("the weather: four people, three channels, two patterns")
def _():
    a, b = Listener("subscribe", "temperature", "rainfall"), Listener("subscribe", "temperature", "snow")
    a.shows("subscribe", "temperature", "1", "subscribe", "rainfall", "2")
    b.shows("subscribe", "temperature", "1", "subscribe", "snow", "2")
    c, d = Listener("subscribe", "temperature"), Listener("subscribe", "rainfall")
    c.shows("subscribe", "temperature", "1")
    d.shows("subscribe", "rainfall", "1")
    # A and B look out for more, each in a second window.
    a2, b2 = Listener("psubscribe", "*it*"), Listener("psubscribe", "*eye*", "*it*")
    a2.shows("psubscribe", "*it*", "1")
    b2.shows("psubscribe", "*eye*", "1", "psubscribe", "*it*", "2")

    same(cli("publish", "temperature", "21 C"), "(integer) 3\n")
    for who in (a, b, c):
        who.shows("message", "temperature", "21 C")
    same(cli("publish", "rainfall", "350cc"), "(integer) 2\n")
    for who in (a, d):
        who.shows("message", "rainfall", "350cc")
    same(cli("publish", "snow", ""), "(integer) 1\n")
    b.shows("message", "snow", "")
    same(cli("publish", "humidity", "40%"), "(integer) 2\n")
    a2.shows("pmessage", "*it*", "humidity", "40%")
    b2.shows("pmessage", "*it*", "humidity", "40%")
    same(cli("publish", "the eye of it", "calm"), "(integer) 3\n")
    a2.shows("pmessage", "*it*", "the eye of it", "calm")
    both = [tuple(b2.line() for _ in range(4)) for _ in range(2)]  # Redis leaves the order of patterns open
    same(sorted(both), [("pmessage", p, "the eye of it", "calm") for p in ("*eye*", "*it*")])
    same(cli("publish", "wind", "none"), "(integer) 0\n")
    numbers = '1) "temperature"\n2) (integer) 3\n3) "rainfall"\n4) (integer) 2\n5) "snow"\n6) (integer) 1\n'
    same(cli("pubsub", "numsub", "temperature", "rainfall", "snow"), numbers)

    b.ends()
    b2.ends()
    until(lambda: numsub("temperature") + numsub("snow"), ["temperature", "2", "snow", "0"])
    until(lambda: cli("publish", "humidity", "41%"), "(integer) 1\n")
    same(cli("publish", "temperature", "22 C"), "(integer) 2\n")
    for who in (a, c):
        who.shows("message", "temperature", "22 C")
    same(cli("publish", "snow", "ten cm"), "(integer) 0\n")
    d.ends()
    c.ends()
    a.ends()


@scripted("the live room: three listeners of live_room:*, one dies and the others go on")
def _():
    listeners = [Listener("psubscribe", "live_room:*") for _ in range(3)]
    for listener in listeners:
        listener.shows("psubscribe", "live_room:*", "1")
    same(cli("publish", "live_room:123", "hello everybody"), "(integer) 3\n")
    for listener in listeners:
        listener.shows("pmessage", "live_room:*", "live_room:123", "hello everybody")
    listeners[1].ends()
    until(lambda: cli("publish", "live_room:123", "is it gone?"), "(integer) 2\n")
    same(cli("publish", "live_room:7", "naïve ☃"), "(integer) 2\n")
    same(cli("publish", "live_room", "not a room"), "(integer) 0\n")
    for listener in (listeners[0], listeners[2]):
        line = listener.line()
        while line != "naïve ☃":  # past the questions that were asked until the dead one was gone
            assert line in ("pmessage", "live_room:*", "live_room:123", "live_room:7", "is it gone?"), line
            line = listener.line()
        listener.ends()


@scripted("a subscription with human formatting, as CSV and as JSON")
def _():
    channel = fresh("forms")
    human, csv = (
        Listener("subscribe", channel, options=("--no-raw",)),
        Listener("subscribe", channel, options=("--csv",)),
    )
    human.shows('1) "subscribe"', f'2) "{channel}"', "3) (integer) 1")
    csv.shows(f'"subscribe","{channel}",1')
    forms = [human, csv]
    if at_least(7, 0):
        json = Listener("subscribe", channel, options=("--json",))
        json.shows(f'["subscribe","{channel}",1]')
        forms.append(json)
    same(cli("publish", channel, 'a "b"\t'), f"(integer) {len(forms)}\n")
    human.shows('1) "message"', f'2) "{channel}"', '3) "a \\"b\\"\\t"')
    csv.shows(f'"message","{channel}","a \\"b\\"\\t"')
    if len(forms) == 3:
        json.shows(f'["message","{channel}","a \\"b\\"\\t"]')


@scripted("-x publishes what stands on standard input, any bytes")
def _():
    channel = fresh("stdin")
    listener = Listener("subscribe", channel, options=("--no-raw",))
    listener.shows('1) "subscribe"', f'2) "{channel}"', "3) (integer) 1")
    same(cli("-x", "publish", channel, typed=b"line 1\r\nline 2\x00\xff"), b"(integer) 1\n")
    listener.shows('1) "message"', f'2) "{channel}"', '3) "line 1\\r\\nline 2\\x00\\xff"')


@scripted("-r publishes again and again")
def _():
    channel = fresh("repeated")
    listener = Listener("subscribe", channel)
    listener.shows("subscribe", channel, "1")
    same(cli("-r", "5", "publish", channel, "again"), "(integer) 1\n" * 5)
    listener.shows(*("message", channel, "again") * 5)


@scripted("--pipe sends 10,000 PUBLISH at once and counts as many replies")
def _():
    channel = fresh("pipe")
    listener = Listener("subscribe", channel)
    listener.shows("subscribe", channel, "1")
    many = 10_000
    typed = "".join(
        f"*3\r\n$7\r\nPUBLISH\r\n${len(channel)}\r\n{channel}\r\n${len(str(n))}\r\n{n}\r\n" for n in range(many)
    )
    printed = cli("--pipe", typed=typed.encode(), options=()).decode().splitlines()
    same(printed[-1], f"errors: 0, replies: {many}")
    same(
        [listener.line() for _ in range(3 * many)], [line for n in range(many) for line in ("message", channel, str(n))]
    )


@scripted("shard channels: ssubscribe and spublish")
def _():
    channel = fresh("shard")
    listener = Listener("ssubscribe", channel)
    listener.shows("ssubscribe", channel, "1")
    same(cli("spublish", channel, "shard"), "(integer) 1\n")
    same(cli("publish", channel, "plain"), "(integer) 0\n")
    listener.shows("smessage", channel, "shard")
    same(cli("pubsub", "shardchannels", channel), f'1) "{channel}"\n')
    listener.ends()


@scripted("subscribing, publishing and unsubscribing in one session")
def _():
    if not at_least(7, 2):
        raise Skip(f"redis-cli {VERSION} leaves a subscription only by ending; 7.2 can go on")
    channel = fresh("session")
    wanted = f'1) "subscribe"\n2) "{channel}"\n3) (integer) 1\n'
    left = f'1) "unsubscribe"\n2) "{channel}"\n3) (integer) 0\n'
    typed = f"SUBSCRIBE {channel}\nPUBLISH {channel} x\nPING\nUNSUBSCRIBE {channel}\nPING\n"
    if PROTO == 3:
        wanted += f'(integer) 1\n1) "message"\n2) "{channel}"\n3) "x"\nPONG\n{left}PONG\n'
    else:
        refused = "only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
        wanted += f"(error) ERR Can't execute 'publish': {refused}\n" + f'1) "pong"\n2) ""\n{left}PONG\n'
    same(cli(typed=typed), wanted)


@scripted("HELLO 3 and CONFIG GET show the protocol's own shapes")
def _():
    got = cli("config", "get", "timeout")
    same(got, '1) "timeout"\n2) "0"\n' if PROTO == 2 else '1# "timeout" => "0"\n')
    shown = cli(typed="HELLO 3\n")
    assert re.search(r'^\d# "proto" => \(integer\) 3$', shown, re.M), shown


@scripted("INFO, whole and by section, is lines of names and values under headings")
def _():
    for words in (("info",), ("info", "everything"), ("info", "server", "clients", "stats")):
        lines = cli(*words, options=()).splitlines()
        assert all(re.fullmatch(r"|# [A-Za-z_ ]+|[a-zA-Z0-9_\-|:.]+:.*", line) for line in lines), lines
        values = dict(line.split(":", 1) for line in lines if ":" in line)
        same(
            (values["tcp_port"], values["pubsub_patterns"].isdigit(), values["connected_clients"].isdigit()),
            (str(PORT), True, True),
        )
        assert {"# Server", "# Clients", "# Stats"} <= set(lines), lines


@scripted("--stat prints a line of numbers at every interval")
def _():
    listener = Listener("--stat", "-i", "0.01")
    assert listener.line().startswith("------- data ------"), "no heading"
    same(listener.line().split(), "keys mem clients blocked requests connections".split())
    for _ in range(3):
        row = listener.line()
        assert re.fullmatch(r"\d+ +[\d.]+[BKMG] +\d+ +\d+ +\d+ \(\+\d+\) +\d+ *", row), row


@scripted("MONITOR shows what another redis-cli does")
def _():
    channel = fresh("watched")
    listener = Listener("monitor")
    listener.shows("OK")
    same(cli("publish", channel, "hello"), "(integer) 0\n")
    line = listener.line()
    while channel not in line:
        line = listener.line()
    assert re.fullmatch(rf'\d+\.\d{{6}} \[0 \S+:\d+\] "publish" "{channel}" "hello"', line), line


@scripted("a killed subscriber is told that the server closed the connection")
def _():
    channels = [fresh("killed") for _ in range(17)]  # so many that it is known by their number
    listener = Listener("subscribe", *channels)
    listener.shows(*(line for n, channel in enumerate(channels) for line in ("subscribe", channel, str(n + 1))))
    (line,) = [each for each in cli("client", "list", "type", "pubsub", options=()).splitlines() if " sub=17 " in each]
    same(cli("client", "kill", "id", re.match(r"id=(\d+) ", line)[1]), "(integer) 1\n")
    listener.shows("Error: Server closed the connection")
    same((listener.process.stdout.read(), listener.process.wait()), ("", 1))
    same(numsub(channels[0]), [channels[0], "0"])


@scripted("-a gives a password; without it and with a wrong one the door stays shut")
def _():
    quiet = ("--no-raw", "--no-auth-warning")
    try:
        same(cli("config", "set", "requirepass", "open sesame"), "OK\n")
        same(cli("-a", "open sesame", "ping", options=quiet), "PONG\n")
        same(cli("--user", "default", "--pass", "open sesame", "ping", options=quiet), "PONG\n")
        done = subprocess.run([*BASE, "ping"], capture_output=True, text=True)
        assert "NOAUTH" in done.stdout + done.stderr, done
        done = subprocess.run([*BASE, *quiet, "-a", "sesame", "ping"], capture_output=True, text=True)
        assert "WRONGPASS invalid username-password pair or user is disabled." in done.stdout + done.stderr, done
    finally:
        same(cli("-a", "open sesame", "config", "set", "requirepass", "", options=quiet), "OK\n")
    same(cli("ping"), "PONG\n")


@scripted("-s uses the Unix socket, -u a URI")
def _():
    if not UNIXSOCKET:
        raise Skip("UNIXSOCKET names no socket file")
    channel = fresh("unix")
    listener = Listener("-s", UNIXSOCKET, "subscribe", channel)
    listener.shows("subscribe", channel, "1")
    same(cli("-s", UNIXSOCKET, "publish", channel, "by file"), "(integer) 1\n")
    same(cli("-u", f"redis://{HOST}:{PORT}/0", "publish", channel, "by address"), "(integer) 1\n")
    listener.shows("message", channel, "by file", "message", channel, "by address")


@scripted("COMMAND COUNT and COMMAND INFO know PUBLISH and SUBSCRIBE")
def _():
    assert re.fullmatch(r"\(integer\) [1-9]\d+\n", cli("command", "count")), "no number"
    lines = cli("command", "info", "publish", "subscribe", "nosuchcommand", options=()).splitlines()
    same((lines[:2], "subscribe" in lines, "nosuchcommand" in lines), (["publish", "3"], True, False))


@scripted("HELP SET shows the arguments of COMMAND DOCS")
def _():
    if not at_least(7, 0):
        raise Skip("its help is compiled in")
    plain = re.sub("\x1b\\[[0-9;]*m", "", cli(typed="help set\n"))
    usage = "SET key value [NX|XX] [GET] [EX seconds|PX milliseconds|EXAT unix-time-seconds|PXAT unix-time-milliseconds|KEEPTTL]"
    same([line.strip() for line in plain.splitlines() if "SET" in line], [usage])


main(f"redis-cli {VERSION or '(none)'} RESP{PROTO}")
