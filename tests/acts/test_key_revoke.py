"""A person leaves: nothing new is readable to them, and what was is said without comfort."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from acts.colleague import Colleague, colleague, let_in, readers
from builders import WANG, Club
from memberarc.sealing.age.crypt import load_identities
from memberarc.sealing.keys.key_list import parse_key_list
from memberarc.sealing.keys.level_keys import open_level_keys

ALL = {"name", "contact.mobile", "contact.email", "contact.address", "identity.number"}


@pytest.fixture
def zhang(club: Club, tmp_path: Path) -> Colleague:
    """Somebody who reads all but secrets."""
    person = colleague(tmp_path, "zhang")
    let_in(club, person)
    return person


def revoke(club: Club, *words: str, status: int = 0) -> str:
    outcome = club.run("key", "revoke", "zhang", "--confirm", "zhang", *words, status=status)
    return outcome.stderr


def test_with_everything_that_was_kept_nothing_new_opens(
    club: Club, zhang: Colleague, tmp_path: Path
) -> None:
    assert zhang.closed(club, WANG) == set()
    shutil.copytree(club.vault, tmp_path / "kept-vault")

    revoke(club)
    club.run("update", WANG, "--set", "contact.mobile=13700137009")

    # The level keys of the new epochs are wrapped for others: vault and identity do not help.
    content = (club.root / "keys/keys.yaml").read_bytes()
    key_list = parse_key_list(content, path="keys/keys.yaml")
    opened = open_level_keys(
        key_list,
        read=lambda path: (club.root / path).read_bytes(),
        identities=load_identities(zhang.identity),
    )
    assert opened == ()
    assert zhang.closed(club, WANG) >= ALL
    values = re.findall(r"enc:m1\.(\w+)\.(\d+):", club.text(WANG))
    assert {*values} == {("internal", "2"), ("confidential", "2")}
    assert club.problems("verify") == []


def test_where_too_few_are_left_to_approve_it_says_so(club: Club, zhang: Colleague) -> None:
    rule = "approvals:\n  - act: purge\n    roles:\n      - office\n"
    club.edit("policy/access.yaml", r"\Z", rule)
    club.run("key", "sign", "--yes")

    for words in (("-n",), ()):
        assert "nobody can approve a purge: it needs 1 of office" in revoke(club, *words)


def test_what_was_kept_of_the_past_opens_for_ever(club: Club, zhang: Colleague) -> None:
    """The promise is no more than this, and the answer says so."""
    before = club.head()

    told = revoke(club)

    kept = club.clone(zhang.folder / "kept")
    kept.git("reset", "--quiet", "--hard", before)
    assert zhang.closed(kept, WANG) == set()
    assert "zhang could open internal, epoch 1, since 2" in told
    assert "reads for ever every value of those epochs" in told
    assert "of the 3 members here" in told


def test_the_report_names_epochs_documents_and_the_vault(club: Club, zhang: Colleague) -> None:
    club.run("key", "rotate", "internal")

    outcome = club.run("key", "revoke", "zhang", "--confirm", "zhang", "--format", "json")

    told = outcome.data
    assert [(one["level"], one["epochs"]) for one in told["could_read"]] == [
        ("internal", [1, 2]),
        ("confidential", [1]),
    ]
    assert told["new_epochs"] == {"internal": 3, "confidential": 2}
    assert (told["members"], told["documents"]) == (3, 1)
    assert told["vaults"] == [str(club.vault)]
    assert "1 document of these levels: the files are not encrypted again" in outcome.stderr
    assert f"may read {club.vault}" in outcome.stderr


def test_a_document_opens_still_for_those_who_stay(
    club: Club, zhang: Colleague, tmp_path: Path
) -> None:
    [document] = club.json("document", "list", WANG)["documents"]

    revoke(club)

    club.run("document", "get", WANG, document["id"], "-o", str(tmp_path / "scan.pdf"))
    assert (tmp_path / "scan.pdf").read_bytes().startswith(b"%PDF")


def test_the_old_keys_are_wrapped_for_those_who_stay_and_he_pins_nothing(
    club: Club, zhang: Colleague
) -> None:
    revoke(club)

    assert {*readers(club).values()} == {"admin"}
    assert {state for _, _, state in readers(club)} == {"retired", "current"}
    assert "zhang" not in (club.root / "policy/access.yaml").read_text()
    for stanzas in club.json("key", "inspect")["files"]:
        assert (stanzas["stanzas"], stanzas["flaw"]) == (["X25519"], "")


def test_a_role_or_a_lost_identity_can_go_while_the_person_stays(
    club: Club, zhang: Colleague, tmp_path: Path
) -> None:
    laptop = colleague(tmp_path, "laptop")
    club.run("key", "grant", "zhang", "--recipient", laptop.recipient, "--confirm", "zhang")
    assert laptop.closed(club, WANG) == set()

    told = revoke(club, "--recipient", laptop.recipient)
    assert "take the vault from" not in told
    assert "may push" not in told

    assert laptop.closed(club, WANG) >= ALL
    assert zhang.closed(club, WANG) == set()
    revoke(club, "--role", "office")
    assert zhang.closed(club, WANG) >= ALL
    assert "  - id: zhang\n" in (club.root / "policy/access.yaml").read_text()


def test_the_last_administrator_and_the_last_reader_stay(
    club: Club, zhang: Colleague, tmp_path: Path
) -> None:
    li = colleague(tmp_path, "li")
    chair = ("--role", "chair", "--administrator", "--signing-key", str(li.signing_key))
    chair = (*chair, "--confirm", "li")
    club.run("key", "grant", "li", "--levels", "internal", "--recipient", li.recipient, *chair)
    before = club.head()

    last_reader = li.run(club, "key", "revoke", "admin", "--confirm", "admin", status=5)
    club.run("key", "revoke", "li", "--confirm", "li")
    alone = club.run(
        "key", "revoke", "admin", "--recipient", _recipient(club), "--confirm", "admin", status=5
    )

    assert "nobody could read level secret" in last_reader.stderr
    assert "nobody could read level" in alone.stderr
    assert club.git("rev-list", "--count", f"{before}..HEAD").strip() == "1"


def _recipient(club: Club) -> str:
    [found] = re.findall(r"# public key: (\S+)", club.identity.read_text())
    return str(found)


def test_nobody_revokes_themselves_nor_somebody_unknown(club: Club, zhang: Colleague) -> None:
    before = club.head()

    themselves = club.run("key", "revoke", "admin", "--confirm", "admin", status=10)
    unknown = club.run("key", "revoke", "wu", status=3)  # before anything is confirmed
    not_held = revoke(club, "--role", "administrator", status=3)

    assert "who makes the new keys knows them" in themselves.stderr
    assert "names nobody wu" in unknown.stderr
    assert "does not have: administrator" in not_held
    assert club.head() == before


def test_who_only_signs_leaves_without_new_epochs(club: Club, tmp_path: Path) -> None:
    li = colleague(tmp_path, "li")
    chair = ("--role", "chair", "--administrator", "--signing-key", str(li.signing_key))
    chair = (*chair, "--confirm", "li")
    club.run("key", "grant", "li", *chair)
    text = club.text(WANG)

    told = club.json("key", "revoke", "li", "--confirm", "li")

    assert told["new_epochs"] == {}
    assert club.text(WANG) == text
    assert li.run(club, "key", "rotate", status=10)


def test_without_confirmation_nothing_happens(club: Club, zhang: Colleague) -> None:
    before = club.fingerprint()

    club.run("key", "revoke", "zhang", status=9)
    told = club.json("key", "revoke", "zhang", "-n")

    assert told["commit"] is None
    assert club.fingerprint() == before


def test_a_member_whose_share_is_missing_stops_it_before_anything_changes(
    club: Club, zhang: Colleague
) -> None:
    for segment in (club.vault / "segments").iterdir():
        if club.uid(WANG) in segment.read_text():
            segment.unlink()
    before = club.head()

    told = revoke(club, status=6)

    assert WANG in told
    assert club.head() == before
    assert club.git("status", "--porcelain") == ""
