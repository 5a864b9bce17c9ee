"""Level keys kept in memory for a while: for whom, where, and until when exactly."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memberarc.errors import SettingsError
from memberarc.sealing.keys import unlocked, unlocked_place
from memberarc.sealing.keys.key_list import KeyList, list_key
from memberarc.sealing.keys.level_keys import LevelKey, new_level_key
from memberarc.sealing.keys.unlocked import (
    Moment,
    Unlocked,
    find_unlocked,
    keep_unlocked,
    lock_all,
    moment_of,
)
from memberarc.sealing.keys.unlocked_place import Place

if TYPE_CHECKING:
    from collections.abc import Iterator

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
KEYS = tuple(new_level_key(level, epoch=1, archive=ARCHIVE) for level in ("internal", "secret"))
LIST = KeyList(
    archive=ARCHIVE,
    number=1,
    access="sha256:" + "0" * 64,
    keys=tuple(
        list_key(key, entry_id=f"k{number}", content=b"", recipients=())
        for number, key in enumerate(KEYS)
    ),
)


@pytest.fixture
def chosen() -> Iterator[Path]:
    """Make a folder in memory, of this user alone."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def place(chosen: Path, tmp_path: Path) -> Place:
    """Say where the keys of an archive are kept."""
    return Place(archive=ARCHIVE, identity=tmp_path / "identity.txt", chosen=chosen)


def keep(place: Place, *, moment: Moment | None = None) -> Unlocked:
    return keep_unlocked(
        place, key_list=LIST, keys=KEYS, length=QUARTER, moment=moment or moment_of(NOW)
    )


def found(place: Place, *, wall: datetime = NOW, key_list: KeyList = LIST) -> tuple[LevelKey, ...]:
    kept = find_unlocked(place, key_list=key_list, wall=wall)
    return kept.keys if kept else ()


def files(chosen: Path) -> list[Path]:
    return [path for path in sorted(chosen.rglob("*")) if path.is_file()]


def test_what_is_kept_is_found_again_until_its_time_is_over(place: Place) -> None:
    kept = keep(place)

    assert kept.until == NOW + QUARTER
    assert find_unlocked(place, key_list=LIST, wall=NOW) == kept
    assert found(place, wall=NOW + QUARTER - timedelta(seconds=1)) == KEYS
    assert found(place, wall=NOW + QUARTER) == ()


def test_only_this_user_can_read_it_and_its_name_tells_nothing(place: Place, chosen: Path) -> None:
    keep(place)

    [file] = files(chosen)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert ARCHIVE not in file.name
    assert b"AGE-SECRET-KEY" not in file.read_bytes()


def test_another_archive_or_identity_finds_nothing(place: Place, tmp_path: Path) -> None:
    keep(place)

    assert found(replace(place, identity=tmp_path / "other.txt")) == ()
    assert found(replace(place, archive="another")) == ()
    assert found(place) == KEYS


def test_a_changed_key_list_makes_the_keys_insufficient_but_not_lost(place: Place) -> None:
    keep(place)

    assert found(place, key_list=replace(LIST, number=2)) == ()
    assert found(place, key_list=replace(LIST, previous="sha256:" + "0" * 64)) == ()
    assert found(place) == KEYS


def test_setting_the_clock_back_prolongs_nothing(place: Place, chosen: Path) -> None:
    earlier = moment_of(NOW)
    keep(place, moment=replace(earlier, up_s=earlier.up_s - QUARTER.total_seconds() - 1))

    assert found(place, wall=NOW - timedelta(days=365)) == ()
    assert files(chosen) == []


def test_setting_the_clock_forward_ends_it(place: Place) -> None:
    keep(place)

    assert found(place, wall=NOW + timedelta(days=1)) == ()
    assert found(place, wall=NOW) == ()


def test_a_restart_of_the_machine_ends_it(place: Place, chosen: Path) -> None:
    keep(place, moment=replace(moment_of(NOW), boot="0" * 8, up_s=0))

    assert found(place) == ()
    assert files(chosen) == []


def test_unlocking_again_takes_the_place_of_the_first_time(place: Place, chosen: Path) -> None:
    keep(place)
    keep(place, moment=moment_of(NOW + QUARTER))

    assert len(files(chosen)) == 1
    assert found(place, wall=NOW + QUARTER) == KEYS


def test_locking_overwrites_before_it_removes_and_takes_everything(
    place: Place, chosen: Path
) -> None:
    keep(place)
    keep(replace(place, archive="another"))
    links = [chosen / f"seen-{number}" for number in range(2)]
    for file, link in zip(files(chosen), links, strict=True):
        link.hardlink_to(file)

    assert lock_all(chosen) == 2

    assert files(chosen) == links
    assert all(set(link.read_bytes()) <= {0} for link in links)
    assert found(place) == ()
    assert lock_all(chosen) == 0


def test_a_folder_that_others_may_enter_is_neither_written_nor_read(
    place: Place, chosen: Path
) -> None:
    keep(place)
    (chosen / "memberarc").chmod(0o750)

    assert found(place) == ()
    with pytest.raises(SettingsError, match="not yours alone"):
        keep(place)


