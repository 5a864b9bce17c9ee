"""Rows and texts come out of their packs as they went in, from any place."""

from __future__ import annotations

import pytest

from memberarc.members.packed_rows import ImportRow, PackedRows, PackedTexts


def row(number: int) -> ImportRow:
    return ImportRow(
        number=number, key=f"k{number}", values=((("name",), "王小明"), (("sex",), "male"))
    )


@pytest.mark.parametrize("count", [0, 1, 39, 40, 41, 123])
def test_rows_come_out_as_they_went_in(count: int) -> None:
    rows = [row(number) for number in range(count)]

    packed = PackedRows(rows)

    assert len(packed) == count
    assert [*packed] == rows
    assert [packed[place] for place in reversed(range(count))] == rows[::-1]


def test_texts_of_different_lengths_come_out_as_they_went_in() -> None:
    texts = ["M2026-000001", "A", "M2026-1000000"]

    packed = PackedTexts(texts)

    assert [packed[place] for place in range(len(packed))] == texts
    assert len(PackedTexts(())) == 0
