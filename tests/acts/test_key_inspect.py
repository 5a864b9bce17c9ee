"""What can be told of keys without a key, and what one exported identity opens."""

from __future__ import annotations

import os
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pyrage
import pytest

from acts.colleague import Colleague, colleague, let_in
from builders import SCAN, WANG, Club
from memberarc.people.ssh import sign
from memberarc.sealing.age.crypt import load_identities
from memberarc.sealing.keys.key_list import next_key_list, parse_key_list, write_key_list
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE
from memberarc.sealing.keys.level_keys import open_level_keys, wrap_level_key


@pytest.fixture
def zhang(tmp_path: Path) -> Colleague:
    return colleague(tmp_path, "zhang")


def test_without_identity_and_vault_the_recipients_can_be_counted(
    club: Club, zhang: Colleague
) -> None:
    let_in(club, zhang)
    club.run("key", "rotate", "internal")
    for mine in (club.identity, club.signing_key):
        mine.unlink()

    files = club.json("key", "inspect", "internal.2")["files"]

    assert [(one["stanzas"], one["listed"]) for one in files] == [
        (["X25519", "X25519"], ["admin", "zhang"])
    ]
    assert len(club.json("key", "inspect")["files"]) == 4
    assert club.json("key", "inspect", files[0]["file"])["files"] == files


def test_any_age_file_can_be_looked_into(club: Club, tmp_path: Path) -> None:
    document = next((club.root / "documents").rglob("*.age"))
    foreign = tmp_path / "foreign.age"
    foreign.write_bytes(document.read_bytes())
    inside = document.relative_to(club.root).as_posix()

    for place in (inside, str(foreign)):
        [file] = club.json("key", "inspect", place)["files"]
        assert (file["stanzas"], file["listed"], file["flaw"]) == (["X25519"], None, "")
    club.run("key", "inspect", "internal.9", status=3)
    club.run("key", "inspect", "memberarc.yaml", status=6)


def test_a_pipe_is_not_waited_for(club: Club, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "no file" in club.run("key", "inspect", str(tmp_path / "pipe"), status=3).stderr


def hide_a_reader(club: Club, zhang: Colleague) -> None:
    """As an administrator, wrap a key for somebody whom the list does not name."""
    place = club.root / "keys" / "keys.yaml"
    content = place.read_bytes()
    before = parse_key_list(content, path="x")
    [key] = [
        one
        for one in open_level_keys(
            before,
            read=lambda path: (club.root / path).read_bytes(),
            identities=load_identities(club.identity),
        )
        if one.level == "secret"
    ]
    [entry] = [one for one in before.keys if one.level == "secret"]
    wrapped = wrap_level_key(
        key,
        archive=club.archive,
        recipients=[*(one.recipient for one in entry.recipients), zhang.recipient],
    )
    (club.root / entry.file).write_bytes(wrapped)
    entry = replace(entry, sha256=sha256(wrapped).hexdigest())
    kept = [one for one in before.keys if one.level != "secret"]
    written = write_key_list(next_key_list(before, content=content, keys=(*kept, entry)))
    place.write_bytes(written)
    signature = sign(written, key=club.signing_key, namespace=KEY_LIST_NAMESPACE)
    place.with_name("keys.yaml.sig").write_bytes(signature)
    club.commit_by_hand()


def test_a_reader_whom_the_list_does_not_name_is_found_by_check(
    club: Club, zhang: Colleague
) -> None:
    hide_a_reader(club, zhang)

    [problem] = club.problems("check")

    assert problem["rule"] == "level-key"
    assert "[X25519, X25519], and 1 recipients are listed" in problem["message"]
    outcome = club.run("key", "inspect", "secret.1", status=1)
    assert "not encrypted as listed" in outcome.stdout


def test_a_list_for_others_than_the_policy_names_is_found_by_check(
    club: Club, zhang: Colleague
) -> None:
    let_in(club, zhang)
    place = club.root / "keys" / "keys.yaml"
    content = place.read_bytes()
    before = parse_key_list(content, path="x")
    keys = tuple(replace(one, recipients=one.recipients[:1]) for one in before.keys)
    written = write_key_list(next_key_list(before, content=content, keys=keys))
    place.write_bytes(written)
    signature = sign(written, key=club.signing_key, namespace=KEY_LIST_NAMESPACE)
    place.with_name("keys.yaml.sig").write_bytes(signature)
    club.commit_by_hand()

    messages = [one["message"] for one in club.problems("check")]

    assert len([one for one in messages if "other recipients than the policy names" in one]) == 2


def test_an_exported_identity_opens_one_document_with_any_age_program(
    club: Club, tmp_path: Path
) -> None:
    [document] = club.json("document", "list", WANG)["documents"]
    target = tmp_path / "one.txt"

    told = club.run("key", "export", WANG, document["id"], "--to", str(target))

    assert "neither a revocation nor a purge takes that back" in told.stderr
    assert target.stat().st_mode & 0o777 == 0o600
    ciphertext = next((club.root / "documents").rglob("*.age")).read_bytes()
    [line] = [one for one in target.read_text().splitlines() if one.startswith("AGE-")]
    assert pyrage.decrypt(ciphertext, [pyrage.x25519.Identity.from_str(line)]) == SCAN
    assert line not in told.stdout + told.stderr


def test_an_identity_goes_to_no_stream_and_over_no_file(club: Club, tmp_path: Path) -> None:
    [document] = club.json("document", "list", WANG)["documents"]
    (tmp_path / "taken").touch()

    for to, status in (("-", 2), (str(tmp_path / "taken"), 4), (str(club.root / "id.txt"), 2)):
        told = club.run("key", "export", WANG, document["id"], "--to", to, status=status)
        assert "AGE-SECRET" not in told.stdout + told.stderr
