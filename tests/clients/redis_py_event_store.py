"""The event store of event_store.py, with redis-py: conflicts are refused, nothing is lost, nothing is done twice."""

import subprocess
import sys
import threading

import redis
from event_store import (
    APPEND,
    Conflict,
    Gap,
    Node,
    append_at,
    append_next,
    append_once,
    append_scripted,
    append_watched,
    change,
    claim,
    entries_of,
    finish,
    read,
    take,
    version,
    work,
)
from harness import WAIT, fresh, main, same, test
from redis_py_common import SUITE, connect, message


def event(number):
    return {"type": "ItemAdded", "data": f"item {number}"}


def stored(number):
    return number, {b"type": b"ItemAdded", b"data": f"item {number}".encode()}


def refused(call):
    try:
        got = call()
    except Conflict:
        return
    raise AssertionError(f"no conflict, but {got!r}")


@test("append by an explicit ID: the second writer of a version is refused, and a gap is seen by the reader")
def _():
    r, stream = connect(), fresh("events:order")
    same(append_at(r, stream, 0, event(1)), b"0-1")
    same(append_at(r, stream, 1, event(2)), b"0-2")
    refused(lambda: append_at(r, stream, 1, event(99)))
    refused(lambda: append_at(r, stream, 0, event(99)))
    same(list(read(r, stream)), [stored(1), stored(2)])
    # What the ID does not check: that the version before it is there.
    same(append_at(r, stream, 7, event(8)), b"0-8")
    try:
        list(read(r, stream))
        raise AssertionError("the gap was not seen")
    except Gap as gap:
        same(str(gap), f"{stream}: 8 follows 2")


@test("append by 0-*: the server counts, without gaps, whoever appends")
def _():
    r, other, stream = connect(), connect(), fresh("events:order")
    for number in range(1, 11):
        same(append_next(r if number % 2 else other, stream, event(number)), b"0-%d" % number)
    same(list(read(r, stream, page=3)), [stored(number) for number in range(1, 11)])
    same(list(read(r, stream, after=8)), [stored(9), stored(10)])


@test("append by WATCH and MULTI: all events or none; who was overtaken is refused")
def _():
    r, other, stream = connect(), connect(), fresh("events:order")
    same(append_watched(r, stream, 0, [event(1), event(2)]), [b"0-1", b"0-2"])
    refused(lambda: append_watched(r, stream, 0, [event(1)]))
    refused(lambda: append_watched(r, stream, 3, [event(4)]))

    class Overtaken(type(r)):
        """Somebody appends between the look at the version and the transaction."""

        def pipeline(self, *args, **options):
            pipeline = super().pipeline(*args, **options)
            multi = pipeline.multi

            def late_multi():
                append_next(other, stream, event(3))
                multi()

            pipeline.multi = late_multi
            return pipeline

    slow = Overtaken(connection_pool=r.connection_pool)
    refused(lambda: append_watched(slow, stream, 2, [event(98), event(99)]))
    same(list(read(r, stream)), [stored(1), stored(2), stored(3)])
    same(append_watched(r, stream, 3, [event(4)]), [b"0-4"])


@test("append by a script: all events or none, in one round trip, also when the script cache is lost")
def _():
    r, stream = connect(), fresh("events:order")
    same(append_scripted(r, stream, 0, [event(1), event(2)]), 2)
    refused(lambda: append_scripted(r, stream, 1, [event(98), event(99)]))
    refused(lambda: append_scripted(r, stream, 5, [event(99)]))
    same(r.script_flush(), True)
    same(append_scripted(r, stream, 2, [event(3)]), 3)
    same(r.script_exists(r.register_script(APPEND).sha), [True])
    same(list(read(r, stream)), [stored(1), stored(2), stored(3)])


