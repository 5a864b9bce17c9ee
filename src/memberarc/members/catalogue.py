"""The catalogue of a record's documents: one entry a document, changed in the same act (CAT-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.errors import DocumentNotFoundError, InvalidRecordError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from memberarc.formats.canonical_yaml import Node


OUTSIDE: Final = "outside"
"""What an entry's ``stored`` says of a ciphertext that lies in a store, not in git."""

_BINDING: Final = {"id": str, "level": str, "epoch": int, "sha256": str}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEntry:
    """One document as the record describes it; ``sha256`` binds the ciphertext.

    Fields above ``open`` are sealed text where no key was at hand.
    """

    id: str
    level: str
    epoch: int
    sha256: str
    title: str = ""
    file_name: str = ""
    media_type: str = ""
    size_bytes: int | str = 0
    digest: str = ""
    added_on: date | str = ""
    pages: int | None = None
    location: str = ""
    stored: str = ""

    @property
    def is_outside(self) -> bool:
        """Tell whether the ciphertext lies in a store outside git."""
        return self.stored == OUTSIDE


def with_document(values: Mapping[str, Node], entry: DocumentEntry) -> dict[str, Node]:
    """Copy a record with one document added to its catalogue, or put in the place of an older one.

    What an archive's own schema adds to an entry is kept.
    """
    item: dict[str, Node] = {
        "id": entry.id,
        "level": entry.level,
        "epoch": entry.epoch,
        "sha256": entry.sha256,
        "title": entry.title,
        "file_name": entry.file_name,
        "media_type": entry.media_type,
        "size_bytes": entry.size_bytes,
        "digest": entry.digest,
        "added_on": str(entry.added_on),
    }
    if entry.pages is not None:
        item["pages"] = entry.pages
    if entry.location:
        item["location"] = entry.location
    if entry.stored:
        item["stored"] = entry.stored
    catalogue = _catalogue(values)
    if all(old.get("id") != entry.id for old in catalogue):
        return {**values, "documents": [*catalogue, item]}
    return {
        **values,
        "documents": [
            {name: old[name] for name in old if name != "stored"} | item
            if old.get("id") == entry.id
            else old
            for old in catalogue
        ],
    }


def without_document(values: Mapping[str, Node], item: str) -> dict[str, Node]:
    """Copy a record with one document left out of its catalogue."""
    left: list[Node] = [old for old in _catalogue(values) if old.get("id") != item]
    return {**values, "documents": left}


def documents_of(values: Mapping[str, Node]) -> tuple[DocumentEntry, ...]:
    """Read a record's catalogue.

    Raises:
        InvalidRecordError: an entry does not say which document it binds, and how.
    """
    catalogue = values.get("documents")
    if not isinstance(catalogue, list):
        return ()
    for item in catalogue:
        if not isinstance(item, dict) or any(
            type(item.get(name)) is not kind for name, kind in _BINDING.items()
        ):
            raise InvalidRecordError(
                f"a document of {values['id']} lacks one of {', '.join(_BINDING)}",
                where=str(values["id"]),
                hint="memberarc check",
            )
    return tuple(_entry(item) for item in _catalogue(values))


def document_of(values: Mapping[str, Node], item: str) -> DocumentEntry:
    """Find one document's entry."""
    for entry in documents_of(values):
        if entry.id == item:
            return entry
    raise DocumentNotFoundError(
        f"{values['id']} has no document {item}", hint=f"memberarc document list {values['id']}"
    )


def _catalogue(values: Mapping[str, Node]) -> list[dict[str, Node]]:
    catalogue = values.get("documents")
    items = catalogue if isinstance(catalogue, list) else []
    return [item for item in items if isinstance(item, dict)]


def _entry(item: Mapping[str, Node]) -> DocumentEntry:
    pages, size = item.get("pages"), item.get("size_bytes", 0)
    return DocumentEntry(
        id=str(item["id"]),
        level=str(item["level"]),
        epoch=int(str(item["epoch"])),
        sha256=str(item["sha256"]),
        title=str(item.get("title", "")),
        file_name=str(item.get("file_name", "")),
        media_type=str(item.get("media_type", "")),
        size_bytes=size if isinstance(size, int) else str(size),
        digest=str(item.get("digest", "")),
        added_on=str(item.get("added_on", "")),
        pages=pages if isinstance(pages, int) else None,
        location=str(item.get("location", "")),
        stored=str(item.get("stored", "")),
    )
