"""Members are found by what people remember of them."""

from __future__ import annotations

import pytest

from builders import Club, add

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
    ("小明", ["wang", "firm"]),
    ("明", ["wang", "firm"]),
    ("wangxiaoming", ["wang"]),
    ("xiaoming", ["wang", "firm"]),
    ("wxm", ["wang"]),
    ("WXM", ["wang"]),
    ("shanxiongxin", ["shan"]),
    ("danxiongxin", []),
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
    ("lane", ["wang", "lane"]),
    ("strasse", ["lane"]),
    ("ＳＴＲＡＳＳＥ", ["lane"]),
    ("email:ou.xiaohong", ["ou"]),
    ("name>nan", ["wang", "shan", "zeng", "xie", "qiu", "ou", "lane", "firm"]),
    ("name>=5", EVERYBODY),
    ("小明 -kind:organisation", ["wang"]),
    ("小明 category:A 8000", ["wang"]),
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
        ("joined >= 2020", "the operator >= stands alone"),
    ],
)
def test_a_query_that_cannot_be_read_is_told(club: Club, query: str, message: str) -> None:
    told = club.run("search", query, "--format", "json", status=2)

    assert told.envelope["error"]["code"] == "query-syntax"
    assert message in told.envelope["error"]["message"]
    assert club.run("list", "--where", query, status=2).stderr.count(message) == 1


def test_finding_nobody_is_no_failure(club: Club) -> None:
    told = club.run("search", "nobody at all")

    assert told.stdout == ""
    assert told.stderr == "0 of 3 members\n"


def test_closed_values_are_not_found_and_not_guessed(club: Club) -> None:
    club.identity.unlink()

    assert club.json("search", "王小明")["members"] == []
    assert club.json("search", "enc")["members"] == []
    assert len(club.json("search", "status:active")["members"]) == 2


def test_a_member_whose_share_is_missing_is_counted_and_told(club: Club) -> None:
    segment = min((club.vault / "segments").iterdir())
    segment.unlink()

    told = club.run("search", "status:active", "--format", "json")

    assert told.data["found"] == 2
    assert "1 record could not be opened" in told.stderr
