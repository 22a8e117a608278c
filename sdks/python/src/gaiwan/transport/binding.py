"""What ties evidence to one connection and to one instance (docs/enclave/attested-tls.md)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ..attestation import Claims
from ..errors import UntrustedPeer

CONNECTION_BYTES = 32
#: RFC 8446, 7.5: both ends of a connection get the same bytes, and nobody else.
EXPORTER = b"EXPORTER-gaiwan-connection"
SESSION_SIGNING_AGE = 600
_LABEL = b"gaiwan-connection/1 server\0"
_KEY_LABEL = b"gaiwan-session-signing-key/1 server\0"
_STATEMENT = b"gaiwan-session-signature/1\0"


def connection_binding(*, nonce: bytes, exporter: bytes, session_key: bytes, instance: bytes) -> bytes:
    """The claim `connection` of evidence for one connection. Each part has a length of its own."""
    if any(len(part) != CONNECTION_BYTES for part in (nonce, exporter, instance)):
        raise ValueError(f"nonce, exporter and instance of a connection have {CONNECTION_BYTES} bytes each")
    return hashlib.sha256(_LABEL + nonce + exporter + hashlib.sha256(session_key).digest() + instance).digest()


@dataclass(frozen=True)
class About:
    """The connection that the other end is to speak for."""

    binding: bytes
    instance: bytes
    #: By a session-signing key. Empty: the evidence itself is about the connection.
    signature: bytes = b""


def require_connection(claims: Claims, about: About, at: int) -> None:
    """Evidence is about this connection, or vouches for the key whose signature is; neither form is taken for the other.

    at: milliseconds since 1970. Raises `UntrustedPeer`: connection-binding, policy-age, malformed.
    """
    if not about.signature:
        if claims.connection != about.binding or claims.session_signing_key is not None:
            raise _not_this("Its evidence was made for another connection: somebody may stand in between, with a key that was stolen.")
        return
    if claims.session_signing_key is None or claims.connection is not None:
        raise _not_this("It signs for the connection with a key that no evidence names for that.")
    key, until, instance = _read_claim(claims.session_signing_key)
    if instance != about.instance:
        raise _not_this("The session-signing key that its evidence names is that of another instance.")
    if at > until:
        raise UntrustedPeer("policy-age", "Its session-signing key is no longer good.")
    if len(about.signature) != 64 or not _is_signed(key, about.signature, _STATEMENT + about.binding):
        raise _not_this("Its session-signing key has not signed for this connection.")


def _not_this(message: str) -> UntrustedPeer:
    return UntrustedPeer("connection-binding", message)


def _read_claim(claim: bytes) -> tuple[bytes, int, bytes | None]:
    rest = claim[len(_KEY_LABEL) :]
    if not claim.startswith(_KEY_LABEL) or len(rest) != 32 + 8 + CONNECTION_BYTES:
        raise UntrustedPeer("malformed", "This names no session-signing key of a server.")
    until = int.from_bytes(rest[32:40], "big")
    if until >= 1 << 53:
        raise UntrustedPeer("malformed", "This names no session-signing key: it ends at no time.")
    return rest[:32], until, rest[40:]


def _is_signed(key: bytes, signature: bytes, data: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except (InvalidSignature, ValueError):
        return False
    return True
