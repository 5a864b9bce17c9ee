"""How git is set up for many files and a long history: what is missing, and how it is put right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.archive.incomplete import cut_commits

if TYPE_CHECKING:
    from memberarc.archive.git import Repository

MANY_FILES: Final = 10_000
"""Below so many files nobody notices the difference."""

# The commit graph is kept by the maintenance that follows each act, within a hundred commits; one
# that tells changed paths goes on telling them. A fetch brings commits without an act.
_SETTINGS: Final = {
    "maintenance.commit-graph.enabled": "true",
    "fetch.writeCommitGraph": "true",
}
# A compressed index and a memory of what is untracked. Later versions of git add to this.
_OF_A_WORK_TREE: Final = {"feature.manyFiles": "true"}
_GRAPH: Final = "commit graph with changed paths"
_BLOOM_FILTERS: Final = b"BIDX"
_CHUNKS_AT_MOST: Final = 16


def missing(repository: Repository) -> tuple[str, ...]:
    """Name the settings that nobody has decided upon, and the commit graph if it is not there."""
    graph = () if cut_commits(repository) or _tells_changed_paths(repository) else (_GRAPH,)
    return (*_undecided(repository), *graph)  # git keeps no graph of a shallow clone


def tune(repository: Repository) -> tuple[str, ...]:
    """Set, in this clone alone, what nobody has decided upon; return what was missing."""
    wanted = missing(repository)
    for key, value in _undecided(repository).items():
        repository.run("config", key, value)
    if "feature.manyFiles" in wanted and (repository.git_dir / "index").exists():
        # The setting is for an index to come; while somebody else writes this one, it stays.
        repository.succeeds("update-index", "--index-version", "4")
    if _GRAPH in wanted:
        repository.run("commit-graph", "write", "--reachable", "--changed-paths")
    return wanted


def _undecided(repository: Repository) -> dict[str, str]:
    """Choose the settings that stand nowhere: what a person or a machine has set holds."""
    lines = repository.run("config", "--list", "--name-only", "-z").decode("utf-8", "replace")
    decided = {name.lower() for name in lines.split("\0")}
    useful = _SETTINGS if repository.work_tree is None else _SETTINGS | _OF_A_WORK_TREE
    return {key: value for key, value in useful.items() if key.lower() not in decided}


def _tells_changed_paths(repository: Repository) -> bool:
    """Look into the table of contents of the commit graph, or of the oldest part of it."""
    folder = repository.common_dir / "objects" / "info"
    file = folder / "commit-graph"
    try:
        chain = (folder / "commit-graphs" / "commit-graph-chain").read_text("ascii").split()
        file = folder / "commit-graphs" / f"graph-{chain[0]}.graph"
    except (FileNotFoundError, IndexError):
        pass  # it is all in one file
    try:
        with file.open("rb") as graph:
            return _BLOOM_FILTERS in graph.read(8 + 12 * _CHUNKS_AT_MOST)
    except FileNotFoundError:
        return False
