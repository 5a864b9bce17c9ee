"""House rules that no tool checks."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "memberarc"
SOURCES = {
    str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}
TREES = {name: ast.parse(text) for name, text in SOURCES.items()}
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "handler", "stuff"}
PURE_ROOMS = ("members", "search", "classification", "registers", "review", "disposal", "ledger")


def offenders(rule: Callable[[str, str], object]) -> dict[str, object]:
    """Name the modules of which a rule, given name and text, has something to say."""
    told = {name: rule(name, text) for name, text in SOURCES.items()}
    return {name: fault for name, fault in told.items() if fault}


def test_there_are_modules_to_judge() -> None:
    assert len(SOURCES) > 100
    assert "cli/main.py" in SOURCES


def test_no_module_is_longer_than_300_lines() -> None:
    # errors.py is the whole tree of errors, drawn and declared: one thing, to be read as one.
    long = offenders(lambda _, text: max(0, len(text.splitlines()) - 300))

    assert long.keys() <= {"errors.py"}, long
    assert len(SOURCES["errors.py"].splitlines()) <= 360  # one table of classes


def test_no_function_fills_more_than_a_screen() -> None:
    def long(name: str, _: str) -> list[str]:
        found = []
        for node in ast.walk(TREES[name]):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                start = node.body[1 if ast.get_docstring(node) and node.body[1:] else 0].lineno
                if (node.end_lineno or 0) - start > 60:
                    found.append(node.name)
        return found

    assert offenders(long) == {}


def test_nothing_prints_but_the_streams() -> None:
    def prints(name: str, _: str) -> list[int]:
        return [
            node.lineno
            for node in ast.walk(TREES[name])
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in ("print", "pprint", "breakpoint", "input")
        ]

    assert offenders(prints) == {}


def test_only_the_command_line_touches_the_streams() -> None:
    touching = offenders(lambda _, text: re.findall(r"sys\.std(?:in|out|err)", text))

    assert {name.split("/")[0] for name in touching} == {"cli"}


def test_a_module_begins_with_what_it_is_responsible_for() -> None:
    def silent(name: str, _: str) -> bool:
        first = (ast.get_docstring(TREES[name]) or "").split("\n\n")[0]
        return not first.endswith((".", ":"))

    assert offenders(silent) == {}


def test_a_room_begins_with_one_sentence_and_nothing_else() -> None:
    def more(name: str, _: str) -> bool:
        return name.endswith("/__init__.py") and len(TREES[name].body) != 1

    assert offenders(more) == {}


def test_names_say_something() -> None:
    assert offenders(lambda name, _: VAGUE & {*re.split(r"[/_.]", name)}) == {}


def test_broad_nets_are_cast_in_one_place_only() -> None:
    def nets(name: str, _: str) -> set[str]:
        handlers = [node for node in ast.walk(TREES[name]) if isinstance(node, ast.ExceptHandler)]
        caught = {ast.unparse(one.type) if one.type else "everything" for one in handlers}
        return caught & {"everything", "Exception", "BaseException"}

    assert offenders(nets) == {
        "cli/main.py": {"Exception"},
        # What a person typed is kept, whatever has happened; a stream left early is ended.
        "cli/editor.py": {"BaseException"},
        "archive/git.py": {"BaseException"},
        # An exception would abort the age library; it is raised again behind it.
        "sealing/age/plugins.py": {"BaseException"},
    }


def test_no_promise_of_later_work() -> None:
    assert offenders(lambda _, text: re.findall(r"\b(?:TODO|FIXME|XXX|HACK)\b", text)) == {}


def test_the_rules_know_neither_clock_nor_chance() -> None:
    """The day, the moment and new ids are handed in: the same input gives the same bytes."""

    def impure(name: str, text: str) -> list[str]:
        if not name.startswith(PURE_ROOMS):
            return []
        chance = r"import (?:random|secrets|uuid)|from (?:random|secrets|uuid) |urandom"
        return re.findall(rf"{chance}|datetime\.now|date\.today|time\.time", text)

    assert offenders(impure) == {}


def test_every_room_stands_in_the_layers_of_the_imports_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    layers = settings["tool"]["importlinter"]["contracts"][0]["layers"]

    rooms = {name.split("/")[0].removesuffix(".py") for name in SOURCES}

    assert rooms - {"__init__", "__main__"} == {*layers}


def test_no_file_names_the_machine_it_was_written_on() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "src", "docs", "schemas", "examples", "benchmarks"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    files = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    pattern = re.compile(rb"(?<![\w.])/(?:" + rb"work/(?:main|dev|shared)" + rb"|root|Users)/")

    assert len(files) > 100
    assert [str(file) for file in files if pattern.search(file.read_bytes())] == []
