"""A function that is more than one file: a zip with `main.py`, other modules, and wheels that `wheels.sha256` pins.

`wheels.sha256` has the form of sha256sum, with paths inside the zip: `sha256sum wheels/*.whl > wheels.sha256`. The zip is
untrusted: what is unpacked is counted as it comes, not as the zip promises.
"""

import hashlib
import io
import os
import posixpath
import stat
import zipfile

from .constants import MAX_PACKAGE_BYTES, MAX_PACKAGE_FILES, MAX_PACKAGE_NAME, MAX_PACKAGE_RATIO

_CHUNK = 256 << 10


class BadPackage(Exception):
    """The package breaks a rule; the text says which."""


def is_package(code: bytes) -> bool:
    return code.startswith(b"PK\x03\x04")


class Unpacked:
    def __init__(self, code: bytes, folder: str):
        """Unpacks into an empty folder. Raises `BadPackage`."""
        self._files, self._bytes = 0, 0
        self.paths = [folder]
        pins, wheels = {}, {}
        for name, data in self._members(code, "the package"):
            if name == "wheels.sha256":
                pins = _pins(data)
            elif name.endswith(".whl"):
                wheels[name] = data
            else:
                _store(folder, name, data)
        self._install(wheels, pins, folder)
        self.main = os.path.join(folder, "main.py")
        if not os.path.isfile(self.main):
            raise BadPackage("The package has no main.py at its top.")

    def _install(self, wheels, pins, folder):
        for name in sorted(set(wheels) | set(pins)):
            if name not in pins:
                raise BadPackage(f"{name} is not pinned: add its SHA-256 to wheels.sha256.")
            if name not in wheels:
                raise BadPackage(f"wheels.sha256 names {name}, which is not in the package.")
            digest = hashlib.sha256(wheels[name]).hexdigest()
            if digest != pins[name]:
                raise BadPackage(f"{name} has SHA-256 {digest}, but wheels.sha256 says {pins[name]}.")
            target = os.path.join(folder, ".wheels", posixpath.basename(name)[: -len(".whl")])
            os.makedirs(target)
            for member, data in self._members(wheels[name], name):
                _store(target, member, data)
            self.paths.append(target)

    def _members(self, data: bytes, what: str):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                for info in archive.infolist():
                    if not info.is_dir():
                        yield _name(info, what), self._read(archive, info, what)
        except (BadPackage, MemoryError):
            raise
        except Exception as error:  # zipfile raises a dozen kinds of them
            raise BadPackage(f"Cannot read {what}: {error}") from error

    def _read(self, archive, info, what) -> bytes:
        self._files += 1
        if self._files > MAX_PACKAGE_FILES:
            raise BadPackage(f"The package has more than {MAX_PACKAGE_FILES} files.")
        if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BadPackage(f"{info.filename} in {what} is encrypted or packed otherwise than stored or deflated.")
        most = (1 << 20) + MAX_PACKAGE_RATIO * info.compress_size
        parts, size = [], 0
        with archive.open(info) as member:
            while part := member.read(_CHUNK):
                size += len(part)
                self._bytes += len(part)
                if size > most or self._bytes > MAX_PACKAGE_BYTES:
                    raise BadPackage(f"{info.filename} in {what} unpacks to too much (at most {MAX_PACKAGE_BYTES >> 20} MiB in all).")
                parts.append(part)
        return b"".join(parts)


def _name(info, what: str) -> str:
    name = info.filename
    parts = name.split("/")
    bad = name.startswith("/") or "\\" in name or "\0" in name or len(name) > MAX_PACKAGE_NAME or {"", ".", ".."} & set(parts)
    mode = info.external_attr >> 16
    if bad or (mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG)):
        raise BadPackage(f"{name[:100]!r} in {what} is no plain file at a plain path.")
    return name


def _store(folder: str, name: str, data: bytes) -> None:
    path = os.path.join(folder, *name.split("/"))
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "xb") as file:
            file.write(data)
    except OSError as error:
        raise BadPackage(f"Cannot unpack {name}: {error.strerror}") from error


def _pins(text: bytes) -> dict:
    pins = {}
    for line in text.decode("utf-8").splitlines():
        digest, _, name = line.partition("  ")
        if len(digest) != 64 or not name:
            raise BadPackage(f"A line of wheels.sha256 is not 'SHA-256, two blanks, path': {line[:100]!r}")
        pins[name.strip()] = digest.lower()
    return pins
