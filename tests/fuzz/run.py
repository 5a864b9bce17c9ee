"""Fuzz every parser for a while: python tests/fuzz/run.py [--seconds 600] [--target NAME]...

Each target runs in a process of its own, guided by coverage where atheris is installed
(`pip install 'memberarc[fuzz]'`), else by chance alone. A finding ends the run with status 1; its
bytes are kept in tests/fuzz/corpus/<target>/, where the ordinary tests try them for ever after.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
import tempfile
import time
import traceback
from hashlib import sha256
from pathlib import Path
from random import Random

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
LONGEST_INPUT_BYTES = 4096
LONGEST_S = 5
MOST_MEMORY_MB = 1024


def main() -> int:
    """Split the seconds over the targets, and run one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=600, help="for all targets together")
    parser.add_argument("--target", action="append", help="only this one")
    parser.add_argument("--engine", choices=("atheris", "chance"), help="left out: what is there")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))
    engine = asked.engine or ("atheris" if importlib.util.find_spec("atheris") else "chance")
    if asked.inside:
        return run_one(asked.inside, seconds=asked.seconds, engine=engine)
    from fuzz.targets import TARGETS

    names = asked.target or [target.name for target in TARGETS]
    each = max(1, asked.seconds // len(names))
    found = 0
    for name in names:
        command = [sys.executable, __file__, "--inside", name, "--seconds", str(each)]
        done = subprocess.run([*command, "--engine", engine], capture_output=True, text=True)
        found += done.returncode != 0
        words = (done.stdout + done.stderr).strip().splitlines()
        print(f"{name}: {'FOUND' if done.returncode else 'nothing'} ({words[-1] if words else ''})")
        if done.returncode:
            print("\n".join(words[-40:]))
    return 1 if found else 0


def run_one(name: str, *, seconds: int, engine: str) -> int:
    """Run one target in this process."""
    run = by_atheris if engine == "atheris" else by_chance
    return run(name, seconds=seconds)


def by_chance(name: str, *, seconds: int) -> int:
    """Change well-formed bytes at random, with a seed that is told."""
    target = target_named(name)
    seed = int(time.time())
    chance, end, tried = Random(seed), time.monotonic() + seconds, 0
    pool = [*target.seeds, *(path.read_bytes() for path in (CORPUS / name).glob("*"))]
    while time.monotonic() < end:
        content = changed(chance.choice(pool), chance)[:LONGEST_INPUT_BYTES]
        tried += 1
        started = time.monotonic()
        try:
            target.run(content)
            assert time.monotonic() - started < LONGEST_S, "it takes too long"
        except Exception:  # noqa: BLE001 - whatever it is, it is the finding
            traceback.print_exc()
            keep(name, content)
            return 1
    print(f"{tried} inputs by chance, seed {seed}")
    return 0


def by_atheris(name: str, *, seconds: int) -> int:
    """Let libFuzzer look for new paths through memberarc's own code."""
    import atheris

    with atheris.instrument_imports(include=["memberarc"]):
        target = target_named(name)
    with tempfile.TemporaryDirectory() as scratch:
        grown, seeds = Path(scratch) / "grown", Path(scratch) / "seeds"
        for folder in (grown, seeds, CORPUS / name):
            folder.mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(target.seeds):
            (seeds / str(number)).write_bytes(seed)
        options = [
            f"-max_total_time={seconds}",
            f"-timeout={LONGEST_S}",
            f"-rss_limit_mb={MOST_MEMORY_MB}",
            f"-max_len={LONGEST_INPUT_BYTES}",
            f"-artifact_prefix={CORPUS / name}/",
            "-verbosity=0",
            "-print_final_stats=1",
            str(grown),
            str(seeds),
            str(CORPUS / name),
        ]
        atheris.Setup([__file__, *options], target.run)
        atheris.Fuzz()  # ends the process, with status 0 when nothing was found
    return 0


def target_named(name: str):
    """Find a target; imported here, so that atheris sees memberarc being imported."""
    from fuzz.targets import TARGETS

    return next(target for target in TARGETS if target.name == name)


def changed(content: bytes, chance: Random) -> bytes:
    """Damage some bytes a little: bits, bytes, stretches and pieces of other places."""
    mutable = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        at = chance.randint(0, len(mutable))
        match chance.randrange(6):
            case 0 if at < len(mutable):
                mutable[at] ^= 1 << chance.randrange(8)
            case 1:
                mutable[at:at] = chance.randbytes(chance.randint(1, 4))
            case 2:
                del mutable[at : at + chance.randint(1, 16)]
            case 3:
                start = chance.randint(0, len(mutable))
                mutable[at:at] = mutable[start : start + chance.randint(1, 64)]
            case 4:
                mutable[at:at] = chance.choice(WORDS)
            case _:
                mutable[at : at + 1] = chance.choice(WORDS)
    return bytes(mutable)


WORDS = (
    *(b"\n", b": ", b"- ", b'"', b"'", b"\\", b"\\u", b"#", b"{", b"[", b"? ", b"<<: ", b"&a "),
    *(b"*a", b"!!", b"null", b"true", b"0", b"-1", b"9007199254740993", b"1e999", b"\xc2\x85"),
    *(b"\xed\xa0\x80", b"\xff", b"\0", b"\x80", b"enc:", b"m1", b"sha256:", b"2026-02-30", b"--- "),
)


def keep(name: str, content: bytes) -> None:
    """Keep what was found, where the ordinary tests look."""
    path = CORPUS / name / f"found-{sha256(content).hexdigest()[:12]}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    print(f"kept in {path}")


if __name__ == "__main__":
    sys.exit(main())
