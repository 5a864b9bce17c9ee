"""The last question before a purge says who it is, and comes when nothing else is in the way."""

from __future__ import annotations

import pytest

from acts.terminal import at_terminal, ended
from builders import SHAN, WANG, Club

FOREVER = "will be unreadable in every copy, for ever; nothing brings it back"


def test_who_is_to_be_purged_is_named(club: Club) -> None:
    child = at_terminal(club, "purge", WANG, "--reason", "member_request")

    child.expect_exact(f"{WANG}, 王小明, 2025-03-15 {FOREVER}\r\nType {WANG} to go on: ")
    child.sendline("M2026-000009")

    status, told = ended(child)
    assert status == 9
    assert "the id does not match; nothing was changed" in told
    assert "王小明" in club.run("show", WANG).stdout


def test_several_are_listed_and_confirmed_by_their_number(club: Club) -> None:
    child = at_terminal(club, "purge", WANG, SHAN, "--reason", "member_request")

    child.expect_exact(f"{WANG}, 王小明, ")
    child.expect_exact(f"{SHAN}, 单")
    child.expect_exact(f"2 members {FOREVER}\r\nType 2 to go on: ")
    child.sendline("2")

    assert ended(child)[0] == 0
    assert [club.run("show", code, status=6).status for code in (WANG, SHAN)] == [6, 6]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("王小明", "--reason", "member_request"), "no member 王小明"),
        (("M2026-009999", "--reason", "member_request"), "no member M2026-009999"),
        ((WANG, "--reason", "重复"), "no reason to purge"),
    ],
)
def test_what_cannot_be_is_told_before_anything_is_asked(
    club: Club, words: tuple[str, ...], told: str
) -> None:
    child = at_terminal(club, "purge", *words)

    status, said = ended(child)

    assert status not in (0, None)
    assert told in said
    assert FOREVER not in said
