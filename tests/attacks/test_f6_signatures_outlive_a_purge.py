"""F6: what is signed is ciphertext or paper, so it verifies after the member is unreadable."""

from __future__ import annotations

from hashlib import sha256

from builders import SECRETS, WANG, Club

PAPERS = f"tombstones/2026/0000/{WANG}"


def test_verify_is_content_after_a_purge_and_the_papers_hold_no_digest_of_a_value(
    club: Club,
) -> None:
    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)

    assert club.problems("verify") == []
    papers = b"".join(path.read_bytes() for path in club.root.glob(f"{PAPERS}*"))
    for secret in SECRETS:
        digest = sha256(secret.encode()).hexdigest()
        assert secret.encode() not in papers
        assert digest[:16].encode() not in papers
