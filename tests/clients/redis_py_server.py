"""redis-py, the synchronous client: connecting, and the commands beside Pub/Sub that its users rely on."""

import re

import redis
from harness import PORT, PROTO, UNIXSOCKET, Skip, fresh, main, same, test, until
from redis_py_common import SUITE, connect, entry, message, once, raises


@test("the handshake gives the protocol that was asked for")
def _():
    r = connect()
    same(r.ping(), True)
    hello = r.execute_command("HELLO", str(PROTO))
    if PROTO == 2:  # a flat list of names and values
        hello = dict(zip(hello[::2], hello[1::2]))
    same(sorted(hello), [b"id", b"mode", b"modules", b"proto", b"role", b"server", b"version"])
    same((hello[b"proto"], hello[b"mode"], hello[b"role"]), (PROTO, b"standalone", b"master"))
    same(hello[b"id"], r.client_id())


@test("HELLO refuses a protocol that does not exist, and the connection stays as it was")
def _():
    r = connect(single_connection_client=True)
    raises(redis.ResponseError, "NOPROTO unsupported protocol version", lambda: r.execute_command("HELLO", "4"))
    same(r.ping(), True)


@test("the name and the client software of a connection are in CLIENT LIST and CLIENT INFO")
def _():
    name = fresh("named")
    r = connect(client_name=name, single_connection_client=True)
    (mine,) = [c for c in r.client_list() if c["name"] == name]
    same((mine["id"], mine["lib-name"], mine["lib-ver"]), (str(r.client_id()), "redis-py", redis.__version__))
    same(
        (mine["flags"], mine["db"], mine["sub"], mine["psub"], mine["ssub"], mine["resp"]),
        ("N", "0", "0", "0", "0", str(PROTO)),
    )
    same(mine["laddr"].rsplit(":", 1)[1], str(PORT))
    same(r.client_setinfo("LIB-NAME", "my-lib"), True)
    same(r.client_setinfo("LIB-VER", "1.2.3"), True)
    info = r.client_info()
    same((str(info["id"]), info["name"], info["lib-name"], info["lib-ver"]), (mine["id"], name, "my-lib", "1.2.3"))


@test("a name with a space is refused with Redis's words")
def _():
    text = "Client names cannot contain spaces, newlines or special characters."
    raises(redis.ResponseError, text, lambda: connect().client_setname("two words"))


@test("ECHO gives back any bytes, and an unknown command is an error that names its arguments")
def _():
    r = connect()
    every_byte = bytes(range(256))
    same(r.echo(every_byte), every_byte)
    raises(
        redis.ResponseError,
        "unknown command 'NOSUCH', with args beginning with: 'a' 'b' ",
        lambda: r.execute_command("NOSUCH", "a", "b"),
    )


@test("INFO is parsed, and its numbers are numbers")
def _():
    r = connect()
    info = r.info()
    assert re.fullmatch(r"\d+(\.\d+){1,3}", info["redis_version"]), info["redis_version"]
    mode = "server_mode" if "valkey_version" in info else "redis_mode"  # Valkey 8.1 renamed it
    same((info[mode], info["role"], info["tcp_port"]), ("standalone", "master", PORT))
    assert re.fullmatch(r"[0-9a-f]{40}", info["run_id"]), info["run_id"]
    same(r.info("server")["run_id"], info["run_id"])
    counters = (
        "connected_clients uptime_in_seconds used_memory total_connections_received total_commands_processed "
        "pubsub_channels pubsub_patterns pubsubshard_channels rejected_connections maxclients"
    )
    for name in counters.split():
        same((name, type(info[name])), (name, int))
    assert info["connected_clients"] >= 1, info["connected_clients"]


@test("CONFIG GET takes globs and several names; CONFIG SET takes several settings or none of them")
def _():
    r = connect()
    timeout = r.config_get("timeout")
    same(list(timeout), ["timeout"])
    same(sorted(r.config_get("timeout", "databases")), ["databases", "timeout"])
    same(sorted(r.config_get("[st]*-read-only")), ["slave-read-only"])
    same(sorted(r.config_get("no-such-setting")), [])
    try:
        same(r.config_set("timeout", 3600, "tcp-keepalive", 299), True)
        same(r.config_get("timeout", "tcp-keepalive"), {"timeout": "3600", "tcp-keepalive": "299"})
        try:
            r.config_set("timeout", 1800, "no-such-setting", 1)
            raise AssertionError("an unknown setting was accepted")
        except redis.ResponseError as error:
            same(str(error), "Unknown option or number of arguments for CONFIG SET - 'no-such-setting'")
        same(r.config_get("timeout"), {"timeout": "3600"})
    finally:
        r.config_set("timeout", timeout["timeout"], "tcp-keepalive", 300)


