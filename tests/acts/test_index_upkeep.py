"""An index that was brought up to date holds what one made from nothing holds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from acts.index_tables import tables, upkeep
from builders import SHAN, WANG, ZENG, Club, add
from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.archive.opened import open_archive


def brought_up_to_date_and_rebuilt(club: Club) -> tuple[dict[str, object], dict[str, object]]:
    before = upkeep(club).place.path
    assert before is not None
    assert before.exists()
    number = before.stat().st_ino
    current = tables(club)
    assert before.stat().st_ino == number, "it was made anew"
    club.run("index", "rebuild")
    return current, tables(club)


def a_member_more(club: Club) -> None:
    add(club, name="乐 O'Néill", contact__mobile="+86 138-0013-8009", joined="2020-01-01")


def a_changed_member(club: Club) -> None:
    club.run("update", WANG, "--set", "name=长孙无忌", "--unset", "contact.mobile")


def a_deleted_file(club: Club) -> None:
    club.git("rm", "--quiet", str(club.path(SHAN)))
    club.commit_by_hand()


def a_file_of_another_name(club: Club) -> None:
    club.git("mv", str(club.path(SHAN)), str(club.path("M2026-000777")))
    club.commit_by_hand()


def a_flawed_record(club: Club) -> None:
    club.edit(str(club.path(ZENG).relative_to(club.root)), "^(?s:.)", "\t#")
    club.commit_by_hand()


def a_record_flawed_and_sound_again(club: Club) -> None:
    content = club.path(ZENG).read_bytes()
    a_flawed_record(club)
    tables(club)
    club.path(ZENG).write_bytes(content)
    club.commit_by_hand()


def a_value_of_another_record(club: Club) -> None:
    lines = [one for one in club.text(SHAN).splitlines() if one.strip().startswith("mobile:")]
    text = club.text(WANG)
    mobile = next(one for one in text.splitlines() if one.strip().startswith("mobile:"))
    club.path(WANG).write_text(text.replace(mobile, lines[0]), encoding="utf-8")
    club.commit_by_hand()


def another_branch(club: Club) -> None:
    club.git("checkout", "--quiet", "-b", "other", "HEAD~2")
    a_member_more(club)
    tables(club)
    club.git("checkout", "--quiet", "main")
    tables(club)
    club.git("checkout", "--quiet", "other")


def a_history_that_is_gone(club: Club) -> None:
    club.git("checkout", "--quiet", "--orphan", "fresh")
    club.git("rm", "--quiet", "--cached", str(club.path(SHAN)))
    club.git("commit", "--quiet", "--message", "fresh")
    club.git("checkout", "--quiet", "--force", "fresh")
    club.git("branch", "-D", "main")
    club.git("branch", "-m", "main")
    club.git("reflog", "expire", "--expire=now", "--all")
    club.git("gc", "--quiet", "--prune=now")


def a_link_in_place_of_a_record(club: Club) -> None:
    club.path(ZENG).unlink()
    club.path(ZENG).symlink_to(club.path(WANG).name)
    club.commit_by_hand()


def a_submodule_in_place_of_a_record(club: Club) -> None:
    path = str(club.path(ZENG).relative_to(club.root))
    club.git("rm", "--quiet", "--cached", path)
    club.git("update-index", "--add", "--cacheinfo", f"160000,{club.head()},{path}")
    club.git("commit", "--quiet", "--message", "a submodule")


def a_share_lost_and_found(club: Club) -> None:
    """A segment is away while the index is made, and comes back."""
    away = [path.rename(club.home / path.name) for path in (club.vault / "segments").iterdir()]
    club.run("index", "rebuild")
    assert unreadable(club) == 3
    for path in away:
        path.rename(club.vault / "segments" / path.name)


def a_shard_lost_and_found(club: Club) -> None:
    """The shards are away while the index is made, and come back."""
    for vault in open_replicas(open_archive(club.root), club.caller()):
        vault.compact()
    away = [path.rename(club.home / path.name) for path in (club.vault / "shards").iterdir()]
    club.run("index", "rebuild")
    assert unreadable(club) == 3
    for path in away:
        path.rename(club.vault / "shards" / path.name)


def unreadable(club: Club) -> int:
    found: int = club.json("index", "status")["unreadable"]
    return found


CHANGES: list[Callable[[Club], None]] = [
    a_member_more,
    a_changed_member,
    a_deleted_file,
    a_file_of_another_name,
    a_flawed_record,
    a_record_flawed_and_sound_again,
    a_value_of_another_record,
    another_branch,
    a_history_that_is_gone,
    a_link_in_place_of_a_record,
    a_submodule_in_place_of_a_record,
    a_share_lost_and_found,
    a_shard_lost_and_found,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda one: one.__name__.replace("_", " "))
def test_it_holds_what_a_new_one_holds_after(club: Club, change: Callable[[Club], None]) -> None:
    tables(club)

    change(club)

    current, rebuilt = brought_up_to_date_and_rebuilt(club)
    assert current == rebuilt


def test_changes_one_after_the_other_leave_what_a_new_one_holds(club: Club) -> None:
    tables(club)
    for change in (a_member_more, a_flawed_record, another_branch, a_changed_member):
        change(club)
        current, rebuilt = brought_up_to_date_and_rebuilt(club)
        assert current == rebuilt


def test_another_schema_makes_another_index(club: Club) -> None:
    tables(club)
    club.edit("schemas/individual.schema.json", '"en": "mobile"', '"en": "pocket telephone"')
    club.commit_by_hand()

    assert club.json("search", "pocket_telephone:*", "--count")["found"] == 3


def test_the_newest_commit_decides_and_not_the_work_tree(club: Club) -> None:
    club.run("search", "王小明")
    club.path(WANG).write_text("no record", encoding="utf-8")

    assert club.json("search", "王小明", "--count")["found"] == 1
