"""C8: the doctor complains until two people and a safe can open each level."""

from __future__ import annotations

from pathlib import Path

import pytest

from builders import WANG, Club

LEVELS = ("internal", "confidential", "secret")


def verdicts(club: Club) -> dict[str, str]:
    findings = club.json("doctor")["findings"]
    return {one["subject"]: one["verdict"] for one in findings}


def test_the_recovery_identity_opens_what_everybody_else_lost(club: Club, tmp_path: Path) -> None:
    assert {verdicts(club)[f"level {level}"] for level in LEVELS} == {"warn"}
    safe = tmp_path / "safe.txt"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEMBERARC_IDENTITY", str(safe))
        recipient = club.run("identity", "new").stdout.strip()
    club.run(
        *("key", "grant", "safe", "--role", "recovery", "--recovery"),
        *("--levels", ",".join(LEVELS), "--recipient", recipient, "--confirm", "safe"),
    )

    assert {verdicts(club)[f"level {level}"] for level in LEVELS} == {"ok"}
    club.identity.unlink()
    club.identity.write_bytes(safe.read_bytes())
    club.identity.chmod(0o600)
    assert club.json("show", WANG)["record"]["name"] == "王小明"