@test("a password is asked for, right and wrong ones are told apart, and it can be taken away again")
def _():
    admin = connect(single_connection_client=True)
    try:
        same(admin.config_set("requirepass", "open sesame"), True)
        same(admin.ping(), True)
        same(connect(password="open sesame").ping(), True)
        same(connect(username="default", password="open sesame").ping(), True)
        wrong = "invalid username-password pair or user is disabled."
        raises(redis.AuthenticationError, wrong, lambda: once(password="sesame").ping())
        if PROTO == 2:
            raises(redis.AuthenticationError, "Authentication required.", lambda: once().ping())
        else:
            try:
                once().ping()
                raise AssertionError("HELLO without a password was accepted")
            except redis.AuthenticationError as error:
                assert str(error).startswith("HELLO must be called with the client already authenticated"), error
    finally:
        same(admin.config_set("requirepass", ""), True)
    same(connect().ping(), True)


@test("the Unix socket serves as TCP does")
def _():
    if not UNIXSOCKET:
        raise Skip("UNIXSOCKET names no socket file")
    r = redis.Redis(unix_socket_path=UNIXSOCKET, protocol=PROTO)
    channel = fresh("unix")
    p = r.pubsub()
    p.subscribe(channel)
    same(message(p), entry("subscribe", channel.encode(), 1))
    same(connect().publish(channel, "over TCP"), 1)
    same(r.publish(channel, "over the socket file"), 1)
    same(message(p), entry("message", channel.encode(), b"over TCP"))
    same(message(p), entry("message", channel.encode(), b"over the socket file"))
    p.close()


@test("MONITOR shows another client's PUBLISH, with its address and its arguments")
def _():
    r, channel = connect(single_connection_client=True), fresh("watched")
    # Valkey 8.1 forgets to escape the quotes, so it is not asked for any.
    quoted, shown = ("a b \n", "a b \\n") if "valkey_version" in r.info("server") else ('a "b" \n', 'a "b" \\n')
    with connect().monitor() as monitor:
        r.publish(channel, quoted)
        (mine,) = [c for c in r.client_list() if c["id"] == str(r.client_id())]
        command = {}
        while channel not in command.get("command", ""):
            command = monitor.next_command()
    host, port = mine["addr"].rsplit(":", 1)
    same((command["db"], command["client_type"]), (0, "tcp"))
    same((command["client_address"], command["client_port"]), (host, port))
    same(command["command"].split(" ", 2), ["PUBLISH", channel, shown])


@test("CLIENT KILL TYPE pubsub spares a connection that subscribes to nothing, and CLIENT KILL of nobody says 0")
def _():
    admin = connect(single_connection_client=True)
    p, channel = connect().pubsub(), fresh("type")
    p.subscribe(channel)
    message(p)
    assert admin.client_kill_filter(_type="pubsub") >= 1
    until(lambda: admin.pubsub_numsub(channel), [(channel.encode(), 0)])
    same(admin.client_kill_filter(_id="999999999"), 0)
    raises(redis.ResponseError, "No such client", lambda: admin.client_kill("1.2.3.4:5"))


@test("the few key commands that harnesses need")
def _():
    r, key = connect(), fresh("key")
    same(r.get(key), None)
    same(r.set(key, b"\x00v"), True)
    same((r.get(key), r.exists(key, key), r.type(key)), (b"\x00v", 2, b"string"))
    same((key.encode() in r.keys(key[:-1] + "*"), r.delete(key), r.unlink(key), r.type(key)), (True, 1, 0, b"none"))


@test("fields of a hash expire: hexpire, httl, hgetex, hsetex, hgetdel, hpersist")
def _():
    r, key = connect(), fresh("session")
    if "valkey_version" in r.info("server") or not hasattr(r, "hgetex"):
        raise Skip("Redis 8.0 has these commands, and redis-py since 6.0")
    same(r.hset(key, mapping={"user": "ada", "theme": "dark", "cart": "3"}), 3)
    same(r.hexpire(key, 100, "user", "nofield"), [1, -2])
    same(r.hexpire(key, 50, "user", gt=True), [0])
    same((r.httl(key, "user", "theme", "nofield"), r.hpersist(key, "user", "theme")), ([100, -1, -2], [1, -1]))
    same(r.hsetex(key, mapping={"token": "9f3c"}, data_persist_option=redis.commands.core.HashDataPersistOptions.FNX, ex=100), 1)
    same(r.hsetex(key, "token", "no", data_persist_option=redis.commands.core.HashDataPersistOptions.FNX), 0)
    same((r.hgetex(key, "token", "nofield", ex=200), r.httl(key, "token")), ([b"9f3c", None], [200]))
    same((r.hgetex(key, "token", persist=True), r.httl(key, "token")), ([b"9f3c"], [-1]))
    at = 33177117420
    same((r.hexpireat(key, at, "cart"), r.hexpiretime(key, "cart"), r.hpexpiretime(key, "cart")), ([1], [at], [at * 1000]))
    same((r.hgetdel(key, "cart", "nofield"), r.hgetdel(key, "cart")), ([b"3", None], [None]))
    same(r.hpexpire(key, 20, "token"), [1])
    until(lambda: r.hlen(key), 2)
    same(r.hgetall(key), {b"user": b"ada", b"theme": b"dark"})


main(SUITE)
