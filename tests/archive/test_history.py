"""History is read newest first, with what each commit changed and said."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from archive.workplace import NOTES, OTHER, RECORD, Workplace
from builders import git
from memberarc.archive.git import create_repository
from memberarc.archive.history import walk_history
from memberarc.archive.revisions import resolve, revision_at
from memberarc.archive.tree_changes import TreeChange
from memberarc.errors import RevisionNotFoundError
from memberarc.output.result import local_time

if TYPE_CHECKING:
    from pathlib import Path

LAST = "2030-03-05T10:00:00Z"


def test_an_act_is_told_with_its_trailers_and_paths(place: Workplace) -> None:
    former = place.git("rev-parse", f"HEAD:{RECORD}").strip()
    removed = place.git("rev-parse", f"HEAD:{OTHER}").strip()
    commit = place.save({RECORD: b"changed\n", OTHER: None, "a.yaml": b"new\n"}, subject="an act")

    newest, oldest = walk_history(place.repository)

    assert (newest.commit, newest.parents) == (commit, (oldest.commit,))
    assert (newest.author_name, newest.author_email) == ("Membership office", "office@example.org")
    assert newest.time.tzinfo is UTC
    assert newest.subject == "an act"
    assert newest.trailers == (("Memberarc-Act", "update"), ("Memberarc-Count", "3"))
    assert newest.paths == (
        TreeChange(
            path="a.yaml",
            old_mode="000000",
            old_blob=None,
            new_mode="100644",
            new_blob=place.git("rev-parse", "HEAD:a.yaml").strip(),
        ),
        TreeChange(
            path=RECORD,
            old_mode="100644",
            old_blob=former,
            new_mode="100644",
            new_blob=place.git("rev-parse", f"HEAD:{RECORD}").strip(),
        ),
        TreeChange(
            path=OTHER, old_mode="100644", old_blob=removed, new_mode="000000", new_blob=None
        ),
    )
    assert oldest.parents == ()
    assert [changed.path for changed in oldest.paths] == [RECORD, OTHER, NOTES]


def test_messages_of_people_in_every_shape_are_told_apart(place: Workplace) -> None:
    messages = [
        "会员\n\n:100644 looks like git's own output\n\n\n",
        "one line",
        "subject\n\n\nbody\n\nSigned-off-by: A <a@example.org>\nSee: x\n",
    ]
    for message in messages:
        place.git("commit", "--quiet", "--allow-empty", "--cleanup=verbatim", "--message", message)
    place.git("commit", "--quiet", "--allow-empty", "--allow-empty-message", "--message", "")

    told = [*walk_history(place.repository)]

    assert [entry.subject for entry in told] == ["", "subject", "one line", "会员", "begin"]
    assert told[1].trailers == (("Signed-off-by", "A <a@example.org>"), ("See", "x"))
    assert [len(entry.paths) for entry in told] == [0, 0, 0, 0, 3]


def test_history_can_be_limited_to_paths(place: Workplace) -> None:
    place.save({RECORD: b"1\n"}, subject="first")
    place.save({OTHER: b"1\n"}, subject="second")

    assert [entry.subject for entry in walk_history(place.repository, paths=(RECORD,))] == [
        "first",
        "begin",
    ]
    assert len([*walk_history(place.repository, paths=("members",))]) == 3


def test_every_ref_is_walked_when_asked_for(place: Workplace) -> None:
    place.git("branch", "side")
    place.save({RECORD: b"1\n"}, subject="main only")
    place.git("checkout", "--quiet", "side")
    place.save({RECORD: b"2\n"}, subject="side only")
    place.git("merge", "--quiet", "--strategy=ours", "--message", "merged", "main")

    every = [*walk_history(place.repository, revisions=("--all",))]
    one = [*walk_history(place.repository, revisions=("main",))]

    assert {entry.subject for entry in every} == {"begin", "main only", "side only", "merged"}
    assert [entry.subject for entry in one] == ["main only", "begin"]
    merge = next(entry for entry in every if entry.subject == "merged")
    assert (len(merge.parents), merge.paths) == (2, ())


def test_an_act_that_a_merge_dropped_is_still_told_of_its_path(place: Workplace) -> None:
    place.git("branch", "side")
    place.save({RECORD: b"1\n"}, subject="kept")
    place.git("checkout", "--quiet", "side")
    place.save({RECORD: b"2\n"}, subject="dropped")
    place.git("checkout", "--quiet", "main")
    place.git("merge", "--quiet", "--strategy=ours", "--message", "merged", "side")

    told = [entry.subject for entry in walk_history(place.repository, paths=(RECORD,))]

    assert {"kept", "dropped", "begin"} <= {*told}


def test_settings_of_the_user_do_not_change_what_is_told(place: Workplace) -> None:
    place.save({RECORD: b"changed\n"})
    before = [*walk_history(place.repository)]

    for setting in (
        "log.showSignature=true",
        "log.showRoot=false",
        "log.follow=true",
        "log.diffMerges=on",
        "diff.renames=copies",
        "diff.relative=true",
        "diff.noprefix=true",
        "color.ui=always",
        "log.decorate=full",
        "format.pretty=oneline",
    ):
        place.git("config", *setting.split("="))

    assert [*walk_history(place.repository)] == before


def test_an_unborn_branch_has_no_history(tmp_path: Path) -> None:
    repository = create_repository(tmp_path / "new")

    assert [*walk_history(repository)] == []
    assert [*walk_history(repository, revisions=("--all",))] == []
    assert revision_at(repository, date(2026, 1, 1), zone=UTC) is None


def test_an_unknown_revision_is_an_error(place: Workplace) -> None:
    assert resolve(place.repository, "main") == place.head()
    for revision in ("absent", "--output=x"):
        with pytest.raises(RevisionNotFoundError):
            resolve(place.repository, revision)
        with pytest.raises(RevisionNotFoundError):
            [*walk_history(place.repository, revisions=(revision,))]


@pytest.mark.parametrize("zone", ["+00:00", "+08:00", "-05:00"])
def test_the_revision_of_a_day_is_the_last_before_midnight_in_the_zone(
    place: Workplace, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = []
    for moment in (f"2030-03-01T23:59:59{zone}", f"2030-03-02T00:00:00{zone}", LAST):
        monkeypatch.setenv("GIT_COMMITTER_DATE", moment)
        commits.append(place.save({RECORD: moment.encode()}))
    there = datetime.fromisoformat(f"2030-03-01T00:00:00{zone}").tzinfo
    assert there

    days = [revision_at(place.repository, date(2030, 3, day), zone=there) for day in (1, 2, 4, 5)]

    assert days == [commits[0], commits[1], commits[1], commits[2]]
    assert revision_at(place.repository, date(1900, 1, 1), zone=there) is None
    assert revision_at(place.repository, date.max, zone=there) == commits[2]
    assert next(walk_history(place.repository)).time == datetime(2030, 3, 5, 10, tzinfo=UTC)


def test_the_revision_of_a_day_follows_first_parents(
    place: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2030-03-01T10:00:00Z")
    place.git("branch", "side")
    on_main = place.save({RECORD: b"1\n"})
    place.git("checkout", "--quiet", "side")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2030-03-01T11:00:00Z")
    place.save({OTHER: b"1\n"})
    place.git("checkout", "--quiet", "main")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2030-03-02T10:00:00Z")
    place.git("merge", "--quiet", "--message", "merged", "side")

    assert revision_at(place.repository, date(2030, 3, 1), zone=UTC) == on_main


@pytest.mark.parametrize(
    ("seconds", "year"),
    [("99999999999999", 9999), ("253402300799", 9999), ("9" * 5000, 9999), ("-1", 1970)],
)
def test_a_time_that_no_calendar_has_is_the_last_or_the_first(
    place: Workplace, seconds: str, year: int
) -> None:
    tree = place.git("rev-parse", "HEAD^{tree}").strip()
    person = f"A <a@example.org> {seconds} +0000"
    content = f"tree {tree}\nparent {place.head()}\nauthor {person}\ncommitter {person}\n\nx\n"
    commit = git(
        place.root, "hash-object", "-t", "commit", "-w", "--stdin", "--literally", stdin=content
    )
    place.git("update-ref", "HEAD", commit.strip())

    newest = next(walk_history(place.repository))

    assert newest.time.year == year
    assert local_time(newest.time)
