"""A person is let in: policy, level keys and signed list in one commit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from acts.colleague import READERS, Colleague, colleague, let_in, readers
from builders import MOBILE, WANG, Club
from memberarc.acts.key.grant import GrantRequest, grant, grant_to_confirm
from memberarc.errors import ConflictError

ACCESS = "policy/access.yaml"


@pytest.fixture
def zhang(tmp_path: Path) -> Colleague:
    return colleague(tmp_path, "zhang")


def test_who_is_let_in_reads_every_epoch_of_the_levels_and_no_other(
    club: Club, zhang: Colleague
) -> None:
    club.run("key", "rotate", "internal")
    before = club.head()

    told = let_in(club, zhang)

    assert club.git("rev-list", "--count", f"{before}..HEAD").strip() == "1"
    assert "key list 3" in told.stderr
    assert MOBILE in zhang.run(club, "show", WANG).stdout
    assert "13800138001" in zhang.run(club, "show", WANG, "--at", "HEAD~4").stdout
    club.run("add", "--set", "name=李秘", "--set", "identity.number=110101199001011237")
    assert readers(club) == {
        ("internal", 1, "retired"): "admin, zhang",
        ("confidential", 1, "current"): "admin, zhang",
        ("secret", 1, "current"): "admin",
        ("internal", 2, "current"): "admin, zhang",
    }
    assert club.problems("check") == []
    assert club.problems("verify") == []
    assert zhang.run(club, "verify").status == 0


def test_a_file_whose_readers_stay_keeps_its_bytes(club: Club, zhang: Colleague) -> None:
    let_in(club, zhang)

    changed = club.git("show", "--format=", "--name-only").split()

    assert not [path for path in changed if path.startswith("keys/secret")]
    assert len([path for path in changed if path.endswith(".age")]) == 2


def test_comments_of_the_policy_stay(club: Club, zhang: Colleague) -> None:
    club.edit(ACCESS, r"(?m)^people:$", "# asked by the board, 2026-03\npeople:")
    club.edit(ACCESS, r"(?m)^  - id: admin$", "  - id: admin  # the office\n    # two keys soon")
    club.run("key", "sign", "--yes")

    let_in(club, zhang)

    text = (club.root / ACCESS).read_text()
    assert text.startswith("format: access/1\n# asked by the board, 2026-03\npeople:\n")
    assert "  - id: admin  # the office\n    # two keys soon\n" in text
    assert (
        f"  - id: zhang\n    roles:\n      - office\n    recipients:\n      - {zhang.recipient}\n"
        in text
    )


def test_a_dry_run_tells_who_will_read_and_changes_nothing(club: Club, zhang: Colleague) -> None:
    club.run("key", "list")  # which pins the list
    before = club.fingerprint()

    told = club.json("key", "grant", "zhang", "--recipient", zhang.recipient, *READERS, "-n")

    assert club.fingerprint() == before
    assert told["commit"] is None
    assert [(one["level"], one["readers"], one["added"]) for one in told["readers"]] == [
        ("internal", ["admin", "zhang"], ["zhang"]),
        ("confidential", ["admin", "zhang"], ["zhang"]),
        ("secret", ["admin"], []),
    ]
    assert f"+ zhang reads internal with {zhang.recipient}" in told["changes"]


def test_what_a_person_has_already_makes_no_commit(club: Club, zhang: Colleague) -> None:
    let_in(club, zhang)
    before = club.head()

    told = let_in(club, zhang, "--role", "office")

    assert "nothing to change" in told.stderr
    assert club.head() == before


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--role", "clerk"), "there is no role clerk"),
        (("--role", "clerk", "--levels", "hidden"), "there is no level hidden"),
        (("--role", "administrator", "--levels", "internal"), "one new role"),
        (("--role", "administrator"), "has no recipient"),
    ],
)
def test_what_cannot_be_granted_is_refused(club: Club, words: tuple[str, ...], told: str) -> None:
    before = club.head()

    outcome = club.run("key", "grant", "zhang", *words, status=2)

    assert told in outcome.stderr
    assert club.head() == before


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("tang",), 2, "names nobody tang"),
        (("tang", "--recipient", "age1tang"), 2, "somebody new needs a role"),
        (("zhang",), 2, "nothing is given to zhang"),
        (("Tang", "--role", "office"), 2, "not an id: Tang"),
        (("zhang", "--recipient", "AGE-SECRET-KEY-1QQQ"), 2, "--recipient is no recipient"),
        (("li", "--role", "office", "--recipient", "ZHANG"), 2, "this key is zhang's"),
        (("zhang", "--recipient", "age1zhang", "--confirm", "zhang"), 6, "hint: age1..., ssh-"),
    ],
)
def test_what_was_mistyped_is_told_as_that_and_not_of_the_policy(
    club: Club, zhang: Colleague, words: tuple[str, ...], status: int, told: str
) -> None:
    let_in(club, zhang)
    before = club.fingerprint()

    words = tuple(zhang.recipient if word == "ZHANG" else word for word in words)
    outcome = club.run("key", "grant", *words, status=status)

    assert told in outcome.stderr
    assert "SECRET" not in outcome.stderr
    assert ACCESS not in outcome.stderr
    assert club.fingerprint() == before


def test_a_new_reader_is_confirmed_by_id_and_another_role_without_power_is_not(
    club: Club, zhang: Colleague
) -> None:
    before = club.head()
    words = ("key", "grant", "zhang", "--recipient", zhang.recipient)

    club.run(*words, *READERS, status=9)
    club.run(*words, *READERS, "--confirm", "li", status=9)

    assert club.head() == before
    club.edit(ACCESS, r"\Z", "  - id: clerk\n")
    club.run("key", "sign", "--yes")
    club.run(*words, "--role", "clerk")


def test_only_what_was_looked_at_is_granted(club: Club, zhang: Colleague) -> None:
    request = GrantRequest(person="zhang", roles=("clerk",), recipients=(zhang.recipient,))
    club.edit(ACCESS, r"\Z", "  - id: clerk\n")
    club.run("key", "sign", "--yes")
    looked_at = grant_to_confirm(club.caller(), request)
    club.edit(ACCESS, r"\Z", "    levels:\n      - secret\n")
    club.run("key", "sign", "--yes")

    with pytest.raises(ConflictError, match="changed since it was looked at"):
        grant(club.caller(), replace(request, digest=looked_at.digest))


def test_whoever_works_with_an_identity_does_not_keep_it_in_a_safe(
    club: Club, zhang: Colleague
) -> None:
    safe = ("--role", "safe", "--recovery", "--levels", "internal", "--confirm", "zhang")
    club.run("key", "grant", "zhang", "--recipient", zhang.recipient, *safe)
    recovery = {one["level"]: one["recovery"] for one in club.json("key", "list")["keys"]}
    assert recovery == {"internal": "zhang", "confidential": "", "secret": ""}

    told = club.json("key", "grant", "zhang", *READERS, "--confirm", "zhang")

    assert {*club.json("key", "list")["keys"][0]["recovery"]} == set()
    assert [one["recovery"] for one in told["readers"]] == [[], [], []]


def test_who_does_not_administer_lets_nobody_in(
    club: Club, zhang: Colleague, tmp_path: Path
) -> None:
    let_in(club, zhang, *READERS, "--signing-key", str(zhang.signing_key))
    li = colleague(tmp_path, "li")

    told = zhang.run(
        *(club, "key", "grant", "li", "--recipient", li.recipient, *READERS[:2]),
        *("--confirm", "li"),
        status=10,
    )

    assert "no administrator's" in told.stderr


def test_a_key_that_is_not_at_hand_is_named_and_not_wrapped(
    club: Club, zhang: Colleague, tmp_path: Path
) -> None:
    chair = ("--role", "chair", "--levels", "internal", "--administrator")
    let_in(club, zhang, *chair, "--signing-key", zhang.public_key)
    li = colleague(tmp_path, "li")
    before = club.head()

    told = zhang.run(
        *(club, "key", "grant", "li", "--role", "administrator", "--recipient", li.recipient),
        *("--confirm", "li"),
        status=6,
    )

    assert "level confidential, epoch 1" in told.stderr
    assert club.head() == before
    zhang.run(
        *(club, "key", "grant", "li", "--role", "chair", "--recipient", li.recipient),
        *("--confirm", "li"),
    )
    assert li.closed(club, WANG) == {"identity.number"}


def test_the_doctor_is_content_with_two_readers_one_of_them_in_a_safe(
    club: Club, tmp_path: Path
) -> None:
    safe = colleague(tmp_path, "safe")

    def verdicts() -> set[str]:
        findings = club.json("doctor")["findings"]
        return {one["verdict"] for one in findings if one["subject"].startswith("level ")}

    [fix] = {
        one["fix"] for one in club.json("doctor")["findings"] if one["subject"].startswith("level ")
    }
    assert verdicts() == {"warn"}

    words = fix.replace("PERSON", "safe").replace("age1...", safe.recipient).split()
    club.run(*words[1:], "--confirm", "safe")

    assert verdicts() == {"ok"}
    assert {one["recovery"] for one in club.json("key", "list")["keys"]} == {"safe"}


def test_approvals_that_one_signature_cannot_give_stop_it(club: Club, zhang: Colleague) -> None:
    club.edit(
        ACCESS,
        r"\Z",
        "approvals:\n  - act: key-grant\n    roles:\n      - administrator\n    count: 2\n",
    )
    club.run("key", "sign", "--yes")

    told = club.run(
        *("key", "grant", "zhang", "--recipient", zhang.recipient, *READERS),
        *("--confirm", "zhang"),
        status=10,
    )

    assert "wants 2 people" in told.stderr
