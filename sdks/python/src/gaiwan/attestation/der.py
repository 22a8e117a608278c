"""A strict reader of the little DER that no library takes apart: Intel's values in PCK certificates, keys in certificates."""

from __future__ import annotations

from dataclasses import dataclass

from .refusal import malformed

INTEGER, OCTETS, OID, ENUMERATED, SEQUENCE, BOOLEAN = 0x02, 0x04, 0x06, 0x0A, 0x30, 0x01


@dataclass(frozen=True)
class Der:
    tag: int
    content: bytes
    whole: bytes

    @staticmethod
    def only(data: bytes, tag: int) -> Der:
        """The one element that the bytes are."""
        parts = DerList(data)
        found = parts.next(tag)
        parts.end()
        return found

    def children(self) -> DerList:
        return DerList(self.content)

    def uint(self) -> int:
        content = self.content
        if not 0 < len(content) <= 8 or content[0] & 0x80 or (len(content) > 1 and content[0] == 0 and content[1] < 0x80):
            raise malformed("DER: a number that is negative, too long, or not in its shortest form.")
        return int.from_bytes(content, "big")


class DerList:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def done(self) -> bool:
        return self._at == len(self._data)

    def next(self, tag: int | None = None) -> Der:
        data, start = self._data, self._at
        if len(data) - start < 2:
            raise malformed("DER: it ends too early.")
        found, length, at = data[start], data[start + 1], start + 2
        if tag is not None and found != tag:
            raise malformed(f"DER: an element {found:#x} where {tag:#x} should be.")
        if found & 0x1F == 0x1F:
            raise malformed("DER: a tag of several bytes.")
        if length >= 0x80:
            count = length & 0x7F
            if not 0 < count <= 4 or len(data) - at < count:
                raise malformed("DER: a length that is none.")
            length = int.from_bytes(data[at : at + count], "big")
            if length < 0x80 or data[at] == 0:
                raise malformed("DER: a length that is not in its shortest form.")
            at += count
        if length > len(data) - at:
            raise malformed("DER: it ends too early.")
        self._at = at + length
        return Der(found, data[at : self._at], data[start : self._at])

    def optional(self, tag: int) -> Der | None:
        return self.next() if not self.done and self._data[self._at] == tag else None

    def end(self) -> None:
        if not self.done:
            raise malformed("DER: bytes after the end.")
