"""What an index tells in a glance: codes, and the values of fields that have few."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from memberarc.formats.canonical_yaml import Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.search.index.store import Store


def codes_beginning(store: Store, beginning: str, *, most: int) -> list[str]:
    """List the first codes that begin so, in any case."""
    code, first = store.layout.column(("id",)), beginning.upper()
    sql = f"SELECT {code} FROM member WHERE {code} BETWEEN ? AND ? ORDER BY {code} LIMIT ?"
    return [one for (one,) in store.select(sql, (first, f"{first}\x7f", most))]


def open_values(store: Store, path: FieldPath, *, most: int) -> list[str]:
    """List different values of a field, if it is in clear for everybody and outside of lists."""
    layout = store.layout
    if not layout.is_open(path) or not layout.is_column(path):
        return []
    column = layout.column(path)
    sql = f"SELECT DISTINCT {column} FROM member WHERE {column} IS NOT NULL LIMIT ?"
    return sorted(str(one) for (one,) in store.select(sql, (most,)))


def values_of_members(
    store: Store, paths: Sequence[FieldPath], *, holding: Sequence[str] = ()
) -> Iterator[tuple[str, dict[FieldPath, Scalar | None]]]:
    """Yield codes with the values of fields outside of lists, of those that records here may have.

    Args:
        holding: only members of whom some value holds one of these texts.
    """
    layout = store.layout
    known = [path for path in paths if path in layout.numbers]
    columns = [layout.column(path) for path in known]
    held = f"concat_ws(' ', {', '.join(columns)}) LIKE ?"
    condition = " OR ".join([held] * len(holding)) or "TRUE"
    chosen = ", ".join([layout.column(("id",)), *columns])
    sql = f"SELECT {chosen} FROM member WHERE {condition}"
    for code, *cells in store.select(sql, [f"%{part}%" for part in holding]):
        yield code, dict(zip(known, cells, strict=True))
