"""Killed after any step, a purge goes on by the same command, here or on another machine."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from builders import NOW, SECRETS, SHAN, WANG, Club
from disposal.attempts import (
    clear_texts,
    documents_that_open,
    objects,
    shares_in,
    subject_of,
    values_that_open,
)
from disposal.killed_purge import STEPS
from memberarc.people.user_files import write_vaults
from memberarc.sealing.vault.replica import create_vault, open_vault

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
KILLER = Path(__file__).with_name("killed_purge.py")
UNFINISHED = STEPS[:-1]


def kill_a_purge(club: Club, *, after: str, killer: Path = KILLER) -> None:
    number = STEPS.index(after) + 1
    done = subprocess.run([sys.executable, killer, str(number), *PURGE], cwd=club.root)
    assert done.returncode == -signal.SIGKILL


def add_replica(club: Club, place: Path) -> None:
    """Give the vault a second replica that holds what the first holds."""
    manifest = (club.root / "memberarc.yaml").read_text()
    vault_id = next(
        line.split()[1].strip("'\"") for line in manifest.splitlines() if line.startswith("vault:")
    )
    replica = create_vault(place, archive=club.archive, vault_id=vault_id)
    replica.adopt(shares_in(club.vault))
    write_vaults(club.settings, vaults=(club.vault, place))


@pytest.mark.parametrize("step", UNFINISHED)
def test_the_same_command_finishes_a_purge_that_was_killed(club: Club, step: str) -> None:
    subject, clone = subject_of(club, WANG), club.clone(club.root.parent / "clone")
    kill_a_purge(club, after=step)

    told = club.run(*PURGE)

    assert "0 opened" in told.stderr
    assert club.problems("verify") == []
    assert club.git("status", "--porcelain") == ""
    left = shares_in(club.vault)
    for repository in (club.root, clone.root):
        assert values_that_open(repository, subject, left) == []
        assert documents_that_open(repository, club, subject, left) == []
        assert not [hits for one in objects(repository) if (hits := clear_texts(one, SECRETS))]
    club.run(*PURGE, status=6)


@pytest.mark.parametrize("step", UNFINISHED[1:])
def test_so_does_going_on_with_whatever_is_unfinished(club: Club, step: str) -> None:
    subject = subject_of(club, WANG)
    kill_a_purge(club, after=step)

    club.run("purge", "resume")

    assert club.problems("verify") == []
    assert values_that_open(club.root, subject, shares_in(club.vault)) == []
    assert club.run("purge", "resume").stderr.startswith("no purge is under way")


def test_killed_before_its_fence_a_purge_has_destroyed_nothing(club: Club) -> None:
    kill_a_purge(club, after="return remembered")

    assert club.uid(WANG) in shares_in(club.vault)
    assert "王小明" in club.run("show", WANG).stdout
    assert club.problems("verify") == []


def test_several_that_were_killed_together_go_on_together(club: Club) -> None:
    words = ("purge", WANG, SHAN, "--reason", "duplicate", "--confirm", "2")
    number = 2 * (STEPS.index("fence raised") + 1) + 1  # both fences, and the share of one
    done = subprocess.run([sys.executable, KILLER, str(number), *words], cwd=club.root)
    assert done.returncode == -signal.SIGKILL
    assert len(shares_in(club.vault)) == 2

    told = club.json("purge", "resume")

    assert [one["id"] for one in told["members"]] == [WANG, SHAN]
    assert len(shares_in(club.vault)) == 1
    assert club.problems("verify") == []


@pytest.mark.parametrize("step", UNFINISHED)
def test_another_clone_with_the_same_vault_finishes_it(club: Club, step: str) -> None:
    subject, clone = subject_of(club, WANG), club.clone(club.root.parent / "clone")
    kill_a_purge(club, after=step)

    clone.run(*PURGE)

    assert not clone.path(WANG).exists()
    assert clone.problems("check") == []
    assert clone.problems("verify") == []
    assert values_that_open(clone.root, subject, shares_in(club.vault)) == []
    clone.run(*PURGE, status=6)


@pytest.mark.parametrize("step", UNFINISHED[1:])
def test_from_the_fence_on_nothing_opens_and_the_half_done_purge_is_told(
    club: Club, step: str
) -> None:
    kill_a_purge(club, after=step)

    shown = club.run("show", WANG, "--at", "HEAD~3")
    status = club.run("vault", "status")

    assert "王小明" not in shown.stdout
    assert "(sealed)" in shown.stdout
    assert "the purge of" in status.stderr
    assert "is not finished" in status.stderr
    assert "fence" in {problem["rule"] for problem in club.problems("verify")}


def test_killed_after_the_last_step_there_is_nothing_left_to_do(club: Club) -> None:
    kill_a_purge(club, after=STEPS[-1])

    assert club.problems("verify") == []
    club.run(*PURGE, status=6)


def test_a_resumed_purge_says_that_the_second_scan_was_not_possible(club: Club) -> None:
    kill_a_purge(club, after="fence raised")

    answer = club.json(*PURGE)

    [trial] = [member["trial"] for member in answer["members"]]
    assert answer["second_scan"] is False
    assert trial["opened"] == 0
    assert trial["values"] > 0


def test_a_dry_run_of_an_unfinished_purge_touches_nothing(club: Club) -> None:
    kill_a_purge(club, after="share destroyed")
    before = club.fingerprint()

    club.run("purge", WANG, "--reason", "member_request", "-n")

    assert club.fingerprint() == before


def test_the_request_and_the_approval_stay_those_of_the_beginning(club: Club) -> None:
    kill_a_purge(club, after="tombstone committed")
    fence = next((club.vault / "fences").iterdir()).read_text()
    request = next(line for line in fence.splitlines() if line.startswith("request: "))

    club.run(*PURGE)

    stone = club.root / "tombstones" / "2026" / "0000" / f"{WANG}.yaml"
    assert request in stone.read_text().splitlines()
    assert request in stone.with_suffix(".certificate.yaml").read_text().splitlines()


@pytest.mark.parametrize("step", ["share destroyed", "destruction noted", "tombstone noted"])
def test_a_share_that_a_backup_brought_back_is_destroyed_again(club: Club, step: str) -> None:
    uid, backup = club.uid(WANG), club.root.parent / "backup"
    shutil.copytree(club.vault / "segments", backup)
    kill_a_purge(club, after=step)
    shutil.copytree(backup, club.vault / "segments", dirs_exist_ok=True)
    assert uid in shares_in(club.vault)

    club.run(*PURGE)

    assert uid not in shares_in(club.vault)
    assert club.problems("verify") == []


def test_the_trial_sees_a_share_that_is_still_there_behind_the_fence(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    from memberarc.sealing.vault.replicas import Replicas

    monkeypatch.setattr(Replicas, "shred", lambda replicas, _uid: dict.fromkeys(replicas.ids, NOW))

    told = club.run(*PURGE, "--format", "json", status=1)

    assert (
        told.envelope["error"]["message"] == f"{WANG} can still be read, so no certificate is given"
    )
    opened = told.envelope["error"]["where"]
    assert int(opened.split()[0]) > 40, "every value of four versions, and the document"
    assert not [*(club.root / "tombstones").rglob("*.certificate.yaml")]


class TestReplicas:
    """The vault's second replica is behind, or out of reach, at one step or another."""

    def test_every_replica_loses_the_share_and_knows_the_purge(
        self, club: Club, tmp_path: Path
    ) -> None:
        add_replica(club, tmp_path / "second")
        uid = club.uid(WANG)
        assert uid in shares_in(tmp_path / "second")

        answer = club.json(*PURGE)

        assert len(answer["replicas"]) == 2
        for vault in (club.vault, tmp_path / "second"):
            assert uid not in shares_in(vault)
            assert len(shares_in(vault)) == 2
            assert "\nstate: certified\n" in (vault / "fences" / f"{uid}.yaml").read_text()
        assert club.problems("verify") == []

    @pytest.mark.parametrize("lost", ["fence", "state"])
    def test_a_purge_that_stopped_between_two_replicas_goes_on(
        self, club: Club, tmp_path: Path, lost: str
    ) -> None:
        add_replica(club, tmp_path / "second")
        uid = club.uid(WANG)
        kill_a_purge(club, after="fence raised" if lost == "fence" else "destruction noted")
        behind = tmp_path / "second" / "fences" / f"{uid}.yaml"
        if lost == "fence":
            behind.unlink()
        else:
            state = behind.read_text().replace("state: shredded", "state: fenced")
            behind.write_text("".join(f"{x}\n" for x in state.splitlines() if "shredded" not in x))

        club.run(*PURGE)

        assert uid not in shares_in(tmp_path / "second")
        assert behind.read_text() == (club.vault / "fences" / f"{uid}.yaml").read_text()
        assert club.problems("verify") == []
        assert "unfinished" in club.run("vault", "status", "--format", "csv").stdout
        assert "not finished" not in club.run("vault", "status").stderr

    def test_a_replica_that_learnt_nothing_of_the_end_is_told_of_it(
        self, club: Club, tmp_path: Path
    ) -> None:
        add_replica(club, tmp_path / "second")
        uid = club.uid(WANG)
        club.run(*PURGE)
        behind = tmp_path / "second" / "fences" / f"{uid}.yaml"
        text = behind.read_text().replace("state: certified", "state: committed")
        behind.write_text("".join(f"{x}\n" for x in text.splitlines() if "certified:" not in x))
        assert [one["rule"] for one in club.problems("verify")] == ["fence"]

        club.run(*PURGE)

        assert club.problems("verify") == []

    def test_a_replica_that_is_away_keeps_the_record_and_the_certificate_back(
        self, club: Club, tmp_path: Path
    ) -> None:
        add_replica(club, tmp_path / "second")
        uid = club.uid(WANG)
        (tmp_path / "second").rename(tmp_path / "unplugged")

        tried = club.run("purge", WANG, "--reason", "member_request", "--dry-run")
        told = club.run(*PURGE, status=4)

        assert "away, and the purge would wait for it: " + str(tmp_path / "second") in tried.stderr
        assert "the share STILL OPENS in a replica of the vault that is away" in told.stderr
        assert str(tmp_path / "second") in told.stderr
        assert (
            "hint: bring the replica back, then: memberarc purge resume; if it is lost for good:"
            f" memberarc vault retire {tmp_path / 'second'}\n"
        ) in told.stderr
        assert "\n  at " not in told.stderr
        assert uid not in shares_in(club.vault)
        assert uid in shares_in(tmp_path / "unplugged")
        assert club.path(WANG).exists()
        assert not (club.root / "tombstones").exists()
        assert "(sealed)" in club.run("show", WANG).stdout
        [status] = club.json("purge", "status")
        assert (status["state"], len(status["unconfirmed"])) == ("fenced", 1)
        club.run("purge", "resume", status=4)

    def test_a_replica_that_is_lost_is_called_by_its_label(
        self, club: Club, tmp_path: Path
    ) -> None:
        club.run("vault", "add-replica", str(tmp_path / "second"), "--label", "red stick")
        (tmp_path / "second").rename(tmp_path / "unplugged")

        told = club.run(*PURGE, status=4)

        assert "if it is lost for good: memberarc vault retire 'red stick'\n" in told.stderr
        club.run("vault", "retire", "red stick", "--yes")
        club.run("purge", "resume")
        assert not club.path(WANG).exists()

    def test_it_is_finished_when_the_replica_is_back(self, club: Club, tmp_path: Path) -> None:
        add_replica(club, tmp_path / "second")
        uid = club.uid(WANG)
        (tmp_path / "second").rename(tmp_path / "unplugged")
        club.run(*PURGE, status=4)
        (tmp_path / "unplugged").rename(tmp_path / "second")

        club.run("purge", "resume")

        assert uid not in shares_in(tmp_path / "second")
        assert not club.path(WANG).exists()
        assert club.problems("verify") == []
        certificate = (
            club.root / "tombstones" / "2026" / "0000" / f"{WANG}.certificate.yaml"
        ).read_text()
        assert certificate.count("confirmed_at: ") == 2

    def test_a_replica_that_cannot_be_written_does_not_let_a_purge_claim_success(
        self, club: Club, tmp_path: Path
    ) -> None:
        add_replica(club, tmp_path / "second")
        uid = club.uid(WANG)
        copy = tmp_path / "second" / "by-hand.txt"
        segment = next((tmp_path / "second" / "segments").iterdir())
        copy.write_bytes(segment.read_bytes())
        copy.chmod(0o600)

        told = club.run(*PURGE, status=6)

        assert "a share that was to be destroyed is still there" in told.stderr
        assert club.path(WANG).exists()
        copy.unlink()
        club.run(*PURGE)
        assert uid not in shares_in(tmp_path / "second")
        assert club.problems("verify") == []


def test_a_fenced_uid_gets_no_share_again(club: Club) -> None:
    from memberarc.errors import MemberPurgedError

    uid = club.uid(WANG)
    kill_a_purge(club, after="fence raised")
    manifest = (club.root / "memberarc.yaml").read_text()
    vault_id = next(
        line.split()[1].strip("'\"") for line in manifest.splitlines() if line.startswith("vault:")
    )
    vault = open_vault(club.vault, archive=club.archive, vault_id=vault_id)

    with pytest.raises(MemberPurgedError):
        vault.provision([uid])

    club.run(*PURGE)
    with pytest.raises(MemberPurgedError):
        vault.provision([uid])
    assert uid not in shares_in(club.vault)
