"""What of a file or object can hold plaintext: ciphertext, signatures and ids are cut away.

Among a million values some stand in random letters by chance, so these are not searched for all
members at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from memberarc.archive.snapshot import AGE_FILE, all_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from memberarc.archive.git import Repository

# Eighty characters are the shortest sealed value; nobody types so many without a space.
SEALED_STRETCH: Final = rb"enc:m1\.[a-z]+\.[0-9]+:[A-Za-z0-9_-]{80,}"
_SEALED: Final = re.compile(SEALED_STRETCH)
_ARMOUR: Final = re.compile(rb"(-----BEGIN [A-Z ]+-----)[A-Za-z0-9+/=\s]*-----END [A-Z ]+-----")
_TREE_ENTRY: Final = {
    40: re.compile(rb"[0-7]+ ([^\0]+)\0.{20}", re.DOTALL),
    64: re.compile(rb"[0-7]+ ([^\0]+)\0.{32}", re.DOTALL),
}


def clear_part(content: bytes) -> bytes:
    """Cut sealed values, armoured signatures and age files out of some bytes."""
    if content.startswith(AGE_FILE):
        return b""
    return _ARMOUR.sub(rb"\1", _SEALED.sub(b"enc:", content))


def readable_objects(repository: Repository) -> Iterator[tuple[str, str, bytes]]:
    """Yield id, kind and bytes of every object; of a tree only the names no tree before it had."""
    entry = _TREE_ENTRY[len(repository.no_object)]
    seen: set[bytes] = set()
    for identifier, kind, content in all_objects(repository):
        if kind == "tree":
            names = {*entry.findall(content)} - seen
            seen |= names
            yield identifier, kind, b"\n".join(sorted(names))
        else:
            yield identifier, kind, content
