"""B1: that a value came back to what it was, or equals another, cannot be seen."""

from __future__ import annotations

import re

from builders import SHAN, WANG, ZENG, Club


def sealed(text: str, name: str) -> str:
    found = re.search(rf"(?m)^ *{name}: (enc:\S+)$", text)
    assert found
    return found[1]


def test_a_value_that_is_put_back_looks_like_any_other_change(club: Club) -> None:
    seen = []
    for mobile in ("13500135000", "13400134000", "13500135000"):
        club.run("update", WANG, "--set", f"contact.mobile={mobile}")
        seen.append(sealed(club.text(WANG), "mobile"))

    assert len({text[-60:] for text in seen}) == 3
    assert len({len(text) for text in seen}) == 1


def test_equal_values_of_two_members_and_of_two_fields_look_unrelated(club: Club) -> None:
    club.run("update", SHAN, "--set", "contact.mobile=13300133000")
    club.run("update", ZENG, "--set", "contact.mobile=13300133000")

    bodies = {sealed(club.text(code), "mobile").rpartition(":")[2] for code in (SHAN, ZENG)}

    assert len(bodies) == 2


def test_setting_what_stands_there_already_changes_no_byte(club: Club) -> None:
    before, head = club.text(SHAN), club.head()

    club.run("update", SHAN, "--set", "name=单雄信")

    assert (club.text(SHAN), club.head()) == (before, head)
