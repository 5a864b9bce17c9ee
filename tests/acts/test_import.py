"""A sheet of members comes in whole, in part, or not at all; twice it changes nothing."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import xlsxwriter

from acts.colleague import colleague, let_in
from builders import MOBILE, WANG, Club

MAP = """\
format: map/1
target: members
kind: individual
key: registration.number
fields:
  registration.number: {column: 客户号, required: true}
  name: {column: 姓名, required: true}
  sex: {column: 性别, values: {男: male, 女: female}}
  joined: {column: 入会日期, date: "%Y/%m/%d"}
  contact.mobile: {column: 手机}
"""
NUMBER = "identity.number: {column: 性别}"
HEADER = ["客户号", "姓名", "性别", "入会日期", "手机"]
ROWS = [
    ["0001", "李四", "男", "2025/03/05", "13800000001"],
    ["0002", "欧阳娜娜", "女", "2024/12/31", ""],
    ["0003", "单雄信", "男", "", "13800000003"],
]


def text_of(rows: list[list[str]]) -> str:
    return "".join(",".join(row) + "\r\n" for row in [HEADER, *rows])


@pytest.fixture
def bring(club: Club, tmp_path: Path) -> Any:
    """Import rows as CSV by a mapping file, and return what came of it."""
    (tmp_path / "map.yaml").write_text(MAP)

    def run(rows: Any = ROWS, *words: str, status: int = 0, mapping: str = MAP) -> Any:
        sheet = tmp_path / "sheet.csv"
        content = rows if isinstance(rows, bytes) else text_of(rows).encode()
        sheet.write_bytes(content)
        (tmp_path / "map.yaml").write_text(mapping)
        map_ = ("--map", str(tmp_path / "map.yaml"))
        return club.run(
            "import", str(sheet), *map_, *words, "--format", "json", status=status
        ).envelope

    return run


@pytest.fixture
def again(club: Club, tmp_path: Path) -> Any:
    """Import the sheet that was brought once more, as people do it."""
    sheet = ("import", str(tmp_path / "sheet.csv"), "--map", str(tmp_path / "map.yaml"))
    return lambda *words, status=0: club.run(*sheet, *words, status=status)


def counts(envelope: Any) -> tuple[int, ...]:
    return tuple(envelope["data"][key] for key in ("added", "updated", "unchanged", "refused"))


def test_every_row_becomes_a_member_in_one_commit(club: Club, bring: Any) -> None:
    before = club.head()

    told = bring()

    assert counts(told) == (3, 0, 0, 0)
    assert club.git("rev-list", "--count", f"{before}..HEAD").strip() == "1"
    assert told["data"]["commit"] == club.head()
    record = club.json("show", "M2026-000005")["record"]
    assert (record["name"], record["sex"], record["joined"]) == ("欧阳娜娜", "female", "2024-12-31")
    assert "contact" not in record
    assert club.problems("verify") == []


def test_no_value_and_no_file_name_reaches_the_commit(club: Club, bring: Any) -> None:
    bring()

    message = club.git("log", "-1", "--format=%B")
    assert message.startswith("import 3 members\n\nMemberarc-Act: import\nMemberarc-Count: 3\n")
    assert "sheet" not in message
    assert "李四" not in club.git("show")


def test_a_second_run_changes_nothing(club: Club, bring: Any) -> None:
    bring()
    before = club.fingerprint()

    told = bring()

    assert counts(told) == (0, 0, 3, 0)
    assert told["data"]["commit"] is None
    assert club.fingerprint() == before


def test_a_changed_row_changes_its_member_and_an_empty_cell_nothing(club: Club, bring: Any) -> None:
    bring()

    told = bring([["0001", "李四光", "", "", ""], *ROWS[1:]])

    assert counts(told) == (0, 1, 2, 0)
    record = club.json("show", "M2026-000004")["record"]
    assert (record["name"], record["sex"]) == ("李四光", "male")
    assert record["contact"]["mobile"] == "13800000001"
    [changed, _] = club.json("log", "M2026-000004")
    assert [one["field"] for one in changed["changes"]] == ["name"]


def test_a_second_run_tells_which_corrections_it_sets_back_and_how_to_undo_it(
    club: Club, bring: Any, again: Any
) -> None:
    bring()
    club.run("update", "M2026-000004", "--set", "contact.mobile=13911110000")
    table = [
        "id            name  change",
        "------------  ----  ------------------------------------------",
        "M2026-000004  李四  contact.mobile: 13911110000 -> 13800000001",
    ]

    assert again("-n").stdout.splitlines() == table
    told = again()

    assert told.stdout.splitlines() == table
    commit = club.head()[:12]
    advice = [f"next: memberarc diff {commit}~1 {commit}", f"next: git revert --no-edit {commit}"]
    assert told.stderr.splitlines()[-2:] == advice
    club.git(*advice[1].removeprefix("next: git ").split())
    assert club.json("show", "M2026-000004")["record"]["contact"]["mobile"] == "13911110000"
    assert [club.problems(command) for command in ("check", "verify")] == [[], []]


def test_a_run_that_added_members_is_not_told_to_be_reverted(club: Club, bring: Any) -> None:
    assert bring(ROWS[:2])["next"] == []

    told = bring([[*ROWS[0][:4], "13911110000"], *ROWS[1:]])

    assert counts(told) == (1, 1, 1, 0)
    assert [line.split()[0] for line in told["next"]] == ["memberarc"]


def test_a_value_that_stays_sealed_is_not_shown_where_the_sheet_has_another(
    club: Club, bring: Any, again: Any, tmp_path: Path
) -> None:
    papers = MAP.replace("sex: {column: 性别, values: {男: male, 女: female}}", NUMBER)
    bring([["0001", "李四", "110101199001011237", "", ""]], mapping=papers)
    li = colleague(tmp_path, "li")
    let_in(club, li, "--role", "office", "--levels", "internal")
    with li.at_work(club):
        told = bring([["0001", "李四", "110101199001011999", "", ""]], "-n", mapping=papers)
        shown = again("-n").stdout

    [change] = told["data"]["first"][0]["changes"]
    assert (change["closed"], change["before"], change["after"]) == (True, None, None)
    assert shown.endswith("identity.number: (sealed) -> (sealed)\n")


def test_only_the_first_five_of_whom_a_run_changes_are_shown(club: Club, bring: Any) -> None:
    rows = [[f"{n:04}", f"会员{n}", "男", "2025/03/05", ""] for n in range(7)]
    bring(rows)

    told = bring([[*row[:2], "女", *row[3:]] for row in rows], "-n")["data"]

    assert [one["id"] for one in told["first"]] == [f"M2026-{n:06}" for n in range(4, 9)]
    assert [change["after"] for change in told["first"][0]["changes"]] == ["female"]


BAD = [
    ["0011", "王五", "男", "2025/03/05", "1"],
    ["0012", "", "男", "2025/03/05", "2"],
    ["0013", "赵六", "未知", "2025/02/30", "3"],
    ["", "钱七", "男", "2025/03/05", "4"],
    ["0011", "孙八", "男", "2025/03/05", "5"],
    ["0016", "enc:八", "男", "2025/03/05", "6"],
    ["0017", "周九", "男", "2025/03/05", "1" * 41],
]


def test_rows_that_do_not_fit_are_told_by_row_and_column_and_the_others_taken(
    club: Club, bring: Any
) -> None:
    told = bring(BAD, status=1)

    places = [(one["line"], one["column"], one["pointer"]) for one in told["problems"]]
    assert sorted(places) == [
        (3, 2, "姓名"),
        (4, 3, "性别"),
        (4, 4, "入会日期"),
        (5, 1, "客户号"),
        (6, 1, "客户号"),
        (7, 2, "姓名"),
        (8, 5, "手机"),
    ]
    assert told["status"] == "findings"
    assert counts(told) == (1, 0, 0, 6)
    assert [one["name"] for one in club.json("list")["members"]][3:] == ["王五"]


def test_a_problem_repeats_no_cell(club: Club, bring: Any) -> None:
    told = bring(BAD, status=1)

    text = str(told["problems"])
    assert not [
        cell for cell in ("赵六", "孙八", "八", "未知", "2025/02/30", "1" * 41) if cell in text
    ]


def test_people_read_row_and_column_of_a_flaw_and_once_what_is_alike(
    club: Club, bring: Any, again: Any, tmp_path: Path
) -> None:
    untranslated = "none of the values that the mapping translates"
    rows = [[f"{n:04}", "王五", "未知", "2025/03/05", ""] for n in range(3)] + [BAD[1]]
    assert len(bring(rows, "-n", status=1)["problems"]) == 4
    sheet = tmp_path / "sheet.csv"
    lines = [
        f"{sheet}:2:3: cell: row 2, 性别: {untranslated}, and 2 more rows",
        f"{sheet}:5:2: cell: row 5, 姓名: empty, but required",
    ]

    assert again("-n", status=1).stdout.splitlines() == lines
    assert again("--all-or-nothing", status=1).stdout.splitlines() == lines
    assert len(again("-n", "--format", "csv", status=1).stdout.splitlines()) == 5


def test_the_mapping_that_the_help_shows_can_be_used(club: Club, tmp_path: Path) -> None:
    (tmp_path / "members.csv").write_text("会员号,姓名,入会日期\n1,李四,2024年3月5日\n")
    told = club.run("import", str(tmp_path / "members.csv"), status=2).stderr
    assert told.startswith("memberarc: error: missing option '--map'\nhint: ")
    assert "memberarc import --help" in told

    shown = club.run("import", "--help").stdout
    start = shown.index("    format: map/1")
    (tmp_path / "members.map.yaml").write_text(dedent(shown[start:].split("\n\n")[0]) + "\n")
    mapping = ("--map", str(tmp_path / "members.map.yaml"))

    assert club.json("import", str(tmp_path / "members.csv"), *mapping)["added"] == 1


def test_all_or_nothing_takes_none(club: Club, bring: Any) -> None:
    before = club.fingerprint()

    told = bring(BAD, "--all-or-nothing", status=1)

    assert told["error"]["code"] == "import-refused"
    assert told["error"]["message"] == "6 rows do not fit, so none was taken"
    assert len(told["problems"]) == 7
    assert club.fingerprint() == before
    assert counts(bring(BAD[:1], "--all-or-nothing")) == (1, 0, 0, 0)


def test_a_dry_run_tells_the_same_and_changes_nothing(club: Club, bring: Any) -> None:
    before = club.fingerprint()

    dry = bring(BAD, "-n", status=1)
    assert club.fingerprint() == before
    real = bring(BAD, status=1)

    assert counts(dry) == counts(real)
    assert dry["problems"] == real["problems"]


def test_a_month_alone_is_taken_where_the_field_may_hold_one(club: Club, bring: Any) -> None:
    mapping = MAP.replace('date: "%Y/%m/%d"', "date: auto")
    born = mapping.replace("  joined:", "  birth_date:")
    rows = [[*ROWS[0][:3], "2013年9月", ""], [*ROWS[1][:3], "２０２４.3.5", ""]]

    assert counts(bring(rows, mapping=mapping, status=1)) == (1, 0, 0, 1)
    assert counts(bring(rows, mapping=born)) == (1, 1, 0, 0)

    dates = [
        [club.json("show", code)["record"].get(name) for name in ("joined", "birth_date")]
        for code in ("M2026-000004", "M2026-000005")
    ]
    assert sorted(dates, key=str) == [["2024-03-05", "2024-03-05"], [None, "2013-09"]]


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8-sig", "utf-16"])
def test_a_sheet_as_excel_saves_it_is_read(club: Club, bring: Any, encoding: str) -> None:
    assert counts(bring(text_of(ROWS).encode(encoding))) == (3, 0, 0, 0)
    assert club.json("show", "M2026-000005")["record"]["name"] == "欧阳娜娜"


def test_a_workbook_is_read_and_gives_the_same_members(
    club: Club, bring: Any, tmp_path: Path
) -> None:
    with xlsxwriter.Workbook(tmp_path / "sheet.xlsx") as book:
        sheet = book.add_worksheet("会员")
        for number, row in enumerate([HEADER, *ROWS]):
            sheet.write_row(number, 0, row)
    bring()

    told = club.json("import", str(tmp_path / "sheet.xlsx"), "--map", str(tmp_path / "map.yaml"))

    assert (told["added"], told["unchanged"]) == (0, 3)


def test_without_a_key_every_run_adds(club: Club, bring: Any) -> None:
    mapping = MAP.replace("key: registration.number\n", "")

    assert counts(bring(mapping=mapping)) == (3, 0, 0, 0)
    assert counts(bring(mapping=mapping)) == (3, 0, 0, 0)


def test_a_mapping_without_a_key_is_told_to_add_everybody_again(
    club: Club, bring: Any, again: Any
) -> None:
    bring(mapping=MAP.replace("key: registration.number\n", ""))
    assert again("-n").stderr.splitlines()[0] == (
        "memberarc: warning: this mapping has no key: run again, it adds everybody again"
    )

    bring()
    assert "warning" not in again("-n").stderr


def test_new_rows_that_seem_to_be_each_other_or_members_are_told_and_taken(
    club: Club, bring: Any, again: Any
) -> None:
    club.run("search", "王")  # an index lies there now
    rows = [[*ROWS[0][:4], f"+86 {MOBILE}"], ROWS[1], [*ROWS[2][:4], MOBILE]]

    dry = bring(rows, "-n")["data"]
    warnings = [line for line in again("-n").stderr.splitlines() if "warning" in line]
    told = bring(rows)

    assert warnings == [
        f"memberarc: warning: row 2: the same mobile as {WANG}",
        "memberarc: warning: row 4: the same mobile as row 2",
    ]
    assert counts(told) == (3, 0, 0, 0)
    assert told["data"]["alike"] == dry["alike"]
    assert told["data"]["alike"] == [
        {"row": 2, "as": WANG, "same": ["mobile"]},
        {"row": 4, "as": "row 2", "same": ["mobile"]},
    ]
    club.run("search", "王")
    assert bring(rows)["data"]["alike"] == []  # who is there by the key is not new


def test_without_an_index_that_is_up_to_date_nothing_is_said_of_members(
    club: Club, bring: Any
) -> None:
    club.run("search", "王")
    club.run("add", "--set", "name=何")
    before = club.fingerprint()

    assert bring([[*ROWS[0][:4], MOBILE]], "-n")["data"]["alike"] == []
    assert club.fingerprint() == before


def test_a_member_without_the_key_is_left_alone(club: Club, bring: Any) -> None:
    bring()

    assert club.json("show", WANG)["record"]["contact"]["mobile"] == MOBILE
    assert len(club.json("list")["members"]) == 6


def test_a_row_of_a_purged_member_opens_a_new_record(club: Club, bring: Any) -> None:
    bring()
    code, uid = "M2026-000004", club.uid("M2026-000004")
    club.run("purge", code, "--reason", "member_request", "--confirm", code)

    bring(status=1)  # who was purged is noticed
    told = bring(ROWS, "--returning")

    assert counts(told) == (1, 0, 2, 0)
    assert club.uid("M2026-000007") != uid
    assert club.json("show", "M2026-000007")["record"]["name"] == "李四"
    assert club.problems("verify") == []


def test_list_items_of_a_sheet_have_names_so_that_it_can_be_imported_again(
    club: Club, bring: Any
) -> None:
    named = MAP + "  honours[a1b2].title: {column: 手机}\n"
    assert counts(bring(mapping=named)) == (3, 0, 0, 0)
    assert counts(bring(mapping=named)) == (0, 0, 3, 0)
    assert club.json("show", "M2026-000004")["record"]["honours"] == [
        {"id": "a1b2", "title": "13800000001"}
    ]

    told = bring(mapping=MAP + "  notes[+x].text: {column: 手机}\n", status=2)

    assert "must name its list items" in told["error"]["message"]


@pytest.mark.parametrize(
    ("old", "new", "status", "message"),
    [
        ("column: 姓名", "column: 名字", 1, "is called 名字"),
        ("  sex:", "  gender:", 2, "individual records have no field gender"),
        ("  sex:", "  国籍:", 2, "individual records have no field 国籍"),
        ("  sex:", "  姓名:", 2, "name and 姓名 are the same field"),
        ("  sex:", "  uid:", 2, "uid is given by memberarc"),
        ("kind: individual", "kind: person", 1, ""),
        ("format: map/1", "format: map/2", 1, ""),
        ("target: members", "target: ledger", 1, ""),
        ("key: registration.number", "key: contact.email", 1, ""),
        ("fields:", "fields: &a", 1, ""),
    ],
)
def test_a_mapping_that_does_not_fit_takes_nothing(
    club: Club, bring: Any, old: str, new: str, status: int, message: str
) -> None:
    before = club.fingerprint()

    told = bring(mapping=MAP.replace(old, new), status=status)

    assert message in told["error"]["message"]
    assert club.fingerprint() == before


def test_a_roster_with_a_title_above_its_header_is_read_as_the_hint_says(
    club: Club, bring: Any
) -> None:
    roster = ("东区商会会员名册,,,,\r\n" + text_of(ROWS)).encode("gbk")

    assert "`header_row: 2`" in bring(roster, status=1)["error"]["hint"]
    told = bring(roster, mapping=MAP.replace("fields:", "header_row: 2\nfields:"))

    assert counts(told) == (3, 0, 0, 0)


def test_a_mapping_may_name_fields_by_their_labels(club: Club, bring: Any) -> None:
    labelled = MAP
    for path, label in (("registration.number", "登记号码"), ("sex", "性别")):
        labelled = labelled.replace(f"{path}:", f"{label}:").replace(
            f"key: {path}", f"key: {label}"
        )

    assert counts(bring(mapping=labelled)) == (3, 0, 0, 0)
    assert counts(bring()) == (0, 0, 3, 0)


def test_a_confidential_field_may_be_the_key(club: Club, bring: Any) -> None:
    mapping = MAP.replace("key: registration.number", "key: identity.number").replace(
        "  registration.number: {", "  identity.number: {"
    )
    bring(mapping=mapping)
    assert counts(bring(mapping=mapping)) == (0, 0, 3, 0)


@pytest.mark.parametrize(
    ("content", "status"),
    [(b"", 1), (b"PK\x03\x04rubbish", 8), (b"\xd0\xcf\x11\xe0old excel", 8), (b"\xff\xfe\x00", 8)],
)
def test_what_is_no_sheet_is_told(club: Club, bring: Any, content: bytes, status: int) -> None:
    before = club.fingerprint()

    assert bring(content, status=status)["error"]["message"]
    assert club.fingerprint() == before


def test_some_hundred_rows_make_one_commit_and_one_vault_segment(club: Club, bring: Any) -> None:
    rows = [[f"{n:04}", f"会员{n}", "男", "2025/03/05", f"138{n:08}"] for n in range(400)]
    segments = len([*(club.vault / "segments").iterdir()])

    assert counts(bring(rows)) == (400, 0, 0, 0)

    assert len([*(club.vault / "segments").iterdir()]) == segments + 1
    assert counts(bring(rows)) == (0, 0, 400, 0)
    assert club.git("status", "--porcelain") == ""
