"""The native Python runner: `python3 -I -B cpython.py [MODULE ...]`. It is ready once the operator's modules are imported.

Where its launcher has put a filter for children, it serves each call in a child of its own (gaiwan_runner/fork_server.py).
"""

import importlib
import os
import resource
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from gaiwan_runner import process  # noqa: E402


def limit_memory(limits: dict) -> None:
    """An allocation above the task's limit raises MemoryError, on top of what the modules have taken already."""
    with open("/proc/self/statm", encoding="ascii") as file:
        pages = int(file.read().split()[0])
    most = pages * resource.getpagesize() + (limits["memoryMiB"] << 20)
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


if __name__ == "__main__":
    opened = len(os.listdir("/proc/self/fd"))
    for module in sys.argv[1:]:
        importlib.import_module(module)
    forks = os.path.exists("/calls.bpf")
    if forks:
        from gaiwan_runner import fork_server
    del sys.path[0], sys.argv[1:]
    if forks:
        fork_server.serve(limit_memory, opened)
    process.run(limit_memory)
