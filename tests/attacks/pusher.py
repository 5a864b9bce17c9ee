"""Somebody who may push and is no administrator, and what such a person tries with key lists."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from builders import Club
from memberarc.acts.key.trust import accepted_key_list
from memberarc.archive.opened import open_archive
from memberarc.people.ssh import make_signing_key, sign
from memberarc.sealing.keys.key_list import (
    list_key,
    next_key_list,
    parse_key_list,
    policy_digest,
    write_key_list,
)
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE
from memberarc.sealing.keys.level_keys import new_level_key, wrap_level_key

PINNED_OR_NOT = pytest.mark.parametrize("pinned", [True, False], ids=["pinned", "first sight"])


@pytest.fixture
def mallory(tmp_path: Path) -> Path:
    """The signing key of somebody who may push and is no administrator."""
    key = tmp_path / "mallory"
    make_signing_key(key)
    return key


def believe(club: Club) -> int:
    """Return the number of the key list that this user believes."""
    return accepted_key_list(open_archive(club.root), club.caller()).number


def pin_of(club: Club) -> Path:
    return club.home / "state" / "memberarc" / club.archive / "keys.yaml"


def see(club: Club, *, pinned: bool) -> None:
    """Look at the archive as it is now, or forget that one ever did."""
    if pinned:
        assert believe(club) >= 1
    else:
        pin_of(club).unlink()


def enter(club: Club, key: Path, *, instead: bool = False) -> None:
    """Write somebody into the access policy, beside or instead of its administrator."""
    public = " ".join(key.with_suffix(".pub").read_text().split()[:2])
    if instead:
        club.edit("policy/access.yaml", r"ssh-ed25519 [A-Za-z0-9+/=]+", public)
        return
    person = (
        "  - id: mallory\n    roles:\n      - administrator\n"
        f'    signing_keys:\n      - "{public}"\nroles:'
    )
    club.edit("policy/access.yaml", r"(?m)^roles:$", person)


def keys_of(club: Club) -> tuple[Path, Path]:
    return club.root / "keys" / "keys.yaml", club.root / "keys" / "keys.yaml.sig"


def found_anew(club: Club, key: Path, *, archive: str = "") -> None:
    """Write a first key list of other bytes that names the policy as it lies there, signed."""
    place, signature = keys_of(club)
    key_list = parse_key_list(place.read_bytes(), path="x")
    policy = policy_digest((club.root / "policy" / "access.yaml").read_bytes())
    content = write_key_list(
        replace(
            key_list,
            archive=archive or club.archive,
            number=1,
            previous="",
            access=policy,
            keys=key_list.keys[::-1],
        )
    )
    place.write_bytes(content)
    signature.write_bytes(sign(content, key=key, namespace=KEY_LIST_NAMESPACE))


def plant(club: Club, *, signed_by: Path | None) -> None:
    """Put a level key of a stranger's making, wrapped for the readers, in the place of one."""
    place, signature = keys_of(club)
    content = place.read_bytes()
    before = parse_key_list(content, path="x")
    planted = new_level_key("internal", epoch=2, archive=club.archive)
    readers = next(entry for entry in before.keys if entry.level == "internal").recipients
    wrapped = wrap_level_key(
        planted, archive=club.archive, recipients=[one.recipient for one in readers]
    )
    if signed_by is None:
        next((club.root / "keys").glob("internal.*.age")).write_bytes(wrapped)
    else:
        entry = list_key(planted, entry_id="zzzz", content=wrapped, recipients=readers)
        (club.root / planted.path).write_bytes(wrapped)
        written = write_key_list(next_key_list(before, content=content, keys=(*before.keys, entry)))
        place.write_bytes(written)
        signature.write_bytes(sign(written, key=signed_by, namespace=KEY_LIST_NAMESPACE))
    club.commit_by_hand("a key of my own")
