"""The compiled statement against the same rules in plain Python, with values at every boundary."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from memberarc.classification.decide import Decision, Subject, decide

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from memberarc.classification.scheme import Scheme

LADDER = [
    ("A", 12, "1200", "principal"),
    ("B", 8, "800", "key_employee"),
    ("C", 4, "400", ""),
    ("D", 2, "200", ""),
]


def category_in_python(
    entries: list[tuple[str, str, str]],
    *,
    traits: tuple[str, ...],
    previous: str | None,
    distinct_days: bool,
    overrides_first: bool,
    rare_visits_max: int,
) -> str:
    days = [day for day, kind, _ in entries if kind == "purchase" and day.startswith("2026")]
    count = len(set(days)) if distinct_days else len(days)
    spend = sum(
        Decimal(amount)
        for day, kind, amount in entries
        if kind in ("purchase", "refund") and day.startswith("2026")
    )
    overriding = "other_province" in traits or (
        previous in ("A", "B", "C", "D") and count <= rare_visits_max
    )
    if overriding and overrides_first:
        return "E"
    for category, least, sum_, trait in LADDER:
        if count >= least or spend >= Decimal(sum_) or trait in traits:
            return category
    return "E"


SPENDS = st.sampled_from(["0", "199.99", "200", "200.01", "400", "399.9999", "799.99", "800", "1"])
ENTRIES = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["2026-01-01", "2026-06-15", "2026-12-31", "2025-12-31", "2027-01-01"]),
            st.sampled_from(["purchase", "purchase", "visit", "top_up"]),
            SPENDS,
        ),
        st.tuples(
            st.just("2026-07-01"),
            st.just("refund"),
            SPENDS.map(lambda spend: f"-{spend}" if spend != "0" else "0"),
        ),
        st.tuples(
            st.dates(date(2026, 1, 1), date(2026, 12, 31)).map(str),
            st.just("purchase"),
            st.just("0"),
        ),
    ),
    max_size=14,
)
MEMBERS = st.lists(
    st.tuples(
        ENTRIES,
        st.lists(st.sampled_from(["principal", "key_employee", "other_province"]), unique=True).map(
            tuple
        ),
        st.sampled_from([None, "A", "D", "E"]),
    ),
    min_size=1,
    max_size=12,
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    members=MEMBERS,
    distinct_days=st.booleans(),
    overrides_first=st.booleans(),
    rare_visits_max=st.integers(0, 4),
)
def test_sql_and_python_agree(
    shipped: Callable[..., Scheme],
    ledger: Callable[..., Path],
    members: list[tuple[list[tuple[str, str, str]], tuple[str, ...], str | None]],
    distinct_days: bool,
    overrides_first: bool,
    rare_visits_max: int,
) -> None:
    scheme = shipped(
        ("count: events", f"count: {'distinct_days' if distinct_days else 'events'}"),
        ("overrides: first", f"overrides: {'first' if overrides_first else 'last'}"),
        ("at_most: undecided", f"at_most: {rare_visits_max}"),
    )
    uids = [f"{letter * 16}" for letter in "abcdefghijkl"]
    folder = ledger(
        (uid, *entry)
        for uid, (entries, _, _) in zip(uids, members, strict=False)
        for entry in entries
    )
    subjects = [
        Subject(uid=uid, code=uid.upper(), traits=traits, previous=previous)
        for uid, (_, traits, previous) in zip(uids, members, strict=False)
    ]
    decisions = decide(
        subjects, ledger_folder=folder, scheme=scheme, year=2026, as_of=date(2027, 6, 1)
    )

    assert [decision.category for decision in decisions] == [
        category_in_python(
            entries,
            traits=traits,
            previous=previous,
            distinct_days=distinct_days,
            overrides_first=overrides_first,
            rare_visits_max=rare_visits_max,
        )
        for entries, traits, previous in members
    ]
    assert all(agrees(decision, scheme) for decision in decisions)


def agrees(decision: Decision, scheme: Scheme) -> bool:
    """Tell whether the rule leads to the category and every competing one elsewhere."""
    rules = {rule.id: rule.category for rule in scheme.rules}
    return rules[decision.rule] == decision.category and all(
        rules[rule] != decision.category for rule in decision.competing
    )
