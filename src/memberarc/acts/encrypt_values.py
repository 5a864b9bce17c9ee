"""Seal what is in clear, or sealed otherwise than it should be; say what cannot be taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.segment.sealing_again import sealed_searches, searches_to_seal
from memberarc.acts.writing import commit_act
from memberarc.archive.history import every_version
from memberarc.archive.layout import PathKind, code_of, path_kind
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.archive.uncommitted import work_tree_files
from memberarc.errors import ConflictError, InvalidRecordError, MemberNotFoundError
from memberarc.formats.field_path import path_text
from memberarc.formats.stored import CLEAR_TEXT, OTHER_LEVEL
from memberarc.formats.yaml_file import load_yaml
from memberarc.members.changes import CONFIDENTIAL_FIELD
from memberarc.members.plain_values import normalised
from memberarc.members.problems import RETIRED_EPOCH
from memberarc.members.record import IDENTITY_FIELDS, StoredRecord, write_record
from memberarc.members.sealed_record import (
    is_sealed,
    open_record,
    plain_problems,
    seal_record,
    visible_record,
)
from memberarc.members.shelves import read_record, record_path
from memberarc.review.file_checks import FileChecks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.acts.key.keys_at_hand import Keys
    from memberarc.acts.opening import Caller
    from memberarc.acts.segment.sealing_again import SearchToSeal
    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.field_path import FieldPath
    from memberarc.sealing.keys.key_ring import KeyRing


_SEALED_AGAIN: Final = frozenset({CLEAR_TEXT, OTHER_LEVEL, RETIRED_EPOCH})
"""Flaws that go away when a value is sealed as its field wants it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedFile:
    """One record whose values were sealed that stood in clear, or at another level or epoch.

    ``readable_in_history`` names the fields that stand in clear in an earlier commit: sealing
    them now does not take those back. ``staged`` tells that git has stored the clear version
    already, though no commit names it.
    """

    code: str
    path: str
    fields: tuple[str, ...]
    confidential: tuple[str, ...]
    readable_in_history: tuple[str, ...]
    staged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Encrypted:
    """All that was sealed; ``commit`` is None after a dry run or when nothing was in clear."""

    files: tuple[SealedFile, ...]
    searches: tuple[SearchToSeal, ...]
    commit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _UnsealedFile:
    """A record as it lies on the disk, with the paths of values that are to be sealed."""

    path: str
    content: bytes
    values: dict[str, Node]
    unsealed: tuple[FieldPath, ...]


def encrypt_values(
    caller: Caller, targets: tuple[str, ...] = (), *, dry_run: bool = False
) -> Encrypted:
    """Seal what stands in clear, or at another level or epoch than it should, and commit the files.

    Args:
        targets: codes or paths; nothing named means every file that was edited, every record, and
            every saved search.

    Raises:
        InvalidRecordError: a file cannot be read, or a value does not fit its field.
    """
    archive = open_archive(caller.directory)
    keys = open_keys(archive, caller)
    files = list(_unsealed_files(archive, targets, ring=keys.ring))
    sealed = [_report(archive, file) for file in files]
    searches = searches_to_seal(archive, ring=keys.ring, only=targets)
    fresh = [] if dry_run else [one.stored.uid for one in searches if one.was_clear]
    commitments = keys.replicas.provision(fresh) if fresh else {}

    def plan(current: Archive) -> Plan | None:
        if not files and (dry_run or not searches):
            return None
        now = keys.at(current)
        changes = [
            Change(path=file.path, content=_sealed_content(current, file, keys=now))
            for file in files
        ]
        if not dry_run:
            _require_same(current, archive, searches)
            changes += sealed_searches(searches, keys=commitments, ring=now.ring)
        fields = {
            CONFIDENTIAL_FIELD if field in one.confidential else field
            for one in sealed
            for field in one.fields
        }
        return Plan(
            changes=changes,
            act=Act(
                name="encrypt",
                subject=f"seal values (files: {len(changes)})",
                count=len(changes),
                fields=tuple(sorted(fields)),
                policy=current.policy_digest,
            ),
        )

    adopt = {
        file.path: file.content
        for file in files
        if archive.snapshot.read(file.path) != file.content
    }
    commit = commit_act(archive, plan, adopt=adopt, dry_run=dry_run)
    return Encrypted(files=tuple(sealed), searches=searches, commit=commit)


