"""TLS 1.3 whose other side is judged by evidence, over a socket that never blocks for good.

Python's `ssl` has no exporter (RFC 5705), without which evidence cannot be about one connection: so this is OpenSSL by pyOpenSSL.
"""

from __future__ import annotations

import contextlib
import functools
import io
import ipaddress
import select
import socket
import time
from collections.abc import Callable
from typing import Any

from OpenSSL import SSL

from ..errors import GaiwanError
from .binding import EXPORTER

#: Bytes of one write to TLS.
_PIECE = 64 << 10


class Cancel:
    """Ends what another thread waits for."""

    def __init__(self) -> None:
        self.cancelled = False
        self._stops: list[Callable[[], None]] = []

    def add(self, stop: Callable[[], None]) -> None:
        self._stops.append(stop)
        if self.cancelled:
            stop()

    def cancel(self) -> None:
        self.cancelled = True
        for stop in list(self._stops):
            stop()


class TlsSocket:
    """What `http.client` wants of a socket: `sendall`, `makefile`, `close`. One thread at a time."""

    def __init__(self, host: str, port: int, *, protocols: tuple[bytes, ...], timeout: float, cancel: Cancel | None = None) -> None:
        self.where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        #: Seconds of silence that are borne; None: any.
        self.timeout: float | None = timeout
        self._ended = False
        deadline = time.monotonic() + timeout
        try:
            self._socket = socket.create_connection((host, port), timeout=timeout)
        except OSError as cause:
            raise cannot_connect(self.where, cause) from cause
        if cancel is not None:
            cancel.add(self.abort)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.setblocking(False)
            self._tls = SSL.Connection(_context(protocols), self._socket)
            if not _is_address(host):
                self._tls.set_tlsext_host_name(host.encode("idna"))
            self._tls.set_connect_state()
            self._handshake(deadline)
        except BaseException:
            self._socket.close()
            raise

    def _handshake(self, deadline: float) -> None:
        try:
            self._retry(self._tls.do_handshake, deadline)
        except (ConnectionError, TimeoutError) as cause:
            raise cannot_connect(self.where, cause) from cause
        except SSL.Error as cause:
            raise GaiwanError("cannot-connect", f"{self.where} does not speak TLS 1.3 as this client does ({_reason(cause)}).") from cause
        if self._tls.get_protocol_version_name() != "TLSv1.3":
            raise GaiwanError("untrusted-server", "Nothing before TLS 1.3 ties evidence to a connection.", reason="connection-binding")

    @property
    def certificate(self) -> bytes:
        """DER; empty where the server presented none."""
        from cryptography.hazmat.primitives.serialization import Encoding

        try:
            found = self._tls.get_peer_certificate(as_cryptography=True)
        except ValueError:
            # A certificate that cannot be read vouches for nobody.
            return b""
        return b"" if found is None else found.public_bytes(Encoding.DER)

    def exporter(self) -> bytes:
        """32 bytes that the two ends of this connection know, and nobody else. An empty context is none in TLS 1.3."""
        return self._tls.export_keying_material(EXPORTER, 32, b"")

    def sendall(self, data: Any) -> None:
        view = memoryview(data).cast("B")
        while view:
            piece = bytes(view[:_PIECE])
            sent = self._guarded(functools.partial(self._tls.send, piece))
            view = view[sent:]

    def recv_into(self, buffer: memoryview) -> int:
        if self._ended:
            return 0
        try:
            data: bytes = self._guarded(lambda: self._tls.recv(min(len(buffer), 1 << 18)))
        except _End:
            self._ended = True
            return 0
        buffer[: len(data)] = data
        return len(data)

    def makefile(self, mode: str, *_args: Any, **_more: Any) -> io.BufferedReader:
        if mode != "rb":
            raise ValueError("only for reading")
        return io.BufferedReader(_Raw(self), 1 << 16)

    def is_idle(self) -> bool:
        """Whether nothing came while nothing was asked: what comes then is the end."""
        if self._ended or self._tls.pending() > 0:
            return False
        return not _ready(self._socket, 0, reading=True)

    def abort(self) -> None:
        """From any thread: whoever waits for the socket sees its end."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with contextlib.suppress(SSL.Error, OSError):
            self._tls.shutdown()
        self._socket.close()

    def _guarded(self, action: Callable[[], Any]) -> Any:
        deadline = None if self.timeout is None else time.monotonic() + self.timeout
        try:
            return self._retry(action, deadline)
        except SSL.ZeroReturnError as cause:
            raise _End from cause
        except SSL.SysCallError as cause:
            raise ConnectionResetError(str(cause)) from cause
        except SSL.Error as cause:
            raise ConnectionResetError(_reason(cause)) from cause

    def _retry(self, action: Callable[[], Any], deadline: float | None) -> Any:
        while True:
            try:
                return action()
            except SSL.WantReadError:
                self._wait(deadline, reading=True)
            except SSL.WantWriteError:
                self._wait(deadline, reading=False)
            except SSL.SysCallError as cause:
                raise ConnectionResetError(str(cause)) from cause

    def _wait(self, deadline: float | None, *, reading: bool) -> None:
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise TimeoutError("the other side is silent")
        # A signal (Ctrl-C) interrupts this, and its handler runs.
        _ready(self._socket, left, reading=reading)


def _ready(one: socket.socket, seconds: float | None, *, reading: bool) -> bool:
    if hasattr(select, "poll"):  # `select` takes no descriptor beyond 1023
        poll = select.poll()
        poll.register(one, select.POLLIN if reading else select.POLLOUT)
        return bool(poll.poll(None if seconds is None else seconds * 1000))
    found = select.select([one] if reading else [], [] if reading else [one], [], seconds)
    return bool(found[0] or found[1])


class _End(Exception):
    """The other side has ended the connection in order."""


class _Raw(io.RawIOBase):
    def __init__(self, source: TlsSocket) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._source.recv_into(memoryview(buffer).cast("B"))


def _context(protocols: tuple[bytes, ...]) -> SSL.Context:
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    # The evidence in the certificate decides, not an authority: it is judged before anything is sent.
    context.set_verify(SSL.VERIFY_NONE, lambda *_: True)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    context.set_alpn_protos(list(protocols))
    return context


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _reason(error: SSL.Error) -> str:
    try:
        return str(error.args[0][0][2])
    except (IndexError, TypeError):
        return "TLS error"


def cannot_connect(where: str, cause: BaseException) -> GaiwanError:
    if isinstance(cause, ConnectionRefusedError):
        why = "nothing listens there: is the platform running, and is the port right?"
    elif isinstance(cause, socket.gaierror):
        why = "the host name is unknown: check its spelling, and the network."
    elif isinstance(cause, (TimeoutError, socket.timeout)):
        why = "the host does not answer: check the address and any firewall."
    else:
        why = f"{cause}."
    return GaiwanError("cannot-connect", f"Cannot reach {where}: {why}")


def connection_lost(where: str) -> GaiwanError:
    return GaiwanError(
        "connection-lost",
        f"The connection to {where} broke before the answer came: look whether the call took effect, then try again.",
    )
