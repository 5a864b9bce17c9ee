"""A6: what was purged stays purged: nothing writes it again, and what git brings back is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from builders import WANG, Club
from disposal.attempts import shares_in
from memberarc.acts.writing import commit_act
from memberarc.archive.message import Act
from memberarc.archive.opened import open_archive
from memberarc.archive.transaction import Change, Plan
from memberarc.errors import InvalidRecordError

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
RECORD = f"members/2026/0000/{WANG}.yaml"


@pytest.fixture
def returned(club: Club) -> Club:
    """A club that merged a branch made before the purge, and solved the conflict wrongly."""
    club.git("branch", "draft")
    club.run(*PURGE)
    club.git("switch", "--quiet", "draft")
    club.run("add", "--set", "name=李四")
    club.git("switch", "--quiet", "main")
    club.git("merge", "--quiet", "--no-edit", "draft")
    club.git("checkout", "--quiet", "draft", "--", RECORD)
    club.commit_by_hand("bring it back")
    return club


def test_status_check_and_verify_tell_of_it(returned: Club) -> None:
    assert f"{WANG} was purged and has a record again" in returned.run("status").stderr
    assert returned.json("status")["resurrected"] == [WANG]
    assert "resurrected" in {one["rule"] for one in returned.problems("check")}
    assert "resurrected" in {one["rule"] for one in returned.problems("verify")}


def test_status_tells_of_it_without_the_tombstone_too(returned: Club) -> None:
    returned.git("rm", "-r", "--quiet", "tombstones")
    returned.commit_by_hand()

    assert returned.json("status")["resurrected"] == [WANG]
    assert "fence" in {one["rule"] for one in returned.problems("verify")}


def test_nothing_is_changed_in_it(returned: Club) -> None:
    returned.run("update", WANG, "--set", "status=left", status=6)
    returned.run("update", WANG, "--set", "branch=west", status=6)


def test_no_act_writes_a_record_of_a_uid_that_has_a_tombstone(club: Club) -> None:
    content = club.path(WANG).read_bytes()
    club.run(*PURGE)
    before = club.head()

    for path in (RECORD, RECORD.replace(WANG, "M2026-000009")):
        copy = content.replace(WANG.encode(), path[-17:-5].encode())
        plan = Plan(
            changes=(Change(path=path, content=copy),), act=Act(name="import", subject="import")
        )
        with pytest.raises(InvalidRecordError) as refused:
            commit_act(open_archive(club.root), lambda _, plan=plan: plan)
        assert "resurrected" in {one.rule for one in refused.value.problems}

    assert club.head() == before


def test_a_purge_repairs_it_and_the_share_stays_gone(returned: Club) -> None:
    returned.run(*PURGE)

    assert returned.json("status")["resurrected"] == []
    assert returned.problems("verify") == []
    assert len(shares_in(returned.vault)) == 3


def test_status_tells_of_a_purge_under_way(club: Club) -> None:
    segments = [path.read_bytes() for path in (club.vault / "segments").iterdir()]
    (club.vault / "by-hand.txt").write_bytes(b"".join(segments))
    (club.vault / "by-hand.txt").chmod(0o600)
    club.run(*PURGE, status=6)

    assert club.json("status")["purges"] == [{"id": WANG, "state": "fenced"}]
    assert f"the purge of {WANG} is not finished: fenced" in club.run("status").stderr


def test_an_old_backup_an_old_replica_and_an_old_clone_together_bring_nobody_back(
    club: Club, tmp_path: Path
) -> None:
    uid = club.uid(WANG)
    club.run("vault", "backup", str(tmp_path / "old.age"), "--days", "30")
    shutil.copytree(club.vault, tmp_path / "replica")
    clone = club.clone(tmp_path / "clone")
    club.run(*PURGE)

    club.run("vault", "restore", str(tmp_path / "old.age"), "--into", str(tmp_path / "restored"))
    club.run("vault", "add-replica", str(tmp_path / "replica"))
    club.run("vault", "sync")

    for place in (club.vault, tmp_path / "restored", tmp_path / "replica"):
        assert uid not in shares_in(place)
        assert (place / "fences" / f"{uid}.yaml").exists()
    assert "the member was purged" in clone.run("show", WANG).stderr


def test_a_replica_that_returns_beside_nobody_is_closed_by_the_next_sync(
    club: Club, tmp_path: Path
) -> None:
    """It was away, was given up, and is named again in somebody's settings."""
    uid, stick = club.uid(WANG), tmp_path / "stick"
    club.run("vault", "add-replica", str(stick))
    settings = club.settings.read_text()
    stick.rename(tmp_path / "lost")
    club.run("vault", "retire", "stick", "--yes")
    club.run(*PURGE)
    (tmp_path / "lost").rename(stick)
    club.settings.write_text(settings)
    assert uid in shares_in(stick)

    club.run("vault", "sync")

    assert uid not in shares_in(stick)
