"""Judge many new records alike: one draft is made, and the others' values are put into it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.formats.schema_problems import leaf_findings, list_findings
from memberarc.members.field_values import value_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import RecordSchema


class DraftForm:
    """The draft of all records that have values at the same paths.

    It only tells what fits for certain; what is wrong with a record, ``problems_plain`` says.
    """

    def __init__(
        self, draft: dict[str, Node], *, paths: Sequence[FieldPath], schema: RecordSchema
    ) -> None:
        """Take a draft, which is changed with each record, and the paths of its values."""
        self._draft = draft
        self._paths = paths
        self._accepts = schema.accepts
        groups = [value_at(draft, path[:-1]) if path[1:] else draft for path in paths]
        self._names = [path[-1] for path in paths]
        # A value that is itself an item of a list has no name to be put under, and an item whose
        # id is put in would be another one.
        self._groups = [
            group
            for group, name in zip(groups, self._names, strict=True)
            if isinstance(group, dict) and name != "id"
        ]
        self._usable = len(self._groups) == len(paths) and not any(list_findings(draft))

    def fits(self, values: Sequence[Scalar]) -> bool:
        """Tell whether a record with these values, in the order of the paths, surely fits."""
        if not self._usable:
            return False
        for group, name, value in zip(self._groups, self._names, values, strict=True):
            group[name] = value
        return not any(map(leaf_findings, self._paths, values)) and self._accepts(self._draft)
