"""Reading: one member now or then, all members, and what somebody without keys sees."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from wcwidth import wcswidth

from builders import MOBILE, MOBILE_BEFORE, SECRETS, SHAN, WANG, ZENG, Club, add, git


def dated(club: Club, day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let git believe that what is committed next is committed on a day."""
    monkeypatch.setenv("GIT_COMMITTER_DATE", f"{day}T12:00:00 +0000")
    monkeypatch.setenv("GIT_AUTHOR_DATE", f"{day}T12:00:00 +0000")


@pytest.fixture
def dated_club(empty_club: Club, monkeypatch: pytest.MonkeyPatch) -> Club:
    """A club whose one member was opened in March and moved in June of 2031."""
    for day, words in (
        ("2031-03-01", ("add", "--set=name=王小明", f"--set=contact.mobile={MOBILE_BEFORE}")),
        ("2031-06-15", ("update", WANG, f"--set=contact.mobile={MOBILE}")),
        ("2031-09-01", ("add", "--set=name=单雄信")),
    ):
        dated(empty_club, day, monkeypatch)
        empty_club.run(*words)
    return empty_club


@pytest.mark.parametrize(
    ("at", "mobile"),
    [
        ("2031-03-01", MOBILE_BEFORE),
        ("2031-06-14", MOBILE_BEFORE),
        ("2031-06-15", MOBILE),
        ("2031-12-31", MOBILE),
        ("HEAD", MOBILE),
        ("HEAD~1", MOBILE),
        ("HEAD~2", MOBILE_BEFORE),
        ("main", MOBILE),
    ],
)
def test_a_member_is_shown_as_of_a_day_or_a_revision(
    dated_club: Club, at: str, mobile: str
) -> None:
    assert dated_club.json("show", WANG, "--at", at)["record"]["contact"]["mobile"] == mobile


def test_a_day_ends_where_the_archive_is(dated_club: Club, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2031-10-01T17:00:00 +0000")  # the 2nd in Shanghai
    dated_club.run("update", WANG, f"--set=contact.mobile={MOBILE_BEFORE}")

    shown = [dated_club.json("show", WANG, "--at", f"2031-10-0{day}") for day in (1, 2)]

    mobiles = [one["record"]["contact"]["mobile"] for one in shown]
    assert mobiles == [MOBILE, MOBILE_BEFORE]


def test_the_keys_of_today_open_a_version_of_yesterday(dated_club: Club) -> None:
    old = dated_club.git("rev-parse", "HEAD~2").strip()

    shown = dated_club.json("show", WANG, "--at", old[:10])

    assert shown["commit"] == old
    assert shown["closed"] == []


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ((WANG, "--at", "1999-12-31"), 3),
        ((SHAN, "--at", "2031-06-15"), 3),
        ((WANG, "--at", "2031-02-30"), 2),
        ((WANG, "--at", "2031-6-1"), 3),
        ((WANG, "--at", "nowhere"), 3),
        ((WANG, "--at", "-n"), 3),
        ((WANG, "--at", ""), 3),
        (("M2026-000099",), 3),
        (("王小明",), 3),
        (("",), 3),
        (("../../memberarc",), 3),
        (("aaaaaaaaaaaaaaaa",), 3),
    ],
)
def test_who_or_when_is_not_known_is_told(
    dated_club: Club, words: tuple[str, ...], status: int
) -> None:
    told = dated_club.run("show", *words, status=status)

    assert told.stdout == ""
    assert re.match(r"memberarc: error: .+\n", told.stderr)


def test_a_table_of_chinese_names_lines_up(club: Club) -> None:
    add(club, name="欧阳娜娜", joined="2026-01-01")
    add(club, name="Ann Lee 안", joined="2026-01-02")
    add(club, name="👩\u200d👩\u200d👧 é e\u0301", joined="2026-01-03")

    lines = club.run("list").stdout.splitlines()

    places = {wcswidth(line[: line.index("active")]) for line in lines if " active " in line}
    assert len(places) == 1
    header = lines[0]
    assert wcswidth(header[: header.index("status")]) == places.pop()
    rows = [line for line in lines if "202" in line and not line.startswith("-")]
    assert {
        wcswidth(line[: line.rindex("20")]) for line in rows if line.rstrip()[-10:-6] in line
    } >= {wcswidth(header[: header.index("joined")])}


def test_the_labels_of_a_record_line_up_behind_values_of_any_width(club: Club) -> None:
    lines = club.run("show", WANG).stdout.splitlines()

    level = lines[0].index("level")
    starts = {
        wcswidth(found[0])
        for line in lines[2:]
        if (found := re.match(r".*  (?=(open|internal|confidential)  )", line))
    }
    assert starts == {level}


