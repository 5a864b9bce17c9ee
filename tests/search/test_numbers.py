"""Numbers are compared by their digits, and telephone numbers however they are dialled."""

from __future__ import annotations

import pytest

from memberarc.search.numbers import Telephone, dialled, digits_of, telephone


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("138 0013-8000", "13800138000"),
        ("(021) 5432", "0215432"),
        ("021 (5432)", "0215432"),
        ("+86 138", "86138"),
        ("(+86)138", "86138"),
        ("+(86)138", "86138"),
        ("１３８", "138"),
        ("11010119900101123X", "11010119900101123x"),
        ("1200.00", ""),
        ("No. 5", ""),
        ("", ""),
    ],
)
def test_digits_are_taken_out_of_a_number_and_of_nothing_else(text: str, digits: str) -> None:
    assert digits_of(text) == digits


@pytest.mark.parametrize(
    ("text", "country", "national"),
    [
        ("13812345678", "", "13812345678"),
        ("+8613812345678", "86", "13812345678"),
        ("(+86) 138-1234-5678", "86", "13812345678"),
        ("0086 138 1234 5678", "86", "13812345678"),
        ("8613812345678", "86", "13812345678"),
        ("8612345678", "", "8612345678"),
        ("010-65551234", "", "1065551234"),
        ("+86 010 65551234", "86", "1065551234"),
        ("+44 (0)20 7946 0018", "44", "2079460018"),
        ("+1 212 555 0123", "1", "2125550123"),
        ("+7 495 123 45 67", "7", "4951234567"),
        ("+852 2123 4567", "852", "21234567"),
        ("+353 1 234 5678", "353", "12345678"),
    ],
)
def test_a_telephone_number_is_read_however_it_is_dialled(
    text: str, country: str, national: str
) -> None:
    assert telephone(text) == Telephone(country, national)


@pytest.mark.parametrize("text", ["", "x", "11010119900101123X", "+", "+0123456789", "0001234567"])
def test_what_nobody_could_dial_is_no_telephone_number(text: str) -> None:
    assert telephone(text) is None


@pytest.mark.parametrize(
    ("word", "is_dialled"),
    [
        ("+8613812345678", True),
        ("+86 138", True),
        ("8613812345678", True),
        ("01065551234", True),
        ("0044 20 7946 0018", True),
        ("13812345678", False),
        # the last four digits of a number, and codes alone
        ("0086", False),
        ("0138", False),
        ("+86", False),
        ("(+86)", False),
        ("010", False),
    ],
)
def test_a_sign_in_front_shows_that_a_number_is_dialled(word: str, is_dialled: bool) -> None:
    assert (dialled(word) is not None) is is_dialled


@pytest.mark.parametrize(
    ("stored", "wanted", "is_beginning"),
    [
        ("+8613812345678", "+86138", True),
        ("13812345678", "+86138", True),
        ("02079460018", "+442079460018", True),
        ("+442079460018", "+862079460018", False),
        ("+8613812345678", "+8613812345679", False),
        ("+86138", "+8613812345678", False),
    ],
)
def test_a_number_begins_with_another_of_the_same_country(
    stored: str, wanted: str, is_beginning: bool
) -> None:
    number, other = telephone(stored), telephone(wanted)
    assert number is not None
    assert other is not None

    assert number.begins_with(other) is is_beginning
