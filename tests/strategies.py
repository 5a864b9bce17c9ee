"""Hypothesis strategies: hostile text, documents, schemas and records that fit them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from memberarc.formats.canonical_yaml import MAX_INTEGER, RESERVED_WORDS, Node
from memberarc.formats.sealed_text import (
    OVERHEAD_BYTES,
    SEALED_LEVELS,
    SealedText,
    format_sealed_text,
    padded_length,
)

if TYPE_CHECKING:
    from memberarc.formats.schema import RecordSchema

# Each of these some YAML reader takes for something else than text, or for several lines.
_WORDS = ["NO", "no", "Y", "on", "True", "NULL", "~", "null", ".nan", "inf", "-.INF", "=", "<<"]
_NUMBERS = ["1e3", "1.5", ".5", "0o14", "0x1F", "0b1", "012", "08", "+41791234567", "1_000"]
_TIMES = ["12:30:45", "190:20:30", "2026-01-01", "2026-1-1", "2001-12-14t21:59:43.10-05:00"]
_MARKS = ["[/bold]", "{a: b}", "&a", "*a", "!tag", "|", ">", "%x", "@x", "`x", "? x", "'", '"']
_LINES = ["a: b", "a:", "a :b", "#x", "x #y", "- x", "-x", "-", "---", "...", ":", "a,b", "\\n"]
_SPACES = ["", " ", " lead", "trail ", "\t", "a\nb", "a\r\nb", "\xa0", "\u3000", "\\"]
_CONTROLS = ["\x1b[31m", "\x00", "\x7f", "\x85", "\xad", "\ufeff", "\u2028", "\u2029", "\u202eabc"]
_OUTSIDE = ["\ufffe", "\ufdd0", "\u0378", "\u20b9", "\ue000", "\U0001fffe", "\U0010ffff"]
_SCRIPTS = ["王小明", "𠮷", "é", "e\u0301", "שלום", "😀", "👩\u200d👧", "\u9fa6", "\U0002ebf0"]
_LONG = ["x" * 10_000, "王" * 4_000, "enc:m1.internal.1:x", "http://example.org:80/a?b#c"]
HOSTILE_TEXTS = (
    _WORDS + _NUMBERS + _TIMES + _MARKS + _LINES + _SPACES + _CONTROLS + _OUTSIDE + _SCRIPTS + _LONG
)

texts = st.sampled_from(HOSTILE_TEXTS) | st.text(max_size=40)
integers = st.integers(min_value=-MAX_INTEGER, max_value=MAX_INTEGER)
scalars = texts | integers | st.booleans()
keys = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True).filter(
    lambda key: key not in RESERVED_WORDS
)


def documents() -> st.SearchStrategy[dict[str, Node]]:
    """Documents of the canonical grammar: no empty container, no list directly in a list."""
    return st.recursive(
        st.dictionaries(keys, scalars, min_size=1, max_size=4),
        lambda inner: st.dictionaries(
            keys, scalars | inner | st.lists(scalars | inner, min_size=1, max_size=3), min_size=1
        ),
        max_leaves=12,
    )


@st.composite
def sealed_texts(draw: st.DrawFn, *, level: str, epochs: tuple[int, ...], longest: int) -> str:
    """Sealed values of all legal lengths, which nobody can open."""
    length = padded_length(draw(st.integers(min_value=1, max_value=longest)))
    seed = draw(st.binary(min_size=1, max_size=8))
    raw = (seed * (OVERHEAD_BYTES + length))[: OVERHEAD_BYTES + length]
    return format_sealed_text(SealedText(level=level, epoch=draw(st.sampled_from(epochs)), raw=raw))


def _label(name: str) -> dict[str, str]:
    return {"en": name.capitalize(), "zh": f"{name}项"}


def scalar(name: str, *, level: str = "open", kind: str = "string", **keywords: Any) -> Any:
    """Make the schema of one scalar."""
    return {"type": kind, **keywords, "x-level": level, "x-label": _label(name)}


def group(name: str, properties: dict[str, Any], **keywords: Any) -> Any:
    """Make the schema of a group of properties."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        **keywords,
        "x-label": _label(name),
    }


def items(name: str, properties: dict[str, Any], **keywords: Any) -> Any:
    """Make the schema of a list whose items have an id and these properties."""
    item_id = scalar("id", pattern="^[a-z][a-z0-9]{3,7}$")
    item = group("item", {"id": item_id, **properties}, required=["id"])
    return {"type": "array", "items": item, **keywords, "x-label": _label(name)}


def scalar_list(name: str, item: Any, **keywords: Any) -> Any:
    """Make the schema of a list of open scalars."""
    return {"type": "array", "items": item, **keywords, "x-label": _label(name)}


