"""What lies beside git when a member is purged: backups of the vault, a store of documents."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from builders import WANG, Club
from disposal.killed_purge import STEPS
from disposal.test_purge_resumes import KILLER

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
CERTIFICATE = f"tombstones/2026/0000/{WANG}.certificate.yaml"


def certificate(club: Club) -> dict[str, object]:
    told: dict[str, object] = yaml.safe_load((club.root / CERTIFICATE).read_text())
    return told


def test_the_certificate_lists_backups_that_still_hold_the_share_until_they_expire(
    club: Club, tmp_path: Path
) -> None:
    made = club.run("vault", "backup", str(tmp_path / "one.age"), "--days", "90").stdout.strip()
    gone = club.run("vault", "backup", str(tmp_path / "two.age"), "--days", "30").stdout.strip()
    club.run("vault", "backup-destroyed", gone, "--yes")

    club.run(*PURGE)

    assert certificate(club)["vault_backups"] == [
        {"id": made, "kind": "backup", "made": "2026-11-03T04:00:00Z", "expires": "2027-02-01"}
    ]
    english = club.run("purge", "certificate", WANG, "--language", "en").stdout
    assert "Vault backups expire by 2027-02-01." in english
    assert made in english
    assert gone not in english


def test_without_any_backup_the_page_says_no_more_than_the_list_tells(club: Club) -> None:
    club.run(*PURGE)

    assert "vault_backups" not in certificate(club)
    english = club.run("purge", "certificate", WANG, "--language", "en").stdout
    assert "as far as the vault's own list tells" in english


@pytest.fixture
def store(club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store outside git with a document of the member in it."""
    folder = tmp_path / "store"
    folder.mkdir()
    monkeypatch.setenv("MEMBERARC_DOCUMENTS", str(folder))
    manifest = club.root / "memberarc.yaml"
    manifest.write_text(f"{manifest.read_text()}document_limit: 4000\n")
    club.commit_by_hand("limit")
    large = tmp_path / "large.bin"
    large.write_bytes(b"x" * 5000)
    club.run("document", "add", WANG, str(large), "--level", "secret", "--title", "录像")
    assert [path for path in folder.rglob("*") if path.is_file()]
    return folder


def test_the_store_is_emptied_of_the_member(club: Club, store: Path) -> None:
    club.run(*PURGE)

    assert [path for path in store.rglob("*") if path.is_file()] == []
    assert "stores_of_documents_elsewhere" in str(certificate(club)["not_checked"])


@pytest.mark.parametrize("step", ["share destroyed", "tombstone committed"])
def test_a_purge_that_was_killed_before_empties_it_when_it_goes_on(
    club: Club, store: Path, step: str
) -> None:
    number = str(STEPS.index(step) + 1)
    done = subprocess.run([sys.executable, KILLER, number, *PURGE], cwd=club.root)
    assert done.returncode == -signal.SIGKILL
    assert [path for path in store.rglob("*") if path.is_file()]

    club.run("purge", "resume")

    assert [path for path in store.rglob("*") if path.is_file()] == []
    assert club.problems("verify") == []


def test_a_store_that_is_away_does_not_keep_a_purge_back(club: Club, store: Path) -> None:
    store.rename(store.with_name("unplugged"))

    club.run(*PURGE)

    assert "stores_of_documents_elsewhere" in str(certificate(club)["not_checked"])
