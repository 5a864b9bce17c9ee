"""A pattern that would keep Python busy for years costs a moment."""

from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import json
from memberarc.formats.schema import load_schema
from memberarc.formats.shipped import compose_schema

document = json.loads(compose_schema("individual", profile="general"))
document["properties"]["name"]["pattern"] = "^([a-z]+)+$"
schema = load_schema(json.dumps(document).encode(), path="s")
problems = schema.problems_plain({"name": "a" * 60 + "!"}, path="m.yaml")
print([problem.rule for problem in problems if problem.pointer == "name"])
"""


def test_a_runaway_pattern_is_explained_at_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120, check=True
    )

    assert done.stdout == "['pattern']\n"
