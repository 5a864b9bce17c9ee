"""B3: that a field is there shows, as the documentation says; what it says does not."""

from __future__ import annotations

import re
from pathlib import Path

from builders import SHAN, Club


def test_a_diff_without_keys_shows_the_name_of_the_field_only(club: Club) -> None:
    club.run("update", SHAN, "--set", "contact.email=shan@example.org")

    diff = club.git("show", "--format=", "HEAD")

    assert re.findall(r"(?m)^\+ *(\w+): enc:", diff) == ["email"]
    assert "shan@example.org" not in diff


def test_the_documentation_says_so() -> None:
    page = (Path(__file__).parents[2] / "docs/security.md").read_text("utf-8")

    assert "which fields a record has" in page
