"""The vault's share of the sealed indexes: renewing it ends every index there is.

Source: format.md, section 7; design.md, section 9.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from memberarc.archive.lock import hold_lock
from memberarc.errors import ShareRottenError
from memberarc.people import private_files
from memberarc.sealing.derivation import KEY_BYTES
from memberarc.sealing.share_lines import read_share, share_line
from memberarc.sealing.vault_place import read_private

if TYPE_CHECKING:
    from memberarc.sealing.vault import Vault

_NAME: Final = "index"
_FILE: Final = "index.txt"


def index_share(vault: Vault) -> bytes:
    """Return the share, made when there is none yet.

    Raises:
        ShareRottenError: its line does not fit its check.
    """
    path = vault.directory / _FILE
    if not path.exists():
        # Of two processes that find none, the second takes the first one's.
        with hold_lock(vault.directory):
            if not path.exists():
                renew_index_share(vault)
    line = read_private(path).removesuffix(b"\n")
    share = read_share(line, archive=vault.archive, uid=_NAME)
    if share is None:
        raise ShareRottenError("the share of the indexes is damaged", where=str(path))
    return share


def renew_index_share(vault: Vault) -> None:
    """Put a new share in the old one's place: no index made so far opens any more."""
    line = share_line(_NAME, share=os.urandom(KEY_BYTES), archive=vault.archive)
    private_files.replace(vault.directory / _FILE, line + b"\n")
