"""The commands over replicas: added, brought together, moved, retired, on one machine or on two."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from builders import SHAN, WANG, ZENG, Club, add, tree_digest
from disposal.attempts import shares_in
from memberarc.archive.opened import open_archive
from memberarc.errors import FileError
from memberarc.people.user_files import user_files, write_vaults
from memberarc.sealing.vault.fences import Fence
from memberarc.sealing.vault.replica import Vault, open_vault


def statuses(club: Club, status: int | None = None) -> list[dict[str, Any]]:
    replicas: list[dict[str, Any]] = club.json("vault", "status", status=status or 0)["replicas"]
    return replicas


def rules(club: Club) -> list[str]:
    return [one["rule"] for one in club.problems("vault", "status")]


def opened(club: Club, place: Path) -> Vault:
    manifest = open_archive(club.root).manifest
    return open_vault(place, archive=manifest.archive, vault_id=manifest.vault)


def vaults_of(club: Club) -> tuple[Path, ...]:
    return user_files(os.environ).vaults(club.archive)


@pytest.fixture
def safe(club: Club, tmp_path: Path) -> Path:
    """Give the vault a second replica."""
    club.run("vault", "add-replica", str(tmp_path / "safe"))
    return tmp_path / "safe"


class Office:
    """Another machine: its own settings and clone; the same person's keys."""

    def __init__(self, club: Club, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._config = home / "config"
        shutil.copytree(club.home / "config", self._config)
        settings = self._config / "memberarc" / "archives" / f"{club.archive}.yaml"
        settings.unlink(missing_ok=True)
        self.club = club.clone(home / "club")

    def __enter__(self) -> Club:
        self._monkeypatch.setenv("XDG_CONFIG_HOME", str(self._config))
        self._monkeypatch.setenv("XDG_DATA_HOME", str(self._config / "data"))
        return self.club

    def __exit__(self, *_: object) -> None:
        self._monkeypatch.undo()


@pytest.fixture
def office(club: Club, tmp_path: Path) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        yield Office(club, tmp_path / "office", patch)


class TestAdding:
    def test_a_new_replica_holds_all_shares_and_gets_every_later_one(
        self, club: Club, safe: Path
    ) -> None:
        assert shares_in(safe) == shares_in(club.vault)
        assert vaults_of(club) == (club.vault, safe)

        add(club, name="李四")

        assert shares_in(safe) == shares_in(club.vault)
        assert len(shares_in(safe)) == 4
        assert [(one["label"], one["missing"]) for one in statuses(club)] == [
            ("first", 0),
            ("safe", 0),
        ]

    def test_each_replica_reads_alone(self, club: Club, safe: Path) -> None:
        before = club.run("show", WANG).stdout
        club.vault.rename(club.vault.with_name("away"))

        assert club.run("show", WANG).stdout == before
        assert "王小明" in before

    def test_its_fences_are_there_too(self, club: Club, tmp_path: Path) -> None:
        uid = club.uid(ZENG)
        club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)

        told = club.json("vault", "add-replica", str(tmp_path / "safe"))

        assert (told["shares"], told["fences"]) == (2, 1)
        assert (tmp_path / "safe" / "fences" / f"{uid}.yaml").exists()
        assert uid not in shares_in(tmp_path / "safe")

    def test_files_and_folders_are_for_their_owner_only(self, safe: Path) -> None:
        modes = {path.is_dir(): path.stat().st_mode & 0o777 for path in safe.rglob("*")}

        assert modes == {True: 0o700, False: 0o600}
        assert safe.stat().st_mode & 0o777 == 0o700

    def test_adding_again_changes_nothing(self, club: Club, safe: Path) -> None:
        before = tree_digest(club.vault, safe), vaults_of(club)

        club.run("vault", "add-replica", str(safe))

        assert (tree_digest(club.vault, safe), vaults_of(club)) == before

    def test_a_label_is_what_people_call_it(self, club: Club, tmp_path: Path) -> None:
        club.run("vault", "add-replica", str(tmp_path / "a" / "vault"), "--label", "保险柜")

        assert statuses(club)[1]["label"] == "保险柜"
        club.run("vault", "add-replica", str(tmp_path / "a/vault"), "--label", "x", status=2)

    @pytest.mark.parametrize("keeper", ["git", "Syncthing", "Dropbox", "OneDrive", "iCloud"])
    @pytest.mark.parametrize("linked", [False, True], ids=["straight", "through a link"])
    def test_a_folder_that_keeps_versions_is_refused(
        self, club: Club, tmp_path: Path, keeper: str, linked: bool
    ) -> None:
        folder = tmp_path / {"iCloud": "iCloudDrive"}.get(keeper, keeper)
        folder.mkdir()
        if keeper == "git":
            subprocess.run(["git", "init", "-q", folder], check=True)
        if keeper == "Syncthing":
            (folder / ".stfolder").mkdir()
        if linked:
            (tmp_path / "link").symlink_to(folder)
            folder = tmp_path / "link"

        told = club.run("vault", "add-replica", str(folder / "vault"), status=6)

        assert f"a folder of {keeper}" in told.stderr
        assert not (folder / "vault").exists()
        assert vaults_of(club) == (club.vault,)

    def test_a_link_inside_a_vault_is_refused(self, club: Club, safe: Path, tmp_path: Path) -> None:
        elsewhere = tmp_path / "Dropbox"
        elsewhere.mkdir()
        (safe / "segments").rename(elsewhere / "segments")
        (safe / "segments").symlink_to(elsewhere / "segments")

        told = club.run("vault", "sync", status=6)

        assert "a link leads out of the vault" in told.stderr

    def test_what_holds_something_else_is_refused(self, club: Club, tmp_path: Path) -> None:
        (tmp_path / "full").mkdir()
        (tmp_path / "full" / "notes.txt").write_text("mine")
        before = club.fingerprint()

        club.run("vault", "add-replica", str(tmp_path / "full"), status=4)
        club.run("vault", "add-replica", str(club.vault / "inner"), status=2)
        club.run("vault", "add-replica", str(club.vault.parent), status=2)

        assert club.fingerprint() == before

    def test_the_vault_of_another_archive_is_refused(self, club: Club, tmp_path: Path) -> None:
        other = tmp_path / "other-vault"
        club.run("init", str(tmp_path / "other"), "--name", "x", "--vault", str(other))
        before = tree_digest(other)

        told = club.run("vault", "add-replica", str(other), status=6)

        assert "another archive" in told.stderr
        assert tree_digest(other) == before

    def test_what_a_killed_attempt_left_is_taken_up(self, club: Club, tmp_path: Path) -> None:
        for name in ("segments", "fences"):
            (tmp_path / "safe" / name).mkdir(parents=True, mode=0o700)
        (tmp_path / "safe" / ".vault.yaml.0011.tmp").write_text("half")

        club.run("vault", "add-replica", str(tmp_path / "safe"))

        assert shares_in(tmp_path / "safe") == shares_in(club.vault)
        assert rules(club) == []

    def test_a_dry_run_tells_what_it_would_hold(self, club: Club, tmp_path: Path) -> None:
        before = club.fingerprint()

        told = club.run("vault", "add-replica", str(tmp_path / "safe"), "-n")

        assert "would hold 3 shares and 0 fences" in told.stderr
        assert club.fingerprint() == before
        assert not (tmp_path / "safe").exists()

    def test_a_vault_chosen_by_the_environment_overrules_the_settings_and_that_is_told(
        self, club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("MEMBERARC_VAULT", str(club.vault))

        told = club.run("vault", "add-replica", str(tmp_path / "safe"))

        assert "MEMBERARC_VAULT is set" in told.stderr
        monkeypatch.delenv("MEMBERARC_VAULT")
        assert vaults_of(club) == (club.vault, tmp_path / "safe")


class TestCopiesByHand:
    def test_a_copied_folder_claims_to_be_the_first_and_is_refused(
        self, club: Club, safe: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(safe, tmp_path / "copy")
        settings = club.settings.read_text()
        club.settings.write_text(settings + f'  - "{tmp_path / "copy"}"\n')

        told = club.run("add", "--set", "name=李四", status=6)

        assert "the same replica as the one in" in told.stderr
        assert "add-replica" in told.stderr

    def test_adding_the_copy_gives_it_an_id_of_its_own(
        self, club: Club, safe: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(safe, tmp_path / "copy")

        club.run("vault", "add-replica", str(tmp_path / "copy"))

        ids = [one["replica"] for one in statuses(club)]
        assert len(set(ids)) == 3
        assert rules(club) == []

    def test_an_old_copy_loses_whom_it_should_not_have(self, club: Club, tmp_path: Path) -> None:
        uid = club.uid(ZENG)
        shutil.copytree(club.vault, tmp_path / "copy")
        club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
        add(club, name="李四")

        club.run("vault", "add-replica", str(tmp_path / "copy"))

        assert shares_in(tmp_path / "copy") == shares_in(club.vault)
        assert uid not in shares_in(tmp_path / "copy")

    def test_naming_a_directory_twice_is_no_copy(
        self, club: Club, safe: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "link").symlink_to(safe)
        names = os.pathsep.join(map(str, (club.vault, safe, tmp_path / "link")))
        monkeypatch.setenv("MEMBERARC_VAULT", names)

        assert len(statuses(club)) == 2

    def test_a_copy_of_one_that_is_away_does_not_take_its_place(
        self, club: Club, safe: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(safe, tmp_path / "copy")
        [_, stick] = [one["replica"] for one in statuses(club)]
        safe.rename(tmp_path / "unplugged")

        told = club.run("vault", "add-replica", str(tmp_path / "copy"))

        assert f"memberarc vault retire {stick}" in told.stderr
        by_state = {one["replica"]: one["state"] for one in statuses(club, 1)}
        assert len(by_state) == 3
        assert by_state[stick] == "there is no vault here"

    def test_a_copy_named_beside_one_that_is_away_is_refused(
        self, club: Club, safe: Path, tmp_path: Path
    ) -> None:
        shutil.copytree(safe, tmp_path / "copy")
        safe.rename(tmp_path / "unplugged")
        settings = club.settings.read_text()
        club.settings.write_text(settings + f'  - "{tmp_path / "copy"}"\n')

        told = club.run("add", "--set", "name=李四", status=6)

        assert f"a copy of the replica in {safe}, which is away" in told.stderr

    @pytest.mark.parametrize("words", [("vault", "add-replica"), ("vault", "move")])
    def test_one_used_for_practice_closes_and_destroys_nobody_unasked(
        self, club: Club, tmp_path: Path, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        training, practice = tmp_path / "training", club.clone(tmp_path / "practice")
        shutil.copytree(club.vault, training)
        uid = club.uid(ZENG)
        with monkeypatch.context() as patch:
            patch.setenv("MEMBERARC_VAULT", str(training))
            practice.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
        before = club.fingerprint()

        for more in ((), ("-n",)):
            told = club.run(*words, str(training), *more, status=9)
            assert f"close {ZENG} for ever" in told.stderr
        assert club.fingerprint() == before

        told = club.run("vault", "add-replica", str(training), "--yes")
        assert f"knows no purge of them: {uid}" in told.stderr
        assert uid in shares_in(club.vault)
        club.run("vault", "sync")
        assert uid in shares_in(club.vault)
        club.run("vault", "retire", "first", "--yes", status=6)
        assert uid in shares_in(club.vault)

    def test_a_dry_run_tells_how_many_would_be_destroyed(self, club: Club, tmp_path: Path) -> None:
        shutil.copytree(club.vault, tmp_path / "copy")
        club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)

        told = club.run("vault", "add-replica", str(tmp_path / "copy"), "-n")

        assert "shares of 1 purged member would be destroyed" in told.stderr


class TestAway:
    def test_an_add_goes_on_and_tells_who_is_away(self, club: Club, safe: Path) -> None:
        safe.rename(safe.with_name("unplugged"))

        told = club.run("add", "--set", "name=李四")

        assert told.stderr.count("not every replica of the vault is at hand") == 1
        assert f"{safe} (there is no vault here)" in told.stderr
        [_, away] = club.run("vault", "status", "--format", "json", status=1).data["replicas"]
        assert (away["label"], away["state"]) == ("safe", "there is no vault here")
        assert rules(club) == ["vault-away"]
        back = f"bring {safe} back, or memberarc vault retire safe"
        assert back in club.run("vault", "status", status=1).stderr

        safe.with_name("unplugged").rename(safe)
        assert rules(club) == ["vault-behind"]
        assert "next: memberarc vault sync\n" in club.run("vault", "status", status=1).stderr
        assert statuses(club, 1)[1]["missing"] == 1
        club.run("vault", "sync")

        assert shares_in(safe) == shares_in(club.vault)
        assert rules(club) == []

    def test_an_import_tells_it_once(self, club: Club, safe: Path, tmp_path: Path) -> None:
        from contract.command_lines import MEMBERS_MAP

        (tmp_path / "m.yaml").write_text(MEMBERS_MAP)
        (tmp_path / "m.csv").write_text("number,name\n1,李四\n2,王五\n")
        shutil.rmtree(safe)

        told = club.run("import", str(tmp_path / "m.csv"), "--map", str(tmp_path / "m.yaml"))

        assert told.stderr.count("not every replica") == 1
        assert len(shares_in(club.vault)) == 5

    def test_readers_are_not_told(self, club: Club, safe: Path) -> None:
        shutil.rmtree(safe)

        assert club.run("show", WANG, "-q").stderr == ""

    def test_without_any_replica_nothing_is_added(self, club: Club, safe: Path) -> None:
        shutil.rmtree(safe)
        shutil.rmtree(club.vault)
        head = club.head()

        told = club.run("add", "--set", "name=李四", status=6)

        assert "there is no vault here" in told.stderr
        assert club.head() == head

    def test_the_doctor_tells_who_is_away_and_that_one_is_few(
        self, club: Club, tmp_path: Path
    ) -> None:
        def verdict() -> tuple[str, str]:
            findings = club.run("doctor", "--format", "json", status=None).data["findings"]
            [found] = [one for one in findings if one["subject"] == "replicas"]
            return found["verdict"], found["message"]

        assert verdict() == ("warn", "at hand: 1")
        club.run("vault", "add-replica", str(tmp_path / "safe"))
        assert verdict() == ("ok", "at hand: 2")
        shutil.rmtree(tmp_path / "safe")
        assert verdict()[0] == "warn"
        assert "there is no vault here" in verdict()[1]


class TestSync:
    def test_it_says_what_it_did_and_nothing_when_there_is_nothing(
        self, club: Club, safe: Path
    ) -> None:
        shutil.rmtree(safe / "segments")
        (safe / "segments").mkdir(mode=0o700)
        before = tree_digest(safe)

        dry = club.run("vault", "sync", "-n")
        assert f"{safe} would get 3 shares" in dry.stderr
        assert tree_digest(safe) == before
        assert f"{safe} got 3 shares" in club.run("vault", "sync").stderr
        assert "nothing to do" in club.run("vault", "sync").stderr
        quiet = club.run("vault", "sync", "-q")
        assert (quiet.stdout, quiet.stderr) == ("", "")

    def test_a_member_whose_two_shares_the_record_decides_is_no_problem(
        self, club: Club, safe: Path
    ) -> None:
        opened(club, safe).provision([club.uid(SHAN)])

        club.run("vault", "sync")

        assert rules(club) == []
        assert [one["doubled"] for one in statuses(club)] == [1, 1]
        assert "单雄信" in club.run("show", SHAN).stdout

    def test_two_shares_that_no_record_names_are_told_and_kept(
        self, club: Club, safe: Path
    ) -> None:
        opened(club, safe).provision([club.uid(SHAN)])
        path = club.path(SHAN).relative_to(club.root)
        club.edit(str(path), r"(?m)^key: .*$", f'key: "{"0" * 16}"')
        club.commit_by_hand()

        club.run("vault", "sync")

        assert rules(club) == ["vault-two-shares"]
        assert [one["doubled"] for one in statuses(club, 1)] == [1, 1]


class TestTwoMachines:
    def test_the_office_takes_in_the_replica_it_shares(
        self, club: Club, safe: Path, office: Office
    ) -> None:
        with office as there:
            assert "(sealed)" in there.run("show", WANG).stdout
            there.run("vault", "add-replica", str(safe))

            assert "王小明" in there.run("show", WANG).stdout
            assert vaults_of(there) == (safe,)
            told = there.run("add", "--set", "name=李四")

        assert "the settings here do not name it" in told.stderr
        assert len(shares_in(safe)) == 4
        club.run("vault", "sync")
        assert shares_in(club.vault) == shares_in(safe)

    def test_each_knows_of_a_replica_only_the_other_has(
        self, club: Club, safe: Path, office: Office, tmp_path: Path
    ) -> None:
        with office as there:
            there.run("vault", "add-replica", str(safe))
            there.run("vault", "add-replica", str(tmp_path / "cellar"))

        [absent] = [one for one in statuses(club, 1) if one["shares"] is None]

        assert absent["label"] == "cellar"
        assert "cellar" in club.run("add", "--set", "name=李四").stderr

    def test_a_purge_here_closes_there_and_is_finished_there(
        self, club: Club, safe: Path, office: Office, tmp_path: Path
    ) -> None:
        """Until the purge has its tombstone a sync closes only: a fence alone proves no purge."""
        uid, cellar = club.uid(ZENG), tmp_path / "cellar"
        with office as there:
            there.run("vault", "add-replica", str(safe))
            there.run("vault", "add-replica", str(cellar))
        waiting = club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG, status=4)
        assert "cellar" in waiting.stderr

        with office as there:
            told = there.run("vault", "sync")
            assert "knows no purge of them" in told.stderr
            assert uid in shares_in(cellar)
            assert "the member was purged" in there.run("show", ZENG).stderr
            there.run("purge", "resume", status=None)

        assert uid not in shares_in(cellar)

    def test_a_finished_purge_that_was_fetched_is_carried_on_by_a_sync(
        self, club: Club, safe: Path, office: Office
    ) -> None:
        uid = club.uid(ZENG)
        old = safe.with_name("old")
        shutil.copytree(safe, old)
        club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
        shutil.rmtree(safe)
        shutil.move(old, safe)
        assert uid in shares_in(safe)

        told = club.json("vault", "sync")

        assert [one["shredded"] for one in told["replicas"]] == [0, 1]
        assert uid not in shares_in(safe)

    def test_where_the_vault_moved_to_is_told_there(
        self, club: Club, safe: Path, office: Office, tmp_path: Path
    ) -> None:
        with office as there:
            there.run("vault", "add-replica", str(safe))
        club.run("vault", "move", str(tmp_path / "new"))

        with office as there:
            [_, absent] = statuses(there, 1)

        assert (absent["label"], absent["state"]) == ("new", "the settings here do not name it")


class TestMoving:
    def test_the_nearest_replica_is_in_the_new_place_only(
        self, club: Club, safe: Path, tmp_path: Path
    ) -> None:
        before, shown = shares_in(club.vault), club.run("show", WANG).stdout

        told = club.run("vault", "move", str(tmp_path / "new"))

        assert f"{club.vault} is deleted" in told.stderr
        assert not club.vault.exists()
        assert shares_in(tmp_path / "new") == before
        assert vaults_of(club) == (tmp_path / "new", safe)
        assert rules(club) == []
        assert club.run("show", WANG).stdout == shown
        again = club.run("vault", "move", str(tmp_path / "new"))
        assert "deleted" not in again.stderr
        assert vaults_of(club) == (tmp_path / "new", safe)

    def test_the_only_replica_moves_too(self, club: Club, tmp_path: Path) -> None:
        club.run("vault", "move", str(tmp_path / "new"))

        assert vaults_of(club) == (tmp_path / "new",)
        assert rules(club) == []
        assert "王小明" in club.run("show", WANG).stdout

    def test_a_dry_run_moves_nothing(self, club: Club, tmp_path: Path) -> None:
        before = club.fingerprint()

        told = club.run("vault", "move", str(tmp_path / "new"), "-n")

        assert f"{club.vault} would be deleted" in told.stderr
        assert club.fingerprint() == before
        assert not (tmp_path / "new").exists()


class TestRetiring:
    def test_a_lost_replica_is_missed_no_more_and_what_it_opens_is_told(
        self, club: Club, safe: Path
    ) -> None:
        shutil.rmtree(safe)

        told = club.run("vault", "retire", "safe", "--yes")

        assert "those purged from now on, too" in told.stderr
        assert rules(club) == []
        assert "not every replica" not in club.run("add", "--set", "name=李四").stderr
        assert vaults_of(club) == (club.vault,)

    def test_one_at_hand_is_deleted_and_nothing_it_alone_held_is_lost(
        self, club: Club, safe: Path
    ) -> None:
        for one in [*(club.vault / "segments").iterdir(), *(club.vault / "shards").iterdir()]:
            one.unlink()
        assert "(sealed)" not in club.run("show", WANG).stdout

        club.run("vault", "retire", str(safe), "--yes")

        assert not safe.exists()
        assert len(shares_in(club.vault)) == 3

    def test_the_last_one_stays(self, club: Club, safe: Path) -> None:
        shutil.rmtree(safe)
        [first, _] = [one["replica"] for one in statuses(club, 1)]
        before = club.fingerprint()

        told = club.run("vault", "retire", first, "--yes", status=6)

        assert "no other replica" in told.stderr
        assert club.fingerprint() == before

    def test_nobody_retires_by_accident(self, club: Club, safe: Path) -> None:
        before = club.fingerprint()

        club.run("vault", "retire", "safe", status=9)
        club.run("vault", "retire", "unheard-of", "--yes", status=3)
        club.run("vault", "retire", "safe", "-n")

        assert club.fingerprint() == before
        assert safe.exists()

    def test_a_retired_one_that_turns_up_is_told_of_and_can_come_back_as_new(
        self, club: Club, safe: Path
    ) -> None:
        settings = club.settings.read_text()
        safe.rename(safe.with_name("lost"))
        club.run("vault", "retire", "safe", "--yes")
        uid = club.uid(ZENG)
        club.run("purge", ZENG, "--reason", "duplicate", "--confirm", ZENG)
        safe.with_name("lost").rename(safe)
        club.settings.write_text(settings)
        assert "vault-retired" in rules(club)
        assert uid in shares_in(safe)

        club.run("vault", "sync")
        assert uid not in shares_in(safe)
        club.run("vault", "add-replica", str(safe))

        assert rules(club) == []
        assert shares_in(safe) == shares_in(club.vault)

    def test_a_directory_of_which_nobody_knows_what_it_held_is_given_up_too(
        self, club: Club, tmp_path: Path
    ) -> None:
        gone = tmp_path / "gone"
        write_vaults(club.settings, vaults=(club.vault, gone))
        assert rules(club) == ["vault-away"]

        club.run("vault", "retire", str(gone), "--yes")

        assert vaults_of(club) == (club.vault,)
        assert rules(club) == []

    def test_a_path_may_be_written_in_any_way(self, club: Club, safe: Path) -> None:
        told = club.run("vault", "retire", f"{safe.parent}/./{safe.name}/", "-n")

        assert "safe would be deleted" in told.stderr
        club.run("vault", "retire", "", "-n", status=3)

    def test_nothing_is_deleted_while_another_cannot_take_it(
        self, club: Club, safe: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The fence in the one that goes may be the only trace of a purge."""
        times = dict.fromkeys(("approved", "fenced"), "2026-11-03T10:00:00Z")
        fence = Fence(uid=club.uid(ZENG), request="r3quest", state="fenced", times=times)
        opened(club, safe).put_fence(fence)
        put = Vault.put_fence

        def full(vault: Vault, one: Fence) -> Fence:
            if vault.directory == club.vault:
                raise FileError("cannot write: No space left on device", where="")
            return put(vault, one)

        monkeypatch.setattr(Vault, "put_fence", full)

        told = club.run("vault", "retire", "safe", "--yes", status=8)

        assert "nothing was deleted" in told.stderr
        assert (safe / "fences" / f"{fence.uid}.yaml").exists()
        assert [one["state"] for one in statuses(club, 1)] == ["at hand", "at hand"]
