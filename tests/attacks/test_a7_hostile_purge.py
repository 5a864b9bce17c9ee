"""A tombstone that arrives by git destroys nothing: it only raises an alarm."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest

from builders import SHAN, WANG, Club, tree_digest
from disposal.attempts import shares_in
from memberarc.people.ssh import make_signing_key, sign

PURGE = ("purge", WANG, "--reason", "member_request", "--confirm", WANG)
STONE = f"tombstones/2026/0000/{WANG}.yaml"
CERTIFICATE = f"tombstones/2026/0000/{WANG}.certificate.yaml"


def bury_by_hand(club: Club, *, certificate: bytes = b"", signature: bytes = b"") -> None:
    """Remove the record and commit a tombstone, as somebody can who has no vault."""
    uid = club.uid(WANG)
    club.git("rm", "-r", "--quiet", f"members/2026/0000/{WANG}.yaml", f"documents/{uid}")
    stone = (
        f'format: tombstone/1\nid: {WANG}\nuid: {uid}\npurged_on: "2026-11-03"\n'
        f'request: aaaaaaaaaaaaaaaa\npolicy: "sha256:{"0" * 64}"\n'
    )
    if certificate:
        stone += f'certificate: "sha256:{sha256(certificate).hexdigest()}"\n'
        (club.root / CERTIFICATE).parent.mkdir(parents=True, exist_ok=True)
        (club.root / CERTIFICATE).write_bytes(certificate)
        (club.root / f"{CERTIFICATE}.sig").write_bytes(signature)
    (club.root / STONE).parent.mkdir(parents=True, exist_ok=True)
    (club.root / STONE).write_text(stone)
    club.commit_by_hand(f"purge {WANG}")


@pytest.fixture
def deceived(club: Club, tmp_path: Path) -> Club:
    """A club that pulled the tombstone somebody else made."""
    other = club.clone(tmp_path / "other")
    bury_by_hand(other)
    club.git("pull", "--quiet", "--ff-only", str(other.root), "main")
    return club


def test_the_share_stays_and_older_versions_open(deceived: Club) -> None:
    shown = deceived.json("show", WANG, "--at", "HEAD~1")

    assert shown["record"]["name"] == "王小明"
    assert len(shares_in(deceived.vault)) == 3


def test_verify_raises_the_alarm(deceived: Club) -> None:
    before = tree_digest(deceived.vault)

    problems = deceived.problems("verify")

    assert [(one["path"], one["rule"]) for one in problems] == [
        (STONE, "certificate"),
        (STONE, "tombstone"),
    ]
    assert "the vault still has the share of this member" in problems[1]["message"]
    assert tree_digest(deceived.vault) == before


def test_taking_the_commit_back_brings_the_member_back(deceived: Club) -> None:
    deceived.git("revert", "--no-edit", "HEAD")

    assert deceived.json("show", WANG)["record"]["name"] == "王小明"
    assert deceived.problems("verify") == []
    deceived.run("update", WANG, "--set", "status=left")


def test_if_it_was_meant_the_administrator_carries_it_out(deceived: Club) -> None:
    uid_line = next(
        line for line in (deceived.root / STONE).read_text().splitlines() if line.startswith("uid")
    )

    deceived.run(*PURGE)

    assert uid_line.split()[1] not in shares_in(deceived.vault)
    assert deceived.problems("verify") == []


@pytest.mark.parametrize("signed", ["by a stranger", "for something else", "not at all"])
def test_a_forged_certificate_is_noticed(club: Club, tmp_path: Path, signed: str) -> None:
    certificate = b"format: certificate/1\n"
    stranger = tmp_path / "stranger"
    make_signing_key(stranger)
    namespace = "memberarc-certificate@m1"
    signature = {
        "by a stranger": sign(certificate, key=stranger, namespace=namespace),
        "for something else": sign(
            certificate, key=club.signing_key, namespace="memberarc-keys@m1"
        ),
        "not at all": b"",
    }[signed]
    bury_by_hand(club, certificate=certificate, signature=signature)

    problems = [one for one in club.problems("verify") if one["rule"] == "certificate"]

    assert len(problems) == 1
    assert "the certificate is not signed by an administrator" in problems[0]["message"]


@pytest.mark.parametrize("path", [STONE, CERTIFICATE, f"{CERTIFICATE}.sig"])
def test_papers_that_were_altered_after_a_real_purge_are_noticed(club: Club, path: str) -> None:
    club.run(*PURGE)
    file = club.root / path
    old, new = (b"2026-11-03", b"2026-11-02") if path != f"{CERTIFICATE}.sig" else (b"A", b"B")
    content = file.read_bytes()
    assert old in content
    file.write_bytes(content.replace(old, new, 1))
    club.commit_by_hand()

    rules = [one["rule"] for one in club.problems("verify")]

    assert rules == ["certificate"]


@pytest.mark.parametrize("gone", [CERTIFICATE, f"{CERTIFICATE}.sig"])
def test_papers_that_are_gone_are_missed(club: Club, gone: str) -> None:
    club.run(*PURGE)
    club.git("rm", "--quiet", gone)
    club.commit_by_hand()

    [problem] = club.problems("verify")

    assert problem["message"] == "the tombstone has no certificate"


def test_a_removed_tombstone_is_missed_by_its_fence(club: Club) -> None:
    club.run(*PURGE)
    club.git("rm", "-r", "--quiet", "tombstones")
    club.commit_by_hand()

    vanished, fence = club.problems("verify")

    assert (vanished["rule"], fence["rule"]) == ("vanished", "fence")
    assert "has no tombstone here" in fence["message"]


def test_a_record_that_is_put_back_stays_closed_and_is_refused(club: Club) -> None:
    club.run(*PURGE)
    club.git("checkout", "--quiet", "HEAD~2", "--", f"members/2026/0000/{WANG}.yaml")
    club.commit_by_hand("bring the member back")

    shown = club.json("show", WANG)

    assert shown["record"]["name"].startswith("enc:")
    club.run("update", WANG, "--set", "contact.mobile=13900139009", status=6)
    rules = {one["rule"] for one in club.problems("check")}
    assert "resurrected" in rules


def test_a_tombstone_in_the_wrong_form_is_a_finding_of_check_and_verify(club: Club) -> None:
    bury_by_hand(club)
    club.edit(STONE, "request: aaaaaaaaaaaaaaaa", "reason: quarrelled with the chair")
    club.commit_by_hand()

    assert [one["rule"] for one in club.problems("check")] == ["tombstone"]
    assert "tombstone" in {one["rule"] for one in club.problems("verify")}


@pytest.mark.parametrize("forged", ["nothing", "id", "id and uid"])
def test_the_papers_of_one_purge_do_not_pass_for_another(club: Club, forged: str) -> None:
    club.run(*PURGE)
    uid = club.uid(SHAN)
    stone = (club.root / STONE).read_text()
    if forged != "nothing":
        stone = stone.replace(WANG, SHAN)
    if forged == "id and uid":
        stone = re.sub(r"(?m)^uid: \S+$", f"uid: {uid}", stone)
    club.git("rm", "--quiet", f"members/2026/0000/{SHAN}.yaml")
    (club.root / STONE.replace(WANG, SHAN)).write_text(stone)
    for path in (CERTIFICATE, f"{CERTIFICATE}.sig"):
        (club.root / path.replace(WANG, SHAN)).write_bytes((club.root / path).read_bytes())
    club.commit_by_hand()

    problems = club.problems("verify")

    assert STONE.replace(WANG, SHAN) in {one["path"] for one in problems}
    assert len(shares_in(club.vault)) == 2
