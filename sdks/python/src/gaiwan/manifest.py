"""What participants approve (docs/manifest.md): read strictly, and believed in nothing."""

from __future__ import annotations

import hashlib
import html
import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .arguments import canonical_arguments
from .attestation import strict_json
from .attestation.refusal import Refusal
from .errors import GaiwanError
from .files import FileKey

FORMAT = "gaiwan-task-manifest/7"
MAX_MANIFEST = 16 << 20
_SUBJECT = re.compile(r"[\x21-\x7e]+#[A-Za-z0-9_-]{16}")
_HEX32 = re.compile("[0-9a-f]{64}")
_LIMITS = ("timeMs", "cpuMs", "memoryMiB", "outputBytes", "logBytes", "files", "stagedBytes", "transferMs")
_ENCRYPTED = ("aes-gcm-128", "aes-gcm-256", "teaclave-file-128")


@dataclass(frozen=True)
class ManifestFile:
    slot: str
    id: str
    #: Subjects (NAME#RANDOM).
    owners: tuple[str, ...]
    schema: str
    #: SHA-256 (hex) over key, IV and URL: see `file_commitment`.
    commitment: str
    #: 32 hex digits; of an input that is encrypted.
    tag: str | None


@dataclass(frozen=True)
class ManifestFunction:
    id: str
    #: SHA-256 (hex) of the definition.
    version: str
    name: str
    executor_type: str
    owner: str


@dataclass(frozen=True)
class Participant:
    subject: str
    #: `password`, or `key:` and the id of the key.
    authority: str


@dataclass(frozen=True)
class Manifest:
    epoch: int
    task: str
    creator: str
    function: ManifestFunction
    executor: str
    #: Canonical JSON text: what the function gets, byte for byte.
    arguments: str
    inputs: tuple[ManifestFile, ...]
    outputs: tuple[ManifestFile, ...]
    participants: tuple[Participant, ...]
    limits: Mapping[str, int]
    logs: tuple[str, ...]
    repeat: bool
    sandboxes: str
    #: SHA-256 (hex) of the standing agreement by which all participants approve it; '' where they approve it itself.
    agreement: str

    def _repr_html_(self) -> str:
        rows = [
            ("task", f"{self.task} (of {name_of(self.creator)})"),
            ("function", f"{self.function.name}, version {self.function.version[:16]}…, of {name_of(self.function.owner)}"),
            ("executor", self.executor),
            ("arguments", self.arguments),
            *[(f"input {one.slot}", f"{one.id} of {_names(one.owners)}") for one in self.inputs],
            *[(f"output {one.slot}", f"{one.id} for {_names(one.owners)}") for one in self.outputs],
            *[(f"participant {name_of(one.subject)}", one.authority) for one in self.participants],
            *([("standing agreement", self.agreement)] if self.agreement else []),
            ("log for", ", ".join(self.logs) or "nobody"),
            ("limits", ", ".join(f"{name} {value}" for name, value in self.limits.items())),
        ]
        return html_table(("", "what is approved"), rows)


def name_of(subject: str) -> str:
    """The id that the account was registered with."""
    return subject[:-17]


def _names(subjects: Sequence[str]) -> str:
    return ", ".join(name_of(one) for one in subjects)


def html_table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """For notebooks. Everything in it is escaped: much of it others have written."""

    def row(cells: Sequence[object], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(str(cell))}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><thead>{row(head, 'th')}</thead><tbody>{body}</tbody></table>"


def file_commitment(url: str, key: FileKey) -> str:
    """What a manifest must say of a file with this key and URL: 64 hexadecimal digits."""
    found = re.fullmatch(r"data:text/plain;base64,([A-Za-z0-9+/]*={0,2})", url)
    if found:
        import base64

        url = f"data:text/plain;sha256,{hashlib.sha256(base64.b64decode(found[1])).hexdigest()}"
    parts = [b"gaiwan-file-commitment/1", key.scheme.encode(), key.key, key.iv, b"", url.encode("utf8")]
    return hashlib.sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).hexdigest()


def _bad(why: str) -> GaiwanError:
    return GaiwanError(
        "bad-manifest",
        f"The platform's manifest cannot be approved: {why}. Do not approve it by any other way, and tell the operator.",
    )


def read_manifest(data: bytes, claimed: bytes, task_id: str) -> tuple[Manifest, bytes]:
    """The manifest and its digest, which is computed here. Raises `GaiwanError` (bad-manifest)."""
    digest = hashlib.sha256(data).digest()
    if digest != claimed:
        raise _bad("its SHA-256 is not the digest that came with it")
    manifest = parse_manifest(data)
    if manifest.task != task_id:
        raise _bad(f"it is about {manifest.task!r}, another task")
    return manifest, digest


def parse_manifest(data: bytes) -> Manifest:
    """Every member is checked, and the bytes must be the canonical form of what they say. Raises `GaiwanError` (bad-manifest)."""
    if len(data) > MAX_MANIFEST:
        raise _bad(f"it has {len(data)} bytes")
    try:
        text = data.decode("utf8")
        value = strict_json.parse(text)
        if strict_json.canonical(value) != text:
            raise _bad("its bytes are not in the canonical form of RFC 8785")
    except (Refusal, UnicodeDecodeError, TypeError, RecursionError) as cause:
        raise _bad("it is no JSON without floating-point numbers") from cause
    reader = _Reader(value, "")
    if reader.raw("format") != FORMAT:
        raise _bad(f"it is not of the form {FORMAT}, the only one that is known here")
    function = reader.object("function")
    limits = reader.object("limits")
    manifest = Manifest(
        epoch=reader.whole("epoch", 1),
        task=reader.text("task"),
        creator=reader.subject("creator"),
        function=ManifestFunction(
            function.text("id"), function.hex("version"), function.text("name"), function.text("executorType"), function.subject("owner")
        ),
        executor=reader.text("executor"),
        arguments=reader.text("arguments", MAX_MANIFEST),
        inputs=tuple(_file(one, is_input=True) for one in reader.objects("inputs", 1000)),
        outputs=tuple(_file(one, is_input=False) for one in reader.objects("outputs", 1000)),
        participants=tuple(_participant(one) for one in reader.objects("participants", 10_000)),
        limits={name: limits.whole(name, 1) for name in _LIMITS},
        logs=tuple(reader.texts("logs")),
        repeat=reader.flag("repeat"),
        sandboxes=reader.text("sandboxes"),
        agreement=reader.hex_or_none("agreement"),
    )
    for one in (reader, function, limits):
        one.end()
    _check_coherence(manifest)
    return manifest


