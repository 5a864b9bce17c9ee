"""Members are found by what people remember of them."""

from __future__ import annotations

import re

import pytest

from builders import MOBILE, SHAN, WANG, ZENG, Club, add

MEMBERS: dict[str, dict[str, str]] = {
    "wang": {
        "name": "王小明",
        "contact__mobile": "13800138000",
        "joined": "2025-03-15",
        "categories__value": "A",
        "contact__address": "No. 5 Lane 200, 上海",
    },
    "shan": {"name": "单雄信", "contact__mobile": "+86 137 0013 7002", "joined": "2025-06-30"},
    "zeng": {"name": "曾国强", "status": "left", "joined": "2024-12-31", "birth_date": "1985-07"},
    "xie": {"name": "解晓东", "status": "applicant", "identity__number": "110101199001011237"},
    "qiu": {"name": "仇英", "categories__value": "B", "other_names": "仇十洲"},
    "ou": {"name": "区小红", "contact__email": "Ou.Xiaohong@Example.org"},
    "lane": {"name": "ＬＡＮＥ Straße", "notes__text": ""},
    "nan": {"name": "Nan", "joined": "2026-01-01"},
}


@pytest.fixture
def found(empty_club: Club) -> object:
    """Search the archive of all these members; return their short names."""
    codes = {}
    for short, values in MEMBERS.items():
        codes[add(empty_club, **{key: text for key, text in values.items() if text})] = short
    employer = ("--kind", "organisation", "--set", "name=小明公司", "--set", "contact.person=李四")
    codes[empty_club.run("add", *employer).stdout.strip()] = "firm"
    empty_club.run("update", next(iter(codes)), "--set", "dues[+].amount=1200.00")

    def search(*words: str) -> list[str]:
        told = empty_club.run("search", "--format", "json", "--", *words)
        return [codes[one["id"]] for one in told.data["members"]]

    search.club = empty_club  # type: ignore[attr-defined]
    return search


EVERYBODY = [*MEMBERS, "firm"]

QUERIES: list[tuple[str, list[str]]] = [
    ("王小明", ["wang"]),
    ("小明", ["firm", "wang"]),
    ("明", ["wang", "firm"]),
    ("wangxiaoming", ["wang"]),
    ("xiaoming", ["wang", "firm"]),
    ("wxm", ["wang"]),
    ("WXM", ["wang"]),
    ("shanxiongxin", ["shan"]),
    ("danxiongxin", ["shan"]),
    ("zgq", ["zeng"]),
    ("xiexiaodong", ["xie"]),
    ("qiuying", ["qiu"]),
    ("qiushizhou", ["qiu"]),
    ("ouxiaohong", ["ou"]),
    ("name:qy", ["qiu"]),
    ("lisi", ["firm"]),
    ("8000", ["wang"]),
    ("138 0013 8000", ["wang"]),
    ('"138 0013 8000"', ["wang"]),
    ("138-0013-8000", ["wang"]),
    ("13700137002", ["shan"]),
    ("0013", ["wang", "shan"]),
    ("mobile:7002", ["shan"]),
    ("contact.mobile:7002", ["shan"]),
    ("contact:7002", ["shan"]),
    ("199001011", ["xie"]),
    ("identity.number=110101199001011237", ["xie"]),
    ("identity.number=11010119900101123", []),
    ("category:A", ["wang"]),
    ("category:a", ["wang"]),
    ("categories.value=B", ["qiu"]),
    ("status:left", ["zeng"]),
    ("-status:active", ["zeng", "xie"]),
    ("status:active -category:A -category:B", ["shan", "ou", "lane", "nan", "firm"]),
    ("kind:organisation", ["firm"]),
    ("joined:2025", ["wang", "shan"]),
    ("joined:2025-03", ["wang"]),
    ("joined:2025-03..2025-06", ["wang", "shan"]),
    ("joined:2025-03..2025-05", ["wang"]),
    ("joined:..2024", ["zeng"]),
    ("joined:2025-06-30..", ["shan", "nan"]),
    ("joined>=2025-06-30", ["shan", "nan"]),
    ("joined>2025", ["nan"]),
    ("joined<2025", ["zeng"]),
    ("joined<=2025", ["wang", "shan", "zeng"]),
    ("joined=2025-03-15", ["wang"]),
    ("joined=2025-03", []),
    ("birth_date<1990", ["zeng"]),
    ("amount>=1200", ["wang"]),
    ("amount>1200", []),
    ("amount<1300.5", ["wang"]),
    ('"No. 5 Lane"', ["wang"]),
    ('"no. 5 lane"', ["wang"]),
    ("lane", ["lane", "wang"]),
    ("strasse", ["lane"]),
    ("ＳＴＲＡＳＳＥ", ["lane"]),
    ("email:ou.xiaohong", ["ou"]),
    ("name>nan", ["wang", "shan", "zeng", "xie", "qiu", "ou", "firm"]),
    ("name>=5", EVERYBODY),
    ("小明 -kind:organisation", ["wang"]),
    ("小明 category:A 8000", ["wang"]),
    ("手机:7002", ["shan"]),
    ("类别：Ａ", ["wang"]),
    ("status:(left,applicant)", ["zeng", "xie"]),
    ("status：left，applicant", ["zeng", "xie"]),
    ("category:* -category:A", ["qiu"]),
    ("name:王* OR name:单*", ["wang", "shan"]),
    ("(wxm OR zgq) -status:left", ["wang"]),
    ("+8613700137002", ["shan"]),
    ("0086 137 0013 7002", ["shan"]),
    ("(+86)137-0013-7002", ["shan"]),
    ("+86 138 0013 8000", ["wang"]),
    ('"王　小明"', ["wang"]),
    ("王·小明", ["wang"]),
    ("ou.xiaohnog", []),
    ("lame", ["lane"]),
    ("nothing of the kind", []),
    (".*", []),
    ("[", []),
    ("%", []),
]


