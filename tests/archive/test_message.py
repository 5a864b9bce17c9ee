"""A commit message is a subject and trailers in a fixed order, without free text."""

from __future__ import annotations

import pytest

from memberarc.archive.message import Act, commit_message, parse_trailers
from memberarc.errors import InternalError

FULL = Act(
    name="update",
    subject="update M2026-000123: 2 fields",
    member="M2026-000123",
    fields=("contact.mobile", "confidential field"),
    rule="R7",
    policy="ab" * 32,
    request="R2026-0007",
    reason="moved",
    sealed_reason="enc:m1.internal.1:9mS1",
)


def test_the_trailers_stand_in_their_order() -> None:
    assert commit_message(FULL) == (
        "update M2026-000123: 2 fields\n"
        "\n"
        "Memberarc-Act: update\n"
        "Memberarc-Member: M2026-000123\n"
        "Memberarc-Field: contact.mobile\n"
        "Memberarc-Field: confidential field\n"
        "Memberarc-Rule: R7\n"
        f"Memberarc-Policy: {'ab' * 32}\n"
        "Memberarc-Request: R2026-0007\n"
        "Memberarc-Reason: moved\n"
        "Memberarc-Note: enc:m1.internal.1:9mS1\n"
    )


def test_a_batch_counts_and_names_nobody() -> None:
    message = commit_message(Act(name="import", subject="import 3 members", count=3))

    assert message == "import 3 members\n\nMemberarc-Act: import\nMemberarc-Count: 3\n"


def test_what_was_written_is_read_again() -> None:
    trailers = parse_trailers(commit_message(FULL))

    assert trailers[0] == ("Memberarc-Act", "update")
    assert [value for key, value in trailers if key == "Memberarc-Field"] == [
        "contact.mobile",
        "confidential field",
    ]
    assert trailers[-1] == ("Memberarc-Note", "enc:m1.internal.1:9mS1")


@pytest.mark.parametrize(
    "act",
    [
        Act(name="update", subject="update 王小明", member="M1"),
        Act(name="update", subject="two\nlines", member="M1"),
        Act(name="update", subject="", member="M1"),
        Act(name="update", subject="update", member="M1", reason="moved\nMemberarc-Rule: forged"),
        Act(name="update", subject="update", member="M1", reason=" padded"),
        Act(name="update", subject="update", member="M1", reason="tab\there"),
        Act(name="update", subject="update", member="M1", count=1),
        Act(name="update", subject="update", member="M1", sealed_reason="moved to Leeds"),
        Act(name="update", subject="update", count=2, sealed_reason="enc:m1.internal.1:9mS1"),
    ],
)
def test_what_may_not_stand_in_a_message_is_a_defect(act: Act) -> None:
    with pytest.raises(InternalError) as caught:
        commit_message(act)

    assert "Leeds" not in caught.value.message
    assert "王" not in caught.value.message


@pytest.mark.parametrize(
    "message",
    ["", "Memberarc-Act: update", "subject\n\nfree text\nMemberarc-Act: update\n", "subject\n\n\n"],
)
def test_what_is_no_paragraph_of_trailers_has_none(message: str) -> None:
    assert parse_trailers(message) == ()


def test_trailers_survive_what_mail_and_other_systems_do_to_line_ends() -> None:
    message = "subject\r\n\r\nMemberarc-Act: update\r\nMemberarc-Count: 2\r\n"

    assert parse_trailers(message) == (("Memberarc-Act", "update"), ("Memberarc-Count", "2"))
