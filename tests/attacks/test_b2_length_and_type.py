"""B2: neither length nor type of a value shows, but for the steps of its padding."""

from __future__ import annotations

import re

import pytest

from builders import Club, add


def lengths(text: str) -> set[int]:
    return {len(value) for value in re.findall(r"(?m)(enc:m1\.internal\.1:\S+)$", text)}


@pytest.mark.parametrize("name", ["丁", "王小明", "欧阳修", "Maximilian Featherstone"])
def test_short_and_long_names_dates_and_closed_words_have_one_length(
    empty_club: Club, name: str
) -> None:
    code = add(empty_club, name=name, sex="female", joined="2025-03-15", contact__mobile="1")

    assert len(lengths(empty_club.text(code))) == 1


def test_a_long_address_grows_in_steps(empty_club: Club) -> None:
    codes = [add(empty_club, name="丁", contact__address="路" * count) for count in range(30, 40)]

    addresses = [re.search(r"(?m)^  address: (\S+)$", empty_club.text(code)) for code in codes]

    assert len({len(found[1]) for found in addresses if found}) <= 2
