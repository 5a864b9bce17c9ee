"""How changes of keys and readers are told: who reads what, and what no key takes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.cli.views import counted
from memberarc.output.result import Column, Result, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memberarc.acts.key.exposure import Extent
    from memberarc.acts.key.grant import Granted, GrantRequest
    from memberarc.acts.key.revoke import Revoked
    from memberarc.output.result import JsonValue
    from memberarc.people.access_changes import LevelReaders

_COLUMNS = ("level", "readers", "added", "removed", "recovery")


def readers_table(readers: Sequence[LevelReaders]) -> Table:
    """Lay out who reads each level."""
    return Table(
        columns=tuple(Column(key=key, label=key) for key in _COLUMNS),
        rows=tuple(
            (
                one.level,
                *(", ".join(names) for names in (one.people, one.added, one.removed, one.recovery)),
            )
            for one in readers
        ),
    )


def readers_data(readers: Sequence[LevelReaders]) -> list[JsonValue]:
    """Give the readers of each level to machines."""
    return [
        {
            "level": one.level,
            "readers": list(one.people),
            "added": list(one.added),
            "removed": list(one.removed),
            "recovery": list(one.recovery),
        }
        for one in readers
    ]


def granted_result(granted: Granted, request: GrantRequest) -> Result:
    """Tell what a grant did, or would do."""
    person = request.person
    if not granted.key_list:
        done = f"nothing to change: {person} has all of it"
    elif granted.commit is None:
        done = f"would grant {person} access"
    else:
        done = (
            f"granted {person} access, key list {granted.key_list} ({commit_words(granted.commit)})"
        )
    told: tuple[str, ...] = ()
    if any(person in one.added for one in granted.readers):
        told = (
            f"{person} reads every value of these levels, also those sealed before today",
            f"{person} reads nothing before the vault is at hand there, too",
        )
    return Result(
        command="key grant",
        wrote=bool(granted.commit),
        data={
            "person": person,
            "changes": list(granted.changes),
            "readers": readers_data(granted.readers),
            "rewrapped": list(granted.rewrapped),
            "key_list": granted.key_list or None,
            "commit": granted.commit,
        },
        table=readers_table(granted.readers),
        done=(*granted.changes, done, *told),
    )


def revoked_result(revoked: Revoked) -> Result:
    """Tell what a revocation did, or would do, and what it cannot do."""
    return Result(
        command="key revoke",
        wrote=bool(revoked.commit),
        data={
            "person": revoked.person,
            "changes": list(revoked.changes),
            "readers": readers_data(revoked.readers),
            "new_epochs": dict(revoked.new_epochs),
            "could_read": [
                {"level": one.level, "epochs": list(one.epochs), "since": one.since}
                for one in revoked.exposures
            ],
            "members": revoked.extent.members,
            "documents": revoked.extent.documents,
            "saved_searches": revoked.extent.searches,
            "vaults": list(revoked.vaults),
            "key_list": revoked.key_list,
            "commit": revoked.commit,
        },
        table=readers_table(revoked.readers),
        done=_revoked_sentences(revoked),
        notices=(*revoked.unmeetable, *_exposure_notices(revoked)),
        next=("memberarc verify",) if revoked.commit else (),
    )


def _revoked_sentences(revoked: Revoked) -> tuple[str, ...]:
    if revoked.commit is None:
        return (*revoked.changes, f"would revoke {revoked.person}")
    done = f"revoked {revoked.person}, key list {revoked.key_list} ({commit_words(revoked.commit)})"
    if revoked.new_epochs:
        extent = extent_words(revoked.extent)
        done += f": values of {extent} sealed again under {epoch_words(revoked.new_epochs)}"
    return (*revoked.changes, done)


def _exposure_notices(revoked: Revoked) -> tuple[str, ...]:
    if not revoked.new_epochs:
        return ()
    person = revoked.person
    could = (
        f"{person} could open {one.level}, epoch {', '.join(map(str, one.epochs))}, since"
        f" {one.since:%Y-%m-%d}"
        for one in revoked.exposures
    )
    for_ever = (
        f"with copies kept of repository and vault, {person} reads for ever every value of those"
        f" epochs, in any version: of the {extent_words(revoked.extent)} here, and of those there"
        " were"
    )
    documents = document_notices(revoked.extent.documents)
    if any(person in one.people for one in revoked.readers):
        return (*could, for_ever, *documents)  # who reads on needs vault and repository
    vault = (
        f"take the vault from {person} now: no account of theirs may read {place}, nor a share or"
        " a backup that holds it; change the passwords they know"
        for place in revoked.vaults
    )
    repository = f"if {person} may push to the repository, end that where it is hosted"
    return (*could, for_ever, *documents, *vault, repository)


def extent_words(extent: Extent) -> str:
    """Count whose values are sealed at some levels."""
    members = counted(extent.members, "member")
    if not extent.searches:
        return members
    return f"{members} and {extent.searches} saved search{'es' if extent.searches > 1 else ''}"


def document_notices(documents: int) -> tuple[str, ...]:
    """Say that documents stay as they were encrypted."""
    if not documents:
        return ()
    told = (
        f"{counted(documents, 'document')} of these levels: the files are not encrypted again, and"
        " stay under the epoch they were encrypted with"
    )
    return (told,)


def epoch_words(epochs: Mapping[str, int]) -> str:
    """Write levels with their epochs."""
    return ", ".join(f"{level} {epoch}" for level, epoch in epochs.items())


def commit_words(commit: str) -> str:
    """Write a commit as every command does."""
    return f"commit {commit[:7]}"
