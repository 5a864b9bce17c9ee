"""One target for each parser that reads what somebody else may have written.

A target takes any bytes. Either they parse, and what they parse to is written as exactly those
bytes where the format has one spelling, or the module's own error is raised. Anything else is a
finding: another exception, another spelling, or more than a moment.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from memberarc.archive.manifest import parse_manifest
from memberarc.archive.message import parse_trailers
from memberarc.disposal.clear_part import clear_part
from memberarc.disposal.tombstone import Tombstone, parse_tombstone, write_tombstone
from memberarc.disposal.watchlist import digit_runs
from memberarc.errors import (
    FindingsError,
    ForeignVaultError,
    InvalidRecordError,
    KeyListError,
    ManifestError,
    PolicyError,
    QuerySyntaxError,
    SchemaError,
    SealedValueError,
    SettingsError,
    VaultError,
)
from memberarc.formats.canonical_yaml import (
    RESERVED_WORDS,
    Node,
    NotCanonicalError,
    read_canonical,
    write_yaml,
)
from memberarc.formats.schema import load_schema
from memberarc.formats.sealed_text import format_sealed_text, padded_length, parse_sealed_text
from memberarc.formats.shipped import compose_schema
from memberarc.formats.strict_yaml import parse_strict
from memberarc.formats.yaml_file import load_yaml
from memberarc.members.shelves import read_record
from memberarc.people.access import parse_access
from memberarc.sealing.age.frame import parse_age_file
from memberarc.sealing.derivation import SUITE, lp
from memberarc.sealing.keys.key_list import (
    KeyEntry,
    KeyList,
    Recipient,
    parse_key_list,
    write_key_list,
)
from memberarc.sealing.keys.key_pin import Pin, read_pin, write_pin
from memberarc.sealing.value import MemberCipher
from memberarc.sealing.vault.backup_list import Backup, parse_backup, write_backup
from memberarc.sealing.vault.fences import Fence, FenceApproval, parse_fence, write_fence
from memberarc.sealing.vault.manifest import read_replica_id
from memberarc.sealing.vault.share_lines import holds_share_of, read_share, share_line, uid_of
from memberarc.search.query import LONGEST_QUERY, parse_query, query_text
from memberarc.search.saved import SavedSearch, StoredSearch, parse_stored, write_stored

ARCHIVE, UID = "a" * 26, "abcdefgh234567ab"
VECTORS = Path(__file__).parents[1] / "vectors" / "m1"
_KEY, _NONCE, _PATH = bytes(range(32)), bytes(12), ("contact", "mobile")
_NEEDLESS_QUOTES = re.compile(rb'(?m)(?<=[:-] )"([A-Za-z_][A-Za-z0-9_./:+=-]*(?<!:))"$')
_FOLDER = tempfile.TemporaryDirectory()
_ON_DISK = Path(_FOLDER.name)


@dataclass(frozen=True, kw_only=True)
class Target:
    """A parser under test, and well-formed bytes to begin from."""

    name: str
    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]


def sealed_text(content: bytes) -> None:
    text = content.decode("utf-8", "surrogateescape")
    with suppress(SealedValueError):
        assert format_sealed_text(parse_sealed_text(text)) == text


def sealed_value(content: bytes) -> None:
    """Open what a holder of the key has sealed: any bytes at all, padded in any way."""
    cipher = MemberCipher(_KEY, archive=ARCHIVE, uid=UID, level="internal", epoch=1)
    place = lp(SUITE, b"value", ARCHIVE.encode(), UID.encode(), b"internal", b"1")
    path = lp((2).to_bytes(4, "big"), *(b"\0" + part.encode() for part in _PATH))
    for padded in (content, (body := content + b"\x80").ljust(padded_length(len(body)), b"\0")):
        raw = _NONCE + AESGCMSIV(_KEY).encrypt(_NONCE, padded, place + path)
        with suppress(SealedValueError):
            text = format_sealed_text(parse_sealed_text("enc:m1.internal.1:" + _b64(raw)))
            value = cipher.open(text, path=_PATH)
            # A writer takes normal form C only; a reader takes what was sealed before it was one.
            with suppress(SealedValueError):
                assert cipher.seal(value, path=_PATH, nonce=_NONCE) == text


def key_list(content: bytes) -> None:
    with suppress(KeyListError):
        assert write_key_list(parse_key_list(content, path="keys/keys.yaml")) == content


def share(content: bytes) -> None:
    found = read_share(content, archive=ARCHIVE, uid=UID)
    if found is not None:
        assert share_line(UID, share=found, archive=ARCHIVE) == content
        assert uid_of(content) == UID
        assert holds_share_of(content, archive=ARCHIVE, uid=UID)
    assert holds_share_of(content, archive=ARCHIVE, uid=UID) in (True, False)


def fence(content: bytes) -> None:
    with suppress(VaultError):
        assert write_fence(parse_fence(content, path="fence")) == content


def backup(content: bytes) -> None:
    with suppress(VaultError):
        assert write_backup(parse_backup(content, path="backup")) == content


def vault_manifest(content: bytes) -> None:
    _put("vault.yaml", content)
    with suppress(VaultError, ForeignVaultError):
        assert read_replica_id(_ON_DISK, archive=ARCHIVE, vault_id=ARCHIVE)


def key_pin(content: bytes) -> None:
    pin = _put("pin.yaml", content)
    with suppress(SettingsError):
        found = read_pin(pin)
        assert found is not None
        write_pin(_ON_DISK / "again.yaml", pin=found)
        assert (_ON_DISK / "again.yaml").read_bytes() == content


def canonical_yaml(content: bytes) -> None:
    """The reader takes one spelling more than the writer gives: quotes where none are needed."""
    with suppress(NotCanonicalError):
        written = write_yaml(read_canonical(content))
        modeline, _, rest = content.partition(b"\n")
        body = rest if modeline.startswith(b"# ") else content
        assert _NEEDLESS_QUOTES.sub(_unquoted, body) == written


def strict_yaml(content: bytes) -> None:
    parsed = parse_strict(content, path="m.yaml", free_keys=b"\0" in content)
    if not parsed.problems:
        with suppress(ValueError):  # a list in a list, a key of any text
            again = write_yaml(parsed.value)
            assert json.dumps(read_canonical(again)) == json.dumps(_filled(parsed.value))
    assert all(one.rule and one.message and one.line >= 0 for one in parsed.problems)


def tombstone(content: bytes) -> None:
    with suppress(FindingsError):
        stone = parse_tombstone(load_yaml(content, path="t.yaml"), path="t.yaml")
        again = parse_tombstone(load_yaml(write_tombstone(stone), path="t.yaml"), path="t.yaml")
        assert again == stone


def saved_search(content: bytes) -> None:
    with suppress(InvalidRecordError):
        assert write_stored(parse_stored(content, path=f"segments/{UID}.yaml")) == content


def record(content: bytes) -> None:
    with suppress(InvalidRecordError):
        found = read_record(content, path="members/2026/0000/M2026-000001.yaml")
        assert found.code
        assert found.path


def manifest(content: bytes) -> None:
    with suppress(InvalidRecordError, ManifestError):
        assert parse_manifest(load_yaml(content, path="m.yaml"), path="m.yaml").archive


def access_policy(content: bytes) -> None:
    with suppress(InvalidRecordError, PolicyError):
        document = load_yaml(content, path="policy/access.yaml", comments="keep")
        assert parse_access(document, path="policy/access.yaml").people


def schema(content: bytes) -> None:
    with suppress(SchemaError):
        found = load_schema(content, path="schemas/individual.schema.json")
        assert all(field.level for _, field, _ in found.leaves({"id": "M1"}) if field)
        record: dict[str, Node] = {"id": "M1", "honours": [{"id": "a1b2"}], "traits": ["x"]}
        told = found.problems_plain(found.ordered(record), path="members/2026/0000/M2026-000001")
        assert all(one.rule and one.message for one in told)


def age_file(content: bytes) -> None:
    with suppress(ValueError):
        found = parse_age_file(content)
        assert found.stanzas
        found.open(_KEY[:16])


def commit_message(content: bytes) -> None:
    for name, value in parse_trailers(content.decode("utf-8", "replace")):
        assert name
        assert value


def query(content: bytes) -> None:
    """Read a query; its canonical spelling reads back as the same, where it is not too long."""
    text = content.decode("utf-8", "surrogateescape")
    with suppress(QuerySyntaxError):
        asked = parse_query(text)
        if len(canonical := query_text(asked)) <= LONGEST_QUERY:
            assert parse_query(canonical) == asked
            assert query_text(parse_query(canonical)) == canonical


def search_text(content: bytes) -> None:
    """What a scan for leaks does with each object and file."""
    clear = clear_part(content)
    assert len(clear) <= len(content)
    assert all(run.rstrip(b"x").isdigit() or b"x" in run for run in digit_runs(clear.lower()))


def _unquoted(found: re.Match[bytes]) -> bytes:
    return found[0] if found[1].decode().lower() in RESERVED_WORDS else found[1]


def _filled(node: Node) -> Node:
    """Leave out what is empty, which has no canonical spelling."""
    if isinstance(node, dict):
        return {key: inner for key, one in node.items() if (inner := _filled(one)) not in ({}, [])}
    if isinstance(node, list):
        return [inner for one in node if (inner := _filled(one)) not in ({}, [])]
    return node


def _put(name: str, content: bytes) -> Path:
    path = _ON_DISK / name
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


def _b64(raw: bytes) -> str:
    from memberarc.formats.sealed_text import base64url

    return base64url(raw)


def _vectors(pattern: str) -> list[dict[str, Any]]:
    return [load_yaml(path.read_bytes(), path=path.name) for path in sorted(VECTORS.glob(pattern))]


def _key_list() -> bytes:
    entry = KeyEntry(
        id="abcd",
        level="internal",
        epoch=1,
        state="current",
        commitment="0" * 32,
        file="keys/internal.1.00000000.age",
        sha256="f" * 64,
        recipients=(Recipient(id="efgh", person="office", recipient="age1" + "q" * 58),),
    )
    digest = f"sha256:{'0' * 64}"
    return write_key_list(
        KeyList(archive=ARCHIVE, number=2, access=digest, previous=digest, keys=(entry,))
    )


def _fence() -> bytes:
    approval = FenceApproval(
        person="office",
        role="administrator",
        text="act purge\nnot-after 2026-11-10T04:00:00Z\n",
        signature="-----BEGIN SSH SIGNATURE-----\nU1NI\n-----END SSH SIGNATURE-----\n",
    )
    times = dict.fromkeys(("approved", "fenced"), "2026-11-03T04:00:00Z")
    one = Fence(uid=UID, request="bbcdefgh234567ab", state="fenced", times=times)
    return write_fence(
        Fence(
            uid=UID,
            request="abcdefgh234567ac",
            state="fenced",
            times=times,
            approvals=(approval,),
            confirmations={"abcd": "2026-11-03T04:00:00Z"},
            others=(one,),
        )
    )


def _searches() -> tuple[bytes, ...]:
    clear = SavedSearch(name="active", query="status:active", columns=("id",), sort=("-opened",))
    return (
        write_stored(StoredSearch(uid=UID, clear=clear)),
        write_stored(StoredSearch(uid=UID, key="0" * 16, sealed="enc:m1.internal.1:" + "A" * 80)),
    )


def _backup() -> bytes:
    return write_backup(
        Backup(
            id=UID,
            kind="backup",
            made="2026-11-03T04:00:00Z",
            expires="2026-12-03",
            recipients=("age1" + "q" * 58,),
        )
    )


def _pin() -> bytes:
    path = _ON_DISK / "seed.yaml"
    write_pin(path, pin=Pin(number=3, sha256="0" * 64, keys=("internal.1." + "0" * 32,)))
    return path.read_bytes()


def _record() -> bytes:
    return write_yaml(
        {
            "format": "member/1",
            "id": "M2026-000001",
            "uid": UID,
            "key": "0" * 16,
            "kind": "individual",
            "opened": 2026,
            "status": "active",
            "name": "enc:m1.internal.1:" + "A" * 80,
            "honours": [{"id": "a1b2", "title": "王小明: [/b] \\ #1"}, {"id": "c3d4"}],
        },
        modeline="yaml-language-server: $schema=../../../schemas/individual.schema.json",
    )


_ACCESS = b"""\
# who may do what
format: access/1
people:
  - id: office
    roles: [administrator]
    signing_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]
    recipients: [age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq]
