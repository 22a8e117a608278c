"""RA-TLS: a certificate whose evidence vouches for the key of the session (docs/attestation/ratls.md), as Gaiwan's servers make it.

Of the conventions in the field, this verifies Gaiwan's and the CCC's: a quote of SGX or TDX under CBOR tag 60000, with a claims buffer.
Every other one is refused by its name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from . import cbor
from .certificates import Anchor, check_validity, parse_certificates, spki_of
from .dcap import INTEL_ROOTS, DcapEndorsements, VerifiedQuote, verify_dcap
from .quote import looks_like_quote, parse_quote
from .refusal import Refusal, malformed

TAGGED_EVIDENCE = "2.23.133.5.4.9"
_TEACLAVE = "2.16.840.1.113730.1.13"
#: Extensions whose evidence other verifiers know: what they are is said, and they are never accepted.
_OTHER = {
    "0.6.9.42.840.113741.1337.6": "Gramine's",
    "1.2.840.113741.1337.6": "Gramine's",
    "1.2.840.113741.1.13.1": "Intel's SGX SDK's",
    "1.2.840.113741.1.5.5.1.6": "Intel's",
    "1.2.840.113556.10.1.1": "Open Enclave's",
    "1.2.840.113556.10.1.2": "Open Enclave's",
    "1.3.6.1.4.1.311.105.1": "Open Enclave's",
    "1.3.6.1.4.1.311.105.2": "Open Enclave's",
    "1.3.6.1.4.1.62397.1.1": "dstack's",
    "1.3.6.1.4.1.62397.1.8": "dstack's",
}
_QUOTE = 60000
_MEDIA_TYPE = "application/vnd.gaiwan.ra-tls+cbor"
_HASHES = {1: hashlib.sha256, 7: hashlib.sha384, 8: hashlib.sha512}


@dataclass(frozen=True)
class Claims:
    """What evidence was made over beside the key."""

    data: bytes
    hash_algorithm: int
    key_hash: bytes
    nonce: bytes | None
    #: Seconds since 1970.
    issued_at: int | None
    configuration: bytes | None
    connection: bytes | None
    session_signing_key: bytes | None


@dataclass(frozen=True)
class VerifiedCertificate:
    """What a session's certificate proves."""

    inner: VerifiedQuote
    claims: Claims
    #: SubjectPublicKeyInfo (DER) of the session's key.
    spki: bytes

    @property
    def simulated(self) -> bool:
        return self.inner.simulated

    @property
    def registers(self) -> dict[str, str]:
        return self.inner.quote.registers


def _parse_claims(data: bytes) -> Claims:
    found = cbor.as_map(cbor.decode(data), "the claims buffer")
    if not all(isinstance(name, str) for name in found):
        raise malformed("CBOR: the name of a claim is not a text.")
    if "pubkey-hash" not in found:
        raise Refusal("missing-claims", 'The claims buffer has no "pubkey-hash".')
    parts = cbor.as_list(cbor.decode(cbor.as_bytes(found["pubkey-hash"], "pubkey-hash")), "pubkey-hash")
    if len(parts) < 2:
        raise malformed("CBOR: pubkey-hash is not a hash algorithm and a hash.")

    def octets(name: str) -> bytes | None:
        return cbor.as_bytes(found[name], name) if name in found else None

    return Claims(
        data=data,
        hash_algorithm=cbor.as_number(parts[0], "the hash algorithm"),
        key_hash=cbor.as_bytes(parts[1], "the hash of the key"),
        nonce=octets("nonce"),
        issued_at=cbor.as_number(found["issued-at"], "the time of issue") if "issued-at" in found else None,
        configuration=octets("configuration"),
        connection=octets("connection"),
        session_signing_key=octets("session-signing-key"),
    )


def _tagged(value: bytes) -> tuple[bytes, Claims]:
    item = cbor.decode(value)
    if isinstance(item, list):
        kind = item[0] if item else None
        if kind != _MEDIA_TYPE or len(item) < 2:
            raise Refusal("unsupported-version", "Wrapped evidence of an unknown media type.")
        item = cbor.decode(cbor.as_bytes(item[1], "the wrapped evidence"))
        pair = cbor.as_list(item, "the wrapped evidence")
    elif isinstance(item, cbor.Tagged) and item.tag == _QUOTE:
        pair = cbor.as_list(item.value, "the tagged evidence")
    else:
        raise Refusal("unsupported-version", "Tagged evidence that is no quote (tag 60000).")
    if len(pair) < 2:
        raise malformed("CBOR: the evidence has no claims buffer.")
    return cbor.as_bytes(pair[0], "the evidence"), _parse_claims(cbor.as_bytes(pair[1], "the claims buffer"))


