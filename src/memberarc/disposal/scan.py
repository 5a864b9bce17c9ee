"""Search everything a repository keeps for a member's plaintexts and for the member's versions."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.archive.history import walk_history
from memberarc.archive.layout import PathKind, path_kind
from memberarc.archive.snapshot import all_objects
from memberarc.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from memberarc.archive.git import Repository
    from memberarc.disposal.needles import Needles

# Files an organisation writes about itself. An employee's own address in access.yaml, or a word
# that is also somebody's employer, is no leak of the member's record: told, but no reason to stop.
_ORGANISATION_FILES: Final = (
    PathKind.MANIFEST,
    PathKind.POLICY,
    PathKind.SCHEMA,
    PathKind.GIT_ATTRIBUTES,
)
# Objects are read through git.
_READ_THROUGH_GIT: Final = "objects"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Plaintext found: where, and of which fields. Never the text itself.

    ``in_history`` says that a commit of some branch holds it, or is it.
    """

    place: str
    fields: tuple[str, ...]
    organisation_file: bool = False
    in_history: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one pass over a repository found."""

    objects: int
    hits: tuple[Hit, ...]

    @property
    def leaks(self) -> tuple[Hit, ...]:
        """The hits that are not in a file the organisation writes about itself."""
        return tuple(hit for hit in self.hits if not hit.organisation_file)


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Every version of one member that a repository keeps, reachable or not."""

    records: tuple[bytes, ...]
    objects: int


def versions_of(repository: Repository, uid: str) -> Versions:
    """Collect each version of a member's record: all refs, stashes and unreachable objects."""
    mark = f"\nuid: {uid}\n".encode()
    records, count = [], 0
    for _, kind, content in all_objects(repository):
        count += 1
        # The tombstone names the uid too, and holds nothing sealed.
        if kind == "blob" and mark in content and b"\nformat: member/" in content:
            records.append(content)
    return Versions(records=tuple(records), objects=count)


def scan_repository(repository: Repository, needles: Needles) -> Scan:
    """Search every object, every other file of the repository and the work tree, and all names."""
    found: dict[str, tuple[str, ...]] = {}
    count = 0
    for object_id, kind, content in all_objects(repository):
        count += 1
        if fields := needles.fields_in(content):
            found[f"{kind} {object_id}"] = fields
    loose = _loose_hits(repository, needles)
    return Scan(objects=count, hits=(*_placed(repository, found), *loose))


def _loose_hits(repository: Repository, needles: Needles) -> Iterator[Hit]:
    """Search the files beside the objects and their names, which are those of branches, too."""
    for path in _loose_files(repository):
        if fields := needles.fields_in(os.fsencode(path)):
            clean = next(one for one in path.parents if not needles.fields_in(os.fsencode(one)))
            yield Hit(place=f"a name below {clean}", fields=fields)
        elif fields := needles.fields_in(_read(path)):
            own = _is_organisation_file(_relative(repository, path))
            yield Hit(place=str(path), fields=fields, organisation_file=own)


def _placed(repository: Repository, found: dict[str, tuple[str, ...]]) -> Iterator[Hit]:
    """Tell under which paths and since which commit the objects that were hit stand."""
    if not found:
        return
    places: dict[str, list[tuple[str, str]]] = {}
    for entry in walk_history(repository, revisions=("--all",)):
        for changed in entry.paths:
            places.setdefault(f"blob {changed.new_blob}", []).append((changed.path, entry.commit))
    for name, fields in found.items():
        where = places.get(name, [])
        told = ", ".join(f"{path} in {commit[:12]}" for path, commit in where)
        yield Hit(
            place=f"{name} ({told})" if told else name,
            fields=fields,
            organisation_file=bool(where) and all(_is_organisation_file(path) for path, _ in where),
            in_history=bool(where) or not name.startswith("blob "),
        )


def _is_organisation_file(path: str) -> bool:
    return path_kind(path) in _ORGANISATION_FILES


def _relative(repository: Repository, path: Path) -> str:
    tree = repository.work_tree
    return path.relative_to(tree).as_posix() if tree and path.is_relative_to(tree) else ""


def _loose_files(repository: Repository) -> Iterator[Path]:
    """Files git keeps beside its objects (rr-cache, messages, logs), and the work tree."""
    folders = {repository.git_dir, repository.common_dir}
    for folder in folders:
        for entry in sorted(folder.iterdir()):
            if entry.name == _READ_THROUGH_GIT:
                continue
            yield from _files_below(entry, skip=folders)
    if repository.work_tree is not None:
        yield from _files_below(repository.work_tree, skip=folders)


def _files_below(start: Path, *, skip: set[Path]) -> Iterator[Path]:
    if start.is_symlink() or start in skip or (start.name == ".git" and start.is_dir()):
        return
    if start.is_file():
        yield start
    elif start.is_dir():
        for entry in sorted(start.iterdir()):
            yield from _files_below(entry, skip=skip)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""  # a lock or a temporary file of git's, gone since it was listed
    except OSError as err:
        raise FileError(
            f"cannot be read, so nobody can say what is in it: {err.strerror}", where=str(path)
        ) from err
