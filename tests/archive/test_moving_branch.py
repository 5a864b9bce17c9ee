"""What happens to the branch or the files while an act is under way is never undone by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive.workplace import NOTES, OTHER, RECORD, Workplace, act, saving
from memberarc.archive.transaction import Change, Plan, transact
from memberarc.errors import ConflictError, GitError, WorkTreeConflictError

if TYPE_CHECKING:
    from collections.abc import Callable

    from memberarc.archive.snapshot import Snapshot

NEW = "requests/2026/R2026-0001.yaml"
TYPED = b"name: Wang\n"


def once(step: str, action: Callable[[], object]) -> Callable[[str], None]:
    """Return a checkpoint that does something the first time a step is reached."""
    left = [action]

    def checkpoint(reached: str) -> None:
        if reached == step and left:
            left.pop()()

    return checkpoint


def commit_behind_the_back(place: Workplace) -> None:
    """Move the branch without the index lock, as a push into the repository would."""
    commit = place.git("commit-tree", "-p", "HEAD", "-m", "foreign", "HEAD^{tree}").strip()
    place.git("update-ref", "refs/heads/main", commit)


def test_a_commit_made_while_the_act_was_planned_is_built_upon(
    place: Workplace, ballast: dict[str, bytes]
) -> None:
    def commit() -> None:
        place.write(RECORD, b"by a person\n")
        place.git("commit", "--quiet", "--all", "--message", "person")

    seen: list[bytes | None] = []

    def plan(snapshot: Snapshot) -> Plan:
        seen.append(snapshot.read(RECORD))
        content = (snapshot.read(RECORD) or b"") + b"by memberarc\n"
        changes = {RECORD: content, **ballast}
        return saving(changes)(snapshot)

    transact(place.repository, plan, checkpoint=once("commit written", commit))

    assert len(seen) == 2
    assert place.read(RECORD) == b"by a person\nby memberarc\n"
    assert place.git("log", "--format=%s").splitlines() == ["update a member", "person", "begin"]
    assert place.status() == []
    place.assert_settled()


@pytest.mark.parametrize("step", ["index locked", "journal written", "files written"])
def test_a_branch_that_moves_under_the_act_makes_it_start_again(
    place: Workplace, ballast: dict[str, bytes], step: str
) -> None:
    former = place.read(RECORD)
    standing: list[tuple[bytes, bool]] = []

    def plan(snapshot: Snapshot) -> Plan:
        standing.append((place.read(RECORD), (place.root / NEW).exists()))
        return saving({RECORD: b"changed\n", NEW: b"new\n", OTHER: None, **ballast})(snapshot)

    commit = transact(
        place.repository,
        plan,
        checkpoint=once(step, lambda: commit_behind_the_back(place)),
    )

    assert commit == place.head()
    assert place.git("log", "--format=%s").splitlines() == ["update a member", "foreign", "begin"]
    expected = [(former, False)] * 2 if step != "index locked" else standing
    assert standing == expected
    assert len(standing) == 2
    assert place.status() == []
    place.assert_settled()


def test_an_adopted_edit_is_given_back_before_the_act_starts_again(place: Workplace) -> None:
    place.write(RECORD, TYPED)
    standing: list[bytes] = []

    def plan(_snapshot: Snapshot) -> Plan:
        standing.append(place.read(RECORD))
        return Plan(changes=(Change(path=RECORD, content=b"sealed\n"),), act=act())

    transact(
        place.repository,
        plan,
        adopt={RECORD: TYPED},
        checkpoint=once("files written", lambda: commit_behind_the_back(place)),
    )

    assert standing == [TYPED, TYPED]
    assert place.read(RECORD) == b"sealed\n"
    assert place.git("log", "--format=%s").splitlines() == ["update a member", "foreign", "begin"]
    assert place.status() == []


def test_a_branch_that_never_rests_is_a_conflict(place: Workplace) -> None:
    def checkpoint(reached: str) -> None:
        if reached == "commit written":
            commit_behind_the_back(place)

    with pytest.raises(ConflictError, match="again and again"):
        transact(place.repository, saving({RECORD: b"changed\n"}), checkpoint=checkpoint)

    assert place.read(RECORD) != b"changed\n"
    assert place.status() == []
    place.assert_settled()


def test_an_edit_saved_at_the_last_moment_is_kept(
    place: Workplace, ballast: dict[str, bytes]
) -> None:
    before = place.head()

    with pytest.raises((WorkTreeConflictError, GitError)):
        transact(
            place.repository,
            saving({NEW: b"new\n", RECORD: b"changed\n", OTHER: None, **ballast}),
            checkpoint=once("journal written", lambda: place.write(RECORD, b"mine\n")),
        )

    assert place.head() == before
    assert place.read(RECORD) == b"mine\n"
    assert place.status() == [f" M {RECORD}"]
    place.assert_settled()


def test_another_branch_checked_out_meanwhile_is_the_one_that_gets_the_act(
    place: Workplace,
) -> None:
    before = place.head()

    transact(
        place.repository,
        saving({RECORD: b"changed\n"}),
        checkpoint=once("commit written", lambda: place.git("switch", "--quiet", "-c", "side")),
    )

    assert place.git("rev-parse", "main").strip() == before
    assert place.git("symbolic-ref", "--short", "HEAD").strip() == "side"
    assert place.committed(RECORD) == place.read(RECORD) == b"changed\n"
    assert place.status() == []


def test_a_proposal_is_built_upon_what_was_proposed_meanwhile(place: Workplace) -> None:
    propose = {"branch": "proposal/x", "create_branch": True}

    def meanwhile() -> None:
        other = place.git("commit-tree", "-p", "HEAD", "-m", "other", "HEAD^{tree}").strip()
        place.git("update-ref", "refs/heads/proposal/x", other)

    transact(
        place.repository,
        saving({RECORD: b"proposed\n"}, subject="mine"),
        **propose,
        checkpoint=once("commit written", meanwhile),
    )

    assert place.git("log", "--format=%s", "proposal/x").splitlines() == ["mine", "other", "begin"]


def test_an_interruption_leaves_everything_as_it_was(
    place: Workplace, ballast: dict[str, bytes]
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    place.write(NOTES, b"unsaved\n")
    for step in ("index locked", "inspected", "journal written", "files written"):
        before = place.head()
        with pytest.raises(KeyboardInterrupt):
            transact(
                place.repository,
                saving({RECORD: b"changed\n", NEW: b"new\n", OTHER: None, **ballast}),
                checkpoint=once(step, interrupt),
            )
        assert place.head() == before
        assert place.status() == [f" M {NOTES}"]
        place.assert_settled()


def test_an_interruption_after_the_branch_moved_completes_the_act(place: Workplace) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    place.write(RECORD, TYPED)
    with pytest.raises(KeyboardInterrupt):
        transact(
            place.repository,
            saving({RECORD: b"changed\n", NEW: b"new\n"}),
            adopt={RECORD: TYPED},
            checkpoint=once("branch moved", interrupt),
        )

    assert place.committed(RECORD) == place.read(RECORD) == b"changed\n"
    assert place.status() == []
    place.assert_settled()
