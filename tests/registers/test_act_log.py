"""The register of changes is read from commits and their trailers."""

from __future__ import annotations

import pytest

from builders import SHAN, WANG, Club
from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.archive.opened import open_archive
from memberarc.registers.act_log import archive_log, member_log

PATH = f"members/2026/0000/{WANG}.yaml"


def test_a_member_s_log_opens_what_the_ring_opens(club: Club) -> None:
    archive = open_archive(club.root)
    ring = open_keys(archive, club.caller()).ring

    with_keys = [*member_log(archive, PATH, ring=ring)]
    without = [*member_log(archive, PATH, ring=None)]

    assert [act.commit for act in with_keys] == [act.commit for act in without]
    assert with_keys[-1].changes[0].after == "member/1"
    opened = {change.path: change.after for change in with_keys[-1].changes}
    closed = {change.path: change.closed for change in without[-1].changes}
    assert opened["name",] == "王小明"
    assert closed["name",] is True
    assert closed["status",] is False
    assert [act.note for act in without] == [None] * 4


@pytest.mark.parametrize(
    "trailers",
    [
        "Memberarc-Act: update\nMemberarc-Count: -3",
        "Memberarc-Act: update\nMemberarc-Count: ²",
        "Memberarc-Act: update\nMemberarc-Count: 99999999999999999999",
        "Memberarc-Act: a\nMemberarc-Act: b\nMemberarc-Field: x\nMemberarc-Field: y",
        "Memberarc-Act:",
        "Memberarc-Note: not sealed at all",
        "Memberarc-Unknown: 1",
    ],
)
def test_strange_trailers_stop_no_log(club: Club, trailers: str) -> None:
    club.edit(PATH, "status: active", "status: left")
    club.commit_by_hand(f"by hand\n\n{trailers}")
    archive = open_archive(club.root)
    ring = open_keys(archive, club.caller()).ring

    whole, own = [*archive_log(archive)], [*member_log(archive, PATH, ring=ring)]

    assert (len(whole), len(own)) == (8, 5)
    assert own[0].note is None
    assert own[0].count in (0, 99999999999999999999)


def test_a_batch_tells_how_many_and_no_member(club: Club) -> None:
    club.run("classify", "--year", "2026", "--apply")

    newest = next(archive_log(open_archive(club.root)))

    assert (newest.act, newest.count, newest.member, newest.rule) == ("classify", 3, "", "value")


def test_an_empty_commit_is_an_act_on_nobody(club: Club) -> None:
    club.git("commit", "--quiet", "--allow-empty", "--message", "hello")

    newest = next(archive_log(open_archive(club.root)))

    assert (newest.act, newest.member, newest.fields) == ("by hand", "", ())
    assert SHAN not in str(newest)


def test_only_what_git_says_of_a_revert_is_one(club: Club) -> None:
    club.edit(PATH, "status: active", "status: left")
    club.commit_by_hand("no revert\n\nBy hand: This reverts commit 1234567.")
    club.git("revert", "--no-edit", "HEAD")

    newest, before, *_ = archive_log(open_archive(club.root))

    assert (newest.act, before.act) == ("revert", "by hand")
