"""Edit one record as plain YAML text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.update_member import Updated, rewrite_record
from memberarc.archive.opened import open_archive
from memberarc.errors import ConflictError
from memberarc.formats.canonical_yaml import write_yaml
from memberarc.formats.field_path import path_text
from memberarc.formats.strict_yaml import parse_strict
from memberarc.members.plain_values import normalised
from memberarc.members.reasons import require_reason
from memberarc.members.record import IDENTITY_FIELDS
from memberarc.members.sealed_record import open_record, plain_problems
from memberarc.members.shelves import find_record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.acts.key.keys_at_hand import Keys
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node
    from memberarc.formats.schema import RecordSchema
    from memberarc.members.record import OpenedRecord

# A document's entry is bound to its ciphertext; the document acts write it.
_NOT_EDITED: Final = (*IDENTITY_FIELDS, "documents")
_NAME: Final = "member.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Editing:
    """A record opened for editing, and what becomes of the edited text."""

    archive: Archive
    keys: Keys
    record: OpenedRecord
    schema: RecordSchema
    reason: str

    @property
    def text(self) -> str:
        """The record as plain YAML, without what memberarc itself writes."""
        return write_yaml(_editable(self.record.values)).decode()

    def problems(self, text: str) -> list[str]:
        """Tell what does not fit in an edited text, one line a flaw."""
        parsed = parse_strict(text.encode(), path=_NAME, comments="keep")
        if parsed.problems:
            return [str(problem) for problem in parsed.problems]
        problems = plain_problems(
            _with_the_rest(self.record.values, parsed.value, schema=self.schema),
            schema=self.schema,
            before=self.record,
            path=_NAME,
            positions=parsed.positions,
        )
        lost = [
            f"{_NAME}: closed: no key here opens {path_text(path)}, so leave it as it is"
            for path in self._touched_closed_values(parsed.value)
        ]
        return [*(str(problem) for problem in problems), *lost]

    def save(self, text: str, *, dry_run: bool) -> Updated:
        """Commit an edited text that fits.

        Raises:
            ConflictError: the record was changed by somebody else in between.
        """
        edited = parse_strict(text.encode(), path=_NAME, comments="keep").value

        def replaced(values: Mapping[str, Node], schema: RecordSchema) -> dict[str, Node]:
            if values != self.record.values:
                raise ConflictError(
                    f"{self.record.stored.code} was changed while you edited it",
                    hint=f"memberarc log {self.record.stored.code}",
                )
            return _with_the_rest(values, edited, schema=schema)

        return rewrite_record(
            self.archive,
            self.keys,
            member=self.record.stored.code,
            change=replaced,
            act_name="update",
            reason=self.reason,
            dry_run=dry_run,
        )

    def unchanged(self) -> Updated:
        """Report that nothing was edited."""
        return Updated(code=self.record.stored.code, changes=(), commit=None)

    def _touched_closed_values(self, edited: Mapping[str, Node]) -> list[tuple[str, ...]]:
        after = {path: value for path, _, value in self.schema.leaves(edited)}
        before = {path: value for path, _, value in self.schema.leaves(self.record.values)}
        return [
            path
            for path in self.record.closed
            if path[0] not in _NOT_EDITED and after.get(path) != before[path]
        ]


def open_for_editing(caller: Caller, member: str, *, reason: str = "") -> Editing:
    """Open a record as far as the caller's keys reach; the rest stays sealed text."""
    archive = open_archive(caller.directory)
    if reason:
        require_reason(archive, reason, act="update")
    keys = open_keys(archive, caller)
    stored = find_record(archive, member)
    schema = archive.schema(stored.kind)
    record = open_record(stored, schema=schema, ring=keys.ring)
    return Editing(archive=archive, keys=keys, record=record, schema=schema, reason=reason)


def _editable(values: Mapping[str, Node]) -> dict[str, Node]:
    return {name: value for name, value in values.items() if name not in _NOT_EDITED}


def _with_the_rest(
    values: Mapping[str, Node], edited: Mapping[str, Node], *, schema: RecordSchema
) -> dict[str, Node]:
    kept = {name: value for name, value in values.items() if name in _NOT_EDITED}
    taken = {name: value for name, value in edited.items() if name not in _NOT_EDITED}
    return schema.ordered({**normalised(taken, schema=schema), **kept})
