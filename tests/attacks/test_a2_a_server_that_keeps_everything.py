"""A2: a server that serves what was deleted, by its id, serves ciphertext for ever."""

from __future__ import annotations

import re
from pathlib import Path

from builders import WANG, Club, git
from disposal.attempts import shares_in, subject_of, values_that_open


def test_an_old_commit_fetched_by_its_id_opens_no_more(club: Club, tmp_path: Path) -> None:
    server, thief = tmp_path / "server.git", tmp_path / "thief"
    club.git("clone", "--quiet", "--mirror", str(club.root), str(server))
    git(server, "config", "uploadpack.allowAnySHA1InWant", "true")
    old, subject = club.head(), subject_of(club, WANG)
    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)
    club.git("push", "--quiet", "--force", str(server), "main")

    git(tmp_path, "init", "--quiet", str(thief))
    git(thief, "fetch", "--quiet", str(server), old)

    assert "enc:m1" in git(thief, "show", f"{old}:members/2026/0000/{WANG}.yaml")
    assert values_that_open(thief, subject, shares_in(club.vault)) == []


def test_a_level_key_of_an_old_list_is_the_same_half_and_no_more(club: Club) -> None:
    before = subject_of(club, WANG).level_keys
    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)
    listed = (club.root / "keys/keys.yaml").read_text()

    assert len(before) == len(re.findall(r"(?m)^ +commit:", listed)) == 3
