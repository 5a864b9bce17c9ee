"""What opening an identity may ask of a person: said here, done by whoever has a terminal."""

from __future__ import annotations

from typing import Final, Protocol


class Asker(Protocol):
    """Somebody who may be asked. None for an answer means that there is nobody, or no answer."""

    def passphrase(self, question: str) -> str | None:
        """Ask for the passphrase of an identity file, of a person or of what stands for one."""

    def secret(self, question: str) -> str | None:
        """Ask a person for the PIN of a device: never answered unattended, it may lock itself."""

    def word(self, question: str) -> str | None:
        """Ask for something that others may see."""

    def choose(self, question: str, *, yes: str, no: str) -> bool | None:
        """Ask for one of two answers."""

    def tell(self, message: str) -> None:
        """Tell what to do now, as touching a key."""


class _Nobody:
    def passphrase(self, question: str) -> str | None:  # noqa: ARG002
        return None

    def secret(self, question: str) -> str | None:  # noqa: ARG002
        return None

    def word(self, question: str) -> str | None:  # noqa: ARG002
        return None

    def choose(self, question: str, *, yes: str, no: str) -> bool | None:  # noqa: ARG002
        return None

    def tell(self, message: str) -> None:
        pass


NOBODY: Final[Asker] = _Nobody()
