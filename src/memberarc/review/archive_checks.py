"""The check of a whole archive: each file, and whether they agree with each other."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import PathKind, code_of, path_kind
from memberarc.errors import Problem
from memberarc.members.record_batches import map_stream, processes_for
from memberarc.review.file_verdicts import judge_files
from memberarc.review.key_checks import key_problems
from memberarc.review.ledger_references import SeenRefs

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.archive.file_source import FileSource
    from memberarc.review.file_checks import FileChecks
    from memberarc.review.file_verdicts import Verdict, Verdicts

# Files below may be larger than memory, and all that is judged here is that they are there.
_NAMES_ONLY: Final = "documents/"
_BATCH: Final = 400


def link_problem(path: str) -> Problem:
    """Tell of a symbolic link among the files of an archive."""
    return Problem(
        path=path,
        rule="symlink",
        message="a symbolic link is no file of an archive, and is not followed",
        hint=f"git rm {path}",
    )


class ArchiveChecks:
    """Judge files on all processors, then what only shows when all have been seen.

    Nothing of a file is kept but the names that others refer to.
    """

    def __init__(self, checks: FileChecks) -> None:
        self._checks = checks
        self._uids: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._purged: dict[str, str] = {}
        self._listed_documents: dict[str, str] = {}
        self._documents: set[str] = set()
        self._searches: list[str] = []
        self._refs = SeenRefs()
        self._customers: dict[str, str] = {}
        self._keys: dict[str, bytes] = {}
        self._unread = False

    def problems(self, source: FileSource) -> Iterator[Problem]:
        """Yield every flaw of these files, file by file, then those between them."""
        paths = [path for path in source.paths if not path.startswith(_NAMES_ONLY)]
        batches = [paths[start : start + _BATCH] for start in range(0, len(paths), _BATCH)]
        judge = partial(judge_files, source=source, checks=self._checks)
        judged = map_stream(judge, batches, processes=processes_for(len(paths)), at_once=1)
        for batch, verdicts in zip(batches, judged, strict=True):
            yield from self._meet_batch(batch, verdicts)
        for path in source.paths:
            if path.startswith(_NAMES_ONLY):
                yield from self._checks.problems(path, b"")
                if path_kind(path) is PathKind.DOCUMENT:
                    self._documents.add(path)
        yield from self._between_files(source)

    def _meet_batch(self, paths: Sequence[str], verdicts: Verdicts) -> Iterator[Problem]:
        uids, others = verdicts
        if not others and self._meet_at_once(paths, uids):
            return
        sound = iter(uids)
        for path in paths:
            verdict = others.get(path)
            if verdict:
                yield from verdict.problems
                yield from self._meet(path, verdict)
            else:
                yield from self._meet_record(path, code=code_of(path), uid=next(sound))

    def _meet_at_once(self, paths: Sequence[str], uids: Sequence[str]) -> bool:
        """Take up records whose uids and codes nobody has had so far; else none of them."""
        by_uid = dict(zip(uids, paths, strict=True))
        by_code = dict(zip(map(code_of, paths), paths, strict=True))
        unique = (
            len(by_uid) == len(by_code) == len(paths)
            and self._uids.keys().isdisjoint(by_uid)
            and self._codes.keys().isdisjoint(by_code)
        )
        if unique:
            self._uids |= by_uid
            self._codes |= by_code
        return unique

    def _meet(self, path: str, verdict: Verdict) -> Iterator[Problem]:
        facts = verdict.facts
        if facts:
            yield from self._meet_record(path, code=facts.code, uid=facts.uid)
            for item in facts.documents:
                self._listed_documents[f"{_NAMES_ONLY}{facts.uid}/{item}.age"] = path
        elif path_kind(path) is PathKind.MEMBER:
            self._unread = True
        if path_kind(path) is PathKind.SEGMENT:
            self._searches.append(path)
        if verdict.buried:
            self._purged[verdict.buried] = path
        if verdict.of_keys:
            self._keys[path] = verdict.of_keys
        if verdict.refs:
            self._refs.add(path, verdict.refs)
        for member in verdict.members:
            self._customers.setdefault(member, path)

    def _meet_record(self, path: str, *, code: str, uid: str) -> Iterator[Problem]:
        for what, name, first in (
            ("uid", uid, self._uids.setdefault(uid, path)),
            ("code", code, self._codes.setdefault(code, path)),
        ):
            if first != path:
                yield Problem(
                    path=path,
                    rule="duplicate",
                    message=f"{what} {name} is also in {first}",
                    hint="keep the record that was opened first",
                )

    def _between_files(self, source: FileSource) -> Iterator[Problem]:
        yield from key_problems(self._keys)
        yield from self._repeated_refs(source)
        yield from self._references()

    def _repeated_refs(self, source: FileSource) -> Iterator[Problem]:
        seen: dict[str, str] = {}
        for path, content in source.read_many(self._refs.suspects()):
            for ref in self._checks.day(path, content or b"")[0].refs:
                first = seen.setdefault(ref, path)
                if first != path:
                    message = f"ref {ref} is also in {first}"
                    yield Problem(path=path, rule="duplicate", message=message)

    def _references(self) -> Iterator[Problem]:
        for uid in sorted(self._purged.keys() & self._uids.keys()):
            yield Problem(
                path=self._uids[uid],
                rule="resurrected",
                message=f"this member was purged, see {self._purged[uid]}",
                hint="a person who returns gets a new record: memberarc add",
            )
        for path in self._searches:
            uid = path.removeprefix("segments/").removesuffix(".yaml")
            if uid in self._uids or uid in self._purged:
                yield Problem(
                    path=path,
                    rule="duplicate",
                    message=f"uid {uid} is that of a member",
                    hint=f"git rm {path}",
                )
        for document in sorted(self._listed_documents.keys() - self._documents):
            yield Problem(
                path=self._listed_documents[document],
                rule="reference",
                message=f"{document} is listed but not there",
            )
        if self._unread:
            return  # the uids and documents of a record that cannot be read are not known
        for uid in sorted(self._customers.keys() - self._uids.keys() - self._purged.keys()):
            yield Problem(
                path=self._customers[uid],
                rule="reference",
                message=f"no record and no tombstone has the uid {uid}",
            )
        for document in sorted(self._documents - self._listed_documents.keys()):
            yield Problem(path=document, rule="reference", message="no record lists this document")
