"""Every error memberarc raises on purpose, and the flaw in data that is not an error.

MemberarcError
├── FindingsError                  1  the data itself has flaws; carries them as problems
│   ├── InvalidRecordError            a record does not fit its schema or the strict grammar
│   ├── ImportRefusedError            rows of a sheet cannot be taken
│   └── ClearTextFoundError           a protected value stands in clear in some version
├── UsageError                     2  the command line itself is wrong
│   └── QuerySyntaxError              a search query cannot be read
├── NotFoundError                  3
│   ├── MemberNotFoundError
│   ├── DocumentNotFoundError
│   └── RevisionNotFoundError
├── ConflictError                  4  somebody or something else is in the way; nothing has changed
│   ├── WorkTreeConflictError         edited or foreign files stand where the act must write
│   ├── LockedError                   another process holds a lock
│   ├── UnfinishedOperationError      a merge or rebase is under way, or HEAD is detached
│   ├── DuplicateError                a code or uid is taken, or a file exists already
│   └── PurgePendingError             a purge waits: for its day, or for a replica that is away
├── ArchiveError                   5  not an archive, or its settings are wrong
│   ├── NotAnArchiveError
│   ├── ManifestError
│   ├── PolicyError
│   ├── SchemaError
│   └── SettingsError                 the user's own configuration
├── SealingError                   6  keys, sealed values and the vault
│   ├── SealedValueError
│   │   ├── UnknownSuiteError         not of suite m1
│   │   ├── MalformedValueError       base64, length or level text is wrong
│   │   ├── UnopenedValueError        authentication failed: wrong key, place or bytes
│   │   └── PaddingError              opened, but padded against the rule
│   ├── KeyListError
│   │   ├── UnsignedKeyListError
│   │   ├── UnsignedPolicyError       the access policy is not the one that the list names
│   │   ├── OlderKeyListError         a lower number, or the same number with other bytes
│   │   └── ChangedCommitmentError
│   ├── LevelKeyError                 a level key's file does not open, or is another key
│   │   └── NoIdentityError           no identity at hand opens a needed level
│   ├── PassphraseError               another passphrase than the identity file was given
│   ├── DocumentError                 an age file does not open or does not fit its entry
│   └── VaultError
│       ├── ForeignVaultError
│       ├── UnsafeVaultError          permissions, or a folder that keeps versions
│       ├── ShareMissingError         no share for this uid, and no fence either
│       ├── ShareRottenError
│       └── MemberPurgedError         the uid is fenced
├── SignatureError                 6  an SSH signature is missing, wrong or by the wrong person
├── GitError                       7
│   └── IncompleteCloneError          a shallow or partial clone lacks what is asked for
├── FileError                      8  a file cannot be read or written
│   └── UnusableIndexError            another's index, a damaged or half-written one
├── ConfirmationMissingError       9
├── ApprovalMissingError          10
├── HeldError                     11
└── InternalError                 70  a defect of memberarc

Closed pipe (141), Ctrl-C (130) and TERM (143) are no classes: ``cli.main`` maps the signals.
Numbers and codes are public and are never reused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One flaw in data, told to people as ``path:line:column: rule: message``.

    ``line`` and ``column`` count from 1; 0 means the flaw belongs to the file as a whole.
    ``pointer`` is a field path such as ``contact.mobile`` or ``honours[h7w2].date``.
    A message never repeats a protected value.
    """

    path: str
    rule: str
    message: str
    line: int = 0
    column: int = 0
    pointer: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        return f"{place}: {self.rule}: {self.message}"


