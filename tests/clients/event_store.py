"""An event store on Streams, with redis-py: what docs/event-store.md explains, and redis_py_event_store.py proves.

A stream holds the events of one thing, `events:order-12345`. An event's ID is `0-N`: N is its version, the first is 1.
"""

import redis


class Conflict(Exception):
    """Somebody else was quicker: read again, decide again."""


# ANCHOR: text
def text(word):
    """A word of a reply as text: it is bytes, unless the connection was made with `decode_responses=True`."""
    return word if isinstance(word, str) else word.decode()


def number(id):
    """The version that an event's ID holds."""
    return int(text(id).split("-")[1])


# ANCHOR_END: text


# ---- appending ----

# ANCHOR: append-at
TOO_SMALL = "The ID specified in XADD is equal or smaller than the target stream top item"


def append_at(r, stream, expected, event):
    """Appends one event after version `expected`, by naming its ID. One round trip, no script, no transaction."""
    try:
        return r.xadd(stream, event, id=f"0-{expected + 1}")
    except redis.ResponseError as error:
        if str(error) != TOO_SMALL:
            raise
        raise Conflict(f"{stream} is past version {expected}") from None


# ANCHOR_END: append-at


# ANCHOR: append-next
def append_next(r, stream, event):
    """Appends one event, whatever version the stream has: the server counts on. Nothing is checked."""
    return r.xadd(stream, event, id="0-*")


# ANCHOR_END: append-next


# ANCHOR: append-watch
def append_watched(r, stream, expected, events):
    """Appends several events after version `expected`, all or none, by a transaction. Three round trips."""
    with r.pipeline() as p:
        p.watch(stream)
        if version(p, stream) != expected:
            raise Conflict(f"{stream} is not at version {expected}")
        p.multi()
        for number, event in enumerate(events, expected + 1):
            p.xadd(stream, event, id=f"0-{number}")
        try:
            return p.execute()
        except redis.WatchError:
            raise Conflict(f"{stream} changed meanwhile") from None


def version(r, stream):
    """The number of the last event that was ever appended. XLEN would be wrong once an event is deleted or trimmed."""
    try:
        last = r.xinfo_stream(stream)["last-generated-id"]
    except redis.ResponseError as error:
        if str(error) != "no such key":
            raise
        return 0
    return number(last)


# ANCHOR_END: append-watch

# ANCHOR: append-script
VERSION = """
local version = 0
if redis.call('EXISTS', KEYS[1]) == 1 then
    local info = redis.call('XINFO', 'STREAM', KEYS[1])
    for i = 1, #info, 2 do
        if info[i] == 'last-generated-id' then version = tonumber(string.match(info[i + 1], '%d+$')) end
    end
end
"""
APPEND = VERSION + """
if version ~= tonumber(ARGV[1]) then
    return redis.error_reply('CONFLICT at version ' .. version)
end
for i = 2, #ARGV, 2 do
    version = version + 1
    redis.call('XADD', KEYS[1], '0-' .. version, 'type', ARGV[i], 'data', ARGV[i + 1])
end
redis.call('PUBLISH', 'appended', KEYS[1])
return version
"""


def append_scripted(r, stream, expected, events):
    """Appends several events after version `expected`, all or none, in one round trip; gives the new version."""
    words = [word for event in events for word in (event["type"], event["data"])]
    try:
        return r.register_script(APPEND)(keys=[stream], args=[expected, *words])
    except redis.ResponseError as error:
        if not str(error).startswith("CONFLICT "):
            raise
        raise Conflict(str(error)) from None


# ANCHOR_END: append-script


# ANCHOR: append-once
APPEND_ONCE = VERSION + """
local request = ARGV[2]
if version ~= tonumber(ARGV[1]) then
    local id = '0-' .. (ARGV[1] + 1)
    local next = redis.call('XRANGE', KEYS[1], id, id)[1]
    if next and next[2][2] == request then return ARGV[1] + (#ARGV - 2) / 2 end
    return redis.error_reply('CONFLICT at version ' .. version)
end
redis.call('XLEN', KEYS[2]) -- is it a stream? If not, this fails, and nothing has been written
for i = 3, #ARGV, 2 do
    version = version + 1
    redis.call('XADD', KEYS[1], '0-' .. version, 'request', request, 'type', ARGV[i], 'data', ARGV[i + 1])
    redis.call('XADD', KEYS[2], '*', 'stream', KEYS[1], 'version', version, 'type', ARGV[i], 'data', ARGV[i + 1])
end
redis.call('PUBLISH', 'appended', KEYS[1])
return version
"""


