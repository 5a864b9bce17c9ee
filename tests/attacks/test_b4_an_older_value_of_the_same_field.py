"""B4: whoever may push can put back what stood in a field before; signed commits are the remedy."""

from __future__ import annotations

import re

from builders import MOBILE, MOBILE_BEFORE, WANG, Club

RECORD = f"members/2026/0000/{WANG}.yaml"


def put_back(club: Club) -> None:
    older = re.search(r"(?m)^  mobile: (enc:\S+)$", club.git("show", f"HEAD~2:{RECORD}"))
    assert older
    club.edit(RECORD, r"(?m)(?<=^  mobile: )enc:\S+$", older[1])
    club.commit_by_hand()


def test_it_opens_and_verify_is_content(club: Club) -> None:
    put_back(club)

    assert club.json("show", WANG)["record"]["contact"]["mobile"] == MOBILE_BEFORE
    assert club.problems("verify") == []


def test_the_log_shows_it_as_the_change_that_it_is(club: Club) -> None:
    put_back(club)

    first = club.run("log", WANG).stdout.split("\n\n")[0]

    assert f"contact.mobile: {MOBILE} -> {MOBILE_BEFORE}" in first


def test_a_field_that_somebody_removed_is_told_by_the_log(club: Club) -> None:
    club.edit(RECORD, r"(?m)^  mobile: enc:\S+\n", "")
    club.commit_by_hand()

    assert f"contact.mobile: {MOBILE} -> (none)" in club.run("log", WANG).stdout
