"""A file that is no record ends no command with a crash, and hides no other member."""

from __future__ import annotations

import pytest

from builders import SHAN, WANG, ZENG, Club
from memberarc.errors import InvalidRecordError
from memberarc.members.catalogue import documents_of
from memberarc.members.shelves import read_record, read_version

PATH = f"members/2026/0000/{SHAN}.yaml"
FLAWS = [
    ("format", "member/9"),
    ("id", "a b"),
    ("id", "7"),
    ("uid", "7"),
    ("uid", "short"),
    ("key", "zz"),
    ("kind", "7"),
    ("opened", "text"),
    ("opened", "true"),
    ("opened", "12"),
    ("status", "7"),
]


def flaw(club: Club, name: str, value: str) -> bytes:
    line = f"{name}: {value}\n" if value else ""
    club.edit(PATH, rf"(?m)^{name}: .*\n", line)
    return club.path(SHAN).read_bytes()


@pytest.mark.parametrize(
    ("name", "value"),
    [*((name, "") for name in ("format", "id", "uid", "key", "kind", "opened", "status")), *FLAWS],
)
def test_a_record_without_its_identity_is_refused_by_name(
    club: Club, name: str, value: str
) -> None:
    content = flaw(club, name, value)

    with pytest.raises(InvalidRecordError) as caught:
        read_record(content, path=PATH)

    assert caught.value.where == PATH
    assert [problem.pointer for problem in caught.value.problems] == [name]


def test_of_an_old_version_only_what_opens_it_is_asked(club: Club) -> None:
    content = flaw(club, "status", "")

    assert read_version(content, path=PATH).code == SHAN


@pytest.mark.parametrize("name", ["uid", "key", "id", "kind", "opened", "status"])
def test_list_and_search_leave_it_out_and_say_so(club: Club, name: str) -> None:
    flaw(club, name, "")
    club.commit_by_hand()

    for words in (("list",), ("search", "status:active or status:applicant"), ("search", "M2026")):
        outcome = club.run(*words)
        assert f"{PATH} is no record; memberarc check tells why" in outcome.stderr
    assert [one["id"] for one in club.json("list")["members"]] == [WANG, ZENG]


@pytest.mark.parametrize("name", ["uid", "key", "id", "kind", "opened", "status"])
def test_no_command_crashes_over_it(club: Club, name: str) -> None:
    flaw(club, name, "")
    club.commit_by_hand()

    for words in (
        ("show", SHAN),
        ("update", SHAN, "--set", "branch=west"),
        ("verify",),
    ):
        outcome = club.run(*words, status=1)
        assert PATH in outcome.stderr + outcome.stdout
    for words in (("log", SHAN), ("diff", "HEAD~1"), ("classify", "--year", "2026")):
        assert club.run(*words, status=None).status in (0, 1)


@pytest.mark.parametrize(
    "entry", [{"id": "abcd"}, {"id": 7, "level": "secret", "epoch": 1, "sha256": "x"}, "abcd"]
)
def test_an_entry_that_binds_no_document_is_refused(entry: object) -> None:
    with pytest.raises(InvalidRecordError):
        documents_of({"id": WANG, "documents": [entry]})  # type: ignore[list-item]


def test_a_catalogue_that_binds_no_document_ends_verify_with_a_finding(club: Club) -> None:
    with club.path(SHAN).open("a", encoding="utf-8") as file:
        file.write("documents:\n  - id: abcd\n")
    club.commit_by_hand()

    club.run("verify", status=1)
    club.run("document", "list", SHAN, status=1)
