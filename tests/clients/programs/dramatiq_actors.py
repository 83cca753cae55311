"""Dramatiq with its Redis broker and result store: one Lua script moves messages between lists, hashes, sets and sorted sets."""

import contextlib
import os
import signal
import time

import dramatiq
from dramatiq.brokers.redis import RedisBroker
from dramatiq.results import Results
from dramatiq.results.backends import RedisBackend
from dramatiq.results.errors import ResultFailure
from harness import WAIT, same, test
from program import URL, long, main, server, until, worker

# Every message looks for those of dead workers; a worker that says nothing for so long is dead.
BROKER = RedisBroker(url=URL, maintenance_chance=1_000_000, heartbeat_timeout=int(os.environ.get("HEARTBEAT_MS", "60000")))
BROKER.add_middleware(Results(backend=RedisBackend(url=URL)))
dramatiq.set_broker(BROKER)


@dramatiq.actor(store_results=True)
def add(a, b):
    return a + b


@dramatiq.actor(store_results=True)
def clock():
    return time.time()


@dramatiq.actor(store_results=True, max_retries=3, min_backoff=1, max_backoff=10)
def fails_twice(key):
    attempt = server().incr(key)
    if attempt <= 2:
        raise ValueError(f"attempt {attempt}")
    return attempt


@dramatiq.actor(store_results=True, max_retries=1, min_backoff=1, max_backoff=10)
def fails_always(key):
    raise ValueError(f"attempt {server().incr(key)}")


@dramatiq.actor(queue_name="deadly", store_results=True)
def dies_once(key):
    """The first time, ends the process that it runs in without a word."""
    if server().incr(key) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"


@contextlib.contextmanager
def working():
    """A worker in this process."""
    one = dramatiq.Worker(BROKER, worker_threads=2, worker_timeout=20)
    one.start()
    try:
        yield
    finally:
        one.stop(timeout=5000)


def result(message, timeout=WAIT):
    return message.get_result(block=True, timeout=int(timeout * 1000))


def left(queue="default"):
    """What the broker keeps of a queue: its list, its messages, those that are delayed, and how many wait for acknowledgement."""
    r = server()
    unacknowledged = sum(r.scard(key) for key in r.keys(f"dramatiq:__acks__.*.{queue}*"))
    return r.llen(f"dramatiq:{queue}"), r.hlen(f"dramatiq:{queue}.msgs"), r.hlen(f"dramatiq:{queue}.DQ.msgs"), unacknowledged


@test("a message goes to a worker, and its result comes back")
def _():
    message = add.send("na\u00efve ", "\u2603")
    same(left(), (1, 1, 0, 0))
    with working():
        same(result(message), "na\u00efve \u2603")
        until(left, (0, 0, 0, 0))


@test("a group of messages gives all results, and a pipeline hands each result to the next")
def _():
    group = dramatiq.group([add.message(n, n) for n in range(20)])
    with working():
        same(list(group.run().get_results(block=True, timeout=int(WAIT * 1000))), [2 * n for n in range(20)])
        pipe = add.message(1, 2) | add.message(4) | add.message(8)
        same(pipe.run().get_result(block=True, timeout=int(WAIT * 1000)), 15)


@test("a delayed message waits in a queue of its own, and runs when it is due")
def _():
    before = time.time()
    message = clock.send_with_options(delay=1000)
    same(left(), (0, 0, 1, 0))
    with working():
        ran = result(message)
        assert ran - before >= 0.999, f"it ran after {ran - before} s"
        until(left, (0, 0, 0, 0))


@test("a message that fails twice is tried a third time")
def _():
    with working():
        same(result(fails_twice.send("attempts")), 3)


@test("a message that fails more often than its limit is a dead letter, and its result is its last error")
def _():
    with working():
        message = fails_always.send("failures")
        try:
            got = result(message)
            raise AssertionError(f"no error, but {got!r}")
        except ResultFailure as error:
            same((error.orig_exc_type, error.orig_exc_msg), ("ValueError", "attempt 2"))
        until(lambda: server().zcard("dramatiq:default.XQ"), 1)
    same(server().hlen("dramatiq:default.XQ.msgs"), 1)


@long("the message of a worker that was killed goes to another")
def _():
    message = dies_once.send("deaths")
    command = ("dramatiq", "dramatiq_actors", "--processes", "1", "--threads", "1", "--queues", "deadly")
    with worker(*command) as first:
        until(lambda: first.poll() is not None, True)
        same((server().get("deaths"), left("deadly")), ("1", (0, 1, 0, 1)))
    with worker(*command, HEARTBEAT_MS="1000"):
        same(result(message), "survived")
    same(server().get("deaths"), "2")


if __name__ == "__main__":
    main(f"dramatiq {dramatiq.__version__}")
