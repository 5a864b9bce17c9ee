"""How far the cells of a workbook reach, found without loading it.

The reader of workbooks makes room for the whole rectangle around all cells of a sheet. One stray
cell in the last row and column would ask for more memory than a machine has, and end the process.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from typing import TYPE_CHECKING, Final

from memberarc.errors import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

MAX_ROWS: Final = 1_000_000
MAX_COLUMNS: Final = 1_000
MAX_CELLS: Final = 20_000_000

# A row, or a cell that is not empty; either may leave its place out and then follows the last.
_TAG: Final = re.compile(rb"<(?:\w+:)?(?:(row)|c)(?=[\s/>])((?:[^<>\"']|\"[^<\"]*\"|'[^<']*')*+)>")
_PLACE: Final = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]*)([0-9]{1,9})[\"']")
_BLOCK_BYTES: Final = 1 << 20
_LONGEST_TAG_BYTES: Final = 1 << 16


def refuse_boundless(content: bytes, *, name: str) -> None:
    """Refuse an .xlsx workbook of which a sheet reaches further than any list of members.

    Raises:
        FileError: it does, or the file is no such workbook.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            if "xl/workbook.xml" not in map(str.lower, book.namelist()):
                raise FileError(
                    "not an .xlsx workbook", where=name, hint="save it as .xlsx or as CSV"
                )
            for part in book.namelist():  # a sheet may have any name
                with book.open(part) as stream:
                    _refuse_sheet(stream, name=name)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as err:
        raise FileError(f"not a readable workbook: {err}", where=name) from err


def _refuse_sheet(stream: IO[bytes], *, name: str) -> None:
    row = column = last_row = last_column = 0
    for is_row, attributes in _tags(stream):
        place = _PLACE.search(attributes)
        if is_row:
            row, column = int(place[2]) if place else row + 1, 0
            continue
        column += 1
        if place:
            row, column = int(place[2]), _column_number(place[1]) or column
        if attributes.endswith(b"/"):
            continue  # formatted, but empty
        last_row, last_column = max(last_row, row), max(last_column, column)
    if last_row > MAX_ROWS or last_column > MAX_COLUMNS or last_row * last_column > MAX_CELLS:
        raise FileError(
            f"a sheet reaches to row {last_row:,} and column {last_column:,}",
            where=name,
            hint="delete the stray cells far from the others, or copy the list into a new workbook",
        )


def _tags(stream: IO[bytes]) -> Iterator[tuple[bool, bytes]]:
    rest = b""
    while block := stream.read(_BLOCK_BYTES):
        text = rest + block
        end = 0
        for tag in _TAG.finditer(text):
            end = tag.end()
            yield tag[1] is not None, tag[2]
        rest = text[max(end, len(text) - _LONGEST_TAG_BYTES) :]


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number
