"""Every parser reads any bytes, or says why not, and soon: a short run of what `make fuzz` does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.targets import TARGETS, Target
from strategies import mutated

CORPUS = Path(__file__).parent / "corpus"
LONGEST_S = 2.0
each_target = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


def run_soon(target: Target, content: bytes) -> None:
    started = time.monotonic()
    target.run(content)
    assert time.monotonic() - started < LONGEST_S


@each_target
def test_a_seed_is_what_the_parser_reads(target: Target) -> None:
    for seed in target.seeds:
        run_soon(target, seed)


@each_target
@settings(
    deadline=None, max_examples=800, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_bytes_parse_or_are_refused(target: Target, data: st.DataObject) -> None:
    content = data.draw(mutated(st.sampled_from(target.seeds)) | st.binary(max_size=80))

    run_soon(target, content)


@pytest.mark.parametrize(
    "path", sorted(CORPUS.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}"
)
def test_what_once_was_a_finding_is_none_any_more(path: Path) -> None:
    [target] = [one for one in TARGETS if one.name == path.parent.name]

    run_soon(target, path.read_bytes())


@pytest.mark.parametrize(
    "content",
    [
        b"a: " + b"[" * 50_000,
        b"a:\n" + b"".join(b" " * depth + b"- a:\n" for depth in range(2_000)),
        b"- " * 100_000,
        b"? " * 50_000,
        b"a: &a [" + b"*a, " * 10_000 + b"]\n",
        b"a: " + b"9" * 200_000 + b"\n",
        b'a: "' + b"\\u0041" * 100_000 + b'"\n',
        b"{" * 100_000,
        b'{"a":' * 100_000,
        b"9" * 100_000,
        b"\x80" + b"\0" * 500_000,
        b"(" * 300_000,
        b"1 " * 300_000,
        b"-> " * 200_000,
        b"a: b\n" * 20_000,
        b"-----BEGIN A-----" * 20_000,
        b"enc:m1.secret.1:" * 30_000,
    ],
    ids=lambda content: repr(content[:12]),
)
@each_target
def test_nothing_that_is_long_or_deep_takes_long(target: Target, content: bytes) -> None:
    run_soon(target, content)
