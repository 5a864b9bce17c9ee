"""Every result in every format."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import get_args

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from memberarc.errors import Problem
from memberarc.output.render import render
from memberarc.output.result import Cell, Column, Format, Result, Table, problem_table

# What takes the apostrophe off again that csv puts before a formula.
GUARD = re.compile("^'(?='*[=+\\-@\t\r\n＝＋－＠])")
COLUMNS = (
    Column(key="id", label="Code"),
    Column(key="name", label="姓名"),
    Column(key="paid", label="Paid", align="right"),
    Column(key="on", label="On"),
)
TABLE = Table(
    columns=COLUMNS,
    rows=(
        ("M2026-000001", "王小明", Decimal("12.50"), date(2026, 11, 3)),
        ("M2026-000002", '[/bold] "x", | \x1b', None, datetime(2026, 11, 3, 9, tzinfo=UTC)),
    ),
)
RESULT = Result(command="list", data=[{"id": "M2026-000001", "vip": True}], table=TABLE)
PROBLEM = Problem(path="members/x.yaml", rule="type", message="not \x1b a number", line=3, column=7)


@pytest.mark.usefixtures("shanghai")
def test_people_get_a_table() -> None:
    assert render(RESULT, form="table") == (
        "Code          姓名                    Paid  On\n"
        "------------  ---------------------  -----  ----------------------\n"
        "M2026-000001  王小明                 12.50  2026-11-03\n"
        'M2026-000002  [/bold] "x", | \\u{1b}         2026-11-03 17:00+08:00\n'
    )


def test_people_get_the_text_instead_where_there_is_one() -> None:
    result = Result(command="diff", data={}, table=TABLE, text="- a\x1b\n+ b\n")

    assert render(result, form="table") == "- a\\u{1b}\n+ b\n"


def test_people_get_problems_as_lines_whether_or_not_they_are_also_the_table() -> None:
    line = "members/x.yaml:3:7: type: not \\u{1b} a number\n"
    alone = Result(command="check", data={}, problems=(PROBLEM,), status="findings")
    listed = Result(command="check", data={}, problems=(PROBLEM,), table=problem_table([PROBLEM]))

    assert render(alone, form="table") == line
    assert render(listed, form="table") == line


@pytest.fixture
def shanghai(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the user be in a zone of their own."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("shanghai")
def test_machines_get_times_in_utc_wherever_the_user_is() -> None:
    for form in ("csv", "tsv", "jsonl"):
        assert "2026-11-03T09:00:00Z" in render(RESULT, form=form)
    assert "2026-11-03 17:00+08:00" in render(RESULT, form="md")


def test_csv_has_keys_for_a_header_and_values_as_they_are() -> None:
    assert render(RESULT, form="csv") == (
        "id,name,paid,on\n"
        "M2026-000001,王小明,12.50,2026-11-03\n"
        'M2026-000002,"[/bold] ""x"", | \x1b",,2026-11-03T09:00:00Z\n'
    )


@pytest.mark.parametrize(("form", "dialect"), [("csv", "excel"), ("tsv", "excel-tab")])
@given(rows=st.lists(st.tuples(st.text(), st.text())))
def test_a_reader_of_csv_gets_every_value_back(
    form: Format, dialect: str, rows: list[tuple[str, str]]
) -> None:
    columns = (Column(key="a", label="A"), Column(key="b", label="B"))
    text = render(
        Result(command="x", data={}, table=Table(columns=columns, rows=tuple(rows))), form=form
    )

    read = [*csv.reader(io.StringIO(text, newline=""), dialect)]
    if form == "csv":
        read = [[GUARD.sub("", text) for text in row] for row in read]
    assert read == [["a", "b"], *map(list, rows)]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ('=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'),
        ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", '"\'\r=1"'),
        ("\n=1", '"\'\n=1"'),
        ("＝1", "'＝1"),
        ("- a note", "'- a note"),
        ("+86 138 0013 8000", "'+86 138 0013 8000"),
        ("'=1", "''=1"),
        ("+8613800138000", "+8613800138000"),
        ("-12.50", "-12.50"),
        ("'tis", "'tis"),
        ("a=1", "a=1"),
        ("", '""'),
    ],
)
def test_a_spreadsheet_finds_no_formula_in_csv(text: str, written: str) -> None:
    table = Table(columns=(Column(key="a", label="A"),), rows=((text,),))

    assert render(Result(command="x", data={}, table=table), form="csv") == f"a\n{written}\n"


def test_a_negative_amount_stays_a_number_in_csv() -> None:
    table = Table(columns=(Column(key="a", label="A"),), rows=((Decimal("-1E+3"),), (-7,)))

    assert render(Result(command="x", data={}, table=table), form="csv") == "a\n-1000\n-7\n"


def test_a_row_of_one_empty_field_is_still_a_row() -> None:
    table = Table(columns=(Column(key="a", label="A"),), rows=(("",), (None,), (True,)))

    assert render(Result(command="x", data={}, table=table), form="csv") == 'a\n""\n""\ntrue\n'


def test_json_lines_have_one_row_each() -> None:
    first, second = map(json.loads, render(RESULT, form="jsonl").splitlines())

    assert first == {"id": "M2026-000001", "name": "王小明", "paid": "12.50", "on": "2026-11-03"}
    assert second["name"] == '[/bold] "x", | \x1b'
    assert second["paid"] is None


def test_markdown_cells_are_text_whatever_they_contain() -> None:
    table = Table(
        columns=(Column(key="a", label="A"), Column(key="n", label="N", align="right")),
        rows=(("a|b `x` ![i](u) <b> \\ \x1b\nnext", 5),),
    )

    assert render(Result(command="x", data={}, table=table), form="md").splitlines() == [
        "| A | N |",
        "| --- | ---: |",
        r"| a\|b \`x\` !\[i\](u) \<b\> \\ \\u{1b}<br>next | 5 |",
    ]


def test_data_without_a_table_still_has_rows() -> None:
    result = Result(command="add", data={"id": "M1", "fields": ["a", "b"], "at": date(2026, 1, 2)})

    assert render(result, form="csv") == 'id,fields,at\nM1,"[""a"", ""b""]",2026-01-02\n'
    assert (
        render(result, form="jsonl") == '{"id": "M1", "fields": ["a", "b"], "at": "2026-01-02"}\n'
    )
    assert render(Result(command="x", data=["a", 1]), form="csv") == "value\na\n1\n"


CELLS = st.one_of(st.none(), st.booleans(), st.integers(), st.text(st.characters()), st.dates())
DATA = st.dictionaries(
    st.text(max_size=3),
    st.recursive(
        CELLS,
        lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
        max_leaves=8,
    ),
)


@given(data=DATA, form=st.sampled_from(get_args(Format)), text=st.none() | st.text())
def test_every_result_has_every_format_and_no_control_reaches_people(
    data: dict[str, Cell], form: Format, text: str | None
) -> None:
    written = render(Result(command="x", data=data, text=text, problems=(PROBLEM,)), form=form)

    if form not in ("csv", "tsv"):
        assert not set(written) & set("\x00\x07\x08\x1b\x7f\x9b\u202e\u200b\ufeff")
    if form == "json":
        json.loads(written)
    if form == "yaml":
        assert yaml.safe_load(written)["memberarc"] == 1


@given(st.text(st.characters()))
def test_json_gives_every_text_back(text: str) -> None:
    written = render(Result(command="x", data={"text": text}), form="json")

    assert json.loads(written.encode("utf-8"))["data"]["text"] == text


def test_yaml_is_canonical_and_leaves_nulls_out() -> None:
    data = {"id": "M2026-000001", "paid": Decimal("12.50"), "none": None, "list": [{"a": 1}, None]}

    assert render(Result(command="show", data=data), form="yaml") == (
        'memberarc: 1\ncommand: show\nstatus: ok\ndata:\n  id: M2026-000001\n  paid: "12.50"\n'
        "  list:\n    - a: 1\n"
    )


def test_yaml_that_has_no_canonical_form_is_written_as_json() -> None:
    written = render(Result(command="x", data={"A": 1}), form="yaml")

    assert yaml.safe_load(written)["data"] == {"A": 1}
