"""A process killed between any two steps leaves everything before or everything after the act."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from archive.workplace import NOTES, OTHER, RECORD, Workplace, saving, workplace
from faults.worker import NEW, one_act, planning
from memberarc.archive.recovery import recover
from memberarc.archive.transaction import transact
from memberarc.errors import WorkTreeConflictError

WORKER = Path(__file__).with_name("worker.py")
UNTRACKED = "members/2026/0001/draft.txt"
LANDED = ("branch moved", "index installed")
BEFORE_FILES = (
    "locked",
    "planned",
    "commit written",
    "index locked",
    "prepared",
    "inspected",
    "journal written",
)
STEPS = {
    "file by file": (
        *BEFORE_FILES,
        f"placed {NEW}",
        f"placed {RECORD}",
        f"placed {OTHER}",
        "files written",
        *LANDED,
    ),
    "by merge": (*BEFORE_FILES, "files written", *LANDED),
}
EVERY_STEP = [(kind, step) for kind, steps in STEPS.items() for step in steps]
TYPED = "name: Wang\n"
SEALED = "name: enc:m1.internal.1:9mS1\n"


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    """A place whose person has something staged, something edited and something untracked."""
    place = workplace(tmp_path / "office")
    place.write(NOTES, b"staged\n")
    place.git("add", NOTES)
    place.write(NOTES, b"staged, then edited\n")
    place.write(UNTRACKED, b"untracked\n")
    return place


def kill_at(place: Workplace, task: str, step: str, *arguments: str) -> None:
    command = [sys.executable, WORKER, place.root, task, step, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGKILL, (step, done.stderr)


def assert_person_untouched(place: Workplace) -> None:
    assert place.read(NOTES) == b"staged, then edited\n"
    assert place.git("show", f":{NOTES}") == "staged\n"
    assert place.read(UNTRACKED) == b"untracked\n"


@pytest.mark.parametrize("kind", STEPS)
def test_the_steps_are_those_that_are_tried(place: Workplace, kind: str) -> None:
    reached: list[str] = []

    transact(
        place.repository,
        planning(one_act(ballast=kind == "by merge")),
        checkpoint=reached.append,
    )

    assert tuple(reached) == STEPS[kind]


@pytest.mark.parametrize(("kind", "step"), EVERY_STEP)
def test_a_kill_between_two_steps(place: Workplace, kind: str, step: str) -> None:
    before, status = place.head(), place.status()
    former = {path: place.read(path) for path in (RECORD, OTHER)}

    kill_at(place, "stop", step, kind)
    assert place.succeeds("fsck", "--full", "--no-dangling")
    assert recover(place.repository) == ()

    landed = step in LANDED
    files = one_act(ballast=kind == "by merge")
    expected = files if landed else dict.fromkeys(files) | former
    standing = {path: place.read(path) if (place.root / path).exists() else None for path in files}
    assert standing == expected
    assert (place.head() != before) == landed
    assert place.status() == status
    assert_person_untouched(place)
    place.assert_settled()

    again = transact(place.repository, planning(files))
    assert (again is None) == landed
    assert place.status() == status
    assert_person_untouched(place)
    place.assert_settled()


@pytest.mark.parametrize("kind", STEPS)
def test_an_edit_made_after_the_kill_is_kept_and_reported(place: Workplace, kind: str) -> None:
    status = place.status()
    kill_at(place, "stop", "files written", kind)
    place.write(RECORD, b"mine\n")

    with pytest.raises(WorkTreeConflictError, match="kept as they are") as caught:
        place.save({OTHER: b"next\n"})

    assert caught.value.where == RECORD
    assert place.read(RECORD) == b"mine\n"
    assert place.status() == [f" M {RECORD}", *status]
    place.assert_settled()
    assert place.save({OTHER: b"next\n"}) == place.head()
    assert place.read(RECORD) == b"mine\n"


@pytest.mark.parametrize("kind", STEPS)
def test_an_edit_made_after_the_branch_moved_is_an_edit_of_the_new_version(
    place: Workplace, kind: str
) -> None:
    status = place.status()
    kill_at(place, "stop", "branch moved", kind)
    place.write(RECORD, b"mine\n")

    assert recover(place.repository) == ()

    assert place.committed(RECORD) == b"changed\n"
    assert place.read(RECORD) == b"mine\n"
    assert place.status() == [f" M {RECORD}", *status]
    place.assert_settled()


@pytest.mark.parametrize("step", ["journal written", "files written", "branch moved"])
@pytest.mark.parametrize("kind", STEPS)
def test_an_index_lock_removed_by_hand_does_not_stop_the_healing(
    place: Workplace, kind: str, step: str
) -> None:
    status = place.status()
    kill_at(place, "stop", step, kind)
    (place.repository.git_dir / "index.lock").unlink()
    place.git("status")  # which writes the index
    place.write(UNTRACKED, b"untracked\n")

    assert recover(place.repository) == ()

    assert place.status() == status
    assert_person_untouched(place)
    place.assert_settled()


def test_a_commit_made_after_the_lock_was_removed_by_hand_stays(place: Workplace) -> None:
    kill_at(place, "stop", "files written", "file by file")
    (place.repository.git_dir / "index.lock").unlink()
    place.git("commit", "--quiet", "--message", "mine", NOTES)
    commit = place.head()

    assert recover(place.repository) == ()

    assert place.head() == commit
    assert place.read(NOTES) == place.committed(NOTES) == b"staged, then edited\n"
    assert place.status() == [f"?? {UNTRACKED}"]


def test_a_git_command_of_a_person_waits_until_the_healing(place: Workplace) -> None:
    kill_at(place, "stop", "files written", "file by file")

    assert not place.succeeds("commit", "--all", "--message", "would take half an act along")
    recover(place.repository)
    place.git("commit", "--quiet", "--all", "--message", "mine")

    assert place.git("show", "--format=", "--name-only").split() == [NOTES]


def test_a_kill_while_healing_is_healed(place: Workplace) -> None:
    status = place.status()
    kill_at(place, "stop", f"placed {RECORD}", "file by file")
    # As if the healing had been killed after it wrote one file back.
    place.write(RECORD, place.committed(RECORD))
    (place.root / NEW).unlink()

    assert recover(place.repository) == ()
    assert recover(place.repository) == ()

    assert place.status() == status
    place.assert_settled()


def test_a_half_written_file_is_written_whole(place: Workplace) -> None:
    status = place.status()
    kill_at(place, "stop", "journal written", "by merge")
    place.write(RECORD, b"chan")
    place.write(OTHER, place.read(OTHER)[:10])
    place.write(NEW, b"")

    assert recover(place.repository) == ()

    assert place.status() == status
    assert place.read(RECORD) == place.committed(RECORD)
    assert not (place.root / NEW).exists()


@pytest.mark.parametrize(
    "step", [*BEFORE_FILES, f"placed {RECORD}", f"placed {OTHER}", "files written", *LANDED]
)
def test_a_kill_while_an_edit_is_adopted(place: Workplace, step: str) -> None:
    place.write(RECORD, TYPED.encode())

    kill_at(place, "adopt", step, TYPED, SEALED)
    assert recover(place.repository) == ()

    landed = step in LANDED
    standing = place.read(RECORD)
    placed = step == "files written" or step.startswith("placed") or landed
    assert standing == (SEALED if placed else TYPED).encode()
    assert place.status()[0] == (f" M {RECORD}" if not landed else f"MM {NOTES}")
    assert place.read(OTHER) == (b"too\n" if landed else place.committed(OTHER))
    place.assert_settled()

    transact(place.repository, saving({RECORD: SEALED.encode()}), adopt={RECORD: standing})
    assert place.committed(RECORD) == place.read(RECORD) == SEALED.encode()
    assert_person_untouched(place)
