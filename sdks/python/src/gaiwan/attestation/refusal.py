"""Why evidence was refused."""

from __future__ import annotations


class Refusal(Exception):
    """Evidence that is not genuine, or not welcome. `reason`: as docs/attestation/README.md lists them."""

    def __init__(self, reason: str, message: str = "") -> None:
        super().__init__(message or reason)
        self.reason = reason
        self.message = message or reason


def malformed(what: str) -> Refusal:
    return Refusal("malformed", what)
