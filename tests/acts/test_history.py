"""The log and the differences between versions, with keys and without."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from builders import MOBILE, MOBILE_BEFORE, NOTE, SECRETS, SHAN, WANG, ZENG, Club

RECORD = f"members/2026/0000/{WANG}.yaml"


def test_the_log_of_a_member_tells_each_change_with_its_values(club: Club) -> None:
    acts = club.json("log", WANG)

    assert [act["act"] for act in acts] == ["update", "update", "document-add", "add"]
    moved = acts[1]
    assert (moved["reason"], moved["note"], moved["member"]) == ("moved", NOTE, WANG)
    assert moved["person"] == "office@example.org"
    assert moved["changes"] == [
        {
            "field": "contact.mobile",
            "level": "internal",
            "closed": False,
            "before": MOBILE_BEFORE,
            "after": MOBILE,
        }
    ]
    assert moved["commit"] == club.git("rev-parse", "HEAD~1").strip()


def test_the_log_of_the_archive_tells_acts_and_no_values(club: Club) -> None:
    told = club.run("log", "--format", "json")

    assert [act["act"] for act in told.data] == [
        "update",
        "update",
        "document-add",
        "add",
        "add",
        "add",
        "init",
    ]
    assert not [one for one in SECRETS if one in told.stdout]
    assert [act["changes"] for act in told.data] == [[]] * 7


@pytest.mark.parametrize(("limit", "count"), [("0", 7), ("1", 1), ("3", 3), ("99", 7)])
def test_the_log_is_limited_to_the_newest(club: Club, limit: str, count: int) -> None:
    acts = club.json("log", "--limit", limit)

    assert len(acts) == count
    assert acts[0]["commit"] == club.head()


def test_the_log_of_a_long_history_is_limited_unless_all_is_wanted(club: Club) -> None:
    commits = "".join(
        f"commit refs/heads/main\ncommitter a <a@example.org> {n} +0000\ndata 0\n\n"
        for n in range(1_900_000_000, 1_900_000_120)
    )
    first, rest = commits.split("data 0\n", 1)
    club.git("fast-import", "--quiet", stdin=f"{first}data 0\nfrom refs/heads/main^0\n{rest}")

    assert len(club.json("log")) == 100
    assert "only the newest 100 are shown; --limit 0 shows all" in club.run("log").stderr
    assert len(club.json("log", "--limit", "0")) == 127
    assert "only the newest" not in club.run("log", "--limit", "3").stderr
    assert len(club.json("log", WANG)) == 4


def test_the_log_of_a_member_is_read_by_few_git_processes(
    club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(15):
        club.run("update", WANG, "--set", f"contact.phone=021-{number}")
    wrapper, trace = tmp_path / "bin" / "git", tmp_path / "trace"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\necho "$*" >> {trace}\nexec {shutil.which("git")} "$@"\n')
    wrapper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{wrapper.parent}:{os.environ['PATH']}")

    assert len(club.json("log", WANG)) == 19

    assert len(trace.read_text().splitlines()) < 12


def test_a_document_is_not_read_to_be_compared(club: Club) -> None:
    [added] = club.git("ls-files", "documents").splitlines()
    (club.root / added).write_bytes(b"other bytes")

    [told] = [one for one in club.json("diff") if one["path"] == added]

    assert (told["kind"], told["changes"]) == ("changed", [])
    assert club.json("diff", "HEAD~3", "HEAD") == club.json("diff", "HEAD~3", "HEAD~0")


def test_what_was_committed_by_hand_is_told_as_such(club: Club) -> None:
    club.edit(RECORD, "status: active", "status: left")
    club.commit_by_hand("left the club\n\nNot-Ours: 1")

    [newest, *_] = club.json("log", WANG)

    assert (newest["act"], newest["reason"], newest["note"]) == ("by hand", "", None)
    assert [(one["field"], one["before"], one["after"]) for one in newest["changes"]] == [
        ("status", "active", "left")
    ]


def test_a_forged_note_is_not_opened_and_stops_nothing(club: Club) -> None:
    club.edit(RECORD, "status: active", "status: left")
    note = "enc:m1.internal.1:" + "A" * 80
    club.commit_by_hand(
        f"update\n\nMemberarc-Act: update\nMemberarc-Count: x\nMemberarc-Note: {note}"
    )

    told = club.run("log", WANG, "--format", "json", status=None)

    assert told.status == 0, told
    assert told.data[0]["note"] is None


def test_acts_on_a_side_branch_are_part_of_the_log_once_merged(club: Club) -> None:
    club.git("switch", "--quiet", "--create", "side")
    club.run("update", WANG, "--set", "contact.phone=021-1")
    club.git("switch", "--quiet", "main")
    club.run("update", SHAN, "--set", "status=left")
    club.git("merge", "--quiet", "--no-edit", "side")

    fields = [act["fields"] for act in club.json("log", WANG)]

    assert fields[0] == ["contact.phone"]
    assert len(fields) == 5


def test_a_difference_of_two_commits_is_told_field_by_field(club: Club) -> None:
    [one, scan] = club.json("diff", "HEAD~3", "HEAD")

    assert scan["path"].startswith("documents/") or one["path"].startswith("documents/")
    record = one if one["id"] else scan
    fields = [change["field"] for change in record["changes"]]
    assert (record["id"], record["kind"]) == (WANG, "changed")
    assert "contact.mobile" in fields
    assert "honours[a1b2].title" in fields


def test_added_and_removed_members_are_told(club: Club) -> None:
    before = club.head()
    club.git("rm", "--quiet", f"members/2026/0000/{ZENG}.yaml")
    club.commit_by_hand()

    [removed] = club.json("diff", before, "HEAD")
    [added] = club.json("diff", "HEAD", before)

    assert (removed["kind"], removed["id"]) == ("removed", ZENG)
    assert (added["kind"], added["id"]) == ("added", ZENG)
    assert {one["after"] for one in removed["changes"]} == {None}
    assert "曾国强" in {one["after"] for one in added["changes"]}


def test_edits_on_the_disk_are_compared_with_the_commit(club: Club) -> None:
    assert club.json("diff") == []
    club.path(SHAN).touch()
    assert club.json("diff") == []

    club.edit(RECORD, r"(?<=  mobile: )enc:\S+", '"13111111111"')
    (club.root / "notes.txt").write_text("to do\n")

    told = {one["path"]: one for one in club.json("diff")}
    assert told["notes.txt"]["kind"] == "added"
    [change] = told[RECORD]["changes"]
    assert (change["field"], change["before"], change["after"]) == (
        "contact.mobile",
        MOBILE,
        "13111111111",
    )


def test_a_value_sealed_anew_is_a_changed_file_without_a_changed_field(club: Club) -> None:
    text = club.text(WANG)
    club.run("update", WANG, "--set", "contact.mobile=1")
    club.run("update", WANG, "--set", f"contact.mobile={MOBILE}")

    assert club.text(WANG) != text
    assert [one["changes"] for one in club.json("diff", "HEAD~2", "HEAD")] == [[]]


def test_without_keys_a_difference_shows_only_that_something_changed(club: Club) -> None:
    club.identity.unlink()

    told = club.run("diff", "HEAD~2", "HEAD~1")
    log = club.run("log", WANG)

    assert told.stdout == f"changed {WANG}\n  contact.mobile: (sealed) -> (sealed)\n"
    assert "  contact.mobile: (sealed) -> (sealed)\n" in log.stdout
    assert "note" not in log.stdout
    assert not [one for one in SECRETS if one in told.stdout + log.stdout]


@pytest.mark.parametrize("words", [("diff", "nowhere"), ("diff", "HEAD", "HEAD~99")])
def test_a_revision_that_is_none_is_told(club: Club, words: tuple[str, ...]) -> None:
    assert "no commit is called" in club.run(*words, status=3).stderr


def test_a_renamed_or_broken_record_does_not_stop_a_difference(club: Club) -> None:
    club.git("mv", RECORD, f"members/2026/0000/{ZENG}-2.yaml")

    told = {one["kind"] for one in club.json("diff")}

    assert told == {"added", "removed"}


def test_a_revision_of_two_lines_names_nothing(club: Club) -> None:
    told = club.run("diff", "HEAD\nHEAD", "HEAD", status=3)

    assert "no commit is called 'HEAD\\nHEAD'" in told.stderr
