"""The vault: shares that are there when needed, and only where they are safe."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from memberarc.errors import (
    DuplicateError,
    FileError,
    ForeignVaultError,
    ShareMissingError,
    ShareRottenError,
    UnsafeVaultError,
    VaultError,
)
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.vault.replica import Vault, create_vault, open_vault
from memberarc.sealing.vault.share_lines import ShareText, read_share, share_line

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
UID, OTHER_UID = "k5x2w7n3q4v6t2zb", "p3d7hq2mlx5cva6r"


def reopened(vault: Vault) -> Vault:
    return open_vault(vault.directory, archive=ARCHIVE, vault_id=vault.vault_id)


def write_segment(vault: Vault, *lines: bytes) -> Path:
    path = vault.segments / "by-hand.txt"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    path.chmod(0o600)
    return path


def test_a_share_is_there_for_every_later_process(vault: Vault) -> None:
    shares = vault.provision([UID, OTHER_UID])

    assert reopened(vault).shares(UID) == (shares[UID],)
    assert vault.shares(OTHER_UID) == (shares[OTHER_UID],)
    assert len(set(shares.values())) == 2


def test_files_are_for_their_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    old = os.umask(0o000)
    try:
        vault = create_vault(tmp_path / "a" / "vault", archive=ARCHIVE)
        vault.provision([UID])
    finally:
        os.umask(old)

    modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in vault.directory.rglob("*")}
    assert modes == {True: 0o700, False: 0o600}
    assert vault.directory.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("name", [".", "vault.yaml", "segments", "shards", "fences"])
def test_a_vault_others_may_read_is_refused_with_the_remedy(vault: Vault, name: str) -> None:
    path = vault.directory / name
    path.chmod(path.stat().st_mode | 0o040)

    with pytest.raises(UnsafeVaultError) as caught:
        reopened(vault)

    subprocess.run(caught.value.hint.split(), check=True)
    assert reopened(vault).vault_id == vault.vault_id


def test_a_segment_others_may_read_is_refused(vault: Vault) -> None:
    vault.provision([UID])
    next(vault.segments.iterdir()).chmod(0o644)

    with pytest.raises(UnsafeVaultError):
        reopened(vault).shares(UID)


@pytest.mark.parametrize(
    "mark", [".git/", ".git", ".stfolder/", ".dropbox", ".dropbox.cache/"], ids=str
)
def test_a_folder_that_keeps_versions_is_refused(tmp_path: Path, mark: str) -> None:
    if mark.endswith("/"):
        (tmp_path / mark).mkdir()
    else:
        (tmp_path / mark).touch()

    with pytest.raises(UnsafeVaultError, match="keeps what is deleted"):
        create_vault(tmp_path / "a" / "vault", archive=ARCHIVE)
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    "name",
    [
        "Dropbox",
        "Dropbox (Example)",
        "OneDrive - Example",
        "onedrive",
        "iCloudDrive",
        "Library/Mobile Documents/com~apple~CloudDocs",
        "Library/CloudStorage/Box-Box",
        "GoogleDrive-me@example.org",
        "Google Drive",
        "Nextcloud",
        "ownCloud - Example",
        "Seafile",
        "坚果云",
        "Nutstore Files",
        "BaiduSyncdisk",
        "百度网盘",
        "WPS云盘",
        "pCloudDrive",
        "MEGA",
        "Box",
        "SynologyDrive",
    ],
)
def test_a_synchronised_folder_is_known_by_its_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(UnsafeVaultError):
        create_vault(tmp_path / name / "vault", archive=ARCHIVE)


@pytest.mark.parametrize("name", ["Box 3 of 12", "Megaphone", "boxes", "seafiles"])
def test_a_name_that_only_begins_alike_is_no_synchronised_folder(tmp_path: Path, name: str) -> None:
    create_vault(tmp_path / name / "vault", archive=ARCHIVE)


@pytest.mark.parametrize("mark", [".sync_1a2b3c.db", "._sync_1a2b3c.db", ".hg", ".svn", ".jj"])
def test_what_a_synchroniser_leaves_in_its_folder_tells_of_it(tmp_path: Path, mark: str) -> None:
    (tmp_path / mark).touch()

    with pytest.raises(UnsafeVaultError, match="keeps what is deleted"):
        create_vault(tmp_path / "a" / "vault", archive=ARCHIVE)


def test_a_place_where_no_vault_can_be_made_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(FileError):
        create_vault(tmp_path / "file" / "vault", archive=ARCHIVE)


def test_a_folder_in_a_real_work_tree_or_bare_repository_is_refused(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", tmp_path / "tree"], check=True)
    subprocess.run(["git", "init", "-q", "--bare", tmp_path / "bare"], check=True)

    for place in ("tree/vault", "tree/.git/vault", "bare/vault"):
        with pytest.raises(UnsafeVaultError):
            create_vault(tmp_path / place, archive=ARCHIVE)


def test_a_vault_moved_into_a_work_tree_is_refused_when_opened(vault: Vault) -> None:
    subprocess.run(["git", "init", "-q", vault.directory.parent], check=True)

    with pytest.raises(UnsafeVaultError):
        reopened(vault)


def test_a_link_into_a_synchronised_folder_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "Dropbox").mkdir()
    (tmp_path / "harmless").symlink_to(tmp_path / "Dropbox")

    with pytest.raises(UnsafeVaultError):
        create_vault(tmp_path / "harmless" / "vault", archive=ARCHIVE)


def test_only_the_vault_the_manifest_names_is_opened(vault: Vault, tmp_path: Path) -> None:
    other = create_vault(tmp_path / "other", archive=ARCHIVE)

    with pytest.raises(ForeignVaultError):
        open_vault(other.directory, archive=ARCHIVE, vault_id=vault.vault_id)
    with pytest.raises(ForeignVaultError):
        open_vault(vault.directory, archive="nbswy3dpeb3w64tmmqxg2ylson", vault_id=vault.vault_id)


def test_a_replica_has_the_same_vault_id_and_its_own(vault: Vault, tmp_path: Path) -> None:
    replica = create_vault(tmp_path / "replica", archive=ARCHIVE, vault_id=vault.vault_id)

    assert replica.vault_id == vault.vault_id
    assert replica.replica != vault.replica


def test_no_vault_and_half_a_vault_are_told(vault: Vault, tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="no vault here"):
        open_vault(tmp_path / "nowhere", archive=ARCHIVE, vault_id=vault.vault_id)
    with pytest.raises(DuplicateError):
        create_vault(vault.directory, archive=ARCHIVE)
    (vault.directory / "vault.yaml").write_bytes(b"format: vault/2\n")
    with pytest.raises(VaultError, match="vault/1"):
        reopened(vault)
    (vault.directory / "vault.yaml").write_bytes(b"format: [\n")
    with pytest.raises(VaultError):
        reopened(vault)


def test_a_uid_without_share_is_missing_and_no_uid_at_all_is_too(vault: Vault) -> None:
    for uid in (UID, "../../vault", "", "k5x2"):
        with pytest.raises(ShareMissingError):
            vault.shares(uid)


def test_what_is_no_uid_gets_no_share_and_nothing_is_written(vault: Vault) -> None:
    for uid in ("../evil", "k5x2w7n3q4v6t8zb", f"{UID}\n"):
        with pytest.raises(ValueError, match="not a uid"):
            vault.provision([OTHER_UID, uid])

    assert [*vault.segments.iterdir()] == []


def test_a_share_provisioned_meanwhile_is_found(vault: Vault) -> None:
    vault.provision([UID])
    early = reopened(vault)
    early.shares(UID)

    share = vault.provision([OTHER_UID])[OTHER_UID]

    assert early.shares(OTHER_UID) == (share,)


def test_a_share_compacted_meanwhile_is_found(vault: Vault) -> None:
    shares = vault.provision([UID, OTHER_UID])
    early = reopened(vault)
    early.shares(UID)

    vault.compact()

    assert early.shares(OTHER_UID) == (shares[OTHER_UID],)


@pytest.mark.parametrize("damage", [b"x", b"", b"A" * 43])
def test_a_rotten_line_is_told_from_a_missing_one(vault: Vault, damage: bytes) -> None:
    line = share_line(UID, share=bytes(range(32)), archive=ARCHIVE)
    write_segment(vault, line.replace(line[20:63], damage))

    with pytest.raises(ShareRottenError):
        vault.shares(UID)


def test_any_changed_bit_of_a_line_is_noticed(vault: Vault) -> None:
    line = share_line(UID, share=bytes(range(32)), archive=ARCHIVE)

    for place in range(len(line)):
        write_segment(vault, line[:place] + bytes([line[place] ^ 1]) + line[place + 1 :])
        with pytest.raises((ShareRottenError, ShareMissingError)):
            reopened(vault).shares(UID)


def test_a_line_that_names_another_member_is_not_ones_own() -> None:
    line = share_line(UID, share=bytes(range(32)), archive=ARCHIVE)

    assert read_share(line, archive=ARCHIVE, uid=UID) == bytes(range(32))
    assert read_share(line.replace(UID.encode(), b"k" * 16), archive=ARCHIVE, uid=UID) is None


def test_a_sound_line_serves_beside_a_rotten_one(vault: Vault) -> None:
    line = share_line(UID, share=bytes(range(32)), archive=ARCHIVE)
    write_segment(vault, line[:-1] + b"x", line, line)

    assert vault.shares(UID) == (bytes(range(32)),)


def test_of_two_shares_the_record_decides(vault: Vault) -> None:
    first, second = vault.provision([UID])[UID], vault.provision([UID])[UID]

    assert set(vault.shares(UID)) == {first, second}
    for share in (first, second):
        assert vault.share(UID, commitment=record_commitment(share)) == share
    with pytest.raises(ShareMissingError, match="not the one"):
        vault.share(UID, commitment="0" * 16)


def test_what_a_killed_provision_leaves_is_no_share(vault: Vault) -> None:
    leftover = vault.segments / ".abc.txt.0011223344556677.tmp"
    leftover.write_bytes(share_line(UID, share=bytes(32), archive=ARCHIVE))
    leftover.chmod(0o600)

    with pytest.raises(ShareMissingError):
        vault.shares(UID)
    assert [problem.rule for problem in vault.problems()] == ["vault-leftover"]


def test_a_folder_that_cannot_be_written_is_told(vault: Vault) -> None:
    vault.segments.rename(vault.directory / "gone")
    vault.segments.touch()

    with pytest.raises(FileError):
        vault.provision([UID])


def test_processes_that_provision_at_once_lose_nothing(vault: Vault, tmp_path: Path) -> None:
    script = tmp_path / "provision.py"
    script.write_text(
        "import sys\n"
        "from pathlib import Path\n"
        "from memberarc.archive.identifiers import new_uid\n"
        "from memberarc.sealing.vault.replica import open_vault\n"
        f"vault = open_vault(Path({str(vault.directory)!r}), archive={ARCHIVE!r},"
        f" vault_id={vault.vault_id!r})\n"
        "for number in range(25):\n"
        "    (uid, share), = vault.provision([new_uid()]).items()\n"
        "    print(uid, share.hex())\n"
        "    if number % 10 == 9:\n"
        "        vault.compact()\n"
    )
    running = [
        subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [process.communicate()[0] for process in running]

    assert [process.returncode for process in running] == [0, 0, 0]
    after = reopened(vault)
    given = [line.split() for output in told for line in output.splitlines()]
    assert len(given) == 75
    for uid, share in given:
        assert after.shares(uid) == (bytes.fromhex(share),)
    assert after.problems() == []


def test_searching_and_indexing_lines_find_the_same() -> None:
    uids = [f"k{number:015}".replace("0", "a").replace("1", "b") for number in range(200)]
    uids = [uid.replace("8", "c").replace("9", "d") for uid in uids]
    lines = [share_line(uid, share=bytes(32), archive=ARCHIVE) for uid in uids]
    searched, indexed = ShareText([b"\n".join(lines)]), ShareText([b"\n".join(lines)])
    for uid in uids:
        indexed.lines_for(uid)

    for uid in uids[:16]:
        assert searched.lines_for(uid) == indexed.lines_for(uid) != []
    assert indexed.lines_for("kzzzzzzzzzzzzzzz") == []
