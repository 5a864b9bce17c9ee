"""Compaction keeps every share, shredding leaves none, and a fence outlives both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from memberarc.archive.lock import hold_lock
from memberarc.errors import (
    LockedError,
    MemberPurgedError,
    ShareMissingError,
    VaultError,
)
from memberarc.sealing.vault import upkeep as vault_upkeep
from memberarc.sealing.vault.fences import Fence, FenceApproval, utc_text
from memberarc.sealing.vault.replica import SEGMENT_LIMIT, Vault, open_vault
from memberarc.sealing.vault.share_lines import share_line

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
UID, OTHER_UID, THIRD_UID = "k5x2w7n3q4v6t2zb", "p3d7hq2mlx5cva6r", "k5aaaaaaaaaaaaaa"
NOW = datetime(2026, 11, 3, 10, 0, tzinfo=UTC)


def reopened(vault: Vault) -> Vault:
    return open_vault(vault.directory, archive=ARCHIVE, vault_id=vault.vault_id)


def fence(vault: Vault, uid: str = UID, state: str = "fenced", **more: Any) -> Any:
    times = {"approved": utc_text(NOW), state: utc_text(NOW)}
    fields = {"uid": uid, "request": "r3quest", "state": state, "times": times}
    return vault.put_fence(Fence(**fields | more))


def advance(vault: Vault, uid: str, state: str, *, now: datetime) -> None:
    standing = vault.fence_of(uid)
    assert standing is not None
    vault.put_fence(standing.advanced(state, now=now))


def mentions(vault: Vault, needle: str) -> list[Path]:
    return [
        path
        for path in vault.directory.rglob("*")
        if path.is_file() and needle.encode() in path.read_bytes()
    ]


def write_lines(path: Path, *lines: bytes) -> None:
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    path.chmod(0o600)


def test_compaction_moves_every_share_and_is_due_above_64_segments(vault: Vault) -> None:
    shares = {}
    for number in range(SEGMENT_LIMIT + 1):
        assert not vault.needs_compaction()
        uid = f"k{chr(97 + number % 26)}{'abc'[number // 26]}aaaaaaaaaaaaa"
        shares |= vault.provision([uid])
    assert vault.needs_compaction()

    vault.compact()
    vault.provision([UID])
    vault.compact()

    assert [*vault.segments.iterdir()] == []
    after = reopened(vault)
    assert {uid: after.shares(uid) for uid in shares} == {
        uid: (share,) for uid, share in shares.items()
    }
    assert after.problems() == []


def test_a_shard_is_named_by_the_first_ten_bits_and_its_lines_are_sorted(vault: Vault) -> None:
    vault.provision([UID])
    vault.provision([OTHER_UID, THIRD_UID])

    vault.compact()

    shards = {path.name: path.read_bytes().splitlines() for path in vault.shards.iterdir()}
    # k5 is 10 * 32 + 29, p3 is 15 * 32 + 27.
    assert sorted(shards) == ["15d.txt", "1fb.txt"]
    assert [line[3:19].decode() for line in shards["15d.txt"]] == [THIRD_UID, UID]


def test_compaction_loses_nothing_when_it_is_killed_halfway(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = vault.provision([UID, OTHER_UID])

    def killed(_folder: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(vault_upkeep.private_files, "sync_folder", killed)
        with pytest.raises(KeyboardInterrupt):
            vault.compact()

    after = reopened(vault)
    assert after.shares(UID) == (shares[UID],)
    after.compact()
    assert reopened(vault).shares(OTHER_UID) == (shares[OTHER_UID],)
    assert reopened(vault).problems() == []


def test_compaction_leaves_a_line_without_form_where_it_is(vault: Vault) -> None:
    share = bytes(range(32))
    good = share_line(UID, share=share, archive=ARCHIVE)
    write_lines(vault.segments / "by-hand.txt", good, b"m1 k5x2 rotten")

    vault.compact()

    assert (vault.segments / "by-hand.txt").read_bytes() == b"m1 k5x2 rotten\n"
    assert reopened(vault).shares(UID) == (share,)
    assert [(one.rule, one.line) for one in vault.problems()] == [("vault-rotten-line", 1)]


def test_only_one_process_compacts_or_shreds_at_a_time(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fence(vault)
    monkeypatch.setattr(vault_upkeep, "hold_lock", lambda path: hold_lock(path, wait_s=0))

    with hold_lock(vault.directory):
        with pytest.raises(LockedError):
            reopened(vault).compact()
        with pytest.raises(LockedError):
            reopened(vault).shred(UID)


def test_a_shredded_share_is_nowhere_and_the_others_are_whole(vault: Vault) -> None:
    shares = vault.provision([UID, OTHER_UID])
    vault.compact()
    vault.provision([UID])
    third = vault.provision([THIRD_UID])[THIRD_UID]
    leftover = vault.segments / ".abc.txt.0011223344556677.tmp"
    write_lines(leftover, share_line(UID, share=shares[UID], archive=ARCHIVE))
    fence(vault)

    vault.shred(UID)

    assert mentions(vault, UID) == [vault.directory / "fences" / f"{UID}.yaml"]
    assert not leftover.exists()
    after = reopened(vault)
    assert after.shares(OTHER_UID) == (shares[OTHER_UID],)
    assert after.shares(THIRD_UID) == (third,)
    assert after.problems() == []


def test_shredding_again_changes_nothing(vault: Vault) -> None:
    vault.provision([UID, OTHER_UID])
    fence(vault)
    vault.shred(UID)
    before = {path: path.read_bytes() for path in vault.segments.iterdir()}

    vault.shred(UID)

    assert {path: path.read_bytes() for path in vault.segments.iterdir()} == before


def test_a_share_whose_uid_has_rotted_is_shredded_too(vault: Vault) -> None:
    share = bytes(range(32))
    line = share_line(UID, share=share, archive=ARCHIVE)
    write_lines(vault.segments / "by-hand.txt", line.replace(b"k5x2", b"k5x3"))
    fence(vault)

    vault.shred(UID)

    assert [*vault.segments.iterdir()] == []


def test_a_copy_made_by_hand_keeps_the_purge_from_claiming_success(vault: Vault) -> None:
    vault.provision([UID])
    segment = next(vault.segments.iterdir())
    copy = vault.directory / "backup.txt"
    write_lines(copy, *segment.read_bytes().splitlines())
    fence(vault)

    with pytest.raises(VaultError, match="still there") as caught:
        vault.shred(UID)

    assert caught.value.where == str(copy)


@pytest.mark.parametrize("state", ["", "approved"])
def test_nothing_is_shredded_before_the_fence_stands(vault: Vault, state: str) -> None:
    share = vault.provision([UID])[UID]
    if state:
        fence(vault, state=state)

    with pytest.raises(VaultError, match="behind a fence"):
        vault.shred(UID)

    assert vault.shares(UID) == (share,)


def test_an_approved_purge_still_opens_and_a_fenced_one_does_not(vault: Vault) -> None:
    share = vault.provision([UID])[UID]

    fence(vault, state="approved")
    assert vault.shares(UID) == (share,)
    advance(vault, UID, "fenced", now=NOW)
    for one in (vault, reopened(vault)):
        with pytest.raises(MemberPurgedError):
            one.shares(UID)


@pytest.mark.parametrize("state", ["fenced", "shredded", "certified"])
def test_a_fenced_uid_is_never_provided_again(vault: Vault, state: str) -> None:
    early = reopened(vault)
    fence(vault, state=state)

    for one in (vault, early):
        with pytest.raises(MemberPurgedError):
            one.provision([OTHER_UID, UID])
    with pytest.raises(ShareMissingError):
        vault.shares(OTHER_UID)


def test_a_fence_remembers_states_times_and_approvals(vault: Vault) -> None:
    approval = FenceApproval(person="zhang", role="administrator", text="a\nb\n", signature="c\n")
    fence(vault, state="approved", approvals=(approval,))

    advance(vault, UID, "fenced", now=NOW + timedelta(seconds=1))
    advance(vault, UID, "shredded", now=NOW + timedelta(seconds=2))

    found = reopened(vault).fence_of(UID)
    assert found is not None
    assert (found.state, found.approvals) == ("shredded", (approval,))
    assert found.times == {
        "approved": "2026-11-03T10:00:00Z",
        "fenced": "2026-11-03T10:00:01Z",
        "shredded": "2026-11-03T10:00:02Z",
    }
    assert found.reached("fenced")
    assert not found.reached("committed")


def test_a_fence_never_goes_back_and_noting_a_state_twice_keeps_its_first_time(
    vault: Vault,
) -> None:
    fence(vault)

    for state in ("approved", "fenced"):
        advance(vault, UID, state, now=NOW + timedelta(days=1))

    found = vault.fence_of(UID)
    assert found is not None
    assert (found.state, found.times["fenced"]) == ("fenced", "2026-11-03T10:00:00Z")


def test_the_same_request_goes_on_and_another_stands_beside_it(vault: Vault) -> None:
    first = fence(vault, state="approved")
    further = fence(vault, state="fenced")

    assert vault.put_fence(first) == further
    both = fence(vault, request="other")
    assert {both.request, *(one.request for one in both.others)} == {"other", "r3quest"}
    assert vault.fences() == {UID: both}


def test_a_fence_outlives_compaction_and_shredding(vault: Vault) -> None:
    vault.provision([UID, OTHER_UID])
    fence(vault)

    vault.compact()
    vault.shred(UID)
    vault.compact()

    with pytest.raises(MemberPurgedError):
        reopened(vault).shares(UID)


def test_an_unreadable_fence_still_fences(vault: Vault) -> None:
    vault.provision([UID])
    fence(vault, state="approved")
    path = vault.directory / "fences" / f"{UID}.yaml"
    path.write_bytes(path.read_bytes()[:40])

    with pytest.raises(MemberPurgedError):
        vault.shares(UID)
    with pytest.raises(VaultError, match="not a fence"):
        vault.fence_of(UID)
    assert [problem.rule for problem in vault.problems()] == ["vault-fence"]


def test_a_fence_of_another_uid_or_no_uid_is_refused(vault: Vault) -> None:
    fence(vault)
    folder = vault.directory / "fences"
    (folder / f"{UID}.yaml").rename(folder / f"{OTHER_UID}.yaml")

    with pytest.raises(VaultError, match="another uid"):
        vault.fence_of(OTHER_UID)
    with pytest.raises(ValueError, match="not a uid"):
        fence(vault, uid="../k5x2w7n3q4v6")


def test_problems_name_file_line_and_rule(vault: Vault) -> None:
    vault.provision([UID])
    vault.provision([UID, OTHER_UID])
    next(vault.segments.iterdir()).chmod(0o644)
    fence(vault, uid=OTHER_UID, state="certified")

    rules = sorted(problem.rule for problem in vault.problems())

    assert rules == ["vault-permissions", "vault-share-returned", "vault-two-shares"]


def test_status_counts_what_there_is(vault: Vault) -> None:
    vault.provision([UID, OTHER_UID])
    vault.compact()
    vault.provision([THIRD_UID])
    fence(vault, uid=UID, state="certified")
    fence(vault, uid=OTHER_UID, state="shredded")

    status = vault.status()

    assert (status.shares, status.segments, status.shards, status.fences) == (3, 1, 2, 2)
    assert status.unfinished == (OTHER_UID,)
    assert (status.vault_id, status.replica) == (vault.vault_id, vault.replica)
