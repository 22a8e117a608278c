"""One port of a platform: attested connections, made when they are needed, and calls over them (the Connect protocol over HTTP/1.1)."""

from __future__ import annotations

import base64
import binascii
import http.client
import json
import os
import threading
import time
import urllib.parse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from google.protobuf.message import DecodeError, Message

from .._proto.gaiwan.v1 import platform_pb2
from ..attestation import Policy, Refusal, VerifiedCertificate, appraise, verify_certificate
from ..attestation.quote import Quote, parse_quote
from ..attestation.ratls import evidence_in
from ..errors import GaiwanError, UntrustedPeer
from ..state import PlatformState, StateAnswer, StateGuard
from ..trust import Trust
from .binding import CONNECTION_BYTES, SESSION_SIGNING_AGE, About, connection_binding, require_connection
from .tls import Cancel, TlsSocket, connection_lost

MAX_MESSAGE = 64 << 20
MAX_EVIDENCE = 1 << 20
MAX_REFUSAL = 64 << 10
MAXIMUM_AGE = 3600
CONFIRMING_SECONDS = 15.0
SILENCE_SECONDS = 120.0
#: A connection that was idle for longer may be ending at the other side just now.
IDLE_SECONDS = 3.0
_IDLE_KEPT = 4

M = TypeVar("M", bound=Message)
Headers = Mapping[str, str]


class InstancePin:
    """The instance that all connections of a client must lead to: a given one, or the first that is seen."""

    def __init__(self, instance: str | None) -> None:
        self._id = None if instance is None else instance.lower()
        self._lock = threading.Lock()

    @property
    def id(self) -> str | None:
        return self._id

    def require(self, instance: str) -> None:
        with self._lock:
            if self._id is None:
                self._id = instance
        if instance != self._id:
            raise UntrustedPeer(
                "wrong-instance", f"It runs what you accept, and is another instance of it: {instance}, where {self._id} is meant."
            )


@dataclass(frozen=True)
class Confirmed:
    """Who is at the other end of a connection, which instance, and in which state it was."""

    verified: VerifiedCertificate
    #: 64 hexadecimal digits.
    instance: str
    #: `evidence` about the connection, or a `session-signing-key` that evidence named.
    form: str
    state: PlatformState | None = None

    @property
    def simulated(self) -> bool:
        return self.verified.simulated


class Verifier:
    """Judges certificates by roots and policies that the client's owner chose."""

    def __init__(self, trust: Trust, service: str) -> None:
        self._trust = trust
        self._policies: Sequence[Policy] = trust.policies[service]

    def verify(self, certificate: bytes, *, session_key: bytes | None = None, about: About | None = None) -> VerifiedCertificate:
        """Raises `UntrustedPeer`."""
        at = round(time.time() * 1000)
        try:
            quote = _quote_in(certificate)
            endorsements = self._trust.endorsements(quote)
            verified = verify_certificate(certificate, endorsements, at=at, anchors=self._trust.anchors, session_key=session_key)
            self._appraise(verified, at, SESSION_SIGNING_AGE if about is not None and about.signature else None)
        except Refusal as cause:
            raise UntrustedPeer(cause.reason, cause.message) from cause
        if about is not None:
            require_connection(verified.claims, about, at)
        return verified

    def _appraise(self, verified: VerifiedCertificate, at: int, oldest: int | None) -> None:
        first: Refusal | None = None
        for policy in self._policies:
            age = policy.get("maximumAge", MAXIMUM_AGE)
            limited = {**policy, "maximumAge": age if oldest is None else min(age, oldest)}
            try:
                appraise(verified, limited, at)
                return
            except Refusal as refusal:
                first = first or refusal
        raise first or Refusal("policy-measurement", "No policy was given, so every peer is rejected.")


def _quote_in(certificate: bytes) -> Quote:
    return parse_quote(evidence_in(certificate))


class Connection:
    """An attested, confirmed connection. One thread at a time."""

    def __init__(self, socket: TlsSocket, http_connection: http.client.HTTPConnection, peer: Confirmed) -> None:
        self.socket = socket
        self.http = http_connection
        self.peer = peer
        self.used = time.monotonic()

    def is_usable(self) -> bool:
        return time.monotonic() - self.used < IDLE_SECONDS and self.socket.is_idle()

    def close(self) -> None:
        self.socket.close()


