"""Backups of the vault: who opens them, where they may lie, and what the vault knows of them."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from builders import NOW, WANG, ZENG, Club, Outcome, run, run_as_process
from memberarc.acts.vault.backups import _listed_already
from memberarc.errors import MemberarcError, VaultError
from memberarc.sealing.vault.backup_list import Backup


@pytest.fixture
def safe(club: Club) -> Path:
    """A folder outside of everything that is versioned."""
    folder = club.root.parent / "safe"
    folder.mkdir()
    return folder


def back_up(club: Club, file: Path, *words: str) -> str:
    """Make a backup for 90 days, and return its id."""
    return club.run("vault", "backup", str(file), "--days", "90", *words).stdout.strip()


def listed(club: Club) -> dict[str, dict[str, object]]:
    return {one["id"]: one for one in club.json("vault", "backups")["backups"]}


def opened(file: Path, identity: Path) -> str:
    """Decrypt with age itself."""
    done = subprocess.run(
        ["age", "-d", "-i", str(identity), str(file)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def keygen(file: Path) -> str:
    """Make an identity with age's own tool, and return its recipient."""
    subprocess.run(["age-keygen", "-o", str(file)], check=True, capture_output=True)
    told = subprocess.run(["age-keygen", "-y", str(file)], check=True, capture_output=True)
    return told.stdout.decode().strip()


def later(club: Club, days: int, *words: str) -> Outcome:
    return run(*words, cwd=club.root, now=NOW + timedelta(days=days))


def test_age_itself_opens_a_backup_with_the_identity_of_who_reads_what_is_secret(
    club: Club, safe: Path
) -> None:
    back_up(club, safe / "vault.age")

    text = opened(safe / "vault.age", club.identity)

    assert text.startswith(f"memberarc-vault-backup m1 {club.archive} ")
    segments = (path.read_text() for path in (club.vault / "segments").iterdir())
    lines = sorted(line for segment in segments for line in segment.splitlines())
    assert len(lines) == 3
    assert text.splitlines()[1:4] == lines


def test_the_file_is_private_and_not_armoured(club: Club, safe: Path) -> None:
    back_up(club, safe / "vault.age")

    assert (safe / "vault.age").stat().st_mode & 0o777 == 0o600
    assert (safe / "vault.age").read_bytes().startswith(b"age-encryption.org/v1\n")


def test_named_recipients_open_it_instead_of_the_readers(club: Club, safe: Path) -> None:
    recipient = keygen(safe / "offline.txt")

    identifier = back_up(club, safe / "vault.age", "--recipient", recipient)

    assert opened(safe / "vault.age", safe / "offline.txt").startswith("memberarc-vault-backup")
    assert listed(club)[identifier]["opened_by"] == recipient
    refused = club.run("vault", "restore", str(safe / "vault.age"), status=6)
    assert "no identity at hand opens it" in refused.stderr


def test_where_an_identity_lies_in_a_safe_it_alone_opens_backups(club: Club, safe: Path) -> None:
    club.run(
        *("key", "grant", "notary", "--recipient", keygen(safe / "notary.txt")),
        *("--role", "recovery", "--recovery", "--levels", "internal,confidential,secret"),
        *("--confirm", "notary"),
    )

    identifier = back_up(club, safe / "vault.age")

    assert listed(club)[identifier]["opened_by"] == "notary"
    assert opened(safe / "vault.age", safe / "notary.txt").startswith("memberarc-vault-backup")
    refused = club.run("vault", "restore", str(safe / "vault.age"), status=6).stderr
    assert "no identity" in refused
    assert f"MEMBERARC_IDENTITY=FILE memberarc vault restore {safe / 'vault.age'}" in refused
    assert "as who opens one: notary" in refused


def test_nobody_gets_a_backup_by_writing_himself_into_the_policy(club: Club, safe: Path) -> None:
    policy = club.root / "policy" / "access.yaml"
    mallory = keygen(safe / "mallory.txt")
    policy.write_text(
        policy.read_text().replace("recipients:\n", f"recipients:\n      - {mallory}\n", 1)
    )
    assert mallory in policy.read_text()
    club.commit_by_hand()

    club.run("vault", "backup", str(safe / "vault.age"), "--days", "9", status=6)

    assert listed(club) == {}
    assert not (safe / "vault.age").exists()


def test_a_backup_is_listed_with_the_person_who_opens_it(club: Club, safe: Path) -> None:
    identifier = back_up(club, safe / "vault.age")

    assert listed(club)[identifier] == {
        "id": identifier,
        "kind": "backup",
        "made": "2026-11-03T04:00:00Z",
        "expires": "2027-02-01",
        "state": "standing",
        "purged": 0,
        "opened_by": "admin",
    }


