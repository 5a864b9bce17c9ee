"""A saved search: its file, whole in clear or whole sealed, and the level it must be sealed at.

Source: format.md, section 4.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import UID, segment_path
from memberarc.errors import (
    InvalidRecordError,
    MalformedValueError,
    Problem,
    SealedValueError,
    UsageError,
)
from memberarc.formats.canonical_yaml import read_canonical, write_yaml
from memberarc.formats.sealed_text import LEVELS, parse_sealed_text
from memberarc.search.fields import meant_fields
from memberarc.search.query import parse_query

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.schema import RecordSchema
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.search.fields import SchemaEntry

FORMAT: Final = "segment/1"
# Where a saved search is sealed: a path no record has.
SEALED_AT: Final = ("$segment",)
LONGEST_NAME: Final = 80

_KEY: Final = re.compile(r"[0-9a-f]{16}")
# In clear stands only what could be a code: no quotation mark, so no text with a space in it.
_CODE_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_CODES: Final = re.compile(r"[!#-~ ]*")
# Who asks for one of these asks for a certain member, and no list of members is open.
_OF_ONE_MEMBER: Final = (("id",), ("uid",), ("key",))


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSearch:
    """A search under a name: the query in its canonical spelling, and how its answer is shown."""

    name: str
    query: str
    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()

    @property
    def fields(self) -> frozenset[str]:
        """The fields it names anywhere; an empty string where a text looks everywhere."""
        shown = {name.removeprefix("-") for name in (*self.columns, *self.sort)}
        return parse_query(self.query).fields | shown


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSearch:
    """A saved search as its file has it: in clear, or sealed under its own uid.

    ``key`` tells its share in the vault from any other, as a record's does.
    """

    uid: str
    clear: SavedSearch | None = None
    key: str = ""
    sealed: str = ""

    @property
    def path(self) -> str:
        return segment_path(self.uid)

    @property
    def level(self) -> str:
        """The level it is sealed at; ``open`` where it is not."""
        return parse_sealed_text(self.sealed).level if self.sealed else "open"


def parse_stored(content: bytes, *, path: str) -> StoredSearch:
    """Read the file of a saved search; only the bytes that ``write_stored`` gives are one.

    Raises:
        InvalidRecordError: they are others.
    """
    try:
        document = read_canonical(content)
        uid, key, sealed = (str(document.pop(name, "")) for name in ("uid", "key", "search"))
        document.pop("format")
        clear = None if sealed else _search(document)
        stored = StoredSearch(uid=uid, clear=clear, key=key, sealed=sealed)
        fits = UID.fullmatch(uid) and (_KEY.fullmatch(key) if sealed else not key)
        if fits and stored.level in LEVELS and write_stored(stored) == content:
            return stored
    except (ValueError, KeyError, TypeError, SealedValueError):
        pass
    message = "not a saved search as memberarc writes it"
    problem = Problem(path=path, rule="segment", message=message, hint=f"git log -- {path}")
    raise InvalidRecordError(
        f"{path} is {message}", problems=[problem], where=path, hint="memberarc check"
    )


def write_stored(stored: StoredSearch) -> bytes:
    """Write the canonical bytes of a saved search's file."""
    document: dict[str, Node] = {"format": FORMAT, "uid": stored.uid}
    if stored.clear is not None:
        return write_yaml({**document, **_document(stored.clear)})
    return write_yaml({**document, "key": stored.key, "search": stored.sealed})


def open_stored(stored: StoredSearch, *, ring: KeyRing) -> SavedSearch:
    """Open a saved search.

    Raises:
        NoIdentityError: no key at hand opens its level.
        VaultError: its share is missing, rotten or was destroyed.
        SealedValueError: it was moved or altered, or is no saved search.
    """
    if stored.clear is not None:
        return stored.clear
    text = ring.open(stored.sealed, uid=stored.uid, commitment=stored.key, path=SEALED_AT)
    return read_search(str(text), path=stored.path)


def read_search(text: str, *, path: str) -> SavedSearch:
    """Read what was sealed as a saved search; MalformedValueError if it is none."""
    try:
        return _search(read_canonical(text.encode()))
    except (ValueError, KeyError, TypeError) as err:
        raise MalformedValueError("what opens is no saved search", where=path) from err


def seal_search(
    search: SavedSearch, *, uid: str, key: str, level: str, ring: KeyRing
) -> StoredSearch:
    """Seal a saved search whole, under the current epoch of a level."""
    text = write_yaml(_document(search)).decode()
    sealed = ring.seal(text, uid=uid, commitment=key, level=level, path=SEALED_AT)
    return StoredSearch(uid=uid, key=key, sealed=sealed)


def required_level(search: SavedSearch, *, schemas: Sequence[RecordSchema]) -> str:
    """Tell the lowest level a saved search may be sealed at; ``open`` when it may stand in clear.

    It is the highest among the fields named. A text that looks everywhere may be anybody's name, a
    name may be a person's, and a value in quotation marks is no code: all these are internal at
    least, and so is a field that no schema knows.
    """
    levels = [level for name in search.fields for level in _levels_of(name, schemas=schemas)]
    codes = _CODE_NAME.fullmatch(search.name) and _CODES.fullmatch(search.query)
    return max([*levels, "open" if codes else "internal"], key=LEVELS.index)


def looks_everywhere(search: SavedSearch) -> bool:
    """Tell whether a text in the query may be a value of any field, of whatever level."""
    return "" in search.fields


def normal_text(text: str) -> str:
    """Bring what somebody typed into normal form C.

    Raises:
        UsageError: it is no Unicode text, but bytes that a terminal passed on.
    """
    try:
        text.encode()
    except UnicodeEncodeError as err:
        raise UsageError("this is no text in UTF-8") from err
    return unicodedata.normalize("NFC", text)


def checked_name(name: str) -> str:
    """Bring a name into normal form C.

    Raises:
        UsageError: it is empty, too long, of the form of a uid, or holds what no line can show.
    """
    name = normal_text(name).strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable() or UID.fullmatch(name):
        raise UsageError(
            f"a saved search has a name of one line, of 1 to {LONGEST_NAME} characters, that is no"
            " uid",
            hint="memberarc segment save active-east 'status:active branch:east'",
        )
    return name


def _levels_of(name: str, *, schemas: Sequence[RecordSchema]) -> list[str]:
    kinds: dict[str, tuple[SchemaEntry, ...]] = {
        schema.kind: (*schema.fields, *schema.containers) for schema in schemas
    }
    levels = [
        "internal" if field.path in _OF_ONE_MEMBER else field.level
        for fields in meant_fields(name, kinds).values()
        for field in fields
    ]
    return levels or ["internal"]


def _search(document: Mapping[str, Node]) -> SavedSearch:
    """Read what stands in clear, or stood before it was sealed; ValueError for anything else."""
    told = dict(document)
    name, query = told.pop("name"), told.pop("query")
    columns, sort = (_texts(told.pop(key, [])) for key in ("columns", "sort"))
    if told or not isinstance(name, str) or not isinstance(query, str):
        raise ValueError("a saved search has name, query, columns and sort")
    return SavedSearch(name=name, query=query, columns=columns, sort=sort)


def _texts(node: Node) -> tuple[str, ...]:
    if not isinstance(node, list):
        raise TypeError("columns and sort are lists")
    return tuple(str(item) for item in node)


def _document(search: SavedSearch) -> dict[str, Node]:
    return {
        "name": search.name,
        "query": search.query,
        "columns": [*search.columns],
        "sort": [*search.sort],
    }
