"""Plugins, with a real one on PATH: what they open, what they ask, and what goes wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pyrage import x25519

from memberarc.errors import NoIdentityError, SealingError, SettingsError
from memberarc.people.access import _RECIPIENT
from memberarc.sealing.age.asking import NOBODY, Asker
from memberarc.sealing.age.crypt import Identities, decrypt, encrypt, parse_identities
from sealing.age_plugin_test import PIN, identity, install, recipient

CARD = b"a card of zhang's"
OTHER_CARD = b"no card of his"


@pytest.fixture(autouse=True)
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install the plugin."""
    program = install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return program


@pytest.fixture
def identity_text() -> str:
    """Make an ordinary age identity."""
    return str(x25519.Identity.generate())


@dataclass
class Person:
    """Somebody who answers, and remembers what was asked."""

    answers: dict[str, str] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)

    def passphrase(self, question: str) -> str | None:
        raise AssertionError("a plugin must not ask for the passphrase of a file")

    def secret(self, question: str) -> str | None:
        self.told.append(question)
        return self.answers.get("secret")

    def word(self, question: str) -> str | None:
        self.told.append(question)
        return self.answers.get("word")

    def choose(self, question: str, *, yes: str, no: str) -> bool | None:
        self.told.append(question)
        return self.answers.get("choice") == yes

    def tell(self, message: str) -> None:
        self.told.append(message)


def identities(behaviour: str, *, asker: Asker = NOBODY, content: bytes = CARD) -> Identities:
    return parse_identities(identity(behaviour, content).encode(), where="identity", asker=asker)


def test_what_is_encrypted_to_a_plugin_is_opened_by_it() -> None:
    sealed = encrypt(b"level key", recipients=[recipient(OTHER_CARD), recipient(CARD)])

    assert decrypt(sealed, identities=identities("-"), where="key") == b"level key"


def test_a_plugin_and_other_identities_share_a_file(identity_text: str) -> None:
    other = parse_identities(identity_text.encode(), where="identity")
    sealed = encrypt(b"level key", recipients=[recipient(CARD), *other.recipients])
    mixed = f"{identity('-', OTHER_CARD)}\n{identity_text}\n".encode()

    for at_hand in (other, identities("-"), parse_identities(mixed, where="mixed")):
        assert decrypt(sealed, identities=at_hand, where="key") == b"level key"


@pytest.mark.skipif(shutil.which("age") is None, reason="age is not installed")
def test_the_real_age_and_we_use_a_plugin_alike(tmp_path: Path) -> None:
    key = tmp_path / "identity.txt"
    key.write_text(identity("-", CARD))
    ours = encrypt(b"ours", recipients=[recipient(CARD)])

    opened = subprocess.run(["age", "-d", "-i", key], input=ours, capture_output=True)
    theirs = subprocess.run(
        ["age", "-r", recipient(CARD)], input=b"theirs", capture_output=True, check=True
    )

    assert opened.stdout == b"ours"
    assert decrypt(theirs.stdout, identities=identities("-"), where="key") == b"theirs"


@pytest.mark.parametrize(
    ("behaviour", "answers", "told"),
    [
        ("s", {"secret": PIN}, "PIN of the card"),
        ("w", {"word": "9a"}, "Which slot"),
        ("c", {"choice": "in"}, "Is the card in or out?"),
        ("m", {}, "touch the card"),
    ],
)
def test_what_a_plugin_asks_reaches_the_person(
    behaviour: str, answers: dict[str, str], told: str
) -> None:
    person = Person(answers)
    sealed = encrypt(b"level key", recipients=[recipient(CARD)])

    opened = decrypt(sealed, identities=identities(behaviour, asker=person), where="key")

    assert (opened, person.told) == (b"level key", [told])


@pytest.mark.parametrize("behaviour", ["s", "w", "c", "x"])
def test_a_plugin_that_gets_no_answer_ends_in_an_error(behaviour: str) -> None:
    sealed = encrypt(b"level key", recipients=[recipient(CARD)])

    with pytest.raises(SealingError) as caught:
        decrypt(sealed, identities=identities(behaviour), where="keys/internal.age")

    assert type(caught.value) is SealingError
    told = "unexpectedly died" if behaviour == "x" else "the card stays closed"
    assert told in caught.value.message
    assert caught.value.where == "keys/internal.age"


def test_a_plugin_for_which_nothing_was_encrypted_opens_nothing() -> None:
    sealed = encrypt(b"level key", recipients=[recipient(CARD)])

    with pytest.raises(NoIdentityError):
        decrypt(sealed, identities=identities("-", content=OTHER_CARD), where="key")


def test_ctrl_c_at_a_plugins_question_stops_the_program() -> None:
    class Impatient(Person):
        def secret(self, question: str) -> str | None:
            raise KeyboardInterrupt

    sealed = encrypt(b"level key", recipients=[recipient(CARD)])

    with pytest.raises(KeyboardInterrupt):
        decrypt(sealed, identities=identities("s", asker=Impatient()), where="key")


def test_a_plugin_that_is_not_installed_is_named(plugin: Path) -> None:
    plugin.unlink()

    for use in (
        lambda: encrypt(b"level key", recipients=[recipient(CARD)]),
        lambda: identities("-"),
    ):
        with pytest.raises(SealingError) as caught:
            use()
        assert caught.value.message == "the program age-plugin-test is not on PATH"
        assert caught.value.hint == "install age-plugin-test"


def test_what_is_no_identity_of_a_plugin_is_refused_and_not_quoted() -> None:
    line = identity("-", CARD)

    with pytest.raises(SettingsError) as caught:
        parse_identities(f"{line[:-1]}Q".encode(), where="identity")

    assert line[15:30] not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
        "age1pq1x34nzsvr0rxjsgdn8zgyhfe8j7ceq5r9rdelkjuh3y235jzxshfg87",
        "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e",
        "age1yubikey1q0yl9f6fk7wnmx0hqmr4gf4gnm6rpk6yzlwzs96lfw2ptjtt5ts2vfqcw86",
        "age1fido2-hmac1qqpuuq0ds48ckaznelqg0dqmlpqxs7u",
        recipient(CARD),
    ],
)
def test_the_access_policy_takes_every_kind_of_recipient(text: str) -> None:
    assert _RECIPIENT.fullmatch(text)


def test_a_tagged_recipient_of_a_hardware_key_takes_a_level_key() -> None:
    tagged = "age1tag1qt8lw0ual6avlwmwatk888yqnmdamm7xfd0wak53ut6elz5c4swx2yqdj4e"

    sealed = encrypt(b"level key", recipients=[tagged, recipient(CARD)])

    assert decrypt(sealed, identities=identities("-"), where="key") == b"level key"
