"""The query language, from text to terms.

    query = term { " " term }                 all terms must hold
    term  = [ "-" ] ( comparison | phrase | word )
    comparison = field ( ":" | "=" | ">=" | "<=" | ">" | "<" ) value
    value = word | phrase | word ".." word    a range, only after ":"
    phrase = '"' text '"'

A field is a path (``contact.mobile``), its last name (``mobile``) or ``category``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from memberarc.errors import QuerySyntaxError

_TOKEN: Final = re.compile(
    r"""(?P<minus>-)?
        (?:(?P<field>[a-z][a-z0-9_.]*)(?P<operator>>=|<=|[:=<>]))?
        (?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))(?=\s|$)""",
    re.VERBOSE,
)
_OPERATORS: Final = (">=", "<=", ":", "=", "<", ">")
# A field name alone with an operator: a value is missing.
_UNFINISHED: Final = re.compile(r"-?[a-z][a-z0-9_.]*(>=|<=|[:=<>])(?=\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One condition. ``field`` is empty for a word that may stand anywhere.

    ``operator`` is one of ``:`` (contains, or begins with for dates), ``=``, ``>=``, ``<=``,
    ``>``, ``<`` and ``..`` (from ``value`` to ``upper``, both included).
    """

    value: str
    field: str = ""
    operator: str = ":"
    upper: str = ""
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Terms that must all hold; none means every member."""

    terms: tuple[Term, ...]

    @property
    def fields(self) -> frozenset[str]:
        """The fields named; an empty string where a term looks everywhere."""
        return frozenset(term.field for term in self.terms)


def parse_query(text: str) -> Query:
    """Read a query; QuerySyntaxError tells the place, counted from 1."""
    terms: list[Term] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        match = _TOKEN.match(text, place)
        if match is None or _UNFINISHED.match(text, place):
            raise _fault(text, place)
        terms.append(_term(match))
        place = match.end()
    return Query(terms=tuple(terms))


def _term(match: re.Match[str]) -> Term:
    field, operator = match["field"] or "", match["operator"] or ":"
    phrase, word = match["phrase"], match["word"]
    if word in _OPERATORS:
        raise QuerySyntaxError(
            f"the operator {word} stands alone at character {match.start() + 1}",
            hint="write field, operator and value without spaces: joined>=2020",
        )
    value, upper = (phrase if phrase is not None else word), ""
    if word is not None and field and operator == ":" and ".." in word:
        value, _, upper = word.partition("..")
        operator = ".."
    return Term(
        value=value, field=field, operator=operator, upper=upper, negated=match["minus"] is not None
    )


def _fault(text: str, place: int) -> QuerySyntaxError:
    if text.count('"', place) % 2:
        reason = "a quotation mark is not closed"
    elif _UNFINISHED.match(text, place):
        reason = "a value is missing after the operator"
    else:
        reason = "this cannot be read"
    return QuerySyntaxError(
        f"the query stops making sense at character {place + 1}: {reason}",
        hint="memberarc search --help shows the query language",
    )
