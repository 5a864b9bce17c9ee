"""The suppression list: by it a purged member who returns is noticed, until a day.

It keeps keyed hashes, and only in the vault: in git even a hash would undo the purge.
Source: format.md, section 7.
"""

from __future__ import annotations

import base64
import hmac
import os
import re
from dataclasses import dataclass, field
from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from memberarc.archive.lock import hold_lock
from memberarc.errors import VaultError
from memberarc.people import private_files
from memberarc.sealing.derivation import KEY_BYTES, SUITE, lp
from memberarc.sealing.vault.place import read_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from memberarc.sealing.vault.replica import Vault
    from memberarc.sealing.vault.replicas import Replicas

Trait = tuple[str, str]
"""A kind of value, such as ``mobile``, and the value in its one spelling."""

_HASH_BYTES: Final = 16
_LINE: Final = re.compile(r"(\d{4}-\d\d-\d\d) ([0-9a-f]{32})")
_HINT: Final = (
    "restore the folder suppress/ from another replica of the vault; without one, delete it:"
    " the return of members purged so far is then not noticed"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionList:
    """The list of one replica: hashes, and until which day each counts."""

    key: bytes = field(repr=False)
    hashes: Mapping[bytes, str] = field(repr=False)


class Suppressed:
    """All that is suppressed on a day, whichever replica knows of it; false when nothing is."""

    def __init__(self, vaults: Iterable[Vault], *, today: date) -> None:
        self._archive = ""
        # Replicas share a key; two are there when they were apart at their first purges.
        self._by_key: dict[bytes, set[bytes]] = {}
        for vault in vaults:
            self._archive = vault.archive
            standing = _read_list(vault)
            live = standing and _live(standing.hashes, today=today)
            if standing and live:
                self._by_key.setdefault(standing.key, set()).update(live)

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def matches(self, traits: Iterable[Trait]) -> tuple[str, ...]:
        """Name the kinds of those values that a purged member had, too."""
        lists, archive = self._by_key.items(), self._archive
        return tuple(
            [
                trait[0]
                for trait in traits
                for key, hashes in lists
                if _hash(trait, key=key, archive=archive) in hashes
            ]
        )


def suppress(replicas: Replicas, traits: Iterable[Trait], *, today: date, until: date) -> None:
    """Put values on the list of every replica, join the lists, and drop what has expired.

    One that is retired counts no more, and is deleted: its list may be half gone already.
    """
    added, vaults = [*traits], replicas.counting
    lists = [one for vault in vaults if (one := _read_list(vault))]
    first_key = lists[0].key if lists else os.urandom(KEY_BYTES)

    def write(vault: Vault) -> None:
        private_files.make_private_folder(_folder(vault))
        with hold_lock(vault.directory):
            standing = _read_list(vault)
            if standing is None:
                standing = SuppressionList(key=first_key, hashes={})
                private_files.replace(_key_path(vault), base64.b64encode(first_key) + b"\n")
            hashes = {
                _hash(trait, key=standing.key, archive=vault.archive): until.isoformat()
                for trait in added
            }
            for one in (standing, *lists):
                if one.key == standing.key:
                    for digest, day in _live(one.hashes, today=today).items():
                        hashes[digest] = max(day, hashes.get(digest, ""))
            private_files.replace(_list_path(vault), _write(hashes))

    for vault in vaults:
        if vault.replica in replicas.ids:
            replicas.attempt(vault, partial(write, vault))


def suppressed_lines(vaults: Iterable[Vault], *, today: date) -> dict[tuple[bytes, bytes], str]:
    """Return until which day each hash under each key counts, from a day on.

    Raises:
        VaultError: a list is damaged.
    """
    found: dict[tuple[bytes, bytes], str] = {}
    for vault in vaults:
        if standing := _read_list(vault):
            for digest, day in _live(standing.hashes, today=today).items():
                line = (standing.key, digest)
                found[line] = max(day, found.get(line, ""))
    return found


def _read_list(vault: Vault) -> SuppressionList | None:
    """Read a replica's list; None where nothing was ever suppressed."""
    if not _key_path(vault).exists():
        if _list_path(vault).exists():
            raise VaultError(
                "the key of the suppression list is missing",
                where=str(_key_path(vault)),
                hint=_HINT,
            )
        return None
    encoded = read_private(_key_path(vault))
    content = read_private(_list_path(vault)) if _list_path(vault).exists() else b""
    try:
        key = base64.b64decode(encoded.strip(), validate=True)
        lines = [_LINE.fullmatch(line) for line in content.decode("ascii").splitlines()]
        hashes = {bytes.fromhex(line[2]): line[1] for line in lines if line}
        for until in {*hashes.values()}:
            date.fromisoformat(until)
        if (
            len(key) == KEY_BYTES
            and encoded == base64.b64encode(key) + b"\n"
            and _write(hashes) == content
        ):
            return SuppressionList(key=key, hashes=hashes)
    except ValueError:
        pass
    raise VaultError("the suppression list is damaged", where=str(_list_path(vault)), hint=_HINT)


def _write(hashes: Mapping[bytes, str]) -> bytes:
    """Write the lines in the order of their hashes, so that they do not tell who is who."""
    return b"".join(f"{hashes[one]} {one.hex()}\n".encode() for one in sorted(hashes))


def _live(hashes: Mapping[bytes, str], *, today: date) -> dict[bytes, str]:
    day = today.isoformat()
    return {one: until for one, until in hashes.items() if until >= day}


def _hash(trait: Trait, *, key: bytes, archive: str) -> bytes:
    # Said of every row of an import, so what repeats is put together once.
    text = trait[1].encode()
    message = _prefix(trait[0], archive) + len(text).to_bytes(4, "big") + text
    return hmac.digest(key, message, "sha256")[:_HASH_BYTES]


@cache
def _prefix(kind: str, archive: str) -> bytes:
    return lp(SUITE, b"suppress", archive.encode(), kind.encode())


def _folder(vault: Vault) -> Path:
    return vault.suppression_folder


def _key_path(vault: Vault) -> Path:
    return _folder(vault) / "key"


def _list_path(vault: Vault) -> Path:
    return _folder(vault) / "list.txt"
