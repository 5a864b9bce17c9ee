"""Derived keys: public vectors, and that every part of a name counts."""

from __future__ import annotations

from typing import Any

import pytest

from memberarc.sealing.derivation import hkdf, lp, member_key

PLACE: dict[str, Any] = {
    "archive": "mzxw6ytboi7q2wgv5t3kc4dnxa",
    "uid": "k5x2w7n3q4v6t2zb",
    "level": "internal",
    "epoch": 1,
    "purpose": "value",
    "item": "",
}


def test_hkdf_agrees_with_every_wycheproof_vector(wycheproof: Any) -> None:
    tested = 0
    for group in wycheproof("hkdf_sha256_test.json")["testGroups"]:
        for vector in group["tests"]:
            if vector["result"] == "invalid":
                # More than 255 blocks cannot be asked for: suite m1 only ever takes 32 bytes.
                assert vector["size"] > 255 * 32
                continue
            secret, salt, info = (bytes.fromhex(vector[name]) for name in ("ikm", "salt", "info"))
            derived = hkdf(secret, salt=salt, info=info, length=vector["size"])
            assert derived.hex() == vector["okm"], vector["comment"]
            tested += 1
    assert tested > 70


def test_components_cannot_be_joined_otherwise_to_the_same_bytes() -> None:
    assert lp(b"ab", b"c") != lp(b"a", b"bc")
    assert lp(b"ab", b"c") == b"\0\0\0\2ab\0\0\0\1c"


@pytest.mark.parametrize(
    "change",
    [
        {"archive": "nbswy3dpeb3w64tmmqxg2ylson"},
        {"uid": "p3d7hq2mlx5cva6r"},
        {"level": "secret"},
        {"epoch": 2},
        {"purpose": "document"},
        {"item": "h7w2"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_member_key_depends_on_every_part_of_its_name(change: dict[str, Any]) -> None:
    level_key, share = b"l" * 32, b"s" * 32

    assert member_key(level_key, share, **PLACE) != member_key(level_key, share, **PLACE | change)


def test_a_member_key_needs_both_halves() -> None:
    key = member_key(b"l" * 32, b"s" * 32, **PLACE)

    assert key != member_key(b"x" * 32, b"s" * 32, **PLACE)
    assert key != member_key(b"l" * 32, b"x" * 32, **PLACE)
