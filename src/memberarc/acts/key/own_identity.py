"""The caller's own identity: make one, and tell which recipients belong to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.errors import DuplicateError, SettingsError, UnsafeVaultError
from memberarc.people.user_files import IDENTITY_VARIABLE
from memberarc.sealing.age.crypt import generate_identity, load_identities
from memberarc.sealing.vault.place import require_forgetful_place

if TYPE_CHECKING:
    from memberarc.acts.opening import Caller


def make_identity(caller: Caller, *, post_quantum: bool, dry_run: bool) -> str | None:
    """Write a new identity where the caller's is looked for, and return its recipient.

    Returns:
        The recipient; None after a dry run, which makes nothing.

    Raises:
        DuplicateError: there is one already.
        SettingsError: it would lie where versions are kept.
    """
    place = caller.user.identity
    try:
        require_forgetful_place(place.parent)
    except UnsafeVaultError as err:
        raise SettingsError(
            "this place keeps versions, and one of them would open your archives for ever",
            where=str(place),
            hint=f"set {IDENTITY_VARIABLE} to a file outside of git and of synchronised folders",
        ) from err
    if dry_run:
        if place.exists():
            raise DuplicateError("the file exists already", where=str(place))
        return None
    return generate_identity(place, now=caller.now, post_quantum=post_quantum)


def own_recipients(caller: Caller) -> tuple[str, ...]:
    """Tell the recipients of the caller's age identities; SSH keys and plugins tell their own."""
    return load_identities(caller.user.identity, asker=caller.asker).recipients
