"""The file of a saved search has one spelling, in clear and sealed."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memberarc.errors import InvalidRecordError, UnopenedValueError, UsageError
from memberarc.sealing.keys.key_ring import KeyRing
from memberarc.sealing.keys.level_keys import new_level_key
from memberarc.search.saved import (
    SavedSearch,
    StoredSearch,
    checked_name,
    open_stored,
    parse_stored,
    seal_search,
    write_stored,
)
from strategies import texts

UID, OTHER_UID, KEY = "k5x2w7n3q4v6t7zb", "p3d7hq2mlx5cva6r", "0123456789abcdef"
ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"

TEXTS = texts.map(lambda text: unicodedata.normalize("NFC", text))
NAMES = st.lists(TEXTS, max_size=3).map(tuple)
SEARCHES = st.builds(SavedSearch, name=TEXTS, query=TEXTS, columns=NAMES, sort=NAMES)


class OneShare:
    """A vault with the same share for everybody."""

    def share(self, uid: str, *, commitment: str) -> bytes:
        return bytes(32)


@pytest.fixture(scope="module")
def ring() -> KeyRing:
    keys = [new_level_key("internal", epoch=1, archive=ARCHIVE)]
    return KeyRing(archive=ARCHIVE, level_keys=keys, current={"internal": 1}, vault=OneShare())


@settings(deadline=None, max_examples=150)
@given(search=SEARCHES)
def test_what_is_written_is_read_back_in_clear_and_sealed(
    ring: KeyRing, search: SavedSearch
) -> None:
    sealed = seal_search(search, uid=UID, key=KEY, level="internal", ring=ring)

    for stored in (StoredSearch(uid=UID, clear=search), sealed):
        again = parse_stored(write_stored(stored), path=stored.path)
        assert again == stored
        assert open_stored(again, ring=ring) == search


def test_it_opens_under_no_other_uid(ring: KeyRing) -> None:
    search = SavedSearch(name="a", query="joined<2020")
    sealed = seal_search(search, uid=UID, key=KEY, level="internal", ring=ring)
    moved = StoredSearch(uid=OTHER_UID, key=KEY, sealed=sealed.sealed)

    with pytest.raises(UnopenedValueError):
        open_stored(moved, ring=ring)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"format: segment/1\n",
        f"format: segment/1\nuid: {UID}\nname: a\n".encode(),
        f"format: segment/1\nuid: {UID}\nname: a\nquery: b\nnote: c\n".encode(),
        f"format: segment/1\nuid: {UID}\nkey: {KEY}\nname: a\nquery: b\n".encode(),
        f"format: segment/1\nuid: {UID}\nname: a\nquery: b\ncolumns: c\n".encode(),
        f"format: segment/1\nuid: {UID}\nname: 1\nquery: b\n".encode(),
        f"format: segment/1\nuid: {UID}\nname: a\nquery: b\nsort:\n  - 1\n".encode(),
        f"uid: {UID}\nformat: segment/1\nname: a\nquery: b\n".encode(),
        b"format: segment/1\nuid: K5X2\nname: a\nquery: b\n",
        f"format: segment/1\r\nuid: {UID}\r\nname: a\r\nquery: b\r\n".encode(),
        f"format: segment/1\nuid: {UID}\nkey: short\nsearch: enc:m1.internal.1:AA\n".encode(),
    ],
)
def test_any_other_bytes_are_no_saved_search(content: bytes) -> None:
    with pytest.raises(InvalidRecordError):
        parse_stored(content, path="segments/a.yaml")


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "\u202ea", "\udc80", "x" * 81, UID], ids=ascii)
def test_a_name_is_one_line_that_can_be_shown(name: str) -> None:
    with pytest.raises(UsageError):
        checked_name(name)


def test_a_name_is_kept_in_normal_form() -> None:
    assert checked_name(" Cafe\u0301 ") == "Caf\u00e9"
