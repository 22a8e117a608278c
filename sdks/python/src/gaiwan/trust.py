"""Whom to trust: on whose machines a platform may run, and what it may run there."""

from __future__ import annotations

import pathlib
import re
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Union

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa

from .attestation.certificates import Anchor, anchors_of, is_simulated_root, order_chain, parse_certificates
from .attestation.dcap import INTEL_ROOTS, DcapEndorsements
from .attestation.pck import parse_pck
from .attestation.policy import Policy, PolicyError, check_policy, read_policy
from .attestation.quote import Quote
from .attestation.refusal import Refusal
from .errors import GaiwanError

Path = Union[str, pathlib.Path]
#: A file as `gaiwan measure --policy` writes one, or what is in it.
PolicySource = Union[Path, Mapping[str, Any]]
#: Endorsements for a quote. Raises `Refusal` (no-endorsements) where nobody vouches for its machine.
EndorsementSource = Callable[[Quote], DcapEndorsements]

AUTHENTICATION = "teaclave_authentication_service"
FRONTEND = "teaclave_frontend_service"
_MAX_INFO = 1 << 20
_MAX_ANSWER = 4 << 20

_ENDORSEMENTS = {
    "tcb_info": "tcb-info.json",
    "qe_identity": "qe-identity.json",
    "tcb_signing_chain": "tcb-signing-chain.pem",
    "pck_crl": "pck.crl",
    "root_crl": "root.crl",
}


@dataclass(frozen=True)
class Trust:
    """What `connect` holds a platform to. Made by `simulation_trust` or `vendor_trust`."""

    endorsements: EndorsementSource = field(repr=False)
    anchors: tuple[Anchor, ...] = field(repr=False)
    #: One of them must accept the evidence; by service.
    policies: Mapping[str, Sequence[Policy]]
    #: Whether the roots are those of a simulation: then everything that rests on them protects nothing.
    simulated: bool = False

    def with_maximum_age(self, seconds: float) -> Trust:
        """Evidence may be this old, where a policy does not say less. Default: an hour."""
        limited = {
            service: [{**one, "maximumAge": min(seconds, one.get("maximumAge", seconds))} for one in policies]
            for service, policies in self.policies.items()
        }
        return replace(self, policies=limited)


@dataclass(frozen=True)
class Auditors:
    """Whose signatures under an `enclave_info.toml` count: public keys (PEM files, or their text), and how many must have signed."""

    keys: Sequence[Path | bytes]
    needed: int


def policies_of(policy: PolicySource) -> Mapping[str, Sequence[Policy]]:
    """The same policy for every service. Raises `GaiwanError` (bad-connection-options)."""
    try:
        if isinstance(policy, Mapping):
            found: Policy = dict(policy)
            check_policy(found)
        else:
            found = read_policy(policy)
    except PolicyError as cause:
        raise GaiwanError("bad-connection-options", str(cause)) from cause
    except OSError as cause:
        raise GaiwanError("bad-connection-options", f"The policy {policy} cannot be read: {cause}") from cause
    return {AUTHENTICATION: [found], FRONTEND: [found]}


def simulation_trust(folder: Path, policy: PolicySource) -> Trust:
    """Trust in one simulated machine, and in no other machine at all: it protects nothing.

    folder: of the machine that `gaiwan simulation init` made, or a copy of its public part.
    Raises `GaiwanError`: no-simulation, simulation-outdated, simulation-damaged, bad-connection-options.
    """
    place = pathlib.Path(folder)
    try:
        root = (place / "root.pem").read_bytes()
        endorsements = _endorsements_in(place / "endorsements")
    except OSError as cause:
        raise GaiwanError(
            "no-simulation",
            f"{place} has no root.pem and endorsements of a simulated machine: name the folder that gaiwan simulation init made.",
        ) from cause
    try:
        certificates = parse_certificates(root)
    except Refusal as cause:
        raise GaiwanError("simulation-damaged", f"{place / 'root.pem'} is not a certificate: {cause.message}") from cause
    if len(certificates) != 1:
        raise GaiwanError("simulation-damaged", f"{place / 'root.pem'} has {len(certificates)} certificates instead of one.")
    if not is_simulated_root(certificates[0]):
        raise GaiwanError("simulation-outdated", f"The root of {place} does not say that it is a simulated machine's: make a new machine.")
    return Trust(lambda _quote: endorsements, tuple(anchors_of([root])), policies_of(policy), simulated=True)


def _endorsements_in(folder: pathlib.Path) -> DcapEndorsements:
    return DcapEndorsements(**{part: (folder / name).read_bytes() for part, name in _ENDORSEMENTS.items()})


