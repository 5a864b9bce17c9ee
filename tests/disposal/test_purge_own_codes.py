"""A value that is also a code of the archive stops no purge, but for where somebody wrote it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from builders import Club, add
from memberarc.disposal.needles import Needle
from memberarc.disposal.own_codes import BesidesOwnCodes

CODE, DIGITS = "M2026-000004", "2026000004"
OWN = "codes and paths of the archive"


@pytest.fixture
def named_alike(club: Club) -> str:
    """A member whose number in some register has the digits of his own code."""
    code = add(club, name="李四", registration__number=DIGITS)
    assert code == CODE
    return code


@pytest.mark.parametrize("scan", ["--full", "--quick"])
def test_a_number_that_is_the_code_is_told_and_stops_no_purge(
    club: Club, named_alike: str, scan: str
) -> None:
    told = club.run("purge", CODE, "--reason", "duplicate", "--confirm", CODE, scan)

    assert f"a value of {CODE} also stands in the organisation's own file: {OWN}" in told.stderr
    certificate = club.root / f"tombstones/2026/0000/{CODE}.certificate.yaml"
    assert f'found_in_organisation_files:\n  - "{OWN}"\n' in certificate.read_text()
    assert club.problems("verify") == []


def test_a_number_that_is_another_members_code_stops_no_purge_either(club: Club) -> None:
    first = add(club, name="李四")
    second = add(club, name="王五", registration__number=first.replace("M", "").replace("-", ""))
    club.run("purge", first, "--reason", "duplicate", "--confirm", first)

    told = club.run("purge", second, "--reason", "duplicate", "--confirm", second)

    assert OWN in told.stderr


def list_in_the_work_tree(club: Club) -> None:
    (club.root / "list.txt").write_text(f"called {DIGITS}\n")


def message(club: Club) -> None:
    club.git("commit", "--quiet", "--allow-empty", "--message", "his number: 2026-000004")


def field_of_another_record(club: Club) -> None:
    club.edit("members/2026/0000/M2026-000001.yaml", r"(?<=  mobile: )enc:\S+", f'"{DIGITS}"')
    club.commit_by_hand()


@pytest.mark.parametrize("written", [list_in_the_work_tree, message, field_of_another_record])
def test_what_somebody_wrote_stops_the_purge_as_ever(
    club: Club, named_alike: str, written: Callable[[Club], None]
) -> None:
    written(club)
    before = club.fingerprint()

    told = club.run("purge", CODE, "--reason", "duplicate", "--confirm", CODE, status=1)

    assert "clear-text: holds registration.number" in told.stdout
    assert club.fingerprint() == before


@pytest.mark.parametrize(
    "content",
    [
        b"format: member/1\nid: M2026-000004\nuid: abcdefgh234567ab\n",
        b'id: "M2026-000004"\r\n',
        b"remains_in_clear:\n  code: M2026-000004\n",
        b"tree 0\n\nupdate M2026-000004\n\nMemberarc-Member: M2026-000004\n",
        b"0 1 a <a@example.org> 1 +0000\tmemberarc: add M2026-000004\n",
        b"/home/a/members/2026/0000/M2026-000004.yaml",
        b"100644 M2026-000004.yaml\0" + bytes(20) + b"100644 M2026-000004.certificate.yaml\0",
    ],
)
def test_a_code_where_the_archive_writes_it_is_no_find(content: bytes) -> None:
    finder = BesidesOwnCodes([Needle(field="number", text=DIGITS)])

    assert finder.fields_in(content) == ()
    assert finder.in_codes == {"number"}


@pytest.mark.parametrize(
    "content",
    [
        b"number: M2026-000004\n",
        b"  - M2026-000004\n",
        b"  code: M2026-000004\n",
        b"update M2026-000004\n\n2026 000004\n",
        b"members/2026/0000/M2026-000004.yaml 2026000004",
    ],
)
def test_a_code_elsewhere_is_a_find(content: bytes) -> None:
    finder = BesidesOwnCodes([Needle(field="number", text=DIGITS)])

    assert finder.fields_in(content) == ("number",)


def test_a_value_that_holds_more_than_a_code_is_a_find_wherever_it_stands() -> None:
    finder = BesidesOwnCodes([Needle(field="note", text="update M2026-000004")])

    assert finder.fields_in(b"tree 0\n\nupdate M2026-000004\n") == ("note",)
    assert finder.in_codes == set()
