"""What the two synchronous redis-py suites share: connecting, and looking at what came."""

import logging
import os

import redis
from harness import HOST, PORT, PROTO, WAIT, same
from redis.backoff import NoBackoff
from redis.retry import Retry

logging.getLogger("push_response")  # made before redis-py makes it, it does not print every push
SUITE = f"{os.environ.get('SUITE', 'redis-py')} {redis.__version__} RESP{PROTO}"


def connect(**options):
    return redis.Redis(host=HOST, port=PORT, protocol=PROTO, **options)


def once(**options):
    """Newer versions try again, for seconds, even after a wrong password; this one gives up at once."""
    return connect(retry=Retry(NoBackoff(), 0), **options)


def message(pubsub):
    """The next message, confirmations included; never None: a silent server is a failure."""
    got = pubsub.get_message(timeout=WAIT)
    assert got is not None, f"no message came in {WAIT} s"
    return got


def entry(kind, channel, data, pattern=None):
    """A message as redis-py hands it over, all of its four fields."""
    return {"type": kind, "pattern": pattern, "channel": channel, "data": data}


def raises(error, text, call):
    """The call must fail with this error, and its whole text must be this."""
    try:
        got = call()
    except error as caught:
        same(str(caught), text)
    else:
        raise AssertionError(f"no {error.__name__}, but {got!r}")


def id_of(admin, name):
    """The id of the connection that CLIENT SETNAME gave this name."""
    return [c["id"] for c in admin.client_list() if c["name"] == name]
