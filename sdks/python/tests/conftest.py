"""What the tests stand on: a platform that tests/python-sdk starts, and vectors that the TypeScript SDK made."""

from __future__ import annotations

import itertools
import json
import os
import pathlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from gaiwan import Client, Signer, Trust, connect, simulation_trust

PASSWORD = "a test password"
_numbers = itertools.count()


@dataclass(frozen=True)
class Platform:
    authentication: str
    frontend: str
    machine: str
    policy: str
    instance: str

    @property
    def trust(self) -> Trust:
        return simulation_trust(self.machine, self.policy)

    def connect(self) -> Client:
        return connect(self.authentication, self.frontend, self.trust)


def _told(name: str) -> Any:
    path = os.environ.get(name)
    if path is None:
        pytest.skip(f"{name} is not set: run tests/python-sdk by vitest")
    return json.loads(pathlib.Path(path).read_text(encoding="utf8"))


@pytest.fixture(scope="session")
def platform() -> Platform:
    return Platform(**_told("GAIWAN_TEST_PLATFORM"))


@pytest.fixture(scope="session")
def vectors() -> Any:
    return _told("GAIWAN_TEST_VECTORS")


@pytest.fixture(scope="session")
def vector_files() -> pathlib.Path:
    return pathlib.Path(os.environ["GAIWAN_TEST_VECTORS"]).parent


@pytest.fixture(scope="session")
def admin(platform: Platform) -> Iterator[Client]:
    with platform.connect() as client:
        client.login("admin", PASSWORD)
        yield client


@pytest.fixture
def user(platform: Platform, admin: Client) -> Iterator[Callable[..., Client]]:
    """Makes a user with a name of its own, and logs it in."""
    made: list[Client] = []

    def make(name: str = "user", role: str = "DataOwner", signer: Signer | None = None) -> Client:
        user_id = f"{name}-{os.getpid()}-{next(_numbers)}"
        admin.users.register(user_id, PASSWORD, role, user_id)
        client = platform.connect()
        client.login(user_id, PASSWORD, signer=signer)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()
