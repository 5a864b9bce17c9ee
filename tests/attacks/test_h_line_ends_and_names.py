"""H: a clone on a machine with other habits of line ends and names is the same archive."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import WANG, Club


@pytest.mark.parametrize(
    "settings",
    [("-c", "core.autocrlf=true"), ("-c", "core.eol=crlf"), ("-c", "core.fileMode=false")],
    ids=lambda words: words[1],
)
def test_a_clone_with_such_settings_is_checked_and_written_like_any(
    club: Club, tmp_path: Path, settings: tuple[str, str]
) -> None:
    other = club.clone(tmp_path / "other", *settings)

    assert other.problems("check") == []
    assert other.problems("verify") == []
    other.run("update", WANG, "--set", "branch=west")
    assert b"\r" not in other.path(WANG).read_bytes()
    assert other.git("status", "--porcelain") == ""


def test_every_path_is_short_ascii_and_differs_in_more_than_case(club: Club) -> None:
    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)
    paths = club.git("ls-tree", "-r", "--name-only", "HEAD").splitlines()

    assert max(map(len, paths)) < 120
    assert all(path.isascii() for path in paths)
    assert len({path.lower() for path in paths}) == len(paths)
