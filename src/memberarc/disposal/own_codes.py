"""What an archive itself writes of codes, and values of a member that stand there only by chance.

A registration number may have the digits of a code. Then it stands in paths, in commits and in the
first lines of records, where it tells nothing of whom it belongs to: no reason to stop a purge.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import CODE
from memberarc.disposal.needles import Needles

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memberarc.disposal.needles import Needle

OWN_CODES: Final = "codes and paths of the archive"
"""How the places are told: each by itself would be one for every commit."""

_CODE: Final = CODE.pattern.encode("ascii")
_ACTS: Final = rb"add|update|purge|certify the purge of|hold|release|[a-z]+ a document (?:of|to)"
_OWN: Final = re.compile(
    rb"^(?:id|Memberarc-Member|remains_in_clear:\n  code): *[\"']?(%(code)b)[\"']?\r?$"
    rb"|((?:members|tombstones)/[0-9]{4}/[0-9]{4,}/%(code)b|requests/[0-9]{4}/%(code)b)\."
    rb"|[0-7]{5,6} (%(code)b)\.(?:certificate\.)?yaml"  # an entry of a tree
    # The subject of a commit, in the commit and in a reflog.
    rb"|(?:^|\tmemberarc: )(?:%(acts)b) (%(code)b)$" % {b"code": _CODE, b"acts": _ACTS},
    re.MULTILINE,
)


class BesidesOwnCodes:
    """Finds what ``Needles`` finds, but not where the archive's own codes and paths stand.

    ``in_codes`` gathers the fields whose values were met there.
    """

    def __init__(self, needles: Iterable[Needle]) -> None:
        every = tuple(needles)
        self._all = Needles(every)
        self._each = [Needles([needle]) for needle in every]
        self.in_codes: set[str] = set()

    def fields_in(self, content: bytes) -> tuple[str, ...]:
        """Name the fields whose values stand in these bytes, and not only as a code."""
        if not self._all.fields_in(content):
            return ()
        own = b"\n".join(b"".join(groups) for groups in _OWN.findall(content))
        rest = _OWN.sub(b"\n", content)
        found: set[str] = set()
        for needle in self._each:
            # What is longer than a code is no code: it is looked for in all there is.
            in_code = needle.fields_in(own)
            self.in_codes.update(in_code)
            found.update(needle.fields_in(rest if in_code else content))
        return tuple(sorted(found))
