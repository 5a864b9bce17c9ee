"""A sheet of members comes in whole, in part, or not at all; twice it changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

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
