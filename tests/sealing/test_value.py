"""Sealed values: what goes in comes out, and nothing else is let in or out."""

from __future__ import annotations

import base64
import json
import unicodedata
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import example, given
from hypothesis import strategies as st

from memberarc.errors import (
    MalformedValueError,
    PaddingError,
    SealedValueError,
    UnopenedValueError,
)
from memberarc.formats.sealed_text import SealedText, padded_length, parse_sealed_text
from memberarc.sealing.value import (
    Address,
    MemberCipher,
    open_value,
    path_bytes,
    read_padded,
    seal_value,
)
from strategies import texts

KEY = bytes(range(32))
ADDRESS = Address(
    archive="mzxw6ytboi7q2wgv5t3kc4dnxa",
    uid="k5x2w7n3q4v6t2zb",
    level="internal",
    epoch=1,
    path=("contact", "mobile"),
)

sealable_texts = texts.map(lambda text: unicodedata.normalize("NFC", text)).filter(
    lambda text: not text.startswith("enc:")
)


@given(sealable_texts | st.booleans() | st.integers(min_value=1 - 2**53, max_value=2**53 - 1))
def test_what_is_sealed_opens_as_it_was(value: Any) -> None:
    opened = open_value(seal_value(value, key=KEY, address=ADDRESS), key=KEY, address=ADDRESS)

    assert opened == value
    assert type(opened) is type(value)


