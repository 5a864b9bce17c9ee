"""Search everything a repository keeps for a member's plaintexts."""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Protocol

from memberarc.archive.history import walk_history
from memberarc.archive.layout import PathKind, path_kind
from memberarc.archive.snapshot import all_objects
from memberarc.disposal.places import loose_files, work_trees

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from memberarc.archive.git import Repository

# Files an organisation writes about itself. An employee's own address in access.yaml, or a word
# that is also somebody's employer, is no leak of the member's record: told, but no reason to stop.
_ORGANISATION_FILES: Final = (
    PathKind.MANIFEST,
    PathKind.POLICY,
    PathKind.SCHEMA,
    PathKind.GIT_ATTRIBUTES,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """Plaintext found: where, and of which fields. Never the text itself.

    ``in_history`` says that a commit of some branch holds it, or is it. ``kind`` and ``object``
    name the git object (empty: a file beside the objects), ``paths`` where a blob ever stood and
    ``commits`` which ones put it there, newest first.
    """

    place: str
    fields: tuple[str, ...]
    organisation_file: bool = False
    in_history: bool = False
    kind: str = ""
    object: str = ""
    paths: tuple[str, ...] = ()
    commits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What one pass over a repository found."""

    objects: int
    hits: tuple[Hit, ...]

    @property
    def leaks(self) -> tuple[Hit, ...]:
        """The hits that are not in a file the organisation writes about itself."""
        return tuple(hit for hit in self.hits if not hit.organisation_file)


class Finder(Protocol):
    """What knows plaintexts and tells the fields of those that stand in some bytes."""

    def fields_in(self, content: bytes) -> tuple[str, ...]: ...


def scan_all(
    repositories: Iterable[Repository],
    needles: Finder,
    *,
    objects: Callable[[Repository], Iterable[tuple[str, str, bytes]]] = all_objects,
    files: Callable[[Repository], Iterable[tuple[Path, bytes]]] = loose_files,
    known: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Scan:
    """Search several repositories; ``objects``, ``files`` and ``known`` as for one."""
    scans = [
        scan_repository(one, needles, objects=objects, files=files, known=known)
        for one in repositories
    ]
    return Scan(
        objects=sum(scan.objects for scan in scans),
        hits=tuple(hit for scan in scans for hit in scan.hits),
    )


def scan_repository(
    repository: Repository,
    needles: Finder,
    *,
    objects: Callable[[Repository], Iterable[tuple[str, str, bytes]]] = all_objects,
    files: Callable[[Repository], Iterable[tuple[Path, bytes]]] = loose_files,
    known: Mapping[str, Collection[str]] = MappingProxyType({}),
) -> Scan:
    """Search every object, every other file of the repository and its work trees, and all names.

    Args:
        objects: yields id, kind and bytes of every object.
        files: yields the files beside the objects.
        known: by blob id the fields that are known to stand in clear there, however short.
    """
    found: dict[str, tuple[str, ...]] = {}
    count = 0
    for object_id, kind, content in objects(repository):
        count += 1
        if fields := {*needles.fields_in(content), *known.get(object_id, ())}:
            found[f"{kind} {object_id}"] = tuple(sorted(fields))
    loose = _loose_hits(repository, needles, files=files(repository))
    return Scan(objects=count, hits=(*_placed(repository, found), *loose))


def _loose_hits(
    repository: Repository, needles: Finder, *, files: Iterable[tuple[Path, bytes]]
) -> Iterator[Hit]:
    """Search the files beside the objects and their names, which are those of branches, too."""
    trees = work_trees(repository)
    for path, content in files:
        if fields := needles.fields_in(os.fsencode(path)):
            clean = next(one for one in path.parents if not needles.fields_in(os.fsencode(one)))
            yield Hit(place=f"a name below {clean}", fields=fields)
        elif fields := needles.fields_in(content):
            own = any(
                path.is_relative_to(tree)
                and _is_organisation_file(path.relative_to(tree).as_posix())
                for tree in trees
            )
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
        kind, _, object_id = name.partition(" ")
        told = ", ".join(f"{path} in {commit[:12]}" for path, commit in where)
        yield Hit(
            place=f"{name} ({told})" if told else name,
            fields=fields,
            organisation_file=bool(where) and all(_is_organisation_file(path) for path, _ in where),
            in_history=bool(where) or kind != "blob",
            kind=kind,
            object=object_id,
            paths=tuple(dict.fromkeys(path for path, _ in where)),
            commits=(object_id,) if kind == "commit" else tuple(commit for _, commit in where),
        )


def _is_organisation_file(path: str) -> bool:
    return path_kind(path) in _ORGANISATION_FILES
