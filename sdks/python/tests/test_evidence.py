"""The verifier, held to what the TypeScript verifier says of the same bytes."""

from __future__ import annotations

import base64
import datetime
import json
import os
import pathlib
import random
from typing import Any

import pytest

from gaiwan.attestation import DcapEndorsements, PolicyError, Refusal, check_policy, read_policy, verify_certificate, verify_dcap
from gaiwan.attestation.certificates import anchors_of

_PARTS = {
    "tcbInfo": "tcb_info",
    "qeIdentity": "qe_identity",
    "tcbSigningChain": "tcb_signing_chain",
    "pckCrl": "pck_crl",
    "rootCrl": "root_crl",
    "pckChain": "pck_chain",
    "qeIdentitySigningChain": "qe_identity_signing_chain",
}
_shared = pathlib.Path(os.environ.get("GAIWAN_SHARED_VECTORS", "/nowhere"))


def _endorsements(parts: dict[str, str]) -> DcapEndorsements:
    return DcapEndorsements(**{_PARTS[name]: base64.b64decode(data) for name, data in parts.items()})


def test_quotes_have_the_same_verdict(vectors: Any) -> None:
    anchors = anchors_of([base64.b64decode(vectors["evidence"]["root"])])
    told = []
    for case in vectors["evidence"]["cases"]:
        quote, endorsements = base64.b64decode(case["quote"]), _endorsements(case["endorsements"])
        try:
            found: tuple[Any, Any] = (None, verify_dcap(quote, endorsements, at=case["at"], anchors=anchors).tcb.status)
        except Refusal as refusal:
            found = (refusal.reason, None)
        if found != (case["reason"], case["status"]):
            told.append((case["name"], found, case["reason"], case["status"]))
    assert told == []
    reasons = {case["reason"] for case in vectors["evidence"]["cases"]}
    assert len(reasons) > 12
    assert None in reasons


def test_under_intels_own_root_all_of_it_is_refused(vectors: Any) -> None:
    for case in vectors["evidence"]["cases"]:
        with pytest.raises(Refusal):
            verify_dcap(base64.b64decode(case["quote"]), _endorsements(case["endorsements"]), at=case["at"])


