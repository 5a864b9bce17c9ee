"""Write canonical YAML, and read it back by its own small grammar (docs/format.md, section 3)."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Scalar: TypeAlias = str | int | bool
Node: TypeAlias = Scalar | list["Node"] | dict[str, "Node"]

RESERVED_WORDS = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf")
)
"""Words that YAML 1.1 or 1.2 reads as something else than text, in any case."""
BOOLEANS = {"true": True, "false": False}
MAX_DEPTH = 32
MAX_INTEGER = 10**15 - 1
RECORD_LIMIT_BYTES = 1024 * 1024

# PyYAML finds no key longer than 1,024 characters.
KEY = re.compile(r"[a-z][a-z0-9_]{0,127}")
INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")
MODELINE = re.compile(r"(?:yaml-language-server|\$schema):[ -~]*[!-~]")

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./:+=-]*+(?<!:)")
_QUOTED = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_VALUE = rf"{_QUOTED}|{INTEGER.pattern}|{_PLAIN.pattern}"
_LINE = re.compile(
    rf"(?P<indent>(?:  ){{0,{MAX_DEPTH - 1}}}+)(?P<dash>- )?"
    rf"(?:(?P<key>{KEY.pattern}):(?: (?P<value>{_VALUE}))?|(?P<item>{_VALUE}))"
)


class NotCanonicalError(ValueError):
    """The bytes are not canonical YAML; the strict reader may still read them."""


class _Escapes(dict[int, str | int]):
    """What ``str.translate`` puts for a character inside quotes, found out once each.

    The table of Unicode 3.2 never changes, so that every Python writes the same bytes. ``\\uXXXX``
    cannot name a character beyond U+FFFF, and YAML, unlike JSON, has no surrogate pairs: those stay
    as they are. So do private characters, which Chinese systems use for rare characters in names.
    """

    def __missing__(self, code: int) -> str | int:
        category = unicodedata.ucd_3_2_0.category(chr(code)) if code <= 0xFFFF else ""
        if category == "Cs":
            raise ValueError("a lone surrogate is no character")
        escaped = category in ("Cc", "Cf", "Cn", "Zl", "Zp")
        self[code] = f"\\u{code:04x}" if escaped else code
        return self[code]


_ESCAPES = _Escapes({ord('"'): '\\"', ord("\\"): "\\\\"})


def write_yaml(document: Mapping[str, Node], *, modeline: str = "") -> bytes:
    """Write a document as canonical YAML, keys in the order given.

    Args:
        modeline: the text of the comment on line 1, ``yaml-language-server: $schema=...``.

    Raises:
        ValueError: canonical YAML has no form for a key, a value or the nesting.
    """
    lines: list[str] = []
    if modeline:
        if not MODELINE.fullmatch(modeline):
            raise ValueError("the modeline names no schema")
        lines.append(f"# {modeline}")
    body = _mapping_lines(document, lead="", indent="")
    if not body:
        raise ValueError("an empty document has no canonical form")
    return "\n".join([*lines, *body, ""]).encode()


def scalar_text(value: Node) -> str:
    """Write one value: plain where the grammar allows it, else as a JSON string.

    Raises:
        ValueError: the value is a container, or canonical YAML has no form for it.
    """
    if isinstance(value, str):
        if _PLAIN.fullmatch(value) and value.lower() not in RESERVED_WORDS:
            return value
        return f'"{value.translate(_ESCAPES)}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) <= MAX_INTEGER:
        return str(value)
    raise ValueError("only text, true, false and integers of at most 15 digits can stand here")


def _mapping_lines(mapping: Mapping[str, Node], *, lead: str, indent: str) -> list[str]:
    """Write a mapping whose first key stands after `lead` and the others after `indent`."""
    if len(indent) >= 2 * MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    lines: list[str] = []
    for key, node in mapping.items():
        if not KEY.fullmatch(key) or key in RESERVED_WORDS:
            raise ValueError("a key is a lower-case word")
        if isinstance(node, dict):
            inner = _mapping_lines(node, lead=f"{indent}  ", indent=f"{indent}  ")
        elif isinstance(node, list):
            inner = _list_lines(node, indent=f"{indent}  ")
        else:
            lines.append(f"{lead}{key}: {scalar_text(node)}")
            lead = indent
            continue
        if inner:
            lines.append(f"{lead}{key}:")
            lines += inner
            lead = indent
    return lines


def _list_lines(items: Sequence[Node], *, indent: str) -> list[str]:
    if len(indent) >= 2 * MAX_DEPTH:
        raise ValueError(f"nested deeper than {MAX_DEPTH} levels")
    lines: list[str] = []
    for item in items:
        if isinstance(item, dict):
            lines += _mapping_lines(item, lead=f"{indent}- ", indent=f"{indent}  ")
        else:
            lines.append(f"{indent}- {scalar_text(item)}")
    return lines


def read_canonical(content: bytes) -> dict[str, Node]:
    """Read canonical YAML.

    Raises:
        NotCanonicalError: the content is not canonical, or is no YAML at all.
    """
    try:
        text = content.decode()
    except UnicodeDecodeError as err:
        raise NotCanonicalError("not UTF-8") from err
    lines = text.split("\n")
    if lines.pop():
        raise NotCanonicalError("no newline at the end")
    first = 1 if lines and lines[0].startswith("# ") and MODELINE.fullmatch(lines[0], 2) else 0
    root: dict[str, Node] = {}
    # One container a level of indentation: the innermost open one stands last.
    stack: list[Node] = [root]
    opening = ""  # the key, in the innermost mapping, whose container the next line begins
    for number, line in enumerate(lines[first:], start=first + 1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise NotCanonicalError(f"line {number} is not of the grammar")
        try:
            opening = _place_line(match, stack, opening)
        except NotCanonicalError as err:
            raise NotCanonicalError(f"line {number}: {err}") from None
    if opening or not root:
        raise NotCanonicalError("the last line announces what does not follow")
    return root


def _place_line(match: re.Match[str], stack: list[Node], opening: str) -> str:
    """Put what a line says into the innermost containers; return the key it leaves open."""
    indent, dash, key, value, item = match.groups()
    depth = len(indent) >> 1
    if opening:
        if depth != len(stack):
            raise NotCanonicalError("the indentation is wrong")
        child: Node = [] if dash else {}
        stack[-1][opening] = child  # type: ignore[index,call-overload]
        stack.append(child)
    elif depth >= len(stack):
        raise NotCanonicalError("the indentation is wrong")
    else:
        del stack[depth + 1 :]
    container = stack[depth]
    if dash:
        if not isinstance(container, list):
            raise NotCanonicalError("a list item stands outside a list")
        if key is None:
            container.append(_read_scalar(item))
            return ""
        fresh: dict[str, Node] = {}
        container.append(fresh)
        stack.append(fresh)
        container = fresh
        if len(stack) > MAX_DEPTH:
            raise NotCanonicalError("nested too deep")
    if not isinstance(container, dict) or key is None:
        raise NotCanonicalError("a key is missing")
    if key in container or key in RESERVED_WORDS:
        raise NotCanonicalError("the key stands twice or is reserved")
    if value is None:
        return key
    container[key] = _read_scalar(value)
    return ""


def _read_scalar(text: str) -> Scalar:
    first = text[0]
    if first == '"':
        return _read_quoted(text)
    if first in "-0123456789":
        return int(text)
    if len(text) <= 5 and text.lower() in RESERVED_WORDS:
        if text not in BOOLEANS:
            raise NotCanonicalError("a reserved word stands without quotes")
        return BOOLEANS[text]
    return text


def _read_quoted(text: str) -> str:
    """Read a JSON string, and only in the one spelling that the writer gives it."""
    value = text[1:-1]
    if "\\" in value:
        try:
            value = json.loads(text)
        except ValueError as err:
            raise NotCanonicalError("an escape is not of JSON") from err
    elif value.isascii() and value.isprintable():
        return value
    try:
        if f'"{value.translate(_ESCAPES)}"' == text:
            return value
    except ValueError as err:
        raise NotCanonicalError("a lone surrogate is no character") from err
    raise NotCanonicalError("a quoted text is escaped otherwise than the writer does")
