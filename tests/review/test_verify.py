"""Verify finds what a check without keys cannot see, and says what it could not look at."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import MOBILE, SHAN, WANG, ZENG, Club, git, sign_next_key_list
from memberarc.people.ssh import make_signing_key, public_key_of

RECORD = f"members/2026/0000/{WANG}.yaml"
OTHER = f"members/2026/0000/{SHAN}.yaml"


def sealed(club: Club, code: str, name: str) -> str:
    found = re.search(rf"(?m)^ *{name}: (enc:\S+)$", club.text(code))
    assert found
    return found[1]


def put(club: Club, code: str, name: str, value: str) -> None:
    club.edit(f"members/2026/0000/{code}.yaml", rf"(?m)(?<=[ \n]{name}: )enc:\S+$", value)


def fields_swapped(club: Club) -> None:
    mobile, email = sealed(club, WANG, "mobile"), sealed(club, WANG, "email")
    put(club, WANG, "mobile", email)
    put(club, WANG, "email", mobile)


def members_swapped(club: Club) -> None:
    one, two = sealed(club, WANG, "mobile"), sealed(club, SHAN, "mobile")
    put(club, WANG, "mobile", two)
    put(club, SHAN, "mobile", one)


def items_swapped(club: Club) -> None:
    club.run(
        "update", WANG, "--set", "honours[c3d4].title=二", "--set", "honours[c3d4].date=2026-01-01"
    )
    text = club.text(WANG)
    one, two = re.findall(r"(?m)^    title: (enc:\S+)$", text.split("documents:")[0])
    swapped = text.replace(one, "ONE").replace(two, one).replace("ONE", two)
    club.path(WANG).write_text(swapped)


def item_renamed(club: Club) -> None:
    club.edit(RECORD, "  - id: a1b2", "  - id: a1b3")


def value_altered(club: Club) -> None:
    value = sealed(club, WANG, "mobile")
    put(club, WANG, "mobile", value[:-20] + ("A" if value[-20] != "A" else "B") + value[-19:])


def record_under_another_uid(club: Club) -> None:
    uid = club.uid(WANG)
    club.edit(RECORD, f"uid: {uid}", f"uid: {'b' + uid[1:] if uid[0] != 'b' else 'c' + uid[1:]}")


def record_under_another_key(club: Club) -> None:
    club.edit(RECORD, r"(?m)^key: \S+$", 'key: "0000000000000000"')


def document_flipped(club: Club) -> None:
    file = next((club.root / "documents").rglob("*.age"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def document_replaced_by_another_of_the_member(club: Club) -> None:
    club.run("document", "add", WANG, "memberarc.yaml", "--level", "confidential", "--title", "x")
    one, two = sorted((club.root / "documents").rglob("*.age"))
    one.write_bytes(two.read_bytes())


@pytest.mark.parametrize(
    ("damage", "path", "rule"),
    [
        (fields_swapped, RECORD, "unopened-value"),
        (members_swapped, OTHER, "unopened-value"),
        (items_swapped, RECORD, "unopened-value"),
        (item_renamed, RECORD, "unopened-value"),
        (value_altered, RECORD, "unopened-value"),
        (record_under_another_uid, RECORD, "share-missing"),
        (record_under_another_key, RECORD, "share-missing"),
        (document_flipped, "documents/", "document"),
        (document_replaced_by_another_of_the_member, "documents/", "document"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_verify_finds(club: Club, damage: Callable[[Club], None], path: str, rule: str) -> None:
    damage(club)
    club.commit_by_hand()

    problems = club.problems("verify")

    assert rule in {one["rule"] for one in problems if one["path"].startswith(path)}, problems
    assert MOBILE not in str(problems)
    assert "王小明" not in str(problems)


@pytest.mark.parametrize("where", ["main", "another branch", "a tag"])
def test_clear_text_in_an_old_version_is_told_with_its_commit(club: Club, where: str) -> None:
    if where != "main":
        club.git("switch", "--quiet", "--create", "draft")
    club.edit(RECORD, r"(?<=  mobile: )enc:\S+", f'"{MOBILE}"')
    commit = club.commit_by_hand()
    club.run("encrypt")
    if where != "main":
        club.git("switch", "--quiet", "main")
    if where == "a tag":
        club.git("tag", "v1", "draft")
        club.git("branch", "--quiet", "-D", "draft")

    [problem] = club.problems("verify")

    assert (problem["rule"], problem["pointer"]) == ("clear-text", "contact.mobile")
    assert problem["path"] == f"{RECORD}@{commit[:12]}"
    assert problem["hint"] == "it stays readable until the history is rewritten"


@pytest.mark.parametrize("kind", ["blob of today", "blob of yesterday", "tree", "commit"])
@pytest.mark.parametrize("how", ["gone", "rotten"])
def test_a_missing_or_rotten_object_is_told(club: Club, kind: str, how: str) -> None:
    name = {
        "blob of today": f"HEAD:{OTHER}",
        "blob of yesterday": f"HEAD~2:{RECORD}",
        "tree": "HEAD~3:members",
        "commit": "HEAD~3",
    }[kind]
    identifier = club.git("rev-parse", name).strip()
    loose = club.root / ".git" / "objects" / identifier[:2] / identifier[2:]
    if how == "gone":
        loose.unlink()
    else:
        loose.chmod(0o644)
        loose.write_bytes(loose.read_bytes()[:-4] + b"rot!")

    told = club.run("verify", "--format", "json", status=None)

    assert told.status in (1, 7), told
    assert "history" in {one["rule"] for one in told.envelope["problems"]} or told.status == 7


def test_a_rotten_line_of_the_vault_is_told(club: Club) -> None:
    segment = min((club.vault / "segments").iterdir())
    line = segment.read_text()
    segment.write_text(line[:25] + ("A" if line[25] != "A" else "B") + line[26:])

    rules = {one["rule"] for one in club.problems("verify")}

    assert {"vault-rotten-line", "share-rotten"} <= rules


def test_what_cannot_be_looked_at_without_keys_is_said_and_is_no_finding(club: Club) -> None:
    club.identity.unlink()

    told = club.run("verify", "--format", "json")

    assert told.data["not_looked_at"] == ["values: there is no identity file"]
    assert "values" not in told.data["looked_at"]
    assert "memberarc: warning: not verified: values: there is no identity file\n" in told.stderr


def test_without_the_vault_tombstones_are_still_held_against_certificates(club: Club) -> None:
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
    club.vault.rename(club.vault.with_name("elsewhere"))

    told = club.run("verify", "--format", "json")

    assert told.data["problems"] == 0
    assert [one.split(":")[0] for one in told.data["not_looked_at"]] == ["vault", "values"]
    certificate = club.root / "tombstones" / "2026" / "0000" / f"{ZENG}.certificate.yaml"
    certificate.write_text(certificate.read_text().replace("2026", "2025"))
    club.commit_by_hand()
    assert [one["rule"] for one in club.problems("verify")] == ["certificate"]


def test_an_older_key_list_put_back_is_told(club: Club) -> None:
    sign_next_key_list(club)
    assert club.problems("verify") == []
    club.git("checkout", "--quiet", "HEAD~1", "--", "keys")
    club.commit_by_hand()

    assert [one["rule"] for one in club.problems("verify")] == ["older-key-list"]


def test_a_key_list_of_somebody_who_made_himself_administrator_is_told(
    club: Club, tmp_path: Path
) -> None:
    mallory = tmp_path / "mallory"
    public = make_signing_key(mallory)
    access = (club.root / "policy" / "access.yaml").read_text()
    ours = public_key_of(club.signing_key)
    (club.root / "policy" / "access.yaml").write_text(access.replace(ours, public))
    sign_next_key_list(club, key=mallory)

    assert [one["rule"] for one in club.problems("verify")] == ["unsigned-key-list"]


class TestHook:
    """check --staged stands in a real pre-commit hook."""

    @pytest.fixture
    def hooked(self, club: Club) -> Club:
        from builders import MEMBERARC

        hook = club.root / ".git" / "hooks" / "pre-commit"
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\nexec {' '.join(MEMBERARC)} check --staged\n")
        hook.chmod(0o755)
        return club

    def commit(self, club: Club, *words: str) -> tuple[int, str]:
        done = subprocess.run(
            ["git", "commit", "--quiet", "--message", "by hand", *words],
            cwd=club.root,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr

    def type_a_mobile(self, club: Club) -> None:
        club.edit(RECORD, r"(?<=  mobile: )enc:\S+", f'"{MOBILE}"')

    def test_a_staged_value_in_clear_is_not_committed(self, hooked: Club) -> None:
        self.type_a_mobile(hooked)
        hooked.git("add", "--all")

        status, told = self.commit(hooked)

        assert status == 1
        assert "clear-text: mobile must be sealed" in told

    @pytest.mark.parametrize("words", [("--all",), ("--only", RECORD), ("--include", RECORD)])
    def test_an_index_of_gits_own_is_looked_at(self, hooked: Club, words: tuple[str, ...]) -> None:
        self.type_a_mobile(hooked)

        status, told = self.commit(hooked, *words)

        assert status == 1
        assert "clear-text: mobile must be sealed" in told
        assert hooked.git("log", "-1", "--format=%s") != "by hand\n"

    def test_what_is_not_staged_does_not_count(self, hooked: Club) -> None:
        self.type_a_mobile(hooked)
        hooked.edit(OTHER, "status: active", "status: left")
        hooked.git("add", OTHER)

        assert self.commit(hooked)[0] == 0
        assert hooked.git("status", "--porcelain").split() == ["M", RECORD]

    def test_what_is_staged_counts_though_the_file_was_mended_since(self, hooked: Club) -> None:
        clean = hooked.text(WANG)
        self.type_a_mobile(hooked)
        hooked.git("add", "--all")
        hooked.path(WANG).write_text(clean)

        assert hooked.problems("check") == []
        assert self.commit(hooked)[0] == 1

    def test_a_private_index_is_read_only_where_it_is_asked_for(
        self, club: Club, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        index = tmp_path / "index"
        index.write_bytes((club.root / ".git" / "index").read_bytes())
        self.type_a_mobile(club)
        monkeypatch.setenv("GIT_INDEX_FILE", str(index))
        git(club.root, "add", "--all")

        assert [one["rule"] for one in club.problems("check", "--staged")] == ["clear-text"]
        monkeypatch.delenv("GIT_INDEX_FILE")
        assert club.problems("check", "--staged") == []

    def test_a_redirected_git_leads_nowhere_else(
        self, club: Club, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        git(tmp_path, "init", "--quiet", "elsewhere")
        before = club.head()
        monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere" / ".git"))
        monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path / "elsewhere"))
        monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))

        club.run("update", SHAN, "--set", "status=left")

        for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
            monkeypatch.delenv(name)
        assert club.git("rev-parse", "HEAD~1").strip() == before
        assert club.problems("verify") == []
