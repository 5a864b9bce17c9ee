"""Classification, vector by vector of the requirements, and what decides beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from memberarc.classification.decide import Decision, Figures, Subject, decide
from memberarc.classification.scheme import Scheme
from memberarc.errors import FindingsError

if TYPE_CHECKING:
    from pathlib import Path

Judge = Callable[..., Decision]
Shipped = Callable[..., Scheme]

DISTINCT_DAYS = ("count: events", "count: distinct_days")
OVERRIDES_LAST = ("overrides: first", "overrides: last")
# Purchases alone cannot give a spend without a visit, so the vectors spend by topping up.
TOP_UPS_ARE_SPEND = ("        - refund\n", "        - refund\n        - top_up\n")


def visits(count: int, amount: str = "0") -> list[tuple[str, str, str]]:
    """Make purchases on as many days."""
    return [(f"2026-{1 + n // 28:02}-{1 + n % 28:02}", "purchase", amount) for n in range(count)]


@pytest.mark.parametrize("count", ["events", "distinct_days"])
@pytest.mark.parametrize(
    ("visited", "spend", "category"),
    [
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
    ],
)
def test_cls_1_the_highest_matching_category_wins_and_one_condition_is_enough(
    judge: Judge, shipped: Shipped, visited: int, spend: str, category: str, count: str
) -> None:
    scheme = shipped(TOP_UPS_ARE_SPEND, ("count: events", f"count: {count}"))
    decision = judge(*visits(visited), ("2026-12-31", "top_up", spend), scheme=scheme)

    assert decision.category == category
    assert decision.figures == Figures(visits=visited, spend=Decimal(spend))
    assert not decision.needs_decision


@pytest.mark.parametrize(
    ("visited", "trait", "category", "rule"),
    [(1, "principal", "A", "A.3"), (0, "key_employee", "B", "B.3")],
)
def test_cls_1_a_trait_is_enough(
    judge: Judge, visited: int, trait: str, category: str, rule: str
) -> None:
    decision = judge(*visits(visited), traits=(trait,))

    assert (decision.category, decision.rule) == (category, rule)


def test_cls_1_the_rule_is_the_first_that_holds_in_the_order_of_the_policy(judge: Judge) -> None:
    assert judge(*visits(12, "100")).rule == "A.1"
    assert judge(*visits(1, "1200")).rule == "A.2"
    assert judge(*visits(1, "199.99")).rule == "E.1"


def test_cls_1_distinct_days_count_several_purchases_of_a_day_once(
    judge: Judge, shipped: Shipped
) -> None:
    day = [("2026-05-01", "purchase", "1.00")] * 4

    assert judge(*day).category == "C"
    once = judge(*day, scheme=shipped(DISTINCT_DAYS))
    assert (once.category, once.figures) == ("E", Figures(visits=1, spend=Decimal(4)))


def test_cls_2_without_a_number_for_rare_visits_a_decision_is_asked_for(judge: Judge) -> None:
    decision = judge(*visits(2), previous="A")

    assert decision.needs_decision
    assert (decision.category, decision.rule, decision.competing) == ("D", "D.1", ("E.3",))


def test_cls_2_with_a_number_the_rare_visitor_is_moved_and_the_others_are_not(
    judge: Judge, shipped: Shipped
) -> None:
    scheme = shipped(("at_most: undecided", "at_most: 2"))

    moved = judge(*visits(2), previous="A", scheme=scheme)
    assert (moved.category, moved.rule, moved.competing) == ("E", "E.3", ("D.1",))
    assert not moved.needs_decision


def test_cls_2_the_number_itself_is_still_rare_and_one_more_is_not(
    judge: Judge, shipped: Shipped
) -> None:
    scheme = shipped(("at_most: undecided", "at_most: 2"))

    assert judge(*visits(3), previous="A", scheme=scheme).category == "D"


def test_cls_2_nobody_waits_whom_the_number_could_not_move(judge: Judge, shipped: Shipped) -> None:
    assert not judge(*visits(2), previous=None).needs_decision
    assert not judge(*visits(2), previous="E").needs_decision
    assert not judge(*visits(1), previous="A").needs_decision
    assert not judge(*visits(5), previous="A", traits=("other_province",)).needs_decision
    assert not judge(*visits(5), previous="A", scheme=shipped(OVERRIDES_LAST)).needs_decision


def test_cls_3_a_member_who_still_fits_is_not_changed(judge: Judge) -> None:
    assert not judge(*visits(1), previous="E").changed
    assert judge(*visits(2), previous="E").changed
    assert judge(*visits(2), previous=None).changed


def test_x_17_by_default_the_traveller_rule_wins_over_the_sums(judge: Judge) -> None:
    decision = judge(*visits(15, "200"), traits=("other_province",))

    assert (decision.category, decision.rule) == ("E", "E.2")
    assert decision.competing == ("A.1", "A.2")


def test_x_17_with_overrides_last_the_sums_win_and_the_traveller_rule_competes(
    judge: Judge, shipped: Shipped
) -> None:
    scheme = shipped(OVERRIDES_LAST)
    decision = judge(*visits(15, "200"), traits=("other_province",), scheme=scheme)

    assert (decision.category, decision.rule, decision.competing) == ("A", "A.1", ("E.2",))
    assert judge(traits=("other_province",), scheme=scheme).rule == "E.2"


def test_x_17_rules_that_agree_do_not_compete(judge: Judge) -> None:
    decision = judge(*visits(1), traits=("other_province",))

    assert (decision.category, decision.rule, decision.competing) == ("E", "E.2", ())


def test_refunds_lower_the_spend_and_are_no_visits(judge: Judge) -> None:
    decision = judge(("2026-03-01", "purchase", "1250"), ("2026-03-09", "refund", "-50.01"))

    assert decision.figures == Figures(visits=1, spend=Decimal("1199.99"))
    assert decision.category == "B"


def test_more_given_back_than_spent_is_a_negative_sum(judge: Judge) -> None:
    decision = judge(("2026-03-09", "refund", "-50"))

    assert (decision.figures.spend, decision.category) == (Decimal(-50), "E")


def test_only_the_kinds_the_scheme_names_count(judge: Judge) -> None:
    decision = judge(
        *((f"2026-03-{day:02}", "visit", "") for day in range(1, 20)),
        ("2026-03-20", "payment", "5000"),
    )

    assert decision.figures == Figures(visits=0, spend=Decimal(0))


def test_an_event_without_an_amount_is_a_visit_and_no_spend(judge: Judge) -> None:
    decision = judge(("2026-03-01", "purchase", ""), ("2026-03-02", "purchase", ""))

    assert decision.figures == Figures(visits=2, spend=Decimal(0))


def test_events_after_the_day_asked_about_do_not_count(judge: Judge) -> None:
    entries = [("2026-03-01", "purchase", "1"), ("2026-03-02", "purchase", "1")]

    assert judge(*entries, as_of=date(2026, 3, 2)).figures.visits == 2
    assert judge(*entries, as_of=date(2026, 3, 1)).figures.visits == 1
    assert judge(*entries, as_of=date(2025, 12, 31)).figures.visits == 0


def test_events_of_other_years_do_not_count(judge: Judge) -> None:
    entries = [(f"{day}", "purchase", "1") for day in ("2025-12-31", "2026-01-01", "2027-01-01")]

    assert judge(*entries).figures.visits == 1


def test_without_a_ledger_everybody_is_decided_by_the_rest(
    shipped: Shipped, tmp_path: Path
) -> None:
    subjects = [
        Subject(uid="aaaaaaaaaaaaaaaa", code="M-1"),
        Subject(uid="bbbbbbbbbbbbbbbb", code="M-2", traits=("key_employee", "principal")),
    ]
    decisions = decide(
        subjects,
        ledger_folder=tmp_path / "ledger",
        scheme=shipped(),
        year=2026,
        as_of=date(2027, 1, 1),
    )

    assert [(one.code, one.category, one.rule) for one in decisions] == [
        ("M-1", "E", "E.1"),
        ("M-2", "A", "A.3"),
    ]


def test_nobody_to_decide_is_no_error(shipped: Shipped, tmp_path: Path) -> None:
    assert decide([], ledger_folder=tmp_path, scheme=shipped(), year=2026, as_of=date.max) == ()


def test_decisions_keep_the_order_of_the_subjects(
    ledger: Callable[..., Path], shipped: Shipped
) -> None:
    uids = [f"{letter * 16}" for letter in "zmabqxcd"]
    folder = ledger((uid, "2026-05-05", "purchase", "1") for uid in uids)
    subjects = [Subject(uid=uid, code=f"M-{at}") for at, uid in enumerate(uids)]
    decisions = decide(
        subjects, ledger_folder=folder, scheme=shipped(), year=2026, as_of=date(2027, 1, 1)
    )

    assert [(one.uid, one.code) for one in decisions] == [(one.uid, one.code) for one in subjects]


def test_a_ledger_that_is_not_sound_stops_the_decision(
    ledger: Callable[..., Path], shipped: Shipped
) -> None:
    folder = ledger([("a" * 16, "2026-05-05", "purchase", "1")])
    path = folder / "2026/05/2026-05-05.csv"
    path.write_text(path.read_text().replace(",1,", ",much,"))

    with pytest.raises(FindingsError) as caught:
        decide(
            [Subject(uid="a" * 16, code="M-1")],
            ledger_folder=folder,
            scheme=shipped(),
            year=2026,
            as_of=date(2027, 1, 1),
        )
    assert caught.value.hint == "memberarc check"
