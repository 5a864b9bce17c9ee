"""Certainty about whom a purge would destroy: code and uid mean one and the same member."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from memberarc.archive.history import walk_history
from memberarc.archive.layout import PathKind, code_of, path_kind
from memberarc.archive.snapshot import read_objects
from memberarc.disposal.versions import blobs_at
from memberarc.errors import ConflictError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from memberarc.archive.opened import Archive
    from memberarc.members.record import StoredRecord

_UID_LINE: Final = re.compile(rb"^uid: *[\"']?([a-z][a-z2-7]{15})\b", re.MULTILINE)


def refuse_mistaken(
    archive: Archive, records: Mapping[str, StoredRecord], *, thorough: bool
) -> None:
    """Refuse when it is not certain who would be destroyed, by what ever stood anywhere.

    Args:
        records: by the code that a person named.
        thorough: compare every version of every record, else what ever stood at the members' own
            paths; ``refuse_namesakes`` then compares the rest of this commit.

    Raises:
        ConflictError: code and uid were ever tied to others.
    """
    for member, record in records.items():
        if record.code != member:
            raise _mistaken(
                record.code, what=f"the record of {member} says that it is {record.code}"
            )
    found = _identities(archive) if thorough else _own_identities(archive, records.values())
    _refuse_other_identities(found, records.values())


def refuse_namesakes(
    archive: Archive, records: Collection[StoredRecord], *, paths: Iterable[str]
) -> None:
    """Refuse when a record at one of these paths is tied to a member's uid, or to his code.

    Raises:
        ConflictError: it is not certain who would be destroyed.
    """
    found = (
        identity
        for path, content in archive.snapshot.read_many(paths)
        for identity in _identity(path, "", content)
    )
    _refuse_other_identities(found, records)


def folders_of_records(archive: Archive) -> list[str]:
    """Name the folders of this commit that hold records."""
    words = ("-z", "--name-only", "--full-tree", archive.snapshot.commit or "HEAD", "members/")
    return os.fsdecode(archive.repository.run("ls-tree", *words)).split("\0")[:-1]


def paths_naming(
    archive: Archive, records: Iterable[StoredRecord], *, folders: Sequence[str]
) -> list[str]:
    """Name the records of this commit that have a uid of these members; git searches quickly."""
    if not folders:
        return []
    uids = [record.uid for record in records]
    spelt = [f"uid: {quote}{uid}{quote}" for uid in uids for quote in ("", '"', "'")]
    commit = archive.snapshot.commit or "HEAD"
    words = [word for text in spelt for word in ("-e", text)]
    # None says that nothing matches: a purge that goes on has removed the record. More threads of
    # one git only wait for each other.
    search = ("grep", "--threads=1", "-l", "-F", *words, commit, "--", *folders)
    told = archive.repository.line(*search) or ""
    return [line.partition(":")[2] for line in told.splitlines()]


def _refuse_other_identities(
    found: Iterable[tuple[str, str, str]], records: Iterable[StoredRecord]
) -> None:
    codes = {record.code: record.uid for record in records}
    uids = {uid: code for code, uid in codes.items()}
    for path, commit, other in found:
        _refuse_other_identity(path, commit, other, codes=codes, uids=uids)


def _refuse_other_identity(
    path: str, commit: str, uid: str, *, codes: Mapping[str, str], uids: Mapping[str, str]
) -> None:
    """Refuse when it is not certain that code and uid mean one and the same member.

    The code is what a person confirms, the uid is what gets destroyed. A record copied to another
    member's path would have the one destroyed in the other's name.

    Raises:
        ConflictError: the two were ever tied to another code or uid, on any branch.
    """
    named = code_of(path)
    place = f"{path} in {commit[:12]}" if commit else path
    if uids.get(uid, named) != named:
        raise _mistaken(uids[uid], what=f"{named} has the same uid", where=place)
    if codes.get(named, uid) != uid:
        raise _mistaken(named, what=f"{named} has had another uid, {uid}", where=place)


def _identities(archive: Archive) -> Iterator[tuple[str, str, str]]:
    """Yield path, commit and uid of every record there is (no commit) or ever was."""
    present = [entry.path for entry in archive.snapshot.entries("members/")]
    for path, content in archive.snapshot.read_many(present):
        yield from _identity(path, "", content)
    places: dict[str, dict[str, str]] = {}
    history = walk_history(archive.repository, revisions=("--all",), paths=("members",))
    for entry in history:
        for changed in entry.paths:
            if changed.new_blob is not None:
                places.setdefault(changed.new_blob, {})[changed.path] = entry.commit
    for blob, content in read_objects(archive.repository, places):
        for path, commit in places[blob].items():
            yield from _identity(path, commit, content)


def _own_identities(
    archive: Archive, records: Iterable[StoredRecord]
) -> Iterator[tuple[str, str, str]]:
    """Yield the identities that ever stood at the members' own paths."""
    for record in records:
        blobs = sorted(blobs_at(archive.repository, record.path))
        for blob, content in read_objects(archive.repository, blobs):
            yield from _identity(record.path, blob, content)


def _identity(path: str, commit: str, content: bytes) -> Iterator[tuple[str, str, str]]:
    if path_kind(path) is PathKind.MEMBER:
        for found in _UID_LINE.findall(content):
            yield path, commit, found.decode("ascii")


def _mistaken(code: str, *, what: str, where: str = "") -> ConflictError:
    return ConflictError(
        f"it is not certain whom a purge of {code} would destroy: {what}",
        where=where,
        hint=f"memberarc check, git log --all -- '*/{code}.yaml'; nothing has been destroyed",
    )
