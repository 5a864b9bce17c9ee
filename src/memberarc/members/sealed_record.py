"""Seal and open a whole record, leaf by leaf, keeping the bytes of what did not change."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from memberarc.errors import InternalError, NoIdentityError
from memberarc.formats.canonical_yaml import Node, Scalar
from memberarc.formats.schema import Field, RecordSchema
from memberarc.formats.sealed_text import SEALED_PREFIX
from memberarc.members.field_path import FieldPath
from memberarc.members.record import OpenedRecord, StoredRecord
from memberarc.sealing.key_ring import KeyRing


def is_sealed(value: Node | None) -> bool:
    """Tell a sealed value from a plain one by its prefix, which free text may not begin with."""
    return isinstance(value, str) and value.startswith(SEALED_PREFIX)


def open_record(
    stored: StoredRecord,
    *,
    schema: RecordSchema,
    ring: KeyRing,
    wanted: Callable[[Field], bool] = lambda field: True,
) -> OpenedRecord:
    """Open every wanted value whose level key is at hand; the others stay sealed text.

    Raises:
        VaultError: the member's share is missing, rotten or was destroyed.
        UnopenedValueError: a value was moved, altered or sealed with another key.
    """
    closed: dict[FieldPath, str] = {}

    def opened(path: FieldPath, field: Field | None, value: Scalar) -> Scalar:
        if field is None or not is_sealed(value):
            return value
        if not wanted(field):
            closed[path] = field.level
            return value
        try:
            return ring.open(str(value), uid=stored.uid, commitment=stored.key, path=path)
        except NoIdentityError:
            closed[path] = field.level
            return value

    values = schema.map_leaves(dict(stored.values), opened)
    return OpenedRecord(stored=stored, values=values, closed=closed)


def seal_record(
    values: Mapping[str, Node],
    *,
    schema: RecordSchema,
    ring: KeyRing,
    before: OpenedRecord | None = None,
) -> dict[str, Node]:
    """Seal a record's protected values; what equals ``before`` keeps its very bytes.

    A value that is still sealed text is kept only where ``before`` has the same text at the same
    path: the writer could not open it and did not touch it.
    """
    kept = _kept_values(before, schema=schema)
    uid, commitment = str(values["uid"]), str(values["key"])

    def sealed(path: FieldPath, field: Field | None, value: Scalar) -> Scalar:
        if field is None or field.level == "open":
            return value
        plain, text = kept.get(path, (None, ""))
        if is_sealed(value):
            if value != text:
                raise InternalError(f"sealed text from elsewhere at {'.'.join(path)}")
            return value
        if type(plain) is type(value) and plain == value and ring.is_current(text):
            return text
        return ring.seal(value, uid=uid, commitment=commitment, level=field.level, path=path)

    return schema.map_leaves(schema.ordered(values), sealed)


def _kept_values(
    before: OpenedRecord | None, *, schema: RecordSchema
) -> dict[FieldPath, tuple[Scalar, str]]:
    if before is None:
        return {}
    texts = {
        path: str(value) for path, _, value in schema.leaves(before.stored.values) if is_sealed(value)
    }
    return {
        path: (value, texts[path])
        for path, _, value in schema.leaves(before.values)
        if path in texts
    }
