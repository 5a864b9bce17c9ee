"""A5: the index is a residue like any other: sealed on the disk at every moment."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import zlib
from pathlib import Path

import apsw
import pytest

from acts.index_tables import files_below, open_targets, place, tables, upkeep
from builders import SECRETS, WANG, Club, add
from memberarc.acts.index.place import index_folder
from memberarc.archive.opened import open_archive
from memberarc.errors import UnusableIndexError
from memberarc.search.index.index_file import open_file

WORKER = Path(__file__).with_name("index_worker.py")
# As they are written and as an index reads them; shorter ones stand in ciphertext by chance.
CLEAR = (*SECRETS, "wang xiao ming", "xiong xin", "单雄信", "13700137002", "3700137")


def clear_in(path: Path) -> list[str]:
    """Name what stands in a file in clear, in any encoding that is in use here."""
    content = path.read_bytes().lower()
    return [
        text
        for text in CLEAR
        for encoding in ("utf-8", "utf-16-le", "utf-16-be")
        if text.encode(encoding).lower() in content
    ]


def assert_nothing_in_clear(*paths: Path) -> None:
    assert paths
    assert {path: found for path in paths if (found := clear_in(path))} == {}


def index_files(club: Club) -> list[Path]:
    return files_below(club.root / ".git" / "memberarc")


def start(club: Club, name: str, count: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, WORKER, club.root, name, str(count)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def test_nothing_is_in_clear_once_it_is_made_and_after_a_change(club: Club) -> None:
    for _ in range(2):
        assert club.json("search", "wxm", "--count")["found"] == 1
        assert_nothing_in_clear(place(club))
        assert_nothing_in_clear(*files_below(club.root / ".git", club.home))
        add(club, name="李小明", other_names="wang xiao ming")


@pytest.mark.parametrize("change", [False, True], ids=["while it is made", "while it is changed"])
@pytest.mark.parametrize("count", [0, 1, 4])
def test_nothing_is_in_clear(club: Club, change: bool, count: int) -> None:
    if change:
        tables(club)
        club.run("update", WANG, "--set", "name=王小明明")
        add(club, name="小明")
    process = start(club, "SIGSTOP", count)
    try:
        assert os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
        assert_nothing_in_clear(*index_files(club), *open_targets(process.pid))
        modes = {path.stat().st_mode & 0o777 for path in place(club).parent.iterdir()}
        os.kill(process.pid, signal.SIGCONT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert (out, err) == (b"1\n", b"")
    assert modes == {0o600}
    assert_nothing_in_clear(*index_files(club))


@pytest.mark.parametrize("change", [False, True], ids=["made", "changed"])
@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_killed_while_it_is_made_or_changed_it_is_whole_for_the_next(
    club: Club, change: bool, count: int
) -> None:
    if change:
        tables(club)
        club.run("update", WANG, "--set", "name=王小明明")
        add(club, name="小明")
    process = start(club, "SIGKILL", count)
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert_nothing_in_clear(*index_files(club))

    current = tables(club)

    club.run("index", "rebuild")
    assert current == tables(club)
    assert [path for path in index_files(club) if path.suffix not in (".index", "")] == []


def test_it_looks_like_chance_and_is_nobody_elses(club: Club) -> None:
    tables(club)
    content = place(club).read_bytes()

    assert len(zlib.compress(content, 9)) > 0.99 * len(content)
    assert place(club).stat().st_mode & 0o777 == 0o600
    assert place(club).parent.stat().st_mode & 0o777 == 0o700


def test_a_copy_opens_for_nobody_after_a_purge(club: Club, tmp_path: Path) -> None:
    tables(club)
    copy = tmp_path / "copy.index"
    copy.write_bytes(place(club).read_bytes())
    open_file(copy, key=upkeep(club).place.key)
    before = upkeep(club).place

    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)

    after = upkeep(club).place
    assert after.path == before.path
    with pytest.raises(UnusableIndexError):
        open_file(copy, key=after.key)
    place(club).write_bytes(copy.read_bytes())
    assert club.json("search", "小明", "--count")["found"] == 0


def test_a_full_disk_leaves_the_index_in_memory_and_says_so(club: Club) -> None:
    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    done = subprocess.run(
        [sys.executable, "-m", "memberarc", "search", "小明"],
        cwd=club.root,
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )

    assert (done.returncode, "王小明" in done.stdout) == (0, True), done
    assert "every search makes one in memory" in done.stderr
    assert [*index_folder(open_archive(club.root).repository).glob("*.index")] == []
    assert [path for path in index_files(club) if path.suffix == ".new"] == []


def test_two_that_make_it_at_once_make_one(club: Club) -> None:
    processes = [start(club, "SIGCONT", 0) for _ in range(4)]

    assert {process.communicate(timeout=120) for process in processes} == {(b"1\n", b"")}

    current = tables(club)
    club.run("index", "rebuild")
    assert current == tables(club)


def test_two_that_change_it_at_once_change_it_once(club: Club) -> None:
    tables(club)
    club.run("update", WANG, "--set", "branch=west")
    processes = [start(club, "SIGCONT", 0) for _ in range(4)]

    assert {process.communicate(timeout=120) for process in processes} == {(b"1\n", b"")}

    current = tables(club)
    club.run("index", "rebuild")
    assert current == tables(club)


def test_sqlite_says_of_it_that_it_is_no_database(club: Club) -> None:
    tables(club)

    with pytest.raises(apsw.NotADBError):
        apsw.Connection(str(place(club))).execute("SELECT * FROM sqlite_schema").fetchall()