def test_a_link_in_the_place_of_folder_or_file_is_not_followed(
    place: Place, chosen: Path, tmp_path: Path
) -> None:
    keep(place)
    [file] = files(chosen)
    elsewhere = tmp_path / "elsewhere"
    shutil.move(file, elsewhere)
    file.symlink_to(elsewhere)
    assert found(place) == ()

    file.unlink()
    file.parent.rmdir()
    (tmp_path / "folder").mkdir(mode=0o700)
    (chosen / "memberarc").symlink_to(tmp_path / "folder")
    with pytest.raises(SettingsError, match="not yours alone"):
        keep(place)
    assert [*(tmp_path / "folder").iterdir()] == []


def test_a_file_of_another_user_is_not_believed(place: Place, chosen: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give files away")
    keep(place)
    os.chown(files(chosen)[0], 65534, 65534)

    assert found(place) == ()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"format": "unlocked/2"}',
        b'{"format": "unlocked/1"}',
        b'{"format": "unlocked/1", "until": 5}',
        (
            b'{"format": "unlocked/1", "until": "2030-01-01T00:00:00", "list": "", "boot": "",'
            b' "up_until": 1, "keys": []}'
        ),
        (
            b'{"format": "unlocked/1", "until": "2030-01-01T00:00:00Z", "list": "", "boot": "",'
            b' "up_until": "x", "keys": [["secret", -1, "AAAA"]]}'
        ),
    ],
)
def test_what_memberarc_did_not_write_is_not_read(
    place: Place, chosen: Path, content: bytes
) -> None:
    keep(place)
    files(chosen)[0].write_bytes(content)

    assert found(place) == ()


def test_a_chosen_folder_on_a_disk_is_refused(place: Place, tmp_path: Path) -> None:
    if unlocked._is_in_memory(tmp_path):
        pytest.skip("temporary files are in memory here")

    with pytest.raises(SettingsError, match="no folder in memory"):
        keep(replace(place, chosen=tmp_path))

    assert files(tmp_path) == []


@pytest.fixture
def places(place: Place, chosen: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Place, Path, Path]:
    """Give the machine two folders in memory: one for sessions of users, one for all."""
    sessions, shared = chosen / "sessions", chosen / "shared"
    (sessions / str(os.geteuid())).mkdir(parents=True)
    shared.mkdir()
    monkeypatch.setattr(unlocked_place, "_SESSIONS", sessions)
    monkeypatch.setattr(unlocked_place, "_SHARED_MEMORY", shared)
    return replace(place, chosen=None), sessions, shared


def test_what_one_session_has_unlocked_another_locks(
    places: tuple[Place, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, sessions, shared = places
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(shared))
    keep(place)
    assert [file.parent.parent.parent for file in files(sessions)] == [sessions]
    monkeypatch.delenv("XDG_RUNTIME_DIR")

    assert found(place) == KEYS
    assert lock_all(None) == 1
    assert files(sessions) == []


def test_keys_that_were_kept_before_the_session_had_a_folder_are_found_and_locked(
    places: tuple[Place, Path, Path],
) -> None:
    place, sessions, shared = places
    own = sessions / str(os.geteuid())
    own.rmdir()
    keep(place)
    own.mkdir()

    assert len(files(shared)) == 1
    assert found(place) == KEYS
    assert lock_all(None) == 1
    assert files(shared) == []


@pytest.mark.parametrize("kind", ["pipe", "link", "folder", "file of another"])
def test_locking_touches_and_waits_for_nothing_that_another_user_put_there(
    place: Place, chosen: Path, tmp_path: Path, kind: str
) -> None:
    folder, precious = chosen / "memberarc", tmp_path / "precious"
    folder.mkdir(mode=0o777)
    precious.write_text("mine")
    trap = folder / place.name
    if kind == "pipe":
        os.mkfifo(trap, 0o600)
    elif kind == "link":
        trap.symlink_to(precious)
    elif kind == "folder":
        trap.mkdir()
    elif os.geteuid():
        pytest.skip("only root can give files away")
    else:
        trap.write_text("theirs")
        os.chown(trap, 65534, 65534)

    assert lock_all(chosen) == 0
    assert found(place) == ()
    assert precious.read_text() == "mine"
    assert trap.exists()


def test_in_a_folder_that_another_user_made_nothing_is_believed_or_overwritten(
    place: Place, chosen: Path
) -> None:
    if os.geteuid():
        pytest.skip("only root can give files away")
    keep(place)
    os.chown(chosen / "memberarc", 65534, 65534)

    assert found(place) == ()
    assert lock_all(chosen) == 0
    assert any(files(chosen)[0].read_bytes())
    with pytest.raises(SettingsError, match="not yours alone"):
        keep(place)


def test_a_key_that_the_list_does_not_name_is_not_believed(place: Place, chosen: Path) -> None:
    keep(place)
    [file] = files(chosen)
    document = json.loads(file.read_bytes())
    document["keys"][0][2] = document["keys"][1][2]
    file.write_text(json.dumps(document))

    assert found(place) == ()
