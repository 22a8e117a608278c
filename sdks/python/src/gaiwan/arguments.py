"""The canonical text of a task's arguments: the same characters in the manifest, on the platform and before the function."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any, Union

from .attestation.refusal import Refusal
from .attestation.strict_json import parse_with_numbers
from .errors import GaiwanError

MAX_TEXT = 4 << 20

#: An object, or its JSON text, which is sent as it is.
Arguments = Union[str, Mapping[str, Any]]


class _Number(str):
    """The text of a number, as it stands in JSON."""


def arguments_text(arguments: Arguments) -> str:
    """JSON text of arguments. Raises `GaiwanError` (bad-arguments) for what a function could not get as it is."""
    text = arguments if isinstance(arguments, str) else _text_of(arguments)
    canonical_arguments(text)
    return text


def canonical_arguments(text: str) -> str:
    """The canonical text of a JSON object. Raises `GaiwanError` (bad-arguments) for any other text."""
    if len(text) > MAX_TEXT:
        raise _bad("they are too long")
    try:
        value = parse_with_numbers(text, _Number)
    except Refusal as cause:
        raise _bad(cause.message) from cause
    if not isinstance(value, dict):
        raise _bad("they are no JSON object")
    return _write(value)


def _bad(why: str) -> GaiwanError:
    return GaiwanError("bad-arguments", f'The arguments must be a JSON object, e.g. {{"num_user": 3}}: {why}.')


def _text_of(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, default=_plain)
    except (TypeError, ValueError, RecursionError) as cause:
        raise _bad(str(cause)) from cause


def _plain(value: Any) -> Any:
    """Of numpy's scalars and mappings: what they hold."""
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"JSON cannot carry a {type(value).__name__}")


def _write(value: Any) -> str:
    if isinstance(value, _Number):
        return _number(value)
    if isinstance(value, dict):
        # By code points, as Python compares texts.
        return "{" + ",".join(f"{_string(name)}:{_write(value[name])}" for name in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(_write(one) for one in value) + "]"
    if isinstance(value, str):
        return _string(value)
    return json.dumps(value)


def _string(text: str) -> str:
    if re.search("[\ud800-\udfff]", text):
        raise _bad("a text has half of a surrogate pair")
    return json.dumps(text, ensure_ascii=False)


def _number(text: str) -> str:
    if re.fullmatch(r"-?\d+", text) and text != "-0":
        if len(text) <= 20 and -(1 << 63) <= int(text) < 1 << 64:
            return text
        raise _bad(f"{text[:60]} is beyond 64 bits")
    value = float(text)
    if not math.isfinite(value) or (value == 0 and re.match(r"[^eE]*[1-9]", text)):
        raise _bad(f"{text[:60]} is beyond what a number can hold")
    return float_text(value)


def float_text(value: float) -> str:
    """A double as Teaclave's JSON library prints it: its shortest digits, plain where the point lies within -5 < p <= 16."""
    sign = "-" if math.copysign(1, value) < 0 else ""
    if value == 0:
        return f"{sign}0.0"
    mantissa, exponent = _scientific(abs(value))
    digits, point = mantissa.replace(".", ""), exponent + 1
    if 0 < point <= 16:
        padded = digits.ljust(point, "0")
        return f"{sign}{padded[:point]}.{padded[point:] or '0'}"
    if -5 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    return f"{sign}{mantissa}e{exponent}"


def _scientific(value: float) -> tuple[str, int]:
    """As JavaScript's `toExponential`: shortest digits, and the exponent."""
    text = repr(value)
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    shift = len(whole) - 1 if whole.strip("0") else -(len(fraction) - len(fraction.lstrip("0")) + 1)
    digits = digits.rstrip("0") or "0"
    return digits[0] + (f".{digits[1:]}" if len(digits) > 1 else ""), shift + int(exponent or 0)
