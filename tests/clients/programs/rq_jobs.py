"""The jobs of rq_queue.py, in a module of their own, because RQ refuses functions of the program that is run."""

import os
import signal
import time

from program import server


def add(a, b):
    return a + b


def clock():
    return time.time()


def note(key, what):
    return server().rpush(key, what)


def fails(times, key):
    """Fails as often as it is told to, and counts its attempts in a key."""
    attempt = server().incr(key)
    if attempt <= times:
        raise ValueError(f"attempt {attempt}")
    return attempt


def dies_once(key):
    """The first time, ends the process it runs in without a word."""
    if server().incr(key) == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"
