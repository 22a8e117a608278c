"""Nothing but a nonce goes to a server that is not trusted."""

from __future__ import annotations

import datetime
import json
import pathlib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from conftest import PASSWORD, Platform
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gaiwan import GaiwanError, StateFolder, connect, simulation_trust, vendor_trust


def test_what_was_verified_is_told(platform: Platform) -> None:
    with platform.connect() as client:
        found = client.verify()
        assert found.instance == platform.instance == client.instance
        assert found.simulated
        assert found.frontend.form == "evidence"
        assert "nothing is protected" in found._repr_html_()


def _code_of(platform: Platform, trust: Any, **more: Any) -> tuple[str, str | None]:
    with connect(platform.authentication, platform.frontend, trust, **more) as client:
        with pytest.raises(GaiwanError) as refused:
            client.login("admin", PASSWORD)
        return refused.value.code, refused.value.reason


def test_another_program_is_refused(platform: Platform) -> None:
    policy = json.loads(pathlib.Path(platform.policy).read_text())
    policy["measurements"][0]["mrTd"] = "00" * 48
    assert _code_of(platform, simulation_trust(platform.machine, policy)) == ("untrusted-server", "policy-measurement")


def test_a_policy_without_measurements_accepts_nobody(platform: Platform) -> None:
    assert _code_of(platform, simulation_trust(platform.machine, {})) == ("untrusted-server", "policy-measurement")


def test_old_evidence_is_refused(platform: Platform) -> None:
    assert _code_of(platform, platform.trust.with_maximum_age(0)) == ("untrusted-server", "policy-age")


def test_a_simulation_is_none_of_intels_machines(platform: Platform) -> None:
    trust = vendor_trust(platform.policy, endorsements=pathlib.Path(platform.machine) / "endorsements")
    assert _code_of(platform, trust) == ("untrusted-server", "untrusted-root")


def test_another_instance_is_refused(platform: Platform) -> None:
    assert _code_of(platform, platform.trust, instance="ab" * 32) == ("wrong-instance", "wrong-instance")


@contextmanager
def _recording(context: ssl.SSLContext) -> Iterator[tuple[str, list[bytes]]]:
    """A server that takes TLS and records what is said to it."""
    heard: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            try:
                with context.wrap_socket(raw, server_side=True) as victim:
                    heard.append(victim.recv(65536))
            except OSError:
                continue

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}", heard
    finally:
        # `shutdown` wakes the thread, which `close` alone does not.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


def _impostor(folder: pathlib.Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    path = folder / "impostor.pem"
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(pem + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return context


def test_a_server_without_evidence_hears_nothing(platform: Platform, tmp_path: pathlib.Path) -> None:
    with _recording(_impostor(tmp_path)) as (url, heard):
        with connect(url, url, platform.trust) as client, pytest.raises(GaiwanError) as refused:
            client.login("admin", PASSWORD)
    assert (refused.value.code, refused.value.reason) == ("untrusted-server", "missing-evidence")
    assert b"".join(heard) == b""


def test_tls_1_2_is_refused(platform: Platform, tmp_path: pathlib.Path) -> None:
    context = _impostor(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with _recording(context) as (url, heard), connect(url, url, platform.trust) as client, pytest.raises(GaiwanError) as refused:
        client.login("admin", PASSWORD)
    assert refused.value.code == "cannot-connect"
    assert b"".join(heard) == b""


def test_nobody_there(platform: Platform) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        url = f"https://127.0.0.1:{free.getsockname()[1]}"
    with connect(url, url, platform.trust) as client, pytest.raises(GaiwanError) as refused:
        client.verify()
    assert refused.value.code == "cannot-connect"


@pytest.mark.parametrize("address", ["http://localhost:1", "localhost:1", "https://localhost:1/path", "https://u@localhost:1"])
def test_addresses_without_tls_cannot_be_used(platform: Platform, address: str) -> None:
    with pytest.raises(GaiwanError, match="https://host:port"):
        connect(address, address, platform.trust)


def test_a_rollback_is_noticed(platform: Platform, tmp_path: pathlib.Path) -> None:
    states = StateFolder(tmp_path)
    with connect(platform.authentication, platform.frontend, platform.trust, states=states) as client:
        client.verify()
    (folder,) = tmp_path.iterdir()
    (name,) = folder.iterdir()
    epoch, commits, digest, run = name.name.split("-")
    # As if more had been seen of it before.
    name.rename(folder / f"{epoch}-{int(commits) + 1000}-{digest}-{run}")
    assert _code_of(platform, platform.trust, states=states)[0] == "state-older"
    name = next(folder.iterdir())
    name.rename(folder / f"{int(epoch) - 0}-{int(commits) - 1}-{digest}-{'00' * 16}")
    assert _code_of(platform, platform.trust, states=states)[0] == "state-forked"


def test_a_closed_client_says_so(platform: Platform) -> None:
    client = platform.connect()
    client.close()
    with pytest.raises(GaiwanError) as refused:
        client.verify()
    assert refused.value.code == "closed"


def test_a_machine_that_is_no_simulation(tmp_path: pathlib.Path) -> None:
    with pytest.raises(GaiwanError) as refused:
        simulation_trust(tmp_path, {})
    assert refused.value.code == "no-simulation"
    with pytest.raises(GaiwanError) as refused:
        vendor_trust(tmp_path / "nothing.json")
    assert refused.value.code == "bad-connection-options"
