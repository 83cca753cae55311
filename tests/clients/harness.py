"""What every Python suite here shares: named tests, one printed line each, and a limit on the time a test may take.

A suite decorates its functions with @test("what the server must do") and ends with harness.main("suite name").
The lines printed begin with `ok`, `FAIL` or `skip`; the script `run` counts them.
The server under test is HOST:PORT of the environment; UNIXSOCKET is its socket file, if it has one.
"""

import itertools
import os
import signal
import time
import traceback

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", "6379"))
UNIXSOCKET = os.environ.get("UNIXSOCKET", "")
PROTO = int(os.environ.get("PROTO", "2"))

# No test waits for time to pass, so this limit is only for a server that does not answer at all.
TEST_SECONDS = int(os.environ.get("TEST_SECONDS", "60"))
WAIT = TEST_SECONDS / 2

_tests = []
_names = itertools.count(1)


class Skip(Exception):
    """Raised by a test that cannot run here; the text says why."""


class TooLong(BaseException):
    """The test's time is up. Not an Exception, so that no client's retry loop swallows it."""


def test(says):
    def register(function):
        _tests.append((says, function))
        return function

    return register


def fresh(name):
    """A channel name nobody used before, so that no other client and no earlier test can be in the way."""
    return f"{name}:{os.getpid()}:{next(_names)}"


def same(got, wanted):
    """The whole of what came must be the whole of what was wanted."""
    if got != wanted:
        if isinstance(got, list) and isinstance(wanted, list):
            for place, (one, other) in enumerate(zip(got, wanted)):
                if one != other:
                    raise AssertionError(
                        f"\n   first difference at {place}\n     got {_short(one)}\n  wanted {_short(other)}"
                    )
            raise AssertionError(
                f"\n     got {len(got)} of them: {_short(got)}\n  wanted {len(wanted)}: {_short(wanted)}"
            )
        raise AssertionError(f"\n     got {_short(got)}\n  wanted {_short(wanted)}")


def until(ask, wanted):
    """Asks the server again and again until it gives the wanted answer.

    Only for what another connection's end brings about: nothing tells us when the server has seen it. Each
    asking is a round trip, so this is a wait on the server's answers and not on the clock."""
    deadline = time.monotonic() + WAIT
    got = ask()
    while got != wanted:
        if time.monotonic() > deadline:
            same(got, wanted)
        got = ask()


def main(suite):
    """Runs the suite's tests and ends the process; the exit status is 1 if a test failed."""
    failed = run(suite)
    # A client's own threads must not keep a finished suite alive.
    os._exit(1 if failed else 0)


def run(suite):
    """Runs the suite's tests in the order they are written; returns how many failed."""
    only = os.environ.get("ONLY", "")
    signal.signal(signal.SIGALRM, _too_long)
    failed = 0
    for says, function in _tests:
        if only not in says:
            continue
        signal.alarm(TEST_SECONDS)
        try:
            function()
            word, why = "ok  ", ""
        except Skip as reason:
            word, why = "skip", f" ({reason})"
        except (Exception, TooLong) as error:
            reason = " ".join("".join(c if c.isprintable() else " " for c in str(error)).split())[:200]
            trace = traceback.format_exc().strip().replace("\n", "\n     ")
            word, why = "FAIL", f" ({type(error).__name__}: {reason})\n     {trace}"
            failed += 1
        signal.alarm(0)
        print(f"{word} {suite}: {says}{why}", flush=True)
    return failed


def _too_long(_signal, _frame):
    raise TooLong(f"no end after {TEST_SECONDS} s")


def _short(value, limit=1500):
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} characters)"
