"""Give levels a new epoch, and seal their values under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.acts.key.exposure import Extent, extent_of
from memberarc.acts.key.renewal import Wish, commit_renewal
from memberarc.acts.opening import read_policy_text
from memberarc.archive.opened import open_archive
from memberarc.errors import UsageError
from memberarc.formats.sealed_text import SEALED_LEVELS

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotated:
    """The new epochs; ``taken_in`` are files of keys that a merge of two lists had left out."""

    new_epochs: dict[str, int]
    taken_in: tuple[str, ...]
    extent: Extent
    key_list: int
    commit: str | None


def rotate(caller: Caller, levels: tuple[str, ...] = (), *, dry_run: bool = False) -> Rotated:
    """Make a new key for some levels, or all, and seal every value of theirs under it.

    Raises:
        UsageError: there is no such level.
        ApprovalMissingError: the caller does not administer.
        NoIdentityError, VaultError: a value could not be opened to be sealed again.
    """
    for level in levels:
        if level not in SEALED_LEVELS:
            raise UsageError(
                f"there is no level {level} to rotate", hint=f"one of: {', '.join(SEALED_LEVELS)}"
            )
    fresh = levels or SEALED_LEVELS
    archive = open_archive(caller.directory)

    def wish(current: Archive) -> Wish:
        return Wish(
            act="key-rotate",
            subject=f"new epoch for {', '.join(fresh)}",
            policy=read_policy_text(current),
            fresh=fresh,
        )

    renewal, commit = commit_renewal(archive, caller, wish, dry_run=dry_run)
    assert renewal is not None  # a wish is always made here
    return Rotated(
        new_epochs=renewal.new_epochs,
        taken_in=tuple(entry.file for entry in renewal.taken_in),
        extent=extent_of(renewal.base, renewal.new_epochs),
        key_list=renewal.key_list.number,
        commit=commit,
    )
