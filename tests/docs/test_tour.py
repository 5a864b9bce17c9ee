"""The tour names functions that there are, in the order in which an `add` calls them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from builders import Club

ROOT = Path(__file__).parents[2]
TOUR = (ROOT / "docs/tour.md").read_text("utf-8")
_NAMED = re.compile(r"`((?:[a-z_]+/)*[a-z_]+\.py):([\w.<>]+)`")

# Runs one command line, and prints each function of memberarc that is called, in order.
_TRACE = """
import json, sys
from memberarc.cli.main import main
import memberarc
root = memberarc.__file__.removesuffix("__init__.py")
calls = {}
def note(frame, event, _):
    code = frame.f_code
    if event == "call" and code.co_filename.startswith(root):
        calls.setdefault(f"{code.co_filename.removeprefix(root)}:{code.co_qualname}", None)
sys.argv[0] = "memberarc"
sys.setprofile(note)
try:
    main()
except SystemExit as end:
    sys.setprofile(None)
    sys.stderr.write("\\n" + json.dumps([*calls]))
    raise
"""


def test_the_tour_names_each_function_where_an_add_first_calls_it(club: Club) -> None:
    words = ("add", "--set", "name=王小明", "--set", "contact.mobile=15412345678")
    done = subprocess.run(
        [sys.executable, "-c", _TRACE, *words],
        cwd=club.root,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    order = {name: place for place, name in enumerate(json.loads(done.stderr.splitlines()[-1]))}

    named = list(dict.fromkeys(f"{file}:{name}" for file, name in _NAMED.findall(TOUR)))

    assert len(named) > 50
    assert [name for name in named if name not in order] == []
    assert named == sorted(named, key=order.__getitem__)


def test_every_file_the_tour_names_is_there() -> None:
    files = set(re.findall(r"`((?:[a-z_]+/)+[a-z_]+\.py)", TOUR))

    assert [file for file in files if not (ROOT / "src/memberarc" / file).is_file()] == []
