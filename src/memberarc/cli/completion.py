"""Words that the shell offers when somebody presses Tab.

Each of these asks the archive of the command line; where that fails, nothing is offered. bash parts
words at ``:`` and ``=`` and completes what stands behind the last one only: its words are put
together again first.
"""

from __future__ import annotations

import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import typer

from memberarc.cli.options import HERE

if TYPE_CHECKING:
    from collections.abc import Callable

    from memberarc.acts.opening import Caller


_MODE: Final = "_MEMBERARC_COMPLETE"
_PARTED_BY_BASH: Final = re.compile(r"[:=]+")


def rejoin_words() -> int:
    """Put the words together again that bash has parted, where it is bash that asks.

    Returns:
        How many characters of the last word bash knows already, and wants no more.
    """
    if os.environ[_MODE] != "complete_bash":
        return 0
    line, place = os.environ["COMP_WORDS"], int(os.environ["COMP_CWORD"])
    between = "\n" if "\n" in line else " "
    words = line.split(between)
    joined: list[str] = []
    for number, word in enumerate(words):
        before = joined[-1][-1:] if joined else ""
        if joined and (_PARTED_BY_BASH.fullmatch(word) or _PARTED_BY_BASH.fullmatch(before)):
            joined[-1] += word
        else:
            joined.append(word)
        if number == place:
            os.environ["COMP_CWORD"] = str(len(joined) - 1)
    os.environ["COMP_WORDS"] = between.join(joined)
    last = joined[int(os.environ["COMP_CWORD"])]
    return max(last.rfind(":"), last.rfind("=")) + 1


def complete_member(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer codes."""
    from memberarc.acts.index.completion import codes_that_begin

    return _offered(ctx, lambda caller: codes_that_begin(caller, incomplete))


def complete_assignment(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer fields for PATH=VALUE, and the values of those that have few."""
    from memberarc.acts.index.completion import field_names, values_of

    field, sign, _ = incomplete.partition("=")
    if sign:
        return _beginning(
            incomplete,
            [f"{field}={value}" for value in _offered(ctx, lambda one: values_of(one, field))],
        )
    return _beginning(incomplete, [f"{name}=" for name in _offered(ctx, field_names)])


def complete_field(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer fields, also behind a comma."""
    from memberarc.acts.index.completion import field_names

    before, comma, _ = incomplete.rpartition(",")
    names = [f"{before}{comma}{name}" for name in _offered(ctx, field_names)]
    return _beginning(incomplete, names)


def complete_query(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer fields for FIELD:VALUE, and the values of those that have few."""
    from memberarc.acts.index.completion import field_names, values_of

    before, _, last = incomplete.rpartition(" ")
    lead = f"{before} " if before else ""
    field, sign, _ = last.partition(":")
    if sign:
        values = _offered(ctx, lambda caller: values_of(caller, field))
        return _beginning(incomplete, [f"{lead}{field}:{value}" for value in values])
    names = ["category", *_offered(ctx, field_names)]
    return _beginning(incomplete, [f"{lead}{name}:" for name in names]) if last else []


def complete_segment(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the names of saved searches that open without asking for anything."""

    def names(caller: Caller) -> list[str]:
        from dataclasses import replace

        from memberarc.acts.segment.read_searches import list_searches
        from memberarc.sealing.age.asking import NOBODY

        found = list_searches(replace(caller, asker=NOBODY)).found
        return [one.search.name for one in found if one.search]

    return _beginning(incomplete, _offered(ctx, names))


def _offered(ctx: typer.Context, find: Callable[[Caller], list[str]]) -> list[str]:
    from memberarc.cli.calling import caller_at

    directory = ctx.params.get("directory") or ctx.find_root().params.get("directory") or HERE
    with suppress(Exception):  # whatever it is, it must not be written into the line
        return find(caller_at(directory))
    return []


def _beginning(incomplete: str, words: list[str]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
