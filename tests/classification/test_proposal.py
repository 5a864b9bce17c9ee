"""The category adjustment proposal as people get it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from memberarc.classification.decide import Subject, decide
from memberarc.classification.proposal import write_proposal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from memberarc.classification.scheme import Scheme

CHANGED, SAME, WAITING, TRAVELLER, NEW = (letter * 16 for letter in "abcde")

EXPECTED = """\
# 类别调整建议书 Category adjustment proposal

- 分类方案 Scheme: 顾客档案分类(A 至 E 类) value to the house, A to E (`categories.value`)
- 期间 Period: 2026-01-01 – 2026-12-31
- 审核人数 Members considered: 5
- 建议调整 Changes proposed: 3
- 待决定 Awaiting a decision: 1

## 建议调整 Changes proposed

| 档号 Code | 原类别 From | 建议类别 To | 依据 Rule | 次数 Visits | 金额 Spend | 相左的依据 Competing rules |
| --- | --- | --- | --- | ---: | ---: | --- |
| M2026-000001 | E | C | C.2 | 1 | 450.00 | — |
| M2026-000004 | A | E | E.2 | 1 | 3000.50 | A.2 |
| M2026-000005 | — | E | E.1 | 0 | 0.00 | — |

## 待决定 Awaiting a decision

规则中有数额未定。数额定下之前,下列档案不作调整。

A number in the rules is undecided. Until it is set, these records stay as they are.

| 档号 Code | 原类别 From | 建议类别 To | 依据 Rule | 次数 Visits | 金额 Spend | 相左的依据 Competing rules |
| --- | --- | --- | --- | ---: | ---: | --- |
| M2026-000003 | A | D | D.2 | 1 | 250.1255 | E.3 |

## 规则 Rules

- A.2: 金额 spend ≥ 1200.00 → A 类 category A
- C.2: 金额 spend ≥ 400.00 → C 类 category C
- D.2: 金额 spend ≥ 200.00 → D 类 category D
- E.1: 其余 otherwise → E 类 category E
- E.2: 特征 trait other_province → E 类 category E
- E.3: 原类别 previously A / B / C / D, 次数 visits ≤ 未定 undecided → E 类 category E
"""  # noqa: E501


def test_cls_4_a_proposal_lists_who_changes_and_why_and_who_awaits_a_decision(
    shipped: Callable[..., Scheme], ledger: Callable[..., Path]
) -> None:
    folder = ledger(
        [
            (CHANGED, "2026-02-01", "purchase", "450"),
            (SAME, "2026-02-01", "purchase", "199.99"),
            (WAITING, "2026-02-01", "purchase", "250.1255"),
            (TRAVELLER, "2026-02-01", "purchase", "3000.50"),
        ]
    )
    subjects = [
        Subject(uid=CHANGED, code="M2026-000001", previous="E"),
        Subject(uid=SAME, code="M2026-000002", previous="E"),
        Subject(uid=WAITING, code="M2026-000003", previous="A"),
        Subject(uid=TRAVELLER, code="M2026-000004", previous="A", traits=("other_province",)),
        Subject(uid=NEW, code="M2026-000005"),
    ]
    scheme, as_of = shipped(), date(2027, 1, 10)
    decisions = decide(subjects, ledger_folder=folder, scheme=scheme, year=2026, as_of=as_of)

    assert write_proposal(decisions, scheme=scheme, year=2026, as_of=as_of) == EXPECTED
    assert decisions[2].figures.spend == Decimal("250.1255")


def test_a_proposal_without_changes_says_so(shipped: Callable[..., Scheme]) -> None:
    text = write_proposal((), scheme=shipped(), year=2026, as_of=date(2026, 6, 30))

    assert "## 建议调整 Changes proposed\n\n无 None\n" in text
    assert "- 期间 Period: 2026-01-01 – 2026-06-30\n" in text
    assert "## 待决定" not in text
