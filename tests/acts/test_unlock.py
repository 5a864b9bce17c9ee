"""Unlock and lock, passphrases at the terminal, plugins and post-quantum keys, as people do it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from acts.terminal import at_terminal, ended
from builders import (
    MEMBERARC,
    NOW,
    WANG,
    Club,
    Outcome,
    run,
    run_as_process,
    sign_next_key_list,
    start_club,
)
from memberarc.people.ssh import sign
from memberarc.sealing.age.crypt import decrypt, encrypt, generate_identity, load_identities
from memberarc.sealing.age.frame import parse_age_file
from memberarc.sealing.keys.key_list import next_key_list, parse_key_list, write_key_list
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE
from sealing.age_plugin_test import PIN, identity, install, recipient
from sealing.test_age_passphrases import PASSPHRASE, protected

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "王小明"
CARD = b"a card of the founder"


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let what is unlocked be kept for this test alone."""
    folder = Path(tempfile.mkdtemp(dir="/dev/shm"))
    monkeypatch.setenv("MEMBERARC_UNLOCKED", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def guarded(club: Club) -> Club:
    """Put the founder's identity under a passphrase."""
    club.identity.write_bytes(protected(club.identity.read_bytes()))
    return club


def kept(runtime: Path) -> list[Path]:
    return [path for path in runtime.rglob("*") if path.is_file()]


def state(club: Club) -> Any:
    return club.json("unlock", "--status")


def reads(club: Club, *, now: datetime = NOW) -> bool:
    return NAME in run("show", WANG, cwd=club.root, now=now).stdout


def test_unlocked_commands_need_no_identity_and_locked_ones_do(club: Club, runtime: Path) -> None:
    told = club.run("unlock")
    club.identity.rename(club.home / "away")

    assert "internal, confidential, secret" in told.stdout
    assert state(club) == {
        "unlocked": True,
        "until": "2026-11-03T04:15:00Z",
        "levels": ["internal", "confidential", "secret"],
    }
    assert reads(club)
    club.run("update", WANG, "--set", "contact.mobile=13700137001", "--reason", "moved")
    assert {row["at_hand"] for row in club.json("key", "list")["keys"]} == {True}

    assert club.run("lock").stderr == "locked\n"

    assert kept(runtime) == []
    assert not reads(club)
    assert state(club) == {"unlocked": False, "until": None, "levels": []}
    assert club.run("update", WANG, "--set", "status=left", status=6).stdout == ""
    told = club.run("lock").stderr
    assert told == f"nothing was unlocked: no keys in {runtime}/memberarc\n"


def test_after_its_time_the_identity_is_needed_again(club: Club, runtime: Path) -> None:
    club.run("unlock", "--for", "2h")
    club.identity.rename(club.home / "away")

    assert reads(club, now=NOW + timedelta(minutes=119))
    assert not reads(club, now=NOW + timedelta(hours=2))
    assert kept(runtime) == []


def test_a_rotated_key_list_makes_the_identity_needed_again(club: Club) -> None:
    club.run("unlock")
    sign_next_key_list(club)
    assert reads(club)
    club.identity.rename(club.home / "away")

    assert not reads(club)
    assert state(club)["unlocked"] is False


def test_another_identity_of_the_same_person_sees_nothing_of_it(
    club: Club, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    club.run("unlock")
    generate_identity(tmp_path / "other.txt", now=NOW)
    monkeypatch.setenv("MEMBERARC_IDENTITY", str(tmp_path / "other.txt"))

    assert not reads(club)
    club.run("unlock", status=6)


@pytest.mark.parametrize("length", ["13h", "721m", "0m", "15", "90s", "1d", "-5m", "", "1.5h"])
def test_no_other_time_than_some_minutes_or_hours_is_taken(club: Club, length: str) -> None:
    told = club.run("unlock", f"--for={length}", status=2)

    assert "write 15m or 2h, at most 12h" in told.stderr


def test_the_longest_time_is_twelve_hours(club: Club) -> None:
    assert club.json("unlock", "--for", "12h")["until"] == "2026-11-03T16:00:00Z"


def test_what_is_kept_is_no_identity_and_nothing_of_it_is_told(club: Club, runtime: Path) -> None:
    secret = club.identity.read_text().splitlines()[-1]
    told = club.run("unlock", "--format", "json")
    [file] = kept(runtime)
    keys = re.findall(r'"([A-Za-z0-9+/]{43}=)"', file.read_text())

    assert len(keys) == 3
    assert secret not in file.read_text()
    assert not any(key in told.stdout + told.stderr for key in [*keys, secret])


def test_a_wrong_place_is_refused_and_nothing_is_kept(club: Club, runtime: Path) -> None:
    (runtime / "memberarc").mkdir(mode=0o755)

    told = club.run("unlock", status=5)

    assert "the folder is not yours alone" in told.stderr
    assert kept(runtime) == []


def test_the_passphrase_is_asked_for_at_the_terminal_unseen_and_once(guarded: Club) -> None:
    child = at_terminal(guarded, "unlock", "--for", "1h")
    child.expect_exact(f"Passphrase of {guarded.identity}: ")
    child.sendline(PASSPHRASE)
    status, shown = ended(child)

    assert status == 0
    assert re.search(r"unlocked until \d{4}-\d\d-\d\d \d\d:\d\d[+-]\d\d:\d\d: ", shown)
    assert PASSPHRASE not in shown
    status, shown = ended(at_terminal(guarded, "show", WANG))
    assert (status, NAME in shown) == (0, True)


def test_while_a_secret_is_typed_the_program_may_not_dump_its_memory(guarded: Club) -> None:
    child = at_terminal(guarded, "unlock")
    child.expect_exact("Passphrase of")

    limits = Path(f"/proc/{child.pid}/limits").read_text()
    child.close(force=True)

    [line] = [line for line in limits.splitlines() if line.startswith("Max core file size")]
    assert line.split()[4:6] == ["0", "0"]


def test_without_unlocking_every_command_asks(guarded: Club) -> None:
    child = at_terminal(guarded, "show", WANG)
    child.expect_exact("Passphrase of")
    child.sendline(PASSPHRASE)
    status, shown = ended(child)

    assert (status, NAME in shown) == (0, True)


def test_a_purge_asks_once_though_it_opens_the_identity_more_often(guarded: Club) -> None:
    guarded.run("unlock", status=6)
    child = at_terminal(guarded, "purge", WANG, "--reason", "member_request", "--confirm", WANG)
    child.expect_exact("Passphrase of")
    child.sendline(PASSPHRASE)
    status, shown = ended(child)

    assert "Passphrase" not in shown
    assert status == 0


def test_a_wrong_passphrase_is_told_and_nothing_is_shown(guarded: Club, runtime: Path) -> None:
    child = at_terminal(guarded, "unlock")
    child.expect_exact("Passphrase of")
    child.sendline("another")
    status, shown = ended(child)

    assert status == 6
    assert "the passphrase is wrong" in shown
    assert kept(runtime) == []


@pytest.mark.parametrize(("key", "status"), [("\x03", 130), ("\x04", 6)])
def test_ctrl_c_and_ctrl_d_at_the_question_end_it(guarded: Club, key: str, status: int) -> None:
    child = at_terminal(guarded, "unlock")
    child.expect_exact("Passphrase of")
    child.send(key)

    assert ended(child)[0] == status


def test_without_a_terminal_nothing_hangs_and_a_reader_sees_the_shape(guarded: Club) -> None:
    told = run_as_process("unlock", cwd=guarded.root)
    shown = run_as_process("show", WANG, cwd=guarded.root)

    assert told.status == 6
    assert "nobody to ask" in told.stderr
    assert "MEMBERARC_PASSPHRASE_FILE" in told.stderr
    assert shown.status == 0
    assert NAME not in shown.stdout
    assert "values stay sealed" in shown.stderr


def test_a_passphrase_is_never_read_from_standard_input(guarded: Club) -> None:
    told = run_as_process("unlock", cwd=guarded.root, stdin=f"{PASSPHRASE}\n".encode())

    assert told.status == 6


def test_an_unattended_run_takes_the_passphrase_from_a_file_for_its_owner_only(
    guarded: Club, tmp_path: Path
) -> None:
    file = tmp_path / "passphrase"
    file.write_text(f"{PASSPHRASE}\nsecond line\n")
    file.chmod(0o600)

    def shown() -> Outcome:
        return run_as_process("show", WANG, cwd=guarded.root, MEMBERARC_PASSPHRASE_FILE=str(file))

    assert NAME in shown().stdout
    file.chmod(0o640)
    assert shown().status == 5
    assert f"chmod 600 {file}" in shown().stderr
    file.chmod(0o600)
    file.write_bytes(f"{PASSPHRASE}\r\n".encode("utf-8-sig"))
    assert NAME in shown().stdout
    file.write_text("\n")
    assert "empty line" in shown().stderr
    file.write_bytes(b"\xff\n")
    assert "not UTF-8" in shown().stderr
    file.unlink()
    assert shown().status == 8


def test_the_file_of_the_passphrase_may_be_named_from_home(guarded: Club) -> None:
    file = guarded.home / "passphrase"
    file.write_text(PASSPHRASE)
    file.chmod(0o600)

    told = run_as_process("show", WANG, cwd=guarded.root, MEMBERARC_PASSPHRASE_FILE="~/passphrase")

    assert NAME in told.stdout


def test_an_unattended_run_takes_the_passphrase_from_a_pipe(guarded: Club) -> None:
    command = f'{MEMBERARC[0]} -m memberarc show {WANG} 3< <(printf %s "$WORDS")'

    done = subprocess.run(
        ["bash", "-c", command],
        cwd=guarded.root,
        env={**os.environ, "WORDS": PASSPHRASE, "MEMBERARC_PASSPHRASE_FILE": "/dev/fd/3"},
        capture_output=True,
        text=True,
        start_new_session=True,
    )

    assert (done.returncode, NAME in done.stdout) == (0, True), done.stderr


def test_the_doctor_asks_nothing_and_knows_a_passphrase_when_it_sees_one(guarded: Club) -> None:
    [found] = [
        one
        for one in guarded.run("doctor", "--format", "json", status=None).data["findings"]
        if one["subject"] == "identity"
    ]

    assert found["verdict"] == "ok"
    assert found["message"] == f"under a passphrase at {guarded.identity}"


def wrap_for(club: Club, reader: str) -> None:
    """Wrap every level key for one recipient alone, and sign the list of it."""
    path = club.root / "keys" / "keys.yaml"
    listed = path.read_bytes()
    before = parse_key_list(listed, path=path.name)
    mine, entries = load_identities(club.identity), []
    for entry in before.keys:
        file = club.root / entry.file
        content = encrypt(
            decrypt(file.read_bytes(), identities=mine, where=""), recipients=[reader]
        )
        file.write_bytes(content)
        entries.append(
            replace(
                entry,
                sha256=sha256(content).hexdigest(),
                recipients=tuple(replace(one, recipient=reader) for one in entry.recipients),
            )
        )
    following = write_key_list(next_key_list(before, content=listed, keys=tuple(entries)))
    path.write_bytes(following)
    signature = sign(following, key=club.signing_key, namespace=KEY_LIST_NAMESPACE)
    path.with_name("keys.yaml.sig").write_bytes(signature)
    club.commit_by_hand("keys for a card")


def test_a_card_asks_for_its_pin_and_unlocking_asks_once_for_a_run_of_commands(
    club: Club, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = install(tmp_path / "bin").parent
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
    wrap_for(club, recipient(CARD))
    club.identity.write_text(f"{identity('s', CARD)}\n")

    refused = run_as_process("unlock", cwd=club.root)
    child = at_terminal(club, "unlock")
    for _ in range(3):  # one for each level key
        child.expect_exact("PIN of the card: ")
        child.sendline(PIN)
    status, _ = ended(child)

    assert refused.status == 6
    assert "the card stays closed" in refused.stderr
    assert status == 0
    assert reads(club)


def test_an_archive_may_be_founded_on_a_post_quantum_key(
    isolated_user: Path, tmp_path: Path
) -> None:
    made = run("identity", "new", "--post-quantum", cwd=tmp_path)
    again = run("identity", "new", cwd=tmp_path)
    shown = run("identity", "show", cwd=tmp_path)

    assert made.stdout.startswith("age1pq1")
    assert made.stdout == shown.stdout
    assert again.status == 4
    club = start_club(tmp_path / "club", isolated_user, "--name", "A club")
    for file in (club.root / "keys").glob("*.age"):
        [stanza] = parse_age_file(file.read_bytes()).stanzas
        assert stanza.kind == "mlkem768x25519"
    club.run("unlock")
    club.identity.rename(tmp_path / "away")
    code = club.run("add", "--set", f"name={NAME}").stdout.strip()
    assert NAME in club.run("show", code).stdout
    assert club.problems("check") == []


def test_a_new_identity_is_one_that_age_keygen_would_make(
    isolated_user: Path, tmp_path: Path
) -> None:
    told = run("identity", "new", "--format", "json", cwd=tmp_path).data

    assert told["recipient"] in Path(told["path"]).read_text()
    assert load_identities(Path(told["path"])).recipients == (told["recipient"],)
    assert run("identity", "show", cwd=tmp_path).stdout == f"{told['recipient']}\n"


def test_an_identity_is_not_made_where_versions_are_kept(
    club: Club, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEMBERARC_IDENTITY", str(club.root / "keys" / "mine.txt"))
    before = club.fingerprint()

    for words in ((), ("--dry-run",)):
        refused = club.run("identity", "new", *words, status=5)
        assert "this place keeps versions" in refused.stderr
        assert "MEMBERARC_IDENTITY" in refused.stderr

    assert club.fingerprint() == before
