"""Who could sign a purge certificate on the day it was made: its commit's parent tells.

By today's policy a certificate would turn invalid when its signer leaves, and somebody who came
later could sign for a purge before his time. What nobody's dates prove is the order of commits:
who has been removed since counts only for a certificate whose commit came before the removal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from memberarc.archive.history import walk_history
from memberarc.archive.layout import KEY_LIST
from memberarc.archive.revisions import is_ancestor
from memberarc.archive.snapshot import Snapshot
from memberarc.errors import KeyListError, SignatureError
from memberarc.sealing.keys.key_list import list_digest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from memberarc.acts.key.chain import KeyChain, Link
    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.people.ssh import AllowedSigner


class CertificateSigners:
    """The administrators of the days on which an archive's certificates were committed.

    The archive's present key list is believed: whoever asks has judged it, or tells of it.
    """

    def __init__(self, archive: Archive, *, chain: KeyChain) -> None:
        self._archive = archive
        self._present = archive.snapshot.read(KEY_LIST) or b""
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
        return _named_by_all(self._administrators(commit) for commit in commits)

    def _administrators(self, commit: str) -> tuple[AllowedSigner, ...]:
        """Return who could sign in a commit, and was not removed in one that it may come after."""
        content = self._key_list_before(commit)
        signers = self._signers_with(content)
        seen = {link.digest for link in self._chain.way(content)}
        for link in self._chain.way(self._present):
            if link.digest not in seen and not self._came_before(commit, link):
                signers = _named_by_all((signers, self._chain.administrators_with(link.digest)))
        return signers

    def _came_before(self, commit: str, link: Link) -> bool:
        """Tell whether a commit came before a key list, wherever in the history that was brought.

        Whoever was removed can bring the list once more after a certificate of his; hence all.
        """
        repository = self._archive.repository
        return all(is_ancestor(repository, commit, of=one) for one in link.commits)

    def _key_list_before(self, commit: str) -> bytes:
        parent = self._parents[commit]
        then = Snapshot(repository=self._archive.repository, commit=parent)
        content = then.read(KEY_LIST)
        if content is None:
            raise KeyListError("there was no key list at the time", where=KEY_LIST)
        return content

    def _signers_with(self, content: bytes) -> tuple[AllowedSigner, ...]:
        """Return who administers by the policy that a key list names.

        A change of the policy alone gives nobody power before a list follows, nor here.
        """
        digest = list_digest(content)
        if digest not in self._believed:
            self._chain.judge(content, pin=None, believed=self._present)
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
            is_ancestor(repository, other, of=commit) for other in commits if other != commit
        )
    ]


def _named_by_all(policies: Iterable[tuple[AllowedSigner, ...]]) -> tuple[AllowedSigner, ...]:
    """Return the signers that every one of some policies names."""
    first, *others = policies
    return tuple(signer for signer in first if all(signer in other for other in others))
