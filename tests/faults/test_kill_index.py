"""Killed while the index is made or changed, the next search finds whom it should."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from acts.index_tables import place, tables
from builders import WANG, Club, add
from faults.killing import Killer

BY_ROWS = Path(__file__).parents[1] / "attacks" / "index_worker.py"
MEMBERS, KILLS = 40, 3
# The kernel ends the process at its first write beyond so many bytes of a file.
BY_BYTES = """
import resource, signal, sys
from memberarc.cli.command_table import COMMANDS
from memberarc.cli.main import run
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
sys.exit(run(["search", "小明"], commands=COMMANDS))
"""


def many(club: Club) -> None:
    """Fill the club, so that there is something to count."""
    names = "\n".join(f"赵{number:02}明,138{number:08}" for number in range(MEMBERS))
    sheet, mapping = club.home / "sheet.csv", club.home / "map.yaml"
    sheet.write_text(f"name,mobile\n{names}\n", encoding="utf-8")
    fields = "name: {column: name}\n  contact.mobile: {column: mobile}"
    head = "format: map/1\ntarget: members\nkind: individual"
    mapping.write_text(f"{head}\nfields:\n  {fields}\n", encoding="utf-8")
    club.run("import", str(sheet), "--map", str(mapping))


def change(club: Club, text: str) -> None:
    """Change every record, one of them to another name."""
    everybody = ("--where", "id:*", "--confirm", f"{MEMBERS + 3}")
    club.run("update", *everybody, "--set", f"contact.wechat={text}")
    club.run("update", WANG, "--set", f"name=王小明{text}")


def assert_right(club: Club) -> None:
    """Ask the index that was left, then one made from nothing."""
    found = tables(club)
    club.run("index", "rebuild")
    assert found == tables(club)
    assert [one.suffix for one in place(club).parent.iterdir()] == [".index"]


@pytest.mark.slow
@pytest.mark.parametrize("made", [False, True], ids=["while it is made", "while it is changed"])
def test_killed_at_a_random_row(club: Club, made: bool) -> None:
    chance = random.Random(20261104)
    many(club)
    for _ in range(KILLS):
        if made:
            tables(club)
            change(club, f"{chance.randrange(10**6)}")
        else:
            club.run("index", "drop")
        count = str(chance.randrange(MEMBERS))

        done = subprocess.run([sys.executable, BY_ROWS, club.root, "SIGKILL", count])

        assert done.returncode == -signal.SIGKILL
        assert_right(club)


@pytest.mark.slow
@pytest.mark.parametrize("made", [False, True], ids=["while it is made", "while it is changed"])
def test_killed_at_a_random_byte(club: Club, made: bool) -> None:
    chance = random.Random(20261105)
    many(club)
    tables(club)
    size_bytes = place(club).stat().st_size
    for number in range(KILLS):
        if made:
            change(club, f"{number}")
        else:
            club.run("index", "drop")
        limit = chance.randrange(size_bytes)

        done = subprocess.run(
            [sys.executable, "-c", BY_BYTES, str(limit)], cwd=club.root, capture_output=True
        )

        assert done.returncode == -signal.SIGXFSZ, done
        assert_right(club)


def test_killed_before_any_step_while_it_is_made(
    club: Club, killer: Killer, tmp_path: Path
) -> None:
    for number, left in killer.states(club, "search", "小明", safe=tmp_path / "safe"):
        add(left, name="孙小明")
        assert left.json("search", "小明", "--count")["found"] == 2, number
        assert_right(left)
    assert number == len(("its folder", "its share in the vault", "its file in its place"))