class MemberarcError(Exception):
    """Base of the tree: what went wrong, where, and one runnable next step.

    ``code`` is the stable name machines read; ``status`` the exit status.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 70

    def __init__(self, message: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint


class FindingsError(MemberarcError):
    code = "findings"
    status = 1

    def __init__(
        self, message: str, *, problems: Sequence[Problem] = (), where: str = "", hint: str = ""
    ) -> None:
        super().__init__(message, where=where, hint=hint)
        self.problems = tuple(problems)


class InvalidRecordError(FindingsError):
    code = "invalid-record"


class ImportRefusedError(FindingsError):
    code = "import-refused"


class ClearTextFoundError(FindingsError):
    code = "clear-text-found"


class UsageError(MemberarcError):
    code = "usage"
    status = 2


class QuerySyntaxError(UsageError):
    """``place`` counts the characters of the query from 1; 0 where no one place is wrong."""

    code = "query-syntax"

    def __init__(self, message: str, *, place: int = 0, where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.place = place


class NotFoundError(MemberarcError):
    code = "not-found"
    status = 3


class MemberNotFoundError(NotFoundError):
    code = "member-not-found"


class DocumentNotFoundError(NotFoundError):
    code = "document-not-found"


class RevisionNotFoundError(NotFoundError):
    code = "revision-not-found"


class ConflictError(MemberarcError):
    code = "conflict"
    status = 4


class WorkTreeConflictError(ConflictError):
    code = "work-tree-conflict"


class LockedError(ConflictError):
    code = "locked"


class UnfinishedOperationError(ConflictError):
    code = "unfinished-operation"


class DuplicateError(ConflictError):
    code = "duplicate"


class PurgePendingError(ConflictError):
    code = "purge-pending"


class ArchiveError(MemberarcError):
    code = "archive"
    status = 5


class NotAnArchiveError(ArchiveError):
    code = "not-an-archive"


class ManifestError(ArchiveError):
    code = "manifest"


class PolicyError(ArchiveError):
    code = "policy"


class SchemaError(ArchiveError):
    code = "schema"


class SettingsError(ArchiveError):
    code = "settings"


class SealingError(MemberarcError):
    code = "sealing"
    status = 6


class SealedValueError(SealingError):
    code = "sealed-value"


class UnknownSuiteError(SealedValueError):
    code = "unknown-suite"


class MalformedValueError(SealedValueError):
    code = "malformed-value"


class UnopenedValueError(SealedValueError):
    code = "unopened-value"


class PaddingError(SealedValueError):
    code = "padding"


class KeyListError(SealingError):
    code = "key-list"


class UnsignedKeyListError(KeyListError):
    code = "unsigned-key-list"


class UnsignedPolicyError(KeyListError):
    code = "unsigned-policy"


class OlderKeyListError(KeyListError):
    code = "older-key-list"


class ChangedCommitmentError(KeyListError):
    code = "changed-commitment"


class LevelKeyError(SealingError):
    code = "level-key"


class NoIdentityError(LevelKeyError):
    code = "no-identity"


class PassphraseError(SealingError):
    code = "passphrase"


class DocumentError(SealingError):
    code = "document"


class VaultError(SealingError):
    code = "vault"


class ForeignVaultError(VaultError):
    code = "foreign-vault"


class UnsafeVaultError(VaultError):
    code = "unsafe-vault"


class ShareMissingError(VaultError):
    code = "share-missing"


class ShareRottenError(VaultError):
    code = "share-rotten"


class MemberPurgedError(VaultError):
    code = "member-purged"


class SignatureError(MemberarcError):
    code = "signature"
    status = 6


class GitError(MemberarcError):
    code = "git"
    status = 7


class IncompleteCloneError(GitError):
    """``missing`` is the id of the one object that git stumbled over, where it was one."""

    code = "incomplete-clone"

    def __init__(self, message: str, *, missing: str = "", where: str = "", hint: str = "") -> None:
        super().__init__(message, where=where, hint=hint)
        self.missing = missing


class FileError(MemberarcError):
    code = "file"
    status = 8


class UnusableIndexError(FileError):
    code = "index"


class ConfirmationMissingError(MemberarcError):
    code = "confirmation-missing"
    status = 9


class ApprovalMissingError(MemberarcError):
    code = "approval-missing"
    status = 10


class HeldError(MemberarcError):
    code = "held"
    status = 11


class InternalError(MemberarcError):
    code = "bug"
    status = 70
