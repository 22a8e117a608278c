"""`teaclave_open` and `teaclave.open` (contract 4.4): binary streams of a task's inputs and outputs by their names."""

import io
import weakref

from .channel import ProtocolError, Refused
from .legacy_text import Str, to_bytes
from .raw import RawInput, RawOutput


class Opener:
    """`opener.open` is the function that a payload gets. With `modern`, reads give plain `bytes`."""

    def __init__(self, channel, modern: bool):
        self._channel = channel
        self._of = bytes if modern else Str.of
        self._writers = weakref.WeakSet()

    def open(self, file, mode="r", buffering=-1, encoding=None, errors=None, newline=None, closefd=True):
        write, text = _mode(mode)
        if not text and (encoding, errors, newline) != (None, None, None):
            raise ValueError("binary mode takes no encoding, errors or newline argument")
        try:
            raw = (RawOutput if write else RawInput)(self._channel, str(file))
        except (Refused, ProtocolError) as refused:
            raise RuntimeError("fileio_init: teaclave_ffi_error") from refused
        raw.mode = mode.replace("U", "")
        if text:
            raw.close()
            raise RuntimeError("Teaclave Not Supported")
        stream = File(raw if buffering == 0 else raw.buffered(buffering), raw, self._of)
        if write:
            self._writers.add(stream)
        return stream

    def flush(self) -> None:
        """Writers that were never closed."""
        for writer in list(self._writers):
            if not writer.closed:
                writer.close()


def _mode(mode: str):
    """Whether it writes, and whether it is text. Raises ValueError."""
    if not isinstance(mode, str):
        raise TypeError(f"invalid mode: {mode!r}")
    if set(mode) - set("rwbtU") or len(set(mode)) != len(mode):
        raise ValueError(f"invalid mode: {mode}")
    reads = "r" in mode or "U" in mode
    if reads == ("w" in mode):
        raise ValueError("must have exactly one of read/write mode")
    if "b" in mode and "t" in mode:
        raise ValueError("can't have text and binary mode at once")
    return not reads, "b" not in mode


def _fault(error: OSError, call: str) -> Exception:
    if isinstance(error, io.UnsupportedOperation):
        return error
    return RuntimeError(f"fileio_{call}: teaclave_ffi_error")


class File:
    """No `seek`, `tell`, `truncate`, `fileno`, `isatty`: there is no such thing behind it."""

    def __init__(self, stream, raw, of):
        self._stream, self._of = stream, of
        self.name, self.mode = raw.name, raw.mode

    closed = property(lambda self: self._stream.closed)

    def _call(self, prefix, method, *args):
        try:
            return getattr(self._stream, method)(*args)
        except OSError as error:
            raise _fault(error, prefix) from error

    def read(self, size=-1):
        whole = size is None or size < 0
        return self._of(self._call("readall" if whole else "read", "read", -1 if whole else size))

    def read1(self, size=-1):
        return self._of(self._call("read", "read1", size))

    def peek(self, size=0):
        return self._of(self._call("read", "peek", size))

    def readinto(self, buffer):
        return self._call("readinto", "readinto", buffer)

    def readline(self, size=-1):
        return self._of(self._call("read", "readline", -1 if size is None else size))

    def readlines(self, hint=-1):
        return list(map(self._of, self._call("read", "readlines", hint)))

    def __iter__(self):
        return self

    def __next__(self):
        line = self.readline()
        if not line:
            raise StopIteration
        return line

    next = __next__

    def write(self, data):
        return self._call("write", "write", to_bytes(data))

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        self._call("write", "flush")

    def close(self):
        self._call("close", "close")

    def readable(self):
        return self._stream.readable()

    def writable(self):
        return self._stream.writable()

    def __enter__(self):
        if self.closed:
            raise ValueError("I/O operation on closed file.")
        return self

    def __exit__(self, *_):
        self.close()
