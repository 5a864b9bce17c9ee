"""Test vectors of sealed values, all opened at an address with a level key and a share."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from memberarc.formats.sealed_text import SealedText, format_sealed_text, padded_length
from memberarc.sealing.derivation import lp, member_key
from memberarc.sealing.value import Address, seal_value

if TYPE_CHECKING:
    from memberarc.formats.canonical_yaml import Node, Scalar

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
OTHER_ARCHIVE = "nbswy3dpeb3w64tmmqxg2ylson"
UID = "k5x2w7n3q4v6t2zb"
OTHER_UID = "p3d7hq2mlx5cva6r"
LEVEL_KEY = bytes(range(32))
SHARE = bytes(range(32, 64))
OTHER_SHARE = bytes(range(64, 96))
NONCE = bytes(range(12))
PATH = ("contact", "mobile")
VALUE = "+86 138 0013 8000"


def _address(**changes: object) -> Address:
    fields = {"archive": ARCHIVE, "uid": UID, "level": "internal", "epoch": 1, "path": PATH}
    return Address(**(fields | changes))  # type: ignore[arg-type]


def _key(address: Address, share: bytes = SHARE) -> bytes:
    return member_key(
        LEVEL_KEY,
        share,
        archive=address.archive,
        uid=address.uid,
        level=address.level,
        epoch=address.epoch,
        purpose="value",
    )


def _sealed(value: Scalar = VALUE, **changes: object) -> str:
    address = _address(**changes)
    return seal_value(value, key=_key(address), address=address, nonce=NONCE)


def _sealed_bytes(padded: bytes) -> str:
    """Seal bytes that no writer would, at the usual address."""
    place = lp(b"memberarc m1", b"value", ARCHIVE.encode(), UID.encode(), b"internal", b"1")
    path = lp((2).to_bytes(4, "big"), b"\0contact", b"\0mobile")
    sealed = AESGCMSIV(_key(_address())).encrypt(NONCE, padded, place + path)
    return format_sealed_text(SealedText(level="internal", epoch=1, raw=NONCE + sealed))


def _sealed_json(text: str) -> str:
    body = text.encode() + b"\x80"
    return _sealed_bytes(body.ljust(padded_length(len(body)), b"\0"))


def _relabelled(text: str, *, level: str = "internal", epoch: int = 1) -> str:
    return f"enc:m1.{level}.{epoch}:{text.partition(':')[2].partition(':')[2]}"


def _cut(text: str, count: int) -> str:
    head, _, encoded = text.rpartition(":")
    raw = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))[:-count]
    return f"{head}:{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}"


def _stray_bits(text: str) -> str:
    """Change bits of the last character that stand for no byte."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) + 1]


