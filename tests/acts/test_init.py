"""Starting an archive: everything it needs is made, told, and kept apart."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from builders import Club, add, git, run, start_club, tree_digest
from memberarc.people.user_files import user_files


def init(where: Path, *words: str, status: int = 0) -> str:
    told = run("init", str(where), "--name", "东区商会", *words, cwd=where.parent)
    assert told.status == status, told
    return told.stderr


@pytest.fixture
def club(isolated_user: Path, tmp_path: Path) -> Club:
    """A club just started, with the settings that init itself wrote."""
    return start_club(tmp_path / "club", isolated_user)


def test_a_new_archive_is_whole_and_takes_a_member(club: Club) -> None:
    assert club.git("ls-files").splitlines() == sorted(
        [
            ".gitattributes",
            *(f"keys/{path.name}" for path in (club.root / "keys").iterdir()),
            "memberarc.yaml",
            "policy/access.yaml",
            "policy/categories.yaml",
            "policy/reasons.yaml",
            "schemas/individual.schema.json",
            "schemas/organisation.schema.json",
        ]
    )
    assert len([*(club.root / "keys").glob("*.age")]) == 3
    assert club.problems("verify") == []
    assert add(club, name="王小明") == "M2026-000001"
    assert club.git("status", "--porcelain") == ""
    assert club.git("config", "user.email") == "office@example.org\n"


def test_what_is_secret_is_its_owners_alone_and_outside_the_archive(club: Club) -> None:
    secrets = [club.identity, club.signing_key, *club.vault.rglob("*"), club.vault]

    assert len(secrets) > 5
    for path in secrets:
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
        assert not path.is_relative_to(club.root)
    objects = subprocess.run(
        ["git", "cat-file", "--batch-all-objects", "--batch"], cwd=club.root, capture_output=True
    ).stdout
    assert b"AGE-SECRET-KEY" not in objects
    assert b"PRIVATE KEY" not in objects


def test_stock_age_opens_a_level_key_and_stock_ssh_keygen_knows_the_signature(
    club: Club, tmp_path: Path
) -> None:
    wrapped = next((club.root / "keys").glob("internal.*.age"))
    opened = subprocess.run(["age", "-d", "-i", club.identity, wrapped], capture_output=True)
    assert opened.stdout.decode().startswith(f"memberarc-level-key m1 {club.archive} internal 1 ")

    public = club.signing_key.with_suffix(".pub").read_text()
    (tmp_path / "allowed").write_text(f"admin {public}")
    files = ["-f", tmp_path / "allowed", "-s", club.root / "keys" / "keys.yaml.sig"]
    checked = subprocess.run(
        ["ssh-keygen", "-Y", "verify", "-I", "admin", "-n", "memberarc-keys@m1", *files],
        input=(club.root / "keys" / "keys.yaml").read_bytes(),
        capture_output=True,
    )
    assert checked.returncode == 0


def test_identity_and_signing_key_serve_a_second_archive(club: Club, tmp_path: Path) -> None:
    before = club.identity.read_bytes(), club.signing_key.read_bytes()

    second = start_club(tmp_path / "second", club.home)

    assert (club.identity.read_bytes(), club.signing_key.read_bytes()) == before
    assert second.archive != club.archive
    assert {path.name for path in (club.home / "data/memberarc/vaults").iterdir()} == {
        club.archive,
        second.archive,
    }
    add(second, name="李四")
    assert second.problems("verify") == []
    assert club.problems("verify") == []


def test_the_founder_may_bring_an_identity(isolated_user: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    subprocess.run(["age-keygen", "-o", mine], check=True, capture_output=True)
    os.environ["MEMBERARC_IDENTITY"] = str(mine)
    try:
        club = start_club(tmp_path / "club", isolated_user, "--identity", str(mine))

        add(club, name="王小明")
    finally:
        del os.environ["MEMBERARC_IDENTITY"]

    assert not club.identity.exists()
    assert "AGE-SECRET-KEY" in mine.read_text()


def test_the_vault_is_made_where_it_is_told_and_found_again(
    isolated_user: Path, tmp_path: Path
) -> None:
    club = start_club(tmp_path / "club", isolated_user, "--vault", str(tmp_path / "stick"))

    add(club, name="王小明")

    assert (tmp_path / "stick" / "vault.yaml").exists()
    assert not club.vault.exists()
    [(place, replica)] = user_files({}).replica_ids(club.archive).items()
    assert place == tmp_path / "stick"
    assert f"replica: {replica}" in (place / "vault.yaml").read_text().replace('"', "")


@pytest.mark.parametrize("place", ["club/vault", "Dropbox/vault", "repository/vault"])
def test_a_vault_where_versions_are_kept_is_refused(tmp_path: Path, place: str) -> None:
    git(tmp_path, "init", "--quiet", "repository")
    (tmp_path / "Dropbox").mkdir()
    if place.startswith("club"):
        git(tmp_path, "init", "--quiet", "club")

    told = init(tmp_path / "club", "--vault", str(tmp_path / place), status=6)

    assert "error: " in told
    assert not (tmp_path / "club" / "memberarc.yaml").exists()


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("--profile", "bank"), 2),
        (("--time-zone", "Moon/Sea"), 2),
        (("--person", "Wang Xiaoming"), 5),
    ],
)
def test_a_setting_that_does_not_fit_makes_nothing(
    isolated_user: Path, tmp_path: Path, words: tuple[str, ...], status: int
) -> None:
    before = tree_digest(tmp_path, isolated_user)

    told = run("init", str(tmp_path / "new"), "--name", "x", *words, cwd=tmp_path)

    assert told.status == status, told
    assert tree_digest(tmp_path, isolated_user) == before


def test_a_folder_that_holds_something_is_left_alone(isolated_user: Path, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    before = tree_digest(tmp_path / "full", isolated_user)

    init(tmp_path / "full", status=4)

    assert tree_digest(tmp_path / "full", isolated_user) == before


def test_an_empty_repository_becomes_the_archive(isolated_user: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=trunk", "new")

    init(tmp_path / "new", "--role-address", "office@example.org")

    assert run("check", cwd=tmp_path / "new").status == 0


def test_a_dry_run_makes_nothing_at_all(isolated_user: Path, tmp_path: Path) -> None:
    before = tree_digest(tmp_path, isolated_user)

    told = init(tmp_path / "new", "--dry-run")

    assert "would" in told
    assert tree_digest(tmp_path, isolated_user) == before


def test_without_a_role_address_the_price_is_told(isolated_user: Path, tmp_path: Path) -> None:
    told = init(tmp_path / "new")

    assert "commits carry your git name, which no purge can remove" in told


@pytest.mark.parametrize("profile", ["association", "shop", "general"])
def test_every_profile_starts_and_takes_both_kinds(
    isolated_user: Path, tmp_path: Path, profile: str
) -> None:
    club = start_club(tmp_path / "club", isolated_user, "--profile", profile)

    add(club, name="王小明")
    club.run("add", "--kind", "organisation", "--set", "name=东方公司")

    assert club.problems("verify") == []


@pytest.mark.parametrize("before", ["nothing", "a directory", "a repository"])
def test_without_an_author_nothing_is_left_that_was_not_there(
    isolated_user: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str
) -> None:
    for name in ("AUTHOR_NAME", "AUTHOR_EMAIL", "COMMITTER_NAME", "COMMITTER_EMAIL"):
        monkeypatch.delenv(f"GIT_{name}", raising=False)
    monkeypatch.setenv("EMAIL", "")
    (tmp_path / "gitconfig").write_text("[user]\n\tuseConfigOnly = true\n")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    root = tmp_path / "new"
    if before != "nothing":
        root.mkdir()
    if before == "a repository":
        git(root, "init", "--quiet")
    digest = tree_digest(tmp_path, isolated_user)

    told = init(root, status=5)

    assert "git does not know who commits here" in told
    if before == "a repository":
        assert (root / ".git").is_dir()
    else:
        assert tree_digest(tmp_path, isolated_user) == digest
