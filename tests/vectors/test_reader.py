"""The stand-alone reader of docs/ against what the library writes, and against the vectors."""

from __future__ import annotations

import json
import runpy
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from memberarc.formats.canonical_yaml import write_yaml
from memberarc.sealing.age.crypt import generate_identity
from memberarc.sealing.derivation import record_commitment
from memberarc.sealing.keys.key_list import (
    KeyList,
    Recipient,
    list_key,
    policy_digest,
    write_key_list,
)
from memberarc.sealing.keys.key_ring import KeyRing
from memberarc.sealing.keys.level_keys import new_level_key, wrap_level_key
from memberarc.sealing.vault.replica import create_vault

READER = Path(__file__).parents[2] / "docs" / "reader.py"
VECTORS = Path(__file__).parent / "m1"
ARCHIVE = "mzxw6ytboi7q2wgv5t3kc4dnxa"
UID, OTHER_UID = "k5x2w7n3q4v6t2zb", "p3d7hq2mlx5cva6r"
NOW = datetime(2026, 11, 3, tzinfo=UTC)


def read(folder: Path, *code: str) -> tuple[list[dict[str, Any]], str]:
    done = subprocess.run(
        [sys.executable, READER, folder, folder / "vault", folder / "identity.txt", *code],
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """Make an archive of two members, one of whom was compacted into a shard."""
    mine = generate_identity(tmp_path / "identity.txt", now=NOW)
    stranger = generate_identity(tmp_path / "stranger.txt", now=NOW)
    vault = create_vault(tmp_path / "vault", archive=ARCHIVE)
    shares = vault.provision([UID])
    vault.compact()
    shares |= vault.provision([OTHER_UID])
    keys = {
        level: new_level_key(level, epoch=1, archive=ARCHIVE) for level in ("internal", "secret")
    }
    entries = []
    (tmp_path / "keys").mkdir()
    for level, recipient in (("internal", mine), ("secret", stranger)):
        content = wrap_level_key(keys[level], archive=ARCHIVE, recipients=[recipient])
        (tmp_path / keys[level].path).write_bytes(content)
        who = Recipient(id="q2m4", person="zhang", recipient=recipient)
        entries.append(list_key(keys[level], entry_id="a3k9", content=content, recipients=(who,)))
    key_list = KeyList(
        archive=ARCHIVE, number=1, access=policy_digest(b"a policy"), keys=tuple(entries)
    )
    (tmp_path / "keys/keys.yaml").write_bytes(write_key_list(key_list))
    (tmp_path / "memberarc.yaml").write_bytes(
        write_yaml({"format": "archive/1", "archive": ARCHIVE, "vault": vault.vault_id})
    )
    ring = KeyRing(
        archive=ARCHIVE, level_keys=keys.values(), current={"internal": 1, "secret": 1}, vault=vault
    )
    (tmp_path / "members/2026/0000").mkdir(parents=True)
    for number, (uid, share) in enumerate(shares.items(), start=1):
        code, commitment = f"M2026-{number:06}", record_commitment(share)

        def seal(value: Any, *path: str, level: str = "internal") -> str:
            return ring.seal(value, uid=uid, commitment=commitment, level=level, path=path)  # noqa: B023

        record = {
            "format": "member/1",
            "id": code,
            "uid": uid,
            "key": commitment,
            "opened": 2026,
            "name": seal("张伟", "name"),
            "consent": seal(True, "consent"),
            "note": seal("x", "note", level="secret"),
            "honours": [{"id": "h7w2", "title": seal("先进会员", "honours", "[h7w2]", "title")}],
        }
        (tmp_path / f"members/2026/0000/{code}.yaml").write_bytes(write_yaml(record))
    return tmp_path


def test_the_reader_opens_what_the_tool_sealed(archive: Path) -> None:
    members, told = read(archive)

    assert [member["id"] for member in members] == ["M2026-000001", "M2026-000002"]
    for member in members:
        assert member["name"] == "张伟"
        assert member["consent"] is True
        assert member["honours"] == [{"id": "h7w2", "title": "先进会员"}]
        assert member["note"].startswith("enc:m1.secret.1:")
    assert "keys/secret.1." in told
    assert f"{UID}: a value stays sealed (secret 1)" in told


def test_the_reader_shows_one_member_when_asked(archive: Path) -> None:
    members, _ = read(archive, "M2026-000002")

    assert [member["uid"] for member in members] == [OTHER_UID]


def test_a_member_without_share_stays_sealed_and_is_told(archive: Path) -> None:
    for path in archive.glob("vault/shards/*.txt"):
        path.unlink()

    members, told = read(archive)

    assert members[0]["name"].startswith("enc:m1.internal.1:")
    assert members[1]["name"] == "张伟"
    assert "M2026-000001: no share in this vault" in told


def test_the_reader_refuses_a_level_key_that_was_swapped(archive: Path) -> None:
    path = next(archive.glob("keys/internal.*"))
    mine = [line for line in (archive / "identity.txt").read_text().split() if "age1" in line]
    planted = new_level_key("internal", epoch=1, archive=ARCHIVE)
    path.write_bytes(wrap_level_key(planted, archive=ARCHIVE, recipients=mine))

    with pytest.raises(subprocess.CalledProcessError) as caught:
        read(archive)

    assert "not the key that was committed to" in caught.value.stderr


@pytest.mark.parametrize(
    "path",
    [
        path
        for path in sorted(VECTORS.glob("*.yaml"))
        if path.read_bytes().startswith((b"expect: ok\nkind: value", b"expect: UnopenedValueError"))
    ],
    ids=lambda path: path.stem,
)
def test_the_reader_opens_a_good_vector_and_leaves_a_swapped_one_sealed(path: Path) -> None:
    vector = yaml.safe_load(path.read_bytes())
    steps = [
        b"\1" + step[1:-1].encode() if step.startswith("[") else b"\0" + step.encode()
        for step in vector["path"]
    ]
    keys = {(vector["level"], str(vector["epoch"])): [bytes.fromhex(vector["level_key"])]}
    halves = (bytes.fromhex(vector["share"]), keys)
    open_value = runpy.run_path(str(READER))["open_value"]

    opened = open_value(vector["sealed"], steps, vector["uid"], vector["archive"], halves)

    good = vector["expect"] == "ok"
    assert opened == (json.loads(vector["opened_json"]) if good else vector["sealed"])
