"""What BGSAVE costs those who write meanwhile: cutaway beside a Redis that forks.

    python3 docs/measurements/snapshot.py target/release/cutaway redis-server -- 1M 10M stream hash

For each data set and server: one client writes without a pause, before the save and during it. Printed are percentiles
of its requests in microseconds (the longest one is the stall), how long the reply to BGSAVE took, how long the save
took, and how much more memory the server and its child took at most (PSS). Data sets: so many million keys of 60 bytes,
a stream of a million entries, a hash of a million fields. The server has a directory of its own, which is removed.
"""

import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

PORT = 17943
VALUE = b"v" * 60


def request(*words):
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


class Client:
    def __init__(self):
        self.socket = socket.create_connection(("127.0.0.1", PORT))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.replies = self.socket.makefile("rb")

    def ask(self, *words):
        self.socket.sendall(request(*words))
        return self.reply()

    def reply(self):
        line = self.replies.readline()
        return self.replies.read(int(line[1:]) + 2) if line[:1] == b"$" else line

    def fill(self, requests):
        """Sends many requests, ten thousand at a time."""
        requests = iter(requests)
        while batch := [one for _, one in zip(range(10_000), requests)]:
            self.socket.sendall(b"".join(batch))
            for _ in batch:
                self.reply()

    def is_saving(self):
        return b"rdb_bgsave_in_progress:1" in self.ask(b"INFO", b"persistence")


def data(name):
    """The requests that make a data set, and one that changes something in it."""
    if name == "stream":
        add = request(b"XADD", b"stream", b"*", b"type", b"OrderPlaced", b"data", VALUE)
        return (add for _ in range(1_000_000)), lambda: add
    if name == "hash":
        field = lambda number: request(b"HSET", b"hash", b"field:%07d" % number, VALUE)
        return (field(number) for number in range(1_000_000)), lambda: field(random.randrange(1_000_000))
    keys = int(float(name.removesuffix("M")) * 1_000_000)
    key = lambda number: request(b"SET", b"key:%010d" % number, VALUE)
    return (key(number) for number in range(keys)), lambda: key(random.randrange(keys))


def memory(pid):
    """The share of a process and its children in memory, in MB."""
    try:
        children = open(f"/proc/{pid}/task/{pid}/children").read().split()
        lines = open(f"/proc/{pid}/smaps_rollup").read().splitlines()
        own = next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
        return own + sum(memory(int(child)) for child in children)
    except (FileNotFoundError, ProcessLookupError):
        return 0


def percentiles(times):
    times = sorted(time * 1e6 for time in times)
    at = lambda share: times[min(len(times) - 1, int(len(times) * share))]
    return f"p50 {at(0.5):.0f}, p99 {at(0.99):.0f}, p99.9 {at(0.999):.0f}, longest {times[-1]:.0f}"


def write(client, change, goes_on):
    times = []
    while goes_on(len(times)):
        words = change()
        began = time.perf_counter()
        client.socket.sendall(words)
        client.reply()
        times.append(time.perf_counter() - began)
    return times


def measure(binary, name):
    directory = tempfile.mkdtemp()
    settings = ["--port", str(PORT), "--dir", directory, "--save", "", "--appendonly", "no"]
    server = subprocess.Popen([os.path.abspath(binary), *settings], cwd=directory, stdout=subprocess.DEVNULL)
    try:
        time.sleep(1)
        client, operator = Client(), Client()
        requests, change = data(name)
        client.fill(requests)
        before = write(client, change, lambda count: count < 20_000)
        memory_before, peak, done = memory(server.pid), 0, threading.Event()

        def watch():
            nonlocal peak
            while not done.is_set():
                peak = max(peak, memory(server.pid))
                time.sleep(0.1)

        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.perf_counter()
        operator.ask(b"BGSAVE")
        replied = time.perf_counter() - began
        during = write(client, change, lambda count: count % 200 or operator.is_saving())
        took = time.perf_counter() - began
        done.set()
        watcher.join()
        print(f"{name:6} {os.path.basename(binary):12} before: {percentiles(before)}")
        print(f"{'':19} during: {percentiles(during)}; BGSAVE answered after {replied * 1e6:.0f}; {took:.2f} s, "
              f"{len(during)} writes; {peak - memory_before:.0f} MB on top of {memory_before:.0f}", flush=True)
    finally:
        server.kill()
        server.wait()
        shutil.rmtree(directory)


if __name__ == "__main__":
    separator = sys.argv.index("--")
    for data_set in sys.argv[separator + 1:]:
        for binary in sys.argv[1:separator]:
            measure(binary, data_set)
