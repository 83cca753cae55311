"""Celery with Redis as its broker and its result store: kombu's queues, chords counted in Redis, tasks that wait."""

import os
import signal
import time

import celery
from celery import Celery, chain, chord, group
from celery.exceptions import ChordError
from harness import WAIT, same, test
from program import URL, long, main, server, until, worker

app = Celery("celery_tasks", broker=URL, backend=URL)
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": int(os.environ.get("VISIBILITY_SECONDS", "3600"))},
    worker_prefetch_multiplier=4,
)


@app.task
def add(a, b):
    return a + b


@app.task
def gather(results):
    return results


@app.task
def clock():
    return time.time()


@app.task(bind=True, max_retries=3)
def fails_twice(self):
    if self.request.retries < 2:
        raise self.retry(exc=ValueError("not yet"), countdown=0.01)
    return self.request.retries


@app.task(bind=True, max_retries=2)
def fails_always(self):
    raise self.retry(exc=ValueError(f"attempt {self.request.retries}"), countdown=0.01)


@app.task
def note(what):
    return server().rpush("noted", what)


@app.task(acks_late=True)
def dies_once(key):
    """The first time, ends the process that it runs in without a word."""
    if server().incr(key) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"


def command(queue="celery"):
    return ("celery", "-A", "celery_tasks", "worker", "--pool", "threads", "--concurrency", "2", "--loglevel", "WARNING", "-Q", queue)


def unacknowledged():
    """What kombu keeps of messages that a worker holds: a hash of them, and a sorted set of the times they were taken."""
    r = server()
    return r.hlen("unacked"), r.zcard("unacked_index")


@test("a task goes to a worker, and its result comes back")
def _():
    result = add.delay("na\u00efve ", "\u2603")
    same(result.get(timeout=WAIT), "na\u00efve \u2603")
    same(result.state, "SUCCESS")
    same(server().smembers("_kombu.binding.celery"), {"celery\x06\x16\x06\x16celery"})


@test("a chord calls back once, with every task's result in the order of the tasks")
def _():
    same(chord(add.s(n, n) for n in range(8))(gather.s()).get(timeout=WAIT), [2 * n for n in range(8)])


@test("a chain hands each result to the next task")
def _():
    same(chain(add.s(1, 2), add.s(4), add.s(8))().get(timeout=WAIT), 15)


@test("a task with a countdown waits unacknowledged, and runs when it is due")
def _():
    until(unacknowledged, (0, 0))
    before = time.time()
    result = clock.apply_async(countdown=1)
    until(unacknowledged, (1, 1))
    ran = result.get(timeout=WAIT)
    assert ran - before >= 1, f"it ran after {ran - before} s"
    until(unacknowledged, (0, 0))


@test("a task that fails twice is tried a third time")
def _():
    same(fails_twice.delay().get(timeout=WAIT), 2)


@test("a task that fails more often than its limit reports its last error")
def _():
    result = fails_always.delay()
    try:
        got = result.get(timeout=WAIT)
    except ValueError as error:
        same((str(error), result.state), ("attempt 2", "FAILURE"))
    else:
        raise AssertionError(f"no error, but {got!r}")


@test("a worker answers a ping over Pub/Sub")
def _():
    same([list(reply.values()) for reply in app.control.ping(timeout=WAIT, limit=1)], [[{"ok": "pong"}]])



@long("three hundred tasks give each its own result, and a chord counts them all")
def _():
    same(group(add.s(n, n) for n in range(300))().get(timeout=WAIT), [2 * n for n in range(300)])
    same(chord(add.s(n, n) for n in range(100))(gather.s()).get(timeout=WAIT), [2 * n for n in range(100)])


@long("a chord with a task that fails reports the task's error")
def _():
    got = chord([add.s(1, 2), fails_always.s()])(gather.s()).get(timeout=WAIT, propagate=False)
    assert isinstance(got, ChordError) and "attempt 2" in str(got), repr(got)


@long("tasks that wait in the broker are run by priority")
def _():
    results = [note.apply_async((f"{priority}{letter}",), queue="ranked", priority=priority) for priority in (9, 0, 5) for letter in "ab"]
    with worker(*command("ranked"), "--concurrency", "1", "--prefetch-multiplier", "1"):
        for result in results:
            result.get(timeout=WAIT)
    same(server().lrange("noted", 0, -1), ["0a", "0b", "5a", "5b", "9a", "9b"])


@long("the task of a worker that was killed goes to another, once it has been out too long")
def _():
    result = dies_once.apply_async(("deaths",), queue="deadly")
    with worker(*command("deadly"), VISIBILITY_SECONDS="1") as first:
        until(lambda: first.poll() is not None, True)
        same((server().get("deaths"), unacknowledged()), ("1", (1, 1)))
    # A worker looks for tasks that were out too long when it starts, and then only now and then.
    until(lambda: server().zcount("unacked_index", "-inf", time.time() - 1.5), 1)
    with worker(*command("deadly"), VISIBILITY_SECONDS="1"):
        same(result.get(timeout=WAIT), "survived")
    until(unacknowledged, (0, 0))


if __name__ == "__main__":
    main(f"celery {celery.__version__}", *command())
