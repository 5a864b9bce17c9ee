"""The same change is made to all who answer a query, in one commit or not at all."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from acts.colleague import colleague, let_in
from builders import SHAN, WANG, ZENG, Club, add, run_as_process
from memberarc.acts.revision import Changes, Preview
from memberarc.acts.update_many import UpdateManyRequest, update_many
from memberarc.errors import ConflictError
from memberarc.members import record_batches

WORKER = Path(__file__).with_name("killed_update.py")
STEPS = (
    "locked",
    "planned",
    "commit written",
    "index locked",
    "journal written",
    "files written",
    "branch moved",
    "index installed",
)
CLUB = Changes(assign=((("contact", "wechat"), "club"),))
MAPPING = (
    "format: map/1\ntarget: members\nkind: individual\n"
    "fields:\n  name: {column: name, required: true}\n"
)
WECHAT = ("--set", "contact.wechat=club")


def wechats(club: Club) -> list[str | None]:
    club.run("check")
    return [
        club.json("show", code)["record"].get("contact", {}).get("wechat")
        for code in (WANG, SHAN, ZENG)
    ]


def test_all_who_answer_are_changed_in_one_commit_and_nobody_else(club: Club) -> None:
    before, untouched = club.head(), club.text(ZENG)

    told = club.json("update", "--where", "joined:*", *WECHAT, "--confirm", "2")

    assert told["members"] == [WANG, SHAN]
    assert wechats(club) == ["club", "club", None]
    assert club.text(ZENG) == untouched
    assert club.git("rev-list", "--count", f"{before}..").strip() == "1"
    assert told["commit"] == club.head()
    assert club.problems("verify") == []
    assert club.git("status", "--porcelain") == ""


def test_only_the_line_of_the_field_differs(club: Club) -> None:
    before = club.text(WANG).splitlines()

    club.run(
        "update", "--where", f"id:{WANG}", "--set", "contact.mobile=13000000000", "--confirm=1"
    )

    differing = {*before}.symmetric_difference(club.text(WANG).splitlines())
    assert len(differing) == 2
    assert all(line.startswith("  mobile: enc:m1.internal.1:") for line in differing)


def test_a_second_run_changes_nothing_and_need_not_be_confirmed(club: Club) -> None:
    words = ("update", "--where", "id:*", *WECHAT, "--unset", "branch")
    club.run(*words, "--confirm", "3")
    before = club.fingerprint()

    told = club.json(*words)

    assert (told["members"], told["unchanged"], told["commit"]) == ([], 3, None)
    assert club.fingerprint() == before


def test_the_commit_names_act_count_fields_and_reason_and_no_member(club: Club) -> None:
    words = ("--set", "contact.wechat=club", "--set", "identity.number=110101199001011237")

    club.run("update", "--where", "id:*", *words, "--reason", "moved", "--confirm", "3")

    message = club.git("log", "-1", "--format=%B").strip()
    policy = re.escape("Memberarc-Policy: ") + "[0-9a-f]{64}"
    assert re.fullmatch(
        "update 3 members\n\nMemberarc-Act: update\nMemberarc-Count: 3\n"
        "Memberarc-Field: contact.wechat\nMemberarc-Field: confidential field\n"
        f"{policy}\nMemberarc-Reason: moved",
        message,
    )
    assert club.json("log", ZENG)[0]["act"] == "update"


def test_without_a_terminal_the_number_must_be_given_and_be_right(club: Club) -> None:
    before = club.fingerprint()
    words = ("update", "--where", "joined:*", *WECHAT)

    asked = run_as_process(*words, cwd=club.root)
    wrong = club.run(*words, "--confirm", "3", status=9)

    assert asked.status == 9
    assert "--confirm 2" in asked.stderr
    assert "--confirm 2" in wrong.stderr
    assert "the count does not match: 2 would change; nothing was changed" in wrong.stderr
    assert club.fingerprint() == before


def test_a_dry_run_shows_who_would_change_and_what(club: Club) -> None:
    before = club.fingerprint()

    told = club.run("update", "--where", "joined:*", *WECHAT, "-n")

    assert told.stdout.splitlines() == [
        "id            name    change",
        "------------  ------  ------------------------------",
        f"{WANG}  王小明  contact.wechat: (none) -> club",
        f"{SHAN}  单雄信  contact.wechat: (none) -> club",
    ]
    assert "would change 2 members: --confirm 2" in told.stderr
    assert club.fingerprint() == before


def test_a_change_of_many_is_taken_back_as_it_says(club: Club) -> None:
    told = club.run("update", "--where", "joined:*", *WECHAT, "--confirm", "2")
    [line] = [line for line in told.stderr.splitlines() if line.startswith("next: ")]
    assert line == f"next: git revert --no-edit {club.head()[:12]}"

    club.git(*line.removeprefix("next: git ").split())

    assert wechats(club) == [None, None, None]
    for command in ("check", "verify"):
        assert club.problems(command) == []
    assert club.git("status", "--porcelain") == ""


def test_what_was_done_is_told_without_what_was_not(club: Club) -> None:
    words = ("update", "--where", "joined:*", *WECHAT)

    assert "already" not in club.run(*words, "--confirm", "2").stderr
    assert "nothing changed; 2 had the values already" in club.run(*words).stderr

    nobody = club.run("update", "--where", "branch:nowhere", *WECHAT).stderr
    assert "nobody answers branch:nowhere; nothing changed" in nobody
    assert "already" not in nobody


def test_more_than_are_shown_can_be_listed_before_they_are_changed(
    club: Club, tmp_path: Path
) -> None:
    sheet, mapping = tmp_path / "sheet.csv", tmp_path / "map.yaml"
    names = "".join(f"会员{number}\n" for number in range(18))
    sheet.write_text(f"name\n{names}")
    mapping.write_text(MAPPING)
    club.run("import", str(sheet), "--map", str(mapping))
    words = ("update", "--where", "id:*", *WECHAT)

    shown, done = club.run(*words, "--dry-run"), club.run(*words, "--confirm", "21")

    assert shown.stdout.splitlines()[-1] == "and 1 more: memberarc list --where 'id:*'"
    assert done.stdout.splitlines()[-1] == "and 1 more"
    assert shown.stdout.count("M2026") == 20
    assert club.run("list", "--where", "id:*", "--ids").stdout.count("M2026") == 21


def test_the_preview_tells_no_name_that_its_reader_may_not_read(club: Club, tmp_path: Path) -> None:
    li = colleague(tmp_path, "li")
    let_in(club, li, "--role", "office", "--levels", "confidential")

    told = li.run(club, "update", "--where", f"id:{WANG}", "--set", "status=left", "-n")

    assert told.stdout.splitlines()[-1] == f"{WANG}  (sealed)  status: active -> left"


def test_what_is_wrong_alike_with_many_is_told_once_to_people_and_of_each_to_machines(
    club: Club,
) -> None:
    add(club, name="甲")
    words = ("update", "--where", "id:*", "--set", "joined=someday", "--confirm", "4")

    told = club.run(*words, status=1)

    [line] = told.stdout.splitlines()
    assert line.startswith(f"{club.path(WANG).relative_to(club.root)}: ")
    assert line.endswith(f"(4 members: {WANG}, {SHAN}, {ZENG}, ...)")
    assert len(club.problems(*words)) == 4


def test_one_record_that_would_not_fit_stops_all_and_every_such_is_told(club: Club) -> None:
    club.run("add", "--kind", "organisation", "--set", "name=东区饭店")
    before = club.fingerprint()

    told = club.run(
        "update", "--where", "id:*", "--set", "sex=female", "--confirm", "4", "--format=json",
        status=1,
    )  # fmt: skip

    [problem] = told.envelope["problems"]
    assert problem["path"] == "members/2026/0000/M2026-000004.yaml"
    assert club.fingerprint() == before

    club.run("update", "--where", "id:*", "--set", "joined=someday", "--confirm", "4", status=1)
    assert club.fingerprint() == before


@pytest.mark.parametrize(
    "words",
    [
        ("--where", "", *WECHAT),
        ("--where", "id:*"),
        ("--where", "id:*", *WECHAT, "--note", "why"),
        ("--where", "id:*", "--set", "notes[+].text=x"),
        ("--where", "id:*", "--set", "uid=aaaaaaaaaaaaaaaa"),
        ("--where", "id:*", "--set", "contact.mobbile=1"),
        ("--where", "mobbile:1", *WECHAT),
        ("--where", "id:*", *WECHAT, "--reason", "because"),
        (WANG, "--where", "id:*", *WECHAT),
        WECHAT,
    ],
)
def test_what_makes_no_sense_for_many_is_refused(club: Club, words: tuple[str, ...]) -> None:
    before = club.fingerprint()

    club.run("update", *words, "--confirm", "3", status=2)

    assert club.fingerprint() == before


def test_a_condition_on_what_is_sealed_for_the_caller_changes_nobody(
    club: Club, tmp_path: Path
) -> None:
    li, before = colleague(tmp_path, "li"), club.head()
    let_in(club, li, "--role", "office", "--levels", "internal")
    granted = club.head()
    words = (*WECHAT, "--confirm", "2")

    told = li.run(club, "update", "--where", "-identity.number:11", *words, status=6)

    assert "identity.number is sealed for you in 1 record" in told.stderr
    told = li.run(club, "update", "--where", "(-11010519491231002X)", *words, status=6)
    assert "sealed for you in 1 record" in told.stderr
    assert before != granted == club.head()
    li.run(club, "update", "--where", "-identity.number:*", *words)
    assert wechats(club).count("club") == 2


def test_a_member_who_came_to_answer_in_between_is_not_changed_unseen(club: Club) -> None:
    joined = UpdateManyRequest(where="joined:*", changes=CLUB)

    def meanwhile(preview: Preview) -> None:
        assert preview.count == 2
        club.run("update", ZENG, "--set", "joined=2026-01-01")

    with pytest.raises(ConflictError, match="3 members would change instead of 2"):
        update_many(club.caller(), joined, confirm=meanwhile)

    assert wechats(club) == [None, None, None]


def test_what_others_committed_in_between_is_kept(club: Club) -> None:
    joined = UpdateManyRequest(where="joined:*", changes=CLUB)

    def meanwhile(_preview: Preview) -> None:
        club.run("update", WANG, "--set", "contact.mobile=13000000000")

    update_many(club.caller(), joined, confirm=meanwhile)

    assert wechats(club) == ["club", "club", None]
    assert club.json("show", WANG)["record"]["contact"]["mobile"] == "13000000000"


def test_a_member_without_a_share_is_told_and_stops_what_would_touch_it(club: Club) -> None:
    uid = club.uid(SHAN).encode()
    for segment in (club.vault / "segments").glob("*.txt"):
        lines = segment.read_bytes().split(b"\n")
        segment.write_bytes(b"\n".join(line for line in lines if uid not in line))
    before = club.head()

    missed = club.run("update", "--where", "joined:2025", *WECHAT, "-n")
    hit = club.run("update", "--where", "id:*", *WECHAT, "--confirm=3", "--format=json", status=1)

    assert "1 member cannot be opened, and may answer or not" in missed.stderr
    assert [one["path"][-len("000002.yaml") :] for one in hit.envelope["problems"]] == [
        "000002.yaml"
    ]
    assert club.head() == before


def test_several_processes_change_what_one_does(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record_batches, "_FEW", 1)
    monkeypatch.setattr(record_batches, "_processors", lambda: 2)

    club.run("update", "--where", "id:*", *WECHAT, "--confirm", "3")

    assert wechats(club) == ["club"] * 3
    assert club.problems("verify") == []


def test_a_record_of_a_kind_nobody_knows_is_named_and_stops_all(club: Club) -> None:
    club.edit(f"members/2026/0000/{SHAN}.yaml", "kind: individual", "kind: nobody")
    club.commit_by_hand()

    [problem] = club.problems("update", "--where", "id:*", *WECHAT, "-n")

    assert (problem["path"], problem["rule"]) == (f"members/2026/0000/{SHAN}.yaml", "kind")


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_everybody_is_changed_or_nobody(club: Club, step: str) -> None:
    done = subprocess.run(
        [sys.executable, WORKER, club.root, step], capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr

    told = club.json("update", "--where", "id:*", *WECHAT, "--confirm", "3")

    landed = step in ("branch moved", "index installed")
    assert (told["commit"] is None) == landed
    assert wechats(club) == ["club"] * 3
    assert club.git("log", "--format=%s").splitlines().count("update 3 members") == 1
    assert club.git("status", "--porcelain") == ""
    assert club.problems("check") == []


@pytest.mark.parametrize("where", ["'", "branch:east OR '*", '-status:left "\'"', 'name:"\'"'])
def test_a_word_that_everybody_answers_is_refused(club: Club, where: str) -> None:
    before = club.head()

    told = club.run("update", "--where", where, "--set", "branch=north", "--confirm=3", status=2)

    assert "everybody answers it" in told.stderr
    assert club.head() == before
