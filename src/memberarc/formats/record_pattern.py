"""One regular expression a schema, whose match of a stored file proves that the file is in order.

A match proves the canonical grammar, the order of keys, types, values, needed keys and the outward
form of sealed values. No match proves nothing: the reader and the validators decide then. So what
is rare or hard to say in an expression (29 February, values sealed to more than 256 bytes, escapes)
is left out, and a part of a schema that cannot be said at all becomes one that never matches.

Each line begins with its key and is matched atomically, so that no line is ever tried twice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from memberarc.formats.canonical_yaml import (
    INTEGER,
    MAX_INTEGER,
    RECORD_LIMIT_BYTES,
    RESERVED_WORDS,
    scalar_text,
)
from memberarc.formats.sealed_text import EXACT_PADDINGS, OVERHEAD_BYTES, SEALED_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from memberarc.formats.schema import RecordSchema

CAPTURED = ("id", "uid", "key", "kind", "opened", "status", "branch")
"""The top-level fields that a match gives as groups of their names, without quotes."""

_NEVER = "(?!)"
_START = (
    rf"(?=(?s:.{{0,{RECORD_LIMIT_BYTES}}}+)\Z)"
    r"(?:\# (?:yaml-language-server|\$schema):(?! *\n)[ -~]*+(?<! )\n)?+"
    r"(?=[a-z])"
)
_PLAIN_FIRST, _PLAIN = "[A-Za-z_]", "[A-Za-z0-9_./:+=-]"
_NOT_RESERVED = rf"(?!(?i:{'|'.join(sorted(RESERVED_WORDS))})\n)"
_QUOTED_ASCII = r"[ !#-\[\]-~]"
# U+4E00 to U+9FA5 in UTF-8, the ideographs no reader could take for anything else.
_IDEOGRAPH = (
    r"\xe4[\xb8-\xbf][\x80-\xbf]|[\xe5-\xe8][\x80-\xbf]{2}"
    r"|\xe9(?:[\x80-\xbd][\x80-\xbf]|\xbe[\x80-\xa5])"
)
_DATE = (
    "(?!0000)[0-9]{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)

# Patterns without groups that read alike in Python, Rust and ECMAScript. Backtracking is bounded by
# the number of quantifiers and the length of the text.
_PATTERN = re.compile(
    r"""\^((?:
        (?: [A-Za-z0-9\ _:/@,=<>!~%&;'#-] | \\[.\-/+*?()|^$\\]
          | \[(?![^]]*--)[A-Za-z0-9\ _./:+=@,-]++\] )
        (?: [*+?] | \{[0-9]{1,3}(?:,[0-9]{0,3})?\} )?+
    )++)\$""",
    re.VERBOSE,
)
_QUANTIFIER = re.compile(r"[*+?]|,[0-9]*\}")
_MAX_QUANTIFIERS = 4
_MAX_MATCHED = 128
_MAX_ITEMS = 64


def compile_record_pattern(
    schema: RecordSchema, *, epochs: Mapping[str, Collection[int]]
) -> re.Pattern[bytes]:
    """Compile the expression for the stored files of a schema; use its `fullmatch`.

    Args:
        epochs: for each level the epochs in the key list.
    """
    body = _Compiler(epochs).group(schema.document, indent="", captured=CAPTURED)
    # What is not ASCII stands in the text as single bytes of UTF-8.
    return re.compile((_START + body).encode("latin-1"))


class _Compiler:
    """Turns each part of a schema into an expression for its lines."""

    def __init__(self, epochs: Mapping[str, Collection[int]]) -> None:
        self._epochs = epochs
        self._lists = 0

    def group(self, node: Mapping[str, Any], *, indent: str, captured: Collection[str] = ()) -> str:
        """Match the lines of a group of properties."""
        if node.keys() & {"dependentRequired", "minProperties", "maxProperties"}:
            return _NEVER
        parts = []
        for name, child in node["properties"].items():
            lines = self._member(name, child, indent=indent, captured=name in captured)
            required = name in node.get("required", ())
            parts.append(f"(?>{lines})" if required else f"(?:{lines})?+")
        return "".join(parts)

    def _member(self, name: str, node: Mapping[str, Any], *, indent: str, captured: bool) -> str:
        inner = f"{indent}  "
        if node["type"] == "object":
            # Something must follow, as an empty container is left out.
            return f"{indent}{name}:\n(?={inner}){self.group(node, indent=inner)}"
        if node["type"] == "array":
            return f"{indent}{name}:\n{self._items(node, indent=inner)}"
        return f"{indent}{name}: {self._scalar(node, capture=name if captured else '')}\n"

    def _items(self, node: Mapping[str, Any], *, indent: str) -> str:
        items = node["items"]
        low = max(node.get("minItems", 1), 1)
        high = min(node.get("maxItems", _MAX_ITEMS), _MAX_ITEMS)
        # A text that may stand plain or in quotes has two spellings; one of a list has one.
        unique = node.get("uniqueItems", False)
        if low > high or (unique and "enum" not in items):
            return _NEVER
        if items["type"] == "object":
            others = {name: node for name, node in items["properties"].items() if name != "id"}
            item_id = self._item_id(items["properties"]["id"], indent=indent)
            item = item_id + self.group({**items, "properties": others}, indent=f"{indent}  ")
        elif unique:
            item = self._unlike_later_items(f"{indent}- ", self._scalar(items), indent=indent)
        else:
            item = f"{indent}- {self._scalar(items)}\n"
        return f"(?:{item}){{{low},{high}}}+"

    def _item_id(self, node: Mapping[str, Any], *, indent: str) -> str:
        """Match the line of an item's id, and look ahead that no later item has the same."""
        plain, _ = _text_forms(node)
        return self._unlike_later_items(f"{indent}- id: ", plain, indent=indent)

    def _unlike_later_items(self, lead: str, value: str, *, indent: str) -> str:
        """Match the first line of an item, and look ahead that no later item begins like it."""
        self._lists += 1
        group = f"item{self._lists}"
        same = f"{lead}(?P={group})\n"
        others = rf"(?:{indent}  [^\n]*+\n|(?!{same}){indent}- [^\n]*+\n)*+"
        return f"(?>{lead}(?P<{group}>{value})\n)(?!{others}{same})"

    def _scalar(self, node: Mapping[str, Any], *, capture: str = "") -> str:
        level = node["x-level"]
        if level != "open":
            return _sealed(level, self._epochs.get(level, ()))
        if node["type"] == "string":
            plain, quoted = _text_forms(node)
            if not capture:
                return f'(?:{plain}|"{quoted}")'
            # A group has one name only, so the opening quote decides what stands in it.
            quote = f"{capture}_quote"
            value = f"(?P<{capture}>(?({quote}){quoted}|{plain}))"
            return f'(?P<{quote}>")?+{value}(?({quote})")'
        number = _integer(node) if node["type"] == "integer" else _boolean(node)
        return f"(?P<{capture}>{number})" if capture else number


