"""The README is true: its commands print what it says, its links lead somewhere."""

from __future__ import annotations

import re
import shutil
from typing import TYPE_CHECKING

import pytest

from docs.transcript import ROOT, Command, DifferenceError, Likeness, Shell, read_commands
from memberarc.cli.command_table import COMMANDS

if TYPE_CHECKING:
    from pathlib import Path

README = (ROOT / "README.md").read_text("utf-8")
PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "examples/cdnow/README.md",
]

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
def test_every_command_of_the_readme_prints_what_the_readme_says(tmp_path: Path) -> None:
    likeness = Likeness()
    commands = read_commands(README)

    assert len(commands) > 25
    with Shell(tmp_path) as shell:
        for command in commands:
            likeness.require(command, shell.run(likeness.translate(command.text)))


def test_an_output_that_differs_in_a_word_or_in_the_use_of_an_id_is_told() -> None:
    likeness = Likeness()
    added = Command(text="memberarc add", output="M2026-000001\n", line=3)
    likeness.require(added, "M2031-000001\n")

    with pytest.raises(DifferenceError, match="line 3"):
        likeness.require(added, "M2031-000002\n")
    with pytest.raises(DifferenceError, match="2026 stood for 2031"):
        likeness.require(added, "M2032-000001\n")
    assert likeness.translate("memberarc show M2026-000001") == "memberarc show M2031-000001"


def test_the_table_of_commands_names_every_command() -> None:
    names = {entry.name for entry in COMMANDS if entry.target}
    names |= {f"{entry.name} {inner.name}" for entry in COMMANDS for inner in entry.commands}
    rows = [line for line in README.splitlines() if line.startswith("| `")]
    cells = {cell for row in rows for cell in re.findall(r"`([a-z -]+)", row.split(" | ")[0])}

    assert {cell.strip() for cell in cells} == names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_within_the_project_lead_to_a_file_and_a_heading(page: Path) -> None:
    targets = _LINK.findall(_FENCED.sub("", page.read_text("utf-8")))

    broken = [target for target in targets if not _leads_somewhere(page, target)]

    assert broken == []


def test_the_readme_promises_the_make_targets_and_programs_that_there_are() -> None:
    targets = re.findall(r"^make (\w+)", README, re.MULTILINE)
    makefile = (ROOT / "Makefile").read_text("utf-8")

    assert targets == ["demo", "test"]
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)
    assert shutil.which("ssh-keygen")
    assert shutil.which("git")


def _leads_somewhere(page: Path, target: str) -> bool:
    if target.startswith(("https://", "http://", "mailto:")):
        return True
    path, _, anchor = target.partition("#")
    file = page.parent / path if path else page
    return file.exists() and (not anchor or anchor in _anchors(file))


def _anchors(page: Path) -> set[str]:
    """Name a page's headings as GitHub does."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
