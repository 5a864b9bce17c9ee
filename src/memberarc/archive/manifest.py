"""The manifest: what an archive says of itself (format.md, section 10)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.errors import ManifestError
from memberarc.formats.canonical_yaml import Node, write_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = "archive/1"
DEFAULT_NUMBERING: Final = "M{year}-{sequence:06}"
_RANDOM_ID: Final = re.compile(r"[a-z2-7]{26}")
_NUMBERING: Final = re.compile(r"[A-Z0-9-]*(\{year\}[A-Z0-9-]*)?\{sequence:0[1-9]\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One archive's identity and habits; ``archive`` and ``vault`` never change."""

    archive: str
    name: str
    vault: str
    profile: str = "general"
    languages: tuple[str, ...] = ("en", "zh")
    time_zone: str = "UTC"
    country: str = "CN"
    currency: str = "CNY"
    numbering: str = DEFAULT_NUMBERING


def parse_manifest(document: Mapping[str, Node], *, path: str) -> Manifest:
    """Read a manifest; ManifestError tells the first key that does not fit."""
    known = ["format", *Manifest.__dataclass_fields__]
    unknown = [key for key in document if key not in known]
    if unknown:
        raise _fault(path, f"the manifest has an unknown key: {unknown[0]}")
    if document.get("format") != FORMAT:
        raise _fault(path, f"the manifest's format is not {FORMAT}")
    languages = document.get("languages", ["en"])
    if not isinstance(languages, list) or not all(isinstance(item, str) for item in languages):
        raise _fault(path, "languages is not a list of words")
    texts: dict[str, str] = {}
    for key in Manifest.__dataclass_fields__:
        if key == "languages" or key not in document:
            continue
        value = document[key]
        if not isinstance(value, str):
            raise _fault(path, f"{key} is not text")
        texts[key] = value
    for key in ("archive", "name", "vault"):
        if key not in texts:
            raise _fault(path, f"the manifest has no {key}")
    for key in ("archive", "vault"):
        if not _RANDOM_ID.fullmatch(texts[key]):
            raise _fault(path, f"{key} is not an id of 26 base32 characters")
    if not _NUMBERING.fullmatch(texts.get("numbering", DEFAULT_NUMBERING)):
        raise _fault(path, "numbering must end in {sequence:0N} and may hold {year}")
    return Manifest(**texts, languages=tuple(str(item) for item in languages))


def write_manifest(manifest: Manifest) -> bytes:
    """Write the canonical bytes of a manifest."""
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
        }
    )


def _fault(path: str, message: str) -> ManifestError:
    return ManifestError(message, where=path, hint="compare with docs/format.md, Manifest")
