"""Chains of X.509 certificates and revocation lists, as vendors of hardware have them (RFC 5280)."""

from __future__ import annotations

import datetime
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import ExtensionOID, NameOID

from .refusal import Refusal, malformed

MAX_CERTIFICATE = 64 << 10
MAX_CHAIN = 8
MAX_CHAIN_BYTES = 1 << 20
MAX_CRL = 4 << 20

#: The mark of a root that vouches for simulated machines (docs/attestation/simulated.md).
SIMULATED_ROOT = x509.ObjectIdentifier("2.25.217480526904542005261856458574146152770.1")

_UNDERSTOOD = {
    ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    ExtensionOID.KEY_USAGE,
    ExtensionOID.BASIC_CONSTRAINTS,
    ExtensionOID.CRL_DISTRIBUTION_POINTS,
    ExtensionOID.CERTIFICATE_POLICIES,
    ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
    ExtensionOID.EXTENDED_KEY_USAGE,
}
_CRL_HARMLESS = {ExtensionOID.AUTHORITY_KEY_IDENTIFIER, ExtensionOID.CRL_NUMBER}
_HASHES = (hashes.SHA256, hashes.SHA384, hashes.SHA512)
_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.S)


def parse_certificate(der: bytes) -> x509.Certificate:
    """Raises `Refusal` (malformed). Everything that is read of it later is parsed here."""
    if len(der) > MAX_CERTIFICATE:
        raise malformed(f"A certificate of {len(der)} bytes.")
    try:
        certificate = x509.load_der_x509_certificate(der)
        _ = certificate.extensions, certificate.subject, certificate.issuer, certificate.public_key()
        _ = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except Exception as cause:  # the library has no one class for bytes that it does not take
        raise malformed(f"A certificate cannot be read: {cause}") from cause
    if certificate.version is not x509.Version.v3:
        raise malformed("A certificate is not of version 3.")
    return certificate


def parse_certificates(data: bytes) -> list[x509.Certificate]:
    """PEM, or DER one after the other."""
    if len(data) > MAX_CHAIN_BYTES:
        raise malformed(f"A certificate chain of {len(data)} bytes.")
    ders = _pem_blocks(data, b"CERTIFICATE") if _is_pem(data) else _der_elements(data)
    if len(ders) > MAX_CHAIN:
        raise malformed(f"More than {MAX_CHAIN} certificates.")
    return [parse_certificate(der) for der in ders]


def _is_pem(data: bytes) -> bool:
    # Not by looking for PEM somewhere: a certificate with a quote in it has PEM inside.
    return not data.startswith(b"\x30") and b"-----BEGIN " in data


def _pem_blocks(data: bytes, label: bytes) -> list[bytes]:
    return [_pem_der(match) for match in _PEM.finditer(data) if match.group(1) == label]


def _pem_der(match: re.Match[bytes]) -> bytes:
    import base64
    import binascii

    body = b"".join(match.group(0).split(b"-----")[2].split())
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as cause:
        raise malformed("PEM that is no base64.") from cause


def _der_elements(data: bytes) -> list[bytes]:
    elements: list[bytes] = []
    while data:
        if len(elements) > MAX_CHAIN or len(data) < 2:
            raise malformed("What should be certificates is none.")
        length, head = data[1], 2
        if length >= 0x80:
            head = 2 + (length & 0x7F)
            if head > 6 or len(data) < head:
                raise malformed("What should be certificates is none.")
            length = int.from_bytes(data[2:head], "big")
        if length + head > len(data):
            raise malformed("A certificate ends too early.")
        elements.append(data[: head + length])
        data = data[head + length :]
    return elements


def der_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


def spki_of(certificate: x509.Certificate) -> bytes:
    """SubjectPublicKeyInfo, DER: the bytes in the certificate itself."""
    return _spki_bytes(certificate.tbs_certificate_bytes)


def _spki_bytes(tbs: bytes) -> bytes:
    from .der import Der

    parts = Der.only(tbs, 0x30).children()
    parts.optional(0xA0)
    for _ in range(5):  # serial number, algorithm, issuer, validity, subject
        parts.next()
    return parts.next(0x30).whole


