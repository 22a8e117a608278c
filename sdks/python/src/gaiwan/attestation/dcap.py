"""Verification of SGX and TDX quotes, in the order of Intel's quote verification library. No policy."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from .certificates import (
    Anchor,
    check_crl,
    check_links,
    check_not_revoked,
    check_root,
    check_validity,
    common_name,
    order_chain,
    parse_certificates,
    parse_crl,
)
from .collateral import Issued, QeIdentity, TcbInfo, parse_qe_identity, parse_signed, parse_tcb_info
from .pck import SGX_EXTENSION, Pck, parse_pck
from .quote import Quote, parse_quote
from .refusal import Refusal
from .tcb import Tcb, evaluate_tcb

#: Intel's SGX Root CA; its two certificates (to 2033 and to 2049) have this one key.
INTEL_ROOTS = (Anchor(bytes.fromhex("a0af031289f5d5d4132f9186068a7fc13628633ba235777472e29b6b6c67a49e")),)

I = TypeVar("I", bound=Issued)  # noqa: E741


@dataclass(frozen=True)
class DcapEndorsements:
    """What Intel's PCS or a PCCS serves, as it was served. What is missing is refused."""

    tcb_info: bytes | None = None
    qe_identity: bytes | None = None
    #: PEM or DER: the TCB signer, then the root.
    tcb_signing_chain: bytes | None = None
    #: DER or PEM.
    pck_crl: bytes | None = None
    root_crl: bytes | None = None
    #: Where QE Identity came with another chain than TCB Info.
    qe_identity_signing_chain: bytes | None = None
    #: For quotes that do not carry it.
    pck_chain: bytes | None = None


@dataclass(frozen=True)
class VerifiedQuote:
    quote: Quote
    pck: Pck
    tcb: Tcb
    #: Whether the root says that its machines are simulated.
    simulated: bool


def verify_dcap(data: bytes, endorsements: DcapEndorsements, *, at: int, anchors: Sequence[Anchor] = INTEL_ROOTS) -> VerifiedQuote:
    """Verifies a quote with all of its endorsements. `at`: milliseconds since 1970. Raises `Refusal`."""
    quote = parse_quote(data)
    chain = _checked_chain(_pck_chain(quote, endorsements), 3)
    simulated = check_root(chain, anchors)
    check_validity(chain, at)
    pck = parse_pck(chain[0])
    _check_signatures(quote, chain[0].public_key())
    root_crl = endorsements.root_crl
    info = _verify_collateral("tcbInfo", endorsements.tcb_info, endorsements.tcb_signing_chain, root_crl, anchors, at, parse_tcb_info)
    identity = _verify_collateral(
        "enclaveIdentity",
        endorsements.qe_identity,
        endorsements.qe_identity_signing_chain or endorsements.tcb_signing_chain,
        root_crl,
        anchors,
        at,
        parse_qe_identity,
    )
    check_not_revoked(chain[1], _crl(root_crl, "root", chain[2], at))
    check_not_revoked(chain[0], _crl(endorsements.pck_crl, "PCK CA", chain[1], at))
    _check_fit(quote, pck, info, identity)
    return VerifiedQuote(quote, pck, evaluate_tcb(quote, pck, info, identity), simulated)


def _pck_chain(quote: Quote, endorsements: DcapEndorsements) -> bytes:
    if quote.certification_type == 5:
        return quote.certification_data
    if endorsements.pck_chain is None:
        raise Refusal("pck-certificate-needed", "The quote does not carry the certificate of its platform.")
    return endorsements.pck_chain


def _checked_chain(data: bytes, length: int) -> list[x509.Certificate]:
    chain = order_chain(parse_certificates(data))
    if len(chain) != length:
        raise Refusal("cert-chain", f"A chain of {len(chain)} certificates where Intel has {length}.")
    check_links(chain, frozenset({SGX_EXTENSION}))
    return chain


def is_signed_p256(key: object, raw: bytes, data: bytes) -> bool:
    """`raw`: r and s, 32 bytes each."""
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1) or len(raw) != 64:
        return False
    r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    try:
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _check_signatures(quote: Quote, pck_key: object) -> None:
    """The chain of trust inside a quote: PCK key, QE report, attestation key, body."""
    if not is_signed_p256(pck_key, quote.qe_report_signature, quote.qe_report):
        raise Refusal("qe-report-signature", "The QE's report is not signed by the platform's key.")
    vouched = hashlib.sha256(quote.attestation_key + quote.qe_auth_data).hexdigest()
    # The first half of the field is all that Intel defines for it.
    if quote.qe.report_data[:64] != vouched:
        raise Refusal("qe-report-binding", "The QE's report names another attestation key.")
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + quote.attestation_key)
    except ValueError as cause:
        raise Refusal("quote-signature", "The attestation key is no point of P-256.") from cause
    if not is_signed_p256(key, quote.signature, quote.signed):
        raise Refusal("quote-signature", "The quote is not signed by its attestation key.")


def _crl(data: bytes | None, what: str, issuer: x509.Certificate, at: int) -> x509.CertificateRevocationList:
    if not data:
        raise Refusal("crl-missing", f"The revocation list of the {what} was not given.")
    crl = parse_crl(data)
    check_crl(crl, issuer, at)
    return crl


def _verify_collateral(
    name: Literal["tcbInfo", "enclaveIdentity"],
    data: bytes | None,
    chain_bytes: bytes | None,
    root_crl: bytes | None,
    anchors: Sequence[Anchor],
    at: int,
    parse: Callable[[dict[str, Any]], I],
) -> I:
    what, code = ("TCB Info", "tcb-info") if name == "tcbInfo" else ("QE Identity", "qe-identity")
    if data is None or chain_bytes is None:
        raise Refusal("missing-collateral", f"The {what} or its signing chain was not given.")
    chain = _checked_chain(chain_bytes, 2)
    check_root(chain, anchors)
    check_validity(chain, at)
    signer, root = chain
    # Whoever extracted a PCK key has a certificate under this root, too: only the TCB signer may sign.
    if common_name(signer.subject) != "Intel SGX TCB Signing":
        raise Refusal("tcb-signer", f'The {what} is signed by "{common_name(signer.subject)}", which is not for that.')
    check_not_revoked(signer, _crl(root_crl, "root", root, at))
    signed = parse_signed(data, name)
    if not is_signed_p256(signer.public_key(), signed.signature, signed.signed):
        raise Refusal(f"{code}-signature", f"The {what} is not signed by the TCB signer.")
    value = parse(signed.value)
    if at < value.issue_date:
        raise Refusal("collateral-not-yet-valid", f"The {what} was issued after the time of verification.")
    if at >= value.next_update:
        raise Refusal(f"{code}-expired", f"The {what} holds no longer.")
    return value


def _check_fit(quote: Quote, pck: Pck, info: TcbInfo, identity: QeIdentity) -> None:
    if info.tee != quote.tee:
        raise Refusal("tcb-info-mismatch", f"TCB Info for {info.tee}, a quote of {quote.tee}.")
    if info.fmspc != pck.fmspc:
        raise Refusal("tcb-info-mismatch", f"TCB Info of FMSPC {info.fmspc}, a platform of FMSPC {pck.fmspc}.")
    if info.pce_id != pck.pce_id:
        raise Refusal("tcb-info-mismatch", f"TCB Info of PCE {info.pce_id}, a platform of PCE {pck.pce_id}.")
    if identity.id != ("QE" if quote.tee == "sgx" else "TD_QE"):
        raise Refusal("qe-identity-mismatch", "QE Identity of another quoting enclave.")
