"""Judge many files, and keep of each only what the check of the whole archive asks for."""

from __future__ import annotations

from itertools import chain, islice, tee
from typing import TYPE_CHECKING, NamedTuple

from memberarc.archive.layout import ACCESS_POLICY, PathKind, path_kind
from memberarc.disposal.tombstone import parse_tombstone
from memberarc.errors import Problem
from memberarc.formats.yaml_file import load_yaml
from memberarc.review.ledger_references import fingerprints

if TYPE_CHECKING:
    from array import array
    from collections.abc import Iterable, Iterator, Sequence

    from memberarc.archive.file_source import FileSource
    from memberarc.members.problems import RecordFacts
    from memberarc.review.file_checks import FileChecks


class Verdict(NamedTuple):
    """What is wrong with a file, and what it says that concerns other files.

    ``members`` are those whom a day of the ledger names and no day did that the same process judged
    before; ``refs`` the fingerprints of its events' refs.
    """

    problems: tuple[Problem, ...] = ()
    facts: RecordFacts | None = None
    buried: str = ""
    of_keys: bytes = b""
    members: tuple[str, ...] = ()
    refs: array[int] | None = None


class Verdicts(NamedTuple):
    """What became of a batch of files.

    Of a record with nothing wrong and without documents, as most are, there is the uid only; all
    others have a verdict by their path.
    """

    uids: list[str]
    others: dict[str, Verdict]


def judge_files(
    batches: Iterable[Sequence[str]], *, source: FileSource, checks: FileChecks
) -> Iterator[Verdicts]:
    """Yield for each batch of paths what becomes of the files."""
    batches, asked = tee(batches)
    files = source.read_many(chain.from_iterable(asked))
    named: set[str] = set()
    for batch in batches:
        verdicts = Verdicts([], {})
        for path, content in islice(files, len(batch)):
            if content and (uid := checks.sound_uid(path, content)):
                verdicts.uids.append(uid)
                continue
            kind = path_kind(path)
            facts = checks.glance(path, content) if content and kind is PathKind.MEMBER else None
            if content is None:
                verdicts.others[path] = Verdict(problems=(_missing(path),))
            elif facts is None:
                verdicts.others[path] = _verdict(
                    path, content, kind=kind, checks=checks, named=named
                )
            elif facts.documents:
                verdicts.others[path] = Verdict(facts=facts)
            else:
                verdicts.uids.append(facts.uid)
        yield verdicts


def _missing(path: str) -> Problem:
    return Problem(
        path=path,
        rule="missing",
        message="the repository lacks the object that holds this file",
        hint="git fsck --full",
    )


def _verdict(
    path: str, content: bytes, *, kind: PathKind, checks: FileChecks, named: set[str]
) -> Verdict:
    if kind is PathKind.MEMBER:
        problems, facts = checks.record(path, content)
        return Verdict(problems=(*problems, *checks.epochs(path, content)), facts=facts)
    if kind is PathKind.LEDGER:
        day, flaws = checks.day(path, content)
        fresh = {*day.members}.difference(named)
        named |= fresh
        return Verdict(problems=flaws, members=tuple(fresh), refs=fingerprints(day.refs))
    found = tuple(checks.problems(path, content))
    if kind is PathKind.SEGMENT:
        return Verdict(problems=(*found, *checks.epochs(path, content)))
    if kind is PathKind.TOMBSTONE and not found:
        return Verdict(buried=parse_tombstone(load_yaml(content, path=path), path=path).uid)
    of_keys = content if path.startswith("keys/") or path == ACCESS_POLICY else b""
    return Verdict(problems=found, of_keys=of_keys)
