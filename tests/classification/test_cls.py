"""The classification of requirements.md, section 5, vector by vector."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from conftest import Entry, Judge, shipped

from memberarc.classification.decide import Subject, decide

DISTINCT_DAYS = ("count: events", "count: distinct_days")
SUMS_WIN = ("overrides: first", "overrides: last")
RARE_IS_ONE = ("at_most: undecided", "at_most: 1")


def events(visits: int, spend: str) -> list[Entry]:
    """Spread a spend over so many days; with no visit, it is what a refund of the year left."""
    if not visits:
        return [("2026-01-05", "refund", f"-{spend}")] if Decimal(spend) < 0 else []
    first = [("2026-01-01", "purchase", spend)]
    return first + [(f"2026-{1 + n // 28:02}-{1 + n % 28:02}", "purchase", "0") for n in range(1, visits)]


# (visits, spend) -> category, as requirements.md lists them. A spend without a visit cannot be had
# from purchases alone, so those vectors count top-ups as spend and only purchases as visits.
VECTORS = [
    (12, "0", "A"),
    (0, "1200.00", "A"),
    (11, "1199.99", "B"),
    (8, "0", "B"),
    (0, "800", "B"),
    (7, "799.99", "C"),
    (4, "0", "C"),
    (3, "399.99", "D"),
    (2, "0", "D"),
    (0, "200", "D"),
    (1, "199.99", "E"),
    (0, "0", "E"),
]
TOP_UPS_ARE_SPEND = ("- refund", "- refund\n        - top_up")


@pytest.mark.parametrize("count", ["events", "distinct_days"])
@pytest.mark.parametrize(("visits", "spend", "category"), VECTORS)
def test_cls_1_the_highest_matching_category_wins_and_one_condition_is_enough(
    judge: Judge, visits: int, spend: str, category: str, count: str
) -> None:
    purchases = [(f"2026-{1 + n // 28:02}-{1 + n % 28:02}", "purchase", "0") for n in range(visits)]
    scheme = shipped(TOP_UPS_ARE_SPEND, ("count: events", f"count: {count}"))
    decision = judge(*purchases, ("2026-12-31", "top_up", spend), scheme=scheme)

    assert decision.category == category
    assert (decision.figures.visits, decision.figures.spend) == (visits, Decimal(spend))
    assert not decision.needs_decision
