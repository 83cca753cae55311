"""RQ: jobs in hashes, queues in lists, and every registry of jobs (started, finished, failed, deferred, scheduled) a sorted set."""

import time
from datetime import timedelta

import redis
import rq
from harness import WAIT, same, test
from program import URL, main, server, until, worker
from rq import Queue, Retry
from rq_jobs import add, clock, dies_once, fails, note

CONNECTION = redis.Redis.from_url(URL)
QUEUE = Queue("jobs", connection=CONNECTION)
FINAL = ("finished", "failed")


def ended(job):
    """The job's return value, as soon as it has finished."""
    until(lambda: job.get_status() in FINAL, True)
    same((job.get_status(), job.exc_info), ("finished", None))
    return job.return_value()


@test("a job goes to a worker, and its result comes back")
def _():
    job = QUEUE.enqueue(add, "na\u00efve ", "\u2603")
    same(ended(job), "na\u00efve \u2603")
    assert job.id in QUEUE.finished_job_registry.get_job_ids()
    until(lambda: QUEUE.started_job_registry.get_job_ids(), [])


@test("a worker in burst mode runs what is enqueued, in its order, and ends")
def _():
    ordered = Queue("ordered", connection=CONNECTION)
    jobs = [ordered.enqueue(note, "order", n) for n in range(4)]
    jobs.append(ordered.enqueue(note, "order", "at the front", at_front=True))
    with worker("rq", "worker", "--url", URL, "--burst", "--quiet", "ordered") as burst:
        same(burst.wait(WAIT), 0)
    same(server().lrange("order", 0, -1), ["at the front", "0", "1", "2", "3"])
    same([ended(job) for job in jobs], [2, 3, 4, 5, 1])
    same(server().smembers("rq:workers:ordered"), set())


@test("a job that depends on two others waits for both")
def _():
    first, second = QUEUE.enqueue(add, 1, 2), QUEUE.enqueue(add, 3, 4)
    last = QUEUE.enqueue(clock, depends_on=[first, second])
    ran = ended(last)
    same((ended(first), ended(second)), (3, 7))
    first.refresh(), second.refresh()
    assert ran >= max(first.ended_at, second.ended_at).timestamp(), "it ran before one that it depends on"
    same(QUEUE.deferred_job_registry.get_job_ids(), [])


@test("a job that fails twice is tried a third time")
def _():
    same(ended(QUEUE.enqueue(fails, 2, "attempts", retry=Retry(max=3))), 3)


@test("a job that fails more often than its limit is in the registry of failed jobs, with its error")
def _():
    job = QUEUE.enqueue(fails, 9, "failures", retry=Retry(max=1))
    until(lambda: job.get_status(), "failed")
    same(QUEUE.failed_job_registry.get_job_ids(), [job.id])
    assert "ValueError: attempt 2" in job.latest_result().exc_string, job.latest_result().exc_string


@test("a job scheduled in a second waits in its registry, and runs when it is due")
def _():
    before = time.time()
    job = QUEUE.enqueue_in(timedelta(seconds=1), clock)
    same((job.get_status(), QUEUE.scheduled_job_registry.get_job_ids()), ("scheduled", [job.id]))
    ran = ended(job)
    # RQ keeps whole seconds.
    assert ran >= int(before) + 1, f"it ran after {ran - before} s"
    same(QUEUE.scheduled_job_registry.get_job_ids(), [])


@test("a job whose process is killed is tried again")
def _():
    same(ended(QUEUE.enqueue(dies_once, "deaths", retry=Retry(max=1))), "survived")


if __name__ == "__main__":
    main(f"rq {rq.VERSION}", "rq", "worker", "--url", URL, "--with-scheduler", "--quiet", "jobs")
