"""The process's end of the executor protocol, version 1: frames over two file descriptors, one request at a time."""

import io
import json
import os
import threading

from .constants import MAX_BODY, MAX_HEAD, MAX_LARGE_BODY


class ProtocolError(Exception):
    """The other side broke the protocol, or went away, or an exchange was interrupted half-way."""


class Refused(Exception):
    """The worker refused a request; its message says why. The job continues."""

    def __init__(self, message: str, refusal):
        super().__init__(message)
        self.refusal = refusal


def refusal_behind(error):
    """The code of the refused request that an exception was raised from, or None."""
    while error is not None:
        code = getattr(error, "refusal", None)
        if isinstance(code, str):
            return code
        error = error.__cause__
    return None


class Channel:
    def __init__(self, source: int, sink: int):
        self._source = io.open(source, "rb", buffering=1 << 16)
        self._sink = sink
        self._lock = threading.RLock()
        self._busy = False
        self._waiting = []

    def send(self, head: dict, body=b"") -> None:
        text = json.dumps(head, separators=(",", ":")).encode()
        start = len(text).to_bytes(4, "big") + len(body).to_bytes(4, "big") + text
        if len(body) <= 1 << 16:
            self._write(start + bytes(body))
        else:
            self._write(start)
            self._write(body)

    def receive(self):
        """A frame that was not asked for: its head and its body."""
        head, size = self._start()
        return head, self._exactly(size)

    def request(self, head: dict, body=b"") -> dict:
        """The head of the answer `ok`. Raises `Refused`.

        The garbage collector may close a forgotten file in the middle of another request; then it has to wait.
        """
        with self._lock:
            if self._busy:
                self._waiting.append((head, bytes(body)))
                return {"type": "ok"}
            answer = self._exchange(head, body, self._exactly)[0]
            while self._waiting:
                self._exchange(*self._waiting.pop(0), self._exactly)
        return _checked(answer)

    def read_into(self, handle: int, view: memoryview) -> int:
        """Fills `view` from an input; returns the number of bytes, 0 at the end. Raises `Refused`."""
        want = min(len(view), MAX_BODY)
        if want == 0:
            return 0

        def fill(size: int) -> int:
            if size > want:
                raise ProtocolError("more bytes than were asked for")
            got = 0
            while got < size:
                count = self._source.readinto(view[got:size])
                if not count:
                    raise ProtocolError("the worker closed the channel")
                got += count
            return got

        with self._lock:
            if self._busy:
                raise ProtocolError("a read within another request")
            head = {"type": "read", "handle": handle, "length": want}
            answer, count = self._exchange(head, b"", fill)
        _checked(answer)
        return count

    def _exchange(self, head, body, consume):
        """If it is interrupted, `_busy` stays: an answer is still under way, and no later one could be told from it."""
        self._busy = True
        self.send(head, body)
        answer, size = self._start()
        result = consume(size)
        self._busy = False
        return answer, result

    def _write(self, data) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._sink, view) :]

    def _exactly(self, count: int) -> bytes:
        data = self._source.read(count)
        if len(data) != count:
            raise ProtocolError("the worker closed the channel")
        return data

    def _start(self):
        """Reads a head; returns it with the length of the body that follows."""
        sizes = self._exactly(8)
        head_size, body_size = int.from_bytes(sizes[:4], "big"), int.from_bytes(sizes[4:], "big")
        if head_size > MAX_HEAD or body_size > MAX_LARGE_BODY:
            raise ProtocolError("a frame above the protocol's bounds")
        head = json.loads(self._exactly(head_size))
        if not isinstance(head, dict):
            raise ProtocolError("a frame whose head is no object")
        return head, body_size


def _checked(answer: dict) -> dict:
    if answer.get("type") == "ok":
        return answer
    if answer.get("type") == "error":
        raise Refused(str(answer.get("message", "refused")), answer.get("code"))
    raise ProtocolError("an answer that is neither ok nor error")
