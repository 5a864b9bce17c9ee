"""Write all records of an archive in clear, and choose what to ask of them.

python benchmarks/clear_twin.py ARCHIVE TARGET

Beside the folder TARGET stands TARGET.json with the queries. It is what a bench of memberarc gives
to ripgrep, made of made-up people and deleted with the bench's folder.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from pypinyin import Style, pinyin

from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.archive.opened import open_archive
from memberarc.cli.calling import caller_at
from memberarc.members.record import write_record
from memberarc.members.record_batches import map_stream
from memberarc.members.sealed_record import open_record
from memberarc.members.shelves import read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from memberarc.archive.opened import Archive
    from memberarc.sealing.keys.key_ring import KeyRing

# Fewer than the 50 rows a search is asked for: an initial may hit where it is not looked for here.
_MOST: Final = 40


class _Person(NamedTuple):
    code: str
    name: str
    mobile: str
    category: str


def main(archive: Path, target: Path) -> None:
    """Write the twin and its queries."""
    opened = open_archive(archive)
    ring = open_keys(opened, caller_at(archive)).ring
    paths = [entry.path for entry in opened.snapshot.entries("members/")]
    for folder in {(target / path).parent for path in paths}:
        folder.mkdir(parents=True)
    write = partial(_write_all, archive=opened, ring=ring, target=target)
    people = [*map_stream(write, paths)]
    target.with_suffix(".json").write_text(
        json.dumps(_queries(people), ensure_ascii=False), encoding="utf-8"
    )


def _write_all(
    paths: Iterable[str], *, archive: Archive, ring: KeyRing, target: Path
) -> Iterator[_Person]:
    for path, content in archive.snapshot.read_many(paths):
        record = read_record(content, path=path)
        schema = archive.schema(record.kind)
        values = open_record(record, schema=schema, ring=ring).values
        (target / path).write_bytes(write_record(values, schema=schema))
        contact, categories = values["contact"], values["categories"]
        assert isinstance(contact, dict)
        assert isinstance(categories, dict)
        yield _Person(
            code=record.code,
            name=str(values["name"]),
            mobile=str(contact["mobile"]),
            category=str(categories["value"]),
        )


def _queries(people: list[_Person]) -> dict[str, object]:
    """Choose the texts that find most people, yet no more than a screen of them."""
    chinese = [person for person in people if not person.name.isascii()]
    names = Counter(person.name for person in chinese if len(person.name) == 3)
    readings = {name: _initials(name) for name in names}
    initials: Counter[str] = Counter()
    for name, number in names.items():
        initials.update(dict.fromkeys(readings[name], number))
    called = {readings[name][0]: name for name in names if len(readings[name]) == 1}
    name = _most_frequent(names, among=names)
    few = _most_frequent(initials, among=called)
    asked = next(person for person in people[len(people) // 2 :] if person.mobile.isdigit())
    categories = Counter(person.category for person in people).most_common()
    fragment = asked.mobile[-7:]
    found = [
        person.code
        for person in people
        if name in person.name or few in readings.get(person.name, ()) or fragment in person.mobile
    ]
    return {
        "name": name,
        "initials": few,
        "pinyin": "".join(_readings(sign)[0] for sign in called[few]),
        "called": called[few],
        "fragment": fragment,
        "category": categories[len(categories) // 2][0],
        "code": asked.code,
        "changing": [person.code for person in people if person.code not in found][-20:],
    }


def _initials(name: str) -> list[str]:
    """List all initials a name may have: some characters are read in two ways."""
    letters = [sorted({reading[0] for reading in _readings(sign)}) for sign in name]
    return ["".join(choice) for choice in product(*letters)]


@cache
def _readings(sign: str) -> list[str]:
    return pinyin(sign, style=Style.NORMAL, heteronym=True)[0]


def _most_frequent(numbers: Counter[str], *, among: Iterable[str]) -> str:
    few = {text: numbers[text] for text in among if numbers[text] <= _MOST}
    return max(few, key=lambda text: (few[text], text))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
