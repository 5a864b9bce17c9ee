"""The policy file: what it may say, by its schema and by its reader alike."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml
from jsonschema import Draft202012Validator

from memberarc.classification.scheme import (
    Bound,
    Comparison,
    HasTrait,
    Measure,
    Scheme,
    WasIn,
    parse_schemes,
    scheme_problems,
)
from memberarc.errors import PolicyError
from memberarc.ledger.event import EventKind

if TYPE_CHECKING:
    from collections.abc import Callable

POLICY = Path(__file__).parents[2] / "schemas" / "policy"
SHIPPED = (POLICY / "categories.yaml").read_text(encoding="utf-8")
SCHEMA = json.loads((POLICY / "categories.schema.json").read_text(encoding="utf-8"))


def conforms(text: str) -> bool:
    return Draft202012Validator(SCHEMA).is_valid(yaml.safe_load(text))


def test_the_shipped_policy_is_the_table_of_the_regulation(shipped: Callable[..., Scheme]) -> None:
    scheme = shipped()
    table = {
        rule.id: rule.conditions[0].number
        for rule in scheme.rules
        if rule.conditions and isinstance(rule.conditions[0], Bound)
    }

    assert scheme.field == "categories.value"
    assert [category.id for category in scheme.categories] == ["A", "B", "C", "D", "E"]
    assert table == {
        "A.1": 12,
        "A.2": 1200,
        "B.1": 8,
        "B.2": 800,
        "C.1": 4,
        "C.2": 400,
        "D.1": 2,
        "D.2": 200,
    }
    assert scheme.visit_kinds == (EventKind.PURCHASE,)
    assert scheme.spend_kinds == (EventKind.PURCHASE, EventKind.REFUND)
    assert scheme.overrides_first


def test_the_shipped_policy_leaves_the_rare_visits_undecided(
    shipped: Callable[..., Scheme],
) -> None:
    [rule] = [rule for rule in shipped().rules if rule.id == "E.3"]

    assert rule.override
    assert rule.conditions == (
        WasIn(categories=("A", "B", "C", "D")),
        Bound(measure=Measure.VISITS, comparison=Comparison.AT_MOST, number=None),
    )


def test_the_order_of_the_overriding_rules_is_the_policys(shipped: Callable[..., Scheme]) -> None:
    first = [rule.id for rule in shipped().rules]
    last = [rule.id for rule in shipped(("overrides: first", "overrides: last")).rules]

    assert first[:3] == ["E.2", "E.3", "A.1"]
    assert last[-4:] == ["D.2", "E.2", "E.3", "E.1"]
    assert first[-1] == "E.1"


def test_the_shipped_policy_conforms_to_its_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert conforms(SHIPPED)
    assert SCHEMA["$defs"]["event_kinds"]["items"]["enum"] == [*EventKind]


def test_another_scheme_with_all_of_its_conditions() -> None:
    text = """\
format: categories/1
schemes:
  - id: tier
    label: {en: tier, zh: 等级}
    period: year
    visits: {count: distinct_days, kinds: [purchase]}
    spend: {kinds: [purchase, refund]}
    categories:
      - id: CORE
        label: {en: core, zh: 核心}
        all:
          - {measure: visits, at_least: 2, at_most: 20}
          - {trait: [principal, key_employee]}
      - id: REST
        label: {en: ordinary, zh: 普通}
        any: [{otherwise: true}]
