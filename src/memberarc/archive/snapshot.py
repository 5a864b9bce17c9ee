"""Read the files of one commit, or any object, without a work tree."""

from __future__ import annotations

import re
from bisect import bisect_left
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, TYPE_CHECKING, Final

from memberarc.archive.git import Repository, decode_path, is_plain_path
from memberarc.archive.git_command import FEW_PAGES
from memberarc.archive.incomplete import bring, is_partial
from memberarc.archive.revisions import is_unborn, resolve
from memberarc.archive.tree_object import read_folder
from memberarc.errors import GitError, Problem

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

# So many requests fit into a pipe: they are written without waiting for an answer, and therefore
# neither side ever waits for the other to read.
_REQUESTS_AT_ONCE = 64
# So many reads one after another cost less than a git process for them.
_FEW_READS = 16
# Up to here reading the folders of single paths is cheaper than listing a large tree.
_FEW_PATHS = 200
# Few files beside the records: an act that looks there need not list a hundred thousand.
_SMALL_FOLDER = re.compile(r"(?:keys|policy|schemas|segments|tombstones|documents/[a-z2-7]+)/")
_FOLDER = "040000"
_NO_FILE = (_FOLDER, "160000")  # the other is the mode of a submodule

AGE_FILE: Final = b"age-encryption.org/v1\n"
"""An age file begins so; behind its header it holds ciphertext only, perhaps gigabytes of it."""

AGE_HEAD_BYTES: Final = 1 << 16
"""So much of an age file is read where it is searched for plaintext: its header and more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file of a commit: where, how (git's octal mode), and the id of its bytes."""

    path: str
    mode: str
    blob: str


class Snapshot:
    """The files of one commit; of none, on a branch that has no commit yet.

    The whole listing is read at most once, and only when something asks for it.
    """

    def __init__(self, *, repository: Repository, commit: str | None) -> None:
        self.repository = repository
        self.commit = commit
        self._lines: dict[str, str] | None = None
        self._paths: list[str] = []
        self._foreign: list[bytes] = []

    def entries(self, prefix: str = "") -> list[Entry]:
        """Return the files whose path begins with `prefix`, in the order of their paths."""
        if self._lines is None and self.commit and _SMALL_FOLDER.fullmatch(prefix):
            return self._in_folder(prefix)
        lines = self._list()
        start = bisect_left(self._paths, prefix)
        end = bisect_left(self._paths, prefix + "\x80", lo=start)  # beyond every ASCII path
        return [_entry(lines[path]) for path in self._paths[start:end]]

    def each(self) -> Iterator[Entry]:
        """Yield every file and hold none, for who goes through a million of them."""
        from memberarc.archive.tree_changes import tokens_of  # who reads a record needs none

        if self.commit is None:
            return
        with self.repository.stream("ls-tree", "-r", "-z", "--full-tree", self.commit) as pipes:
            for raw in tokens_of(pipes.answers):
                line = decode_path(raw)
                if line is not None and not line.startswith(_NO_FILE):
                    yield _entry(line)

    def find(self, paths: Iterable[str]) -> dict[str, Entry]:
        """Return what stands at these paths, without listing everything for the sake of a few."""
        wanted = dict.fromkeys(path for path in paths if is_plain_path(path))
        if self.commit is None or not wanted:
            return {}
        if self._lines is None and len(wanted) <= _FEW_PATHS:
            folders = dict.fromkeys(path.rpartition("/")[0] for path in wanted)
            found = (entry for folder in folders for entry in self._folder(folder, wanted=wanted))
            return {entry.path: entry for entry in found if entry.mode not in _NO_FILE}
        lines = self._list()
        return {path: _entry(lines[path]) for path in wanted if path in lines}

    def blob_of(self, path: str) -> str | None:
        """Return the id of a file's bytes, or None where no file stands."""
        if self.commit is None or self._lines is not None or not is_plain_path(path):
            entry = self.find([path]).get(path)
            return None if entry is None else entry.blob
        identifier, kind = self.repository.identify(f"{self.commit}:{path}") or ("", "")
        return identifier if kind == "blob" else None

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, or None where no file stands."""
        if self.commit is None:
            return None
        _, kind, content = self.repository.read_object(self._request(path)) or ("", "", b"")
        return content if kind == "blob" else None

    def read_many(self, paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
        """Yield path and bytes of the files that stand, in the order asked for."""
        if self.commit is None:
            return
        remaining = iter(paths)
        first = [*islice(remaining, _FEW_PATHS + 1)]
        known: dict[str, Entry] = {}
        if len(first) > _FEW_PATHS:
            self._list()  # git finds an object by its id ten times faster than by its path
        elif is_partial(self.repository):
            known = self.find(first)  # what is lacking is fetched by its id
        elif len(first) <= _FEW_READS:
            for path in first:
                content = self.read(path)
                if content is not None:
                    yield path, content
            return
        requests = (
            (path, known[path].blob if path in known else self._request(path))
            for path in chain(first, remaining)
        )
        for path, kind, content in _answers(self.repository, requests):
            if kind == "blob":
                yield path, content

    def problems(self) -> list[Problem]:
        """Return a problem for each path that is not ASCII; no other method lists such a path."""
        self._list()
        return [
            Problem(
                path=raw.decode("utf-8", "backslashreplace"),
                rule="path-not-ascii",
                message="a path of an archive holds ASCII characters only",
                hint="rename the file, or keep it outside of the archive",
            )
            for raw in self._foreign
        ]

    def _request(self, path: str) -> str:
        if self._lines is None and is_plain_path(path):
            return f"{self.commit}:{path}"
        line = (self._lines or {}).get(path)
        return self.repository.no_object if line is None else _entry(line).blob

    def _in_folder(self, prefix: str) -> list[Entry]:
        """Return the files of a folder; git is asked to descend where there are others in it."""
        entries = self._folder(prefix.rstrip("/"))
        if any(entry.mode == _FOLDER for entry in entries):
            words = ("ls-tree", "-r", "-z", "--full-tree", str(self.commit), "--", prefix)
            listed = self.repository.run(*words).split(b"\0")
            entries = [_entry(line) for raw in listed if (line := decode_path(raw))]
        return [entry for entry in entries if entry.mode not in _NO_FILE]

    def _folder(self, folder: str, *, wanted: Container[str] | None = None) -> list[Entry]:
        """Read what stands in a folder itself, or what of that is wanted."""
        found = read_folder(self.repository, commit=str(self.commit), folder=folder)
        return [
            Entry(path=path, mode=mode, blob=identifier)
            for path, mode, identifier in found
            if wanted is None or path in wanted
        ]

    def _list(self) -> dict[str, str]:
        if self._lines is None:
            self._lines = {}
            listed = (
                self.repository.run("ls-tree", "-r", "-z", "--full-tree", self.commit)
                if self.commit
                else b""
            )
            for raw in listed.split(b"\0")[:-1]:
                line = decode_path(raw)
                if line is None:
                    self._foreign.append(raw.partition(b"\t")[2])
                elif not line.startswith(_NO_FILE):
                    self._lines[line.partition("\t")[2]] = line
            self._paths = [*self._lines]
        return self._lines


def open_snapshot(repository: Repository, revision: str = "HEAD") -> Snapshot:
    """Open the commit a revision names; HEAD of a branch without commits opens as empty.

    Raises:
        RevisionNotFoundError: it names no commit.
    """
    head = repository.identify("HEAD^{commit}") if revision == "HEAD" else None
    if head is not None:
        return Snapshot(repository=repository, commit=head[0])
    unborn = revision == "HEAD" and is_unborn(repository)
    commit = None if unborn else resolve(repository, revision)
    return Snapshot(repository=repository, commit=commit)


def read_objects(repository: Repository, ids: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Yield id and bytes of each object, in the order asked for.

    Raises:
        GitError: an object is missing from the repository.
    """
    for identifier, _, content in typed_objects(repository, ids):
        yield identifier, content