def test_every_format_gives_the_same_members(club: Club) -> None:
    members = [(one["id"], one["name"]) for one in club.json("list")["members"]]
    rows = [*csv.DictReader(io.StringIO(club.run("list", "--format", "csv").stdout))]
    tabs = [
        *csv.DictReader(io.StringIO(club.run("list", "--format", "tsv").stdout), delimiter="\t")
    ]
    lines = [json.loads(line) for line in club.run("list", "--format", "jsonl").stdout.splitlines()]

    assert members == [(WANG, "王小明"), (SHAN, "单雄信"), (ZENG, "曾国强")]
    for records in (rows, tabs, lines):
        assert [(one["id"], one["name"]) for one in records] == members
    assert f"| {WANG} | 王小明 |" in club.run("list", "--format", "md").stdout.replace("\\-", "-")
    assert "name: 王小明" in club.run("list", "--format", "yaml").stdout.replace('"', "")


def test_list_takes_conditions(club: Club) -> None:
    club.run("update", SHAN, "--set", "categories.value=A")

    assert [one["id"] for one in club.json("list", "--where", "category:A")["members"]] == [SHAN]
    assert [one["id"] for one in club.json("list", "--where", "status:applicant")["members"]] == [
        ZENG
    ]
    assert club.json("list", "--where", "category:A status:left")["members"] == []
    club.run("list", "--where", "nonsense:1", status=2)


def test_an_archive_without_members_is_no_error(empty_club: Club) -> None:
    told = empty_club.run("list", "--format", "json")

    assert told.data == {"members": [], "query": "", "found": 0, "searched": 0}


@pytest.fixture
def without_keys(club: Club) -> Club:
    """The same club, for somebody who has neither an identity nor the vault."""
    club.identity.unlink()
    club.vault.rename(club.vault.with_name("elsewhere"))
    return club


@pytest.mark.parametrize(
    "words",
    [
        ("show", WANG),
        ("show", WANG, "--at", "HEAD~2"),
        ("list",),
        ("search", "status:active"),
        ("log",),
        ("log", WANG),
        ("diff", "HEAD~3", "HEAD"),
        ("document", "list", WANG),
        ("status",),
        ("check",),
        ("key", "list"),
        ("ledger", "show", WANG),
    ],
)
def test_without_keys_the_shape_shows_and_no_value(
    without_keys: Club, words: tuple[str, ...]
) -> None:
    told = [without_keys.run(*words, *form) for form in ((), ("--format", "json"))]

    assert not [
        one for one in SECRETS for outcome in told if one in outcome.stdout + outcome.stderr
    ]
    assert told[0].stdout + told[0].stderr


def test_without_keys_a_name_is_said_to_be_sealed_and_why(without_keys: Club) -> None:
    told = without_keys.run("list")

    assert told.stdout.count("(sealed)") == 3 + 2  # every name, and the day two of them joined
    assert "memberarc: warning: values stay sealed: there is no identity file\n" in told.stderr
    assert [one["name"] for one in without_keys.json("list")["members"]] == [None, None, None]


@pytest.mark.parametrize(
    "words",
    [
        ("add", "--set", "name=x"),
        ("update", WANG, "--set", "status=left"),
        ("edit", WANG),
        ("document", "get", WANG, "abcd", "-o", "../scan.pdf"),
        ("purge", WANG, "--reason", "duplicate", "--confirm", WANG),
    ],
)
def test_without_keys_writing_is_refused_and_changes_nothing(
    without_keys: Club, words: tuple[str, ...]
) -> None:
    before = without_keys.fingerprint()

    told = without_keys.run(*words, status=6)

    assert "there is no identity file" in told.stderr
    assert without_keys.fingerprint() == before


@pytest.mark.parametrize("place", ["linked work tree", "bare clone", "mirror", "subfolder"])
@pytest.mark.parametrize(
    "words",
    [
        ("show", WANG),
        ("show", WANG, "--at", "HEAD~2"),
        ("list",),
        ("search", "wxm"),
        ("log", WANG),
        ("diff", "HEAD~1", "HEAD"),
        ("document", "list", WANG),
        ("classify", "--year", "2026"),
        ("ledger", "show", WANG),
        ("check",),
        ("verify",),
        ("key", "list"),
        ("vault", "status"),
        ("status",),
        ("doctor",),
    ],
)
def test_reads_are_served_wherever_git_serves_them(
    club: Club, place: str, words: tuple[str, ...]
) -> None:
    root = club.root.parent / "other"
    if place == "linked work tree":
        club.git("worktree", "add", "--quiet", "-b", "other", str(root))
    elif place == "subfolder":
        root = club.root / "members" / "2026"
    else:
        option = f"--{place.split(maxsplit=1)[0]}"
        git(club.root, "clone", "--quiet", option, str(club.root), str(root))
    elsewhere = Club(root=root, home=club.home, archive=club.archive)

    here, there = (one.run(*words, "--format", "json").data for one in (club, elsewhere))

    if words == ("status",):
        here, there = ({**one, "branch": ""} for one in (here, there))
    if words == ("doctor",):
        here, there = ({one["verdict"] for one in each["findings"]} for each in (here, there))
    if words == ("check",):
        here, there = here["problems"], there["problems"]
    assert there == here


