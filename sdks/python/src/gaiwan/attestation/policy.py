"""Whether genuine evidence is welcome, by a policy that is plain data: the command line's file (docs/attestation/policy.md)."""

from __future__ import annotations

import datetime
import json
import math
import pathlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from .quote import SgxReport, TdReport
from .ratls import VerifiedCertificate
from .refusal import Refusal

Policy = Mapping[str, Any]
CLOCK_SKEW = 60


class PolicyError(ValueError):
    """A policy that cannot be meant as it stands: nothing is appraised by it."""

    code = "bad-policy"


def _hex(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch(r"([0-9a-fA-F]{2})*", value) is not None


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value >= 0


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _list_of(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, list) and all(check(one) for one in value)


def _or_true(check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is True or check(value)


def _registers(value: Any) -> bool:
    return isinstance(value, dict) and bool(value) and all(_hex(one) for one in value.values())


_TCB_PARTS = {"bootloader", "tee", "snp", "microcode", "fmc"}
_PRODUCTS = {"Milan", "Genoa", "Turin"}


def _tcb_parts(value: Any) -> bool:
    return isinstance(value, dict) and set(value) <= _TCB_PARTS and all(_number(one) for one in value.values())


def _minimum_tcb(value: Any) -> bool:
    by_product = isinstance(value, dict) and set(value) <= _PRODUCTS and all(_tcb_parts(one) for one in value.values())
    return _tcb_parts(value) or by_product


def _date(value: Any) -> bool:
    return isinstance(value, str) and _parse_date(value) is not None


def _parse_date(text: str) -> datetime.datetime | None:
    try:
        found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=datetime.timezone.utc)


_Shape = Mapping[str, Callable[[Any], bool] | Mapping[str, Callable[[Any], bool]]]
_STATUSES = {
    "UpToDate",
    "SWHardeningNeeded",
    "ConfigurationNeeded",
    "ConfigurationAndSWHardeningNeeded",
    "OutOfDate",
    "OutOfDateConfigurationNeeded",
    "Revoked",
    "TDRelaunchAdvised",
    "TDRelaunchAdvisedConfigurationNeeded",
}
SHAPE: _Shape = {
    "measurements": _list_of(_registers),
    "anyMeasurement": _flag,
    "signers": _list_of(_hex),
    "configurations": _list_of(_hex),
    "reportData": _hex,
    "nonce": _hex,
    "maximumAge": _number,
    "allowSessionSigning": _flag,
    "allowDebug": _flag,
    "allowMigration": _flag,
    "requireRevocation": _flag,
    "keyTrust": _list_of(_text),
    "allowSha1Banks": _flag,
    "allowRepeatedSeparators": _flag,
    "earStatuses": _list_of(_text),
    "tcb": {
        "statuses": _list_of(_text),
        "advisories": _or_true(_list_of(_text)),
        "minimumEvaluationNumber": _number,
        "minimumDate": _date,
    },
    "snp": {
        "minimumTcb": _minimum_tcb,
        "vmpls": _list_of(_number),
        "allowProvisionalFirmware": _flag,
        "allowSmt": _flag,
        "requireAliasCheck": _flag,
        "requireSingleSocket": _flag,
        "requireCiphertextHiding": _flag,
        "minimumAbi": lambda value: isinstance(value, str) and re.fullmatch(r"\d{1,3}\.\d{1,3}", value) is not None,
        "hostData": _hex,
        "idKeyDigests": _list_of(_hex),
        "authorKeyDigests": _list_of(_hex),
    },
    "tdx": {
        "requireSeptVeDisable": _flag,
        "mrServiceTds": _or_true(_list_of(_hex)),
        "mrSeams": _list_of(_hex),
        "mrConfigId": _hex,
        "mrOwner": _hex,
        "mrOwnerConfig": _hex,
    },
    "sgx": {"isvProdId": _number, "minimumIsvSvn": _number, "configId": _hex},
    "identity": {
        "chipIds": _list_of(_hex),
        "cspIds": _list_of(_text),
        "platformInstanceIds": _list_of(_hex),
        "fmspcs": _list_of(_hex),
        "instanceIds": _list_of(_text),
        "implementationIds": _list_of(_hex),
    },
}


def check_policy(policy: Any, shape: _Shape = SHAPE, at: str = "") -> None:
    """Raises `PolicyError`: a rule of a field that does not exist would protect nobody."""
    if not isinstance(policy, dict):
        raise PolicyError(f'The policy field "{at}" is not an object.' if at else "A policy is an object.")
    for name, value in policy.items():
        path = f"{at}.{name}" if at else name
        check = shape.get(name)
        if check is None:
            raise PolicyError(f'The policy field "{path}" does not exist.')
        if isinstance(check, Mapping):
            check_policy(value, check, path)
        elif not check(value):
            raise PolicyError(f'The policy field "{path}" cannot be {json.dumps(value)[:80]}.')


def read_policy(path: str | pathlib.Path) -> Policy:
    """Of a JSON file, as `gaiwan measure --policy` prints one. Raises `PolicyError`, `OSError`."""

    def no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise PolicyError(f"The policy {path} names a field twice.")
        return dict(pairs)

    try:
        policy = json.loads(pathlib.Path(path).read_text(encoding="utf8"), object_pairs_hook=no_twins)
    except (json.JSONDecodeError, UnicodeDecodeError) as cause:
        raise PolicyError(f"The policy {path} is not JSON: {cause}") from cause
    check_policy(policy)
    return dict(policy)


def _same(wanted: str, have: str | None) -> bool:
    return have is not None and wanted.lower() == have.lower()


def appraise(verified: VerifiedCertificate, policy: Policy, at: int) -> None:
    """Raises `Refusal` unless the policy accepts what is genuine. `at`: milliseconds since 1970.

    In this order: what makes evidence worthless first. What a policy says about formats that this SDK does not verify never holds
    here, as their evidence is refused before.
    """
    quote, claims = verified.inner.quote, verified.claims
    body = quote.body
    if body.debug and not policy.get("allowDebug", False):
        raise Refusal("policy-debug", "A debuggable environment has no secrets.")
    if not isinstance(body, SgxReport) and body.migratable and not policy.get("allowMigration", False):
        raise Refusal("policy-migration", "The TD can be migrated to another machine.")
    _measurement(quote.registers, policy)
    configuration = claims.configuration.hex() if claims.configuration else None
    if "configurations" in policy and not any(_same(one, configuration) for one in policy["configurations"]):
        raise Refusal("policy-measurement", f"The policy does not accept the configuration {configuration}.")
    if "signers" in policy:
        signer = body.mr_signer if isinstance(body, SgxReport) else None
        if not any(_same(one, signer) for one in policy["signers"]):
            raise Refusal("policy-signer", f"The code is signed by {signer or 'nobody'}.")
    if "reportData" in policy:
        # Of evidence in a certificate they are about the key: nothing else can be asked of them.
        raise Refusal("policy-report-data", "The report data of evidence in a certificate are about its key.")
    if "nonce" in policy and (not policy["nonce"] or not _same(policy["nonce"], claims.nonce.hex() if claims.nonce else None)):
        raise Refusal("nonce-mismatch", "The evidence was made for another nonce.")
    _age(claims.issued_at, policy, at)
    if not policy.get("allowSessionSigning", True) and claims.session_signing_key is not None:
        raise Refusal("policy-session-signing", "The evidence names a key that signs for connections.")
    _tcb(verified, policy)
    _identity(verified, policy)
    if isinstance(body, SgxReport):
        _sgx(body.isv_prod_id, body.isv_svn, body.config_id, policy.get("sgx", {}))
    else:
        _tdx(body, policy.get("tdx", {}))


def _measurement(registers: Mapping[str, str], policy: Policy) -> None:
    sets = policy.get("measurements")
    if sets is None:
        if policy.get("anyMeasurement") is True:
            return
        raise Refusal("policy-measurement", 'The policy names no measurement, and does not say that any is accepted ("anyMeasurement").')
    if any(all(_same(value, registers.get(name)) for name, value in one.items()) for one in sets):
        return
    found = ", ".join(f"{name} {value}" for name, value in registers.items())
    raise Refusal("policy-measurement", f"Not accepted: {found}.")


def _age(issued_at: int | None, policy: Policy, at: int) -> None:
    if "maximumAge" not in policy:
        return
    if issued_at is None:
        raise Refusal("policy-age", "The evidence does not say when it was made.")
    seconds = at / 1000 - issued_at
    if seconds > policy["maximumAge"]:
        raise Refusal("policy-age", f"The evidence is {round(seconds)} s old.")
    if seconds < -CLOCK_SKEW:
        raise Refusal("policy-age", f"The evidence is from {round(-seconds)} s in the future.")


def _tcb(verified: VerifiedCertificate, policy: Policy) -> None:
    found, wanted = verified.inner.tcb, policy.get("tcb", {})
    if found.status not in wanted.get("statuses", ["UpToDate"]):
        raise Refusal("policy-tcb", f"The TCB is {found.status} ({', '.join(found.advisories) or 'no advisories'}).")
    advisories = wanted.get("advisories")
    if isinstance(advisories, list):
        other = [one for one in found.advisories if one not in advisories]
        if other:
            raise Refusal("policy-advisory", f"Not accepted: {', '.join(other)}.")
    if found.evaluation_number < wanted.get("minimumEvaluationNumber", 0):
        raise Refusal("policy-tcb", f"The endorsements are of TCB evaluation {found.evaluation_number}.")
    if "minimumDate" in wanted:
        minimum, date = _parse_date(wanted["minimumDate"]), _parse_date(found.date)
        if minimum is None or date is None or date < minimum:
            raise Refusal("policy-tcb", f"The TCB is of {found.date or 'an unknown date'}.")


def _identity(verified: VerifiedCertificate, policy: Policy) -> None:
    lists = policy.get("identity", {})
    have = {"fmspcs": verified.inner.pck.fmspc, "platformInstanceIds": verified.inner.pck.platform_instance_id}
    for name, accepted in lists.items():
        if not any(_same(one, have.get(name)) for one in accepted):
            raise Refusal("policy-identity", f"{name}: {have.get(name) or 'not in this evidence'}.")


def _sgx(isv_prod_id: int, isv_svn: int, config_id: str, wanted: Mapping[str, Any]) -> None:
    if "isvProdId" in wanted and isv_prod_id != wanted["isvProdId"]:
        raise Refusal("policy-measurement", f"The product id is {isv_prod_id}.")
    if isv_svn < wanted.get("minimumIsvSvn", 0):
        raise Refusal("policy-tcb", f"The enclave's ISVSVN is {isv_svn}.")
    if "configId" in wanted and not _same(wanted["configId"], config_id):
        raise Refusal("policy-measurement", f"CONFIGID is {config_id}.")


def _tdx(body: TdReport, wanted: Mapping[str, Any]) -> None:
    if wanted.get("requireSeptVeDisable") is True and not body.sept_ve_disable:
        raise Refusal("policy-platform", "SEPT_VE_DISABLE is off: the host can make the TD take page faults.")
    service, accepted = body.mr_service_td, wanted.get("mrServiceTds", [])
    if service is not None and service.strip("0") and accepted is not True and not any(_same(one, service) for one in accepted):
        raise Refusal("policy-migration", f"A service TD is bound: MRSERVICETD {service}.")
    if "mrSeams" in wanted and not any(_same(one, body.mr_seam) for one in wanted["mrSeams"]):
        raise Refusal("policy-measurement", f"MRSEAM is {body.mr_seam}.")
    fields = {"mrConfigId": body.mr_config_id, "mrOwner": body.mr_owner, "mrOwnerConfig": body.mr_owner_config}
    for name, have in fields.items():
        if name in wanted and not _same(wanted[name], have):
            raise Refusal("policy-measurement", f"{name} is {have}.")
