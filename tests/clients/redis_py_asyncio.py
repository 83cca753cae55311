"""redis-py's asyncio client: listeners and publishers as tasks of one process."""

import asyncio
import logging
import os

import redis
import redis.asyncio
from harness import HOST, PORT, PROTO, WAIT, Skip, fresh, main, same, test

logging.getLogger("push_response")  # made before redis-py makes it, it does not print every push
SUITE = os.environ.get("SUITE", "redis-py-asyncio")


def connect(**options):
    return redis.asyncio.Redis(host=HOST, port=PORT, protocol=PROTO, **options)


def running(says):
    """Registers a test that is a coroutine."""
    return lambda coroutine: test(says)(lambda: asyncio.run(asyncio.wait_for(coroutine(), 2 * WAIT)))


async def message(pubsub):
    got = await pubsub.get_message(timeout=WAIT)
    assert got is not None, f"no message came in {WAIT} s"
    return got


def entry(kind, channel, data, pattern=None):
    return {"type": kind, "pattern": pattern, "channel": channel, "data": data}


async def take(pubsub, how_many):
    """`async for` over the listener until it has given that many messages."""
    heard = []
    async for m in pubsub.listen():
        heard.append(m)
        if len(heard) == how_many:
            return heard


async def ids_of(admin, name):
    return [c["id"] for c in await admin.client_list() if c["name"] == name]


async def until(ask, wanted):
    """As harness.until, with a coroutine to ask; running() limits its time."""
    while (await ask()) != wanted:
        pass


@running("the handshake gives the protocol that was asked for")
async def _():
    async with connect(client_name="asyncio") as r:
        same(await r.ping(), True)
        info = await r.client_info()
        same(
            (info["name"], int(info["resp"]), info["lib-name"], info["lib-ver"]),
            ("asyncio", PROTO, "redis-py", redis.__version__),
        )


@running("`async for` over a pattern's listener hears three publishing tasks, each in its order")
async def _():
    room = fresh("live_room")
    async with connect() as r, r.pubsub() as p:
        await p.psubscribe(f"{room}:*")
        same(await message(p), entry("psubscribe", f"{room}:*".encode(), 1))
        listener = asyncio.create_task(take(p, 300))

        async def speak(who):
            for n in range(100):
                same(await r.publish(f"{room}:{who}", f"{who} {n}"), 1)

        await asyncio.gather(*map(speak, range(3)))
        heard = await listener
        for who in range(3):
            channel, pattern = f"{room}:{who}".encode(), f"{room}:*".encode()
            wanted = [entry("pmessage", channel, f"{who} {n}".encode(), pattern) for n in range(100)]
            same([m for m in heard if m["channel"] == channel], wanted)


@running("confirmations count channels and patterns together")
async def _():
    a, b = fresh("a"), fresh("b")
    async with connect() as r, r.pubsub() as p:
        await p.subscribe(a, b)
        await p.psubscribe(a + "*")
        await p.unsubscribe(a)
        await p.punsubscribe()
        await p.unsubscribe()
        wanted = [
            entry("subscribe", a.encode(), 1),
            entry("subscribe", b.encode(), 2),
            entry("psubscribe", (a + "*").encode(), 3),
            entry("unsubscribe", a.encode(), 2),
            entry("punsubscribe", (a + "*").encode(), 1),
            entry("unsubscribe", b.encode(), 0),
        ]
        same([await message(p) for _ in range(6)], wanted)
        same(p.subscribed, False)


@running("shard channels are counted and heard apart")
async def _():
    channel = fresh("shard")
    async with connect() as r, r.pubsub() as p:
        if not hasattr(p, "ssubscribe"):
            raise Skip("this version's asyncio client has no ssubscribe")
        await p.subscribe(channel)
        await p.ssubscribe(channel)
        same((await r.publish(channel, "plain"), await r.spublish(channel, "shard")), (1, 1))
        await p.sunsubscribe()
        wanted = [
            entry("subscribe", channel.encode(), 1),
            entry("ssubscribe", channel.encode(), 1),
            entry("message", channel.encode(), b"plain"),
            entry("smessage", channel.encode(), b"shard"),
            entry("sunsubscribe", channel.encode(), 0),
        ]
        same([await message(p) for _ in range(5)], wanted)


