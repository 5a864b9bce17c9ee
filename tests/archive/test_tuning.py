"""Settings for many files: set where nobody has decided, and harmless to a transaction."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from archive.workplace import RECORD, Workplace, many
from memberarc.archive.tuning import missing, tune

GRAPH = Path("objects") / "info" / "commit-graph"


def setting(place: Workplace, key: str) -> str:
    return place.git("config", "--get", key).strip()


def index_version(place: Workplace) -> int:
    return int.from_bytes((place.repository.git_dir / "index").read_bytes()[4:8], "big")


def test_what_is_missing_is_set_once(place: Workplace) -> None:
    found = missing(place.repository)

    assert tune(place.repository) == found
    assert set(found) == {
        "maintenance.commit-graph.enabled",
        "fetch.writeCommitGraph",
        "feature.manyFiles",
        "commit graph with changed paths",
    }
    assert setting(place, "feature.manyFiles") == "true"
    assert index_version(place) == 4
    assert (tune(place.repository), missing(place.repository)) == ((), ())
    assert place.git("status", "--porcelain") == ""
    assert place.succeeds("fsck", "--full")


def test_what_a_person_has_decided_for_all_repositories_stays(
    place: Workplace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "gitconfig"
    own.write_text("[feature]\n\tmanyfiles = false\n[user]\n\tname = a\n\temail = a@example.org\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.fspath(own))

    assert "feature.manyFiles" not in tune(place.repository)
    assert setting(place, "feature.manyFiles") == "false"
    assert index_version(place) == 2


def test_a_bare_repository_has_no_index_to_be_set_up(place: Workplace, tmp_path: Path) -> None:
    place.git("clone", "--quiet", "--bare", ".", os.fspath(tmp_path / "bare.git"))
    bare = Workplace(tmp_path / "bare.git")

    assert "feature.manyFiles" not in tune(bare.repository)
    assert missing(bare.repository) == ()
    assert b"BIDX" in (bare.repository.git_dir / GRAPH).read_bytes()


def test_a_shallow_clone_can_have_no_commit_graph(place: Workplace, tmp_path: Path) -> None:
    place.save({RECORD: b"changed\n"})
    source = f"file://{place.root}"
    place.git("clone", "--quiet", "--depth=1", source, os.fspath(tmp_path / "shallow"))
    shallow = Workplace(tmp_path / "shallow")

    tune(shallow.repository)

    assert missing(shallow.repository) == ()


def test_a_graph_without_changed_paths_is_not_enough(place: Workplace) -> None:
    tune(place.repository)
    place.git("commit-graph", "write", "--reachable", "--no-changed-paths")

    assert tune(place.repository) == ("commit graph with changed paths",)


def test_the_maintenance_after_an_act_goes_on_telling_changed_paths(place: Workplace) -> None:
    tune(place.repository)
    place.git("config", "maintenance.commit-graph.auto", "1")
    for number in range(3):
        place.save({RECORD: b"changed %d\n" % number})
    place.git("maintenance", "run", "--auto", "--quiet")

    parts = sorted((place.repository.git_dir / "objects" / "info").rglob("*graph"))
    assert parts
    assert all(b"BIDX" in part.read_bytes() for part in parts if part.is_file())
    assert missing(place.repository) == ()
    assert place.succeeds("commit-graph", "verify")


@pytest.mark.parametrize(
    "setup",
    [
        ("update-index", "--index-version", "4"),
        ("update-index", "--untracked-cache"),
        ("update-index", "--split-index"),
        ("config", "index.threads", "true"),
        ("config", "index.skipHash", "true"),
        ("config", "core.fsmonitor", "true"),
    ],
)
@pytest.mark.parametrize("count", [1, 70])
def test_a_transaction_copes_with_every_kind_of_index(
    place: Workplace, setup: tuple[str, ...], count: int
) -> None:
    place.git(*setup)
    place.git("status")

    place.save(many(b"new ", count=count) | {RECORD: b"changed\n"})
    place.save({RECORD: None})

    assert place.git("status", "--porcelain") == ""
    assert place.git("diff", "--cached", "--name-only") == ""
    assert place.succeeds("fsck", "--full")


def test_an_index_without_a_checksum_is_read_and_replaced(place: Workplace) -> None:
    index = place.repository.git_dir / "index"
    # As index.skipHash leaves it, which git writes from 2.40 on.
    index.write_bytes(index.read_bytes()[:-20] + bytes(20))

    place.save({RECORD: b"changed\n"})

    assert place.git("status", "--porcelain") == ""
    assert place.committed(RECORD) == b"changed\n"
