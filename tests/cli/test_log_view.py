"""What people see of the log: on a terminal, in a pipe, and in their own zone."""

from __future__ import annotations

import os
import subprocess

from wcwidth import wcswidth

from builders import WANG, Club, run_as_process
from cli.running import ZONE, on_a_terminal


def test_no_line_of_the_log_is_wider_than_a_terminal_of_80(club: Club) -> None:
    club.run("update", "--where", "joined:*", "--set", "contact.wechat=club", "--confirm", "2")

    lines = on_a_terminal(club, "log", width_cells=80)

    assert max(map(wcswidth, lines)) <= 80
    assert lines[0].split() == ["time", "act", "member", "person", "fields", "commit"]
    assert any(WANG in line and club.head()[:12] not in line for line in lines)
    assert club.head()[:12] in lines[2]


def test_a_wide_terminal_and_a_pipe_get_the_whole_log(club: Club) -> None:
    wide = on_a_terminal(club, "log", width_cells=200)
    piped = run_as_process("log", cwd=club.root, COLUMNS="40", **ZONE).stdout.splitlines()

    assert wide == piped
    assert {"count", "reason"} < {*piped[0].split()}
    assert any("honours[a1b2].date, honours[a1b2].title" in line for line in piped)
    assert "…" not in "".join(piped)


def test_people_read_times_of_their_zone_and_machines_of_utc(club: Club) -> None:
    environment = {**os.environ, "GIT_COMMITTER_DATE": "2026-11-03T20:30:00Z"}
    club.edit(f"members/2026/0000/{WANG}.yaml", "status: active", "status: left")
    subprocess.run(
        ["git", "commit", "--quiet", "--all", "--message", "left"],
        cwd=club.root,
        env=environment,
        check=True,
    )

    def told(*words: str) -> str:
        return run_as_process("log", *words, cwd=club.root, **ZONE).stdout

    assert told(WANG).startswith("2026-11-04 04:30+08:00 by hand by ")
    assert "\n2026-11-04 04:30+08:00  by hand" in told()
    for form in ("json", "csv", "jsonl"):
        assert "2026-11-03T20:30:00Z" in told("--format", form)
