"""The certificate says what was done and checked, and stock tools verify it."""

from __future__ import annotations

import re
import subprocess
from hashlib import sha256
from pathlib import Path

import pytest
import yaml

from builders import NOW, WANG, Club, add, git, run
from disposal.attempts import objects
from memberarc.disposal.certificate import NOT_CHECKED

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
STONE = f"tombstones/2026/0000/{WANG}.yaml"
CERTIFICATE = f"tombstones/2026/0000/{WANG}.certificate.yaml"


def signed_by(club: Club, content: bytes, signature: bytes, namespace: str, folder: Path) -> bool:
    """Ask the stock ssh-keygen whether an administrator of the policy signed this."""
    access = yaml.safe_load((club.root / "policy" / "access.yaml").read_text())
    [person] = access["people"]
    (folder / "allowed").write_text(f"{person['id']} {person['signing_keys'][0]}\n")
    (folder / "signature").write_bytes(signature)
    files = ["-f", folder / "allowed", "-s", folder / "signature"]
    command = ["ssh-keygen", "-Y", "verify", "-I", person["id"], "-n", namespace, *files]
    return subprocess.run(command, input=content, capture_output=True).returncode == 0


@pytest.fixture
def purged(club: Club) -> Club:
    club.run("update", WANG, "--set", "categories.value=B")
    club.run(*PURGE)
    return club


def test_stock_ssh_keygen_verifies_the_certificate(purged: Club, tmp_path: Path) -> None:
    content = (purged.root / CERTIFICATE).read_bytes()
    signature = (purged.root / f"{CERTIFICATE}.sig").read_bytes()
    namespace = "memberarc-certificate@m1"

    assert signed_by(purged, content, signature, namespace, tmp_path)
    assert not signed_by(purged, content + b" ", signature, namespace, tmp_path)
    assert not signed_by(purged, content, signature, "memberarc-keys@m1", tmp_path)


def test_stock_ssh_keygen_verifies_the_approval_in_it(purged: Club, tmp_path: Path) -> None:
    [approval] = yaml.safe_load((purged.root / CERTIFICATE).read_text())["approvals"]

    text, signature = approval["text"].encode(), approval["signature"].encode()

    assert signed_by(purged, text, signature, "memberarc-approve-purge@m1", tmp_path)
    assert approval["person"] == "admin"


def test_the_tombstone_names_the_certificate_and_nothing_more_than_it_must(purged: Club) -> None:
    content = (purged.root / CERTIFICATE).read_bytes()
    stone = yaml.safe_load((purged.root / STONE).read_text())

    assert stone["certificate"] == f"sha256:{sha256(content).hexdigest()}"
    assert {*stone} == {"format", "id", "uid", "purged_on", "request", "policy", "certificate"}
    assert (stone["format"], stone["id"], stone["purged_on"]) == ("tombstone/1", WANG, "2026-11-03")


def test_the_approval_is_of_the_very_tombstone_that_was_committed_first(purged: Club) -> None:
    [approval] = yaml.safe_load((purged.root / CERTIFICATE).read_text())["approvals"]
    facts = dict(line.split(" ", 1) for line in approval["text"].splitlines()[1:])
    stone = purged.git("show", f"HEAD~1:{STONE}").encode()
    result = sha256(f"{STONE}\0100644\0{sha256(stone).hexdigest()}\0".encode()).hexdigest()

    assert facts["result"] == f"sha256:{result}"
    assert facts["act"] == "purge"
    assert facts["base"] == purged.git("rev-parse", "HEAD~2").strip()
    assert facts["archive"] == purged.archive
    assert facts["role"] == "administrator"
    assert facts["not-after"] == "2026-11-10T04:00:00Z"