def test_people_read_when_it_was_made_in_their_zone(club: Club, safe: Path) -> None:
    back_up(club, safe / "vault.age")

    def told(form: str) -> str:
        words = ("vault", "backups", "--format", form)
        return run_as_process(*words, cwd=club.root, TZ="Asia/Shanghai").stdout

    assert "2026-11-03 12:00+08:00" in told("table")
    assert "2026-11-03T04:00:00Z" in told("csv")


def test_it_is_listed_before_it_is_written(club: Club, safe: Path) -> None:
    """Whoever may have the file must be known; that there is none is attested by hand."""
    (safe / "vault.age").symlink_to("nowhere")

    refused = club.run("vault", "backup", str(safe / "vault.age"), "--days", "9", status=4)

    [identifier] = listed(club)
    assert f"memberarc vault backup-destroyed {identifier}" in refused.stderr
    assert not (safe / "nowhere").exists()


@pytest.mark.parametrize(
    ("place", "status", "told"),
    [
        ("../club/backup.age", 6, "this place keeps what is deleted"),
        ("../club/.git/backup.age", 6, "this place keeps what is deleted"),
        ("../Dropbox/backup.age", 6, "this place keeps what is deleted"),
        ("../safe/there", 4, "the file exists already"),
        ("../nowhere/backup.age", 8, "there is no such folder"),
    ],
)
def test_a_place_is_refused_before_anything_is_listed(
    club: Club, safe: Path, place: str, status: int, told: str
) -> None:
    (safe / "there").write_text("mine")
    (club.root.parent / "Dropbox").mkdir()

    refused = club.run("vault", "backup", place, "--days", "9", status=status)

    assert told in refused.stderr
    assert listed(club) == {}
    assert (safe / "there").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "say how long"),
        (("--days", "9", "--expires", "2026-12-01"), "say how long"),
        (("--days", "0"), "from tomorrow to 2027-11-04"),
        (("--days", "99999999999"), "366 days from now"),
        (("--expires", "2026-11-03"), "from tomorrow"),
        (("--expires", "2099-01-01"), "from tomorrow"),
    ],
)
def test_a_backup_has_a_last_day(club: Club, safe: Path, words: tuple[str, ...], told: str) -> None:
    refused = club.run("vault", "backup", str(safe / "vault.age"), *words, status=2)

    assert told in refused.stderr
    assert [*safe.iterdir()] == []


def test_the_policy_says_how_long_a_backup_may_live(club: Club, safe: Path) -> None:
    policy = club.root / "policy" / "vault.yaml"
    policy.write_text("format: vault-policy/1\nbackup_days: 30\n")
    club.commit_by_hand()

    assert club.run("check").status == 0
    refused = club.run("vault", "backup", str(safe / "a"), "--expires", "2026-12-04", status=2)
    assert "to 2026-12-03, 30 days from now" in refused.stderr
    club.run("vault", "backup", str(safe / "a"), "--expires", "2026-12-03")


@pytest.mark.parametrize(
    "flawed", ["format: vault-policy/2\n", "backup_days: x\n", "backup_days: 0\n", "days: 3\n"]
)
def test_a_flawed_policy_is_told(club: Club, safe: Path, flawed: str) -> None:
    head = "" if flawed.startswith("format") else "format: vault-policy/1\n"
    (club.root / "policy" / "vault.yaml").write_text(head + flawed)
    club.commit_by_hand()

    refused = club.run("vault", "backup", str(safe / "vault.age"), "--days", "9", status=5)

    assert "policy/vault.yaml" in refused.stderr


def test_a_recipient_that_is_none_leaves_no_entry(club: Club, safe: Path) -> None:
    words = ("vault", "backup", str(safe / "vault.age"), "--days", "9", "--recipient", "age1x")

    assert "not a recipient" in club.run(*words, status=6).stderr
    assert listed(club) == {}


def test_a_dry_run_writes_and_lists_nothing(club: Club, safe: Path) -> None:
    before = club.fingerprint()

    told = club.run("vault", "backup", str(safe / "vault.age"), "--days", "9", "-n")

    assert "would write 3 shares until 2026-11-12" in told.stderr
    assert [*safe.iterdir()] == []
    assert club.fingerprint() == before


