"""One gigabyte encrypted and decrypted beside the age program, and kept as a whole command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from report import Row
from timing import Contender, race
from workbench import BIN, MEMBERARC, Workbench

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_MOST = 1.0
MEMORY_MB = 100

# What `document add` and `document get` do with the bytes, told how much memory that took.
_ENCRYPT = """
import sys
from pathlib import Path
from memberarc.sealing.document.documents import DocumentKey, encrypt_document
identity, source, target, told = sys.argv[1:]
key = DocumentKey(
    uid="k", item="d", level="secret", epoch=1, identity=identity, digest_key=bytes(32)
)
kept = encrypt_document(Path(source), Path(target), key=key)
Path(told).write_text(f"{kept.sha256} {kept.digest}")
"""
_DECRYPT = """
import sys
from pathlib import Path
from memberarc.sealing.document.documents import DocumentKey, decrypt_document
identity, source, target, told = sys.argv[1:]
key = DocumentKey(
    uid="k", item="d", level="secret", epoch=1, identity=identity, digest_key=bytes(32)
)
sha256, digest = Path(told).read_text().split()
with open(source, "rb") as stream:
    decrypt_document(stream, Path(target), keys=[key], sha256=sha256, digest=digest)
"""
_START = """
import pyrage
from cryptography.hazmat.primitives.asymmetric import x25519
from cryptography.hazmat.primitives.ciphers import aead
from memberarc.sealing.document import documents
"""
_PEAK = """
import resource
Path(told + ".peak").write_text(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024))
"""


def bench_documents(bench: Workbench) -> Iterator[Row]:
    """Ours digests plaintext and ciphertext on the way; both end with the file on the disk."""
    source, told = bench.folder / "film.mp4", bench.folder / "told"
    with source.open("wb") as file:
        for _ in range(1 if bench.scale.is_small else 1024):
            file.write(os.urandom(1 << 20))
    identity_file = bench.folder / "identity.txt"
    bench.run("age-keygen", "-o", str(identity_file))
    recipient = bench.run("age-keygen", "-y", str(identity_file)).decode().strip()
    identity = identity_file.read_text().splitlines()[-1]
    sealed, theirs_sealed = bench.folder / "ours.age", bench.folder / "theirs.age"
    opened = bench.folder / "opened"
    age_encrypts = ["age", "-r", recipient, "-o", str(theirs_sealed), str(source)]
    age_decrypts = ["age", "-d", "-i", str(identity_file), "-o", str(opened), str(theirs_sealed)]
    for work, script, paths, peer in (
        ("encrypt", _ENCRYPT, (source, sealed), age_encrypts),
        ("decrypt", _DECRYPT, (sealed, opened), age_decrypts),
    ):
        arguments = [identity, *map(str, paths), str(told)]
        yield _row(bench, work, script=script, arguments=arguments, peer=peer)
    yield _command_row(bench, source)


def _row(bench: Workbench, work: str, *, script: str, arguments: list[str], peer: list[str]) -> Row:
    target, peer_target = Path(arguments[2]), peer[peer.index("-o") + 1]
    common = {"environment": bench.environment, "directory": bench.folder}
    python = str(BIN / "python")
    ours, theirs, start = race(
        [
            Contender(
                name="memberarc",
                command=[python, "-c", script + _PEAK, *arguments],
                prepare=lambda: target.unlink(missing_ok=True),
                **common,
            ),
            Contender(
                name="age, then sync",
                command=["sh", "-c", '"$@" && sync "$0"', peer_target, *peer],
                prepare=lambda: Path(peer_target).unlink(missing_ok=True),
                **common,
            ),
            Contender(name="start-up", command=[python, "-c", _START], **common),
        ],
        rounds=bench.scale.rounds(5),
    )
    peak = int(Path(arguments[3] + ".peak").read_text())
    ratio = (ours.median - start.median) / theirs.median
    return Row(
        work=f"{work} a document of {_size(bench)}",
        ours=ours,
        theirs=theirs,
        ratio=ratio,
        raw=ours.median / theirs.median,
        aim=f"at most {AT_MOST:.1f} times, at most {MEMORY_MB} MB",
        reached=ratio <= AT_MOST and peak <= MEMORY_MB,
        note=f"{peak} MB of memory at the peak. Both files are on the disk at the end. The start of"
        f" Python, {start.median:.3f} s, is taken off. Ours digests plaintext and ciphertext on the"
        " way, the latter in a thread: with no core free for it, it takes up to twice as long.",
    )


def _command_row(bench: Workbench, source: Path) -> Row:
    """Keep the file by the command: outside git, beside the same in git."""
    archives = {"outside": bench.archive("archive"), "in git": bench.archive("archive")}
    store = bench.folder / "store"
    store.mkdir()
    manifest = archives["outside"] / "memberarc.yaml"
    manifest.write_text(manifest.read_text(encoding="utf-8") + "document_limit: 10000000\n")
    git = ["git", "-C", str(archives["outside"])]
    bench.run(*git, "commit", "-aqm", "limit")
    environment = {**bench.environment, "MEMBERARC_DOCUMENTS": str(store)}
    codes = {
        name: bench.run(MEMBERARC, "-C", str(archive), "add", "--set", "name=bench")
        for name, archive in archives.items()
    }
    ours, theirs = race(
        [
            Contender(
                name=name,
                command=[
                    MEMBERARC,
                    *(
                        "-C",
                        str(archive),
                        "document",
                        "add",
                        codes[name].decode().strip(),
                        str(source),
                    ),
                    *("--level", "secret", "--title", "bench"),
                ],
                environment=environment,
                directory=bench.folder,
            )
            for name, archive in archives.items()
        ],
        rounds=1,
        warm_up=0,
    )
    ratio = theirs.median / ours.median
    return Row(
        work=f"`document add` of {_size(bench)} to a store, beside git",
        ours=ours,
        theirs=theirs,
        ratio=ratio,
        faster=True,
        aim="faster",
        reached=ratio > 1,
        note="the peer is memberarc without `document_limit`: git hashes, stores and checks out the"
        " file once more. One round.",
    )


def _size(bench: Workbench) -> str:
    return "1 MB" if bench.scale.is_small else "1 GB"
