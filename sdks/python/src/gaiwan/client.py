"""One user's connection to a platform."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import TracebackType

from ._proto.gaiwan.v1 import platform_pb2 as v1
from ._proto.teaclave import teaclave_authentication_service_pb2 as api
from ._proto.teaclave import teaclave_frontend_service_pb2 as frontend_api
from .data import Data, RegisteredFiles
from .errors import GaiwanError
from .functions import Functions
from .keys import Keys
from .manifest import html_table
from .rpc import AUTHENTICATION, FRONTEND, Rpc, current_cancel
from .secret import Secret, reveal
from .signer import Signer
from .state import StateGuard, StateMemory, StatesInMemory
from .tasks import Tasks
from .transport.service import Confirmed, InstancePin, Service, Verifier
from .trust import AUTHENTICATION as AUTHENTICATION_SERVICE
from .trust import FRONTEND as FRONTEND_SERVICE
from .trust import Trust
from .users import Users


@dataclass(frozen=True)
class StorageUse:
    bytes: int
    items: int
    quota_bytes: int
    quota_items: int
    unfinished_uploads: int


@dataclass(frozen=True)
class AuditEntry:
    #: Unix time in microseconds.
    microsecond: int
    #: 16 bytes.
    address: bytes
    user: str
    message: str
    result: bool


@dataclass(frozen=True)
class VerifiedPlatform:
    """What was verified of both ports before anything but nonces was sent to them."""

    authentication: Confirmed
    frontend: Confirmed

    @property
    def instance(self) -> str:
        return self.frontend.instance

    @property
    def simulated(self) -> bool:
        """Whether its machine is a simulation, which protects nothing."""
        return self.authentication.simulated or self.frontend.simulated

    def _repr_html_(self) -> str:
        rows = [("instance", self.instance), ("simulated", "yes: nothing is protected" if self.simulated else "no")]
        rows += list(self.frontend.verified.registers.items())
        rows += [("TCB", self.frontend.verified.inner.tcb.status)]
        return html_table(("platform", "verified"), rows)


class Client:
    """Talks to programs that `trust` accepts and to nobody else; made by `connect`. Every method raises `GaiwanError`.

    It may be used by several threads.
    """

    users: Users
    functions: Functions
    data: Data
    tasks: Tasks
    keys: Keys

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc
        registered = RegisteredFiles()
        self.users = Users(rpc)
        self.functions = Functions(rpc)
        self.data = Data(rpc, registered)
        self.tasks = Tasks(rpc, self.functions, registered)
        self.keys = Keys(rpc)

    @property
    def instance(self) -> str | None:
        """The instance that was given to `connect`, or else the first that was seen: 64 hexadecimal digits. None before that."""
        return self._rpc.pin.id

    @property
    def user(self) -> str | None:
        """The logged-in user's id."""
        return self._rpc.user

    @property
    def token(self) -> Secret:
        """The logged-in user's token. Raises `GaiwanError` (not-logged-in)."""
        return self._rpc.token

    def verify(self) -> VerifiedPlatform:
        """Connects, and tells what was verified of each port, and which instance it is."""
        cancel = current_cancel.get()
        return VerifiedPlatform(self._rpc.authentication.peer(cancel), self._rpc.frontend.peer(cancel))

    def login(self, user: str, password: Secret | str, *, signer: Signer | None = None) -> Secret | None:
        """Later calls are made as this user, and signed where a signer is given.

        An account that has no key gets the signer's, and the recovery code is returned: show it once to the user, it replaces a lost key.
        Raises `GaiwanError` (other-key) where the account has another key; nobody is logged in then.
        """
        request = api.UserLoginRequest(id=user, password=reveal(password))
        answer = self._rpc.call(AUTHENTICATION, "UserLogin", request, api.UserLoginResponse)
        self._rpc.use_token(user, answer.token)
        if signer is None:
            return None
        try:
            self._rpc.use_signer(signer)
            return self.keys.ensure(signer)
        except BaseException:
            self.logout()
            raise

    def use_token(self, user: str, token: Secret | str, *, signer: Signer | None = None) -> None:
        """Takes up a login made elsewhere."""
        self._rpc.use_token(user, token)
        if signer is not None:
            self._rpc.use_signer(signer)

    def logout(self) -> None:
        """Forgets the token and the signer."""
        self._rpc.forget()

    def storage(self, user: str = "", group: str = "") -> StorageUse:
        """Of a user or a group; default: the caller."""
        request = v1.GetStorageUseRequest(user_id=user, group=group)
        found = self._rpc.call("gaiwan.v1.StorageService", "GetStorageUse", request, v1.GetStorageUseResponse)
        return StorageUse(found.bytes, found.items, found.quota_bytes, found.quota_items, found.unfinished_uploads)

    def audit_logs(self, query: str, limit: int = 100) -> tuple[AuditEntry, ...]:
        """Newest first; for administrators."""
        request = frontend_api.QueryAuditLogsRequest(query=query, limit=limit)
        found = self._rpc.call(FRONTEND, "QueryAuditLogs", request, frontend_api.QueryAuditLogsResponse)
        return tuple(AuditEntry(one.microsecond, one.ip, one.user, one.message, one.result) for one in found.logs)

    def close(self) -> None:
        """Gives up whatever is still under way."""
        self._rpc.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def connect(
    authentication: str,
    frontend: str,
    trust: Trust,
    *,
    instance: str | None = None,
    states: StateMemory | None = None,
    accept_epoch: int | None = None,
) -> Client:
    """A client that judges each connection by the evidence in the server's certificate before the first byte is sent, and by evidence
    about that very connection before anything but a nonce is. There is no insecure mode.

        trust = vendor_trust("policy.json")
        with connect("https://host:7776", "https://host:7777", trust) as client:
            client.login("alice", password)

    instance: id of the platform's instance, 64 hexadecimal digits; default: the first that this client sees. Remember `client.instance`.
    states: where the newest state of each platform is remembered (`StateFolder`); default: for the life of this client.
    accept_epoch: the epoch that a recovered platform is in now, after its operator has told why.
    Connections are made when they are needed, or with `client.verify()`. Raises `GaiwanError` (bad-connection-options).
    """
    if instance is not None and not re.fullmatch("[0-9a-fA-F]{64}", instance):
        raise GaiwanError("bad-connection-options", f"The id of an instance has 64 hexadecimal digits; this is {instance[:80]!r}.")
    pin = InstancePin(instance)
    guard = StateGuard(states if states is not None else StatesInMemory(), accept_epoch)
    ports = [
        Service(url, what, Verifier(trust, service), pin, guard)
        for url, what, service in (
            (authentication, "authentication", AUTHENTICATION_SERVICE),
            (frontend, "frontend", FRONTEND_SERVICE),
        )
    ]
    return Client(Rpc(ports[0], ports[1], pin, guard))