def _text_forms(node: Mapping[str, Any]) -> tuple[str, str]:
    """Say what matches a text plain, and what matches it between quotes."""
    if "enum" in node or "const" in node:
        return _listed_texts(node)
    checks = []
    if "pattern" in node:
        pattern = _PATTERN.fullmatch(node["pattern"])
        if pattern is None or len(_QUANTIFIER.findall(pattern[1])) > _MAX_QUANTIFIERS:
            return _NEVER, _NEVER
        checks.append(pattern[1])
    if "format" in node:
        checks.append(_DATE)
    low = node.get("minLength", 0)
    high = min(node.get("maxLength", RECORD_LIMIT_BYTES), RECORD_LIMIT_BYTES)
    if low > high or high == 0:
        return _NEVER, _NEVER
    plain = f"{_NOT_RESERVED}{_PLAIN_FIRST}{_PLAIN}{{{max(low - 1, 0)},{high - 1}}}+(?<!:)"
    character = _QUOTED_ASCII if checks else f"(?:{_QUOTED_ASCII}|{_IDEOGRAPH})"
    quoted = f"{character}{{{low},{high}}}+"
    # The length is looked at first, as it bounds the backtracking of the checks.
    first = rf"(?=[^\n]{{0,{_MAX_MATCHED}}}\n)" if checks else ""
    first += f"(?!{SEALED_PREFIX})"
    return (
        first + "".join(f"(?={check}\n)" for check in checks) + plain,
        first + "".join(f'(?={check}"\n)' for check in checks) + quoted,
    )


