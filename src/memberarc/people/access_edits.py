"""Edit an access policy for people: put somebody in, take somebody out, keep every comment.

The file belongs to people, who write it by hand. What does not change keeps its bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, cast

from memberarc.errors import InvalidRecordError, PolicyError
from memberarc.formats.canonical_yaml import write_yaml
from memberarc.formats.yaml_file import load_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from memberarc.formats.canonical_yaml import Node
    from memberarc.people.access import Role

_Entry = dict[str, "Node"]
# No scalar of a policy may hold a number sign, so each one begins a comment.
_COMMENT: Final = re.compile(r"#.*")
_LISTS: Final = ("people", "roles")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """What a person gets: roles, keys, and a role that is new with it."""

    person: str
    roles: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    signing_keys: tuple[str, ...] = ()
    new_role: Role | None = None


def with_entrance(policy: Mapping[str, Node], entrance: Entrance) -> dict[str, Node]:
    """Put a person into a policy, or give one that is there more."""
    people, roles = _entries(policy, "people"), _entries(policy, "roles")
    if entrance.new_role is not None:
        roles = [*roles, _role_entry(entrance.new_role)]
    before = next((one for one in people if one["id"] == entrance.person), None)
    person: _Entry = {"id": entrance.person}
    person |= {key: value for key, value in (before or {}).items() if value != []}
    for key, added in (
        ("roles", entrance.roles),
        ("signing_keys", entrance.signing_keys),
        ("recipients", entrance.recipients),
    ):
        if listed := dict.fromkeys([*_words(person, key), *added]):
            person[key] = [*listed]
    people = [person if one is before else one for one in people]
    if before is None:
        people = [*people, person]
    return {**policy, "people": [*people], "roles": [*roles]}


def without_person(policy: Mapping[str, Node], person: str) -> dict[str, Node]:
    """Take a person out of a policy."""
    people = [one for one in _entries(policy, "people") if one["id"] != person]
    return {**policy, "people": [*people]}


def without(
    policy: Mapping[str, Node], person: str, *, roles: Sequence[str], recipients: Sequence[str]
) -> dict[str, Node]:
    """Take roles and recipients from a person who stays."""
    people: list[Node] = []
    for one in _entries(policy, "people"):
        entry = dict(one)
        if one["id"] == person:
            for key, gone in (("roles", roles), ("recipients", recipients)):
                entry[key] = [name for name in _words(one, key) if name not in gone]
            entry = {key: value for key, value in entry.items() if value != []}
        people.append(entry)
    return {**policy, "people": people}


def rewritten(content: bytes, *, wanted: Mapping[str, Node], path: str) -> bytes:
    """Write a policy anew with other people and roles, and keep all else of its text.

    Comments within an entry that changes move above it.

    Raises:
        PolicyError: its lines are laid out in another way, and comments would be lost.
    """
    if load_yaml(content, path=path, comments="keep") == wanted:
        return content
    text = content.decode()
    for key in _LISTS:
        text = _with_list(text, key, _entries(wanted, key), path=path)
    if _same(text.encode(), wanted, path=path):
        return text.encode()
    if not _COMMENT.search(content.decode()):
        return write_yaml(wanted)
    raise PolicyError(
        "the policy is laid out in a way that cannot be edited here without losing comments",
        where=path,
        hint=f"edit {path} by hand, then memberarc key sign",
    )


def _same(content: bytes, wanted: Mapping[str, Node], *, path: str) -> bool:
    try:
        return load_yaml(content, path=path, comments="keep") == wanted
    except InvalidRecordError:
        return False


def _with_list(text: str, key: str, wanted: Sequence[_Entry], *, path: str) -> str:
    """Put entries of one top-level list in the place of those with the same id."""
    lines = text.splitlines(keepends=True)
    before = {
        str(one["id"]): one
        for one in _entries(load_yaml(text.encode(), path=path, comments="keep"), key)
    }
    places = _places(lines, key)
    if len(places) != len(before):
        return text  # in another layout; whoever called notices that nothing has changed
    after = {str(one["id"]): one for one in wanted}
    parts: list[str] = []
    done = 0
    for (start, end, indent), (name, entry) in zip(places, before.items(), strict=True):
        parts += lines[done:start]
        done = end
        if after.get(name) == entry:
            parts += lines[start:end]
        elif name in after:
            comments = _COMMENT.findall("".join(lines[start:end]))
            parts += [f"{' ' * indent}{comment}\n" for comment in comments]
            parts += _lines_of(after[name], indent=indent)
    for name, entry in after.items():
        if name not in before:
            parts += _lines_of(entry, indent=places[-1][2])
    return "".join([*parts, *lines[done:]])


def _places(lines: Sequence[str], key: str) -> list[tuple[int, int, int]]:
    """Find the entries of a top-level list in block style: first line, line behind, indentation."""
    heads = [at for at, line in enumerate(lines) if re.match(rf"{key}:\s*(?:#.*)?$", line)]
    places: list[tuple[int, int, int]] = []
    if not heads:
        return places
    for at, line in enumerate(lines[heads[0] + 1 :], start=heads[0] + 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip(" "))
        dash = places[0][2] if places else indent
        if indent == dash and bare.startswith("- "):
            places.append((at, at + 1, indent))
        elif places and indent > dash:
            start, _, dash = places[-1]
            places[-1] = (start, at + 1, dash)
        else:
            break
    return places


def _lines_of(entry: _Entry, *, indent: int) -> list[str]:
    _, *lines = write_yaml({"entries": [entry]}).decode().splitlines(keepends=True)
    return [" " * indent + line.removeprefix("  ") for line in lines]


def _role_entry(role: Role) -> _Entry:
    entry: _Entry = {"id": role.id}
    if role.levels:
        entry["levels"] = [*role.levels]
    return entry | {flag: True for flag in ("administrator", "recovery") if getattr(role, flag)}


def _words(entry: _Entry, key: str) -> list[str]:
    return cast("list[str]", entry.get(key, []))


def _entries(policy: Mapping[str, Node], key: str) -> list[_Entry]:
    """Take a list of a policy that ``parse_access`` has accepted."""
    return cast("list[_Entry]", policy.get(key, []))
