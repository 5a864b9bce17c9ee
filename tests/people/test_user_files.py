"""A user's own files: where they lie, and that nobody else reads the secret ones."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from memberarc.errors import DuplicateError, FileError, InvalidRecordError, SettingsError
from memberarc.people.private_files import replace, write_new
from memberarc.people.user_files import read_secret, user_files, write_vaults

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"


def test_files_lie_where_the_platform_says(isolated_user: Path) -> None:
    files = user_files({})

    assert files.identity == isolated_user / "config/memberarc/identity.txt"
    assert files.signing_key == isolated_user / "config/memberarc/signing_key"
    assert files.settings(ARCHIVE) == isolated_user / f"config/memberarc/archives/{ARCHIVE}.yaml"
    assert files.key_pin(ARCHIVE) == isolated_user / f"state/memberarc/{ARCHIVE}/keys.yaml"
    assert files.vaults(ARCHIVE) == (isolated_user / f"data/memberarc/vaults/{ARCHIVE}",)


def test_the_environment_wins_over_the_usual_places(isolated_user: Path) -> None:
    files = user_files(
        {
            "MEMBERARC_IDENTITY": "~/keys/mine.txt",
            "MEMBERARC_SIGNING_KEY": "/keys/signing",
            "MEMBERARC_VAULT": os.pathsep.join(["/near/vault", "~/far"]),
        }
    )
    write_vaults(files.settings(ARCHIVE), vaults=(Path("/settings/vault"),))

    assert files.identity == isolated_user / "keys/mine.txt"
    assert files.signing_key == Path("/keys/signing")
    assert files.vaults(ARCHIVE) == (Path("/near/vault"), isolated_user / "far")


def test_the_settings_of_an_archive_name_its_vaults() -> None:
    files = user_files({})
    vaults = (Path("/near/vault"), Path("/far/会员 vault"))

    write_vaults(files.settings(ARCHIVE), vaults=vaults)

    assert files.vaults(ARCHIVE) == vaults
    assert files.settings(ARCHIVE).read_bytes().startswith(b"format: archive-settings/1\nvaults:\n")
    assert files.vaults("another") == (files.default_vault("another"),)


def test_the_settings_say_which_replica_lies_where() -> None:
    files = user_files({})
    near, far = Path("/near/vault"), Path("/media/盘/vault")

    write_vaults(files.settings(ARCHIVE), vaults=(near, far), replica_ids={far: "k" * 26})

    assert files.vaults(ARCHIVE) == (near, far)
    assert files.replica_ids(ARCHIVE) == {near: "", far: "k" * 26}
    assert files.replica_ids("another") == {}


@pytest.mark.parametrize(
    "content",
    [
        b"format: archive-settings/2\nvaults:\n  - /a\n",
        b"format: archive-settings/1\n",
        b"format: archive-settings/1\nvaults: /a\n",
        b"format: archive-settings/1\nvaults:\n  - 7\n",
        b'format: archive-settings/1\nvaults:\n  - ""\n',
        b"format: archive-settings/1\nvaults:\n  - replica: k\n",
        b"format: archive-settings/1\nvaults:\n  - directory: /a\n    replica: 7\n",
        b"format: archive-settings/1\nvaults:\n  - directory: /a\n    id: k\n",
        b'format: archive-settings/1\nvaults:\n  - directory: /a\n    replica: "../../k"\n',
        b"format: archive-settings/1\nvaults:\n  - /a\nvault: /b\n",
    ],
)
def test_wrong_settings_are_refused(content: bytes) -> None:
    files = user_files({})
    write_vaults(files.settings(ARCHIVE), vaults=(Path("/a"),))
    files.settings(ARCHIVE).write_bytes(content)

    with pytest.raises(SettingsError, match="archive-settings/1"):
        files.vaults(ARCHIVE)


def test_two_directories_are_not_one_replica() -> None:
    files = user_files({})
    ids = {Path("/a"): "k" * 26, Path("/b"): "k" * 26}
    write_vaults(files.settings(ARCHIVE), vaults=ids, replica_ids=ids)

    with pytest.raises(SettingsError, match="one replica of the vault"):
        files.vaults(ARCHIVE)


def test_settings_that_are_no_yaml_are_refused() -> None:
    files = user_files({})
    write_vaults(files.settings(ARCHIVE), vaults=(Path("/a"),))
    files.settings(ARCHIVE).write_bytes(b"format: [\n")

    with pytest.raises(InvalidRecordError):
        files.vaults(ARCHIVE)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o666])
def test_a_secret_others_may_read_is_refused_with_the_remedy(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "identity.txt"
    write_new(path, b"secret")
    assert read_secret(path) == b"secret"

    path.chmod(mode)

    with pytest.raises(SettingsError) as caught:
        read_secret(path)
    assert caught.value.hint == f"chmod 600 {path}"
    with pytest.raises(FileError):
        read_secret(tmp_path / "none")


@pytest.mark.parametrize("mode", [0o755, 0o700])
def test_a_folder_is_no_secret_whoever_may_look_into_it(tmp_path: Path, mode: int) -> None:
    (tmp_path / "memberarc").mkdir()
    (tmp_path / "memberarc").chmod(mode)

    with pytest.raises(SettingsError, match="this is a folder") as caught:
        read_secret(tmp_path / "memberarc")
    assert caught.value.hint == f"name the file: {tmp_path}/memberarc/FILE"


def test_a_new_file_replaces_nothing_and_follows_no_link(tmp_path: Path) -> None:
    write_new(tmp_path / "a", b"first")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")

    for name in ("a", "link"):
        with pytest.raises(DuplicateError):
            write_new(tmp_path / name, b"second")

    assert (tmp_path / "a").read_bytes() == b"first"
    assert not (tmp_path / "elsewhere").exists()


def test_a_replaced_file_is_private_and_leaves_no_spare(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o644)

    replace(tmp_path / "a", b"new")

    assert (tmp_path / "a").read_bytes() == b"new"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    with pytest.raises(FileError, match="cannot write"):
        replace(tmp_path / "none" / "a", b"new")


def test_naming_the_vaults_anew_keeps_the_store_of_documents() -> None:
    files = user_files({})
    settings = files.settings(ARCHIVE)
    settings.parent.mkdir(parents=True)
    settings.write_text('format: archive-settings/1\nvaults:\n  - "/a"\ndocuments: "/store"\n')

    write_vaults(settings, vaults=(Path("/b"),))

    assert files.vaults(ARCHIVE) == (Path("/b"),)
    assert files.documents(ARCHIVE) == Path("/store")
    assert user_files({"MEMBERARC_DOCUMENTS": "/other"}).documents(ARCHIVE) == Path("/other")
