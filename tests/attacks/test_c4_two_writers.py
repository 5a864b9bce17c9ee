"""C4: two who change keys on two branches lose nothing, and neither is locked out."""

from __future__ import annotations

import pytest

from attacks.pusher import PINNED_OR_NOT, believe, keys_of, see
from builders import Club, sign_next_key_list
from memberarc.errors import KeyListError
from memberarc.people.ssh import sign
from memberarc.sealing.keys.key_list import next_key_list, parse_key_list, write_key_list
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE


def two_branches(club: Club) -> None:
    """Make a list 2 on each of two branches."""
    club.git("switch", "--quiet", "--create", "side")
    sign_next_key_list(club)
    club.git("switch", "--quiet", "main")
    place, signature = keys_of(club)
    content = place.read_bytes()
    before = parse_key_list(content, path="x")
    other = write_key_list(next_key_list(before, content=content, keys=before.keys[::-1]))
    place.write_bytes(other)
    signature.write_bytes(sign(other, key=club.signing_key, namespace=KEY_LIST_NAMESPACE))
    club.commit_by_hand()


@PINNED_OR_NOT
@pytest.mark.parametrize("chosen", ["main", "side"])
@pytest.mark.parametrize("when", ["in the merge", "after it"])
def test_two_branches_with_a_list_each_lock_nobody_out(
    club: Club, pinned: bool, chosen: str, when: str
) -> None:
    see(club, pinned=pinned)
    two_branches(club)
    club.git("merge", "--quiet", "--no-commit", "--strategy=ours", "side")
    club.git("checkout", "--quiet", chosen, "--", "keys")
    if when == "after it":
        club.git("commit", "--quiet", "--message", "merge")
        assert believe(club) == 2
    sign_next_key_list(club)

    assert believe(club) == 3
    assert club.problems("verify") == []


def test_who_saw_the_list_that_was_given_up_is_told_to_ask(club: Club) -> None:
    two_branches(club)
    club.git("switch", "--quiet", "side")
    assert believe(club) == 2
    club.git("switch", "--quiet", "main")
    club.git("merge", "--quiet", "--strategy=ours", "--no-edit", "side")
    sign_next_key_list(club)

    with pytest.raises(KeyListError, match="does not follow from list 2 seen before") as caught:
        believe(club)

    assert "ask an administrator" in caught.value.hint
