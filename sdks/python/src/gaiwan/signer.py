"""A user's own key, and what is signed with it (docs/keys.md)."""

from __future__ import annotations

import hashlib
import os
import pathlib
import stat
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from google.protobuf.message import Message

from ._proto.gaiwan.v1 import platform_pb2
from .attestation.strict_json import canonical
from .errors import GaiwanError

SIGNATURE_HEADER = "gaiwan-statement"
_MAX_KEY_FILE = 64 << 10
#: How far a statement is dated back until the platform's time is known.
_BACKDATE_MS = 1000


class Signer(Protocol):
    """Signs with a key that the SDK never sees: a file, a smart card. What it signs is a statement of one call, in canonical JSON."""

    @property
    def public_key(self) -> bytes:
        """SubjectPublicKeyInfo (DER) of Ed25519 or P-256."""
        ...

    def sign(self, data: bytes) -> bytes:
        """64 bytes: of Ed25519 over the bytes, or r and s of ECDSA over their SHA-256."""
        ...


def key_id_of(signer: Signer) -> str:
    """SHA-256 (hex) of the public key: manifests name it."""
    return hashlib.sha256(signer.public_key).hexdigest()


class KeySigner:
    """Signs with a private key in memory."""

    def __init__(self, key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> None:
        if isinstance(key, ec.EllipticCurvePrivateKey) and not isinstance(key.curve, ec.SECP256R1):
            raise GaiwanError("bad-key-file", "A key is of Ed25519 or of P-256.")
        self._key = key

    @property
    def public_key(self) -> bytes:
        return self._key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)

    def sign(self, data: bytes) -> bytes:
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(data)
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def file_signer(path: str | pathlib.Path) -> KeySigner:
    """Signs with the key in a file (PKCS#8, PEM) that nobody but its owner may read. Raises `GaiwanError` (bad-key-file)."""
    try:
        with open(path, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise _bad(path, "it is no file")
            if os.name == "posix" and found.st_mode & 0o077:
                raise _bad(path, f"others may read or change it: chmod 600 {path}")
            pem = file.read(_MAX_KEY_FILE)
        key = serialization.load_pem_private_key(pem, password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as cause:
        raise _bad(path, str(cause)) from cause
    if isinstance(key, ed25519.Ed25519PrivateKey) or (isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)):
        return KeySigner(key)
    raise _bad(path, "its key is neither of Ed25519 nor of P-256")


def make_key_file(path: str | pathlib.Path) -> None:
    """Makes a key of Ed25519 in a file that is not there yet: a key is never overwritten. Raises `GaiwanError` (bad-key-file)."""
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(pem)
    except OSError as cause:
        raise _bad(path, str(cause)) from cause


def _bad(path: Any, why: str) -> GaiwanError:
    return GaiwanError("bad-key-file", f"{path} cannot be used as a key: {why}.")


#: What each method wants of an account with a key: the request's field that names what it is about, where there is one. The platform
#: has the same table; tests/test_tables.py compares them.
SIGNED_METHODS: dict[str, str | None] = {
    "RegisterInputFile": None,
    "UpdateInputFile": "data_id",
    "RegisterOutputFile": None,
    "UpdateOutputFile": "data_id",
    "RegisterFusionOutput": None,
    "RegisterInputFromOutput": "data_id",
    "RegisterFunction": None,
    "UpdateFunction": "function_id",
    "DeleteFunction": "function_id",
    "DisableFunction": "function_id",
    "EnableFunction": "function_id",
    "GetFunction": "function_id",
    "RegisterHiddenFunction": None,
    "UpdateHiddenFunction": "function_id",
    "GetFunctionCode": "function_id",
    "AttachFunctionMaterial": "function_id",
    "GetFunctionMaterial": "function_id",
    "CreateTask": "function_id",
    "AssignData": "task_id",
    "ReplaceData": "task_id",
    "SetTaskOptions": "task_id",
    "ApproveManifest": "task_id",
    "InvokeTask": "task_id",
    "CancelTask": "task_id",
    "GetTask": "task_id",
    "WatchTask": "task_id",
    "GetTaskReport": "task_id",
    "GetTaskCode": "task_id",
    "GetTaskMaterial": "task_id",
    "ExplainTask": "task_id",
    "DeclineTask": "task_id",
    "DeleteTask": "task_id",
    "ProposeAgreement": "task_id",
    "ApproveAgreement": "agreement_id",
    "RevokeAgreement": "agreement_id",
    "ApplyAgreement": "task_id",
    "CreateUpload": None,
    "ResumeUpload": None,
    "DiscardUpload": None,
    "CreateOutput": None,
    "CreateDownload": "data_id",
    "DeleteData": "data_id",
    "SetStorageQuota": None,
    "UserRegister": "id",
    "UserUpdate": "id",
    "UserChangePassword": None,
    "ResetUserPassword": "id",
    "DeleteUser": "id",
    "RotateKey": None,
    "SetAccountPreferences": None,
}


@dataclass(frozen=True)
class Identity:
    """What a statement of an account names: the platform says so after the login."""

    #: NAME#RANDOM
    subject: str
    #: Id of the platform's instance, in hex.
    instance: str


class PlatformClock:
    """The platform's clock, as far as it is known: a statement of its future is refused, one of its recent past is not."""

    def __init__(self) -> None:
        self._ahead = -_BACKDATE_MS
        self._lock = threading.Lock()

    def correct(self, platform_time: int) -> None:
        with self._lock:
            self._ahead = platform_time - round(time.time() * 1000)

    def now(self) -> int:
        return round(time.time() * 1000) + self._ahead


def statement_bytes(
    *,
    instance: str,
    subject: str,
    action: str,
    object: str,
    digest: str,
    nonce: str,
    time: int,
) -> bytes:
    """What a signature is over: the canonical JSON (RFC 8785) of one call of one account."""
    return canonical(
        {
            "format": "gaiwan-statement/1",
            "instance": instance,
            "subject": subject,
            "action": action,
            "object": object,
            "digest": digest,
            "nonce": nonce,
            "time": time,
        }
    ).encode("utf8")


class CallSigner:
    def __init__(self, signer: Signer, identity: Callable[[], Identity], clock: PlatformClock) -> None:
        self.signer = signer
        self._identity = identity
        self._clock = clock

    def sign_call(self, action: str, request: Message) -> str:
        """The metadata of a call. Raises `GaiwanError` (signing-failed)."""
        field = SIGNED_METHODS[action]
        about = "" if field is None else str(getattr(request, field))
        if isinstance(request, platform_pb2.ApproveManifestRequest):
            digest = request.digest.hex()
        else:
            digest = hashlib.sha256(request.SerializeToString(deterministic=True)).hexdigest()
        return self._sign(action, about, digest)

    def prove_key(self) -> str:
        """That the signer has the key, for this account alone."""
        key_id = key_id_of(self.signer)
        return self._sign("ProveKey", key_id, key_id)

    def _sign(self, action: str, about: str, digest: str) -> str:
        identity = self._identity()
        nonce, now = os.urandom(16).hex(), self._clock.now()
        statement = statement_bytes(
            instance=identity.instance,
            subject=identity.subject,
            action=action,
            object=about,
            digest=digest,
            nonce=nonce,
            time=now,
        )
        try:
            signature = self.signer.sign(statement)
        except GaiwanError:
            raise
        except Exception as cause:
            raise GaiwanError("signing-failed", f"The signer did not sign {action}.") from cause
        if len(signature) != 64:
            raise GaiwanError("signing-failed", f"The signer gave {len(signature)} bytes for a signature, and one has 64.")
        return f"{now}.{nonce}.{signature.hex()}"
