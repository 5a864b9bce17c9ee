"""Open an identity file that is itself encrypted under a passphrase, as ``age -p`` writes it.

Nothing else is ever opened by a passphrase: where keys are expected, one is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.errors import NoIdentityError, PassphraseError, SettingsError
from memberarc.people.user_files import PHRASE_FILE_VARIABLE, read_secret
from memberarc.sealing.age.frame import SCRYPT, looks_like_age, parse_age_file

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.sealing.age.asking import Asker
    from memberarc.sealing.age.frame import AgeFile

# 2 to the power of 20 takes 1 GiB and some seconds; age itself writes 18.
LARGEST_WORK_FACTOR: Final = 20

_WORK_FACTOR: Final = re.compile(r"[1-9][0-9]{0,2}")
_WRONG: Final = "Decryption failed"


def open_protected(content: bytes, *, asker: Asker, where: str) -> bytes:
    """Ask for the passphrase and decrypt; the header is judged before anybody is asked.

    Raises:
        SettingsError: the file is damaged, for other keys, or costs too much to open.
        NoIdentityError: there is nobody to ask.
        PassphraseError: it is another passphrase.
    """
    from pyrage import DecryptError, passphrase

    try:
        file = parse_age_file(content)
    except ValueError as err:
        raise SettingsError(f"the identity file is damaged: {err}", where=where) from err
    _require_bearable(file, where=where)
    answer = asker.passphrase(f"Passphrase of {where}: ")
    if answer is None:
        raise NoIdentityError(
            "the identity file has a passphrase, and there is nobody to ask for it",
            where=where,
            hint=f"memberarc unlock at a terminal, or name a file in {PHRASE_FILE_VARIABLE}",
        )
    try:
        opened: bytes = passphrase.decrypt(file.binary, answer)
    except UnicodeEncodeError:  # typed at a terminal that speaks something else than it says
        raise PassphraseError("the passphrase is wrong: it is not UTF-8", where=where) from None
    except DecryptError as err:
        if str(err) == _WRONG:
            raise PassphraseError("the passphrase is wrong", where=where) from err
        told = str(err).partition("\n")[0]
        raise SettingsError(f"the identity file does not open: {told}", where=where) from err
    return opened


def is_protected(path: Path) -> bool:
    """Tell whether an identity file is there and asks for a passphrase."""
    return path.exists() and looks_like_age(read_secret(path))


def _require_bearable(file: AgeFile, *, where: str) -> None:
    arguments = file.stanzas[0].arguments
    if len(file.stanzas) != 1 or arguments[0] != SCRYPT:
        raise SettingsError(
            "the identity file is encrypted, and not under a passphrase",
            where=where,
            hint=f"age -d {where}",
        )
    if len(arguments) != 3 or not _WORK_FACTOR.fullmatch(arguments[2]):
        raise SettingsError("the identity file is damaged", where=where)
    if int(arguments[2]) > LARGEST_WORK_FACTOR:
        raise SettingsError(
            f"the passphrase has the work factor {arguments[2]}, more than {LARGEST_WORK_FACTOR}",
            where=where,
            hint="encrypt the identity again with age -p",
        )
