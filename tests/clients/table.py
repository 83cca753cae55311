#!/usr/bin/env python3
"""The table of clients in README.md: who plays what, in which version, with how many tests.

    tests/clients/table.py LINES            prints the table of a run, and fails if README.md names other versions or counts
    tests/clients/table.py LINES --bless    writes what differs into README.md

LINES are the lines that tests/clients/run has printed. Only rows of suites that are in them are compared, so a run of some suites
compares some rows. A suite's tests are counted in all protocols together, whether they passed, failed or were skipped.
"""

import re
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).parent
BEGIN, END = "<!-- table: made by table.py -->\n", "<!-- end of the table -->\n"
HEAD = "| suite | client | version | language | what is played | tests |\n|---|---|---|---|---|---:|\n"

# Suite, client, language, what is played. In the order of the table.
SUITES = [
    ("redis-py", "redis-py", "Python", "commands, functions, Pub/Sub, reconnects, errors"),
    ("redis-py-5", "redis-py", "Python", "the same with the older release"),
    ("redis-py-asyncio", "redis-py, asyncio", "Python", "Pub/Sub and commands from coroutines"),
    ("redis-py-5-asyncio", "redis-py, asyncio", "Python", "the same with the older release"),
    ("redis-py cache", "redis-py", "Python", "client-side caching"),
    ("redis-py-5 cache", "redis-py", "Python", "client-side caching"),
    ("redis-py event store", "redis-py", "Python", "the event store of the book"),
    ("cashews, redis-py", "cashews", "Python", "client-side caching, invalidation"),
    ("node-redis", "node-redis", "JavaScript", "commands, functions, Pub/Sub, reconnects"),
    ("node-redis cache", "node-redis", "JavaScript", "client-side caching"),
    ("ioredis", "ioredis", "JavaScript", "commands, Pub/Sub, reconnects"),
    ("ioredis-5", "ioredis", "JavaScript", "the same with the older release"),
    ("redis-cli", "redis-cli", "C", "its modes: interactive, pipe, scan, latency, subscribe"),
    ("handshakes", "StackExchange.Redis", "bytes, from Python", "how 2.2 to 3.1 connect"),
    ("signalr", "SignalR's backplane", "bytes, from Python", "groups, users, client results, counts"),
    ("StackExchange.Redis store", "StackExchange.Redis", "bytes, from Python", "the event store of the book"),
    ("hosted.cs", "StackExchange.Redis", "C#", "a hosted producer and consumers; cache invalidation"),
    ("pubsub.cs", "StackExchange.Redis", "C#", "counts, patterns, handlers, queues, prefixes, shard channels"),
    ("pubsub_load.cs", "StackExchange.Redis", "C#", "5 MB payloads, 200 channels, 20,000 messages in order"),
    ("pubsub_operator.cs", "StackExchange.Redis", "C#", "PUBSUB, CLIENT LIST, keyspace events, clean ends"),
    ("reconnect.cs", "StackExchange.Redis", "C#", "kill -9 and return, killed connections, passwords"),
    ("event_store.cs", "StackExchange.Redis", "C#", "versions by script and transaction, pages, snapshots"),
    ("event_groups.cs", "StackExchange.Redis", "C#", "consumer groups, claims, trimming, XINFO"),
    ("signalr.cs", "SignalR", "C#", "two servers: who receives what, in JSON and MessagePack"),
    ("signalr_servers.cs", "SignalR", "C#", "PUBSUB's counts, prefixes, order, processes, kill -9 and return"),
    ("distributed_cache.cs", "IDistributedCache", "C#", "values, expiry, buffers, session state"),
    ("hybrid_cache.cs", "HybridCache", "C#", "two nodes, stampedes, tags"),
    ("output_cache.cs", "output cache of ASP.NET Core", "C#", "pages, variants, tags, collection"),
    ("data_protection.cs", "data protection of ASP.NET Core", "C#", "a shared key ring, revocation"),
    ("hangfire.cs", "Hangfire", "C#", "jobs, schedules, recurring jobs, retries, a killed server, the dashboard"),
    ("locks.cs", "DistributedLock.Redis, RedLock.net", "C#", "locks, readers and writers, semaphores, a quorum"),
    ("rate_limits.cs", "RedisRateLimiting", "C#", "windows, buckets, concurrency, shared by two servers"),
    ("celery", "Celery", "Python", "results, chords, chains, retries"),
    ("rq", "RQ", "Python", "results, dependencies, retries, a killed work horse"),
    ("channels_redis", "channels_redis", "Python", "order, groups, capacity, expiry"),
    ("dramatiq", "Dramatiq", "Python", "results, groups, delays, dead letters"),
    ("arq", "arq", "Python", "results, unique and deferred jobs, retries"),
    ("huey", "Huey", "Python", "results, schedules, retries, priorities"),
    ("bullmq", "BullMQ", "JavaScript", "results, order, delays, flows, deduplication"),
    ("counters, pottery, walrus", "pottery, walrus", "Python", "HyperLogLogs, Bloom filters, bit fields"),
    ("sidekiq", "Sidekiq", "Ruby", "jobs, heartbeat, delays, retries, dead jobs"),
]
# What a program of .NET names at its head that stands for its version.
PACKAGES = {
    "signalr.cs": ["Microsoft.AspNetCore.SignalR.StackExchangeRedis"],
    "signalr_servers.cs": ["Microsoft.AspNetCore.SignalR.StackExchangeRedis"],
    "distributed_cache.cs": ["Microsoft.Extensions.Caching.StackExchangeRedis"],
    "hybrid_cache.cs": ["Microsoft.Extensions.Caching.Hybrid"],
    "output_cache.cs": ["Microsoft.AspNetCore.OutputCaching.StackExchangeRedis"],
    "data_protection.cs": ["Microsoft.AspNetCore.DataProtection.StackExchangeRedis"],
    "hangfire.cs": ["Hangfire.Core", "Hangfire.Redis.StackExchange"],
    "locks.cs": ["DistributedLock.Redis", "RedLock.net"],
    "rate_limits.cs": ["RedisRateLimiting"],
}
# What these play are bytes that such a version has written.
RECORDED = {"handshakes": "2.2.4 to 3.1", "signalr": "on StackExchange.Redis 2.7, 3.1", "StackExchange.Redis store": "3.1"}
# Their version is that of the machine: the table names none.
OF_THE_MACHINE = {"redis-cli", "sidekiq"}


