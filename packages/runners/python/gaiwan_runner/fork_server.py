"""Serves the calls of one trust domain, each in a child of its own. No code of a party runs in this process, and no data of one stays in it.

It is the first process of its namespace: what a call starts can neither end nor trace it, and is ended with the call to the last process.
A child has pipes to this process alone. What it says is passed on and never read, but for the lengths of its frames.
"""

import ctypes
import gc
import json
import mmap
import os
import resource
import select
import signal
import traceback

from . import process
from .constants import MAX_HEAD, MAX_LARGE_BODY, PROTOCOL_VERSION

#: The system calls that a child keeps: a filter as seccomp(2) takes it.
FILTER = "/calls.bpf"

_SCRATCH = "/tmp"
_CHUNK = 1 << 16
_PREFIX = 8
#: Enough of a frame to tell whether it is the last.
_START = _PREFIX + 16
_END = b'{"type":"end",'
_LAST = (b'{"type":"done"', b'{"type":"failed"')
#: A pipe can hold so many chunks.
_FULL_PIPE = 32
_GET_DUMPABLE, _SET_DUMPABLE, _SET_SECCOMP = 3, 4, 22
_FILTER_MODE = 2
_ANY_CHILD = 0x40000000
#: MADV_WIPEONFORK, which the module mmap does not name.
_WIPE_ON_FORK = 18
#: This process has a few.
_MOST_DESCRIPTORS = 1 << 16
#: RLIM_NLIMITS of Linux.
_RLIMITS = 16


class _Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]


def _prctl(option, value=0, pointer=None):
    call = ctypes.CDLL(None, use_errno=True).prctl
    call.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_ulong, ctypes.c_ulong]
    result = call(option, value, pointer, 0, 0)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"prctl({option})")
    return result


def serve(begin, opened: int) -> None:
    """Never returns. `begin` gets a job's limits, in its child, before any code of a party runs there. `opened`: see `objection`."""
    why = objection(opened)
    if why is not None:
        raise SystemExit(why)
    with open(FILTER, "rb") as file:
        calls = file.read()
    _Server(calls, begin).run()


