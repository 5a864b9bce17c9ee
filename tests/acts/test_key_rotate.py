"""Levels get a new epoch: on one branch, on two at once, by two people, and killed in between."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from acts.colleague import colleague, let_in, readers
from builders import MEMBERARC, MOBILE, SHAN, WANG, Club

WORKER = Path(__file__).with_name("killed_rotation.py")
KEYS = ("keys/keys.yaml", "keys/keys.yaml.sig")


def epochs(club: Club) -> dict[str, set[str]]:
    """The epochs that values of records name, by level."""
    found: dict[str, set[str]] = {}
    for path in (club.root / "members").rglob("*.yaml"):
        for level, epoch in re.findall(r"enc:m1\.(\w+)\.(\d+):", path.read_text()):
            found.setdefault(level, set()).add(epoch)
    return found


def assert_whole(club: Club) -> None:
    assert club.problems("check") == []
    assert club.problems("verify") == []
    assert club.git("status", "--porcelain") == ""
    assert MOBILE in club.run("show", WANG).stdout


def test_every_value_of_a_level_is_sealed_again_and_no_other(club: Club) -> None:
    before = club.text(WANG)

    told = club.json("key", "rotate", "internal")

    assert epochs(club) == {"internal": {"2"}, "confidential": {"1"}}
    kept = [line for line in before.splitlines() if "internal" not in line]
    assert [line for line in club.text(WANG).splitlines() if "internal" not in line] == kept
    assert told["new_epochs"] == {"internal": 2}
    assert (told["members"], told["documents"]) == (3, 0)
    assert_whole(club)


def test_all_levels_are_rotated_when_none_is_named(club: Club) -> None:
    told = club.run("key", "rotate")

    assert "rotated to internal 2, confidential 2, secret 2" in told.stderr
    assert "1 document of these levels" in told.stderr
    assert readers(club).keys() == {
        (level, epoch, state)
        for level in ("internal", "confidential", "secret")
        for epoch, state in ((1, "retired"), (2, "current"))
    }
    assert_whole(club)


def test_a_dry_run_rotates_nothing(club: Club) -> None:
    club.run("key", "list")
    before = club.fingerprint()

    told = club.run("key", "rotate", "internal", "-n")

    assert "would rotate to internal 2, and seal values of 3 members again" in told.stderr
    assert club.fingerprint() == before


def test_an_unknown_level_is_refused(club: Club) -> None:
    assert "no level open" in club.run("key", "rotate", "open", status=2).stderr


def fork(club: Club) -> None:
    """Make an epoch 2 on each of two branches, and merge them: one list is given up."""
    club.git("switch", "--quiet", "--create", "side")
    club.run("key", "rotate", "internal")
    club.run("update", SHAN, "--set", "contact.mobile=13500135001")
    club.git("switch", "--quiet", "main")
    pin = club.home / "state" / "memberarc" / club.archive / "keys.yaml"
    pin.unlink()  # the other branch's administrator has a machine of their own
    club.run("key", "rotate", "internal")
    club.git("merge", "--quiet", "--no-commit", "--strategy-option=ours", "side")
    club.git("checkout", "--quiet", "HEAD", "--", *KEYS)
    club.git("checkout", "--quiet", "MERGE_HEAD", "--", f"members/2026/0000/{SHAN}.yaml")
    club.git("commit", "--quiet", "--message", "merge")


def test_epochs_made_on_two_branches_are_told_of_and_the_next_rotation_joins_them(
    club: Club,
) -> None:
    fork(club)

    [problem] = club.problems("check")
    assert problem["rule"] == "unlisted-key"
    assert problem["hint"].startswith("memberarc key rotate internal")
    club.run("show", SHAN, status=6)

    told = club.json("key", "rotate", "internal")

    assert told["taken_in"] == [problem["path"]]
    assert told["new_epochs"] == {"internal": 3}
    assert epochs(club)["internal"] == {"3"}
    assert "13500135001" in club.run("show", SHAN).stdout
    assert_whole(club)


def test_two_who_rotate_at_once_make_two_epochs_one_after_the_other(club: Club) -> None:
    words = [*MEMBERARC, "key", "rotate", "internal"]
    both = [
        subprocess.Popen(words, cwd=club.root, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    told = [one.communicate(timeout=120)[1] for one in both]

    assert [one.returncode for one in both] == [0, 0], told
    assert {re.findall(r"rotated to (internal \d)", one)[0] for one in told} == {
        "internal 2",
        "internal 3",
    }
    assert epochs(club)["internal"] == {"3"}
    assert_whole(club)


def test_what_is_added_meanwhile_is_readable_afterwards(club: Club) -> None:
    rotation = subprocess.Popen([*MEMBERARC, "key", "rotate"], cwd=club.root)
    added = subprocess.run(
        [*MEMBERARC, "add", "--set", "name=赵六"],
        cwd=club.root,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (rotation.wait(timeout=120), added.returncode) == (0, 0), added.stderr

    assert "赵六" in club.run("show", added.stdout.strip()).stdout
    assert_whole(club)


STEPS = (
    "locked",
    "planned",
    "commit written",
    "journal written",
    "files written",
    "branch moved",
    "index installed",
    "pinned",
)


@pytest.mark.parametrize("step", STEPS)
def test_a_rotation_killed_at_any_step_is_done_or_was_never_begun(club: Club, step: str) -> None:
    before = club.head()

    done = subprocess.run(
        [sys.executable, WORKER, club.root, step], capture_output=True, text=True, check=False
    )

    assert done.returncode == -signal.SIGKILL, done.stderr
    club.run("update", WANG, "--set", "branch=west")  # which puts in order what was left
    landed = step in ("branch moved", "index installed", "pinned")
    assert epochs(club)["internal"] == {"2" if landed else "1"}
    assert club.git("rev-list", "--count", f"{before}..HEAD").strip() == ("2" if landed else "1")
    assert_whole(club)
    club.run("key", "rotate", "internal")
    assert epochs(club)["internal"] == {"3" if landed else "2"}


@pytest.mark.parametrize("step", STEPS)
def test_a_revocation_killed_at_any_step_is_done_or_was_never_begun(
    club: Club, tmp_path: Path, step: str
) -> None:
    zhang = colleague(tmp_path, "zhang")
    let_in(club, zhang)

    done = subprocess.run(
        [sys.executable, WORKER, club.root, step, "zhang"], capture_output=True, text=True
    )

    assert done.returncode == -signal.SIGKILL, done.stderr
    club.run("update", WANG, "--set", "contact.email=one@example.org")
    gone = step in ("branch moved", "index installed", "pinned")
    assert ("contact.email" in zhang.closed(club, WANG)) is gone
    assert_whole(club)
    if not gone:
        club.run("key", "revoke", "zhang", "--confirm", "zhang")
    club.run("update", WANG, "--set", "contact.email=two@example.org")
    assert "contact.email" in zhang.closed(club, WANG)
