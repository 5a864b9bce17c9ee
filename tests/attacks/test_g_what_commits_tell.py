"""G: commits tell codes, fields and times, in the name of an office and never of a member."""

from __future__ import annotations

import re

from builders import SECRETS, WANG, Club


def test_messages_are_ascii_codes_under_an_office_address(club: Club) -> None:
    log = club.git("log", "--format=%an <%ae>%n%cn <%ce>%n%B")

    assert log.isascii()
    assert {*re.findall(r"<(\S+)>", log)} == {"office@example.org"}
    assert not any(secret in log for secret in SECRETS)


def test_a_field_above_internal_is_not_even_named(club: Club) -> None:
    club.run("update", WANG, "--set", "identity.number=110101199003070011")
    log = club.git("log", "-1", "--format=%B")

    assert "Memberarc-Field: confidential field" in log
    assert "identity.number" not in log
