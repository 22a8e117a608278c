"""One process: ready, prepare, one job, its end. Or the child of one that has said and heard the first two: one job, its end."""

import gc
import io
import os
import random
import sys

from .channel import Channel
from .constants import MAX_MESSAGE, PROTOCOL_VERSION
from .function import Function
from .modern import Failed


def run(begin=lambda limits: None) -> None:
    """Serves one job over the descriptors 0 and 1, and ends the process. `begin` gets the job's limits before any code runs."""
    channel = take_descriptors()
    channel.send({"type": "ready", "protocol": PROTOCOL_VERSION})
    head, code = channel.receive()
    if head.get("type") != "prepare":
        sys.exit("expected the frame prepare")
    serve_one(channel, code, begin)


def serve_one(channel: Channel, code: bytes, begin) -> None:
    """Serves one job with this code, and ends the process."""
    function = Function(code)
    del code
    job, _ = channel.receive()
    if job.get("type") != "job":
        sys.exit("expected the frame job")
    random.seed()
    begin(job["limits"])
    _finish(channel, *_answer(function, job, channel))


def _answer(function, job, channel):
    try:
        return {"type": "done"}, function.run(job, channel)
    except Failed as failed:
        code = {} if failed.refusal is None else {"code": failed.refusal}
        return {"type": "failed", "message": str(failed), **code}, b""
    except MemoryError:
        pass
    except Exception as error:
        return {"type": "failed", "message": f"{error}"[:MAX_MESSAGE]}, b""
    gc.collect()
    return {"type": "failed", "limit": "memory", "message": "MemoryError"}, b""


def _finish(channel, head, body):
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass
    channel.send(head, body)
    os._exit(0)


def take_descriptors() -> Channel:
    """Keeps the protocol's two descriptors to itself: what a function prints goes to the log, what it reads is empty."""
    source, sink = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    sys.stdin = io.open(0, "r", encoding="utf-8", closefd=False)
    log = io.open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = log
    return Channel(source, sink)
