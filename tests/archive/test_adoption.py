"""An act may replace what a person typed and did not commit, if it says exactly what that was."""

from __future__ import annotations

import pytest

from archive.workplace import NOTES, OTHER, RECORD, Workplace, many, saving
from memberarc.archive.git import Repository, blob_id
from memberarc.archive.transaction import transact
from memberarc.errors import GitError, InternalError, WorkTreeConflictError

TYPED = b"format: member/1\nid: M2026-000123\nname: Wang\n"
SEALED = b"format: member/1\nid: M2026-000123\nname: enc:m1.internal.1:9mS1\n"
NEW = "members/2026/0001/M2026-000125.yaml"


def seal(place: Workplace, path: str = RECORD, typed: bytes = TYPED) -> str | None:
    return transact(place.repository, saving({path: SEALED}), adopt={path: typed})


def stores(repository: Repository, content: bytes) -> bool:
    blob = blob_id(content, object_format=repository.object_format)
    return repository.succeeds("cat-file", "-e", blob)


def test_a_typed_edit_is_replaced_and_never_stored(place: Workplace) -> None:
    place.write(RECORD, TYPED)

    commit = seal(place)

    assert commit == place.head()
    assert place.read(RECORD) == place.committed(RECORD) == SEALED
    assert place.status() == []
    assert not stores(place.repository, TYPED)
    place.assert_settled()


def test_a_typed_edit_that_was_staged_leaves_the_index_too(place: Workplace) -> None:
    place.write(RECORD, TYPED)
    place.git("add", RECORD)

    seal(place)

    assert place.git("show", f":{RECORD}").encode() == SEALED
    assert place.status() == []


def test_a_new_file_is_adopted_untracked_or_staged(place: Workplace) -> None:
    place.write(NEW, TYPED)
    seal(place, NEW)
    assert place.read(NEW) == SEALED
    assert place.status() == []

    second = NEW.replace("125", "126")
    place.write(second, TYPED)
    place.git("add", second)
    seal(place, second)

    assert place.read(second) == SEALED
    assert place.status() == []
    place.assert_settled()


def test_a_typed_edit_with_other_line_ends_is_adopted(place: Workplace) -> None:
    place.git("config", "core.autocrlf", "true")
    typed = TYPED.replace(b"\n", b"\r\n")
    place.write(RECORD, typed)
    place.git("add", RECORD)

    seal(place, typed=typed)

    assert place.read(RECORD) == SEALED.replace(b"\n", b"\r\n")
    assert place.committed(RECORD) == SEALED
    assert place.status() == []


@pytest.mark.parametrize("staged", [False, True])
def test_what_stood_before_is_put_back_without_a_commit(place: Workplace, staged: bool) -> None:
    former, before = place.read(RECORD), place.head()
    place.write(RECORD, TYPED)
    if staged:
        place.git("add", RECORD)

    commit = transact(place.repository, saving({RECORD: former}), adopt={RECORD: TYPED})

    assert commit is None
    assert place.head() == before
    assert place.read(RECORD) == former
    assert place.status() == []
    place.assert_settled()


def test_other_bytes_than_those_named_are_not_replaced(place: Workplace) -> None:
    place.write(RECORD, TYPED + b"more: typed\n")
    before = place.head()

    with pytest.raises(WorkTreeConflictError):
        seal(place)

    assert place.read(RECORD) == TYPED + b"more: typed\n"
    assert place.head() == before
    place.assert_settled()


def test_an_index_with_a_third_version_is_not_replaced(place: Workplace) -> None:
    place.write(RECORD, b"staged\n")
    place.git("add", RECORD)
    place.write(RECORD, TYPED)

    with pytest.raises(WorkTreeConflictError):
        seal(place)

    assert place.git("show", f":{RECORD}") == "staged\n"
    assert place.read(RECORD) == TYPED


def test_many_typed_edits_are_adopted_at_once(place: Workplace) -> None:
    typed, sealed = many(b"typed ", count=250), many(b"sealed ", count=250)
    for path, content in typed.items():
        place.write(path, content)

    transact(place.repository, saving({**sealed, OTHER: b"too\n"}), adopt=typed)

    assert all(place.read(path) == content for path, content in sealed.items())
    assert place.read(OTHER) == b"too\n"
    assert place.status() == []
    place.assert_settled()


def test_adoption_works_in_a_sparse_work_tree(place: Workplace) -> None:
    place.save({"requests/one.yaml": b"one\n"})
    place.git("sparse-checkout", "set", "requests")
    place.write("requests/one.yaml", TYPED)

    transact(
        place.repository,
        saving({"requests/one.yaml": SEALED, RECORD: b"changed\n"}),
        adopt={"requests/one.yaml": TYPED},
    )

    assert place.read("requests/one.yaml") == SEALED
    assert place.committed(RECORD) == b"changed\n"
    assert not (place.root / RECORD).exists()
    assert place.status() == []


def test_a_refused_act_gives_typed_edits_back(place: Workplace) -> None:
    hook = place.root / ".git/hooks/reference-transaction"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\n[ "$1" != prepared ] || ! grep -q refs/heads/main\n')
    hook.chmod(0o755)
    place.write(RECORD, TYPED)
    place.write(NOTES, b"unsaved\n")
    status = place.status()

    with pytest.raises(GitError, match="update-ref"):
        transact(place.repository, saving({RECORD: SEALED, OTHER: b"too\n"}), adopt={RECORD: TYPED})

    assert place.read(RECORD) == TYPED
    assert place.status() == status
    assert not stores(place.repository, TYPED)
    place.assert_settled()


def test_files_are_adopted_on_the_branch_that_is_checked_out_only(place: Workplace) -> None:
    place.write(RECORD, TYPED)

    with pytest.raises(InternalError):
        transact(
            place.repository,
            saving({RECORD: SEALED}),
            branch="proposal/x",
            create_branch=True,
            adopt={RECORD: TYPED},
        )

    assert place.read(RECORD) == TYPED
