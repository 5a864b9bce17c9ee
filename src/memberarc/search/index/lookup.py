"""What an index tells in a glance: codes, and the values of fields that have few."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
