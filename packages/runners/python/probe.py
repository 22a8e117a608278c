"""What a native interpreter with the operator's modules needs to see: `python3 -I -B probe.py [MODULE ...]` prints JSON.

It runs within a sandbox that shows the system and the interpreter's own installation.
"""

import importlib
import json
import os
import sys
import sysconfig

if sys.version_info < (3, 9):
    sys.exit("it is older than Python 3.9")
opened = len(os.listdir("/proc/self/fd"))
for module in sys.argv[1:]:
    importlib.import_module(module)

own = os.path.dirname(os.path.abspath(__file__))
try:
    # It may be an interpreter without ctypes, or with modules that no child can share.
    sys.path.insert(0, own)
    from gaiwan_runner import fork_server

    forks = fork_server.objection(opened) is None
except (ImportError, AttributeError):
    forks = False
# Libraries link to each other by the names beside them, so it is their folders that have to be seen.
with open("/proc/self/maps", encoding="utf-8") as file:
    mapped = {line.split(None, 5)[5].strip() for line in file if "/" in line}
libraries = {os.path.dirname(path) for path in mapped if ".so" in os.path.basename(path)}
prefixes = {p for p in (sys.prefix, sys.base_prefix) if p not in ("/usr", "/usr/local", "/")}
installed = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")} | set(sys.path) - {own, ""}
wanted = {path for path in prefixes | installed | libraries if path and os.path.exists(path)}
# A folder within another that is seen needs no mention.
paths = [path for path in wanted if not any(path.startswith(other + "/") for other in wanted)]
with open("/proc/self/status", encoding="ascii") as file:
    resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS:"))
print(
    json.dumps(
        {
            "version": ".".join(map(str, sys.version_info[:3])),
            "paths": sorted(paths),
            "residentMiB": resident // 1024,
            "forks": forks,
        }
    )
)
