"""The stand-alone reader against an archive the command line wrote, before and after a purge."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from builders import MOBILE, SHAN, WANG, ZENG, Club

READER = Path(__file__).parents[2] / "docs" / "reader.py"


def read(club: Club, *code: str, vault: Path | None = None) -> tuple[list[dict[str, Any]], str]:
    """Run the reader with the identity that opens every level."""
    done = subprocess.run(
        [sys.executable, READER, club.root, vault or club.vault, club.identity, *code],
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr


def test_the_reader_opens_every_record_as_memberarc_shows_it(club: Club) -> None:
    records, told = read(club)

    shown = [club.json("show", code)["record"] for code in (WANG, SHAN, ZENG)]
    assert records == shown
    assert told == ""


def test_the_reader_opens_list_items_and_the_entry_of_a_document(club: Club) -> None:
    [record], _ = read(club, WANG)

    assert record["contact"]["mobile"] == MOBILE
    assert record["honours"] == [{"id": "a1b2", "date": "2026-07-01", "title": "抗洪救灾先进个人"}]
    [entry] = record["documents"]
    assert (entry["title"], entry["file_name"]) == ("身份证复印件", "scan.pdf")
    assert entry["level"] == "confidential"


def test_the_reader_opens_saved_searches_and_none_that_was_removed(
    club: Club, tmp_path: Path
) -> None:
    sealed = club.run("segment", "save", "小明一家", "小明 joined<2026", "--columns", "id").stdout
    club.run("segment", "save", "active", "status:active", "--level", "open")
    uid, early = sealed.strip(), club.clone(tmp_path / "early")

    records, told = read(club)

    *members, first, second = records
    assert [one["id"] for one in members] == [WANG, SHAN, ZENG]
    found = {one["name"] if "name" in one else one["search"]["name"] for one in (first, second)}
    assert found == {"小明一家", "active"}
    search = {"name": "小明一家", "query": "小明 joined<2026", "columns": ["id"]}
    assert read(club, uid)[0][0]["search"] == search
    assert told == ""
    club.run("segment", "remove", uid, "--yes")
    [closed], told = read(early, uid)
    assert closed["search"].startswith("enc:m1.")
    assert f"{uid}: no share in this vault" in told
    assert read(club, uid) == ([], "")


def test_after_a_purge_the_reader_opens_nothing_of_the_member_in_any_clone(
    club: Club, tmp_path: Path
) -> None:
    early = club.clone(tmp_path / "early")
    [before], _ = read(early, WANG)
    kept = tmp_path / "vault-backup"
    shutil.copytree(club.vault, kept)

    club.run("purge", WANG, "--reason", "member_request", "--confirm", WANG)

    [after], told = read(early, WANG)
    stored = early.text(WANG)
    assert before["name"] == "王小明"
    assert after["name"] in stored
    assert sealed_values(after) == stored.count("enc:m1.") > 0
    assert f"{WANG}: no share in this vault" in told
    assert read(club, WANG) == ([], "")
    assert read(early, SHAN)[0][0]["name"] == "单雄信"
    # What the page on security says of backups: a vault copied before still opens the member.
    assert read(early, WANG, vault=kept)[0] == [before]


def sealed_values(node: Any) -> int:
    """Count the values that are still sealed."""
    if isinstance(node, dict):
        return sum(map(sealed_values, node.values()))
    if isinstance(node, list):
        return sum(map(sealed_values, node))
    return isinstance(node, str) and node.startswith("enc:m1.")
