"""E1: reading is not recorded yet, and nothing says that it is."""

from __future__ import annotations

from pathlib import Path

from builders import WANG, Club, tree_digest


def test_show_leaves_nothing_in_archive_or_vault(club: Club) -> None:
    before = tree_digest(club.root, club.vault)

    club.run("show", WANG)

    assert tree_digest(club.root, club.vault) == before


def test_the_documentation_says_so() -> None:
    page = (Path(__file__).parents[2] / "docs/security.md").read_text("utf-8")

    assert "memberarc keeps no record of what was read" in page