def test_a_bare_clone_can_be_written_too(club: Club) -> None:
    bare = club.clone(club.root.parent / "bare.git", "--bare")

    code = bare.run("add", "--set", "name=赵六").stdout.strip()
    bare.run("update", WANG, "--set", "status=left")

    assert bare.json("show", code)["record"]["name"] == "赵六"
    assert bare.json("show", WANG)["record"]["status"] == "left"
    assert bare.problems("verify") == []


@pytest.mark.parametrize("words", [("encrypt",), ("diff",), ("check", "members")])
def test_a_bare_clone_has_no_files_to_look_at(club: Club, words: tuple[str, ...]) -> None:
    bare = club.clone(club.root.parent / "bare.git", "--bare")

    told = bare.run(*words, status=None)

    assert told.status in (0, 5), told
    if told.status == 5:
        assert "this is a bare clone" in told.stderr


def test_status_names_what_is_edited_but_not_what_was_only_touched(club: Club) -> None:
    club.path(SHAN).touch()
    assert club.json("status")["uncommitted"] == []

    club.edit(f"members/2026/0000/{ZENG}.yaml", "status: applicant", "status: active")
    (club.root / "notes.txt").write_text("x")

    status = club.json("status")
    assert status["uncommitted"] == [f"members/2026/0000/{ZENG}.yaml", "notes.txt"]
    assert (status["members"], status["tombstones"], status["documents"]) == (3, 0, 1)
    assert status["commit"] == club.head()


def test_outside_an_archive_every_command_says_so(club: Club) -> None:
    elsewhere = Club(root=club.root.parent, home=club.home)
    repository = club.root.parent / "plain"
    git(club.root.parent, "init", "--quiet", str(repository))

    for words in (("list",), ("check",), ("verify",), ("add", "--set", "name=x"), ("status",)):
        assert "memberarc init DIR starts one" in elsewhere.run(*words, status=5).stderr
        assert "memberarc.yaml" in elsewhere.run("-C", "plain", *words, status=5).stderr


def test_the_directory_option_may_stand_before_and_behind_the_command(club: Club) -> None:
    above = Club(root=club.root.parent, home=club.home)

    for words in (("-C", "club", "list"), ("list", "-C", "club"), ("list", "--directory=club")):
        assert len(above.json(*words)["members"]) == 3


def test_labels_stand_in_the_language_of_the_archive_first(club: Club) -> None:
    chinese = club.run("show", WANG).stdout
    club.edit("memberarc.yaml", r"languages:\n  - zh\n  - en", "languages:\n  - en\n  - zh")
    club.commit_by_hand()

    english = club.run("show", WANG).stdout

    assert re.search(r"^name +王小明 +internal +姓名 name$", chinese, re.MULTILINE)
    assert re.search(r"^name +王小明 +internal +name 姓名$", english, re.MULTILINE)


@pytest.mark.parametrize("at", ["2031年6月14日", "２０３１年06月14日"])
def test_a_day_may_be_written_as_in_chinese(dated_club: Club, at: str) -> None:
    shown = dated_club.json("show", WANG, "--at", at)

    assert shown["record"]["contact"]["mobile"] == MOBILE_BEFORE


@pytest.mark.parametrize("at", ["2031年", "2031年6月", "2031年2月30日"])
def test_what_is_no_day_is_told_how_days_are_written(dated_club: Club, at: str) -> None:
    told = dated_club.run("show", WANG, "--at", at, status=2)

    assert "--at 2026-06-30" in told.stderr


@pytest.mark.parametrize(
    "words", [("show",), ("log",), ("classify", "--year", "2026", "--explain")]
)
def test_a_name_in_place_of_a_code_is_told_what_finds_names(
    club: Club, words: tuple[str, ...]
) -> None:
    assert "memberarc search finds names" in club.run(*words, "王小明", status=3).stderr
