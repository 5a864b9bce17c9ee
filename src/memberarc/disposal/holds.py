"""Holds: members whose records must not be purged while a case is open (``policy/holds.yaml``)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import HOLDS_POLICY, UID
from memberarc.errors import HeldError, PolicyError
from memberarc.formats.canonical_yaml import write_yaml
from memberarc.formats.yaml_file import load_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from memberarc.formats.canonical_yaml import Node

FORMAT: Final = "holds/1"
_KEYS: Final = ("id", "member", "since", "reason")
_ID: Final = re.compile(r"[a-z][a-z0-9]{3,7}")
_REASON: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NOT_A_HOLD: Final = "is no hold of id, member (a uid), since (a day) and reason (a code)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """One hold: its own id, the uid of the member, since which day, a reason code."""

    id: str
    member: str
    since: date
    reason: str


def parse_holds(document: Mapping[str, Node], *, path: str) -> tuple[Hold, ...]:
    """Read the holds; PolicyError tells the first that does not fit."""
    entries = document.get("holds", [])
    if document.get("format") != FORMAT or not isinstance(entries, list):
        raise PolicyError(f"not a {FORMAT} with a list of holds", where=path)
    if unknown := document.keys() - {"format", "holds"}:
        raise PolicyError(f"an unknown key: {min(unknown)}", where=path)
    holds = tuple(_hold(entry, f"holds[{n}]", path=path) for n, entry in enumerate(entries, 1))
    if len({hold.id for hold in holds}) != len(holds):
        raise PolicyError("two holds have the same id", where=path)
    return holds


def read_holds(read: Callable[[str], bytes | None]) -> tuple[Hold, ...]:
    """Read the holds of an archive by what reads its files; no file, no holds."""
    content = read(HOLDS_POLICY)
    if content is None:
        return ()
    return parse_holds(load_yaml(content, path=HOLDS_POLICY, comments="keep"), path=HOLDS_POLICY)


def write_holds(holds: Iterable[Hold]) -> bytes:
    """Write the canonical bytes of the holds."""
    return write_yaml(
        {
            "format": FORMAT,
            "holds": [
                {
                    "id": hold.id,
                    "member": hold.member,
                    "since": hold.since.isoformat(),
                    "reason": hold.reason,
                }
                for hold in holds
            ],
        }
    )


def refuse_held(holds: Iterable[Hold], members: Mapping[str, str]) -> None:
    """Refuse members that are held.

    Args:
        members: their codes, by uid.

    Raises:
        HeldError: one is held; the first is named.
    """
    for hold in holds:
        if code := members.get(hold.member):
            raise HeldError(
                f"{code} is held since {hold.since}: {hold.reason}",
                where=HOLDS_POLICY,
                hint=f"memberarc hold release {code} --reason CODE, once the case is closed",
            )


def _hold(entry: Node, pointer: str, *, path: str) -> Hold:
    if isinstance(entry, dict) and tuple(entry) == _KEYS:
        words = [value for value in entry.values() if isinstance(value, str)]
        if len(words) == len(_KEYS):
            identifier, member, since, reason = words
            fits = _ID.fullmatch(identifier) and UID.fullmatch(member) and _REASON.fullmatch(reason)
            if fits and re.fullmatch(r"\d{4}-\d\d-\d\d", since):
                try:
                    day = date.fromisoformat(since)
                    return Hold(id=identifier, member=member, since=day, reason=reason)
                except ValueError:
                    pass
    raise PolicyError(f"{pointer} {_NOT_A_HOLD}", where=path)
