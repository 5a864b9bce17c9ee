"""F3: who writes himself into the policy has no power by that; one person counts once."""

from __future__ import annotations

from pathlib import Path

import yaml

from builders import WANG, Club
from disposal.test_purge_requests import ASK, Office, two
from memberarc.people.ssh import make_signing_key

__all__ = ["two"]


def test_an_administrator_of_his_own_making_purges_nobody(club: Club, tmp_path: Path) -> None:
    public = make_signing_key(tmp_path / "mallory")
    path = club.root / "policy/access.yaml"
    access = yaml.safe_load(path.read_text())
    access["people"].append({"id": "mallory", "roles": ["administrator"], "signing_keys": [public]})
    path.write_text(yaml.safe_dump(access, sort_keys=False))
    club.commit_by_hand("a new administrator")

    refused = club.run(*ASK, status=6)

    assert "policy/access.yaml" in refused.stderr
    assert club.uid(WANG)


def test_one_person_counts_once_however_often_he_signs(two: Office) -> None:
    two.run(*ASK, status=10)
    two.run(*ASK, status=10)
    two.run("purge", "approve", WANG)

    assert two.state() == "requested"
