"""Where the index of a set of keys lies, and the key that it is sealed with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from memberarc.sealing.derivation import SUITE, hkdf, lp
from memberarc.sealing.vault.index_share import index_share

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.sealing.vault.replicas import Replicas

SUFFIX: Final = ".index"
_NAME_BYTES: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPlace:
    """A file and its key; without a file the index can only live in memory."""

    path: Path | None
    key: bytes = field(repr=False)


def index_folder(repository: Repository) -> Path:
    """Name the folder of all indexes of a work tree or bare clone."""
    return repository.git_dir / "memberarc" / "index"


def index_place(
    archive: Archive, *, ring: KeyRing | None, replicas: Replicas | None, make_share: bool = True
) -> IndexPlace:
    """Find the place of the index that holds what these keys open.

    Its key comes from all of them and from the vault's share of the indexes: whoever lacks one of
    the level keys cannot open it, and nobody can once a purge has destroyed the share. Without keys
    an index holds only what every clone shows.

    Args:
        make_share: have the vault make its share where there is none, and no index could be.

    Source: format.md, section 7.
    """
    identifier = archive.manifest.archive
    secret, names, share = b"", [], b""
    if ring is not None and replicas is not None:
        found = index_share(replicas.nearest, make=make_share)
        if found is None:
            return IndexPlace(path=None, key=b"")
        share = found
        names.append(replicas.nearest.replica)
        for level, epoch in ring.held:
            for one in ring.secrets(level, epoch):
                secret += one
                names += [level, str(epoch)]
    told = [name.encode() for name in names]
    salt = identifier.encode()
    name = hkdf(secret, salt=salt, info=lp(SUITE, b"index name", *told), length=_NAME_BYTES)
    key = hkdf(secret + share, salt=salt, info=lp(SUITE, b"index", *told))
    return IndexPlace(path=index_folder(archive.repository) / f"{name.hex()}{SUFFIX}", key=key)
