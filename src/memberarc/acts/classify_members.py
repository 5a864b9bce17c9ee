"""Classify all members by a scheme and a year of the ledger: propose, or apply (CLS-1 to CLS-4)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from secrets import token_hex
from typing import TYPE_CHECKING, Final, Literal

from memberarc.acts.writing import commit_act
from memberarc.archive.export import exported_folder
from memberarc.archive.layout import CATEGORIES_POLICY
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.classification.decide import Subject, decide
from memberarc.classification.proposal import write_proposal
from memberarc.classification.scheme import parse_schemes
from memberarc.errors import PolicyError
from memberarc.members.field_values import with_value
from memberarc.members.open_facts import read_open_facts
from memberarc.members.record import write_record
from memberarc.members.shelves import read_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.classification.decide import Decision
    from memberarc.classification.scheme import Scheme

DEFAULT_SCHEME: Final = "value"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifyRequest:
    """Which scheme, which year, and what to do with the outcome.

    ``propose`` makes a branch with one commit for review; ``apply`` commits to the current one.
    """

    year: int
    scheme: str = DEFAULT_SCHEME
    as_of: date | None = None
    outcome: Literal["show", "propose", "apply"] = "show"
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Classified:
    """Every decision, and the proposal as Markdown; ``commit`` is None when nothing was written."""

    scheme: Scheme
    year: int
    decisions: tuple[Decision, ...]
    counts: Mapping[str, int]
    proposal: str
    commit: str | None
    branch: str | None

    @property
    def changes(self) -> tuple[Decision, ...]:
        """The decisions that change a member's category."""
        return tuple(decision for decision in self.decisions if decision.changed)


def classify_members(caller: Caller, request: ClassifyRequest) -> Classified:
    """Decide every member's category; run again after applying, it changes nothing.

    Needs no key: a scheme sees the ledger and what records say in clear.

    Raises:
        PolicyError: there is no such scheme, or it cannot be read.
    """
    archive = open_archive(caller.directory)
    branch = f"proposal/{token_hex(6)}" if request.outcome == "propose" else None
    outcome: list[Classified] = []

    def plan(current: Archive) -> Plan | None:
        classified = _decide(caller, current, request)
        outcome[:] = [classified]
        changes = _changed_records(current, classified)
        if not changes:
            return None
        return Plan(
            changes=changes,
            act=Act(
                name="classify",
                subject=f"classify {request.year} (members: {len(changes)})",
                count=len(changes),
                rule=classified.scheme.id,
                policy=current.policy_digest,
            ),
        )

    if request.dry_run or request.outcome == "show":
        return _decide(caller, archive, request)
    commit = commit_act(archive, plan, branch=branch, create_branch=branch is not None)
    decided = outcome[0]
    return Classified(
        scheme=decided.scheme,
        year=decided.year,
        decisions=decided.decisions,
        counts=decided.counts,
        proposal=decided.proposal,
        commit=commit,
        branch=branch if commit else None,
    )


def _decide(caller: Caller, archive: Archive, request: ClassifyRequest) -> Classified:
    scheme = _scheme(archive, request.scheme)
    as_of = request.as_of or caller.today(archive)
    subjects = [
        Subject(
            uid=facts.uid,
            code=facts.code,
            traits=facts.traits,
            previous=facts.categories.get(scheme.id),
        )
        for facts in read_open_facts(archive)
    ]
    with exported_folder(archive.repository, archive.snapshot, "ledger") as ledger:
        decisions = decide(
            subjects, ledger_folder=ledger, scheme=scheme, year=request.year, as_of=as_of
        )
    found = Counter(decision.category for decision in decisions)
    return Classified(
        scheme=scheme,
        year=request.year,
        decisions=decisions,
        counts={category.id: found[category.id] for category in scheme.categories},
        proposal=write_proposal(decisions, scheme=scheme, year=request.year, as_of=as_of),
        commit=None,
        branch=None,
    )


def _scheme(archive: Archive, scheme_id: str) -> Scheme:
    content = archive.snapshot.read(CATEGORIES_POLICY)
    if content is None:
        raise PolicyError("the archive has no categories policy", where=CATEGORIES_POLICY)
    schemes = parse_schemes(content, path=CATEGORIES_POLICY)
    for scheme in schemes:
        if scheme.id == scheme_id:
            return scheme
    raise PolicyError(
        f"there is no scheme {scheme_id}",
        where=CATEGORIES_POLICY,
        hint=f"one of: {', '.join(scheme.id for scheme in schemes)}",
    )


def _changed_records(archive: Archive, classified: Classified) -> tuple[Change, ...]:
    new = {decision.uid: decision.category for decision in classified.changes}
    paths = [facts.path for facts in read_open_facts(archive) if facts.uid in new]
    changes = []
    for path, content in archive.snapshot.read_many(paths):
        record = read_record(content, path=path)
        values = with_value(record.values, ("categories", classified.scheme.id), new[record.uid])
        changed = write_record(values, schema=archive.schema(record.kind))
        changes.append(Change(path=path, content=changed))
    return tuple(changes)
