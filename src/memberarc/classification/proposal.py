"""The category adjustment proposal, 类别调整建议书: codes and figures in Markdown, no names."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from memberarc.classification.decide import Decision, period
from memberarc.classification.scheme import Bound, Comparison, Condition, HasTrait, Rule, Scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

_CENT: Final = Decimal("0.01")
_COLUMNS: Final = (
    "档号 Code",
    "原类别 From",
    "建议类别 To",
    "依据 Rule",
    "次数 Visits",
    "金额 Spend",
    "相左的依据 Competing rules",
)


def write_proposal(decisions: Sequence[Decision], *, scheme: Scheme, year: int, as_of: date) -> str:
    """Write the proposal: members whose category would change, and those who await a decision."""
    first, last = period(year, as_of=as_of)
    waiting = [decision for decision in decisions if decision.needs_decision]
    changed = [
        decision for decision in decisions if decision.changed and not decision.needs_decision
    ]
    lines = [
        "# 类别调整建议书 Category adjustment proposal",
        "",
        f"- 分类方案 Scheme: {scheme.label.zh} {scheme.label.en} (`{scheme.field}`)",
        f"- 期间 Period: {first} – {last}",
        f"- 审核人数 Members considered: {len(decisions)}",
        f"- 建议调整 Changes proposed: {len(changed)}",
        f"- 待决定 Awaiting a decision: {len(waiting)}",
        "",
        "## 建议调整 Changes proposed",
        "",
        *_table(changed),
    ]
    if waiting:
        lines += [
            "",
            "## 待决定 Awaiting a decision",
            "",
            "规则中有数额未定。数额定下之前,下列档案不作调整。",
            "",
            "A number in the rules is undecided. Until it is set, these records stay as they are.",
            "",
            *_table(waiting),
        ]
    lines += ["", "## 规则 Rules", "", *_rules(scheme, changed + waiting)]
    return "\n".join(lines) + "\n"


def _table(decisions: Sequence[Decision]) -> Iterator[str]:
    if not decisions:
        yield "无 None"
        return
    yield _row(_COLUMNS)
    yield _row(["---", "---", "---", "---", "---:", "---:", "---"])
    for decision in decisions:
        yield _row(
            [
                decision.code,
                decision.previous or "—",
                decision.category,
                decision.rule,
                str(decision.figures.visits),
                _money(decision.figures.spend),
                ", ".join(decision.competing) or "—",
            ]
        )


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _money(amount: Decimal) -> str:
    """Write an amount with two decimals, or with all it has if that would change it."""
    cents = amount.quantize(_CENT)
    return f"{cents if cents == amount else amount.normalize():f}"


def _rules(scheme: Scheme, decisions: Sequence[Decision]) -> Iterator[str]:
    cited = {id_ for decision in decisions for id_ in (decision.rule, *decision.competing)}
    for category in scheme.categories:
        for rule in category.rules:
            if rule.id in cited:
                yield f"- {rule.id}: {_rule_text(rule)} → {category.label.zh} {category.label.en}"


def _rule_text(rule: Rule) -> str:
    return ", ".join(map(_condition_text, rule.conditions)) or "其余 otherwise"


def _condition_text(condition: Condition) -> str:
    if isinstance(condition, Bound):
        sign = "≥" if condition.comparison is Comparison.AT_LEAST else "≤"
        number = "未定 undecided" if condition.number is None else condition.number
        measure = {"visits": "次数 visits", "spend": "金额 spend"}[condition.measure]
        return f"{measure} {sign} {number}"
    if isinstance(condition, HasTrait):
        return f"特征 trait {' / '.join(condition.traits)}"
    return f"原类别 previously {' / '.join(condition.categories)}"
