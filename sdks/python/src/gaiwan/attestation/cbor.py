"""A strict reader of CBOR (RFC 8949) with definite lengths: no key twice, nothing after the end, bounded depth and size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Union

from .refusal import malformed

MAX_DEPTH = 32
MAX_ITEMS = 1 << 16

Cbor = Union[int, str, bytes, bool, None, list["Cbor"], dict[int | str, "Cbor"], "Tagged"]


@dataclass(frozen=True)
class Tagged:
    tag: int
    value: Cbor


def decode(data: bytes) -> Cbor:
    """The one item that the bytes are. Raises `Refusal` (malformed)."""
    decoder = _Decoder(data)
    item = decoder.item(0)
    if decoder.at != len(data):
        raise malformed(f"CBOR: {len(data) - decoder.at} bytes after its end.")
    return item


def as_list(item: Cbor, what: str) -> list[Cbor]:
    if not isinstance(item, list):
        raise malformed(f"CBOR: {what} is not an array.")
    return item


def as_bytes(item: Cbor, what: str) -> bytes:
    if not isinstance(item, bytes):
        raise malformed(f"CBOR: {what} is not a byte string.")
    return item


def as_number(item: Cbor, what: str) -> int:
    if isinstance(item, bool) or not isinstance(item, int) or abs(item) >= 1 << 53:
        raise malformed(f"CBOR: {what} is not a number.")
    return item


def as_map(item: Cbor, what: str) -> dict[int | str, Cbor]:
    if not isinstance(item, dict):
        raise malformed(f"CBOR: {what} is not a map.")
    return item


class _Decoder:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self.at = 0
        self._items = 0

    def _take(self, length: int) -> bytes:
        if length > len(self._data) - self.at:
            raise malformed("CBOR: it ends too early.")
        start = self.at
        self.at += length
        return self._data[start : self.at]

    def _argument(self, info: int) -> int:
        if info < 24:
            return info
        if info > 27:
            # Indefinite lengths: whoever makes evidence for Gaiwan writes none.
            raise malformed("CBOR: an initial byte that is not taken.")
        return int.from_bytes(self._take(1 << (info - 24)), "big")

    def item(self, depth: int) -> Cbor:
        self._items += 1
        if depth > MAX_DEPTH or self._items > MAX_ITEMS:
            raise malformed("CBOR: too deep, or too many items.")
        initial = self._take(1)[0]
        major, info = initial >> 5, initial & 31
        if major == 7:
            simple: dict[int, Cbor] = {20: False, 21: True, 22: None}
            if info not in simple:
                raise malformed("CBOR: a simple value or a float, which has no meaning here.")
            return simple[info]
        value = self._argument(info)
        if major == 0:
            return value
        if major == 1:
            return -1 - value
        if major == 2:
            return self._take(value)
        if major == 3:
            try:
                return self._take(value).decode("utf8")
            except UnicodeDecodeError as cause:
                raise malformed("CBOR: a text that is no UTF-8.") from cause
        if major == 6:
            return Tagged(value, self.item(depth + 1))
        if value > len(self._data) - self.at:
            raise malformed("CBOR: it ends too early.")
        if major == 4:
            return [self.item(depth + 1) for _ in range(value)]
        found: dict[int | str, Cbor] = {}
        for _ in range(value):
            key = self.item(depth + 1)
            if isinstance(key, bool) or not isinstance(key, (int, str)):
                raise malformed("CBOR: a key that is neither a number nor a text.")
            if key in found:
                raise malformed(f"CBOR: the key {key!r} stands twice.")
            found[key] = self.item(depth + 1)
        return found
