"""Saved searches that name a member: each has a share of its own, which that purge leaves alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.disposal.needles import Needles
from memberarc.disposal.versions import SEALED_TEXT
from memberarc.errors import MemberPurgedError, NoIdentityError, SealingError
from memberarc.search.saved import SEALED_AT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memberarc.disposal.needles import Needle
    from memberarc.disposal.scan import Finder
    from memberarc.sealing.keys.key_ring import KeyRing

# However it is spelt: somebody may have edited it by hand, and what is sealed in it opens still.
_SEGMENT: Final = re.compile(rb"^format:[ \t]*[\"']?segment/", re.MULTILINE)
_UID: Final = re.compile(rb"^uid:[ \t]*[\"']?([a-z][a-z2-7]{15})\b", re.MULTILINE)
_KEY: Final = re.compile(rb"^key:[ \t]*[\"']?([0-9a-f]{16})\b", re.MULTILINE)


class BesidesSavedSearches:
    """Finds what another finder finds; what sealed saved searches say is gathered by their uids.

    ``naming`` has the fields whose values they hold; ``closed`` are those of a level that no key
    here opens, ``unopened`` those that do not open for another reason. One whose share was
    destroyed says nothing any more.
    """

    def __init__(
        self, finder: Finder, *, needles: Iterable[Needle], codes: Iterable[str], ring: KeyRing
    ) -> None:
        """Take a finder.

        Args:
            codes: codes and uids of the members who are looked for.
        """
        self._finder = finder
        self._needles = Needles(needles)
        words = "|".join(map(re.escape, codes))
        self._codes = re.compile(rf"(?<![a-z0-9-])(?:{words})(?![a-z0-9-])", re.IGNORECASE)
        self._ring = ring
        self.naming: dict[str, set[str]] = {}
        self.closed: set[str] = set()
        self.unopened: set[str] = set()

    def fields_in(self, content: bytes) -> tuple[str, ...]:
        """Name the fields whose values stand in these bytes in clear."""
        if b"segment/" in content and _SEGMENT.search(content):
            uid, key = (pattern.search(content) for pattern in (_UID, _KEY))
            for text in SEALED_TEXT.findall(content):
                if uid and key:
                    self._look_into(text.decode(), uid=uid[1].decode(), key=key[1].decode())
        return self._finder.fields_in(content)

    def _look_into(self, text: str, *, uid: str, key: str) -> None:
        try:
            # The text as it was sealed, be it no search at all.
            told = str(self._ring.member(uid, commitment=key).open(text, path=SEALED_AT))
        except NoIdentityError:
            self.closed.add(uid)
        except MemberPurgedError:
            return
        except SealingError:
            self.unopened.add(uid)
        else:
            fields = {*self._needles.fields_in(told.encode())}
            fields |= {"code"} if self._codes.search(told) else set()
            if fields:
                self.naming.setdefault(uid, set()).update(fields)
