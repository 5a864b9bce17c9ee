"""Compile a scheme to one SQL statement, in the dialect of DuckDB.

The statement reads two tables, so that it runs wherever they can be had:

    ledger    date, member, kind, amount and so on, as docs/format.md states them
    subjects  uid; traits, as ' principal key_employee '; previous, empty where there is none

and yields uid, visits, spend, category, rule, matched and undecided. The last two are ids of rules,
parted by spaces, in the order in which they are tried. SQL's logic of three values tells what is
undecided: a rule whose number is not set is NULL where that number would decide, and false where
another of its conditions fails.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.classification.scheme import (
    Bound,
    Comparison,
    Condition,
    HasTrait,
    Rule,
    Scheme,
)
from memberarc.ledger.table import sql_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date


def compile_scheme(scheme: Scheme, *, first: date, last: date) -> str:
    """Write the statement that decides every subject by the events of a period, ends included."""
    counted = "DISTINCT date" if scheme.distinct_days else "*"
    rules = scheme.rules
    tests = ",\n    ".join(f"{_test(rule)} AS {_column(rule)}" for rule in rules)
    categories = " ".join(f"WHEN {_column(rule)} THEN {sql_text(rule.category)}" for rule in rules)
    ids = " ".join(f"WHEN {_column(rule)} THEN {sql_text(rule.id)}" for rule in rules)
    return f"""\
WITH figures AS (
  SELECT
    member,
    count({counted}) FILTER (WHERE kind IN ({_texts(scheme.visit_kinds)})) AS visits,
    sum(amount) FILTER (WHERE kind IN ({_texts(scheme.spend_kinds)})) AS spend
  FROM ledger
  WHERE date BETWEEN DATE {sql_text(first.isoformat())} AND DATE {sql_text(last.isoformat())}
  GROUP BY member
),
facts AS (
  SELECT uid, traits, previous, coalesce(visits, 0) AS visits, coalesce(spend, 0) AS spend
  FROM subjects LEFT JOIN figures ON member = uid
),
tested AS (
  SELECT
    uid, visits, spend,
    {tests}
  FROM facts
)
SELECT
  uid, visits, spend,
  CASE {categories} END AS category,
  CASE {ids} END AS rule,
  concat_ws(' ', {_ids_where("", rules)}) AS matched,
  concat_ws(' ', {_ids_where(" IS NULL", rules)}) AS undecided
FROM tested
"""  # noqa: S608 (every text is quoted, every number comes from a Decimal)


def _test(rule: Rule) -> str:
    return " AND ".join(map(_condition, rule.conditions)) or "true"


def _condition(condition: Condition) -> str:
    if isinstance(condition, Bound):
        if condition.number is None:
            return "CAST(NULL AS BOOLEAN)"
        sign = ">=" if condition.comparison is Comparison.AT_LEAST else "<="
        return f"{condition.measure} {sign} CAST('{condition.number}' AS DECIMAL(18, 4))"
    if isinstance(condition, HasTrait):
        tests = (f"contains(traits, {sql_text(f' {trait} ')})" for trait in condition.traits)
        return f"({' OR '.join(tests)})"
    return f"previous IN ({_texts(condition.categories)})"


def _ids_where(test: str, rules: Sequence[Rule]) -> str:
    return ", ".join(
        f"CASE WHEN {_column(rule)}{test} THEN {sql_text(rule.id)} END" for rule in rules
    )


def _column(rule: Rule) -> str:
    return f'"{rule.id}"'


def _texts(texts: Iterable[str]) -> str:
    return ", ".join(map(sql_text, texts))
