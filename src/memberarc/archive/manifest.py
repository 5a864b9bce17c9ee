"""The manifest: what an archive says of itself (format.md, section 10)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import MANIFEST
from memberarc.errors import ManifestError
from memberarc.formats.canonical_yaml import Node, write_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

FORMAT: Final = "archive/1"
DEFAULT_NUMBERING: Final = "M{year}-{sequence:06}"
_RANDOM_ID: Final = re.compile(r"[a-z2-7]{26}")
_NUMBERING: Final = re.compile(r"[A-Z0-9-]*(\{year\}[A-Z0-9-]*)?\{sequence:0[1-9]\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One archive's identity and habits; ``archive`` and ``vault`` never change.

    A document larger than ``document_limit`` bytes is kept outside git; 0: none is.
    """

    archive: str
    name: str
    vault: str
    profile: str = "general"
    languages: tuple[str, ...] = ("en", "zh")
    time_zone: str = "UTC"
    country: str = "CN"
    currency: str = "CNY"
    numbering: str = DEFAULT_NUMBERING
    document_limit: int = 0


def parse_manifest(document: Mapping[str, Node], *, path: str) -> Manifest:
    """Read a manifest; ManifestError tells the first key that does not fit.

    Whether there is such a time zone is for :func:`time_zone_of` to say: the database takes 4 ms
    to ask, and most commands need no day.
    """
    if document.get("format") != FORMAT:
        raise _fault(path, f"the manifest's format is not {FORMAT}")
    languages = document.get("languages", ["en", "zh"])
    if not isinstance(languages, list) or not all(isinstance(item, str) for item in languages):
        raise _fault(path, "languages is not a list of words")
    limit = document.get("document_limit", 0)
    if type(limit) is not int or limit < 0:
        raise _fault(path, "document_limit is not a number of bytes")
    manifest = Manifest(
        **_texts(document, path=path),
        languages=tuple(str(item) for item in languages),
        document_limit=limit,
    )
    for key, value in (("archive", manifest.archive), ("vault", manifest.vault)):
        if not _RANDOM_ID.fullmatch(value):
            raise _fault(path, f"{key} is not an id of 26 base32 characters")
    if not _NUMBERING.fullmatch(manifest.numbering):
        raise _fault(path, "numbering must end in {sequence:0N} and may hold {year}")
    return manifest


def time_zone_of(manifest: Manifest) -> ZoneInfo:
    """Give the time zone of an archive; ManifestError if the IANA database does not have it."""
    zone = find_time_zone(manifest.time_zone)
    if zone is None:
        raise _fault(MANIFEST, f"there is no time zone {manifest.time_zone}")
    return zone


def find_time_zone(name: str) -> ZoneInfo | None:
    """Look a name up in the IANA database, such as Asia/Shanghai."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _texts(document: Mapping[str, Node], *, path: str) -> dict[str, str]:
    """Take the keys that hold text, which are all but these three."""
    texts: dict[str, str] = {}
    for key, value in document.items():
        if key in ("format", "languages", "document_limit"):
            continue
        if key not in Manifest.__dataclass_fields__:
            raise _fault(path, f"the manifest has an unknown key: {key}")
        if not isinstance(value, str):
            raise _fault(path, f"{key} is not text")
        texts[key] = value
    for key in ("archive", "name", "vault"):
        if key not in texts:
            raise _fault(path, f"the manifest has no {key}")
    return texts


def write_manifest(manifest: Manifest) -> bytes:
    """Write the canonical bytes of a manifest."""
    limit: dict[str, Node] = (
        {"document_limit": manifest.document_limit} if manifest.document_limit else {}
    )
    return write_yaml(
        {
            "format": FORMAT,
            "archive": manifest.archive,
            "name": manifest.name,
            "vault": manifest.vault,
            "profile": manifest.profile,
            "languages": list(manifest.languages),
            "time_zone": manifest.time_zone,
            "country": manifest.country,
            "currency": manifest.currency,
            "numbering": manifest.numbering,
            **limit,
        }
    )


def _fault(path: str, message: str) -> ManifestError:
    return ManifestError(message, where=path, hint="compare with docs/format.md, Manifest")
