"""The archive printed in docs/format.md opens, and agrees with itself in every byte."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from memberarc.archive.layout import PathKind, path_kind
from memberarc.disposal.certificate import NAMESPACE
from memberarc.formats.canonical_yaml import read_canonical, write_yaml
from memberarc.formats.mapping import parse_mapping
from memberarc.formats.shipped import KINDS, compose_schema, shipped_file
from memberarc.people.access import administrators, allowed_signers, parse_access
from memberarc.people.ssh import verify
from memberarc.people.user_files import user_files
from memberarc.review.file_checks import FileChecks
from memberarc.sealing.age.bech32 import age_secret_key
from memberarc.sealing.age.crypt import load_identities
from memberarc.sealing.derivation import member_key
from memberarc.sealing.keys.key_list import parse_key_list
from memberarc.sealing.keys.key_pin import KEY_LIST_NAMESPACE, read_pin
from memberarc.sealing.keys.level_keys import open_level_keys
from memberarc.sealing.value import Address, open_value
from memberarc.sealing.vault.fences import parse_fence
from memberarc.sealing.vault.replica import open_vault
from memberarc.search.saved import parse_stored

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/format.md").read_text("utf-8")
MEMBER = "members/2026/0000/M2026-000001.yaml"
STONE = "tombstones/2026/0000/M2026-000003.yaml"
[SEARCH] = re.findall(r"^`(segments/\w+\.yaml)`", PAGE, re.MULTILINE)

_FILE = re.compile(r"^`([\w./-]+)`[^\n]*\n\n```\w*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def block(title: str) -> str:
    """Return the block that follows the line that begins with a title."""
    found = re.search(rf"^{title}[^\n]*\n\n```\w*\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found, title
    return found[1]


@pytest.fixture
def printed(tmp_path: Path) -> Path:
    """Write every file of the page where it says it lies."""
    for name, text in _FILE.findall(PAGE):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.write_bytes(base64.b64decode(text) if name.startswith("documents/") else text.encode())
        path.chmod(0o600)
    for folder in ("vault", "vault/segments", "vault/fences", "vault/shards"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder).chmod(0o700)
    for kind in KINDS:
        path = tmp_path / f"schemas/{kind}.schema.json"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(compose_schema(kind, profile="association"))
    return tmp_path


def keys_of(printed: Path) -> tuple[dict[str, bytes], bytes, dict[str, Any]]:
    """Open the level keys, and find the share of the member on the page."""
    listed = parse_key_list((printed / "keys/keys.yaml").read_bytes(), path="keys/keys.yaml")
    identities = load_identities(printed / "identity.txt")
    keys = open_level_keys(
        listed, read=lambda path: (printed / path).read_bytes(), identities=identities
    )
    manifest = yaml.safe_load((printed / "memberarc.yaml").read_bytes())
    record = yaml.safe_load((printed / MEMBER).read_bytes())
    vault = open_vault(printed / "vault", archive=manifest["archive"], vault_id=manifest["vault"])
    share = vault.share(record["uid"], commitment=record["key"])
    return {key.level: key.secret for key in keys}, share, {**record, **manifest}


def test_the_reader_of_docs_opens_the_member_and_the_search_on_the_page(printed: Path) -> None:
    places = (printed, printed / "vault", printed / "identity.txt")
    command = [sys.executable, ROOT / "docs/reader.py", *places]

    done = subprocess.run(command, capture_output=True, text=True, check=True)

    member, search = map(json.loads, done.stdout.splitlines())
    assert member == json.loads(block("The same record opened"))
    assert search["search"] == yaml.safe_load(block("The text sealed in it"))
    assert f"segments/{search['uid']}.yaml" == SEARCH
    assert done.stderr == ""


def test_every_file_on_the_page_passes_check(printed: Path) -> None:
    checks = FileChecks(lambda path: (printed / path).read_bytes())
    paths = [name for name, _ in _FILE.findall(PAGE) if path_kind(name) is not PathKind.OTHER]

    problems = {path: checks.problems(path, (printed / path).read_bytes()) for path in paths}

    assert {path_kind(path) for path in paths} >= set(PathKind) - {
        PathKind.SCHEMA,
        PathKind.REQUEST,
        PathKind.GIT_ATTRIBUTES,
        PathKind.OTHER,
    }
    assert [problem for found in problems.values() for problem in found] == []


def test_the_document_on_the_page_opens_and_fits_its_entry(printed: Path) -> None:
    import pyrage
    from cryptography.hazmat.primitives.poly1305 import Poly1305

    keys, share, facts = keys_of(printed)
    opened = json.loads(block("The same record opened"))["documents"][0]
    place = {name: facts[name] for name in ("archive", "uid")} | {
        "level": opened["level"],
        "epoch": opened["epoch"],
    }
    level_key = keys[opened["level"]]
    scalar = member_key(level_key, share, **place, purpose="document", item=opened["id"])
    content = (printed / f"documents/{facts['uid']}/{opened['id']}.age").read_bytes()

    identity = pyrage.x25519.Identity.from_str(age_secret_key(scalar))
    plain = pyrage.decrypt(content, [identity])

    digest_key = member_key(level_key, share, **place, purpose="digest")
    assert plain == b"a letter\n"
    assert hashlib.sha256(content).hexdigest() == opened["sha256"]
    block_key = hmac.digest(digest_key, b"blocks", "sha256")
    tag = Poly1305.generate_tag(block_key, plain)
    assert hmac.digest(digest_key, tag, "sha256").hex() == opened["digest"]


def test_the_saved_search_on_the_page_opens_by_what_stands_beside_it(printed: Path) -> None:
    keys, _, facts = keys_of(printed)
    stored = parse_stored((printed / SEARCH).read_bytes(), path=SEARCH)
    vault = open_vault(printed / "vault", archive=facts["archive"], vault_id=facts["vault"])
    share = vault.share(stored.uid, commitment=stored.key)
    place = {"archive": facts["archive"], "uid": stored.uid, "level": "internal", "epoch": 1}
    key = member_key(keys["internal"], share, **place, purpose="value")
    raw = base64.urlsafe_b64decode(stored.sealed.rpartition(":")[2] + "==")
    associated = bytes.fromhex(block("The associated data"))

    padded = AESGCMSIV(key).decrypt(raw[:12], raw[12:], associated)

    text = block("The text sealed in it")
    sizes = f"The text sealed in it: {len(text.encode())} bytes"
    assert json.loads(padded.rstrip(b"\0").removesuffix(b"\x80")) == text
    assert f"{sizes}, which JSON, the end mark and zeros make {len(padded)}\n" in PAGE
    assert write_yaml(read_canonical(text.encode())).decode() == text


def test_the_note_of_the_commit_on_the_page_opens(printed: Path) -> None:
    keys, share, facts = keys_of(printed)
    [note] = re.findall(r"^Memberarc-Note: (.*)$", block("The message of the commit"), re.MULTILINE)
    place = {"archive": facts["archive"], "uid": facts["uid"], "level": "internal", "epoch": 1}
    key = member_key(keys["internal"], share, **place, purpose="value")

    opened = open_value(note, key=key, address=Address(**place, path=("$commit", "reason")))

    assert opened == "换了号码"


def test_signatures_and_digests_on_the_page_agree(printed: Path) -> None:
    access = yaml.safe_load((printed / "policy/access.yaml").read_bytes())
    signers = allowed_signers(administrators(parse_access(access, path="access.yaml")))
    key_list = (printed / "keys/keys.yaml").read_bytes()
    signature = (printed / "keys/keys.yaml.sig").read_bytes()
    certificate = (printed / STONE.replace(".yaml", ".certificate.yaml")).read_bytes()
    certified = (printed / STONE.replace(".yaml", ".certificate.yaml.sig")).read_bytes()
    stone = yaml.safe_load((printed / STONE).read_bytes())
    [approval] = yaml.safe_load(certificate)["approvals"]
    text = block("The approval's text")
    lines = dict(line.split(" ", 1) for line in text.splitlines())

    signed = {
        KEY_LIST_NAMESPACE: (key_list, signature),
        NAMESPACE: (certificate, certified),
        "memberarc-approve-purge@m1": (text.encode(), approval["signature"].encode()),
    }
    for namespace, (content, proof) in signed.items():
        assert verify(content, signature=proof, namespace=namespace, allowed=signers) == "admin"

    without = write_yaml({name: stone[name] for name in stone if name != "certificate"})
    result = f"{STONE}\0100644\0{hashlib.sha256(without).hexdigest()}\0".encode()
    assert approval["text"] == text
    assert stone["certificate"] == f"sha256:{hashlib.sha256(certificate).hexdigest()}"
    assert lines["result"] == f"sha256:{hashlib.sha256(result).hexdigest()}"
    assert lines["policy"] == stone["policy"] == f"sha256:{policy_digest(printed)}"


def test_fence_pin_settings_and_mapping_on_the_page_are_read(
    printed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approvals = read_canonical((printed / STONE.replace(".yaml", ".certificate.yaml")).read_bytes())
    fence = yaml.safe_load(block("`vault/fences/").replace("approvals: ...", ""))
    whole = write_yaml({**fence, "approvals": approvals["approvals"]})
    pin = printed / "pin.yaml"
    pin.write_text(block("`keys.yaml` in the state directory"), "utf-8")
    manifest = yaml.safe_load((printed / "memberarc.yaml").read_bytes())
    monkeypatch.setenv("XDG_CONFIG_HOME", str(printed))
    settings = printed / f"memberarc/archives/{manifest['archive']}.yaml"
    settings.parent.mkdir(parents=True)
    settings.write_text(block("`archives/"), "utf-8")

    assert parse_fence(whole, path="fence").state == "certified"
    found = read_pin(pin)
    assert found is not None
    assert found.sha256 == hashlib.sha256((printed / "keys/keys.yaml").read_bytes()).hexdigest()
    assert user_files({}).vaults(manifest["archive"]) == (Path("/srv/club/vault"),)
    mapping = parse_mapping(block("A mapping file").encode(), path="map")
    assert (mapping.target, mapping.source) == ("ledger", "shop")


def test_the_page_lists_every_vector_under_what_it_ends_in() -> None:
    rows = re.findall(r"^\| [\w-]+ \| `(\w+)` \| ([^|]+) \|$", PAGE, re.MULTILINE)
    listed = {name: expect for expect, names in rows for name in names.split(", ")}

    vectors = sorted((ROOT / "tests/vectors/m1").glob("*.yaml"))

    assert listed == {path.stem: yaml.safe_load(path.read_bytes())["expect"] for path in vectors}


def policy_digest(printed: Path) -> str:
    """Follow section 11 over the policies of the page, the other two being those shipped."""
    policies = {f"policy/{name}.yaml": b"" for name in ("access", "categories", "reasons")}
    total = hashlib.sha256()
    for path in sorted(policies):
        file = printed / path
        content = file.read_bytes() if file.exists() else shipped_file(path)
        total.update(f"{path}\0{hashlib.sha256(content).hexdigest()}\0".encode())
    return total.hexdigest()
