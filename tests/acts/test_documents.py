"""Documents are kept sealed with a member, and open again, even with stock age."""

from __future__ import annotations

import fcntl
import os
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from builders import SCAN, SHAN, WANG, Club
from memberarc.acts.document import filing

if TYPE_CHECKING:
    from collections.abc import Callable

    from memberarc.sealing.document.documents import EncryptedDocument

PDF = b"%PDF-1.7\n" + bytes(range(256)) * 300


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    path = tmp_path / "护照 [1].pdf"
    path.write_bytes(PDF)
    return path


def kept(club: Club, member: str = WANG) -> str:
    return str(club.json("document", "list", member)["documents"][0]["id"])


def test_a_document_comes_back_byte_by_byte(club: Club, scan: Path, tmp_path: Path) -> None:
    words = ("--level", "secret", "--title", "护照", "--pages", "2", "--location", "A-12/3")
    answer = club.json("document", "add", SHAN, str(scan), *words)

    club.run("document", "get", SHAN, answer["document"], "-o", str(tmp_path / "out.pdf"))

    assert (tmp_path / "out.pdf").read_bytes() == PDF
    assert (tmp_path / "out.pdf").stat().st_mode & 0o077 == 0
    [entry] = club.json("document", "list", SHAN)["documents"]
    assert (entry["level"], entry["title"], entry["file_name"]) == ("secret", "护照", scan.name)
    assert (entry["pages"], entry["location"], entry["added_on"]) == (2, "A-12/3", "2026-11-03")
    assert club.problems("verify") == []


def test_the_archive_holds_the_ciphertext_that_the_entry_binds(club: Club, scan: Path) -> None:
    answer = club.json("document", "add", SHAN, str(scan), "--level", "internal", "--title", "护照")

    sealed = (club.root / answer["path"]).read_bytes()
    entry = club.json("show", SHAN)["record"]["documents"][0]
    assert sealed.startswith(b"age-encryption.org/v1\n")
    assert sha256(sealed).hexdigest() == entry["sha256"]
    assert PDF[:40] not in sealed
    assert club.git("status", "--porcelain") == ""
    assert f"add a document to {SHAN}" in club.git("log", "-1", "--format=%s")
    assert "护照" not in club.git("log", "-1", "-p", "--format=%B")


def test_stock_age_opens_a_document_with_its_exported_identity(club: Club, tmp_path: Path) -> None:
    item, identity = kept(club), tmp_path / "one.txt"

    told = club.run("key", "export", WANG, item, "--to", str(identity))

    sealed = next((club.root / "documents").rglob("*.age"))
    command = ["age", "--decrypt", "--identity", identity, sealed]
    done = subprocess.run(command, capture_output=True)
    assert done.stdout == SCAN
    assert identity.stat().st_mode & 0o077 == 0
    assert "takes that back" in told.stderr
    assert "AGE-SECRET-KEY" not in told.stdout + told.stderr


def test_an_exported_identity_opens_no_other_document(
    club: Club, scan: Path, tmp_path: Path
) -> None:
    club.run("document", "add", WANG, str(scan), "--level", "confidential", "--title", "护照")
    identity = tmp_path / "one.txt"
    club.run("key", "export", WANG, kept(club), "--to", str(identity))

    opened = [
        subprocess.run(["age", "-d", "-i", identity, sealed], capture_output=True).stdout
        for sealed in (club.root / "documents").rglob("*.age")
    ]

    assert sorted(opened) == [b"", SCAN]


def flip_a_byte(sealed: Path) -> None:
    content = bytearray(sealed.read_bytes())
    content[-20] ^= 1
    sealed.write_bytes(content)


def cut_off(sealed: Path) -> None:
    sealed.write_bytes(sealed.read_bytes()[:-17])


def replace_by_another(sealed: Path) -> None:
    sealed.write_bytes(b"age-encryption.org/v1\nnothing of the kind\n")