def test_it_says_who_when_where_and_what_was_checked(purged: Club) -> None:
    told = yaml.safe_load((purged.root / CERTIFICATE).read_text())
    stone = yaml.safe_load((purged.root / STONE).read_text())

    assert (told["id"], told["uid"], told["request"]) == (WANG, stone["uid"], stone["request"])
    assert (told["asked_by"], told["approved_by"], told["executed_by"]) == (
        "admin",
        ["admin"],
        "admin",
    )
    at = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
    steps = ("requested", "approved", "fenced", "shredded", "committed", "certified")
    assert told["times"] == dict.fromkeys(steps, at)
    assert [one["confirmed_at"] for one in told["replicas"]] == [at]
    assert told["not_checked"] == [*NOT_CHECKED]
    assert told["backup_before"] is False
    assert "found_in_organisation_files" not in told


def test_what_was_checked_is_counted_and_not_claimed(club: Club, tmp_path: Path) -> None:
    clone = club.clone(tmp_path / "clone")
    versions = [
        content
        for content in objects(club.root)
        if f"\nuid: {club.uid(WANG)}\n".encode() in content
    ]
    sealed = sum(len(re.findall(rb": enc:m1\.", content)) for content in versions)

    club.run(*PURGE, "--copy", str(clone.root))

    checked = yaml.safe_load((club.root / CERTIFICATE).read_text())["checked"]
    here = git(club.root, "cat-file", "--batch-all-objects", "--batch-check")
    assert checked["versions_tried"] == 2 * len(versions) == 8
    assert checked["values_tried"] == 2 * sealed
    assert checked["values_opened"] == 0
    assert checked["documents_tried"] == 2
    assert checked["copies_given"] == [git(clone.root, "rev-parse", "HEAD").strip()]
    assert checked["second_scan"] is True
    assert len(here.splitlines()) < checked["objects_scanned"] < 2 * len(here.splitlines())


def test_it_says_what_stays_readable(purged: Club) -> None:
    told = yaml.safe_load((purged.root / CERTIFICATE).read_text())

    assert told["remains_in_clear"] == {
        "code": WANG,
        "uid": told["uid"],
        "kind": "individual",
        "opened": 2026,
        "status": "active",
        "branch": "east",
        "categories": {"value": "B"},
        "ledger_rows": 0,
    }


def test_the_rows_of_the_ledger_that_stay_are_counted(club: Club, tmp_path: Path) -> None:
    rows = "code,day,paid\n" + "".join(f"{WANG},2026-01-0{day},1\n" for day in (1, 2, 3))
    (tmp_path / "sheet.csv").write_text(rows)
    (tmp_path / "map.yaml").write_text(
        "format: map/1\ntarget: ledger\nsource: shop\nmember: {column: code, match: id}\n"
        "fields:\n  kind: {value: purchase}\n  date: {column: day}\n  amount: {column: paid}\n"
    )
    club.run("ledger", "import", str(tmp_path / "sheet.csv"), "--map", str(tmp_path / "map.yaml"))

    club.run(*PURGE)

    told = yaml.safe_load((club.root / CERTIFICATE).read_text())
    assert told["remains_in_clear"]["ledger_rows"] == 3
    assert club.problems("check") == []


def test_it_promises_no_more_than_it_knows(purged: Club) -> None:
    text = (purged.root / CERTIFICATE).read_text().lower()

    assert not [word for word in ("gdpr", "compliant", "shredded from disk") if word in text]


def test_the_commits_carry_act_request_and_reason_and_no_name(purged: Club) -> None:
    stone = yaml.safe_load((purged.root / STONE).read_text())
    certify, purge = purged.git("log", "-2", "--format=%B%x00").split("\0")[:2]

    for act, message in (("certify", certify), ("purge", purge)):
        assert f"Memberarc-Act: {act}\n" in message
        assert f"Memberarc-Member: {WANG}\n" in message
        assert f"Memberarc-Request: {stone['request']}\n" in message
        assert "Memberarc-Reason: member_request\n" in message


def test_later_days_change_neither_tombstone_nor_request(club: Club) -> None:
    later = NOW.replace(month=12)
    other = add(club, name="李四")
    words = ("purge", other, "--reason", "duplicate", "--confirm", other)

    run(*words, cwd=club.root, now=later)

    assert "2026-12-03" in (club.root / f"tombstones/2026/0000/{other}.yaml").read_text()
