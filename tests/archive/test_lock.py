"""A lock is held by one process at a time, names its holder, and outlives nobody on its machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from memberarc.archive import lock
from memberarc.archive.lock import create_exclusively, hold_lock
from memberarc.errors import FileError, LockedError

if TYPE_CHECKING:
    from pathlib import Path

HOLD = """
import os, signal, subprocess, sys, time
from pathlib import Path
from memberarc.archive.lock import hold_lock
with hold_lock(Path(sys.argv[1])):
    if sys.argv[2:]:
        subprocess.Popen(["sleep", sys.argv[2]], close_fds=False)
    print("held", flush=True)
    time.sleep(60)
"""


def start_holder(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, folder, *arguments], stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"held\n"
    return process


def end(process: subprocess.Popen[bytes], *, reap: bool = True) -> None:
    os.kill(process.pid, signal.SIGKILL)
    if reap:
        process.communicate()


def write_holder(folder: Path, **facts: Any) -> None:
    """Leave the lock of another process behind."""
    own = {"host": "office-pc", "machine": "0", "pid": 4711, "started": "x", "token": "t"}
    folder.mkdir(exist_ok=True)
    (folder / "lock").write_text(json.dumps(own | facts))


def test_the_lock_file_stands_for_the_length_of_the_block(tmp_path: Path) -> None:
    with hold_lock(tmp_path / "memberarc"):
        facts = json.loads((tmp_path / "memberarc" / "lock").read_text())

    assert facts["pid"] == os.getpid()
    assert facts["host"]
    assert facts["token"]
    assert [*(tmp_path / "memberarc").iterdir()] == []


def test_an_error_in_the_block_releases_the_lock(tmp_path: Path) -> None:
    with pytest.raises(KeyError), hold_lock(tmp_path):
        raise KeyError

    assert [*tmp_path.iterdir()] == []


def test_threads_take_turns(tmp_path: Path) -> None:
    inside: list[int] = []
    overlaps: list[int] = []

    def work(number: int) -> None:
        for _ in range(5):
            with hold_lock(tmp_path):
                inside.append(number)
                time.sleep(0.002)
                overlaps.extend(inside[1:])
                inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert overlaps == []
    assert [*tmp_path.iterdir()] == []


def test_a_live_process_is_named_when_waiting_was_in_vain(tmp_path: Path) -> None:
    holder = start_holder(tmp_path)
    try:
        with pytest.raises(LockedError) as caught, hold_lock(tmp_path, wait_s=0.05):
            pass
    finally:
        end(holder)

    assert f"process {holder.pid} on " in caught.value.message
    assert caught.value.where == str(tmp_path / "lock")
    assert f"rm '{tmp_path / 'lock'}'" in caught.value.hint


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    holder = start_holder(tmp_path)
    end(holder)
    assert (tmp_path / "lock").exists()

    with hold_lock(tmp_path, wait_s=0.05):
        assert json.loads((tmp_path / "lock").read_text())["pid"] == os.getpid()

    assert [*tmp_path.iterdir()] == []


def test_a_killed_process_whose_parent_has_not_looked_counts_as_ended(tmp_path: Path) -> None:
    holder = start_holder(tmp_path)
    end(holder, reap=False)
    try:
        with hold_lock(tmp_path, wait_s=5):
            assert (tmp_path / "lock").exists()
    finally:
        holder.communicate()


def test_a_later_process_with_the_same_number_is_not_the_holder(tmp_path: Path) -> None:
    with hold_lock(tmp_path):
        facts = json.loads((tmp_path / "lock").read_text())
    write_holder(tmp_path, **facts | {"started": "boot:1", "token": "former"})

    with hold_lock(tmp_path, wait_s=0.05):
        assert json.loads((tmp_path / "lock").read_text())["token"] != "former"


def test_children_of_a_killed_process_are_waited_for(tmp_path: Path) -> None:
    holder = start_holder(tmp_path, "0.4")
    end(holder, reap=False)
    started = time.monotonic()

    with hold_lock(tmp_path, wait_s=10):
        waited = time.monotonic() - started
    holder.communicate()

    assert waited > 0.2


@pytest.mark.parametrize("facts", [{"host": "other-pc"}, {"machine": "other"}])
def test_the_lock_of_another_host_is_never_broken(tmp_path: Path, facts: dict[str, str]) -> None:
    with hold_lock(tmp_path):
        own = json.loads((tmp_path / "lock").read_text())
    write_holder(tmp_path, **own | {"pid": 2**22 + 1} | facts)
    before = (tmp_path / "lock").read_bytes()

    with pytest.raises(LockedError), hold_lock(tmp_path, wait_s=0.05):
        pass

    assert (tmp_path / "lock").read_bytes() == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff"])
def test_a_lock_that_cannot_be_read_is_never_broken(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lock").write_bytes(content)

    with pytest.raises(LockedError, match="cannot be told"), hold_lock(tmp_path, wait_s=0.05):
        pass

    assert (tmp_path / "lock").read_bytes() == content


def test_without_the_guard_a_dead_holder_is_left_to_a_person(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some network file systems know no flock; two processes could replace one dead holder."""
    holder = start_holder(tmp_path)
    end(holder)
    monkeypatch.setattr(lock.fcntl, "flock", unsupported)

    with pytest.raises(LockedError) as caught, hold_lock(tmp_path, wait_s=0.05):
        pass
    (tmp_path / "lock").unlink()
    with hold_lock(tmp_path):
        assert (tmp_path / "lock").exists()

    assert str(holder.pid) in caught.value.message
    assert [*tmp_path.iterdir()] == []


def unsupported(*_arguments: object) -> None:
    raise OSError(95, "Operation not supported")


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(FileError, match="cannot be locked"), hold_lock(tmp_path / "file"):
        pass


def test_the_lock_is_at_most_as_open_as_its_folder(tmp_path: Path) -> None:
    for folder_mode, lock_mode in ((0o700, 0o600), (0o755, 0o644), (0o750, 0o640)):
        folder = tmp_path / oct(folder_mode)
        folder.mkdir()
        folder.chmod(folder_mode)
        with hold_lock(folder):
            assert (folder / "lock").stat().st_mode & 0o777 == lock_mode


@pytest.mark.parametrize("links", [True, False])
def test_a_file_is_created_exclusively(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    if not links:
        monkeypatch.setattr(os, "link", unsupported)
    source = tmp_path / "source"
    source.write_bytes(b"whole")
    source.chmod(0o600)

    create_exclusively(tmp_path / "target", source=source)

    assert (tmp_path / "target").read_bytes() == b"whole"
    assert (tmp_path / "target").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        create_exclusively(tmp_path / "target", source=source)
