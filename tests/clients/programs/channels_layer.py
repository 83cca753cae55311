"""channels_redis's core layer, as Django Channels uses it: each channel and each group is a sorted set, received by BZPOPMIN."""

import asyncio
import time

import channels_redis
from channels.exceptions import ChannelFull
from channels_redis.core import RedisChannelLayer
from harness import WAIT, same
from program import URL, main, running, server

VERSION = channels_redis.__version__


def layer(**options):
    return RedisChannelLayer(hosts=[URL], **options)


async def receive(layer, channel):
    return await asyncio.wait_for(layer.receive(channel), WAIT)


@running("a message sent to a channel is received once, and messages keep their order")
async def _():
    sender, receiver = layer(), layer()
    sent = [{"type": "chat.message", "text": "na\u00efve \u2603", "bytes": b"\r\n\0", "number": n} for n in range(5)]
    for message in sent:
        await sender.send("ordered", message)
    same([await receive(receiver, "ordered") for _ in sent], sent)
    same(server().exists("asgiordered"), 0)


@running("a receiver that waits gets the message that is sent later")
async def _():
    sender, receiver = layer(), layer()
    waiting = asyncio.create_task(receive(receiver, "later"))
    watcher = server()
    while not waiting.done() and not any(client["cmd"] == "bzpopmin" for client in watcher.client_list()):
        await asyncio.sleep(0.01)
    await sender.send("later", {"type": "hello"})
    same(await waiting, {"type": "hello"})


@running("a group's message goes to each member once, also in another process, and not to a member that has left")
async def _():
    one, other, sender = layer(), layer(), layer()
    members = [await one.new_channel() for _ in range(3)] + [await other.new_channel() for _ in range(2)]
    for member in [*members, members[0]]:
        await one.group_add("room", member)
    same(server().zcard("asgi:group:room"), 5)
    await sender.group_send("room", {"type": "first"})
    same([await receive(one, each) for each in members[:3]], [{"type": "first"}] * 3)
    same([await receive(other, each) for each in members[3:]], [{"type": "first"}] * 2)
    await one.group_discard("room", members[1])
    await sender.group_send("room", {"type": "second"})
    await sender.send(members[1], {"type": "directly"})
    same([await receive(one, each) for each in members[:3]], [{"type": "second"}, {"type": "directly"}, {"type": "second"}])
    same([await receive(other, each) for each in members[3:]], [{"type": "second"}] * 2)


@running("a channel that is full refuses a message, and a group's message passes it by")
async def _():
    small = layer(capacity=2)
    channel = await small.new_channel()
    await small.group_add("full", channel)
    for number in range(2):
        await small.send(channel, {"type": "held", "number": number})
    try:
        await small.send(channel, {"type": "too many"})
        raise AssertionError("a third message was taken")
    except ChannelFull:
        pass
    await small.group_send("full", {"type": "too many"})
    same([await receive(small, channel) for _ in range(2)], [{"type": "held", "number": n} for n in range(2)])
    await small.send(channel, {"type": "room again"})
    same(await receive(small, channel), {"type": "room again"})


@running("a message that nothing received in time is gone")
async def _():
    brief = layer(expiry=1)
    await brief.send("brief", {"type": "too late"})
    watcher = server()
    same(0 < watcher.pttl("asgibrief") <= 2000, True)
    while watcher.exists("asgibrief"):
        await asyncio.sleep(0.01)
    await brief.send("brief", {"type": "in time"})
    same(await receive(brief, "brief"), {"type": "in time"})


@running("a group's member that joined too long ago is gone")
async def _():
    lasting, brief = layer(), layer(group_expiry=1)
    old, new = await lasting.new_channel(), await lasting.new_channel()
    await lasting.group_add("members", old)
    # The layer compares whole seconds of its own clock.
    await asyncio.sleep(int(time.time()) + 2 - time.time())
    await lasting.group_add("members", new)
    await brief.group_send("members", {"type": "hello"})
    same(await receive(lasting, new), {"type": "hello"})
    same(server().zrange("asgi:group:members", 0, -1), [new])


@running("flush removes every channel and group")
async def _():
    flushed = layer()
    await flushed.send("kept", {"type": "lost"})
    await flushed.group_add("kept", await flushed.new_channel())
    await flushed.flush()
    same(server().keys("asgi*"), [])


if __name__ == "__main__":
    main(f"channels_redis {VERSION}")
