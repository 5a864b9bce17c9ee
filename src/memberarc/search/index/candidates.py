"""A query as a condition in SQL: exactly what it asks for, or no less than that."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from memberarc.errors import QuerySyntaxError
from memberarc.search.conditions import wanted_period, wanted_range, wanted_value, words_of
from memberarc.search.fields import answers_words, role_of
from memberarc.search.folding import folded
from memberarc.search.index.word_search import members_with_word
from memberarc.search.query_tree import And, Condition, Not, Or, Text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.formats.schema import Field
    from memberarc.search.fields import Role
    from memberarc.search.index.store import Store
    from memberarc.search.match import Matcher
    from memberarc.search.query_tree import Node

# What is no apostrophe and of ASCII is folded by making it lower case; a function takes its time.
_FOLDED: Final = "CASE WHEN {0} GLOB '*[^ -&(-_a-~]*' THEN folded({0}) ELSE lower({0}) END"
_TRUTH: Final = f"CASE {{0}} WHEN 1 THEN 'true' WHEN 0 THEN 'false' ELSE {_FOLDED} END"
_ORDERED: Final = {"<": "<", "<=": "<=", ">": ">", ">=": ">="}
# Numbers are compared by what they are near to here, and exactly by whoever looks again.
_NEAR: Final = 1e-9
# SQL may be a thousand levels deep, each of which takes more than so many characters.
_LONGEST_SQL: Final = 15 * 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """A condition on the table ``member`` with its values.

    ``exact`` says that whoever meets it answers; otherwise a matcher has to look again.
    """

    sql: str
    values: tuple[object, ...] = ()
    exact: bool = False


EVERYBODY: Final = Candidates(sql="1", exact=True)


class CandidateFinder:
    """Writes the condition for one query over one index."""

    def __init__(self, store: Store, *, matcher: Matcher) -> None:
        self._store = store
        self._layout = store.layout
        self._matcher = matcher

    def find(self, node: Node | None) -> Candidates:
        """Write the condition for a query; for one too long to be written, that of everybody."""
        found = self._found(node) if node else EVERYBODY
        return found if len(found.sql) <= _LONGEST_SQL else Candidates(sql="1")

    def _found(self, node: Node) -> Candidates:
        if isinstance(node, (And, Or)):
            word = " AND " if isinstance(node, And) else " OR "
            return _joined([self._found(part) for part in node.parts], word=word)
        if isinstance(node, Not):
            return _negated(self._found(node.part))
        if isinstance(node, Text):
            return self._with_words(node)
        return self._condition(node)

    def _with_words(self, node: Text | Condition) -> Candidates:
        found = [members_with_word(self._store, word) for word in words_of(node)]
        return _joined([Candidates(sql=sql, values=values) for sql, values in found], word=" OR ")

    def _condition(self, condition: Condition) -> Candidates:
        if condition.operator == "!=":
            there = Condition(field=condition.field, operator="present")
            same = Condition(field=condition.field, operator="=", values=condition.values)
            return self._found(And(parts=(there, Not(part=same))))
        by_kind = {kind: self._matcher.fields(condition, kind=kind) for kind in self._layout.kinds}
        written = {
            kind: _joined([self._on_field(condition, one) for one in fields], word=" OR ")
            for kind, fields in by_kind.items()
        }
        if len(set(written.values())) == 1:
            return next(iter(written.values()))
        column = self._layout.column(("kind",))
        return _joined(
            [
                Candidates(
                    sql=f"({column} = ? AND {one.sql})", values=(kind, *one.values), exact=one.exact
                )
                for kind, one in written.items()
            ],
            word=" OR ",
        )

    def _on_field(self, condition: Condition, field: Field) -> Candidates:
        role = role_of(field)
        number = self._layout.numbers[field.path]
        is_listed = not self._layout.is_column(field.path)
        expression = "value" if is_listed else f"v{number}"
        if role in ("name", "text") and condition.operator in (":", "begins"):
            if answers_words(field):
                return self._with_words(condition)
            test = Candidates(sql=f"{expression} IS NOT NULL")
        else:
            try:
                test = _test(condition, role=role, expression=expression)
            except QuerySyntaxError:  # no field of this role has such values; some other has
                return Candidates(sql="0", exact=True)
        if is_listed:
            test = _among_listed(test, number=number)
        if condition.operator == "present":
            closed = Candidates(sql=f"closes(closed, {number})", exact=True)
            return _joined([test, closed], word=" OR ")
        return test


def _among_listed(test: Candidates, *, number: int) -> Candidates:
    """Ask for those who have in a list such a value of a field."""
    sql = f"id IN (SELECT member FROM listed WHERE number = {number} AND {test.sql})"
    return Candidates(sql=sql, values=test.values, exact=test.exact)


def _test(condition: Condition, *, role: Role, expression: str) -> Candidates:
    """Write how the values of one field are compared, as ``search.conditions`` has it."""
    operator, values = condition.operator, condition.values
    if operator == "present":
        return Candidates(sql=f"{expression} IS NOT NULL", exact=True)
    told = (_TRUTH if role == "truth" else _FOLDED).format(expression)
    if operator == "begins" or (operator == ":" and role == "choice"):
        return _parts(told, [(0, folded(value)) for value in values])
    if operator == ":" and role == "date":
        return _parts(told, [wanted_period(value, place=0) for value in values])
    if operator == "..":
        lower, upper = wanted_range(condition, role=role)
        ends = [(sign, end) for sign, end in ((">=", lower), ("<=", upper)) if end != ""]
    else:
        wanted = [wanted_value(value, role=role, place=0) for value in values]
        if operator in (":", "="):
            return _equal(told, wanted)
        ends = [(_ORDERED[operator], wanted[0])]
    tests = [_ordered(told, sign, end, is_date=role == "date") for sign, end in ends]
    tests.append(Candidates(sql=f"{expression} IS NOT NULL", exact=True))
    return _joined(tests, word=" AND ")


def _parts(told: str, parts: Sequence[tuple[int, str]]) -> Candidates:
    """Ask for values of which one of these parts is there, each behind so many characters."""
    return _joined(
        [
            Candidates(sql=f"substr({told}, {at + 1}, {len(one)}) = ?", values=(one,), exact=True)
            for at, one in parts
        ],
        word=" OR ",
    )


def _equal(told: str, wanted: Sequence[str | Decimal]) -> Candidates:
    texts = [one for one in wanted if isinstance(one, str)]
    if texts:
        blanks = ", ".join("?" * len(texts))
        return Candidates(sql=f"{told} IN ({blanks})", values=tuple(texts), exact=True)
    numbers = [one for one in wanted if isinstance(one, Decimal)]
    ends = [(float(one) - _near(one), float(one) + _near(one)) for one in numbers]
    sql = f"CAST({told} AS REAL) BETWEEN ? AND ?"
    return _joined([Candidates(sql=sql, values=one) for one in ends], word=" OR ")


def _ordered(told: str, sign: str, wanted: str | Decimal, *, is_date: bool) -> Candidates:
    if isinstance(wanted, Decimal):
        near = -_near(wanted) if sign[0] == ">" else _near(wanted)
        sql = f"CAST({told} AS REAL) {sign[0]}= ?"
        return Candidates(sql=sql, values=(float(wanted) + near,))
    compared = f"substr({told}, 1, {len(wanted)})" if is_date else told
    return Candidates(sql=f"{compared} {sign} ?", values=(wanted,), exact=True)


def _near(wanted: Decimal) -> float:
    return abs(float(wanted)) * _NEAR + _NEAR


def _joined(parts: Sequence[Candidates], *, word: str) -> Candidates:
    if not parts:
        return Candidates(sql="0", exact=True)
    if len(parts) == 1:
        return parts[0]
    return Candidates(
        sql=f"({word.join(part.sql for part in parts)})",
        values=tuple(value for part in parts for value in part.values),
        exact=all(part.exact for part in parts),
    )


def _negated(part: Candidates) -> Candidates:
    """Whoever is no candidate for the part answers; without certainty everybody may."""
    if not part.exact:
        return Candidates(sql="1")
    return Candidates(sql=f"NOT coalesce({part.sql}, 0)", values=part.values, exact=True)
