"""Quotes of Intel's DCAP, taken apart: SGX version 3, TDX versions 4 and 5. Nothing is verified here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from .reader import Reader
from .refusal import Refusal, malformed

MAX_QUOTE = 64 << 10
INTEL_QE = bytes.fromhex("939a7233f79c4ca9940a0db3957f0607")
_SGX_BODY = 384
_V5_BODIES = {1: ("sgx", 384), 2: ("tdx", 584), 3: ("tdx", 648), 4: ("tdx", 885)}


@dataclass(frozen=True)
class SgxReport:
    """Lower-case hexadecimal unless a number or a flag."""

    misc_select: str
    attributes: str
    mr_enclave: str
    mr_signer: str
    config_id: str
    isv_prod_id: int
    isv_svn: int
    report_data: str
    debug: bool


@dataclass(frozen=True)
class TdReport:
    """Lower-case hexadecimal unless a flag."""

    tee_tcb_svn: str
    mr_seam: str
    mr_signer_seam: str
    seam_attributes: str
    mr_td: str
    mr_config_id: str
    mr_owner: str
    mr_owner_config: str
    rtmr0: str
    rtmr1: str
    rtmr2: str
    rtmr3: str
    report_data: str
    td_attributes: str
    #: TD 1.5: the SVN of the module that runs now, and of a service TD.
    tee_tcb_svn2: str | None
    mr_service_td: str | None
    debug: bool
    sept_ve_disable: bool
    migratable: bool


@dataclass(frozen=True)
class Quote:
    tee: Literal["sgx", "tdx"]
    body: SgxReport | TdReport
    #: Header and body: what the attestation key signs.
    signed: bytes = field(repr=False)
    signature: bytes = field(repr=False)
    attestation_key: bytes = field(repr=False)
    qe_report: bytes = field(repr=False)
    qe: SgxReport = field(repr=False)
    qe_report_signature: bytes = field(repr=False)
    qe_auth_data: bytes = field(repr=False)
    certification_type: int = field(repr=False)
    certification_data: bytes = field(repr=False)

    @property
    def registers(self) -> dict[str, str]:
        """By their names in policies."""
        if isinstance(self.body, SgxReport):
            return {"mrEnclave": self.body.mr_enclave, "mrSigner": self.body.mr_signer}
        body = self.body
        return {"mrTd": body.mr_td, "rtmr0": body.rtmr0, "rtmr1": body.rtmr1, "rtmr2": body.rtmr2, "rtmr3": body.rtmr3}


def looks_like_quote(data: bytes) -> bool:
    return len(data) > 48 and data[12:28] == INTEL_QE


def parse_sgx_report(data: bytes) -> SgxReport:
    def u16(at: int) -> int:
        return int.from_bytes(data[at : at + 2], "little")

    return SgxReport(
        misc_select=data[16:20].hex(),
        attributes=data[48:64].hex(),
        mr_enclave=data[64:96].hex(),
        mr_signer=data[128:160].hex(),
        config_id=data[192:256].hex(),
        isv_prod_id=u16(256),
        isv_svn=u16(258),
        report_data=data[320:384].hex(),
        debug=bool(data[48] & 2),
    )


def parse_td_report(data: bytes) -> TdReport:
    reader = Reader(data, "The TD report")
    attributes = int.from_bytes(data[120:124], "little")

    def text(length: int) -> str:
        return reader.take(length).hex()

    svn, seam, signer_seam, seam_attributes, td_attributes = text(16), text(48), text(48), text(8), text(8)
    text(8)  # XFAM
    td, config, owner, owner_config = text(48), text(48), text(48), text(48)
    rtmr0, rtmr1, rtmr2, rtmr3, report_data = text(48), text(48), text(48), text(48), text(64)
    newer = (text(16), text(48)) if reader.left else (None, None)
    return TdReport(
        tee_tcb_svn=svn,
        mr_seam=seam,
        mr_signer_seam=signer_seam,
        seam_attributes=seam_attributes,
        mr_td=td,
        mr_config_id=config,
        mr_owner=owner,
        mr_owner_config=owner_config,
        rtmr0=rtmr0,
        rtmr1=rtmr1,
        rtmr2=rtmr2,
        rtmr3=rtmr3,
        report_data=report_data,
        td_attributes=td_attributes,
        tee_tcb_svn2=newer[0],
        mr_service_td=newer[1],
        debug=bool(attributes & 1),
        sept_ve_disable=bool(attributes & (1 << 28)),
        migratable=bool(attributes & (1 << 29)),
    )


def parse_quote(data: bytes) -> Quote:
    """Raises `Refusal`: malformed, unsupported-version, unsupported-key-type."""
    if len(data) > MAX_QUOTE:
        raise malformed(f"A quote of {len(data)} bytes.")
    reader = Reader(data, "The quote")
    version = reader.u16()
    if version not in (3, 4, 5):
        raise Refusal("unsupported-version", f"A quote of version {version}; 3, 4 and 5 are supported.")
    key_type, tee_type = reader.u16(), reader.u32()
    reader.take(4)
    vendor = reader.take(16)
    reader.take(20)
    if vendor != INTEL_QE:
        raise malformed(f"The quoting enclave is not Intel's: vendor {vendor.hex()}.")
    if key_type != 2:
        raise Refusal("unsupported-key-type", f"Attestation key type {key_type}; only 2, ECDSA P-256, is in use.")
    tee, size = _body_type(reader, version, tee_type)
    body_bytes = reader.take(size)
    signed = data[: reader.at]
    body: SgxReport | TdReport = parse_sgx_report(body_bytes) if tee == "sgx" else parse_td_report(body_bytes)
    parts = Reader(reader.take(reader.u32()), "The signature data")
    signature, key = parts.take(64), parts.take(64)
    if version == 3:
        qe_parts = parts
    else:
        outer, inner = _certification(parts)
        if outer != 6:
            raise malformed(f"Certification data of type {outer}, not of type 6.")
        qe_parts = Reader(inner, "The QE report certification data")
    qe_report, qe_signature = qe_parts.take(_SGX_BODY), qe_parts.take(64)
    auth_data = qe_parts.take(qe_parts.u16())
    kind, certification = _certification(qe_parts)
    qe_parts.end()
    parts.end()
    return Quote(
        tee="sgx" if tee == "sgx" else "tdx",
        body=body,
        signed=signed,
        signature=signature,
        attestation_key=key,
        qe_report=qe_report,
        qe=parse_sgx_report(qe_report),
        qe_report_signature=qe_signature,
        qe_auth_data=auth_data,
        certification_type=kind,
        certification_data=certification,
    )


def _body_type(reader: Reader, version: int, tee_type: int) -> tuple[str, int]:
    if version == 3:
        return ("sgx", _SGX_BODY)
    if tee_type not in (0, 0x81):
        raise malformed(f"TEE type {tee_type:#x} is neither SGX nor TDX.")
    if version == 4:
        return ("sgx", _SGX_BODY) if tee_type == 0 else ("tdx", 584)
    kind, size = reader.u16(), reader.u32()
    found = _V5_BODIES.get(kind)
    if found is None or found[1] != size or (found[0] == "sgx") != (tee_type == 0):
        raise malformed("The body does not have the type and size that its quote declares.")
    return found


def _certification(reader: Reader) -> tuple[int, bytes]:
    kind = reader.u16()
    return kind, reader.take(reader.u32())
