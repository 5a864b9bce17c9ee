"""Test vectors of derived keys, of the vault's lines, and of key lists with their signatures."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from m1_values import ARCHIVE, LEVEL_KEY, OTHER_ARCHIVE, OTHER_UID, SHARE, UID

from memberarc.people.ssh import sign
from memberarc.sealing.age.bech32 import age_secret_key
from memberarc.sealing.derivation import (
    level_commitment,
    member_key,
    record_commitment,
    share_check,
)
from memberarc.sealing.keys.key_list import (
    KeyEntry,
    KeyList,
    Recipient,
    list_digest,
    policy_digest,
    write_key_list,
)
from memberarc.sealing.keys.level_keys import level_key_path

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.formats.canonical_yaml import Node
    from memberarc.sealing.derivation import Purpose


def derivation_vectors() -> dict[str, dict[str, Node]]:
    """Make the vector of everything that is derived from one level key and one share."""

    def derived(purpose: Purpose, item: str = "") -> bytes:
        return member_key(
            LEVEL_KEY,
            SHARE,
            archive=ARCHIVE,
            uid=UID,
            level="internal",
            epoch=1,
            purpose=purpose,
            item=item,
        )

    return {
        "good-derivation": {
            "expect": "ok",
            "kind": "derivation",
            "level_key": LEVEL_KEY.hex(),
            "share": SHARE.hex(),
            "archive": ARCHIVE,
            "uid": UID,
            "level": "internal",
            "epoch": 1,
            "item": "d4k2",
            "value_key": derived("value").hex(),
            "digest_key": derived("digest").hex(),
            "document_identity": age_secret_key(derived("document", "d4k2")),
            "record_commitment": record_commitment(SHARE),
            "level_commitment": level_commitment(
                LEVEL_KEY, archive=ARCHIVE, level="internal", epoch=1
            ),
            "share_check": share_check(SHARE, archive=ARCHIVE, uid=UID),
        }
    }


def share_vectors() -> dict[str, dict[str, Node]]:
    """Make the vectors of the vault's lines, all to be read for one uid of one archive."""
    good = _line(SHARE)
    cases = {
        "good-share": ("ok", good),
        "rotten-share": ("ShareRottenError", good.replace("IC", "IB", 1)),
        "rotten-check": ("ShareRottenError", good[:-1] + ("0" if good[-1] != "0" else "1")),
        "share-of-another-archive": ("ShareRottenError", _line(SHARE, archive=OTHER_ARCHIVE)),
        "share-of-another-member": (
            "ShareRottenError",
            _line(SHARE, uid=OTHER_UID).replace(OTHER_UID, UID),
        ),
        "share-with-stray-bits": ("ShareRottenError", _line(SHARE).replace("Pj8 ", "Pj9 ")),
    }
    return {
        name: {
            "expect": expect,
            "kind": "share",
            "archive": ARCHIVE,
            "uid": UID,
            "line": line,
            "share": SHARE.hex(),
        }
        for name, (expect, line) in cases.items()
    }


def _line(share: bytes, *, archive: str = ARCHIVE, uid: str = UID) -> str:
    encoded = base64.urlsafe_b64encode(share).rstrip(b"=").decode()
    return f"m1 {uid} {encoded} {share_check(share, archive=archive, uid=uid)}"


POLICY = b"the access policy\n"


def _commitment(number: int) -> str:
    return level_commitment(bytes([number] * 32), archive=ARCHIVE, level="internal", epoch=1)


def _key_list(
    number: int, *, commitment: str, file_commitment: str = "", archive: str = ARCHIVE
) -> bytes:
    return write_key_list(
        KeyList(
            archive=archive,
            number=number,
            previous="sha256:" + hashlib.sha256(b"the list before").hexdigest(),
            access=policy_digest(POLICY),
            keys=(
                KeyEntry(
                    id="a3k9",
                    level="internal",
                    epoch=1,
                    state="current",
                    commitment=commitment,
                    file=level_key_path(
                        "internal", epoch=1, commitment=file_commitment or commitment
                    ),
                    sha256=hashlib.sha256(b"an age file").hexdigest(),
                    recipients=(
                        Recipient(
                            id="q2m4",
                            person="zhang",
                            recipient="age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
                        ),
                    ),
                ),
            ),
        )
    )