def value_vectors() -> dict[str, dict[str, Node]]:
    """Make the vectors of sealed values, all to be opened at an address with a level key."""
    good = _sealed()
    short = json.dumps(VALUE).encode() + b"\x80"
    cases: dict[str, tuple[str, str, dict[str, object], Scalar | None]] = {
        "good-text": ("ok", good, {}, VALUE),
        "good-empty-text": ("ok", _sealed(""), {}, ""),
        "good-chinese-text": ("ok", _sealed("张伟"), {}, "张伟"),
        "good-long-text": ("ok", _sealed("档案" * 200), {}, "档案" * 200),
        "good-integer": ("ok", _sealed(-(2**53) + 1), {}, -(2**53) + 1),
        "good-boolean": ("ok", _sealed(False), {}, False),
        "good-list-item": (
            "ok",
            _sealed(path=("honours", "[h7w2]", "title")),
            {"path": ("honours", "[h7w2]", "title")},
            VALUE,
        ),
        "swapped-field": (
            "UnopenedValueError",
            _sealed(path=("contact", "telephone")),
            {},
            None,
        ),
        "swapped-item": (
            "UnopenedValueError",
            _sealed(path=("honours", "[h7w2]", "title")),
            {"path": ("honours", "[k3m9]", "title")},
            None,
        ),
        "item-named-like-property": (
            "UnopenedValueError",
            _sealed(path=("honours", "h7w2", "title")),
            {"path": ("honours", "[h7w2]", "title")},
            None,
        ),
        "joined-properties": (
            "UnopenedValueError",
            _sealed(path=("contact", "mobile")),
            {"path": ("contactm", "obile")},
            None,
        ),
        "swapped-member": ("UnopenedValueError", _sealed(uid=OTHER_UID), {}, None),
        "swapped-archive": ("UnopenedValueError", _sealed(archive=OTHER_ARCHIVE), {}, None),
        "swapped-level": (
            "UnopenedValueError",
            _relabelled(good, level="confidential"),
            {"level": "confidential"},
            None,
        ),
        "wrong-epoch": ("UnopenedValueError", _relabelled(good, epoch=2), {"epoch": 2}, None),
        "truncated-block": (
            "UnopenedValueError",
            _cut(_sealed("x" * 60), 32),
            {},
            None,
        ),
        "truncated": ("MalformedValueError", _cut(good, 3), {}, None),
        "truncated-base64": ("MalformedValueError", good[:-1], {}, None),
        "non-canonical-base64": ("MalformedValueError", _stray_bits(_sealed("x" * 60)), {}, None),
        "padded-base64": ("MalformedValueError", good + "=", {}, None),
        "epoch-with-leading-zero": ("MalformedValueError", good.replace(".1:", ".01:"), {}, None),
        "unknown-level": ("MalformedValueError", _relabelled(good, level="public"), {}, None),
        "unknown-suite": ("UnknownSuiteError", good.replace("m1", "m2", 1), {}, None),
        "no-end-mark": ("PaddingError", _sealed_bytes(short[:-1].ljust(32, b"\0")), {}, None),
        "bad-padding": ("PaddingError", _sealed_bytes(short.ljust(31, b"\0") + b"\1"), {}, None),
        "over-long-padding": ("PaddingError", _sealed_bytes(short.ljust(64, b"\0")), {}, None),
        "spaced-json": ("MalformedValueError", _sealed_json(f' "{VALUE}"'), {}, None),
        "escaped-json": ("MalformedValueError", _sealed_json('"\\u5f20"'), {}, None),
        "half-a-character": ("MalformedValueError", _sealed_json('"\\ud800"'), {}, None),
        "float": ("MalformedValueError", _sealed_json("1.5"), {}, None),
        "null": ("MalformedValueError", _sealed_json("null"), {}, None),
        "object": ("MalformedValueError", _sealed_json("{}"), {}, None),
        "minus-zero": ("MalformedValueError", _sealed_json("-0"), {}, None),
        "large-integer": ("MalformedValueError", _sealed_json(str(2**53)), {}, None),
        "sealed-twice": ("MalformedValueError", _sealed_json(f'"{good}"'), {}, None),
    }
    return {
        name: _value_vector(expect, sealed=sealed, at=at, value=value)
        for name, (expect, sealed, at, value) in cases.items()
    } | {"wrong-share": _value_vector("UnopenedValueError", sealed=good, share=OTHER_SHARE)}


def _value_vector(
    expect: str,
    *,
    sealed: str,
    at: dict[str, object] | None = None,
    value: Scalar | None = None,
    share: bytes = SHARE,
) -> dict[str, Node]:
    address = _address(**(at or {}))
    vector: dict[str, Node] = {
        "expect": expect,
        "kind": "value",
        "level_key": LEVEL_KEY.hex(),
        "share": share.hex(),
        "archive": address.archive,
        "uid": address.uid,
        "level": address.level,
        "epoch": address.epoch,
        "path": list(address.path),
        "sealed": sealed,
    }
    if value is not None:
        vector["opened_json"] = json.dumps(value, ensure_ascii=False)
    return vector
