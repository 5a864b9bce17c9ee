"""A10: a backup is encrypted and not signed: what a forged one says closes and retires nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import ZENG, Club
from disposal.attempts import shares_in
from memberarc.archive.opened import open_archive
from memberarc.sealing.age.crypt import encrypt, load_identities
from memberarc.sealing.vault.backup import VaultContents, write_contents
from memberarc.sealing.vault.backup_list import Backup
from memberarc.sealing.vault.fences import Fence
from memberarc.sealing.vault.register import RegisteredReplica


def forged(
    club: Club,
    file: Path,
    *,
    fenced: tuple[str, ...] = (),
    replica: RegisteredReplica | None = None,
) -> Path:
    """Write what whoever knows the public ids and one recipient can write."""
    manifest = open_archive(club.root).manifest
    backup = Backup(
        id="abcdefghijklmnop",
        kind="backup",
        made="2026-01-01T00:00:00Z",
        expires="2030-01-01",
        recipients=("admin",),
    )
    fences = {
        uid: Fence(
            uid=uid, request="x" * 26, state="certified", times={"fenced": "2026-01-01T00:00:00Z"}
        )
        for uid in fenced
    }
    contents = VaultContents(
        archive=manifest.archive,
        vault_id=manifest.vault,
        backup=backup,
        shares={},
        fences=fences,
        backups={backup.id: backup},
        replicas={replica.replica: replica} if replica else {},
    )
    identities = load_identities(club.identity, asker=lambda _: None)
    file.write_bytes(encrypt(write_contents(contents), recipients=identities.recipients))
    return file


def test_fences_nobody_here_knows_of_are_named_and_asked_about(club: Club, tmp_path: Path) -> None:
    uid = club.uid(ZENG)
    file = forged(club, tmp_path / "forged.age", fenced=(uid,))
    before = club.fingerprint()

    for more in ((), ("--into", str(tmp_path / "new")), ("-n",)):
        told = club.run("vault", "restore", str(file), *more, status=9)
        assert f"close {ZENG} for ever" in told.stderr

    assert club.fingerprint() == before
    assert not (tmp_path / "new").exists()


def test_even_taken_in_they_close_and_destroy_nobody(club: Club, tmp_path: Path) -> None:
    club.run("vault", "add-replica", str(tmp_path / "safe"))
    file = forged(club, tmp_path / "forged.age", fenced=(club.uid(ZENG),))
    shares = shares_in(club.vault)

    club.run("vault", "restore", str(file), "--yes")
    told = club.run("vault", "sync")

    assert "knows no purge of them" in told.stderr
    assert shares_in(club.vault) == shares_in(tmp_path / "safe") == shares


@pytest.mark.parametrize("uid", ["../../../evil", "K5X2W7N3Q4V6T2ZB", ""])
def test_a_fence_of_no_uid_is_no_fence(club: Club, tmp_path: Path, uid: str) -> None:
    file = forged(club, tmp_path / "forged.age", fenced=(uid,))

    told = club.run("vault", "restore", str(file), status=6)

    assert "no backup of a vault" in told.stderr


@pytest.mark.parametrize("name", ["../../precious", "../vault", "x"])
def test_a_replica_whose_id_is_a_path_is_none(club: Club, tmp_path: Path, name: str) -> None:
    (club.vault.parent / "precious.yaml").write_text("mine")
    before = club.fingerprint()
    entry = RegisteredReplica(replica=name, added="2026-01-01", label="owned")
    file = forged(club, tmp_path / "forged.age", replica=entry)

    club.run("vault", "restore", str(file), status=6)

    assert club.fingerprint() == before
    assert (club.vault.parent / "precious.yaml").read_text() == "mine"


def test_a_replica_that_counts_is_not_retired_by_a_file(club: Club, tmp_path: Path) -> None:
    club.run("vault", "add-replica", str(tmp_path / "safe"))
    [_, safe] = [one["replica"] for one in club.json("vault", "status")["replicas"]]
    entry = RegisteredReplica(replica=safe, added="2026-01-01", label="safe", retired="2026-01-02")
    file = forged(club, tmp_path / "forged.age", replica=entry)

    told = club.run("vault", "restore", str(file), status=9)

    assert "safe was retired, and no replica here knows of that" in told.stderr
    assert club.problems("vault", "status") == []
