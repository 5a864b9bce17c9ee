"""A purge destroys nothing while a value stands in clear, or while something is in its way."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import MOBILE_BEFORE, SECRETS, WANG, Club, git, run_as_process
from disposal.attempts import clear_texts, shares_in
from memberarc.people.ssh import make_signing_key

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
RECORD = f"members/2026/0000/{WANG}.yaml"


def committed_version(club: Club) -> None:
    club.edit(RECORD, r"(?<=  mobile: )enc:\S+", f'"{MOBILE_BEFORE}"')
    club.commit_by_hand()
    club.run("encrypt")


def unreachable_object(club: Club) -> None:
    club.git("hash-object", "-w", "--stdin", stdin=f"call {MOBILE_BEFORE}\n")


def packed_unreachable_object(club: Club) -> None:
    club.edit(RECORD, r"(?<=  mobile: )enc:\S+", f'"{MOBILE_BEFORE}"')
    club.commit_by_hand()
    club.git("reset", "--quiet", "--hard", "HEAD~1")
    club.git("repack", "-a", "-d", "--quiet")


def stash(club: Club) -> None:
    (club.root / "list.txt").write_text(f"call {MOBILE_BEFORE}\n")
    club.git("stash", "--quiet", "--include-untracked")


def staged_file(club: Club) -> None:
    (club.root / "list.txt").write_text(f"call {MOBILE_BEFORE}\n")
    club.git("add", "list.txt")
    (club.root / "list.txt").write_text("call nobody\n")


def commit_message(club: Club) -> None:
    club.git("commit", "--quiet", "--allow-empty", "--message", f"called {MOBILE_BEFORE}")


def file_on_another_branch(club: Club) -> None:
    club.git("switch", "--quiet", "--create", "draft")
    (club.root / "list.txt").write_text("王小明 to be called\n")
    club.commit_by_hand()
    club.git("switch", "--quiet", "main")


def file_name_on_another_branch(club: Club) -> None:
    club.git("switch", "--quiet", "--create", "draft")
    (club.root / "王小明.txt").write_text("to be called\n")
    club.commit_by_hand()
    club.git("switch", "--quiet", "main")


def branch_name(club: Club) -> None:
    club.git("branch", "update-王小明")


def packed_branch_name(club: Club) -> None:
    club.git("branch", "update-王小明")
    club.git("pack-refs", "--all")


def branch_name_in_the_reflog_only(club: Club) -> None:
    club.git("switch", "--quiet", "--create", "update-王小明")
    club.git("switch", "--quiet", "main")
    club.git("branch", "--quiet", "-D", "update-王小明")


def tag(club: Club) -> None:
    club.git("tag", "--annotate", "--message", "before 王小明 moved", "v1")


def note(club: Club) -> None:
    club.git("notes", "add", "--message", f"was {MOBILE_BEFORE}")


def cached_conversion(club: Club) -> None:
    club.git("notes", "--ref=textconv/memberarc", "add", "--message", f"mobile: {MOBILE_BEFORE}")


def untracked_file(club: Club) -> None:
    (club.root / "members" / "list.txt").write_text(f"call {MOBILE_BEFORE}\n")


def ignored_file(club: Club) -> None:
    (club.root / ".git" / "info" / "exclude").write_text("*.tmp\n")
    (club.root / "list.tmp").write_text("王小明\n", encoding="gb18030")


def name_of_an_untracked_file(club: Club) -> None:
    (club.root / "王小明").mkdir()
    (club.root / "王小明" / "scan.jpg").write_bytes(b"\xff\xd8")


def exported_json(club: Club) -> None:
    (club.root / "export.json").write_text(json.dumps({"address": "上海市黄浦区中山东一路18号"}))


def resolved_conflict(club: Club) -> None:
    kept = club.root / ".git" / "rr-cache" / "0f1e2d"
    kept.mkdir(parents=True)
    (kept / "preimage").write_text(f'<<<<<<<\n  mobile: "{MOBILE_BEFORE}"\n=======\n>>>>>>>\n')


def message_being_written(club: Club) -> None:
    (club.root / ".git" / "COMMIT_EDITMSG").write_text("王小明 moved\n")


def setting(club: Club) -> None:
    club.git("config", "branch.main.description", "where 王小明 is kept")


TRACES = [
    committed_version,
    unreachable_object,
    packed_unreachable_object,
    stash,
    staged_file,
    commit_message,
    file_on_another_branch,
    file_name_on_another_branch,
    branch_name,
    packed_branch_name,
    branch_name_in_the_reflog_only,
    tag,
    note,
    cached_conversion,
    untracked_file,
    ignored_file,
    name_of_an_untracked_file,
    exported_json,
    resolved_conflict,
    message_being_written,
    setting,
]


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.__name__)
def test_a_value_in_clear_stops_a_purge_before_anything_is_destroyed(
    club: Club, trace: Callable[[Club], None]
) -> None:
    trace(club)
    before = club.fingerprint()

    told = club.run(*PURGE, "--format", "json", status=1)

    error, problems = told.envelope["error"], told.envelope["problems"]
    assert error["code"] == "clear-text-found"
    assert {problem["rule"] for problem in problems} == {"clear-text"}
    assert all(problem["path"] and problem["message"].startswith("holds ") for problem in problems)
    assert not clear_texts((told.stdout + told.stderr).encode(), SECRETS)
    assert club.fingerprint() == before
    assert club.uid(WANG) in shares_in(club.vault)
    assert club.json("show", WANG)["record"]["name"] == "王小明"


def test_the_places_and_fields_are_told(club: Club) -> None:
    untracked_file(club)
    committed_version(club)

    told = club.run(*PURGE, status=1)

    lines = told.stdout.splitlines()
    assert any(line.startswith("blob ") and f"({RECORD} in " in line for line in lines)
    assert f"{club.root}/members/list.txt: clear-text: holds contact.mobile" in lines
    assert told.stderr.splitlines() == [
        f"memberarc: error: values of {WANG} stand in clear, where no lost key hides them",
        f"  at {RECORD}",
        "hint: nothing has been destroyed; memberarc leak rewrite --help",
    ]


def test_a_dry_run_finds_the_same(club: Club) -> None:
    untracked_file(club)
    before = club.fingerprint()

    real = club.run(*PURGE, status=1)
    dry = club.run("purge", WANG, "--reason", "member_request", "-n", status=1)

    assert dry == real
    assert club.fingerprint() == before


def test_once_the_trace_is_gone_the_purge_goes_through(club: Club) -> None:
    untracked_file(club)
    club.run(*PURGE, status=1)
    (club.root / "members" / "list.txt").unlink()

    club.run(*PURGE)

    assert club.problems("verify") == []


def test_a_copy_that_holds_a_value_in_clear_stops_the_purge_too(club: Club, tmp_path: Path) -> None:
    copy = club.clone(tmp_path / "copy")
    stash(copy)

    told = club.run(*PURGE, "--copy", str(copy.root), "--format", "json", status=1)

    assert told.envelope["error"]["code"] == "clear-text-found"
    assert club.json("show", WANG)["record"]["name"] == "王小明"


def test_a_value_that_only_a_copy_ever_had_is_looked_for_here(club: Club, tmp_path: Path) -> None:
    copy = club.clone(tmp_path / "copy")
    copy.run("update", WANG, "--set", "contact.wechat=xiaoming-1985")
    (club.root / "list.txt").write_text("xiaoming-1985\n")

    told = club.run(*PURGE, "--copy", str(copy.root), status=1)

    assert "holds contact.wechat" in told.stdout


def test_a_copy_that_is_none_is_told_before_anything_is_destroyed(
    club: Club, tmp_path: Path
) -> None:
    before = club.fingerprint()

    told = club.run(*PURGE, "--copy", str(tmp_path / "nowhere"), status=5)

    assert "nowhere" in told.stderr
    assert club.fingerprint() == before


def test_the_organisations_own_files_are_told_and_do_not_stop_a_purge(club: Club) -> None:
    club.run("update", WANG, "--set", "work.employer=东区商会")

    told = club.run(*PURGE)

    place = f"{club.root}/memberarc.yaml"
    own = f"memberarc: warning: a value of {WANG} also stands in the organisation's own file: "
    assert f"{own}{place}" in told.stderr
    certificate = club.root / "tombstones" / "2026" / "0000" / f"{WANG}.certificate.yaml"
    assert "found_in_organisation_files:\n  - " in certificate.read_text()
    assert "memberarc.yaml" in certificate.read_text()


def edited_record(club: Club) -> None:
    club.edit(RECORD, "status: active", "status: left")


def staged_record(club: Club) -> None:
    edited_record(club)
    club.git("add", "--all")


def edited_document(club: Club) -> None:
    next((club.root / "documents").rglob("*.age")).write_bytes(b"other")


def merge_under_way(club: Club) -> None:
    club.git("switch", "--quiet", "--create", "draft")
    club.git("commit", "--quiet", "--allow-empty", "--message", "draft")
    club.git("switch", "--quiet", "main")
    club.git("commit", "--quiet", "--allow-empty", "--message", "main")
    club.git("merge", "--quiet", "--no-commit", "draft")


def detached_head(club: Club) -> None:
    club.git("switch", "--quiet", "--detach")


def file_in_the_place_of_the_tombstone(club: Club) -> None:
    path = club.root / "tombstones" / "2026" / "0000" / f"{WANG}.yaml"
    path.parent.mkdir(parents=True)
    path.write_text("mine\n")


OBSTACLES = [
    edited_record,
    staged_record,
    edited_document,
    merge_under_way,
    detached_head,
    file_in_the_place_of_the_tombstone,
]


@pytest.mark.parametrize("obstacle", OBSTACLES, ids=lambda obstacle: obstacle.__name__)
def test_what_would_be_in_the_way_later_stops_a_purge_at_once(
    club: Club, obstacle: Callable[[Club], None]
) -> None:
    obstacle(club)

    told = club.run(*PURGE, "--format", "json", status=4)

    assert told.envelope["error"]["code"] in ("work-tree-conflict", "unfinished-operation")
    assert club.uid(WANG) in shares_in(club.vault)
    assert [*(club.vault / "fences").iterdir()] == []


def test_a_stranger_to_the_policy_destroys_nothing(club: Club) -> None:
    for file in (club.signing_key, club.signing_key.with_suffix(".pub")):
        file.unlink()
    make_signing_key(club.signing_key)
    before = club.fingerprint()

    told = club.run(*PURGE, "--format", "json", status=10)

    assert told.envelope["error"]["code"] == "approval-missing"
    assert club.fingerprint() == before


def test_without_any_signing_key_nothing_is_destroyed_either(club: Club) -> None:
    club.signing_key.unlink()
    club.signing_key.with_suffix(".pub").unlink()
    before = club.fingerprint()

    told = club.run(*PURGE, status=6)

    assert "there is no public signing key" in told.stderr
    assert club.fingerprint() == before


def test_a_private_key_that_is_gone_is_noticed_before_anything_is_destroyed(club: Club) -> None:
    club.signing_key.unlink()
    before = club.fingerprint()

    told = club.run(*PURGE, status=6)

    assert "there is no signing key" in told.stderr
    assert club.fingerprint() == before


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        ((), b""),
        ((), b"y\n"),
        ((), WANG.encode() + b"\n"),
        (("--confirm", "M2026-000002"), b""),
        (("--confirm", ""), b""),
    ],
)
def test_without_the_id_from_a_person_nothing_is_destroyed(
    club: Club, words: tuple[str, ...], stdin: bytes
) -> None:
    before = club.fingerprint()

    told = run_as_process(
        *("purge", WANG, "--reason", "member_request", *words), cwd=club.root, stdin=stdin
    )

    assert told.status == 9
    assert f"hint: repeat with --confirm {WANG}\n" in told.stderr
    assert club.fingerprint() == before


@pytest.mark.parametrize("reason", ["moved", "because", ""])
def test_only_a_reason_of_the_policy_for_purges_will_do(club: Club, reason: str) -> None:
    told = club.run("purge", WANG, "--reason", reason, "--confirm", WANG, status=2)

    assert "member_request" in told.stderr
    assert club.json("show", WANG)["record"]["name"] == "王小明"


def test_a_member_nobody_knows_is_not_found(club: Club) -> None:
    told = club.run(
        *("purge", "M2026-000099", "--reason", "duplicate", "--confirm", "M2026-000099"), status=3
    )

    assert told.stderr.startswith("memberarc: error: no member M2026-000099\n")


def test_a_dry_run_tells_what_it_looked_at_and_touches_nothing(club: Club) -> None:
    before = club.fingerprint()

    told = club.run("purge", WANG, "--reason", "member_request", "-n")

    objects = git(club.root, "cat-file", "--batch-all-objects", "--batch-check").splitlines()
    assert told.stderr.startswith(f"would purge {WANG}: 4 versions, no value of it in clear in ")
    assert told.stderr.rstrip().endswith(f" {len(objects)} objects")
    assert club.fingerprint() == before


def test_a_dry_run_needs_no_terminal(club: Club) -> None:
    told = run_as_process("purge", WANG, "--reason", "member_request", "--dry-run", cwd=club.root)

    assert told.status == 0


def test_a_damaged_repository_is_no_reason_to_believe_that_it_is_clean(club: Club) -> None:
    blob = club.git("rev-parse", f"HEAD~2:{RECORD}").strip()
    loose = club.root / ".git" / "objects" / blob[:2] / blob[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"rotten")

    told = club.run(*PURGE, status=None)

    assert told.status in (6, 7, 8), told
    assert club.uid(WANG) in shares_in(club.vault)


def test_nothing_is_destroyed_while_the_vault_cannot_be_written(club: Club) -> None:
    fences = club.vault / "fences"
    fences.rmdir()
    fences.write_text("")

    club.run(*PURGE, status=None)

    assert club.uid(WANG) in shares_in(club.vault)
    assert subprocess.run(["test", "-f", club.path(WANG)]).returncode == 0
