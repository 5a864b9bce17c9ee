"""Give a backup of the vault to custodians, so many of whom open it together, and open it again."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from memberarc.acts.key.keys_at_hand import open_replicas
from memberarc.acts.vault.backups import (
    BackupRequest,
    last_day,
    refuse_place,
    write_backup_file,
)
from memberarc.acts.vault.restore import restore_with
from memberarc.archive.identifiers import new_uid
from memberarc.archive.opened import open_archive
from memberarc.errors import (
    ConfirmationMissingError,
    DuplicateError,
    NoIdentityError,
    VaultError,
)
from memberarc.people.private_files import make_private_folder, write_new
from memberarc.people.user_files import read_secret
from memberarc.sealing.vault.backup_list import ESCROW, Backup
from memberarc.sealing.vault.escrow import (
    combine_words,
    escrow_identity,
    new_secret,
    read_words,
    refuse_strangers,
    require_quorum,
    split_secret,
)
from memberarc.sealing.vault.fences import utc_text
from memberarc.sealing.vault.place import require_forgetful_place, require_private

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from memberarc.acts.opening import Caller
    from memberarc.acts.vault.backups import BackedUp
    from memberarc.acts.vault.restore import Restored, RestoreRequest
    from memberarc.sealing.vault.escrow import CustodianWords

_ANEW: Final = "anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscrowRequest:
    """Where to write the escrow and until when, and how many custodians open it."""

    target: BackupRequest
    custodians: int
    threshold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedWords:
    """What one custodian takes away; the words are nowhere else."""

    custodian: int
    about: str
    words: str = field(repr=False)


def make_escrow(
    caller: Caller, request: EscrowRequest, *, hand_out: Callable[[HandedWords], None]
) -> BackedUp:
    """Hand each custodian the words, then list the escrow, encrypt it and write it.

    The words come first: whoever stops between two custodians leaves nothing behind.

    Raises:
        UsageError: the numbers are no sharing, or the escrow would live too long.
        DuplicateError: the file exists.
    """
    require_quorum(custodians=request.custodians, threshold=request.threshold)
    archive = open_archive(caller.directory)
    replicas = open_replicas(archive, caller)
    refuse_place(request.target.file)
    expires = last_day(caller, archive, request.target).isoformat()
    identifier, secret = new_uid(), new_secret()
    if not request.target.dry_run:
        shares = split_secret(secret, custodians=request.custodians, threshold=request.threshold)
        for number, words in enumerate(shares, start=1):
            about = (
                f"memberarc escrow {identifier}, to be destroyed after {expires}\n"
                f"custodian {number} of {request.custodians}, {request.threshold} are needed"
            )
            hand_out(HandedWords(custodian=number, about=about, words=words))
    backup = Backup(
        id=identifier,
        kind=ESCROW,
        made=utc_text(caller.now),
        expires=expires,
        custodians=request.custodians,
        threshold=request.threshold,
    )
    return write_backup_file(
        replicas, request.target, backup=backup, recipients=escrow_identity(secret).recipients
    )


def words_into(folder: Path) -> Callable[[HandedWords], None]:
    """Return what writes each custodian's words to a private folder, made when they are there.

    Raises:
        DuplicateError: the folder holds something.
        UnsafeVaultError: others may read it, or it keeps what is deleted.
    """
    require_forgetful_place(folder)
    if folder.is_dir():
        require_private(folder)
        if any(folder.iterdir()):
            raise DuplicateError("the words need an empty folder", where=str(folder))

    def write(handed: HandedWords) -> None:
        make_private_folder(folder)
        comment = "".join(f"# {line}\n" for line in handed.about.splitlines())
        content = f"{comment}{numbered_words(handed.words)}\n"
        write_new(folder / f"custodian-{handed.custodian}.txt", content.encode())

    return write


def numbered_words(words: str) -> str:
    """Lay words out as people copy them: numbered, three a line."""
    cells = [f"{place:2} {word:<10}" for place, word in enumerate(words.split(), start=1)]
    return "\n".join(
        "".join(cells[start : start + 3]).rstrip() for start in range(0, len(cells), 3)
    )


def words_in(files: Sequence[Path]) -> tuple[CustodianWords, ...]:
    """Read the words that custodians keep in files, one custodian a file.

    Raises:
        VaultError: a file is no UTF-8, with or without a byte order mark, or holds other words.
    """
    return tuple(read_words(_text_of(file), source=str(file)) for file in files)


def asked_words(ask: Callable[[str], str]) -> tuple[CustodianWords, ...]:
    """Ask one custodian after the other until there are enough; wrong words are asked for again.

    The first words decide what fits, and may themselves be of another escrow: so all can be typed
    anew.

    Raises:
        ConfirmationMissingError: an empty answer ends the asking.
    """
    words: list[CustodianWords] = []
    flaw = ""
    while not words or len(words) < words[0].threshold:
        needed = f" of {words[0].threshold}" if words else ""
        source = f"custodian {len(words) + 1}"
        answer = ask(f"{flaw}Words of {source}{needed}, all in one line:\n")
        if not answer:
            raise ConfirmationMissingError("no words were given; nothing was changed")
        if words and answer.lower() == _ANEW:
            words, flaw = [], ""
            continue
        try:
            read = read_words(answer, source=source)
            refuse_strangers([*words, read])
        except VaultError as err:
            flaw = f"{err.message}. Once more"
            flaw += f"; or {_ANEW}, to begin with custodian 1 again.\n" if words else ".\n"
        else:
            flaw = ""
            words.append(read)
    return tuple(words)


def _text_of(file: Path) -> str:
    try:
        return read_secret(file).decode("utf-8-sig")
    except UnicodeDecodeError as err:
        raise VaultError(
            "the words are not UTF-8", where=str(file), hint="save the file as UTF-8"
        ) from err


def open_escrow(
    caller: Caller, request: RestoreRequest, *, words: Sequence[CustodianWords]
) -> Restored:
    """Put the custodians' words together, and restore as from any backup.

    Raises:
        VaultError: there are too few, or some are of another escrow.
    """
    identity = escrow_identity(combine_words(words))
    try:
        return restore_with(caller, request, identities=identity)
    except NoIdentityError as err:
        raise VaultError("the words are of another escrow", where=str(request.file)) from err
