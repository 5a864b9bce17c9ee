"""Members are opened and changed, field by field, and come back as they were given."""

from __future__ import annotations

import re

import pytest

from builders import MOBILE, NOTE, SHAN, WANG, ZENG, Club, add, run_as_process

HOSTILE = {
    "markup": "[/bold] [link=http://x]王[/link]",
    "escape": "李\x1b[2J\x1b]0;owned\x07四",
    "bidi": "王\u202e明\u2066x\u2069",
    "emoji": "👩\u200d👩\u200d👧 family 🀄",
    "formula": "=cmd|' /C calc'!A0",
    "yaml": '"quoted": #x - [1, {a: b}] | >',
    "word of YAML": "no",
    "number": "1e3",
    "not composed": "e\u0301lan",
    "lines": "line one\nline two\r\n\ttabbed",
    "quotes": 'O\'Neil "the Elder" \\',
    "separators": "a\u2028b\u0085c\ufeffd",
    "trailer": "Memberarc-Act: purge\nSigned-off-by: mallory",
    "null character": "a\x00b",
    "private use": "\ue000𠮷\U000e0100",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_text_comes_back_as_it_was_and_drives_nothing(club: Club, text: str) -> None:
    import unicodedata

    composed = unicodedata.normalize("NFC", text)
    words = ("--set", f"name={text}") if "\0" not in text else ()
    content = b"" if words else b'name: "a\\u0000b"\n'
    code = club.run("add", *(words or ("-",)), stdin=content).stdout.strip()

    club.run("update", code, "--set", f"notes[a1b2].text={text}")

    record = club.json("show", code)["record"]
    assert record["name"] == composed
    assert record["notes"] == [{"id": "a1b2", "text": composed}]
    [changed, _added] = club.json("log", code)
    assert changed["changes"][-1]["after"] == composed
    told = [club.run(*words).stdout for words in (("show", code), ("log", code), ("list",))]
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", "".join(told))
    assert club.git("log", "-2", "--format=%s").splitlines() == [f"update {code}", f"add {code}"]
    assert club.problems("check") == []
    assert club.problems("verify") == []


def test_a_newcomer_who_has_what_identifies_a_member_is_told_and_taken(club: Club) -> None:
    club.run("update", WANG, "--set", "identity.number=11010119900101123x")
    words = ("add", "--set", "name=王晓明", "--set", "identity.number=110101 19900101 123X")
    assert "the same" not in club.run(*words, "-n").stderr, "there is no index yet"
    club.run("search", "王")
    warning = f"memberarc: warning: the same identity number as {WANG}\n"

    assert warning in club.run(*words, "-n").stderr
    told = club.run(*words)

    assert warning in told.stderr
    assert club.path(told.stdout.strip()).is_file()
    assert "warning" not in club.run("add", "--set", "name=何", "-n").stderr


def test_a_long_note_comes_back_whole(club: Club) -> None:
    text = "会员来访记录,".ljust(5_000, "长") + "." * 5_000

    club.run("update", SHAN, "--set", f"notes[+].text={text}")

    [note] = club.json("show", SHAN)["record"]["notes"]
    assert note["text"] == text
    assert text in club.run("show", SHAN).stdout


@pytest.mark.parametrize("text", ["enc:", "enc:m1.internal.1:AAAA", "enc: from me"])
@pytest.mark.parametrize("how", ["--set", "stdin"])
def test_text_that_looks_sealed_is_refused(club: Club, text: str, how: str) -> None:
    before = club.head()

    told = (
        club.run("add", "--set", f"name={text}", status=1)
        if how == "--set"
        else club.run("add", "-", stdin=f'name: "{text}"\n'.encode(), status=1)
    )

    assert "reserved-prefix" in told.stdout
    assert club.head() == before


def test_an_update_changes_only_the_line_of_its_field(club: Club) -> None:
    club.run("update", WANG, "--set", "contact.mobile=13000000000")

    changed = [line for line in club.git("diff", "-U0", "HEAD~1").splitlines() if line[0] in "+-"]
    assert [line.split(": ")[0] for line in changed[2:]] == ["-  mobile", "+  mobile"]


def test_a_value_set_to_what_it_is_changes_nothing(club: Club) -> None:
    before = club.fingerprint()

    told = club.run("update", WANG, "--set", f"contact.mobile={MOBILE}", "--set", "name=王小明")

    assert told.stderr == f"nothing changed in {WANG}\n"
    assert club.head() in club.git("rev-parse", "HEAD")
    assert club.fingerprint() == before


def test_fields_and_list_items_come_and_go(club: Club) -> None:
    club.run(
        *("update", WANG, "--unset", "contact.email", "--unset", "honours[a1b2]"),
        *("--set", "honours[+x].title=一", "--set", "honours[+x].date=2026-10-01"),
        *("--set", "honours[+].title=二", "--set", "traits=principal,key_employee"),
    )

    record = club.json("show", WANG)["record"]
    assert "email" not in record["contact"]
    assert [{**one, "id": ""} for one in record["honours"]] == [
        {"id": "", "date": "2026-10-01", "title": "一"},
        {"id": "", "title": "二"},
    ]
    assert record["traits"] == ["principal", "key_employee"]
    ids = {one["id"] for one in record["honours"]}
    assert len(ids) == 2
    assert "a1b2" not in ids


def test_the_commit_names_the_fields_that_are_no_secret(club: Club) -> None:
    club.run(
        *("update", SHAN, "--set", "contact.mobile=13000000000"),
        *("--set", "identity.number=110101198003070038", "--reason", "moved"),
    )

    message = club.git("log", "-1", "--format=%B")
    assert "Memberarc-Field: contact.mobile\nMemberarc-Field: confidential field\n" in message
    assert "Memberarc-Reason: moved\n" in message
    assert "identity" not in message


def test_a_note_is_sealed_under_the_member_and_told_by_the_log(club: Club) -> None:
    messages = club.git("log", "--format=%B")

    assert NOTE not in messages
    assert re.search(r"^Memberarc-Note: enc:m1\.internal\.1:", messages, re.MULTILINE)
    assert NOTE in [act["note"] for act in club.json("log", WANG)]


def test_a_member_is_given_as_yaml_and_single_values_win(club: Club) -> None:
    content = "name: 王五\ncontact:\n  mobile: '13100131000'\nhonours:\n- id: h1h2\n  title: 一\n"

    told = club.run(
        *("add", "-", "--set", "contact.mobile=13200132000", "--set", "joined=2026-02-01"),
        stdin=content.encode(),
    )

    record = club.json("show", told.stdout.strip())["record"]
    assert record["contact"] == {"mobile": "13200132000"}
    assert (record["joined"], record["status"]) == ("2026-02-01", "active")
    assert record["honours"] == [{"id": "h1h2", "title": "一"}]


def test_an_organisation_has_fields_of_its_own(club: Club) -> None:
    told = club.run(
        *("add", "--kind", "organisation", "--set", "name=东方公司"),
        *("--set", "legal_representative.identity_number=110101198003070038"),
    )

    shown = club.json("show", told.stdout.strip())
    assert shown["record"]["kind"] == "organisation"
    assert shown["record"]["legal_representative"] == {"identity_number": "110101198003070038"}
    assert "enc:m1.confidential.1:" in club.text(told.stdout.strip())


@pytest.mark.parametrize(
    ("content", "line", "rule"),
    [
        ("name: 王五\nuid: aaaaaaaaaaaaaaaa\n", 2, "identity"),
        ("name: 王五\nname: 王六\n", 2, "duplicate-key"),
        ("name: 王五\njoined: '2026-02-30'\n", 2, "format"),
        ("name: 王五\nage: 3\n", 2, "unknown-property"),
        ("name: &a 王五\n", 1, "anchor"),
        ("joined: '2026-02-01'\n", 1, "required"),
    ],
)
def test_a_flaw_in_a_file_is_told_with_its_place(
    club: Club, content: str, line: int, rule: str
) -> None:
    told = club.run("add", "-", "--format", "json", stdin=content.encode(), status=1)

    [problem] = told.envelope["problems"]
    assert (problem["line"], problem["path"]) == (line, "-")
    assert problem["rule"] == rule


@pytest.mark.parametrize(
    "words",
    [
        ("add",),
        ("add", "--set", "name"),
        ("add", "--set", "=x"),
        ("add", "--set", "Name=x"),
        ("add", "--set", "name=x", "--set", "uid=aaaaaaaaaaaaaaaa"),
        ("add", "--set", "name=x", "--set", "nick=y"),
        ("add", "--set", "name=x", "--set", "dues[+].year=soon"),
        ("update", WANG),
        ("update", WANG, "--set", "key=0000000000000000"),
        ("update", WANG, "--set", "documents[+].sha256=x"),
        ("update", WANG, "--unset", "contact.wechat"),
        ("update", WANG, "--unset", "uid"),
        ("update", WANG, "--set", "status=left", "--reason", "retention_expired"),
    ],
)
def test_what_cannot_be_set_is_an_error_of_usage(club: Club, words: tuple[str, ...]) -> None:
    before = club.fingerprint()

    told = club.run(*words, status=2)

    assert told.stdout == ""
    assert told.stderr.startswith("memberarc: error: ")
    assert club.fingerprint() == before


@pytest.mark.parametrize(
    "value",
    [
        "status=gone",
        "branch=East Side",
        "joined=2026-02-30",
        "traits=rich",
        "documents[zzzz].title=x",
    ],
)
def test_a_value_that_does_not_fit_is_a_finding_and_changes_nothing(club: Club, value: str) -> None:
    before = club.fingerprint()

    told = club.run("update", ZENG, "--set", value, "--format", "json", status=1)

    assert told.envelope["error"]["code"] == "invalid-record"
    field = told.envelope["problems"][0]["pointer"]
    assert field.partition("[")[0] == value.partition("=")[0].partition("[")[0]
    assert club.fingerprint() == before


def test_codes_go_on_after_the_highest_ever_given_and_years_begin_anew(club: Club) -> None:
    from builders import NOW, run

    again = add(club, name="赵六")
    later = run("add", "--set", "name=钱七", cwd=club.root, now=NOW.replace(year=2027))

    assert again == "M2026-000004"
    assert later.stdout.strip() == "M2027-000001"


def test_members_are_found_by_code_in_any_case_and_by_uid(club: Club) -> None:
    uid = club.uid(SHAN)

    for name in (SHAN, SHAN.lower(), uid):
        assert club.json("show", name)["record"]["name"] == "单雄信"


def test_without_a_vault_nobody_is_added_or_changed_and_reading_shows_the_shape(
    club: Club,
) -> None:
    club.vault.rename(club.vault.with_name("elsewhere"))
    before = club.fingerprint()

    club.run("add", "--set", "name=x", status=6)
    club.run("update", SHAN, "--set", "status=left", status=6)
    shown = club.run("show", SHAN)

    assert "(sealed)" in shown.stdout
    assert "单雄信" not in shown.stdout
    assert "memberarc: warning: values stay sealed: there is no vault here" in shown.stderr
    assert club.fingerprint() == before


def test_two_processes_that_add_at_once_get_two_codes(club: Club) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:
        outcomes = [
            *pool.map(lambda n: run_as_process("add", f"--set=name={n}", cwd=club.root), "ab")
        ]

    assert [one.status for one in outcomes] == [0, 0]
    assert len({one.stdout for one in outcomes}) == 2
    assert club.problems("verify") == []


def test_who_names_no_file_is_told_how_to_add_without_one(club: Club) -> None:
    told = club.run("add", "王芳", status=None)

    assert told.status != 0
    assert "hint: memberarc add --set name=" in told.stderr


def test_setting_nothing_is_told_how_to_remove(club: Club) -> None:
    told = club.run("update", WANG, "--set", "contact.mobile=", status=2)

    assert "hint: --unset contact.mobile" in told.stderr
