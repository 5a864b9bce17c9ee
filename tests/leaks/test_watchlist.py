"""The search for everybody at once misses nothing that the search for one member finds."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memberarc.archive.replacing import Replacements
from memberarc.disposal import watchlist
from memberarc.disposal.clear_part import clear_part
from memberarc.disposal.needles import Needle, Needles, is_long_enough, spellings_of
from memberarc.disposal.redaction import MARK, redaction
from memberarc.disposal.watchlist import Pieces, Watchlist

SEALED = b"enc:m1.internal.1:" + b"A" * 83
names = st.text(st.sampled_from("王李张小明伟欧阳𠮷"), min_size=2, max_size=4)
numbers = st.from_regex(r"\+?[1-9][0-9]{2,3}[ -]?[0-9]{3,4}[ -]?[0-9]{3,4}[0-9xX]?", fullmatch=True)
values = (names | numbers | st.text(max_size=20) | st.emails()).filter(is_long_enough)
codecs = st.sampled_from(["utf-8", "gb18030", "utf-16-le", "utf-16-be"])


def watched(text: str, content: bytes) -> tuple[str, ...]:
    pieces = Pieces()
    pieces.add(content)
    watch = Watchlist(pieces)
    watch.add(text, label="it")
    return watch.fields_in(content)


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


@settings(deadline=None, max_examples=400)
@given(values, st.text(max_size=30), st.text(max_size=30), codecs)
def test_a_value_in_a_file_of_any_encoding_is_found(
    value: str, before: str, after: str, codec: str
) -> None:
    content = f"{before} {value}\n{after}".encode(codec, "ignore")
    if "\ud800" <= max(value, default="") <= "\udfff":
        return
    # By chance the bytes may be valid UTF-8; there short spellings of other encodings do not count.
    if codec != "utf-8" and len(value.encode(codec, "ignore")) < 6 and _is_utf8(content):
        return

    assert watched(value, content) == Needles([Needle(field="it", text=value)]).fields_in(content)


@settings(deadline=None, max_examples=200)
@given(values)
def test_the_shortest_spelling_has_four_bytes(value: str) -> None:
    assert min(len(spelling) for _, spelling in spellings_of(value)) >= 4


@pytest.mark.parametrize("kept_exactly", [500_000, 10])
@pytest.mark.parametrize("value", ["13900139001", "+86 139-0013-9001", "(139) 0013 9001"])
def test_a_number_is_found_with_any_separators_also_when_pieces_are_many(
    value: str, kept_exactly: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchlist, "_KEPT_EXACTLY", kept_exactly)
    monkeypatch.setattr(watchlist, "_BLOCK_BYTES", 64)
    noise = os.urandom(200).hex().encode()
    content = noise + b" call 139.0013.9001, " + noise

    assert watched(value, content) == ("it",)


@pytest.mark.parametrize("at", range(60, 70))
def test_a_value_that_lies_across_two_blocks_is_found(
    at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchlist, "_BLOCK_BYTES", 64)

    for value in ("wang.xiaoming@example.org", "王小明", "zhang3"):
        assert watched(value, b"." * at + value.encode() + b"." * 90) == ("it",)


def test_four_bytes_by_chance_in_a_picture_are_no_name() -> None:
    picture = b"\xff\xd8\xff\xe0\x00\x10JFIF\x81" + "王伟".encode("gb18030") + b"\xff\xd9"

    assert watched("王伟", picture) == ()
    assert watched("王小伟", picture.replace("王伟".encode("gb18030"), "王小伟".encode("gb18030")))
    assert watched("王伟", "会员 王伟\n".encode("gb18030")) == ("it",)


def test_what_is_sealed_or_signed_is_not_searched() -> None:
    armour = b"-----BEGIN SSH SIGNATURE-----\nU1NI\nzhang3\n-----END SSH SIGNATURE-----"

    assert clear_part(b"a " + SEALED + b" b") == b"a enc: b"
    assert watched("zhang3", armour) == ()
    assert watched("zhang3", b"-----BEGIN A-----\nhere: zhang3\n-----END A-----") == ("it",)
    assert watched("zhang3", b"age-encryption.org/v1\nzhang3") == ()
    assert watched("zhang3", b"enc:m1.internal.1:zhang3") == ("it",)


def test_what_is_sealed_stays_when_the_rest_is_cleaned() -> None:
    sealed = b"enc:m1.internal.1:" + b"zhang3" * 20

    cleaned = redaction([Needle(field="name", text="zhang3")]).applied(b"Zhang3 " + sealed)

    assert cleaned == MARK.encode() + b" " + sealed


@settings(deadline=None, max_examples=200)
@given(st.lists(values.filter(lambda value: value.lower() not in MARK), min_size=1), codecs)
def test_nothing_is_found_any_more_in_what_was_cleaned(texts: list[str], codec: str) -> None:
    needles = [Needle(field="it", text=text) for text in texts]
    replacements = Replacements.from_json(redaction(needles).to_json())

    cleaned = replacements.applied(" | \n".join(texts).encode(codec, "ignore"))

    assert Needles(needles).fields_in(cleaned) == ()
