"""Reads bytes of strangers: little-endian numbers and pieces, never beyond the end."""

from __future__ import annotations

from .refusal import malformed


class Reader:
    def __init__(self, data: bytes, what: str) -> None:
        self._data = data
        self._what = what
        self.at = 0

    @property
    def left(self) -> int:
        return len(self._data) - self.at

    def take(self, length: int) -> bytes:
        if length < 0 or length > self.left:
            raise malformed(f"{self._what} ends too early.")
        start = self.at
        self.at += length
        return self._data[start : self.at]

    def u16(self) -> int:
        return int.from_bytes(self.take(2), "little")

    def u32(self) -> int:
        return int.from_bytes(self.take(4), "little")

    def end(self) -> None:
        if self.left:
            raise malformed(f"{self._what} has {self.left} bytes after its end.")


def is_zero(data: bytes) -> bool:
    return not any(data)


def from_hex(text: str) -> bytes:
    """Throws `Refusal` (malformed). Stricter than `bytes.fromhex`, which takes blanks."""
    if len(text) % 2 or any(c not in "0123456789abcdefABCDEF" for c in text):
        raise malformed("A text that is no hexadecimal.")
    return bytes.fromhex(text)
