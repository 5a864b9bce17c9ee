"""Records are found by code and uid, wherever their year put them."""

from __future__ import annotations

import pytest

from builders import SHAN, WANG, ZENG, Club
from memberarc.archive.opened import open_archive
from memberarc.errors import MemberNotFoundError, MemberPurgedError, UsageError
from memberarc.members.reasons import require_reason
from memberarc.members.shelves import (
    find_last_version,
    find_record,
    read_records,
    record_path,
    taken_codes,
)


def test_records_are_read_in_the_order_of_their_codes(club: Club) -> None:
    assert [record.code for record in read_records(open_archive(club.root))] == [WANG, SHAN, ZENG]


@pytest.mark.parametrize("code", [WANG, WANG.lower(), "m2026-000001"])
def test_a_code_is_known_in_any_case(club: Club, code: str) -> None:
    assert record_path(open_archive(club.root), code) == f"members/2026/0000/{WANG}.yaml"


@pytest.mark.parametrize("code", ["", "M2026-1", "王小明", "M2026-000001/x", "*", "a" * 41])
def test_what_is_no_code_of_a_member_leads_nowhere(club: Club, code: str) -> None:
    archive = open_archive(club.root)

    assert record_path(archive, code) is None
    with pytest.raises(MemberNotFoundError):
        find_record(archive, code)
    with pytest.raises(MemberNotFoundError):
        find_last_version(archive, code)


def test_a_code_without_its_year_is_found_by_looking(empty_club: Club) -> None:
    empty_club.edit("memberarc.yaml", r"numbering: \S+", 'numbering: "V-{sequence:04}"')
    empty_club.commit_by_hand()
    told = empty_club.run("add", "--set", "name=王")

    assert told.stdout == "V-0001\n"
    assert empty_club.json("show", "v-0001")["record"]["name"] == "王"


def test_purged_codes_stay_taken_and_their_last_version_is_kept(club: Club) -> None:
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
    archive = open_archive(club.root)

    assert ZENG in {*taken_codes(archive)}
    with pytest.raises(MemberPurgedError):
        find_record(archive, ZENG)
    assert find_last_version(archive, ZENG).code == ZENG


@pytest.mark.parametrize(
    ("code", "act", "fits"),
    [
        ("moved", "update", True),
        ("moved", "purge", False),
        ("retention_expired", "purge", True),
        ("member_request", "update", True),
        ("no_such_reason", "update", False),
    ],
)
def test_a_reason_is_for_the_acts_its_policy_names(
    club: Club, code: str, act: str, fits: bool
) -> None:
    archive = open_archive(club.root)

    if fits:
        require_reason(archive, code, act=act)
    else:
        with pytest.raises(UsageError, match=f"{code} is no reason to {act}"):
            require_reason(archive, code, act=act)


def test_an_archives_own_reason_is_as_good(club: Club) -> None:
    path = club.root / "policy" / "reasons.yaml"
    label = "    label:\n      en: merged\n      zh: 合并\n"
    own = f"  - code: merged_branch\n{label}    acts:\n      - update\n"
    path.write_text(path.read_text() + own)
    club.commit_by_hand()

    club.run("update", SHAN, "--set", "branch=west", "--reason", "merged_branch")

    assert club.json("log", SHAN)[0]["reason"] == "merged_branch"
