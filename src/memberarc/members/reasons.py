"""The reason codes of ``policy/reasons.yaml``: why a record was changed or purged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.archive.layout import REASONS_POLICY
from memberarc.errors import PolicyError, UsageError
from memberarc.formats.yaml_file import load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node

FORMAT: Final = "reasons/1"
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One code, its labels and the acts it may explain."""

    code: str
    label_en: str
    label_zh: str
    acts: tuple[str, ...]


def parse_reasons(document: Mapping[str, Node], *, path: str) -> tuple[Reason, ...]:
    """Read the reasons policy; PolicyError tells what does not fit."""
    entries = document.get("reasons")
    if document.get("format") != FORMAT or not isinstance(entries, list):
        raise PolicyError(f"not a {FORMAT} with a list of reasons", where=path)
    reasons = tuple(_reason(entry, number, path=path) for number, entry in enumerate(entries, 1))
    codes = [reason.code for reason in reasons]
    if len(set(codes)) != len(codes):
        raise PolicyError("a reason code stands twice", where=path)
    return reasons


def reasons_for(archive: Archive, *, act: str) -> list[str]:
    """List the codes that the archive's policy has for an act."""
    content = archive.snapshot.read(REASONS_POLICY)
    document = load_yaml(content, path=REASONS_POLICY, comments="keep") if content else {}
    reasons = parse_reasons(document, path=REASONS_POLICY)
    return [reason.code for reason in reasons if act in reason.acts]


def require_reason(archive: Archive, code: str, *, act: str) -> None:
    """Refuse a code that the archive's policy does not have for this act."""
    fitting = reasons_for(archive, act=act)
    if code not in fitting:
        raise UsageError(
            f"{code} is no reason to {act}" if code else f"no reason to {act} is given",
            where=REASONS_POLICY,
            hint=f"one of: {', '.join(fitting)}",
        )


def _reason(entry: Node, number: int, *, path: str) -> Reason:
    if isinstance(entry, dict):
        code, label, acts = entry.get("code"), entry.get("label"), entry.get("acts")
        if (
            isinstance(code, str)
            and _CODE.fullmatch(code)
            and isinstance(label, dict)
            and isinstance(acts, list)
        ):
            return Reason(
                code=code,
                label_en=str(label.get("en", code)),
                label_zh=str(label.get("zh", code)),
                acts=tuple(str(act) for act in acts),
            )
    raise PolicyError(f"reason {number} has no code, label and acts that fit", where=path)