def empty(sealed: Path) -> None:
    sealed.write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [flip_a_byte, cut_off, replace_by_another, empty], ids=lambda one: one.__name__
)
def test_a_document_that_does_not_open_leaves_no_file(
    club: Club, tmp_path: Path, damage: object
) -> None:
    assert callable(damage)
    item = kept(club)
    damage(next((club.root / "documents").rglob("*.age")))
    club.commit_by_hand()
    target = tmp_path / "target"
    target.mkdir()

    told = club.run("document", "get", WANG, item, "-o", str(target / "out.pdf"), status=6)

    assert told.stderr.startswith("memberarc: error: ")
    assert [*target.iterdir()] == []


def test_a_file_that_exists_is_never_overwritten(club: Club, tmp_path: Path) -> None:
    (tmp_path / "out.pdf").write_text("mine")

    for act, option in ((("document", "get"), "-o"), (("key", "export"), "--to")):
        club.run(*act, WANG, kept(club), option, str(tmp_path / "out.pdf"), status=4)

    assert (tmp_path / "out.pdf").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("get", WANG, "zzzz", "-o", "../out.pdf"), 3),
        (("get", "M2026-000099", "zzzz", "-o", "../out.pdf"), 3),
        (("get", WANG, "zzzz"), 2),
        (("list", "M2026-000099"), 3),
        (("add", WANG, "nowhere.pdf", "--level", "secret", "--title", "x"), 8),
        (("add", WANG, ".", "--level", "secret", "--title", "x"), 8),
        (("add", WANG, "memberarc.yaml", "--level", "open", "--title", "x"), 2),
        (("add", WANG, "memberarc.yaml", "--level", "top", "--title", "x"), 2),
        (("add", WANG, "memberarc.yaml", "--title", "x"), 2),
        (("add", WANG, "memberarc.yaml", "--level", "secret", "--title", "enc:x"), 1),
        (("add", WANG, "memberarc.yaml", "--level", "secret", "--title", ""), 1),
        (("add", WANG, "memberarc.yaml", "--level", "secret", "--title", "x", "--pages", "0"), 1),
        (
            (
                "add",
                WANG,
                "memberarc.yaml",
                "--level",
                "secret",
                "--title",
                "x",
                "--location",
                "桌",
            ),
            1,
        ),
        (("add", "M2026-000099", "memberarc.yaml", "--level", "secret", "--title", "x"), 3),
    ],
)
def test_what_cannot_be_done_is_told_and_leaves_nothing(
    club: Club, words: tuple[str, ...], status: int
) -> None:
    before = club.fingerprint()

    club.run("document", *words, status=status)

    assert club.fingerprint() == before
    assert not (club.root / "out.pdf").exists()


def test_the_same_file_looks_unrelated_at_two_levels_and_members(club: Club, scan: Path) -> None:
    paths = [
        club.json("document", "add", member, str(scan), "--level", level, "--title", "护照")["path"]
        for member, level in ((SHAN, "internal"), (SHAN, "secret"), (WANG, "secret"))
    ]

    assert len({(club.root / path).read_bytes() for path in paths}) == 3


def test_a_file_that_is_kept_already_is_told_and_left(club: Club, scan: Path) -> None:
    words = ("document", "add", SHAN, str(scan), "--level", "internal")
    first = club.json(*words, "--title", "护照")
    before = club.fingerprint()

    told = club.run(*words, "--title", "另一个题名")

    assert told.stderr == f"unchanged: {SHAN} has this file as document {first['document']}\n"
    assert club.fingerprint() == before
    again = club.json(*words, "--title", "护照")
    assert (again["unchanged"], again["commit"]) == (True, None)
    assert (again["document"], again["path"]) == (first["document"], first["path"])


