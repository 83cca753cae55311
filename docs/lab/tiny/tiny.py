#!/usr/bin/env python3
"""A server that publishes: a complete answer to part one of the laboratory, stages 1 to 7.

One thread and one loop, as in Redis. A turn of the loop: the kernel says which sockets have something, each of them is
read, complete requests are executed, and before the loop sleeps again, what is owed to clients is written. A request is
executed from beginning to end before the next one, so nothing needs a lock.

Names are Redis's, written as Python writes them: `pubsub_channels`, `querybuf`, `process_command`. Left out on purpose:
limits of memory, timeouts, RESP3, and requests that are typed as a line of text.
"""

import os
import selectors
import socket

CRLF = b"\r\n"


# ANCHOR: frames
# What a server sends. Each function returns the bytes of one frame.
def status(text):
    return b"+" + text + CRLF


def error(text):
    # A line end within the text would end the frame: it may come from a client, as the name of an unknown command.
    return b"-ERR " + text.replace(b"\r", b" ").replace(b"\n", b" ") + CRLF


def integer(number):
    return b":%d\r\n" % number


def bulk(word):
    return b"$-1\r\n" if word is None else b"$%d\r\n%b\r\n" % (len(word), word)


def array(*frames):
    return b"*%d\r\n" % len(frames) + b"".join(frames)
# ANCHOR_END: frames


# ANCHOR: client
class Client:
    """What the server keeps for each connection."""

    def __init__(self, conn):
        self.conn = conn
        self.querybuf = bytearray()  # has arrived, and is not executed yet
        self.buf = bytearray()  # is owed, and not written yet
        self.pubsub_channels = set()  # the other side of the server's pubsub_channels
        self.close_after_reply = False
# ANCHOR_END: client


# ANCHOR: parse
class Incomplete(Exception):
    """The rest of the request has not arrived yet."""


def number(querybuf, at, mark):
    """Returns the number in the line that begins at `at`, behind its mark, and where the next line begins."""
    end = querybuf.find(CRLF, at)
    if end < 0:
        raise Incomplete
    digits = querybuf[at + 1 : end]
    if querybuf[at : at + 1] != mark or not digits.isdigit():
        raise ValueError("not RESP")
    return int(digits), end + 2


def parse_request(querybuf):
    """Returns the words of the first request, and its length in bytes."""
    count, at = number(querybuf, 0, b"*")
    words = []
    for _ in range(count):
        length, begin = number(querybuf, at, b"$")
        end = begin + length
        # A word is taken by its length. Only so may it contain a line end.
        if len(querybuf) < end + 2:
            raise Incomplete
        words.append(bytes(querybuf[begin:end]))
        at = end + 2
    return words, at
# ANCHOR_END: parse


