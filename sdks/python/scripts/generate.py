"""Generates what is generated: messages from the .proto files, and the async client from the sync one.

    python scripts/generate.py [--check]

Wants grpcio-tools and ruff of the versions that pyproject.toml names. `--check` writes nothing, and fails where a file would change.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
PACKAGE = HERE.parent / "src" / "gaiwan"
PROTOS = HERE.parents[2] / "packages" / "protocol" / "proto"
FILES = [
    "teaclave/teaclave_common.proto",
    "teaclave/teaclave_authentication_service.proto",
    "teaclave/teaclave_frontend_service.proto",
    "gaiwan/v1/platform.proto",
]


def messages() -> dict[pathlib.Path, str]:
    """Of `gaiwan._proto`, by their path."""
    from grpc_tools import protoc

    well_known = pathlib.Path(protoc.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        status = protoc.main(["protoc", f"-I{PROTOS}", f"-I{well_known}", f"--python_out={folder}", f"--pyi_out={folder}", *FILES])
        if status != 0:
            raise SystemExit("protoc failed")
        found = {}
        for path in sorted(pathlib.Path(folder).rglob("*_pb2.py*")):
            text = path.read_text(encoding="utf8")
            # They are modules of this package, and not of whatever else is called teaclave.
            text = re.sub(r"^from (teaclave|gaiwan\.v1) import", r"from gaiwan._proto.\1 import", text, flags=re.M)
            found[PACKAGE / "_proto" / path.relative_to(folder)] = text
        for place in ("", "teaclave", "gaiwan", "gaiwan/v1"):
            found[PACKAGE / "_proto" / place / "__init__.py"] = '"""Generated from packages/protocol/proto."""\n'
        return found


def formatted(text: str) -> str:
    """As ruff writes it, with imports in order."""
    for command in (["check", "--fix", "--quiet", "--exit-zero", "--select", "I,UP"], ["format", "--quiet"]):
        done = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(PACKAGE / "aio.py"), "-"],
            input=text,
            text=True,
            capture_output=True,
            check=True,
        )
        text = done.stdout
    return text


def main() -> None:
    from make_async import async_client

    wanted = {**messages(), PACKAGE / "aio.py": formatted(async_client(PACKAGE))}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf8") != text]
    if "--check" in sys.argv:
        if stale:
            names = ", ".join(str(path.relative_to(PACKAGE)) for path in stale)
            raise SystemExit(f"not as their sources say: {names}. Run python sdks/python/scripts/generate.py.")
        return
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf8")


if __name__ == "__main__":
    main()
