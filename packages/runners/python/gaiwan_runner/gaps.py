"""What Pyodide leaves out of the standard library, or does by way of JavaScript, in plain Python. It becomes part of the snapshot."""

import asyncio
import asyncio.base_events
import asyncio.events
import asyncio.runners
import hashlib
import hmac
import io
import time
import zoneinfo
import zoneinfo._common


class _Clock:
    """Stands for the selector of an event loop: there are no files to wait for, time is all that passes."""

    def select(self, timeout):
        if timeout is None:
            raise RuntimeError("the function waits for something that never happens: no timer is set, and there is no network")
        if timeout > 0:
            time.sleep(timeout)
        return []


class EventLoop(asyncio.base_events.BaseEventLoop):
    """Tasks, futures and timers. No threads, sockets, processes or signals."""

    def __init__(self):
        super().__init__()
        self._selector = _Clock()

    def _process_events(self, events):
        pass

    def _write_to_self(self):
        pass


class _Policy(asyncio.events._BaseDefaultEventLoopPolicy):
    _loop_factory = EventLoop


def pbkdf2_hmac(hash_name, password, salt, iterations, dklen=None):
    """As hashlib has it where there is OpenSSL."""
    if not isinstance(hash_name, str):
        raise TypeError("expected a string for hash_name")
    keyed = hmac.new(bytes(memoryview(password)), digestmod=hash_name)
    size = keyed.digest_size
    dklen = size if dklen is None else dklen
    if iterations < 1:
        raise ValueError("iteration value must be greater than 0.")
    if dklen < 1:
        raise ValueError("key length must be greater than 0.")
    salt = bytes(memoryview(salt))

    def step(data):
        one = keyed.copy()
        one.update(data)
        return one.digest()

    key = bytearray()
    for block in range(1, -(-dklen // size) + 1):
        last = step(salt + block.to_bytes(4, "big"))
        total = int.from_bytes(last, "big")
        for _ in range(iterations - 1):
            last = step(last)
            total ^= int.from_bytes(last, "big")
        key += total.to_bytes(size, "big")
    return bytes(key[:dklen])


# A file of time zones (RFC 9636): its first part for old readers, then the same again with the rule.
_COUNTS = b"".join(count.to_bytes(4, "big") for count in (0, 0, 0, 0, 1, 4))
_PART = b"TZif2" + bytes(15) + _COUNTS + bytes(6) + b"UTC\0"
_UTC = _PART + _PART + b"\nUTC0\n"
_UTC_NAMES = frozenset(("UTC", "Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"))
_load = zoneinfo._common.load_tzdata


def _load_tzdata(key):
    if key in _UTC_NAMES:
        return io.BytesIO(_UTC)
    try:
        return _load(key)
    except zoneinfo.ZoneInfoNotFoundError:
        raise zoneinfo.ZoneInfoNotFoundError(
            f"No time zone found with key {key}: the function has to bring the package tzdata (docs/python.md)"
        ) from None


def fill():
    asyncio.run = asyncio.runners.run
    asyncio.events._set_event_loop_policy(_Policy())
    asyncio.events._set_running_loop(None)
    if not hasattr(hashlib, "pbkdf2_hmac"):
        hashlib.pbkdf2_hmac = pbkdf2_hmac
    zoneinfo._common.load_tzdata = _load_tzdata
