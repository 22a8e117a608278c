"""JSON of strangers: no name twice, no NaN, bounded depth; and where a member's exact text stands."""

from __future__ import annotations

import json
from collections.abc import Callable
from json.decoder import JSONDecoder
from typing import Any

from .refusal import malformed

MAX_DEPTH = 32


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON")


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


_decoder = JSONDecoder(object_pairs_hook=_no_twins, parse_constant=_no_constant)


def parse(text: str) -> Any:
    """Raises `Refusal` (malformed)."""
    value, end = _value(text, _space(text, 0))
    if _space(text, end) != len(text):
        raise malformed("JSON: there is something after the value.")
    return value


def parse_with_numbers(text: str, number: Callable[[str], Any]) -> Any:
    """As `parse`, with each number as `number` makes it of its text. Raises `Refusal` (malformed)."""
    decoder = JSONDecoder(object_pairs_hook=_no_twins, parse_constant=_no_constant, parse_int=number, parse_float=number)
    at = _space(text, 0)
    value, end = _value(text, at, decoder)
    if _space(text, end) != len(text):
        raise malformed("JSON: there is something after the value.")
    return value


def members(text: str) -> dict[str, str]:
    """The members of the object that the text is, each with the exact text of its value. Raises `Refusal` (malformed)."""
    found: dict[str, str] = {}
    at = _space(text, 0)
    if text[at : at + 1] != "{":
        raise malformed("JSON: it is not an object.")
    at = _space(text, at + 1)
    while text[at : at + 1] != "}":
        if text[at : at + 1] != '"':
            raise malformed("JSON: a name is missing.")
        name, at = _value(text, at)
        at = _space(text, at)
        if text[at : at + 1] != ":":
            raise malformed("JSON: a colon is missing.")
        at = _space(text, at + 1)
        _, end = _value(text, at)
        if name in found:
            raise malformed("JSON: a name stands twice.")
        found[name] = text[at:end]
        at = _space(text, end)
        if text[at : at + 1] == ",":
            at = _space(text, at + 1)
            if text[at : at + 1] == "}":
                raise malformed("JSON: a name is missing.")
        elif text[at : at + 1] != "}":
            raise malformed("JSON: a comma is missing.")
    if _space(text, at + 1) != len(text):
        raise malformed("JSON: there is something after the object.")
    return found


def _space(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\n\r":
        at += 1
    return at


def _value(text: str, at: int, decoder: JSONDecoder = _decoder) -> tuple[Any, int]:
    _check_depth(text, at)
    try:
        return decoder.raw_decode(text, at)
    except (ValueError, RecursionError) as cause:
        raise malformed(f"JSON: it is not valid ({str(cause)[:80]}).") from cause


def _check_depth(text: str, at: int) -> None:
    depth, inside = 0, False
    while at < len(text):
        char = text[at]
        if inside:
            if char == "\\":
                at += 1
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise malformed(f"JSON: deeper than {MAX_DEPTH} levels.")
        elif char in "]}":
            depth -= 1
        if depth <= 0 and not inside:
            return
        at += 1


def canonical(value: Any) -> str:
    """The text of RFC 8785 for strings, whole numbers, booleans, lists and objects."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    if isinstance(value, float):
        raise TypeError("no manifest has floating-point numbers")
    # Its short forms for control characters are JavaScript's.
    return json.dumps(value, ensure_ascii=False)
