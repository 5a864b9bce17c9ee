"""The key list and its pin: what a clone believes, and what it remembers.

Each single reason to refuse a list has its vector under tests/vectors; here are the flows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from memberarc.errors import KeyListError, OlderKeyListError, SettingsError
from memberarc.people.ssh import AllowedSigner, make_signing_key, sign
from memberarc.sealing.keys.key_list import (
    RETIRED,
    KeyEntry,
    KeyList,
    Recipient,
    key_list_problems,
    list_digest,
    list_key,
    next_key_list,
    parse_key_list,
    policy_digest,
    write_key_list,
)
from memberarc.sealing.keys.key_pin import (
    KEY_LIST_NAMESPACE,
    Pin,
    accept_key_list,
    read_pin,
    write_pin,
)
from memberarc.sealing.keys.level_keys import new_level_key

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.sealing.keys.key_pin import Accepted

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
PATH = "keys/keys.yaml"
POLICY = policy_digest(b"a policy")


def entry(level: str, epoch: int = 1, entry_id: str = "a3k9") -> KeyEntry:
    key = new_level_key(level, epoch=epoch, archive=ARCHIVE)
    recipient = Recipient(id="q2m4", person="zhang", recipient="age1qqqq")
    return list_key(key, entry_id=entry_id, content=b"age", recipients=(recipient,))


@pytest.fixture
def first() -> KeyList:
    return KeyList(
        archive=ARCHIVE, number=1, access=POLICY, keys=(entry("internal"), entry("secret"))
    )


@pytest.fixture
def signing_key(tmp_path: Path) -> Path:
    path = tmp_path / "config" / "signing_key"
    make_signing_key(path)
    return path


def accept(content: bytes, *, key: Path, pin: Pin | None, signed: bool = True) -> Accepted:
    public = key.with_suffix(".pub").read_text().split()
    return accept_key_list(
        content,
        path=PATH,
        archive=ARCHIVE,
        signature=sign(content, key=key, namespace=KEY_LIST_NAMESPACE) if signed else None,
        signers=[AllowedSigner(person="zhang", public_key=" ".join(public[:2]))],
        pin=pin,
    )


def test_a_list_comes_back_as_it_was_written(first: KeyList) -> None:
    content = write_key_list(first)
    second = next_key_list(first, content=content, keys=(*first.keys, entry("internal", 2)))

    assert parse_key_list(content, path=PATH) == first
    assert parse_key_list(write_key_list(second), path=PATH) == second
    assert (second.number, second.previous) == (2, f"sha256:{list_digest(content)}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"format: keys/1", b"format: keys/2"),
        (b"number: 1", b"number: 0"),
        (b"number: 1", b"number: true"),
        (b"level: secret", b"level: open"),
        (b"state: current", b"state: active"),
        (b"epoch: 1", b"epoch: -1"),
        (b"epoch: 1", b'epoch: "1"'),
        (b"    sha256:", b"    more: 1\n    sha256:"),
        (b"person: zhang", b'person: "zhang"'),
        (b"keys:\n", b"keys: none\n"),
        (b"number: 1\n", b""),
        (b"access: sha256:", b"access: sha512:"),
        (b"access: ", b"policy: "),
        (b"keys/internal", b"keys/../internal"),
    ],
)
def test_any_other_bytes_are_no_key_list(first: KeyList, old: bytes, new: bytes) -> None:
    content = write_key_list(first)
    assert old in content

    with pytest.raises(KeyListError) as caught:
        parse_key_list(content.replace(old, new), path=PATH)

    assert type(caught.value) is KeyListError
    assert caught.value.where == PATH


def test_a_level_is_sealed_under_its_newest_current_epoch() -> None:
    retired = replace(entry("internal", 1), state=RETIRED)
    key_list = KeyList(
        archive=ARCHIVE,
        number=4,
        access=POLICY,
        keys=(retired, entry("internal", 3), entry("internal", 2), entry("secret", 5)),
    )

    assert key_list.current_epochs() == {"internal": 3, "secret": 5}


def test_a_doubled_epoch_and_a_level_without_current_key_are_reported() -> None:
    retired = replace(entry("secret"), state=RETIRED)
    doubled = (entry("internal", 2), entry("internal", 2), retired)

    key_list = KeyList(archive=ARCHIVE, number=3, access=POLICY, keys=doubled)
    problems = key_list_problems(key_list, path=PATH)

    assert [(one.rule, one.message.split()[0]) for one in problems] == [
        ("doubled-epoch", "internal"),
        ("current-epoch", "secret"),
    ]


def test_a_sound_list_has_no_problems(first: KeyList) -> None:
    assert key_list_problems(first, path=PATH) == []


def test_a_list_once_accepted_needs_no_signature_again(first: KeyList, signing_key: Path) -> None:
    content = write_key_list(first)
    seen = accept(content, key=signing_key, pin=None)

    again = accept(content, key=signing_key, pin=seen.pin, signed=False)

    assert (seen.signer, again.signer) == ("zhang", "")
    assert again.pin == seen.pin


def test_the_pin_moves_on_and_the_list_before_is_then_too_old(
    first: KeyList, signing_key: Path
) -> None:
    content = write_key_list(first)
    second = next_key_list(first, content=content, keys=(*first.keys, entry("internal", 2)))
    pin = accept(content, key=signing_key, pin=None).pin

    moved = accept(write_key_list(second), key=signing_key, pin=pin)

    assert moved.pin.number == 2
    assert set(pin.keys) < set(moved.pin.keys)
    with pytest.raises(OlderKeyListError):
        accept(content, key=signing_key, pin=moved.pin)


def test_a_pin_is_remembered_for_all_clones(
    first: KeyList, signing_key: Path, tmp_path: Path
) -> None:
    path = tmp_path / "state" / ARCHIVE / "keys.yaml"
    pin = accept(write_key_list(first), key=signing_key, pin=None).pin
    assert read_pin(path) is None

    write_pin(path, pin=pin)

    assert read_pin(path) == pin
    assert path.read_bytes().startswith(b"format: key-pin/1\nnumber: 1\n")
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(SettingsError):
        read_pin(path)
