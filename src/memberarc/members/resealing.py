"""Seal what stands under an old epoch again under the current one, and change no other byte."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from memberarc.archive.layout import KEY_LIST, code_of
from memberarc.archive.transaction import Change
from memberarc.errors import (
    InvalidRecordError,
    Problem,
    SealedValueError,
    SealingError,
    UnopenedValueError,
)
from memberarc.formats.record_pattern import compile_record_pattern
from memberarc.formats.sealed_text import parse_sealed_text
from memberarc.members.packed_records import PackedRecords
from memberarc.members.record import write_record
from memberarc.members.record_batches import map_stream
from memberarc.members.sealed_record import is_sealed
from memberarc.members.shelves import read_record
from memberarc.sealing.derivation import member_key
from memberarc.sealing.keys.key_list import known_epochs, parse_key_list
from memberarc.sealing.value import MemberCipher

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.schema import Field, RecordSchema
    from memberarc.formats.sealed_text import SealedText
    from memberarc.sealing.keys.key_ring import KeyRing

# What became of a record: its new bytes, what is wrong with it, or nothing that had to be done.
_Outcome: TypeAlias = bytes | Problem | None

# In a canonical record that fits its schema an item begins with its id, the name of a group or list
# stands alone on its line, and a sealed value on the line of its name. Other lines do not match.
_LINE: Final = (
    r'\n((?:  )*+)(?:- id: "?([a-z0-9]+)"?'
    r"|([a-z][a-z0-9_]*):(?: (enc:m1\.(?:{levels})\.[0-9]+:[A-Za-z0-9_-]+))?)(?=\n)"
)


def resealed(
    archive: Archive,
    *,
    before: KeyRing,
    after: KeyRing,
    levels: Collection[str],
    problems: list[Problem] | None = None,
) -> Iterator[Change]:
    """Make the change of each record that has values of some levels under an old epoch.

    Args:
        before: opens; holds keys of the epochs that were.
        after: says which epoch is current, and seals under it; may be the same ring.
        problems: takes up what is wrong with records, which then stay as they are; complete when
            the changes have been gone through. Left out, the first such record ends it all.

    Raises:
        NoIdentityError: there is no current key of a level, or it is not at hand.
        SealingError, InvalidRecordError: a record's values cannot be opened; ``where`` names it.
    """
    snapshot = archive.snapshot
    key_list = snapshot.read(KEY_LIST)
    resealer = Resealer(
        {kind: archive.schema(kind) for kind in archive.kinds},
        known=known_epochs(parse_key_list(key_list, path=KEY_LIST)) if key_list else {},
        before=before,
        after=after,
        levels=levels,
    )

    records = PackedRecords(archive)

    def outcomes(places: Iterable[int]) -> Iterator[_Outcome]:
        for path, content in records.read_many(places):
            try:
                yield resealer.record(content, path=path)
            except (SealingError, InvalidRecordError) as err:
                err.hint = (
                    f"memberarc log {code_of(path)} shows who changed it; memberarc verify tells of"
                    " all such records"
                )
                if problems is None:
                    if err.where != path:
                        err.where = f"{path}: {err.where}" if err.where else path
                    raise
                yield _problem(err, path=path)

    return _changes(records, map_stream(outcomes, range(len(records))), problems=problems)


def _changes(
    records: PackedRecords, outcomes: Iterator[_Outcome], *, problems: list[Problem] | None
) -> Iterator[Change]:
    for place, outcome in enumerate(outcomes):
        if isinstance(outcome, bytes):
            yield Change(path=records.path(place), content=outcome)
        elif outcome is not None and problems is not None:
            problems.append(outcome)


def _problem(err: SealingError | InvalidRecordError, *, path: str) -> Problem:
    pointer = err.where if isinstance(err, SealedValueError) else ""
    return Problem(path=path, rule=err.code, message=err.message, pointer=pointer, hint=err.hint)


class Resealer:
    """Seals one record's file after the other again, with the same rings and schemas."""

    def __init__(
        self,
        schemas: Mapping[str, RecordSchema],
        *,
        known: Mapping[str, Collection[int]],
        before: KeyRing,
        after: KeyRing,
        levels: Collection[str],
    ) -> None:
        """Take the keys; see ``resealed``.

        Args:
            schemas: by kind of record.
            known: for each level the epochs in the key list that the records were sealed under.
        """
        self._schemas = schemas
        self._before = before
        self._after = after
        self._epochs = {level: after.current_epoch(level) for level in sorted(levels)}
        for level, epoch in self._epochs.items():
            after.secrets(level, epoch)
        self._line = re.compile(_LINE.format(levels="|".join(self._epochs)))
        self._canonical = [
            compile_record_pattern(schema, epochs=known) for schema in schemas.values()
        ]

    def record(self, content: bytes, *, path: str) -> bytes | None:
        """Seal one record's values again; None when all are under the current epoch.

        What was sealed is sealed again byte for byte: no value is judged anew.

        Raises:
            SealingError, InvalidRecordError: as ``resealed`` does.
        """
        for pattern in self._canonical:
            if match := pattern.fullmatch(content):
                member = self._member(match["uid"].decode(), commitment=match["key"].decode())
                return self._replaced(content.decode(), member=member)
        return self._rewritten(content, path=path)

    def _replaced(self, text: str, *, member: _Member) -> bytes | None:
        """Put new sealed values in the place of old ones in a record known to be canonical."""
        parts: list[str] = []
        done = 0
        steps: list[str] = []
        for line in self._line.finditer(text):
            indent, item, name, sealed = line.groups()
            depth = len(indent) >> 1
            if sealed is None:
                steps[depth:] = [f"[{item}]" if item else name]
            elif (new := member.resealed(sealed, path=(*steps[:depth], name))) != sealed:
                parts += (text[done : line.start(4)], new)
                done = line.end(4)
        return "".join((*parts, text[done:])).encode() if parts else None

    def _rewritten(self, content: bytes, *, path: str) -> bytes | None:
        """Read and write a record as every act does: the pattern leaves what is rare to this."""
        stored = read_record(content, path=path)
        schema = self._schemas.get(stored.kind)
        if schema is None:
            raise InvalidRecordError(
                "the record's kind has no schema in this archive",
                where=path,
                hint="memberarc check",
            )
        member = self._member(stored.uid, commitment=stored.key)

        def resealed(place: FieldPath, _field: Field | None, value: Scalar) -> Scalar:
            return member.resealed(str(value), path=place) if is_sealed(value) else value

        values = schema.map_leaves(stored.values, resealed)
        return None if values == stored.values else write_record(values, schema=schema)

    def _member(self, uid: str, *, commitment: str) -> _Member:
        return _Member(
            self._before, self._after, epochs=self._epochs, uid=uid, commitment=commitment
        )


