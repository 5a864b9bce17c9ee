"""What a merge of two branches gave up with the other key list: its keys, and its revocations."""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from memberarc.archive.layout import ACCESS_POLICY, KEY_LIST
from memberarc.errors import PolicyError
from memberarc.people.access_changes import powers, removal_hint
from memberarc.sealing.keys.key_list import RETIRED, list_digest, parse_key_list

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from memberarc.acts.key.chain import KeyChain, Link
    from memberarc.archive.opened import Archive
    from memberarc.people.access import Access
    from memberarc.people.access_changes import Power
    from memberarc.sealing.keys.key_list import KeyEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class Undone:
    """A revocation of another branch that a merge has undone, and how to make it again."""

    power: Power
    hint: str


def keys_given_up(
    archive: Archive, content: bytes, *, lists: Collection[Link]
) -> tuple[KeyEntry, ...]:
    """Return the keys of lists given up that the one that stands has not, as retired ones.

    A file that a merge has mixed, or left out, is no key: only the one that was listed is taken.
    """
    known = {entry.file for entry in parse_key_list(content, path=KEY_LIST).keys}
    found: dict[str, KeyEntry] = {}
    for entry in (entry for link in lists for entry in link.parsed().keys):
        if entry.file in known | found.keys():
            continue
        file = archive.snapshot.read(entry.file)
        if file is not None and sha256(file).hexdigest() == entry.sha256:
            found[entry.file] = replace(entry, state=RETIRED)
    return tuple(found.values())


def undone_revocations(
    chain: KeyChain, content: bytes, *, lists: Collection[Link], access: Access
) -> tuple[Undone, ...]:
    """Find what people lost on branches that were given up, and have by a policy all the same.

    What was taken here, too, since the branches parted is settled, if it was given again later.
    """
    followed = {link.parsed().previous.removeprefix("sha256:") for link in lists}
    return tuple(
        undone
        for link in lists
        if link.digest not in followed
        for undone in _undone_by(chain, content, link=link, access=access)
    )


def refuse_undone(before: Collection[Undone], *, after: Collection[Undone]) -> None:
    """Refuse an act that leaves every revocation of another branch undone.

    Raises:
        PolicyError: one was undone, and this act is not the one that makes it again.
    """
    if after and len(after) >= len(before):
        people = ", ".join(dict.fromkeys(one.power.person for one in after))
        raise PolicyError(
            f"the other branch revoked {people}, which a merge has undone",
            where=ACCESS_POLICY,
            hint=next(one.hint for one in after),
        )


def _undone_by(chain: KeyChain, content: bytes, *, link: Link, access: Access) -> Iterator[Undone]:
    theirs = {one.digest for one in chain.line(link.digest)}
    since = []
    for one in chain.line(list_digest(content)):
        if one.digest in theirs:
            break
        since.append(one)
    else:
        return  # this history is cut off before the branches parted
    parted, revoked = chain.access_with(one.parsed()), chain.access_with(link.parsed())
    kept = {*powers(access)}
    for ours in since:
        kept &= {*powers(chain.access_with(ours.parsed()))}
    for power in powers(parted):
        if power in kept and power not in powers(revoked):
            yield Undone(power=power, hint=removal_hint(parted, revoked, power.person))
