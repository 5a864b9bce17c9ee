"""Take plaintexts out of bytes of any kind and leave a mark in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.archive.replacing import Replacements
from memberarc.disposal.clear_part import SEALED_STRETCH
from memberarc.disposal.needles import Needles, forms_of
from memberarc.disposal.versions import parse_version
from memberarc.errors import MalformedValueError
from memberarc.members.plain_values import normalised
from memberarc.members.record import write_record
from memberarc.members.sealed_record import is_sealed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from memberarc.disposal.needles import Needle
    from memberarc.disposal.versions import SchemaOf, Version
    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field
    from memberarc.sealing.keys.key_ring import KeyRing

# Plain text to YAML, JSON, CSV, a commit's author and a file name alike.
MARK: Final = "(removed)"


def redaction(needles: Iterable[Needle]) -> Replacements:
    """Put a mark in the place of every plaintext, in the encoding in which that stands."""
    forms = {form: codec for needle in needles for codec, form in forms_of(needle.text)}
    return Replacements(
        # Longest first, so that no value is cut up by a shorter one inside it.
        pairs=tuple(
            (form, MARK.encode("ascii" if codec == "json-escapes" else codec))
            for form, codec in sorted(forms.items(), key=lambda one: -len(one[0]))
        ),
        kept=SEALED_STRETCH,
    )


def sealed_version(version: Version, *, schema_of: SchemaOf, ring: KeyRing) -> bytes:
    """Seal what stands in clear in a version of a record, as it should have been from the first.

    Anything else comes back as it is, and so does a value that has no form to be sealed in.

    Raises:
        SealingError: the member's share or a level's key is not at hand.
    """
    parsed = parse_version(version, schema_of=schema_of)
    if parsed is None:
        return version.content
    stored, schema = parsed

    def sealed(path: FieldPath, field: Field | None, value: Scalar) -> Scalar:
        if field is None or field.level == "open" or is_sealed(value):
            return value
        try:
            return ring.seal(
                value, uid=stored.uid, commitment=stored.key, level=field.level, path=path
            )
        except MalformedValueError:
            return value

    values = schema.map_leaves(normalised(stored.values, schema=schema), sealed)
    return version.content if values == stored.values else write_record(values, schema=schema)


def safe_to_replace(needles: Iterable[Needle], names: Iterable[str]) -> list[Needle]:
    """Leave out values that stand in the paths of an archive's files: a number in a code."""
    listed = "\n".join(names).encode()
    return [needle for needle in needles if not Needles([needle]).fields_in(listed)]