def common_name(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def order_chain(certificates: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """Leaf first, by names; extra ones are left out, a missing link ends the chain."""
    leaves = [
        one
        for one in certificates
        if one.issuer != one.subject and not any(other is not one and other.issuer == one.subject for other in certificates)
    ]
    first = leaves[0] if len(leaves) == 1 else (certificates[0] if certificates else None)
    if first is None:
        raise Refusal("cert-chain", "There is no certificate where a chain should be.")
    chain = [first]
    while chain[-1].issuer != chain[-1].subject:
        above = [c for c in certificates if c.subject == chain[-1].issuer and not any(c is one for one in chain)]
        if not above:
            break
        chain.append(above[0])
    return chain


def _is_signed(key: object, signature: bytes, algorithm: hashes.HashAlgorithm | None, data: bytes, pss: bool) -> bool:
    if not isinstance(algorithm, _HASHES):
        raise Refusal("unsupported-algorithm", "A signature with a hash that is not SHA-256, SHA-384 or SHA-512.")
    try:
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(algorithm))
        elif isinstance(key, rsa.RSAPublicKey) and 2048 <= key.key_size <= 8192:
            scheme = padding.PSS(padding.MGF1(algorithm), padding.PSS.AUTO) if pss else padding.PKCS1v15()
            key.verify(signature, data, scheme, algorithm)
        else:
            raise Refusal("unsupported-key-type", "A key of a kind that is not used for attestation.")
    except InvalidSignature:
        return False
    return True


def _is_pss(oid: x509.ObjectIdentifier) -> bool:
    return oid.dotted_string == "1.2.840.113549.1.1.10"


def check_links(chain: Sequence[x509.Certificate], known: frozenset[str] = frozenset()) -> None:
    """Each is issued and signed by the next, and the last by itself; no unknown critical extension. `known`: of one vendor."""
    if not 0 < len(chain) <= MAX_CHAIN:
        raise Refusal("cert-chain", f"A chain of {len(chain)} certificates.")
    for below, certificate in enumerate(chain):
        issuer = chain[below + 1] if below + 1 < len(chain) else certificate
        name = common_name(certificate.subject)
        for extension in certificate.extensions:
            oid = extension.oid
            if extension.critical and oid not in _UNDERSTOOD and oid.dotted_string not in known:
                raise Refusal("cert-chain", f'"{name}" has the unknown critical extension {oid.dotted_string}.')
        if certificate.issuer != issuer.subject:
            raise Refusal("cert-chain", f'"{name}" was not issued by "{common_name(issuer.subject)}".')
        if issuer is not certificate:
            _check_issuer(issuer, below)
        if not _is_signed(
            issuer.public_key(),
            certificate.signature,
            certificate.signature_hash_algorithm,
            certificate.tbs_certificate_bytes,
            _is_pss(certificate.signature_algorithm_oid),
        ):
            raise Refusal("cert-chain", f'"{name}" was not signed by "{common_name(issuer.subject)}".')


def _check_issuer(issuer: x509.Certificate, below: int) -> None:
    name = common_name(issuer.subject)
    extensions = issuer.extensions
    try:
        constraints = extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        constraints = None
    if constraints is None or not constraints.ca:
        raise Refusal("cert-chain", f'"{name}" is not a certification authority.')
    if constraints.path_length is not None and below > constraints.path_length:
        raise Refusal("cert-chain", f'"{name}" allows {constraints.path_length} authorities below it, there are {below}.')
    try:
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not usage.key_cert_sign:
        raise Refusal("cert-chain", f'"{name}" may not sign certificates.')


def _ms(time: datetime.datetime) -> int:
    return round(time.timestamp() * 1000)


def check_validity(chain: Sequence[x509.Certificate], at: int) -> None:
    """`at`: milliseconds since 1970; both ends belong to the validity."""
    for certificate in chain:
        start, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        if not _ms(start) <= at <= _ms(end):
            raise Refusal(
                "cert-expired",
                f'"{common_name(certificate.subject)}" holds from {start:%Y-%m-%d %H:%M:%S} to {end:%Y-%m-%d %H:%M:%S} UTC.',
            )


@dataclass(frozen=True)
class Anchor:
    """A root that is trusted: by its key."""

    key: bytes
    simulated: bool = False


def is_simulated_root(certificate: x509.Certificate) -> bool:
    return any(extension.oid == SIMULATED_ROOT for extension in certificate.extensions)


def anchors_of(certificates: Sequence[bytes]) -> list[Anchor]:
    roots = [root for data in certificates for root in parse_certificates(data)]
    return [Anchor(hashlib.sha256(spki_of(root)).digest(), is_simulated_root(root)) for root in roots]


def check_root(chain: Sequence[x509.Certificate], anchors: Sequence[Anchor]) -> bool:
    """Whether the machines below the root are simulated. Raises `Refusal` (untrusted-root)."""
    root = chain[-1]
    key = hashlib.sha256(spki_of(root)).digest()
    matching = [anchor for anchor in anchors if anchor.key == key]
    if not matching:
        raise Refusal(
            "untrusted-root",
            f'The chain ends in "{common_name(root.subject)}" with the key {key.hex()}, which is not a trusted root.',
        )
    return is_simulated_root(root) or any(anchor.simulated for anchor in matching)


def parse_crl(data: bytes) -> x509.CertificateRevocationList:
    if len(data) > MAX_CRL:
        raise malformed(f"A revocation list of {len(data)} bytes.")
    if _is_pem(data):
        found = _pem_blocks(data, b"X509 CRL")
        if not found:
            raise malformed("A revocation list is neither DER nor PEM.")
        data = found[0]
    try:
        crl = x509.load_der_x509_crl(data)
        extensions = list(crl.extensions)
        _ = crl.issuer, crl.last_update_utc
        entries = [extension for entry in crl for extension in entry.extensions]
    except Exception as cause:  # as above
        raise malformed(f"A revocation list cannot be read: {cause}") from cause
    for extension in extensions:
        if extension.critical and extension.oid not in _CRL_HARMLESS:
            raise malformed("A revocation list has an unknown critical extension.")
    if any(extension.critical for extension in entries):
        raise malformed("An entry of a revocation list has an unknown critical extension.")
    if crl.next_update_utc is None:
        raise malformed("A revocation list has no next update: it would never grow old.")
    return crl


def check_crl(crl: x509.CertificateRevocationList, issuer: x509.Certificate, at: int) -> None:
    """Its issuer signed it, and it holds now."""
    name = common_name(crl.issuer)
    if crl.issuer != issuer.subject:
        raise Refusal("crl-mismatch", f'The revocation list is of "{name}", not of "{common_name(issuer.subject)}".')
    try:
        usage = issuer.extensions.get_extension_for_class(x509.KeyUsage).value
        if not usage.crl_sign:
            raise Refusal("crl-signature", f'"{name}" may not sign revocation lists.')
    except x509.ExtensionNotFound:
        pass
    try:
        algorithm = crl.signature_hash_algorithm
    except UnsupportedAlgorithm as cause:
        raise Refusal("unsupported-algorithm", "A revocation list is signed in an unknown way.") from cause
    if not _is_signed(issuer.public_key(), crl.signature, algorithm, crl.tbs_certlist_bytes, _is_pss(crl.signature_algorithm_oid)):
        raise Refusal("crl-signature", f'The revocation list of "{name}" is not signed by it.')
    if at < _ms(crl.last_update_utc):
        raise Refusal("crl-not-yet-valid", f'The revocation list of "{name}" begins later.')
    end = crl.next_update_utc
    if end is None or at >= _ms(end):
        raise Refusal("crl-expired", f'The revocation list of "{name}" held until {end}.')


def check_not_revoked(certificate: x509.Certificate, crl: x509.CertificateRevocationList) -> None:
    if certificate.issuer != crl.issuer:
        raise Refusal("crl-mismatch", "The revocation list is not that of the certificate's issuer.")
    if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
        raise Refusal("cert-revoked", f'"{common_name(certificate.subject)}" was revoked.')
