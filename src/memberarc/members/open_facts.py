"""What records say in clear, read without parsing the rest of them.

An unattended run over 100,000 records needs a handful of open fields of each. They stand first in
a canonical record, in a fixed order, so one expression finds them; any other file is read whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.members.shelves import read_record, record_files

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from memberarc.archive.opened import Archive

# A quoted entry might hold escapes: such a record is read whole.
_PLAIN: Final = rb"[A-Za-z_][A-Za-z0-9_./:+=-]*"
_HEAD: Final = re.compile(
    rb"(?:#[^\n]*\n)?format: member/1\n"
    rb'id: "?(?P<id>[A-Z0-9-]{1,40})"?\n'
    rb"uid: (?P<uid>[a-z][a-z2-7]{15})\n"
    rb'key: "?[0-9a-f]{16}"?\n'
    rb"kind: [a-z]+\nopened: [0-9]{4}\nstatus: [a-z]+\n"
    rb"(?:branch: " + _PLAIN + rb"\n)?"
    rb"(?:traits:\n(?P<traits>(?:  - " + _PLAIN + rb"\n)+))?"
    rb"(?:categories:\n(?P<categories>(?:  [a-z][a-z0-9_]*: " + _PLAIN + rb"\n)+))?"
    # The next key, or the end: were one of the parts above spelled otherwise, it would stand here.
    rb"(?!branch:|traits:|categories:)(?=[a-z]|\Z)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFacts:
    """The open fields of one record that a scheme may use."""

    path: str
    code: str
    uid: str
    traits: tuple[str, ...]
    categories: Mapping[str, str]


def read_open_facts(archive: Archive) -> Iterator[OpenFacts]:
    """Read the open facts of every record, in the order of their paths; no key is needed."""
    for path, content in record_files(archive):
        yield open_facts_of(content, path=path)


def open_facts_of(content: bytes, *, path: str) -> OpenFacts:
    """Read the open facts of one record's file."""
    head = _HEAD.match(content)
    if head is None:
        return _read_whole(content, path=path)
    traits, categories = head["traits"], head["categories"]
    return OpenFacts(
        path=path,
        code=head["id"].decode(),
        uid=head["uid"].decode(),
        traits=tuple(line[4:] for line in traits.decode().splitlines()) if traits else (),
        categories=dict(line.strip().split(": ") for line in categories.decode().splitlines())
        if categories
        else {},
    )


def _read_whole(content: bytes, *, path: str) -> OpenFacts:
    record = read_record(content, path=path)
    categories = record.values.get("categories")
    return OpenFacts(
        path=path,
        code=record.code,
        uid=record.uid,
        traits=record.traits,
        categories={name: str(value) for name, value in categories.items()}
        if isinstance(categories, dict)
        else {},
    )
