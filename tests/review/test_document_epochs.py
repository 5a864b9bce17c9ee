"""A document's epoch stands open in its entry: one that has no key is told, like a value's."""

from __future__ import annotations

from builders import WANG, Club


def test_a_document_of_an_epoch_that_has_no_key_is_told(club: Club) -> None:
    assert club.problems("verify") == []
    club.edit(f"members/2026/0000/{WANG}.yaml", r"(?m)(?<=^    epoch: )1$", "3")
    club.commit_by_hand("another epoch")

    [told] = club.problems("check")

    assert told["rule"] == "sealed-value"
    assert "an epoch of confidential that has no key" in told["message"]
    assert told["message"] in str(club.problems("verify"))
