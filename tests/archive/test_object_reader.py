"""One git answers many questions, and is never asked what it cannot know any more."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from memberarc.archive.git import Repository, find_repository
from memberarc.archive.snapshot import open_snapshot
from memberarc.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from archive.workplace import Workplace


def children(place: Workplace) -> list[tuple[int, str]]:
    """The processes that read here, that this one has started and has not waited for."""
    here = f"--work-tree={place.root} "
    told = subprocess.run(
        ["ps", "-ww", "--ppid", str(os.getpid()), "-o", "pid=,args="],
        capture_output=True,
        text=True,
    )
    rows = (line.split(None, 1) for line in told.stdout.splitlines())
    return [(int(row[0]), row[1]) for row in rows if here in row[1] and "cat-file" in row[1]]


def commit(place: Workplace, path: str, content: bytes) -> None:
    place.write(path, content)
    place.git("add", path)
    place.git("commit", "--quiet", "--message", path)


@pytest.fixture
def repository(place: Workplace) -> Iterator[Repository]:
    commit(place, "memberarc.yaml", b"format: archive/1\n")
    yield find_repository(place.root)
    gc.collect()


def test_many_reads_are_answered_by_one_process(place: Workplace, repository: Repository) -> None:
    snapshot = open_snapshot(repository)
    before = children(place)

    assert [snapshot.read("memberarc.yaml") for _ in range(20)] == [b"format: archive/1\n"] * 20
    assert snapshot.read("nothing") is None
    assert snapshot.blob_of("nothing") is None
    assert len(before) == 1
    assert children(place) == before


@pytest.mark.parametrize("command", ["gc", "repack", "prune"])
def test_it_ends_before_a_git_command_that_may_delete_and_with_the_repository(
    place: Workplace, repository: Repository, command: str
) -> None:
    own = find_repository(place.root)
    head = open_snapshot(own).commit
    assert len(children(place)) == 1

    repository.run("-c", "gc.auto=0", command)
    assert children(place) == []

    assert own.identify("HEAD^{commit}") == (head, "commit")
    assert len(children(place)) == 1
    del own
    assert children(place) == []
    assert repository.line("rev-parse", "HEAD") == head


def test_it_goes_on_beside_commands_that_delete_nothing_and_sees_what_they_add(
    place: Workplace, repository: Repository
) -> None:
    snapshot = open_snapshot(repository)
    before = children(place)

    blob = repository.run("hash-object", "-w", "--stdin", stdin=b"more").decode().strip()
    repository.run("update-ref", "refs/heads/other", str(snapshot.commit))

    assert repository.read_object(blob) == (blob, "blob", b"more")
    assert repository.identify("refs/heads/other") == (snapshot.commit, "commit")
    assert children(place) == before


def test_what_was_deleted_is_read_by_nobody(place: Workplace, repository: Repository) -> None:
    place.git("checkout", "--quiet", "-b", "other")
    commit(place, "secret.yaml", b"secret\n")
    blob = place.git("rev-parse", "HEAD:secret.yaml").strip()
    place.git("repack", "-adq")
    assert repository.read_object(blob) == (blob, "blob", b"secret\n")

    place.git("checkout", "--quiet", "main")
    place.git("branch", "--quiet", "-D", "other")
    place.git("reflog", "expire", "--expire=now", "--all")
    find_repository(place.root).run("gc", "--quiet", "--prune=now")

    assert repository.read_object(blob) is None


def test_a_commit_made_by_somebody_else_in_between_is_seen(
    place: Workplace, repository: Repository
) -> None:
    first = open_snapshot(repository)
    commit(place, "more.yaml", b"more\n")
    second = open_snapshot(repository)

    assert first.read("more.yaml") is None
    assert second.read("more.yaml") == b"more\n"


def test_a_fork_asks_a_git_of_its_own(repository: Repository) -> None:
    snapshot = open_snapshot(repository)
    pid = os.fork()
    if not pid:
        os.closerange(3, 100)  # as the children of bulk work do
        right = snapshot.read("memberarc.yaml") == b"format: archive/1\n"
        os._exit(0 if right else 1)

    assert os.waitpid(pid, 0)[1] == 0
    assert snapshot.read("memberarc.yaml") == b"format: archive/1\n"


def test_threads_take_turns(repository: Repository) -> None:
    snapshot, answers = open_snapshot(repository), []

    def ask() -> None:
        answers.extend(snapshot.read("memberarc.yaml") for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(answers) == {b"format: archive/1\n"}
    assert len(answers) == 200


def test_an_answer_that_was_broken_off_is_not_taken_for_the_next_one(
    place: Workplace, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    from memberarc.archive import object_reader

    snapshot = open_snapshot(repository)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(object_reader, "_asked", interrupted)
        with pytest.raises(KeyboardInterrupt):
            snapshot.read("memberarc.yaml")

    assert children(place) == []
    assert snapshot.read("memberarc.yaml") == b"format: archive/1\n"


def test_a_git_that_was_killed_is_begun_again(place: Workplace, repository: Repository) -> None:
    snapshot = open_snapshot(repository)
    [(pid, _)] = children(place)
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    assert snapshot.read("memberarc.yaml") == b"format: archive/1\n"


def test_a_damaged_object_is_told_in_gits_words(place: Workplace, repository: Repository) -> None:
    snapshot = open_snapshot(repository)
    blob = snapshot.blob_of("memberarc.yaml")
    assert blob is not None
    path = place.root / ".git" / "objects" / blob[:2] / blob[2:]
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-8])

    with pytest.raises(GitError, match="git cat-file"):
        snapshot.read("memberarc.yaml")
    assert children(place) == []
