"""Every refusal that a user of this package sees. Codes are those of docs/errors.md."""

from __future__ import annotations

from collections.abc import Sequence


class GaiwanError(Exception):
    """The only error about a platform. `code` says what happened; `subjects` whom or what it is about.

    try:
        client.tasks.invoke(task_id)
    except GaiwanError as error:
        if error.code != "approvals-missing":
            raise
        print("waiting for", ", ".join(error.subjects))
    """

    def __init__(
        self,
        code: str,
        message: str,
        *,
        subjects: Sequence[str] = (),
        reason: str | None = None,
        policy_id: str | None = None,
        retry_after_ms: int | None = None,
        platform_time: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.subjects = tuple(subjects)
        #: Why a server was refused: a reason of docs/attestation/README.md.
        self.reason = reason
        self.policy_id = policy_id
        self.retry_after_ms = retry_after_ms
        #: What the platform's clock said (ms since 1970), where it refused a call for its time.
        self.platform_time = platform_time

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


class FilesError(Exception):
    """A file that cannot be encrypted, decrypted or written."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} ({self.code})"


class UntrustedPeer(Exception):
    """The other side is not one that the policy accepts. Nothing but a nonce was sent to it. Users get `GaiwanError`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
