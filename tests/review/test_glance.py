"""A record in order is known at a glance, and the glance tells what the closer look tells."""

from __future__ import annotations

import re
import subprocess

import pytest

from builders import SHAN, WANG, Club
from memberarc.archive.opened import open_archive
from memberarc.members import record_batches
from memberarc.members.problems import RecordFacts
from memberarc.review.file_checks import FileChecks


def glance(club: Club, code: str, content: bytes | None = None) -> RecordFacts | None:
    path = club.path(code)
    checks = FileChecks.of(open_archive(club.root))
    told = path.relative_to(club.root).as_posix()
    return checks.glance(told, path.read_bytes() if content is None else content)


def test_a_record_with_documents_is_known_at_a_glance(club: Club) -> None:
    [document] = (club.root / "documents").rglob("*.age")

    facts = glance(club, WANG)

    assert facts is not None
    assert (facts.code, facts.uid) == (WANG, club.uid(WANG))
    assert facts.documents == (document.stem,)


def test_the_closer_look_tells_the_same(club: Club) -> None:
    content = club.path(WANG).read_bytes().replace(b"\n", b"\r\n", 1)
    checks = FileChecks.of(open_archive(club.root))
    path = club.path(WANG).relative_to(club.root).as_posix()
    not_canonical = re.sub(rb"(?m)^(status: )(\w+)$", rb'\1"\2"', club.path(WANG).read_bytes())

    assert checks.glance(path, content) is None
    assert checks.glance(path, not_canonical) is None
    assert checks.record(path, not_canonical)[1] == glance(club, WANG)


def test_a_document_of_an_epoch_that_never_was_takes_a_closer_look(club: Club) -> None:
    content = re.sub(rb"epoch: 1\n", b"epoch: 7\n", club.path(WANG).read_bytes())

    assert glance(club, WANG, content) is None


def test_a_value_of_a_retired_epoch_takes_a_closer_look(club: Club) -> None:
    before = club.path(SHAN).read_bytes()
    club.run("key", "rotate", "internal")

    assert glance(club, SHAN) is not None
    assert glance(club, SHAN, before) is None


def test_a_record_in_anothers_place_takes_a_closer_look(club: Club) -> None:
    assert glance(club, WANG, club.path(SHAN).read_bytes()) is None


def test_what_is_sound_is_known_by_its_uid_in_its_own_place_only(club: Club) -> None:
    checks = FileChecks.of(open_archive(club.root))
    path = club.path(SHAN).relative_to(club.root).as_posix()
    content = club.path(SHAN).read_bytes()
    assert checks.glance(path, content)  # from now on its kind is known
    next_to_it = path.replace("000002", "000003")

    # The second time, its folder is known as right.
    for _ in range(2):
        assert checks.sound_uid(path, content) == club.uid(SHAN)
    assert checks.sound_uid(next_to_it, content) is None
    assert checks.sound_uid(next_to_it, content.replace(SHAN.encode(), b"M2026-000003")) == (
        club.uid(SHAN)
    )
    for wrong in (
        path.replace("/0000/", "/0001/"),
        path.replace("/2026/", "/2025/"),
        path.replace("members/", "members/x/"),
        path.replace(".yaml", ".yml"),
        path.removesuffix(".yaml"),
    ):
        assert checks.sound_uid(wrong, content) is None
    assert checks.sound_uid(path, content.replace(b"\nopened: 2026", b"\nopened: 2025")) is None
    assert checks.sound_uid(path, content + b"# a word\n") is None


def test_a_record_with_documents_is_not_known_by_its_uid_alone(club: Club) -> None:
    checks = FileChecks.of(open_archive(club.root))
    path = club.path(WANG).relative_to(club.root).as_posix()

    assert checks.glance(path, club.path(WANG).read_bytes())
    assert checks.sound_uid(path, club.path(WANG).read_bytes()) is None


@pytest.mark.parametrize("processes", [1, 2])
def test_every_process_finds_the_flaws_of_its_files(
    club: Club, monkeypatch: pytest.MonkeyPatch, processes: int
) -> None:
    monkeypatch.setattr(record_batches, "_FEW", 1)
    monkeypatch.setattr(record_batches, "_processors", lambda: processes)
    for code in (WANG, SHAN):
        path = club.path(code).relative_to(club.root).as_posix()
        club.edit(path, r"\nstatus: \w+\n", "\nstatus: gone\n")

    found = club.problems("check")

    assert [one["path"][-len("000001.yaml") :] for one in found] == ["000001.yaml", "000002.yaml"]


def test_a_bare_clone_that_lacks_an_object_is_told(club: Club) -> None:
    blob = club.git("rev-parse", f"HEAD:members/2026/0000/{SHAN}.yaml").strip()
    bare = club.clone(club.root.with_name("bare.git"), "--bare", "--no-hardlinks")
    for pack in (bare.root / "objects" / "pack").glob("*"):
        pack.rename(bare.root / pack.name)
    for pack in bare.root.glob("*.pack"):
        with pack.open("rb") as packed:
            subprocess.run(["git", "unpack-objects", "-q"], cwd=bare.root, stdin=packed, check=True)
    (bare.root / "objects" / blob[:2] / blob[2:]).unlink()

    [problem] = bare.problems("check")

    assert (problem["rule"], problem["path"]) == ("missing", f"members/2026/0000/{SHAN}.yaml")


def test_the_first_records_are_judged_like_the_many_after_them(club: Club) -> None:
    checks = FileChecks.of(open_archive(club.root))
    path = club.path(WANG).relative_to(club.root).as_posix()
    content = club.path(WANG).read_bytes()
    flawed = (
        content.replace(b"\nstatus: ", b"\nstatus: 7"),
        content.replace(b"enc:m1.internal.1:", b"enc:m1.internal.7:", 1),
        re.sub(rb"epoch: 1\n", b"epoch: 7\n", content),
        content + b"unknown: 1\n",
        content + b"# a word\n",
        b"",
    )
    elsewhere = path.replace("M2", "M3")

    def judged() -> list[object]:
        told = [checks.record(path, each) for each in (content, *flawed)]
        return [*told, checks.record(elsewhere, content)]

    first, *_, last = [judged() for _ in range(15)]  # by reading each, then by one expression

    assert first == last
    assert first[0] == ([], glance(club, WANG))
    assert all(problems for problems, _ in first[1:])
