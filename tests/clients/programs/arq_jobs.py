"""arq: a queue is one sorted set by the time when a job is due, so an immediate job, a deferred one and a retry are alike."""

import asyncio
import contextlib
import time
from datetime import timedelta

import arq
from arq.connections import RedisSettings
from arq.cron import cron
from arq.jobs import JobStatus
from harness import WAIT, same
from program import URL, long, main, running

SETTINGS = RedisSettings.from_dsn(URL)


async def add(_context, a, b):
    return a + b


async def clock(_context):
    return time.time()


async def fails_twice(context):
    if context["job_try"] <= 2:
        raise arq.Retry(defer=0.05)
    return context["job_try"]


async def fails(_context):
    raise ValueError("always")


async def forever(_context):
    await asyncio.sleep(1000)


async def tick(context):
    return await context["redis"].rpush("ticks", "tick")


@contextlib.asynccontextmanager
async def working(cron_jobs=(), **options):
    """A worker as a task of this process, and a pool to enqueue with."""
    pool = await arq.create_pool(SETTINGS)
    worker = arq.Worker(
        [add, clock, fails_twice, fails, forever],
        cron_jobs=list(cron_jobs),
        redis_settings=SETTINGS,
        handle_signals=False,
        allow_abort_jobs=True,
        poll_delay=0.02,
        **options,
    )
    running = asyncio.create_task(worker.async_run())
    # A worker that ends by itself ends the test, and its error is the one to report.
    this_test = asyncio.current_task()
    running.add_done_callback(lambda ended: ended.cancelled() or this_test.cancel())
    try:
        yield pool
    except (Exception, asyncio.CancelledError):
        if running.done():
            running.result()
        raise
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await worker.close()
        await pool.aclose()


async def result(job):
    return await job.result(timeout=WAIT / 2, poll_delay=0.01)


@running("a job goes to a worker, and its result comes back")
async def _():
    async with working() as pool:
        job = await pool.enqueue_job("add", "na\u00efve ", "\u2603")
        same(await result(job), "na\u00efve \u2603")
        same(await job.status(), JobStatus.complete)
        info = await job.result_info()
        same((info.function, info.args, info.job_try, info.success), ("add", ("na\u00efve ", "\u2603"), 1, True))


@running("a job with an ID is enqueued once")
async def _():
    pool = await arq.create_pool(SETTINGS)
    first = await pool.enqueue_job("add", 1, 2, _job_id="only")
    same(await pool.enqueue_job("add", 3, 4, _job_id="only"), None)
    same([job.args for job in await pool.queued_jobs()], [(1, 2)])
    await pool.aclose()
    async with working():
        same(await result(first), 3)


@running("many jobs enqueued at once give each its own result")
async def _():
    async with working(max_jobs=5) as pool:
        jobs = await asyncio.gather(*(pool.enqueue_job("add", n, n) for n in range(50)))
        same(await asyncio.gather(*map(result, jobs)), [2 * n for n in range(50)])
        same(await pool.zcard("arq:queue"), 0)


@running("a deferred job waits in the queue, and runs when it is due")
async def _():
    async with working() as pool:
        before = time.time()
        job = await pool.enqueue_job("clock", _defer_by=timedelta(seconds=1))
        same(await job.status(), JobStatus.deferred)
        ran = await result(job)
        assert ran - before >= 0.999, f"it ran after {ran - before} s"


@running("a job that fails twice is tried a third time")
async def _():
    async with working() as pool:
        same(await result(await pool.enqueue_job("fails_twice")), 3)


@running("a job's error comes back as it was raised")
async def _():
    async with working() as pool:
        try:
            got = await result(await pool.enqueue_job("fails"))
            raise AssertionError(f"no error, but {got!r}")
        except ValueError as error:
            same(str(error), "always")


@running("a job that runs is aborted")
async def _():
    async with working() as pool:
        job = await pool.enqueue_job("forever")
        while await job.status() != JobStatus.in_progress:
            await asyncio.sleep(0.01)
        same(await job.abort(timeout=WAIT / 2, poll_delay=0.01), True)


@long("a cron job runs once a second, whichever of two workers takes it")
async def _():
    every_second = cron(tick, second=set(range(60)))
    async with working([every_second]) as pool, working([every_second]):
        began = time.time()
        while await pool.llen("ticks") < 4:
            await asyncio.sleep(0.01)
        took = time.time() - began
        # Four ticks lie at least three seconds apart; had each worker ticked, two would have done.
        assert took >= 2.9, f"4 ticks in {took} s"


if __name__ == "__main__":
    main(f"arq {arq.VERSION}")
