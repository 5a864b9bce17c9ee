"""Versions of a record that are no records: a purge looks into them, or says that it cannot."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from builders import NOTE, SHAN, WANG, Club
from disposal.attempts import shares_in, subject_of, values_that_open

if TYPE_CHECKING:
    from collections.abc import Callable

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
RECORD = f"members/2026/0000/{WANG}.yaml"


def commit_and_mend(club: Club, old: str, new: str) -> None:
    """Commit a record that somebody spoilt by hand, and then the record as it was."""
    text = club.text(WANG)
    club.edit(RECORD, old, new)
    club.commit_by_hand("spoilt")
    club.path(WANG).write_text(text)
    club.commit_by_hand("mended")


def value_under_a_name_of_ones_own(club: Club) -> None:
    commit_and_mend(club, r"(?m)^status: active$", "status: active\nnickname: the tall one")


def value_in_a_version_with_conflict_markers(club: Club) -> None:
    commit_and_mend(
        club, r"(?m)^  email: .*$", "<<<<<<< HEAD\n  email: xm@example.net\n=======\n>>>>>>> b"
    )


def value_in_a_version_under_a_quoted_uid(club: Club) -> None:
    uid = club.uid(WANG)
    text = club.text(WANG)
    club.edit(RECORD, r"(?m)^  email: .*$", "  email: xm@example.net")
    club.edit(RECORD, f"uid: {uid}", f'uid: "{uid}"')
    club.commit_by_hand("spoilt")
    club.path(WANG).write_text(text)
    club.commit_by_hand("mended")


@pytest.mark.parametrize(
    "spoil",
    [
        value_under_a_name_of_ones_own,
        value_in_a_version_with_conflict_markers,
        value_in_a_version_under_a_quoted_uid,
    ],
    ids=lambda spoil: spoil.__name__,
)
def test_what_stood_in_clear_in_a_spoilt_version_stops_a_purge(
    club: Club, spoil: Callable[[Club], None]
) -> None:
    spoil(club)

    told = club.run(*PURGE, status=1)

    assert "so nobody knows what they hold" in told.stderr or "stand in clear" in told.stderr
    assert club.uid(WANG) in shares_in(club.vault)
    assert club.json("show", WANG)["record"]["name"] == "王小明"


def test_a_note_in_clear_stops_a_purge_too(club: Club) -> None:
    (club.root / "calls.txt").write_text(f"{NOTE}\n")

    told = club.run(*PURGE, status=1)

    assert "note" in told.stdout
    assert club.uid(WANG) in shares_in(club.vault)


def test_a_version_nobody_can_read_whole_is_accepted_knowingly_and_named(club: Club) -> None:
    other = re.search(r"(?m)^name: (enc:\S+)$", club.text(SHAN))
    assert other
    commit_and_mend(club, r"(?m)^name: enc:\S+$", f"name: {other[1]}")
    subject = subject_of(club, WANG)

    club.run(*PURGE, status=1)
    assert club.uid(WANG) in shares_in(club.vault)

    club.run(*PURGE, "--accept-unreadable")

    assert values_that_open(club.root, subject, shares_in(club.vault)) == []
    assert club.json("show", SHAN)["record"]["name"] == "单雄信"
    blob = club.git("rev-parse", f"HEAD~3:{RECORD}").strip()
    assert blob in (club.root / f"tombstones/2026/0000/{WANG}.certificate.yaml").read_text()
