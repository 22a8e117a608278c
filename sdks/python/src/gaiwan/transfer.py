"""Files over plain PUT and GET of the frontend's port; an upload goes on where it broke."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ._proto.gaiwan.v1 import platform_pb2 as v1
from .errors import GaiwanError
from .rpc import Rpc, current_cancel
from .secret import Secret

CHUNK = 1 << 20
_SERVICE = "gaiwan.v1.DataService"
_UPLOAD_ATTEMPTS = 6
_DOWNLOAD_ATTEMPTS = 4
_FIRST_PAUSE = 0.1
#: Refusals that asking for a fresh capability or for the right offset may cure.
_CURABLE = {401, 403, 409, 429, 500, 502, 503}
_BROKEN = {"connection-lost", "cannot-connect"}
_PASSING = {"connection-lost", "too-many-calls", "too-much-in-flight"}


@dataclass(frozen=True)
class DownloadGrant:
    path: str
    capability: Secret
    #: Bytes of ciphertext.
    size: int
    #: The tag that the platform has on record; empty where nothing was written yet.
    tag: bytes
    name: str
    schema: str = field(default="")


Tell = Callable[[int, int], object]


def upload(rpc: Rpc, file: BinaryIO, size: int, name: str, tell: Tell, begun: Callable[[str], object] = lambda _url: None) -> str:
    """Uploads what is in a file and returns its URL. An upload that is given up (also by Ctrl-C) is discarded: nothing of it stays.

    begun: is told the URL before the first byte is sent.
    """
    made = rpc.call(_SERVICE, "CreateUpload", v1.CreateUploadRequest(name=name, size=size), v1.CreateUploadResponse)
    try:
        begun(made.url)
        _send_all(rpc, file, size, made, tell)
    except BaseException as error:
        _discard(rpc, made.url, error)
        raise
    return made.url


def _discard(rpc: Rpc, url: str, error: BaseException) -> None:
    cancel = current_cancel.set(None)
    try:
        rpc.call(_SERVICE, "DiscardUpload", v1.DiscardUploadRequest(url=url), v1.DiscardUploadResponse)
        told = "The unfinished upload was discarded: nothing of it stays on the platform, and nothing was registered."
    except GaiwanError as refusal:
        # It counts towards the user's quota until the platform forgets it, after a day.
        told = f"The unfinished upload {url} could not be discarded ({refusal.code}): the platform forgets it after a day."
    finally:
        current_cancel.reset(cancel)
    _note(error, told)


def _note(error: BaseException, text: str) -> None:
    if hasattr(error, "add_note"):  # Python 3.11
        error.add_note(text)


def _send_all(rpc: Rpc, file: BinaryIO, size: int, made: v1.CreateUploadResponse, tell: Tell) -> None:
    path, capability, offset, fruitless = made.path, made.capability, 0, 0
    while True:
        start = offset
        if offset > size:
            raise GaiwanError("upload-failed", f"The platform says that {offset} bytes of {size} have arrived.")
        try:
            status, refusal = _put(rpc, file, size, path, capability, offset, tell)
            if refusal is None:
                return
            if status not in _CURABLE:
                raise refusal
            problem = refusal
        except GaiwanError as error:
            if error.code not in _BROKEN:
                raise
            problem = error
        try:
            request = v1.ResumeUploadRequest(url=made.url)
            state = rpc.call(_SERVICE, "ResumeUpload", request, v1.ResumeUploadResponse)
            if state.complete:
                return
            path, capability, offset = state.path, state.capability, state.received
        except GaiwanError as error:
            if error.code not in _BROKEN:
                raise
        fruitless = 0 if offset > start else fruitless + 1
        if fruitless == _UPLOAD_ATTEMPTS:
            raise GaiwanError(
                "upload-failed", f"The upload stopped at {offset} of {size} bytes and does not continue: {problem.message}"
            ) from problem
        if fruitless:
            time.sleep(_FIRST_PAUSE * 2**fruitless)


def _put(rpc: Rpc, file: BinaryIO, size: int, path: str, capability: str, offset: int, tell: Tell) -> tuple[int, GaiwanError | None]:
    def chunks() -> Iterator[bytes]:
        file.seek(offset)
        done = offset
        while done < size:
            data = file.read(min(CHUNK, size - done))
            if not data:
                raise GaiwanError("upload-failed", f"The file became shorter while it was uploaded: {done} bytes.")
            yield data
            done += len(data)
            tell(done, size)

    headers = {
        "authorization": f"Bearer {capability}",
        "content-type": "application/octet-stream",
        "content-length": str(size - offset),
        "gaiwan-offset": str(offset),
    }
    exchange = rpc.frontend.request("PUT", path, headers, chunks(), current_cancel.get())
    try:
        if 200 <= exchange.status < 300:
            exchange.read(CHUNK)
            return exchange.status, None
        return exchange.status, exchange.refusal()
    finally:
        exchange.end()


def ciphertext(rpc: Rpc, first: DownloadGrant, renew: Callable[[], DownloadGrant], tell: Tell) -> Iterator[bytes]:
    """The bytes of a file, taken up again where a connection broke. Whether it is still the same file, its tag will tell."""
    grant, done, fruitless = first, 0, 0
    while done < first.size:
        start = done
        try:
            for chunk in _get(rpc, grant, done):
                done += len(chunk)
                tell(done, first.size)
                yield chunk
            if done >= first.size:
                return
            problem = GaiwanError("connection-lost", f"The download ended at {done} of {first.size} bytes.")
        except GaiwanError as error:
            if error.code not in _PASSING:
                raise
            problem = error
        fruitless = 0 if done > start else fruitless + 1
        if fruitless == _DOWNLOAD_ATTEMPTS:
            raise problem
        time.sleep(2 * _FIRST_PAUSE)
        grant = renew()


def _get(rpc: Rpc, grant: DownloadGrant, offset: int) -> Iterator[bytes]:
    headers = {"authorization": f"Bearer {grant.capability.reveal()}"}
    if offset:
        headers["range"] = f"bytes={offset}-"
    exchange = rpc.frontend.request("GET", grant.path, headers, None, current_cancel.get())
    try:
        if exchange.status != (206 if offset else 200):
            raise exchange.refusal()
        while data := exchange.read(CHUNK):
            yield data
    finally:
        exchange.end()
