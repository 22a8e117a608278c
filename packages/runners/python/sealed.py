"""The runner inside Pyodide: it lives in the snapshot, and closes the seal before any untrusted code runs."""

import os
import sys

from gaiwan_runner import gaps, nesting, process

gaps.fill()
nesting.fill()


def forget() -> None:
    """Takes away what leads to JavaScript. The seal is the wall; this spares an honest function a strange error."""
    for name in list(sys.modules):
        if name in ("js", "pyodide_js") or name.startswith(("js.", "pyodide_js.")):
            del sys.modules[name]
    sys.modules["_ctypes"] = None
    sys.meta_path[:] = [finder for finder in sys.meta_path if "JsFinder" not in type(finder).__name__]


def _seal(limits: dict) -> None:
    device = os.open("/dev/gaiwan-seal", os.O_WRONLY)
    os.write(device, b"%d\n" % limits["memoryMiB"])
    os.close(device)


def run() -> None:
    forget()
    os.environ.clear()
    process.run(_seal)
