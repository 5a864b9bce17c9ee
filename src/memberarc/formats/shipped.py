"""The schemas and policies that come with memberarc, and a sector's profile put into them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from memberarc.errors import UsageError

KINDS: Final = ("individual", "organisation")
GENERAL: Final = "general"

_PACKAGE: Final = Path(__file__).parents[1]
# An installed wheel carries them inside the package, a checkout at its top level.
_FOLDERS: Final = (_PACKAGE / "schemas", _PACKAGE.parents[1] / "schemas")


def shipped_file(name: str) -> bytes:
    """Read a file that comes with memberarc, such as ``policy/reasons.yaml``."""
    folder = next(folder for folder in _FOLDERS if folder.is_dir())
    return (folder / name).read_bytes()


def profiles() -> tuple[str, ...]:
    """Name the sectors that have a profile."""
    folder = next(folder for folder in _FOLDERS if folder.is_dir()) / "profiles"
    return (GENERAL, *sorted(path.stem for path in folder.glob("*.json")))


def compose_schema(kind: str, *, profile: str) -> bytes:
    """Write the schema of a kind that ``compose_document`` composes; raises as it does."""
    document = compose_document(kind, profile=profile)
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def compose_document(kind: str, *, profile: str) -> dict[str, Any]:
    """Put a profile's properties into the core schema of a kind, before its catalogue.

    Raises:
        UsageError: there is no such profile.
    """
    core: dict[str, Any] = json.loads(shipped_file(f"{kind}.schema.json"))
    if profile not in profiles():
        raise UsageError(f"there is no profile {profile}", hint=f"one of: {', '.join(profiles())}")
    if profile != GENERAL:
        added = json.loads(shipped_file(f"profiles/{profile}.json"))["kinds"].get(kind, {})
        properties = core["properties"]
        documents = properties.pop("documents")
        properties.update(added.get("properties", {}))
        properties["documents"] = documents
        core["x-profile"] = profile
    return core
