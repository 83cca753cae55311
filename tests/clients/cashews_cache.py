"""cashews with `client_side=True`: a cache of its own in front of Redis, kept true by BCAST and REDIRECT.

Its listener subscribes to `__redis__:invalidate` and redirects to itself. If no message came, the old value would be read until
the test's time is up.
"""

import asyncio

import redis
from cashews import Cache
from harness import HOST, PORT, WAIT, fresh, main, same, test

SUITE = f"cashews 7.6.0, redis-py {redis.__version__}"


def running(says):
    """Registers a test that is a coroutine."""
    return lambda coroutine: test(says)(lambda: asyncio.run(asyncio.wait_for(coroutine(), 2 * WAIT)))


async def caching(prefix):
    cache = Cache()
    cache.setup(f"redis://{HOST}:{PORT}/10?protocol=2", client_side=True, client_side_prefix=prefix, suppress=False)
    await cache.init()
    return cache


async def until(ask, wanted):
    while (got := await ask()) != wanted:
        await asyncio.sleep(0.01)


def calls(command):
    stats = redis.Redis(host=HOST, port=PORT).info("commandstats")
    return stats.get(f"cmdstat_{command}", {"calls": 0})["calls"]


@running("two caches with one prefix: what one of them changes, the other reads anew, and else asks nobody")
async def _():
    prefix = fresh("cashews") + ":"
    one, other = await caching(prefix), await caching(prefix)
    await one.set("user:7", "Eve", expire=60)
    await until(lambda: other.get("user:7"), "Eve")
    before = calls("get") + calls("mget")
    same([await other.get("user:7") for _ in range(20)], ["Eve"] * 20)
    same(calls("get") + calls("mget"), before)
    for name in ("Eva", "Ewa"):
        await one.set("user:7", name, expire=60)
        await until(lambda: other.get("user:7"), name)
    await one.delete("user:7")
    await until(lambda: other.get("user:7"), None)
    for cache in (one, other):
        await cache.close()


@running("a key that expires is dropped from both, and a flush empties them")
async def _():
    prefix = fresh("cashews") + ":"
    one, other = await caching(prefix), await caching(prefix)
    plain = redis.Redis(host=HOST, port=PORT, db=10)
    await one.set("token", "x", expire=60)
    await until(lambda: other.get("token"), "x")
    plain.pexpire(prefix + "token", 20)
    await until(lambda: other.get("token"), None)
    await one.set("token", "y", expire=60)
    await until(lambda: other.get("token"), "y")
    plain.flushdb()
    await until(lambda: other.get("token"), None)
    for cache in (one, other):
        await cache.close()


main(SUITE)
