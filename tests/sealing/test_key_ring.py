"""The key ring: both halves, for the right member, level and epoch."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from memberarc.errors import (
    MemberPurgedError,
    NoIdentityError,
    ShareMissingError,
    UnopenedValueError,
)
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.keys.key_ring import KeyRing
from memberarc.sealing.keys.level_keys import LevelKey, new_level_key
from memberarc.sealing.vault.fences import Fence, utc_text

if TYPE_CHECKING:
    from memberarc.sealing.vault.replica import Vault

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
UID, OTHER_UID = "k5x2w7n3q4v6t2zb", "p3d7hq2mlx5cva6r"
PATH = ("contact", "mobile")
NOW = datetime(2026, 11, 3, tzinfo=UTC)


def ring_of(vault: Vault, *keys: LevelKey, epoch: int = 1) -> KeyRing:
    return KeyRing(
        archive=ARCHIVE, level_keys=keys, current={"internal": epoch, "secret": 1}, vault=vault
    )


def key(level: str = "internal", epoch: int = 1) -> LevelKey:
    return new_level_key(level, epoch=epoch, archive=ARCHIVE)


def test_a_value_opens_with_the_keys_it_was_sealed_with(ring: KeyRing, commitment: str) -> None:
    sealed = ring.seal("value", uid=UID, commitment=commitment, level="secret", path=PATH)

    assert sealed.startswith("enc:m1.secret.1:")
    assert ring.open(sealed, uid=UID, commitment=commitment, path=PATH) == "value"
    assert ring.is_current(sealed, level="secret")


def test_another_members_keys_open_nothing(ring: KeyRing, vault: Vault, commitment: str) -> None:
    other = record_commitment(vault.provision([OTHER_UID])[OTHER_UID])
    sealed = ring.seal("value", uid=UID, commitment=commitment, level="internal", path=PATH)

    with pytest.raises(UnopenedValueError):
        ring.open(sealed, uid=OTHER_UID, commitment=other, path=PATH)


def test_a_level_without_key_at_hand_is_told(vault: Vault, commitment: str) -> None:
    whole = ring_of(vault, key("secret"), key("internal"))
    sealed = whole.seal("value", uid=UID, commitment=commitment, level="secret", path=PATH)
    poor = ring_of(vault, key("internal"))

    assert (poor.can_open("secret"), poor.can_open("internal")) == (False, True)
    assert poor.can_open("open")
    with pytest.raises(NoIdentityError):
        poor.open(sealed, uid=UID, commitment=commitment, path=PATH)
    for level in ("secret", "confidential"):
        with pytest.raises(NoIdentityError):
            poor.seal("value", uid=UID, commitment=commitment, level=level, path=PATH)


def test_values_are_sealed_under_the_current_epoch_and_older_ones_still_open(
    vault: Vault, commitment: str
) -> None:
    first, second = key(epoch=1), key(epoch=2)
    old = ring_of(vault, first).seal(
        "old", uid=UID, commitment=commitment, level="internal", path=PATH
    )
    ring = ring_of(vault, first, second, epoch=2)

    new = ring.seal("new", uid=UID, commitment=commitment, level="internal", path=PATH)

    assert new.startswith("enc:m1.internal.2:")
    assert (ring.is_current(old, level="internal"), ring.is_current(new, level="internal")) == (
        False,
        True,
    )
    assert ring.open(old, uid=UID, commitment=commitment, path=PATH) == "old"
    with pytest.raises(NoIdentityError):
        ring_of(vault, first, epoch=2).seal(
            "new", uid=UID, commitment=commitment, level="internal", path=PATH
        )


def test_of_two_keys_of_one_epoch_each_opens_its_own_values(vault: Vault, commitment: str) -> None:
    ours, theirs = key(), key()
    sealed = [
        ring_of(vault, one).seal(
            "value", uid=UID, commitment=commitment, level="internal", path=PATH
        )
        for one in (ours, theirs)
    ]
    both = ring_of(vault, ours, theirs)

    for text in sealed:
        assert both.open(text, uid=UID, commitment=commitment, path=PATH) == "value"
    with pytest.raises(UnopenedValueError):
        ring_of(vault, ours).open(sealed[1], uid=UID, commitment=commitment, path=PATH)
    with pytest.raises(UnopenedValueError):
        both.open(sealed[0], uid=UID, commitment=commitment, path=("name",))


def test_of_two_shares_the_records_key_picks_the_one(vault: Vault) -> None:
    ring = ring_of(vault, key())
    commitments = [record_commitment(vault.provision([UID])[UID]) for _ in range(2)]
    sealed = {
        one: ring.seal("value", uid=UID, commitment=one, level="internal", path=PATH)
        for one in commitments
    }

    for one, text in sealed.items():
        assert ring.open(text, uid=UID, commitment=one, path=PATH) == "value"
    with pytest.raises(ShareMissingError):
        ring.open(sealed[commitments[0]], uid=UID, commitment="0" * 16, path=PATH)
    with pytest.raises(ShareMissingError):
        ring.member(OTHER_UID, commitment=commitments[0])


def test_after_a_purge_a_fresh_ring_opens_nothing(
    ring: KeyRing, vault: Vault, level_keys: dict[str, LevelKey], commitment: str
) -> None:
    sealed = ring.seal("value", uid=UID, commitment=commitment, level="internal", path=PATH)
    vault.put_fence(
        Fence(uid=UID, request="r3quest", state="fenced", times={"fenced": utc_text(NOW)})
    )
    vault.shred(UID)

    with pytest.raises(MemberPurgedError):
        ring_of(vault, *level_keys.values()).open(sealed, uid=UID, commitment=commitment, path=PATH)


def test_many_members_are_served_by_few_kept_keys(ring: KeyRing, vault: Vault) -> None:
    uids = [
        f"k{chr(97 + number // 26)}{chr(97 + number % 26)}bcdefghijklmn" for number in range(400)
    ]
    commitments = {uid: record_commitment(share) for uid, share in vault.provision(uids).items()}
    sealed = {
        uid: ring.seal(uid, uid=uid, commitment=one, level="internal", path=PATH)
        for uid, one in commitments.items()
    }

    for uid, text in sealed.items():
        assert ring.open(text, uid=uid, commitment=commitments[uid], path=PATH) == uid
