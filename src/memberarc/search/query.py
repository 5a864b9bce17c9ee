"""The query language, from text to a tree and back (docs/query.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.errors import QuerySyntaxError
from memberarc.search.query_reader import read_node
from memberarc.search.query_signs import reads_as_field, reads_as_value, reads_as_word
from memberarc.search.query_tree import And, Condition, Not, Or, Query, Text

if TYPE_CHECKING:
    from memberarc.search.query_tree import Node

__all__ = ["And", "Condition", "Not", "Or", "Query", "Text", "parse_query", "query_text"]

LONGEST_QUERY: Final = 20_000


def parse_query(text: str) -> Query:
    """Read a query.

    Raises:
        QuerySyntaxError: it cannot be read; ``place`` counts characters from 1.
    """
    if len(text) > LONGEST_QUERY:
        raise QuerySyntaxError(f"the query is longer than {LONGEST_QUERY} characters")
    return Query(root=read_node(text))


def query_text(query: Query) -> str:
    """Write a query in its canonical spelling, which reads back as the same query."""
    return _written(query.root) if query.root else ""


def _written(node: Node) -> str:
    if isinstance(node, Or):
        return " OR ".join(_written(part) for part in node.parts)
    if isinstance(node, And):
        return " ".join(_enclosed(part, Or) for part in node.parts)
    if isinstance(node, Not):
        part = _enclosed(node.part, (And, Or))
        return f"NOT {part}" if part.startswith("-") else f"-{part}"
    if isinstance(node, Text):
        return _written_text(node)
    return _written_condition(node)


def _enclosed(node: Node, within: type[Node] | tuple[type[Node], ...]) -> str:
    return f"({_written(node)})" if isinstance(node, within) else _written(node)


def _written_text(text: Text) -> str:
    if text.form == "prefix":
        return f"{text.value}*"
    return text.value if text.form == "word" and reads_as_word(text.value) else _quoted(text.value)


def _written_condition(condition: Condition) -> str:
    field = condition.field if reads_as_field(condition.field) else _quoted(condition.field)
    if condition.operator == "present":
        return f"{field}:*"
    if condition.operator == "..":
        ends = [value and _written_end(value) for value in (*condition.values, condition.upper)]
        return f"{field}:{'..'.join(ends)}"
    values = [_written_value(value) for value in condition.values]
    if condition.operator == "begins":
        return f"{field}:{values[0]}*"
    return f"{field}{condition.operator}{','.join(values)}"


def _written_value(value: str) -> str:
    return value if reads_as_value(value) else _quoted(value)


def _written_end(value: str) -> str:
    """Write an end of a range; a full stop beside its two would be taken for one of them."""
    return _written_value(value) if value.strip(".") == value else _quoted(value)


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