def typed_objects(repository: Repository, ids: Iterable[str]) -> Iterator[tuple[str, str, bytes]]:
    """Yield id, type and bytes of each object, in the order asked for; raises as the above."""
    for identifier, kind, content in _answers(repository, ((one, one) for one in ids)):
        if kind is None:
            raise GitError(f"object {identifier} is missing", hint="git fsck --full")
        yield identifier, kind, content


@contextmanager
def open_blob(repository: Repository, blob: str) -> Iterator[IO[bytes]]:
    """Open one blob as a stream, for one that is too large to hold."""
    if is_partial(repository):
        bring(repository, [blob])
    with repository.stream("cat-file", "blob", blob) as pipes:
        yield pipes.answers


def all_objects(repository: Repository) -> Iterator[tuple[str, str, bytes]]:
    """Yield id, type and bytes of every object in the store, reachable or not.

    Of an age file only the first ``AGE_HEAD_BYTES``.

    Raises:
        GitError: an object cannot be read.
    """
    options = ("--batch-all-objects", "--batch", "--unordered", "--buffer")
    with repository.stream("cat-file", *options) as pipes:
        while header := pipes.answers.readline():
            if header.endswith(b" missing\n"):
                identifier = header.split()[0].decode("ascii")
                raise GitError(f"object {identifier} is damaged", hint="git fsck --full")
            identifier, kind, content = _object(pipes.answers, header, ciphertext=False)
            yield identifier, kind, content


def count_objects(repository: Repository) -> int:
    """Say about how many objects the store holds: one that is packed twice counts twice."""
    facts = repository.run("count-objects", "-v").decode("ascii").splitlines()
    counts = dict(line.split(": ") for line in facts)
    return int(counts["count"]) + int(counts["in-pack"])


def _answers(
    repository: Repository, requests: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str | None, bytes]]:
    """Yield for each (label, object name) the label, type and bytes; no type: no object."""
    if is_partial(repository):
        requests = [*requests]
        bring(repository, (name for _, name in requests if ":" not in name))
    remaining = iter(requests)
    with repository.stream("cat-file", "--batch", environment=FEW_PAGES) as pipes:
        while batch := [*islice(remaining, _REQUESTS_AT_ONCE)]:
            pipes.requests.write("".join(f"{name}\n" for _, name in batch).encode())
            pipes.requests.flush()
            for label, _ in batch:
                header = pipes.answers.readline()
                if not header:
                    return  # git died; leaving the stream tells why
                if header.endswith((b" missing\n", b" ambiguous\n")):
                    yield label, None, b""
                else:
                    _, kind, content = _object(pipes.answers, header)
                    yield label, kind, content


def _object(stream: IO[bytes], header: bytes, *, ciphertext: bool = True) -> tuple[str, str, bytes]:
    identifier, kind, size = header.decode("ascii").split()
    rest = int(size)
    content = b"" if ciphertext else stream.read(min(rest, AGE_HEAD_BYTES))
    rest -= len(content)
    if content.startswith(AGE_FILE):
        while rest and (skipped := stream.read(min(rest, AGE_HEAD_BYTES))):
            rest -= len(skipped)
    else:
        content += stream.read(rest)
    stream.read(1)  # the line feed git adds
    return identifier, kind, content


def _entry(line: str) -> Entry:
    facts, _, path = line.partition("\t")
    mode, _, blob = facts.split(" ")
    return Entry(path=path, mode=mode, blob=blob)
