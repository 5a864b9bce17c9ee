"""The suppression list: keyed, expiring, in every replica, and nothing to read for others."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from memberarc.errors import UnsafeVaultError, VaultError
from memberarc.sealing.vault.register import RegisteredReplica, spread_register
from memberarc.sealing.vault.replica import Vault, create_vault
from memberarc.sealing.vault.replicas import Replicas
from memberarc.sealing.vault.suppression import Suppressed, suppress

TODAY = date(2026, 11, 3)
UNTIL = date(2029, 11, 3)
MOBILE, NUMBER = ("mobile", "13800138001"), ("identity number", "110101199001011237")


def replicas_of(*vaults: Vault) -> Replicas:
    return Replicas(vaults, clock=lambda: datetime(2026, 11, 3, tzinfo=UTC))


def put(*vaults: Vault, traits: tuple[tuple[str, str], ...] = (MOBILE, NUMBER)) -> None:
    suppress(replicas_of(*vaults), traits, today=TODAY, until=UNTIL)


@pytest.fixture
def replica(vault: Vault, tmp_path: Path) -> Vault:
    return create_vault(tmp_path / "second", archive=vault.archive, vault_id=vault.vault_id)


def test_a_vault_without_a_list_suppresses_nothing(vault: Vault) -> None:
    suppressed = Suppressed([vault], today=TODAY)

    assert not suppressed
    assert suppressed.matches([MOBILE]) == ()
    assert not (vault.directory / "suppress").exists()


def test_only_the_same_value_of_the_same_kind_matches(vault: Vault) -> None:
    put(vault)

    suppressed = Suppressed([vault], today=TODAY)

    assert suppressed
    assert suppressed.matches([NUMBER, MOBILE]) == ("identity number", "mobile")
    assert suppressed.matches([("mobile", NUMBER[1]), ("mobile", "13800138002")]) == ()


def test_what_has_expired_never_matches_and_is_dropped_at_the_next_write(vault: Vault) -> None:
    put(vault)
    assert Suppressed([vault], today=UNTIL).matches([MOBILE]) == ("mobile",)

    later = UNTIL + timedelta(days=1)
    assert not Suppressed([vault], today=later)

    suppress(replicas_of(vault), [], today=later, until=later)
    assert (vault.directory / "suppress" / "list.txt").read_bytes() == b""


def test_the_files_are_private_and_tell_nothing_of_the_values(vault: Vault) -> None:
    put(vault)
    key, listed = (vault.directory / "suppress" / name for name in ("key", "list.txt"))

    assert [path.stat().st_mode & 0o777 for path in (key.parent, key, listed)] == [
        *(0o700, 0o600, 0o600)
    ]
    text = listed.read_text()
    assert re.fullmatch(r"(2029-11-03 [0-9a-f]{32}\n){2}", text)
    hashes = [line[11:] for line in text.splitlines()]
    assert hashes == sorted(hashes), "their order does not tell who is who"
    assert MOBILE[1] not in text


def test_two_vaults_have_nothing_in_common_that_could_be_compared(
    vault: Vault, tmp_path: Path
) -> None:
    other = create_vault(tmp_path / "other", archive=vault.archive)
    put(vault)
    put(other)

    lists = [
        {line[11:] for line in (one.directory / "suppress/list.txt").read_text().splitlines()}
        for one in (vault, other)
    ]
    assert lists[0].isdisjoint(lists[1])


def test_every_replica_gets_the_same_lines(vault: Vault, replica: Vault) -> None:
    put(vault, replica)

    for name in ("key", "list.txt"):
        assert (vault.directory / "suppress" / name).read_bytes() == (
            replica.directory / "suppress" / name
        ).read_bytes()


def test_a_replica_that_was_away_is_brought_up_at_the_next_write(
    vault: Vault, replica: Vault
) -> None:
    put(vault)

    put(vault, replica, traits=())

    assert Suppressed([replica], today=TODAY).matches([MOBILE]) == ("mobile",)


def test_replicas_that_were_apart_both_count_though_their_keys_differ(
    vault: Vault, replica: Vault
) -> None:
    put(vault, traits=(MOBILE,))
    put(replica, traits=(NUMBER,))
    put(vault, replica, traits=())

    suppressed = Suppressed([vault, replica], today=TODAY)

    assert suppressed.matches([MOBILE, NUMBER]) == ("mobile", "identity number")


def test_the_later_day_counts_and_a_repetition_changes_nothing(vault: Vault) -> None:
    put(vault)
    listed = vault.directory / "suppress" / "list.txt"
    before = listed.read_bytes()

    put(vault)
    suppress(replicas_of(vault), [MOBILE], today=TODAY, until=date(2027, 1, 1))

    assert listed.read_bytes() == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("list.txt", b"2029-11-03 abc\n"),
        ("list.txt", b"2029-13-03 00000000000000000000000000000000\n"),
        ("list.txt", b"2029-11-03 00000000000000000000000000000000"),
        ("list.txt", b"\xff\n"),
        ("key", b"AAAA\n"),
        ("key", b"rubbish"),
    ],
)
def test_a_damaged_list_is_told_and_never_read_as_empty(
    vault: Vault, name: str, content: bytes
) -> None:
    put(vault)
    (vault.directory / "suppress" / name).write_bytes(content)

    with pytest.raises(VaultError, match="damaged"):
        Suppressed([vault], today=TODAY)


def test_a_list_without_its_key_is_damage(vault: Vault) -> None:
    put(vault)
    (vault.directory / "suppress" / "key").unlink()

    with pytest.raises(VaultError, match="key of the suppression list is missing"):
        Suppressed([vault], today=TODAY)


def test_a_list_others_may_read_is_refused(vault: Vault) -> None:
    put(vault)
    (vault.directory / "suppress" / "list.txt").chmod(0o640)

    with pytest.raises(UnsafeVaultError):
        Suppressed([vault], today=TODAY)


def test_the_half_deleted_list_of_a_retired_replica_stops_nobody(
    vault: Vault, replica: Vault
) -> None:
    put(vault, replica)
    (replica.directory / "suppress" / "key").unlink()
    retired = RegisteredReplica(replica=replica.replica, added="2026-11-03", retired="2026-11-03")
    with pytest.raises(VaultError, match="key of the suppression list is missing"):
        put(vault, replica)
    spread_register(vault, {retired.replica: retired}, today=TODAY)

    put(vault, replica, traits=(("mobile", "13900139001"),))

    suppressed = Suppressed(replicas_of(vault, replica).counting, today=TODAY)
    assert suppressed.matches([MOBILE, ("mobile", "13900139001")]) == ("mobile", "mobile")
