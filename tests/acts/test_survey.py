"""Status, doctor, keys and vault: what state an archive and this machine are in."""

from __future__ import annotations

import pytest

from builders import WANG, Club, sign_next_key_list


def verdicts(club: Club, status: int | None = None) -> dict[str, str]:
    told = club.run("doctor", "--format", "json", status=status)
    return {one["subject"]: one["verdict"] for one in told.data["findings"]}


def test_all_is_well_but_that_nobody_else_reads_the_levels(club: Club) -> None:
    found = verdicts(club, status=0)

    assert found["archive"] == found["key list"] == found["vault"] == found["identity"] == "ok"
    assert {found[f"level {level}"] for level in ("internal", "confidential", "secret")} == {"warn"}


@pytest.mark.parametrize(
    ("subject", "damage"),
    [
        ("identity", 'rm "$IDENTITY"'),
        ("identity", 'chmod 644 "$IDENTITY"'),
        ("vault", 'chmod 755 "$VAULT"'),
        ("vault", 'mv "$VAULT" "$VAULT.away"'),
        ("vault", 'echo rubbish > "$VAULT/segments/x.txt"; chmod 600 "$VAULT/segments/x.txt"'),
        ("textconv cache", "git config diff.memberarc.cachetextconv true"),
        (
            "textconv cache",
            "git update-ref refs/notes/textconv/memberarc HEAD",
        ),
    ],
)
def test_what_is_wrong_fails_and_names_a_way_out(club: Club, subject: str, damage: str) -> None:
    import os
    import subprocess

    places = {"IDENTITY": str(club.identity), "VAULT": str(club.vault)}
    subprocess.run(["bash", "-ec", damage], cwd=club.root, env={**os.environ, **places}, check=True)

    told = club.run("doctor", "--format", "json", status=1)

    [found] = [one for one in told.data["findings"] if one["subject"] == subject]
    assert found["verdict"] == "fail"
    assert found["message"]
    assert told.envelope["status"] == "findings"


def test_outside_an_archive_the_machine_is_looked_at_all_the_same(club: Club) -> None:
    outside = Club(root=club.root.parent, home=club.home)

    assert verdicts(outside, status=0)["archive"] == "warn"


def test_the_doctor_says_nothing_secret(club: Club) -> None:
    told = club.run("doctor")

    assert "AGE-SECRET-KEY" not in told.stdout + told.stderr
    assert "王" not in told.stdout


def test_keys_are_listed_with_their_readers_and_whether_they_open_here(club: Club) -> None:
    keys = club.json("key", "list")["keys"]
    assert [(one["level"], one["epoch"], one["state"], one["recipients"]) for one in keys] == [
        ("internal", 1, "current", "admin"),
        ("confidential", 1, "current", "admin"),
        ("secret", 1, "current", "admin"),
    ]
    assert {one["at_hand"] for one in keys} == {True}

    club.identity.unlink()

    assert {one["at_hand"] for one in club.json("key", "list")["keys"]} == {False}


def test_a_newer_key_list_is_believed_and_remembered(club: Club) -> None:
    pin = club.home / "state" / "memberarc" / club.archive / "keys.yaml"
    assert "number: 1\n" in pin.read_text()

    sign_next_key_list(club)
    club.run("list")

    assert "number: 2\n" in pin.read_text()
    assert club.json("show", WANG)["record"]["name"] == "王小明"


def test_the_vault_counts_shares_and_fences(club: Club) -> None:
    [before] = club.json("vault", "status")["replicas"]
    club.run("purge", WANG, "--reason", "duplicate", "--confirm", WANG)
    [after] = club.json("vault", "status")["replicas"]

    assert (before["shares"], before["fences"], before["unfinished"]) == (3, 0, 0)
    assert (after["shares"], after["fences"], after["unfinished"]) == (2, 1, 0)
    assert after["directory"] == str(club.vault)


def test_a_policy_that_was_edited_and_not_committed_is_told_of(club: Club) -> None:
    club.edit("policy/reasons.yaml", r"\Z", "# asked by the board\n")
    scan = club.root.parent / "scan.pdf"
    scan.write_bytes(b"a page")
    told = "policy/reasons.yaml was changed and is not committed; the committed one counts"

    assert told in club.run("status").stderr
    added = ("document", "add", WANG, str(scan), "--level", "internal", "--title", "x")
    assert told in club.run(*added).stderr
    assert verdicts(club)["rules"] == "warn"
    club.commit_by_hand()
    assert "is not committed" not in club.run("status").stderr
    assert "rules" not in verdicts(club)


def test_somebody_without_a_signing_key_is_told_how_to_make_one(club: Club) -> None:
    club.signing_key.unlink()

    found = club.run("doctor", "--format", "json", status=None).data["findings"]

    [key] = [one for one in found if one["subject"] == "signing key"]
    assert key["fix"] == f"ssh-keygen -t ed25519 -f {club.signing_key}"


def test_who_has_no_vault_is_told_where_it_was_looked_for(club: Club) -> None:
    club.vault.rename(club.vault.with_name("elsewhere"))

    told = club.run("show", WANG).stderr

    assert f"there is no vault here: {club.vault}; memberarc vault add-replica DIR" in told


def test_an_archive_is_set_up_for_many_files_from_the_start(club: Club) -> None:
    settings = club.git("config", "--local", "--list")

    for line in (
        "feature.manyfiles=true",
        "maintenance.commit-graph.enabled=true",
        "fetch.writecommitgraph=true",
    ):
        assert line in settings
    assert (club.root / ".git" / "objects" / "info" / "commit-graph").exists()
    assert (club.root / ".git" / "index").read_bytes()[:8] == b"DIRC\0\0\0\4"


def test_the_doctor_sets_a_large_clone_up(club: Club) -> None:
    clone = club.clone(club.root.parent / "clone")
    assert verdicts(clone)["git settings"] == "ok"
    lines = ["commit refs/heads/main", "committer a <a@example.org> 0 +0000", "data 0"]
    lines += ["from refs/heads/main^0", "M 100644 inline members/1999/0000/A-1.yaml", "data 0"]
    empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
    lines += [f"M 100644 {empty} members/1999/{n // 100:04}/A-{n}.yaml" for n in range(2, 10_001)]
    clone.git("fast-import", "--quiet", stdin="\n".join([*lines, ""]))

    [told] = [one for one in clone.json("doctor")["findings"] if one["subject"] == "git settings"]
    fixed = clone.run("doctor", "--fix")

    assert (told["verdict"], told["fix"]) == ("warn", "memberarc doctor --fix")
    assert "feature.manyFiles" in told["message"]
    assert "set up in this clone: " in fixed.stderr
    assert verdicts(clone)["git settings"] == "ok"
    assert clone.git("config", "--local", "feature.manyFiles").strip() == "true"
    assert "set up in this clone" not in clone.run("doctor", "--fix").stderr
