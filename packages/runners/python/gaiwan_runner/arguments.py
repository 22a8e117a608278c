"""A task's arguments, approved as the text of a JSON object."""

import json
import math


def parse(text: str) -> dict:
    """Names to values. -0 is a float, as with serde_json; a number that would be rounded away is refused."""

    def integer(digits: str):
        if digits == "-0":
            return -0.0
        value = int(digits) if len(digits) <= 20 else None
        if value is None or not -(1 << 63) <= value < 1 << 64:
            raise ValueError("Cannot convert to function arguments")
        return value

    def floating(digits: str):
        value = float(digits)
        if math.isinf(value):
            raise ValueError("Cannot convert to function arguments")
        return value

    def refuse(constant: str):
        raise ValueError(f"{constant} is not JSON")

    arguments = json.loads(text, parse_int=integer, parse_float=floating, parse_constant=refuse)
    if not isinstance(arguments, dict):
        raise ValueError("Cannot convert to function arguments")
    return arguments


def flatten(text: str) -> list:
    """[k1, v1, k2, v2, ...] with keys in byte order; what is not a string becomes compact JSON (contract 4.2)."""
    argv = []
    for key, value in sorted(parse(text).items()):
        argv += [key, value if isinstance(value, str) else compact(value)]
    if any("\0" in item for item in argv):
        raise ValueError("Arguments with a NUL character cannot be given to a function in Python; take it out.")
    return argv


def compact(value) -> str:
    """JSON text as serde_json writes it: sorted names, no blanks, the shortest digits of floats."""
    if isinstance(value, dict):
        members = (f"{compact(key)}:{compact(member)}" for key, member in sorted(value.items()))
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(compact, value)) + "]"
    if isinstance(value, float):
        return _float(value)
    return json.dumps(value, ensure_ascii=False)


def _float(value: float) -> str:
    """Contract 2.3: plain for 1e-5 <= |v| < 1e16, else an exponent without plus sign or padding."""
    text = repr(value)
    mantissa, exponent, power = text.partition("e")
    if not exponent:
        return text
    if int(power) == -5:
        sign, digits = ("-", mantissa[1:]) if mantissa[0] == "-" else ("", mantissa)
        return f"{sign}0.0000{digits.replace('.', '')}"
    return f"{mantissa}e{int(power)}"
