"""Data: encrypted here, kept by the platform as ciphertext, registered with its key for approved tasks only."""

from __future__ import annotations

import io
import os
import pathlib
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Union

from ._proto.gaiwan.v1 import platform_pb2 as v1
from ._proto.teaclave import teaclave_common_pb2 as common
from ._proto.teaclave import teaclave_frontend_service_pb2 as api
from .errors import FilesError, GaiwanError
from .files import Decrypted, Encrypted, FileKey, PendingFile, check_name, chunks_of, decrypt, encrypt, open_plain
from .manifest import Manifest, file_commitment
from .pages import Page
from .progress import Progress, Reporter
from .rpc import FRONTEND, Rpc
from .secret import Secret
from .tables import read_arrow, read_frame, write_table
from .transfer import DownloadGrant, ciphertext, upload

if TYPE_CHECKING:
    import pandas
    import pyarrow

_SERVICE = "gaiwan.v1.DataService"
Path = Union[str, pathlib.Path]
#: A path, the content itself, or a table of pandas or Arrow.
Source = Union[str, pathlib.Path, bytes, "pandas.DataFrame", "pyarrow.Table"]


@dataclass(frozen=True)
class DataItem:
    data_id: str
    owners: tuple[str, ...]
    name: str
    schema: str
    #: Empty for an output that nothing was written to yet.
    tag: bytes


@dataclass(frozen=True)
class DataInfo:
    owners: tuple[str, ...]
    tag: bytes


@dataclass(frozen=True)
class Uploaded:
    data_id: str
    url: str
    #: 16 bytes: it fixes the content.
    tag: bytes
    plaintext_size: int
    #: Keep it: nobody else has it.
    key: FileKey = field(repr=False)


@dataclass(frozen=True)
class Deletion:
    deleted: bool
    #: Whose word is missing.
    waiting_for: tuple[str, ...]


class RegisteredFiles:
    """What this client knows of the files that it registered: no manifest may name them with another key or place."""

    def __init__(self) -> None:
        self._commitments: dict[str, str] = {}

    def add(self, data_id: str, url: str, key: FileKey) -> None:
        self._commitments[data_id] = file_commitment(url, key)

    def add_copy(self, data_id: str, of: str) -> None:
        if of in self._commitments:
            self._commitments[data_id] = self._commitments[of]

    def check(self, manifest: Manifest) -> None:
        """Raises `GaiwanError` (bad-manifest)."""
        for one in (*manifest.inputs, *manifest.outputs):
            if self._commitments.get(one.id, one.commitment) != one.commitment:
                raise GaiwanError(
                    "bad-manifest",
                    f"The platform's manifest cannot be approved: it names {one.id} with another key or place than this client "
                    "registered. Do not approve it by any other way, and tell the operator.",
                )


def _crypto(key: FileKey) -> common.FileCryptoInfo:
    return common.FileCryptoInfo(schema=key.scheme, key=key.key, iv=key.iv)


