"""Who is there already, found by the field that an import's mapping calls its key."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from memberarc.errors import UsageError
from memberarc.formats.field_path import path_text
from memberarc.members.field_values import parse_field_path, value_at
from memberarc.members.record_batches import map_stream
from memberarc.members.sealed_record import open_record
from memberarc.members.shelves import member_paths, read_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from memberarc.archive.opened import Archive
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field, RecordSchema
    from memberarc.sealing.keys.key_ring import KeyRing


class KnownMembers:
    """The paths of records by the value of a key field; without one nobody is known."""

    def __init__(self, key: str, *, schema: RecordSchema) -> None:
        self._key = parse_field_path(key) if key else None
        self._schema = schema
        self._found: tuple[str | None, dict[str, str]] = ("", {})

    def at(self, archive: Archive, *, ring: KeyRing) -> Mapping[str, str]:
        """Find those of a commit; it is read once.

        Raises:
            UsageError: the key field is sealed for whoever asks.
        """
        key, commit = self._key, archive.snapshot.commit
        if key is None:
            return {}
        if self._found[0] != commit:
            paths = member_paths(archive)
            values = map_stream(partial(self._values_of, archive, ring, key), paths)
            found = zip(values, paths, strict=True)
            self._found = (commit, {value: path for value, path in found if value is not None})
        return self._found[1]

    def _values_of(
        self, archive: Archive, ring: KeyRing, key: FieldPath, paths: Iterable[str]
    ) -> Iterator[str | None]:
        """Yield for each record the value by which a row finds it, if it has one."""

        def is_key(field: Field) -> bool:
            return field.path == key

        for path, content in archive.snapshot.read_many(paths):
            record = read_record(content, path=path)
            if record.kind != self._schema.kind:
                yield None
                continue
            opened = open_record(record, schema=self._schema, ring=ring, wanted=is_key)
            value = value_at(opened.values, key)
            if key in opened.closed:
                raise UsageError(
                    f"no key at hand opens {path_text(key)}, by which members are found",
                    hint="memberarc key list shows which levels you may open",
                )
            yield None if value is None else str(value)
