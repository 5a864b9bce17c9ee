"""What replicas tell of one purge comes to the same, in whatever order it is put together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memberarc.errors import VaultError
from memberarc.sealing.vault.fences import (
    STATES,
    Fence,
    FenceApproval,
    joined_fences,
    parse_fence,
    utc_text,
    write_fence,
)

UID = "k5x2w7n3q4v6t2zb"
NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
TIMES = st.integers(0, 3).map(lambda hours: utc_text(NOW + timedelta(hours=hours)))
APPROVALS = st.builds(
    FenceApproval,
    person=st.sampled_from(["li", "wang", "zhang"]),
    role=st.just("administrator"),
    text=TIMES.map(lambda time: f"not-after {time}\n"),
    signature=st.sampled_from(["a\n", "b\n"]),
)


def fences_of(request: str) -> st.SearchStrategy[Fence]:
    """Fences of one request as replicas may have them: at any state, with any of its facts."""

    def built(facts: dict[str, Any]) -> Fence:
        fence = Fence(uid=UID, request=request, id="M1", asked_by="li", **facts)
        return joined_fences([fence])

    return st.fixed_dictionaries(
        {
            "state": st.sampled_from(STATES),
            "times": st.dictionaries(st.sampled_from(STATES), TIMES, min_size=1),
            "approvals": st.lists(APPROVALS, max_size=3).map(tuple),
            "not_before": st.one_of(st.just(""), TIMES),
            "cancelled_by": st.sampled_from(["", "li", "wang"]),
            "confirmations": st.dictionaries(st.sampled_from(["r1", "r2"]), TIMES),
        }
    ).map(built)


ANY = st.lists(st.one_of(fences_of("aaaa"), fences_of("bbbb")), min_size=1, max_size=3).map(
    joined_fences
)


@given(ANY, ANY, ANY)
def test_the_join_is_commutative_associative_and_idempotent(a: Fence, b: Fence, c: Fence) -> None:
    assert joined_fences([a, b]) == joined_fences([b, a])
    assert joined_fences([joined_fences([a, b]), c]) == joined_fences([a, joined_fences([b, c])])
    assert joined_fences([a, a]) == a == joined_fences([a])
    assert joined_fences([a, joined_fences([a, b])]) == joined_fences([a, b])


@given(ANY, ANY)
def test_a_raised_fence_beats_whatever_came_before_even_a_cancellation(a: Fence, b: Fence) -> None:
    joined = joined_fences([a, b])

    assert joined.reached("fenced") == (a.reached("fenced") or b.reached("fenced"))
    everything = [one for fence in (a, b) for one in (fence, *fence.others)]
    assert {joined.request, *(one.request for one in joined.others)} == {
        one.request for one in everything
    }


@given(ANY)
def test_a_fence_is_read_as_it_was_written(fence: Fence) -> None:
    assert parse_fence(write_fence(fence), path="fence") == fence


def test_of_two_requests_the_later_counts_and_the_other_is_kept() -> None:
    first = Fence(
        uid=UID, request="aaaa", state="cancelled", times={"requested": "2026-11-03T10:00:00Z"}
    )
    second = Fence(
        uid=UID, request="bbbb", state="requested", times={"requested": "2026-11-03T11:00:00Z"}
    )

    joined = joined_fences([second, first])

    assert (joined.request, joined.state) == ("bbbb", "requested")
    assert joined.others == (first,)


@pytest.mark.parametrize("state", ["cancelled", "fenced", "certified"])
def test_what_is_fenced_or_cancelled_is_not_cancelled_again(state: str) -> None:
    fence = Fence(uid=UID, request="aaaa", state=state, times={})

    with pytest.raises(ValueError, match="cannot be cancelled"):
        fence.cancelled("li", reason="mistake", now=NOW)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("state: requested", "state: burnt"),
        ("2026-11-03T10:00:00Z", "yesterday"),
        ("request: aaaa", "request: 7"),
        ("uid:", "wid:"),
        ("format: fence/1\n", ""),
    ],
)
def test_bytes_that_no_fence_has_are_none(old: str, new: str) -> None:
    fence = Fence(
        uid=UID, request="aaaa", state="requested", times={"requested": "2026-11-03T10:00:00Z"}
    )
    content = write_fence(fence).decode()
    assert old in content

    with pytest.raises(VaultError, match="not a fence"):
        parse_fence(content.replace(old, new).encode(), path="fence")
