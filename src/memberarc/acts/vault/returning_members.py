"""Notice a purged member who returns, and remember one who is purged."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from memberarc.archive.layout import VAULT_POLICY
from memberarc.errors import ConfirmationMissingError, ImportRefusedError, Problem
from memberarc.formats.yaml_file import load_yaml
from memberarc.members.field_values import value_at
from memberarc.members.identifying import identifying_values
from memberarc.sealing.vault.policy import VaultPolicy, parse_vault_policy
from memberarc.sealing.vault.suppression import Suppressed, suppress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from memberarc.archive.opened import Archive
    from memberarc.formats.canonical_yaml import Node
    from memberarc.members.packed_rows import ImportRow
    from memberarc.sealing.vault.replicas import Replicas


def read_vault_policy(archive: Archive) -> VaultPolicy:
    """Read what the archive decides of its vault; without the file the defaults hold."""
    content = archive.snapshot.read(VAULT_POLICY)
    document = load_yaml(content, path=VAULT_POLICY, comments="keep") if content else {}
    return parse_vault_policy(document, path=VAULT_POLICY)


def suppress_member(
    archive: Archive, replicas: Replicas, *, values: Mapping[str, Node], today: date
) -> date | None:
    """Remember in every replica what identifies a member about to be purged.

    Args:
        values: the opened values of the newest version; what is still sealed is left out.

    Returns:
        Until when a return is noticed; None when nothing of the member identifies.
    """
    traits = [*identifying_values(lambda path: value_at(values, path))]
    if not traits:
        return None
    until = today + timedelta(days=read_vault_policy(archive).suppression_days)
    suppress(replicas, traits, today=today, until=until)
    return until


def returning_values(
    replicas: Replicas, values: Mapping[str, Node], *, today: date, expected: bool
) -> tuple[str, ...]:
    """Name the kinds of values that a purged member had, too.

    Raises:
        ConfirmationMissingError: there are some, and nobody expects that somebody returns.
    """
    suppressed = Suppressed(replicas.counting, today=today)
    if not suppressed:
        return ()
    kinds = suppressed.matches(identifying_values(lambda path: value_at(values, path)))
    if kinds and not expected:
        raise ConfirmationMissingError(
            f"a member who was purged had the same {', '.join(kinds)}; nothing was changed",
            hint="if the person wants to be a member again, repeat with --returning",
        )
    return kinds


def returning_rows(
    replicas: Replicas,
    rows: Iterable[ImportRow],
    *,
    today: date,
    sheet: str,
    expected: bool,
) -> tuple[int, ...]:
    """Tell the numbers of the rows in which a purged member seems to return.

    Raises:
        ImportRefusedError: there are some, and nobody expects that; told without any value.
    """
    suppressed = Suppressed(replicas.counting, today=today)
    if not suppressed:
        return ()
    found = tuple(
        row.number for row in rows if suppressed.matches(identifying_values(dict(row.values).get))
    )
    if found and not expected:
        raise ImportRefusedError(
            "members who were purged seem to return, so no row was taken",
            problems=[
                Problem(path=sheet, line=row, rule="returning", message="was purged, it seems")
                for row in found
            ],
            where=sheet,
            hint="leave these rows out, or repeat with --returning",
        )
    return found
