"""A5: what git and editors leave behind is ciphertext, and what would not be is told."""

from __future__ import annotations

import subprocess
from pathlib import Path

from builders import MOBILE, SECRETS, WANG, Club
from disposal.attempts import clear_texts


def test_a_conflict_and_its_recorded_resolution_hold_ciphertext_only(
    club: Club, tmp_path: Path
) -> None:
    other = club.clone(tmp_path / "other")
    club.run("update", WANG, "--set", "contact.mobile=13500135000")
    other.run("update", WANG, "--set", "contact.mobile=13400134000")
    club.git("config", "rerere.enabled", "true")
    club.git("stash", "list")
    subprocess.run(
        ["git", "pull", "--quiet", "--no-rebase", str(other.root), "main"],
        cwd=club.root,
        capture_output=True,
    )

    assert "<<<<<<<" in club.text(WANG)
    assert [*(club.root / ".git/rr-cache").iterdir()] != []
    for path in club.root.rglob("*"):
        if path.is_file():
            found = (*SECRETS, "13500135000", "13400134000")
            assert clear_texts(path.read_bytes(), found) == [], path


def test_a_textconv_cache_is_told_by_the_doctor(club: Club) -> None:
    club.git("config", "diff.memberarc.cachetextconv", "true")

    told = club.run("doctor", "--format", "json", status=1)

    assert {"textconv cache": "fail"}.items() <= {
        one["subject"]: one["verdict"] for one in told.data["findings"]
    }.items()


def test_a_value_in_gits_notes_stops_a_purge(club: Club) -> None:
    club.git("notes", "--ref=textconv/memberarc", "add", "--message", f"mobile: {MOBILE}")

    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG, status=1)
