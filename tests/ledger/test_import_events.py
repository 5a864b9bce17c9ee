"""From a sheet to day files, and nothing the second time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from memberarc.formats.mapped_sheet import map_sheet
from memberarc.formats.mapping import parse_mapping
from memberarc.formats.sheets import read_sheet
from memberarc.ledger.day_file import HEADER, read_day
from memberarc.ledger.import_events import LedgerImport, import_events
from memberarc.ledger.refs import find_refs

if TYPE_CHECKING:
    from datetime import date

EXAMPLE = Path(__file__).parents[2] / "examples" / "cdnow"
MEMBERS = {
    "7": ("k5x2w7n3q4v6t2zb",),
    "8": ("m2x2w7n3q4v6t2zb",),
    "twins": ("aaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbbb"),
}

WITHOUT_ID = """\
format: map/1
target: ledger
source: till
member: {column: card, match: registration.number}
fields:
  kind: {value: purchase}
  date: {column: day}
  amount: {column: sum}
"""
WITH_ID = WITHOUT_ID + "  id: {column: receipt}\n"


class Archive:
    """Day files in a folder, written as an import asks for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def take(self, rows: str, *, mapping: str) -> LedgerImport:
        parsed = parse_mapping(mapping.encode(), path="till.map.yaml")
        sheet = read_sheet(rows.encode(), name="till.csv", options=parsed.options)
        result = import_events(
            map_sheet(parsed, sheet),
            source=parsed.source,
            members=MEMBERS,
            read_file=self.read,
            find_refs=lambda refs: find_refs(refs, ledger_folder=self.folder / "ledger"),
        )
        for day in result.days:
            path = self.folder / day.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(day.content)
        return result

    def read(self, path: str) -> bytes | None:
        file = self.folder / path
        return file.read_bytes() if file.exists() else None

    def lines(self, path: str) -> list[str]:
        return (self.folder / path).read_text().splitlines()[1:]


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


def test_rows_become_events_of_their_days(archive: Archive) -> None:
    result = archive.take("card,day,sum\n7,2026-11-03,5\n8,2026-11-04,6.5\n", mapping=WITHOUT_ID)

    assert (result.added, result.unchanged, result.problems) == (2, 0, ())
    assert [day.path for day in result.days] == [
        "ledger/2026/11/2026-11-03.csv",
        "ledger/2026/11/2026-11-04.csv",
    ]
    [line] = archive.lines("ledger/2026/11/2026-11-04.csv")
    assert line.startswith("2026-11-04,m2x2w7n3q4v6t2zb,purchase,6.50,,,,,,till:")


def test_digits_of_full_width_count_like_others(archive: Archive) -> None:
    mapping = WITHOUT_ID + "  quantity: {column: pieces}\n"
    archive.take("card,day,sum,pieces\n7,2026-11-03,88,2\n", mapping=mapping)

    wide = archive.take("card,day,sum,pieces\n7,2026-11-03,８８,２\n", mapping=mapping)

    assert (wide.added, wide.unchanged, wide.problems) == (0, 1, ())


def test_a_source_without_ids_gets_the_digest_of_the_stored_row(archive: Archive) -> None:
    archive.take("card,day,sum\n7,2026-11-03,5\n", mapping=WITHOUT_ID)

    # printf '2026-11-03,k5x2w7n3q4v6t2zb,purchase,5.00,,,,,' | sha256sum | cut -c 1-16
    assert archive.lines("ledger/2026/11/2026-11-03.csv") == [
        "2026-11-03,k5x2w7n3q4v6t2zb,purchase,5.00,,,,,,till:425e5ebf0bcc36cc-1"
    ]


def test_equal_rows_of_a_day_are_counted_and_kept(archive: Archive) -> None:
    archive.take("card,day,sum\n" + "7,2026-11-03,5\n" * 3, mapping=WITHOUT_ID)

    refs = [line.rsplit(",", 1)[1] for line in archive.lines("ledger/2026/11/2026-11-03.csv")]
    assert [ref[-2:] for ref in refs] == ["-1", "-2", "-3"]
    assert len({ref[:-2] for ref in refs}) == 1


def test_a_sheet_imported_again_changes_nothing_though_it_writes_amounts_otherwise(
    archive: Archive,
) -> None:
    archive.take("card,day,sum\n7,2026-11-03,5.00\n7,2026-11-03,12.50\n", mapping=WITHOUT_ID)
    again = archive.take("card,day,sum\n7,2026-11-03,12.5\n7,2026-11-03,5\n", mapping=WITHOUT_ID)

    assert (again.days, again.added, again.unchanged, again.problems) == ((), 0, 2, ())


def test_only_days_with_something_new_change(archive: Archive) -> None:
    archive.take("card,day,sum\n7,2026-11-03,5\n7,2026-11-04,5\n", mapping=WITHOUT_ID)
    result = archive.take(
        "card,day,sum\n7,2026-11-03,5\n7,2026-11-04,5\n8,2026-11-04,5\n", mapping=WITHOUT_ID
    )

    assert [(day.path[-14:], day.added) for day in result.days] == [("2026-11-04.csv", 1)]
    assert (result.added, result.unchanged) == (1, 2)


