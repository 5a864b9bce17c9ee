"""Reference codes go on after the highest ever given."""

from __future__ import annotations

from itertools import islice

import pytest

from memberarc.members.numbering import codes_after


@pytest.mark.parametrize(
    ("pattern", "taken", "expected"),
    [
        ("M{year}-{sequence:06}", [], "M2026-000001"),
        ("M{year}-{sequence:06}", ["M2026-000001", "M2026-000007"], "M2026-000008"),
        ("M{year}-{sequence:06}", ["M2025-000099"], "M2026-000001"),
        ("M{year}-{sequence:06}", ["M2026-999999"], "M2026-1000000"),
        ("M{year}-{sequence:06}", ["M2026-000007-OLD", "X2026-000009"], "M2026-000001"),
        ("V{sequence:04}", ["V0012"], "V0013"),
        ("V-{year}-EAST-{sequence:03}", ["V-2026-EAST-041"], "V-2026-EAST-042"),
    ],
)
def test_the_next_code_follows_the_highest(pattern: str, taken: list[str], expected: str) -> None:
    assert next(codes_after(pattern, taken, year=2026)) == expected


def test_codes_come_in_a_row() -> None:
    codes = codes_after("M{year}-{sequence:06}", ["M2026-000041"], year=2026)

    assert [*islice(codes, 3)] == ["M2026-000042", "M2026-000043", "M2026-000044"]
