"""B7: a level key or a share is what its commitment says, or is refused."""

from __future__ import annotations

import os

import pytest

from memberarc.errors import LevelKeyError
from memberarc.sealing.age.crypt import parse_identities
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.keys.level_keys import new_level_key, unwrap_level_key, wrap_level_key

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"


def test_another_key_in_the_file_of_a_level_key_is_refused() -> None:
    from pyrage import x25519

    identity = x25519.Identity.generate()
    real, other = (new_level_key("internal", epoch=1, archive=ARCHIVE) for _ in range(2))
    content = wrap_level_key(other, archive=ARCHIVE, recipients=[str(identity.to_public())])

    with pytest.raises(LevelKeyError):
        unwrap_level_key(
            content,
            archive=ARCHIVE,
            level="internal",
            epoch=1,
            commitment=real.commitment,
            identities=parse_identities(str(identity).encode(), where="identity"),
        )


def test_a_record_names_its_share_by_64_bits_that_no_other_share_meets_by_chance() -> None:
    commitments = {record_commitment(os.urandom(32)) for _ in range(10_000)}

    assert len(commitments) == 10_000
    assert {len(one) for one in commitments} == {16}
