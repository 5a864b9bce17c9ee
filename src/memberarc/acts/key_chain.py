"""The chain of key lists in a history: each names the one before, and its administrators sign it.

Neither the order of commits nor what a policy says today counts: whoever may push makes both.
Source: format.md, section 6, and decision 010.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memberarc.archive.history import walk_history
from memberarc.archive.layout import ACCESS_POLICY, KEY_LIST, KEY_LIST_SIGNATURE
from memberarc.archive.snapshot import Snapshot
from memberarc.errors import InvalidRecordError, KeyListError, PolicyError, UnsignedKeyListError
from memberarc.formats.yaml_file import load_yaml
from memberarc.people.access import administrators, allowed_signers, parse_access
from memberarc.sealing.key_list import list_digest, parse_key_list
from memberarc.sealing.key_pin import accept_key_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.people.ssh import AllowedSigner
    from memberarc.sealing.key_list import KeyList
    from memberarc.sealing.key_pin import Pin


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One list, and every commit that brought it in: a second one, where it was put back."""

    content: bytes
    commits: list[str] = field(default_factory=list)

    @property
    def digest(self) -> str:
        return list_digest(self.content)

    def parsed(self) -> KeyList:
        return parse_key_list(self.content, path=KEY_LIST)


class KeyChain:
    """Every key list of the history of an archive's newest commit, side branches included."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._links: dict[str, Link] = {}
        revision = archive.snapshot.commit or "HEAD"
        for entry in walk_history(archive.repository, revisions=(revision,), paths=(KEY_LIST,)):
            content = self._at(entry.commit).read(KEY_LIST)
            if content is not None:
                link = self._links.setdefault(list_digest(content), Link(content=content))
                link.commits.append(entry.commit)

    def judge(self, content: bytes, *, pin: Pin | None, signature: bytes | None = None) -> Pin:
        """Believe a list that follows link by link from the pinned one, else from the founder's.

        Args:
            signature: the one that has to vouch for this list; None when it has become history,
                and the signature it came in with does.

        Returns:
            What to pin.

        Raises:
            KeyListError: a link is missing, out of order, or not signed by whom it had to be.
        """
        before = pin.sha256 if pin else ""
        for link in self._following(content, pin=pin):
            newest = signature is not None and link.content == content
            pin = self._accept(
                link,
                signatures=(signature,) if newest else self._signatures(link),
                # The founder signs under a policy of his own: there is nobody before him.
                signers=self.administrators_with(before or link.digest),
                pin=pin,
            )
            before = link.digest
        assert pin is not None  # a chain without a pin begins with the founder's list
        return pin

    def administrators_with(self, digest: str) -> tuple[AllowedSigner, ...]:
        """Return who administered by the policy that a list came in with.

        A list can come in twice on branches that know nothing of each other. Which was first,
        nobody can tell, so only those count whom each of them names.
        """
        link = self._links.get(digest)
        if link is None:
            raise _refusal("this history does not hold the key list that was seen before")
        commits = earliest(link.commits, repository=self._archive.repository)
        return named_by_all(administrators_in(self._at(commit)) for commit in commits)

    def _following(self, content: bytes, *, pin: Pin | None) -> list[Link]:
        """Walk back from a list to the pinned one or the founder's: the way, oldest first."""
        way: list[Link] = []
        digest = list_digest(content)
        while pin is None or digest != pin.sha256:
            link = self._links.get(digest)
            if link is None:
                raise _refusal(f"this history does not hold the key list sha256:{digest}")
            way.append(link)
            kind, _, digest = link.parsed().previous.partition(":")
            if kind != "sha256":
                break
        way.reverse()
        if pin is None:
            self._require_one_founder()
        elif way and digest != pin.sha256:
            raise _refusal(f"the key list does not follow from list {pin.number} seen before")
        if (pin or len(way) > 1) and self._is_shallow():
            raise KeyListError(
                "the history is cut off, so nobody can tell who was an administrator",
                where=KEY_LIST,
                hint="git fetch --unshallow",
            )
        for number, link in enumerate(way, start=pin.number + 1 if pin else 1):
            if link.parsed().number != number:
                raise _refusal(f"key list {link.parsed().number} stands where {number} has to")
        return way

    def _require_one_founder(self) -> None:
        """Refuse to choose: whoever may push can remove the list and found the archive anew."""
        founding = 0
        for link in self._links.values():
            try:
                key_list = link.parsed()
            except KeyListError:
                continue  # garbled once; a link of the chain would be refused for it
            founding += not key_list.previous and key_list.archive == self._archive.manifest.archive
        if founding > 1:
            raise _refusal(f"this history holds {founding} first key lists instead of one")

    def _accept(
        self,
        link: Link,
        *,
        signatures: Sequence[bytes | None],
        signers: tuple[AllowedSigner, ...],
        pin: Pin | None,
    ) -> Pin:
        refusal: UnsignedKeyListError | None = None
        for signature in signatures:
            try:
                return accept_key_list(
                    link.content,
                    path=KEY_LIST,
                    archive=self._archive.manifest.archive,
                    signature=signature,
                    signers=signers,
                    pin=pin,
                ).pin
            except UnsignedKeyListError as err:
                refusal = err
        raise refusal or UnsignedKeyListError("the key list is not signed", where=KEY_LIST)

    def _signatures(self, link: Link) -> tuple[bytes | None, ...]:
        return tuple(self._at(commit).read(KEY_LIST_SIGNATURE) for commit in link.commits)

    def _is_shallow(self) -> bool:
        return self._archive.repository.line("rev-parse", "--is-shallow-repository") != "false"

    def _at(self, commit: str) -> Snapshot:
        return Snapshot(repository=self._archive.repository, commit=commit)


def administrators_in(snapshot: Snapshot) -> tuple[AllowedSigner, ...]:
    """Return who administers by the policy of one commit.

    Raises:
        KeyListError: it has no policy that can be read.
    """
    content = snapshot.read(ACCESS_POLICY)
    if content is None:
        raise KeyListError("no access policy stands with this key list", where=ACCESS_POLICY)
    try:
        document = load_yaml(content, path=ACCESS_POLICY, comments="keep")
        return allowed_signers(administrators(parse_access(document, path=ACCESS_POLICY)))
    except (InvalidRecordError, PolicyError) as err:
        raise KeyListError(
            f"the access policy of this key list is none: {err.message}", where=ACCESS_POLICY
        ) from err


def earliest(commits: Sequence[str], *, repository: Repository) -> list[str]:
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


def named_by_all(policies: Iterable[tuple[AllowedSigner, ...]]) -> tuple[AllowedSigner, ...]:
    """Return the signers that every one of some policies names."""
    first, *others = policies
    return tuple(signer for signer in first if all(signer in other for other in others))


def _refusal(message: str) -> KeyListError:
    return KeyListError(
        message,
        where=KEY_LIST,
        hint="fetch the newest commits; if it stays, ask an administrator",
    )
