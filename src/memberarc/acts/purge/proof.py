"""Prove purges again: try to open purged members everywhere, and show their certificates."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from memberarc.acts.key.chain import KeyChain
from memberarc.acts.key.keys_at_hand import absence_notices, open_keys
from memberarc.acts.key.trust import believed_key_list
from memberarc.acts.purge.certificate_signers import CertificateSigners
from memberarc.archive.layout import PathKind, code_of, path_kind
from memberarc.archive.opened import open_archive
from memberarc.disposal.certificate import NAMESPACE
from memberarc.disposal.certificate_view import write_view
from memberarc.disposal.copies import opened_copies
from memberarc.disposal.looking import FullLook
from memberarc.disposal.tombstone import parse_tombstone
from memberarc.disposal.trial import try_everything
from memberarc.errors import (
    KeyListError,
    NotFoundError,
    Problem,
    SignatureError,
)
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.formats.yaml_file import load_yaml
from memberarc.members.shelves import record_path
from memberarc.people.ssh import verify
from memberarc.sealing.age.crypt import load_identities

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from memberarc.acts.key.keys_at_hand import Keys
    from memberarc.acts.opening import Caller
    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.disposal.certificate import Trial
    from memberarc.disposal.certificate_view import Language
    from memberarc.disposal.looking import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Buried:
    """What is still known of a purged member: code, uid, and where the record stood."""

    code: str
    uid: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What came of trying; ``not_checked`` says what could not be tried."""

    trials: tuple[tuple[Buried, Trial], ...]
    problems: tuple[Problem, ...]
    not_checked: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCertificate:
    """A certificate, as it stands and as people read it; ``flaw`` says why not to believe it."""

    told: dict[str, Any]
    text: str
    signed_by: str
    flaw: str


def prove_purges(
    caller: Caller, *, members: Sequence[str] = (), copies: Sequence[Path] = ()
) -> Proof:
    """Try all keys at hand against every version of purged members, here and in copies.

    Args:
        members: codes; without any, whoever has a tombstone here or a fence in the vault.
        copies: clones, mirrors, bare repositories and bundles.
    """
    archive = open_archive(caller.directory)
    keys = open_keys(archive, caller)
    buried = _buried(archive, keys=keys, members=members)
    look = FullLook()
    shares = {one.uid: keys.replicas.shares_left(one.uid) for one in buried}
    with opened_copies(archive, copies) as repositories:
        trials = try_everything(
            repositories,
            buried,
            schema_of=archive.schema,
            ring=keys.ring,
            shares=shares,
            identities=load_identities(caller.user.identity, asker=caller.asker),
            look=look,
        )
        not_checked = tuple(_not_checked(keys, look=look, repositories=repositories))
    problems = [
        Problem(
            path=one.path,
            rule="opens",
            message=f"{trials[one.uid].opened} values or documents of {one.code} still open",
            hint=f"memberarc purge {one.code}, or memberarc purge resume",
        )
        for one in buried
        if trials[one.uid].opened
    ]
    problems += [
        Problem(
            path=one.path,
            rule="share",
            message=f"the vault at hand still holds a share of {one.code}",
            hint="memberarc vault sync",
        )
        for one in buried
        if shares[one.uid]
    ]
    return Proof(
        trials=tuple((one, trials[one.uid]) for one in buried),
        problems=tuple(problems),
        not_checked=not_checked,
    )


def show_certificate(caller: Caller, member: str, *, language: Language | None) -> ShownCertificate:
    """Read the certificate of a purged member, and judge its signature.

    Args:
        language: without one, the first language of the archive.

    Raises:
        NotFoundError: there is none.
    """
    archive = open_archive(caller.directory)
    path = record_path(archive, member) or ""
    place = path.replace("members/", "tombstones/", 1).removesuffix(".yaml") + ".certificate.yaml"
    content = archive.snapshot.read(place)
    if content is None:
        raise NotFoundError(
            f"there is no certificate of {member}", hint="memberarc purge status lists purges"
        )
    told: dict[str, Any] = dict(load_yaml(content, path=place))
    chosen: Language = language or ("zh" if archive.manifest.languages[:1] == ("zh",) else "en")
    signed_by, flaw = _judged(archive, caller, content=content, place=place)
    return ShownCertificate(
        told=told, text=write_view(told, language=chosen), signed_by=signed_by, flaw=flaw
    )


def _judged(archive: Archive, caller: Caller, *, content: bytes, place: str) -> tuple[str, str]:
    stone_path = place.replace(".certificate.yaml", ".yaml")
    stone = archive.snapshot.read(stone_path)
    named = parse_tombstone(load_yaml(stone, path=stone_path), path=stone_path) if stone else None
    if named is None or named.certificate != sha256(content).hexdigest():
        return "", "no tombstone names this certificate"
    signature = archive.snapshot.read(f"{place}.sig") or b""
    try:
        believed_key_list(archive, caller)
        allowed = CertificateSigners(archive, chain=KeyChain(archive)).of(place)
        person = verify(content, signature=signature, namespace=NAMESPACE, allowed=allowed)
    except (SignatureError, KeyListError) as err:
        return "", f"it is not signed by an administrator: {err.message}"
    return person, ""


def _buried(archive: Archive, *, keys: Keys, members: Sequence[str]) -> tuple[Buried, ...]:
    found = {one.code: one for one in _from_tombstones(archive)}
    for fence in keys.replicas.fences().values():
        if fence.of_member and fence.reached("fenced") and fence.id not in found:
            path = record_path(archive, fence.id) or ""
            found[fence.id] = Buried(code=fence.id, uid=fence.uid, path=path)
    for member in members:
        if member.upper() not in found:
            raise NotFoundError(
                f"{member} was not purged, as far as this clone and the vault tell",
                hint="memberarc purge status",
            )
    wanted = {member.upper() for member in members}
    return tuple(one for code, one in sorted(found.items()) if not wanted or code in wanted)


def _from_tombstones(archive: Archive) -> Iterator[Buried]:
    paths = [
        entry.path
        for entry in archive.snapshot.entries("tombstones/")
        if path_kind(entry.path) is PathKind.TOMBSTONE
    ]
    for path, content in archive.snapshot.read_many(paths):
        stone = parse_tombstone(load_yaml(content, path=path), path=path)
        folder = PurePosixPath(path).parent.as_posix().replace("tombstones/", "members/", 1)
        yield Buried(code=code_of(path), uid=stone.uid, path=f"{folder}/{code_of(path)}.yaml")


def _not_checked(keys: Keys, *, look: Look, repositories: Sequence[Repository]) -> Iterator[str]:
    for level in SEALED_LEVELS:
        if not keys.ring.can_open(level):
            yield f"values of level {level}: no key at hand opens any"
    yield from absence_notices(keys.replicas)
    yield from (f"{one.path}: {one.message}" for one in look.unsearched(repositories))