@given(st.integers(min_value=0), sealable_texts)
def test_any_flipped_bit_is_refused(bit: int, text: str) -> None:
    sealed = seal_value(text, key=KEY, address=ADDRESS)
    raw = bytearray(parse_sealed_text(sealed).raw)
    raw[bit // 8 % len(raw)] ^= 1 << bit % 8
    flipped = sealed[: sealed.index(":", 4) + 1] + base64.urlsafe_b64encode(raw).decode().rstrip(
        "="
    )

    with pytest.raises(SealedValueError):
        open_value(flipped, key=KEY, address=ADDRESS)


def test_any_changed_character_of_the_text_is_refused() -> None:
    sealed = seal_value("+86 138 0013 8000", key=KEY, address=ADDRESS)

    for place in range(len(sealed)):
        changed = sealed[:place] + ("A" if sealed[place] != "A" else "B") + sealed[place + 1 :]
        with pytest.raises(SealedValueError):
            open_value(changed, key=KEY, address=ADDRESS)


def test_equal_values_look_unrelated() -> None:
    first, second = (seal_value("east", key=KEY, address=ADDRESS) for _ in range(2))

    assert first != second


def test_values_of_one_size_class_have_one_length() -> None:
    lengths = {len(seal_value("x" * count, key=KEY, address=ADDRESS)) for count in range(30)}

    assert len(lengths) == 1


@pytest.mark.parametrize(
    "value",
    [
        "enc:m1.internal.1:AAAA",
        "enc: not sealed at all",
        "e\u0301",
        "\ud800",
        2**53,
        -(2**53),
        1.5,
        None,
        ["a"],
        {},
    ],
    ids=repr,
)
def test_a_value_without_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(MalformedValueError, match=r"."):
        seal_value(value, key=KEY, address=ADDRESS)


def test_an_error_names_the_field_and_never_the_value() -> None:
    sealed = seal_value("+86 138 0013 8000", key=KEY, address=ADDRESS)

    with pytest.raises(SealedValueError) as caught:
        open_value(sealed, key=bytes(32), address=ADDRESS)

    assert caught.value.where == "contact.mobile"
    assert "138" not in str(caught.value)


def test_one_cipher_serves_many_fields_of_a_member() -> None:
    cipher = MemberCipher(KEY, archive=ADDRESS.archive, uid=ADDRESS.uid, level="internal", epoch=1)
    item = ("honours", "[h7w2]", "title")
    sealed = {path: cipher.seal("value", path=path) for path in (ADDRESS.path, item)}

    assert cipher.open(sealed[item], path=item) == "value"
    assert open_value(sealed[ADDRESS.path], key=KEY, address=ADDRESS) == "value"


def test_the_cipher_agrees_with_every_wycheproof_vector(wycheproof: Any) -> None:
    tested = 0
    for group in wycheproof("aes_gcm_siv_test.json")["testGroups"]:
        for vector in group["tests"]:
            key, nonce, place, plain, sealed = (
                bytes.fromhex(vector[name]) for name in ("key", "iv", "aad", "msg", "ct")
            )
            sealed += bytes.fromhex(vector["tag"])
            if vector["result"] == "valid":
                assert AESGCMSIV(key).encrypt(nonce, plain, place) == sealed, vector["comment"]
                assert AESGCMSIV(key).decrypt(nonce, sealed, place) == plain, vector["comment"]
            else:
                with pytest.raises((InvalidTag, ValueError)):
                    AESGCMSIV(key).decrypt(nonce, sealed, place)
            tested += 1
    assert tested == 202


_FRAGMENTS = (
    *(b'"', b"\x80", b"\0", b"\n", b"\\n", b"\\", b"a", b"enc:", b"1", b"-", b"0", b"true", b" "),
    *("é".encode(), b"\xc3", b'"a"', b'"a"\x80', b"\0" * 31, b"x" * 32, b"\x1f", b"\x7f"),
)
_bodies = st.lists(st.sampled_from(_FRAGMENTS), max_size=12).map(b"".join)
_padded = st.one_of(
    _bodies.map(lambda body: (body + b"\x80").ljust(padded_length(len(body) + 1), b"\0")),
    _bodies.map(lambda body: body.ljust(padded_length(len(body) or 1), b"\0")),
    sealable_texts.map(lambda text: json.dumps(text, ensure_ascii=False).encode() + b"\x80").map(
        lambda body: body.ljust(padded_length(len(body)), b"\0")
    ),
)


@given(st.lists(_padded, max_size=4))
@example([b'"a"\x80\n"b"\x80'.ljust(32, b"\0")])
@example([b'"a"\x80\n"b"\x80'.ljust(32, b"\0"), b"garbage".ljust(32, b"\0")])
@example([b'"' + b"a" * 31, b'"\x80'.ljust(32, b"\0")])
def test_many_values_at_once_open_as_each_of_them(contents: list[bytes]) -> None:
    """Whoever has the key may seal anything: what one value cannot be, many cannot be either."""
    cipher = MemberCipher(KEY, archive=ADDRESS.archive, uid=ADDRESS.uid, level="internal", epoch=1)
    path = ADDRESS.path
    texts = [cipher.encrypt(padded, path=path) for padded in contents]
    try:
        one_by_one: list[Any] | None = [cipher.open(text, path=path) for text in texts]
    except SealedValueError:
        one_by_one = None

    padded = cipher.decrypt_all(
        [text.rpartition(":")[2].encode() for text in texts], places=[path_bytes(path)] * len(texts)
    )

    assert padded == contents
    if one_by_one is None:
        with pytest.raises(SealedValueError):
            read_padded(padded)
    else:
        opened = read_padded(padded)
        assert [(type(one), one) for one in opened] == [(type(one), one) for one in one_by_one]


def test_of_many_values_none_opens_in_the_place_of_another() -> None:
    cipher = MemberCipher(KEY, archive=ADDRESS.archive, uid=ADDRESS.uid, level="internal", epoch=1)
    paths = [("name",), ("contact", "mobile")]
    bodies = [cipher.seal("value", path=path).rpartition(":")[2].encode() for path in paths]
    places = [path_bytes(path) for path in paths]

    assert read_padded(cipher.decrypt_all(bodies, places=places)) == ["value", "value"]
    with pytest.raises(UnopenedValueError):
        cipher.decrypt_all(bodies[::-1], places=places)
    with pytest.raises(MalformedValueError):
        cipher.decrypt_all([bodies[0], bodies[1][:-1] + b"="], places=places)


@pytest.mark.parametrize(
    ("padded", "error"),
    [
        (b'"enc:m1"\x80'.ljust(32, b"\0"), MalformedValueError),
        (b'"a"\x80'.ljust(64, b"\0"), PaddingError),
        (b'"a"\x80'.ljust(31, b"\0"), PaddingError),
    ],
)
def test_what_a_writer_would_not_seal_is_refused(
    padded: bytes, error: type[SealedValueError]
) -> None:
    cipher = MemberCipher(KEY, archive=ADDRESS.archive, uid=ADDRESS.uid, level="internal", epoch=1)
    text = cipher.encrypt(padded, path=ADDRESS.path)
    raw = base64.urlsafe_b64decode(text.rpartition(":")[2] + "==")

    with pytest.raises(error):
        cipher.open(SealedText(level="internal", epoch=1, raw=raw), path=ADDRESS.path)
