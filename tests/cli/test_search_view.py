"""What a command line asks of a search: how many are wanted, which columns, in what order."""

from __future__ import annotations

import io

import pytest

from memberarc.acts.search_members import USUAL_COLUMNS, SearchReport, SearchRequest
from memberarc.cli.search_view import Asked, answer
from memberarc.cli.streams import Console, Stream
from memberarc.output.result import Format


def requested(
    command: str, asked: Asked, *, terminal: bool = True, form: Format = "table"
) -> SearchRequest:
    """Tell what the act is asked for, by somebody at a terminal or in a pipe."""
    requests: list[SearchRequest] = []

    def search(request: SearchRequest) -> SearchReport:
        requests.append(request)
        return SearchReport(
            query="",
            columns=(),
            members=(),
            found=0,
            searched=0,
            unreadable=0,
            left_out=(),
            edited=(),
            notices=(),
        )

    file = io.TextIOWrapper(io.BytesIO())
    stream = Stream(file=file, is_terminal=terminal, colour=False, width_cells=80)
    answer(command, asked, search=search, console=Console(out=stream, err=stream, form=form))
    return requests[0]


def test_somebody_at_a_terminal_sees_the_best_fifty() -> None:
    assert requested("search", Asked(query="x")).limit == 50


@pytest.mark.parametrize(
    ("command", "asked", "terminal", "form"),
    [
        ("search", Asked(query="x"), False, "table"),
        ("search", Asked(query="x"), True, "json"),
        ("search", Asked(query="x", limit=0), True, "table"),
        ("search", Asked(query="x", ids=True), True, "table"),
        ("list", Asked(query="x"), True, "table"),
    ],
)
def test_everybody_else_gets_all(command: str, asked: Asked, terminal: bool, form: Format) -> None:
    assert requested(command, asked, terminal=terminal, form=form).limit == 0


def test_what_is_asked_for_is_asked_of_the_act() -> None:
    asked = Asked(query="x", limit=7, sort="joined, -id", columns="id，手机,")

    request = requested("search", asked)

    assert (request.query, request.limit) == ("x", 7)
    assert request.sort == ("joined", "-id")
    assert request.columns == ("id", "手机")


@pytest.mark.parametrize(
    ("asked", "form", "looks"),
    [
        (Asked(query="x"), "table", False),
        (Asked(query="x"), "csv", False),
        (Asked(query="x"), "json", True),
        (Asked(query="x"), "yaml", True),
        (Asked(query="x", count=True), "json", False),
    ],
)
def test_by_what_members_answer_is_asked_only_where_it_is_shown(
    asked: Asked, form: Format, *, looks: bool
) -> None:
    request = requested("list", asked, form=form)

    assert (request.with_matches, request.only_count) == (looks, asked.count)


def test_without_a_wish_a_list_stands_by_code_and_a_search_by_rank() -> None:
    assert requested("list", Asked(query="")).sort == ("id",)
    assert requested("search", Asked(query="x")).sort == ()
    assert requested("search", Asked(query="x")).columns == USUAL_COLUMNS
    assert requested("search", Asked(query="x", ids=True)).columns == ("id",)
