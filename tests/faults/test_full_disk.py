"""A disk that takes no more leaves everything as it was."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from archive.workplace import NOTES, RECORD, Workplace, workplace
from memberarc.archive.recovery import recover

TESTS = Path(__file__).parents[1]
# Text that packs well: git can store it under the limit, but not write it into the work tree.
LARGE_BYTES = 400_000
LIMIT_BYTES = 200_000

SAVE = f"""
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from archive.workplace import RECORD, Workplace, many
from memberarc.errors import GitError
files = {{"a.txt": b"small", RECORD: b"changed", "z.txt": b"x" * {LARGE_BYTES}}}
if sys.argv[3] == "by merge":
    files |= many(b"ballast ")
try:
    Workplace(Path(sys.argv[2])).save(files)
except GitError as err:
    print(err.code)
"""


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return workplace(tmp_path / "office")


def limit() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LIMIT_BYTES, LIMIT_BYTES))


@pytest.mark.parametrize("kind", ["file by file", "by merge"])
def test_a_work_tree_that_takes_no_more(place: Workplace, kind: str) -> None:
    before = place.head()
    place.write(NOTES, b"unsaved\n")

    done = subprocess.run(
        [sys.executable, "-c", SAVE, TESTS, place.root, kind],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=limit,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "git\n", "")
    assert place.head() == before
    assert place.status() == [f" M {NOTES}"]
    assert place.read(RECORD) == place.committed(RECORD)
    assert recover(place.repository) == ()
    place.assert_settled()
