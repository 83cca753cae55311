#!/usr/bin/env python3
"""Load and kills, for .ci/long: a server under more clients than any other test has, whose clients and itself are killed.

    tests/load/run.py [SERVER]       SERVER is target/release/cutaway unless given

Each check prints a line that begins with `ok` or `FAIL`, and the last line counts them. The traffic stays on this machine,
and each loop is bounded in count. Needs Python 3 and nothing else.
"""

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time

SERVER = sys.argv[1] if len(sys.argv) > 1 else "target/release/cutaway"
SUBSCRIBERS, MESSAGES, BATCH = 2000, 500, 50
PATIENCE = 120  # seconds; only a server that no longer answers takes them
results = []


def check(says, holds, detail=""):
    results.append(holds)
    print(f"{'ok  ' if holds else 'FAIL'} {says}{'' if holds else f': {detail}'}", flush=True)


def command(*words):
    words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def read_exactly(connection, wanted):
    """Reads the bytes `wanted` and returns whether it was these that came."""
    got = bytearray()
    while len(got) < len(wanted):
        piece = connection.recv(min(1 << 20, len(wanted) - len(got)))
        if not piece:
            return False
        got += piece
    return bytes(got) == wanted


class Server:
    """The server, started in a directory of its own and waited for until it answers."""

    def __init__(self, directory, port=None):
        if port is None:
            with socket.socket() as free:
                free.bind(("127.0.0.1", 0))
                port = free.getsockname()[1]
        self.port, self.pidfile = port, os.path.join(directory, "cutaway.pid")
        self.log = open(os.path.join(directory, "log"), "a+b")
        arguments = [SERVER, "--port", str(port), "--dir", directory, "--pidfile", self.pidfile]
        self.process = subprocess.Popen(arguments, stdout=self.log, stderr=self.log)
        until = time.monotonic() + PATIENCE
        while True:
            try:
                with self.connect() as connection:
                    connection.sendall(command("PING"))
                    if read_exactly(connection, b"+PONG\r\n"):
                        return
            except OSError:
                pass
            if time.monotonic() > until or self.process.poll() is not None:
                sys.exit(f"the server does not answer; its log is {self.log.name}")

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def info(self, field):
        with self.connect() as connection:
            connection.sendall(command("INFO") + command("QUIT"))
            text = b""
            while piece := connection.recv(1 << 16):
                text += piece
        return next(line.split(b":")[1] for line in text.split(b"\r\n") if line.startswith(field + b":"))

    def resident(self):
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()

    def wait_for(self, field, value):
        """Waits until INFO shows `value`; the sockets of a killed process are closed by the kernel, a moment later."""
        until = time.monotonic() + PATIENCE
        while self.info(field) != value and time.monotonic() < until:
            pass
        return self.info(field)

    def end(self, number):
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def subscribe(server, channel):
    connection = server.connect()
    connection.sendall(command("SUBSCRIBE", channel))
    assert read_exactly(connection, b"*3\r\n$9\r\nsubscribe\r\n$%d\r\n%s\r\n:1\r\n" % (len(channel), channel))
    return connection


def message(channel, number):
    return command("message", channel, b"%08d" % number)


def victims(server, channel, count):
    """A process of `count` subscribers that read nothing: it is there to be killed."""
    ready, tell = os.pipe()
    child = os.fork()
    if child == 0:
        kept = [subscribe(server, channel) for _ in range(count)]
        os.write(tell, b"%d" % len(kept))
        signal.pause()
        os._exit(0)
    os.read(ready, 16)
    os.close(ready)
    os.close(tell)
    return child


def fan_out(server, subscribers, channel, others):
    """Publishes MESSAGES in batches, and returns how many subscribers did not get each of them in order. `others` more
    clients are subscribed; a batch in the middle kills them."""
    publisher, lost, killed = server.connect(), set(), False
    for first in range(0, MESSAGES, BATCH):
        numbers = range(first, first + BATCH)
        publisher.sendall(b"".join(command("PUBLISH", channel, b"%08d" % number) for number in numbers))
        if first >= MESSAGES // 2 and not killed:
            for child in others:
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
            killed = True
        wanted = b"".join(message(channel, number) for number in numbers)
        lost |= {place for place, one in enumerate(subscribers) if not read_exactly(one, wanted)}
        for _ in numbers:
            while publisher.recv(1) != b"\n":
                pass
    publisher.close()
    return len(lost)


def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory() as directory:
        server = Server(directory)
        empty, after = server.resident(), []
        for turn in range(3):
            channel = b"load:%d" % turn
            subscribers = [subscribe(server, channel) for _ in range(SUBSCRIBERS)]
            others = [victims(server, channel, 200) for _ in range(3)]
            lost = fan_out(server, subscribers, channel, others)
            check(f"round {turn}: {SUBSCRIBERS} subscribers get {MESSAGES} messages while 600 others are killed", lost == 0, lost)
            for one in subscribers:
                one.close()
            left = server.wait_for(b"connected_clients", b"1")
            check(f"round {turn}: no client is left behind", left == b"1", left)
            check(f"round {turn}: no channel is left behind", server.info(b"pubsub_channels") == b"0")
            after.append(server.resident())
        check("memory does not grow from round to round", after[2] <= after[0] * 1.1 + (1 << 20), f"{empty} then {after}")

        kept = [subscribe(server, b"end") for _ in range(50)]
        check("SIGKILL ends the server", server.end(signal.SIGKILL) == -signal.SIGKILL)
        check("its clients see the end", all(one.recv(1) == b"" for one in kept))
        server = Server(directory, server.port)
        with open(server.pidfile) as pidfile:
            check("a server starts over the pid file of the killed one", pidfile.read() == f"{server.process.pid}\n")
        kept = [subscribe(server, b"end") for _ in range(50)]
        check("its clients come back", len(kept) == 50)
        busy = server.connect()
        busy.sendall(b"".join(command("PUBLISH", "end", b"x" * 1000) for _ in range(2000)))
        check("SIGTERM ends the server under load", server.end(signal.SIGTERM) == 0)
        check("and its pid file is gone", not os.path.exists(server.pidfile))
    print(f"\n{results.count(True)} passed, {results.count(False)} failed")
    sys.exit(results.count(False) != 0)


if __name__ == "__main__":
    main()
