"""After a purge nobody reads the member, in any copy, with any key; and nobody else is touched."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from builders import (
    MOBILE,
    MOBILE_BEFORE,
    NOTE,
    SCAN,
    SECRETS,
    SHAN,
    WANG,
    ZENG,
    Club,
    Outcome,
    add,
    git,
)
from disposal.attempts import (
    Subject,
    clear_texts,
    documents_that_open,
    objects,
    shares_in,
    subject_of,
    values_that_open,
)

COPIES = (
    "origin",
    "clone made before",
    "mirror made before",
    "bundle made before",
    "clone made after",
    "mirror made after",
    "bundle made after",
)
PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)


@dataclass(frozen=True, kw_only=True)
class Aftermath:
    """A club whose first member was purged, all copies of it, and what stood before."""

    club: Club
    copies: Mapping[str, Path]
    subject: Subject
    shares_before: Mapping[str, bytes]
    log_before: str
    record_before: bytes
    told: Outcome


@pytest.fixture
def aftermath(club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Aftermath:
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setenv("TMPDIR", str(spool))
    monkeypatch.setattr(tempfile, "tempdir", None)
    _leave_traces(club)
    record = club.path(WANG).read_bytes()
    subject, shares, log = (
        subject_of(club, WANG),
        shares_in(club.vault),
        club.git("rev-list", "HEAD"),
    )
    copies = {"origin": club.root, **_copies(club, tmp_path, "before")}
    told = club.run(*PURGE, "--copy", str(copies["mirror made before"]))
    copies |= _copies(club, tmp_path, "after")
    return Aftermath(
        club=club,
        copies=copies,
        subject=subject,
        shares_before=shares,
        log_before=log,
        record_before=record,
        told=told,
    )


def _leave_traces(club: Club) -> None:
    """Leave sealed versions where git keeps what nothing refers to, and what people leave."""
    club.run("update", WANG, "--set", "contact.mobile=13500135001")
    club.git("branch", "elsewhere")
    club.run("update", WANG, "--set", "contact.phone=021-63211234")
    club.git("reset", "--quiet", "--hard", "HEAD~2")
    club.git("notes", "add", "--message", "looked at by the office")
    club.git("config", "rerere.enabled", "true")
    (club.root / "list.txt").write_text("to do: call the printer\n")
    club.git("stash", "--quiet", "--include-untracked")


def _copies(club: Club, tmp_path: Path, when: str) -> dict[str, Path]:
    clone, mirror, bundle = (tmp_path / f"{kind}-{when}" for kind in ("clone", "mirror", "bundle"))
    club.clone(clone)
    club.clone(mirror, "--mirror")
    club.git("bundle", "create", "--quiet", f"{bundle}.bundle", "--all")
    git(tmp_path, "clone", "--quiet", "--mirror", f"{bundle}.bundle", str(bundle))
    return {
        f"clone made {when}": clone,
        f"mirror made {when}": mirror,
        f"bundle made {when}": bundle,
    }


@pytest.mark.parametrize("copy", COPIES)
def test_no_copy_holds_a_value_in_clear_or_one_that_opens(aftermath: Aftermath, copy: str) -> None:
    repository, subject = aftermath.copies[copy], aftermath.subject
    left = shares_in(aftermath.club.vault)

    assert not [hits for one in objects(repository) if (hits := clear_texts(one, SECRETS))]
    assert values_that_open(repository, subject, left) == []
    assert documents_that_open(repository, aftermath.club, subject, left) == []


@pytest.mark.parametrize("copy", COPIES)
def test_the_same_attempts_succeed_with_a_share_that_was_kept(
    aftermath: Aftermath, copy: str
) -> None:
    repository, subject, kept = aftermath.copies[copy], aftermath.subject, aftermath.shares_before

    opened = values_that_open(repository, subject, kept)

    assert {"王小明", MOBILE_BEFORE, MOBILE, "110101199001011237", "13500135001", NOTE} <= {*opened}
    assert documents_that_open(repository, aftermath.club, subject, kept) == [SCAN]


def test_only_the_members_own_share_is_gone(aftermath: Aftermath) -> None:
    before, left = aftermath.shares_before, shares_in(aftermath.club.vault)

    assert before.keys() - left.keys() == {aftermath.subject.uid}
    assert left == {uid: before[uid] for uid in left}
    assert len(left) == 2


def test_nothing_beside_the_objects_holds_a_value_or_the_share(
    aftermath: Aftermath, tmp_path: Path
) -> None:
    share = aftermath.shares_before[aftermath.subject.uid]
    files = [
        path
        for root in (tmp_path, aftermath.club.home)
        for path in root.rglob("*")
        if path.is_file()
    ]

    assert aftermath.club.root / ".git" / "logs" / "HEAD" in files
    assert aftermath.club.vault / "vault.yaml" in files
    for path in files:
        content = path.read_bytes()
        assert not clear_texts(content, SECRETS), path
        assert not clear_texts(os.fsencode(path), SECRETS), path
        assert share not in content, path
    assert [*(tmp_path / "spool").iterdir()] == []


@pytest.mark.parametrize("words", [(), ("--format", "json"), ("--format", "csv"), ("-q",)])
def test_what_a_purge_says_repeats_no_value(club: Club, words: tuple[str, ...]) -> None:
    told = club.run(*PURGE, *words)

    assert not clear_texts((told.stdout + told.stderr).encode(), SECRETS)
    assert (told.stderr == "") == ("-q" in words)


def test_other_members_open_as_before(aftermath: Aftermath) -> None:
    club = aftermath.club

    assert club.json("show", SHAN)["record"]["contact"]["mobile"] == "13700137002"
    assert [row["name"] for row in club.json("list")["members"]] == ["单雄信", "曾国强"]
    club.run("update", ZENG, "--set", "contact.mobile=13600136099")


def test_history_is_as_it_was_and_goes_on(aftermath: Aftermath) -> None:
    club = aftermath.club
    acts = ["certify the purge of M2026-000001", "purge M2026-000001"]

    assert club.git("log", "--format=%s", "-2").splitlines() == acts
    assert club.git("rev-list", "HEAD~2") == aftermath.log_before
    before = club.git("show", f"HEAD~2:members/2026/0000/{WANG}.yaml")
    assert before.encode() == aftermath.record_before


@pytest.mark.parametrize("copy", COPIES)
def test_every_copy_is_whole(aftermath: Aftermath, copy: str) -> None:
    told = git(aftermath.copies[copy], "fsck", "--full", "--strict", "--no-dangling")

    assert told == ""


def test_verify_finds_all_well_here_and_in_a_clone_that_catches_up(aftermath: Aftermath) -> None:
    club = aftermath.club
    behind = Club(root=aftermath.copies["clone made before"], home=club.home, archive=club.archive)

    assert {one["rule"] for one in behind.problems("verify")} == {"fence", "member-purged"}
    behind.git("pull", "--quiet", "--ff-only", str(club.root), "main")
    for one in (club, behind):
        assert one.json("verify")["problems"] == 0
        assert one.json("verify")["not_looked_at"] == []
        assert one.problems("check") == []


def test_the_record_and_its_documents_leave_the_tree_and_a_tombstone_stays(
    aftermath: Aftermath,
) -> None:
    club, uid = aftermath.club, aftermath.subject.uid
    paths = club.git("ls-files").splitlines()

    assert not club.path(WANG).exists()
    assert [path for path in paths if uid in path or "000001" in path] == [
        f"tombstones/2026/0000/{WANG}.certificate.yaml",
        f"tombstones/2026/0000/{WANG}.certificate.yaml.sig",
        f"tombstones/2026/0000/{WANG}.yaml",
    ]
    assert club.git("status", "--porcelain") == ""


def test_the_log_still_tells_what_was_done_but_no_value(aftermath: Aftermath) -> None:
    acts = aftermath.club.json("log", WANG)

    assert [act["act"] for act in acts] == ["purge", "update", "update", "document-add", "add"]
    assert {act["note"] for act in acts} == {None}
    mobile = [
        change for act in acts for change in act["changes"] if change["field"] == "contact.mobile"
    ]
    assert [(one["closed"], one["before"], one["after"]) for one in mobile] == [
        (True, None, None)
    ] * 3


@pytest.mark.parametrize(
    "words",
    [
        ("show", WANG),
        ("update", WANG, "--set", "status=left"),
        ("edit", WANG),
        ("document", "list", WANG),
        ("document", "get", WANG, "abcd", "-o", "../scan.pdf"),
        ("ledger", "show", WANG),
        PURGE,
        (*PURGE, "-n"),
    ],
)
def test_every_command_on_a_purged_member_says_so_with_6(
    aftermath: Aftermath, words: tuple[str, ...]
) -> None:
    told = aftermath.club.run(*words, status=6)

    assert told.stderr.startswith(f"memberarc: error: {WANG} was purged\n")
    assert f"hint: memberarc log {WANG}\n" in told.stderr


@pytest.mark.parametrize("copy", ["clone made before", "mirror made before"])
def test_an_older_commit_shows_the_shape_only(aftermath: Aftermath, copy: str) -> None:
    behind = Club(
        root=aftermath.copies[copy], home=aftermath.club.home, archive=aftermath.club.archive
    )

    shown = behind.json("show", WANG, "--at", "HEAD")

    assert shown["record"]["status"] == "active"
    assert shown["record"]["name"].startswith("enc:m1.internal.1:")
    assert {"name", "contact.mobile", "identity.number", "honours[a1b2].title"} <= {
        *shown["closed"]
    }


def test_a_new_member_never_gets_the_purged_code(aftermath: Aftermath) -> None:
    code = add(aftermath.club, name="王小明")

    assert code == "M2026-000004"
    assert aftermath.club.uid(code) != aftermath.subject.uid


def test_a_copy_that_is_tried_counts_in_the_answer(aftermath: Aftermath) -> None:
    assert "0 opened" in aftermath.told.stderr
    certificate = aftermath.club.root / "tombstones" / "2026" / "0000" / f"{WANG}.certificate.yaml"
    mirror = aftermath.copies["mirror made before"]
    told = certificate.read_text()
    assert git(mirror, "rev-parse", "HEAD").strip() in told
    assert str(mirror) not in told  # where it lies on this machine is in no commit
