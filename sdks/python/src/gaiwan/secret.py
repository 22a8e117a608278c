"""Texts that no log shows by accident."""

from __future__ import annotations


class Secret:
    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself: keep the result as short as possible."""
        return self._value

    def __repr__(self) -> str:
        return "[secret]"

    __str__ = __repr__


def reveal(secret: Secret | str) -> str:
    return secret if isinstance(secret, str) else secret.reveal()