"""
    [scheme] = parse_schemes(text.encode(), path="policy/categories.yaml")

    assert conforms(text)
    assert [rule.id for rule in scheme.rules] == ["CORE.1", "REST.1"]
    assert scheme.rules[0].conditions == (
        Bound(measure=Measure.VISITS, comparison=Comparison.AT_LEAST, number=Decimal(2)),
        Bound(measure=Measure.VISITS, comparison=Comparison.AT_MOST, number=Decimal(20)),
        HasTrait(traits=("principal", "key_employee")),
    )


@pytest.mark.parametrize(
    ("old", "new", "at", "message"),
    [
        ("categories/1", "categories/2", "categories/2", "format: none of the words"),
        ("period: year", "period: month", "month", "period: none of the words"),
        ("count: events", "count: hours", "hours", "visits.count: none of the words"),
        ("- purchase\n", "- sale\n", "sale", "visits.kinds[0]: none of the words"),
        ("overrides: first", "overides: first", "overides", "overides: no such key here"),
        ("at_least: 12\n", "at_least: 12.5\n", "12.5", "could be a number"),
        ("at_least: 12\n", "at_least: many\n", "many", "not a number, nor undecided"),
        ("at_least: 12\n", "at_least: -1\n", "-1\n", "not a number"),
        ("            at_least: 12\n", "", "measure: visits", "a measure goes with at_least"),
        ("trait: principal", "trait: Principal", "Principal", "trait: not a trait"),
        ("trait: principal", "previous: A\n            trait: b", "previous: A", "one of measure"),
        ("id: B\n", "id: A\n", "- id: A", "stands twice: A"),
        ("id: B\n", "id: b\n", "b\n        label", "id: not a category such as A"),
        ("          - otherwise: true\n", "", "- id: A", "the last category, and no other"),
        ("trait: principal", "otherwise: true", "- id: A", "the last category, and no other"),
        ("otherwise: true", "otherwise: false", "otherwise", "`otherwise: true` stands alone"),
        ("      - D\n", "      - F\n", "F\n", "previous[3]: none of the words"),
        (
            "      zh: 顾客档案分类",
            "      cn: x\n      zh: 顾客",
            "cn:",
            "label.cn: no such key here",
        ),
    ],
)
def test_a_fault_of_the_policy_is_told_with_its_place(
    old: str, new: str, at: str, message: str
) -> None:
    assert old in SHIPPED
    text = SHIPPED.replace(old, new, 1)
    before = text[: text.index(at)]
    with pytest.raises(PolicyError) as caught:
        parse_schemes(text.encode(), path="policy/categories.yaml")

    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    assert message in caught.value.message
    assert caught.value.where == f"policy/categories.yaml:{line}:{column}"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (SHIPPED[SHIPPED.index("    categories:\n") :], "    categories: []\n"),
        (
            "        any:\n          # 每年消费",
            "        all: []\n        any:\n          # 每年消费",
        ),
        ("      kinds:\n        - purchase\n    spend", "      kinds: []\n    spend"),
    ],
)
def test_an_empty_list_is_a_fault(old: str, new: str) -> None:
    assert old in SHIPPED
    problems = scheme_problems(SHIPPED.replace(old, new).encode(), path="x.yaml")

    assert "a list of at least one item must stand here" in problems[-1].message


def test_every_fault_of_the_policy_is_found() -> None:
    text = SHIPPED.replace("period: year", "period: month").replace(
        "at_least: 12\n", "at_least: x\n"
    )

    assert [problem.pointer for problem in scheme_problems(text.encode(), path="x.yaml")] == [
        "schemes[0].period",
        "schemes[0].categories[0].any[0].at_least",
    ]
    assert scheme_problems(SHIPPED.encode(), path="x.yaml") == ()


def test_the_schema_refuses_what_it_can_see() -> None:
    for old, new in [
        ("categories/1", "categories/2"),
        ("period: year", "period: month"),
        ("overrides: first", "overides: first"),
        ("at_least: 12\n", "at_least: many\n"),
        ("            at_least: 12\n", ""),
        ("- trait: principal", "- {trait: principal, measure: visits, at_least: 1}"),
        ("- id: B\n", "- id: b\n"),
        ("- otherwise: true", "- otherwise: false"),
    ]:
        assert old in SHIPPED
        assert not conforms(SHIPPED.replace(old, new, 1)), new


def test_no_threshold_of_the_policy_stands_in_the_code() -> None:
    source = Path(__file__).parents[2] / "src" / "memberarc" / "classification"
    code = "".join(path.read_text(encoding="utf-8") for path in source.glob("*.py"))

    # 12 is left out: it is the month in which a year ends.
    assert not re.findall(r"\b(1200|800|400|200)\b", code)
