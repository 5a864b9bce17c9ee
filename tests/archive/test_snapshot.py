"""The files of a commit are read without a work tree, in one process, however many they are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from archive.workplace import NOTES, OTHER, RECORD, Workplace, many
from memberarc.archive.git import create_repository
from memberarc.archive.snapshot import (
    AGE_FILE,
    AGE_HEAD_BYTES,
    Entry,
    Snapshot,
    all_objects,
    open_snapshot,
    read_objects,
)
from memberarc.errors import GitError, RevisionNotFoundError

if TYPE_CHECKING:
    from pathlib import Path


def test_entries_are_listed_by_prefix(place: Workplace) -> None:
    snapshot = open_snapshot(place.repository)

    assert [entry.path for entry in snapshot.entries()] == [RECORD, OTHER, NOTES]
    assert [entry.path for entry in snapshot.entries("members/")] == [RECORD, OTHER]
    assert snapshot.entries("members/2026/0001/M2026-000124") == [
        Entry(path=OTHER, mode="100644", blob=place.git("rev-parse", f"HEAD:{OTHER}").strip())
    ]
    assert snapshot.entries("absent/") == []


@pytest.mark.parametrize("listed", [False, True])
def test_a_small_folder_is_listed_without_the_rest(place: Workplace, listed: bool) -> None:
    policies = ["policy/access.yaml", "policy/reasons.yaml", "policy/sub/inner.yaml"]
    others = ["policy.yaml", "policy-old/access.yaml", "members/policy/x.yaml"]
    place.save(dict.fromkeys([*policies, *others], b"format: x\n"))
    snapshot = open_snapshot(place.repository)
    if listed:
        snapshot.entries()

    assert [entry.path for entry in snapshot.entries("policy/")] == policies
    assert snapshot.entries("policy/")[0] == snapshot.find(policies)[policies[0]]
    assert snapshot.entries("keys/") == []


@pytest.mark.parametrize("listed", [False, True])
def test_a_file_is_read_from_its_commit(place: Workplace, listed: bool) -> None:
    snapshot = open_snapshot(place.repository)
    if listed:
        snapshot.entries()
    place.write(RECORD, b"unsaved\n")

    assert snapshot.read(RECORD) == b"format: member/1\nid: M2026-000123\nstatus: active\n"
    assert snapshot.blob_of(RECORD) == place.git("rev-parse", f"HEAD:{RECORD}").strip()
    for absent in ("absent", "members", "", "../x", "a\nb", ".", "会员.yaml"):
        assert snapshot.read(absent) is None
        assert snapshot.blob_of(absent) is None


@pytest.mark.parametrize("listed", [False, True])
def test_many_files_are_streamed_in_the_order_asked_for(place: Workplace, listed: bool) -> None:
    files = many(os.urandom(5000), count=500)
    place.save({**files, "documents/k5x2w7n3q4v6t8zb/h7w2.age": os.urandom(2_000_000)})
    snapshot = open_snapshot(place.repository)
    if listed:
        snapshot.entries()
    wanted = [*reversed(files), "documents/k5x2w7n3q4v6t8zb/h7w2.age"]

    read = dict(snapshot.read_many(iter([*wanted[:100], "absent", *wanted[100:]])))

    assert [*read] == wanted
    assert all(read[path] == content for path, content in files.items())


def test_a_reader_may_stop_early(place: Workplace) -> None:
    place.save(many(os.urandom(20_000)))
    snapshot = open_snapshot(place.repository)

    reading = snapshot.read_many(entry.path for entry in snapshot.entries())
    first = next(reading)
    reading.close()

    assert first[0] == snapshot.entries()[0].path


def test_find_tells_files_only(place: Workplace) -> None:
    for prepare in (lambda snapshot: None, lambda snapshot: snapshot.entries()):
        snapshot = open_snapshot(place.repository)
        prepare(snapshot)

        found = snapshot.find([RECORD, "members", "absent", f"{RECORD}/below", RECORD])

        assert [*found] == [RECORD]


def test_a_branch_without_commits_is_empty(tmp_path: Path) -> None:
    snapshot = open_snapshot(create_repository(tmp_path / "new"))

    assert snapshot.commit is None
    assert snapshot.entries() == []
    assert snapshot.read("memberarc.yaml") is None
    assert snapshot.find(["memberarc.yaml"]) == {}


@pytest.mark.parametrize("revision", ["absent", "HEAD~5", "--all", "HEAD:notes.txt", ""])
def test_a_revision_that_is_no_commit(place: Workplace, revision: str) -> None:
    with pytest.raises(RevisionNotFoundError):
        open_snapshot(place.repository, revision)


def test_a_path_that_is_not_ascii_is_a_problem_and_no_entry(place: Workplace) -> None:
    place.write("members/会员.yaml", b"x\n")
    (place.root / os.fsdecode(b"members/\xff\n.yaml")).write_bytes(b"x\n")
    place.git("add", ".")
    place.git("commit", "--quiet", "--message", "foreign names")

    snapshot = open_snapshot(place.repository)

    assert [entry.path for entry in snapshot.entries()] == [RECORD, OTHER, NOTES]
    assert [problem.path for problem in snapshot.problems()] == [
        "members/会员.yaml",
        "members/\\xff\n.yaml",
    ]


def test_a_submodule_is_no_file(place: Workplace) -> None:
    place.git("update-index", "--add", "--cacheinfo", f"160000,{place.head()},vendor")
    place.git("commit", "--quiet", "--message", "submodule")

    snapshot = open_snapshot(place.repository)

    assert snapshot.read("vendor") is None
    assert snapshot.find(["vendor"]) == {}
    assert snapshot.entries("vendor") == []


def test_objects_are_read_by_id(place: Workplace) -> None:
    ids = [entry.blob for entry in open_snapshot(place.repository).entries()]

    read = [*read_objects(place.repository, iter([ids[1], ids[0], ids[1]]))]

    assert [identifier for identifier, _ in read] == [ids[1], ids[0], ids[1]]
    assert read[1][1] == place.read(RECORD)


def test_a_missing_object_is_an_error(place: Workplace) -> None:
    with pytest.raises(GitError, match="is missing"):
        [*read_objects(place.repository, ["1" * 40])]


def test_every_object_is_found_whether_anything_refers_to_it_or_not(place: Workplace) -> None:
    lost = place.repository.run("hash-object", "-w", "--stdin", stdin=b"lost\n").decode().strip()
    place.git("tag", "--annotate", "--message", "a tag", "v1")
    place.save({**many(b"packed "), "big.age": os.urandom(300_000)})

    found = {
        identifier: (kind, content) for identifier, kind, content in all_objects(place.repository)
    }

    assert found[lost] == ("blob", b"lost\n")
    assert {kind for kind, _ in found.values()} == {"blob", "tree", "commit", "tag"}
    listed = place.git("cat-file", "--batch-all-objects", "--batch-check").splitlines()
    assert len(found) == len(listed)
    assert found[place.git("rev-parse", "HEAD:big.age").strip()][1] == place.read("big.age")


def test_of_an_age_file_only_the_beginning_is_read_among_all_objects(place: Workplace) -> None:
    large = AGE_FILE + os.urandom(3 * AGE_HEAD_BYTES)
    small = AGE_FILE + b"short"
    clear = b"in clear: " + bytes(3 * AGE_HEAD_BYTES)
    place.save({"large.age": large, "small.age": small, "clear.txt": clear})

    found = {identifier: content for identifier, _, content in all_objects(place.repository)}

    def blob(path: str) -> bytes:
        return found[place.git("rev-parse", f"HEAD:{path}").strip()]

    assert (blob("large.age"), blob("small.age")) == (large[:AGE_HEAD_BYTES], small)
    assert blob("clear.txt") == clear
    listed = place.git("cat-file", "--batch-all-objects", "--batch-check").splitlines()
    assert len(found) == len(listed)


def test_paths_are_those_of_the_entries(place: Workplace) -> None:
    place.save(many(b"x ", count=300))
    (place.root / "\u00e9").write_bytes(b"not ASCII")
    place.git("add", "--all")
    place.git("commit", "--quiet", "--message", "foreign")
    snapshot = open_snapshot(place.repository)

    assert [*snapshot.each()] == snapshot.entries()
    assert [*Snapshot(repository=place.repository, commit=None).each()] == []
