"""The commands ``segment save``, ``list``, ``show``, ``run`` and ``remove``."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from memberarc.cli.completion import complete_query, complete_segment
from memberarc.cli.options import HERE, Directory, DryRun, Yes
from memberarc.cli.search_options import Columns, SearchOptions, Sort, taking_options
from memberarc.cli.streams import Console
from memberarc.output.result import Column, Result, Table

if TYPE_CHECKING:
    from memberarc.acts.segment.read_searches import ShownSearch
    from memberarc.acts.segment.remove_search import RemovedSearch
    from memberarc.acts.segment.save_search import Saved
    from memberarc.output.result import JsonValue
    from memberarc.search.saved_shelf import FoundSearch

_COLUMNS = ("name", "level", "query", "columns", "sort", "uid")

Named = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="The name of the search, or its uid.", autocompletion=complete_segment
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions(SearchOptions):
    """The same as in search but for edits, which a saved search does not look at."""

    work_tree: bool = field(default=False, init=False)


def save(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call the search.")],
    query: Annotated[
        list[str],
        typer.Argument(
            metavar="QUERY",
            help="Words and conditions, as in search.",
            autocompletion=complete_query,
        ),
    ],
    *,
    columns: Columns = "",
    sort: Sort = "",
    level: Annotated[
        str,
        typer.Option(
            "--level",
            metavar="L",
            help="Seal at internal, confidential or secret; open keeps it in clear.",
        ),
    ] = "",
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of the one of this name.")
    ] = False,
    directory: Directory = HERE,
    dry_run: DryRun = False,
) -> Result:
    """Save a search under a name, to be run again at any time.

    Examples:
      memberarc segment save active-east 'status:active branch:east'
      memberarc segment save 春节未访 'joined<2026 -status:left' --columns id,name --sort joined

    It is sealed whole, name included, at the level of the highest field it names, at least
    internal. A word that may stand in any field is sealed at the highest level you read; --level
    chooses a lower one. With --level open what names open fields in codes only is kept in clear: it
    runs without any key, and everybody with a copy of the archive reads it for ever.
    """
    from memberarc.acts.segment.save_search import SaveRequest, save_search
    from memberarc.cli.calling import caller_at

    saved = save_search(
        caller_at(directory),
        SaveRequest(
            name=name,
            query=" ".join(query),
            columns=_split(columns),
            sort=_split(sort),
            level=level,
            replace=replace,
            dry_run=dry_run,
        ),
    )
    return Result(
        command="segment save",
        wrote=True,
        data={**_data(saved), "unchanged": saved.unchanged, "commit": saved.commit},
        text=saved.uid if saved.commit else "",
        done=(_told(saved),),
        notices=(*_notices(saved), *saved.notices),
        next=(f"memberarc segment run {saved.uid}",) if saved.commit else (),
    )


def list_segments(*, directory: Directory = HERE) -> Result:
    """List the saved searches, as far as your keys open them.

    Example: memberarc segment list
    """
    from memberarc.acts.segment.read_searches import list_searches
    from memberarc.cli.calling import caller_at

    searches = list_searches(caller_at(directory))
    return Result(
        command="segment list",
        data=[_listed(one) for one in searches.found],
        table=Table(
            columns=tuple(Column(key=key, label=key) for key in _COLUMNS),
            rows=tuple(_row(one) for one in searches.found),
        ),
        done=(f"saved searches: {len(searches.found)}",),
        notices=(
            *((searches.notice,) if searches.notice else ()),
            *(
                f"{one.stored.path}: {one.reason}"
                for one in searches.found
                if one.state in ("removing", "damaged")
            ),
        ),
    )


def show(name: Named, *, directory: Directory = HERE) -> Result:
    """Show what a saved search asks for.

    Example: memberarc segment show active-east
    """
    from memberarc.acts.segment.read_searches import show_search
    from memberarc.cli.calling import caller_at

    found = show_search(caller_at(directory), name)
    lines = [f"{key}: {value}" for key, value in zip(_COLUMNS, _cells(found), strict=True) if value]
    return Result(command="segment show", data=_data(found), text="\n".join(lines))


@taking_options
def run(
    name: Named,
    *,
    console: Console,
    options: RunOptions,
    directory: Directory = HERE,
) -> Result:
    """Run a saved search over the members there are now.

    Example: memberarc segment run active-east --format csv

    Columns and order given here go before those saved with it.
    """
    from memberarc.acts.search_members import search_members
    from memberarc.acts.segment.read_searches import show_search
    from memberarc.cli.calling import caller_at
    from memberarc.cli.search_view import answer

    caller = caller_at(directory, console=console)
    saved = show_search(caller, name).search
    asked = replace(
        options.asking(saved.query),
        sort=options.sort or ",".join(saved.sort),
        columns=options.columns or ",".join(saved.columns),
    )
    return answer("segment run", asked, search=partial(search_members, caller), console=console)


def remove(
    name: Named, *, yes: Yes = False, directory: Directory = HERE, dry_run: DryRun = False
) -> Result:
    """Remove a saved search for good: no copy of the archive opens it any more.

    Example: memberarc segment remove 春节未访 --yes

    Its share is destroyed in every replica of the vault, as that of a purged member is. One that
    stands in clear stays readable in history.
    """
    from memberarc.acts.segment.remove_search import remove_search
    from memberarc.cli.calling import caller_at
    from memberarc.cli.prompts import confirm

    caller = caller_at(directory)
    if not dry_run:
        # Asked of what was found, so that a slip of the pen asks nothing.
        planned = remove_search(caller, name, dry_run=True)
        confirm(f"Remove {planned.uid} for good?", yes=yes)
    removed = remove_search(caller, name, dry_run=dry_run)
    return Result(
        command="segment remove",
        wrote=True,
        data={
            "uid": removed.uid,
            "share_destroyed": removed.shredded and not dry_run,
            "backups": removed.backups,
            "backups_until": removed.until or None,
            "commit": removed.commit,
        },
        text="",
        done=_removed(removed, dry_run=dry_run),
        notices=_backups(removed),
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("，", ",").split(",") if word.strip())


def _told(saved: Saved) -> str:
    if saved.unchanged:
        return f"unchanged: {saved.search.name}"
    verb = "saved" if saved.commit else "would save"
    how = "in clear" if saved.level == "open" else f"sealed at level {saved.level}"
    commit = f" (commit {saved.commit[:7]})" if saved.commit else ""
    return f"{verb} {saved.search.name}, {how}{commit}"


def _notices(saved: Saved) -> tuple[str, ...]:
    if saved.level == "open":
        return ("its name and query stay readable for ever, in every copy of the archive",)
    told = []
    if saved.by_its_text:
        why = "a word in it may stand in any field you read"
        told.append(f"{why}, so only readers of {saved.level} open it; --level chooses a lower one")
    if saved.was_clear:
        told.append("the version it replaces stood in clear, and stays readable in history")
    return tuple(told)


def _removed(removed: RemovedSearch, *, dry_run: bool) -> tuple[str, ...]:
    if dry_run:
        return (f"would remove {removed.uid}",)
    told = f" (commit {removed.commit[:7]})" if removed.commit else ""
    after = (
        "no copy of the archive opens it any more"
        if removed.shredded
        else "what stood in clear stays readable in history"
    )
    return (f"removed {removed.uid}{told}", after)


def _backups(removed: RemovedSearch) -> tuple[str, ...]:
    if not removed.backups:
        return ()
    told = f"backups of the vault that may open it: {removed.backups}, the last until"
    return (f"{told} {removed.until}; memberarc vault backups",)


def _cells(one: ShownSearch) -> tuple[str, ...]:
    search = one.search
    return (
        search.name,
        one.level,
        search.query,
        ",".join(search.columns),
        ",".join(search.sort),
        one.uid,
    )


def _row(one: FoundSearch) -> tuple[str | None, ...]:
    from memberarc.acts.segment.read_searches import ShownSearch
    from memberarc.cli.views import SEALED

    if one.search is None:
        return (SEALED, one.stored.level, SEALED, None, None, one.stored.uid)
    return _cells(ShownSearch(uid=one.stored.uid, level=one.stored.level, search=one.search))


def _data(one: ShownSearch | Saved) -> dict[str, JsonValue]:
    return {
        "uid": one.uid,
        "level": one.level,
        "name": one.search.name,
        "query": one.search.query,
        "columns": list(one.search.columns),
        "sort": list(one.search.sort),
    }


def _listed(one: FoundSearch) -> dict[str, JsonValue]:
    from memberarc.acts.segment.read_searches import ShownSearch

    if one.search is None:
        nothing = dict.fromkeys(("name", "query", "columns", "sort"))
        return {"uid": one.stored.uid, "level": one.stored.level, **nothing, "state": one.state}
    shown = ShownSearch(uid=one.stored.uid, level=one.stored.level, search=one.search)
    return {**_data(shown), "state": one.state}
