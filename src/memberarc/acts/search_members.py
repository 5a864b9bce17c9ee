"""Find members by a query, over what the caller's keys open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from memberarc.acts.index.members_at_hand import MembersAtHand
from memberarc.acts.key.keys_at_hand import open_keys_at_hand
from memberarc.archive.opened import open_archive
from memberarc.errors import UnusableIndexError
from memberarc.formats.field_path import path_text
from memberarc.search.columns import SEALED_CELL, Cell, Column, Columns, Sorting
from memberarc.search.entry import Entry
from memberarc.search.fields import role_of
from memberarc.search.match import Match, Matcher
from memberarc.search.pinyin import readings
from memberarc.search.query import parse_query, query_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.record import OpenedRecord
    from memberarc.search.fields import SchemaEntry
    from memberarc.search.index.answers import AnswerRow, Answers
    from memberarc.search.query_tree import Query

# So many files are compared with their commit at once; more would take longer than the search.
_MOST_COMPARED = 200

_ALIKE: Final = Match(key=(0, ""), paths=())

USUAL_COLUMNS = ("id", "name", "status", "category", "joined")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRequest:
    """What is asked, and what of the answer is wanted.

    ``limit`` is the most members to tell of, 0 for all; ``sort`` names fields, ``-field`` for
    downward. Without it the best answers stand first. ``work_tree`` asks for uncommitted edits.
    ``only_count`` asks for nobody by name, ``with_matches`` by which values and characters members
    answer, which takes a look at each.
    """

    query: str = ""
    limit: int = 0
    sort: tuple[str, ...] = ()
    columns: tuple[str, ...] = USUAL_COLUMNS
    work_tree: bool = False
    only_count: bool = False
    with_matches: bool = False


class Found(NamedTuple):
    """One member that answers the query, with a cell for each column.

    A tuple, for there may be as many as there are members.
    """

    code: str
    kind: str
    cells: tuple[Cell, ...]
    matched: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchReport:
    """The members found, best or first ones first, and how many no share could open.

    ``query`` is the query as it was understood; ``found`` counts all who answer, also those beyond
    the limit; ``left_out`` names the files that are no records; ``edited`` the codes of those found
    whose records lie in the work tree with other values, as far as that was looked at.
    """

    query: str
    columns: tuple[Column, ...]
    members: tuple[Found, ...]
    found: int
    searched: int
    unreadable: int
    left_out: tuple[str, ...]
    edited: tuple[str, ...]
    notices: tuple[str, ...]


def search_members(caller: Caller, request: SearchRequest) -> SearchReport:
    """Find those who answer, and lay out what is wanted of them.

    Raises:
        QuerySyntaxError: the query, a column or the order cannot be read, or names a field that no
            record has.
    """
    query = parse_query(request.query)
    archive = open_archive(caller.directory)
    keys = open_keys_at_hand(archive, caller)
    try:
        at_hand = MembersAtHand(archive, caller, keys=keys, work_tree=request.work_tree)
        return _search(query, request, at_hand=at_hand)
    except UnusableIndexError:  # a page that nothing had read until now is damaged
        at_hand = MembersAtHand(archive, caller, keys=keys, work_tree=request.work_tree, anew=True)
        return _search(query, request, at_hand=at_hand)


def _search(query: Query, request: SearchRequest, *, at_hand: MembersAtHand) -> SearchReport:
    matcher = Matcher(query, kinds=at_hand.kinds)
    columns = Columns(request.columns, kinds=at_hand.kinds)
    sorting = Sorting(request.sort, kinds=at_hand.kinds)
    answers = at_hand.answers(query, matcher=matcher)
    # Where nobody has to look again, nobody answers better than another either.
    exact = answers.exact and not request.work_tree
    by_code = exact and request.sort in ((), ("id",))
    # Edits are told of even where members are only counted, unless there are too many.
    limit = _MOST_COMPARED + 1 if request.only_count else request.limit
    paths = columns.single_paths()
    if by_code and paths is not None and not request.with_matches:
        members = [_as_kept(row, paths) for row in answers.rows(paths, limit=limit)]
        read = len(members)
    else:
        asking = matcher if request.with_matches or not exact else None
        parts = (columns, sorting) if asking is None else (columns, sorting, asking)
        entries = answers.entries(
            wanted=lambda one, kind: any(part.wants(one, kind=kind) for part in parts),
            limit=limit if by_code else 0,
            with_readings=sorting.reads_names,
        )
        found = _matching(at_hand.with_edits(entries), asking)
        read = len(found)
        if request.sort and not by_code:
            sorting.sort(found)
        shown_by = matcher if request.with_matches else None
        members = [
            _found(entry, match, columns=columns, matcher=shown_by)
            for entry, match in found[: limit or None]
        ]
    codes = [member.code for member in members]
    return SearchReport(
        query=query_text(query),
        columns=columns.columns,
        members=() if request.only_count else tuple(members),
        # Only what comes in the order that is wanted is read no further than the limit.
        found=answers.count() if by_code and read == limit else read,
        searched=at_hand.searched,
        unreadable=at_hand.unreadable,
        left_out=at_hand.left_out,
        edited=at_hand.edited_among(codes) if len(codes) <= _MOST_COMPARED else (),
        notices=(*at_hand.notices, *_unseen(answers)),
    )


def _unseen(answers: Answers) -> list[str]:
    """Tell of which fields the query asks for values that the caller's keys do not open."""
    return [
        f"{name} is sealed for you in {counted} member{'s' * (counted != 1)}; what it holds was not"
        " looked at"
        for name, counted in answers.closed_counts().items()
    ]


