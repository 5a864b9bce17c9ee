"""Saved searches that name a member: each has a share of its own, which that purge leaves alone."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from memberarc.disposal.needles import FEWEST_DIGITS, Needles
from memberarc.disposal.versions import SEALED_TEXT
from memberarc.errors import (
    MalformedValueError,
    MemberPurgedError,
    NoIdentityError,
    QuerySyntaxError,
    SealingError,
)
from memberarc.search.folding import closed_up, folded
from memberarc.search.numbers import telephone
from memberarc.search.query import parse_query
from memberarc.search.query_tree import Text
from memberarc.search.saved import SEALED_AT, read_search

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memberarc.disposal.needles import Needle
    from memberarc.disposal.scan import Finder
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.search.saved import SavedSearch

# However it is spelt: somebody may have edited it by hand, and what is sealed in it opens still.
_SEGMENT: Final = re.compile(rb"^format:[ \t]*[\"']?segment/", re.MULTILINE)
_UID: Final = re.compile(rb"^uid:[ \t]*[\"']?([a-z][a-z2-7]{15})\b", re.MULTILINE)
_NOT_DIGITS: Final = re.compile("[^0-9x]")
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
        needles = tuple(needles)
        self._needles = Needles(needles)
        self._spellings = [(one.field, closed_up(folded(one.text))) for one in needles]
        numbers = ((one.field, telephone(one.text)) for one in needles)
        self._numbers = [
            (field, number.national)
            for field, number in numbers
            if number and len(number.national) >= FEWEST_DIGITS
        ]
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
            fields = {*self._needles.fields_in(told.encode()), *self._fields_asked_for(told)}
            if fields:
                self.naming.setdefault(uid, set()).update(fields)

    def _fields_asked_for(self, told: str) -> set[str]:
        """Name the fields whose values are asked for, spelt in any way that finds the member."""
        fields = {"code"} if self._codes.search(told) else set()
        with suppress(MalformedValueError, QuerySyntaxError):
            values = _values_in(read_search(told, path=""))
            digits = [_NOT_DIGITS.sub("", folded(value)) for value in values]
            # Words that stand one behind another may be a name together.
            text = closed_up(folded(" ".join(values)))
            fields |= {"code"} if self._codes.search(text) else set()
            fields |= {field for field, spelling in self._spellings if spelling in text}
            fields |= {
                field for field, number in self._numbers if any(number in one for one in digits)
            }
        return fields


def _values_in(search: SavedSearch) -> list[str]:
    """List the words and values of a saved search, its name first."""
    values = [search.name]
    for leaf in parse_query(search.query).leaves:
        values += [leaf.value] if isinstance(leaf, Text) else [*leaf.values, leaf.upper]
    return values
