"""A progress bar for a person who waits; nothing for anybody else."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, TypeVar

from memberarc.output.text import safe_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from memberarc.acts.opening import Watch
    from memberarc.cli.streams import Console

_Item = TypeVar("_Item")
# The bar is drawn a few times a second: telling it of every record would only cost.
_STRIDE: Final = 64


@contextmanager
def progress(description: str, *, total: int, console: Console) -> Iterator[Callable[[int], None]]:
    """Yield a function to call with the number of steps just done."""
    if console.quiet or not console.err.is_terminal or os.environ.get("TERM") == "dumb":
        yield lambda _: None
        return
    from rich.console import Console as RichConsole
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    terminal = RichConsole(
        file=console.err.file,
        force_terminal=True,
        no_color=not console.err.colour,
        markup=False,
        emoji=False,
        highlight=False,
    )
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=terminal, transient=True) as bar:
        task = bar.add_task(safe_text(description), total=total)
        yield lambda steps: bar.advance(task, steps)


def watch_on(console: Console) -> Watch:
    """Make what acts hand their items through, so that a bar follows them."""

    def watch(items: Iterable[_Item], *, what: str, total: int) -> Iterator[_Item]:
        with progress(what, total=total, console=console) as advance:
            for number, item in enumerate(items, 1):
                yield item
                if number % _STRIDE == 0:
                    advance(_STRIDE)

    return watch
