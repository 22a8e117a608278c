"""Untrusted code: unpacked and compiled ahead of the job, run once with it. Nothing of it runs before the job."""

import ast
import re
import sys
import tempfile
import types

from . import legacy, modern
from .legacy_syntax import compile_payload
from .package import Unpacked, is_package

_OPT_OUT = re.compile(r"^[ \t]*#[ \t]*gaiwan:[ \t]*python3[ \t]*$", re.M)


class Function:
    """If the code is invalid, the error is kept until the job arrives."""

    def __init__(self, code: bytes):
        self._error = self._code = None
        self._names = {}
        self._paths, self._filename, self._kind = [], "main.py", "entrypoint"
        try:
            self._compile(code)
        except Exception as error:
            self._error = error

    def _compile(self, code):
        if is_package(code):
            self._kind = "main"  # unless its main.py says otherwise
            unpacked = Unpacked(code, tempfile.mkdtemp(prefix="function-"))
            self._paths, self._filename = unpacked.paths, unpacked.main
            with open(unpacked.main, "rb") as file:
                code = file.read()
        source = code.partition(b"\0")[0].decode("utf-8-sig")
        self._kind = _kind_of(source)
        if self._kind == "python2":
            self._code, self._names = compile_payload(source, self._filename)
        else:
            self._code = compile(source, self._filename, "exec", dont_inherit=True)

    def run(self, job: dict, channel) -> bytes:
        """The result. Raises `modern.Failed` or MemoryError."""
        sys.path[:0] = self._paths
        module = types.ModuleType("__gaiwan_function__")
        sys.modules[module.__name__] = module
        names = module.__dict__
        names.update(self._names, __file__=self._filename)
        if self._kind == "main":
            if self._error:
                raise modern.Failed(modern.explain(self._error, self._is_own))
            return modern.run(self._code, names, job, channel, self._is_own)
        if self._error:
            print(f"{type(self._error).__name__}: {self._error}", file=sys.stderr)
            return legacy.ERROR
        return legacy.run(self._code, names, job, channel, modern=self._kind == "entrypoint")

    def _is_own(self, filename: str) -> bool:
        return filename == self._filename or any(filename.startswith(path + "/") for path in self._paths)


def _kind_of(source: str) -> str:
    """'main' (modern), 'entrypoint' (Teaclave's, in plain Python 3) or 'python2' (Teaclave's, as MesaPy ran it)."""
    try:
        body = ast.parse(source).body
        names = {node.name for node in body if isinstance(node, ast.FunctionDef)} | _bound(body)
    except (SyntaxError, ValueError):
        names = set(re.findall(r"^def\s+(\w+)", source, re.M))
    if "main" in names and "entrypoint" not in names:
        return "main"
    return "entrypoint" if _OPT_OUT.search(source) else "python2"


def _bound(body) -> set:
    names = set()
    for node in body:
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            names |= {alias.asname or alias.name for alias in node.names}
    return names
