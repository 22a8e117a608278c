"""Lists that come a page at a time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from .manifest import html_table

T = TypeVar("T")


@dataclasses.dataclass(frozen=True)
class Page(Generic[T]):
    """Part of a list; a table in notebooks."""

    items: tuple[T, ...]
    #: Empty: it is the last.
    next_page_token: str

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def _repr_html_(self) -> str:
        return table_of(list(self.items))


def table_of(items: list[Any]) -> str:
    """HTML of dataclasses of one kind, or of texts."""
    if not items or not dataclasses.is_dataclass(items[0]):
        return html_table(("",), [(item,) for item in items])
    names = [field.name for field in dataclasses.fields(items[0]) if field.repr]
    return html_table(names, [[shown(getattr(item, name)) for name in names] for item in items])


def shown(value: Any) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, (list, tuple)):
        return ", ".join(shown(one) for one in value)
    return str(value)
