"""Huey: a list or, with priorities, a sorted set as the queue; the schedule a sorted set that a script pops from."""

import contextlib
import time

import huey
from harness import WAIT, same, test
from huey import PriorityRedisHuey, RedisHuey
from huey.exceptions import TaskException
from program import URL, main, server, until

PLAIN = RedisHuey("plain", url=URL)
RANKED = PriorityRedisHuey("ranked", url=URL)


@PLAIN.task()
def add(a, b):
    return a + b


@PLAIN.task()
def clock():
    return time.time()


@PLAIN.task(retries=2)
def fails_twice(key):
    attempt = server().incr(key)
    if attempt <= 2:
        raise ValueError(f"attempt {attempt}")
    return attempt


@PLAIN.task(retries=1)
def fails_always(key):
    raise ValueError(f"attempt {server().incr(key)}")


@RANKED.task()
def note(what):
    return server().rpush("noted", what)


@contextlib.contextmanager
def consuming(queue):
    """A consumer with its scheduler, in threads of this process."""
    consumer = queue.create_consumer(workers=1, periodic=False, initial_delay=0.01, max_delay=0.05)
    consumer.start()
    try:
        yield
    finally:
        consumer.stop(graceful=True)


def value(result):
    return result.get(blocking=True, timeout=WAIT, max_delay=0.02)


def outcome(result):
    """The task's value or its error, whichever is there now: each attempt leaves its own."""
    try:
        return PLAIN.result(result.id, preserve=True)
    except TaskException as error:
        return error.metadata["error"]


@test("a task goes to a consumer, and its result comes back")
def _():
    with consuming(PLAIN):
        same(value(add("na\u00efve ", "\u2603")), "na\u00efve \u2603")


@test("a scheduled task waits in a sorted set, and runs when it is due")
def _():
    with consuming(PLAIN):
        before = time.time()
        result = clock.schedule(delay=1)
        until(lambda: (server().zcard("huey.schedule.plain"), PLAIN.scheduled_count()), (1, 1))
        ran = value(result)
        assert ran - before >= 0.999, f"it ran after {ran - before} s"
        same(PLAIN.scheduled_count(), 0)


@test("a scheduled task that is revoked does not run")
def _():
    with consuming(PLAIN):
        revoked, kept = add.schedule((1, 2), delay=0.5), add.schedule((3, 4), delay=0.6)
        revoked.revoke()
        same(value(kept), 7)
        same((revoked.get(), PLAIN.scheduled_count()), (None, 0))


@test("a task that fails twice is tried a third time")
def _():
    with consuming(PLAIN):
        result = fails_twice("attempts")
        until(lambda: outcome(result), 3)


@test("a task that fails more often than its limit gives its last error")
def _():
    with consuming(PLAIN):
        result = fails_always("failures")
        until(lambda: outcome(result), "ValueError('attempt 2')")


@test("tasks run by their priority, and by their order within it")
def _():
    # All of them are in the queue before the consumer starts.
    results = [note(f"{priority}{letter}", priority=priority) for priority in (1, 3, 2) for letter in "ab"]
    same(server().zcard("huey.redis.ranked"), 6)
    with consuming(RANKED):
        for result in results:
            value(result)
    same(server().lrange("noted", 0, -1), ["3a", "3b", "2a", "2b", "1a", "1b"])


if __name__ == "__main__":
    main(f"huey {huey.__version__}")
