"""Read records leaf by leaf, opened as far as the keys at hand reach, many at a time.

Most records of an archive are alike but for their values. A record is read as one of its like where
that gives what it would give by itself; whatever else it is, and whatever is wrong with it, is left
to those who read one record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from memberarc.errors import MemberarcError, NoIdentityError, VaultError
from memberarc.formats.canonical_yaml import (
    RECORD_LIMIT_BYTES,
    NotCanonicalError,
    read_canonical,
)
from memberarc.formats.sealed_text import decode_sealed_body
from memberarc.members.record_shape import learn_shape, part_values
from memberarc.members.sealed_record import is_sealed
from memberarc.members.shelves import read_record
from memberarc.sealing.value import read_padded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.record import StoredRecord
    from memberarc.members.record_shape import RecordShape
    from memberarc.sealing.keys.key_ring import KeyRing

_SHAPES_KEPT: Final = 4096

# Code, uid and key in canonical spellings; a code that ends in a letter might be a reserved word.
_IDENTITY: Final = re.compile(
    rb'(?:[A-Z][A-Z0-9-]{0,38}[0-9]|"[A-Z0-9-]{1,40}")\n'
    rb'(?:[a-z][a-z2-7]{15}|"[a-z][a-z2-7]{15}")\n'
    rb'(?:[a-f][0-9a-f]{15}|"[0-9a-f]{16}")'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLeaves:
    """A record as its scalars, in its own order: those that are open or opened, and the others.

    ``closed`` has the level with each path. Of an ``unreadable`` record every sealed value is
    closed, for the vault has no share for it.
    """

    code: str
    uid: str
    kind: str
    status: str
    leaves: tuple[tuple[FieldPath, Scalar], ...]
    closed: tuple[tuple[FieldPath, str], ...]
    unreadable: bool = False


class LeafReader:
    """Reads many records of one archive with the same keys."""

    def __init__(self, *, schemas: Callable[[str], RecordSchema], ring: KeyRing | None) -> None:
        """Read with the schema of each kind, and with keys or none."""
        self._schemas = schemas
        self._ring = ring
        self._shapes: dict[bytes, RecordShape | None] = {}

    def read(self, content: bytes, *, path: str) -> RecordLeaves:
        """Read one record's file.

        Raises:
            InvalidRecordError: it is no record.
            SealedValueError: a value was moved, altered or sealed with another key.
        """
        sort, values = part_values(content)
        shape = self._shapes.get(sort)
        if shape and shape.value_count == len(values) and len(content) <= RECORD_LIMIT_BYTES:
            try:
                return self._read_alike(shape, values)
            except (NotCanonicalError, MemberarcError):
                pass  # by itself it may be in order, or else it is told what is wrong with it
        stored = read_record(content, path=path)
        if sort not in self._shapes:
            self._learn(sort, content, kind=stored.kind)
        return self._read_alone(stored)

    def _learn(self, sort: bytes, content: bytes, *, kind: str) -> None:
        if len(self._shapes) >= _SHAPES_KEPT:
            self._shapes.clear()
        schema = self._schemas(kind)
        self._shapes[sort] = learn_shape(content, kind=kind, schema=schema, ring=self._ring)

    def _read_alike(self, shape: RecordShape, values: Sequence[bytes]) -> RecordLeaves:
        """Read a record by its shape.

        Raises:
            NotCanonicalError, MemberarcError: it is to be read by itself.
        """
        identity = _IDENTITY.fullmatch(b"\n".join(shape.identity(values)))
        if identity is None:
            raise NotCanonicalError("code, uid or key is spelt in another way, or is none")
        code, uid, key = identity[0].decode().replace('"', "").split("\n")
        scalars: list[Scalar] = [code, uid, key]
        scalars += [_open_scalar(values[number]) for number in shape.open]
        opened, status = scalars[3], scalars[4]
        if not (type(opened) is int and 1000 <= opened <= 9999 and isinstance(status, str)):
            raise NotCanonicalError("year or status is none")
        scalars += shape.constants
        for place in shape.item_ids:
            if not isinstance(scalars[place], str):
                raise NotCanonicalError("an item's id is none")
        self._open(shape, values, scalars=scalars, uid=uid, key=key)
        return RecordLeaves(
            code=code,
            uid=uid,
            kind=shape.kind,
            status=status,
            leaves=tuple(zip(shape.leaves.of(scalars), shape.order(scalars), strict=True)),
            closed=tuple(zip(shape.closed.of(scalars), shape.closed_levels, strict=True)),
        )

    def _open(
        self,
        shape: RecordShape,
        values: Sequence[bytes],
        *,
        scalars: list[Scalar],
        uid: str,
        key: str,
    ) -> None:
        """Add what the keys open to the scalars of a record."""
        if self._ring is None or not (shape.groups or shape.unopened):
            return
        keys = self._ring.member(uid, commitment=key)
        padded: list[bytes] = []
        for group in shape.groups:
            padded += keys.decrypt_all(
                [values[number] for number in group.numbers],
                level=group.level,
                epoch=group.epoch,
                places=group.places_of(scalars),
            )
        scalars += read_padded(padded)
        for number in shape.unopened:
            decode_sealed_body(values[number])

    def _read_alone(self, stored: StoredRecord) -> RecordLeaves:
        try:
            return self._leaves(stored, ring=self._ring)
        except VaultError:
            return self._leaves(stored, ring=None, unreadable=True)

    def _leaves(
        self, stored: StoredRecord, *, ring: KeyRing | None, unreadable: bool = False
    ) -> RecordLeaves:
        keys = None
        leaves: list[tuple[FieldPath, Scalar]] = []
        closed: list[tuple[FieldPath, str]] = []
        for path, field, value in self._schemas(stored.kind).leaves(stored.values):
            opened: Scalar = value
            if field is not None and is_sealed(value):
                if ring is None:
                    closed.append((path, field.level))
                    continue
                try:
                    keys = keys or ring.member(stored.uid, commitment=stored.key)
                    opened = keys.open(str(value), path=path)
                except NoIdentityError:
                    closed.append((path, field.level))
                    continue
            leaves.append((path, opened))
        return RecordLeaves(
            code=stored.code,
            uid=stored.uid,
            kind=stored.kind,
            status=stored.status,
            leaves=tuple(leaves),
            closed=tuple(closed),
            unreadable=unreadable,
        )


@lru_cache(maxsize=4096)
def _open_scalar(text: bytes) -> Scalar:
    """Read an open value as it stands behind its key; cached, for most are of few words.

    Raises:
        NotCanonicalError: something else stands there.
    """
    value = read_canonical(b"value: " + text + b"\n")["value"]
    if not isinstance(value, (str, int)) or is_sealed(value):
        raise NotCanonicalError("not an open value")
    return value
