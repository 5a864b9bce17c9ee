"""The text form of sealed values, and Padmé's lengths."""

from __future__ import annotations

import math

import pytest

from memberarc.errors import MalformedValueError, UnknownSuiteError
from memberarc.formats.sealed_text import (
    SealedText,
    format_sealed_text,
    legal_padded_length,
    padded_length,
    parse_sealed_text,
)

SHORTEST = SealedText(level="internal", epoch=12, raw=bytes(range(60)))
TEXT = format_sealed_text(SHORTEST)


def test_a_sealed_value_is_taken_apart_and_put_together() -> None:
    assert TEXT.startswith("enc:m1.internal.12:AAECAwQF")
    assert parse_sealed_text(TEXT) == SHORTEST


def test_another_suite_is_told_apart_from_a_broken_value() -> None:
    with pytest.raises(UnknownSuiteError, match="m2"):
        parse_sealed_text(TEXT.replace("m1", "m2"))


def test_another_suite_is_told_however_its_values_look() -> None:
    with pytest.raises(UnknownSuiteError, match="x25519"):
        parse_sealed_text("enc:x25519.no.second.colon")


def sealed(size: int) -> str:
    return format_sealed_text(SealedText(level="secret", epoch=1, raw=bytes(size)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "enc:",
        "Zhang",
        TEXT.replace("internal", "open"),
        TEXT.replace("internal", "topsecret"),
        TEXT.replace(".12:", ".012:"),
        TEXT.replace(".12:", ".0:"),
        TEXT.replace(".12:", f".{'9' * 5000}:"),
        TEXT + "\n",
        TEXT + "=",
        TEXT[:-1],
        TEXT[:-3],
        TEXT + "AA",
        TEXT.replace("AAEC", "AA+C"),
        sealed(60)[:-2] + "é",
        sealed(28 + 64)[:-1] + "B",
        sealed(28),
        sealed(28 + 33),
        sealed(28 + 288 + 16),
        sealed(28 + 1024 + 32),
    ],
)
def test_a_broken_value_is_refused(text: str) -> None:
    with pytest.raises(MalformedValueError):
        parse_sealed_text(text)


def padme_of_the_paper(length: int) -> int:
    exponent = math.floor(math.log2(length))
    bits = math.floor(math.log2(exponent)) + 1
    mask = (1 << (exponent - bits)) - 1
    return (length + mask) & ~mask


def test_lengths_are_padded_as_the_format_page_says() -> None:
    legal = set()
    for length in range(1, 70_000):
        expected = math.ceil(length / 32) * 32
        if expected > 256:
            expected = math.ceil(padme_of_the_paper(length) / 32) * 32
        assert padded_length(length) == expected
        legal.add(expected)

    assert {length for length in range(-64, 69_000) if legal_padded_length(length)} == {
        length for length in legal if length < 69_000
    }