class Data:
    def __init__(self, rpc: Rpc, registered: RegisteredFiles) -> None:
        self._rpc = rpc
        self._registered = registered

    def encrypt_and_upload(
        self,
        source: Source,
        name: str | None = None,
        *,
        key: FileKey | None = None,
        format: str = "csv",
        progress: Progress = False,
    ) -> Uploaded:
        """Encrypts on this machine, uploads the ciphertext and registers it as an input.

        source: a path, bytes, or a table of pandas or Arrow, which becomes CSV, Parquet or an Arrow file (`format`).
        name: the stored name; default: that of the path. key: default, a new one of aes-gcm-256: keep what is returned.
        Interrupted, it discards what was uploaded; nothing is registered then. Raises `GaiwanError`, `FilesError`.
        """
        found = name or (pathlib.Path(source).name if isinstance(source, (str, pathlib.Path)) else f"table.{format}")
        check_name(found)
        key = key or FileKey.generate()
        with ExitStack() as stack:
            report = stack.enter_context(Reporter(progress))
            plain = stack.enter_context(_plaintext(source, format))
            # Ciphertext, so that it may lie in a temporary file; it has no name there, and is gone when it is closed.
            file = stack.enter_context(tempfile.TemporaryFile(prefix="gaiwan-"))
            total = os.fstat(plain.fileno()).st_size if isinstance(source, (str, pathlib.Path)) else None
            encrypted = encrypt(_told(plain, report, total), file, key, found)
            url = upload(self._rpc, file, encrypted.size, found, lambda done, all_: report("upload", done, all_))
        data_id = self.register_input(url, encrypted.tag, key)
        return Uploaded(data_id, url, encrypted.tag, encrypted.plaintext_size, key)

    def register_input(self, url: str, tag: bytes, key: FileKey) -> str:
        """Returns the data id."""
        request = api.RegisterInputFileRequest(url=url, cmac=tag, crypto_info=_crypto(key))
        data_id = self._rpc.call(FRONTEND, "RegisterInputFile", request, api.RegisterInputFileResponse).data_id
        self._registered.add(data_id, url, key)
        return data_id

    def register_output(self, url: str, key: FileKey) -> str:
        """Returns the data id."""
        request = api.RegisterOutputFileRequest(url=url, crypto_info=_crypto(key))
        data_id = self._rpc.call(FRONTEND, "RegisterOutputFile", request, api.RegisterOutputFileResponse).data_id
        self._registered.add(data_id, url, key)
        return data_id

    def create_output(self, name: str, key: FileKey) -> str:
        """Reserves a place for a task's output and registers it with the key that the worker will use. Returns the data id."""
        return self.register_output(self.reserve_output(name), key)

    def reserve_output(self, name: str) -> str:
        """Reserves a place alone, and returns its URL, to be registered."""
        return self._rpc.call(_SERVICE, "CreateOutput", v1.CreateOutputRequest(name=name), v1.CreateOutputResponse).url

    def update_input(self, data_id: str, url: str) -> str:
        """The same file at another URL, under the new id that is returned."""
        request = api.UpdateInputFileRequest(data_id=data_id, url=url)
        return self._rpc.call(FRONTEND, "UpdateInputFile", request, api.UpdateInputFileResponse).data_id

    def update_output(self, data_id: str, url: str) -> str:
        request = api.UpdateOutputFileRequest(data_id=data_id, url=url)
        return self._rpc.call(FRONTEND, "UpdateOutputFile", request, api.UpdateOutputFileResponse).data_id

    def fusion(self, owners: Sequence[str]) -> str:
        """An output that several own together: nobody ever sees its key, but tasks of all of them may read it."""
        request = api.RegisterFusionOutputRequest(owner_list=owners)
        return self._rpc.call(FRONTEND, "RegisterFusionOutput", request, api.RegisterFusionOutputResponse).data_id

    def from_output(self, output_id: str) -> str:
        """Makes a written output usable as an input."""
        request = api.RegisterInputFromOutputRequest(data_id=output_id)
        answer = self._rpc.call(FRONTEND, "RegisterInputFromOutput", request, api.RegisterInputFromOutputResponse)
        self._registered.add_copy(answer.data_id, output_id)
        return answer.data_id

    def get_input(self, data_id: str) -> DataInfo:
        found = self._rpc.call(FRONTEND, "GetInputFile", api.GetInputFileRequest(data_id=data_id), api.GetInputFileResponse)
        return DataInfo(tuple(found.owner), found.cmac)

    def get_output(self, data_id: str) -> DataInfo:
        found = self._rpc.call(FRONTEND, "GetOutputFile", api.GetOutputFileRequest(data_id=data_id), api.GetOutputFileResponse)
        return DataInfo(tuple(found.owner), found.cmac)

    def discard_upload(self, url: str) -> None:
        """Forgets an upload that is not finished; its announced bytes are given back to the quota."""
        self._rpc.call(_SERVICE, "DiscardUpload", v1.DiscardUploadRequest(url=url), v1.DiscardUploadResponse)

    def create_download(self, data_id: str) -> DownloadGrant:
        """A short-lived capability to GET the ciphertext."""
        request = v1.CreateDownloadRequest(data_id=data_id)
        found = self._rpc.call(_SERVICE, "CreateDownload", request, v1.CreateDownloadResponse)
        return DownloadGrant(found.path, Secret(found.capability), found.size, found.cmac, found.name, found.schema)

    def download(self, data_id: str, path: Path, key: FileKey, *, tag: bytes | None = None, progress: Progress = False) -> Decrypted:
        """Downloads, decrypts and checks a file, which appears at `path` only once everything is authentic.

        tag: that the file must have, e.g. of the task's result; the platform's record is checked in any case.
        Raises `GaiwanError`, `FilesError`.
        """
        with PendingFile(path) as pending:
            return self._fetch(data_id, pending.file, key, tag, progress)

    def read(self, data_id: str, key: FileKey, *, tag: bytes | None = None) -> bytes:
        """As `download`, into memory."""
        target = io.BytesIO()
        self._fetch(data_id, target, key, tag, False)
        return target.getvalue()

    def read_frame(
        self,
        data_id: str,
        key: FileKey,
        *,
        tag: bytes | None = None,
        format: str = "csv",
        **options: Any,
    ) -> pandas.DataFrame:
        """As `download`, as a DataFrame. options: of pandas' `read_csv`."""
        return read_frame(io.BytesIO(self.read(data_id, key, tag=tag)), format, **options)

    def read_arrow(self, data_id: str, key: FileKey, *, tag: bytes | None = None, format: str = "csv") -> pyarrow.Table:
        """As `download`, as a Table of Arrow."""
        return read_arrow(io.BytesIO(self.read(data_id, key, tag=tag)), format)

    def delete(self, data_id: str) -> Deletion:
        """Deletes an input or output, and its file where nothing else has it. Of what belongs to several, the last word of them does."""
        found = self._rpc.call(_SERVICE, "DeleteData", v1.DeleteDataRequest(data_id=data_id), v1.DeleteDataResponse)
        return Deletion(found.deleted, tuple(found.waiting_for))

    def list(self, *, page_token: str = "", page_size: int = 0) -> Page[DataItem]:
        """One page of the caller's data."""
        request = v1.ListDataRequest(page_token=page_token, page_size=page_size)
        answer = self._rpc.call(_SERVICE, "ListData", request, v1.ListDataResponse)
        items = tuple(DataItem(one.data_id, tuple(one.owners), one.name, one.schema, one.cmac) for one in answer.items)
        return Page(items, answer.next_page_token)

    def list_all(self) -> Iterator[DataItem]:
        token = ""
        while True:
            page = self.list(page_token=token)
            yield from page.items
            token = page.next_page_token
            if not token:
                return

    def _fetch(self, data_id: str, target: Any, key: FileKey, tag: bytes | None, progress: Progress) -> Decrypted:
        grant = self.create_download(data_id)
        if not grant.tag:
            raise GaiwanError("nothing-written", f"Nothing has been written to {grant.name} yet: wait for the task's end.")
        if grant.schema != key.scheme:
            raise GaiwanError("wrong-scheme", f"The file is encrypted with {grant.schema}, the key is for {key.scheme}.")
        if tag is not None and tag != grant.tag:
            raise FilesError("tag-mismatch", f"The file should have the tag {tag.hex()}, but the platform says it has {grant.tag.hex()}.")
        with Reporter(progress) as report:
            chunks = ciphertext(
                self._rpc, grant, lambda: self.create_download(data_id), lambda done, total: report("download", done, total)
            )
            return decrypt(chunks, target.write, key, name=grant.name, tag=grant.tag)


def _plaintext(source: Source, format: str) -> BinaryIO:
    if isinstance(source, (str, pathlib.Path)):
        return open_plain(source)
    if isinstance(source, bytes):
        return io.BytesIO(source)
    # Plaintext never goes to a disk.
    target = io.BytesIO()
    write_table(source, target, format)
    return io.BytesIO(target.getvalue())


def _told(file: BinaryIO, report: Reporter, total: int | None) -> Iterator[bytes]:
    done = 0
    for chunk in chunks_of(file):
        yield chunk
        done += len(chunk)
        report("encrypt", done, total)


__all__ = ["Data", "DataInfo", "DataItem", "Deletion", "Encrypted", "RegisteredFiles", "Uploaded"]
