"""The command ``search``."""

from __future__ import annotations

from typing import Annotated

import typer

from memberarc.cli.options import HERE, Directory
from memberarc.cli.streams import Console
from memberarc.output.result import Result


def search(
    query: Annotated[
        list[str], typer.Argument(metavar="QUERY", help="Words and conditions; all must hold.")
    ],
    *,
    console: Console,
    directory: Directory = HERE,
) -> Result:
    """Find members by name, pinyin, number or any field.

    Examples:
      memberarc search 小明
      memberarc search wxm
      memberarc search 8000 category:A
      memberarc search 'joined:2025-03..2025-06 -status:left'
      memberarc search '"No. 5 Lane"' 'joined>=2020'

    A word may stand in any field; Chinese names also answer to full pinyin and initials, numbers
    to any run of their digits. FIELD:VALUE asks one field, = wants all of it, >= <= > < compare,
    A..B is a range, - excludes. A query that begins with - stands behind --.
    """
    from memberarc.acts.search_members import search_members
    from memberarc.cli.calling import caller_at
    from memberarc.cli.search_view import search_result

    caller = caller_at(directory, console=console)
    return search_result("search", search_members(caller, " ".join(query)))
