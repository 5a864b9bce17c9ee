"""``purge verify`` tries every copy again, and the certificate is shown in words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from builders import SHAN, WANG, Club, git
from disposal.attempts import shares_in
from disposal.test_purge_resumes import add_replica

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
CERTIFICATE = f"tombstones/2026/0000/{WANG}.certificate.yaml"


def test_nothing_opens_here_nor_in_any_kind_of_copy(club: Club, tmp_path: Path) -> None:
    clone = club.clone(tmp_path / "clone")
    git(tmp_path, "clone", "--quiet", "--mirror", str(club.root), str(tmp_path / "mirror"))
    club.git("bundle", "create", "--quiet", str(tmp_path / "all.bundle"), "--all")
    club.run(*PURGE)
    places = (clone.root, tmp_path / "mirror", tmp_path / "all.bundle")

    told = club.json("purge", "verify", *(f"--copy={place}" for place in places))

    [member] = told["members"]
    assert (member["id"], member["opened"], told["copies"]) == (WANG, 0, 3)
    assert member["versions"] == 4 * 4
    assert member["documents"] == 4


def test_with_a_share_that_came_back_it_is_a_finding(club: Club, tmp_path: Path) -> None:
    add_replica(club, tmp_path / "second")
    kept = {path: path.read_bytes() for path in (club.vault / "segments").iterdir()}
    club.run(*PURGE)
    for path, content in kept.items():
        path.write_bytes(content)
        path.chmod(0o600)
    assert len(shares_in(club.vault)) == 3

    problems = club.problems("purge", "verify")

    assert {one["rule"] for one in problems} == {"opens", "share"}
    assert club.run("purge", "verify", WANG, status=1).status == 1


def leave_a_conflict(club: Club) -> Path:
    place = club.root / ".git" / "rr-cache" / "ab"
    place.mkdir(parents=True)
    file = place / "preimage"
    file.write_text(club.text(WANG).replace("status: active\n", "<<<<<<<\nstatus: left\n>>>>>>>\n"))
    return file


def leave_a_copy(club: Club) -> Path:
    file = club.root / "copy.yaml"
    file.write_text(club.text(WANG).replace("status: active", "status: left"))
    return file


@pytest.mark.parametrize("leave", [leave_a_conflict, leave_a_copy])
def test_what_lies_beside_the_objects_is_tried_too(club: Club, leave: object) -> None:
    assert callable(leave)
    club.run(*PURGE)
    [before] = club.json("purge", "verify")["members"]
    club.git("checkout", "--quiet", "HEAD~2", "--", f"members/2026/0000/{WANG}.yaml")
    leave(club)
    club.git("reset", "--quiet", "--hard")

    [after] = club.json("purge", "verify")["members"]

    assert after["versions"] == before["versions"] + 1
    assert after["values"] > before["values"]


def test_a_reflog_and_an_unreachable_object_are_tried_too(club: Club) -> None:
    club.run("update", WANG, "--set", "contact.phone=021-63211234")
    club.git("reset", "--quiet", "--hard", "HEAD~1")
    club.git("hash-object", "-w", "--stdin", stdin=club.text(WANG).replace("active", "left"))
    club.run(*PURGE)

    [member] = club.json("purge", "verify")["members"]

    assert member["versions"] == 4 + 2


def test_it_says_what_it_could_not_try(club: Club, tmp_path: Path) -> None:
    add_replica(club, tmp_path / "second")
    club.run(*PURGE)
    (tmp_path / "second").rename(tmp_path / "unplugged")
    nested = club.root / "nested"
    git(tmp_path, "init", "--quiet", str(nested))

    told = club.json("purge", "verify")["not_checked"]

    assert any(str(tmp_path / "second") in one for one in told)
    assert any(str(nested) in one for one in told)


def test_whoever_was_not_purged_cannot_be_proved(club: Club) -> None:
    club.run(*PURGE)

    club.run("purge", "verify", SHAN, status=3)
    club.run("purge", "verify", "--copy", str(club.root), status=2)
    (club.root.parent / "no.bundle").write_text("no bundle")
    club.run("purge", "verify", "--copy", str(club.root.parent / "no.bundle"), status=2)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("# Purge certificate", "without the share", "What was not checked")),
        ("zh", ("# 档案清除证明", "均无法打开", "未检查")),
    ],
)
def test_the_certificate_is_a_page_in_two_languages(
    club: Club, language: str, words: tuple[str, ...]
) -> None:
    club.run(*PURGE)

    shown = club.run("purge", "certificate", WANG, "--language", language)

    assert all(word in shown.stdout for word in words)
    assert "2026-11-03T04:00:00Z" in shown.stdout
    assert "signed by admin" in shown.stderr
    lowered = shown.stdout.lower()
    for promise in ("gdpr", "compliant", "shredded from disk", "anonymous", "合规", "匿名"):
        assert promise not in lowered


def test_every_fact_of_a_certificate_has_its_words_in_both_languages(club: Club) -> None:
    club.run(*PURGE, "--quick")

    for language in ("en", "zh"):
        page = club.run("purge", "certificate", WANG, "--language", language).stdout
        assert "_" not in page.replace("member_request", ""), page


@pytest.mark.parametrize(
    ("language", "words"), [("en", "it may still hold the share"), ("zh", "可能仍保存该份额")]
)
def test_a_replica_that_was_given_up_unseen_may_still_hold_the_share(
    club: Club, tmp_path: Path, language: str, words: str
) -> None:
    club.run("vault", "add-replica", str(tmp_path / "second"))
    (tmp_path / "second").rename(tmp_path / "lost")
    club.run("vault", "retire", str(tmp_path / "second"), "--yes")
    club.run(*PURGE)

    assert words in club.run("purge", "certificate", WANG, "--language", language).stdout


def test_a_certificate_that_was_altered_is_shown_with_a_warning(club: Club) -> None:
    club.run(*PURGE)
    club.edit(CERTIFICATE, "values_opened: 0", "values_opened: 7")
    club.commit_by_hand()

    shown = club.run("purge", "certificate", WANG, status=1)

    assert "do not believe it" in shown.stderr
    club.run("purge", "certificate", SHAN, status=3)


class TestQuick:
    """The quick look finds what people leave, and says what it left out."""

    def test_it_says_so_in_the_certificate(self, club: Club) -> None:
        told = club.run(*PURGE, "--quick")

        checked = yaml.safe_load((club.root / CERTIFICATE).read_text())["checked"]
        assert checked["scan"] == "quick"
        assert checked["left_out"] == [
            "records_and_documents_of_other_members",
            "ledger",
            "objects_that_no_ref_and_no_reflog_leads_to",
        ]
        assert "a quick scan: it left out" in told.stderr
        assert checked["versions_tried"] == 4
        assert checked["notes_tried"] == 1
        assert club.problems("verify") == []

    def test_without_a_word_a_small_archive_is_looked_through(self, club: Club) -> None:
        club.run(*PURGE)

        checked = yaml.safe_load((club.root / CERTIFICATE).read_text())["checked"]
        assert (checked["scan"], "left_out" in checked) == ("full", False)

    @pytest.mark.parametrize(
        "place",
        [
            "message",
            "tag",
            "notes",
            "stash",
            "branch",
            "file",
            "old",
            "index",
            "untracked",
            "ignored",
            "name",
            "reflog",
        ],
    )
    def test_it_finds_a_value_in_clear(self, club: Club, place: str) -> None:
        leave_in(club, place)

        told = club.run(*PURGE, "--quick", status=1)

        assert "clear-text" in told.stdout
        assert club.uid(WANG) in shares_in(club.vault)

    def test_a_name_that_looks_like_a_line_of_git_is_looked_into(self, club: Club) -> None:
        (club.root / ":list.txt").write_text("to do: call 王小明\n")
        club.commit_by_hand()

        told = club.run(*PURGE, "--quick", status=1)

        assert ":list.txt" in told.stdout

    def test_a_second_record_of_the_uid_stops_it(self, club: Club) -> None:
        second = club.path(WANG).with_name("M2026-000009.yaml")
        second.write_text(club.text(WANG).replace(WANG, "M2026-000009"))
        club.commit_by_hand()

        told = club.run(*PURGE, "--quick", status=4)

        assert "M2026-000009 has the same uid" in told.stderr

    def test_versions_under_an_earlier_code_are_opened_too(self, club: Club) -> None:
        moved = club.path(WANG).with_name("M2026-000008.yaml")
        club.git("mv", str(club.path(WANG)), str(moved))
        moved.write_text(moved.read_text().replace(WANG, "M2026-000008"))
        club.commit_by_hand("another code")
        words = ("--reason", "duplicate", "--confirm", "M2026-000008", "--quick")

        told = club.json("purge", "M2026-000008", *words)

        [member] = told["members"]
        assert member["trial"]["versions"] == 4 + 1


def leave_in(club: Club, place: str) -> None:
    """Put a member's name where git or a person keeps things."""
    name, file = "王小明", club.root / "list.txt"
    if place == "message":
        club.git("commit", "--quiet", "--allow-empty", "--message", f"call {name}")
    elif place == "tag":
        club.git("tag", "--annotate", "v1", "--message", name)
    elif place == "notes":
        club.git("notes", "add", "--message", name)
    elif place == "name":
        (club.root / f"{name}.txt").write_text("to do")
        club.commit_by_hand()
        club.git("rm", "--quiet", f"{name}.txt")
        club.git("commit", "--quiet", "--message", "tidy up")
    else:
        file.write_text(f"to do: call {name}\n")
    if place == "stash":
        club.git("stash", "--quiet", "--include-untracked")
    elif place == "branch":
        club.git("switch", "--quiet", "--create", "draft")
        club.commit_by_hand()
        club.git("switch", "--quiet", "main")
    elif place in ("file", "old", "reflog"):
        club.commit_by_hand()
    elif place == "index":
        club.git("add", "list.txt")
        file.write_text("to do: nothing\n")
    elif place == "ignored":
        (club.root / ".git" / "info" / "exclude").write_text("list.txt\n")
    if place == "old":
        club.git("rm", "--quiet", "list.txt")
        club.git("commit", "--quiet", "--message", "tidy up")
    elif place == "reflog":
        club.git("reset", "--quiet", "--hard", "HEAD~1")
