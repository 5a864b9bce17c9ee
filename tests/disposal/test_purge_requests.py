"""Several people approve a purge, it cools off, and it can be taken back until its fence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from builders import NOW, SHAN, WANG, ZENG, Club, Outcome, run, run_as_process, sign_next_key_list
from disposal.attempts import shares_in
from memberarc.output.result import local_time
from memberarc.people.ssh import make_signing_key, sign

ASK = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
CERTIFICATE = f"tombstones/2026/0000/{WANG}.certificate.yaml"


class Office:
    """A club with a second administrator, 李, who has a signing key of her own."""

    def __init__(
        self, club: Club, folder: Path, patch: pytest.MonkeyPatch, policy: str, role: str
    ) -> None:
        self.club = club
        self._patch = patch
        self._keys = {"admin": club.signing_key, "li": folder / "li", "mallory": folder / "mallory"}
        make_signing_key(self._keys["mallory"])
        public = make_signing_key(self._keys["li"])
        path = club.root / "policy" / "access.yaml"
        access = yaml.safe_load(path.read_text())
        access["people"].append({"id": "li", "roles": [role], "signing_keys": [public]})
        if role != "administrator":
            access["roles"].append({"id": role, "levels": []})
        access["approvals"] = [yaml.safe_load(policy)]
        path.write_text(yaml.safe_dump(access, sort_keys=False))
        sign_next_key_list(club)

    def want(self, policy: str) -> None:
        """Let the policy want something else of a purge."""
        path = self.club.root / "policy" / "access.yaml"
        access = yaml.safe_load(path.read_text())
        access["approvals"] = [yaml.safe_load(policy)]
        path.write_text(yaml.safe_dump(access, sort_keys=False))
        sign_next_key_list(self.club)

    def run(self, *words: str, by: str = "admin", status: int = 0, days: float = 0) -> Outcome:
        """Run a command line as one of the people, some days later."""
        self._patch.setenv("MEMBERARC_SIGNING_KEY", str(self._keys[by]))
        outcome = run(*words, cwd=self.club.root, now=NOW + timedelta(days=days))
        assert outcome.status == status, outcome
        return outcome

    def state(self, code: str = WANG) -> str:
        [one] = self.run("purge", "status", code, "--format", "json").data
        told: str = one["state"]
        return told


def noon(day: int) -> str:
    """Write noon of a day in Shanghai as the person at this machine reads it."""
    return local_time(datetime(2026, 11, day, 4, tzinfo=UTC))


@pytest.fixture
def two(club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """Two administrators must approve."""
    policy = "{act: purge, roles: [administrator], count: 2}"
    return Office(club, tmp_path, monkeypatch, policy, "administrator")


@pytest.fixture
def slow(club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Office:
    """One administrator approves, and then it cools off for three days."""
    policy = "{act: purge, roles: [administrator], cooling_off_days: 3}"
    return Office(club, tmp_path, monkeypatch, policy, "administrator")


def test_the_first_of_two_asks_and_nothing_is_destroyed(two: Office) -> None:
    told = two.run(*ASK, status=10)

    assert "lacks 1 of 2 approvals; who can give one: li" in told.stderr
    assert "hint: li runs: memberarc purge approve M2026-000001" in told.stderr
    assert two.state() == "requested"
    assert two.club.uid(WANG) in shares_in(two.club.vault)
    assert "王小明" in two.club.run("show", WANG).stdout
    assert two.club.problems("verify") == []


def test_asking_again_is_not_a_second_approval(two: Office) -> None:
    two.run(*ASK, status=10)

    two.run(*ASK, status=10)
    two.run("purge", "approve", WANG)

    assert two.state() == "requested"
    two.run("purge", "resume", WANG, status=10)


def test_the_second_approves_and_either_carries_it_out(two: Office) -> None:
    two.run(*ASK, status=10)

    approved = two.run("purge", "approve", WANG, by="li")
    two.run("purge", "resume", by="li")

    assert "next: memberarc purge resume M2026-000001" in approved.stderr
    told = yaml.safe_load((two.club.root / CERTIFICATE).read_text())
    assert (told["asked_by"], told["executed_by"]) == ("admin", "li")
    assert told["approved_by"] == ["admin", "li"]
    views = [one["text"].splitlines()[-1] for one in told["approvals"]]
    assert views == ["view full", "view shape"]
    results = {one["text"].splitlines()[5] for one in told["approvals"]}
    assert len(results) == 1, "both signed the same tombstone"
    assert two.club.problems("verify") == []


def test_whoever_confirms_the_purge_a_second_time_approves_and_carries_it_out(two: Office) -> None:
    two.run(*ASK, status=10)

    two.run(*ASK, by="li")

    assert not two.club.path(WANG).exists()


def test_going_on_approves_nothing(two: Office) -> None:
    two.run(*ASK, status=10)

    two.run("purge", "resume", by="li")
    told = two.run("purge", "resume", WANG, by="li", status=10)

    assert "lacks 1 of 2" in told.stderr
    assert two.club.uid(WANG) in shares_in(two.club.vault)


def test_a_stranger_neither_asks_nor_approves_nor_cancels(two: Office) -> None:
    two.run(*ASK, by="mallory", status=10)
    two.run(*ASK, status=10)

    two.run("purge", "approve", WANG, by="mallory", status=10)
    two.run("purge", "cancel", WANG, "--reason", "mistake", by="mallory", status=10)

    assert two.state() == "requested"


def test_an_approval_that_somebody_wrote_into_the_fence_does_not_count(two: Office) -> None:
    two.run(*ASK, status=10)
    fence = two.club.vault / "fences" / f"{two.club.uid(WANG)}.yaml"
    text = fence.read_text()
    begin = text.index("  - person: admin")
    fence.write_text(text + text[begin:].replace("person: admin", "person: li"))

    two.run("purge", "resume", WANG, status=10)

    assert two.club.uid(WANG) in shares_in(two.club.vault)


def test_confirmations_that_somebody_wrote_into_the_fence_spare_no_approval(two: Office) -> None:
    two.run(*ASK, status=10)
    fence = two.club.vault / "fences" / f"{two.club.uid(WANG)}.yaml"
    at = "2026-11-03T04:00:00Z"
    text = fence.read_text().replace("state: requested", "state: fenced")
    times = f'  requested: "{at}"\n'
    more = (
        f'  approved: "{at}"\n  fenced: "{at}"\nreplicas:\n  - id: r2\n    confirmed_at: "{at}"\n'
    )
    fence.write_text(text.replace(times, times + more))

    told = two.run("purge", "resume", WANG, status=10)

    assert "lacks 1 of 2 approvals" in told.stderr
    assert two.club.uid(WANG) in shares_in(two.club.vault)


def test_an_approval_for_another_member_does_not_count(two: Office) -> None:
    two.run(*ASK, status=10)
    two.run("purge", SHAN, "--reason", "duplicate", "--confirm", SHAN, status=10)
    two.run("purge", "approve", SHAN, by="li")
    fences = {
        code: two.club.vault / "fences" / f"{two.club.uid(code)}.yaml" for code in (WANG, SHAN)
    }
    given = fences[SHAN].read_text()
    given = given[given.index("  - person: li") :]
    fences[WANG].write_text(fences[WANG].read_text() + given)

    two.run("purge", "resume", WANG, status=10)


def test_approvals_run_out_and_are_given_again(two: Office) -> None:
    two.run(*ASK, status=10)
    two.run("purge", "approve", WANG, by="li", days=6)

    two.run("purge", "resume", WANG, days=8, status=10)
    two.run(*ASK, days=8)

    assert not two.club.path(WANG).exists()
    stone = yaml.safe_load((two.club.root / CERTIFICATE.replace(".certificate", "")).read_text())
    assert stone["purged_on"] == "2026-11-03", "the day of the request, which is what was signed"


def test_somebody_of_a_named_role_approves_who_administers_nothing(
    club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(club, tmp_path, monkeypatch, "{act: purge, roles: [chair]}", "chair")

    office.run(*ASK, status=10)
    office.run("purge", "approve", WANG, by="li")
    office.run("purge", "resume", by="li", status=10)
    office.run("purge", "resume")

    told = yaml.safe_load((club.root / CERTIFICATE).read_text())
    assert (told["approved_by"], told["executed_by"]) == (["li"], "admin")
    assert club.problems("verify") == []


def test_nothing_happens_before_it_has_cooled_off(slow: Office) -> None:
    told = slow.run(*ASK, status=4)

    assert f"cools off until {noon(6)}" in told.stderr
    early = slow.run("purge", "resume", WANG, days=2.9, status=4)
    assert "cools off until" in early.stderr
    told = slow.run("purge", "resume", days=2.9).stderr
    assert told.startswith("no purge can go on")
    assert f"M2026-000001 cools off until {noon(6)}" in told
    assert slow.state() == "cooling_off"
    words = ("purge", "status")
    shown = run_as_process(*words, cwd=slow.club.root, TZ="Asia/Shanghai").stdout
    assert shown.count("2026-11-03 12:00+08:00") == 1
    assert shown.count("2026-11-06 12:00+08:00") == 1
    assert "王小明" in slow.club.run("show", WANG).stdout
    slow.run("purge", "resume", days=3)
    assert not slow.club.path(WANG).exists()
    assert slow.club.problems("verify") == []


def test_another_administrator_takes_it_back_and_it_can_be_asked_for_anew(slow: Office) -> None:
    slow.run(*ASK, status=4)

    slow.run("purge", "cancel", WANG, "--reason", "request_withdrawn", by="li", days=1)

    assert slow.state() == "cancelled"
    slow.run("purge", "resume", WANG, days=5, status=3)
    slow.run("purge", "cancel", WANG, "--reason", "mistake", status=4)
    slow.run("purge", "approve", WANG, status=4)
    assert slow.run("purge", "status", "--format", "json").data == []
    slow.club.run("update", WANG, "--set", "status=left")
    slow.run(*ASK, days=6, status=4)
    slow.run("purge", "resume", days=9)
    fence = yaml.safe_load(next((slow.club.vault / "fences").glob("*.yaml")).read_text())
    assert fence["state"] == "certified"
    [other] = fence["others"]
    assert (other["cancelled_by"], other["cancelled_for"]) == ("li", "request_withdrawn")


def test_what_was_cancelled_before_enough_had_approved_can_be_asked_for_anew(two: Office) -> None:
    two.run(*ASK, status=10)
    two.run("purge", "cancel", WANG, "--reason", "mistake", by="li")

    two.run("purge", WANG, "--reason", "member_request", "--dry-run", days=1)
    two.run(*ASK, days=1, status=10)
    assert two.state() == "requested"
    two.run(*ASK, by="li", days=1)

    assert not two.club.path(WANG).exists()
    assert two.club.problems("verify") == []


def test_what_is_cancelled_is_not_cancelled_again(two: Office) -> None:
    two.run(*ASK, status=10)
    two.run("purge", "cancel", WANG, "--reason", "mistake", by="li")

    told = two.run("purge", "cancel", WANG, "--reason", "mistake", status=4)

    assert "the purge of M2026-000001 was cancelled by li already" in told.stderr


def test_nobody_who_can_approve_is_not_told_to(two: Office) -> None:
    two.want("{act: purge, roles: [administrator], count: 3}")
    two.run(*ASK, status=10)

    told = two.run(*ASK, by="li", status=10)

    assert "lacks 1 of 3 approvals; who can give one: nobody" in told.stderr
    assert "purge approve" not in told.stderr
    assert "memberarc purge cancel M2026-000001 --reason CODE" in told.stderr


def test_approved_by_a_clone_of_an_older_policy_it_still_cools_off(two: Office) -> None:
    two.run(*ASK, status=10)
    two.run("purge", "approve", WANG, by="li")
    assert two.state() == "approved"
    two.want("{act: purge, roles: [administrator], count: 2, cooling_off_days: 1}")

    told = two.run("purge", "resume", WANG, days=0.1, status=4)

    assert f"cools off until {noon(4)}" in told.stderr
    assert two.state() == "cooling_off"
    assert two.club.uid(WANG) in shares_in(two.club.vault)
    two.run(*ASK, days=0.9, status=4)
    two.run("purge", "resume", WANG, days=1)
    assert not two.club.path(WANG).exists()
    assert two.club.problems("verify") == []


def test_going_on_with_all_begins_what_must_still_cool_off(two: Office) -> None:
    two.run(*ASK, status=10)
    two.run("purge", "approve", WANG, by="li")
    two.want("{act: purge, roles: [administrator], count: 2, cooling_off_days: 1}")

    two.run("purge", "resume", "--dry-run")
    assert two.state() == "approved"
    told = two.run("purge", "resume")

    assert f"cools off until {noon(4)}" in told.stderr
    assert two.state() == "cooling_off"
    assert two.club.uid(WANG) in shares_in(two.club.vault)


def test_a_longer_cooling_off_of_the_policy_in_force_counts_from_the_approval(
    slow: Office,
) -> None:
    slow.run(*ASK, status=4)
    slow.want("{act: purge, roles: [administrator], cooling_off_days: 5}")

    told = slow.run("purge", "resume", WANG, days=4, status=4)

    assert f"cools off until {noon(8)}" in told.stderr
    slow.run("purge", "resume", WANG, days=5)
    assert not slow.club.path(WANG).exists()


def test_behind_the_fence_nothing_is_taken_back(club: Club) -> None:
    club.run(*ASK)

    told = club.run("purge", "cancel", WANG, "--reason", "mistake", status=4)

    assert "is certified and cannot be cancelled" in told.stderr


def test_what_nobody_asked_for_is_neither_approved_nor_cancelled_nor_gone_on_with(
    club: Club,
) -> None:
    for words in (("approve",), ("cancel", "--reason", "mistake"), ("resume",), ("status",)):
        told = club.run("purge", words[0], WANG, *words[1:], status=3)
        assert "M2026-000001" in told.stderr


def test_a_value_that_comes_into_the_clear_while_it_cools_off_stops_it(slow: Office) -> None:
    slow.run(*ASK, status=4)
    (slow.club.root / "list.txt").write_text("王小明\n")

    slow.run("purge", "resume", WANG, days=4, status=1)

    assert slow.club.uid(WANG) in shares_in(slow.club.vault)


def test_a_hold_stops_it_at_every_door_before_the_fence(slow: Office) -> None:
    slow.run(*ASK, status=4)
    slow.run("hold", "place", WANG, "--reason", "inquiry")

    slow.run("purge", "resume", WANG, days=4, status=11)
    slow.run("purge", "approve", WANG, days=4, status=11)
    slow.run(*ASK, days=4, status=11)
    slow.run("hold", "release", WANG, "--reason", "case_closed")

    slow.run("purge", "resume", WANG, days=4)


class TestSeveral:
    """Members are purged together, or not at all."""

    def test_one_commit_buries_all_and_one_certifies_all(self, club: Club) -> None:
        before = int(club.git("rev-list", "--count", "HEAD"))

        told = club.json("purge", WANG, SHAN, "--reason", "member_request", "--confirm", "2")

        assert [one["id"] for one in told["members"]] == [WANG, SHAN]
        assert int(club.git("rev-list", "--count", "HEAD")) == before + 2
        assert "Memberarc-Count: 2\n" in club.git("log", "-1", "--format=%B")
        assert len(shares_in(club.vault)) == 1
        for code in (WANG, SHAN):
            assert (club.root / f"tombstones/2026/0000/{code}.certificate.yaml").exists()
        assert club.problems("verify") == []
        assert club.problems("check") == []

    def test_the_codes_may_stand_in_a_file(self, club: Club, tmp_path: Path) -> None:
        (tmp_path / "list").write_text(f"{WANG.lower()}\n\n{SHAN}\n{WANG}\n")

        club.run(
            *("purge", "--from", str(tmp_path / "list"), "--reason", "duplicate"),
            *("--confirm", "2"),
        )

        assert [*shares_in(club.vault)] == [club.uid(ZENG)]

    @pytest.mark.parametrize("confirm", [WANG, "1", "3", ""])
    def test_they_are_confirmed_by_their_number(self, club: Club, confirm: str) -> None:
        club.run(*("purge", WANG, SHAN, "--reason", "duplicate", "--confirm", confirm), status=9)

        assert len(shares_in(club.vault)) == 3

    def test_one_that_is_refused_keeps_all(self, club: Club) -> None:
        club.run("hold", "place", SHAN, "--reason", "inquiry")
        before = club.fingerprint()

        club.run("purge", WANG, SHAN, "--reason", "duplicate", "--confirm", "2", status=11)
        club.run("hold", "release", SHAN, "--reason", "case_closed")
        (club.root / "list.txt").write_text("单雄信\n")
        told = club.run(*("purge", WANG, SHAN, "--reason", "duplicate", "--confirm", "2"), status=1)

        assert f"holds {SHAN} name" in told.stdout
        assert before != club.fingerprint()
        assert len(shares_in(club.vault)) == 3
        assert [*(club.vault / "fences").iterdir()] == []

    def test_each_lacks_its_own_approvals(self, two: Office) -> None:
        words = ("purge", WANG, SHAN, "--reason", "duplicate", "--confirm", "2")
        two.run(*words, status=10)
        two.run("purge", "approve", SHAN, by="li")

        two.run("purge", "resume")

        assert two.club.path(WANG).exists()
        assert not two.club.path(SHAN).exists()
        assert two.state(WANG) == "requested"

    def test_nobody_named_is_a_wrong_command_line(self, club: Club) -> None:
        club.run("purge", "--reason", "duplicate", "--confirm", "0", status=2)


def test_another_reason_is_not_put_in_the_place_of_the_first(slow: Office) -> None:
    slow.run(*ASK, status=4)

    slow.run("purge", WANG, "--reason", "duplicate", "--confirm", WANG, status=2)


def test_the_signature_is_bound_to_the_act(two: Office, tmp_path: Path) -> None:
    two.run(*ASK, status=10)
    two.run("purge", "approve", WANG, by="li")
    fence = two.club.vault / "fences" / f"{two.club.uid(WANG)}.yaml"
    document = yaml.safe_load(fence.read_text())
    [mine] = [one for one in document["approvals"] if one["person"] == "li"]
    forged = sign(mine["text"].encode(), key=tmp_path / "li", namespace="memberarc-keys@m1")
    fence.write_text(
        fence.read_text().replace(yaml_text(mine["signature"]), yaml_text(forged.decode()))
    )

    two.run("purge", "resume", WANG, status=10)


def yaml_text(text: str) -> str:
    return text.replace("\n", "\\u000a")


def test_the_day_of_the_tombstone_is_that_of_the_request(slow: Office) -> None:
    slow.run(*ASK, status=4)
    slow.run("purge", "resume", days=5)

    told = yaml.safe_load((slow.club.root / CERTIFICATE).read_text())
    stone = yaml.safe_load((slow.club.root / CERTIFICATE.replace(".certificate", "")).read_text())

    assert stone["purged_on"] == "2026-11-03"
    assert datetime.fromisoformat(told["times"]["shredded"]).date().isoformat() == "2026-11-08"


def test_approving_again_says_that_nothing_changed(two: Office) -> None:
    two.run(*ASK, status=10)

    told = two.run("purge", "approve", WANG)

    assert "nothing changed, as you have already approved the purge of M2026-000001" in told.stderr


def test_under_another_policy_the_approver_is_told_to_pull(two: Office) -> None:
    two.run(*ASK, status=10)
    two.want("{act: purge, roles: [administrator], count: 2, cooling_off_days: 1}")

    told = two.run("purge", "approve", WANG, by="li")

    assert "this clone's policy is another than the request's: git pull first" in told.stderr
    assert "next: memberarc purge status M2026-000001" in told.stderr
    assert "purge resume" not in told.stderr


def test_no_purge_at_all_is_said_in_words(two: Office) -> None:
    assert two.run("purge", "status").stderr == "no purge under way\n"
