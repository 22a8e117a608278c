"""Teaclave's file encryption, streamed in bounded memory: aes-gcm-128, aes-gcm-256, teaclave-file-128."""

from __future__ import annotations

import hmac
import os
import pathlib
import secrets
import tempfile
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Union

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC

from .errors import FilesError

Path = Union[str, pathlib.Path]
SCHEMES = ("aes-gcm-128", "aes-gcm-256", "teaclave-file-128")
TAG_BYTES = 16
CHUNK = 1 << 20
#: Teaclave authenticates eight zeros beside the content.
_AAD = bytes(8)

# teaclave-file-128: 4096-byte nodes. Node 0 holds the metadata with the first 3072 bytes of content; tree node k lies before its 96
# data nodes, and holds the (key, GMAC) pairs of these and of its 32 child tree nodes. Every node has a key of its own, used once, with
# a zero IV.
_NODE = 4096
_HEAD = 3072
_DATA_PER_TREE = 96
_CHILDREN = 32
_PAIR = 32
_META = 3372
_FILE_ID = 0x5347585F46494C45
_IV = bytes(12)
_LABEL = b"SGX-PROTECTED-FS-METADATA-KEY"


@dataclass(frozen=True)
class FileKey:
    """`key`: 16 bytes (32 for aes-gcm-256). `iv`: 12 bytes for aes-gcm-*, none for teaclave-file-128. Use a key and IV for one file."""

    scheme: str
    key: bytes = field(repr=False)
    iv: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if self.scheme not in SCHEMES:
            raise FilesError("bad-scheme", f"Unknown scheme {self.scheme!r}: use one of {', '.join(SCHEMES)}.")
        length = 32 if self.scheme == "aes-gcm-256" else 16
        if len(self.key) != length:
            raise FilesError("bad-key-length", f"A key for {self.scheme} has {length} bytes, this one has {len(self.key)}.")
        length = 0 if self.scheme == "teaclave-file-128" else 12
        if len(self.iv) != length:
            raise FilesError("bad-iv-length", f"An IV for {self.scheme} has {length} bytes, this one has {len(self.iv)}.")

    @staticmethod
    def generate(scheme: str = "aes-gcm-256") -> FileKey:
        """A new random key (and IV) for one file."""
        key = secrets.token_bytes(32 if scheme == "aes-gcm-256" else 16)
        return FileKey(scheme, key, b"" if scheme == "teaclave-file-128" else secrets.token_bytes(12))


@dataclass(frozen=True)
class Encrypted:
    #: 16 bytes: what Teaclave calls the file's cmac.
    tag: bytes
    plaintext_size: int
    #: Of the ciphertext.
    size: int


@dataclass(frozen=True)
class Decrypted:
    #: It was checked.
    tag: bytes
    plaintext_size: int


def check_name(name: str) -> bytes:
    """A stored name, which teaclave-file-128 binds. Raises `FilesError` (bad-name)."""
    try:
        data = name.encode("utf8")
    except UnicodeEncodeError:
        data = b""
    if not 0 < len(data) <= 259 or "/" in name or "\\" in name or "\0" in name or name in (".", ".."):
        raise FilesError("bad-name", f"{name[:80]!r} cannot be a stored name: give a bare file name of 1 to 259 bytes, without a folder.")
    return data


def chunks_of(file: BinaryIO) -> Iterator[bytes]:
    while data := file.read(CHUNK):
        yield data


def encrypt(source: Iterable[bytes], target: BinaryIO, key: FileKey, name: str | None = None) -> Encrypted:
    """Encrypts a stream into a file that is open for writing at any place. Raises `FilesError`."""
    if key.scheme == "teaclave-file-128":
        if name is None:
            raise FilesError("bad-name", "teaclave-file-128 binds a file name: say under which it will be stored.")
        writer = _ProtectedWriter(key.key, name, target)
        for chunk in source:
            writer.write(chunk)
        return writer.finish()
    encryptor = Cipher(algorithms.AES(key.key), modes.GCM(key.iv)).encryptor()
    encryptor.authenticate_additional_data(_AAD)
    size = 0
    for chunk in source:
        target.write(encryptor.update(chunk))
        size += len(chunk)
    encryptor.finalize()
    target.write(encryptor.tag)
    return Encrypted(encryptor.tag, size, size + TAG_BYTES)


