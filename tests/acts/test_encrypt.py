"""What somebody typed in clear is sealed, and what cannot be taken back is told."""

from __future__ import annotations

import re

import pytest

from builders import MOBILE, SHAN, WANG, ZENG, Club

RECORD = f"members/2026/0000/{WANG}.yaml"
TYPED = "13111111111"


def type_a_mobile(club: Club, code: str = WANG, mobile: str = TYPED) -> None:
    club.edit(f"members/2026/0000/{code}.yaml", r"(?<=  mobile: )enc:\S+", f'"{mobile}"')


def test_a_number_typed_by_hand_is_sealed_and_committed(club: Club) -> None:
    type_a_mobile(club)
    assert [one["rule"] for one in club.problems("check")] == ["clear-text"]

    told = club.run("encrypt")

    assert told.stderr.startswith(f"sealed contact.mobile of {WANG}\n")
    assert club.json("show", WANG)["record"]["contact"]["mobile"] == TYPED
    assert TYPED not in club.git("log", "-p", "--all")
    assert club.git("status", "--porcelain") == ""
    assert club.problems("verify") == []
    assert "Memberarc-Act: encrypt\nMemberarc-Count: 1\nMemberarc-Field: contact.mobile\n" in (
        club.git("log", "-1", "--format=%B")
    )


def test_other_edits_of_the_same_file_are_kept_and_other_files_left_alone(club: Club) -> None:
    type_a_mobile(club)
    club.edit(RECORD, "status: active", "status: suspended")
    club.edit(f"members/2026/0000/{ZENG}.yaml", "status: applicant", "status: active")

    club.run("encrypt")

    assert club.json("show", WANG)["record"]["status"] == "suspended"
    assert club.git("status", "--porcelain").split() == ["M", f"members/2026/0000/{ZENG}.yaml"]


def test_an_unchanged_sealed_value_keeps_its_bytes(club: Club) -> None:
    type_a_mobile(club)

    club.run("encrypt")

    changed = [line for line in club.git("diff", "-U0", "HEAD~1").splitlines() if line[0] in "+-"]
    assert [line.split(": ")[0] for line in changed[2:]] == ["-  mobile", "+  mobile"]


def test_a_value_typed_back_to_what_it_was_gets_its_old_bytes(club: Club) -> None:
    before = club.text(WANG)
    type_a_mobile(club, mobile=MOBILE)

    club.run("encrypt")

    assert club.text(WANG) == before
    assert club.git("status", "--porcelain") == ""


def test_a_staged_edit_is_sealed_too(club: Club) -> None:
    type_a_mobile(club)
    club.git("add", "--all")

    club.run("encrypt")

    assert club.json("show", WANG)["record"]["contact"]["mobile"] == TYPED
    assert club.git("status", "--porcelain") == ""


def test_what_was_committed_in_clear_is_sealed_and_told_to_stay_readable(club: Club) -> None:
    type_a_mobile(club)
    club.commit_by_hand("moved")

    told = club.run("encrypt")

    assert "enc:m1.internal.1:" in club.text(WANG).split("mobile:")[1]
    assert (
        f"memberarc: warning: {WANG}: contact.mobile stands in clear in an earlier commit"
        f" and stays readable there: memberarc leak rewrite {WANG} --dry-run\n" in told.stderr
    )
    [problem] = club.problems("verify")
    assert (problem["rule"], problem["pointer"]) == ("clear-text", "contact.mobile")


def test_only_the_members_named_are_sealed(club: Club) -> None:
    type_a_mobile(club)
    type_a_mobile(club, SHAN)

    answer = club.json("encrypt", SHAN)

    assert [one["id"] for one in answer["files"]] == [SHAN]
    assert TYPED in club.text(WANG)
    assert [one["id"] for one in club.json("encrypt", RECORD)["files"]] == [WANG]


def test_several_records_are_sealed_in_one_commit(club: Club) -> None:
    type_a_mobile(club)
    type_a_mobile(club, SHAN)
    before = club.head()

    assert len(club.json("encrypt")["files"]) == 2
    assert club.git("rev-list", "--count", f"{before}..HEAD").strip() == "1"


def test_nothing_in_clear_is_nothing_to_do(club: Club) -> None:
    before = club.fingerprint()

    assert club.run("encrypt").stderr == "every value is sealed as it should be\n"
    assert club.fingerprint() == before


def test_a_confidential_field_is_not_named_in_the_commit(club: Club) -> None:
    club.edit(RECORD, r"(?<=  number: )enc:\S+", '"110101198003070038"')

    assert club.json("encrypt")["files"][0]["fields"] == ["identity.number"]
    assert "Memberarc-Field: confidential field\n" in club.git("log", "-1", "--format=%B")
    assert "identity" not in club.git("log", "-1", "--format=%B")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (r"^uid: \S+$", "uid: aaaaaaaaaaaaaaaa"),
        (r"^key: \S+$", 'key: "0000000000000000"'),
        (r"^opened: 2026$", "opened: 2025"),
    ],
)
def test_an_edited_identity_is_refused_and_nothing_is_sealed(
    club: Club, old: str, new: str
) -> None:
    type_a_mobile(club)
    club.edit(RECORD, f"(?m){old}", new)
    edited, before = club.text(WANG), club.head()

    told = club.run("encrypt", status=None)

    assert told.status in (1, 4), told
    assert "edited by hand" in told.stderr or "has other flaws, too" in told.stderr
    assert (club.text(WANG), club.head()) == (edited, before)


def test_a_sealed_value_of_another_member_is_refused(club: Club) -> None:
    type_a_mobile(club)
    other = re.search(r"(?m)^name: (enc:\S+)$", club.text(SHAN))
    assert other
    club.edit(RECORD, r"(?m)^name: enc:\S+$", f"name: {other[1]}")
    before = club.head()

    told = club.run("encrypt", status=6)

    assert told.stderr.startswith("memberarc: error: ")
    assert club.head() == before


def test_a_value_that_does_not_fit_is_refused_without_being_repeated(club: Club) -> None:
    type_a_mobile(club, mobile="1" * 41)

    told = club.run("encrypt", status=1)

    assert "contact.mobile" in told.stdout
    assert "1" * 41 not in told.stdout + told.stderr


def test_a_file_with_other_flaws_is_left_to_its_editor(club: Club) -> None:
    type_a_mobile(club)
    club.edit(RECORD, "status: active", "status: gone")

    told = club.run("encrypt", status=1)

    assert "has other flaws, too" in told.stderr
    assert TYPED in club.text(WANG)


def test_a_record_written_by_hand_needs_a_share_first(club: Club) -> None:
    text = club.text(WANG).replace(WANG, "M2026-000077").replace(club.uid(WANG), "aaaaaaaaaaaaaaaa")
    new = club.path("M2026-000077")
    new.write_text(re.sub(r"(?m)^name: .*$", "name: 王", text))
    before = club.head()

    told = club.run("encrypt", status=3)

    assert "hint: memberarc add" in told.stderr
    assert club.head() == before