def append_once(r, stream, everything, expected, request, events):
    """As `append_scripted`, and may be sent again: a `request` that was carried out is answered as it was then.

    Each event is appended to the stream `everything` too."""
    words = [word for event in events for word in (event["type"], event["data"])]
    try:
        return r.register_script(APPEND_ONCE)(keys=[stream, everything], args=[expected, request, *words])
    except redis.ResponseError as error:
        if not str(error).startswith("CONFLICT "):
            raise
        raise Conflict(str(error)) from None


# ANCHOR_END: append-once


# ---- reading ----


# ANCHOR: read
class Gap(Exception):
    """An event is missing: somebody named an ID too high, or deleted an event."""


def read(r, stream, after=0, page=100):
    """Every event after version `after`, in order, a page at a time; a gap is an error and not a silence."""
    while entries := r.xrange(stream, min=f"(0-{after}", count=page):
        for id, event in entries:
            if number(id) != after + 1:
                raise Gap(f"{stream}: {number(id)} follows {after}")
            after += 1
            yield after, event


# ANCHOR_END: read


# ---- sharing out ----


# ANCHOR: consume
def take(r, stream, service, consumer, count, block=None):
    """The next events that no consumer of the service has got; they are this one's until it acknowledges them.

    If there are none, waits for `block` milliseconds; None: not at all."""
    reply = r.xreadgroup(service, consumer, {stream: ">"}, count=count, block=block)
    return entries_of(reply)


def claim(r, stream, service, consumer, idle):
    """All events that a consumer took and has not acknowledged for `idle` milliseconds: now they are this one's."""
    start, mine = "0-0", []
    while True:
        start, entries, _deleted = r.xautoclaim(stream, service, consumer, idle, start_id=start, count=100)
        mine += entries
        if text(start) == "0-0":
            return mine


FINISH = """
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('RPUSH', KEYS[2], ARGV[3])
return 1
"""


def finish(r, stream, service, id, done, result):
    """Acknowledges and writes the result down, as one: only if it was not acknowledged before. Gives whether it was so."""
    return r.register_script(FINISH)(keys=[stream, done], args=[service, id, result]) == 1


# ANCHOR_END: consume


# ANCHOR: work
def work(r, stream, service, consumer, handle, idle=60_000, block=5_000, most=3):
    """A turn of a consumer: what others have left behind, then what is new. `handle` acknowledges what it has done."""
    for id, event in claim(r, stream, service, consumer, idle):
        pending = r.xpending_range(stream, service, min=id, max=id, count=1)
        if pending and pending[0]["times_delivered"] > most:
            put_aside(r, stream, service, id, event)
        else:
            handle(id, event)
    for id, event in take(r, stream, service, consumer, 10, block):
        handle(id, event)


def put_aside(r, stream, service, id, event):
    """Moves an event that nobody survives to a stream that a person reads."""
    with r.pipeline() as p:
        p.xadd(f"{stream}:dead", {**event, "id": id, "service": service})
        p.xack(stream, service, id)
        p.execute()


# ANCHOR_END: work


def entries_of(reply):
    """The entries of the one stream that was read; redis-py gives lists in RESP2 and a dict in RESP3."""
    if not reply:
        return []
    if isinstance(reply, dict):
        (entries,) = reply.values()
        # Up to version 8 there is a list around them.
        return entries[0] if entries and isinstance(entries[0], list) else entries
    ((_stream, entries),) = reply
    return entries


# ---- caching ----


# ANCHOR: cache
CHANGED = "customer-changed"


def change(r, customer, fields):
    """Changes the hash and tells everybody, as one: nobody hears of a change that is not there yet."""
    with r.pipeline() as p:
        p.hset(customer, mapping=fields)
        p.publish(CHANGED, customer)
        return p.execute()


class Node:
    """One of several programs that keep copies of what they have read."""

    def __init__(self, r):
        self.r, self.copies = r, {}
        self.changes = r.pubsub()
        self.changes.subscribe(CHANGED)

    def customer(self, name):
        if name not in self.copies:
            self.copies[name] = self.r.hgetall(name)
        return self.copies[name]

    def hear(self, message):
        if message["type"] == "subscribe":
            self.copies.clear()  # the first time, or after a lost connection: who knows what was missed
        elif message["type"] == "message":
            self.copies.pop(text(message["data"]), None)


# ANCHOR_END: cache