@test("an append whose reply was lost may be sent again: it is answered as it was, and nothing is there twice")
def _():
    r, stream, everything = connect(), fresh("events:order"), fresh("events:all")
    same(append_once(r, stream, everything, 0, "request-a", [event(1), event(2)]), 2)
    same(append_once(r, stream, everything, 0, "request-a", [event(1), event(2)]), 2)
    refused(lambda: append_once(r, stream, everything, 0, "request-b", [event(98), event(99)]))
    same(append_once(r, stream, everything, 2, "request-b", [event(3)]), 3)
    same(append_once(r, stream, everything, 0, "request-a", [event(1), event(2)]), 2)  # however late
    same([number for number, _ in read(r, stream)], [1, 2, 3])
    # Every event stands in the other stream too, in the order in which all were appended.
    other = fresh("events:order")
    same(append_once(r, other, everything, 0, "request-c", [event(1)]), 1)
    seen = [(fields[b"stream"].decode(), int(fields[b"version"])) for _, fields in r.xrange(everything)]
    same(seen, [(stream, 1), (stream, 2), (stream, 3), (other, 1)])
    # So one group there gets all of them, also those of orders that nobody knew of.
    r.xgroup_create(everything, "billing", id="0")
    same([fields[b"stream"].decode() for _, fields in take(r, everything, "billing", "one", 10)], [stream] * 3 + [other])
    # A second key of another type: refused before anything is written.
    wrong = fresh("wrong")
    r.set(wrong, "text")
    try:
        append_once(r, stream, wrong, 3, "request-d", [event(4)])
        raise AssertionError("a text was taken for a stream")
    except redis.ResponseError as error:
        same(str(error).startswith("WRONGTYPE "), True)
    same(version(r, stream), 3)


@test("a version outlives its events: neither XDEL nor XTRIM makes the store count anew")
def _():
    r, stream = connect(), fresh("events:order")
    append_scripted(r, stream, 0, [event(number) for number in range(1, 6)])
    same(r.xdel(stream, "0-5"), 1)
    same(r.xtrim(stream, maxlen=2, approximate=False), 2)
    same((r.xlen(stream), version(r, stream)), (2, 5))
    same(append_scripted(r, stream, 5, [event(6)]), 6)
    same(append_watched(r, stream, 6, [event(7)]), [b"0-7"])
    same(append_next(r, stream, event(8)), b"0-8")
    same(version(r, fresh("events:nobody")), 0)


@test("of four writers of one version one wins, whichever way each goes")
def _():
    stream, clients = fresh("events:order"), [connect() for _ in range(4)]
    ways = [
        lambda r, at: append_at(r, stream, at, event(at + 1)),
        lambda r, at: append_watched(r, stream, at, [event(at + 1)]),
        lambda r, at: append_scripted(r, stream, at, [event(at + 1)]),
    ]
    for at in range(30):
        won = 0
        for writer, r in enumerate(clients):
            try:
                ways[(at + writer) % 3](r, at)
                won += 1
            except Conflict:
                pass
        same(won, 1)
    same(list(read(clients[0], stream)), [stored(number) for number in range(1, 31)])


@test("a subscriber wakes up by the message of the append, and reads what it has not seen")
def _():
    r, stream = connect(), fresh("events:order")
    wake = r.pubsub()
    wake.subscribe("appended")
    same(message(wake)["type"], "subscribe")
    append_scripted(r, stream, 0, [event(1)])
    append_scripted(r, stream, 1, [event(2), event(3)])
    seen = []
    while len(seen) < 3:
        same(message(wake)["data"], stream.encode())
        seen += read(r, stream, after=len(seen))
    same(seen, [stored(1), stored(2), stored(3)])


# A consumer that takes five events, finishes two, and then is stuck: it says so, and waits for the end.
VICTIM = """
import sys
from event_store import finish, take
from redis_py_common import connect
r, (stream, done) = connect(), sys.argv[1:]
for id, event in take(r, stream, "billing", "victim", 5)[:2]:
    assert finish(r, stream, "billing", id, done, event[b"data"])
print("stuck", flush=True)
sys.stdin.read()
"""


