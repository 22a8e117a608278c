"""Teaclave's entry, `entrypoint(argv)`: its names, its modules, its results and its two magic texts (contract 4.4)."""

import binascii
import builtins
import functools
import gc
import io
import math
import struct
import sys
import traceback
import types

from . import legacy_marshal, legacy_numpypy
from .arguments import flatten
from .constants import MAX_LEGACY_RESULT
from .legacy_open import Opener
from .legacy_text import Str, is_bytes, narrow

ERROR = b"MESAPY_EXEC_ERROR"
TOO_LONG = b"MESAPY_ERROR_BUFFER_TOO_SHORT"


def run(code, names: dict, job: dict, channel, modern: bool) -> bytes:
    """The job's result. `modern`: plain Python 3, with `bytes` and `str` as they are there."""
    argv = flatten(job["arguments"])
    opener = Opener(channel, modern)
    _provide(opener, names, modern)
    try:
        exec(code, names)
        value = names["entrypoint"](argv if modern else [Str.of(item.encode("utf-8")) for item in argv])
        opener.flush()
        gc.collect()
        result = _encode(value)
    except MemoryError:
        raise
    except BaseException:
        traceback.print_exc()
        return ERROR
    return result if len(result) <= MAX_LEGACY_RESULT else TOO_LONG


def _encode(value) -> bytes:
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value.decode("ascii").encode()
    if is_bytes(value):
        return value.encode("utf-8").encode_bytes()
    if not isinstance(value, str):
        raise TypeError(f"entrypoint must return a string or None, not {type(value).__name__}")
    return value.encode("utf-8")


def _provide(opener, names, modern):
    teaclave = types.ModuleType("teaclave")
    teaclave.open = opener.open
    sys.modules["teaclave"] = teaclave
    names["teaclave_open"] = builtins.teaclave_open = opener.open
    if modern:
        return
    strings = types.ModuleType("cStringIO")
    strings.StringIO = io.StringIO
    sys.modules.update(legacy_numpypy.modules(), marshal=legacy_marshal, cStringIO=strings, StringIO=strings)
    sys.modules.update(__builtin__=builtins, exceptions=builtins)
    sys.modules["struct"] = narrow(struct, "pack unpack unpack_from")
    sys.modules["binascii"] = narrow(binascii, "hexlify unhexlify a2b_hex b2a_hex a2b_base64 b2a_base64 crc32")
    names.update(_BUILTINS)


def _as_list(function):
    return lambda *args: list(function(*args))


def _round(number, digits=0):
    """Half away from zero, and a float."""
    factor = 10.0**digits
    return math.copysign(math.floor(abs(number) * factor + 0.5) / factor, number)


_BUILTINS = {
    "xrange": range,
    "range": _as_list(range),
    "map": _as_list(map),
    "zip": _as_list(zip),
    "filter": _as_list(filter),
    "reduce": functools.reduce,
    "str": Str,
    "bytes": Str,
    "unicode": str,
    "basestring": str,
    "long": int,
    "unichr": chr,
    "round": _round,
    "cmp": lambda a, b: (a > b) - (a < b),
}
