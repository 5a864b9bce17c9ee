"""Read YAML that people wrote, and refuse what would be lost or could mean two things.

A problem names a rule of ``yaml_flaws.YAML_RULES``, the closed list:
size, encoding, bom, control, tab, syntax, empty, root, documents, directive, comment; anchor,
alias, tag, depth, nested-list; key, unquoted-key, complex-key, merge-key, duplicate-key;
null, unquoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from memberarc.formats.canonical_yaml import KEY, MAX_DEPTH, RECORD_LIMIT_BYTES, RESERVED_WORDS
from memberarc.formats.field_path import item_step, path_text
from memberarc.formats.plain_scalars import Unclear, read_plain
from memberarc.formats.positions import Place, Positions
from memberarc.formats.yaml_flaws import yaml_flaw
from memberarc.formats.yaml_text import UnreadableError, decode_text, find_comments

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

    from memberarc.errors import Problem
    from memberarc.formats.canonical_yaml import Node, Scalar
    from memberarc.formats.field_path import FieldPath
    from memberarc.formats.positions import LineColumn

Comments: TypeAlias = Literal["refuse", "keep"]
"""``keep``: the caller leaves the file as it is, so that no comment is lost."""

_TOP = (1, 1)
# A parser's own words, never a piece of the file: at most one indicator stands in quotes.
_SAFE_WORDS = re.compile(r"[a-z<> ,-]+(?:'[]\[{}:?,-]')?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parsed:
    """What a file says and what is wrong with it; with problems the value is incomplete."""

    value: dict[str, Node]
    positions: Positions
    problems: tuple[Problem, ...]


def parse_strict(
    content: bytes,
    *,
    path: str,
    comments: Comments = "refuse",
    free_keys: bool = False,
    limit_bytes: int = RECORD_LIMIT_BYTES,
) -> Parsed:
    """Read YAML strictly, with every flaw that can be told and the place of each node.

    Args:
        free_keys: take any text as a key, as a person's own mapping file needs.
    """
    builder = _Builder(path=path, free_keys=free_keys)
    try:
        text = decode_text(content, path=path, limit_bytes=limit_bytes)
        builder.read(text)
        if comments == "refuse":
            for at in find_comments(text, builder.scalars):
                builder.report("comment", at)
    except UnreadableError as err:
        builder.problems.append(err.problem)
    return Parsed(
        value=builder.value,
        positions=Positions(root=builder.root),
        problems=tuple(sorted(builder.problems, key=lambda flaw: (flaw.line, flaw.column))),
    )


class _Builder:
    """Builds values and places out of the events of one file."""

    def __init__(self, *, path: str, free_keys: bool) -> None:
        self.value: dict[str, Node] = {}
        self.root = Place(at=_TOP, key_at=_TOP)
        self.problems: list[Problem] = []
        self.scalars: list[tuple[int, int]] = []
        self._path = path
        self._free_keys = free_keys
        self._depth = 0  # a key that is no text nests, too, and adds nothing to the path
        self._text = ""
        self._events: Iterator[yaml.Event] = iter(())

    def report(
        self, rule: str, at: LineColumn, *, pointer: FieldPath = (), subject: str = ""
    ) -> None:
        flaw = yaml_flaw(rule, path=self._path, at=at, pointer=pointer, subject=subject)
        self.problems.append(flaw)

    def _unreadable(self, rule: str, at: LineColumn, *, subject: str = "") -> UnreadableError:
        return UnreadableError(yaml_flaw(rule, path=self._path, at=at, subject=subject))

    def read(self, text: str) -> None:
        """Read the one document of a file into `value` and `root`."""
        import yaml

        self._text = text
        self._events = yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        try:
            self._read_document()
        except yaml.MarkedYAMLError as err:
            mark = err.problem_mark
            at = (mark.line + 1, mark.column + 1) if mark else _TOP
            words = f": {err.problem}" if _SAFE_WORDS.fullmatch(err.problem or "") else ""
            raise self._unreadable("syntax", at, subject=words) from err
        except (ValueError, OverflowError) as err:
            # PyYAML's own parser, unlike libyaml, takes escapes of what is no character.
            raise self._unreadable("syntax", _TOP) from err

    def _read_document(self) -> None:
        import yaml

        next(self._events)
        start = next(self._events)
        if not isinstance(start, yaml.DocumentStartEvent):
            raise self._unreadable("empty", _TOP)
        if start.version or start.tags:
            self.report("directive", _at(start))
        event = next(self._events)
        if not isinstance(event, yaml.MappingStartEvent):
            raise self._unreadable("root", _at(event))
        self.root = Place(at=_at(event), key_at=_at(event))
        self.value = self._read_mapping(event, (), self.root)
        next(self._events)
        if not isinstance(following := next(self._events), yaml.StreamEndEvent):
            self.report("documents", _at(following))

    def _read_node(self, event: yaml.Event, path: FieldPath, place: Place) -> Node | None:
        import yaml

        if isinstance(event, yaml.ScalarEvent):
            return self._read_scalar(event, path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._read_mapping(event, path, place)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._read_list(event, path, place)
        self.report("alias", _at(event), pointer=path)
        return None

    def _read_mapping(
        self, start: yaml.MappingStartEvent, path: FieldPath, place: Place
    ) -> dict[str, Node]:
        import yaml

        self._enter(start, path)
        mapping: dict[str, Node] = {}
        while not isinstance(key_event := next(self._events), yaml.MappingEndEvent):
            key = self._read_key(key_event, path)
            event = next(self._events)
            inner = Place(at=_at(event), key_at=_at(key_event))
            inner_path = path if key is None else (*path, key)
            node = self._read_node(event, inner_path, inner)
            if key is None:
                continue
            if key in place.children:
                first, second = place.children[key].key_at[0], inner.key_at[0]
                subject = f"{key!r} stands twice, on lines {first} and {second}"
                self.report("duplicate-key", inner.key_at, pointer=inner_path, subject=subject)
                continue
            place.children[key] = inner
            if node is not None:
                mapping[key] = node
        self._depth -= 1
        return mapping

    def _read_list(
        self, start: yaml.SequenceStartEvent, path: FieldPath, place: Place
    ) -> list[Node]:
        import yaml

        self._enter(start, path)
        items: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            step = f"[{len(items)}]"
            inner = Place(at=_at(event), key_at=_at(event))
            if isinstance(event, yaml.SequenceStartEvent):
                self.report("nested-list", inner.at, pointer=path)
            node = self._read_node(event, (*path, step), inner)
            if node is not None:
                place.children[step] = inner
                place.children.setdefault(item_step(node, index=len(items)), inner)
                items.append(node)
        self._depth -= 1
        return items

    def _enter(
        self, start: yaml.MappingStartEvent | yaml.SequenceStartEvent, path: FieldPath
    ) -> None:
        self._refuse_properties(start, path)
        if self._depth >= MAX_DEPTH:
            raise self._unreadable("depth", _at(start), subject=str(MAX_DEPTH))
        self._depth += 1

    def _read_key(self, event: yaml.Event, path: FieldPath) -> str | None:
        """Read a key; None if its value has no name to be kept under."""
        import yaml

        at = _at(event)
        if not isinstance(event, yaml.ScalarEvent):
            self.report("complex-key", at, pointer=path)
            self._read_node(event, path, Place(at=at, key_at=at))
            return None
        self._note_scalar(event)
        self._refuse_properties(event, path)
        key = event.value
        if key == "<<" and not event.style:
            self.report("merge-key", at, pointer=path)
            return None
        if self._free_keys:
            if not event.style and not isinstance(read_plain(key), str):
                self.report("unquoted-key", at, pointer=path, subject=repr(key))
        elif not KEY.fullmatch(key) or key in RESERVED_WORDS:
            self.report("key", at, pointer=path, subject=repr(key))
        return key

    def _read_scalar(self, event: yaml.ScalarEvent, path: FieldPath) -> Scalar | None:
        self._note_scalar(event)
        self._refuse_properties(event, path)
        if event.style:
            return event.value
        value = read_plain(event.value)
        if value is Unclear.NULL:
            self.report("null", _at(event), pointer=path, subject=path_text(path))
            return None
        if value is Unclear.NOT_TEXT:
            self.report("unquoted", _at(event), pointer=path, subject=path_text(path))
            return event.value
        return value

    def _refuse_properties(
        self,
        event: yaml.ScalarEvent | yaml.MappingStartEvent | yaml.SequenceStartEvent,
        path: FieldPath,
    ) -> None:
        if event.anchor is not None:
            self.report("anchor", _at(event), pointer=path)
        if event.tag is not None:
            self.report("tag", _at(event), pointer=path)

    def _note_scalar(self, event: yaml.ScalarEvent) -> None:
        assert event.start_mark is not None
        assert event.end_mark is not None
        start, end = event.start_mark.index, event.end_mark.index
        if event.style in ("|", ">"):
            # The rest of the line with the indicator is no text, and may hold a comment.
            start = self._text.find("\n", start, end)
        self.scalars.append((start, end))
        event.value.encode()  # raises ValueError for a lone surrogate


def _at(event: yaml.Event) -> LineColumn:
    assert event.start_mark is not None
    return event.start_mark.line + 1, event.start_mark.column + 1