class Service:
    """A port: `https://host:port`."""

    def __init__(self, url: str, what: str, verifier: Verifier, pin: InstancePin, guard: StateGuard) -> None:
        self.host, self.port = address_of(url, what)
        self._verifier, self._pin, self._guard = verifier, pin, guard
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        self._busy: set[TlsSocket] = set()

    @property
    def where(self) -> str:
        return f"{self.host}:{self.port}"

    def peer(self, cancel: Cancel | None = None) -> Confirmed:
        """Connects where no connection is there, and tells who is at its other end."""
        connection = self._take(cancel)
        self._give_back(connection)
        return connection.peer

    def close(self) -> None:
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = list(self._busy)
        for connection in idle:
            connection.close()
        for socket in busy:
            socket.abort()

    def call(self, path: str, request: Message, answer: type[M], headers: Headers, cancel: Cancel | None = None) -> M:
        connection = self._take(cancel)
        try:
            found = _unary(connection.http, path, request, answer, headers, MAX_MESSAGE)
        except BaseException as error:
            self._discard(connection)
            raise self._error(error, cancel) from error
        self._give_back(connection)
        if isinstance(found, GaiwanError):
            raise found
        return found

    def stream(self, path: str, request: Message, answer: type[M], headers: Headers, cancel: Cancel | None = None) -> Iterator[M]:
        """Messages until the server ends the stream. Raises `GaiwanError`."""
        connection = self._take(cancel)
        try:
            connection.socket.timeout = None
            yield from _stream(connection.http, path, request, answer, headers)
        except GeneratorExit:
            raise
        except BaseException as error:
            raise self._error(error, cancel) from error
        finally:
            self._discard(connection)

    def request(
        self,
        method: str,
        path: str,
        headers: Headers,
        body: Iterable[bytes] | None = None,
        cancel: Cancel | None = None,
    ) -> Exchange:
        """For files: the answer is read by the caller, who ends the exchange."""
        if urllib.parse.urlsplit(path).netloc or not path.startswith("/") or path.startswith("//"):
            raise GaiwanError("bad-answer", "The platform named a path on another host. Nothing was sent.")
        connection = self._take(cancel)
        try:
            return Exchange(self, connection, method, path, headers, body, cancel)
        except BaseException as error:
            self._discard(connection)
            raise self._error(error, cancel) from error

    def _take(self, cancel: Cancel | None) -> Connection:
        while True:
            with self._lock:
                if self._closed:
                    raise GaiwanError("closed", "This client was closed: connect again.")
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                break
            if connection.is_usable():
                if cancel is not None:
                    cancel.add(connection.socket.abort)
                with self._lock:
                    self._busy.add(connection.socket)
                return connection
            connection.close()
        try:
            connection = self._connect(cancel)
        except UntrustedPeer as cause:
            raise untrusted_server(self.where, cause) from cause
        with self._lock:
            self._busy.add(connection.socket)
        return connection

    def _give_back(self, connection: Connection) -> None:
        connection.used = time.monotonic()
        with self._lock:
            self._busy.discard(connection.socket)
            keep = not self._closed and len(self._idle) < _IDLE_KEPT
            if keep:
                self._idle.append(connection)
        if not keep:
            connection.close()

    def _discard(self, connection: Connection) -> None:
        with self._lock:
            self._busy.discard(connection.socket)
        connection.close()

    def _error(self, error: BaseException, cancel: Cancel | None) -> BaseException:
        if isinstance(error, GaiwanError) or not isinstance(error, Exception):
            return error
        if self._closed:
            return GaiwanError("closed", "This client was closed while it waited.")
        if cancel is not None and cancel.cancelled:
            return GaiwanError("aborted", "The call was given up.")
        if isinstance(error, (OSError, http.client.HTTPException)):
            return connection_lost(self.where)
        return error

    def _connect(self, cancel: Cancel | None) -> Connection:
        """Judged before anything is sent, and confirmed before anything but a nonce is."""
        socket = TlsSocket(self.host, self.port, protocols=(b"http/1.1",), timeout=CONFIRMING_SECONDS, cancel=cancel)
        try:
            certificate = socket.certificate
            if not certificate:
                raise UntrustedPeer("no-certificate", "The server presents no certificate.")
            verified = self._verifier.verify(certificate)
            connection = http.client.HTTPConnection(self.host, self.port)
            # http.client asks for sendall, makefile and close alone, which this has.
            connection.sock = socket
            confirmed = self._confirm(socket, connection, verified)
            state = self._guard.check(confirmed.instance, lambda nonce, seen: _ask_state(connection, nonce, seen))
            socket.timeout = SILENCE_SECONDS
            return Connection(socket, connection, replace(confirmed, state=state))
        except BaseException as error:
            socket.close()
            if isinstance(error, UntrustedPeer):
                raise
            raise self._error(error, cancel) from error

    def _confirm(self, socket: TlsSocket, connection: http.client.HTTPConnection, verified: VerifiedCertificate) -> Confirmed:
        nonce = os.urandom(CONNECTION_BYTES)
        said = _unary(
            connection,
            "/gaiwan.v1.AttestationService/GetConnectionEvidence",
            platform_pb2.GetConnectionEvidenceRequest(nonce=nonce),
            platform_pb2.GetConnectionEvidenceResponse,
            {},
            MAX_EVIDENCE,
        )
        if isinstance(said, GaiwanError):
            raise said
        instance = said.instance_id
        if len(instance) != CONNECTION_BYTES:
            raise UntrustedPeer("malformed", f"An instance id has {CONNECTION_BYTES} bytes, not {len(instance)}.")
        binding = connection_binding(nonce=nonce, exporter=socket.exporter(), session_key=verified.spki, instance=instance)
        about = About(binding, instance, said.signature)
        fresh = self._verifier.verify(said.certificate, session_key=verified.spki, about=about)
        self._pin.require(instance.hex())
        return Confirmed(fresh, instance.hex(), "session-signing-key" if said.signature else "evidence")


