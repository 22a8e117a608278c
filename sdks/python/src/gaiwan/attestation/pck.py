"""PCK certificates (Intel SGX PCK Certificate and CRL Profile): the platform's values are in an extension."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509

from . import der
from .certificates import common_name
from .der import Der, DerList
from .refusal import Refusal, malformed

SGX_EXTENSION = "1.2.840.113741.1.13.1"
_PREFIX = bytes.fromhex("2a864886f84d010d01")


@dataclass(frozen=True)
class Pck:
    components: tuple[int, ...]
    pce_svn: int
    pce_id: str
    fmspc: str
    platform_instance_id: str | None


def parse_pck(certificate: x509.Certificate) -> Pck:
    """Raises `Refusal`: cert-chain for one that is no PCK certificate by its names; pck-extension."""
    subject, issuer = common_name(certificate.subject), common_name(certificate.issuer)
    if subject != "Intel SGX PCK Certificate":
        raise Refusal("cert-chain", f'The platform\'s certificate is "{subject}", not a PCK certificate.')
    if issuer not in ("Intel SGX PCK Platform CA", "Intel SGX PCK Processor CA"):
        raise Refusal("cert-chain", f'The PCK certificate was issued by "{issuer}", not by a PCK CA.')
    for extension in certificate.extensions:
        if extension.oid.dotted_string == SGX_EXTENSION and isinstance(extension.value, x509.UnrecognizedExtension):
            try:
                return _parse(extension.value.value)
            except Refusal as cause:
                raise Refusal("pck-extension", cause.message) from cause
    raise Refusal("pck-extension", "The PCK certificate has no SGX extension.")


def _parse(value: bytes) -> Pck:
    values = _pairs(Der.only(value, der.SEQUENCE).children(), "")
    tcb = _pairs(_pick(values, "2", der.SEQUENCE).children(), "2.")
    components = tuple(_pick(tcb, str(n), der.INTEGER).uint() for n in range(1, 17))
    if max(components) > 0xFFFF:
        raise malformed("A component with an SVN beyond 65535.")
    _octets(values, "1", 16)
    _octets(tcb, "18", 16)
    return Pck(
        components=components,
        pce_svn=_pick(tcb, "17", der.INTEGER).uint(),
        pce_id=_octets(values, "3", 2),
        fmspc=_octets(values, "4", 6),
        platform_instance_id=_octets(values, "6", 16) if "6" in values else None,
    )


def _pairs(entries: DerList, prefix: str) -> dict[str, Der]:
    found: dict[str, Der] = {}
    while not entries.done:
        pair = entries.next(der.SEQUENCE).children()
        oid = pair.next(der.OID).content
        value = pair.next()
        pair.end()
        arcs = oid[len(_PREFIX) :]
        if not oid.startswith(_PREFIX) or any(arc >= 0x80 for arc in arcs):
            raise malformed("An object that is not of the SGX extension.")
        name = ".".join(str(arc) for arc in arcs)
        if not name.startswith(prefix) or name[len(prefix) :] in found:
            raise malformed(f"The object .{name} is not expected.")
        found[name[len(prefix) :]] = value
    return found


def _pick(values: dict[str, Der], arc: str, tag: int) -> Der:
    value = values.get(arc)
    if value is None or value.tag != tag:
        raise malformed(f"The value .{arc} is missing.")
    return value


def _octets(values: dict[str, Der], arc: str, length: int) -> str:
    content = _pick(values, arc, der.OCTETS).content
    if len(content) != length:
        raise malformed(f"The value .{arc} has {len(content)} bytes.")
    return content.hex()