def test_every_query_finds_whom_it_should(found: object) -> None:
    assert callable(found)

    told = {query: found(query) for query, _ in QUERIES}

    assert told == dict(QUERIES)


def test_words_may_come_as_one_argument_or_several(found: object) -> None:
    assert callable(found)

    assert found("小明", "category:A") == found("小明 category:A") == ["wang"]
    assert found('"No. 5 Lane"', "joined>=2020") == ["wang"]
    assert found("-status:active", "birth_date:1985") == ["zeng"]


def test_the_answer_tells_by_which_fields(found: object) -> None:
    club: Club = found.club  # type: ignore[attr-defined]

    [wang] = club.json("search", "0013 wxm category:A 138")["members"]

    assert wang["matched"] == ["contact.mobile", "name", "categories.value"]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("nickname:x", "no record has a field nickname"),
        ("mobile.x:1", "no record has a field mobile.x"),
        ("name:", "a value is missing after the operator"),
        ('"', "a quotation mark is not closed"),
        ("joined>= 2020", "a value is missing after the operator"),
        ("joined >= 2020", "no field stands before the operator >="),
        ("joined>soon", "soon is no date"),
        ("status:actve", "status is never actve"),
    ],
)
def test_a_query_that_cannot_be_read_is_told(club: Club, query: str, message: str) -> None:
    told = club.run("search", query, "--format", "json", status=2)

    assert told.envelope["error"]["code"] == "query-syntax"
    assert message in told.envelope["error"]["message"]
    assert club.run("list", "--where", query, status=2).stderr.count(message) == 1


@pytest.mark.parametrize("words", [("search",), ("segment", "save", "x")])
def test_a_query_taken_for_an_option_is_told_where_it_stands(
    club: Club, words: tuple[str, ...]
) -> None:
    told = club.run(*words, "-手机:*", status=2)

    assert "hint: a query that begins with - stands behind --, or in parentheses" in told.stderr
    assert "parentheses" not in club.run(*words, "--nobody", status=2).stderr
    assert "parentheses" not in club.run("list", "-x", status=2).stderr
    club.run("search", "--", "-手机:*")


def test_an_option_behind_the_two_minus_signs_is_no_word(club: Club) -> None:
    told = club.run("search", "--", "-status:left", "--count", status=2)

    assert "no word begins with two minus signs" in told.stderr
    assert "hint: options stand before --" in told.stderr


def test_a_label_of_one_kind_of_record_finds_shows_and_sorts_all(empty_club: Club) -> None:
    person = add(empty_club, name="张三")
    words = ("--kind", "organisation", "--set", "name=阿里公司")
    words += ("--set", "legal_representative.name=王五")
    firm = empty_club.run("add", *words).stdout.strip()

    for label in ("姓名", "单位名称"):
        told = empty_club.json("list", "--columns", f"id,{label}", "--sort", label)["members"]
        assert [(one["id"], one[label]) for one in told] == [(firm, "阿里公司"), (person, "张三")]
        assert empty_club.json("list", "--where", f"{label}:阿里")["found"] == 1
        assert empty_club.json("list", "--where", f"{label}:王五")["found"] == 0


def test_finding_nobody_is_no_failure(club: Club) -> None:
    told = club.run("search", "nobody at all")

    assert told.stdout == ""
    assert told.stderr == "0 of 3 members\n"


def test_closed_values_are_not_found_and_not_guessed(club: Club) -> None:
    club.identity.unlink()

    assert club.json("search", "王小明")["members"] == []
    assert club.json("search", "enc")["members"] == []
    assert len(club.json("search", "status:active")["members"]) == 2


