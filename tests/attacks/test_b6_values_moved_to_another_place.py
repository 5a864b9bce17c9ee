"""B6: a value opens at its own place only: field, item, member, level, epoch and archive."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memberarc.errors import UnopenedValueError
from memberarc.sealing.derivation import lp
from memberarc.sealing.value import Address, open_value, seal_value

KEY = bytes(range(32))
HOME = {
    "archive": "mzxw6ytboi7q2wgv5t3kc4dnxa",
    "uid": "k5x2w7n3q4v6t2zb",
    "level": "internal",
    "epoch": 1,
    "path": ("contact", "mobile"),
}


@pytest.mark.parametrize(
    "moved",
    [
        {"archive": "nzxw6ytboi7q2wgv5t3kc4dnxa"},
        {"uid": "p3d7hq2mlx5cva6r"},
        {"path": ("contact", "phone")},
        {"path": ("contactm", "obile")},
        {"path": ("contact.mobile",)},
        {"path": ("contact", "mobile", "")},
        {"path": ("[contact]", "mobile")},
    ],
    ids=str,
)
def test_a_value_does_not_open_elsewhere(moved: dict[str, object]) -> None:
    text = seal_value("13800138000", key=KEY, address=Address(**HOME))  # type: ignore[arg-type]

    assert open_value(text, key=KEY, address=Address(**HOME)) == "13800138000"  # type: ignore[arg-type]
    with pytest.raises(UnopenedValueError):
        open_value(text, key=KEY, address=Address(**HOME | moved))  # type: ignore[arg-type]


@given(st.lists(st.binary(max_size=6), max_size=4), st.lists(st.binary(max_size=6), max_size=4))
def test_no_two_lists_of_components_give_the_same_bytes(one: list[bytes], two: list[bytes]) -> None:
    assert (lp(*one) == lp(*two)) == (one == two)
