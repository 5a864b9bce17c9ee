"""Sealed values: what goes in comes out, and nothing else is let in or out."""

from __future__ import annotations

import base64
import unicodedata
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from hypothesis import given
from hypothesis import strategies as st

from memberarc.errors import MalformedValueError, SealedValueError
from memberarc.formats.sealed_text import parse_sealed_text
from memberarc.sealing.value import Address, MemberCipher, open_value, seal_value
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