class Server:
    def __init__(self, port):
        # For each channel its clients, in the order in which they subscribed. A channel without a client is not here.
        self.pubsub_channels = {}
        self.clients_pending_write = set()
        self.selector = selectors.DefaultSelector()
        listener = socket.create_server(("127.0.0.1", port), backlog=511)
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ)

    # ANCHOR: loop
    def main(self):
        while True:
            self.before_sleep()
            for key, events in self.selector.select():
                if key.data is None:
                    self.accept(key.fileobj)
                elif events & selectors.EVENT_READ:
                    self.read_query_from_client(key.data)
                else:
                    self.write_to_client(key.data)

    def accept(self, listener):
        try:
            conn, _ = listener.accept()
        except OSError:
            return  # The client has left already, or there are too many: the others are served all the same.
        conn.setblocking(False)
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.selector.register(conn, selectors.EVENT_READ, Client(conn))
    # ANCHOR_END: loop

    # ANCHOR: read
    def read_query_from_client(self, client):
        try:
            data = client.conn.recv(16 * 1024)
        except BlockingIOError:
            return
        except OSError:
            data = b""  # A connection that is reset has ended, too.
        if not data:
            return self.free_client(client)
        client.querybuf += data
        self.process_input_buffer(client)

    def process_input_buffer(self, client):
        while client.querybuf and not client.close_after_reply:
            try:
                words, length = parse_request(client.querybuf)
            except Incomplete:
                return
            except ValueError:
                # Nothing says where the next request begins: the connection is of no more use.
                return self.free_client(client)
            del client.querybuf[:length]
            if words:
                self.process_command(client, words)
    # ANCHOR_END: read

    # ANCHOR: command
    def process_command(self, client, words):
        name, args = words[0].lower(), words[1:]
        if name not in COMMANDS:
            quoted = b"".join(b"'%b' " % arg for arg in args)
            text = b"unknown command '%b', with args beginning with: %b" % (words[0], quoted)
            return self.add_reply(client, error(text))
        function, least, most, allowed_when_subscribed = COMMANDS[name]
        if not least <= len(args) <= most:
            return self.add_reply(client, error(b"wrong number of arguments for '%b' command" % name))
        # The set is the mode: no second variable has to be kept equal to it.
        if client.pubsub_channels and not allowed_when_subscribed:
            text = b"Can't execute '%b': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context"
            return self.add_reply(client, error(text % name))
        function(self, client, *args)
    # ANCHOR_END: command

    # ANCHOR: ping
    def ping(self, client, message=None):
        if client.pubsub_channels:
            self.add_reply(client, array(bulk(b"pong"), bulk(message or b"")))
        else:
            self.add_reply(client, status(b"PONG") if message is None else bulk(message))

    def echo(self, client, message):
        self.add_reply(client, bulk(message))
    # ANCHOR_END: ping

    # ANCHOR: subscribe
    def subscribe(self, client, *channels):
        for channel in channels:
            # Both sides are changed together, here and in pubsub_unsubscribe_channel, and nowhere else.
            if channel not in client.pubsub_channels:
                client.pubsub_channels.add(channel)
                self.pubsub_channels.setdefault(channel, []).append(client)
            self.confirm(client, b"subscribe", channel)

    def confirm(self, client, what, channel):
        self.add_reply(client, array(bulk(what), bulk(channel), integer(len(client.pubsub_channels))))
    # ANCHOR_END: subscribe

    # ANCHOR: publish
    def publish(self, client, channel, message):
        # `get`, since a lookup that created the channel would keep every name that was ever published to.
        receivers = self.pubsub_channels.get(channel, [])
        frame = array(bulk(b"message"), bulk(channel), bulk(message))
        for receiver in receivers:
            self.add_reply(receiver, frame)
        self.add_reply(client, integer(len(receivers)))
    # ANCHOR_END: publish

    # ANCHOR: unsubscribe
    def unsubscribe(self, client, *channels):
        # A copy, since the set shrinks on the way. [None]: with nothing to leave there is one confirmation, with nil.
        for channel in channels or list(client.pubsub_channels) or [None]:
            self.pubsub_unsubscribe_channel(client, channel)
            self.confirm(client, b"unsubscribe", channel)

    def pubsub_unsubscribe_channel(self, client, channel):
        if channel not in client.pubsub_channels:
            return
        client.pubsub_channels.remove(channel)
        self.pubsub_channels[channel].remove(client)
        if not self.pubsub_channels[channel]:
            del self.pubsub_channels[channel]

    def pubsub_unsubscribe_all_channels(self, client):
        for channel in list(client.pubsub_channels):
            self.pubsub_unsubscribe_channel(client, channel)
    # ANCHOR_END: unsubscribe

    # ANCHOR: quit
    def quit(self, client, *_):
        # Out of its channels at once: it is not counted while its last bytes are on their way.
        self.pubsub_unsubscribe_all_channels(client)
        self.add_reply(client, status(b"OK"))
        client.close_after_reply = True

    def free_client(self, client):
        """The only way out, for a client that leaves, one that has said QUIT, and one whose connection breaks."""
        self.pubsub_unsubscribe_all_channels(client)
        self.clients_pending_write.discard(client)
        self.selector.unregister(client.conn)
        client.conn.close()
    # ANCHOR_END: quit

    # ANCHOR: write
    def add_reply(self, client, frame):
        # Nothing is written here. So no client can hold up a PUBLISH, or break in the middle of its walk.
        client.buf += frame
        self.clients_pending_write.add(client)

    def before_sleep(self):
        for client in list(self.clients_pending_write):
            self.write_to_client(client)

    def write_to_client(self, client):
        try:
            del client.buf[: client.conn.send(client.buf)]
        except BlockingIOError:
            pass
        except OSError:
            return self.free_client(client)
        if not client.buf and client.close_after_reply:
            return self.free_client(client)
        # What the kernel did not take is written when it reports the socket as writable.
        self.clients_pending_write.discard(client)
        write = selectors.EVENT_WRITE if client.buf else 0
        self.selector.modify(client.conn, selectors.EVENT_READ | write, client)
    # ANCHOR_END: write


# ANCHOR: table
ANY = float("inf")
# Name: function, least and most arguments, allowed in subscribed mode.
COMMANDS = {
    b"ping": (Server.ping, 0, 1, True),
    b"echo": (Server.echo, 1, 1, False),
    b"subscribe": (Server.subscribe, 1, ANY, True),
    b"unsubscribe": (Server.unsubscribe, 0, ANY, True),
    b"publish": (Server.publish, 2, 2, False),
    b"quit": (Server.quit, 0, ANY, True),
}
# ANCHOR_END: table

if __name__ == "__main__":
    Server(int(os.environ.get("PORT", "7000"))).main()