def name_of_evidence(evidence: bytes) -> str:
    """What evidence seems to be that is no quote: for the text of a refusal alone."""
    if len(evidence) in (1184, 0x4A0) and evidence[0] in (2, 3, 5):
        return "an SEV-SNP report"
    if evidence[:1] in (b"\x84", b"\xd2"):
        return "a COSE document (Nitro, CCA or PSA)"
    if evidence[:4] == b"\xffTCG":
        return "a TPM quote"
    return "evidence of a kind unknown here"


def _evidence_of(certificate: x509.Certificate) -> tuple[bytes, Claims]:
    found = {
        extension.oid.dotted_string: extension.value.value
        for extension in certificate.extensions
        if isinstance(extension.value, x509.UnrecognizedExtension)
    }
    others = [name for oid, name in _OTHER.items() if oid in found and _is_evidence(oid, found[oid], found)]
    if others:
        # It would have to vouch for the key as well, and that is not judged here.
        raise Refusal("unsupported-version", f"The certificate has evidence in {others[0]} form, which this SDK does not verify.")
    if TAGGED_EVIDENCE not in found:
        if _TEACLAVE in found:
            raise Refusal("unsupported-version", "The certificate carries a report of an attestation service only.")
        raise Refusal("missing-evidence", "The certificate of the session carries no evidence.")
    evidence, claims = _tagged(found[TAGGED_EVIDENCE])
    if not looks_like_quote(evidence):
        raise Refusal(
            "unsupported-version",
            f"The certificate carries {name_of_evidence(evidence)}: this SDK verifies quotes of SGX and TDX. "
            "Use the command line or the TypeScript SDK for this platform.",
        )
    return evidence, claims


def evidence_in(data: bytes) -> bytes:
    """The evidence in a certificate, unverified: to look for its endorsements. Raises `Refusal`."""
    certificates = parse_certificates(data)
    if not certificates:
        raise Refusal("missing-evidence", "There is no certificate.")
    return _evidence_of(certificates[0])[0]


def _is_evidence(oid: str, value: bytes, found: dict[str, bytes]) -> bool:
    if oid != "1.2.840.113741.1.13.1":
        return True
    if not looks_like_quote(value):
        return False  # the platform's values of a PCK certificate
    # Intel's SGX SDK writes the quote of the tagged extension again: that one is judged.
    return TAGGED_EVIDENCE not in found or _tagged(found[TAGGED_EVIDENCE])[0] != value


def verify_certificate(
    data: bytes,
    endorsements: DcapEndorsements,
    *,
    at: int,
    anchors: Sequence[Anchor] = INTEL_ROOTS,
    session_key: bytes | None = None,
) -> VerifiedCertificate:
    """Verifies the certificate (DER, or PEM) of a session by the evidence in it. Raises `Refusal`.

    session_key: SubjectPublicKeyInfo (DER) of the session, where the certificate did not come from it.
    """
    certificates = parse_certificates(data)
    if not certificates:
        raise Refusal("missing-evidence", "There is no certificate.")
    certificate = certificates[0]
    evidence, claims = _evidence_of(certificate)
    spki = spki_of(certificate) if session_key is None else session_key
    hash_of = _HASHES.get(claims.hash_algorithm)
    if hash_of is None:
        raise Refusal("unsupported-algorithm", f"The key's hash is of the algorithm {claims.hash_algorithm}.")
    if hash_of(spki).digest() != claims.key_hash:
        raise Refusal("key-binding", "The evidence names another key than that of the session.")
    bound = bytes.fromhex(parse_quote(evidence).body.report_data)
    if bound != hashlib.sha256(claims.data).digest() + bytes(32):
        raise Refusal("claims-binding", "The report data are not those of this key.")
    check_validity([certificate], at)
    return VerifiedCertificate(verify_dcap(evidence, endorsements, at=at, anchors=anchors), claims, spki)