def test_after_a_purge_the_list_says_which_backups_still_open_the_member(
    club: Club, safe: Path
) -> None:
    before = back_up(club, safe / "before.age")
    later(club, 1, "purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)

    told = later(club, 2, "vault", "backup", str(safe / "after.age"), "--days", "90")
    after = told.stdout.strip()

    backups = later(club, 2, "vault", "backups", "--format", "json")
    purged = {one["id"]: one["purged"] for one in backups.data["backups"]}
    assert purged == {before: 1, after: 0}
    assert f"{before} still opens 1 purged member" in backups.stderr
    assert "would write 2 shares" not in told.stderr
    assert "wrote 2 shares" in told.stderr


def test_an_expired_backup_is_told_until_somebody_attests_that_it_is_gone(
    club: Club, safe: Path
) -> None:
    identifier = back_up(club, safe / "vault.age")
    attest = ("vault", "backup-destroyed", identifier)

    assert "should be gone" not in later(club, 90, "vault", "backups").stderr
    overdue = later(club, 91, "vault", "backups")
    assert f"{identifier} should be gone since 2027-02-01" in overdue.stderr
    assert "overdue" in overdue.stdout

    attested = later(club, 91, *attest, "--yes")
    assert f"admin attests on 2027-02-02 that {identifier} is destroyed" in attested.stderr
    gone = later(club, 91, "vault", "backups")
    assert "destroyed" in gone.stdout
    assert gone.stderr == ""

    again = later(club, 92, *attest, "--yes")
    assert again.status == 4
    assert "admin attested its destruction on 2027-02-02" in again.stderr


def test_a_destruction_is_attested_by_an_administrator_who_says_so(club: Club, safe: Path) -> None:
    identifier = back_up(club, safe / "vault.age")
    before = club.fingerprint()

    assert club.run("vault", "backup-destroyed", "k5x2w7n3q4v6t2zb", "-y", status=3)
    assert club.run("vault", "backup-destroyed", identifier, "-n").status == 0
    assert club.fingerprint() == before

    key = club.signing_key.with_name("signing_key.pub")
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(safe / "key")], check=True
    )
    key.write_bytes((safe / "key.pub").read_bytes())
    refused = club.run("vault", "backup-destroyed", identifier, "--yes", status=10)
    assert "no administrator's" in refused.stderr
    assert listed(club)[identifier]["state"] == "standing"


def test_damaged_shares_are_told_with_the_backup_that_lacks_them(club: Club, safe: Path) -> None:
    segment = min((club.vault / "segments").iterdir())
    segment.write_bytes(segment.read_bytes()[:-3] + b"00\n")
    uid = segment.read_text().split(" ")[1]

    told = club.run("vault", "backup", str(safe / "vault.age"), "--days", "9")

    assert "damaged in the vault: 1 line; memberarc verify" in told.stderr
    assert uid not in opened(safe / "vault.age", club.identity)
    assert club.uid(WANG)


def test_damage_that_stops_a_backup_is_met_before_it_is_listed(club: Club, safe: Path) -> None:
    fence = club.vault / "fences" / "abcdefghijklmnop.yaml"
    fence.write_text("x")
    fence.chmod(0o600)

    refused = club.run("vault", "backup", str(safe / "vault.age"), "--days", "9", status=6)

    assert "not a fence" in refused.stderr
    fence.unlink()
    assert listed(club) == {}


@pytest.mark.parametrize(
    ("stop", "told"),
    [
        (VaultError("torn", hint="mend it"), "torn at : mend it; it is listed already"),
        (KeyboardInterrupt(), "the backup was interrupted at : it is listed already"),
    ],
)
def test_whatever_stops_a_backup_that_is_listed_says_so(stop: BaseException, told: str) -> None:
    backup = Backup(id="k5x2w7n3q4v6t2zb", kind="backup", made="", expires="")

    with pytest.raises(MemberarcError) as caught, _listed_already(backup):
        raise stop

    err = caught.value
    assert f"{err.message} at {err.where}: {err.hint}".startswith(told)
    assert "memberarc vault backup-destroyed k5x2w7n3q4v6t2zb" in err.hint


def test_a_backup_of_a_replica_that_was_away_while_the_fence_was_raised_still_opens(
    club: Club, safe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    club.run("vault", "add-replica", str(tmp_path / "second"))
    (tmp_path / "second").rename(tmp_path / "away")
    assert later(club, 1, "purge", ZENG, "--reason", "duplicate", "--confirm", ZENG).status == 4
    monkeypatch.setenv("MEMBERARC_VAULT", str(tmp_path / "away"))
    backup = later(club, 2, "vault", "backup", str(safe / "vault.age"), "--days", "9")
    monkeypatch.delenv("MEMBERARC_VAULT")
    (tmp_path / "away").rename(tmp_path / "second")
    uid = club.uid(ZENG)

    assert later(club, 3, "purge", "resume").status == 0

    assert uid in opened(safe / "vault.age", club.identity)
    told = later(club, 3, "vault", "backups")
    assert f"{backup.stdout.strip()} still opens 1 purged member" in told.stderr


def test_a_damaged_list_of_backups_is_a_finding_of_the_status(club: Club, safe: Path) -> None:
    identifier = back_up(club, safe / "vault.age")
    copy = club.vault / "backups" / "copy.yaml"
    shutil.copy(copy.with_name(f"{identifier}.yaml"), copy)

    told = club.run("vault", "status", status=1)

    assert f"{copy}: vault-paper: the entry of another backup" in told.stdout + told.stderr
