"""What the glance takes for a sound day, the reader finds no flaw in; and it knows most of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memberarc.ledger.day_file import HEADER, read_day
from memberarc.ledger.day_glance import glance_at_day
from memberarc.ledger.event import EventKind

DAY = "2026-11-03"
PATH = f"ledger/2026/11/{DAY}.csv"
UID = "k5x2w7n3q4v6t8zb".replace("8", "2")
AMOUNTS = ["", "0", "-0", "0.00", "-0.00", "-0.0001", "12.50", "-12.50", "007", "1.00000", "1e3"]


def day_of(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines, "")).encode()


def line(**cells: str) -> str:
    usual = {"date": DAY, "member": UID, "kind": "visit", "ref": "till:1"}
    return ",".join((usual | cells).get(name, "") for name in HEADER.split(","))


def test_a_sound_day_is_known_at_a_glance() -> None:
    first = line(kind="purchase", amount="12.50", quantity="2", item="tea", ref="till:1")
    second = line(kind="refund", amount="-12.50", branch="east", ref="till:2")

    found = glance_at_day(day_of(first, second), day=DAY)

    assert found is not None
    assert [*found.members] == [UID, UID]
    assert [*found.refs] == ["till:1", "till:2"]


@pytest.mark.parametrize("kind", EventKind)
@pytest.mark.parametrize("amount", AMOUNTS)
def test_signs_are_judged_as_the_reader_judges_them(kind: EventKind, amount: str) -> None:
    content = day_of(line(kind=kind, amount=amount))

    _, problems = read_day(content, path=PATH)

    assert (glance_at_day(content, day=DAY) is not None) == (not problems)


@pytest.mark.parametrize(
    "content",
    [
        day_of(line(ref="till:2"), line(ref="till:1")),
        day_of(line(), line()),
        day_of(line(date="2026-11-04")),
        day_of(line(ref="till:13800138001")),
        day_of(line(item="13800138001")),
        day_of(line(member="王小明")),
        day_of(line(), ""),
        day_of(line(), "x"),
        day_of(f" {line()}"),
        day_of(f"{line()}\r"),
        day_of(line())[:-1],
        day_of(line())[1:],
        b"\n".join((b"x", day_of(line()))),
    ],
)
def test_a_flawed_day_takes_a_closer_look(content: bytes) -> None:
    assert read_day(content, path=PATH)[1]
    assert glance_at_day(content, day=DAY) is None


LINES = st.lists(
    st.builds(
        line,
        date=st.sampled_from([DAY, "2026-11-04"]),
        kind=st.sampled_from([*EventKind, "gift"]),
        amount=st.sampled_from(AMOUNTS),
        quantity=st.sampled_from(["", "1", "-3", "x"]),
        item=st.sampled_from(["", "tea", "13800138001", "a b"]),
        ref=st.integers(0, 4).map("till:{}".format),
    ),
    max_size=4,
)


@given(lines=LINES, cut=st.integers(0, 3), extra=st.sampled_from(["", "\n", "\r\n", ",", "\u2028"]))
def test_the_glance_never_passes_what_the_reader_refuses(
    lines: list[str], cut: int, extra: str
) -> None:
    content = day_of(*lines)[: -cut or None] + extra.encode()

    found = glance_at_day(content, day=DAY)

    events, problems = read_day(content, path=PATH)
    if found is not None:
        assert not problems
        assert [*found.members] == [event.member for event in events]
        assert [*found.refs] == [event.ref for event in events]