def test_an_id_of_the_source_is_the_ref(archive: Archive) -> None:
    rows = "receipt,card,day,sum\nA-1,7,2026-11-03,5\nA-2,7,2026-11-03,5\n"
    archive.take(rows, mapping=WITH_ID)

    assert archive.lines("ledger/2026/11/2026-11-03.csv") == [
        "2026-11-03,k5x2w7n3q4v6t2zb,purchase,5.00,,,,,,till:A-1",
        "2026-11-03,k5x2w7n3q4v6t2zb,purchase,5.00,,,,,,till:A-2",
    ]
    assert archive.take(rows, mapping=WITH_ID).days == ()


@pytest.mark.parametrize("row", ["A-1,7,2026-11-03,6", "A-1,8,2026-11-03,5", "A-1,7,2026-11-04,5"])
def test_an_id_that_comes_back_with_other_content_or_another_day_is_refused(
    archive: Archive, row: str
) -> None:
    archive.take("receipt,card,day,sum\nA-1,7,2026-11-03,5\n", mapping=WITH_ID)
    result = archive.take(f"receipt,card,day,sum\n{row}\n", mapping=WITH_ID)

    [problem] = result.problems
    assert (problem.line, problem.column, problem.rule) == (2, 1, "changed-event")
    assert result.days == ()


@pytest.mark.parametrize(
    ("row", "column", "rule", "message"),
    [
        ("A-1,9,2026-11-03,5", 2, "unknown-member", "no member has this value"),
        ("A-1,,2026-11-03,5", 2, "unknown-member", "no member has this value"),
        ("A-1,twins,2026-11-03,5", 2, "unknown-member", "several members have this value"),
        ("A-1,7,3.11.2026,5", 3, "cell", "not a day such as 2026-11-03"),
        ("A-1,7,2026-02-30,5", 3, "cell", "no day of the calendar"),
        (
            "A-1,7,2026-11-03,-5",
            4,
            "cell",
            "a purchase is not negative; money given back is a refund",
        ),
        (",7,2026-11-03,5", 1, "cell", "not <source>:<id>"),
    ],
)
def test_a_row_that_is_no_event_is_told_at_its_cell_and_stays_out(
    archive: Archive, row: str, column: int, rule: str, message: str
) -> None:
    result = archive.take(f"receipt,card,day,sum\n{row}\nA-9,7,2026-11-03,5\n", mapping=WITH_ID)

    [problem] = result.problems
    assert (problem.path, problem.line, problem.column) == ("till.csv", 2, column)
    assert problem.rule == rule
    assert problem.message.startswith(message)
    assert result.added == 1


def test_an_id_that_names_two_rows_is_refused(archive: Archive) -> None:
    result = archive.take(
        "receipt,card,day,sum\nA-1,7,2026-11-03,5\nA-1,7,2026-11-03,5\n", mapping=WITH_ID
    )

    [problem] = result.problems
    assert (problem.line, problem.rule) == (3, "repeated-id")
    assert problem.message == "this id stands in row 2 too"


def test_a_day_file_that_is_not_sound_is_told_and_left_alone(archive: Archive) -> None:
    path = archive.folder / "ledger/2026/11/2026-11-03.csv"
    path.parent.mkdir(parents=True)
    path.write_text(f"{HEADER}\nnonsense\n")

    result = archive.take("card,day,sum\n7,2026-11-03,5\n", mapping=WITHOUT_ID)

    assert [problem.path for problem in result.problems] == ["ledger/2026/11/2026-11-03.csv"]
    assert result.days == ()


def test_the_cdnow_sample_keeps_its_equal_rows_and_is_taken_once() -> None:
    mapping = parse_mapping(
        (EXAMPLE / "purchases.map.yaml").read_bytes(), path="purchases.map.yaml"
    )
    sheet = read_sheet(EXAMPLE / "CDNOW_sample.txt", options=mapping.options)
    mapped = map_sheet(mapping, sheet)
    numbers = sorted({row.values["member"] for row in mapped.rows})
    digits = str.maketrans("0123456789", "abcdefghij")
    members = {number: (f"m{number.translate(digits):a>15}",) for number in numbers}
    files: dict[str, bytes] = {}

    first = import_events(
        mapped, source=mapping.source, members=members, read_file=files.get, find_refs=no_refs
    )
    files |= {day.path: day.content for day in first.days}
    second = import_events(
        mapped, source=mapping.source, members=members, read_file=files.get, find_refs=no_refs
    )

    assert (len(numbers), first.added, first.problems) == (2357, 6919, ())
    assert (second.days, second.added, second.unchanged) == ((), 0, 6919)
    events = [event for path, raw in files.items() for event in read_day(raw, path=path)[0]]
    assert sum(not event.ref.endswith("-1") for event in events) == 21
    assert str(sum(event.amount for event in events if event.amount)) == "244091.94"


def no_refs(refs: object) -> dict[str, date]:
    return {}
