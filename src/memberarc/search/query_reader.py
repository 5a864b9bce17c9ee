"""Read a query by recursive descent.

The grammar stands in docs/query.md. A sign typed by a Chinese input method means what the ASCII
sign does; within quotation marks nothing but the backslash means anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NoReturn, cast

from memberarc.errors import QuerySyntaxError
from memberarc.search.query_signs import (
    CLOSING_MARKS,
    COMMA,
    ESCAPED,
    FIELD,
    HALF_WIDTH,
    KEYWORDS,
    LIST_OPENING,
    LIST_SIGN,
    OPERATOR,
    OPERATOR_SIGNS,
    RANGE,
    VALUE,
    WORD,
)
from memberarc.search.query_tree import Condition, Not, Text, both, either

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from memberarc.search.query_tree import Node, Operator

DEEPEST_QUERY: Final = 40


def read_node(text: str) -> Node | None:
    """Read a query; None if there is nothing in it.

    Raises:
        QuerySyntaxError: it cannot be read.
    """
    return _Reader(text).read()


class _Reader:
    """Reads a query by recursive descent; ``at`` is the place of the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.signs = text.translate(HALF_WIDTH)
        self.at = self.term_at = 0
        self.depth = 0

    def read(self) -> Node | None:
        if not self.signs.strip():
            return None
        root = self._either()
        if self.at < len(self.signs):
            self._refuse("a parenthesis is closed that was not opened")
        return root

    def _either(self) -> Node:
        parts = [self._all()]
        while self._take_keyword("OR"):
            parts.append(self._all())
        return either(parts)

    def _all(self) -> Node:
        parts = [self._one()]
        while True:
            if not self._take_keyword("AND") and (self._ends() or self._keyword() == "OR"):
                return both(parts)
            parts.append(self._one())

    def _one(self) -> Node:
        """Read one term, negated or not."""
        if self._ends() or self._keyword() in ("OR", "AND"):
            self._refuse("a term is missing here", hint="put OR and AND in quotes to look for them")
        if self._take_keyword("NOT"):
            return self._nested(self._negated)
        if self._next() == "-":
            self.at += 1
            if self._next().isspace():
                self._refuse("a minus sign stands right before what it excludes")
            if self._next() == "-":
                self._refuse(
                    "no word begins with two minus signs",
                    at=self.at - 1,
                    hint="options stand before --: memberarc search --count -- -status:left; put"
                    " the word in quotes to look for it",
                )
            return self._nested(self._negated)
        return self._nested(self._group) if self._next() == "(" else self._term()

    def _nested(self, read: Callable[[], Node]) -> Node:
        self.depth += 1
        if self.depth > DEEPEST_QUERY:
            self._refuse(f"the query is nested more than {DEEPEST_QUERY} deep")
        node = read()
        self.depth -= 1
        return node

    def _negated(self) -> Node:
        return Not(part=self._one())

    def _group(self) -> Node:
        opened = self.at
        self.at += 1
        node = self._either()
        if self._next() != ")":
            self._refuse("a parenthesis is not closed", at=opened)
        self.at += 1
        return node

    def _term(self) -> Node:
        begun = self.term_at = self.at
        if operator := self._match(OPERATOR):
            self._refuse(
                f"no field stands before the operator {operator}",
                at=begun,
                hint="write field, operator and value without spaces: joined>=2025",
            )
        field = self._phrase()
        quoted = field is not None
        if field is None:
            field = self._match(FIELD)
        if field is not None and (operator := self._match(OPERATOR)):
            if len(operator) > 1:
                operator = operator.removeprefix(":")
            return self._condition(field, cast("Operator", operator.translate(OPERATOR_SIGNS)))
        if quoted:
            self._end_of_phrase()
            return Text(value=field or "", form="phrase")
        self.at = begun
        word = self._match(WORD) or ""
        if word.endswith("*") and "*" not in word[:-1] and word != "*":
            return Text(value=word[:-1], form="prefix")
        self._refuse_asterisk(word, at=begun)
        return Text(value=word)

    def _condition(self, field: str, operator: Operator) -> Node:
        """Read the values of a condition; those that are plain make one condition together."""
        begun = self.at
        conditions = self._conditions(field, operator)
        plain = [one.values[0] for one in conditions if one.operator == operator]
        parts: list[Node] = [one for one in conditions if one.operator != operator]
        if plain:
            parts.insert(0, self._made(field, operator, *plain))
        if len(plain) > 1 and operator not in (":", "=", "!="):
            self._refuse(
                f"{operator} compares with one value, and a comma parts several",
                at=begun,
                hint="write numbers without separators: 1200.50",
            )
        # Several parts are written as a group, which has its depth.
        return self._nested(lambda: either(parts)) if len(parts) > 1 else parts[0]

    def _conditions(self, field: str, operator: Operator) -> list[Condition]:
        opened, in_list = self.at, self._next() == "("
        if in_list:
            self._match(LIST_OPENING)
        found = [self._value(field, operator)]
        while self._match(LIST_SIGN if in_list else COMMA):
            found.append(self._value(field, operator))
        if in_list:
            self._skip_space()
            if self._next() != ")":
                at = self.at if self._next() else opened
                self._refuse("the list is not closed here, and no comma stands here", at=at)
            self.at += 1
        return found

    def _value(self, field: str, operator: Operator) -> Condition:
        begun = self.at
        lower, quoted = self._bare_or_phrase()
        if self._match(RANGE):
            if operator != ":":
                self._refuse("a range stands after a colon: joined:2024..2025", at=begun)
            upper, upper_quoted = self._bare_or_phrase()
            if not lower and not upper:
                self._refuse("a range needs an end at least", at=begun)
            for end, is_quoted in ((lower, quoted), (upper, upper_quoted)):
                self._refuse_asterisk("" if is_quoted else end, at=begun)
            return self._made(field, "..", lower, upper=upper)
        if not lower:
            self._refuse(
                "a value is missing after the operator",
                hint="write field, operator and value without spaces; field:* asks for any value",
            )
        if not quoted and operator == ":":
            if lower == "*":
                return self._made(field, "present")
            if lower.endswith("*") and "*" not in lower[:-1]:
                return self._made(field, "begins", lower[:-1])
        if not quoted:
            self._refuse_asterisk(lower, at=begun)
        return self._made(field, operator, lower)

    def _made(self, field: str, operator: Operator, *values: str, upper: str = "") -> Condition:
        return Condition(
            field=field, operator=operator, values=values, upper=upper, place=self.term_at + 1
        )

    def _bare_or_phrase(self) -> tuple[str, bool]:
        phrase = self._phrase()
        if phrase is not None:
            if not self._at(COMMA) and not self._at(RANGE):
                self._end_of_phrase()
            return phrase, True
        return self._match(VALUE) or "", False

    def _phrase(self) -> str | None:
        """Read what stands in quotation marks, if they stand here."""
        begun = self.at
        closing = CLOSING_MARKS.get(self.text[begun : begun + 1])
        if closing is None:
            return None
        end = begun + 1
        while (sign := self.text[end : end + 1]) != closing:
            if not sign:
                self._refuse("a quotation mark is not closed", at=begun)
            end += 2 if ESCAPED.match(self.text, end) else 1
        if not (value := self.text[begun + 1 : end]):
            self._refuse(
                "nothing stands between the quotation marks",
                at=begun,
                hint="field:* asks whether there is a value, -field:* whether there is none",
            )
        self.at = end + 1
        return ESCAPED.sub(r"\1", value)

    def _end_of_phrase(self) -> None:
        if self._next() not in ("", ")", "(", "|") and not self._next().isspace():
            self._refuse("a space is missing after the quotation mark")

    def _refuse_asterisk(self, word: str, *, at: int) -> None:
        if "*" in word:
            self._refuse(
                "an asterisk stands at the end of a word, or alone after field:",
                at=at,
                hint="put the word in quotes to look for the asterisk itself",
            )

    def _keyword(self) -> str:
        """Name the keyword that stands here, after any space."""
        self._skip_space()
        if self._next() == "|":
            return "OR"
        word = WORD.match(self.signs, self.at)
        return KEYWORDS.get(word.group(), "") if word else ""

    def _take_keyword(self, keyword: str) -> bool:
        if self._keyword() != keyword:
            return False
        if self._next() == "|":
            self.at += 1
        else:
            self._match(WORD)
        return True

    def _ends(self) -> bool:
        self._skip_space()
        return self._next() in ("", ")")

    def _skip_space(self) -> None:
        while self._next().isspace():
            self.at += 1

    def _next(self) -> str:
        return self.signs[self.at : self.at + 1]

    def _at(self, pattern: re.Pattern[str]) -> bool:
        return pattern.match(self.signs, self.at) is not None

    def _match(self, pattern: re.Pattern[str]) -> str | None:
        found = pattern.match(self.signs, self.at)
        if found is None:
            return None
        self.at = found.end()
        return found.group()

    def _refuse(self, reason: str, *, at: int | None = None, hint: str = "") -> NoReturn:
        place = (self.at if at is None else at) + 1
        raise QuerySyntaxError(
            f"the query stops making sense at character {place}: {reason}",
            place=place,
            hint=hint or "memberarc search --help shows the query language",
        )
