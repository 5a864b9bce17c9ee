"""The caller's own identity: make one, and tell which recipients belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.errors import DuplicateError
from memberarc.sealing.age.crypt import generate_identity, load_identities

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller


def make_identity(caller: Caller, *, post_quantum: bool, dry_run: bool) -> str | None:
    """Write a new identity where the caller's is looked for, and return its recipient.

    Returns:
        The recipient; None after a dry run, which makes nothing.

    Raises:
        DuplicateError: there is one already.
    """
    place = caller.user.identity
    if dry_run:
        if place.exists():
            raise DuplicateError("the file exists already", where=str(place))
        return None
    return generate_identity(place, now=caller.now, post_quantum=post_quantum)


def own_recipients(caller: Caller) -> tuple[str, ...]:
    """Tell the recipients of the caller's age identities; SSH keys and plugins tell their own."""
    return load_identities(caller.user.identity, asker=caller.asker).recipients
