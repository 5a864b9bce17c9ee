"""One bit of any file is another, by rot or by hand: verify says so, or this page says why not.

Whatever is sealed, signed or named by its digest is noticed. What is left are values that stand
open in files which nobody signs: another legal value is as good as the first. Who wrote it, a
signed commit tells, and nothing else.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from dataclasses import dataclass
from random import Random

import pytest

from builders import SHAN, ZENG, Club
from memberarc.archive.layout import PathKind, path_kind
from verify_bits.flips import Flip, Verifier, flips_of

SEED = 20261103


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """A class of bits that nothing covers, and why: which files, and which lines of them."""

    why: str
    path: str
    line: str = ".*"

    def holds(self, flip: Flip, content: bytes) -> bool:
        line = flip.line(content).decode("utf-8", "replace")
        return bool(re.fullmatch(self.path, flip.path) and re.fullmatch(self.line, line))


UNSEEN = (
    Unseen(why="tells an editor where the schema is", path="members/.*", line="# yaml-language-.*"),
    Unseen(
        why="an open field: every legal value is as good",
        path="members/.*",
        line=r" *(?:status|branch|media_type|size_bytes|added_on|opened|honorary): .*",
    ),
    Unseen(why="nobody signs the ledger, which anyone who may push can write", path="ledger/.*"),
    Unseen(
        why="a search kept in clear: every legal one is as good",
        path="segments/.*",
        line="(?:name|query): .*",
    ),
    Unseen(
        why="the organisation's name and habits",
        path=r"memberarc\.yaml",
        line="(?:name|profile|numbering|time_zone|country|currency|language|languages):.*|  - .*",
    ),
    Unseen(why="words, thresholds and comments of a policy", path=r"policy/(?!access)\w+\.yaml"),
    Unseen(
        why="a schema's labels, limits and order: only that it protects less is refused",
        path=r"schemas/.*",
    ),
    Unseen(why="how git shows and stores files", path=r"\.gitattributes"),
)
UNSEEN_IN_VAULT = (
    Unseen(
        why="the papers of a purge that is certified: its certificate holds them signed",
        path="fences/.*",
    ),
    Unseen(why="what a replica is called", path="replicas/.*", line="label: .*"),
    Unseen(why="since when a replica is there", path="replicas/.*", line="added: .*"),
)


def unexplained(unseen: list[Flip], contents: dict[str, bytes]) -> list[Flip]:
    return [
        flip
        for flip in unseen
        if not any(known.holds(flip, contents[flip.path]) for known in UNSEEN)
        and not is_the_same_signature(flip, contents[flip.path])
    ]


def is_the_same_signature(flip: Flip, content: bytes) -> bool:
    """ssh-keygen reads past stray characters in the armour, and takes a version of 0 for 1."""

    def inside(armour: bytes) -> bytes:
        body = armour.partition(b"SIGNATURE-----")[2].partition(b"-----END")[0]
        return a2b_base64(body)[10:]

    return flip.path.endswith(".sig") and inside(flip.applied(content)) == inside(content)


@pytest.mark.parametrize(
    "most", [12, pytest.param(600, marks=pytest.mark.slow)], ids=["some", "many"]
)
def test_a_flipped_bit_in_a_commit_is_seen_or_of_a_class_that_is_told(
    lived: Club, most: int
) -> None:
    verifier = Verifier(lived.caller())
    in_tree = {
        path: content
        for path, content in verifier.contents.items()
        # A document is read by its id, so it is tried by real commits only.
        if path_kind(path) is not PathKind.DOCUMENT
    }
    assert {path_kind(path) for path in verifier.contents} == {*PathKind} - {
        PathKind.REQUEST,
        PathKind.OTHER,
    }

    flips = flips_of(in_tree, most=most, seed=SEED)
    unseen = [flip for flip in flips if not verifier.sees(flip)]

    assert unexplained(unseen, in_tree) == []
    assert len(unseen) < len(flips) / 2


def test_verify_says_so_when_the_flipped_bit_was_committed(lived: Club) -> None:
    """The same by real commits and the real command: a bit of each file."""
    verifier, chance = Verifier(lived.caller()), Random(SEED)
    for path, content in sorted(verifier.contents.items()):
        flips = [
            Flip(path=path, at=chance.randrange(len(content)), bit=chance.randrange(8))
            for _ in range(40)
        ]
        document = path_kind(path) is PathKind.DOCUMENT
        seen = next((flip for flip in flips if document or verifier.sees(flip)), None)
        if seen is None:
            assert path == ".gitattributes"
            continue
        (lived.root / path).write_bytes(seen.applied(content))
        lived.commit_by_hand(f"rot in {path}")

        told = lived.run("verify", status=None)

        lived.git("reset", "--quiet", "--hard", "HEAD~1")
        assert told.status not in (0, 70), (seen, seen.line(content), told)
    assert lived.problems("verify") == []


def test_what_has_rotted_in_a_work_tree_is_named_and_never_committed(lived: Club) -> None:
    chance = Random(SEED)
    verifier = Verifier(lived.caller())
    for path, content in verifier.contents.items():
        if lived.path(ZENG) != lived.root / path:
            flip = Flip(path=path, at=chance.randrange(len(content)), bit=chance.randrange(7))
            (lived.root / path).write_bytes(flip.applied(content))

    lived.run("update", ZENG, "--set", "status=active")

    assert lived.git("show", "--format=", "--name-only").split() == [
        str(lived.path(ZENG).relative_to(lived.root))
    ]
    rotten = {*verifier.contents} - {str(lived.path(ZENG).relative_to(lived.root))}
    assert {line[3:] for line in lived.git("status", "--porcelain").splitlines()} == rotten
    assert lived.run("update", SHAN, "--set", "status=left", status=4)


@pytest.mark.parametrize(
    "most", [40, pytest.param(10_000, marks=pytest.mark.slow)], ids=["some", "all"]
)
def test_a_flipped_bit_in_the_vault_is_seen_or_of_a_class_that_is_told(
    lived: Club, most: int
) -> None:
    verifier = Verifier(lived.caller())
    contents = {
        file.relative_to(lived.vault).as_posix(): file.read_bytes()
        for file in lived.vault.rglob("*")
        if file.is_file()
    }
    assert not verifier.sees_in_vault()

    unseen: list[Flip] = []
    for flip in flips_of(contents, most=most, seed=SEED):
        content = contents[flip.path]
        (lived.vault / flip.path).write_bytes(flip.applied(content))
        if not verifier.sees_in_vault():
            unseen.append(flip)
        (lived.vault / flip.path).write_bytes(content)

    assert [
        flip
        for flip in unseen
        if not any(known.holds(flip, contents[flip.path]) for known in UNSEEN_IN_VAULT)
    ] == []


def test_a_flipped_bit_among_gits_objects_is_seen(lived: Club) -> None:
    chance = Random(SEED)
    objects = sorted((lived.root / ".git" / "objects").glob("[0-9a-f][0-9a-f]/*"))
    for file in chance.sample(objects, 12):
        content = file.read_bytes()
        # Not the last bits of the compressed stream, which no reader looks at.
        flip = Flip(path="", at=chance.randrange(len(content) - 8), bit=chance.randrange(8))
        file.chmod(0o644)
        file.write_bytes(flip.applied(content))

        told = lived.run("verify", status=None)

        file.write_bytes(content)
        assert told.status not in (0, 70), (file, flip)
