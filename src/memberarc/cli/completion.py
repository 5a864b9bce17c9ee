"""Words that the shell offers when somebody presses Tab.

Each of these asks the archive of the command line; where that fails, nothing is offered. bash parts
words at ``:`` and ``=`` and completes what stands behind the last one only: its words are put
together again first. It inserts what it is offered as it is: quoted, or what it holds would be
words of the shell.
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
_OPTION: Final = re.compile(r"^--[\w-]+=")
# By the quote that is open: what means something to bash, and how to write it so that it does not.
_QUOTING: Final = {
    "": (r"[^\w@%+=:,./-]", r"\\\g<0>"),
    '"': (r'[\\"$`]', r"\\\g<0>"),
    "'": (r"'", r"'\\''"),
}


def rejoin_words() -> Callable[[str], str]:
    """Put the words together again that bash has parted, where it is bash that asks.

    Returns:
        What makes of an offered word that which the shell inserts.
    """
    if os.environ[_MODE] != "complete_bash":
        return str
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
    return _insertable(joined[int(os.environ["COMP_CWORD"])])


def _insertable(typed: str) -> Callable[[str], str]:
    """Quote as the person has begun to, and leave out what bash knows already of the word."""
    typed = _OPTION.sub("", typed)  # what is offered for its value is offered without it
    quote, at = _open_quote(typed)
    if not quote:
        at = max(typed.rfind(":"), typed.rfind("=")) + 1
    known = len(re.sub(r"\\(.)|[\"']", r"\1", typed[:at]))
    pattern, replacement = _QUOTING[quote]
    return lambda word: re.sub(pattern, replacement, word[known:])


def _open_quote(typed: str) -> tuple[str, int]:
    """Find the quote that is not closed yet, and where what it quotes begins."""
    quote, begin, at = "", 0, 0
    while at < len(typed):
        sign = typed[at]
        if sign == "\\" and quote != "'":
            at += 1
        elif quote and sign == quote:
            quote = ""
        elif not quote and sign in ("'", '"'):
            quote, begin = sign, at + 1
        at += 1
    return quote, begin


def complete_member(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer codes."""
    from memberarc.acts.index.completion import codes_that_begin

    return _offered(ctx, lambda caller: codes_that_begin(caller, incomplete))


def complete_assignment(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer fields for PATH=VALUE, and the values of those that have few."""
    from memberarc.acts.index.completion import choices_of

    field, sign, _ = incomplete.partition("=")
    if sign:
        return _beginning(
            incomplete,
            [f"{field}={value}" for value in _offered(ctx, lambda one: choices_of(one, field))],
        )
    return _beginning(incomplete, [f"{name}=" for name in _field_words(ctx, field)])


def complete_field(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer fields, also behind a comma or a minus sign."""
    before, comma, last = incomplete.rpartition(",")
    lead = f"{before}{comma}{'-' if last.startswith('-') else ''}"
    return _beginning(incomplete, [f"{lead}{name}" for name in _field_words(ctx, last)])


def complete_path(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer fields by their paths."""
    from memberarc.acts.index.completion import field_names

    return _beginning(incomplete, _offered(ctx, field_names))


def complete_query(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer fields for FIELD:VALUE, and the values of those that have few."""
    from memberarc.acts.index.completion import values_of

    before, _, last = incomplete.rpartition(" ")
    lead = f"{before} " if before else ""
    field, sign, _ = last.partition(":")
    if sign:
        values = _offered(ctx, lambda caller: values_of(caller, field))
        return _beginning(incomplete, [f"{lead}{field}:{value}" for value in values])
    names = ["category", *_field_words(ctx, last)] if last else []
    return _beginning(incomplete, [f"{lead}{name}:" for name in names])


def complete_kind(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the kinds of record."""
    from memberarc.acts.index.completion import kinds

    return _beginning(incomplete, _offered(ctx, kinds))


def complete_reason(act: str) -> Callable[[typer.Context, str], list[str]]:
    """Make what offers the reasons for an act."""

    def offer(ctx: typer.Context, incomplete: str) -> list[str]:
        from memberarc.acts.index.completion import reasons

        return _beginning(incomplete, _offered(ctx, lambda caller: reasons(caller, act)))

    return offer


def complete_segment(ctx: typer.Context, incomplete: str) -> list[str]:
    """Offer the names of saved searches that open without asking for anything."""

    def names(caller: Caller) -> list[str]:
        from dataclasses import replace

        from memberarc.acts.segment.read_searches import list_searches
        from memberarc.sealing.age.asking import NOBODY

        found = list_searches(replace(caller, asker=NOBODY)).found
        return [one.search.name for one in found if one.search]

    return _beginning(incomplete, _offered(ctx, names))


def _field_words(ctx: typer.Context, begun: str) -> list[str]:
    """Offer fields in the language that somebody has begun in."""
    from memberarc.acts.index.completion import field_labels, field_names

    return _offered(ctx, field_names if begun.isascii() else field_labels)


def _offered(ctx: typer.Context, find: Callable[[Caller], list[str]]) -> list[str]:
    from memberarc.cli.calling import caller_at

    directory = ctx.params.get("directory") or ctx.find_root().params.get("directory") or HERE
    with suppress(Exception):  # whatever it is, it must not be written into the line
        return find(caller_at(directory))
    return []


def _beginning(incomplete: str, words: list[str]) -> list[str]:
    return [word for word in words if word.startswith(incomplete)]