def vendor_trust(
    policy: PolicySource | None = None,
    *,
    enclave_info: Path | None = None,
    signatures: Sequence[Path] = (),
    auditors: Auditors | None = None,
    endorsements: Path | None = None,
    pccs: str | None = None,
) -> Trust:
    """Trust in machines of SGX and TDX that Intel vouches for.

    policy: what may run there. Or `enclave_info` (a TOML file) with the `signatures` of `auditors`, and a policy for the rest.
    endorsements: a folder with tcb-info.json, qe-identity.json, tcb-signing-chain.pem, pck.crl and root.crl, in place of Intel's service.
    pccs: address (https://...) of a PCCS, in place of Intel's service.
    Raises `GaiwanError`: bad-connection-options, untrusted-auditors.
    """
    if enclave_info is None:
        if policy is None:
            raise GaiwanError("bad-connection-options", "Say what the platform may run: a policy, or an enclave info with auditors.")
        policies = policies_of(policy)
    else:
        policies = _audited(enclave_info, signatures, auditors, policy)
    if endorsements is not None:
        try:
            found = _endorsements_in(pathlib.Path(endorsements))
        except OSError as cause:
            raise GaiwanError("bad-connection-options", f"{endorsements} does not have all endorsements: {cause}") from cause
        return Trust(lambda _quote: found, INTEL_ROOTS, policies)
    return Trust(_IntelSource(pccs), INTEL_ROOTS, policies)


def _audited(
    path: Path, signatures: Sequence[Path], auditors: Auditors | None, policy: PolicySource | None
) -> Mapping[str, Sequence[Policy]]:
    if auditors is None:
        raise GaiwanError("bad-connection-options", "Say whose signatures under the enclave info count: none are built in.")
    try:
        info = pathlib.Path(path).read_bytes()
        signed = [pathlib.Path(one).read_bytes() for one in signatures]
        keys = [one if isinstance(one, bytes) else pathlib.Path(one).read_bytes() for one in auditors.keys]
    except OSError as cause:
        raise GaiwanError("bad-connection-options", f"A file of the enclave info cannot be read: {cause}") from cause
    check_auditors(info, signed, keys, auditors.needed)
    others = {} if policy is None else dict(policies_of(policy)[FRONTEND][0])
    others.pop("anyMeasurement", None)
    return {service: [{**others, "measurements": measurements_for(info, service)}] for service in (AUTHENTICATION, FRONTEND)}


def check_auditors(info: bytes, signatures: Sequence[bytes], keys: Sequence[bytes], needed: int) -> None:
    """Every signature is of an auditor, and at least `needed` different ones have signed. Raises `GaiwanError`."""
    known: dict[bytes, ed25519.Ed25519PublicKey | rsa.RSAPublicKey] = {}
    for pem in keys:
        key = _auditor_key(pem)
        known[key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)] = key
    if not 1 <= needed <= len(known):
        raise GaiwanError("untrusted-auditors", f"{needed} of {len(known)} different auditors cannot be required.", reason="bad-threshold")
    signers = set()
    for signature in signatures:
        by = next((name for name, key in known.items() if _signed_by(key, signature, info)), None)
        if by is None:
            raise GaiwanError(
                "untrusted-auditors", "A signature is of none of the auditors, or over another enclave info.", reason="wrong-signature"
            )
        signers.add(by)
    if len(signers) < needed:
        raise GaiwanError(
            "untrusted-auditors", f"{len(signers)} of the auditors have signed, and {needed} are required.", reason="auditors-missing"
        )


def _auditor_key(pem: bytes) -> ed25519.Ed25519PublicKey | rsa.RSAPublicKey:
    try:
        if b"PRIVATE KEY" in pem:
            raise ValueError("it is the private one")
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as cause:
        raise GaiwanError("untrusted-auditors", f"An auditor's public key cannot be read: {cause}", reason="bad-auditor-key") from cause
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, rsa.RSAPublicKey) and 2048 <= key.key_size <= 8192:
        exponent = key.public_numbers().e
        if exponent >= 65_537 and exponent % 2 == 1:
            return key
    raise GaiwanError(
        "untrusted-auditors", "An auditor's key is Ed25519, or RSA of 2048 to 8192 bits with a sound exponent.", reason="bad-auditor-key"
    )


