"""What the suites of programs share: a database to themselves, and workers that end with their suite.

A program here is a library whose users never write a Redis command: a task queue, a channel layer. Each suite is one file, which
holds the tasks as a user writes them and the tests that send them through a worker and look at what comes back. The worker
imports the same file.

DATABASE of the environment is the database that the suite uses. It must be empty, and it is left empty. PROTO is the protocol;
without it, the library chooses as it does for its users. LONG=1 runs the long tests too.
"""

import asyncio
import contextlib
import io
import logging
import os
import signal
import subprocess
import sys
import tempfile
import time

import harness
import redis
from harness import HOST, PORT, WAIT, same, test

DATABASE = int(os.environ.get("DATABASE", "9"))
PROTO = os.environ.get("PROTO", "")
URL = f"redis://{HOST}:{PORT}/{DATABASE}" + (PROTO and f"?protocol={PROTO}")
LONG = bool(os.environ.get("LONG"))

# The worker that runs as long as the suite, if it has one.
_worker = None

# The commands of the programs are installed beside the Python that runs this.
BIN = os.path.dirname(sys.executable)


def server():
    """A plain client on the suite's database, to look at what the program has stored."""
    return redis.Redis(host=HOST, port=PORT, db=DATABASE, decode_responses=True)


def running(says):
    """Registers a test that is a coroutine."""
    return lambda coroutine: test(says)(lambda: asyncio.run(asyncio.wait_for(coroutine(), 2 * WAIT)))


def long(says):
    """Registers a test, of either kind, that runs only with LONG=1, because it takes seconds or many jobs."""

    def register(function):
        if LONG:
            (running if asyncio.iscoroutinefunction(function) else test)(says)(function)
        return function

    return register


def until(ask, wanted):
    """Asks again and again until the answer is the wanted one, for at most WAIT seconds and while the suite's worker lives.

    Between two questions the processor is left to the worker: suites run side by side."""
    deadline = time.monotonic() + WAIT
    while (got := ask()) != wanted:
        if _worker is not None and _worker.poll() is not None:
            raise AssertionError(f"the worker ended with status {_worker.returncode}")
        if time.monotonic() > deadline:
            same(got, wanted)
        time.sleep(0.01)


@contextlib.contextmanager
def worker(*command, **environment):
    """A worker as a process of its own, from a command beside Python; ended with everything that it started.

    Keywords are added to its environment. What the worker printed is shown only if the block fails: it may hold the
    server's refusal."""
    with tempfile.TemporaryFile() as log:
        child = subprocess.Popen(
            [os.path.join(BIN, command[0]), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
        )
        try:
            yield child
        except (Exception, harness.TooLong) as error:
            raise AssertionError(f"{error!r}{last_lines(log)}") from error
        finally:
            end(child)


def end(child):
    """Asks the worker to end, and after 5 seconds ends its whole process group."""
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(5)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()


def last_lines(log, limit=2000):
    log.seek(0)
    text = log.read().decode(errors="replace").strip()
    return "\nthe worker printed:\n" + text[-limit:] if text else ""


def main(suite, *command):
    """Runs the suite's tests, with one worker for all of them if a command is given, and ends the process."""
    # Told to end, the suite ends its worker first.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    global _worker
    # What a worker in this process logs is printed only if a test fails.
    logged = io.StringIO()
    logging.basicConfig(stream=logged, level=logging.WARNING)
    suite += PROTO and f" RESP{PROTO}"
    r = server()
    if held := r.dbsize():
        print(f"FAIL {suite}: database {DATABASE} must be empty, and holds {held} keys", flush=True)
        os._exit(1)
    failed = 0
    try:
        with worker(*command) if command else contextlib.nullcontext() as _worker:
            failed = harness.run(suite)
            assert not failed, f"{failed} failed"
    except AssertionError as error:
        print("     " + f"{error}\n{logged.getvalue()[-2000:]}".strip().replace("\n", "\n     "), flush=True)
    r.flushdb()
    os._exit(1 if failed else 0)
