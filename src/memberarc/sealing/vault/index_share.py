"""A replica's share of the sealed indexes: without it no index that was made with it opens.

Every purge destroys it. Nobody waits for another replica's: an index names the one it was made
with, by its file name, and whoever finds no share makes a new one and a new index.
Source: format.md, section 7.
"""

from __future__ import annotations

import base64
import os
import re
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from memberarc.errors import MemberarcError
from memberarc.people import private_files
from memberarc.sealing.derivation import KEY_BYTES
from memberarc.sealing.vault.files import INDEX_SHARE
from memberarc.sealing.vault.place import read_private
from memberarc.sealing.vault.share_lines import share_line

if TYPE_CHECKING:
    from memberarc.sealing.vault.replica import Vault

_NAME: Final = "index"
_LINE: Final = re.compile(rb"m1 index ([A-Za-z0-9_-]{43}) [0-9a-f]{12}")


def index_share(vault: Vault, *, make: bool) -> bytes | None:
    """Return a replica's share of the indexes; None where there is none.

    Args:
        make: write a new one where it is missing or rotten, if the replica can be written.
    """
    share = _standing(vault)
    if share is None and make:
        from memberarc.archive.lock import hold_lock

        # Of two processes that find none, the second takes the first one's.
        with suppress(MemberarcError, OSError), hold_lock(vault.directory):
            share = _standing(vault) or _new(vault)
    return share


def destroy_index_share(vault: Vault) -> None:
    """Delete the share: from then on no copy of an index made with it opens, wherever it is."""
    (vault.directory / INDEX_SHARE).unlink(missing_ok=True)
    private_files.sync_folder(vault.directory)


def _standing(vault: Vault) -> bytes | None:
    try:
        line = read_private(vault.directory / INDEX_SHARE).removesuffix(b"\n")
    except (MemberarcError, FileNotFoundError):
        return None
    found = _LINE.fullmatch(line)
    share = base64.urlsafe_b64decode(found[1] + b"=") if found else b""
    return share if share_line(_NAME, share=share, archive=vault.archive) == line else None


def _new(vault: Vault) -> bytes:
    share = os.urandom(KEY_BYTES)
    line = share_line(_NAME, share=share, archive=vault.archive)
    private_files.replace(vault.directory / INDEX_SHARE, line + b"\n")
    return share
