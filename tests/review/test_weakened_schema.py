"""Whoever can push a schema cannot turn sealing off with it."""

from __future__ import annotations

import json

import pytest

from builders import MOBILE, WANG, Club


def weaken(club: Club, *, profile: str = "general") -> None:
    path = club.root / "schemas" / "individual.schema.json"
    schema = json.loads(path.read_text())
    schema["properties"]["name"]["x-level"] = "open"
    schema["properties"]["contact"]["properties"]["mobile"]["x-level"] = "open"
    schema["x-profile"] = profile
    path.write_text(json.dumps(schema, ensure_ascii=False, indent=2) + "\n")


@pytest.mark.parametrize("profile", ["general", "custom"])
@pytest.mark.parametrize(
    "words",
    [
        ("add", "--set", "name=李四"),
        ("add", "--set", "name=李四", "--dry-run"),
        ("update", WANG, "--set", "branch=west"),
        ("encrypt",),
        ("list",),
        ("search", "王"),
        ("show", WANG),
        ("verify",),
        ("document", "list", WANG),
    ],
    ids=" ".join,
)
def test_under_a_lowered_level_nothing_is_written_or_opened(
    club: Club, words: tuple[str, ...], profile: str
) -> None:
    weaken(club, profile=profile)
    head = club.commit_by_hand()

    outcome = club.run(*words, status=5)

    assert "name is open, shipped as internal" in outcome.stderr
    assert club.head() == head


@pytest.mark.parametrize("profile", ["general", "custom"])
def test_check_tells_of_lowered_levels_whatever_the_profile_is_called(
    club: Club, profile: str
) -> None:
    weaken(club, profile=profile)

    told = {one["pointer"] for one in club.problems("check") if one["rule"] == "lowered-level"}

    assert told == {"name", "contact.mobile"}


def test_check_tells_of_a_schema_that_names_another_kind(club: Club) -> None:
    path = "schemas/individual.schema.json"
    club.edit(path, '"x-kind": "individual"', '"x-kind": "organisation"')

    assert [(one["path"], one["rule"]) for one in club.problems("check")] == [(path, "schema-kind")]


def test_verify_finds_what_was_committed_in_clear_under_a_lowered_schema(club: Club) -> None:
    schema = (club.root / "schemas" / "individual.schema.json").read_text()
    record = club.text(WANG)
    weaken(club)
    club.edit(f"members/2026/0000/{WANG}.yaml", r"(?<=  mobile: )enc:\S+", f'"{MOBILE}"')
    weak = club.commit_by_hand()
    dropped = json.loads(schema)
    del dropped["properties"]["contact"]["properties"]["mobile"]
    (club.root / "schemas" / "individual.schema.json").write_text(json.dumps(dropped))
    lines = [line for line in record.splitlines(keepends=True) if "  mobile: " not in line]
    club.path(WANG).write_text("".join(lines))
    club.commit_by_hand()

    told = club.problems("verify")

    place = f"members/2026/0000/{WANG}.yaml@{weak[:12]}"
    assert (place, "clear-text", "contact.mobile") in {
        (one["path"], one["rule"], one["pointer"]) for one in told
    }
