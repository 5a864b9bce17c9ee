"""Does a member answer a query, by which values and how well: pure, over what has been opened."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from memberarc.errors import QuerySyntaxError
from memberarc.formats.field_path import schema_path
from memberarc.formats.schema import Field
from memberarc.search.conditions import MET, WORDY, leaf_test, require_choice, words_of
from memberarc.search.fields import answers_words, fields_by_kind, role_of
from memberarc.search.folding import folded
from memberarc.search.query_tree import And, Condition, Not, Or, Query, Text
from memberarc.search.spaced_numbers import with_whole_numbers
from memberarc.search.words import Leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from memberarc.formats.field_path import FieldPath
    from memberarc.search.conditions import LeafTest
    from memberarc.search.entry import Entry
    from memberarc.search.fields import Role, SchemaEntry
    from memberarc.search.query_tree import Node
    from memberarc.search.words import Span, WordTest

_ORDERING: Final = ("<", "<=", ">", ">=", "..")
LeafNode: TypeAlias = Text | Condition
# None where a part does not hold; else how well, and by which values.
_Verdict: TypeAlias = "tuple[int, tuple[FieldPath, ...]] | None"
_Judge: TypeAlias = "Callable[[_Seen], _Verdict]"
_MEETS: _Verdict = (0, ())


class _Seen(NamedTuple):
    """What there is to judge a member by: values, and where others are that stay closed."""

    kind: str
    leaves: tuple[Leaf, ...]
    closed: tuple[FieldPath, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A member that answers, by the values at ``paths``; the better, the lower the ``key``."""

    key: tuple[int, str]
    paths: tuple[FieldPath, ...]


class Matcher:
    """A query made ready to be held against many members.

    ``root`` is the query as it is held against them.

    Args:
        kinds: for each kind of record its fields, and those containers whose labels may be used.

    Raises:
        QuerySyntaxError: it names a field that no record has, or a value no such field can have.
    """

    def __init__(self, query: Query, *, kinds: Mapping[str, Sequence[SchemaEntry]]) -> None:
        self._kinds = kinds
        self._known = {
            kind: {entry.path: entry for entry in entries if isinstance(entry, Field)}
            for kind, entries in kinds.items()
        }
        self._concerned: dict[LeafNode, dict[str, dict[FieldPath, Role]]] = {}
        self._words: list[tuple[LeafNode, tuple[WordTest, ...]]] = []
        self.root = with_whole_numbers(query.root) if query.root else None
        self._lacking = frozenset(_lacking(self.root) if self.root else ())
        self._judge = self._compiled(self.root) if self.root else lambda _seen: _MEETS
        self._wanted: dict[str, dict[FieldPath, Role]] = {kind: {} for kind in kinds}
        for concerned in self._concerned.values():
            for kind, roles in concerned.items():
                self._wanted[kind].update(roles)

    def match(self, entry: Entry) -> Match | None:
        """Tell whether a member answers, how well, and by which values."""
        closed = tuple(path for path, _ in entry.closed)
        verdict = self._judge(_Seen(entry.kind, self._leaves(entry), closed))
        if verdict is None:
            return None
        rank, paths = verdict
        return Match(key=(rank, entry.code), paths=tuple(dict.fromkeys(paths)))

    def spans(self, entry: Entry, match: Match) -> dict[FieldPath, tuple[Span, ...]]:
        """Tell which characters of the values that matched answer a word, for showing them."""
        found: dict[FieldPath, set[Span]] = defaultdict(set)
        for leaf in self._leaves(entry) if self._words and match.paths else ():
            for node, words in self._words if leaf.path in match.paths else ():
                role = self._concerned[node][entry.kind].get(leaf.field.path)
                if role and (isinstance(node, Text) or role in WORDY):
                    found[leaf.path].update(span for word in words for span in word.spans(leaf))
        return {path: _merged(spans) for path, spans in found.items() if spans}

    def fields(self, node: LeafNode, *, kind: str) -> tuple[Field, ...]:
        """Give the fields that one text or condition of the query looks into."""
        return tuple(self._known[kind][path] for path in self._concerned_by(node)[kind])

    @property
    def asks_sealed_values(self) -> bool:
        """Whether a condition asks for the values of fields that are sealed."""
        return any(
            self._known[kind][path].level != "open"
            for node, _ in self._asking
            for kind, roles in self._concerned[node].items()
            for path in roles
        )

    def unseen(self, closed: Iterable[FieldPath], *, kind: str) -> tuple[str, ...]:
        """Name the fields, as the query has them, whose values it asks for and that stay closed.

        A word is found or not among what is open, but whoever is to lack it may have it elsewhere.
        """
        paths = {schema_path(path) for path in closed}
        found = {
            name: None
            for node, name in self._asking
            if not paths.isdisjoint(self._concerned[node][kind])
        }
        return tuple(found)

    def wants(self, field: Field, *, kind: str) -> bool:
        """Tell whether the query looks into a field, which must be opened for it."""
        return field.path in self._wanted[kind]

    @property
    def _asking(self) -> Iterator[tuple[LeafNode, str]]:
        """Give what only values decide, and the name of the field that has them."""
        for node in self._concerned:
            if isinstance(node, Text):
                if node in self._lacking:
                    yield node, f"a field that -{node.value} looks into"
            elif node.operator != "present":
                yield node, node.field

    def _concerned_by(self, node: LeafNode) -> dict[str, dict[FieldPath, Role]]:
        """Find the fields that a text or condition looks into, by kind, with their roles."""
        if node in self._concerned:
            return self._concerned[node]
        if isinstance(node, Condition):
            fields = fields_by_kind(node.field, self._kinds, place=node.place)
        else:
            fields = {
                kind: tuple(field for field in known.values() if answers_words(field))
                for kind, known in self._known.items()
            }
        resolved = {
            kind: {field.path: role_of(field) for field in own} for kind, own in fields.items()
        }
        if isinstance(node, Condition) and node.operator in _ORDERING:
            _require_alike(node, fields)
        self._concerned[node] = resolved
        return resolved

    def _leaves(self, entry: Entry) -> tuple[Leaf, ...]:
        """Take those values of a member that the query looks into."""
        known, wanted, leaves = self._known[entry.kind], self._wanted[entry.kind], []
        for path, value in entry.leaves:
            field = known.get(path) or known.get(schema_path(path))
            if field is not None and (role := wanted.get(field.path)):
                text = str(value).lower() if isinstance(value, bool) else str(value)
                leaves.append(
                    Leaf(
                        path=path,
                        field=field,
                        role=role,
                        text=text,
                        folded=folded(text),
                        readings=entry.readings,
                    )
                )
        return tuple(leaves)

    def _compiled(self, node: Node) -> _Judge:
        if isinstance(node, And):
            return _all_of([self._compiled(part) for part in node.parts])
        if isinstance(node, Or):
            return _any_of([self._compiled(part) for part in node.parts])
        if isinstance(node, Not):
            shown = len(self._words)
            judge = self._compiled(node.part)
            del self._words[shown:]
            return lambda seen: _MEETS if judge(seen) is None else None
        if isinstance(node, Condition) and node.operator == "!=":
            is_there = replace(node, operator="present", values=())
            return self._compiled(And(parts=(is_there, Not(part=replace(node, operator="=")))))
        self._words.append((node, words_of(node)))
        tests = self._tests(node)
        is_presence = isinstance(node, Condition) and node.operator == "present"

        def judge_leaves(seen: _Seen) -> _Verdict:
            own, ranks = tests[seen.kind], {}
            for leaf in seen.leaves:
                test = own.get(leaf.field.path)
                if test and (rank := test(leaf)) is not None:
                    ranks[leaf.path] = rank
            for path in seen.closed if is_presence else ():
                if schema_path(path) in own:
                    ranks[path] = MET
            return (min(ranks.values()), tuple(ranks)) if ranks else None

        return judge_leaves

    def _tests(self, node: LeafNode) -> dict[str, dict[FieldPath, LeafTest]]:
        """Make the tests for each field; a value that fits no field at all is told."""
        concerned = self._concerned_by(node)
        by_role: dict[Role, LeafTest] = {}
        fault: QuerySyntaxError | None = None
        for role in dict.fromkeys(role for own in concerned.values() for role in own.values()):
            try:
                by_role[role] = leaf_test(node, role=role)
            except QuerySyntaxError as err:
                fault = fault or err
        if fault and not by_role:
            raise fault
        if isinstance(node, Condition) and {*by_role} == {"choice"}:
            fields = [self._known[kind][path] for kind in concerned for path in concerned[kind]]
            choices = [str(choice) for field in fields for choice in field.enum]
            require_choice(node, among=dict.fromkeys(choices))
        return {
            kind: {path: by_role[role] for path, role in fields.items() if role in by_role}
            for kind, fields in concerned.items()
        }