def test_what_was_asked_for_and_is_sealed_for_the_reader_is_told(club: Club) -> None:
    club.identity.unlink()

    assert club.json("search", "(-name:*)")["members"] == []
    assert len(club.json("search", "name:*")["members"]) == 3
    told = club.run("search", "(-name:王) OR name=单")
    assert len(told.stdout.splitlines()) == 2 + 3
    assert "name is sealed for you in 3 members; what it holds was not looked at" in told.stderr
    assert "sealed for you" not in club.run("search", "status:left 王").stderr
    lacking = club.run("search", "(-13700137001)").stderr
    assert "a field that -13700137001 looks into is sealed for you in 3 members" in lacking


def test_no_limit_is_too_high(club: Club) -> None:
    assert len(club.json("list", "--limit", str(10**30))["members"]) == 3


def test_a_member_whose_share_is_missing_is_counted_and_told(club: Club) -> None:
    segment = min((club.vault / "segments").iterdir())
    segment.unlink()

    told = club.run("search", "status:active", "--format", "json")

    assert told.data["found"] == 2
    assert "1 record could not be opened" in told.stderr


def test_the_place_of_a_fault_is_pointed_at_below_wide_characters(club: Club) -> None:
    told = club.run("search", "王小明 手机：", status=2)

    assert told.stderr.splitlines()[1:3] == ["  at 王小明 手机：", " " * 18 + "^"]
    error = club.run("search", "王小明 手机：", "--format", "json", status=2).envelope["error"]
    assert error["where"] == ""
    assert "at character 8" in error["message"]


def test_a_name_that_is_not_known_is_answered_with_one_that_is_like_it(club: Club) -> None:
    told = club.run("search", "x mobil:138", status=2)

    assert "error: no record has a field mobil\n  at x mobil:138\n       ^\n" in told.stderr
    assert "hint: did you mean mobile" in told.stderr


def test_columns_are_those_asked_for_headed_by_their_labels(club: Club) -> None:
    told = club.run("list", "--columns", "id,手机,honours.title,category", "--where", "王小明")

    assert re.split("  +", told.stdout.splitlines()[0]) == [
        *("reference code", "手机", "title", "value category")
    ]
    assert f"{WANG}    {MOBILE}  抗洪救灾先进个人" in told.stdout
    csv = club.run("list", "--columns", "id，手机", "--format", "csv").stdout
    assert csv.splitlines() == [
        "id,手机", f"{WANG},{MOBILE}", f"{SHAN},13700137002", f"{ZENG},13600136003"
    ]  # fmt: skip


def test_several_values_of_a_column_are_a_list_for_machines(club: Club) -> None:
    club.run("update", WANG, "--set", "dues[+a].amount=10.00", "--set", "dues[+b].amount=9.50")

    [wang] = club.json("search", "wxm", "--columns", "dues.amount,branch,sex")["members"]

    assert wang["dues.amount"] == ["10.00", "9.50"]
    assert (wang["branch"], wang["sex"]) == ("east", "male")
    assert (wang["id"], wang["kind"], wang["closed"]) == (WANG, "individual", [])
    assert "10.00; 9.50" in club.run("search", "wxm", "--columns", "dues.amount").stdout


def test_what_is_sealed_for_the_reader_is_said_to_be_and_what_is_missing_is_not(
    club: Club,
) -> None:
    club.identity.unlink()

    told = club.run("list", "--columns", "id,name,sex,branch")

    assert told.stdout.splitlines()[2].split() == [WANG, "(sealed)", "(sealed)", "east"]
    assert told.stdout.splitlines()[3].split() == [SHAN, "(sealed)"]
    wang, *_ = club.json("list", "--columns", "name,branch")["members"]
    assert (wang["name"], wang["branch"], wang["closed"]) == (None, "east", ["name"])


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", [WANG, SHAN, ZENG]),
        ("joined", [SHAN, WANG, ZENG]),
        ("-joined", [WANG, SHAN, ZENG]),
        ("name", [SHAN, WANG, ZENG]),
        ("-name", [ZENG, WANG, SHAN]),
        ("-id", [ZENG, SHAN, WANG]),
        ("status,-id", [SHAN, WANG, ZENG]),
        ("-status,id", [ZENG, WANG, SHAN]),
        ("手机", [ZENG, SHAN, WANG]),
        ("branch,-id", [WANG, ZENG, SHAN]),
    ],
)
def test_a_list_stands_in_the_order_asked_for(club: Club, sort: str, order: list[str]) -> None:
    told = club.json("list", *(("--sort", sort) if sort else ()))

    assert [one["id"] for one in told["members"]] == order


