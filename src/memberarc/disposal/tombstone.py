"""The tombstone: what stays in the tree of a purged member (format.md, section 10)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from memberarc.errors import FindingsError, Problem
from memberarc.formats.canonical_yaml import Node, write_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = "tombstone/1"
_REQUIRED: Final = ("id", "uid", "purged_on", "request", "policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tombstone:
    """No reason, and no hash of anything the member had.

    ``certificate`` is the SHA-256 of the certificate's bytes, empty until it is written.
    """

    id: str
    uid: str
    purged_on: str
    request: str
    policy: str
    certificate: str = ""


def write_tombstone(tombstone: Tombstone) -> bytes:
    """Write the canonical bytes of a tombstone."""
    document: dict[str, Node] = {
        "format": FORMAT,
        "id": tombstone.id,
        "uid": tombstone.uid,
        "purged_on": tombstone.purged_on,
        "request": tombstone.request,
        "policy": f"sha256:{tombstone.policy}",
    }
    if tombstone.certificate:
        document["certificate"] = f"sha256:{tombstone.certificate}"
    return write_yaml(document)


def parse_tombstone(document: Mapping[str, Node], *, path: str) -> Tombstone:
    """Read a tombstone; a key too many is a flaw, since it might be personal."""
    texts = {key: value for key, value in document.items() if isinstance(value, str)}
    fits = (
        document.get("format") == FORMAT
        and all(key in texts for key in _REQUIRED)
        and set(document) <= {"format", "certificate", *_REQUIRED}
    )
    if not fits:
        problem = Problem(
            path=path,
            rule="tombstone",
            message=f"not a {FORMAT} of id, uid, purged_on, request, policy and certificate",
        )
        raise FindingsError("a tombstone does not fit", problems=(problem,), where=path)
    return Tombstone(
        id=texts["id"],
        uid=texts["uid"],
        purged_on=texts["purged_on"],
        request=texts["request"],
        policy=texts["policy"].removeprefix("sha256:"),
        certificate=texts.get("certificate", "").removeprefix("sha256:"),
    )
