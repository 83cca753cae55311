#!/usr/bin/env python3
"""What durability costs: SET and XADD under `always` and `everysec`, snapshots, loading, rewrites, beside a Redis on the same disk.

    benches/durability.py [--quick] [SERVER [REDIS]]

SERVER is target/release/cutaway unless given, REDIS is target/reference/trixie/redis-server (made by `tests/reference`).
Both take turns, each in a directory of its own below the current one, so that both write to the same disk. A line has the ratio of
cutaway to Redis: requests a second (more is better), processor time of the server with all its threads a request (less is
better). 50 connections; the load is the same process for both. Needs Python 3 and nothing else.
"""

import os
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

arguments = [word for word in sys.argv[1:] if word != "--quick"]
QUICK = "--quick" in sys.argv
SERVER = arguments[0] if arguments else "target/release/cutaway"
REDIS = arguments[1] if len(arguments) > 1 else "target/reference/trixie/redis-server"
CONNECTIONS = 50
ROUNDS, SECONDS = (3, 1.0) if QUICK else (7, 3.0)
KEYS = 200_000 if QUICK else 1_000_000


def command(*words):
    words = [word if isinstance(word, bytes) else str(word).encode() for word in words]
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


class Server:
    """A server in a directory of its own, waited for until it answers PING and has loaded its files."""

    def __init__(self, program, directory, *settings):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        words = [program, "--port", str(self.port), "--dir", directory, *settings]
        self.log = open(os.path.join(directory, "log"), "ab")
        began = time.monotonic()
        self.process = subprocess.Popen(words, stdout=self.log, stderr=self.log)
        while True:
            try:
                self.connection = socket.create_connection(("127.0.0.1", self.port))
                if self.ask("PING") == b"+PONG\r\n":
                    break
            except OSError:
                pass
            if self.process.poll() is not None:
                sys.exit(f"{program} has ended: see {directory}/log")
            time.sleep(0.01)
        self.start_seconds = time.monotonic() - began

    def ask(self, *words):
        self.connection.sendall(command(*words))
        return self.connection.recv(1 << 20)

    def cpu(self):
        """Processor time of all threads, in seconds."""
        tasks = f"/proc/{self.process.pid}/task"
        return sum(int(open(f"{tasks}/{task}/schedstat").read().split()[0]) for task in os.listdir(tasks)) / 1e9

    def cpu_of_children(self):
        """Processor time of the children that have ended, in seconds: Redis rewrites in one."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rpartition(")")[2].split()
        return sum(int(field) for field in fields[13:15]) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.connection.close()
        self.process.kill()
        self.process.wait()
        self.log.close()


def load(server, request, depth, seconds):
    """Requests a second, and processor seconds a request: each connection keeps `depth` requests on their way."""
    poll, batches = select.epoll(), {}
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", server.port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        batches[connection.fileno()] = (connection, [0])
        poll.register(connection, select.EPOLLIN)
        connection.sendall(request * depth)
    done, cpu, began = 0, server.cpu(), time.monotonic()
    # A reply ends with the second, or the fourth, line end: SET has one, XADD two.
    lines = 1 if request.startswith(b"*3") else 2
    while time.monotonic() < began + seconds:
        for fd, _ in poll.poll(1):
            connection, open_lines = batches[fd]
            open_lines[0] += connection.recv(1 << 16).count(b"\n")
            if open_lines[0] >= depth * lines:
                open_lines[0] = 0
                done += depth
                connection.sendall(request * depth)
    passed, cpu = time.monotonic() - began, server.cpu() - cpu
    for connection, _ in batches.values():
        connection.close()
    return done / passed, cpu / max(done, 1)


def compared(name, measure):
    """Prints the ratio of what `measure(program, directory)` returns for both, the median of the rounds."""
    ratios = []
    for _ in range(ROUNDS):
        figures = []
        for program in (SERVER, REDIS):
            directory = tempfile.mkdtemp(dir=".", prefix="durability-")
            try:
                figures.append(measure(program, os.path.abspath(directory)))
            finally:
                shutil.rmtree(directory)
        ratios.append([ours / theirs if theirs else float("nan") for ours, theirs in zip(*figures)])
    medians = [statistics.median(column) for column in zip(*ratios)]
    print(f"{name:46}", "  ".join(f"{median:5.2f}x" for median in medians), flush=True)


def writing(policy, request, depth):
    def measure(program, directory):
        server = Server(program, directory, "--appendonly", "yes", "--appendfsync", policy, "--save", "")
        load(server, request, depth, SECONDS / 4)
        figures = load(server, request, depth, SECONDS)
        server.end()
        return figures

    return measure


def fill(server, kind):
    connection = socket.create_connection(("127.0.0.1", server.port))
    for first in range(0, KEYS, 10_000):
        numbers = range(first, first + 10_000)
        if kind == "keys":
            connection.sendall(b"".join(command("SET", f"key:{number}", f"value:{number}") for number in numbers))
        else:
            connection.sendall(b"".join(command("XADD", "s", f"{number + 1}-1", "field", number) for number in numbers))
        wanted = 10_000 * (1 if kind == "keys" else 2)
        while wanted > 0:
            wanted -= connection.recv(1 << 20).count(b"\n")
    connection.close()


def rewriting(preamble):
    def measure(program, directory):
        server = Server(program, directory, "--appendonly", "yes", "--aof-use-rdb-preamble", preamble, "--save", "")
        fill(server, "keys")
        cpu, began = server.cpu() + server.cpu_of_children(), time.monotonic()
        server.ask("BGREWRITEAOF")
        while b"aof_rewrite_in_progress:0" not in server.ask("INFO", "persistence"):
            time.sleep(0.005)
        figures = time.monotonic() - began, server.cpu() + server.cpu_of_children() - cpu
        server.end()
        return figures

    return measure


def saving_and_loading(kind):
    def measure(program, directory):
        server = Server(program, directory, "--save", "")
        fill(server, kind)
        cpu, began = server.cpu(), time.monotonic()
        server.ask("SAVE")
        saved = time.monotonic() - began
        server.end()
        server = Server(program, directory, "--save", "")
        loaded = server.start_seconds
        server.end()
        return saved, loaded

    return measure


print(f"{'':46} {'rate':>6}  {'CPU':>6}")
for policy in ("always", "everysec"):
    for name, request in (("SET", command("SET", "k", "x" * 32)), ("XADD", command("XADD", "s", "MAXLEN", "~", "1000", "*", "f", "x" * 32))):
        for depth in (1, 16):
            compared(f"{name}, appendfsync {policy}, depth {depth}", writing(policy, request, depth))
print(f"{'':46} {'SAVE':>6}  {'load':>6}   seconds")
for kind in ("keys", "stream"):
    compared(f"{KEYS:,} {'keys' if kind == 'keys' else 'entries of a stream'}", saving_and_loading(kind))
print(f"{'':46} {'time':>6}  {'CPU':>6}")
for preamble, form in (("yes", "as a snapshot"), ("no", "as commands")):
    compared(f"BGREWRITEAOF of {KEYS:,} keys {form}", rewriting(preamble))
