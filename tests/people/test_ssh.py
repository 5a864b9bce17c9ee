"""SSH signatures by the real ssh-keygen: by whom, over what, for which purpose."""

from __future__ import annotations

import subprocess
import tempfile
from typing import TYPE_CHECKING

import pytest

from memberarc.errors import DuplicateError, SettingsError, SignatureError
from memberarc.people.ssh import AllowedSigner, make_signing_key, public_key_of, sign, verify

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACE = "memberarc-keys@m1"
CONTENT = "key list\n档案\n".encode()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    path = tmp_path / "config" / "signing_key"
    make_signing_key(path)
    return path


@pytest.fixture
def other_key(tmp_path: Path) -> Path:
    path = tmp_path / "other" / "signing_key"
    make_signing_key(path)
    return path


def signer(person: str, key: Path) -> AllowedSigner:
    return AllowedSigner(person=person, public_key=public_key_of(key))


def test_a_signing_key_is_made_once_for_its_owner_only(key: Path) -> None:
    assert key.stat().st_mode & 0o777 == 0o600
    assert key.with_suffix(".pub").read_text().startswith("ssh-ed25519 ")
    assert key.with_suffix(".pub").read_text().endswith(" memberarc\n")
    assert public_key_of(key).count(" ") == 1
    assert public_key_of(key.with_suffix(".pub")) == public_key_of(key)
    with pytest.raises(DuplicateError):
        make_signing_key(key)


def test_the_signer_is_found_among_those_allowed(key: Path, other_key: Path) -> None:
    allowed = [signer("li", other_key), signer("zhang", key)]

    signature = sign(CONTENT, key=key, namespace=NAMESPACE)

    assert signature.startswith(b"-----BEGIN SSH SIGNATURE-----\n")
    assert verify(CONTENT, signature=signature, namespace=NAMESPACE, allowed=allowed) == "zhang"


def test_a_signature_is_for_its_content_purpose_and_signer_only(key: Path, other_key: Path) -> None:
    allowed = [signer("zhang", key)]
    signature = sign(CONTENT, key=key, namespace=NAMESPACE)
    wrong = [
        {"content": CONTENT + b" "},
        {"namespace": "memberarc-certificate@m1"},
        {"allowed": [signer("li", other_key)]},
        {"allowed": []},
        {"signature": b""},
        {"signature": signature[:-40]},
        {"signature": sign(CONTENT, key=other_key, namespace=NAMESPACE)},
        {"signature": sign(CONTENT, key=key, namespace="memberarc-approve-purge@m1")},
    ]

    for change in wrong:
        case = {"content": CONTENT, "signature": signature, "namespace": NAMESPACE}
        case |= {"allowed": allowed} | change
        content = case.pop("content")
        with pytest.raises(SignatureError):
            verify(content, **case)  # type: ignore[arg-type]


def test_git_and_ssh_keygen_users_can_check_our_signature_by_hand(
    key: Path, tmp_path: Path
) -> None:
    signature = tmp_path / "keys.yaml.sig"
    signature.write_bytes(sign(CONTENT, key=key, namespace=NAMESPACE))

    checked = subprocess.run(
        ["ssh-keygen", "-Y", "check-novalidate", "-n", NAMESPACE, "-s", signature],
        input=CONTENT,
        capture_output=True,
    )

    assert checked.returncode == 0
    assert b"Good" in checked.stdout


def test_nothing_is_left_in_the_temporary_folder(
    key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    signature = sign(CONTENT, key=key, namespace=NAMESPACE)

    verify(CONTENT, signature=signature, namespace=NAMESPACE, allowed=[signer("zhang", key)])
    with pytest.raises(SignatureError):
        verify(b"", signature=signature, namespace=NAMESPACE, allowed=[signer("zhang", key)])

    assert [*folder.iterdir()] == []


def test_a_key_that_signs_for_two_people_is_found_in_the_order_given(key: Path) -> None:
    signature = sign(CONTENT, key=key, namespace=NAMESPACE)
    allowed = [signer("zhang", key), signer("li", key)]

    assert verify(CONTENT, signature=signature, namespace=NAMESPACE, allowed=allowed) == "zhang"


def test_a_missing_key_is_told_with_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(SignatureError) as caught:
        sign(CONTENT, key=tmp_path / "none", namespace=NAMESPACE)
    assert "MEMBERARC_SIGNING_KEY" in caught.value.hint
    with pytest.raises(SignatureError, match="no public signing key"):
        public_key_of(tmp_path / "none")
    (tmp_path / "bad.pub").write_text("not a key\n")
    with pytest.raises(SignatureError, match="not a public SSH key"):
        public_key_of(tmp_path / "bad")


def test_a_private_key_others_may_read_is_refused_with_the_remedy(key: Path) -> None:
    key.chmod(0o644)

    with pytest.raises(SettingsError) as caught:
        sign(CONTENT, key=key, namespace=NAMESPACE)

    assert caught.value.hint == f"chmod 600 {key}"


def test_without_ssh_keygen_the_remedy_is_told(key: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(SignatureError, match="not installed"):
        sign(CONTENT, key=key, namespace=NAMESPACE)
