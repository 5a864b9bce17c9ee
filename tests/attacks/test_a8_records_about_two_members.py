"""A8: the purge of one member takes nothing from another, and says what it cannot look into."""

from __future__ import annotations

import yaml

from builders import SHAN, WANG, ZENG, Club, tree_digest


def test_the_others_keep_every_byte_and_every_value(club: Club) -> None:
    kept = [club.path(code).read_bytes() for code in (SHAN, ZENG)]
    shown = [club.json("show", code)["record"] for code in (SHAN, ZENG)]

    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)

    assert [club.path(code).read_bytes() for code in (SHAN, ZENG)] == kept
    assert [club.json("show", code)["record"] for code in (SHAN, ZENG)] == shown


def test_what_is_sealed_in_another_record_is_named_as_not_looked_into(club: Club) -> None:
    club.run("update", SHAN, "--set", "contact.address=与王小明同住")
    before = tree_digest(club.path(SHAN).parent)

    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)

    paper = club.root / f"tombstones/2026/0000/{WANG}.certificate.yaml"
    assert "sealed_values_of_other_members" in yaml.safe_load(paper.read_text())["not_checked"]
    assert before != tree_digest(club.path(SHAN).parent)
    assert SHAN in club.run("search", "王小明").stdout
