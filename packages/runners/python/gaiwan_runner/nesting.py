"""
JSON that nests too deeply, refused before the scanner recurses into it: in Pyodide its recursion ends with WebAssembly's stack, of which
Python knows nothing, so it would end the function whatever that catches.
"""

import json
import json.decoder
import json.scanner
import re

# A stack of 3,900 KiB holds more than twice as many objects within objects, in code that is not yet compiled to be fast.
LIMIT = 5_000
# Passes that each take the innermost pairs away. Deeper ones are rare, and counted one by one.
_PASSES = 64
_OTHERS = bytes(set(range(256)) - set(b"[]{}"))
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[][{}]', re.DOTALL)


def is_shallow(text):
    """Whether no part of a text can nest deeper than LIMIT, brackets within its strings included; False where that isn't known."""
    if text.count("[") + text.count("{") <= LIMIT:
        return True
    rest = text.encode("ascii", "replace").translate(None, _OTHERS)
    for done in range(_PASSES):
        if done + rest.count(b"[") + rest.count(b"{") <= LIMIT:
            return True
        rest = rest.replace(b"[]", b"").replace(b"{}", b"")
    return False


def nests_deeply(text, start):
    """Whether the value at `start` nests deeper than LIMIT."""
    depth = 0
    for token in _TOKENS.finditer(text, start):
        one = token[0]
        if one in "[{":
            depth += 1
            if depth > LIMIT:
                return True
        elif one in "]}":
            depth -= 1
            # Here the value ends: what follows it is not read.
            if depth <= 0:
                return False
    return False


def fill():
    make = json.scanner.make_scanner

    def make_scanner(context):
        scan = make(context)
        # A text of many values is asked for each of them.
        known = None

        def scan_once(text, start):
            nonlocal known
            if text is not known and isinstance(text, str):
                if is_shallow(text):
                    known = text
                elif nests_deeply(text, start):
                    raise RecursionError(f"JSON nests deeper than {LIMIT:,} levels, the most that this interpreter can read")
            return scan(text, start)

        return scan_once

    json.scanner.make_scanner = make_scanner
    json.decoder._default_decoder = json._default_decoder = json.JSONDecoder()
