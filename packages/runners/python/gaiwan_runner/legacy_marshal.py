"""`marshal` of Python 2 (format 2) for old payloads: values only, no code objects; bounded where it reads.

Files that one payload writes another can read, on Teaclave as well. Arrays of `_numpypy` and its floats are written as
the bytes of their little-endian float64, as PyPy writes what has a buffer.
"""

import struct

from .constants import MAX_MARSHAL_DEPTH
from .legacy_text import Str, is_bytes

version = 2


def dumps(value, version=2):
    parts = []
    _write(value, parts.append, 0)
    return Str.of(b"".join(parts))


def dump(value, file, version=2):
    file.write(dumps(value))


def load(file):
    return loads(file.read())


def loads(data):
    raw = str.encode(data, "latin-1") if isinstance(data, str) else bytes(data)
    return _Reader(raw).value(0)


def _write(value, out, depth):
    if depth > MAX_MARSHAL_DEPTH:
        raise ValueError("object too deeply nested to marshal")
    if value is None or value is True or value is False:
        out({None: b"N", True: b"T", False: b"F"}[value])
    elif hasattr(value, "raw_bytes"):
        _sized(b"s", value.raw_bytes(), out)
    elif isinstance(value, int):
        _write_int(value, out)
    elif isinstance(value, float):
        out(b"g" + struct.pack("<d", value))
    elif isinstance(value, complex):
        out(b"y" + struct.pack("<dd", value.real, value.imag))
    elif isinstance(value, (bytes, bytearray)):
        _sized(b"s", bytes(value), out)
    elif isinstance(value, str):
        narrow = value.isascii() or is_bytes(value)
        _sized(b"s" if narrow else b"u", str.encode(value, "latin-1" if narrow else "utf-8"), out)
    elif isinstance(value, dict):
        out(b"{")
        for key, member in value.items():
            _write(key, out, depth + 1)
            _write(member, out, depth + 1)
        out(b"0")
    elif isinstance(value, (list, tuple, set, frozenset)):
        code = {list: b"[", tuple: b"(", set: b"<", frozenset: b">"}
        out(next(code[kind] for kind in code if isinstance(value, kind)) + struct.pack("<i", len(value)))
        for member in value:
            _write(member, out, depth + 1)
    else:
        raise ValueError("unmarshallable object")


def _sized(code, data, out):
    out(code + struct.pack("<i", len(data)) + data)


def _write_int(value, out):
    if -(1 << 31) <= value < 1 << 31:
        out(b"i" + struct.pack("<i", value))
    elif -(1 << 63) <= value < 1 << 63:
        out(b"I" + struct.pack("<q", value))
    else:
        digits, rest = [], abs(value)
        while rest:
            digits.append(rest & 0x7FFF)
            rest >>= 15
        count = len(digits) if value > 0 else -len(digits)
        out(b"l" + struct.pack(f"<i{len(digits)}H", count, *digits))


class _Reader:
    def __init__(self, data):
        self._data, self._at, self._interned = data, 0, []

    def _take(self, count):
        if count < 0 or count > len(self._data) - self._at:
            raise EOFError("marshal data too short")
        self._at += count
        return self._data[self._at - count : self._at]

    def _int(self):
        return struct.unpack("<i", self._take(4))[0]

    def value(self, depth):
        if depth > MAX_MARSHAL_DEPTH:
            raise ValueError("bad marshal data: too deep")
        code = self._take(1)
        if code in b"NTF":
            return {b"N": None, b"T": True, b"F": False}[code]
        if code == b"i":
            return self._int()
        if code in b"Ig":
            return struct.unpack("<q" if code == b"I" else "<d", self._take(8))[0]
        if code == b"y":
            return complex(*struct.unpack("<dd", self._take(16)))
        if code == b"f":
            return float(self._take(self._take(1)[0]))
        if code == b"l":
            count = self._int()
            digits = struct.unpack(f"<{abs(count)}H", self._take(2 * abs(count)))
            return (1 if count > 0 else -1) * sum(digit << 15 * place for place, digit in enumerate(digits))
        return self._text(code) if code in b"stuR" else self._container(code, depth)

    def _text(self, code):
        if code == b"R":
            at = self._int()
            if not 0 <= at < len(self._interned):
                raise ValueError("bad marshal data: unknown string")
            return self._interned[at]
        data = self._take(self._int())
        if code == b"u":
            return data.decode("utf-8")
        if code == b"t":
            self._interned.append(Str.of(data))
        return Str.of(data)

    def _container(self, code, depth):
        if code == b"{":
            result = {}
            while self._data[self._at : self._at + 1] != b"0":
                key = self.value(depth + 1)
                result[key] = self.value(depth + 1)
            self._at += 1
            return result
        kinds = {b"[": list, b"(": tuple, b"<": set, b">": frozenset}
        if code not in kinds:
            raise ValueError("bad marshal data: unknown type")
        count = self._int()
        if count < 0 or count > len(self._data) - self._at:
            raise EOFError("marshal data too short")
        return kinds[code](self.value(depth + 1) for _ in range(count))
