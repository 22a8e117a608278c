"""TCB Info and QE Identity (Intel PCS API v4): JSON objects signed over their exact bytes."""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from . import strict_json
from .reader import from_hex
from .refusal import Refusal, malformed

MAX_COLLATERAL = 1 << 20
MAX_LIST = 1000

LEVEL_STATUSES = (
    "UpToDate",
    "SWHardeningNeeded",
    "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded",
    "OutOfDate",
    "OutOfDateConfigurationNeeded",
    "Revoked",
)
_ISO = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z")


@dataclass(frozen=True)
class Level:
    status: str
    date: str
    advisories: tuple[str, ...]


@dataclass(frozen=True)
class PlatformLevel(Level):
    sgx: tuple[int, ...]
    tdx: tuple[int, ...] | None
    pce_svn: int


@dataclass(frozen=True)
class IsvLevel(Level):
    isv_svn: int


@dataclass(frozen=True)
class ModuleIdentity:
    mr_signer: str
    attributes: bytes
    mask: bytes
    levels: tuple[IsvLevel, ...] = ()


@dataclass(frozen=True)
class Issued:
    """Times in milliseconds since 1970."""

    issue_date: int
    next_update: int
    evaluation_number: int


@dataclass(frozen=True)
class TcbInfo(Issued):
    tee: Literal["sgx", "tdx"]
    fmspc: str
    pce_id: str
    levels: tuple[PlatformLevel, ...]
    module: ModuleIdentity | None
    modules: dict[str, ModuleIdentity]


@dataclass(frozen=True)
class QeIdentity(Issued):
    id: str
    mr_signer: str
    isv_prod_id: int
    misc_select: bytes
    misc_select_mask: bytes
    attributes: bytes
    attributes_mask: bytes
    levels: tuple[IsvLevel, ...]


@dataclass(frozen=True)
class SignedJson:
    signed: bytes
    value: dict[str, Any]
    signature: bytes


def parse_signed(data: bytes, name: Literal["tcbInfo", "enclaveIdentity"]) -> SignedJson:
    """Cuts out the member `name`, byte for byte, and its signature."""
    if len(data) > MAX_COLLATERAL:
        raise malformed(f'"{name}" of {len(data)} bytes.')
    try:
        members = strict_json.members(data.decode("utf8"))
    except UnicodeDecodeError as cause:
        raise malformed(f'The JSON of "{name}" is no UTF-8.') from cause
    inner, signature = members.get(name), members.get("signature", "")
    if inner is None or not re.fullmatch(r'"[0-9a-fA-F]{128}"', signature):
        raise malformed(f'The JSON lacks "{name}" or its signature.')
    return SignedJson(inner.encode("utf8"), _object(strict_json.parse(inner), name), bytes.fromhex(signature[1:-1]))


def parse_tcb_info(json: dict[str, Any]) -> TcbInfo:
    """Raises `Refusal`: tcb-info-malformed, tcb-status-unknown."""
    try:
        return _tcb_info(json)
    except Refusal as refusal:
        if refusal.reason != "malformed":
            raise
        raise Refusal("tcb-info-malformed", refusal.message) from refusal


def _tcb_info(json: dict[str, Any]) -> TcbInfo:
    version = _number(json, "version", 0xFFFF)
    if version not in (2, 3):
        raise malformed(f"TCB Info of version {version}; 2 and 3 are supported.")
    if _number(json, "tcbType", 0xFFFF) != 0:
        raise malformed("TCB Info of an unknown tcbType.")
    kind = "SGX" if version == 2 else _text(json, "id")
    if kind not in ("SGX", "TDX"):
        raise malformed("TCB Info for another TEE.")
    tee: Literal["sgx", "tdx"] = "sgx" if kind == "SGX" else "tdx"
    levels = tuple(_platform_level(entry, version, tee) for entry in _list(json.get("tcbLevels"), "tcbLevels"))
    if not levels:
        raise malformed("TCB Info without TCB levels.")
    return TcbInfo(
        **_issued(json),
        tee=tee,
        fmspc=_hex(json, "fmspc", 6).hex(),
        pce_id=_hex(json, "pceId", 2).hex(),
        levels=levels,
        module=_module(json.get("tdxModule"), "tdxModule") if tee == "tdx" else None,
        modules=_modules(json.get("tdxModuleIdentities")) if tee == "tdx" else {},
    )