def _require_alike(condition: Condition, fields: Mapping[str, Sequence[Field]]) -> None:
    """Refuse to compare with days, amounts and texts at once: something is always the greater."""
    for own in fields.values():
        if len({role_of(field) for field in own}) > 1:
            name = condition.field
            labels = (one.name if name.isascii() else one.label_zh for one in own)
            raise QuerySyntaxError(
                f"{name} is several fields, of which none is compared like the others",
                place=condition.place,
                hint=f"ask for one of them: {', '.join(f'{name}.{label}' for label in labels)}",
            )


def _lacking(node: Node, *, inside: bool = False) -> Iterator[Text]:
    """Yield the words and phrases that those who answer must not have."""
    if isinstance(node, (And, Or)):
        for part in node.parts:
            yield from _lacking(part, inside=inside)
    elif isinstance(node, Not):
        yield from _lacking(node.part, inside=True)
    elif isinstance(node, Text) and inside:
        yield node


def _all_of(judges: Sequence[_Judge]) -> _Judge:
    def judge_all(seen: _Seen) -> _Verdict:
        total = 0
        paths: tuple[FieldPath, ...] = ()
        for judge in judges:
            verdict = judge(seen)
            if verdict is None:
                return None
            total, paths = total + verdict[0], paths + verdict[1]
        return total, paths

    return judge_all


def _any_of(judges: Sequence[_Judge]) -> _Judge:
    def judge_any(seen: _Seen) -> _Verdict:
        verdicts = [verdict for judge in judges if (verdict := judge(seen)) is not None]
        if not verdicts:
            return None
        return min(rank for rank, _ in verdicts), sum((paths for _, paths in verdicts), ())

    return judge_any


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Put spans in order, and join those that touch."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return tuple(merged)
