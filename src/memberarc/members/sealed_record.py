"""Seal and open a whole record, leaf by leaf, keeping the bytes of what did not change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.errors import NoIdentityError, Problem, UnopenedValueError, VaultError
from memberarc.formats.field_path import path_text
from memberarc.formats.sealed_text import SEALED_PREFIX
from memberarc.members.field_values import without
from memberarc.members.record import OpenedRecord, StoredRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.positions import Positions
    from memberarc.formats.schema import Field, RecordSchema
    from memberarc.sealing.keys.key_ring import KeyRing, MemberKeys

# Where the note of a commit is sealed: a path no record has (format.md, section 11).
NOTE_PATH: Final = ("$commit", "reason")


def is_sealed(value: Node | None) -> bool:
    """Tell a sealed value from a plain one by its prefix, which free text may not begin with."""
    return isinstance(value, str) and value.startswith(SEALED_PREFIX)


def open_record(
    stored: StoredRecord,
    *,
    schema: RecordSchema,
    ring: KeyRing,
    wanted: Callable[[Field], bool] = lambda _field: True,
) -> OpenedRecord:
    """Open every wanted value whose level key is at hand; the others stay sealed text.

    Raises:
        VaultError: the member's share is missing, rotten or was destroyed.
        UnopenedValueError: a value was moved, altered or sealed with another key.
    """
    closed: dict[FieldPath, str] = {}
    keys: MemberKeys | None = None

    def opened(path: FieldPath, field: Field | None, value: Scalar) -> Scalar:
        nonlocal keys
        if field is None or not is_sealed(value):
            return value
        if not wanted(field):
            closed[path] = field.level
            return value
        try:
            keys = keys or ring.member(stored.uid, commitment=stored.key)
            return keys.open(str(value), path=path)
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

    Raises:
        UnopenedValueError: sealed text that ``before`` does not have at that path.
    """
    kept = _kept_values(before, schema=schema)
    keys: MemberKeys | None = None

    def sealed(path: FieldPath, field: Field | None, value: Scalar) -> Scalar:
        nonlocal keys
        if field is None or field.level == "open":
            return value
        plain, text = kept.get(path, (None, ""))
        if is_sealed(value):
            if value != text:
                raise UnopenedValueError(
                    "sealed text of another place or time stands here",
                    where=path_text(path),
                    hint="write the value in clear, or put back the line as it was",
                )
            return value
        unchanged = type(plain) is type(value) and plain == value
        if unchanged and ring.is_current(text, level=field.level):
            return text
        # Only now: the keys of a purged member cannot be had, and nothing need be sealed with them.
        keys = keys or ring.member(str(values["uid"]), commitment=str(values["key"]))
        return keys.seal(value, level=field.level, path=path)

    return schema.map_leaves(dict(values), sealed)


def _kept_values(
    before: OpenedRecord | None, *, schema: RecordSchema
) -> dict[FieldPath, tuple[Scalar, str]]:
    if before is None:
        return {}
    texts = {
        path: str(value)
        for path, _, value in schema.leaves(before.stored.values)
        if is_sealed(value)
    }
    return {
        path: (value, texts[path])
        for path, _, value in schema.leaves(before.values)
        if path in texts
    }


def closed_record(stored: StoredRecord, *, schema: RecordSchema) -> OpenedRecord:
    """Show a record as somebody without any key sees it."""
    closed = {
        path: field.level
        for path, field, value in schema.leaves(stored.values)
        if field is not None and is_sealed(value)
    }
    return OpenedRecord(stored=stored, values=stored.values, closed=closed)


def visible_record(
    stored: StoredRecord, *, schema: RecordSchema, ring: KeyRing | None
) -> OpenedRecord:
    """Open a record as far as anybody here can: without a ring, or once purged, only its shape."""
    if ring is None:
        return closed_record(stored, schema=schema)
    try:
        return open_record(stored, schema=schema, ring=ring)
    except VaultError:
        return closed_record(stored, schema=schema)


def plain_problems(
    values: Mapping[str, Node],
    *,
    schema: RecordSchema,
    before: OpenedRecord,
    path: str,
    positions: Positions | None = None,
) -> list[Problem]:
    """List what does not fit in plain values whose closed ones nobody here could open.

    A closed value was judged when it was sealed. It is left out, and not missed.
    """
    open_values = dict(values)
    for closed in before.closed:
        open_values = without(open_values, closed)
    missed = {path_text(closed) for closed in before.closed}
    return [
        problem
        for problem in schema.problems_plain(open_values, path=path, positions=positions)
        if problem.rule != "required" or problem.pointer not in missed
    ]
