"""D, documents: whoever may push or write into the store gets no document, passes off none, and
has the purge delete none but the member's own.
"""

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


@pytest.mark.parametrize("entry", ["as it was", "of the older file", "without a digest"])
def test_an_older_version_put_back_is_found(club: Club, tmp_path: Path, entry: str) -> None:
    file = add(club, SHAN, b"old")
    [old_digest], old = digests(club, SHAN), file.read_bytes()
    source = tmp_path / "new.pdf"
    source.write_bytes(b"new")
    club.run("document", "update", SHAN, file.stem, str(source))
    [new_digest] = digests(club, SHAN)

    file.write_bytes(old)
    if entry != "as it was":
        rewrite(club, SHAN, new_digest, old_digest)
    if entry == "without a digest":
        [line] = re.findall(r"(?m)^    digest: .*\n", club.text(SHAN))
        rewrite(club, SHAN, line, "")

    path = file.relative_to(club.root).as_posix()
    assert (path, "document") in flaws(club)
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


@pytest.fixture
def lowered(club: Club) -> str:
    """Keep a secret document whose level somebody then lowers; return its id."""
    item = add(club, SHAN, b"one").stem
    rewrite(club, SHAN, "    level: secret\n", "    level: internal\n")
    club.commit_by_hand("tidy")
    return item


def test_a_level_that_somebody_lowered_is_not_encrypted_for(
    club: Club, lowered: str, tmp_path: Path
) -> None:
    source = tmp_path / "new.pdf"
    source.write_bytes(b"what the office must not read")
    before = club.fingerprint()

    told = club.run("document", "update", SHAN, lowered, str(source), status=6)

    assert "its level is internal, and an earlier version of the record says secret" in told.stderr
    assert club.fingerprint() == before


def test_a_lowered_level_is_found_even_where_its_file_opens(club: Club, lowered: str) -> None:
    rewrite(club, SHAN, "    level: internal\n", "    level: secret\n")
    club.commit_by_hand("as it was")
    club.run("document", "remove", SHAN, lowered)
    office = add(club, SHAN, b"by the office", words=("--level", "internal", "--title", "护照"))
    assert club.problems("verify") == []

    rewrite(club, SHAN, office.stem, lowered)

    record = club.path(SHAN).relative_to(club.root).as_posix()
    assert (record, "document") in flaws(club)


def test_the_level_of_an_update_is_told(club: Club, tmp_path: Path) -> None:
    item = add(club, SHAN, b"one").stem
    source = tmp_path / "new.pdf"
    source.write_bytes(b"two")

    told = club.run("document", "update", SHAN, item, str(source), "--format", "json")

    assert told.data["level"] == "secret"
    assert f"updated document {item} of {SHAN}, level secret" in told.stderr


PURGE = ("purge", SHAN, "--reason", "member_request", "--confirm", SHAN)


@pytest.fixture
def precious(tmp_path: Path) -> Path:
    """Make a folder of the purger's, with a file that has the name of a document."""
    folder = tmp_path / "precious"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    (folder / f"abcd.{'0' * 16}.age").write_text("of another archive")
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_link_planted_in_the_store_does_not_lead_a_purge_elsewhere(
    club: Club, stored: list[Path], precious: Path
) -> None:
    folder, before = stored[0].parent, content(precious)
    for path in stored:
        path.unlink()
    folder.rmdir()
    folder.symlink_to(precious)

    told = club.run(*PURGE)

    assert content(precious) == before
    assert f"left in the store, as it is no document or cannot be deleted: {folder}" in told.stderr
    assert f"no commit here lists {folder}" in club.run("verify").stderr


def test_a_link_to_the_vault_leaves_the_shares_of_all_others(
    club: Club, stored: list[Path]
) -> None:
    folder = stored[0].parent
    for path in stored:
        path.unlink()
    folder.rmdir()
    folder.symlink_to(club.vault / "segments")

    club.run(*PURGE)

    assert club.json("show", WANG)["record"]["name"]
    assert club.problems("check") == []


def test_an_archive_s_folder_that_became_a_link_is_not_gone_through(
    club: Club, stored: list[Path], precious: Path
) -> None:
    store = stored[0].parent.parent
    store.rename(store.with_name("elsewhere"))
    (precious / club.uid(SHAN)).mkdir()
    kept = precious / club.uid(SHAN) / stored[0].name
    kept.write_text("mine")
    store.symlink_to(precious)

    told = club.run(*PURGE)

    assert kept.read_text() == "mine"
    assert "left in the store" in told.stderr
    assert f"no commit here lists {store}\n" in club.run("verify").stderr


def test_a_purge_deletes_the_documents_and_nothing_else(
    club: Club, stored: list[Path], precious: Path
) -> None:
    folder = stored[0].parent
    link, inner, notes = (folder / name for name in (f"abcd.{'1' * 16}.age", "inner", "notes.txt"))
    link.symlink_to(precious / "thesis.txt")
    inner.mkdir()
    notes.write_text("mine")
    before = content(precious)

    told = club.run(*PURGE)

    planted = [link, inner, notes]
    assert sorted(folder.iterdir()) == planted
    assert all(f"cannot be deleted: {path}" in told.stderr for path in planted)
    unlisted = club.json("verify")["unlisted_files"]
    assert unlisted == [str(path) for path in planted]
    assert content(precious) == before


def test_a_large_document_is_not_written_through_a_planted_link(
    club: Club, stored: list[Path], precious: Path
) -> None:
    folder, before = stored[0].parent, content(precious)
    folder.rename(folder.with_name("elsewhere"))
    folder.symlink_to(precious)
    source = club.home / "source.pdf"
    source.write_bytes(os.urandom(200))
    head = club.head()

    told = club.run("document", "add", SHAN, str(source), *WORDS, status=8)

    assert "a link or a file stands in the place of its folder" in told.stderr
    assert (content(precious), club.head()) == (before, head)


@pytest.mark.parametrize("planted", ["fifo", "folder", "link", "loop"])
def test_what_is_no_file_stops_neither_verify_nor_get(
    club: Club, stored: list[Path], tmp_path: Path, planted: str
) -> None:
    one, _ = stored
    elsewhere = tmp_path / "elsewhere.age"
    one.rename(elsewhere)
    if planted == "fifo":
        os.mkfifo(one)
    elif planted == "folder":
        one.mkdir()
    else:
        one.symlink_to(elsewhere if planted == "link" else one)
    target = tmp_path / "out.pdf"

    [problem] = club.problems("verify")
    item = one.name.partition(".")[0]
    told = club.run("document", "get", SHAN, item, "-o", str(target), status=8)

    assert problem["message"].startswith("cannot read: ")
    assert problem["pointer"] == f"documents[{item}]"
    assert "cannot read: " in told.stderr
    assert not target.exists()


def test_a_folder_planted_in_the_store_is_told_and_not_gone_through(
    club: Club, stored: list[Path]
) -> None:
    nested = stored[0].parent / "a" / "b"
    nested.mkdir(parents=True)

    told = club.json("verify")["unlisted_files"]

    assert told == [str(nested.parent)]
