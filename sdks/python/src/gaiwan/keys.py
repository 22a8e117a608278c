"""The logged-in account's own key."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from ._proto.gaiwan.v1 import platform_pb2 as v1
from .errors import GaiwanError
from .rpc import Rpc
from .secret import Secret, reveal
from .signer import Signer, key_id_of

_SERVICE = "gaiwan.v1.KeyService"


@dataclass(frozen=True)
class RegisteredKey:
    #: SHA-256 (hex) of the public key: manifests name it.
    id: str
    #: SubjectPublicKeyInfo (DER).
    public_key: bytes
    since: datetime.datetime


@dataclass(frozen=True)
class Account:
    """What the platform knows of the caller."""

    #: NAME#RANDOM
    subject: str
    instance: str
    #: None: whoever has the password, or resets it, can do everything as this account.
    key: RegisteredKey | None
    former_keys: tuple[RegisteredKey, ...]
    require_keys: bool


def _registered(key: v1.AccountKey) -> RegisteredKey:
    return RegisteredKey(key.id, key.public_key, datetime.datetime.fromtimestamp(key.since / 1000, datetime.timezone.utc))


class Keys:
    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def account(self) -> Account:
        found = self._rpc.account()
        key = _registered(found.key) if found.HasField("key") else None
        former = tuple(_registered(one) for one in found.former_keys)
        return Account(found.subject, found.instance, key, former, found.require_keys)

    def register(self, signer: Signer) -> Secret:
        """Gives the account its first key; from then on its calls are signed with it. Returns the recovery code, shown this once.

        Raises `GaiwanError` (key-exists) for an account that has one.
        """
        request = v1.RegisterKeyRequest(public_key=signer.public_key, proof=self._rpc.signer_of(signer).prove_key())
        answer = self._rpc.call(_SERVICE, "RegisterKey", request, v1.RegisterKeyResponse)
        self._rpc.use_signer(signer)
        return Secret(answer.recovery_code)

    def rotate(self, following: Signer) -> None:
        """Puts another key in the place of the present one, which signs this. Approvals of open tasks by the old key are void."""
        key = self.account().key
        if key is not None and key.id == key_id_of(following):
            raise GaiwanError("same-key", f"{key.id[:16]}… is the key that the account has already.")
        request = v1.RotateKeyRequest(public_key=following.public_key, proof=self._rpc.signer_of(following).prove_key())
        self._rpc.call(_SERVICE, "RotateKey", request, v1.RotateKeyResponse)
        self._rpc.use_signer(following)

    def recover(self, following: Signer, recovery_code: Secret | str) -> Secret:
        """Puts another key in the place of a lost one. Returns the code that replaces the used one."""
        request = v1.RecoverKeyRequest(
            public_key=following.public_key,
            proof=self._rpc.signer_of(following).prove_key(),
            recovery_code=reveal(recovery_code),
        )
        answer = self._rpc.call(_SERVICE, "RecoverKey", request, v1.RecoverKeyResponse)
        self._rpc.use_signer(following)
        return Secret(answer.recovery_code)

    def set_preferences(self, *, require_keys: bool) -> None:
        """require_keys: take part only with participants that have keys, in every task."""
        request = v1.SetAccountPreferencesRequest(require_keys=require_keys)
        self._rpc.call(_SERVICE, "SetAccountPreferences", request, v1.SetAccountPreferencesResponse)

    def ensure(self, signer: Signer) -> Secret | None:
        """Registers the key where the account has none, and returns the recovery code. Raises `GaiwanError` (other-key)."""
        account = self.account()
        if account.key is None:
            return self.register(signer)
        if account.key.id == key_id_of(signer):
            return None
        raise GaiwanError(
            "other-key",
            f"{account.subject} has the key {account.key.id[:16]}…, and the given one is {key_id_of(signer)[:16]}….",
        )
