"""Schemes of categories as `policy/categories.yaml` states them; no threshold lives in code.

A rule gives its category to whoever meets all its conditions. Rules are tried in order of the
categories and the first that holds decides. Some rules may override: `overrides: first` tries them
before all others, `last` after them. A rule without conditions, the `otherwise`, is tried at the
very end.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from memberarc.errors import InvalidRecordError, PolicyError, Problem
from memberarc.formats.yaml_cursor import Cursor, open_yaml
from memberarc.ledger.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Final = "categories/1"
UNDECIDED: Final = "undecided"

_SCHEME_ID: Final = r"[a-z][a-z0-9_]{0,19}"
_CATEGORY_ID: Final = r"[A-Z][A-Z0-9]{0,7}"
_TRAIT: Final = r"[a-z][a-z0-9_]{0,39}"
_CONDITION_KEYS: Final = ("measure", "at_least", "at_most", "trait", "previous")
_DECIMAL: Final = re.compile(r"(?:0|[1-9]\d{0,13})(?:\.\d{1,4})?", re.ASCII)


class Measure(StrEnum):
    """What a rule may compare with a number."""

    VISITS = "visits"
    SPEND = "spend"


class Comparison(StrEnum):
    """How: the number itself is included, as in 以上 and 以下."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A measure compared with a number; with None, one the office has yet to decide."""

    measure: Measure
    comparison: Comparison
    number: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HasTrait:
    """The record has one of these traits."""

    traits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WasIn:
    """The category up to now is one of these."""

    categories: tuple[str, ...]


Condition = Bound | HasTrait | WasIn


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A rule, named by its category and its place there: ``E.2``."""

    id: str
    category: str
    conditions: tuple[Condition, ...]
    override: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A name in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One category and the rules that lead to it."""

    id: str
    label: Label
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A scheme; it sets the field ``categories.<id>`` by the events of a calendar year."""

    id: str
    label: Label
    distinct_days: bool
    visit_kinds: tuple[EventKind, ...]
    spend_kinds: tuple[EventKind, ...]
    overrides_first: bool
    categories: tuple[Category, ...]

    @property
    def field(self) -> str:
        return f"categories.{self.id}"

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules in the order in which they are tried."""
        rules = [rule for category in self.categories for rule in category.rules]
        overriding = [rule for rule in rules if rule.override]
        others = [rule for rule in rules if not rule.override and rule.conditions]
        otherwise = [rule for rule in rules if not rule.conditions]
        tried = [overriding, others] if self.overrides_first else [others, overriding]
        return tuple(rule for group in (*tried, otherwise) for rule in group)


def parse_schemes(content: bytes, *, path: str) -> tuple[Scheme, ...]:
    """Read `policy/categories.yaml`.

    Raises:
        PolicyError: The file states no usable schemes; with the place of the first fault.
    """
    try:
        return _read(content, path=path)
    except InvalidRecordError as err:
        raise PolicyError(err.message, where=err.where, hint=err.hint) from err


def scheme_problems(content: bytes, *, path: str) -> tuple[Problem, ...]:
    """Find every fault of `policy/categories.yaml`."""
    try:
        _read(content, path=path)
    except InvalidRecordError as err:
        return err.problems
    return ()


def _read(content: bytes, *, path: str) -> tuple[Scheme, ...]:
    top = open_yaml(content, path=path)
    top.allow(required=("format", "schemes"))
    top["format"].one_of((FORMAT,))
    schemes = tuple(_scheme(cursor) for cursor in top["schemes"])
    _refuse_repeated([scheme.id for scheme in schemes], at=top["schemes"])
    top.finish()
    return schemes


def _scheme(cursor: Cursor) -> Scheme:
    cursor.allow(
        required=("id", "label", "period", "visits", "spend", "categories"),
        optional=("overrides",),
    )
    cursor["period"].one_of(("year",))
    visits, spend, listed = cursor["visits"], cursor["spend"], list(cursor["categories"])
    visits.allow(required=("count", "kinds"))
    spend.allow(required=("kinds",))
    known = [item["id"].text(_CATEGORY_ID, means="a category such as A") for item in listed]
    _refuse_repeated(known, at=cursor["categories"])
    categories = tuple(
        _category(item, id_=id_, known=known) for item, id_ in zip(listed, known, strict=True)
    )
    ends = [rule.category for item in categories for rule in item.rules if not rule.conditions]
    # A rule with a fault has no conditions either, and is told already.
    if not cursor.problems and ends != known[-1:]:
        cursor["categories"].note(
            "the last category, and no other, must have `otherwise: true` once"
        )
    return Scheme(
        id=cursor["id"].text(_SCHEME_ID, means="a scheme's id such as value"),
        label=_label(cursor["label"]),
        distinct_days=visits["count"].one_of(("events", "distinct_days")) == "distinct_days",
        visit_kinds=_event_kinds(visits["kinds"]),
        spend_kinds=_event_kinds(spend["kinds"]),
        overrides_first=cursor["overrides"].one_of(("first", "last"), default="first") == "first",
        categories=categories,
    )


