"""The committed vectors of suite m1, each with the one error it must end in."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from memberarc import errors
from memberarc.people.ssh import AllowedSigner
from memberarc.sealing.age.bech32 import age_secret_key
from memberarc.sealing.derivation import (
    level_commitment,
    member_key,
    record_commitment,
    share_check,
)
from memberarc.sealing.keys.key_list import require_named_policy
from memberarc.sealing.keys.key_pin import Pin, accept_key_list
from memberarc.sealing.value import Address, open_value
from memberarc.sealing.vault.replica import create_vault

HERE = Path(__file__).parent
VECTORS = sorted((HERE / "m1").glob("*.yaml"))

CAUSES = {
    "value": {
        "good-boolean",
        "good-chinese-text",
        "good-empty-text",
        "good-integer",
        "good-list-item",
        "good-long-text",
        "good-text",
        "bad-padding",
        "epoch-with-leading-zero",
        "escaped-json",
        "float",
        "half-a-character",
        "item-named-like-property",
        "joined-properties",
        "large-integer",
        "minus-zero",
        "no-end-mark",
        "non-canonical-base64",
        "null",
        "object",
        "over-long-padding",
        "padded-base64",
        "sealed-twice",
        "spaced-json",
        "swapped-archive",
        "swapped-field",
        "swapped-item",
        "swapped-level",
        "swapped-member",
        "truncated",
        "truncated-base64",
        "truncated-block",
        "unknown-level",
        "unknown-suite",
        "wrong-epoch",
        "wrong-share",
    },
    "derivation": {"good-derivation"},
    "share": {
        "good-share",
        "rotten-check",
        "rotten-share",
        "share-of-another-archive",
        "share-of-another-member",
        "share-with-stray-bits",
    },
    "key-list": {
        "good-key-list-first-seen",
        "good-key-list-next",
        "good-key-list-pinned",
        "changed-commitment",
        "commitment-unlike-file",
        "key-list-cut-off",
        "key-list-of-another-archive",
        "key-list-signature-of-another",
        "key-list-signed-by-stranger",
        "key-list-signed-for-another-purpose",
        "older-key-list",
        "same-number-other-bytes",
        "unsigned-key-list",
        "unsigned-key-list-first-seen",
        "unsigned-policy",
    },
}


def load(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_bytes())


def check_value(vector: dict[str, Any], _folder: Path) -> None:
    address = Address(
        archive=vector["archive"],
        uid=vector["uid"],
        level=vector["level"],
        epoch=vector["epoch"],
        path=tuple(vector["path"]),
    )
    key = member_key(
        bytes.fromhex(vector["level_key"]),
        bytes.fromhex(vector["share"]),
        archive=address.archive,
        uid=address.uid,
        level=address.level,
        epoch=address.epoch,
        purpose="value",
    )
    opened = open_value(vector["sealed"], key=key, address=address)
    assert json.dumps(opened, ensure_ascii=False) == vector["opened_json"]


def check_derivation(vector: dict[str, Any], _folder: Path) -> None:
    level_key, share = bytes.fromhex(vector["level_key"]), bytes.fromhex(vector["share"])
    place = {name: vector[name] for name in ("archive", "level", "epoch")}

    def key(purpose: Any, item: str = "") -> bytes:
        return member_key(level_key, share, **place, uid=vector["uid"], purpose=purpose, item=item)

    assert key("value").hex() == vector["value_key"]
    assert key("digest").hex() == vector["digest_key"]
    assert age_secret_key(key("document", vector["item"])) == vector["document_identity"]
    assert record_commitment(share) == vector["record_commitment"]
    assert level_commitment(level_key, **place) == vector["level_commitment"]
    check = share_check(share, archive=vector["archive"], uid=vector["uid"])
    assert check == vector["share_check"]


def check_share(vector: dict[str, Any], folder: Path) -> None:
    vault = create_vault(folder / "vault", archive=vector["archive"])
    segment = vault.segments / "one.txt"
    segment.write_text(vector["line"] + "\n")
    segment.chmod(0o600)
    assert vault.shares(vector["uid"]) == (bytes.fromhex(vector["share"]),)


def check_key_list(vector: dict[str, Any], _folder: Path) -> None:
    def text(name: str) -> bytes:
        return "".join(line + "\n" for line in vector.get(name, [])).encode()

    pin = vector.get("pin")
    content = text("list")
    accepted = accept_key_list(
        content,
        path="keys/keys.yaml",
        archive=vector["archive"],
        signature=text("signature") or None,
        signers=[AllowedSigner(person="zhang", public_key=vector["administrator"])],
        pin=Pin(number=pin["number"], sha256=pin["sha256"], keys=tuple(pin["keys"]))
        if pin
        else None,
    )
    assert f"number: {accepted.pin.number}\n".encode() in content
    if "policy" in vector:
        require_named_policy(accepted.key_list, policy=text("policy"), path="policy/access.yaml")


CHECKS = {
    "value": check_value,
    "derivation": check_derivation,
    "share": check_share,
    "key-list": check_key_list,
}


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_a_vector_ends_in_exactly_the_error_it_names(path: Path, tmp_path: Path) -> None:
    vector = load(path)
    check = CHECKS[vector["kind"]]

    if vector["expect"] == "ok":
        check(vector, tmp_path)
        return
    with pytest.raises(errors.MemberarcError) as caught:
        check(vector, tmp_path)

    assert type(caught.value) is getattr(errors, vector["expect"])


def test_every_cause_has_its_vector_and_every_vector_a_cause() -> None:
    found: dict[str, set[str]] = {}
    for path in VECTORS:
        found.setdefault(load(path)["kind"], set()).add(path.stem)

    assert found == CAUSES


def test_every_error_of_sealed_values_and_key_lists_has_a_vector() -> None:
    named = {load(path)["expect"] for path in VECTORS} - {"ok"}

    wanted = {
        error.__name__
        for base in (errors.SealedValueError, errors.KeyListError)
        for error in base.__subclasses__()
    }
    assert wanted <= named


def test_the_script_still_writes_the_committed_bytes(tmp_path: Path) -> None:
    script = HERE / "make_m1.py"

    subprocess.run([sys.executable, script, tmp_path / "m1"], check=True)

    written = {path.name: path.read_bytes() for path in (tmp_path / "m1").iterdir()}
    assert written == {path.name: path.read_bytes() for path in VECTORS}
