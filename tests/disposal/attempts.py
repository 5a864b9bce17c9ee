"""Try to read one member in any copy of an archive, with every key that is to be had.

The search looks at all objects of a repository, reachable or not, and at nothing the program says
of itself. The same attempts succeed before a purge, or with a share that somebody kept.
"""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from builders import Club
from memberarc.errors import SealedValueError
from memberarc.sealing.age.bech32 import age_secret_key
from memberarc.sealing.derivation import member_key
from memberarc.sealing.value import Address, open_value

ENCODINGS = ("utf-8", "gb18030", "utf-16-le")
_SEALED = re.compile(rb"^Memberarc-Note: (enc:\S+)$", re.MULTILINE)

LevelKeys = Mapping[tuple[str, int], bytes]


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The member who is to be read, and what never changes about that member."""

    archive: str
    uid: str
    level_keys: LevelKeys


def subject_of(club: Club, code: str) -> Subject:
    """Open every level key with the identity at hand, by the stock ``age``."""
    keys: dict[tuple[str, int], bytes] = {}
    for file in sorted((club.root / "keys").glob("*.age")):
        text = _age(club.identity, file.read_bytes())
        assert text is not None
        _, _, archive, level, epoch, secret = text.decode().split(" ")
        assert archive == club.archive
        keys[level, int(epoch)] = base64.urlsafe_b64decode(secret + "=")
    assert {level for level, _ in keys} == {"internal", "confidential", "secret"}
    return Subject(archive=club.archive, uid=club.uid(code), level_keys=keys)


def shares_in(vault: Path) -> dict[str, bytes]:
    """Collect every share that stands anywhere below a vault, by uid."""
    found = {}
    for file in vault.rglob("*"):
        if file.is_file():
            for uid, share in re.findall(rb"m1 (\S{16}) (\S{43}) ", file.read_bytes()):
                found[uid.decode()] = base64.urlsafe_b64decode(share + b"=")
    return found


def objects(repository: Path) -> Iterator[bytes]:
    """Yield the bytes of every object, reachable or not."""
    options = ("--batch-all-objects", "--batch", "--unordered", "--buffer")
    with subprocess.Popen(
        ["git", "cat-file", *options], cwd=repository, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout
        while header := process.stdout.readline():
            size_bytes = int(header.split()[2])
            yield process.stdout.read(size_bytes + 1)[:-1]


def clear_texts(content: bytes, texts: tuple[str, ...]) -> list[str]:
    """Name the texts that stand in bytes, in any encoding that people's files have."""
    return [text for text in texts if any(text.encode(code) in content for code in ENCODINGS)]


def values_that_open(repository: Path, subject: Subject, shares: Mapping[str, bytes]) -> list[Any]:
    """Try every sealed value of every version, and every note, with all keys and shares."""
    opened = []
    for content in objects(repository):
        places = [(("$commit", "reason"), note.decode()) for note in _SEALED.findall(content)]
        if f"\nuid: {subject.uid}\n".encode() in content and b"\nformat: member/" in content:
            places += _sealed(yaml.safe_load(content), ())
        for path, text in places:
            opened += _tries(text, path, subject, shares)
    return opened


def documents_that_open(
    repository: Path, club: Club, subject: Subject, shares: Mapping[str, bytes]
) -> list[bytes]:
    """Try every age file with the user's identity and all that can be derived, by stock ``age``."""
    items = {
        item
        for content in objects(repository)
        for item in re.findall(r"([a-z][a-z0-9]{3,7})\.age", content.decode("latin-1"))
    }
    derived = {
        age_secret_key(_key(subject, level, epoch, share, purpose="document", item=item))
        for (level, epoch) in subject.level_keys
        for share in (*shares.values(), b"", bytes(32))
        for item in items
    }
    identities = club.root.parent / "all-identities.txt"
    identities.write_text("\n".join([club.identity.read_text(), *sorted(derived), ""]))
    ciphertexts = [one for one in objects(repository) if one.startswith(b"age-encryption.org/v1\n")]
    assert ciphertexts
    plain = [_age(identities, ciphertext) for ciphertext in ciphertexts]
    identities.unlink()
    return [content for content in plain if content is not None]


def _tries(
    text: str, path: tuple[str, ...], subject: Subject, shares: Mapping[str, bytes]
) -> Iterator[Any]:
    for level, epoch in subject.level_keys:
        address = Address(
            archive=subject.archive, uid=subject.uid, level=level, epoch=epoch, path=path
        )
        for share in (*shares.values(), b"", bytes(32)):
            key = _key(subject, level, epoch, share, purpose="value")
            try:
                yield open_value(text, key=key, address=address)
            except SealedValueError:
                continue


def _key(
    subject: Subject, level: str, epoch: int, share: bytes, *, purpose: Any, item: str = ""
) -> bytes:
    return member_key(
        subject.level_keys[level, epoch],
        share,
        archive=subject.archive,
        uid=subject.uid,
        level=level,
        epoch=epoch,
        purpose=purpose,
        item=item,
    )


def _sealed(node: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(node, dict):
        for name, inner in node.items():
            yield from _sealed(inner, (*path, name))
    elif isinstance(node, list):
        for inner in node:
            if isinstance(inner, dict):
                yield from _sealed(inner, (*path, f"[{inner['id']}]"))
    elif isinstance(node, str) and node.startswith("enc:"):
        yield path, node


def _age(identities: Path, ciphertext: bytes) -> bytes | None:
    done = subprocess.run(
        ["age", "--decrypt", "--identity", identities], input=ciphertext, capture_output=True
    )
    return done.stdout if done.returncode == 0 else None