def read(path):
    """Number of tests and versions of each suite that has printed a line."""
    counts, versions = Counter(), {}
    for line in Path(path).read_text().splitlines():
        label = re.match(r"(?:ok  |FAIL|skip) (.+?): ", line)
        if not label or ": the whole suite (" in line:
            continue
        name = re.sub(r" RESP[23]\b", "", label[1])
        numbers = re.findall(r" (\d+(?:\.\w+)+)", name)
        name = re.sub(r" \d+(?:\.\w+)+", "", name)
        if numbers:
            versions[name] = numbers
        counts[name] += 1
    return counts, versions


def packages():
    """The versions that the programs of .NET name, by suite."""
    found = {}
    for file in (HERE / "dotnet").glob("*.cs"):
        text = file.read_text()
        properties = dict(re.findall(r"^#:property (\w+)=(\S+)", text, re.M))
        named = dict(re.findall(r"^#:package (\S+)@(\S+)", text, re.M))
        if not named:
            continue  # a helper
        named = {name: re.sub(r"\$\((\w+)\)", lambda it: properties[it[1]], version) for name, version in named.items()}
        found[file.name] = ", ".join(named[name] for name in PACKAGES.get(file.name, ["StackExchange.Redis"]) if name in named)
    return found


def main():
    counts, versions = read(sys.argv[1])
    of_net = packages()
    readme = HERE / "README.md"
    text = readme.read_text()
    before, rest = text.split(BEGIN)
    table, after = rest.split(END)
    committed = {row.split("|")[1].strip(" `"): row for row in table.splitlines()[2:]}
    wrong, rows = [], []
    for suite, client, language, played in SUITES:
        row = committed.get(suite)
        if suite in counts:
            version = "the machine's" if suite in OF_THE_MACHINE else of_net.get(suite) or RECORDED.get(suite)
            # As many as clients are named: what else a suite prints is what the client stands on.
            version = version or ", ".join(versions[suite][: len(client.split(", "))])
            fresh = f"| `{suite}` | {client} | {version} | {language} | {played} | {counts[suite]} |"
            if fresh != row:
                wrong.append(f"README.md has\n    {row}\n  and the run was\n    {fresh}")
            row = fresh
        elif row and suite in of_net and f"| {of_net[suite]} |" not in row:
            wrong.append(f"{suite} names version {of_net[suite]}, and README.md has\n    {row}")
        if row:
            rows.append(row)
    known = {suite for suite, *_ in SUITES}
    wrong += [f"no suite `{suite}` in table.py" for suite in {*counts, *of_net} if suite not in known and suite not in ("server", "dotnet")]
    wrong += [f"README.md names `{suite}`, which table.py does not" for suite in committed if suite not in known]
    print("\n" + HEAD + "\n".join(rows))
    if "--bless" in sys.argv:
        readme.write_text(before + BEGIN + HEAD + "".join(f"{row}\n" for row in rows) + END + after)
    elif wrong:
        print("\n".join(["", *(f"FAIL table of clients: {it}" for it in wrong), "", "tests/clients/table.py LINES --bless writes it"]))
        sys.exit(1)


main()