def decrypt(
    source: Iterable[bytes],
    keep: Callable[[bytes], object],
    key: FileKey,
    *,
    name: str | None = None,
    tag: bytes | None = None,
) -> Decrypted:
    """Decrypts into `keep`, which must keep the plaintext to itself until this returns: nothing is authentic before the last byte.

    name: that must be stored in the file (teaclave-file-128). tag: that the file must have. Raises `FilesError`.
    """
    parts = _decrypt_protected(source, key.key, name, tag) if key.scheme == "teaclave-file-128" else _decrypt_gcm(source, key, tag)
    size = 0
    while True:
        try:
            plaintext = next(parts)
        except StopIteration as end:
            return Decrypted(end.value, size)
        size += len(plaintext)
        keep(plaintext)


def encrypt_file(source: Path, target: Path, key: FileKey, name: str | None = None) -> Encrypted:
    """Encrypts a file into another, which appears once it is whole. `name`: default, the target's. Raises `FilesError`."""
    with open_plain(source) as file, PendingFile(target) as pending:
        return encrypt(chunks_of(file), pending.file, key, name if name is not None else pathlib.Path(target).name)


def decrypt_file(source: Path, target: Path, key: FileKey, *, name: str | None = None, tag: bytes | None = None) -> Decrypted:
    """Decrypts a file into another, which appears once everything is authentic. Raises `FilesError`."""
    with open_plain(source) as file, PendingFile(target) as pending:
        return decrypt(chunks_of(file), pending.file.write, key, name=name, tag=tag)


def open_plain(path: Path) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError as cause:
        raise FilesError("io", f"Cannot read {path}: {cause}") from cause


class PendingFile:
    """A private file beside its target, which takes the target's place once the block has succeeded; else nothing stays."""

    def __init__(self, target: Path) -> None:
        self._target = pathlib.Path(target)
        try:
            handle, self._path = tempfile.mkstemp(prefix=".gaiwan-", dir=self._target.absolute().parent)
        except OSError as cause:
            raise FilesError("io", f"Cannot write {target}: {cause}") from cause
        self.file: BinaryIO = os.fdopen(handle, "w+b")

    def __enter__(self) -> PendingFile:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        try:
            if kind is None:
                self.file.flush()
                os.fsync(self.file.fileno())
                self.file.close()
                os.replace(self._path, self._target)
                return
        except OSError as cause:
            raise FilesError("io", f"Cannot write {self._target}: {cause}") from cause
        finally:
            self.file.close()
            pathlib.Path(self._path).unlink(missing_ok=True)


def _decrypt_gcm(source: Iterable[bytes], key: FileKey, expected: bytes | None) -> Generator[bytes, None, bytes]:
    """Returns the tag, as the value of its end."""
    decryptor = Cipher(algorithms.AES(key.key), modes.GCM(key.iv)).decryptor()
    decryptor.authenticate_additional_data(_AAD)
    tail = b""
    for chunk in source:
        whole = tail + chunk
        tail = whole[-TAG_BYTES:]
        if len(whole) > TAG_BYTES:
            yield decryptor.update(whole[:-TAG_BYTES])
    if len(tail) < TAG_BYTES:
        raise FilesError("truncated", "The file is shorter than its 16-byte tag: fetch it again, whole.")
    if expected is not None and not hmac.compare_digest(tail, expected):
        raise _other_tag()
    try:
        decryptor.finalize_with_tag(tail)
    except InvalidTag as cause:
        raise FilesError("corrupt", "The file does not authenticate: the key or IV is wrong, or its bytes were changed.") from cause
    return tail


def _other_tag() -> FilesError:
    return FilesError("tag-mismatch", "The file has another tag than expected: it is not the file that was registered.")