def _signed_by(key: ed25519.Ed25519PublicKey | rsa.RSAPublicKey, signature: bytes, info: bytes) -> bool:
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, info)
        else:
            key.verify(signature, info, padding.PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


_REGISTERS = {
    "mr_enclave": ("mrEnclave", {64}),
    "mr_signer": ("mrSigner", {64}),
    "mr_td": ("mrTd", {96}),
    **{f"rtmr{n}": (f"rtmr{n}", {96}) for n in range(4)},
    "measurement": ("measurement", {96}),
    **{f"pcr{n}": (f"pcr{n}", {64, 96, 128}) for n in range(32)},
}
#: Registers of one TEE stand together; each set is enough.
_FAMILIES = (
    ("mr_enclave", "mr_signer"),
    ("mr_td", "rtmr0", "rtmr1", "rtmr2", "rtmr3"),
    ("measurement",),
    tuple(f"pcr{n}" for n in range(32)),
)


def measurements_for(info: bytes, service: str) -> list[dict[str, str]]:
    """Of an `enclave_info.toml`: sets of registers as a policy wants them. Raises `GaiwanError` (bad-connection-options)."""
    if len(info) > _MAX_INFO:
        raise _bad_info(f"it has {len(info)} bytes")
    try:
        tables = parse_toml(info.decode("utf8"))
    except (ValueError, RecursionError) as cause:
        raise _bad_info(f"it is not TOML: {cause}") from cause
    value = tables.get(service)
    builds = value if isinstance(value, list) else [value]
    if value is None or not 0 < len(builds) <= 64:
        raise _bad_info(f"it says nothing of {service}")
    return [one for build in builds for one in _sets_of(service, build)]


def parse_toml(text: str) -> dict[str, Any]:
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    return tomllib.loads(text)


def _bad_info(why: str) -> GaiwanError:
    return GaiwanError("bad-connection-options", f"The enclave info cannot be used: {why}.")


def _sets_of(service: str, build: Any) -> list[dict[str, str]]:
    if not isinstance(build, dict):
        raise _bad_info(f"[{service}] is not a table")
    for name, value in build.items():
        known = _REGISTERS.get(name)
        if known is None or not isinstance(value, str) or len(value) not in known[1] or not re.fullmatch("[0-9a-fA-F]*", value):
            raise _bad_info(f"[{service}] has {name!r}, which is no register with its value")
    if sum(any(name in build for name in family) for family in _FAMILIES[1:]) > 1:
        raise _bad_info(f"[{service}] has registers of several TEEs in one table")
    found = []
    for family in _FAMILIES:
        one = {_REGISTERS[name][0]: str(build[name]).lower() for name in family if name in build}
        if one and (family[0] in build or family[0] == "pcr0"):
            found.append(one)
    if not found:
        raise _bad_info(f"[{service}] identifies no program")
    return found


class _IntelSource:
    """Intel's Provisioning Certification Service, or a PCCS; answers are kept for an hour."""

    def __init__(self, pccs: str | None) -> None:
        if pccs is not None and not pccs.startswith("https://"):
            raise GaiwanError("bad-connection-options", f"A PCCS has an address that begins with https://: {pccs}")
        self._base = (pccs or "https://api.trustedservices.intel.com").rstrip("/")
        self._root_crl = (
            f"{self._base}/sgx/certification/v4/rootcacrl" if pccs else "https://certificates.trustedservices.intel.com/IntelSGXRootCA.der"
        )
        self._kept: dict[tuple[str, str, str], tuple[float, DcapEndorsements]] = {}

    def __call__(self, quote: Quote) -> DcapEndorsements:
        if quote.certification_type != 5:
            raise Refusal("pck-certificate-needed", "The quote does not carry the certificate of its platform.")
        leaf = order_chain(parse_certificates(quote.certification_data))[0]
        ca = "platform" if "Platform" in leaf.issuer.rfc4514_string() else "processor"
        key = (quote.tee, parse_pck(leaf).fmspc, ca)
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() - kept[0] < 3600:
            return kept[1]
        found = self._fetch(*key)
        self._kept[key] = (time.monotonic(), found)
        return found

    def _fetch(self, tee: str, fmspc: str, ca: str) -> DcapEndorsements:
        info, info_headers = _get(f"{self._base}/{tee}/certification/v4/tcb?fmspc={fmspc}&update=standard")
        identity, identity_headers = _get(f"{self._base}/{tee}/certification/v4/qe/identity?update=standard")
        pck_crl, _ = _get(f"{self._base}/sgx/certification/v4/pckcrl?ca={ca}&encoding=der")
        root_crl, _ = _get(self._root_crl)
        return DcapEndorsements(
            tcb_info=info,
            qe_identity=identity,
            tcb_signing_chain=_chain_of(info_headers, "tcb-info-issuer-chain", "sgx-tcb-info-issuer-chain"),
            qe_identity_signing_chain=_chain_of(identity_headers, "sgx-enclave-identity-issuer-chain"),
            pck_crl=_der_of(pck_crl),
            root_crl=_der_of(root_crl),
        )


def _get(url: str) -> tuple[bytes, Mapping[str, str]]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:  # noqa: S310 (https alone)
            data: bytes = answer.read(_MAX_ANSWER + 1)
            headers = {name.lower(): value for name, value in answer.headers.items()}
    except (urllib.error.URLError, OSError) as cause:
        raise Refusal("no-endorsements", f"Nothing endorses the evidence: {url} ({cause})") from cause
    if len(data) > _MAX_ANSWER:
        raise Refusal("no-endorsements", f"{url} answers with more than {_MAX_ANSWER} bytes.")
    return data, headers


def _chain_of(headers: Mapping[str, str], *names: str) -> bytes:
    for name in names:
        if name in headers:
            return urllib.parse.unquote(headers[name]).encode("utf8")
    raise Refusal("no-endorsements", "Intel's service, or the PCCS, sends no issuer chain.")


def _der_of(data: bytes) -> bytes:
    """PCCS caches send lists in hexadecimal."""
    text = data.strip()
    return bytes.fromhex(text.decode("ascii")) if re.fullmatch(rb"[0-9a-fA-F]+", text) and len(text) % 2 == 0 else data
