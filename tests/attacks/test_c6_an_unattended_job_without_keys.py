"""C6: a scheduled job holds no key, classifies on open data, and cannot read a value."""

from __future__ import annotations

from builders import WANG, Club


def test_the_job_classifies_and_sees_the_shape_of_a_record_only(club: Club) -> None:
    club.identity.unlink()

    classified = club.json("classify", "--year", "2026")
    shown = club.run("show", WANG)

    assert classified["changes"] != []
    assert "王小明" not in shown.stdout + shown.stderr
