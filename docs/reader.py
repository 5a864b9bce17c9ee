"""Read an archive without memberarc, by docs/format.md alone: each record as a line of JSON.

    python docs/reader.py ARCHIVE VAULT IDENTITY [CODE]

Records are members and, after them, saved searches, whose code is their uid.
ARCHIVE is a clone with its files, VAULT a replica of its vault, IDENTITY a file of age identities.
Needs cryptography, pyrage and PyYAML, and shares no line with memberarc. What cannot be opened
stays sealed and is told on standard error. It trusts the key list: check keys/keys.yaml.sig.
"""

from __future__ import annotations

import base64
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

import pyrage
import yaml
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Keys = dict[tuple[str, str], list[bytes]]
Halves = tuple[bytes, Keys]


def load_yaml(content: bytes) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(content, Loader=loader)  # noqa: S506 -- both are safe


def lp(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def hkdf(secret: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(SHA256(), length=32, salt=salt, info=info).derive(secret)


def base64_bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def read_identities(path: Path) -> list[Any]:
    text = path.read_text()
    if text.startswith("-----BEGIN"):
        return [pyrage.ssh.Identity.from_buffer(text.encode())]
    lines = [line for line in text.split() if line.startswith("AGE-SECRET-KEY-1")]
    return [pyrage.x25519.Identity.from_str(line) for line in lines]


def read_level_keys(archive: Path, archive_id: str, identities: list[Any]) -> Keys:
    """Open the level keys that are for these identities, by level and epoch."""
    keys: Keys = {}
    for entry in load_yaml((archive / "keys/keys.yaml").read_bytes())["keys"]:
        try:
            text = pyrage.decrypt((archive / entry["file"]).read_bytes(), identities).decode()
        except pyrage.DecryptError as err:
            print(f"{entry['file']}: {err}", file=sys.stderr)
            continue
        start, _, encoded = text.rpartition(" ")
        level, epoch = entry["level"], str(entry["epoch"])
        key = base64_bytes(encoded)
        info = lp(b"memberarc m1", b"commit", level.encode(), epoch.encode())
        if start != f"memberarc-level-key m1 {archive_id} {level} {epoch}":
            raise SystemExit(f"{entry['file']}: the key of another archive, level or epoch")
        if hkdf(key, archive_id.encode(), info)[:16].hex() != entry["commit"]:
            raise SystemExit(f"{entry['file']}: not the key that was committed to")
        keys.setdefault((level, epoch), []).append(key)
    return keys


def read_shares(vault: Path) -> dict[tuple[str, str], bytes]:
    """Read all shares, by uid and by the ``key`` of the record each one was made for."""
    shares = {}
    for path in [*vault.glob("segments/*.txt"), *vault.glob("shards/*.txt")]:
        for line in path.read_text().splitlines():
            _suite, uid, encoded, _check = line.split(" ")
            share = base64_bytes(encoded)
            shares[uid, hkdf(share, b"", lp(b"memberarc m1", b"commit"))[:8].hex()] = share
    return shares


def open_value(text: str, path: list[bytes], uid: str, archive_id: str, halves: Halves) -> Any:
    """Open one sealed value, or return it as it is when no key fits."""
    place, _, encoded = text.removeprefix("enc:m1.").partition(":")
    level, epoch = place.split(".")
    salt, raw = archive_id.encode(), base64_bytes(encoded)
    name = [b"memberarc m1", b"value", salt, uid.encode(), level.encode(), epoch.encode()]
    data = lp(*name, len(path).to_bytes(4, "big"), *path)
    share, keys = halves
    for key in keys.get((level, epoch), []):
        with contextlib.suppress(InvalidTag):
            cipher = AESGCMSIV(hkdf(key + share, salt, lp(*name)))
            body = cipher.decrypt(raw[:12], raw[12:], data).rstrip(b"\0")
            if body[-1:] != b"\x80":
                raise SystemExit(f"{uid}: a value is padded against the rule")
            return json.loads(body[:-1])
    print(f"{uid}: a value stays sealed ({level} {epoch})", file=sys.stderr)
    return text


def opened(node: Any, path: list[bytes], *member: Any) -> Any:
    """Open every sealed value of a record; a list item is named by its id."""
    if isinstance(node, dict):
        return {key: opened(node[key], [*path, b"\0" + key.encode()], *member) for key in node}
    if isinstance(node, list):
        names = [
            str(item["id"] if isinstance(item, dict) else index) for index, item in enumerate(node)
        ]
        return [
            opened(item, [*path, b"\1" + name.encode()], *member)
            for name, item in zip(names, node, strict=True)
        ]
    if isinstance(node, str) and node.startswith("enc:m1."):
        return open_value(node, path, *member)
    return node


def opened_search(search: dict[str, Any], *of: Any) -> dict[str, Any]:
    """Open a saved search, whose one value is a text of YAML."""
    text = open_value(search["search"], [b"\0$segment"], *of)
    return search if text == search["search"] else {**search, "search": load_yaml(text.encode())}


def main(archive: Path, vault: Path, identity: Path, code: str) -> None:
    archive_id = load_yaml((archive / "memberarc.yaml").read_bytes())["archive"]
    keys = read_level_keys(archive, archive_id, read_identities(identity))
    shares = read_shares(vault)
    members = sorted(archive.glob(f"members/*/*/{code}.yaml"))
    for path in [*members, *sorted(archive.glob(f"segments/{code}.yaml"))]:
        record = load_yaml(path.read_bytes())
        share = shares.get((record["uid"], record.get("key")))
        if share is not None:
            of = (record["uid"], archive_id, (share, keys))
            is_search = record["format"] == "segment/1"
            record = opened_search(record, *of) if is_search else opened(record, [], *of)
        elif "key" in record:  # a saved search in clear has none
            print(f"{path.stem}: no share in this vault", file=sys.stderr)
        print(json.dumps(record, ensure_ascii=False))


if __name__ == "__main__":
    if not 4 <= len(sys.argv) <= 5:
        raise SystemExit(__doc__)
    archive, vault, identity = map(Path, sys.argv[1:4])
    main(archive, vault, identity, code="".join(sys.argv[4:]) or "*")