class _Reader:
    """Members of an object, each of which must be read."""

    def __init__(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise _bad(f"{path or 'it'} is no object")
        self._value, self._path, self._read = value, path, {"format"} if path == "" else set[str]()

    def raw(self, name: str) -> Any:
        self._read.add(name)
        if name not in self._value:
            raise _bad(f"{self._path}{name} is missing")
        return self._value[name]

    def has(self, name: str) -> bool:
        return name in self._value

    def text(self, name: str, most: int = 256) -> str:
        value = self.raw(name)
        if not isinstance(value, str) or len(value) > most or any("\ud800" <= c <= "\udfff" for c in value):
            raise _bad(f"{self._path}{name} is no text, or too long")
        return value

    def hex(self, name: str, digits: int = 64) -> str:
        value = self.text(name)
        if not re.fullmatch(f"[0-9a-f]{{{digits}}}", value):
            raise _bad(f"{self._path}{name} is not {digits} lower-case hexadecimal digits")
        return value

    def hex_or_none(self, name: str) -> str:
        return "" if self.raw(name) == "" else self.hex(name)

    def subject(self, name: str) -> str:
        value = self.text(name, 145)
        if not _SUBJECT.fullmatch(value):
            raise _bad(f"{self._path}{name} is no subject (NAME#RANDOM)")
        return value

    def subjects(self, name: str) -> list[str]:
        found = self.texts(name)
        if not all(_SUBJECT.fullmatch(one) for one in found):
            raise _bad(f"{self._path}{name} has what is no subject")
        return found

    def whole(self, name: str, least: int) -> int:
        value = self.raw(name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value < 1 << 53:
            raise _bad(f"{self._path}{name} is no whole number")
        return value

    def flag(self, name: str) -> bool:
        value = self.raw(name)
        if not isinstance(value, bool):
            raise _bad(f"{self._path}{name} is neither true nor false")
        return value

    def texts(self, name: str) -> list[str]:
        value = self.raw(name)
        if not isinstance(value, list) or len(value) > 1000 or not all(isinstance(one, str) for one in value):
            raise _bad(f"{self._path}{name} is no list of texts")
        return value

    def object(self, name: str) -> _Reader:
        return _Reader(self.raw(name), f"{self._path}{name}.")

    def objects(self, name: str, most: int) -> list[_Reader]:
        value = self.raw(name)
        if not isinstance(value, list) or len(value) > most:
            raise _bad(f"{self._path}{name} is no list of at most {most}")
        return [_Reader(one, f"{self._path}{name}[{index}].") for index, one in enumerate(value)]

    def end(self) -> None:
        unknown = set(self._value) - self._read
        if unknown:
            raise _bad(f"{self._path}{sorted(unknown)[0][:60]!r} is an unknown member")


def _file(reader: _Reader, *, is_input: bool) -> ManifestFile:
    schema = reader.text("schema")
    if schema not in _ENCRYPTED and not (is_input and schema == "raw"):
        raise _bad(f"a file has the schema {schema!r}")
    found = ManifestFile(
        slot=reader.text("slot"),
        id=reader.text("id"),
        owners=tuple(reader.subjects("owners")),
        schema=schema,
        commitment=reader.hex("commitment"),
        tag=reader.hex("tag", 32) if is_input and schema != "raw" else None,
    )
    reader.end()
    return found


def _participant(reader: _Reader) -> Participant:
    authority = reader.text("authority")
    if authority != "password" and not (authority.startswith("key:") and _HEX32.fullmatch(authority[4:])):
        raise _bad("what an approval rests on is neither password nor key:ID")
    found = Participant(reader.subject("subject"), authority)
    reader.end()
    return found


def _is_sorted(names: Sequence[str]) -> bool:
    units = [name.encode("utf-16-be", "surrogatepass") for name in names]
    return all(one < other for one, other in itertools.pairwise(units))


def _check_coherence(manifest: Manifest) -> None:
    subjects = [one.subject for one in manifest.participants]
    present = set(subjects)
    if not _is_sorted(subjects) or not _is_sorted(manifest.logs) or manifest.creator not in present:
        raise _bad("its participants or its readers of the log are not in order, or its creator takes no part")
    if not set(manifest.logs) <= {"creator", "function-owner"} or manifest.sandboxes not in ("fresh", "kept"):
        raise _bad("a reader of its log, or its kind of sandbox, is unknown here")
    for files in (manifest.inputs, manifest.outputs):
        if not _is_sorted([one.slot for one in files]):
            raise _bad("its slots are not sorted, or one of them is there twice")
        for one in files:
            if not one.owners or not _is_sorted(one.owners) or not set(one.owners) <= present:
                raise _bad(f"the slot {one.slot!r} has no owner, or one that takes no part")
    try:
        canonical = canonical_arguments(manifest.arguments)
    except GaiwanError as cause:
        raise _bad("its arguments are none") from cause
    if canonical != manifest.arguments:
        raise _bad("its arguments are not in canonical form")
