"""C5: there is no intake without reading: whoever seals a level holds its key."""

from __future__ import annotations

from builders import Club, tree_digest


def test_somebody_without_a_level_key_adds_nobody(empty_club: Club) -> None:
    before = empty_club.head(), tree_digest(empty_club.vault)
    empty_club.identity.rename(empty_club.identity.with_suffix(".away"))

    refused = empty_club.run("add", "--set", "name=王小明", status=6)

    empty_club.identity.with_suffix(".away").rename(empty_club.identity)
    assert "identity" in refused.stderr
    assert (empty_club.head(), tree_digest(empty_club.vault)) == before
