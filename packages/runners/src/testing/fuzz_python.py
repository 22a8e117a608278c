"""Untrusted bytes against the runner's parsers: `python3 -I -B fuzz_python.py RUNS SEED` prints how often each outcome came."""

import collections
import io
import os
import random
import shutil
import sys
import tempfile
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../python"))

from gaiwan_runner import legacy_marshal  # noqa: E402
from gaiwan_runner.arguments import flatten  # noqa: E402
from gaiwan_runner.fork_server import Frames  # noqa: E402
from gaiwan_runner.legacy_syntax import compile_payload, to_python3  # noqa: E402
from gaiwan_runner.package import BadPackage, Unpacked  # noqa: E402

SOURCE = 'print "a %s" % x, # c\ntry:\n  y = `1` <> 0777\nexcept (A, B), e: raise E, """m\n"""\n'
VALUE = {"k": [1, -1, 1 << 40, 1 << 90, 2.5, None, True, (1j, frozenset([1]))], "t": "\u1234", b"b": b"\xff" * 20}


def package() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main.py", "def main(i, o, a): pass\n" * 20)
        archive.writestr("a/b.txt", bytes(3000))
    return data.getvalue()


def mutated(draw: random.Random, data: bytes) -> bytes:
    data = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(len(data))
        change = draw.randrange(4)
        if change == 0:
            data[at] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))
        elif change == 1 and len(data) > 8:
            del data[at : at + draw.randint(1, 8)]
        elif change == 2:
            data[at:at] = data[at : at + draw.randint(1, 16)]
        else:
            data[at : at + 4] = draw.randrange(1 << 32).to_bytes(4, "little")
    return bytes(data)


def unpack(data: bytes) -> None:
    folder = tempfile.mkdtemp()
    try:
        Unpacked(data, folder)
        inside = os.path.realpath(folder) + os.sep
        for where, _, names in os.walk(folder):
            assert all(os.path.realpath(os.path.join(where, name)).startswith(inside) for name in names)
    finally:
        shutil.rmtree(folder)


def text(data: bytes) -> str:
    return data.decode("utf-8", "replace")


def frame(head: bytes, body: bytes = b"") -> bytes:
    return len(head).to_bytes(4, "big") + len(body).to_bytes(4, "big") + head + body


SAID = frame(b'{"type":"write","handle":1}', bytes(40)) + frame(b"{}") + frame(b'{"type":"done"}', b"ab") + frame(b'{"type":"ready"}')


def follow(data: bytes) -> None:
    """In pieces of any size, as a reader of the whole finds them."""
    end, over = 0, False
    while not over and len(data) - end >= 8:
        head, body = int.from_bytes(data[end : end + 4], "big"), int.from_bytes(data[end + 4 : end + 8], "big")
        if end + 8 + head + body > len(data):
            break
        over = (data[end + 8 :][: min(16, head + body)]).startswith((b'{"type":"done"', b'{"type":"failed"'))
        end += 8 + head + body
    draw, frames, passed, at = random.Random(len(data)), Frames(bytearray(24)), 0, 0
    while at < len(data):
        part = data[at : at + draw.randint(1, 30)]
        at += len(part)
        passed += frames.follow(part, len(part))
    assert frames.over == over and passed == (end if over else len(data)), (frames.over, passed, over, end)


TARGETS = {
    "frames": (SAID, follow, SystemExit),
    "zip": (package(), unpack, BadPackage),
    "marshal": (legacy_marshal.dumps(VALUE).encode_bytes(), legacy_marshal.loads, (EOFError, ValueError, TypeError)),
    "arguments": (b'{"a":[1,-0,1e5,"x",{"b":null}],"c":1234567890123456789}', lambda data: flatten(text(data)), ValueError),
    "python 2": (SOURCE.encode(), lambda data: compile_payload(text(data), "m"), (SyntaxError, ValueError)),
    "python 2, warned of": (b"x = 1 (2)\n", lambda data: compile_payload(text(data), "m"), (SyntaxError, ValueError)),
    "rewriting": (SOURCE.encode(), lambda data: to_python3(text(data)), ()),
}


def main(runs: int, seed: int) -> None:
    draw = random.Random(seed)
    for name, (data, parse, expected) in TARGETS.items():
        parse(data)
        outcomes = collections.Counter()
        for _ in range(runs):
            bytes_ = mutated(draw, data)
            try:
                parse(bytes_)
                outcomes["accepted"] += 1
            except expected:
                outcomes["refused"] += 1
            except BaseException:
                print(name, bytes_, file=sys.stderr)
                raise
        print(name, dict(outcomes))


main(*map(int, sys.argv[1:]))