class _Signer:
    """A person with a key made from a seed, so that every run signs with the same bytes."""

    def __init__(self, seed: int, folder: Path) -> None:
        key = Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32))
        self._file = folder / f"key{seed}"
        self._file.touch(mode=0o600)
        self._file.write_bytes(
            key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        )
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        self.public_key = public.decode()

    def sign(self, content: bytes, *, namespace: str = "memberarc-keys@m1") -> str:
        return sign(content, key=self._file, namespace=namespace).decode()


def key_list_vectors(folder: Path) -> dict[str, dict[str, Node]]:
    """Make the vectors of key lists, each to be judged by a signer and what was pinned."""
    founder, stranger = _Signer(1, folder), _Signer(2, folder)
    commitment = _commitment(7)
    before, now = _key_list(6, commitment=commitment), _key_list(7, commitment=commitment)
    same_kid = commitment[:8] + _commitment(8)[8:]
    changed = _key_list(7, commitment=same_kid)
    other_kid = _key_list(7, commitment=_commitment(8), file_commitment=commitment)
    older = _key_list(5, commitment=commitment)
    foreign = _key_list(7, commitment=commitment, archive=OTHER_ARCHIVE)
    cut = now[: now.index(b"    recipients:")]
    cases: dict[str, tuple[str, bytes, str, bytes | None]] = {
        "good-key-list-first-seen": ("ok", before, founder.sign(before), None),
        "good-key-list-next": ("ok", now, founder.sign(now), before),
        "good-key-list-pinned": ("ok", before, "", before),
        "unsigned-key-list": ("UnsignedKeyListError", now, "", before),
        "unsigned-key-list-first-seen": ("UnsignedKeyListError", before, "", None),
        "key-list-signed-by-stranger": ("UnsignedKeyListError", now, stranger.sign(now), before),
        "key-list-signed-for-another-purpose": (
            "UnsignedKeyListError",
            now,
            founder.sign(now, namespace="memberarc-certificate@m1"),
            before,
        ),
        "key-list-signature-of-another": (
            "UnsignedKeyListError",
            now,
            founder.sign(before),
            before,
        ),
        "older-key-list": ("OlderKeyListError", older, founder.sign(older), before),
        "same-number-other-bytes": (
            "OlderKeyListError",
            _key_list(6, commitment=_commitment(8)),
            founder.sign(_key_list(6, commitment=_commitment(8))),
            before,
        ),
        "changed-commitment": ("ChangedCommitmentError", changed, founder.sign(changed), before),
        "commitment-unlike-file": (
            "ChangedCommitmentError",
            other_kid,
            founder.sign(other_kid),
            None,
        ),
        "key-list-of-another-archive": ("KeyListError", foreign, founder.sign(foreign), None),
        "key-list-cut-off": ("KeyListError", cut, founder.sign(cut), None),
    }
    vectors = {
        name: _key_list_vector(
            expect, content=content, signature=signature, pinned=pinned, signer=founder
        )
        for name, (expect, content, signature, pinned) in cases.items()
    }
    first_seen = vectors["good-key-list-first-seen"]
    first_seen["policy"] = [POLICY.decode().removesuffix("\n")]
    vectors["unsigned-policy"] = first_seen | {
        "expect": "UnsignedPolicyError",
        "policy": ["another policy"],
    }
    return vectors


def _key_list_vector(
    expect: str, *, content: bytes, signature: str, pinned: bytes | None, signer: _Signer
) -> dict[str, Node]:
    vector: dict[str, Node] = {
        "expect": expect,
        "kind": "key-list",
        "archive": ARCHIVE,
        "administrator": signer.public_key,
        "list": [*content.decode().splitlines()],
        "signature": [*signature.splitlines()],
    }
    if pinned is not None:
        vector["pin"] = {
            "number": 6,
            "sha256": list_digest(pinned),
            "keys": [f"internal.1.{_commitment(7)}"],
        }
    return vector