def test_a_new_version_takes_the_place_of_the_old_one(
    club: Club, scan: Path, tmp_path: Path
) -> None:
    words = ("--level", "secret", "--title", "护照", "--pages", "2", "--location", "A-03-2")
    item = club.json("document", "add", SHAN, str(scan), *words)["document"]
    scan.write_bytes(PDF + b"second version")

    told = club.json("document", "update", SHAN, item, str(scan))

    assert (told["document"], told["size_bytes"]) == (item, len(PDF) + 14)
    club.run("document", "get", SHAN, item, "-o", str(tmp_path / "out.pdf"))
    assert (tmp_path / "out.pdf").read_bytes() == PDF + b"second version"
    [entry] = club.json("document", "list", SHAN)["documents"]
    assert (entry["title"], entry["pages"], entry["location"]) == ("护照", 2, "A-03-2")
    assert f"update a document of {SHAN}" in club.git("log", "-1", "--format=%s")
    assert club.problems("verify") == []
    before = club.fingerprint()
    assert club.json("document", "update", SHAN, item, str(scan))["unchanged"] is True
    assert club.fingerprint() == before


def while_encrypting(monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Have something happen after an act has read the record, and before it takes the lock."""
    encrypt = filing.encrypt_document

    def encrypt_meanwhile(*words: Any, **options: Any) -> EncryptedDocument:
        happens()
        return encrypt(*words, **options)

    monkeypatch.setattr(filing, "encrypt_document", encrypt_meanwhile)


def test_a_document_removed_meanwhile_is_not_brought_back(
    club: Club, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = kept(club)
    while_encrypting(monkeypatch, lambda: club.run("document", "remove", WANG, item))

    told = club.run("document", "update", WANG, item, str(scan), status=4)

    assert f"document {item} was removed meanwhile" in told.stderr
    assert club.json("document", "list", WANG)["documents"] == []
    assert [*(club.root / "documents").rglob("*.age")] == []


def test_what_somebody_else_changed_meanwhile_is_kept(
    club: Club, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = kept(club)

    def retitle() -> None:
        club.run("update", WANG, "--set", f"documents[{item}].title=另一个题名")
        club.run("update", WANG, "--set", f"documents[{item}].location=B7")

    while_encrypting(monkeypatch, retitle)

    club.run("document", "update", WANG, item, str(scan))

    [entry] = club.json("document", "list", WANG)["documents"]
    assert (entry["title"], entry["location"]) == ("另一个题名", "B7")
    assert (entry["file_name"], entry["size_bytes"]) == (scan.name, len(PDF))
    assert club.problems("verify") == []


def test_a_level_changed_meanwhile_is_a_conflict(
    club: Club, scan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("--level", "secret", "--title", "护照")
    item = club.json("document", "add", SHAN, str(scan), *words)["document"]

    def lower() -> None:
        club.edit(f"members/2026/0000/{SHAN}.yaml", "    level: secret\n", "    level: internal\n")
        club.commit_by_hand()

    while_encrypting(monkeypatch, lower)
    scan.write_bytes(b"new")

    told = club.run("document", "update", SHAN, item, str(scan), status=4)

    assert "was changed meanwhile, from secret to internal" in told.stderr


def test_the_same_file_is_encrypted_again_under_a_newer_key(
    club: Club, scan: Path, tmp_path: Path
) -> None:
    words = ("--level", "secret", "--title", "护照")
    item = club.json("document", "add", SHAN, str(scan), *words)["document"]
    club.run("key", "rotate")

    told = club.json("document", "update", SHAN, item, str(scan))

    assert told["unchanged"] is False
    assert club.json("show", SHAN)["record"]["documents"][0]["epoch"] == 2
    club.run("document", "get", SHAN, item, "-o", str(tmp_path / "out.pdf"))
    assert (tmp_path / "out.pdf").read_bytes() == PDF
    assert club.json("document", "update", SHAN, item, str(scan))["unchanged"] is True


def test_no_document_is_written_to_a_stream(club: Club) -> None:
    told = club.run("document", "get", WANG, kept(club), "-o", "-", status=2)

    assert "is not written to a stream" in told.stderr
    assert told.stdout == ""
    assert not (club.root / "-").exists()


def test_a_spool_that_a_killed_process_left_goes_with_the_next_act(club: Club, scan: Path) -> None:
    local = club.root / ".git" / "memberarc"
    left, busy = local / "spool-killed", local / "spool-at-work"
    for folder in (left, busy):
        folder.mkdir()
        (folder / "abcd.age").write_bytes(b"half of it")
    held = os.open(busy, os.O_RDONLY)
    fcntl.flock(held, fcntl.LOCK_EX)

    club.run("document", "add", SHAN, str(scan), "--level", "internal", "--title", "护照")
    assert [*local.glob("spool-*")] == [busy]
    os.close(held)
    club.run("document", "remove", WANG, kept(club))

    assert [*local.glob("spool-*")] == []


def test_a_removed_document_leaves_the_newest_version_only(club: Club, scan: Path) -> None:
    added = club.json("document", "add", SHAN, str(scan), "--level", "internal", "--title", "护照")
    before = club.head()

    told = club.run("document", "remove", SHAN, added["document"], "--reason", "correction")

    assert "its ciphertext stays in history" in told.stderr
    assert club.json("document", "list", SHAN)["documents"] == []
    assert not (club.root / added["path"]).exists()
    assert club.git("cat-file", "-t", f"{before}:{added['path']}") == "blob\n"
    assert "Memberarc-Reason: correction" in club.git("log", "-1", "--format=%B")
    assert club.problems("verify") == []


@pytest.mark.parametrize(
    "words",
    [
        ("update", WANG, "zzzz", "memberarc.yaml"),
        ("remove", WANG, "zzzz"),
    ],
)
def test_a_document_that_is_not_listed_is_not_found(club: Club, words: tuple[str, ...]) -> None:
    before = club.fingerprint()

    club.run("document", *words, status=3)

    assert club.fingerprint() == before


@pytest.mark.parametrize("word", ["add", "update", "remove"])
def test_a_dry_run_of_a_document_act_writes_nothing(club: Club, scan: Path, word: str) -> None:
    words = {
        "add": (SHAN, str(scan), "--level", "secret", "--title", "护照"),
        "update": (WANG, kept(club), str(scan)),
        "remove": (WANG, kept(club)),
    }[word]
    before = club.fingerprint()

    told = club.run("document", word, *words, "--dry-run")

    assert told.stderr.startswith("would ")
    assert club.fingerprint() == before


@pytest.mark.parametrize("location", ["A-03-2", "A-12/3", "AB3-12-4-7", "B7"])
def test_a_location_is_a_code_of_a_place(club: Club, scan: Path, location: str) -> None:
    words = ("--level", "internal", "--title", "护照", "--location", location)
    club.run("document", "add", SHAN, str(scan), *words)

    assert club.json("document", "list", SHAN)["documents"][0]["location"] == location


@pytest.mark.parametrize(
    "location",
    ["WangXiaoming", "wang", "WANG-XIAO", "13800138001", "A-1380-01-38-00-1", "110101199001011237"],
)
def test_a_location_can_be_no_name_and_no_number_of_a_person(
    club: Club, scan: Path, location: str
) -> None:
    before = club.fingerprint()
    words = ("--level", "internal", "--title", "护照", "--location", location)

    club.run("document", "add", SHAN, str(scan), *words, status=1)

    assert club.fingerprint() == before


def test_nothing_of_a_document_stays_in_the_temporary_folder(
    club: Club, scan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    local = {*(club.root / ".git" / "memberarc").iterdir()}

    club.run("document", "add", SHAN, str(scan), "--level", "internal", "--title", "护照")
    club.run("document", "get", WANG, kept(club), "-o", str(tmp_path / "out.pdf"))

    assert [*spool.iterdir()] == []
    assert {*(club.root / ".git" / "memberarc").iterdir()} == local


@pytest.mark.parametrize(
    ("act", "option"), [(("document", "get"), "-o"), (("key", "export"), "--to")]
)
def test_nothing_in_clear_is_written_into_the_archive(
    club: Club, act: tuple[str, str], option: str
) -> None:
    item, before = kept(club), club.fingerprint()

    for target in ("out.pdf", "members/out.pdf", str(club.root / "out.pdf")):
        club.run(*act, WANG, item, option, target, status=2)

    assert club.fingerprint() == before
