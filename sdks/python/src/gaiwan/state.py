"""Holds a platform to what was seen of it: each connection begins with the question how far its data have come."""

from __future__ import annotations

import hashlib
import os
import pathlib
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from .errors import GaiwanError

_LABEL = b"gaiwan-state/1\0"
_ED25519_SPKI = bytes.fromhex("302a300506032b6570032100")
_MOST = (1 << 53) - 1


@dataclass(frozen=True)
class PlatformState:
    """One durable state of an instance."""

    #: From 1 on: each recovery of the platform begins another.
    epoch: int
    #: Transactions since the data folder was made.
    commits: int
    #: 32 bytes: of the root over all records.
    digest: bytes
    #: 16 random bytes of each start of the platform.
    run: bytes

    @property
    def place(self) -> tuple[int, int]:
        return (self.epoch, self.commits)


@dataclass(frozen=True)
class StateAnswer(PlatformState):
    public_key: bytes
    signature: bytes
    #: Whether what was seen is in its past.
    follows: bool
    #: Milliseconds since 1970, by the platform's clock.
    time: int


#: Asks with a nonce, and with what was seen.
AskState = Callable[[bytes, PlatformState | None], StateAnswer]


class StateMemory(Protocol):
    """Where the newest state of each instance (64 hexadecimal digits) is kept between clients."""

    def read(self, instance: str) -> PlatformState | None: ...

    def write(self, instance: str, state: PlatformState) -> None:
        """Keeps it, unless it has a newer one."""
        ...


class StatesInMemory:
    """For the life of one client, or of a program."""

    def __init__(self) -> None:
        self._newest: dict[str, PlatformState] = {}
        self._lock = threading.Lock()

    def read(self, instance: str) -> PlatformState | None:
        return self._newest.get(instance)

    def write(self, instance: str, state: PlatformState) -> None:
        with self._lock:
            known = self._newest.get(instance)
            if known is None or known.place < state.place:
                self._newest[instance] = state


class StateFolder:
    """The newest states in files, in the same form as the TypeScript SDK and the command line have them."""

    _NAME = re.compile(r"([1-9]\d{0,15})-(\d{1,16})-([0-9a-f]{64})-([0-9a-f]{32})")

    def __init__(self, path: str | pathlib.Path) -> None:
        self._path = pathlib.Path(path)

    def _states(self, instance: str) -> list[PlatformState]:
        try:
            names = os.listdir(self._path / instance)
        except FileNotFoundError:
            return []
        except OSError as cause:
            raise self._unusable(cause) from cause
        found = [self._NAME.fullmatch(name) for name in names]
        states = [PlatformState(int(m[1]), int(m[2]), bytes.fromhex(m[3]), bytes.fromhex(m[4])) for m in found if m]
        return sorted((one for one in states if max(one.place) <= _MOST), key=lambda one: one.place)

    def read(self, instance: str) -> PlatformState | None:
        states = self._states(instance)
        return states[-1] if states else None

    def write(self, instance: str, state: PlatformState) -> None:
        folder = self._path / instance
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(folder / self._file(state), os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600))
            if os.name == "posix":
                handle = os.open(folder, os.O_RDONLY)
                try:
                    os.fsync(handle)
                finally:
                    os.close(handle)
            states = self._states(instance)
            for older in states:
                if older.place < states[-1].place:
                    (folder / self._file(older)).unlink(missing_ok=True)
        except OSError as cause:
            raise self._unusable(cause) from cause

    @staticmethod
    def _file(state: PlatformState) -> str:
        return f"{state.epoch}-{state.commits}-{state.digest.hex()}-{state.run.hex()}"

    def _unusable(self, cause: OSError) -> GaiwanError:
        return GaiwanError(
            "state-memory",
            f"What was seen of platforms cannot be read or kept in {self._path}: {cause}. "
            "Without it an older copy of a platform is not noticed.",
        )


def state_statement(answer: StateAnswer, instance: bytes, nonce: bytes, seen: PlatformState | None) -> bytes:
    """The bytes under the signature: each part has a length of its own."""

    def eight(*numbers: int) -> bytes:
        return b"".join(number.to_bytes(8, "big") for number in numbers)

    before = eight(0, 0) + bytes(16) if seen is None else eight(seen.epoch, seen.commits) + seen.run
    return (
        _LABEL
        + instance
        + eight(answer.epoch, answer.commits, answer.time)
        + answer.digest
        + answer.run
        + nonce
        + before
        + bytes([1 if answer.follows else 0])
    )


def _is_stated(answer: StateAnswer, instance: bytes, nonce: bytes, seen: PlatformState | None) -> bool:
    key = answer.public_key
    if len(key) != 44 or not key.startswith(_ED25519_SPKI) or hashlib.sha256(key).digest() != instance:
        return False
    if len(answer.digest) != 32 or len(answer.run) != 16 or len(answer.signature) != 64:
        return False
    if answer.epoch < 1 or max(answer.epoch, answer.commits, answer.time) > _MOST:
        return False
    try:
        statement = state_statement(answer, instance, nonce, seen)
        Ed25519PublicKey.from_public_bytes(key[12:]).verify(answer.signature, statement)
    except InvalidSignature:
        return False
    return True


class StateGuard:
    def __init__(self, memory: StateMemory, accept_epoch: int | None) -> None:
        self._memory = memory
        self._accepted = accept_epoch

    def check(self, instance: str, ask: AskState) -> PlatformState:
        """Raises `GaiwanError`: state-older, state-forked, state-new-epoch, state-memory, bad-answer."""
        # Before the question: what another connection hears meanwhile may be newer, rightly.
        known = self._memory.read(instance)
        nonce = os.urandom(32)
        answer = ask(nonce, known)
        if not _is_stated(answer, bytes.fromhex(instance), nonce, known):
            raise GaiwanError("bad-answer", f"What the platform says about its state is not signed by the instance {instance}.")
        state = PlatformState(answer.epoch, answer.commits, answer.digest, answer.run)
        if known is not None:
            self._require_later(known, state, answer.follows)
        since = self._memory.read(instance)
        if since is not None and _is_fork(since, state):
            raise _forked(state)
        self._memory.write(instance, state)
        return state

    def _require_later(self, known: PlatformState, state: PlatformState, follows: bool) -> None:
        if state.place < known.place:
            raise GaiwanError(
                "state-older",
                f"The platform is at {_shown(state)}, and was at {_shown(known)} when it was last seen from here: its data were "
                "rolled back. Ask its operator; what was done in between may be gone.",
            )
        if state.epoch == known.epoch and (not follows or _is_fork(known, state)):
            raise _forked(state)
        if state.epoch not in (known.epoch, self._accepted):
            raise GaiwanError(
                "state-new-epoch",
                f"The platform is in epoch {state.epoch}, and was in epoch {known.epoch} when it was last seen from here: its operator "
                f"recovered it. Ask why, look at your data and tasks, and accept epoch {state.epoch} by its number (accept_epoch).",
            )


def _is_fork(one: PlatformState, other: PlatformState) -> bool:
    return one.place == other.place and (one.digest, one.run) != (other.digest, other.run)


def _shown(state: PlatformState) -> str:
    return f"commit {state.commits} of epoch {state.epoch}"


def _forked(state: PlatformState) -> GaiwanError:
    return GaiwanError(
        "state-forked",
        f"The platform is at {_shown(state)}, and what was last seen of it from here is not in its past: an older copy of its data "
        "diverged. Ask its operator; what was done in between may be gone.",
    )
