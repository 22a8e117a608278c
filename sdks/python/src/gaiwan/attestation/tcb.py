"""Which TCB level describes a platform, its quoting enclave and its TDX module (after Intel's quote verification library)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .collateral import IsvLevel, Level, ModuleIdentity, PlatformLevel, QeIdentity, TcbInfo
from .pck import Pck
from .quote import Quote, SgxReport, TdReport
from .refusal import Refusal


@dataclass(frozen=True)
class Tcb:
    """What endorsements say about a genuine quote: data for a policy, not a verdict."""

    status: str
    advisories: tuple[str, ...]
    #: Oldest date of the matched levels, ISO 8601.
    date: str
    evaluation_number: int


_NEEDS_CONFIGURATION = {"ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded", "OutOfDateConfigurationNeeded"}
_OUT_OF_DATE = {"OutOfDate", "OutOfDateConfigurationNeeded"}


def converge(platform: str, other: str) -> str:
    """The platform's status, made worse by that of its quoting enclave or of its TDX module."""
    if "Revoked" in (platform, other):
        return "Revoked"
    if other not in _OUT_OF_DATE:
        return platform
    needs = platform in _NEEDS_CONFIGURATION or other in _NEEDS_CONFIGURATION
    return "OutOfDateConfigurationNeeded" if needs else "OutOfDate"


def relaunch(launch: str, current: str) -> str:
    """Of a TD 1.5, whose module may have been updated under it."""
    if "Revoked" in (launch, current):
        return "Revoked"
    if launch not in _OUT_OF_DATE:
        return current if current in _OUT_OF_DATE else launch
    if current in _OUT_OF_DATE:
        return launch
    return "TDRelaunchAdvisedConfigurationNeeded" if current in _NEEDS_CONFIGURATION else "TDRelaunchAdvised"


def evaluate_tcb(quote: Quote, pck: Pck, info: TcbInfo, identity: QeIdentity) -> Tcb:
    """Raises `Refusal`: qe-identity-mismatch, tcb-not-supported, tdx-module-mismatch."""
    qe = _match_qe(identity, quote.qe)
    number = min(info.evaluation_number, identity.evaluation_number)
    body = quote.body
    if isinstance(body, SgxReport):
        platform = _match_platform(info, pck, None)
        return _summary(converge(platform.status, qe.status), [platform, qe], number)
    status, levels = _evaluate_td(info, pck, qe, body, bytes.fromhex(body.tee_tcb_svn))
    if body.tee_tcb_svn2 is not None:
        current, more = _evaluate_td(info, pck, qe, body, bytes.fromhex(body.tee_tcb_svn2))
        status, levels = relaunch(status, current), [*levels, *more]
    return _summary(status, levels, number)


def _summary(status: str, levels: Sequence[Level], number: int) -> Tcb:
    dates = sorted(level.date for level in levels if level.date)
    advisories = tuple(sorted({one for level in levels for one in level.advisories}))
    return Tcb(status, advisories, dates[0] if dates else "", number)


def _evaluate_td(info: TcbInfo, pck: Pck, qe: IsvLevel, td: TdReport, svn: bytes) -> tuple[str, list[Level]]:
    platform = _match_platform(info, pck, svn)
    module = _match_module(info, td, svn)
    status = platform.status if module is None else converge(platform.status, module.status)
    return converge(status, qe.status), [platform, qe, *([module] if module else [])]


def _equal_under(mask: bytes, have: bytes, want: bytes) -> bool:
    return len(have) == len(mask) == len(want) and all((a ^ b) & m == 0 for a, b, m in zip(have, want, mask, strict=False))


def _match_qe(identity: QeIdentity, qe: SgxReport) -> IsvLevel:
    checks = {
        "MRSIGNER": identity.mr_signer == qe.mr_signer,
        "ISVPRODID": identity.isv_prod_id == qe.isv_prod_id,
        "MISCSELECT": _equal_under(identity.misc_select_mask, bytes.fromhex(qe.misc_select), identity.misc_select),
        "ATTRIBUTES": _equal_under(identity.attributes_mask, bytes.fromhex(qe.attributes), identity.attributes),
    }
    for what, holds in checks.items():
        if not holds:
            raise Refusal("qe-identity-mismatch", f"The quoting enclave's {what} is not that of the QE Identity.")
    for level in identity.levels:
        if level.isv_svn <= qe.isv_svn:
            return level
    raise Refusal("tcb-not-supported", f"The quoting enclave's ISVSVN {qe.isv_svn} is below every level.")


def _match_platform(info: TcbInfo, pck: Pck, svn: bytes | None) -> PlatformLevel:
    # From generation 1 on, components 0 and 1 are the module's, and its own identity judges them.
    start = 2 if svn is not None and svn[1] > 0 else 0
    for level in info.levels:
        fits = all(have >= want for have, want in zip(pck.components, level.sgx, strict=False)) and pck.pce_svn >= level.pce_svn
        if fits and svn is not None:
            fits = level.tdx is not None and all(have >= want for have, want in zip(svn[start:], level.tdx[start:], strict=False))
        if fits:
            return level
    raise Refusal("tcb-not-supported", "The TCB Info has no level for the components of this platform.")


def _check_module(identity: ModuleIdentity, td: TdReport) -> None:
    if identity.mr_signer != td.mr_signer_seam:
        raise Refusal("tdx-module-mismatch", "MRSIGNERSEAM is not that of the TCB Info.")
    if not _equal_under(identity.mask, bytes.fromhex(td.seam_attributes), identity.attributes):
        raise Refusal("tdx-module-mismatch", "SEAMATTRIBUTES are not those of the TCB Info.")


def _match_module(info: TcbInfo, td: TdReport, svn: bytes) -> IsvLevel | None:
    isv_svn, generation = svn[0], svn[1]
    if generation == 0:
        if info.module is None:
            raise Refusal("tdx-module-mismatch")
        _check_module(info.module, td)
        return None
    name = f"TDX_{generation:02X}"
    identity = info.modules.get(name)
    if identity is None:
        raise Refusal("tdx-module-mismatch", f"The TCB Info does not describe the module {name}.")
    _check_module(identity, td)
    for level in identity.levels:
        if level.isv_svn <= isv_svn:
            return level
    raise Refusal("tcb-not-supported", f"The module {name} with SVN {isv_svn} is below every level.")
