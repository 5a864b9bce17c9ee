"""The main job of memberarc on real purchases: python examples/demo.py DIR

Runs the memberarc beside this Python, tells in a line what each step did and how long it took, and
stops at the first outcome that is not as expected. All is kept below DIR, with a home of its own.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CDNOW = Path(__file__).parent / "cdnow"
READER = Path(__file__).parents[1] / "docs" / "reader.py"
PROGRAMS = Path(sys.executable).parent
MARKER, VAULT_PREFIX = ".memberarc-demo", "memberarc-demo-vault-"

# The first customer of the sample, and what the shipped rules make of 1997.
NAME, INITIALS, PHONE_PART, NEW_PHONE = "林雨云", "lyy", "15414686", "15400001234"
COUNTS = {"A": 46, "B": 60, "C": 308, "D": 645, "E": 1298}


class Demo:
    """The folders of one run, and the commands in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive, self.clone, home = folder / "archive", folder / "clone", folder / "user"
        self.identity = home / "config/memberarc/identity.txt"
        inside_git = any((place / ".git").exists() for place in (folder, *folder.parents))
        # memberarc refuses a vault in a git work tree, and DIR may be in one.
        self.vault = Path(tempfile.mkdtemp(prefix=VAULT_PREFIX)) if inside_git else folder / "vault"
        places = {name: str(home / name.lower()) for name in ("CONFIG", "STATE", "DATA", "CACHE")}
        self.exports = {"HOME": str(home), **{f"XDG_{name}_HOME": places[name] for name in places}}
        foreign = ("GIT_", "XDG_", "MEMBERARC_")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
        self._environment = {**kept, **self.exports, "GIT_CONFIG_NOSYSTEM": "1"}
        home.mkdir(parents=True)

    def run(self, *words: str, status: int = 0) -> str:
        """Run a command and return its standard output; any other exit status ends the demo."""
        done = subprocess.run(
            words, env=self._environment, capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode != status:
            stop(f"{words} ended with {done.returncode}, not {status}: {done.stdout}{done.stderr}")
        return done.stdout

    def memberarc(self, *words: str, at: Path | None = None, status: int = 0) -> Any:
        """Run memberarc on the archive, or on the one `at`, and return its answer."""
        place = () if words[0] == "init" else ("-C", str(at or self.archive))
        command = (str(PROGRAMS / "memberarc"), *words, *place, "--format", "json")
        envelope = json.loads(self.run(*command, status=status))
        return envelope["problems"] or envelope["data"]

    def read_clone_without_memberarc(self, code: str) -> Any:
        """Read one record of the clone with all keys, by a reader that knows of no fence."""
        places = (str(self.clone), str(self.vault), str(self.identity))
        return json.loads(self.run(sys.executable, str(READER), *places, code))


def main(folder: Path) -> None:
    clear(folder)
    demo = Demo(folder)
    remember(demo)
    print(f"memberarc on the CDNOW sample, in {folder}\n")
    start_and_import(demo)
    classify(demo)
    code = search(demo)
    protect(demo, code)
    purge(demo, code)
    print(f"\nThe archive stays in {demo.archive}, its vault in {demo.vault}")
    print(f"To look around, in a shell of its own:\n\n  . {folder / 'env.sh'}\n  cd {demo.archive}")
    print(f"  memberarc log {code}\n  memberarc search 'category:A joined:1997-03'")


def start_and_import(demo: Demo) -> None:
    with step("init") as says:
        demo.memberarc(
            *("init", str(demo.archive), "--vault", str(demo.vault), "--name", "云溪唱片行"),
            *("--currency", "USD", "--role-address", "office@example.org"),
        )
        expect("level keys", len(demo.memberarc("key", "list")["keys"]), 3)
        says("an archive, its vault outside git, three level keys and their signed list")
    with step("import") as says:
        sheet = (str(CDNOW / "members.csv"), "--map", str(CDNOW / "members.map.yaml"))
        done = demo.memberarc("import", *sheet)
        expect("added, refused", (done["added"], done["refused"]), (2357, 0))
        expect("there already", demo.memberarc("import", *sheet, "-n")["unchanged"], 2357)
        says("2,357 members in one commit; the same sheet again would change nothing")
    with step("ledger import") as says:
        sheet = (str(CDNOW / "CDNOW_sample.txt"), "--map", str(CDNOW / "purchases.map.yaml"))
        done = demo.memberarc("ledger", "import", *sheet)
        expect("added, refused", (done["added"], done["refused"]), (6919, 0))
        says(f"6,919 real purchases on {done['days']} days")


def classify(demo: Demo) -> None:
    with step("classify --propose") as says:
        done = demo.memberarc("classify", "--year", "1997", "--propose")
        expect("members by category", done["counts"], COUNTS)
        says(f"{', '.join(f'{COUNTS[id_]} {id_}' for id_ in COUNTS)}, on branch {done['branch']}")
    with step("classify --apply") as says:
        demo.memberarc("classify", "--year", "1997", "--apply")
        again = demo.memberarc("classify", "--year", "1997", "--apply")
        expect("a second run", (again["changes"], again["commit"]), ([], None))
        says("2,357 records in one commit; run again, it changes nothing")


def search(demo: Demo) -> str:
    with step("search") as says:
        found = {}
        for query in (NAME, INITIALS, PHONE_PART, "category:A"):
            found[query] = {one["id"] for one in demo.memberarc("search", query)["members"]}
        expect(f"members called {NAME}", len(found[NAME]), 1)
        expect("also by initials", found[NAME] & found[INITIALS], found[NAME])
        expect("also by part of the number", found[NAME] & found[PHONE_PART], found[NAME])
        expect("members of category A", len(found["category:A"]), COUNTS["A"])
        says(", ".join(f"{query}: {len(codes)}" for query, codes in found.items()))
    [code] = found[NAME]
    with step("show, log") as says:
        record = demo.memberarc("show", code)["record"]
        expect(f"name of {code}", record["name"], NAME)
        acts = [entry["act"] for entry in demo.memberarc("log", code)]
        expect("history", acts, ["classify", "import"])
        says(f"{code} is {NAME}, category {record['categories']['value']}; {' after '.join(acts)}")
    return str(code)


def protect(demo: Demo, code: str) -> None:
    [path] = demo.archive.glob(f"members/*/*/{code}.yaml")
    with step("check") as says:
        typed = re.sub("(?m)^  mobile: .*", f'  mobile: "{NEW_PHONE}"', path.read_text("utf-8"))
        path.write_text(typed, "utf-8")
        flaw = demo.memberarc("check", status=1)[0]
        expect("refused", (flaw["rule"], flaw["pointer"]), ("clear-text", "contact.mobile"))
        says(f"a telephone number typed in by hand is refused: {path.name}:{flaw['line']}")
    with step("encrypt") as says:
        demo.memberarc("encrypt", code)
        demo.memberarc("check")
        expect("number in clear", path.read_text("utf-8").count(NEW_PHONE), 0)
        record = demo.memberarc("show", code)["record"]
        expect("number kept", record["contact"]["mobile"], NEW_PHONE)
        says("the number is sealed and committed, and check is content again")
    with step("document add") as says:
        scan, copy = demo.folder / "scan.png", demo.folder / "scan-again.png"
        scan.write_bytes(a_scanned_page())
        options = ("--level", "confidential", "--title", "身份证复印件")
        added = demo.memberarc("document", "add", code, str(scan), *options)
        demo.memberarc("document", "get", code, added["document"], "-o", str(copy))
        expect("the document again", copy.read_bytes(), scan.read_bytes())
        sealed = (demo.archive / added["path"]).read_bytes()
        expect("what stands in git", sealed[:21], b"age-encryption.org/v1")
        says(f"a scanned page of {scan.stat().st_size:,} bytes, in git as an age file")


def purge(demo: Demo, code: str) -> None:
    with step("git clone") as says:
        demo.run("git", "clone", "--quiet", str(demo.archive), str(demo.clone))
        expect("before the purge", demo.read_clone_without_memberarc(code)["name"], NAME)
        says(f"with every key at hand, this clone opens {NAME}")
    [document] = demo.memberarc("document", "list", code)["documents"]
    with step("purge") as says:
        options = ("--reason", "member_request", "--confirm", code, "--copy", str(demo.clone))
        trial = demo.memberarc("purge", code, *options)["members"][0]["trial"]
        expect("values opened", trial["opened"], 0)
        says(f"share destroyed; {trial['values']} values in {trial['versions']} versions stay shut")
    with step("in the clone") as says:
        shown = demo.memberarc("show", code, at=demo.clone)
        expect("not closed", {"name", "birth_date", "contact.mobile"} - {*shown["closed"]}, set())
        expect("sealed values", str(shown["record"]).count("enc:m1."), len(shown["closed"]))
        expect("what a reader sees", demo.read_clone_without_memberarc(code), shown["record"])
        words = ("document", "get", code, document["id"], "-o", str(demo.folder / "never.png"))
        demo.memberarc(*words, at=demo.clone, status=6)
        says(f"{len(shown['closed'])} values and the document open no more, with every key")
    with step("verify") as says:
        says(f"well: {', '.join(demo.memberarc('verify')['looked_at'])}")


STEPS = count(1)


@contextmanager
def step(name: str) -> Iterator[Callable[[str], None]]:
    """Time a step, and tell what it says of itself when all in it has gone well."""
    start, told = time.monotonic(), [""]
    yield lambda text: told.insert(0, text)
    print(f"{next(STEPS):2}  {time.monotonic() - start:5.2f} s  {name:19} {told[0]}", flush=True)


def expect(what: str, found: object, expected: object) -> None:
    if found != expected:
        stop(f"{what}: expected {expected!r}, found {found!r}")


def stop(message: str) -> None:
    raise SystemExit(f"demo: step {next(STEPS)} did not go as it should: {message}")


def a_scanned_page() -> bytes:
    """Draw a page of grey lines on white: a PNG of 595 by 842, a sheet of A4 in points."""
    blank, printed = b"\xff" * 595, b"\xff" * 70 + b"\x50\x90\xd0" * 150 + b"\xff" * 75
    rows = b"".join(b"\0" + (printed if y % 24 < 3 else blank) for y in range(842))
    size = struct.pack(">IIBBBBB", 595, 842, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", size), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )


def remember(demo: Demo) -> None:
    """Mark the folder as the demo's own, and note there what a shell must export."""
    (demo.folder / MARKER).write_text(f"{demo.vault}\n", "utf-8")
    exports = [f"export {name}={shlex.quote(text)}\n" for name, text in demo.exports.items()]
    exports.append(f"export PATH={shlex.quote(str(PROGRAMS))}:$PATH\n")
    (demo.folder / "env.sh").write_text("".join(exports), "utf-8")


def clear(folder: Path) -> None:
    """Remove an earlier run, and nothing else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise SystemExit(f"demo: {folder} holds files of others; name a new folder")
        vault = Path((folder / MARKER).read_text("utf-8").strip())
        if vault.name.startswith(VAULT_PREFIX):
            shutil.rmtree(vault, ignore_errors=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]).resolve())