@test("two services with two consumers each, one killed in mid-work: nothing is lost, nothing is acknowledged twice")
def _():
    r, stream = connect(), fresh("events:order")
    billing, shipping = fresh("done:billing"), fresh("done:shipping")
    for service in "billing", "shipping":
        same(r.xgroup_create(stream, service, id="0", mkstream=True), True)
    append_scripted(r, stream, 0, [event(number) for number in range(1, 21)])

    with subprocess.Popen(
        [sys.executable, "-c", VICTIM, stream, billing], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as victim:
        same(victim.stdout.readline(), b"stuck\n")
        victim.kill()
    pending = r.xpending(stream, "billing")
    same((pending["pending"], pending["min"], pending["max"]), (3, b"0-3", b"0-5"))
    same(pending["consumers"], [{"name": b"victim", "pending": 3}])

    def work(service, consumer, done, entries):
        for id, fields in entries:
            same(finish(r, stream, service, id, done, fields[b"data"]), True)

    work("billing", "two", billing, take(r, stream, "billing", "two", 10))
    for consumer in ("one", "two") * 4:
        work("shipping", consumer, shipping, take(r, stream, "shipping", consumer, 3))
    # The victim's events wait for whoever claims them; the service's other events went on meanwhile.
    late = claim(r, stream, "billing", "two", 0)
    same([id for id, _ in late], [b"0-3", b"0-4", b"0-5"])
    same(claim(r, stream, "billing", "two", 3_600_000), [])  # nobody holds anything for an hour
    work("billing", "two", billing, late)
    work("billing", "two", billing, take(r, stream, "billing", "two", 100))

    everything = sorted(f"item {number}".encode() for number in range(1, 21))
    for service, done in ("billing", billing), ("shipping", shipping):
        same(sorted(r.lrange(done, 0, -1)), everything)
        same(r.xpending(stream, service)["pending"], 0)
        same(take(r, stream, service, "one", 10), [])
    groups = {group["name"]: (group["entries-read"], group["lag"]) for group in r.xinfo_groups(stream)}
    same(groups, {b"billing": (20, 0), b"shipping": (20, 0)})
    # Had the victim only slept, its acknowledgement would come too late, and do nothing.
    same(finish(r, stream, "billing", b"0-3", billing, "twice"), False)
    same(r.llen(billing), 20)


@test("a consumer's turn: what it claims, then what is new; what nobody survives is put aside")
def _():
    r, stream, done = connect(), fresh("events:order"), fresh("done")
    r.xgroup_create(stream, "billing", id="0", mkstream=True)
    append_scripted(r, stream, 0, [event(1), event(2)])

    def handle(id, fields):
        if fields[b"data"] == b"item 1":
            return  # as if it had died here: not acknowledged
        same(finish(r, stream, "billing", id, done, fields[b"data"]), True)

    for _ in range(4):
        work(r, stream, "billing", "one", handle, idle=0, block=None, most=3)
    same(r.xlen(f"{stream}:dead"), 1)
    ((_, dead),) = r.xrange(f"{stream}:dead")
    same(dead, {b"type": b"ItemAdded", b"data": b"item 1", b"id": b"0-1", b"service": b"billing"})
    same(r.xpending(stream, "billing")["pending"], 0)
    same(r.lrange(done, 0, -1), [b"item 2"])
    # It waits for what is new.
    late = threading.Thread(target=lambda: append_scripted(connect(), stream, 2, [event(3)]))
    late.start()
    work(r, stream, "billing", "one", handle, block=int(WAIT * 1000))
    late.join()
    same(r.lrange(done, 0, -1), [b"item 2", b"item 3"])


@test("what is deleted or trimmed while it is pending is dropped by whoever claims it; a reader sees a gap")
def _():
    r, stream = connect(), fresh("events:order")
    r.xgroup_create(stream, "billing", id="0", mkstream=True)
    append_scripted(r, stream, 0, [event(number) for number in range(1, 5)])
    same(len(take(r, stream, "billing", "one", 3)), 3)
    same(r.xtrim(stream, maxlen=2, approximate=False), 2)
    same(r.xpending(stream, "billing")["pending"], 3)
    same([id for id, _ in claim(r, stream, "billing", "two", 0)], [b"0-3"])
    same(r.xpending(stream, "billing")["pending"], 1)
    same(list(read(r, stream, after=2)), [stored(3), stored(4)])
    try:
        list(read(r, stream))
        raise AssertionError("the gap was not seen")
    except Gap as gap:
        same(str(gap), f"{stream}: 3 follows 0")


@test("the same functions on a connection that decodes its replies")
def _():
    r, stream, done = connect(decode_responses=True), fresh("events:order"), fresh("done")
    r.xgroup_create(stream, "billing", id="0", mkstream=True)
    same(append_at(r, stream, 0, event(1)), "0-1")
    same(append_watched(r, stream, 1, [event(2)]), ["0-2"])
    same(append_scripted(r, stream, 2, [event(3)]), 3)
    same(list(read(r, stream)), [(number, event(number)) for number in (1, 2, 3)])
    same(len(take(r, stream, "billing", "one", 2)), 2)
    work(r, stream, "billing", "two", lambda id, fields: finish(r, stream, "billing", id, done, fields["data"]), 0, None)
    same(r.lrange(done, 0, -1), ["item 1", "item 2", "item 3"])
    node = Node(r)
    node.hear(message(node.changes))
    change(r, stream + ":customer", {"name": "Ada"})
    same(node.customer(stream + ":customer"), {"name": "Ada"})
    node.hear(message(node.changes))
    same(node.copies, {})


@test("a consumer that comes back finds what it had not acknowledged")
def _():
    r, stream = connect(), fresh("events:order")
    r.xgroup_create(stream, "billing", id="0", mkstream=True)
    append_scripted(r, stream, 0, [event(1), event(2)])
    first = take(r, stream, "billing", "one", 2)
    again = connect().xreadgroup("billing", "one", {stream: "0"})
    same(entries_of(again), first)
    same(r.xack(stream, "billing", "0-1", "0-2"), 2)
    same(entries_of(r.xreadgroup("billing", "one", {stream: "0"})), [])


@test("cache invalidation: the hash changes, a message goes out, each node drops its copy")
def _():
    r, customer = connect(), fresh("customer")
    change(r, customer, {"name": "Ada", "city": "London"})
    nodes = [Node(connect()) for _ in range(3)]
    for node in nodes:
        confirmation = message(node.changes)
        same(confirmation["type"], "subscribe")
        node.hear(confirmation)
        same(node.customer(customer), {b"name": b"Ada", b"city": b"London"})
    same(change(r, customer, {"city": "Paris"}), [0, 3])
    for node in nodes:
        same(node.customer(customer)[b"city"], b"London")  # its copy, until the message is heard
        node.hear(message(node.changes))
        same(node.copies, {})
        same(node.customer(customer), {b"name": b"Ada", b"city": b"Paris"})


@test("a lock is taken once, kept alive by its owner only, and falls when its time is over")
def _():
    r, lock = connect(), fresh("lock")
    same(r.set(lock, "me", nx=True, px=60_000), True)
    same(r.set(lock, "you", nx=True, px=60_000), None)
    same(r.get(lock), b"me")
    with r.pipeline() as p:
        p.watch(lock)
        same(p.get(lock), b"me")
        p.multi()
        p.delete(lock)
        same(p.execute(), [1])
    same(r.set(lock, "you", nx=True, px=1), True)
    while r.exists(lock):
        pass
    same(r.set(lock, "me", nx=True, px=60_000), True)


if __name__ == "__main__":
    main(SUITE + " event store")
