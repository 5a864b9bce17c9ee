"""A4: names of files, branches and messages of commits tell nothing of a person."""

from __future__ import annotations

from builders import SECRETS, SHAN, WANG, Club
from disposal.attempts import clear_texts, objects


def test_no_object_ref_or_name_of_a_busy_archive_tells_who_a_member_is(club: Club) -> None:
    club.run("update", SHAN, "--set", "contact.email=wang.xiaoming@example.org")
    club.run("classify", "--year", "2026", "--propose")
    club.git("gc", "--quiet")

    for content in objects(club.root):
        assert clear_texts(content, SECRETS) == []
    names = club.git("for-each-ref") + club.git("ls-tree", "-r", "--name-only", "HEAD")
    assert clear_texts(names.encode(), SECRETS) == []


def test_a_name_for_a_code_is_refused_before_anything_is_written(club: Club) -> None:
    before = club.head()

    refused = club.run("add", "--set", "name=李四", "--set", "id=李四", status=None)

    assert refused.status != 0
    assert club.head() == before
    assert "李四" not in club.git("log", "--all", "--format=%B")


def test_the_reason_a_person_writes_is_a_code_and_never_free_text(club: Club) -> None:
    refused = club.run(
        "update", WANG, "--set", "branch=west", "--reason", "王小明 moved", status=None
    )

    assert refused.status == 2
    assert "王小明" not in club.git("log", "--all", "--format=%B")
