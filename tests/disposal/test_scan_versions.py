"""A purge finds every version of a member, however it is spelt, and names those it cannot read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest
import yaml

from builders import NOTE, WANG, Club
from disposal.attempts import objects, shares_in, subject_of, values_that_open
from memberarc.people.ssh import sign
from memberarc.sealing.age.crypt import load_identities
from memberarc.sealing.keys.key_list import (
    Recipient,
    next_key_list,
    parse_key_list,
    write_key_list,
)
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE
from memberarc.sealing.keys.level_keys import unwrap_level_key, wrap_level_key

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
RECORD = f"members/2026/0000/{WANG}.yaml"
CERTIFICATE = f"tombstones/2026/0000/{WANG}.certificate.yaml"
# Sealed in no version but the one under test, and in clear in no record at all.
ONLY_THERE = "xiaoming-1985"


def quoted_uid(text: str) -> str:
    return re.sub(r"(?m)^uid: (\S+)$", r'uid: "\1"', text)


def single_quoted_uid(text: str) -> str:
    return re.sub(r"(?m)^uid: (\S+)$", r"uid:   '\1'  ", text)


def windows_line_ends(text: str) -> str:
    return text.replace("\n", "\r\n")


def format_on_the_first_line(text: str) -> str:
    first, rest = text.split("\n", 1)
    assert first.startswith("# yaml-language-server")
    assert rest.startswith("format: member/1\n")
    return rest


def quoted_format(text: str) -> str:
    return text.replace("format: member/1", 'format: "member/1"')


SPELLINGS = [
    quoted_uid,
    single_quoted_uid,
    windows_line_ends,
    format_on_the_first_line,
    quoted_format,
]


def version_only_in_an_object(club: Club, spelling: Callable[[str], str]) -> str:
    """Keep a version with a value of its own as an unreachable object, spelt another way."""
    before = club.head()
    club.run("update", WANG, "--set", f"contact.wechat={ONLY_THERE}")
    text = club.text(WANG)
    club.git("reset", "--quiet", "--hard", before)
    club.git("reflog", "expire", "--expire=now", "--all")
    club.git("gc", "--quiet", "--prune=now")
    return club.git("hash-object", "-w", "--stdin", stdin=spelling(text)).strip()


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.__name__)
def test_a_version_that_is_not_canonical_is_opened_too(
    club: Club, spelling: Callable[[str], str]
) -> None:
    version_only_in_an_object(club, spelling)
    (club.root / "list.txt").write_text(f"{ONLY_THERE}\n")

    told = club.run(*PURGE, status=1)

    assert "list.txt: clear-text: holds contact.wechat" in told.stdout


def test_a_version_that_is_not_canonical_is_tried_afterwards(club: Club) -> None:
    version_only_in_an_object(club, quoted_uid)

    club.run(*PURGE)

    checked = yaml.safe_load((club.root / CERTIFICATE).read_text())["checked"]
    assert checked["versions_tried"] == 5
    assert "unreadable_versions" not in checked


def unknown_kind(text: str) -> str:
    return text.replace("kind: individual", "kind: alien")


def key_given_twice(text: str) -> str:
    return text.replace("status: active\n", "status: active\nstatus: active\n")


def altered_value(text: str) -> str:
    def alter(found: re.Match[str]) -> str:
        return found[1] + ("A" if found[2] != "A" else "B")

    return re.sub(r"(?m)^(name: enc:m1\S+:\S{10})(\S)", alter, text, count=1)


def missing_key(text: str) -> str:
    return re.sub(r"(?m)^key: .*\n", "", text)


def unknown_field_in_clear(text: str) -> str:
    return text.replace("status: active\n", "status: active\nnickname: kept-in-clear\n")


def unresolved_conflict(text: str) -> str:
    return text.replace("status: active\n", "<<<<<<< HEAD\nstatus: active\n=======\n>>>>>>> x\n")


FLAWS = [
    unknown_kind,
    key_given_twice,
    altered_value,
    missing_key,
    unknown_field_in_clear,
    unresolved_conflict,
]


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.__name__)
def test_a_version_that_cannot_be_read_stops_a_purge_by_its_name(
    club: Club, flaw: Callable[[str], str]
) -> None:
    blob = club.git("hash-object", "-w", "--stdin", stdin=flaw(club.text(WANG))).strip()
    before = club.fingerprint()

    told = club.run(*PURGE, "--format", "json", status=1)

    [problem] = told.envelope["problems"]
    assert (problem["path"], problem["rule"]) == (blob, "unreadable-version")
    assert "--accept-unreadable" in told.envelope["error"]["hint"]
    assert club.fingerprint() == before


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.__name__)
def test_told_to_go_on_a_purge_names_it_in_the_certificate(
    club: Club, flaw: Callable[[str], str]
) -> None:
    subject = subject_of(club, WANG)
    blob = club.git("hash-object", "-w", "--stdin", stdin=flaw(club.text(WANG))).strip()
    sealed = [
        len(re.findall(rb"enc:m1\.", content))
        for content in objects(club.root)
        if re.search(rb"(?m)^<?format: member/", content) and WANG.encode() in content
    ]

    club.run(*PURGE, "--accept-unreadable")

    checked = yaml.safe_load((club.root / CERTIFICATE).read_text())["checked"]
    assert checked["unreadable_versions"] == [blob]
    assert checked["versions_tried"] == 5
    assert checked["values_tried"] == sum(sealed)
    assert subject.uid not in shares_in(club.vault)


def test_what_was_flawed_once_at_the_path_of_the_record_counts(club: Club) -> None:
    text = club.text(WANG)
    (club.root / RECORD).write_text(re.sub(r"(?m)^uid: .*\n", "", text))
    club.commit_by_hand()
    blob = club.git("rev-parse", f"HEAD:{RECORD}").strip()
    (club.root / RECORD).write_text(text)
    club.commit_by_hand()

    told = club.run(*PURGE, "--format", "json", status=1)

    assert [problem["path"] for problem in told.envelope["problems"]] == [blob]


def test_the_other_values_of_a_flawed_version_are_looked_for_all_the_same(club: Club) -> None:
    version_only_in_an_object(club, altered_value)
    (club.root / "list.txt").write_text(f"{ONLY_THERE}\n")

    told = club.run(*PURGE, "--accept-unreadable", status=1)

    assert "list.txt: clear-text: holds contact.wechat" in told.stdout


def test_the_share_that_is_gone_already_does_not_stop_a_purge_for_ever(club: Club) -> None:
    uid = club.uid(WANG)
    for file in (club.vault / "segments").iterdir():
        lines = file.read_text().splitlines(keepends=True)
        file.chmod(0o600)
        file.write_text("".join(line for line in lines if uid not in line))

    told = club.run(*PURGE, status=1)
    club.run(*PURGE, "--accept-unreadable")

    assert "unreadable-version" in told.stdout
    checked = yaml.safe_load((club.root / CERTIFICATE).read_text())["checked"]
    assert len(checked["unreadable_versions"]) == 4 + 1  # the versions, and a commit with a note


def test_the_sealed_note_of_a_commit_is_looked_for_and_tried(club: Club) -> None:
    subject, shares = subject_of(club, WANG), shares_in(club.vault)
    assert NOTE in values_that_open(club.root, subject, shares)
    (club.root / "list.txt").write_text(f"{NOTE}\n")

    told = club.run(*PURGE, status=1)
    (club.root / "list.txt").unlink()
    club.run(*PURGE)

    assert "list.txt: clear-text: holds note" in told.stdout
    checked = yaml.safe_load((club.root / CERTIFICATE).read_text())["checked"]
    assert checked["notes_tried"] == 1
    assert checked["values_opened"] == 0


def take_a_level_away(club: Club, level: str) -> None:
    """Wrap a level's key for somebody else alone, as after a change of roles."""
    path = club.root / "keys" / "keys.yaml"
    content = path.read_bytes()
    before = parse_key_list(content, path=path.name)
    stranger = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
    keys = {entry.level: entry for entry in before.keys}
    entry = keys[level]
    file = club.root / entry.file
    key = unwrap_level_key(
        file.read_bytes(),
        archive=before.archive,
        level=level,
        epoch=entry.epoch,
        commitment=entry.commitment,
        identities=load_identities(club.identity),
    )
    wrapped = wrap_level_key(key, archive=before.archive, recipients=[stranger])
    file.write_bytes(wrapped)
    keys[level] = replace(
        entry,
        sha256=sha256(wrapped).hexdigest(),
        recipients=(Recipient(id="a2b3", person="other", recipient=stranger),),
    )
    changed = next_key_list(before, content=content, keys=tuple(keys.values()))
    following = write_key_list(changed)
    path.write_bytes(following)
    signature = sign(following, key=club.signing_key, namespace=KEY_LIST_NAMESPACE)
    path.with_name("keys.yaml.sig").write_bytes(signature)
    club.commit_by_hand("another reader")


def test_who_cannot_open_every_level_destroys_nothing(club: Club) -> None:
    take_a_level_away(club, "confidential")
    club.run("show", WANG)  # which takes note of the new key list
    before = club.fingerprint()

    told = club.run(*PURGE, "--format", "json", status=6)

    assert told.envelope["error"]["code"] == "no-identity"
    assert "confidential" in told.envelope["error"]["message"]
    assert club.uid(WANG) in shares_in(club.vault)
    club.run(*PURGE, "--accept-unreadable", status=6)
    assert club.fingerprint() == before