def parse_qe_identity(json: dict[str, Any]) -> QeIdentity:
    if _number(json, "version", 0xFFFF) != 2:
        raise malformed("QE Identity of another version than 2.")
    levels = _isv_levels(json.get("tcbLevels"))
    if not levels:
        raise malformed("QE Identity without TCB levels.")
    return QeIdentity(
        **_issued(json),
        id=_text(json, "id"),
        mr_signer=_hex(json, "mrsigner", 32).hex(),
        isv_prod_id=_number(json, "isvprodid", 0xFFFF),
        misc_select=_hex(json, "miscselect", 4),
        misc_select_mask=_hex(json, "miscselectMask", 4),
        attributes=_hex(json, "attributes", 16),
        attributes_mask=_hex(json, "attributesMask", 16),
        levels=levels,
    )


def _object(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise malformed(f'"{name}" is not an object.')
    return value


def _list(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > MAX_LIST:
        raise malformed(f'"{name}" is not a list of at most {MAX_LIST}.')
    return value


def _text(json: dict[str, Any], name: str) -> str:
    value = json.get(name)
    if not isinstance(value, str):
        raise malformed(f'"{name}" is not a text.')
    return value


def _number(json: dict[str, Any], name: str, most: int) -> int:
    value = json.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise malformed(f'"{name}" is not a whole number up to {most}.')
    return value


def _hex(json: dict[str, Any], name: str, length: int) -> bytes:
    data = from_hex(_text(json, name))
    if len(data) != length:
        raise malformed(f'"{name}" has {len(data)} bytes, not {length}.')
    return data


def _time(json: dict[str, Any], name: str) -> int:
    value = _text(json, name)
    try:
        if not _ISO.fullmatch(value):
            raise ValueError
        found = datetime.datetime.strptime(value[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    except ValueError as cause:
        raise malformed(f'"{name}" is not a time.') from cause
    return round(found.timestamp() * 1000)


def _issued(json: dict[str, Any]) -> dict[str, int]:
    return {
        "issue_date": _time(json, "issueDate"),
        "next_update": _time(json, "nextUpdate"),
        "evaluation_number": _number(json, "tcbEvaluationDataNumber", 0xFFFFFFFF),
    }


def _level(json: dict[str, Any]) -> dict[str, Any]:
    status = json.get("tcbStatus")
    if status not in LEVEL_STATUSES:
        raise Refusal("tcb-status-unknown", f"The TCB status {str(status)[:40]!r} does not exist.")
    advisories = _list(json.get("advisoryIDs", []), "advisoryIDs")
    if not all(isinstance(one, str) for one in advisories):
        raise malformed("An advisory is not a text.")
    return {
        "status": status,
        "date": _text(json, "tcbDate") if "tcbDate" in json else "",
        "advisories": tuple(advisories),
    }


def _isv_levels(value: Any) -> tuple[IsvLevel, ...]:
    entries = [_object(entry, "tcbLevels") for entry in _list(value, "tcbLevels")]
    return tuple(IsvLevel(**_level(entry), isv_svn=_number(_object(entry.get("tcb"), "tcb"), "isvsvn", 0xFFFF)) for entry in entries)


def _components(value: Any, name: str) -> tuple[int, ...]:
    svns = tuple(_number(_object(entry, name), "svn", 255) for entry in _list(value, name))
    if len(svns) != 16:
        raise malformed(f'"{name}" has {len(svns)} components, not 16.')
    return svns


def _platform_level(value: Any, version: int, tee: str) -> PlatformLevel:
    json = _object(value, "tcbLevels")
    tcb = _object(json.get("tcb"), "tcb")
    sgx: Sequence[int]
    if version == 2:
        sgx = [_number(tcb, f"sgxtcbcomp{n:02}svn", 255) for n in range(1, 17)]
    else:
        sgx = _components(tcb.get("sgxtcbcomponents"), "sgxtcbcomponents")
    return PlatformLevel(
        **_level(json),
        sgx=tuple(sgx),
        tdx=_components(tcb.get("tdxtcbcomponents"), "tdxtcbcomponents") if tee == "tdx" else None,
        pce_svn=_number(tcb, "pcesvn", 0xFFFF),
    )


def _module(value: Any, name: str, levels: tuple[IsvLevel, ...] = ()) -> ModuleIdentity:
    json = _object(value, name)
    return ModuleIdentity(
        mr_signer=_hex(json, "mrsigner", 48).hex(),
        attributes=_hex(json, "attributes", 8),
        mask=_hex(json, "attributesMask", 8),
        levels=levels,
    )


def _modules(value: Any) -> dict[str, ModuleIdentity]:
    found: dict[str, ModuleIdentity] = {}
    for entry in _list(value if value is not None else [], "tdxModuleIdentities"):
        json = _object(entry, "tdxModuleIdentities")
        name = _text(json, "id").upper()
        if name in found:
            raise malformed(f"The TDX module {name} stands twice.")
        found[name] = _module(json, name, _isv_levels(json.get("tcbLevels")))
    return found
