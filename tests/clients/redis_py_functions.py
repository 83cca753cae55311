"""redis-py: a library of functions, as an application loads one at its start and calls it."""

from pathlib import Path
from threading import Thread

import redis
from harness import fresh, main, same, test, until
from redis_py_common import SUITE, connect, raises

STOCK = Path(__file__).with_name("stock.lua").read_text()
BUSY = "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE."


def loaded():
    """A client, with the library just loaded."""
    r = connect(single_connection_client=True)
    same(r.function_load(STOCK, replace=True), b"stock")
    return r


def pairs(reply):
    """Names and values, which come as a list or as a map."""
    return dict(reply if isinstance(reply, dict) else zip(reply[::2], reply[1::2]))


def libraries(r, **options):
    """FUNCTION LIST, by the names of libraries and functions."""
    found = {}
    for library in map(pairs, r.function_list(**options)):
        functions = {each[b"name"]: each for each in map(pairs, library.pop(b"functions"))}
        flags = {name: (each[b"description"], sorted(each[b"flags"])) for name, each in functions.items()}
        found[library.pop(b"library_name")] = (library, flags)
    return found


@test("functions: function_load and function_delete, with the errors of a library that is there, and of one that is not")
def _():
    r = loaded()
    raises(redis.ResponseError, "Library 'stock' already exists", lambda: r.function_load(STOCK))
    same(r.function_load(STOCK, replace=True), b"stock")
    raises(redis.ResponseError, "Missing library metadata", lambda: r.function_load("return 1"))
    same(r.function_delete("stock"), True)
    raises(redis.ResponseError, "Library not found", lambda: r.function_delete("stock"))
    raises(redis.ResponseError, "Function not found", lambda: r.fcall("state", 0))


@test("functions: fcall changes several keys at once or none; fcall_ro calls only what does not write")
def _():
    r, key, log = loaded(), fresh("chairs"), fresh("reserved")
    same(r.fcall("deliver", 1, key, 5), 5)
    same(r.fcall("RESERVE", 2, key, log, "ann", 3), 2)
    raises(redis.ResponseError, "SOLDOUT 2 left", lambda: r.fcall("reserve", 2, key, log, "bob", 3))
    raises(
        redis.ResponseError,
        "STOCK what is wanted is a whole number from 1 on script: reserve, on @user_function:8.",
        lambda: r.fcall("reserve", 2, key, log, "bob", "many"),
    )
    same((r.fcall("state", 2, key, log), r.fcall_ro("state", 2, key, log)), ([2, [b"ann=3"]],) * 2)
    text = "Can not execute a script with write flag using *_ro command."
    raises(redis.ResponseError, text, lambda: r.fcall_ro("deliver", 1, key, 5))
    try:
        r.fcall("liar", 1, key)
        raise AssertionError("a function that says no-writes has written")
    except redis.ResponseError as error:
        text = "Write commands are not allowed from read-only scripts. script: liar, on @user_function:"
        same(str(error)[: len(text)], text)
    same(r.hgetall(key), {b"left": b"2"})
    r.function_delete("stock")


@test("functions: a pipeline and a transaction call functions, and their errors come in their places")
def _():
    r, key, log = loaded(), fresh("tables"), fresh("reserved")
    for transaction in (False, True):
        p = r.pipeline(transaction=transaction)
        p.fcall("deliver", 1, key, 2)
        p.fcall("reserve", 2, key, log, "ann", 100)
        p.fcall_ro("state", 2, key, log)
        first, error, last = p.execute(raise_on_error=False)
        left = 4 if transaction else 2
        same((first, type(error), last), (left, redis.ResponseError, [left, []]))
    r.function_delete("stock")


@test("functions: function_list gives names, flags, descriptions and the text")
def _():
    r = loaded()
    functions = {
        b"deliver": (None, []),
        b"reserve": (None, []),
        b"state": (b"what is left", [b"allow-stale", b"no-writes"]),
        b"liar": (None, [b"no-writes"]),
        b"forever": (None, [b"no-writes"]),
    }
    same(libraries(r, library="st?ck"), {b"stock": ({b"engine": b"LUA"}, functions)})
    with_code = {b"engine": b"LUA", b"library_code": STOCK.encode()}
    same(libraries(r, library="stock", withcode=True), {b"stock": (with_code, functions)})
    same(libraries(r, library="no such"), {})
    r.function_delete("stock")


@test("functions: function_dump and function_restore bring a library back, in each of the three ways")
def _():
    r, key = loaded(), fresh("lamps")
    dump = r.function_dump()
    raises(redis.ResponseError, "Library stock already exists", lambda: r.function_restore(dump))
    raises(
        redis.ResponseError,
        "DUMP payload version or checksum are wrong",
        lambda: r.function_restore(dump[:-1] + bytes([dump[-1] ^ 1]), "REPLACE"),
    )
    same(r.function_delete("stock"), True)
    other = b"#!lua name=other\nredis.register_function('answer', function() return 42 end)"
    same(r.function_load(other, replace=True), b"other")
    same(r.function_restore(dump), True)
    same((r.fcall("deliver", 1, key, 1), r.fcall("answer", 0)), (1, 42))
    same(r.function_restore(dump, "REPLACE"), True)
    same((r.fcall("deliver", 1, key, 1), r.fcall("answer", 0)), (2, 42))
    same(r.function_restore(dump, "FLUSH"), True)
    same(sorted(libraries(r)), [b"stock"])
    same(r.fcall("deliver", 1, key, 1), 3)
    r.function_delete("stock")


@test("functions: a function that does not end: others are told BUSY, function_stats names it, function_kill ends it")
def _():
    admin, slow = loaded(), connect(single_connection_client=True)
    slow.ping()
    raises(redis.ResponseError, "NOTBUSY No scripts in execution right now.", admin.function_kill)
    threshold = admin.config_get("busy-reply-threshold")["busy-reply-threshold"]
    admin.config_set("busy-reply-threshold", 10)
    told = []

    def run():
        try:
            told.append(slow.fcall("forever", 0))
        except redis.ResponseError as error:
            told.append(str(error))

    def get():
        try:
            return admin.get("anything")
        except redis.ResponseError as error:
            return str(error)

    thread = Thread(target=run)
    thread.start()
    try:
        until(get, BUSY)
        raises(redis.ResponseError, BUSY, lambda: admin.script_kill())
        running = pairs(pairs(admin.function_stats())[b"running_script"])
        same((running[b"name"], running[b"command"]), (b"forever", [b"FCALL", b"forever", b"0"]))
        same(admin.function_kill() in (True, b"OK"), True)
    finally:
        thread.join()
        admin.config_set("busy-reply-threshold", threshold)
    (error,) = told
    text = "Script killed by user with SCRIPT KILL... script: forever, on @user_function:"
    same(error[: len(text)], text)
    same(pairs(admin.function_stats())[b"running_script"], None)
    same((slow.fcall("state", 2, "anything", "nothing"), admin.get("anything")), ([0, []], None))
    admin.function_delete("stock")


main(SUITE)