def _as_kept(row: AnswerRow, paths: Sequence[FieldPath]) -> Found:
    """Lay out a member of whom a single value at most stands in each column."""
    cells: tuple[Cell, ...] = row.values
    if row.closed:
        closed = {path for path, _ in row.closed}
        cells = tuple(
            SEALED_CELL if path in closed else value
            for path, value in zip(paths, cells, strict=True)
        )
    return Found(code=row.code, kind=row.kind, cells=cells, matched=())


def _matching(entries: Iterable[Entry], matcher: Matcher | None) -> list[tuple[Entry, Match]]:
    """Keep those who answer, the best first; without a matcher all of them do, and alike."""
    if matcher is None:
        return [(entry, _ALIKE) for entry in entries]
    found = [(entry, match) for entry in entries if (match := matcher.match(entry)) is not None]
    found.sort(key=_rank)
    return found


def searchable(archive: Archive) -> dict[str, tuple[SchemaEntry, ...]]:
    """Give the fields and containers of each kind of record, by which a query is understood."""
    schemas = {kind: archive.schema(kind) for kind in archive.kinds}
    return {kind: (*schema.fields, *schema.containers) for kind, schema in schemas.items()}


def entry_of(record: OpenedRecord, *, schema: RecordSchema) -> Entry:
    """Give what a search may know of a record that was opened."""
    names: list[str] = []
    leaves = []
    for path, one, value in schema.leaves(record.values):
        if path in record.closed:
            continue
        leaves.append((path, value))
        if one is not None and role_of(one) == "name":
            names += readings(str(value))
    return Entry(
        code=record.stored.code,
        uid=record.stored.uid,
        kind=record.stored.kind,
        leaves=tuple(leaves),
        readings=tuple(names),
        closed=tuple(record.closed.items()),
    )


def _rank(found: tuple[Entry, Match]) -> tuple[int, str]:
    return found[1].key


def _found(entry: Entry, match: Match, *, columns: Columns, matcher: Matcher | None) -> Found:
    return Found(
        code=entry.code,
        kind=entry.kind,
        cells=columns.cells(entry, spans=matcher.spans(entry, match) if matcher else {}),
        matched=tuple(path_text(path) for path in match.paths),
    )
