"""Merging events by ref."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from memberarc.ledger.event import Event, read_event
from memberarc.ledger.merge import merge_events


def event(ref: str, amount: str = "5.00") -> Event:
    found = read_event(f"2026-11-03,k5x2w7n3q4v6t2zb,purchase,{amount},,,,,,s:{ref}")
    assert found is not None
    return found


def test_what_both_sides_added_is_there_once_and_sorted() -> None:
    merged, conflicts = merge_events([event("3"), event("1")], [event("2"), event("1")])

    assert merged == (event("1"), event("2"), event("3"))
    assert conflicts == ()


def test_one_ref_with_two_contents_is_a_conflict_and_ours_stays() -> None:
    assert merge_events([event("1", "5")], [event("1", "6")]) == ((event("1", "5"),), ("s:1",))


def test_what_one_side_changed_or_took_out_is_so_afterwards() -> None:
    base = [event("1"), event("2"), event("3")]

    assert merge_events(
        [event("1", "6"), event("2"), event("3")], [event("1"), event("2")], base=base
    ) == (
        (event("1", "6"), event("2")),
        (),
    )


def test_a_change_against_a_removal_is_a_conflict() -> None:
    assert merge_events([event("1", "6")], [], base=[event("1")]) == ((event("1", "6"),), ("s:1",))


SIDES = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2", "3"])).map(
    lambda side: [event(ref, amount) for ref, amount in side.items()]
)


@given(ours=SIDES, theirs=SIDES, base=SIDES)
def test_a_merge_is_the_same_from_both_sides_but_for_conflicts(
    ours: list[Event], theirs: list[Event], base: list[Event]
) -> None:
    merged, conflicts = merge_events(ours, theirs, base=base)
    mirrored, same_conflicts = merge_events(theirs, ours, base=base)

    assert conflicts == same_conflicts
    assert [one for one in merged if one.ref not in conflicts] == [
        one for one in mirrored if one.ref not in conflicts
    ]


@given(side=SIDES, base=SIDES)
def test_a_side_merged_with_itself_or_with_the_base_is_itself(
    side: list[Event], base: list[Event]
) -> None:
    ordered = tuple(sorted(side, key=lambda one: one.ref))

    assert merge_events(side, side, base=base) == (ordered, ())
    assert merge_events(side, base, base=base) == (ordered, ())
