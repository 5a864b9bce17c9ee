"""Make level keys, wrap them in age files, and unwrap them against their commitment.

Source: format.md, section 6.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from memberarc.errors import LevelKeyError, NoIdentityError, SealingError
from memberarc.sealing.age import crypt
from memberarc.sealing.derivation import KEY_BYTES, level_commitment
from memberarc.sealing.keys.key_list import AFTER_A_MERGE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memberarc.sealing.age.crypt import Identities
    from memberarc.sealing.keys.key_list import KeyList

_TEXT_START: Final = "memberarc-level-key m1"


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelKey:
    """The key of one level and epoch; two branches may each have made one for the same."""

    level: str
    epoch: int
    commitment: str
    secret: bytes = field(repr=False)

    @property
    def kid(self) -> str:
        """The key's short name, as in its file's name."""
        return self.commitment[:8]

    @property
    def path(self) -> str:
        """Where its age file stands in the archive."""
        return level_key_path(self.level, epoch=self.epoch, commitment=self.commitment)


def level_key_path(level: str, *, epoch: int, commitment: str) -> str:
    """Say where the age file of a level key stands."""
    return f"keys/{level}.{epoch}.{commitment[:8]}.age"


def new_level_key(level: str, *, epoch: int, archive: str) -> LevelKey:
    """Make a level key from 32 random bytes."""
    return _level_key(os.urandom(KEY_BYTES), level=level, epoch=epoch, archive=archive)


def wrap_level_key(key: LevelKey, *, archive: str, recipients: Sequence[str]) -> bytes:
    """Write a level key as an armoured age file."""
    secret = base64.urlsafe_b64encode(key.secret).rstrip(b"=").decode()
    text = f"{_TEXT_START} {archive} {key.level} {key.epoch} {secret}"
    return crypt.encrypt(text.encode(), recipients=recipients)


def unwrap_level_key(
    content: bytes,
    *,
    archive: str,
    level: str,
    epoch: int,
    commitment: str,
    identities: Identities,
) -> LevelKey:
    """Open a level key's age file, and refuse any other key than the one committed to.

    Raises:
        NoIdentityError: it is not wrapped for any of these identities.
        LevelKeyError: it is damaged, of another place, or another key.
    """
    where = level_key_path(level, epoch=epoch, commitment=commitment)
    try:
        text = crypt.decrypt(content, identities=identities, where=where).decode("utf-8", "replace")
    except NoIdentityError:
        raise
    except SealingError as err:
        raise LevelKeyError(f"the level key: {err.message}", where=where) from err
    start, _, encoded = text.rpartition(" ")
    if start != f"{_TEXT_START} {archive} {level} {epoch}":
        raise LevelKeyError("the file holds no key of this archive, level and epoch", where=where)
    try:
        secret = base64.b64decode(encoded + "=", altchars=b"-_", validate=True)
    except ValueError as err:
        raise LevelKeyError("the level key is not base64", where=where) from err
    key = _level_key(secret, level=level, epoch=epoch, archive=archive)
    if key.commitment != commitment:
        raise LevelKeyError("the level key is not the one the key list names", where=where)
    return key


def open_level_keys(
    key_list: KeyList, *, read: Callable[[str], bytes | None], identities: Identities
) -> tuple[LevelKey, ...]:
    """Open every listed level key that these identities can open; the others are left out.

    Args:
        read: gives the bytes of a path of the archive, or None.

    Raises:
        LevelKeyError: a file is missing, or is not the one the list names.
    """
    keys = []
    for entry in key_list.keys:
        content = read(entry.file)
        if content is None or hashlib.sha256(content).hexdigest() != entry.sha256:
            raise LevelKeyError(
                "the file is not the one the key list names",
                where=entry.file,
                hint=AFTER_A_MERGE,
            )
        with contextlib.suppress(NoIdentityError):
            keys.append(
                unwrap_level_key(
                    content,
                    archive=key_list.archive,
                    level=entry.level,
                    epoch=entry.epoch,
                    commitment=entry.commitment,
                    identities=identities,
                )
            )
    return tuple(keys)


def _level_key(secret: bytes, *, level: str, epoch: int, archive: str) -> LevelKey:
    return LevelKey(
        level=level,
        epoch=epoch,
        commitment=level_commitment(secret, archive=archive, level=level, epoch=epoch),
        secret=secret,
    )
