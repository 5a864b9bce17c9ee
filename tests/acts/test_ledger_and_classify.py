"""Events come in by sheet, and categories follow from them: shown, proposed, applied."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from builders import MOBILE, SHAN, WANG, ZENG, Club, tree_digest

MAP = """\
format: map/1
target: ledger
source: shop
member: {column: 客户, match: contact.mobile}
fields:
  kind: {value: purchase}
  date: {column: 日期, date: "%Y/%m/%d"}
  amount: {column: 金额, decimal: "."}
"""


def rows(*purchases: tuple[str, str, str]) -> str:
    return "客户,日期,金额\n" + "".join(f"{who},{day},{paid}\n" for who, day, paid in purchases)


# 王小明 comes twelve times, 单雄信 spends 450 on one day, 曾国强 never comes.
YEAR = rows(
    *((MOBILE, f"2025/{month:02}/03", "10.00") for month in range(1, 13)),
    ("13700137002", "2025/05/20", "450.5"),
)


@pytest.fixture
def bring(club: Club, tmp_path: Path) -> Any:
    """Import a sheet of events, and return what came of it."""

    def run(sheet: str = YEAR, *words: str, status: int = 0, mapping: str = MAP) -> Any:
        (tmp_path / "sheet.csv").write_text(sheet)
        (tmp_path / "map.yaml").write_text(mapping)
        files = (str(tmp_path / "sheet.csv"), "--map", str(tmp_path / "map.yaml"))
        return club.run(
            "ledger", "import", *files, *words, "--format", "json", status=status
        ).envelope

    return run


class TestLedger:
    def test_each_row_becomes_an_event_of_its_member_and_day(self, club: Club, bring: Any) -> None:
        told = bring()["data"]

        assert (told["added"], told["unchanged"], told["refused"], told["days"]) == (13, 0, 0, 13)
        [event] = club.json("ledger", "show", SHAN)["events"]
        assert (event["date"], event["kind"], event["amount"]) == (
            "2025-05-20",
            "purchase",
            "450.50",
        )
        assert len(club.json("ledger", "show", WANG)["events"]) == 12
        assert club.json("ledger", "show", ZENG)["events"] == []
        assert club.problems("verify") == []

    def test_the_files_hold_uids_and_nothing_personal(self, club: Club, bring: Any) -> None:
        bring()

        day = (club.root / "ledger" / "2025" / "05" / "2025-05-20.csv").read_text()
        assert club.uid(SHAN) in day
        assert "13700137002" not in club.git("log", "-p", "-1")
        assert club.git("log", "-1", "--format=%s") == "import ledger rows (13)\n"

    def test_a_second_run_adds_nothing(self, club: Club, bring: Any) -> None:
        bring()
        before = club.fingerprint()

        told = bring()["data"]

        assert (told["added"], told["unchanged"], told["commit"]) == (0, 13, None)
        assert club.fingerprint() == before

    def test_equal_rows_of_a_day_are_as_many_events(self, club: Club, bring: Any) -> None:
        twice = rows(*[(MOBILE, "2025/01/03", "10.00")] * 2)

        assert bring(twice)["data"]["added"] == 2
        assert bring(twice)["data"]["added"] == 0
        assert bring(rows(*[(MOBILE, "2025/01/03", "10.00")] * 3))["data"]["added"] == 1

    def test_rows_that_do_not_fit_are_told_and_the_others_taken(
        self, club: Club, bring: Any
    ) -> None:
        bad = rows(
            (MOBILE, "2025/01/03", "10.00"),
            ("13999999999", "2025/01/03", "10.00"),
            (MOBILE, "2025/02/30", "10.00"),
            (MOBILE, "2025/01/03", "ten"),
        )

        told = bring(bad, status=1)

        assert [(one["line"], one["pointer"]) for one in told["problems"]] == [
            (3, "客户"),
            (4, "日期"),
            (5, "金额"),
        ]
        assert told["data"]["added"] == 1
        assert "13999999999" not in str(told)

    def test_all_or_nothing_and_a_dry_run_take_none(self, club: Club, bring: Any) -> None:
        bad = rows((MOBILE, "2025/01/03", "10.00"), ("nobody", "2025/01/03", "1"))
        before = club.fingerprint()

        bring(bad, "--all-or-nothing", status=1)
        assert bring(YEAR, "--dry-run")["data"]["added"] == 13
        bring(bad, "-n", status=1)

        assert club.fingerprint() == before

    def test_two_members_with_one_number_are_not_guessed_between(
        self, club: Club, bring: Any
    ) -> None:
        club.run("update", ZENG, "--set", f"contact.mobile={MOBILE}")

        told = bring(rows((MOBILE, "2025/01/03", "10.00")), status=1)

        assert "several members have this value" in told["problems"][0]["message"]

    def test_a_member_is_also_named_by_code(self, club: Club, bring: Any) -> None:
        mapping = MAP.replace("contact.mobile", "id")

        assert bring(rows((ZENG, "2025/01/03", "5")), mapping=mapping)["data"]["added"] == 1
        assert len(club.json("ledger", "show", ZENG)["events"]) == 1

    def test_an_event_that_was_recorded_is_never_changed(self, club: Club, bring: Any) -> None:
        mapping = MAP + "  id: {column: 单号}\n"
        sheet = "客户,日期,金额,单号\n" + f"{MOBILE},2025/01/03,10.00,s1\n"
        bring(sheet, mapping=mapping)

        told = bring(sheet.replace("10.00", "11.00"), mapping=mapping, status=1)

        assert told["problems"][0]["rule"] == "changed-event"
        assert club.json("ledger", "show", WANG)["events"][0]["amount"] == "10.00"

    def test_a_mapping_for_members_is_no_mapping_for_a_ledger(self, club: Club, bring: Any) -> None:
        mapping = (
            "format: map/1\ntarget: members\nkind: individual\nfields:\n  name: {column: 客户}\n"
        )

        told = bring(YEAR, mapping=mapping, status=2)

        assert told["error"]["hint"] == "memberarc import FILE --map MAP"


@pytest.fixture
def busy(club: Club, bring: Any) -> Club:
    """The club after a year of purchases."""
    bring()
    return club


class TestClassify:
    def test_by_default_the_outcome_is_only_shown(self, busy: Club) -> None:
        before = busy.fingerprint()

        told = busy.json("classify", "--year", "2025")

        assert told["counts"] == {"A": 1, "B": 0, "C": 1, "D": 0, "E": 1}
        assert [(one["id"], one["from"], one["to"]) for one in told["changes"]] == [
            (WANG, None, "A"),
            (SHAN, None, "C"),
            (ZENG, None, "E"),
        ]
        assert (told["commit"], told["branch"]) == (None, None)
        assert busy.fingerprint() == before

    def test_applied_once_it_changes_every_record_and_twice_none(self, busy: Club) -> None:
        first = busy.json("classify", "--year", "2025", "--apply")
        listed = busy.json("list")["members"]  # makes an index
        after = busy.fingerprint()

        second = busy.json("classify", "--year", "2025", "--apply")

        assert first["commit"] == busy.head()
        assert [one["category"] for one in listed] == ["A", "C", "E"]
        assert (second["changes"], second["commit"]) == ([], None)
        assert busy.fingerprint() == after
        assert "Memberarc-Rule: value\n" in busy.git("log", "-1", "--format=%B")
        assert busy.problems("verify") == []

    def test_quiet_it_says_nothing_so_that_cron_stays_silent(self, busy: Club) -> None:
        busy.edit("policy/categories.yaml", "at_most: undecided", "at_most: 1")
        busy.commit_by_hand("decide what rare visits are")

        told = [busy.run("classify", "--year", "2025", "--apply", "-q") for _ in range(2)]

        assert [one.stderr for one in told] == ["", ""]
        assert "applied" not in told[0].stdout
        assert WANG not in told[1].stdout

    def test_who_waits_for_a_decision_is_told_but_not_by_cron(self, busy: Club) -> None:
        busy.run("update", SHAN, "--set", "categories.value=C")

        told = busy.run("classify", "--year", "2025")
        by_cron = busy.run("classify", "--year", "2025", "--apply", "-q")

        assert "waiting for a decision: 1 member;" in told.stderr
        assert (by_cron.stdout, by_cron.stderr) == ("", "")

    def test_a_proposal_is_a_branch_and_touches_nothing_here(self, busy: Club) -> None:
        tree, head, index = (
            tree_digest(busy.root / "members"),
            busy.head(),
            busy.git("ls-files", "--stage"),
        )

        told = busy.json("classify", "--year", "2025", "--propose")

        assert told["branch"].startswith("proposal/")
        assert busy.git("rev-parse", told["branch"]).strip() == told["commit"]
        assert busy.git("rev-parse", f"{told['branch']}~1").strip() == head
        assert (tree_digest(busy.root / "members"), busy.head()) == (tree, head)
        assert busy.git("ls-files", "--stage") == index
        assert busy.git("status", "--porcelain") == ""
        assert not [name for name in ("王", "单", "曾") if name in told["branch"]]

    def test_a_proposal_is_taken_by_merging_it(self, busy: Club) -> None:
        branch = busy.json("classify", "--year", "2025", "--propose")["branch"]
        [one, *_] = busy.json("diff", "HEAD", branch)
        assert [change["field"] for change in one["changes"]] == ["categories.value"]

        busy.git("merge", "--quiet", "--ff-only", branch)

        assert [one["category"] for one in busy.json("list")["members"]] == ["A", "C", "E"]
        assert busy.json("classify", "--year", "2025", "--propose")["branch"] is None

    def test_the_report_is_markdown_and_can_be_written_anywhere(
        self, busy: Club, tmp_path: Path
    ) -> None:
        target = tmp_path / "report.md"

        busy.run("classify", "--year", "2025", "--report", str(target))
        on_stdout = busy.run("classify", "--year", "2025", "--report", "-", "-q")

        assert WANG in target.read_text()
        assert target.read_text() in on_stdout.stdout
        assert "王小明" not in target.read_text()
        busy.run("classify", "--year", "2025", "--report", str(tmp_path / "no" / "x.md"), status=8)

    def test_one_member_is_explained(self, busy: Club) -> None:
        told = busy.json("classify", "--year", "2025", "--explain", SHAN)

        assert (told["to"], told["figures"]["visits"]) == ("C", 1)
        assert Decimal(told["figures"]["spend"]) == Decimal("450.50")
        assert "rule " in busy.run("classify", "--year", "2025", "--explain", SHAN.lower()).stdout
        busy.run("classify", "--year", "2025", "--explain", "M2026-000099", status=3)

    def test_later_events_are_left_aside_on_demand(self, busy: Club) -> None:
        told = busy.json("classify", "--year", "2025", "--as-of", "2025-04-30")

        assert told["counts"] == {"A": 0, "B": 0, "C": 1, "D": 0, "E": 2}

    def test_a_purged_members_events_stay_and_decide_nothing(self, busy: Club) -> None:
        busy.run("purge", WANG, "--reason", "duplicate", "--confirm", WANG)

        told = busy.json("classify", "--year", "2025")

        assert told["counts"] == {"A": 0, "B": 0, "C": 1, "D": 0, "E": 1}
        assert len([*(busy.root / "ledger").rglob("*.csv")]) == 13
        assert busy.problems("check") == []

    def test_it_needs_no_key_and_no_work_tree(self, busy: Club, tmp_path: Path) -> None:
        bare = busy.clone(tmp_path / "bare.git", "--bare")
        busy.identity.unlink()

        told = bare.json("classify", "--year", "2025", "--apply")

        assert told["counts"] == {"A": 1, "B": 0, "C": 1, "D": 0, "E": 1}
        assert bare.git("rev-parse", "HEAD").strip() == told["commit"]

    def test_what_is_not_committed_decides_nothing(self, busy: Club) -> None:
        extra = busy.root / "ledger" / "2025" / "05" / "2025-05-20.csv"
        line = extra.read_text().splitlines()[1].replace("450.50", "9000.00")
        extra.write_text(extra.read_text() + line.replace("-1", "-2") + "\n")

        assert busy.json("classify", "--year", "2025")["counts"]["C"] == 1

    def test_an_edited_record_is_not_overwritten(self, busy: Club) -> None:
        busy.edit(f"members/2026/0000/{SHAN}.yaml", "status: active", "status: left")
        files, head = tree_digest(busy.root / "members"), busy.head()

        told = busy.run("classify", "--year", "2025", "--apply", status=4)

        assert SHAN in told.stderr
        assert (tree_digest(busy.root / "members"), busy.head()) == (files, head)

    @pytest.mark.parametrize(
        ("words", "status"),
        [
            (("--year", "2025", "--propose", "--apply"), 2),
            (("--year", "2025", "--scheme", "nobody"), 5),
            (("--year", "soon"), 2),
            (("--year", "0"), 2),
            (("--year", "99999"), 2),
            ((), 2),
            (("--year", "2025", "--as-of", "2025-02-30"), 2),
        ],
    )
    def test_what_cannot_be_asked_is_told(
        self, busy: Club, words: tuple[str, ...], status: int
    ) -> None:
        assert busy.run("classify", *words, status=status).stderr.startswith("memberarc: error: ")

    def test_a_dry_run_of_either_outcome_touches_nothing(self, busy: Club) -> None:
        before = busy.fingerprint()

        for outcome in ("--apply", "--propose"):
            told = busy.json("classify", "--year", "2025", outcome, "-n")
            assert len(told["changes"]) == 3
            assert (told["commit"], told["branch"]) == (None, None)
        assert busy.fingerprint() == before


def test_what_takes_an_applied_classification_back_is_named_and_logged(club: Club) -> None:
    [undoing] = club.run("classify", "--year", "2026", "--apply", "--format", "json").envelope[
        "next"
    ]
    club.git(*undoing.split()[1:])

    newest, applied, *_ = club.json("log")

    assert undoing == f"git revert --no-edit {applied['commit'][:12]}"
    assert newest["act"] == "revert"
    assert applied["act"] == "classify"