class Exchange:
    """One request over plain HTTP, and its answer."""

    def __init__(
        self,
        service: Service,
        connection: Connection,
        method: str,
        path: str,
        headers: Headers,
        body: Iterable[bytes] | None,
        cancel: Cancel | None,
    ) -> None:
        self._service, self._connection, self._cancel = service, connection, cancel
        self._whole = True
        connection.http.putrequest(method, path, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.http.putheader(name, value)
        connection.http.endheaders()
        for chunk in body or ():
            # The server may answer before it has everything, e.g. that its disk is full.
            if not connection.socket.is_idle():
                self._whole = False
                break
            connection.http.send(chunk)
        self._response = connection.http.getresponse()
        self.status = self._response.status

    def read(self, size: int) -> bytes:
        try:
            return self._response.read(size)
        except BaseException as error:
            raise self._service._error(error, self._cancel) from error

    def refusal(self) -> GaiwanError:
        """Of an answer that is none of success."""
        try:
            told = json.loads(self.read(MAX_REFUSAL))
            code, message = told["code"], told["message"]
            if isinstance(code, str) and isinstance(message, str):
                return GaiwanError(code, message)
        except (ValueError, KeyError, TypeError, GaiwanError):
            pass
        return GaiwanError("bad-answer", f"The platform answered with HTTP status {self.status}.")

    def end(self) -> None:
        if self._whole and self._response.isclosed() and not self._response.will_close:
            self._service._give_back(self._connection)
        else:
            self._service._discard(self._connection)


def address_of(text: str, what: str) -> tuple[str, int]:
    try:
        parts = urllib.parse.urlsplit(text)
        port = parts.port or 443
    except ValueError:
        parts, port = urllib.parse.urlsplit(""), 0
    if parts.scheme != "https" or not parts.hostname or parts.path not in ("", "/") or parts.query or parts.username:
        raise GaiwanError("bad-connection-options", f"The {what} address must look like https://host:port; this is {text!r}.")
    return parts.hostname, port


def untrusted_server(where: str, refusal: UntrustedPeer) -> GaiwanError:
    if refusal.reason == "wrong-instance":
        return GaiwanError(
            "wrong-instance",
            f"{where} is not the platform that you mean. {refusal.message} Nothing but a nonce was sent.",
            reason=refusal.reason,
        )
    return GaiwanError(
        "untrusted-server",
        f"{where} is not a platform that you trust. {refusal.message} Nothing but a nonce was sent.",
        reason=refusal.reason,
    )


def _unary(
    connection: http.client.HTTPConnection, path: str, request: Message, answer: type[M], headers: Headers, most: int
) -> M | GaiwanError:
    """A refusal of the platform is returned: the connection goes on."""
    sent = {"content-type": "application/proto", "connect-protocol-version": "1", **headers}
    connection.request("POST", path, request.SerializeToString(deterministic=True), sent)
    response = connection.getresponse()
    data = response.read(most + 1)
    if len(data) > most:
        raise GaiwanError("bad-answer", f"The platform answered with more than {most} bytes.")
    if response.status != 200:
        return _refusal(data, response.status)
    if response.getheader("content-type", "").split(";")[0] != "application/proto":
        raise GaiwanError("bad-answer", "The answer is not one that a platform gives.")
    return _decoded(data, answer)


def _decoded(data: bytes, answer: type[M]) -> M:
    try:
        return answer.FromString(data)
    except DecodeError as cause:
        raise GaiwanError("bad-answer", "The answer is not one that a platform gives.") from cause


def _stream(connection: http.client.HTTPConnection, path: str, request: Message, answer: type[M], headers: Headers) -> Iterator[M]:
    body = request.SerializeToString(deterministic=True)
    sent = {"content-type": "application/connect+proto", "connect-protocol-version": "1", **headers}
    connection.request("POST", path, b"\0" + len(body).to_bytes(4, "big") + body, sent)
    response = connection.getresponse()
    if response.status != 200:
        raise _refusal(response.read(MAX_REFUSAL), response.status)
    while True:
        head = _exactly(response, 5)
        length = int.from_bytes(head[1:], "big")
        if head[0] not in (0, 2) or length > MAX_MESSAGE:
            raise GaiwanError("bad-answer", "The answer is not one that a platform gives.")
        data = _exactly(response, length)
        if head[0] == 0:
            yield _decoded(data, answer)
            continue
        end = _json_object(data)
        if end.get("error") is not None:
            raise _told(end["error"], 0)
        return


def _exactly(response: http.client.HTTPResponse, length: int) -> bytes:
    parts = bytearray()
    while len(parts) < length:
        piece = response.read(length - len(parts))
        if not piece:
            raise ConnectionResetError("the stream ended in the middle")
        parts += piece
    return bytes(parts)


def _json_object(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refusal(data: bytes, status: int) -> GaiwanError:
    return _told(_json_object(data[:MAX_MESSAGE]), status)


#: For answers without a detail, e.g. of a proxy in between.
_CODES = {
    "canceled": "aborted",
    "aborted": "connection-lost",
    "unavailable": "connection-lost",
}


def _told(error: Any, status: int) -> GaiwanError:
    told = error if isinstance(error, dict) else {}
    details = told.get("details")
    for detail in details if isinstance(details, list) else []:
        if isinstance(detail, dict) and detail.get("type") == "gaiwan.v1.ErrorInfo" and isinstance(detail.get("value"), str):
            value = detail["value"]
            try:
                info = platform_pb2.ErrorInfo.FromString(base64.b64decode(value + "=" * (-len(value) % 4)))
            except (DecodeError, binascii.Error):
                continue
            return GaiwanError(
                info.code,
                info.message or str(told.get("message", "")),
                subjects=list(info.subjects),
                policy_id=info.policy_id or None,
                retry_after_ms=info.retry_after_ms or None,
                platform_time=info.platform_time or None,
            )
    code = str(told.get("code", "bad-answer")).replace("_", "-")
    message = str(told.get("message") or f"The platform answered with HTTP status {status}.")
    return GaiwanError(_CODES.get(code, code), message)


def _ask_state(connection: http.client.HTTPConnection, nonce: bytes, seen: PlatformState | None) -> StateAnswer:
    request = platform_pb2.GetStateRequest(nonce=nonce)
    if seen is not None:
        request.seen.CopyFrom(platform_pb2.SeenState(epoch=seen.epoch, commits=seen.commits, run=seen.run))
    said = _unary(connection, "/gaiwan.v1.StateService/GetState", request, platform_pb2.GetStateResponse, {}, MAX_EVIDENCE)
    if isinstance(said, GaiwanError):
        raise said
    return StateAnswer(
        epoch=said.epoch,
        commits=said.commits,
        digest=said.digest,
        run=said.run,
        public_key=said.public_key,
        signature=said.signature,
        follows=said.follows,
        time=said.time,
    )