def _require_same(current: Archive, archive: Archive, searches: tuple[SearchToSeal, ...]) -> None:
    for one in searches:
        path = one.stored.path
        if current.snapshot.blob_of(path) != archive.snapshot.blob_of(path):
            raise ConflictError("somebody else changed a saved search meanwhile", where=path)


def _unsealed_files(
    archive: Archive, targets: tuple[str, ...], *, ring: KeyRing
) -> Iterator[_UnsealedFile]:
    checks = FileChecks.of(archive)
    for path, content in work_tree_files(archive.repository, only=_paths(archive, targets)):
        if path_kind(path) is not PathKind.MEMBER:
            continue
        problems = [*checks.record(path, content)[0], *checks.epochs(path, content)]
        others = [problem for problem in problems if problem.rule not in _SEALED_AGAIN]
        if len(others) == len(problems):
            continue
        if others:
            raise InvalidRecordError(
                f"{path} has other flaws, too", problems=others, where=path, hint="memberarc check"
            )
        yield _unsealed_file(archive, path, content, ring=ring)


def _unsealed_file(archive: Archive, path: str, content: bytes, *, ring: KeyRing) -> _UnsealedFile:
    values = load_yaml(content, path=path)
    schema = archive.schema(str(values["kind"]))
    unsealed = tuple(
        leaf
        for leaf, field, value in schema.leaves(values)
        if field is not None
        and field.level != "open"
        and not (is_sealed(value) and ring.is_current(str(value), level=field.level))
    )
    return _UnsealedFile(
        path=path, content=content, values=normalised(values, schema=schema), unsealed=unsealed
    )


def _paths(archive: Archive, targets: tuple[str, ...]) -> tuple[str, ...]:
    """Turn codes and paths into paths; by default every record on the disk."""
    paths = []
    for target in targets:
        path = target if "/" in target else record_path(archive, target)
        if path is None:
            raise MemberNotFoundError(f"no member {target}", hint="memberarc list shows the codes")
        paths.append(path)
    return tuple(paths) or ("members",)


def _sealed_content(archive: Archive, file: _UnsealedFile, *, keys: Keys) -> bytes:
    """Seal one file's values; what it holds sealed must be what the commit holds."""
    committed = archive.snapshot.read(file.path)
    if committed is None:
        raise MemberNotFoundError(
            "only a record that was added can be sealed: a new one needs a share in the vault",
            where=file.path,
            hint=f"memberarc add {file.path}",
        )
    stored = read_record(committed, path=file.path)
    schema = archive.schema(stored.kind)
    if any(file.values.get(name) != stored.values.get(name) for name in IDENTITY_FIELDS):
        raise ConflictError(
            f"format, id, uid, key, kind or opened of {stored.code} was edited by hand",
            where=file.path,
            hint=f"git diff {file.path}",
        )
    before = open_record(stored, schema=schema, ring=keys.ring)
    mine = visible_record(StoredRecord(values=file.values), schema=schema, ring=keys.ring)
    problems = plain_problems(mine.values, schema=schema, before=mine, path=file.path)
    if problems:
        raise InvalidRecordError(
            f"values of {stored.code} do not fit", problems=problems, where=file.path
        )
    sealed = seal_record(mine.values, schema=schema, ring=keys.ring, before=before)
    return write_record(sealed, schema=schema)


def _report(archive: Archive, file: _UnsealedFile) -> SealedFile:
    schema = archive.schema(str(file.values["kind"]))
    fields = {leaf: field for leaf, field, _ in schema.leaves(file.values)}
    return SealedFile(
        code=code_of(file.path),
        path=file.path,
        fields=tuple(path_text(leaf) for leaf in file.unsealed),
        confidential=tuple(
            path_text(leaf)
            for leaf in file.unsealed
            if (field := fields[leaf]) is not None and field.level not in ("open", "internal")
        ),
        readable_in_history=_readable_in_history(archive, file.path),
        staged=bool(
            archive.repository.run("diff-index", "--cached", "--name-only", "HEAD", "--", file.path)
        ),
    )


def _readable_in_history(archive: Archive, path: str) -> tuple[str, ...]:
    """Name the fields of a record that stand in clear in a commit of any branch."""
    checks = FileChecks.of(archive)
    found = {
        problem.pointer
        for _, _, content in every_version(archive.repository, below=path)
        for problem in checks.record(path, content)[0]
        if problem.rule == CLEAR_TEXT
    }
    return tuple(sorted(found))
