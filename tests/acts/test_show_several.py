"""Several members shown by one command: one after another, and who is not there at the end."""

from __future__ import annotations

import csv
import io
import json

from builders import SHAN, WANG, ZENG, Club

NOBODY = "M2026-009999"


def test_several_members_are_shown_one_after_another_under_headings(club: Club) -> None:
    told = club.run("show", SHAN, WANG)

    headings = [line for line in told.stdout.splitlines() if line in (SHAN, WANG)]
    alone = club.run("show", SHAN).stdout
    assert headings == [SHAN, WANG]
    assert told.stdout.startswith(f"{SHAN}\n{alone}\n{WANG}\n")
    assert "王小明" in told.stdout.partition(WANG)[2]


def test_one_member_is_one_object_and_several_are_a_list_of_such(club: Club) -> None:
    one = club.json("show", WANG)
    both = club.json("show", WANG, SHAN)

    assert both == [one, club.json("show", SHAN)]


def test_rows_of_several_members_begin_with_the_code(club: Club) -> None:
    text = club.run("show", WANG, SHAN, "--format", "csv").stdout

    rows = [*csv.DictReader(io.StringIO(text))]
    assert list(rows[0]) == ["id", "field", "value", "level", "label"]
    assert list(dict.fromkeys(row["id"] for row in rows)) == [WANG, SHAN]


def test_a_member_who_is_named_twice_is_shown_once(club: Club) -> None:
    once, both = club.run("show", WANG), club.run("show", WANG, SHAN)

    assert club.run("show", WANG, WANG).stdout == once.stdout
    assert club.run("show", WANG, club.uid(WANG)).stdout == once.stdout
    assert club.run("show", WANG, SHAN, WANG.lower()).stdout == both.stdout
    assert club.run("show", WANG, NOBODY, NOBODY, status=3).stdout.count(NOBODY) == 2


def test_a_missing_member_is_told_at_the_end_and_the_others_are_shown(club: Club) -> None:
    told = club.run("show", WANG, NOBODY, SHAN, status=3)

    assert told.stdout.index(f"{WANG}\n") < told.stdout.index(f"\n{SHAN}\n")
    assert told.stdout.endswith(f"{NOBODY}: member-not-found: no member {NOBODY}\n")
    assert told.stderr.splitlines()[-2:] == [
        f"memberarc: error: no member {NOBODY}",
        "hint: memberarc list shows the codes, memberarc search finds names",
    ]


def test_machines_read_of_a_missing_member_in_the_problems(club: Club) -> None:
    told = club.run("show", WANG, NOBODY, "--format", "json", status=3)

    envelope = json.loads(told.stdout)
    assert [one["record"]["id"] for one in envelope["data"]] == [WANG]
    assert envelope["status"] == "findings"
    assert [(one["path"], one["rule"]) for one in envelope["problems"]] == [
        (NOBODY, "member-not-found")
    ]


def test_a_purged_member_does_not_hide_the_others(club: Club) -> None:
    club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)

    told = club.run("show", ZENG, NOBODY, WANG, status=6)

    assert "王小明" in told.stdout
    assert f"memberarc: error: 2 members cannot be shown: {ZENG}, {NOBODY}\n" in told.stderr


def test_none_of_several_is_the_error_of_the_first(club: Club) -> None:
    told = club.run("show", NOBODY, "M2026-009998", "--format", "json", status=3)

    assert told.envelope["error"]["message"] == f"no member {NOBODY}"
