"""C7: a level of post-quantum readers has no classical stanza that could be broken later."""

from __future__ import annotations

import re

import pytest

from builders import Club, run


@pytest.fixture
def of_tomorrow(empty_club: Club) -> Club:
    empty_club.identity.unlink()
    empty_club.run("identity", "new", "--post-quantum")
    root = empty_club.root.parent / "tomorrow"
    told = run(
        *("init", str(root), "--name", "明日会", "--role-address", "office@example.org"),
        *("--vault", str(empty_club.home / "vault-of-tomorrow"), "--format", "json"),
        cwd=root.parent,
    )
    assert told.status == 0, told
    return Club(root=root, home=empty_club.home, archive=told.data["archive"])


def test_every_level_key_is_wrapped_by_hybrids_only(of_tomorrow: Club) -> None:
    told = of_tomorrow.run("key", "inspect").stdout
    recipients = re.findall(
        r"recipient: (\S{8})", (of_tomorrow.root / "keys/keys.yaml").read_text()
    )

    assert told.count("mlkem768x25519") == 3
    assert "X25519 " not in told.replace("mlkem768x25519", "")
    assert {*recipients} == {"age1pq1" + one[-1] for one in recipients}
    of_tomorrow.run("add", "--set", "name=王小明")


def test_a_classical_reader_is_not_mixed_in(of_tomorrow: Club) -> None:
    refused = of_tomorrow.run(
        *("key", "grant", "li", "--role", "office", "--levels", "internal"),
        *("--confirm", "li", "--recipient"),
        "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p",
        status=None,
    )

    assert refused.status != 0
    assert "age1pq1" in refused.stderr
