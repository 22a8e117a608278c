"""Inputs and outputs of the task as raw streams of Python's io module. Nothing is held: each read and write is a request."""

import io

from .channel import ProtocolError, Refused
from .constants import MAX_BODY

#: Buffers are no larger than this; those of small inputs are as large as the input.
BUFFER = 256 << 10


class RawInput(io.RawIOBase):
    _handle = None

    def __init__(self, channel, name: str):
        super().__init__()
        answer = channel.request({"type": "open", "input": name})
        self._channel, self._handle = channel, answer["handle"]
        self.name, self.mode, self.size = name, "rb", answer["size"]

    def readable(self):
        return True

    def readinto(self, buffer):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        try:
            return self._channel.read_into(self._handle, memoryview(buffer).cast("B"))
        except (Refused, ProtocolError) as refused:
            raise OSError(f"cannot read input {self.name!r}: {refused}") from refused

    def readall(self):
        parts = []
        while part := self.read(MAX_BODY):
            parts.append(part)
        return b"".join(parts)

    def close(self):
        if not self.closed:
            super().close()
            if self._handle is not None:
                _close(self._channel, self._handle)

    def buffered(self, size: int = -1) -> io.BufferedReader:
        return io.BufferedReader(self, size if size > 0 else max(8192, min(BUFFER, self.size)))


class RawOutput(io.RawIOBase):
    _handle = None

    def __init__(self, channel, name: str):
        super().__init__()
        answer = channel.request({"type": "create", "output": name})
        self._channel, self._handle = channel, answer["handle"]
        self.name, self.mode = name, "wb"

    def writable(self):
        return True

    def write(self, data):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        view = memoryview(data).cast("B")[:MAX_BODY]
        try:
            self._channel.request({"type": "write", "handle": self._handle}, view)
        except (Refused, ProtocolError) as refused:
            raise OSError(f"cannot write output {self.name!r}: {refused}") from refused
        return len(view)

    def close(self):
        if not self.closed:
            super().close()
            if self._handle is not None:
                _close(self._channel, self._handle)

    def buffered(self, size: int = -1) -> io.BufferedWriter:
        return io.BufferedWriter(self, size if size > 0 else BUFFER)


def _close(channel, handle: int) -> None:
    try:
        channel.request({"type": "close", "handle": handle})
    except (Refused, ProtocolError) as refused:
        raise OSError(f"cannot close: {refused}") from refused
