"""F4: an approval has a last day, and one that ran out destroys nothing."""

from __future__ import annotations

from disposal.attempts import shares_in
from disposal.test_purge_requests import ASK, WANG, Office, two

__all__ = ["two"]


def test_a_stale_approval_is_not_enough_and_a_fresh_one_is(two: Office) -> None:
    two.run(*ASK, status=10)

    two.run("purge", "approve", WANG, by="li", days=30)
    assert two.club.uid(WANG) in shares_in(two.club.vault)

    two.run(*ASK, days=30)
    assert two.state() == "certified"
