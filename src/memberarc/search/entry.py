"""What a search knows of one member: the values its reader can open, and how names are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One member.

    ``readings`` are what ``pinyin.readings`` gives for each Chinese name. ``closed`` are the paths
    of values that its reader cannot open, with their levels.
    """

    code: str
    uid: str
    kind: str
    leaves: tuple[tuple[FieldPath, Scalar], ...]
    readings: tuple[str, ...] = ()
    closed: tuple[tuple[FieldPath, str], ...] = ()
