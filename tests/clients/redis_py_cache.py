"""redis-py with `cache_config`: values that it keeps, and what makes it drop them.

A value that is kept is read without asking the server. If no invalidation came, it would be read so forever: each test here
then waits for the new value until its time is up, and fails.

Threads that share one pool are left out: redis-py 8.1 may then keep an old value for ever, also against Redis, since the thread
that stores a reply does not see the invalidation that another has read meanwhile.
"""

import redis
from harness import HOST, PORT, PROTO, Skip, fresh, main, same, test, until
from redis.cache import CacheConfig
from redis_py_common import SUITE, connect


def caching(**options):
    if PROTO == 2:
        raise Skip("redis-py caches in RESP3 only")
    return redis.Redis(host=HOST, port=PORT, protocol=3, cache_config=CacheConfig(), **options)


def calls(client, command):
    """How often the server has executed a command."""
    return client.info("commandstats").get(f"cmdstat_{command}", {"calls": 0})["calls"]


@test("a value is read from the cache, without asking the server, until another client changes it")
def _():
    cache, writer, key = caching(), connect(), fresh("price")
    writer.set(key, "10")
    same(cache.get(key), b"10")
    before = calls(writer, "get")
    same([cache.get(key) for _ in range(20)], [b"10"] * 20)
    same(calls(writer, "get"), before)
    for price in (b"11", b"12", b"13"):
        writer.set(key, price)
        until(lambda: cache.get(key), price)
    writer.delete(key)
    until(lambda: cache.get(key), None)
    writer.set(key, "14")
    until(lambda: cache.get(key), b"14")
    cache.close()


@test("hashes, lists, sets, and several keys of one command are dropped, each for itself")
def _():
    cache, writer = caching(), connect()
    cart, queue, tags, a, b = (fresh(name) for name in ("cart", "queue", "tags", "a", "b"))
    writer.hset(cart, mapping={"apples": 1})
    writer.rpush(queue, "x")
    writer.sadd(tags, "new")
    writer.mset({a: "1", b: "2"})
    same(cache.hgetall(cart), {b"apples": b"1"})
    same(cache.lrange(queue, 0, -1), [b"x"])
    same(cache.smembers(tags), {b"new"})
    same(cache.mget(a, b), [b"1", b"2"])
    before = calls(writer, "hgetall"), calls(writer, "mget")
    same((cache.hgetall(cart), cache.mget(a, b)), ({b"apples": b"1"}, [b"1", b"2"]))
    same((calls(writer, "hgetall"), calls(writer, "mget")), before)
    writer.hincrby(cart, "apples", 2)
    writer.lpush(queue, "w")
    writer.srem(tags, "new")
    writer.incr(b)
    until(lambda: cache.hgetall(cart), {b"apples": b"3"})
    until(lambda: cache.lrange(queue, 0, -1), [b"w", b"x"])
    until(lambda: cache.smembers(tags), set())
    until(lambda: cache.mget(a, b), [b"1", b"3"])
    cache.close()


@test("a transaction, a script, an expiry and a flush of another client are heard of too")
def _():
    cache, writer, key = caching(db=9), connect(db=9), fresh("k")
    writer.set(key, "1")
    same(cache.get(key), b"1")
    with writer.pipeline(transaction=True) as pipeline:
        pipeline.set(key, "2").append(key, "3").execute()
    until(lambda: cache.get(key), b"23")
    writer.eval("return redis.call('SET', KEYS[1], 'script')", 1, key)
    until(lambda: cache.get(key), b"script")
    writer.pexpire(key, 20)
    until(lambda: cache.get(key), None)
    writer.set(key, "again")
    until(lambda: cache.get(key), b"again")
    writer.flushdb()
    until(lambda: cache.get(key), None)
    cache.close()


@test("what the client changes itself is not read from its cache")
def _():
    cache, key = caching(), fresh("own")
    for value in (b"1", b"2", b"3"):
        cache.set(key, value)
        until(lambda: cache.get(key), value)
    cache.close()


main(f"{SUITE} cache")
