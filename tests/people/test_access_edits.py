"""A policy is edited for people without losing a word they wrote into it."""

from __future__ import annotations

import pytest

from memberarc.errors import PolicyError
from memberarc.formats.canonical_yaml import Node, write_yaml
from memberarc.formats.yaml_file import load_yaml
from memberarc.people.access import Role
from memberarc.people.access_edits import (
    Entrance,
    rewritten,
    with_entrance,
    without,
    without_person,
)

PATH = "policy/access.yaml"
POLICY = """\
# Who may what. Ask the board before you change it.
format: access/1

people:
  # the office
  - id: admin   # both of them
    roles: [administrator]
    signing_keys:
    - "ssh-ed25519 AAAAadmin"
    recipients:
    - age1admin

  # the branch in the east
  - id: zhang
    # until summer
    roles: [office]
    recipients: [age1zhang, age1laptop]

roles:
- id: administrator
  levels: [internal, confidential, secret]   # everything
  administrator: true
# reads names and numbers
- id: office
  levels: [internal]
"""


def read(content: bytes) -> dict[str, Node]:
    return load_yaml(content, path=PATH, comments="keep")


def edited(wanted: dict[str, Node], *, content: str = POLICY) -> str:
    written = rewritten(content.encode(), wanted=wanted, path=PATH)
    assert read(written) == wanted
    return written.decode()


def test_somebody_new_is_added_below_the_others_and_no_other_line_changes() -> None:
    entrance = Entrance(person="li", roles=("office",), recipients=("age1li",))

    text = edited(with_entrance(read(POLICY.encode()), entrance))

    added = "  - id: li\n    roles:\n      - office\n    recipients:\n      - age1li\n"
    assert text == POLICY.replace("\nroles:\n- id", f"{added}\nroles:\n- id").replace(
        f"age1laptop]\n\n{added}", f"age1laptop]\n{added}\n"
    )


def test_a_new_role_is_added_as_the_roles_there_are_indented() -> None:
    role = Role(id="recovery", levels=("secret",), recovery=True)
    entrance = Entrance(person="admin", roles=("recovery",), new_role=role)

    text = edited(with_entrance(read(POLICY.encode()), entrance))

    assert text.endswith("- id: recovery\n  levels:\n    - secret\n  recovery: true\n")
    assert (
        "  # both of them\n  - id: admin\n    roles:\n      - administrator\n      - recovery"
        in text
    )


def test_comments_within_a_changed_entry_stay_above_it() -> None:
    text = edited(
        without(read(POLICY.encode()), "zhang", roles=("office",), recipients=("age1laptop",))
    )

    assert (
        "  # the branch in the east\n  # until summer\n  - id: zhang\n    recipients:\n"
        "      - age1zhang\n" in text
    )


def test_who_leaves_takes_only_their_own_lines_along() -> None:
    text = edited(without_person(read(POLICY.encode()), "zhang"))

    assert "zhang" not in text
    assert "# the branch in the east" in text
    assert text.count("\n") == POLICY.count("\n") - 4


def test_a_policy_as_the_tool_wrote_it_stays_so() -> None:
    canonical = write_yaml(read(POLICY.encode())).decode()
    wanted = with_entrance(read(POLICY.encode()), Entrance(person="li", roles=("office",)))

    assert edited(wanted, content=canonical) == write_yaml(wanted).decode()


FLOW = 'people: [{id: admin, roles: [administrator], signing_keys: ["ssh-ed25519 AAAAadmin"]}]\n'
REST = "roles: [{id: administrator, administrator: true}]\nformat: access/1\n"


def test_another_layout_is_written_anew_unless_comments_would_be_lost() -> None:
    entrance = Entrance(person="li", signing_keys=("ssh-ed25519 AAAAli",))
    wanted = with_entrance(read((FLOW + REST).encode()), entrance)

    assert edited(wanted, content=FLOW + REST) == write_yaml(wanted).decode()
    with pytest.raises(PolicyError, match="losing comments") as caught:
        edited(wanted, content=f"# by the board\n{FLOW}{REST}")
    assert "memberarc key sign" in caught.value.hint


def test_nothing_to_change_changes_no_byte() -> None:
    assert edited(read(POLICY.encode())) == POLICY