class _Server:
    def __init__(self, calls: bytes, begin):
        _refuse_unless_safe()
        self._calls, self._begin = calls, begin
        _prctl(_SET_DUMPABLE, 0)
        if _prctl(_GET_DUMPABLE) != 0:
            raise SystemExit("this process could be read by its children")
        # As the first of its namespace it takes no signal of a child that it has no handler for.
        found = {number: signal.getsignal(number) for number in signal.valid_signals()}
        self._handlers = {number: handler for number, handler in found.items() if callable(handler)}
        for number in self._handlers:
            signal.signal(number, signal.SIG_DFL)
        # Whatever passes through is in these pages alone: no child inherits them.
        self._memory = mmap.mmap(-1, 4 * _CHUNK, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._memory.madvise(_WIPE_ON_FORK)
        view = memoryview(self._memory)
        self._down, self._up, self._log, self._start = (view[at * _CHUNK : (at + 1) * _CHUNK] for at in range(4))
        os.utime(_SCRATCH, (0, 0))
        self._before = _settings()
        self._room = _room()

    def run(self):
        self._send({"type": "ready", "protocol": PROTOCOL_VERSION})
        self._code = self._prepare()
        gc.collect()
        gc.freeze()
        nonce = None
        while True:
            call = _Call(self._down, self._up, self._log, self._start)
            call.start(self._child)
            if nonce is not None:
                self._send({"type": "ready", "protocol": PROTOCOL_VERSION, "nonce": nonce})
            nonce = call.relay()
            call.close()
            self._wipe()

    def _child(self):
        _prctl(_SET_DUMPABLE, 1)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        program = _Program(len(self._calls) // 8, self._calls)
        _prctl(_SET_SECCOMP, _FILTER_MODE, ctypes.addressof(program))
        process.serve_one(process.take_descriptors(), self._code, self._begin)

    def _prepare(self) -> bytes:
        _read_exactly(0, self._down[:_PREFIX])
        head_size, size = _lengths(self._down)
        if head_size > _CHUNK:
            raise SystemExit("a head that is too long")
        head = json.loads(bytes(_read_exactly(0, self._down[:head_size])))
        if head.get("type") != "prepare":
            raise SystemExit("expected the frame prepare")
        code = bytearray(size)
        _read_exactly(0, memoryview(code))
        return bytes(code)

    def _wipe(self):
        """Nothing of the call remains, or this process ends."""
        _end_all()
        if _room() != self._room:
            self._empty_scratch()
        os.utime(_SCRATCH, (0, 0))
        if _room() != self._room or _settings() != self._before:
            os._exit(1)
        self._memory[:] = bytes(len(self._memory))

    def _empty_scratch(self):
        """In a child: names that a call gave to files are its data."""
        pid = os.fork()
        if pid == 0:
            try:
                _remove_all(_SCRATCH)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        _end_all()

    def _send(self, head):
        text = json.dumps(head, separators=(",", ":")).encode()
        _write_all(1, len(text).to_bytes(4, "big") + bytes(4) + text)


class Frames:
    """Follows what a child says by the lengths of its frames, to their last. Of each it knows the beginning, in `start`."""

    def __init__(self, start):
        self._start, self._known, self._left = start, 0, 0
        self._is_last = self.over = False

    def follow(self, data, count: int) -> int:
        """How many of these bytes belong to the frames up to the last."""
        at = 0
        while at < count and not self.over:
            if self._left > 0:
                part = min(self._left, count - at)
                self._left -= part
                at += part
            else:
                self._start[self._known] = data[at]
                self._known += 1
                at += 1
                self._look()
            self.over = self._is_last and self._left == 0
        return at

    def _look(self):
        """At the beginning of a frame: how long it is, and whether it is the last."""
        if self._known < _PREFIX:
            return
        rest = sum(_lengths(self._start)) - (self._known - _PREFIX)
        if rest > 0 and self._known < _START:
            return
        self._is_last = any(self._start[_PREFIX : _PREFIX + len(last)] == last for last in _LAST)
        self._left, self._known = rest, 0


class _Call:
    """A child, and what passes between it and the worker."""

    def __init__(self, down, up, log, start):
        self._down, self._up, self._log = down, up, log
        self._frames = Frames(start)

    def start(self, child):
        source, self._to = os.pipe()
        self._from, sink = os.pipe()
        self._logged, log = os.pipe()
        os.set_blocking(self._logged, False)
        self._pid = os.fork()
        if self._pid == 0:
            try:
                for own, number in ((source, 0), (sink, 1), (log, 2)):
                    os.dup2(own, number)
                os.closerange(3, _MOST_DESCRIPTORS)
                child()
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(1)
        for descriptor in (source, sink, log):
            os.close(descriptor)

    def relay(self) -> str:
        """The nonce with which the worker ended the call. Ends this process as the child ended, where that was before it was done."""
        poll = select.poll()
        for descriptor in (0, self._from, self._logged):
            poll.register(descriptor, select.POLLIN)
        gone = False
        while True:
            for descriptor, _ in poll.poll(5 if gone and not self._frames.over else None):
                if descriptor == 0:
                    nonce = self._pass_down()
                    if nonce is not None:
                        return nonce
                elif descriptor == self._from:
                    if not self._pass_up():
                        poll.unregister(self._from)
                        gone = True
                elif self._pass_log() is None:
                    poll.unregister(self._logged)
            if gone and not self._frames.over:
                self._exit_as_child()

    def close(self):
        for descriptor in (self._to, self._from, self._logged):
            os.close(descriptor)

    def _pass_down(self):
        """One frame of the worker's. The nonce, where it is the end."""
        _read_exactly(0, self._down[:_PREFIX])
        left = sum(_lengths(self._down))
        size = min(left, _CHUNK - _PREFIX)
        _read_exactly(0, self._down[_PREFIX : _PREFIX + size])
        if self._down[_PREFIX : _PREFIX + len(_END)] == _END:
            return json.loads(bytes(self._down[_PREFIX : _PREFIX + size]))["nonce"]
        try:
            _write_all(self._to, self._down[: _PREFIX + size])
            left -= size
            while left > 0:
                part = self._down[: min(left, _CHUNK)]
                _write_all(self._to, _read_exactly(0, part))
                left -= len(part)
        except BrokenPipeError:
            while left > 0:
                left -= len(_read_exactly(0, self._down[: min(left, _CHUNK)]))
        return None

    def _pass_up(self) -> bool:
        """What the child has said. False at its end."""
        count = os.readv(self._from, [self._up])
        # What it had written to its log before comes before.
        for _ in range(_FULL_PIPE):
            if not self._pass_log():
                break
        if not self._frames.over:
            _write_all(1, self._up[: self._frames.follow(self._up, count)])
        return count > 0

    def _pass_log(self):
        """Whether there was any; None at its end."""
        try:
            count = os.readv(self._logged, [self._log])
        except BlockingIOError:
            return False
        if count == 0:
            return None
        _write_all(2, self._log[:count])
        return True

    def _exit_as_child(self):
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if pid == 0:
            return
        while self._pass_log():
            pass
        code = os.waitstatus_to_exitcode(status)
        os._exit(code if code >= 0 else 128 - code)


def objection(opened: int):
    """Why children of this process, as modules have left it, would have something in common; None where they would not.

    `opened`: how many descriptors there were before.
    """
    if len(os.listdir("/proc/self/task")) != 1:
        return "modules have started threads, which no child would have"
    if len(os.listdir("/proc/self/fd")) > opened:
        return "modules have opened descriptors, which children would share"
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
        if any(line.split()[1][1::2] == "ws" for line in file):
            return "modules have made memory that children would share"
    return None


def _refuse_unless_safe():
    if os.getpid() != 1:
        raise SystemExit("this is not the first process of its namespace")
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        mounts = [line.split() for line in file]
    writable = {mount[4] for mount in mounts if "rw" in mount[5].split(",")}
    devices = {path for path in writable if path.startswith("/dev/") and not os.path.isdir(path)}
    if writable - devices - {_SCRATCH, "/proc", "/dev/pts"}:
        raise SystemExit("a child could write to more than the scratch folder")


def _settings():
    """What a child could change of this process, and what it could change of the scratch folder itself."""
    limits = [resource.getrlimit(number) for number in range(_RLIMITS)]
    folder = os.stat(_SCRATCH)
    return limits, os.sched_getaffinity(0), folder.st_mode, folder.st_nlink, folder.st_size


def _room():
    """Blocks and files that are free: as many as before, so nothing is there, not even without a name."""
    scratch = os.statvfs(_SCRATCH)
    return scratch.f_bfree, scratch.f_ffree


def _end_all():
    """All processes but this one. Children of children are this one's, once those have ended."""
    while True:
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            return
        try:
            while True:
                os.waitpid(-1, _ANY_CHILD)
        except ChildProcessError:
            pass


def _remove_all(folder):
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            os.chmod(entry.path, 0o700)
            _remove_all(entry.path)
            os.rmdir(entry.path)
        else:
            os.unlink(entry.path)


def _lengths(prefix):
    head, body = int.from_bytes(prefix[:4], "big"), int.from_bytes(prefix[4:_PREFIX], "big")
    if head > MAX_HEAD or body > MAX_LARGE_BODY:
        raise SystemExit("a frame above the protocol's bounds")
    return head, body


def _read_exactly(descriptor, view):
    got = 0
    while got < len(view):
        count = os.readv(descriptor, [view[got:]])
        if count == 0:
            os._exit(1)
        got += count
    return view


def _write_all(descriptor, data):
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
