"""A raw connection: commands are written as bytes, and whole replies are read as the bytes they are.

For the tests that replay what a client writes, where the client itself is not at hand."""

import re
import socket

from harness import HOST, PORT, WAIT, same


def command(*words):
    """The multibulk form of a command; words are bytes, text or integers."""
    out = b"*%d\r\n" % len(words)
    for word in words:
        out += bulk(word)
    return out


def as_bytes(word):
    return word if isinstance(word, bytes) else str(word).encode()


def bulk(word):
    word = as_bytes(word)
    return b"$%d\r\n%s\r\n" % (len(word), word)


class Wire:
    """One TCP connection. `proto` only says in which form nulls, maps and pushes are expected."""

    def __init__(self, proto=2):
        self.proto = proto
        self.inbox = []  # messages that came while a reply was waited for
        self._buffer, self._at = bytearray(), 0
        self.socket = socket.create_connection((HOST, PORT), timeout=WAIT)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def write(self, *commands):
        """All of them in one write, as a pipelining client does."""
        self.socket.sendall(b"".join(command(*c) for c in commands))

    def frame(self):
        """The next whole frame, of whatever kind, as raw bytes."""
        start = self._at
        self._skip_frame()
        raw = bytes(self._buffer[start : self._at])
        if self._at > 1 << 20 or self._at == len(self._buffer):
            del self._buffer[: self._at]
            self._at = 0
        return raw

    def reply(self):
        """The next frame that is not a published message; those are kept in the inbox."""
        while True:
            raw = self.frame()
            if not _is_message(raw):
                return raw
            self.inbox.append(raw)

    def message(self):
        """The next published message; it is an error if a reply comes first."""
        raw = self.inbox.pop(0) if self.inbox else self.frame()
        assert _is_message(raw), f"not a message: {raw!r}"
        return raw

    def ask(self, *words):
        self.write(words)
        return self.reply()

    def end(self):
        """The server must close the connection without another byte."""
        same((bytes(self._buffer[self._at :]), self.socket.recv(1 << 16)), (b"", b""))

    def close(self):
        self.socket.close()

    # The forms in which this connection's protocol writes things.

    def push(self, *words):
        sign = b">" if self.proto == 3 else b"*"
        return (
            sign + b"%d\r\n" % len(words) + b"".join(b":%d\r\n" % w if isinstance(w, int) else bulk(w) for w in words)
        )

    @property
    def null(self):
        return b"_\r\n" if self.proto == 3 else b"$-1\r\n"

    def _skip_frame(self):
        sign, rest = self._line()
        if sign in b"$=!":
            if rest != b"-1":
                self._skip(int(rest) + 2)
        elif sign in b"*~>%|":
            for _ in range(max(0, int(rest)) * (2 if sign in b"%|" else 1)):
                self._skip_frame()
            if sign == ord("|"):  # an attribute stands before the frame it belongs to
                self._skip_frame()
        else:
            assert sign in b"+-:_#,(", f"no such type of reply: {bytes(self._buffer[:200])!r}"

    def _line(self):
        while (end := self._buffer.find(b"\r\n", self._at)) < 0:
            self._receive()
        line = bytes(self._buffer[self._at : end])
        self._at = end + 2
        assert line, "an empty line where a reply should begin"
        return line[0], line[1:]

    def _skip(self, count):
        while len(self._buffer) < self._at + count:
            self._receive()
        self._at += count
        same(bytes(self._buffer[self._at - 2 : self._at]), b"\r\n")

    def _receive(self):
        got = self.socket.recv(1 << 18)
        if not got:
            raise ConnectionError(
                f"the server closed the connection; it had sent {bytes(self._buffer[self._at :])[:500]!r}"
            )
        self._buffer += got


def _is_message(raw):
    return re.match(rb"[*>]\d\r\n\$\d\r\n[ps]?message\r\n", raw) is not None