roles:
  - id: administrator
    levels: [internal, confidential, secret]
approvals:
  - act: purge
    roles: [administrator]
    count: 1
"""
_MANIFEST = write_yaml(
    {
        "format": "archive/1",
        "archive": ARCHIVE,
        "vault": ARCHIVE,
        "name": "东区商会",
        "numbering": "M{year}-{sequence:06}",
        "time_zone": "Asia/Shanghai",
        "language": "zh",
    }
)
_AGE = (
    b"age-encryption.org/v1\n-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
    b"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
    b"--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" + bytes(48)
)
_STONE = Tombstone(
    id="M2026-000001", uid=UID, purged_on="2026-11-03", request="r" * 16, policy="0" * 64
)
_SEALED = tuple(
    str(one["sealed"]).encode() for one in _vectors("*.yaml") if isinstance(one.get("sealed"), str)
)
_YAML = (_record(), _ACCESS, b"a: 1\nb:\n  - c: true\n    d: '2026-01-01'\n", b"a: |\n  x\n")

TARGETS = (
    Target(name="sealed_text", run=sealed_text, seeds=(*_SEALED, b"enc:m1.secret.1:" + b"A" * 80)),
    Target(name="sealed_value", run=sealed_value, seeds=(b'"\xe7\x8e\x8b"', b"123", b"true")),
    Target(name="key_list", run=key_list, seeds=(_key_list(),)),
    Target(name="share", run=share, seeds=(share_line(UID, share=_KEY, archive=ARCHIVE),)),
    Target(name="fence", run=fence, seeds=(_fence(),)),
    Target(name="backup", run=backup, seeds=(_backup(),)),
    Target(
        name="vault_manifest",
        run=vault_manifest,
        seeds=(
            write_yaml(
                {"format": "vault/1", "vault": ARCHIVE, "archive": ARCHIVE, "replica": "abcd"}
            ),
        ),
    ),
    Target(name="key_pin", run=key_pin, seeds=(_pin(),)),
    Target(name="canonical_yaml", run=canonical_yaml, seeds=_YAML),
    Target(name="strict_yaml", run=strict_yaml, seeds=_YAML),
    Target(name="tombstone", run=tombstone, seeds=(write_tombstone(_STONE),)),
    Target(name="saved_search", run=saved_search, seeds=_searches()),
    Target(name="record", run=record, seeds=(_record(),)),
    Target(name="manifest", run=manifest, seeds=(_MANIFEST,)),
    Target(name="access_policy", run=access_policy, seeds=(_ACCESS,)),
    Target(
        name="schema",
        run=schema,
        seeds=(compose_schema("individual", profile="general"), b'{"type": "object"}'),
    ),
    Target(name="age_file", run=age_file, seeds=(_AGE,)),
    Target(
        name="commit_message",
        run=commit_message,
        seeds=(b"update M1\n\nMemberarc-Act: update\nMemberarc-Member: M1\n",),
    ),
    Target(
        name="query",
        run=query,
        seeds=tuple(
            one.encode()
            for one in (
                "小明 OR wang* -(status:left,lapsed | kind:organisation)",
                'name:"O\\"Neil" joined：２０２５－０３．．2025-06 手机:*',
                'NOT "No. 5 Lane" amount>=1200.50 "joined on":(2024, 2025-03..) x或y',
            )
        ),
    ),
    Target(
        name="search_text",
        run=search_text,
        seeds=(
            b"call +86 (154) 1234-5678, enc:m1.secret.1:" + b"A" * 80,
            "王小明".encode("utf-16"),
        ),
    ),
)
