"""Whoever may push cannot pass another file off as a member's document."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from builders import SHAN, WANG, Club

WORDS = ("--level", "secret", "--title", "护照")


def add(club: Club, member: str, content: bytes, *, words: tuple[str, ...] = WORDS) -> Path:
    """Keep a document and return the file of its ciphertext."""
    source = club.home / "source.pdf"
    source.write_bytes(content)
    return club.root / club.json("document", "add", member, str(source), *words)["path"]


def digests(club: Club, member: str) -> list[str]:
    return re.findall(r"(?m)^    sha256: \"?([0-9a-f]{64})\"?$", club.text(member))


def exchange(one: Path, two: Path) -> None:
    first, second = one.read_bytes(), two.read_bytes()
    one.write_bytes(second)
    two.write_bytes(first)


def rewrite(club: Club, member: str, old: str, new: str) -> None:
    path = club.path(member)
    path.write_text(path.read_text().replace(old, new))


def flaws(club: Club) -> list[tuple[str, str]]:
    """Commit what the attacker did, and verify."""
    club.commit_by_hand()
    return sorted((one["path"], one["rule"]) for one in club.problems("verify"))


def lose_keys(club: Club) -> None:
    club.identity.unlink()


@pytest.mark.parametrize("keys", [True, False])
def test_two_ciphertexts_that_were_exchanged_are_found(club: Club, *, keys: bool) -> None:
    one, two = add(club, SHAN, b"one"), add(club, SHAN, b"two")
    exchange(one, two)
    if not keys:
        lose_keys(club)

    paths = sorted(path.relative_to(club.root).as_posix() for path in (one, two))
    assert flaws(club) == [(path, "document") for path in paths]


def test_ciphertexts_exchanged_together_with_their_digests_are_found_with_keys(
    club: Club,
) -> None:
    one, two = add(club, SHAN, b"one"), add(club, SHAN, b"two")
    exchange(one, two)
    first, second = digests(club, SHAN)
    rewrite(club, SHAN, first, "0" * 64)
    rewrite(club, SHAN, second, first)
    rewrite(club, SHAN, "0" * 64, second)

    paths = sorted(path.relative_to(club.root).as_posix() for path in (one, two))
    assert flaws(club) == [(path, "document") for path in paths]
    lose_keys(club)
    assert club.problems("verify") == []  # said in the documentation: this takes the keys


def test_documents_exchanged_between_members_are_found(club: Club) -> None:
    one, two = add(club, SHAN, b"one"), add(club, WANG, b"two")
    exchange(one, two)
    mine, [*_, theirs] = digests(club, SHAN)[0], digests(club, WANG)
    rewrite(club, SHAN, mine, theirs)
    rewrite(club, WANG, theirs, mine)

    assert [rule for _, rule in flaws(club)] == ["document", "document"]


@pytest.mark.parametrize("digest_too", [False, True])
def test_an_older_version_put_back_is_found(
    club: Club, tmp_path: Path, *, digest_too: bool
) -> None:
    file = add(club, SHAN, b"old")
    [old_digest], old = digests(club, SHAN), file.read_bytes()
    source = tmp_path / "new.pdf"
    source.write_bytes(b"new")
    club.run("document", "update", SHAN, file.stem, str(source))
    [new_digest] = digests(club, SHAN)

    file.write_bytes(old)
    if digest_too:
        rewrite(club, SHAN, new_digest, old_digest)

    path = file.relative_to(club.root).as_posix()
    assert flaws(club) == [(path, "document")]
    target = tmp_path / "out.pdf"
    club.run("document", "get", SHAN, file.stem, "-o", str(target), status=6)
    assert not target.exists()


def test_a_planted_file_is_found(club: Club) -> None:
    file = add(club, SHAN, b"one")
    planted = file.with_name("zzzz.age")
    planted.write_bytes(file.read_bytes())
    stray = club.root / "documents" / "notes.txt"
    stray.write_text("x")

    assert [path for path, _ in flaws(club)] == sorted(
        path.relative_to(club.root).as_posix() for path in (planted, stray)
    )
    assert club.problems("check") != []


def test_a_missing_file_is_found(club: Club) -> None:
    add(club, SHAN, b"one").unlink()

    assert flaws(club) == [(club.path(SHAN).relative_to(club.root).as_posix(), "reference")]


def test_a_file_whose_entry_was_taken_away_is_found(club: Club) -> None:
    file = add(club, SHAN, b"one")
    text = club.text(SHAN)
    club.path(SHAN).write_text(text[: text.index("documents:\n")])

    assert flaws(club) == [(file.relative_to(club.root).as_posix(), "reference")]


def test_an_entry_that_claims_its_file_to_be_elsewhere_is_found(
    club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMBERARC_DOCUMENTS", str(tmp_path))
    file = add(club, SHAN, b"one")
    [line] = re.findall(r"(?m)^    sha256: .*\n", club.text(SHAN))
    rewrite(club, SHAN, line, f"{line}    stored: outside\n")

    record = club.path(SHAN).relative_to(club.root).as_posix()
    found = [(file.relative_to(club.root).as_posix(), "reference"), (record, "document")]
    assert flaws(club) == sorted(found)


@pytest.fixture
def stored(club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Keep two documents of a member in a store, and return their files."""
    store = tmp_path / "store"
    store.mkdir()
    monkeypatch.setenv("MEMBERARC_DOCUMENTS", str(store))
    manifest = club.root / "memberarc.yaml"
    manifest.write_text(manifest.read_text() + "document_limit: 10\n")
    club.commit_by_hand()
    return [add(club, SHAN, os.urandom(100)) for _ in range(2)]


@pytest.mark.parametrize("keys", [True, False])
@pytest.mark.parametrize("damage", ["exchanged", "missing", "cut off"])
def test_the_files_of_a_store_are_verified_alike(
    club: Club, stored: list[Path], *, damage: str, keys: bool
) -> None:
    one, two = stored
    if damage == "exchanged":
        exchange(one, two)
    elif damage == "missing":
        one.unlink()
        two.unlink()
    else:
        for path in stored:
            path.write_bytes(path.read_bytes()[:-1])
    if not keys:
        lose_keys(club)

    problems = club.problems("verify")

    record = club.path(SHAN).relative_to(club.root).as_posix()
    assert [(one["path"], one["rule"]) for one in problems] == [(record, "document")] * 2
    expected = "not in the store" if damage == "missing" else "not the one the record names"
    assert all(expected in one["message"] for one in problems)