class _Member:
    """One member's keys under old epochs and current ones, derived when a value needs them."""

    def __init__(
        self,
        before: KeyRing,
        after: KeyRing,
        *,
        epochs: Mapping[str, int],
        uid: str,
        commitment: str,
    ) -> None:
        self._before = before
        self._after = after
        self._epochs = epochs
        self._uid = uid
        self._commitment = commitment
        self._ciphers: dict[tuple[str, int], list[MemberCipher]] = {}

    def resealed(self, text: str, *, path: FieldPath) -> str:
        """Seal a value under its level's current epoch; what is sealed so keeps its bytes."""
        sealed = parse_sealed_text(text)
        epoch = self._epochs.get(sealed.level, sealed.epoch)
        if epoch == sealed.epoch:
            return text
        padded = self._decrypted(sealed, path=path)
        return self._of(self._after, sealed.level, epoch)[0].encrypt(padded, path=path)

    def _decrypted(self, sealed: SealedText, *, path: FieldPath) -> bytes:
        # Two branches may each have made an epoch: then there are two keys to try.
        *others, last = self._of(self._before, sealed.level, sealed.epoch)
        for cipher in others:
            with suppress(UnopenedValueError):
                return cipher.decrypt(sealed, path=path)
        return last.decrypt(sealed, path=path)

    def _of(self, ring: KeyRing, level: str, epoch: int) -> list[MemberCipher]:
        ciphers = self._ciphers.get((level, epoch))
        if ciphers is None:
            place = {"archive": ring.archive, "uid": self._uid, "level": level}
            ciphers = self._ciphers[level, epoch] = [
                MemberCipher(
                    member_key(secret, self._share, epoch=epoch, purpose="value", **place),
                    epoch=epoch,
                    **place,
                )
                for secret in ring.secrets(level, epoch)
            ]
        return ciphers

    @cached_property
    def _share(self) -> bytes:
        return self._before.vault.share(self._uid, commitment=self._commitment)