def _category(cursor: Cursor, *, id_: str, known: list[str]) -> Category:
    cursor.allow(required=("id", "label"), optional=("any", "all"))
    if bool(cursor["any"]) == bool(cursor["all"]):
        cursor.note("either `any` or `all` must stand here")
    rules: tuple[Rule, ...]
    if cursor["all"]:
        rules = (Rule(id=f"{id_}.1", category=id_, conditions=_all(cursor, known), override=False),)
    else:
        rules = tuple(
            _rule(item, id_=f"{id_}.{place}", category=id_, known=known)
            for place, item in enumerate(cursor["any"], 1)
        )
    return Category(id=id_, label=_label(cursor["label"]), rules=rules)


def _rule(cursor: Cursor, *, id_: str, category: str, known: list[str]) -> Rule:
    cursor.allow(optional=(*_CONDITION_KEYS, "all", "otherwise", "override"))
    if cursor["otherwise"]:
        if not cursor["otherwise"].flag() or len(cursor.names()) > 1:
            cursor.note("`otherwise: true` stands alone")
        conditions: tuple[Condition, ...] = ()
    elif cursor["all"]:
        if any(cursor[key] for key in _CONDITION_KEYS):
            cursor.note("what holds together with `all` must stand in its list")
        conditions = _all(cursor, known)
    else:
        conditions = tuple(_conditions(cursor, known))
    return Rule(
        id=id_, category=category, conditions=conditions, override=cursor["override"].flag()
    )


def _all(cursor: Cursor, known: list[str]) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    for item in cursor["all"]:
        item.allow(optional=_CONDITION_KEYS)
        conditions += _conditions(item, known)
    return tuple(conditions)


def _conditions(cursor: Cursor, known: list[str]) -> Iterator[Condition]:
    if sum(bool(cursor[key]) for key in ("measure", "trait", "previous")) != 1:
        cursor.note("one of measure, trait and previous must stand here")
    bounds = [comparison for comparison in Comparison if cursor[comparison]]
    if bool(bounds) != bool(cursor["measure"]):
        cursor.note("a measure goes with at_least, at_most or both")
    for comparison in bounds:
        yield Bound(
            measure=Measure(cursor["measure"].one_of(tuple(Measure), default=Measure.VISITS)),
            comparison=comparison,
            number=_number(cursor[comparison]),
        )
    if cursor["trait"]:
        words = [word.text(_TRAIT, means="a trait") for word in _one_or_more(cursor["trait"])]
        yield HasTrait(traits=tuple(words))
    if cursor["previous"]:
        ids = [word.one_of(known) for word in _one_or_more(cursor["previous"])]
        yield WasIn(categories=tuple(ids))


def _number(cursor: Cursor) -> Decimal | None:
    if cursor.value == UNDECIDED:
        return None
    whole = isinstance(cursor.value, int) and not isinstance(cursor.value, bool)
    text = str(cursor.value) if whole else cursor.value
    if not isinstance(text, str) or not _DECIMAL.fullmatch(text):
        cursor.note(
            "not a number, nor undecided",
            hint='write 12, or "99.50" in quotes, with at most 14 digits and 4 decimals',
        )
        return None
    return Decimal(text)


def _event_kinds(cursor: Cursor) -> tuple[EventKind, ...]:
    return tuple(
        EventKind(word.one_of(tuple(EventKind), default=EventKind.PURCHASE)) for word in cursor
    )


def _label(cursor: Cursor) -> Label:
    cursor.allow(required=("en", "zh"))
    return Label(en=cursor["en"].text(), zh=cursor["zh"].text())


def _one_or_more(cursor: Cursor) -> list[Cursor]:
    return list(cursor) if isinstance(cursor.value, list) else [cursor]


def _refuse_repeated(ids: list[str], *, at: Cursor) -> None:
    if repeated := [id_ for id_, times in Counter(ids).items() if times > 1]:
        at.note(f"stands twice: {', '.join(repeated)}")
