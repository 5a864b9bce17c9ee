"""The register of a vault's replicas, which each of them holds: so a machine knows of those away.

Source: format.md, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from memberarc.archive.layout import REPLICA_ID
from memberarc.errors import VaultError
from memberarc.formats.canonical_yaml import read_canonical, write_yaml
from memberarc.people import private_files
from memberarc.sealing.vault.files import list_files
from memberarc.sealing.vault.manifest import MANIFEST_NAME
from memberarc.sealing.vault.place import read_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from memberarc.sealing.vault.replica import Vault

REGISTER_FORMAT: Final = "replica/1"
_SYNC: Final = "memberarc vault sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredReplica:
    """One replica: the day it was added, a label for people, and the day it was retired, if any.

    What is empty is not known: of a replica that nobody registered, or whose entry is damaged.
    """

    replica: str
    added: str = ""
    label: str = ""
    retired: str = ""


def joined_register(
    vaults: Sequence[Vault], *, entries: Iterable[RegisteredReplica] = ()
) -> dict[str, RegisteredReplica]:
    """Join what the replicas at hand tell of all replicas, by id; each is one itself.

    Args:
        entries: what is to be told besides.
    """
    known: dict[str, RegisteredReplica] = {}
    own = [RegisteredReplica(replica=vault.replica) for vault in vaults]
    for entry in (*own, *entries, *(entry for vault in vaults for entry in _entries(vault))):
        standing = known.get(entry.replica)
        known[entry.replica] = _joined(standing, entry) if standing else entry
    for vault in vaults:
        if not known[vault.replica].label:
            known[vault.replica] = replace(known[vault.replica], label=vault.directory.name)
    return known


def read_register(vault: Vault) -> dict[str, RegisteredReplica]:
    """Read the register of one replica; empty where there is none yet.

    Raises:
        VaultError: an entry is damaged, or the replica itself is not among them.
    """
    register: dict[str, RegisteredReplica] = {}
    for path in _files(vault):
        entry = parse_entry(read_private(path), path=str(path))
        if entry.replica != path.stem:
            raise VaultError("the entry of another replica", where=str(path), hint=_SYNC)
        register[entry.replica] = entry
    if register and vault.replica not in register:
        raise VaultError(
            "the replica is not in its own register",
            where=str(vault.directory / MANIFEST_NAME),
            hint=_SYNC,
        )
    return register


def outdated_entries(
    vault: Vault, known: Mapping[str, RegisteredReplica], *, today: date
) -> dict[Path, bytes]:
    """Return the files of one replica's register that are not as all is known, as they shall be."""
    contents = {
        vault.register_folder / f"{entry.replica}.yaml": write_entry(
            entry if entry.added else replace(entry, added=today.isoformat())
        )
        for entry in known.values()
    }
    return {
        path: content
        for path, content in contents.items()
        if not path.exists() or read_private(path) != content
    }


def write_entries(vault: Vault, contents: Mapping[Path, bytes]) -> None:
    """Write files of one replica's register."""
    if contents:
        private_files.make_private_folder(vault.register_folder)
        private_files.replace_all(contents)


def spread_register(vault: Vault, known: Mapping[str, RegisteredReplica], *, today: date) -> None:
    """Bring the register of one replica up to what is known."""
    write_entries(vault, outdated_entries(vault, known, today=today))


def write_entry(entry: RegisteredReplica) -> bytes:
    """Write the canonical bytes of an entry."""
    retired = {"retired": entry.retired} if entry.retired else {}
    return write_yaml(
        {
            "format": REGISTER_FORMAT,
            "replica": entry.replica,
            "added": entry.added,
            "label": entry.label,
            **retired,
        }
    )


def parse_entry(content: bytes, *, path: str) -> RegisteredReplica:
    """Read an entry; only the bytes that ``write_entry`` gives are one.

    Raises:
        VaultError: they are others.
    """
    try:
        document: Any = read_canonical(content)
        entry = RegisteredReplica(
            replica=document["replica"],
            added=document["added"],
            label=document["label"],
            retired=document.get("retired", ""),
        )
        texts = (entry.replica, entry.added, entry.label, entry.retired)
        if (
            REPLICA_ID.fullmatch(entry.replica)
            and write_entry(entry) == content
            and all(isinstance(text, str) for text in texts)
        ):
            return entry
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise VaultError("not an entry of the register of replicas", where=path, hint=_SYNC)


def _entries(vault: Vault) -> Iterable[RegisteredReplica]:
    for path in _files(vault):
        try:
            entry = parse_entry(read_private(path), path=str(path))
        except VaultError:
            entry = RegisteredReplica(replica=path.stem)
        # The name alone says that there is such a replica, whatever became of the content.
        yield entry if entry.replica == path.stem else RegisteredReplica(replica=path.stem)


def _files(vault: Vault) -> list[Path]:
    named = list_files(vault.register_folder, "*.yaml")
    return [path for path in named if REPLICA_ID.fullmatch(path.stem)]


def _joined(one: RegisteredReplica, other: RegisteredReplica) -> RegisteredReplica:
    """Join two entries the same way whichever comes first; retired once is retired for good."""

    def least(name: str) -> str:
        told = {getattr(entry, name) for entry in (one, other)} - {""}
        return min(told, default="")

    return RegisteredReplica(
        replica=one.replica, added=least("added"), label=least("label"), retired=least("retired")
    )
