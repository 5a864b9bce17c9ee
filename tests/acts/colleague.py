"""Another person who works with a club's archive, with keys of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from builders import Club, Outcome
from memberarc.people.ssh import make_signing_key
from memberarc.sealing.age.crypt import generate_identity

READERS = ("--role", "office", "--levels", "internal,confidential")


@dataclass(frozen=True, kw_only=True)
class Colleague:
    """A person with an identity, a signing key and a memory of key lists."""

    name: str
    folder: Path
    recipient: str
    public_key: str

    @property
    def identity(self) -> Path:
        return self.folder / "identity.txt"

    @property
    def signing_key(self) -> Path:
        return self.folder / "signing_key"

    def run(self, club: Club, *words: str, status: int | None = 0) -> Outcome:
        """Run a command line as this person, who has the same vault at hand."""
        with self.at_work(club):
            return club.run(*words, status=status)

    @contextmanager
    def at_work(self, club: Club) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("MEMBERARC_IDENTITY", os.fspath(self.identity))
            patch.setenv("MEMBERARC_SIGNING_KEY", os.fspath(self.signing_key))
            patch.setenv("XDG_STATE_HOME", os.fspath(self.folder / "state"))
            patch.setenv("MEMBERARC_VAULT", os.fspath(club.vault))
            yield

    def closed(self, club: Club, member: str, *words: str) -> set[str]:
        """Name the fields of a member that stay sealed to this person."""
        with self.at_work(club):
            return {*club.json("show", member, *words)["closed"]}


def colleague(folder: Path, name: str) -> Colleague:
    """Make a person's keys."""
    place = folder / name
    place.mkdir()
    return Colleague(
        name=name,
        folder=place,
        recipient=generate_identity(place / "identity.txt", now=datetime(2026, 1, 1, tzinfo=UTC)),
        public_key=" ".join(make_signing_key(place / "signing_key").split()[:2]),
    )


def let_in(club: Club, person: Colleague, *words: str) -> Outcome:
    """Grant a person a role; by default one that reads all but secrets."""
    return club.run(
        *("key", "grant", person.name, "--recipient", person.recipient),
        *("--confirm", person.name, *(words or READERS)),
    )


def readers(club: Club) -> dict[tuple[str, int, str], str]:
    """Who reads which level key, by level, epoch and state."""
    keys = club.json("key", "list")["keys"]
    return {(one["level"], one["epoch"], one["state"]): one["recipients"] for one in keys}