def test_numbers_are_sorted_by_size_and_the_largest_of_several_counts_downward(
    empty_club: Club,
) -> None:
    first = add(empty_club, name="甲")
    second = add(empty_club, name="乙")
    empty_club.run("update", first, "--set", "dues[+a].amount=9", "--set", "dues[+b].amount=100")
    empty_club.run("update", second, "--set", "dues[+].amount=20")

    upward = empty_club.json("list", "--sort", "amount")["members"]
    downward = empty_club.json("list", "--sort", "-amount")["members"]

    assert [one["id"] for one in upward] == [first, second]
    assert [one["id"] for one in downward] == [first, second]


def test_only_so_many_are_shown_and_the_others_are_counted(club: Club) -> None:
    told = club.run("list", "--limit", "1")

    assert told.stdout.splitlines()[2].startswith(WANG)
    assert len(told.stdout.splitlines()) == 3
    assert told.stderr == "3 of 3 members\n2 more are not shown; --limit 0 shows all\n"
    assert club.json("list", "--limit", "1")["found"] == 3
    assert len(club.json("list", "--limit", "0")["members"]) == 3


def test_a_number_alone_or_codes_alone_are_for_scripts(club: Club) -> None:
    assert club.run("list", "--count").stdout == "3\n"
    assert club.json("search", "status:active", "--count") == {
        "query": "status:active",
        "found": 2,
        "searched": 3,
    }
    assert club.run("search", "status:active", "--ids").stdout == f"{WANG}\n{SHAN}\n"
    assert club.run("search", "nobody", "--ids").stdout == ""
    assert club.run("search", "nobody", "--count").stdout == "0\n"
    club.run("list", "--count", "--ids", status=2)


@pytest.mark.parametrize("words", [("list",), ("list", "--sort", "-id"), ("search", "小明")])
def test_the_same_members_stand_in_every_form(club: Club, words: tuple[str, ...]) -> None:
    members = club.json(*words)["members"]
    rows = club.run(*words, "--format", "tsv").stdout.splitlines()
    table = club.run(*words).stdout.splitlines()[2:]

    assert [row.split("\t")[:2] for row in rows[1:]] == [
        [one["id"], one["name"]] for one in members
    ]
    assert [line.split()[:2] for line in table] == [[one["id"], one["name"]] for one in members]
    assert all(one["matched"] == (["name"] if "search" in words else []) for one in members)


def test_edits_among_those_who_are_counted_are_told(club: Club) -> None:
    path = next(club.root.glob(f"members/**/{WANG}.yaml"))
    path.write_text(path.read_text().replace("branch: east", "branch: west"))

    told = club.run("list", "--count", "--where", "branch:east")

    assert told.stdout == "1\n"
    assert f"edited, and found here as committed: {WANG}" in told.stderr


def test_a_script_may_ask_by_the_exit_status(club: Club) -> None:
    club.run("search", "wxm", "--exit-code", status=0)
    club.run("search", "nobody", "--exit-code", status=1)
    club.run("list", "--where", "status:left", "--exit-code", "--count", status=1)


def test_the_query_is_told_as_it_is_understood(club: Club) -> None:
    told = club.run("search", "（王小明　或　李四）手机：１３９", "-v")

    assert told.stderr.startswith("query: (王小明 OR 李四) 手机:139\n")
    assert club.json("search", "a|b")["query"] == "a OR b"


def test_what_matched_is_highlighted_where_colour_is_taken_and_only_there(club: Club) -> None:
    plain = club.run("search", "小明").stdout
    coloured = club.run("search", "小明", "--color", "always").stdout

    assert "\x1b" not in plain
    assert f"{WANG}  王\x1b[1;31m小明\x1b[0m" in coloured
    uncoloured = re.sub(r"\x1b\[[0-9;]*m", "", coloured)
    assert [line.rstrip() for line in uncoloured.splitlines()] == plain.splitlines()
    for form in ("json", "jsonl", "csv", "tsv", "md", "yaml"):
        told = club.run("search", "小明", "--color", "always", "--format", form)
        assert "\x1b" not in told.stdout


def test_a_file_that_is_no_record_is_told_whatever_is_asked(club: Club) -> None:
    club.path(SHAN).write_text("no record\n")
    club.commit_by_hand()

    told = club.run("list", "--count")

    assert told.stdout == "2\n"
    assert f"{SHAN}.yaml is no record" in told.stderr


def test_who_writes_or_in_small_letters_and_finds_nobody_is_told(club: Club) -> None:
    told = club.run("search", "nobody or nothing")

    assert told.stderr == "0 of 3 members\nOR, AND and NOT are written in capitals\n"
    assert "capitals" not in club.run("search", "nobody OR nothing").stderr
