"""Split the secret that opens an escrow among custodians, as words they write on paper.

Source: SLIP-0039, one group, without a passphrase.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from memberarc.errors import UsageError, VaultError
from memberarc.sealing.age.bech32 import age_secret_key
from memberarc.sealing.age.crypt import Identities, parse_identities
from memberarc.sealing.derivation import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_CUSTODIANS: Final = 16
WORDS: Final = 33
_WORD: Final = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustodianWords:
    """One custodian's words, read; ``source`` says whose they are in messages."""

    source: str
    custodian: int
    threshold: int
    share: Any = field(repr=False)

    @property
    def mnemonic(self) -> str:
        """The words, as they were split."""
        text: str = self.share.mnemonic()
        return text


def new_secret() -> bytes:
    """Make the secret of an escrow."""
    return os.urandom(KEY_BYTES)


def escrow_identity(secret: bytes) -> Identities:
    """Read a secret as the age identity that opens the escrow."""
    return parse_identities(age_secret_key(secret).encode(), where="the escrow")


def require_quorum(*, custodians: int, threshold: int) -> None:
    """Refuse numbers that are no sharing: one custodian alone must open nothing.

    Raises:
        UsageError: they are.
    """
    if not 2 <= threshold <= custodians <= MOST_CUSTODIANS:
        raise UsageError(
            f"{threshold} of {custodians} is no sharing: at least 2 must be needed, of at most"
            f" {MOST_CUSTODIANS}",
            hint="--custodians 3 --threshold 2",
        )


def split_secret(secret: bytes, *, custodians: int, threshold: int) -> tuple[str, ...]:
    """Split a secret into the words of each custodian, so many of whom open it together."""
    from shamir_mnemonic import generate_mnemonics

    # The secret is random: stretching it would add nothing.
    [mnemonics] = generate_mnemonics(1, [(threshold, custodians)], secret, iteration_exponent=0)
    return tuple(mnemonics)


def read_words(text: str, *, source: str) -> CustodianWords:
    """Read the words one custodian typed or wrote to a file; numbers between them are skipped.

    Raises:
        VaultError: a word is wrong; told by its place only.
    """
    from shamir_mnemonic.share import Share
    from shamir_mnemonic.utils import MnemonicError
    from shamir_mnemonic.wordlist import WORD_INDEX_MAP

    lines = (line for line in text.lower().splitlines() if not line.startswith("#"))
    words = _WORD.findall(" ".join(lines))
    for place, word in enumerate(words, start=1):
        if word not in WORD_INDEX_MAP:
            raise VaultError(f"word {place} is not in the list of words", where=source)
    if len(words) != WORDS:
        raise VaultError(f"{len(words)} words, where {WORDS} are needed", where=source)
    try:
        share = Share.from_mnemonic(" ".join(words))
    except MnemonicError as err:
        # The library's own words may quote some of the custodian's.
        raise VaultError(
            "the words do not fit together: one is another, or out of place", where=source
        ) from err
    return CustodianWords(
        source=source, custodian=share.index + 1, threshold=share.member_threshold, share=share
    )


def refuse_strangers(words: Sequence[CustodianWords]) -> None:
    """Refuse words of another escrow than the first ones, and the same custodian's words twice.

    Raises:
        VaultError: there are such; its place names them.
    """
    met: dict[int, str] = {}
    for one in words:
        if one.share.group_parameters() != words[0].share.group_parameters():
            raise VaultError(
                f"the words are of another escrow than those of {words[0].source}",
                where=one.source,
            )
        if one.custodian in met:
            raise VaultError(f"the words are those of {met[one.custodian]} again", where=one.source)
        met[one.custodian] = one.source


def combine_words(words: Sequence[CustodianWords]) -> bytes:
    """Give back the secret that was split.

    Raises:
        VaultError: there are too few, or they do not belong together.
    """
    from shamir_mnemonic import combine_mnemonics
    from shamir_mnemonic.utils import MnemonicError

    refuse_strangers(words)
    needed = words[0].threshold if words else 2
    if len(words) < needed:
        raise VaultError(
            f"{needed} custodians are needed, and only the words of {len(words)} are here"
        )
    try:
        secret: bytes = combine_mnemonics([one.mnemonic for one in islice(words, needed)])
    except MnemonicError as err:
        raise VaultError("the words give no secret together") from err
    return secret
