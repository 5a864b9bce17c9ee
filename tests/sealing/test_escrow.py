"""The secret of an escrow: any so many custodians give it back, and fewer do not."""

from __future__ import annotations

from itertools import combinations

import pytest

from memberarc.errors import UsageError, VaultError
from memberarc.sealing.vault.escrow import (
    combine_words,
    escrow_identity,
    new_secret,
    read_words,
    require_quorum,
    split_secret,
)


def test_any_two_of_three_custodians_give_the_secret_back() -> None:
    secret = new_secret()
    words = split_secret(secret, custodians=3, threshold=2)

    assert {len(one.split()) for one in words} == {33}
    for chosen in combinations(enumerate(words, 1), 2):
        read = [read_words(text, source=str(number)) for number, text in chosen]
        assert combine_words(read) == secret
        assert [one.custodian for one in read] == [number for number, _ in chosen]


def test_too_few_custodians_are_told_how_many_are_needed() -> None:
    words = split_secret(new_secret(), custodians=5, threshold=3)
    read = [read_words(one, source="x") for one in words[:2]]

    with pytest.raises(VaultError, match="3 custodians are needed, and only the words of 2"):
        combine_words(read)
    with pytest.raises(VaultError, match="2 custodians are needed"):
        combine_words([])


def test_more_words_than_are_needed_do_no_harm() -> None:
    secret = new_secret()
    words = split_secret(secret, custodians=4, threshold=2)

    assert combine_words([read_words(one, source=one[:9]) for one in words]) == secret


def test_words_may_be_numbered_and_stand_in_lines_and_capitals() -> None:
    words = split_secret(new_secret(), custodians=2, threshold=2)[0]
    laid_out = "# custodian one\n" + "\n".join(
        f"{place:2}. {word.upper()}" for place, word in enumerate(words.split(), 1)
    )

    assert read_words(laid_out, source="x").mnemonic == words


def test_a_flaw_is_named_by_its_place_and_never_by_a_word() -> None:
    words = split_secret(new_secret(), custodians=2, threshold=2)[0].split()
    place = next(n for n in range(5, 30) if words[n] != words[n + 1])
    swapped = [*words[:place], words[place + 1], words[place], *words[place + 2 :]]
    for text, told in (
        (["secretword", *words[1:]], "word 1 is not in the list of words"),
        ([*words[:6], "zzz", *words[7:]], "word 7 is not in the list of words"),
        (words[:-1], "32 words, where 33 are needed"),
        ([*words, words[0]], "34 words, where 33 are needed"),
        ([], "0 words, where 33 are needed"),
        (swapped, "the words do not fit together"),
    ):
        with pytest.raises(VaultError, match=told) as raised:
            read_words(" ".join(text), source="paper.txt")
        assert raised.value.where == "paper.txt"
        assert not {"secretword", "zzz"} & {*raised.value.message.split()}


def test_words_of_another_escrow_and_the_same_words_twice_are_told_apart() -> None:
    ours = split_secret(new_secret(), custodians=3, threshold=2)
    theirs = split_secret(new_secret(), custodians=3, threshold=2)
    first = read_words(ours[0], source="first")

    with pytest.raises(VaultError, match="of another escrow than those of first") as raised:
        combine_words([first, read_words(theirs[1], source="second")])
    assert raised.value.where == "second"
    with pytest.raises(VaultError, match="those of first again") as raised:
        combine_words([first, read_words(ours[0], source="second")])
    assert raised.value.where == "second"


@pytest.mark.parametrize(("custodians", "threshold"), [(3, 1), (1, 1), (2, 3), (17, 2), (3, 0)])
def test_one_alone_must_open_nothing_and_numbers_must_make_sense(
    custodians: int, threshold: int
) -> None:
    with pytest.raises(UsageError, match="no sharing"):
        require_quorum(custodians=custodians, threshold=threshold)


def test_the_identity_is_the_secret_as_age_writes_it() -> None:
    identities = escrow_identity(bytes(range(32)))

    assert len(identities.keys) == 1
    assert identities.recipients[0].startswith("age1")
    assert "AGE-SECRET-KEY" not in repr(identities)
