"""The chain of key lists in a history: each names the one before, and its administrators sign it.

Lists and policies are found by their digests alone. Which commits brought them, in what order and
when, whoever may push decides. Source: format.md, section 6, and decision 010.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from memberarc.archive.history import walk_history
from memberarc.archive.incomplete import bring, is_partial
from memberarc.archive.layout import ACCESS_POLICY, KEY_LIST, KEY_LIST_SIGNATURE
from memberarc.archive.revisions import is_ancestor
from memberarc.archive.snapshot import Snapshot
from memberarc.errors import InvalidRecordError, KeyListError, PolicyError, UnsignedKeyListError
from memberarc.people.access import administrators, allowed_signers, read_policy
from memberarc.sealing.keys.key_list import list_digest, parse_key_list, policy_digest
from memberarc.sealing.keys.key_pin import accept_key_list

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access
    from memberarc.people.ssh import AllowedSigner
    from memberarc.sealing.keys.key_list import KeyList
    from memberarc.sealing.keys.key_pin import Pin

_PATHS = (KEY_LIST, KEY_LIST_SIGNATURE, ACCESS_POLICY)


@dataclass(slots=True, kw_only=True)
class Link:
    """One list, every signature that ever stood beside it, and when it came in, as commits say.

    ``commits`` are those that brought it or changed what belongs to it, newest first.
    """

    content: bytes
    since: datetime
    signatures: dict[bytes, None] = field(default_factory=dict)
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
        self._policies: dict[str, bytes] = {}
        revision = archive.snapshot.commit or "HEAD"
        history = [*walk_history(archive.repository, revisions=(revision,), paths=_PATHS)]
        if is_partial(archive.repository):
            written = (changed.new_blob for entry in history for changed in entry.paths)
            bring(archive.repository, filter(None, written))
        for entry in history:
            at = Snapshot(repository=archive.repository, commit=entry.commit)
            files = dict(at.read_many(_PATHS))
            if ACCESS_POLICY in files:
                self._policies[policy_digest(files[ACCESS_POLICY])] = files[ACCESS_POLICY]
            if KEY_LIST in files:
                content = files[KEY_LIST]
                link = self._links.setdefault(
                    list_digest(content), Link(content=content, since=entry.time)
                )
                link.since = min(link.since, entry.time)
                link.commits.append(entry.commit)
                if KEY_LIST_SIGNATURE in files:
                    link.signatures[files[KEY_LIST_SIGNATURE]] = None

    def judge(
        self,
        content: bytes,
        *,
        pin: Pin | None,
        signature: bytes | None = None,
        believed: bytes | None = None,
    ) -> Pin:
        """Believe a list that follows link by link from the pinned one, else from the founder's.

        Args:
            signature: the one that has to vouch for this list; None when it has become history,
                and any signature it came in with does.
            believed: a list that is believed already: its founder is the founder. Without it and
                without a pin, it is who founded before all others in this history.

        Returns:
            What to pin.

        Raises:
            KeyListError: a link is missing, out of order, or not signed by whom it had to be.
        """
        before = pin.sha256 if pin else ""
        way = self.way(content, pin=pin)
        if pin is None:
            self._require_founder(way[0], believed=believed)
        for link in way:
            present = signature is not None and link.content == content
            pin = self._accept(
                link,
                signatures=[signature or b""] if present else None,
                # The founder signs under a policy of his own: there is nobody before him.
                signers=self.administrators_with(before or link.digest),
                pin=pin,
            )
            before = link.digest
        assert pin is not None  # a chain without a pin begins with the founder's list
        return pin

    def administrators_with(self, digest: str) -> tuple[AllowedSigner, ...]:
        """Return who administers by the policy that a list names."""
        return allowed_signers(administrators(self.access_with(self._link(digest).parsed())))

    def access_with(self, key_list: KeyList) -> Access:
        """Read the policy that a list names, wherever in the history it stands.

        Raises:
            KeyListError: it stands nowhere, or cannot be read.
        """
        try:
            return read_policy(self.policy_with(key_list))
        except (InvalidRecordError, PolicyError) as err:
            raise KeyListError(
                f"the access policy of key list {key_list.number} is none: {err.message}",
                where=ACCESS_POLICY,
            ) from err

    def policy_with(self, key_list: KeyList) -> bytes:
        """Return the bytes of the policy that a list names; raises as ``access_with``."""
        content = self._policies.get(key_list.access)
        if content is None:
            raise self._missing(f"the access policy of key list {key_list.number}")
        return content

    def way(self, content: bytes, *, pin: Pin | None = None) -> list[Link]:
        """Walk back from a list to the pinned one or a founder's: the way, oldest first.

        Raises:
            KeyListError: it does not lead there.
        """
        way: list[Link] = []
        digest = list_digest(content)
        while pin is None or digest != pin.sha256:
            way.append(self._link(digest))
            kind, _, digest = way[-1].parsed().previous.partition(":")
            if kind != "sha256":
                break
        way.reverse()
        if pin is not None and way and digest != pin.sha256:
            raise _refusal(f"the key list does not follow from list {pin.number} seen before")
        for number, link in enumerate(way, start=pin.number + 1 if pin else 1):
            if link.parsed().number != number:
                raise _refusal(f"key list {link.parsed().number} stands where {number} has to")
        return way

    def line(self, digest: str) -> list[Link]:
        """Walk back from a list as far as this history goes, unjudged: the newest first."""
        line: list[Link] = []
        while link := self._links.get(digest):
            line.append(link)
            digest = link.parsed().previous.removeprefix("sha256:")
        return line

    def given_up(self, content: bytes) -> tuple[Link, ...]:
        """Return the lists that a merge of two branches gave up for the one that stands now.

        Such a list counts as a link does, and its signer must be an administrator still: one who
        has left could make a branch from a commit of his time.
        """
        digest = list_digest(content)
        line = {link.digest for link in self.line(digest)}
        signers = self.administrators_with(digest)
        found = []
        for link in self._links.values():
            if link.digest in line:
                continue
            try:
                self.judge(link.content, pin=None, believed=content)
                self._accept(link, signers=signers)
                self.access_with(link.parsed())
            except KeyListError:
                continue
            found.append(link)
        return tuple(found)

    def _link(self, digest: str) -> Link:
        link = self._links.get(digest)
        if link is None:
            raise self._missing(f"the key list sha256:{digest}")
        return link

    def _require_founder(self, first: Link, *, believed: bytes | None) -> None:
        """Refuse a chain that does not begin with the list that the archive was founded with.

        Whoever may push can found an archive anew and take that back, which must stop nobody: it
        comes later. What came before, or on a root of its own, is not to be told from the truth.
        """
        if believed is not None:
            if self.way(believed)[0] is not first:
                raise _refusal("this key list goes back to another first list than the present one")
            return
        for other in self._links.values():
            if other is first or self._precedes(first, other) or not self._founds(other):
                continue
            raise _refusal(
                f"the first key list of this chain, sha256:{first.digest}, does not come before the"
                f" other one in this history, sha256:{other.digest}"
            )

    def _founds(self, link: Link) -> bool:
        """Tell whether a list begins a chain, of this archive or any: who made it signed it."""
        try:
            key_list = link.parsed()
            if key_list.previous:
                return False
            signers = self.administrators_with(link.digest)
            self._accept(link, archive=key_list.archive, signers=signers)
        except KeyListError:
            return False
        return True

    def _precedes(self, first: Link, other: Link) -> bool:
        """Tell whether each commit with one list has a commit with the other before it."""
        return all(
            any(
                is_ancestor(self._archive.repository, one, of=commit)
                for one in reversed(first.commits)
            )
            for commit in other.commits
        )

    def _accept(
        self,
        link: Link,
        *,
        signers: tuple[AllowedSigner, ...],
        signatures: Iterable[bytes] | None = None,
        archive: str = "",
        pin: Pin | None = None,
    ) -> Pin:
        """Judge one list; by default any signature it came in with vouches for it."""
        refusal = UnsignedKeyListError("the key list is not signed", where=KEY_LIST)
        for signature in link.signatures if signatures is None else signatures:
            try:
                return accept_key_list(
                    link.content,
                    path=KEY_LIST,
                    archive=archive or self._archive.manifest.archive,
                    signature=signature,
                    signers=signers,
                    pin=pin,
                ).pin
            except UnsignedKeyListError as err:
                refusal = err
        raise refusal

    def _missing(self, what: str) -> KeyListError:
        repository = self._archive.repository
        if repository.line("rev-parse", "--is-shallow-repository") == "false":
            return _refusal(f"this history does not hold {what}")
        return KeyListError(
            f"the history is cut off, and does not hold {what}",
            where=KEY_LIST,
            hint="git fetch --unshallow",
        )


def _refusal(message: str) -> KeyListError:
    return KeyListError(
        message,
        where=KEY_LIST,
        hint="fetch the newest commits; if it stays, ask an administrator",
    )
