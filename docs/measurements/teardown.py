#!/usr/bin/env python3
"""What it costs a server when 5,000 subscribers of the same 100 channels leave at once, by the order in which they leave.

    teardown.py NAME=PROGRAM [NAME=PROGRAM ...]        prints the lines of a record; see docs/14-history.md

Each round starts a fresh server on a loopback port. Clients connect and subscribe one after the other, then close their
sockets: in the order in which they came, or in a random one. What counts is the server's CPU time, user and kernel, of
all its threads, until PUBSUB NUMSUB says that nobody is left.
"""

import json
import random
import resource
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

CLIENTS, CHANNELS, ROUNDS, PORT = 5000, 100, 3, 17790


def request(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words)


def connect():
    deadline = time.monotonic() + 10
    while True:
        try:
            return socket.create_connection(("127.0.0.1", PORT), timeout=1800)
        except ConnectionRefusedError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def read(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(1 << 16)
        if not more:
            raise EOFError("the server closed a connection")
        data += more
    return data


def cpu(pid):
    """Seconds of CPU, from the kernel's nanoseconds for each thread."""
    return sum(int(f.read_text().split()[0]) for f in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def teardown(program, shuffled):
    options = ["--port", str(PORT), "--bind", "127.0.0.1", "--save", "", "--maxclients", "20000"]
    server = subprocess.Popen([program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        names = [b"room:%06d" % n for n in range(CHANNELS)]
        confirmed = sum(len(b"*3\r\n$9\r\nsubscribe\r\n$11\r\n%s\r\n:%d\r\n" % (n, i + 1)) for i, n in enumerate(names))
        clients = []
        for _ in range(CLIENTS):
            client = connect()
            client.sendall(request(b"SUBSCRIBE", *names))
            read(client, confirmed)
            clients.append(client)
        asker = connect()
        if shuffled:
            random.Random(1).shuffle(clients)
        before = cpu(server.pid)
        for client in clients:
            client.close()
        left = None
        while left != 0:
            asker.sendall(request(b"PUBSUB", b"NUMSUB", names[0]))
            left = int(asker.recv(1000).rsplit(b":", 1)[1])
            if left:
                time.sleep(0.01)
        return cpu(server.pid) - before
    finally:
        server.kill()
        server.wait()


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
    for argument in sys.argv[1:]:
        name, program = argument.split("=", 1)
        version = subprocess.run([program, "--version"], capture_output=True, text=True).stdout.strip()
        print(name, version, file=sys.stderr)
        for order, shuffled in (("in order", False), ("random order", True)):
            nanoseconds = [round(1e9 * teardown(program, shuffled)) for _ in range(ROUNDS)]
            result = {
                "case": f"teardown of {CLIENTS} clients x {CHANNELS} channels, {order}",
                "server": name,
                "measure": "Cpu",
                "unit": "teardown",
                "rounds": nanoseconds,
                "median": statistics.median(nanoseconds),
            }
            print(json.dumps(result, separators=(",", ":")), flush=True)


if __name__ == "__main__":
    main()
