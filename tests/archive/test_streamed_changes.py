"""Changes may be made on the way: git stores some while the next are being made."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from archive.workplace import NOTES, Workplace, act, many, workplace
from memberarc.archive.transaction import Change, Plan, transact
from memberarc.errors import ConflictError, InternalError, InvalidRecordError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = many(b"ballast ", count=1000)


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    place = workplace(tmp_path / "office")
    place.write(NOTES, b"unsaved\n")
    return place


def assert_untouched(place: Workplace, *, head: str) -> None:
    assert place.head() == head
    assert place.status() == [f" M {NOTES}"]
    assert list(place.repository.git_dir.glob("fast_import_crash_*")) == []
    place.assert_settled()


def changes() -> Iterator[Change]:
    return (Change(path=path, content=content) for path, content in FILES.items())


def test_changes_made_on_the_way_are_one_commit(place: Workplace) -> None:
    commit = transact(place.repository, lambda _: Plan(changes=changes(), act=act()))

    assert place.head() == commit
    assert {path: place.committed(path) for path in FILES} == FILES
    assert {path: place.read(path) for path in FILES} == FILES
    assert place.status() == [f" M {NOTES}"]


@pytest.mark.parametrize("wrong", [[0], [50, 150, 999], [999]])
def test_wrong_contents_among_many_are_all_told_and_none_is_taken(
    place: Workplace, wrong: list[int]
) -> None:
    head = place.head()
    paths = {[*FILES][number] for number in wrong}

    def validate(path: str, content: bytes) -> list[Problem]:
        return [Problem(path=path, rule="wrong", message="wrong")] if path in paths else []

    with pytest.raises(InvalidRecordError) as caught:
        transact(place.repository, lambda _: Plan(changes=changes(), act=act()), validate=validate)

    assert {problem.path for problem in caught.value.problems} == paths
    assert_untouched(place, head=head)


@pytest.mark.parametrize("made", [0, 1, 99, 100, 101, 999])
def test_an_error_on_the_way_leaves_everything_as_it_was(place: Workplace, made: int) -> None:
    head = place.head()

    def broken() -> Iterator[Change]:
        for number, change in enumerate(changes()):
            if number == made:
                raise ConflictError("somebody was faster")
            yield change

    with pytest.raises(ConflictError, match="somebody was faster"):
        transact(place.repository, lambda _: Plan(changes=broken(), act=act()))

    assert_untouched(place, head=head)
    assert place.save(FILES)


def test_a_path_named_again_much_later_is_a_defect(place: Workplace) -> None:
    head = place.head()
    again = Change(path=next(iter(FILES)), content=b"again")

    with pytest.raises(InternalError):
        transact(place.repository, lambda _: Plan(changes=[*changes(), again], act=act()))

    assert_untouched(place, head=head)
