"""The files of an archive's first commit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.archive.identifiers import new_item_id
from memberarc.archive.layout import (
    ACCESS_POLICY,
    CATEGORIES_POLICY,
    GIT_ATTRIBUTES,
    KEY_LIST,
    KEY_LIST_SIGNATURE,
    MANIFEST,
    REASONS_POLICY,
    schema_path,
)
from memberarc.archive.manifest import write_manifest
from memberarc.formats.canonical_yaml import write_yaml
from memberarc.formats.sealed_text import SEALED_LEVELS
from memberarc.formats.shipped import KINDS, compose_schema, shipped_file
from memberarc.people.access import parse_access, recipients_for_level
from memberarc.people.ssh import sign
from memberarc.sealing.keys.key_list import (
    KeyList,
    Recipient,
    list_key,
    policy_digest,
    write_key_list,
)
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE
from memberarc.sealing.keys.level_keys import new_level_key, wrap_level_key

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.archive.manifest import Manifest
    from memberarc.formats.canonical_yaml import Node

# Every type is named: settings of a person's git must neither touch line ends nor merge ciphertext.
_ATTRIBUTES: Final = b"""\
*.yaml text eol=lf diff=memberarc merge=memberarc
*.csv text eol=lf diff=memberarc merge=memberarc
*.json text eol=lf
*.sig text eol=lf
*.age -text -diff -merge
.gitattributes text eol=lf
"""


def founding_files(
    manifest: Manifest, access: dict[str, Node], *, signing_key: Path
) -> dict[str, bytes]:
    """Write manifest, policies, schemas, and new level keys with their list.

    Args:
        access: the policy; its readers are those whom the keys are wrapped for.
        signing_key: signs the list of keys.
    """
    schemas = {schema_path(kind): compose_schema(kind, profile=manifest.profile) for kind in KINDS}
    return {
        MANIFEST: write_manifest(manifest),
        GIT_ATTRIBUTES: _ATTRIBUTES,
        ACCESS_POLICY: write_yaml(access),
        CATEGORIES_POLICY: shipped_file(CATEGORIES_POLICY),
        REASONS_POLICY: shipped_file(REASONS_POLICY),
        **schemas,
        **_key_files(access, archive=manifest.archive, signing_key=signing_key),
    }


def _key_files(access: dict[str, Node], *, archive: str, signing_key: Path) -> dict[str, bytes]:
    """Make one key a level, each wrapped for its readers, and sign their list."""
    readers = parse_access(access, path=ACCESS_POLICY)
    files: dict[str, bytes] = {}
    entries = []
    for level in SEALED_LEVELS:
        key = new_level_key(level, epoch=1, archive=archive)
        to = recipients_for_level(readers, level)
        content = wrap_level_key(
            key, archive=archive, recipients=[reader.recipient for reader in to]
        )
        files[key.path] = content
        listed = tuple(
            Recipient(id=new_item_id(), person=reader.person, recipient=reader.recipient)
            for reader in to
        )
        entries.append(list_key(key, entry_id=new_item_id(), content=content, recipients=listed))
    policy = policy_digest(write_yaml(access))
    key_list = write_key_list(
        KeyList(archive=archive, number=1, access=policy, keys=tuple(entries))
    )
    signature = sign(key_list, key=signing_key, namespace=KEY_LIST_NAMESPACE)
    return {**files, KEY_LIST: key_list, KEY_LIST_SIGNATURE: signature}
