"""Killed before any step, a saved search is saved or not, removed or on its way to be."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import WANG, Club
from disposal.attempts import shares_in
from faults.killing import Killer, flaws, stages

NAME, BEFORE, QUERY = "春节未访", "joined<2020", "joined<2026-01-01 -status:left"
SAVE = ("segment", "save", NAME, QUERY, "--replace")


def queries(club: Club) -> list[str]:
    """List what the saved searches ask; each must open."""
    found = club.json("segment", "list")
    assert [one["state"] for one in found] == ["opened"] * len(found)
    return [one["query"] for one in found]


def assert_clean(club: Club, *, whole: bool) -> None:
    """Find nothing wrong; ``whole`` looks at every version, too."""
    assert club.git("status", "--porcelain") == ""
    assert flaws(club) == []
    assert not whole or club.problems("verify") == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "every"), [([], 1), ([BEFORE], 3)], ids=["new", "in the place of another"]
)
def test_a_search_killed_while_it_is_saved_is_there_or_not(
    club: Club, killer: Killer, tmp_path: Path, before: list[str], every: int
) -> None:
    for query in before:
        club.run("segment", "save", NAME, query)
    club.run("vault", "add-replica", str(tmp_path / "safe"))
    shares, seen = shares_in(club.vault), [before]

    for number, left in killer.states(club, *SAVE, safe=tmp_path / "safe", every=every):
        seen.append(queries(left))
        assert flaws(left) == [], number
        left.run(*SAVE)
        assert queries(left) == [QUERY], number
        assert shares.items() <= shares_in(left.vault).items(), number
        assert shares_in(left.vault) == shares_in(tmp_path / "safe"), number
        assert_clean(left, whole=seen[-1] != seen[-2])

    assert stages(seen) == [before, [QUERY]]


@pytest.mark.slow
def test_a_search_killed_while_it_is_removed_opens_or_is_named_until_it_is_gone(
    club: Club, killer: Killer, tmp_path: Path
) -> None:
    uid = club.run("segment", "save", NAME, QUERY).stdout.strip()
    other = club.run("segment", "save", "other", BEFORE).stdout.strip()
    club.run("search", "小明")
    club.run("vault", "add-replica", str(tmp_path / "safe"))
    kept = shares_in(club.vault).keys() - {uid}
    remove, finish = ("segment", "remove", NAME, "--yes"), ("segment", "remove", uid, "--yes")
    seen = [("opened", False)]

    for number, left in killer.states(club, *remove, safe=tmp_path / "safe"):
        listed = {one["uid"]: one["state"] for one in left.json("segment", "list")}
        hints = [one["hint"] for one in left.problems("vault", "status")]
        told = f"memberarc segment remove {uid}" in hints
        seen.append((listed.pop(uid, "gone"), told))
        assert listed == {other: "opened"}, number
        opens = seen[-1][0] == "opened"
        assert not opens or uid in shares_in(left.vault), number
        if not opens:
            # Who gives the same command again has no name any more, and is told the uid.
            again = left.run(*remove, status=3)
            assert (f"segment remove {uid}" in again.stderr) == told, number
        assert left.json("search", "小明", "--count")["found"] == 1, number

        left.run(*(remove if opens else finish))

        assert uid not in {**shares_in(left.vault), **shares_in(tmp_path / "safe")}, number
        assert kept == shares_in(left.vault).keys() == shares_in(tmp_path / "safe").keys(), number
        assert queries(left) == [BEFORE], number
        assert_clean(left, whole=seen[-1] != seen[-2])

    assert stages(seen) == [("opened", False), ("removing", True), ("gone", True), ("gone", False)]


def test_what_a_killed_save_left_is_removed_where_it_holds_up_a_purge(
    club: Club, killer: Killer, tmp_path: Path
) -> None:
    before, save = shares_in(club.vault), ("segment", "save", "王小明", "小明")
    purge = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
    for _, left in killer.states(club, *save, safe=tmp_path / "safe"):
        if "unreachable commit" in left.git("fsck", "--unreachable"):
            break
    stopped = left.run(*purge, status=1)
    [uid] = shares_in(left.vault).keys() - before.keys()
    assert f"hint: memberarc segment remove {uid}" in stopped.stderr

    left.run("segment", "remove", uid, "--yes")

    assert shares_in(left.vault) == before
    left.run(*purge)
    assert_clean(left, whole=True)
    left.run("segment", "remove", "a234567a234567ab", "--yes", status=3)
