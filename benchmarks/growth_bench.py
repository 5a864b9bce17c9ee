"""How the figures grow with the number of members, from 1,000 to 1,000,000."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from big_archive import BigArchive
from search_bench import listing, search_rows, searches
from timing import race

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from report import Row
    from timing import Contender
    from workbench import Workbench

ROUNDS: Final = 7
FIGURES: Final = (
    "show", "search, name", "search, fragment", "list, category", "update", "index build"
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Point:
    """Seconds at one number of members, and ripgrep's where it can answer."""

    figure: str
    members: int
    seconds: float
    peer_seconds: float | None = None

    def line(self) -> str:
        """Tell it in one line for a terminal."""
        peer = "" if self.peer_seconds is None else f", ripgrep {self.peer_seconds:.3f} s"
        return f"{self.figure} of {self.members:,}: {self.seconds:.3f} s{peer}"


def bench_growth(bench: Workbench) -> Iterator[Point | Row]:
    """Each tenfold number in an archive of its own; only the one of all benches is there before."""
    scale = bench.scale
    sizes = [scale.members // 100, scale.members // 10, scale.members]
    if scale.largest:
        sizes.append(scale.members * 10)
    for members in sizes:
        big = bench.big
        if members != big.members:
            big = BigArchive(bench.folder / str(members), members=members, scale=scale)
        yield from _points(big, rounds=scale.rounds(ROUNDS))
        if members > scale.members:
            yield from search_rows(bench, big, rounds=scale.rounds(ROUNDS), faster=20)


def _points(big: BigArchive, *, rounds: int) -> Iterator[Point]:
    build = big.memberarc("index", "rebuild", prepare=lambda: big.run("index", "drop"))
    # Minutes at the largest: once.
    yield _point(big, "index build", [build], rounds=rounds if big.members <= 10_000 else 1)
    yield _point(big, "show", [big.memberarc("show", big.queries.code)], rounds=rounds)
    for what, pair, _ in searches(big):
        if f"search, {what}" in FIGURES:
            yield _point(big, f"search, {what}", pair, rounds=rounds)
    yield _point(big, "list, category", listing(big)[0], rounds=rounds)
    yield _point(big, "update", [big.update()], rounds=rounds)


def _point(big: BigArchive, figure: str, contenders: Sequence[Contender], *, rounds: int) -> Point:
    ours, *peers = race(contenders, rounds=rounds, warm_up=0 if rounds == 1 else 1)
    return Point(
        figure=figure,
        members=big.members,
        seconds=ours.median,
        peer_seconds=peers[0].median if peers else None,
    )


def growth_table(points: Sequence[Point]) -> list[str]:
    """Write the figures behind the chart as a table, ripgrep's behind a stroke."""
    sizes = sorted({point.members for point in points})
    told = {
        (point.figure, point.members): f"{point.seconds:.3f} s"
        + ("" if point.peer_seconds is None else f" / {point.peer_seconds:.3f} s")
        for point in points
    }
    return [
        "| memberarc / ripgrep | " + " | ".join(f"{size:,}" for size in sizes) + " |",
        "| --- |" + " --- |" * len(sizes),
        *(
            f"| {figure} | " + " | ".join(told[figure, size] for size in sizes) + " |"
            for figure in FIGURES
        ),
    ]


def growth_data(points: Sequence[Point]) -> list[dict[str, object]]:
    """Make the points what JSON can tell."""
    return [asdict(point) for point in points]