@running("three connections of one process each get their copy; one dies and the others go on")
async def _():
    room, name = fresh("live_room"), fresh("three")
    pattern = (room + "*").encode()
    async with connect() as r:
        clients = [connect(client_name=f"{name}:{n}") for n in range(3)]
        rooms = [c.pubsub() for c in clients]
        for p in rooms:
            await p.psubscribe(room + "*")
            same(await message(p), entry("psubscribe", pattern, 1))
        same(await r.publish(room, "to all"), 3)
        wanted = entry("pmessage", room.encode(), b"to all", pattern)
        same(await asyncio.gather(*map(message, rooms)), [wanted] * 3)
        await rooms[1].aclose()
        await until(lambda: ids_of(r, f"{name}:1"), [])
        same(await r.publish(room, "to two"), 2)
        wanted = entry("pmessage", room.encode(), b"to two", pattern)
        same(await asyncio.gather(message(rooms[0]), message(rooms[2])), [wanted] * 2)
        for p in (rooms[0], rooms[2]):
            await p.aclose()
        for c in clients:
            await c.aclose()


@running("a killed listener reconnects, subscribes again, and goes on")
async def _():
    name, channel, pattern = fresh("victim"), fresh("again"), fresh("pattern") + "*"
    async with connect() as admin, connect(client_name=name) as r, r.pubsub() as p:
        await p.subscribe(channel)
        await p.psubscribe(pattern)
        same([(await message(p))["data"] for _ in range(2)], [1, 2])
        (victim,) = await ids_of(admin, name)
        same(await admin.client_kill_filter(_id=victim), 1)
        await until(lambda: admin.pubsub_numsub(channel), [(channel.encode(), 0)])
        again = []
        while len(again) < 2:
            try:
                again.append(await message(p))
            except redis.ConnectionError:  # older versions tell us, then connect on the next call
                pass
        same(again, [entry("subscribe", channel.encode(), 1), entry("psubscribe", pattern.encode(), 2)])
        same(await admin.publish(channel, "back"), 1)
        same(await message(p), entry("message", channel.encode(), b"back"))


@running("every byte and payloads of 1 MB arrive whole and in order")
async def _():
    channel = bytes(range(256)) + fresh("").encode()
    payloads = [os.urandom(1 << 20) for _ in range(3)] + [bytes(range(256)), b""]
    async with connect() as r, r.pubsub() as p:
        await p.subscribe(channel)
        same(await message(p), entry("subscribe", channel, 1))
        same([await r.publish(channel, payload) for payload in payloads], [1] * 5)
        for payload in payloads:
            got = await message(p)
            assert got == entry("message", channel, payload), (got["type"], len(got["data"]))


@running("a pipeline of PUBLISH gives one exact count each, in order")
async def _():
    channel = fresh("pipeline")
    async with connect() as r, r.pubsub() as p:
        await p.subscribe(channel)
        await message(p)
        pipe = r.pipeline(transaction=False)
        for n in range(1000):
            pipe.publish(channel if n % 2 == 0 else channel + ":nobody", n)
        same(await pipe.execute(), [1, 0] * 500)
        same([(await message(p))["data"] for _ in range(500)], [b"%d" % n for n in range(0, 1000, 2)])


@running("the handlers of run() are called for channels and patterns")
async def _():
    base, heard = fresh("run"), asyncio.Queue()

    async def note(m):
        await heard.put((m["type"], m["channel"], m["data"]))

    async with connect(decode_responses=True) as r, r.pubsub() as p:
        await p.subscribe(**{base: note})
        await p.psubscribe(**{base + ":*": note})
        runner = asyncio.create_task(p.run())
        await until(lambda: r.publish(base + ":probe", "0"), 1)
        same((await r.publish(base, "1"), await r.publish(base + ":x", "2")), (1, 1))
        wanted = [("pmessage", base + ":probe", "0"), ("message", base, "1"), ("pmessage", base + ":x", "2")]
        same([await heard.get() for _ in range(3)], wanted)
        runner.cancel()
        await asyncio.gather(runner, return_exceptions=True)


main(f"{SUITE} {redis.__version__} RESP{PROTO}")