def member_schema(**properties: Any) -> dict[str, Any]:
    """Make a record schema with one property of each sort, and more if given."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "x-kind": "individual",
        "x-version": 1,
        "x-profile": "association",
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "id", "uid", "key", "kind", "opened", "status", "name"],
        "properties": {
            "format": scalar("format", const="member/1"),
            "id": scalar("code", pattern="^[A-Z0-9-]{1,40}$"),
            "uid": scalar("uid", pattern="^[a-z][a-z2-7]{15}$"),
            "key": scalar("key", pattern="^[0-9a-f]{16}$"),
            "kind": scalar("kind", enum=["individual", "yes"]),
            "opened": scalar("opened", kind="integer", minimum=1900, maximum=2999),
            "status": scalar("status", enum=["applicant", "active", "left"]),
            "branch": scalar("branch", minLength=1, maxLength=40),
            "reviewed": scalar("reviewed", format="date"),
            "points": scalar("points", kind="integer"),
            "honorary": scalar("honorary", kind="boolean"),
            "categories": group("categories", {"value": scalar("value", enum=["A", "B", "一级"])}),
            "traits": scalar_list("traits", scalar("trait", enum=["founder", "no"]), maxItems=3),
            "name": scalar("name", level="internal", maxLength=100),
            "joined": scalar("joined", level="internal", format="date"),
            "visits": scalar("visits", level="internal", kind="integer"),
            "contact": group(
                "contact",
                {
                    "mobile": scalar("mobile", level="internal"),
                    "post": group("post", {"street": scalar("street", level="confidential")}),
                },
            ),
            "honours": items(
                "honours",
                {
                    "date": scalar("date", level="internal", format="date"),
                    "title": scalar("title", level="internal"),
                    "papers": items("papers", {"pages": scalar("pages", kind="integer")}),
                },
            ),
            **properties,
        },
    }


def plain_records(schema: dict[str, Any]) -> st.SearchStrategy[dict[str, Node]]:
    """Records in clear that fit a schema made of the parts above."""
    return _node(schema)


def _node(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    if node["type"] == "object":
        needed = node.get("required", ())
        choices = {name: _node(child) for name, child in node["properties"].items()}
        return st.fixed_dictionaries(
            {name: choice for name, choice in choices.items() if name in needed},
            optional={name: choice for name, choice in choices.items() if name not in needed},
        )
    if node["type"] == "array":
        unique = (lambda item: item["id"]) if node["items"]["type"] == "object" else None
        return st.lists(_node(node["items"]), max_size=node.get("maxItems", 3), unique_by=unique)
    return _scalar_value(node)


def _scalar_value(node: dict[str, Any]) -> st.SearchStrategy[Any]:
    if "const" in node or "enum" in node:
        return st.sampled_from(node.get("enum") or [node["const"]])
    if node["type"] == "boolean":
        return st.booleans()
    if node["type"] == "integer":
        return st.integers(node.get("minimum", -MAX_INTEGER), node.get("maximum", MAX_INTEGER))
    if "pattern" in node:
        return st.from_regex(node["pattern"].replace("$", r"\Z"))
    if "format" in node:
        return st.dates().map(str)
    longest = node.get("maxLength", 60)
    return texts.map(lambda text: text[:longest]).filter(
        lambda text: len(text) >= node.get("minLength", 0) and not text.startswith("enc:")
    )


@st.composite
def stored_records(
    draw: st.DrawFn, *, schema: RecordSchema, epochs: tuple[int, ...], longest: int = 256
) -> dict[str, Node]:
    """Records of the stored form, in record order.

    Args:
        longest: the most bytes a sealed value holds before it is padded.
    """
    sealed = {
        level: sealed_texts(level=level, epochs=epochs, longest=longest) for level in SEALED_LEVELS
    }
    plain = schema.ordered(draw(plain_records(schema.document)))
    return schema.map_leaves(
        plain,
        lambda path, field, value: value if field.level == "open" else draw(sealed[field.level]),
    )


_PIECES = (
    *(b"\n", b" ", b"  ", b"- ", b": ", b"#", b'"', b"'", b"\\", b"\\u", b"\t", b"\r", b":", b"0"),
    *(b"enc:", b"null", b"- id: aaaa\n", b"\xc2\x85", b"\xef\xbb\xbf", b"\xe2\x80\xa8", b"\xff"),
    *(b"A", b"=", b"-", b"_", b"1", b"2", b"true", b"no", b"{}", b"&a ", b"*a", b"!!str "),
)


@st.composite
def mutated(draw: st.DrawFn, files: st.SearchStrategy[bytes]) -> bytes:
    """Files with some small damage: lines lost, doubled or moved, bytes put in or taken out."""
    content = draw(files)
    for _ in range(draw(st.integers(min_value=0, max_value=2))):
        lines = content.splitlines(keepends=True) or [b""]
        first = draw(st.integers(0, len(lines) - 1))
        second = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(("put", "cut", "lose", "double", "swap", "piece"))):
            case "put":
                at = draw(st.integers(0, len(content)))
                content = content[:at] + draw(st.sampled_from(_PIECES)) + content[at:]
                continue
            case "cut":
                at = draw(st.integers(0, len(content)))
                content = content[:at] + content[at + draw(st.integers(1, 3)) :]
                continue
            case "lose":
                del lines[first]
            case "double":
                lines.insert(second, lines[first])
            case "swap":
                lines[first], lines[second] = lines[second], lines[first]
            case "piece":
                key, _, _ = lines[first].partition(b": ")
                lines[first] = key + b": " + draw(st.sampled_from(_PIECES)).strip() + b"\n"
        content = b"".join(lines)
    return content
