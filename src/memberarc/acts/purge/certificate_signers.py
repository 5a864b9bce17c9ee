"""Who could sign a purge certificate on the day it was made: its commit's parent tells.

By today's policy a certificate would turn invalid when its signer leaves, and somebody who came
later could sign for a purge before his time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.history import walk_history
from memberarc.archive.layout import KEY_LIST
from memberarc.archive.snapshot import Snapshot
from memberarc.errors import KeyListError, SignatureError
from memberarc.sealing.keys.key_list import list_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from memberarc.acts.key.chain import KeyChain
    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.people.ssh import AllowedSigner


class CertificateSigners:
    """The administrators of the days on which an archive's certificates were committed."""

    def __init__(self, archive: Archive, *, chain: KeyChain) -> None:
        self._archive = archive
        self._chain = chain
        self._commits: dict[tuple[str, str], list[str]] | None = None
        self._parents: dict[str, str] = {}
        self._believed: dict[str, tuple[AllowedSigner, ...]] = {}

    def of(self, path: str) -> tuple[AllowedSigner, ...]:
        """Return who could sign the certificate that stands at a path.

        Raises:
            SignatureError: no commit in the history added it to an archive.
            KeyListError: the key list of that time is not to be believed.
        """
        blob = self._archive.snapshot.blob_of(path) or ""
        added = self._added().get((path, blob), [])
        if not added:
            raise SignatureError("no commit added this certificate to the archive", where=path)
        commits = _earliest(added, repository=self._archive.repository)
        return _named_by_all(self._administrators(self._parents[commit]) for commit in commits)

    def _administrators(self, commit: str) -> tuple[AllowedSigner, ...]:
        """Return who administers by the policy that the key list of a commit names.

        A change of the policy alone gives nobody power before a list follows, nor here.
        """
        then = Snapshot(repository=self._archive.repository, commit=commit)
        content = then.read(KEY_LIST)
        if content is None:
            raise KeyListError("there was no key list at the time", where=KEY_LIST)
        digest = list_digest(content)
        if digest not in self._believed:
            self._chain.judge(content, pin=None)
            self._believed[digest] = self._chain.administrators_with(digest)
        return self._believed[digest]

    def _added(self) -> dict[tuple[str, str], list[str]]:
        """Read the history of all certificates once: path and blob, and the commits."""
        if self._commits is None:
            self._commits = {}
            revision = self._archive.snapshot.commit or "HEAD"
            repository = self._archive.repository
            for entry in walk_history(repository, revisions=(revision,), paths=("tombstones",)):
                for changed in entry.paths:
                    if changed.new_blob is not None and entry.parents:
                        key = (changed.path, changed.new_blob)
                        self._commits.setdefault(key, []).append(entry.commit)
                        self._parents[entry.commit] = entry.parents[0]
        return self._commits


def _earliest(commits: Sequence[str], *, repository: Repository) -> list[str]:
    """Leave out every commit that another of them comes before; dates do not count."""
    return [
        commit
        for commit in commits
        if not any(
            repository.succeeds("merge-base", "--is-ancestor", other, commit)
            for other in commits
            if other != commit
        )
    ]


def _named_by_all(policies: Iterable[tuple[AllowedSigner, ...]]) -> tuple[AllowedSigner, ...]:
    """Return the signers that every one of some policies names."""
    first, *others = policies
    return tuple(signer for signer in first if all(signer in other for other in others))
