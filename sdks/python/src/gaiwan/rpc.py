"""Calls to the two ports of a platform, as one user."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator
from typing import TypeVar

from google.protobuf.message import Message

from ._proto.gaiwan.v1 import platform_pb2
from .errors import GaiwanError
from .secret import Secret, reveal
from .signer import SIGNATURE_HEADER, SIGNED_METHODS, CallSigner, Identity, PlatformClock, Signer, key_id_of
from .state import StateGuard
from .transport.service import InstancePin, Service
from .transport.tls import Cancel

M = TypeVar("M", bound=Message)

AUTHENTICATION = "teaclave_authentication_service_proto.TeaclaveAuthenticationApi"
FRONTEND = "teaclave_frontend_service_proto.TeaclaveFrontend"
#: Services of Gaiwan's own that are on the authentication port.
_ACCOUNTS = {AUTHENTICATION, "gaiwan.v1.KeyService", "gaiwan.v1.UserService"}

#: What ends the calls of this context; the async client sets it.
current_cancel: contextvars.ContextVar[Cancel | None] = contextvars.ContextVar("gaiwan_cancel", default=None)


class Rpc:
    def __init__(self, authentication: Service, frontend: Service, pin: InstancePin, guard: StateGuard) -> None:
        self.authentication, self.frontend = authentication, frontend
        self.pin, self.guard = pin, guard
        self._clock = PlatformClock()
        self._lock = threading.Lock()
        self._credentials: tuple[str, Secret] | None = None
        self._signer: CallSigner | None = None
        self._identity: Identity | None = None

    @property
    def user(self) -> str | None:
        return None if self._credentials is None else self._credentials[0]

    @property
    def token(self) -> Secret:
        if self._credentials is None:
            raise GaiwanError("not-logged-in", "Nobody is logged in: call login first.")
        return self._credentials[1]

    def use_token(self, user: str, token: Secret | str) -> None:
        if self.user != user:
            self._signer = self._identity = None
        self._credentials = (user, token if isinstance(token, Secret) else Secret(token))

    def forget(self) -> None:
        self._credentials = self._signer = self._identity = None

    def use_signer(self, signer: Signer) -> None:
        self._signer = self.signer_of(signer)

    def signer_of(self, signer: Signer) -> CallSigner:
        """Signs as this user, with any key."""
        return CallSigner(signer, self.identify, self._clock)

    def own_key(self) -> tuple[str, str] | None:
        """Subject and key id of the user; None where nothing is signed."""
        if self._signer is None:
            return None
        return self.identify().subject, key_id_of(self._signer.signer)

    def identify(self) -> Identity:
        if self._identity is None:
            account = self.account()
            self._identity = Identity(account.subject, account.instance)
        return self._identity

    def account(self) -> platform_pb2.GetAccountResponse:
        answer = self.call("gaiwan.v1.KeyService", "GetAccount", platform_pb2.GetAccountRequest(), platform_pb2.GetAccountResponse)
        self._clock.correct(answer.platform_time)
        # What is signed for an instance is signed for the one that the evidence names.
        if answer.instance != self.pin.id:
            raise GaiwanError("bad-answer", "The platform says that it is another instance than its evidence names.")
        return answer

    def call(self, service: str, method: str, request: Message, answer: type[M]) -> M:
        """Raises `GaiwanError`. A call that is refused for its time is signed again, once, with the right one."""
        port = self.authentication if service in _ACCOUNTS else self.frontend
        path, cancel = f"/{service}/{method}", current_cancel.get()
        try:
            return port.call(path, request, answer, self._headers(method, request), cancel)
        except GaiwanError as error:
            if error.platform_time is None or self._signer is None:
                raise
            self._clock.correct(error.platform_time)
        return port.call(path, request, answer, self._headers(method, request), cancel)

    def stream(self, service: str, method: str, request: Message, answer: type[M]) -> Iterator[M]:
        headers = self._headers(method, request)
        try:
            yield from self.frontend.stream(f"/{service}/{method}", request, answer, headers, current_cancel.get())
        except GaiwanError as error:
            if error.platform_time is not None:
                self._clock.correct(error.platform_time)
            raise

    def _headers(self, method: str, request: Message) -> dict[str, str]:
        headers = {}
        if self._credentials is not None:
            headers = {"id": self._credentials[0], "token": reveal(self._credentials[1])}
        if self._signer is not None and method in SIGNED_METHODS:
            headers[SIGNATURE_HEADER] = self._signer.sign_call(method, request)
        return headers

    def close(self) -> None:
        self.authentication.close()
        self.frontend.close()
