"""A1: every level key of every version and every identity, without the share, open nothing."""

from __future__ import annotations

from pathlib import Path

from builders import SHAN, WANG, Club
from disposal.attempts import (
    documents_that_open,
    shares_in,
    subject_of,
    values_that_open,
)


def test_who_kept_a_mirror_and_every_key_reads_nothing_once_the_share_is_gone(
    club: Club, tmp_path: Path
) -> None:
    subject, shares = subject_of(club, WANG), shares_in(club.vault)
    mirror = tmp_path / "mirror.git"
    club.git("clone", "--quiet", "--mirror", str(club.root), str(mirror))
    before = values_that_open(mirror, subject, shares)
    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)

    assert "王小明" in before
    assert values_that_open(mirror, subject, shares_in(club.vault)) == []
    assert documents_that_open(mirror, club, subject, shares_in(club.vault)) == []


def test_the_vault_alone_tells_nothing_but_uids_and_random_bytes(club: Club) -> None:
    kept = b"".join(path.read_bytes() for path in club.vault.rglob("*") if path.is_file())

    assert club.uid(SHAN).encode() in kept
    assert not any(word.encode() in kept for word in (WANG, SHAN, "王小明", "internal"))
