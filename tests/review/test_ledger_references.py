"""Days that have a ref in common are found among fingerprints, and no others but by chance."""

from __future__ import annotations

from memberarc.review.ledger_references import SeenRefs, fingerprints


def seen(**days: list[str]) -> SeenRefs:
    refs = SeenRefs()
    for day, of_day in days.items():
        refs.add(day, fingerprints(of_day))
    return refs


def test_days_without_a_ref_in_common_are_no_suspects() -> None:
    days = {f"day{number}": [f"till:{number}-{one}" for one in range(500)] for number in range(40)}

    assert seen(**days).suspects() == ()


def test_every_day_that_has_a_ref_of_another_is_a_suspect() -> None:
    many = {f"day{number}": [f"till:{number}-{one}" for one in range(500)] for number in range(40)}
    twice = {"first": ["till:x", "till:y"], "last": ["bank:1", "till:x"]}

    assert seen(first=twice["first"], **many, last=twice["last"]).suspects() == (
        "first",
        "last",
    )


def test_the_lowest_and_the_highest_fingerprint_are_compared_too() -> None:
    from array import array

    refs = SeenRefs()
    for day in ("one", "other"):
        refs.add(day, array("q", [-(2**63), 2**63 - 1]))

    assert refs.suspects() == ("one", "other")
