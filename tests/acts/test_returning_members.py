"""Members who were purged and come back: noticed by keyed hashes in the vault, until a day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from builders import MOBILE, WANG, Club, Outcome, run, tree_digest
from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.vault.returning_members import suppress_member
from memberarc.archive.opened import open_archive
from memberarc.sealing.vault.replica import create_vault

TODAY = date(2026, 11, 3)
PURGED: dict[str, Any] = {
    "name": "王小明",
    "birth_date": "1990-01-01",
    "contact": {"mobile": "13800138001", "email": "wang.xiaoming@example.org"},
    "identity": {"number": "11010119900101123X"},
}
MAP = """\
format: map/1
target: members
kind: individual
key: registration.number
fields:
  registration.number: {column: number}
  name: {column: name}
  contact.mobile: {column: mobile}
"""


def suppress(club: Club, values: dict[str, Any] = PURGED) -> date | None:
    archive = open_archive(club.root)
    replicas = open_keys(archive, club.caller()).replicas
    return suppress_member(archive, replicas, values=values, today=TODAY)


def add(club: Club, *values: str, status: int = 0) -> Outcome:
    return club.run("add", *(f"--set={value}" for value in values), status=status)


def sheet(club: Club, *mobiles: str) -> tuple[str, ...]:
    """Write a sheet of members with these numbers, and return the words that import it."""
    folder = club.root.parent
    rows = "".join(f"{n},李四,{mobile}\n" for n, mobile in enumerate(mobiles, 1))
    (folder / "members.csv").write_text(f"number,name,mobile\n{rows}")
    (folder / "members.map.yaml").write_text(MAP)
    return ("import", str(folder / "members.csv"), "--map", str(folder / "members.map.yaml"))


def test_suppressing_touches_the_vault_only(empty_club: Club) -> None:
    before = tree_digest(empty_club.root)

    assert suppress(empty_club) == date(2029, 11, 3)

    assert tree_digest(empty_club.root) == before
    texts = [path.read_bytes() for path in empty_club.vault.rglob("*") if path.is_file()]
    assert not [text for text in texts if b"13800138001" in text or "王".encode() in text]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("identity.number=11010119900101123x", "identity number"),
        ("contact.mobile=+86 138 0013 8001", "mobile"),
        ("contact.email=WANG.xiaoming@example.org", "e-mail"),
        ("birth_date=1990-01-01", "name and birth date"),
    ],
)
def test_whoever_was_purged_is_added_again_only_by_who_says_so(
    empty_club: Club, value: str, told: str
) -> None:
    suppress(empty_club)
    head = empty_club.head()

    refused = add(empty_club, "name=王小明", value, status=9)

    assert f"a member who was purged had the same {told}; nothing was changed" in refused.stderr
    assert "--returning" in refused.stderr
    assert empty_club.head() == head
    assert empty_club.json("vault", "status")["replicas"][0]["shares"] == 0

    done = empty_club.run("add", "--set=name=王小明", f"--set={value}", "--returning")
    assert f"warning: a member who was purged had the same {told}" in done.stderr
    assert empty_club.head() != head


def test_a_forecast_is_refused_as_the_add_will_be(empty_club: Club) -> None:
    suppress(empty_club)

    words = ("add", "--set=name=李四", "--set=contact.mobile=13800138001", "-n")

    assert "had the same mobile" in empty_club.run(*words, status=9).stderr
    assert empty_club.run(*words, "--returning").status == 0


def test_a_name_alone_is_nobody(empty_club: Club) -> None:
    suppress(empty_club)

    assert add(empty_club, "name=王小明", "contact.mobile=13800138002").status == 0
    assert add(empty_club, "name=王小明", "birth_date=1990").status == 0


def test_rows_that_return_are_told_by_number_and_nothing_is_taken(empty_club: Club) -> None:
    suppress(empty_club)
    words = sheet(empty_club, "13700000001", "138-0013-8001", "13700000003", "+8613800138001")
    head = empty_club.head()

    for more in ((), ("-n",)):
        refused = empty_club.run(*words, *more, "--format", "json", status=1)
        problems = refused.envelope["problems"]
        assert [(one["line"], one["rule"], one["pointer"]) for one in problems] == [
            (3, "returning", ""),
            (5, "returning", ""),
        ]
        assert "138" not in refused.stdout.replace("members.csv", "")
        assert "138" not in refused.stderr
        assert refused.envelope["error"]["code"] == "import-refused"
    assert empty_club.head() == head
    assert empty_club.json("vault", "status")["replicas"][0]["shares"] == 0


def test_rows_that_return_are_taken_by_who_says_so_and_told_still(empty_club: Club) -> None:
    suppress(empty_club)
    words = sheet(empty_club, "13700000001", "13800138001")

    done = empty_club.run(*words, "--returning", "--format", "json")

    assert (done.data["added"], done.data["returning"]) == (2, [3])
    assert "row 3 seems to be a member who was purged" in done.stderr
    again = empty_club.run(*words, "--format", "json")
    assert (again.data["unchanged"], again.data["returning"]) == (2, []), "they are members now"


def test_after_the_last_day_nobody_is_noticed(empty_club: Club) -> None:
    assert suppress(empty_club) == date(2029, 11, 3)
    words = ("add", "--set=name=李四", "--set=contact.mobile=13800138001")

    last = datetime(2029, 11, 3, 12, tzinfo=UTC)
    assert run(*words, cwd=empty_club.root, now=last).status == 9
    assert run(*words, cwd=empty_club.root, now=last + timedelta(days=1)).status == 0


def test_the_policy_says_how_long_a_return_is_noticed(empty_club: Club) -> None:
    policy = empty_club.root / "policy" / "vault.yaml"
    policy.write_text("format: vault-policy/1\nsuppression_days: 10\n")
    empty_club.commit_by_hand()

    assert suppress(empty_club) == date(2026, 11, 13)


def test_nothing_is_listed_of_whom_nothing_identifies(empty_club: Club) -> None:
    sealed = "enc:m1.internal.1:AAAA"

    assert suppress(empty_club, {"name": "王小明", "contact": {"mobile": sealed}}) is None
    assert not (empty_club.vault / "suppress").exists()


def test_every_replica_notices(
    empty_club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = open_archive(empty_club.root).manifest
    create_vault(tmp_path / "second", archive=manifest.archive, vault_id=manifest.vault)
    monkeypatch.setenv("MEMBERARC_VAULT", f"{empty_club.vault}:{tmp_path / 'second'}")
    suppress(empty_club)

    for place in (empty_club.vault, tmp_path / "second"):
        monkeypatch.setenv("MEMBERARC_VAULT", str(place))
        add(empty_club, "name=李四", "contact.mobile=13800138001", status=9)


def test_a_damaged_list_stops_an_add_rather_than_notice_nobody(empty_club: Club) -> None:
    suppress(empty_club)
    (empty_club.vault / "suppress" / "list.txt").write_text("rubbish\n")

    told = add(empty_club, "name=李四", "contact.mobile=13700000001", status=6)

    assert "the suppression list is damaged" in told.stderr


def test_a_purge_puts_the_member_on_the_list_and_nothing_of_it_into_git(club: Club) -> None:
    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)

    told = add(club, "name=王小明", f"contact.mobile={MOBILE}", status=9)

    assert "a member who was purged had the same mobile" in told.stderr
    hashes = [line[11:] for line in (club.vault / "suppress/list.txt").read_text().splitlines()]
    assert len(hashes) == 3, "number, mobile of the newest version, e-mail; a birth date is unknown"
    history = club.git("log", "--all", "--patch", "--format=%B")
    assert "suppress" not in history
    assert not [one for one in hashes if one in history]
