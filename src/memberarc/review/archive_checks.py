"""The check of a whole archive: each file, and whether they agree with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.layout import ACCESS_POLICY, PathKind, path_kind
from memberarc.disposal.tombstone import parse_tombstone
from memberarc.errors import Problem
from memberarc.formats.yaml_file import load_yaml
from memberarc.review.key_checks import key_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from memberarc.ledger.event import Event
    from memberarc.members.problems import RecordFacts
    from memberarc.review.file_checks import FileChecks


def link_problem(path: str) -> Problem:
    """Tell of a symbolic link among the files of an archive."""
    return Problem(
        path=path,
        rule="symlink",
        message="a symbolic link is no file of an archive, and is not followed",
        hint=f"git rm {path}",
    )


class ArchiveChecks:
    """Judge files one after the other, then what only shows when all have been seen.

    Nothing of a file is kept but the names that others refer to.
    """

    def __init__(self, checks: FileChecks) -> None:
        self._checks = checks
        self._uids: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._purged: dict[str, str] = {}
        self._listed_documents: dict[str, str] = {}
        self._documents: set[str] = set()
        self._refs: dict[str, str] = {}
        self._customers: dict[str, str] = {}
        self._keys: dict[str, bytes] = {}
        self._unread = False
        self.files = 0

    def problems(self, files: Iterable[tuple[str, bytes]]) -> Iterator[Problem]:
        """Yield every flaw of these files, file by file, then those between them."""
        for path, content in files:
            self.files += 1
            kind = path_kind(path)
            if kind is PathKind.MEMBER:
                problems, facts = self._checks.record(path, content)
                yield from problems
                yield from self._checks.epochs(path, content)
                if facts is None:
                    self._unread = True
                else:
                    yield from self._meet_record(facts)
            elif kind is PathKind.LEDGER:
                events, flaws = self._checks.day(path, content)
                yield from flaws
                yield from self._meet_day(path, events)
            else:
                problems = self._checks.problems(path, content)
                yield from problems
                if kind is PathKind.TOMBSTONE and not problems:
                    uid = parse_tombstone(load_yaml(content, path=path), path=path).uid
                    self._purged[uid] = path
                elif kind is PathKind.DOCUMENT:
                    self._documents.add(path)
                elif path.startswith("keys/") or path == ACCESS_POLICY:
                    self._keys[path] = content
        yield from self._between_files()

    def _meet_record(self, facts: RecordFacts) -> Iterator[Problem]:
        for what, name, seen in (
            ("uid", facts.uid, self._uids),
            ("code", facts.code, self._codes),
        ):
            first = seen.setdefault(name, facts.path)
            if first != facts.path:
                yield Problem(
                    path=facts.path,
                    rule="duplicate",
                    message=f"{what} {name} is also in {first}",
                    hint="keep the record that was opened first",
                )
        for item in facts.documents:
            self._listed_documents[f"documents/{facts.uid}/{item}.age"] = facts.path

    def _meet_day(self, path: str, events: Iterable[Event]) -> Iterator[Problem]:
        for event in events:
            first = self._refs.setdefault(event.ref, path)
            if first != path:
                yield Problem(
                    path=path, rule="duplicate", message=f"ref {event.ref} is also in {first}"
                )
            self._customers.setdefault(event.member, path)

    def _between_files(self) -> Iterator[Problem]:
        yield from key_problems(self._keys)
        yield from self._references()

    def _references(self) -> Iterator[Problem]:
        for uid in sorted(self._purged.keys() & self._uids.keys()):
            yield Problem(
                path=self._uids[uid],
                rule="resurrected",
                message=f"this member was purged, see {self._purged[uid]}",
                hint="a person who returns gets a new record: memberarc add",
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
