"""How ``search`` and ``list`` ask, and how their answer is shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.cli.views import SEALED, counted
from memberarc.errors import QuerySyntaxError, UsageError
from memberarc.output.result import Column, Result, Table
from memberarc.search.columns import ShownValues

if TYPE_CHECKING:
    from collections.abc import Callable

    from memberarc.acts.search_members import Found, SearchReport, SearchRequest
    from memberarc.cli.streams import Console
    from memberarc.output.result import Cell as TableCell
    from memberarc.output.result import JsonValue
    from memberarc.search.columns import Cell
    from memberarc.search.words import Span

# As many as a person looks through.
SHOWN_ON_A_TERMINAL: Final = 50
_JOINT: Final = "; "
# These tell all that is known of the members found; the others are tables.
_FULL_FORMS: Final = ("json", "yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a command line asks: who is looked for, and what of the answer is wanted."""

    query: str
    limit: int | None = None
    sort: str = ""
    columns: str = ""
    count: bool = False
    ids: bool = False
    exit_code: bool = False
    verbose: bool = False
    work_tree: bool = False


def answer(
    command: str,
    asked: Asked,
    *,
    search: Callable[[SearchRequest], SearchReport],
    console: Console,
) -> Result:
    """Search, and show the answer in the way that was asked for."""
    from memberarc.acts.search_members import USUAL_COLUMNS, SearchRequest

    if asked.count and asked.ids:
        raise UsageError("--count and --ids exclude each other", hint="leave one of them out")
    request = SearchRequest(
        query=asked.query,
        limit=_limit(command, asked, console=console),
        sort=_names(asked.sort) or (("id",) if command == "list" else ()),
        columns=("id",) if asked.ids else _names(asked.columns) or USUAL_COLUMNS,
        work_tree=asked.work_tree,
        only_count=asked.count,
        with_matches=not asked.count and (console.form in _FULL_FORMS or _highlights(console)),
    )
    try:
        report = search(request)
    except QuerySyntaxError as error:
        if not error.place or console.form != "table":
            raise
        raise _pointed_out(error, query=asked.query) from None
    return search_result(command, report, asked=asked, console=console)


def search_result(command: str, report: SearchReport, *, asked: Asked, console: Console) -> Result:
    """Show the members found, and what could not be looked into."""
    table = _table(report, asked=asked)
    text = None
    if asked.count:
        text = str(report.found)
    elif asked.ids:
        text = "\n".join(member.code for member in report.members)
    elif _highlights(console):
        _show_highlighted(table, report, console=console)
        text = ""
    return Result(
        command=command,
        # Of many members it takes longer to make than all the rest, and no other form shows it.
        data=_data(report, asked=asked) if console.form in _FULL_FORMS else {},
        table=None if asked.count else table,
        text=text,
        done=_sentences(report, asked=asked),
        notices=_notices(report),
        status="findings" if asked.exit_code and not report.found else "ok",
    )


def _highlights(console: Console) -> bool:
    return console.form == "table" and console.out.colour


def _limit(command: str, asked: Asked, *, console: Console) -> int:
    if asked.limit is not None:
        return asked.limit
    for_a_person = console.out.is_terminal and console.form == "table" and not asked.ids
    return SHOWN_ON_A_TERMINAL if command == "search" and for_a_person else 0


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.replace("，", ",").split(",") if name.strip())


def _pointed_out(error: QuerySyntaxError, *, query: str) -> QuerySyntaxError:
    """Show the query with a mark under the place, aligned behind the word ``at``."""
    from memberarc.cli.highlight import pointed_at

    where = pointed_at(query, error.place).replace("\n", "\n     ")
    return QuerySyntaxError(error.message, place=error.place, where=where, hint=error.hint)


def _data(report: SearchReport, *, asked: Asked) -> dict[str, JsonValue]:
    counts: dict[str, JsonValue] = {
        "query": report.query,
        "found": report.found,
        "searched": report.searched,
    }
    if asked.count:
        return counts
    return {"members": [_member_data(member, report) for member in report.members], **counts}


def _member_data(member: Found, report: SearchReport) -> dict[str, JsonValue]:
    """Give one member to machines; several values of a column as a list, a sealed one as null."""
    cells = {column.key: cell for column, cell in zip(report.columns, member.cells, strict=True)}
    return {
        "id": member.code,
        "kind": member.kind,
        **{key: _json_value(cell) for key, cell in cells.items()},
        "matched": list(member.matched),
        "closed": [
            key for key, cell in cells.items() if isinstance(cell, ShownValues) and cell.closed
        ],
    }


def _json_value(cell: Cell) -> JsonValue:
    if not isinstance(cell, ShownValues):
        return cell
    values = [one.value for one in cell.values]
    return values if len(values) > 1 else values[0] if values else None


def _table(report: SearchReport, *, asked: Asked) -> Table:
    return Table(
        columns=tuple(
            Column(key=one.key, label=one.label if asked.columns else one.key, whole=one.whole)
            for one in report.columns
        ),
        rows=tuple(tuple(map(_table_cell, member.cells)) for member in report.members),
    )


def _table_cell(cell: Cell) -> TableCell:
    if not isinstance(cell, ShownValues):
        return cell
    if len(cell.values) == 1 and not cell.closed:
        return cell.values[0].value
    texts = [str(one.value) for one in cell.values] + [SEALED] * cell.closed
    return _JOINT.join(texts) if texts else None


def _spans(cell: Cell) -> list[Span]:
    """Find what answers in the text that `_table_cell` makes of several values."""
    if not isinstance(cell, ShownValues):
        return []
    found, at = [], 0
    for one in cell.values:
        found += [(at + start, at + end) for start, end in one.spans]
        at += len(str(one.value)) + len(_JOINT)
    return found


def _show_highlighted(table: Table, report: SearchReport, *, console: Console) -> None:
    from memberarc.cli.highlight import highlighted_lines

    spans = [[_spans(cell) for cell in member.cells] for member in report.members]
    lines = highlighted_lines(table, spans, width_cells=console.out.width_cells)
    console.out.write("".join(f"{line}\n" for line in lines))


def _sentences(report: SearchReport, *, asked: Asked) -> tuple[str, ...]:
    sentences = [f"query: {report.query or '(everybody)'}"] if asked.verbose else []
    if not asked.count:
        sentences.append(f"{report.found} of {report.searched} members")
    if hidden := 0 if asked.count else report.found - len(report.members):
        sentences.append(f"{hidden} more are not shown; --limit 0 shows all")
    if not report.found and {"or", "and", "not"} & {*report.query.split()}:
        sentences.append("OR, AND and NOT are written in capitals")
    return tuple(sentences)


def _notices(report: SearchReport) -> tuple[str, ...]:
    notices = [*report.notices]
    if report.edited:
        notices.append(
            f"edited, and found here as committed: {', '.join(report.edited)}; --worktree looks at"
            " the edits"
        )
    if report.unreadable:
        notices.append(
            f"{counted(report.unreadable, 'record')} could not be opened; memberarc vault status"
            " tells why"
        )
    return (
        *notices,
        *(f"{path} is no record; memberarc check tells why" for path in report.left_out),
    )
