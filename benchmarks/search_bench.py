"""Reading by the index: one member shown, searches, a category listed, a colleague's commit."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from report import beside
from timing import answer_of, race

if TYPE_CHECKING:
    from collections.abc import Iterator

    from big_archive import BigArchive
    from report import Row
    from timing import Contender
    from workbench import Workbench

ROUNDS: Final = 15
MOST_ROWS: Final = 50
# By py-spy at 100,000 members, shares of processor time; strace: no child, no wait for a disk.
SHOWING: Final = (
    "imports: of 79 ms 37 are those of the hello-world, about 10 the definition of 43 dataclasses"
    " (0.24 ms each in Python 3.11), 5 cryptography and pyrage; the act takes 15 with its one"
    " process of git. One git in place of nine, later imports and no second judgement of the"
    " shipped schema took 44 ms off; no database of time zones and nothing that keeps unlocked keys"
    " where neither is needed another 5. A lighter way to define values, measured at 12 ms less, is"
    " not in the standard library, and was not put in its place."
)
SEARCHING: Final = (
    "imports, four fifths, as above; the rest is the query, pages of the index and the rows, 3 to"
    " 15 ms. It hardly grows with the members. Initials cost most: at a million members the lists"
    " of all names with such syllables are long. Patterns of all Chinese characters took 2 ms to"
    " compile and gave way to comparisons; to find what columns mean takes half of 4. A"
    " name in full pinyin, which can be parted into syllables in many ways, took 2.9 s before the"
    " ways that no syllable has were left out."
)
LISTING: Final = (
    "start-up, 0.09 s; the index takes 0.045, laying out the table the rest. Rows of the index"
    " become rows of the table without a matcher between, each text is measured once, and only JSON"
    " makes what JSON needs: 0.66 s of processor time before."
)
FRESHENING: Final = (
    "some 30 ms of processor time more than warm: the modules that open records and write an index,"
    " git's comparison of two commits, and the disk. The index keeps how characters are read, for"
    " the dictionary takes 0.2 s to load, and only schemas of the records that changed are read."
)
SEARCHED: Final = {
    "name": "a name",
    "initials": "a name's initials",
    "pinyin": "a name in full pinyin",
    "fragment": "7 digits of a telephone number",
}
SPELT: Final = {"initials": "these initials", "pinyin": "this pinyin"}
_CODE: Final = re.compile(r"\bM[0-9]{4}-[0-9]{6}\b")


def bench_search(bench: Workbench) -> Iterator[Row]:
    """Each answer is held against the peer's before it is timed."""
    big, rounds = bench.big, bench.scale.rounds(ROUNDS)
    big.build_index()
    yield beside(
        f"`show ID` of {big.members:,}, index warm",
        race([big.memberarc("show", big.queries.code), bench.hello()], rounds=rounds),
        at_most=1.7,
        bounds=SHOWING,
    )
    yield from search_rows(bench, big, rounds=rounds, faster=3)
    yield _one_file(bench, rounds=rounds)
    listed, note = listing(big)
    timings = race([*listed, bench.hello()], rounds=rounds)
    yield beside(
        f"a category listed of {big.members:,}", timings, at_most=1.0, note=note, bounds=LISTING
    )
    yield _after_a_commit(big, rounds=rounds)


def search_rows(bench: Workbench, big: BigArchive, *, rounds: int, faster: float) -> Iterator[Row]:
    """Time each search beside ripgrep."""
    for what, pair, note in searches(big):
        yield beside(
            f"`search` for {SEARCHED[what]} among {big.members:,}",
            race([*pair, bench.hello()], rounds=rounds),
            faster=None if what == "pinyin" else faster,
            note=note,
            bounds=SEARCHING if what == "name" else "",
        )


def searches(big: BigArchive) -> Iterator[tuple[str, list[Contender], str]]:
    """Make each search with its peer, and say what they are.

    Raises:
        RuntimeError: they do not find the same members.
    """
    asked = big.queries
    for what, ours, theirs in (
        ("name", asked.name, asked.name),
        ("initials", asked.initials, asked.called),
        ("pinyin", asked.pinyin, asked.called),
        ("fragment", asked.fragment, asked.fragment),
    ):
        pair = [big.memberarc("search", ours), big.ripgrep(theirs)]
        mine, others = (codes_in(answer_of(contender)) for contender in pair)
        # By pinyin other names are found, too; ripgrep looks into uids and commitments as well.
        if what == "name":
            same = mine == others
        else:
            same = others <= mine if what in SPELT else mine <= others
        if not mine or not others or not same or len(mine) > MOST_ROWS:
            raise RuntimeError(f"search for {ours}: {len(mine)} members beside {len(others)}")
        note = f"finds {len(mine)}; the peer is `{shlex.join(pair[1].command)}`"
        if what in SPELT:
            note += f", a name with {SPELT[what]}, and finds {len(others)}: it knows no pinyin"
        yield what, pair, f"{note}."


def listing(big: BigArchive) -> tuple[list[Contender], str]:
    """Make the listing of a category with its peer.

    Raises:
        RuntimeError: they do not find the same members.
    """
    category = big.queries.category
    pair = [
        big.memberarc("list", "--where", f"category:{category}"),
        big.ripgrep(f"  value: {category}"),
    ]
    mine, others = (codes_in(answer_of(contender)) for contender in pair)
    if not others or mine != others:
        raise RuntimeError(f"list of category {category}: {len(mine)} beside {len(others)}")
    return pair, (
        f"lists {len(mine):,}; the peer is `{shlex.join(pair[1].command)}`, which tells the files'"
        " names; ours tells name, kind, status, category and day of joining."
    )


def codes_in(answer: str) -> set[str]:
    """Find the codes of members in an answer: a table's first column, or names of files."""
    return set(_CODE.findall(answer))


def _one_file(bench: Workbench, *, rounds: int) -> Row:
    """Tell what ripgrep can do where it need not open each record's file."""
    big = bench.big
    everything = bench.folder / "all.yaml"
    with everything.open("wb") as file:
        for path in sorted((big.twin / "members").rglob("*.yaml")):
            file.write(path.read_bytes())
    ours = big.memberarc("search", big.queries.name)
    whole = big.ripgrep(big.queries.name)
    command = ["--count" if word == "--files-with-matches" else word for word in whole.command]
    theirs = replace(
        whole, name="ripgrep over one file of all records", command=[*command[:-1], str(everything)]
    )
    return beside(
        f"`search` for a name among {big.members:,}, one file",
        race([ours, theirs, bench.hello()], rounds=rounds),
        note="nobody keeps records so; it counts lines and cannot tell whose they are.",
    )


def _after_a_commit(big: BigArchive, *, rounds: int) -> Row:
    words = ("search", big.queries.name)
    stale = big.memberarc(*words, prepare=big.commit_of_a_colleague)
    warm = big.memberarc(*words, name="the same search warm", prepare=lambda: big.run(*words))
    return beside(
        f"`search` of {big.members:,} after one commit by someone else",
        race([stale, warm], rounds=rounds),
        at_most=1.3,
        bounds=FRESHENING,
    )
