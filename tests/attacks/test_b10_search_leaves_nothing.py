"""B10: a search commits nothing, writes nothing in clear, and no error repeats a value."""

from __future__ import annotations

import pytest

from builders import SECRETS, WANG, Club, tree_digest
from disposal.attempts import clear_texts


def test_a_search_leaves_no_term_and_no_answer_on_the_disk(club: Club) -> None:
    club.run("search", "王小明")
    club.run("search", "wxm")

    for path in (*club.root.rglob("*"), *club.home.rglob("*")):
        if path.is_file():
            assert clear_texts(path.read_bytes(), SECRETS) == []


def test_a_search_changes_nothing_in_git_or_in_the_vault(club: Club) -> None:
    before = club.head(), club.git("for-each-ref"), club.git("status", "--porcelain")
    vault = {path.name for path in club.vault.rglob("*")}

    club.run("search", "王小明")
    made = tree_digest(club.vault)
    club.run("search", "王小明")

    assert (club.head(), club.git("for-each-ref"), club.git("status", "--porcelain")) == before
    # The first search makes the share of the index, which tells nothing of what it holds.
    assert {path.name for path in club.vault.rglob("*")} - vault == {"index.txt"}
    assert tree_digest(club.vault) == made


@pytest.mark.parametrize(
    "words",
    [
        ("update", WANG, "--set", "contact.mobile=enc:13800138001"),
        ("update", WANG, "--set", "joined=E12345678"),
        ("add", "--set", "sex=E12345678"),
    ],
    ids=lambda words: words[-1],
)
def test_an_error_does_not_repeat_the_value_that_was_refused(
    club: Club, words: tuple[str, ...]
) -> None:
    refused = club.run(*words, status=None)

    assert refused.status != 0
    assert (
        clear_texts((refused.stdout + refused.stderr).encode(), ("13800138001", "E12345678")) == []
    )
