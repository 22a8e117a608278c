"""Bytes that both SDKs must make alike."""

from __future__ import annotations

import hashlib
import io
import json
import os
import pathlib
from typing import Any

import pytest

from gaiwan import FileKey, FilesError, GaiwanError, decrypt_file, encrypt_file, file_commitment
from gaiwan.arguments import canonical_arguments
from gaiwan.files import chunks_of, decrypt, encrypt
from gaiwan.manifest import parse_manifest
from gaiwan.signer import SIGNED_METHODS, statement_bytes


def _key(told: dict[str, str]) -> FileKey:
    return FileKey(told["scheme"], bytes.fromhex(told["key"]), bytes.fromhex(told["iv"]))


def test_statements(vectors: Any) -> None:
    for one in vectors["statements"]:
        assert statement_bytes(**one["statement"]).hex() == one["bytes"]


def test_arguments(vectors: Any) -> None:
    told = []
    for one in vectors["arguments"]:
        try:
            found: str | None = canonical_arguments(one["text"])
        except GaiwanError:
            found = None
        if found != one["canonical"]:
            told.append((one, found))
    assert told == []


def test_commitments(vectors: Any) -> None:
    for one in vectors["commitments"]:
        assert file_commitment(one["url"], _key(one["key"])) == one["commitment"]


def test_which_calls_are_signed(vectors: Any) -> None:
    def snake(name: str | None) -> str | None:
        return None if name is None else "".join(f"_{c.lower()}" if c.isupper() else c for c in name)

    signed = {
        method: snake(authority.get("object"))
        for method, authority in vectors["signedMethods"].items()
        if authority["signature"] in ("required", "for results")
    }
    assert signed == SIGNED_METHODS


def test_files_of_the_typescript_sdk_are_read(vectors: Any, vector_files: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for one in vectors["files"]:
        target = tmp_path / "plain"
        found = decrypt_file(vector_files / one["name"], target, _key(one["key"]), name=one["name"], tag=bytes.fromhex(one["tag"]))
        assert found.plaintext_size == one["size"]
        assert hashlib.sha256(target.read_bytes()).hexdigest() == one["sha256"]


@pytest.mark.parametrize("scheme", ["aes-gcm-128", "aes-gcm-256", "teaclave-file-128"])
@pytest.mark.parametrize("size", [0, 1, 3072, 3073, 396_289, 1_000_000])
def test_files_are_read_again(scheme: str, size: int, tmp_path: pathlib.Path) -> None:
    key, plain = FileKey.generate(scheme), os.urandom(size)
    (tmp_path / "plain").write_bytes(plain)
    encrypted = encrypt_file(tmp_path / "plain", tmp_path / "sealed", key)
    assert (tmp_path / "sealed").stat().st_size == encrypted.size
    found = decrypt_file(tmp_path / "sealed", tmp_path / "again", key, name="sealed", tag=encrypted.tag)
    assert (found.plaintext_size, (tmp_path / "again").read_bytes()) == (size, plain)


@pytest.mark.parametrize("scheme", ["aes-gcm-256", "teaclave-file-128"])
def test_a_changed_file_leaves_nothing(scheme: str, tmp_path: pathlib.Path) -> None:
    key = FileKey.generate(scheme)
    sealed = io.BytesIO()
    encrypt([b"secret" * 2000], sealed, key, "a")
    whole = sealed.getvalue()
    for at in {0, 9, 20, 85, 100, 4000, 5000, len(whole) - 1}:
        changed = bytearray(whole)
        changed[at] ^= 1
        (tmp_path / "sealed").write_bytes(changed)
        if scheme == "teaclave-file-128" and at in (9, 4000):
            continue  # the minor version and what fills the first node: nothing depends on them
        with pytest.raises(FilesError):
            decrypt_file(tmp_path / "sealed", tmp_path / "plain", key)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["sealed"]
    for shorter in (0, 15, 4096, len(whole) - 1):
        with pytest.raises(FilesError):
            decrypt(iter([whole[:shorter]]), io.BytesIO().write, key)
    with pytest.raises(FilesError):
        decrypt(iter([whole + b"more"]), io.BytesIO().write, key)


def test_memory_does_not_grow_with_the_file(tmp_path: pathlib.Path) -> None:
    import tracemalloc

    key = FileKey.generate()
    path = tmp_path / "plain"
    with open(path, "wb") as file:
        for _ in range(64):
            file.write(os.urandom(1 << 20))
    tracemalloc.start()
    encrypt_file(path, tmp_path / "sealed", key)
    with open(tmp_path / "sealed", "rb") as sealed:
        decrypt(chunks_of(sealed), lambda _: None, key)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 << 20


def test_a_manifest_is_read(vectors: Any) -> None:
    manifest = parse_manifest(bytes.fromhex(vectors["manifest"]))
    assert (manifest.task, manifest.function.name, manifest.arguments) == ("task-1", "builtin-echo", '{"message":"hi"}')
    assert [one.slot for one in manifest.inputs] == ["a", "b"]
    assert manifest.inputs[0].tag == "00" * 16
    assert "builtin-echo" in manifest._repr_html_()


def _changes(value: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [{**value, "more": 1}, *[{k: v for k, v in value.items() if k != name} for name in value]]
    found += [{**value, "format": "gaiwan-task-manifest/5"}, {**value, "epoch": 0}, {**value, "repeat": 0}, {**value, "epoch": 1.5}]
    found += [{**value, "participants": list(reversed(value["participants"]))}, {**value, "creator": "nobody"}]
    found += [{**value, "arguments": '{"message": "hi"}'}, {**value, "arguments": "[]"}, {**value, "logs": ["everybody"]}]
    found += [{**value, "inputs": list(reversed(value["inputs"]))}, {**value, "sandboxes": "old"}, {**value, "agreement": "AB" * 32}]
    found += [{**value, "limits": {**value["limits"], "timeMs": 0}}, {**value, "function": {**value["function"], "version": "AB" * 32}}]
    return found


def test_any_other_manifest_is_refused(vectors: Any) -> None:
    data = bytes.fromhex(vectors["manifest"])
    value = json.loads(data)
    for changed in _changes(value):
        text = json.dumps(changed, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        with pytest.raises(GaiwanError, match="cannot be approved"):
            parse_manifest(text.encode())
    for text in (
        b" " + data,
        data + b"\n",
        json.dumps(value).encode(),
        b"",
        b"\xff",
        b"[" * 100_000,
        data.replace(b'"epoch":1', b'"epoch":1,"epoch":1'),
    ):
        with pytest.raises(GaiwanError, match="cannot be approved"):
            parse_manifest(text)
