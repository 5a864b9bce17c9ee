"""B5: an item put into a list, or taken out, leaves the bytes of every other item."""

from __future__ import annotations

import re

from builders import WANG, Club


def items(text: str) -> dict[str, str]:
    block = text.partition("honours:\n")[2].partition("\ndocuments:")[0]
    return dict(re.findall(r"- id: (\S+)\n((?:    \S.*\n?)+)", block))


def test_neighbours_of_a_new_and_of_a_removed_item_keep_their_bytes(club: Club) -> None:
    for item in ("b2b2", "c3c3"):
        words = (f"honours[{item}].title=荣誉", f"honours[{item}].date=2026-07-01")
        club.run("update", WANG, *(word for text in words for word in ("--set", text)))
    three = items(club.text(WANG))

    club.run("update", WANG, "--unset", "honours[b2b2]")

    two = items(club.text(WANG))
    assert three.keys() == {"a1b2", "b2b2", "c3c3"}
    assert two == {item: text for item, text in three.items() if item != "b2b2"}
