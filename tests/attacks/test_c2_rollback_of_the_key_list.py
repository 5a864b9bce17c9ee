"""C2: last month's key list would bring back who was revoked; so would another archive id."""

from __future__ import annotations

from pathlib import Path

import pytest

from attacks.pusher import believe, enter, found_anew, mallory
from builders import WANG, Club
from memberarc.errors import KeyListError

__all__ = ["mallory"]

ANOTHER = "z" * 26


def test_a_list_rolled_back_by_a_commit_on_top_is_refused(club: Club) -> None:
    club.run("key", "rotate", "internal")
    kept = club.head()
    club.git("revert", "--no-edit", "HEAD")

    for command in (("show", WANG), ("key", "rotate"), ("key", "list")):
        told = club.run(*command, "--format", "json", status=6).envelope["error"]
        assert told["code"] == "older-key-list"

    club.git("reset", "--quiet", "--hard", kept)
    club.run("show", WANG)


def test_a_changed_archive_id_makes_nobody_a_newcomer(club: Club, mallory: Path) -> None:
    """The pin is remembered by archive id: another id would have none, and so a first sight."""
    enter(club, mallory, instead=True)
    found_anew(club, mallory, archive=ANOTHER)
    club.edit("memberarc.yaml", r"(?m)(?<=^archive: ).*$", ANOTHER)
    club.commit_by_hand("maintenance")

    with pytest.raises(KeyListError) as caught:
        believe(club)

    assert caught.value.where == "memberarc.yaml"
    assert club.archive in caught.value.message
    assert ANOTHER in caught.value.message
    told = club.run("doctor", "--format", "json", status=None).stdout
    assert f"now the manifest names {ANOTHER}" in told


def test_a_changed_archive_id_is_refused_in_a_new_clone_for_its_history(
    club: Club, mallory: Path, tmp_path: Path
) -> None:
    enter(club, mallory, instead=True)
    found_anew(club, mallory, archive=ANOTHER)
    club.edit("memberarc.yaml", r"(?m)(?<=^archive: ).*$", ANOTHER)
    club.commit_by_hand("maintenance")

    with pytest.raises(KeyListError, match="does not come before the other one"):
        believe(club.clone(tmp_path / "new"))
