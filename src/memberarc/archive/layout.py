"""Where each kind of file stands in an archive (format.md, section 2)."""

from __future__ import annotations

import re
from enum import Enum
from functools import cache
from typing import Final

MANIFEST: Final = "memberarc.yaml"
ACCESS_POLICY: Final = "policy/access.yaml"
CATEGORIES_POLICY: Final = "policy/categories.yaml"
REASONS_POLICY: Final = "policy/reasons.yaml"
VAULT_POLICY: Final = "policy/vault.yaml"
HOLDS_POLICY: Final = "policy/holds.yaml"
KEY_LIST: Final = "keys/keys.yaml"
KEY_LIST_SIGNATURE: Final = "keys/keys.yaml.sig"
GIT_ATTRIBUTES: Final = ".gitattributes"

CODE: Final = re.compile(r"[A-Z0-9-]{1,40}")
UID: Final = re.compile(r"[a-z][a-z2-7]{15}")
REPLICA_ID: Final = re.compile(r"[a-z2-7]{26}")

# The year directory holds at most a few thousand names and git rewrites a tree whole with every
# commit under it: a hundred records a directory keep a one-record commit small.
RECORDS_PER_DIRECTORY: Final = 100


class PathKind(Enum):
    """What a path of the archive holds."""

    MANIFEST = "manifest"
    POLICY = "policy"
    SCHEMA = "schema"
    MEMBER = "member"
    DOCUMENT = "document"
    LEDGER = "ledger"
    SEGMENT = "saved search"
    REQUEST = "request"
    TOMBSTONE = "tombstone"
    CERTIFICATE = "certificate"
    CERTIFICATE_SIGNATURE = "certificate signature"
    LEVEL_KEY = "level key"
    KEY_LIST = "key list"
    KEY_LIST_SIGNATURE = "key list signature"
    GIT_ATTRIBUTES = "git attributes"
    OTHER = "other"


_KINDS: Final = (
    (r"members/\d{4}/\d{4,}/[A-Z0-9-]{1,40}\.yaml", PathKind.MEMBER),
    (r"ledger/\d{4}/\d\d/\d{4}-\d\d-\d\d\.csv", PathKind.LEDGER),
    (r"documents/[a-z][a-z2-7]{15}/[a-z][a-z0-9]{3,7}\.age", PathKind.DOCUMENT),
    (r"segments/[a-z][a-z2-7]{15}\.yaml", PathKind.SEGMENT),
    (
        r"tombstones/\d{4}/\d{4,}/[A-Z0-9-]{1,40}\.certificate\.yaml\.sig",
        PathKind.CERTIFICATE_SIGNATURE,
    ),
    (
        r"tombstones/\d{4}/\d{4,}/[A-Z0-9-]{1,40}\.certificate\.yaml",
        PathKind.CERTIFICATE,
    ),
    (r"tombstones/\d{4}/\d{4,}/[A-Z0-9-]{1,40}\.yaml", PathKind.TOMBSTONE),
    (r"requests/\d{4}/[A-Z0-9-]{1,40}\.yaml", PathKind.REQUEST),
    (r"policy/[a-z]+\.yaml", PathKind.POLICY),
    (r"schemas/[a-z_]+\.schema\.json", PathKind.SCHEMA),
    (
        r"keys/(?:internal|confidential|secret)\.[1-9]\d*\.[0-9a-f]{8}\.age",
        PathKind.LEVEL_KEY,
    ),
    (r"keys/keys\.yaml", PathKind.KEY_LIST),
    (r"keys/keys\.yaml\.sig", PathKind.KEY_LIST_SIGNATURE),
    (r"memberarc\.yaml", PathKind.MANIFEST),
    (r"\.gitattributes", PathKind.GIT_ATTRIBUTES),
)

# A folder that memberarc owns: a file in it that fits no kind above is a stray.
OWNED_FOLDERS: Final = (
    "members/",
    "documents/",
    "ledger/",
    "segments/",
    "requests/",
    "tombstones/",
    "policy/",
    "schemas/",
    "keys/",
)


def path_kind(path: str) -> PathKind:
    """Tell what a path holds; OTHER when it is none of memberarc's."""
    found = _any_kind().fullmatch(path)
    return PathKind[found.lastgroup] if found and found.lastgroup else PathKind.OTHER


@cache
def _any_kind() -> re.Pattern[str]:
    return re.compile("|".join(f"(?P<{kind.name}>{pattern})" for pattern, kind in _KINDS))


def member_path(code: str, *, opened: int) -> str:
    """Say where the record with this code stands, for the year it was opened."""
    return f"members/{_shelf(code, opened=opened)}/{code}.yaml"


def tombstone_path(code: str, *, opened: int) -> str:
    """Say where the tombstone of a purged code stands."""
    return f"tombstones/{_shelf(code, opened=opened)}/{code}.yaml"


def certificate_path(code: str, *, opened: int) -> str:
    """Say where the purge certificate of a code stands."""
    return f"tombstones/{_shelf(code, opened=opened)}/{code}.certificate.yaml"


def document_path(uid: str, item: str) -> str:
    """Say where the ciphertext of a document stands."""
    return f"documents/{uid}/{item}.age"


def segment_path(uid: str) -> str:
    """Say where the saved search with a uid stands."""
    return f"segments/{uid}.yaml"


def schema_path(kind: str) -> str:
    """Say where the schema of a kind of record stands."""
    return f"schemas/{kind}.schema.json"


def modeline(path: str, *, schema: str) -> str:
    """Make the first line's text that tells an editor which schema a file follows."""
    up = "../" * path.count("/")
    return f"yaml-language-server: $schema={up}{schema}"


def code_of(path: str) -> str:
    """Take the reference code from the path of a record, tombstone or certificate."""
    return path.rsplit("/", 1)[1].split(".", 1)[0]


def _shelf(code: str, *, opened: int) -> str:
    digits = code[len(code.rstrip("0123456789")) :]
    sequence = int(digits) if digits else 0
    return f"{opened:04}/{sequence // RECORDS_PER_DIRECTORY:04}"
