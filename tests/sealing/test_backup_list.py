"""The list of backups in the vault: strict entries, joined from all replicas."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from memberarc.errors import UnsafeVaultError, VaultError
from memberarc.sealing.vault.backup_list import (
    Backup,
    Destroyed,
    listed_backups,
    note_backup,
    overdue_backups,
    parse_backup,
    put_backup,
    standing_backups,
    write_backup,
)
from memberarc.sealing.vault.fences import Fence
from memberarc.sealing.vault.replica import Vault, create_vault
from memberarc.sealing.vault.replicas import Replicas

BACKUP = Backup(
    id="k5x2w7n3q4v6t2zb",
    kind="backup",
    made="2026-11-03T04:00:00Z",
    expires="2026-12-03",
    recipients=("zhang", "age1abc"),
)
ESCROW = Backup(
    id="zzx2w7n3q4v6t2zb",
    kind="escrow",
    made="2026-11-04T04:00:00Z",
    expires="2027-11-03",
    custodians=3,
    threshold=2,
)
GONE = Destroyed(day="2026-12-01", person="zhang")


def replicas_of(*vaults: Vault) -> Replicas:
    return Replicas(vaults, clock=lambda: datetime(2026, 11, 3, tzinfo=UTC))


@pytest.fixture
def replica(vault: Vault, tmp_path: Path) -> Vault:
    return create_vault(tmp_path / "second", archive=vault.archive, vault_id=vault.vault_id)


@pytest.mark.parametrize("backup", [BACKUP, ESCROW, replace(ESCROW, destroyed=GONE)])
def test_an_entry_is_read_back_as_it_was_written(backup: Backup) -> None:
    assert parse_backup(write_backup(backup), path="x") == backup


def test_an_entry_has_the_bytes_of_the_format() -> None:
    assert write_backup(replace(BACKUP, destroyed=GONE)).decode() == (
        "format: backup/1\n"
        "id: k5x2w7n3q4v6t2zb\n"
        "kind: backup\n"
        'made: "2026-11-03T04:00:00Z"\n'
        'expires: "2026-12-03"\n'
        "recipients:\n"
        "  - zhang\n"
        "  - age1abc\n"
        "destroyed:\n"
        '  day: "2026-12-01"\n'
        "  person: zhang\n"
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("backup/1", "backup/2"),
        ("kind: backup", "kind: copy"),
        ("k5x2w7n3q4v6t2zb", "K5X2"),
        ("04:00:00Z", "04:00:00+08:00"),
        ("2026-12-03", "20261203"),
        ("2026-12-03", "2026-13-03"),
        ("2026-11-03T04", "2026-11-33T04"),
        ("  - zhang", "  - 7"),
        ("recipients", "readers"),
        ("format", "# a comment\nformat"),
    ],
)
def test_any_other_bytes_are_no_entry(old: str, new: str) -> None:
    content = write_backup(BACKUP).decode()
    assert old in content

    with pytest.raises(VaultError, match="not an entry"):
        parse_backup(content.replace(old, new).encode(), path="x")


def test_a_vault_without_a_list_has_no_backups(vault: Vault) -> None:
    assert listed_backups([vault]) == ()


def test_every_replica_lists_a_backup_and_nobody_else_may_read_it(
    vault: Vault, replica: Vault
) -> None:
    note_backup(replicas_of(vault, replica), BACKUP)

    for one in (vault, replica):
        path = one.directory / "backups" / f"{BACKUP.id}.yaml"
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert listed_backups([one]) == (BACKUP,)


def test_a_destruction_that_one_replica_knows_counts_for_all(vault: Vault, replica: Vault) -> None:
    note_backup(replicas_of(vault, replica), BACKUP)
    put_backup(replica, replace(BACKUP, destroyed=GONE))

    for order in ((vault, replica), (replica, vault)):
        assert [one.destroyed for one in listed_backups(order)] == [GONE]


def test_a_noted_destruction_is_not_taken_back(vault: Vault) -> None:
    put_backup(vault, replace(BACKUP, destroyed=GONE))
    put_backup(vault, BACKUP)
    put_backup(vault, replace(BACKUP, destroyed=Destroyed(day="2027-01-01", person="li")))

    assert [one.destroyed for one in listed_backups([vault])] == [GONE]


def test_a_purge_asks_for_backups_made_before_it_by_what_became_of_them(vault: Vault) -> None:
    for backup in (BACKUP, ESCROW):
        put_backup(vault, backup)
    late = "2026-12-31T00:00:00Z"

    last_day, day_after = date(2026, 12, 3), date(2026, 12, 4)
    assert standing_backups([vault], made_by=late, today=last_day) == (BACKUP, ESCROW)
    assert standing_backups([vault], made_by=late, today=day_after) == (ESCROW,)
    assert overdue_backups([vault], made_by=late, today=last_day) == ()
    assert overdue_backups([vault], made_by=late, today=day_after) == (BACKUP,)
    assert standing_backups([vault], made_by=BACKUP.made, today=last_day) == (BACKUP,)

    put_backup(vault, replace(BACKUP, destroyed=GONE))
    assert standing_backups([vault], made_by=late, today=last_day) == (ESCROW,)
    assert overdue_backups([vault], made_by=late, today=day_after) == ()


@pytest.mark.parametrize(
    ("state", "shredded", "opens"),
    [
        ("shredded", "2026-11-03T03:59:59Z", False),
        ("shredded", "2026-11-03T04:00:00Z", True),
        ("certified", "2026-11-03T04:00:01Z", True),
        ("fenced", "", True),
        ("cooling_off", "", False),
    ],
)
def test_a_backup_opens_those_whose_share_was_not_destroyed_before_it_was_made(
    state: str, shredded: str, opens: bool
) -> None:
    times = {"fenced": "2026-11-03T00:00:00Z", **({"shredded": shredded} if shredded else {})}
    fence = Fence(uid="k5x2w7n3q4v6t2zb", request="r", state=state, times=times)

    assert BACKUP.still_opens(fence) == opens
    assert not replace(BACKUP, destroyed=GONE).still_opens(fence)


def test_damage_in_the_list_is_told_and_never_read_as_no_backups(vault: Vault) -> None:
    put_backup(vault, BACKUP)
    path = vault.directory / "backups" / f"{BACKUP.id}.yaml"

    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(VaultError, match="not an entry"):
        listed_backups([vault])

    path.write_bytes(write_backup(ESCROW))
    with pytest.raises(VaultError, match="the entry of another backup"):
        listed_backups([vault])

    path.chmod(0o644)
    with pytest.raises(UnsafeVaultError):
        listed_backups([vault])
