"""Level keys: wrapped in files any age opens, and no other key taken for one."""

from __future__ import annotations

import base64
import shutil
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from memberarc.errors import LevelKeyError, NoIdentityError
from memberarc.sealing.age.crypt import encrypt, generate_identity, load_identities
from memberarc.sealing.keys.key_list import KeyList, Recipient, list_key, policy_digest
from memberarc.sealing.keys.level_keys import (
    LevelKey,
    new_level_key,
    open_level_keys,
    unwrap_level_key,
    wrap_level_key,
)

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.sealing.age.crypt import Identities

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"


@pytest.fixture
def identity(tmp_path: Path) -> Path:
    path = tmp_path / "identity.txt"
    generate_identity(path, now=datetime(2026, 11, 3, tzinfo=UTC))
    return path


@pytest.fixture
def mine(identity: Path) -> Identities:
    return load_identities(identity)


@pytest.fixture
def key() -> LevelKey:
    return new_level_key("internal", epoch=2, archive=ARCHIVE)


def unwrap(content: bytes, key: LevelKey, identities: Identities, **changes: Any) -> LevelKey:
    place = {"archive": ARCHIVE, "level": key.level, "epoch": key.epoch} | changes
    return unwrap_level_key(content, commitment=key.commitment, identities=identities, **place)


def test_a_wrapped_key_comes_back_the_same(key: LevelKey, mine: Identities) -> None:
    content = wrap_level_key(key, archive=ARCHIVE, recipients=mine.recipients)

    assert unwrap(content, key, mine) == key
    assert content.startswith(b"-----BEGIN AGE ENCRYPTED FILE-----\n")


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_stock_age_shows_the_text_the_format_promises(
    key: LevelKey, mine: Identities, identity: Path
) -> None:
    content = wrap_level_key(key, archive=ARCHIVE, recipients=mine.recipients)

    text = subprocess.run(["age", "-d", "-i", identity], input=content, capture_output=True).stdout

    secret = base64.urlsafe_b64encode(key.secret).rstrip(b"=")
    assert text == b"memberarc-level-key m1 " + ARCHIVE.encode() + b" internal 2 " + secret


def test_the_secret_is_never_shown(key: LevelKey, mine: Identities) -> None:
    assert repr(key.secret)[2:10] not in repr(key)
    assert "secret" not in repr(key)
    assert "Identity" not in repr(mine)


def test_a_key_file_is_named_by_level_epoch_and_kid(key: LevelKey) -> None:
    assert key.path == f"keys/internal.2.{key.commitment[:8]}.age"
    assert key.kid == key.commitment[:8]


@pytest.mark.parametrize(
    "change",
    [{"archive": "nbswy3dpeb3w64tmmqxg2ylson"}, {"level": "secret"}, {"epoch": 3}],
    ids=lambda change: next(iter(change)),
)
def test_a_key_of_another_place_is_refused(
    key: LevelKey, mine: Identities, change: dict[str, Any]
) -> None:
    content = wrap_level_key(key, archive=ARCHIVE, recipients=mine.recipients)

    with pytest.raises(LevelKeyError, match="no key of this archive"):
        unwrap(content, key, mine, **change)


def test_a_key_put_in_the_place_of_another_is_refused(key: LevelKey, mine: Identities) -> None:
    planted = new_level_key("internal", epoch=2, archive=ARCHIVE)
    content = wrap_level_key(planted, archive=ARCHIVE, recipients=mine.recipients)

    with pytest.raises(LevelKeyError, match="not the one the key list names"):
        unwrap(content, key, mine)


@pytest.mark.parametrize("secret", ["", "AAAA", "!!!!", "A" * 43 + "=", "A" * 42 + "B"])
def test_a_damaged_secret_is_refused(key: LevelKey, mine: Identities, secret: str) -> None:
    text = f"memberarc-level-key m1 {ARCHIVE} internal 2 {secret}"

    with pytest.raises(LevelKeyError):
        unwrap(encrypt(text.encode(), recipients=mine.recipients), key, mine)


def test_a_key_for_others_is_told_from_a_damaged_file(
    key: LevelKey, mine: Identities, tmp_path: Path
) -> None:
    stranger = generate_identity(tmp_path / "other.txt", now=datetime(2026, 11, 3, tzinfo=UTC))
    content = wrap_level_key(key, archive=ARCHIVE, recipients=[stranger])

    with pytest.raises(NoIdentityError):
        unwrap(content, key, mine)
    with pytest.raises(LevelKeyError) as caught:
        unwrap(content[:100], key, mine)
    assert type(caught.value) is LevelKeyError


def test_of_a_list_only_my_keys_open_and_a_changed_file_is_refused(
    mine: Identities, tmp_path: Path
) -> None:
    stranger = generate_identity(tmp_path / "other.txt", now=datetime(2026, 11, 3, tzinfo=UTC))
    files, entries = {}, []
    for level, recipient in (("internal", mine.recipients[0]), ("secret", stranger)):
        key = new_level_key(level, epoch=1, archive=ARCHIVE)
        files[key.path] = wrap_level_key(key, archive=ARCHIVE, recipients=[recipient])
        entries.append(
            list_key(
                key,
                entry_id="a3k9",
                content=files[key.path],
                recipients=(Recipient(id="q2m4", person="zhang", recipient=recipient),),
            )
        )
    key_list = KeyList(
        archive=ARCHIVE, number=1, access=policy_digest(b"a policy"), keys=tuple(entries)
    )

    opened = open_level_keys(key_list, read=files.get, identities=mine)

    assert [key.level for key in opened] == ["internal"]
    for replaced in (b"another file", None):
        changed = files | {entries[1].file: replaced}
        with pytest.raises(LevelKeyError, match="not the one the key list names"):
            open_level_keys(key_list, read=changed.get, identities=mine)
