"""What check refuses, told with its place and without any key; and no command commits it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from builders import MOBILE, SHAN, WANG, ZENG, Club, add

RECORD = f"members/2026/0000/{WANG}.yaml"
OTHER = f"members/2026/0000/{SHAN}.yaml"


def value_in_clear(club: Club) -> None:
    club.edit(RECORD, r"(?<=  mobile: )enc:\S+", f'"{MOBILE}"')


def integer_in_clear(club: Club) -> None:
    club.edit(OTHER, r"(?m)^(?=name: )", "dues:\n  - id: a1b2\n    year: 2026\n")


def value_of_another_level(club: Club) -> None:
    club.edit(RECORD, r"(?m)(?<=^name: enc:m1\.)internal(?=\.1)", "confidential")


def value_of_an_epoch_nobody_made(club: Club) -> None:
    club.edit(RECORD, r"(?m)(?<=^name: enc:m1\.internal\.)1(?=:)", "2")


def value_of_another_suite(club: Club) -> None:
    club.edit(RECORD, r"(?m)(?<=^name: enc:)m1(?=\.)", "m2")


def value_that_is_no_base64(club: Club) -> None:
    club.edit(RECORD, r"(?m)(?<=^name: enc:m1\.internal\.1:).", "!")


def value_of_an_impossible_length(club: Club) -> None:
    club.edit(RECORD, r"(?m)(?<=^name: )enc:\S+$", "enc:m1.internal.1:AAAA")


def unknown_key(club: Club) -> None:
    club.edit(RECORD, r"(?m)^status: active$", "status: active\nnickname: x")


def missing_key(club: Club) -> None:
    club.edit(RECORD, r"(?m)^status: active\n", "")


def word_outside_its_list(club: Club) -> None:
    club.edit(RECORD, "status: active", "status: gone")


def key_twice(club: Club) -> None:
    club.edit(RECORD, r"(?m)^status: active$", "status: active\nstatus: left")


def no_yaml_at_all(club: Club) -> None:
    club.path(WANG).write_text("name: [\n")


def not_utf_8(club: Club) -> None:
    club.path(WANG).write_bytes(club.path(WANG).read_bytes() + b"branch: \xff\n")


def empty_file(club: Club) -> None:
    club.path(WANG).write_text("")


def alias(club: Club) -> None:
    club.edit(RECORD, "status: active", "status: &a active")


def kind_nobody_knows(club: Club) -> None:
    club.edit(RECORD, "kind: individual", "kind: robot")


def uid_twice(club: Club) -> None:
    club.edit(OTHER, r"(?m)^uid: \S+$", f"uid: {club.uid(WANG)}")


def code_twice(club: Club) -> None:
    target = club.root / "members" / "2026" / "0001" / f"{SHAN}.yaml"
    target.parent.mkdir()
    shutil.copy(club.path(SHAN), target)


def misplaced_file(club: Club) -> None:
    target = club.root / "members" / "2025" / "0000" / f"{SHAN}.yaml"
    target.parent.mkdir(parents=True)
    club.path(SHAN).rename(target)


def renamed_file(club: Club) -> None:
    club.path(SHAN).rename(club.path("M2026-000077"))


def stray_file(club: Club) -> None:
    (club.root / "members" / "2026" / "0000" / "notes.txt").write_text("x")


def backup_of_an_editor(club: Club) -> None:
    (club.root / "members" / "2026" / "0000" / f"{WANG}.yaml~").write_text("x")


def document_nobody_lists(club: Club) -> None:
    file = next((club.root / "documents").rglob("*.age"))
    file.with_name("zzzz.age").write_bytes(file.read_bytes())


def document_that_is_gone(club: Club) -> None:
    next((club.root / "documents").rglob("*.age")).unlink()


def lowered_level(club: Club) -> None:
    path = club.root / "schemas" / "individual.schema.json"
    schema = json.loads(path.read_text())
    schema["properties"]["contact"]["properties"]["mobile"]["x-level"] = "open"
    path.write_text(json.dumps(schema))


def schema_without_a_level(club: Club) -> None:
    path = club.root / "schemas" / "individual.schema.json"
    schema = json.loads(path.read_text())
    del schema["properties"]["name"]["x-level"]
    path.write_text(json.dumps(schema))


def schema_that_is_no_json(club: Club) -> None:
    (club.root / "schemas" / "individual.schema.json").write_text("{")


def ledger_row_of_nobody(club: Club) -> None:
    day = club.root / "ledger" / "2026" / "01" / "2026-01-03.csv"
    day.parent.mkdir(parents=True)
    header = "date,member,kind,amount,quantity,item,branch,channel,staff,ref\n"
    day.write_text(header + "2026-01-03,aaaaaaaaaaaaaaaa,purchase,10.00,,,,,,shop:1\n")


def ledger_of_another_day(club: Club) -> None:
    ledger_row_of_nobody(club)
    folder = club.root / "ledger" / "2026" / "01"
    (folder / "2026-01-03.csv").rename(folder / "2026-01-04.csv")


def ledger_with_a_name(club: Club) -> None:
    ledger_row_of_nobody(club)
    day = club.root / "ledger" / "2026" / "01" / "2026-01-03.csv"
    day.write_text(day.read_text().replace(",,,,,,shop", ",,王小明,,,,shop"))


def key_list_unsigned(club: Club) -> None:
    (club.root / "keys" / "keys.yaml.sig").unlink()


def key_list_with_a_garbled_signature(club: Club) -> None:
    path = club.root / "keys" / "keys.yaml.sig"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], lines[1][::-1], *lines[2:], ""]))


def key_list_changed_after_it_was_signed(club: Club) -> None:
    club.edit("keys/keys.yaml", "number: 1", "number: 2")


def key_list_garbled(club: Club) -> None:
    club.edit("keys/keys.yaml", "number: 1", "number: one")


def key_list_with_two_current_epochs(club: Club) -> None:
    path = club.root / "keys" / "keys.yaml"
    head, first, *others = path.read_text().split("\n  - ")
    again = first.replace("epoch: 1", "epoch: 2")
    path.write_text("\n  - ".join([head, first, again, *others]))


def level_key_that_is_gone(club: Club) -> None:
    next((club.root / "keys").glob("internal.*.age")).unlink()


def level_key_that_was_swapped(club: Club) -> None:
    internal = next((club.root / "keys").glob("internal.*.age"))
    secret = next((club.root / "keys").glob("secret.*.age"))
    internal.write_bytes(secret.read_bytes())


def manifest_without_a_vault(club: Club) -> None:
    club.edit("memberarc.yaml", r"(?m)^vault: \S+\n", "")


def policy_nobody_can_read(club: Club) -> None:
    club.edit("policy/access.yaml", "format: access/1", "format: access/9")


def reasons_nobody_can_read(club: Club) -> None:
    club.edit("policy/reasons.yaml", "format: reasons/1", "format: reasons/9")


def scheme_with_a_misspelt_measure(club: Club) -> None:
    text = (club.root / "policy" / "categories.yaml").read_text()
    place = text.index("measure: visits")
    changed = text[:place] + "measure: vists" + text[place + len("measure: visits") :]
    (club.root / "policy" / "categories.yaml").write_text(changed)


REFUSED: list[tuple[Callable[[Club], None], str, str]] = [
    (value_in_clear, RECORD, "clear-text"),
    (integer_in_clear, OTHER, "clear-text"),
    (value_of_another_level, RECORD, "other-level"),
    (value_of_an_epoch_nobody_made, RECORD, "sealed-value"),
    (value_of_another_suite, RECORD, "sealed-value"),
    (value_that_is_no_base64, RECORD, "sealed-value"),
    (value_of_an_impossible_length, RECORD, "sealed-value"),
    (unknown_key, RECORD, "unknown-property"),
    (missing_key, RECORD, "required"),
    (word_outside_its_list, RECORD, "enum"),
    (key_twice, RECORD, "duplicate-key"),
    (no_yaml_at_all, RECORD, ""),
    (not_utf_8, RECORD, ""),
    (empty_file, RECORD, ""),
    (alias, RECORD, "anchor"),
    (kind_nobody_knows, RECORD, "kind"),
    (uid_twice, OTHER, "duplicate"),
    (code_twice, f"members/2026/0001/{SHAN}.yaml", "place"),
    (misplaced_file, f"members/2025/0000/{SHAN}.yaml", "place"),
    (renamed_file, "members/2026/0000/M2026-000077.yaml", "place"),
    (stray_file, "members/2026/0000/notes.txt", "stray-file"),
    (backup_of_an_editor, f"members/2026/0000/{WANG}.yaml~", "stray-file"),
    (document_nobody_lists, "documents/", "reference"),
    (document_that_is_gone, RECORD, "reference"),
    (lowered_level, "schemas/individual.schema.json", "lowered-level"),
    (schema_without_a_level, "schemas/individual.schema.json", "schema"),
    (schema_that_is_no_json, "schemas/individual.schema.json", "schema"),
    (ledger_row_of_nobody, "ledger/2026/01/2026-01-03.csv", "reference"),
    (ledger_of_another_day, "ledger/2026/01/2026-01-04.csv", ""),
    (ledger_with_a_name, "ledger/2026/01/2026-01-03.csv", ""),
    (key_list_unsigned, "keys/keys.yaml", "unsigned-key-list"),
    (key_list_with_a_garbled_signature, "keys/keys.yaml", "unsigned-key-list"),
    (key_list_changed_after_it_was_signed, "keys/keys.yaml", "unsigned-key-list"),
    (key_list_garbled, "keys/keys.yaml", "key-list"),
    (key_list_with_two_current_epochs, "keys/keys.yaml", "current-epoch"),
    (level_key_that_is_gone, "keys/keys.yaml", "level-key"),
    (level_key_that_was_swapped, "keys/keys.yaml", "level-key"),
    (manifest_without_a_vault, "memberarc.yaml", "manifest"),
    (policy_nobody_can_read, "policy/access.yaml", "policy"),
    (reasons_nobody_can_read, "policy/reasons.yaml", "policy"),
    (scheme_with_a_misspelt_measure, "policy/categories.yaml", ""),
]
IDS = [damage.__name__ for damage, *_ in REFUSED]


@pytest.mark.parametrize(("damage", "path", "rule"), REFUSED, ids=IDS)
def test_check_refuses(club: Club, damage: Callable[[Club], None], path: str, rule: str) -> None:
    damage(club)
    club.identity.unlink()

    problems = club.problems("check")

    found = [one for one in problems if one["path"].startswith(path)]
    assert found, problems
    assert not rule or rule in {one["rule"] for one in found}, found
    assert MOBILE not in str(problems)


@pytest.mark.parametrize(("damage", "path", "rule"), REFUSED, ids=IDS)
def test_check_staged_refuses_the_same_once_it_is_staged(
    club: Club, damage: Callable[[Club], None], path: str, rule: str
) -> None:
    damage(club)
    assert club.problems("check", "--staged") == []
    told = {(one["path"], one["rule"]) for one in club.problems("check")}
    club.git("add", "--all")

    staged = {(one["path"], one["rule"]) for one in club.problems("check", "--staged")}

    assert staged == told


@pytest.mark.parametrize(("damage", "path", "rule"), REFUSED, ids=IDS)
def test_committed_it_is_found_by_verify_which_never_breaks_off(
    club: Club, damage: Callable[[Club], None], path: str, rule: str
) -> None:
    damage(club)
    club.commit_by_hand()

    told = club.run("verify", "--format", "json", status=None)

    assert told.status in (1, 5, 6), told
    if told.status == 1:
        assert [one for one in told.envelope["problems"] if one["path"].startswith(path)]


def test_a_flaw_is_told_as_path_line_column_rule_and_message(club: Club) -> None:
    value_in_clear(club)

    told = club.run("check", status=1)

    line = club.text(WANG).splitlines().index(f'  mobile: "{MOBILE}"') + 1
    assert told.stdout == (
        f"{RECORD}:{line}:11: clear-text: mobile must be sealed: level internal\n"
    )
    assert told.stderr.splitlines() == [
        "16 files checked, 1 problem",
        f"next: memberarc encrypt {RECORD}",
    ]


def test_one_flaw_does_not_look_like_many(club: Club) -> None:
    value_in_clear(club)
    word_outside_its_list(club)

    assert {one["path"] for one in club.problems("check")} == {RECORD}


def test_only_the_paths_named_are_judged(club: Club) -> None:
    value_in_clear(club)
    stray_file(club)

    assert club.problems("check", OTHER) == []
    assert [one["path"] for one in club.problems("check", RECORD)] == [RECORD]
    assert len(club.problems("check", "members")) == 2
    assert len(club.problems("check", str(club.root / "members"))) == 2
    for path in ("nowhere", "members/nowhere.yaml"):
        club.run("check", path, status=8)
    for path in ("../club/memberarc.yaml", "/etc/hostname", ".."):
        club.run("check", path, status=None)
    assert "outside the archive" in club.run("check", "/etc/hostname", status=8).stderr


def test_the_examples_of_a_fresh_archive_are_all_well(empty_club: Club) -> None:
    assert empty_club.problems("check") == []
    assert empty_club.problems("check", "--staged") == []
    assert empty_club.problems("verify") == []


@pytest.mark.parametrize(
    "words",
    [
        ("add", "--set", "name=李四"),
        ("update", WANG, "--set", "status=left"),
        ("document", "add", WANG, "memberarc.yaml", "--level", "secret", "--title", "x"),
    ],
)
def test_what_check_refuses_no_command_commits(club: Club, words: tuple[str, ...]) -> None:
    """A schema that forbids what it allowed makes every record that is written a flaw."""
    path = club.root / "schemas" / "individual.schema.json"
    schema = json.loads(path.read_text())
    schema["properties"]["status"]["enum"] = ["lapsed"]
    path.write_text(json.dumps(schema, ensure_ascii=False))
    club.commit_by_hand("forbid")
    before = club.head()

    told = club.run(*words, "--format", "json", status=1)

    assert told.envelope["error"]["code"] == "invalid-record"
    assert club.head() == before
    assert club.git("status", "--porcelain") == ""


def test_a_raised_level_is_no_flaw_of_the_schema_but_of_what_was_sealed_lower(club: Club) -> None:
    path = club.root / "schemas" / "individual.schema.json"
    schema = json.loads(path.read_text())
    schema["properties"]["contact"]["properties"]["mobile"]["x-level"] = "secret"
    path.write_text(json.dumps(schema, ensure_ascii=False))

    problems = club.problems("check")

    assert {(one["path"], one["pointer"]) for one in problems} == {
        (RECORD, "contact.mobile"),
        (OTHER, "contact.mobile"),
        (f"members/2026/0000/{ZENG}.yaml", "contact.mobile"),
    }


def test_a_field_an_archive_added_is_checked_like_any_other(club: Club) -> None:
    path = club.root / "schemas" / "individual.schema.json"
    schema = json.loads(path.read_text())
    label = {"en": "shoe size", "zh": "鞋码"}
    schema["properties"]["shoe_size"] = {"type": "integer", "x-level": "internal", "x-label": label}
    path.write_text(json.dumps(schema, ensure_ascii=False))
    club.commit_by_hand("add a field")

    code = add(club, name="李四", shoe_size="43")

    assert re.search(r"(?m)^shoe_size: enc:m1\.internal\.1:", club.text(code))
    assert club.problems("check") == []
    assert club.json("show", code)["record"]["shoe_size"] == 43


def test_a_symbolic_link_is_not_followed_out_of_the_archive(club: Club, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("name: 王小明\n")
    (club.root / "members" / "2026" / "0000" / "M2026-000050.yaml").symlink_to(
        tmp_path / "outside.yaml"
    )

    assert club.problems("check")
