"""B8: a level key and a share make values; who made one is told by commits, not by the value."""

from __future__ import annotations

import re
from pathlib import Path

from builders import WANG, Club
from disposal.attempts import shares_in, subject_of
from memberarc.sealing.derivation import member_key
from memberarc.sealing.value import Address, seal_value

RECORD = f"members/2026/0000/{WANG}.yaml"


def test_a_value_made_with_a_script_opens_and_its_commit_tells_who_brought_it(club: Club) -> None:
    subject, shares = subject_of(club, WANG), shares_in(club.vault)
    place = {"archive": club.archive, "uid": subject.uid, "level": "internal", "epoch": 1}
    secret = subject.level_keys["internal", 1]
    key = member_key(secret, shares[subject.uid], **place, purpose="value")  # type: ignore[arg-type]
    address = Address(**place, path=("contact", "mobile"))  # type: ignore[arg-type]
    forged = seal_value("13100131000", key=key, address=address)
    club.edit(RECORD, r"(?m)(?<=^  mobile: )enc:\S+$", forged)
    club.git("config", "user.email", "mallory@example.org")
    club.git("add", "--all")
    author = "Mallory <mallory@example.org>"
    club.git("commit", "--quiet", "--author", author, "--message", "by hand")

    assert club.problems("verify") == []
    assert re.match(r".* by mallory@example\.org, commit \w+\n", club.run("log", WANG).stdout)


def test_the_documentation_says_so() -> None:
    page = (Path(__file__).parents[2] / "docs/security.md").read_text("utf-8")

    assert "Whoever holds a level key and the vault can write values of that level" in page
