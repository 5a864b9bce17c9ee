"""F2: an approval says whether its signer saw what it is about, or its shape only."""

from __future__ import annotations

import yaml

from disposal.test_purge_requests import ASK, CERTIFICATE, WANG, Office, two

__all__ = ["two"]


def test_who_asks_has_opened_every_version_and_who_approves_has_not(two: Office) -> None:
    two.run(*ASK, status=10)
    two.run("purge", "approve", WANG, by="li")
    two.run("purge", "resume", WANG)

    paper = yaml.safe_load((two.club.root / CERTIFICATE).read_text())

    views = {one["person"]: one["text"].splitlines()[-1] for one in paper["approvals"]}
    assert views == {"admin": "view full", "li": "view shape"}


def test_what_is_approved_is_shown_before_and_names_nobody(two: Office) -> None:
    two.run(*ASK, status=10)

    told = two.run("purge", "approve", WANG, "--dry-run", by="li")

    assert WANG in told.stdout + told.stderr
    assert "member_request" in told.stdout + told.stderr
    assert "王小明" not in told.stdout + told.stderr
