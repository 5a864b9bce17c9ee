"""Find the user's store of large documents, and keep files out of the archive that are not its."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.errors import SettingsError, UsageError
from memberarc.people.user_files import DOCUMENTS_VARIABLE
from memberarc.sealing.document.store import DocumentStore

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive


def open_store(archive: Archive, caller: Caller) -> DocumentStore | None:
    """Open the store that the user names for an archive, if the folder is at hand.

    Raises:
        UsageError: it lies inside the archive.
        SettingsError: the settings file is not as it should be.
    """
    place = caller.user.documents(archive.manifest.archive)
    if place is None or not place.is_dir():
        return None
    refuse_inside(archive, place, what="a store of documents")
    return DocumentStore(directory=place / archive.manifest.archive)


def require_store(archive: Archive, caller: Caller) -> DocumentStore:
    """Open the store, or say how to name one.

    Raises:
        SettingsError: none is named, or its folder is not there.
    """
    store = open_store(archive, caller)
    if store is None:
        settings = caller.user.settings(archive.manifest.archive)
        place = caller.user.documents(archive.manifest.archive)
        raise SettingsError(
            "the store of large documents is not at hand"
            if place
            else "no store of large documents is named",
            where=str(place or settings),
            hint=f"make or mount the folder: {place}"
            if place
            else f"export {DOCUMENTS_VARIABLE}=DIR, or a line 'documents: DIR' in {settings}",
        )
    return store


def refuse_inside(archive: Archive, place: Path, *, what: str) -> None:
    """Refuse to put a file where the next commit would take it along."""
    repository = archive.repository
    resolved = place.resolve()
    if any(
        folder is not None and resolved.is_relative_to(folder.resolve())
        for folder in (repository.work_tree, repository.git_dir, repository.common_dir)
    ):
        raise UsageError(
            f"{what} does not belong into the archive",
            where=str(place),
            hint="name a place outside of it",
        )
