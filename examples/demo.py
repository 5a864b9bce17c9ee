"""The main job of memberarc on real purchases: python examples/demo.py DIR

Runs the `memberarc` beside this Python, says in a line what each step did and how long it took, and
stops at the first outcome that is not as expected. Everything is written below DIR, with a home of
its own, so nothing of yours is touched; DIR is emptied first if an earlier run made it.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any

CDNOW = Path(__file__).parent / "cdnow"
READER = Path(__file__).parents[1] / "docs" / "reader.py"
MARKER = ".memberarc-demo"

# The first customer of the sample, and the outcome of 1997 under the shipped rules.
NAME, INITIALS, PHONE_PART, NEW_PHONE = "林雨云", "lyy", "15414686", "15400001234"
COUNTS_1997 = {"A": 46, "B": 60, "C": 308, "D": 645, "E": 1298}


class Demo:
    """The folders of one run, and the commands in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.archive = folder / "archive"
        self.clone = folder / "clone"
        self.home = folder / "user"
        self.vault = self._choose_vault()
        self.environment = {
            "HOME": str(self.home),
            **{
                f"XDG_{name}_HOME": str(self.home / name.lower())
                for name in ("CONFIG", "STATE", "DATA", "CACHE")
            },
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        foreign = ("GIT_", "XDG_", "MEMBERARC_")
        kept = {name: text for name, text in os.environ.items() if not name.startswith(foreign)}
        self._process = {**kept, **self.environment, "GIT_CONFIG_NOSYSTEM": "1"}

    def _choose_vault(self) -> Path:
        """Keep the vault in the folder, but for one in a git work tree: memberarc refuses that."""
        if any((parent / ".git").exists() for parent in (self.folder, *self.folder.parents)):
            return Path(tempfile.mkdtemp(prefix="memberarc-demo-vault-"))
        return self.folder / "vault"

    def run(self, *words: str, status: int = 0) -> str:
        """Run a command and return its standard output; any other exit status ends the demo."""
        done = subprocess.run(
            words, env=self._process, capture_output=True, encoding="utf-8", check=False
        )
        if done.returncode != status:
            told = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
            stop(f"`{shlex.join(words)}` ended with {done.returncode}, not {status}:\n{told}")
        return done.stdout

    def memberarc(self, *words: str, at: Path | None = None, status: int = 0) -> Any:
        """Run memberarc on the archive, or on the one `at`, and return the whole JSON answer."""
        place = () if words[0] == "init" else ("-C", str(at or self.archive))
        command = [shutil.which("memberarc", path=self.environment["PATH"]) or "memberarc"]
        return json.loads(self.run(*command, *words, *place, "--format", "json", status=status))

    def read_without_memberarc(self, archive: Path, code: str) -> dict[str, Any]:
        """Read one record by the stand-alone reader: every key, the vault, and no fence obeyed."""
        identity = self.home / "config/memberarc/identity.txt"
        places = (str(archive), str(self.vault), str(identity))
        record: dict[str, Any] = json.loads(self.run(sys.executable, str(READER), *places, code))
        return record


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
    print("To look around, in a shell of its own:\n")
    print(f"  . {folder / 'env.sh'}")
    print(f"  cd {demo.archive}")
    print(f"  memberarc log {code}")
    print("  memberarc search 'category:A joined:1997-03'")
    print("  memberarc classify --year 1998 | less")


def start_and_import(demo: Demo) -> None:
    with Step("init") as step:
        demo.memberarc(
            *("init", str(demo.archive), "--name", "云溪唱片行", "--currency", "USD"),
            *("--role-address", "office@example.org", "--vault", str(demo.vault)),
        )
        keys = demo.memberarc("key", "list")["data"]["keys"]
        expect(len(keys), 3, "level keys")
        step.says("an archive, its vault outside git, three level keys, their signed list")
    with Step("import") as step:
        sheet, mapping = CDNOW / "members.csv", CDNOW / "members.map.yaml"
        done = demo.memberarc("import", str(sheet), "--map", str(mapping))["data"]
        expect((done["added"], done["refused"]), (2357, 0), "members added and refused")
        again = demo.memberarc("import", str(sheet), "--map", str(mapping), "-n")["data"]
        expect(again["unchanged"], 2357, "members of a second import that are there already")
        step.says("2,357 members in one commit; the same sheet again would change nothing")
    with Step("ledger import") as step:
        sheet, mapping = CDNOW / "CDNOW_sample.txt", CDNOW / "purchases.map.yaml"
        done = demo.memberarc("ledger", "import", str(sheet), "--map", str(mapping))["data"]
        expect((done["added"], done["refused"]), (6919, 0), "purchases added and refused")
        step.says(f"6,919 real purchases on {done['days']} days")


def classify(demo: Demo) -> None:
    with Step("classify --propose") as step:
        done = demo.memberarc("classify", "--year", "1997", "--propose")["data"]
        expect(done["counts"], COUNTS_1997, "members by category")
        expect(len(done["changes"]), 2357, "changes proposed")
        counts = ", ".join(f"{count} {category}" for category, count in done["counts"].items())
        step.says(f"{counts}, on branch {done['branch']}")
    with Step("classify --apply") as step:
        demo.memberarc("classify", "--year", "1997", "--apply")
        again = demo.memberarc("classify", "--year", "1997", "--apply")["data"]
        expect((again["changes"], again["commit"]), ([], None), "outcome of a second run")
        step.says("2,357 records in one commit; run again, it changes nothing")


def search(demo: Demo) -> str:
    with Step("search") as step:
        queries = [NAME, INITIALS, PHONE_PART, "category:A"]
        found = {query: demo.memberarc("search", query)["data"]["members"] for query in queries}
        codes = {one["id"] for one in found[NAME]}
        expect(len(codes), 1, f"members called {NAME}")
        for query in (INITIALS, PHONE_PART):
            expect(codes <= {one["id"] for one in found[query]}, True, f"{query} finds {NAME}")
        expect(len(found["category:A"]), COUNTS_1997["A"], "members of category A")
        step.says(", ".join(f"{query}: {len(members)}" for query, members in found.items()))
    code = str(codes.pop())
    with Step("show, log") as step:
        record = demo.memberarc("show", code)["data"]["record"]
        expect(record["name"], NAME, f"name of {code}")
        acts = [entry["act"] for entry in demo.memberarc("log", code)["data"]]
        expect(acts, ["classify", "import"], f"acts in the history of {code}")
        category = record["categories"]["value"]
        step.says(f"{code} is {NAME}, category {category}; history: {', '.join(acts)}")
    return code


def protect(demo: Demo, code: str) -> None:
    [path] = demo.archive.glob(f"members/*/*/{code}.yaml")
    with Step("check") as step:
        lines = path.read_text("utf-8").splitlines(keepends=True)
        [place] = [place for place, line in enumerate(lines) if line.startswith("  mobile:")]
        lines[place] = f'  mobile: "{NEW_PHONE}"\n'
        path.write_text("".join(lines), "utf-8")
        flaw = demo.memberarc("check", status=1)["problems"][0]
        expect((flaw["rule"], flaw["line"]), ("clear-text", place + 1), "rule and line refused")
        step.says(f"a telephone number typed in by hand is refused: {path.name}:{flaw['line']}")
    with Step("encrypt") as step:
        demo.memberarc("encrypt", code)
        demo.memberarc("check")
        expect(NEW_PHONE in path.read_text("utf-8"), False, "the number stands in clear")
        record = demo.memberarc("show", code)["data"]["record"]
        expect(record["contact"]["mobile"], NEW_PHONE, "number kept")
        step.says("the number is sealed and committed, and check is content")
    with Step("document add") as step:
        scan, copy = demo.folder / "scan.png", demo.folder / "scan-again.png"
        scan.write_bytes(a_scanned_page())
        options = ("--level", "confidential", "--title", "身份证复印件")
        added = demo.memberarc("document", "add", code, str(scan), *options)["data"]
        demo.memberarc("document", "get", code, added["document"], "-o", str(copy))
        expect(copy.read_bytes() == scan.read_bytes(), True, "the document comes back the same")
        head = (demo.archive / added["path"]).read_bytes()[:21]
        expect(head, b"age-encryption.org/v1", "what stands in git")
        step.says(f"a scanned page of {scan.stat().st_size:,} bytes, in git as an age file")


def purge(demo: Demo, code: str) -> None:
    with Step("git clone") as step:
        demo.run("git", "clone", "--quiet", str(demo.archive), str(demo.clone))
        record = demo.read_without_memberarc(demo.clone, code)
        expect(record["name"], NAME, "name in the clone before the purge")
        step.says(f"with every key at hand, this clone opens {NAME}")
    [entry] = demo.memberarc("document", "list", code)["data"]["documents"]
    with Step("purge") as step:
        options = ("--reason", "member_request", "--confirm", code, "--copy", str(demo.clone))
        trial = demo.memberarc("purge", code, *options)["data"]["trial"]
        expect(trial["opened"], 0, "values opened in the trial")
        step.says(f"share destroyed; {trial['values']} values in {trial['versions']} versions shut")
    with Step("in the clone") as step:
        shown = demo.memberarc("show", code, at=demo.clone)["data"]
        protected = [path for path, text in leaves(shown["record"]) if str(text).startswith("enc:")]
        expect(sorted(shown["closed"]), sorted(protected), "fields that stay closed")
        expect("name" in protected and "contact.mobile" in protected, True, "name and number shut")
        refused = (entry["id"], "-o", str(demo.folder / "never.png"))
        demo.memberarc("document", "get", code, *refused, at=demo.clone, status=6)
        read = demo.read_without_memberarc(demo.clone, code)
        expect(read, shown["record"], "what the stand-alone reader sees")
        step.says(f"{len(protected)} values and the document open no more, with every key")
    with Step("verify") as step:
        looked_at = demo.memberarc("verify")["data"]["looked_at"]
        step.says(f"well: {', '.join(looked_at)}")


class Step:
    """One step: times what happens in it, and prints a line when it has gone well."""

    number = 0

    def __init__(self, name: str) -> None:
        self._name = name
        self._text = ""

    def says(self, text: str) -> None:
        self._text = text

    def __enter__(self) -> Step:
        Step.number += 1
        self._start = time.monotonic()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            seconds = time.monotonic() - self._start
            print(f"{Step.number:2}  {seconds:5.2f} s  {self._name:19} {self._text}", flush=True)


def expect(found: object, expected: object, what: str) -> None:
    if found != expected:
        stop(f"{what}: expected {expected!r}, found {found!r}")


def stop(message: str) -> None:
    raise SystemExit(f"demo: step {Step.number} did not go as it should: {message}")


def leaves(node: Any, path: str = "") -> list[tuple[str, Any]]:
    """List every value of a record with its field path; a list item is named by its id."""
    if isinstance(node, dict):
        inner = [(f"{path}.{key}" if path else key, child) for key, child in node.items()]
    elif isinstance(node, list):
        inner = [(f"{path}[{item['id']}]", item) for item in node]
    else:
        return [(path, node)]
    return [leaf for place, child in inner for leaf in leaves(child, place)]


def a_scanned_page() -> bytes:
    """Draw a page of grey lines on white: a PNG of 595 by 842 points, a sheet of A4."""
    blank, printed = b"\xff" * 595, b"\xff" * 70 + b"\x50\x90\xd0" * 150 + b"\xff" * 75
    rows = b"".join(b"\0" + (printed if 80 < y < 760 and y % 24 < 3 else blank) for y in range(842))
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", 595, 842, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in chunks
    )


def remember(demo: Demo) -> None:
    """Mark the folder as the demo's own, and keep what a shell must export to look around."""
    demo.home.mkdir(parents=True)
    (demo.folder / MARKER).write_text(f"{demo.vault}\n", "utf-8")
    exports = [f"export {name}={shlex.quote(text)}" for name, text in demo.environment.items()]
    exports[-1] = f"export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH"
    (demo.folder / "env.sh").write_text("\n".join([*exports, ""]), "utf-8")


def clear(folder: Path) -> None:
    """Remove an earlier run, and nothing else."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / MARKER).is_file():
            raise SystemExit(f"demo: {folder} holds files that no demo made; name another folder")
        vault = Path((folder / MARKER).read_text("utf-8").strip())
        if vault.name.startswith("memberarc-demo-vault-"):
            shutil.rmtree(vault, ignore_errors=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]).resolve())
