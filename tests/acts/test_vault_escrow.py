"""An escrow: custodians get words, some of them open it together, and nobody else does."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from builders import MOBILE, WANG, Club

ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


@pytest.fixture
def safe(club: Club) -> Path:
    folder = club.root.parent / "safe"
    folder.mkdir()
    return folder


def make(club: Club, safe: Path, name: str = "escrow", *, of: int = 3, needed: int = 2) -> str:
    """Make an escrow with its words in files, and return its id."""
    return club.run(
        *("vault", "escrow", str(safe / f"{name}.age"), "--days", "90"),
        *("--custodians", str(of), "--threshold", str(needed)),
        *("--words-to", str(safe / name)),
    ).stdout.strip()


def words(folder: Path, *custodians: int) -> list[str]:
    return [
        word for one in custodians for word in ("--words", str(folder / f"custodian-{one}.txt"))
    ]


class Terminal:
    """A command line on a terminal of its own."""

    def __init__(self, club: Club, *command: str) -> None:
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "memberarc", *command],
            cwd=str(club.root),
            env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
            dimensions=(40, 300),
            encoding="utf-8",
            timeout=120,
        )

    def screen(self) -> str:
        """What stands on the next screen of its own, down to its question."""
        self.child.expect_exact(ENTER)
        self.child.expect([r"the screen is then cleared\. ", r"all in one line:\r\n"])
        return str(self.child.before)

    def answer(self, text: str = "") -> None:
        self.child.sendline(text)
        self.child.expect_exact(LEAVE)

    def end(self) -> tuple[int | None, str]:
        self.child.expect(pexpect.EOF)
        self.child.close()
        return self.child.exitstatus, str(self.child.before)


@pytest.fixture
def spawn(club: Club) -> Iterator[list[Terminal]]:
    started: list[Terminal] = []
    yield started
    for terminal in started:
        terminal.child.close(force=True)


@pytest.mark.parametrize("chosen", [(1, 2), (3, 1), (2, 3), (1, 2, 3)])
def test_any_two_of_three_custodians_restore_a_lost_vault(
    club: Club, safe: Path, chosen: tuple[int, ...]
) -> None:
    make(club, safe)
    shutil.rmtree(club.vault)

    told = club.run(
        *("vault", "escrow-open", str(safe / "escrow.age"), "--into", str(club.vault)),
        *words(safe / "escrow", *chosen),
    )

    assert "restored 3 shares" in told.stderr
    assert MOBILE in club.run("show", WANG).stdout


def test_the_words_lie_in_private_files_that_say_what_they_are(club: Club, safe: Path) -> None:
    identifier = make(club, safe, of=5, needed=3)

    files = sorted((safe / "escrow").iterdir())
    assert [file.name for file in files] == [f"custodian-{number}.txt" for number in range(1, 6)]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert (safe / "escrow").stat().st_mode & 0o777 == 0o700
    assert files[1].read_text().splitlines()[:2] == [
        f"# memberarc escrow {identifier}, to be destroyed after 2027-02-01",
        "# custodian 2 of 5, 3 are needed",
    ]


def test_an_escrow_is_listed_and_its_words_stand_nowhere_else(club: Club, safe: Path) -> None:
    identifier = make(club, safe)

    [listed] = club.json("vault", "backups")["backups"]
    assert (listed["id"], listed["kind"], listed["opened_by"]) == (
        *(identifier, "escrow"),
        "2 of 3 custodians",
    )
    lines = (safe / "escrow" / "custodian-1.txt").read_text().splitlines()[2:]
    places = [path for root in (club.root, club.home) for path in root.rglob("*")]
    texts = [path.read_bytes() for path in places if path.is_file()]
    assert texts
    assert not [line for line in lines for text in texts if line.encode() in text]


def test_the_readers_of_what_is_secret_do_not_open_it(club: Club, safe: Path) -> None:
    make(club, safe)

    refused = club.run("vault", "restore", str(safe / "escrow.age"), status=6)

    assert "no identity at hand opens it" in refused.stderr


def test_too_few_wrong_and_mixed_words_are_told_by_whose_they_are(club: Club, safe: Path) -> None:
    make(club, safe)
    make(club, safe, "other")
    mixed = [*words(safe / "escrow", 1), *words(safe / "other", 2)]
    damaged = safe / "escrow" / "custodian-3.txt"
    damaged.write_text(damaged.read_text().replace(" 7 ", " 7 zzz", 1))
    for chosen, told in (
        (words(safe / "escrow", 1), "2 custodians are needed, and only the words of 1"),
        (words(safe / "escrow", 1, 1), "again\n  at "),
        (mixed, f"at {safe}/other/custodian-2.txt"),
        (words(safe / "escrow", 1, 3), "word 7 is not in the list of words"),
        (words(safe / "other", 1, 2), "the words are of another escrow"),
    ):
        refused = club.run("vault", "escrow-open", str(safe / "escrow.age"), *chosen, status=6)
        assert told in refused.stderr, refused


def test_words_in_a_file_that_others_may_read_are_refused(club: Club, safe: Path) -> None:
    make(club, safe)
    (safe / "escrow" / "custodian-1.txt").chmod(0o644)

    refused = club.run(
        *("vault", "escrow-open", str(safe / "escrow.age")),
        *words(safe / "escrow", 1, 2),
        status=5,
    )

    assert "other users may read this secret" in refused.stderr


def test_a_member_purged_since_stays_out(club: Club, safe: Path) -> None:
    make(club, safe)
    club.run("purge", WANG, "--reason", "duplicate", "--confirm", WANG)
    shutil.rmtree(club.vault)

    told = club.run(
        *("vault", "escrow-open", str(safe / "escrow.age"), "--into", str(club.vault)),
        *words(safe / "escrow", 1, 2),
    )

    assert "restored 2 shares" in told.stderr
    assert "1 of purged members left out" in told.stderr


@pytest.mark.parametrize("numbers", [("3", "1"), ("2", "3"), ("20", "3")])
def test_numbers_that_are_no_sharing_are_refused(
    club: Club, safe: Path, numbers: tuple[str, str]
) -> None:
    custodians, threshold = numbers
    club.run(
        *("vault", "escrow", str(safe / "e.age"), "--days", "9", "--words-to", str(safe / "w")),
        *("--custodians", custodians, "--threshold", threshold),
        status=2,
    )

    assert not (safe / "e.age").exists()
    assert club.json("vault", "backups")["backups"] == []


def test_the_words_need_an_empty_private_folder_that_forgets(club: Club, safe: Path) -> None:
    (safe / "full").mkdir(mode=0o700)
    (safe / "full" / "letter").write_text("dear")
    (safe / "open").mkdir(mode=0o755)
    for place, status in ((safe / "full", 4), (safe / "open", 6), (club.root / "words", 6)):
        club.run(
            *("vault", "escrow", str(safe / "e.age"), "--days", "9", "--words-to", str(place)),
            *("--custodians", "3", "--threshold", "2"),
            status=status,
        )

    assert not (safe / "e.age").exists()
    assert club.json("vault", "backups")["backups"] == []


def test_a_dry_run_splits_nothing_and_lists_nothing(club: Club, safe: Path) -> None:
    before = club.fingerprint()

    told = club.run(
        *("vault", "escrow", str(safe / "e.age"), "--days", "9", "--words-to", str(safe / "w")),
        *("--custodians", "3", "--threshold", "2", "-n"),
    )

    assert "would write 3 shares" in told.stderr
    assert [*safe.iterdir()] == []
    assert club.fingerprint() == before


def test_on_a_terminal_each_custodian_reads_a_screen_of_its_own_and_types_it_back(
    club: Club, safe: Path, spawn: list[Terminal]
) -> None:
    escrow = ("escrow", str(safe / "e.age"), "--custodians", "3", "--threshold", "2")
    terminal = Terminal(club, "vault", *escrow, "--days", "90")
    spawn.append(terminal)
    shown = []
    for number in range(1, 4):
        text = terminal.screen()
        assert f"custodian {number} of 3, 2 are needed" in text
        assert not (safe / "e.age").exists(), "the file comes when all words are written down"
        numbered = text.split("\r\n\r\n")[1]
        shown.append(" ".join(word for word in numbered.split() if word.isalpha()))
        terminal.answer()
    status, rest = terminal.end()
    assert (status, [len(one.split()) for one in shown]) == (0, [33, 33, 33])
    # One word may be part of a sentence by chance, several cannot.
    assert all(len({*rest.split()} & {*one.split()}) < 3 for one in shown)

    terminal = Terminal(club, "vault", "escrow-open", str(safe / "e.age"), "--dry-run")
    spawn.append(terminal)
    assert "Words of custodian 1, " in terminal.screen()
    terminal.answer(shown[2])
    assert "Words of custodian 2 of 2, " in terminal.screen()
    terminal.answer(shown[2])
    assert "the words are those of custodian 1 again. Once more; or anew, " in terminal.screen()
    terminal.answer("zzz " + shown[0])
    assert "word 1 is not in the list of words. Once more" in terminal.screen()
    terminal.answer(shown[0].upper())
    status, rest = terminal.end()
    assert status == 0
    assert "would restore 0 shares" in rest


def test_who_stops_between_two_custodians_leaves_nothing_behind(
    club: Club, safe: Path, spawn: list[Terminal]
) -> None:
    escrow = ("escrow", str(safe / "e.age"), "--custodians", "3", "--threshold", "2")
    terminal = Terminal(club, "vault", *escrow, "--days", "90")
    spawn.append(terminal)
    terminal.screen()
    terminal.answer()
    terminal.screen()
    terminal.child.sendintr()
    terminal.child.expect_exact(LEAVE)

    assert terminal.end()[0] == 130
    assert [*safe.iterdir()] == []
    assert club.json("vault", "backups")["backups"] == []


def test_an_empty_answer_gives_up(club: Club, safe: Path, spawn: list[Terminal]) -> None:
    make(club, safe)
    terminal = Terminal(club, "vault", "escrow-open", str(safe / "escrow.age"))
    spawn.append(terminal)
    terminal.screen()
    terminal.answer()

    status, rest = terminal.end()
    assert status == 9
    assert "no words were given; nothing was changed" in rest


def test_words_from_another_editor_are_read_or_refused_in_plain_words(
    club: Club, safe: Path
) -> None:
    make(club, safe)
    file = safe / "escrow" / "custodian-1.txt"
    text = file.read_text()
    attempt = (
        *("vault", "escrow-open", str(safe / "escrow.age"), "-n"),
        *words(safe / "escrow", 1, 2),
    )

    file.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    assert "would restore 0 shares" in club.run(*attempt).stderr
    file.write_bytes(text.encode("utf-16"))
    refused = club.run(*attempt, status=6).stderr
    assert "the words are not UTF-8" in refused
    assert "save the file as UTF-8" in refused


def test_whoever_wrote_words_to_files_is_told_to_hand_them_out_and_delete_them(
    club: Club, safe: Path
) -> None:
    told = club.run(
        *("vault", "escrow", str(safe / "e.age"), "--days", "9", "--words-to", str(safe / "w")),
        *("--custodians", "3", "--threshold", "2"),
    )

    assert f"hand each custodian one file of {safe / 'w'}, then delete it" in told.stderr


@pytest.mark.parametrize(
    ("file", "threshold", "status"), [("e.age", "4", 2), ("no/e.age", "2", 8), ("e.age", "1", 2)]
)
def test_a_refused_escrow_leaves_no_folder_for_words(
    club: Club, safe: Path, file: str, threshold: str, status: int
) -> None:
    club.run(
        *("vault", "escrow", str(safe / file), "--days", "9", "--words-to", str(safe / "w")),
        *("--custodians", "3", "--threshold", threshold),
        status=status,
    )

    assert [*safe.iterdir()] == []


def test_first_words_of_another_escrow_are_corrected_by_beginning_anew(
    club: Club, safe: Path, spawn: list[Terminal]
) -> None:
    def typed(folder: str, custodian: int) -> str:
        lines = (safe / folder / f"custodian-{custodian}.txt").read_text().splitlines()
        return " ".join(line for line in lines if not line.startswith("#"))

    make(club, safe)
    make(club, safe, "other")
    terminal = Terminal(club, "vault", "escrow-open", str(safe / "escrow.age"), "--dry-run")
    spawn.append(terminal)
    terminal.screen()
    terminal.answer(typed("other", 1))
    terminal.screen()
    terminal.answer(typed("escrow", 1))
    assert "or anew, to begin with custodian 1 again" in terminal.screen()
    terminal.answer("anew")
    asked = terminal.screen()
    assert "Words of custodian 1, " in asked
    assert "anew" not in asked
    terminal.answer(typed("escrow", 1))
    terminal.screen()
    terminal.answer(typed("escrow", 2))

    assert terminal.end()[0] == 0


def test_words_are_never_written_to_a_log(club: Club, safe: Path) -> None:
    """Standard input is a terminal but not the controlling one, as in some containers."""
    ours, theirs = os.openpty()
    os.write(ours, b"\n\n\n")
    escrow = ("escrow", str(safe / "e.age"), "--custodians", "2", "--threshold", "2")

    done = subprocess.run(
        [sys.executable, "-m", "memberarc", "vault", *escrow, "--days", "9"],
        cwd=club.root,
        stdin=theirs,
        capture_output=True,
        text=True,
        start_new_session=True,
    )
    os.close(ours)
    os.close(theirs)

    assert done.returncode == 9
    assert "there is no terminal to ask at" in done.stderr
    assert "custodian" not in done.stderr
    assert [*safe.iterdir()] == []
