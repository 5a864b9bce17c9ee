"""The command ``search``."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from memberarc.cli.completion import complete_query
from memberarc.cli.options import HERE, Directory
from memberarc.cli.search_options import SearchOptions, taking_options
from memberarc.cli.streams import Console
from memberarc.output.result import Result


@taking_options
def search(
    query: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY",
            help="Words and conditions; all must hold.",
            autocompletion=complete_query,
        ),
    ],
    *,
    console: Console,
    options: SearchOptions,
    directory: Directory = HERE,
) -> Result:
    """Find members by name, pinyin, number or any field.

    Examples:
      memberarc search 小明
      memberarc search wxm
      memberarc search 8000 category:A
      memberarc search 'joined:2025-03..2025-06 -status:left'
      memberarc search 'name:王* (branch:east OR branch:west) contact.mobile:*'
      memberarc search '"No. 5 Lane"' 'joined>=2020' --columns id,手机 --sort -joined

    A word may stand in any field; Chinese names also answer to pinyin in full and by initials,
    numbers to any run of their digits, Latin names to a word with one slip. WORD* is a beginning.
    FIELD:VALUE asks one field (A,B either of two, * for any value at all), = wants all of it,
    >= <= > < compare, A..B is a range. Terms side by side must all hold; OR, parentheses and - for
    what must not be. A query that begins with - stands behind --.
    """
    from memberarc.acts.search_members import search_members
    from memberarc.cli.calling import caller_at
    from memberarc.cli.search_view import answer

    asked = options.asking(" ".join(query))
    search = partial(search_members, caller_at(directory, console=console))
    return answer("search", asked, search=search, console=console)
