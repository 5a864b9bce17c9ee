"""A stray cell far away asks for no more memory than it is worth."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest
import xlsxwriter

from memberarc.errors import FileError
from memberarc.formats.sheets import read_sheet

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
from memberarc.errors import FileError
from memberarc.formats.sheets import read_sheet
try:
    read_sheet(Path(sys.argv[1]))
except FileError as err:
    print(err)
"""


def workbook(*places: tuple[int, int], blank: tuple[int, int] | None = None) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    page = book.add_worksheet()
    page.write(0, 0, "name")
    for row, column in places:
        page.write(row, column, "x")
    if blank:
        page.write_blank(*blank, None, book.add_format({"bold": True}))
    book.close()
    return target.getvalue()


def with_sheet(content: bytes, old: str, new: str) -> bytes:
    """Rewrite the XML of the first sheet."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as before, zipfile.ZipFile(target, "w") as after:
        for part in before.namelist():
            text = before.read(part)
            if part == "xl/worksheets/sheet1.xml":
                text = re.sub(old.encode(), new.encode(), text)
            after.writestr(part, text)
    return target.getvalue()


FAR = workbook((1_048_575, 16_383))


@pytest.mark.parametrize(
    "content",
    [
        FAR,
        with_sheet(FAR, '<dimension ref="[^"]*"/>', '<dimension ref="A1:A2"/>'),
        with_sheet(FAR, ' r="XFD1048576"', ""),
        with_sheet(FAR, '<c r="XFD1048576"', "<c  t='n' r = 'xfd1048576'"),
    ],
    ids=["as Excel writes it", "a false dimension", "a cell without a place", "other spellings"],
)
def test_a_far_cell_is_refused_before_the_sheet_is_loaded(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "far.xlsx"
    file.write_bytes(content)

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(file)], capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr[-300:]
    assert done.stdout.startswith("a sheet reaches to row 1,048,576")


@pytest.mark.parametrize("place", [(1_000_000, 0), (0, 1_000), (40_000, 500)])
def test_a_sheet_beyond_any_list_of_members_is_refused(place: tuple[int, int]) -> None:
    with pytest.raises(FileError, match="a sheet reaches to"):
        read_sheet(workbook(place))


def test_a_far_cell_that_is_only_formatted_is_no_cell() -> None:
    sheet = read_sheet(workbook((1, 0), blank=(1_048_575, 16_383)))

    assert [row.cells for row in sheet.rows] == [("x",)]


def test_a_zip_file_that_is_no_workbook_of_excel_is_refused() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr("content.xml", "<a/>")

    with pytest.raises(FileError, match=r"not an \.xlsx workbook"):
        read_sheet(target.getvalue())
