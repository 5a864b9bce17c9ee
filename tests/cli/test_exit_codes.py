"""docs/exit-codes.md says the same as errors.py."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

from memberarc import errors
from memberarc.cli.main import CLOSED_PIPE, INTERRUPTED, TERMINATED

PAGE = Path(__file__).parents[2] / "docs" / "exit-codes.md"
ROWS = re.findall(r"^\| (\d+) \| (?:`([a-z-]+)`)? ?\| (.+) \|$", PAGE.read_text(), re.MULTILINE)
CLASSES = [
    thing
    for _, thing in inspect.getmembers(errors, inspect.isclass)
    if issubclass(thing, errors.MemberarcError) and thing is not errors.MemberarcError
]


def test_every_class_stands_on_the_page_with_its_number_and_no_other() -> None:
    on_the_page = sorted((code, int(status)) for status, code, _ in ROWS if code)

    assert on_the_page == sorted((each.code, each.status) for each in CLASSES)


def test_no_code_stands_for_two_classes() -> None:
    assert len({each.code for each in CLASSES}) == len(CLASSES)


def test_the_numbers_without_a_class_stand_there_too() -> None:
    bare = {int(status) for status, code, _ in ROWS if not code}

    assert bare == {0, 1, INTERRUPTED, CLOSED_PIPE, TERMINATED}


def test_the_page_counts_upwards() -> None:
    statuses = [int(status) for status, _, _ in ROWS]

    assert statuses == sorted(statuses)
