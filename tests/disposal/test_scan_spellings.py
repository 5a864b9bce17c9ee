"""A value is found in the spellings and encodings in which people write it down."""

from __future__ import annotations

import pytest
import yaml

from builders import MOBILE, WANG, Club
from memberarc.disposal.needles import Needle, Needles

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
CERTIFICATE = f"tombstones/2026/0000/{WANG}.certificate.yaml"


def found(text: str, content: bytes) -> bool:
    return Needles([Needle(field="it", text=text)]).fields_in(content) == ("it",)


@pytest.mark.parametrize(
    ("value", "spelling"),
    [
        ("15412345678", "154-1234-5678"),
        ("15412345678", "+86 154 1234 5678"),
        ("15412345678", "(154) 1234.5678"),
        ("15412345678", "154/1234/5678"),
        ("154-1234-5678", "15412345678"),
        ("154 1234 5678", "154.1234.5678"),
        ("+8615412345678", "154-1234-5678"),
        ("+86 154 1234 5678", "15412345678"),
        ("(021) 6329-1234", "02163291234"),
        ("11010119900101123X", "110101 19900101 123x"),
        ("11010119900101123x", "11010119900101123X"),
        ("6222021234567890123", "6222 0212 3456 7890 123"),
    ],
)
@pytest.mark.parametrize("codec", ["ascii", "utf-16-le", "utf-16-be"])
def test_a_number_is_found_with_any_separators(value: str, spelling: str, codec: str) -> None:
    assert found(value, f"call {spelling}, then".encode(codec))


@pytest.mark.parametrize(
    ("value", "other"),
    [
        ("15412345678", "154-1234-567"),
        ("15412345678", "154, 1234, 5678"),
        ("123456", "123-456"),
        ("12000.50", "1200050"),
        ("wang-1234567", "1234567"),
    ],
)
def test_other_numbers_and_other_things_are_not_taken_for_it(value: str, other: str) -> None:
    assert not found(value, other.encode())


@pytest.mark.parametrize("text", ["王小明", "wang.xiaoming@example.org", "陳大文先生"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "big5", "gb18030"])
def test_a_value_is_found_in_the_encodings_of_files(text: str, codec: str) -> None:
    assert found(text, b"\x00\x01" + f"an {text} is".encode(codec))


def test_a_character_that_an_encoding_lacks_does_no_harm() -> None:
    assert found("𠮷野家", "𠮷野家".encode())


@pytest.mark.parametrize("spelling", ["Wang.Xiaoming@Example.org", "WANG.XIAOMING@EXAMPLE.ORG"])
@pytest.mark.parametrize("codec", ["ascii", "utf-16-le"])
def test_capital_letters_make_no_difference(spelling: str, codec: str) -> None:
    assert found("wang.xiaoming@example.org", spelling.encode(codec))
    assert found(spelling, "wang.xiaoming@example.org".encode(codec))


def test_each_of_many_values_is_told_by_its_own_field() -> None:
    needles = [Needle(field=f"f{number}", text=f"value-{number:04}-x") for number in range(300)]

    assert Needles(needles).fields_in(b"VALUE-0007-x value-0299-X") == ("f299", "f7")


@pytest.mark.parametrize(
    "content",
    [
        f"{MOBILE[:3]}-{MOBILE[3:7]}-{MOBILE[7:]}\n".encode(),
        "王小明".encode("utf-16"),
        b"Wang.Xiaoming@Example.ORG\n",
    ],
)
def test_a_purge_stops_at_such_a_spelling(club: Club, content: bytes) -> None:
    (club.root / "list.txt").write_bytes(content)

    told = club.run(*PURGE, "--format", "json", status=1)

    assert told.envelope["error"]["code"] == "clear-text-found"


def test_the_certificate_says_how_it_was_searched(club: Club) -> None:
    club.run(*PURGE)

    told = yaml.safe_load((club.root / CERTIFICATE).read_text())
    assert told["checked"]["shortest_value_bytes"] == 6
    assert told["checked"]["encodings"] == [
        *("utf-8", "gb18030", "big5", "utf-16-le", "utf-16-be", "json-escapes")
    ]
    assert "compressed_files_images_and_document_contents" in told["not_checked"]
