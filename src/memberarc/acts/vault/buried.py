"""Tell what the archive knows to be purged, and whom a fence closes of whom it knows no purge."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.archive.history import walk_history
from memberarc.archive.incomplete import refuse_shallow
from memberarc.archive.snapshot import read_objects
from memberarc.errors import ConfirmationMissingError
from memberarc.members.shelves import read_records
from memberarc.search.saved_shelf import removed_searches, stored_searches

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from memberarc.archive.opened import Archive
    from memberarc.sealing.vault.fences import Fence
    from memberarc.sealing.vault.replicas import Replicas

_TOMBSTONES: Final = "tombstones/"
_UID_LINE: Final = re.compile(rb"(?m)^uid: \"?([a-z][a-z2-7]{15})\"?\r?$")
_TOLD: Final = 5


def buried_uids(archive: Archive) -> frozenset[str]:
    """Collect the uids whose shares must not come back: of the purged, and of removed searches.

    Those are the uid of every tombstone in the tree or anywhere in the history of any ref, and of
    the saved searches that a commit up to this one has removed.
    """
    refuse_shallow(archive.repository, unknown="who was purged before")
    blobs = {entry.blob for entry in archive.snapshot.entries(_TOMBSTONES)}
    history = walk_history(archive.repository, revisions=("--all", "HEAD"), paths=(_TOMBSTONES,))
    for entry in history:
        blobs.update(path.new_blob for path in entry.paths if path.new_blob is not None)
    return removed_searches(archive) | {
        uid.decode("ascii")
        for _, content in read_objects(archive.repository, sorted(blobs))
        for uid in _UID_LINE.findall(content)
    }


def keys_of_shares(archive: Archive) -> dict[str, str]:
    """Collect by uid the ``key`` that tells the share of each record and saved search."""
    searches = {stored.uid: stored.key for stored in stored_searches(archive) if stored.key}
    return {**searches, **{one.uid: str(one.values["key"]) for one in read_records(archive)}}


def refuse_closing(
    archive: Archive, fences: Iterable[Fence], *, standing: Replicas | None, source: str
) -> None:
    """Refuse fences that would close members whom the archive holds and no replica closes yet.

    A purge that this archive knows of has taken the record out of the tree.

    Raises:
        ConfirmationMissingError: there are some.
    """
    closing = {fence.uid for fence in fences if fence.reached("fenced")}
    closing -= {uid for uid in closing if any(vault.closes(uid) for vault in standing or ())}
    if not closing:
        return
    codes = sorted(record.code for record in read_records(archive) if record.uid in closing)
    if codes:
        raise ConfirmationMissingError(
            f"its fences would close {named(codes)} for ever, and this archive knows no purge of"
            " them",
            where=source,
            hint="fetch first; if a purge is on its way there, repeat with --yes",
        )


def unknown_purges(uids: Collection[str]) -> tuple[str, ...]:
    """Tell in one sentence of closed members whose purge nobody knows; in none if all are known."""
    if not uids:
        return ()
    told = (
        f"closed by a fence, and this archive knows no purge of them: {named(sorted(uids))}; their"
        " shares are not destroyed; fetch, or memberarc purge resume"
    )
    return (told,)


def named(names: Collection[str]) -> str:
    """Name some, and count the others."""
    first = [*names][:_TOLD]
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return ", ".join(first) + more
