"""Where opened level keys are kept for a while: in folders that are memory."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from memberarc.sealing.derivation import lp

KEPT_SUFFIX: Final = ".unlocked"
_SESSIONS: Final = Path("/run/user")
_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of our own in it, checked


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the keys of one archive are kept for one identity; another identity sees nothing.

    ``chosen`` is a folder that the user wants them in.
    """

    archive: str
    identity: Path
    chosen: Path | None

    @property
    def name(self) -> str:
        """The file's name, which tells neither archive nor identity."""
        named = lp(self.archive.encode(), os.fsencode(self.identity.absolute()))
        return hashlib.sha256(named).hexdigest()[:32] + KEPT_SUFFIX

    def paths(self) -> list[Path]:
        """Where the file may be."""
        return [folder / self.name for folder in folders_of_keys(self.chosen)]

    def is_in_use(self) -> bool:
        """Tell whether there may be keys; most commands find none, and load no more of this."""
        return any(os.path.lexists(path) for path in self.paths())


def folders_of_keys(chosen: Path | None) -> tuple[Path, ...]:
    """Name all folders that may hold a user's keys, the same in every session of that user.

    What the system tells a session of its own folder in memory is not asked: jobs, other shells and
    administrators' commands are not told it, and would not find what is to be locked.
    """
    if chosen is not None:
        return (chosen / "memberarc",)
    user = os.geteuid()
    return _SESSIONS / str(user) / "memberarc", _SHARED_MEMORY / f"memberarc-{user}"
