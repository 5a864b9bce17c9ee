"""Random identifiers have the alphabet and the length that the format gives them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from memberarc.archive.identifiers import new_item_id, new_long_id, new_uid


@pytest.mark.parametrize(
    ("new", "form"),
    [
        (new_long_id, "[a-z2-7]{26}"),
        (new_uid, "[a-z][a-z2-7]{15}"),
        (new_item_id, "[a-z][a-z2-7]{3}"),
    ],
)
def test_identifiers_have_their_form_and_use_every_character(
    new: Callable[[], str], form: str
) -> None:
    made = [new() for _ in range(2000)]

    assert all(re.fullmatch(form, one) for one in made)
    assert len({*"".join(made)}) == 32
    assert len(set(made)) > 1990
