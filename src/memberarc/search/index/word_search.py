"""A word as a condition in SQL: who may have it, by the tables of words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from memberarc.search.index.spelling import spellings
from memberarc.search.index.terms import characters_of
from memberarc.search.words import within_one_slip

if TYPE_CHECKING:
    from memberarc.search.index.store import Store
    from memberarc.search.words import WordTest

_Asked: TypeAlias = tuple[str, list[str]]

_GRAM: Final = 3
_MOST_GRAMS: Final = 16
# The table's own language knows no longer expressions than a few times this.
_MOST_AT_ONCE: Final = 64
_NOBODY: Final = "SELECT id FROM terms WHERE 0"
_NAMES_READ: Final = "SELECT id FROM terms WHERE readings <> ''"


def members_with_word(store: Store, word: WordTest) -> tuple[str, tuple[object, ...]]:
    """Write the condition that all members meet who have a word, and few others."""
    # Whatever is dialled before a telephone number, it has these digits.
    digits = word.dialled.national if word.dialled else word.digits
    texts = dict.fromkeys((word.folded, word.closed_up, *([digits] if digits else ())))
    asked = [_containing(text) for text in texts]
    if word.letters:
        asked.append(_read_as(word.letters))
    if word.may_slip and (near := _near_words(store, word.folded)):
        blanks = ", ".join("?" * len(near))
        asked.append((f"SELECT member FROM latin WHERE word IN ({blanks})", near))
    sql = " UNION ALL ".join(one for one, _ in asked)
    return f"id IN ({sql})", tuple(value for _, values in asked for value in values)


def _containing(text: str) -> _Asked:
    """Ask for all texts that contain another, by its runs of three characters where it has any."""
    if len(text) >= _GRAM:
        grams = dict.fromkeys(text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1))
        return _matching("gram", [*grams][:_MOST_GRAMS])
    if text and len(characters_of(text).split()) == len(text):
        return _matching("character", [*text])
    return "SELECT id FROM terms WHERE instr(text, ?)", [text]


def _matching(table: str, words: list[str]) -> _Asked:
    quoted = " ".join('"{}"'.format(word.replace('"', '""')) for word in words)
    return f"SELECT rowid FROM {table} WHERE {table} MATCH ?", [quoted]


def _read_as(letters: str) -> _Asked:
    """Ask for all names that letters may read."""
    asked = spellings(letters)
    if asked is None:
        return _NAMES_READ, []
    matches = [
        " OR ".join(f"({one})" for one in asked[at : at + _MOST_AT_ONCE])
        for at in range(0, len(asked), _MOST_AT_ONCE)
    ]
    select = "SELECT rowid FROM syllable WHERE syllable MATCH ?"
    return " UNION ALL ".join([select] * len(matches)) or _NOBODY, matches


def _near_words(store: Store, word: str) -> list[str]:
    """Find the words of names that are a slip away from a word."""
    # The words are many times fewer than those who have them: each is looked up once.
    sql = (
        "WITH RECURSIVE known(word) AS (SELECT min(word) FROM latin UNION ALL"
        " SELECT (SELECT min(word) FROM latin WHERE word > known.word) FROM known"
        " WHERE known.word IS NOT NULL)"
        " SELECT word FROM known WHERE length(word) BETWEEN ? AND ?"
    )
    known = store.select(sql, (len(word) - 1, len(word) + 1))
    return [one for (one,) in known if one != word and within_one_slip(word, one)]