def test_a_changed_quote_is_refused_and_nothing_else_is_raised(vectors: Any) -> None:
    anchors = anchors_of([base64.b64decode(vectors["evidence"]["root"])])
    case = vectors["evidence"]["cases"][0]
    quote, endorsements = base64.b64decode(case["quote"]), _endorsements(case["endorsements"])
    chance = random.Random(7)
    for _ in range(int(os.environ.get("GAIWAN_FUZZ_RUNS", "3000")) // 3):
        changed = bytearray(quote)
        for _ in range(chance.randint(1, 4)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        cut = bytes(changed) if chance.random() < 0.8 else bytes(changed[: chance.randrange(len(changed))])
        if cut == quote:
            continue
        try:
            verify_dcap(cut, endorsements, at=case["at"], anchors=anchors)
        except Refusal:
            continue
        # What no signature covers is only PEM's own form, reserved fields of the header being signed.
        start = quote.index(b"-----BEGIN")
        assert bytes(changed[:start]) == quote[:start]


def test_changed_collateral_raises_nothing_else(vectors: Any) -> None:
    anchors = anchors_of([base64.b64decode(vectors["evidence"]["root"])])
    case = vectors["evidence"]["cases"][0]
    quote = base64.b64decode(case["quote"])
    chance = random.Random(8)
    for _ in range(600):
        parts = dict(case["endorsements"])
        name = chance.choice(sorted(parts))
        changed = bytearray(base64.b64decode(parts[name]))
        for _ in range(chance.randint(1, 5)):
            changed[chance.randrange(len(changed))] = chance.choice(b'{}[]",:0\xff\x30')
        parts[name] = base64.b64encode(bytes(changed)).decode()
        try:
            verify_dcap(quote, _endorsements(parts), at=case["at"], anchors=anchors)
        except Refusal:
            continue


def test_certificates_of_strangers_raise_nothing_else() -> None:
    chance = random.Random(9)
    for _ in range(500):
        data = bytes(chance.randrange(256) for _ in range(chance.randrange(400)))
        for start in (b"", b"\x30\x82\x01\x00", b"-----BEGIN CERTIFICATE-----\n"):
            with pytest.raises(Refusal):
                verify_certificate(start + data, DcapEndorsements(), at=0)


#: Refused here by the name of its form, or for what a strict parser of X.509 does not take; never accepted.
_REFUSED_EARLIER = {
    "ratls-openenclave-ec-bad": "malformed",
    "ratls-ccc-gramine": "malformed",
    "ratls-neg-legacy-other-key": "unsupported-version",
}


@pytest.mark.skipif(not _shared.is_dir(), reason="SKIPPED: shared/attestation/vectors is not on this machine")
def test_published_vectors() -> None:
    vectors = json.loads((_shared / "index.json").read_text(encoding="utf8"))["vectors"]
    told, count = [], 0
    for vector in vectors:
        files = vector["files"]
        if not ("quote" in files and vector["kind"].startswith(("sgx-v", "tdx-v"))) and vector["kind"] != "ra-tls":
            continue
        count += 1
        verdict, reason, status = _judge(vector)
        expected = vector["expect"]
        wanted = [expected["error"]] if "error" in expected else expected.get("errorAnyOf", [])
        if vector["id"] in _REFUSED_EARLIER:
            assert reason == _REFUSED_EARLIER[vector["id"]]
        elif verdict != (expected["verdict"] in ("valid", "valid-with-custom-root")):
            told.append((vector["id"], verdict, reason))
        elif (not verdict and wanted and reason not in wanted) or (verdict and status != expected.get("tcbStatus", status)):
            told.append((vector["id"], reason, status))
    assert told == []
    assert count > 150


def _judge(vector: dict[str, Any]) -> tuple[bool, str | None, str | None]:
    def read(path: str | None) -> bytes | None:
        return None if path is None else (_shared / path).read_bytes()

    collateral, files = vector["collateral"], vector["files"]
    parts = {_PARTS[name]: read(path) for name, path in collateral.items() if name in _PARTS}
    if "pckCert" in files:
        parts["pck_chain"] = (read(files["pckCert"]) or b"") + (read(files["pckIssuerChain"]) or b"")
    at = 1_700_000_000_000
    if vector["verifyAt"] is not None:
        at = round(datetime.datetime.fromisoformat(vector["verifyAt"].replace("Z", "+00:00")).timestamp() * 1000)
    more = {"anchors": anchors_of([read(collateral["rootCa"]) or b""])} if "rootCa" in collateral else {}
    try:
        if vector["kind"] == "ra-tls":
            found = verify_certificate(read(files["certificate"]) or b"", DcapEndorsements(**parts), at=at, **more).inner
        else:
            found = verify_dcap(read(files["quote"]) or b"", DcapEndorsements(**parts), at=at, **more)
    except Refusal as refusal:
        return False, refusal.reason, None
    return True, None, found.tcb.status


@pytest.mark.parametrize(
    "policy",
    [
        {"mesurements": []},
        {"measurements": [{}]},
        {"measurements": [{"mrTd": "xy"}]},
        {"tcb": {"status": ["UpToDate"]}},
        {"tcb": {"minimumDate": "yesterday"}},
        {"maximumAge": -1},
        {"allowDebug": "yes"},
        {"snp": {"minimumAbi": "1"}},
        [],
    ],
)
def test_a_policy_that_cannot_be_meant_is_refused(policy: Any) -> None:
    with pytest.raises(PolicyError):
        check_policy(policy)


def test_a_policy_that_names_a_field_twice_is_refused(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "policy.json"
    path.write_text('{"anyMeasurement": false, "anyMeasurement": true}')
    with pytest.raises(PolicyError):
        read_policy(path)