def _data_nodes(size: int) -> int:
    return max(0, -(-(size - _HEAD) // _NODE))


def _tree_nodes(size: int) -> int:
    return -(-_data_nodes(size) // _DATA_PER_TREE)


def _tree_position(tree: int) -> int:
    return 1 + (_DATA_PER_TREE + 1) * tree


def _data_position(data: int) -> int:
    return data + 2 + data // _DATA_PER_TREE


def _metadata_key(user_key: bytes, key_id: bytes) -> bytes:
    block = bytearray(120)
    block[0:4] = (1).to_bytes(4, "little")
    block[4 : 4 + len(_LABEL)] = _LABEL
    block[80:112] = key_id
    block[112:116] = (0x80).to_bytes(4, "little")
    cmac = CMAC(algorithms.AES(user_key))
    cmac.update(bytes(block))
    return cmac.finalize()


def _seal(key: bytes, plaintext: bytes) -> tuple[bytes, bytes]:
    sealed = AESGCM(key).encrypt(_IV, plaintext, None)
    return sealed[:-16], sealed[-16:]


def _open(key: bytes, ciphertext: bytes, tag: bytes, what: str) -> bytes:
    try:
        return AESGCM(key).decrypt(_IV, ciphertext + tag, None)
    except InvalidTag as cause:
        raise FilesError("corrupt", f"{what} does not authenticate: the key is wrong, or its bytes were changed.") from cause


class _ProtectedWriter:
    """Memory: 16 bytes (a tag) for each 4096 bytes of content. Node keys are AES(secret of this file, node number)."""

    def __init__(self, user_key: bytes, name: str, target: BinaryIO) -> None:
        self._user_key = user_key
        self._name = check_name(name)
        self._target = target
        self._start = target.tell()
        self._head = bytearray()
        self._rest = bytearray()
        self._tags: list[bytes] = []
        self._size = 0
        secret = Cipher(algorithms.AES(secrets.token_bytes(16)), modes.ECB())  # noqa: S305 (a permutation of numbers)
        self._permutation = secret.encryptor()

    def _key(self, node: int) -> bytes:
        return self._permutation.update(node.to_bytes(16, "big"))

    def _put(self, node: int, data: bytes) -> None:
        self._target.seek(self._start + node * _NODE)
        self._target.write(data)

    def write(self, chunk: bytes) -> None:
        view = memoryview(chunk)
        self._size += len(view)
        if len(self._head) < _HEAD:
            taken = _HEAD - len(self._head)
            self._head += view[:taken]
            view = view[taken:]
        self._rest += view
        whole = len(self._rest) - len(self._rest) % _NODE
        for at in range(0, whole, _NODE):
            self._seal_data(bytes(self._rest[at : at + _NODE]))
        del self._rest[:whole]

    def _seal_data(self, plaintext: bytes) -> None:
        position = _data_position(len(self._tags))
        ciphertext, tag = _seal(self._key(position), plaintext)
        self._tags.append(tag)
        self._put(position, ciphertext)

    def finish(self) -> Encrypted:
        if self._rest:
            self._seal_data(bytes(self._rest).ljust(_NODE, b"\0"))
        trees = _tree_nodes(self._size)
        tags: dict[int, bytes] = {}
        # From the last to the root: a parent holds the tags of its children, which come after it.
        for tree in reversed(range(trees)):
            plaintext = bytearray(_NODE)
            first = tree * _DATA_PER_TREE
            for slot, tag in enumerate(self._tags[first : first + _DATA_PER_TREE]):
                plaintext[slot * _PAIR : (slot + 1) * _PAIR] = self._key(_data_position(first + slot)) + tag
            for child in range(_CHILDREN):
                number = tree * _CHILDREN + 1 + child
                if number < trees:
                    at = (_DATA_PER_TREE + child) * _PAIR
                    plaintext[at : at + _PAIR] = self._key(_tree_position(number)) + tags.pop(number)
            ciphertext, tags[tree] = _seal(self._key(_tree_position(tree)), bytes(plaintext))
            self._put(_tree_position(tree), ciphertext)
        tag = self._write_metadata(self._key(_tree_position(0)) + tags[0] if trees else bytes(_PAIR))
        return Encrypted(tag, self._size, _NODE * (1 + len(self._tags) + trees))

    def _write_metadata(self, root: bytes) -> bytes:
        plaintext = bytearray(_META)
        plaintext[: len(self._name)] = self._name
        plaintext[260:268] = self._size.to_bytes(8, "little")
        plaintext[268:300] = root
        plaintext[300 : 300 + len(self._head)] = self._head
        key_id = secrets.token_bytes(32)
        ciphertext, tag = _seal(_metadata_key(self._user_key, key_id), bytes(plaintext))
        node = bytearray(_NODE)
        node[0:8] = _FILE_ID.to_bytes(8, "little")
        node[8], node[10] = 1, 1  # version 1, with a user's key
        node[16:48] = key_id
        node[80:96] = tag
        node[96 : 96 + _META] = ciphertext
        self._put(0, bytes(node))
        return tag


class _Nodes:
    """Cuts a stream into nodes."""

    def __init__(self, source: Iterable[bytes]) -> None:
        self._source = iter(source)
        self._buffer = bytearray()

    def next(self, what: str) -> bytes:
        while len(self._buffer) < _NODE:
            more = next(self._source, None)
            if more is None:
                raise FilesError("truncated", f"The file ends within {what}: fetch it again, whole.")
            self._buffer += more
        node = bytes(self._buffer[:_NODE])
        del self._buffer[:_NODE]
        return node

    def end(self) -> None:
        if self._buffer or any(self._source):
            raise FilesError("corrupt", "There are bytes behind the end of the file.")


def _decrypt_protected(source: Iterable[bytes], key: bytes, name: str | None, expected: bytes | None) -> Generator[bytes, None, bytes]:
    """Returns the tag, as the value of its end. Every piece is authentic; the content is whole only at the end."""
    nodes = _Nodes(source)
    node = nodes.next("the metadata node")
    if int.from_bytes(node[:8], "little") != _FILE_ID or node[8] != 1 or node[10] != 1:
        raise FilesError("unsupported-format", "This is no teaclave-file-128 file of version 1 with a user key.")
    if node[11] != 0:
        raise FilesError("unfinished-write", "The file was left in the middle of a write: encrypt it anew.")
    tag = node[80:96]
    if expected is not None and not hmac.compare_digest(tag, expected):
        raise _other_tag()
    plaintext = _open(_metadata_key(key, node[16:48]), node[96 : 96 + _META], tag, "The file")
    stored = plaintext[:260].split(b"\0", 1)[0]
    if name is not None and stored != check_name(name):
        raise FilesError("name-mismatch", f"The file was stored as {stored[:80].decode('utf8', 'replace')!r}, not as {name!r}.")
    size = int.from_bytes(plaintext[260:268], "little")
    if size >= 1 << 53:
        raise FilesError("corrupt", f"The file claims {size} bytes.")
    yield plaintext[300 : 300 + min(size, _HEAD)]
    left, data, trees = size - _HEAD, _data_nodes(size), _tree_nodes(size)
    pending = [plaintext[268:300]]
    for tree in range(trees):
        pair = pending.pop(0)
        pairs = _open(pair[:16], nodes.next(f"tree node {tree}"), pair[16:], f"Tree node {tree}")
        for child in range(_CHILDREN):
            if tree * _CHILDREN + 1 + child < trees:
                at = (_DATA_PER_TREE + child) * _PAIR
                pending.append(pairs[at : at + _PAIR])
        parts = []
        for slot in range(min(_DATA_PER_TREE, data)):
            at = slot * _PAIR
            parts.append(_open(pairs[at : at + 16], nodes.next("a data node"), pairs[at + 16 : at + 32], "A data node"))
        data -= len(parts)
        chunk = b"".join(parts)[:left]
        left -= len(chunk)
        yield chunk
    nodes.end()
    return tag