def _listed_texts(node: Mapping[str, Any]) -> tuple[str, str]:
    others = node.keys() & {"pattern", "format", "minLength", "maxLength"}
    if others or node.keys() >= {"enum", "const"}:
        return _NEVER, _NEVER
    plain, quoted = [_NEVER], [_NEVER]
    for value in node["enum"] if "enum" in node else [node["const"]]:
        if not value.startswith(SEALED_PREFIX):
            text = scalar_text(value).encode()
            forms, content = (quoted, text[1:-1]) if text[:1] == b'"' else (plain, text)
            forms.append(re.escape(content).decode("latin-1"))
    return f"(?:{'|'.join(plain)})", f"(?:{'|'.join(quoted)})"


def _integer(node: Mapping[str, Any]) -> str:
    if "enum" in node or "const" in node or "multipleOf" in node:
        return _NEVER
    if not node.keys() & {"minimum", "maximum"}:
        return f"(?:{INTEGER.pattern})"
    low, high = node.get("minimum", -1), min(node.get("maximum", MAX_INTEGER), MAX_INTEGER)
    return _numbers(low, high) if low >= 0 else _NEVER


def _numbers(low: int, high: int) -> str:
    """Match the whole numbers from low to high, written without leading zeros."""
    forms = []
    for digits in range(len(str(low)), len(str(high)) + 1):
        first = max(low, 10 ** (digits - 1) if digits > 1 else 0)
        last = min(high, 10**digits - 1)
        if first <= last:
            forms.append(_same_length(str(first), str(last)))
    return f"(?:{'|'.join(forms)})" if forms else _NEVER


def _same_length(first: str, last: str) -> str:
    if not first:
        return ""
    rest = len(first) - 1
    if first[0] == last[0]:
        return first[0] + _same_length(first[1:], last[1:])
    forms = [
        first[0] + _same_length(first[1:], "9" * rest),
        last[0] + _same_length("0" * rest, last[1:]),
    ]
    if int(last[0]) - int(first[0]) > 1:
        forms.append(f"[{int(first[0]) + 1}-{int(last[0]) - 1}][0-9]{{{rest}}}")
    return f"(?:{'|'.join(forms)})"


def _boolean(node: Mapping[str, Any]) -> str:
    return ("true" if node["const"] else "false") if "const" in node else "(?:true|false)"


def _sealed(level: str, epochs: Collection[int]) -> str:
    """Match a sealed value of one of the exact paddings, its base64url ending in zero bits."""
    if not epochs:
        return _NEVER
    shortest = 8 * (OVERHEAD_BYTES + EXACT_PADDINGS[0]) // 6
    lengths = []
    for padding in EXACT_PADDINGS:
        size = OVERHEAD_BYTES + padding
        last = ("", "[AQgw]", "[AEIMQUYcgkosw048]")[size % 3]
        lengths.append(f"[A-Za-z0-9_-]{{{8 * size // 6 - shortest}}}{last}")
    known = "|".join(str(epoch) for epoch in sorted(epochs))
    return rf"enc:m1\.{level}\.(?:{known}):[A-Za-z0-9_-]{{{shortest}}}(?:{'|'.join(lengths)})"
