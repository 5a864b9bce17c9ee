"""Join the halves of the keys at hand, and seal and open members' values with them."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from memberarc.errors import NoIdentityError, UnopenedValueError
from memberarc.formats.sealed_text import parse_sealed_text
from memberarc.sealing.derivation import member_key
from memberarc.sealing.value import MemberCipher

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.sealing.derivation import Purpose
    from memberarc.sealing.keys.level_keys import LevelKey

_MEMBERS_KEPT: Final = 256
"""Records are opened one after the other, so a few members' ciphers are enough to keep."""


class Shares(Protocol):
    """Where members' shares are found: a vault, or all its replicas."""

    def share(self, uid: str, *, commitment: str) -> bytes: ...


class KeyRing:
    """The level keys a user could open, and the vault that holds the members' shares."""

    def __init__(
        self,
        *,
        archive: str,
        level_keys: Iterable[LevelKey],
        current: Mapping[str, int],
        vault: Shares,
    ) -> None:
        """Hold keys.

        Args:
            current: the epoch under which each level is sealed now, from the key list.
        """
        self.archive = archive
        self.current = current
        self.vault = vault
        self._secrets: dict[tuple[str, int], list[bytes]] = {}
        for key in level_keys:
            self._secrets.setdefault((key.level, key.epoch), []).append(key.secret)
        self.held = tuple(sorted(self._secrets))
        """Level and epoch of every key at hand."""
        self._levels = frozenset(level for level, _ in self._secrets)
        self._member = lru_cache(maxsize=_MEMBERS_KEPT)(self._new_member)

    def can_open(self, level: str) -> bool:
        """Tell whether some key of a level is at hand; what is open needs none."""
        return level == "open" or level in self._levels

    def is_current(self, text: str, *, level: str) -> bool:
        """Tell whether a sealed value is of a level and of that level's current epoch."""
        sealed = parse_sealed_text(text)
        return sealed.level == level and self.current.get(level) == sealed.epoch

    def member(self, uid: str, *, commitment: str) -> MemberKeys:
        """Find the keys of one member.

        Args:
            commitment: the record's ``key``, which tells its share from any other.

        Raises:
            MemberPurgedError, ShareMissingError, ShareRottenError: there is no such share.
        """
        return self._member(uid, commitment)

    def open(self, text: str, *, uid: str, commitment: str, path: tuple[str, ...]) -> Scalar:
        """Open a sealed value of one field of one member's record.

        Raises:
            NoIdentityError: no key of its level and epoch is at hand.
            MemberPurgedError, ShareMissingError, ShareRottenError: the share is not to be had.
            SealedValueError: it is no sealed value, or not of this place.
        """
        return self.member(uid, commitment=commitment).open(text, path=path)

    def seal(
        self, value: Scalar, *, uid: str, commitment: str, level: str, path: tuple[str, ...]
    ) -> str:
        """Seal a value for one field under the current epoch of a level; raises as ``open``."""
        return self.member(uid, commitment=commitment).seal(value, level=level, path=path)

    def secrets(self, level: str, epoch: int) -> list[bytes]:
        """Return the keys of a level and epoch; two, where two branches made one each.

        Raises:
            NoIdentityError: there is none at hand.
        """
        secrets = self._secrets.get((level, epoch))
        if secrets is None:
            raise NoIdentityError(f"no key at hand opens level {level}, epoch {epoch}")
        return secrets

    def current_epoch(self, level: str) -> int:
        """Return the epoch to seal under.

        Raises:
            NoIdentityError: the archive has no current key of the level.
        """
        epoch = self.current.get(level)
        if epoch is None:
            raise NoIdentityError(f"the archive has no current key of level {level}")
        return epoch

    def _new_member(self, uid: str, commitment: str) -> MemberKeys:
        return MemberKeys(self, uid=uid, share=self.vault.share(uid, commitment=commitment))


class MemberKeys:
    """The keys of one member, derived when a level and epoch is first met."""

    def __init__(self, ring: KeyRing, *, uid: str, share: bytes) -> None:
        self.uid = uid
        self._ring = ring
        self._share = share
        self._ciphers: dict[tuple[str, int], list[MemberCipher]] = {}

    def open(self, text: str, *, path: tuple[str, ...]) -> Scalar:
        """Open a sealed value of one field; raises as the ring's ``open``."""
        sealed = parse_sealed_text(text)
        ciphers = self._ciphers_of(sealed.level, sealed.epoch)
        for cipher in ciphers[:-1]:
            try:
                return cipher.open(sealed, path=path)
            except UnopenedValueError:
                continue
        return ciphers[-1].open(sealed, path=path)

    def decrypt_all(
        self, bodies: Iterable[bytes], *, level: str, epoch: int, places: Iterable[bytes]
    ) -> list[bytes]:
        """Open many values of one level and epoch; see ``MemberCipher.decrypt_all``.

        Raises:
            SealedValueError: one of them does not open, or only with another of several keys.
        """
        return self._ciphers_of(level, epoch)[0].decrypt_all(bodies, places=places)

    def seal(self, value: Scalar, *, level: str, path: tuple[str, ...]) -> str:
        """Seal a value for one field under the current epoch of a level."""
        return self._ciphers_of(level, self._ring.current_epoch(level))[0].seal(value, path=path)

    def seal_all(
        self, values: Iterable[tuple[tuple[str, ...], Scalar]], *, level: str
    ) -> list[str]:
        """Seal the values of many fields, given with their paths, as ``seal`` seals one."""
        return self._ciphers_of(level, self._ring.current_epoch(level))[0].seal_all(values)

    def derive(self, level: str, epoch: int, *, purpose: Purpose, item: str = "") -> list[bytes]:
        """Derive the member's keys of a purpose, one for each key of the level and epoch."""
        return [
            member_key(
                secret,
                self._share,
                archive=self._ring.archive,
                uid=self.uid,
                level=level,
                epoch=epoch,
                purpose=purpose,
                item=item,
            )
            for secret in self._ring.secrets(level, epoch)
        ]

    def _ciphers_of(self, level: str, epoch: int) -> list[MemberCipher]:
        ciphers = self._ciphers.get((level, epoch))
        if ciphers is None:
            ciphers = self._ciphers[level, epoch] = [
                MemberCipher(
                    key, archive=self._ring.archive, uid=self.uid, level=level, epoch=epoch
                )
                for key in self.derive(level, epoch, purpose="value")
            ]
        return ciphers
