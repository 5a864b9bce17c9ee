"""Searches saved under a name: what is sealed at which level, shown to whom, and found anew."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from acts.colleague import colleague, let_in
from builders import MOBILE, SHAN, WANG, ZENG, Club, add
from disposal.attempts import clear_texts, objects

OPEN = ("active-east", "status:active branch:east")
CLEAR = (*OPEN, "--level", "open")
SEALED = ("春节未访", "joined<2026-01-01 -status:left")


def save(club: Club, *words: str) -> str:
    """Save a search and return its uid."""
    return club.run("segment", "save", *words).stdout.strip()


def file_of(club: Club, uid: str) -> Path:
    return club.root / "segments" / f"{uid}.yaml"


def level_of(club: Club, *words: str) -> str:
    return str(club.run("segment", "save", "--format", "json", *words).data["level"])


def without_keys(club: Club) -> None:
    club.identity.unlink()


def test_a_search_over_open_fields_written_in_codes_is_kept_in_clear_when_asked_for(
    club: Club,
) -> None:
    told = club.run("segment", "save", *CLEAR, "--dry-run")
    assert "its name and query stay readable for ever" in told.stderr

    uid = save(club, *CLEAR, "--columns", "status,branch", "--sort", "-opened")

    assert file_of(club, uid).read_text() == (
        f"format: segment/1\nuid: {uid}\nname: active-east\n"
        'query: "status:active branch:east"\n'
        "columns:\n  - status\n  - branch\nsort:\n  - -opened\n"
    ).replace("- -opened", '- "-opened"')
    assert club.problems("check") == []


def test_without_asking_nothing_stands_in_clear(club: Club) -> None:
    uid = save(club, "wangxiaoming", "branch:east")

    assert "enc:m1.internal.1:" in file_of(club, uid).read_text()
    for content in objects(club.root):
        assert clear_texts(content, ("wangxiaoming", "branch:east")) == []


def test_a_search_over_other_fields_is_sealed_whole_under_its_own_uid(club: Club) -> None:
    uid = save(club, *SEALED, "--columns", "id,name", "--sort", "joined")

    form = (
        rf'format: segment/1\nuid: {uid}\nkey: "?[0-9a-f]{{16}}"?\nsearch: enc:m1\.internal\.1:.+'
    )
    assert re.fullmatch(form, file_of(club, uid).read_text().removesuffix("\n"))
    assert club.json("segment", "show", SEALED[0]) == {
        "uid": uid,
        "level": "internal",
        "name": SEALED[0],
        "query": SEALED[1],
        "columns": ["id", "name"],
        "sort": ["joined"],
    }
    assert club.problems("check") == []
    assert club.problems("verify") == []


@pytest.mark.parametrize(
    ("name", "query", "level"),
    [
        ("a", "status:active", "internal"),
        ("王小明家", "status:active", "internal"),
        ("Wang", "status:active", "internal"),
        ("a", 'branch:"Wang Xiaoming"', "internal"),
        ("a", "branch:王小明", "internal"),
        ("a", f"id:{WANG}", "internal"),
        ("a", f"code:{WANG}", "internal"),
        ("a", "contact.mobile:139", "internal"),
        ("a", "mobile:139", "internal"),
        ("a", "手机:139", "internal"),
        ("a", "status:active OR identity.number:110101", "confidential"),
        ("a", "-identity.number:*", "confidential"),
        ("a", "小明", "secret"),
        ("a", "status:active 小明", "secret"),
    ],
)
def test_the_level_is_that_of_the_highest_field_that_is_named(
    club: Club, name: str, query: str, level: str
) -> None:
    assert level_of(club, "--", name, query) == level


@pytest.mark.parametrize(
    "words",
    [
        ("王小明家", "status:active"),
        ("Wang", "status:active"),
        ("a", "branch:王小明"),
        ("a", f"id:{WANG}"),
        ("a", "小明"),
        ("a", "status:active", "--sort", "joined"),
    ],
)
def test_what_may_tell_of_a_person_is_not_kept_in_clear_whoever_asks(
    club: Club, words: tuple[str, ...]
) -> None:
    refused = club.run("segment", "save", *words, "--level", "open", status=2)

    assert "so it is sealed" in refused.stderr
    assert "hint: --level internal" in refused.stderr
    assert not (club.root / "segments").exists()


def test_columns_and_order_are_named_fields_too(club: Club) -> None:
    query = "status:active"

    assert level_of(club, "a", query, "--columns", "id") == "internal"
    assert level_of(club, "b", query, "--columns", "status,identity.number") == "confidential"
    assert level_of(club, "c", query, "--sort", "-joined") == "internal"
    assert level_of(club, "d", query, "--sort", "-opened", "--level", "open") == "open"


def test_a_word_that_looks_everywhere_is_sealed_at_the_highest_level_its_writer_reads(
    club: Club, tmp_path: Path
) -> None:
    clerk = colleague(tmp_path, "zhang")
    let_in(club, clerk)

    told = clerk.run(club, "segment", "save", "a", "小明", "--format", "json")

    assert told.data["level"] == "confidential"
    assert "--level chooses a lower one" in told.stderr


def test_a_level_may_be_chosen_but_not_below_a_field_that_is_named(club: Club) -> None:
    assert level_of(club, "a", "小明", "--level", "internal") == "internal"
    assert level_of(club, "b", "status:active", "--level", "secret") == "secret"

    refused = club.run(
        "segment", "save", "c", "identity.number:11", "--level", "internal", status=2
    )

    assert "hint: --level confidential" in refused.stderr
    assert (
        "there is no level opne"
        in club.run("segment", "save", "d", "status:active", "--level", "opne", status=2).stderr
    )


@pytest.mark.parametrize("words", [("a", "nofield:1"), ("a", "status:active", "--columns", "no")])
def test_a_field_that_no_record_has_is_refused(club: Club, words: tuple[str, ...]) -> None:
    refused = club.run("segment", "save", *words, status=2)

    assert "no record has a field no" in refused.stderr


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 81, "k5x2w7n3q4v6t7zb", "\x1b[31m"])
def test_a_name_is_one_line_and_no_uid(club: Club, name: str) -> None:
    club.run("segment", "save", "--", name, "status:active", status=2)

    assert not (club.root / "segments").exists()


def test_a_name_that_is_taken_is_replaced_only_when_told_so(club: Club) -> None:
    uid = save(club, *SEALED)
    refused = club.run("segment", "save", SEALED[0], "joined<2020", status=4)
    assert "--replace" in refused.stderr

    assert save(club, SEALED[0], "joined<2020", "--replace") == uid

    assert club.json("segment", "show", uid)["query"] == "joined<2020"
    assert len(club.json("segment", "list")) == 1
    assert club.problems("verify") == []


def test_what_was_sealed_stays_sealed_when_it_is_replaced(club: Club) -> None:
    uid = save(club, "mine", "joined<2020")
    words = ("mine", "status:active", "--replace")

    refused = club.run("segment", "save", *words, "--level", "open", status=2)

    assert f"hint: memberarc segment remove {uid}" in refused.stderr
    assert level_of(club, *words) == "internal"


@pytest.mark.parametrize("query", ["status:active", "joined<2020"])
def test_what_stood_in_clear_is_sealed_when_it_is_replaced_and_history_is_told_of(
    club: Club, query: str
) -> None:
    uid = save(club, "mine", "status:active", "--level", "open")

    told = club.run("segment", "save", "mine", query, "--replace")

    assert "stood in clear, and stays readable in history" in told.stderr
    assert "enc:m1.internal.1:" in file_of(club, uid).read_text()
    assert club.json("segment", "show", "mine")["uid"] == uid


def test_what_is_saved_is_in_normal_form_and_text(club: Club) -> None:
    save(club, "cafes", "name:Cafe\u0301 contact.address:a", "--columns", "id")
    assert club.json("segment", "show", "cafes")["query"] == "name:Caf\u00e9 contact.address:a"

    for words in (("a", "name:\udc80"), ("a", "name:a", "--columns", "\udc80")):
        club.run("segment", "save", *words, status=2)


@pytest.mark.parametrize("words", [CLEAR, SEALED])
def test_saving_the_same_again_changes_nothing(club: Club, words: tuple[str, ...]) -> None:
    save(club, *words)
    before = club.head()

    told = club.run("segment", "save", *words, "--replace")

    assert f"unchanged: {words[0]}" in told.stderr
    assert club.head() == before


@pytest.mark.parametrize("words", [CLEAR, SEALED])
def test_a_dry_run_touches_nothing(club: Club, words: tuple[str, ...]) -> None:
    before = club.fingerprint()

    told = club.run("segment", "save", *words, "--dry-run")

    assert f"would save {words[0]}" in told.stderr
    assert club.fingerprint() == before


def test_no_object_of_the_repository_and_no_file_of_the_vault_tells_of_a_sealed_search(
    club: Club,
) -> None:
    words = ("春节未访的老会员", f"contact.mobile:{MOBILE} name:王小明 contact.email:wang")
    uid = save(club, *words, "--sort", "birth_date")
    club.run("segment", "save", words[0], "name:曾国强", "--replace")
    club.run("key", "rotate", "internal")
    club.run("segment", "remove", uid, "--yes")
    told = ("春节未访", "老会员", "王小明", "曾国强", MOBILE, "contact.email:wang", "birth_date:")

    for content in objects(club.root):
        assert clear_texts(content, told) == []
    for file in club.vault.rglob("*"):
        if file.is_file():
            assert clear_texts(file.read_bytes(), told) == []
    names = club.git("log", "--all", "--format=%B") + club.git("ls-tree", "-r", "HEAD")
    assert clear_texts(names.encode(), told) == []


def test_somebody_without_keys_sees_what_is_open_and_that_there_is_more(club: Club) -> None:
    uids = {save(club, *CLEAR), save(club, *SEALED)}
    without_keys(club)

    told = club.run("segment", "list", "--format", "json")

    assert [one["name"] for one in told.data] == ["active-east", None]
    assert {one["uid"] for one in told.data} == uids
    assert "values stay sealed" in told.stderr
    assert club.json("segment", "show", "active-east")["query"] == OPEN[1]
    club.run("segment", "show", SEALED[0], status=3)
    assert club.run("segment", "show", min(uids - {told.data[0]["uid"]}), status=6).stdout == ""


def test_a_reader_of_lower_levels_is_told_of_what_he_cannot_open(
    club: Club, tmp_path: Path
) -> None:
    uid = save(club, "secret one", "小明")
    save(club, *SEALED)
    clerk = colleague(tmp_path, "zhang")
    let_in(club, clerk)

    listed = clerk.run(club, "segment", "list", "--format", "json").data
    refused = clerk.run(club, "segment", "show", uid, status=6)

    assert [(one["name"], one["state"]) for one in listed] == [
        (SEALED[0], "opened"),
        (None, "closed"),
    ]
    assert "level secret" in refused.stderr


def test_two_branches_may_have_saved_one_name_and_the_uid_tells_them_apart(club: Club) -> None:
    club.git("switch", "--quiet", "--create", "side")
    one = save(club, SEALED[0], "joined<2020")
    club.git("switch", "--quiet", "main")
    other = save(club, SEALED[0], "joined<2021")
    club.git("merge", "--quiet", "--no-edit", "side")

    refused = club.run("segment", "show", SEALED[0], status=4)

    assert one in refused.stderr
    assert other in refused.stderr
    assert club.json("segment", "show", one)["query"] == "joined<2020"


def test_status_counts_saved_searches(club: Club) -> None:
    save(club, *CLEAR)
    save(club, *SEALED)

    assert club.json("status")["saved_searches"] == 2
    assert "saved searches: 2" in club.run("status").stdout


def test_the_act_is_told_in_codes(club: Club) -> None:
    uid = save(club, *SEALED)
    assert club.git("log", "-1", "--format=%s%n%b").startswith(
        f"save segment {uid}\nMemberarc-Act: segment-save\nMemberarc-Policy: "
    )

    club.run("segment", "remove", SEALED[0], "--yes")

    assert club.git("log", "-1", "--format=%s%n%b").startswith(
        f"remove segment {uid}\nMemberarc-Act: segment-remove\nMemberarc-Policy: "
    )


def raise_branch(club: Club) -> None:
    """Make the branch of members internal, as an archive may."""
    for path in (club.root / "schemas").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        schema["properties"]["branch"]["x-level"] = "internal"
        path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    club.commit_by_hand("branches are internal")


def test_a_search_whose_field_is_open_no_more_is_told_and_sealed(club: Club) -> None:
    uid = save(club, *CLEAR)
    raise_branch(club)
    path = f"segments/{uid}.yaml"
    told = {(one["path"], one["rule"]) for one in club.problems("check")}
    assert (path, "clear-text") in told

    sealed = club.run("encrypt")

    assert f"sealed {path} at level internal" in sealed.stderr
    assert f"{path} stands in clear in an earlier commit" in sealed.stderr
    assert club.problems("check") == []
    assert club.json("segment", "show", "active-east")["query"] == OPEN[1]
    left = [one for one in club.problems("verify") if one["path"].startswith("segments/")]
    assert {(one["path"].partition("@")[0], one["rule"]) for one in left} == {(path, "clear-text")}


def test_a_search_sealed_below_the_level_of_its_field_is_told_with_keys_and_sealed_again(
    club: Club,
) -> None:
    uid = save(club, "east", "branch:east", "--level", "internal")
    for path in (club.root / "schemas").glob("*.json"):
        schema = json.loads(path.read_text(encoding="utf-8"))
        schema["properties"]["branch"]["x-level"] = "confidential"
        path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    club.commit_by_hand()
    path = f"segments/{uid}.yaml"
    assert (path, "other-level") in {(one["path"], one["rule"]) for one in club.problems("verify")}

    club.run("encrypt", path)

    assert club.json("segment", "show", "east")["level"] == "confidential"
    assert path not in {one["path"] for one in club.problems("verify")}


def test_a_rotation_seals_searches_again_and_no_others(club: Club) -> None:
    internal, secret = save(club, *SEALED), save(club, "mine", "小明")
    before = file_of(club, secret).read_bytes()

    told = club.run("key", "rotate", "internal")

    assert "enc:m1.internal.2:" in file_of(club, internal).read_text()
    assert file_of(club, secret).read_bytes() == before
    assert "values of 3 members and 1 saved search sealed again" in told.stderr
    assert club.json("segment", "show", SEALED[0])["query"] == SEALED[1]
    assert club.problems("check") == []
    assert club.problems("verify") == []


def test_a_revocation_seals_searches_under_keys_the_person_has_not(
    club: Club, tmp_path: Path
) -> None:
    uid = save(club, *SEALED)
    clerk = colleague(tmp_path, "zhang")
    let_in(club, clerk)
    assert clerk.run(club, "segment", "show", uid).stdout

    told = club.run("key", "revoke", "zhang", "--confirm", "zhang")

    assert "1 saved search" in told.stderr
    assert "enc:m1.internal.2:" in file_of(club, uid).read_text()
    clerk.run(club, "segment", "show", uid, status=6)


def test_a_search_under_a_retired_epoch_is_told_and_sealed_again(club: Club) -> None:
    uid = save(club, *SEALED)
    before = file_of(club, uid).read_bytes()
    club.run("key", "rotate", "internal")
    file_of(club, uid).write_bytes(before)
    club.commit_by_hand("as a merge may do")
    assert [one["rule"] for one in club.problems("check")] == ["retired-epoch"]

    club.run("encrypt", f"segments/{uid}.yaml")

    assert club.problems("check") == []
    assert "enc:m1.internal.2:" in file_of(club, uid).read_text()


def test_two_searches_whose_texts_were_exchanged_do_not_open(club: Club) -> None:
    one, other = save(club, "one", "joined<2020"), save(club, "two", "joined<2021")
    texts = [file_of(club, uid).read_text() for uid in (one, other)]
    sealed = [re.findall(r"(?m)^search: (\S+)$", text)[0] for text in texts]
    file_of(club, one).write_text(texts[0].replace(sealed[0], sealed[1]))
    club.commit_by_hand()

    assert [found["rule"] for found in club.problems("verify")] == ["unopened-value"]
    assert club.run("segment", "show", one, status=6).stdout == ""
    assert "damaged" in {found["state"] for found in club.json("segment", "list")}


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (r"\.internal\.1:", ".internal.7:", "sealed-value"),
        (r"uid: \S+", "uid: k5x2w7n3q4v6t7zb", "place"),
        (r"format: segment/1", "format: segment/2", "segment"),
        (r"key: .*\n", "", "segment"),
        (r"\Z", "note: x\n", "segment"),
        (r"(search: enc:m1.internal.1:.{20})", "search: enc:m1.internal.1:abc", "segment"),
    ],
)
def test_a_file_that_is_no_saved_search_is_told(club: Club, old: str, new: str, rule: str) -> None:
    uid = save(club, *SEALED)

    club.edit(f"segments/{uid}.yaml", old, new)

    assert [one["rule"] for one in club.problems("check")] == [rule]


def test_an_edit_by_hand_that_names_a_protected_field_is_clear_text(club: Club) -> None:
    uid = save(club, *CLEAR)

    club.edit(f"segments/{uid}.yaml", "branch:east", "mobile:139")

    assert [one["rule"] for one in club.problems("check")] == ["clear-text"]


def test_a_search_with_the_uid_of_a_member_is_told(club: Club) -> None:
    uid = save(club, *CLEAR)
    text = file_of(club, uid).read_text()
    file_of(club, club.uid(SHAN)).write_text(text.replace(uid, club.uid(SHAN)))

    assert [one["rule"] for one in club.problems("check")] == ["duplicate"]


def test_a_file_of_another_name_does_not_belong_among_them(club: Club) -> None:
    save(club, *CLEAR)
    (club.root / "segments" / "notes.yaml").write_text("a: 1\n")

    assert [one["rule"] for one in club.problems("check")] == ["stray-file"]


def test_a_saved_search_is_evaluated_anew_each_time(club: Club) -> None:
    club.run("segment", "save", "applicants", "status:applicant")
    assert club.run("segment", "run", "applicants", "--format", "csv").stdout.count("M2026") == 1

    code = add(club, name="李四", status="applicant")

    found = club.run("segment", "run", "applicants", "--format", "csv").stdout
    assert {ZENG, code} <= {*re.findall(r"M2026-\d+", found)}


def test_an_open_search_runs_without_any_key(club: Club) -> None:
    club.run("segment", "save", *CLEAR)
    without_keys(club)

    assert WANG in club.run("segment", "run", "active-east").stdout


def test_a_name_that_is_not_there_is_answered_with_those_that_are_like_it(club: Club) -> None:
    save(club, *SEALED)
    save(club, "active-east", "branch:east")
    save(club, "active-west", "branch:west")

    near = club.run("segment", "run", "active-eats", status=3)
    han = club.run("segment", "run", "春节来访", status=3)
    far = club.run("segment", "run", "nothing", status=3)

    assert "hint: did you mean active-east or active-west?" in near.stderr
    assert f"hint: did you mean {SEALED[0]}?" in han.stderr
    assert "hint: memberarc segment list" in far.stderr
