"""A process that searches, and stops or dies when so many records have gone into the index."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, os.fspath(Path(__file__).parents[1]))

from builders import caller
from memberarc.acts.search_members import SearchRequest, search_members


def main(folder: str, name: str, count: str) -> None:
    def watch(items: Iterable[object], *, what: str, total: int) -> Iterator[object]:
        for number, item in enumerate(items):
            if number == int(count):
                os.kill(os.getpid(), signal.Signals[name])
            yield item
        if total <= int(count):
            os.kill(os.getpid(), signal.Signals[name])

    at_work = replace(caller(Path(folder)), watch=watch)
    print(search_members(at_work, SearchRequest(query="王小明")).found)


if __name__ == "__main__":
    main(*sys.argv[1:])
