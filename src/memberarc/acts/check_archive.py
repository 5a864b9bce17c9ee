"""Check an archive's files, without any key: on the disk, as staged, or only some."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from memberarc.archive.layout import PathKind, path_kind
from memberarc.archive.opened import open_archive
from memberarc.archive.uncommitted import read_work_tree_file, staged_files, work_tree_files
from memberarc.review.archive_checks import ArchiveChecks, link_problem
from memberarc.review.file_checks import FileChecks

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Every flaw found, in the order of files, and how many files were looked at."""

    problems: tuple[Problem, ...]
    files: int


def check_archive(
    caller: Caller,
    *,
    paths: tuple[str, ...] = (),
    staged: bool = False,
    environ: Mapping[str, str] | None = None,
) -> CheckReport:
    """Check the work tree, what is staged, some paths only, or a bare clone's newest commit.

    Args:
        paths: archive paths; what stands between files is then not judged.
        environ: where a hook's index is named, for ``staged``.
    """
    archive = open_archive(caller.directory)
    repository = archive.repository
    if staged:
        files = dict(staged_files(repository, environ=environ or {}))
        return _check(FileChecks(files.get), iter(files.items()), whole=True)
    if repository.work_tree is None:
        return _check(FileChecks.of(archive), committed_files(archive), whole=True)

    def read(path: str) -> bytes | None:
        return read_work_tree_file(repository, path)

    links: list[str] = []
    files_on_disk = work_tree_files(repository, only=paths, on_link=links.append)
    report = _check(FileChecks(read), files_on_disk, whole=not paths)
    problems = (*map(link_problem, links), *report.problems)
    return CheckReport(problems=problems, files=report.files + len(links))


def _check(checks: FileChecks, files: Iterator[tuple[str, bytes]], *, whole: bool) -> CheckReport:
    if whole:
        archive_checks = ArchiveChecks(checks)
        problems = tuple(archive_checks.problems(files))
        return CheckReport(problems=problems, files=archive_checks.files)
    judged = [checks.problems(path, content) for path, content in files]
    return CheckReport(
        problems=tuple(problem for problems in judged for problem in problems), files=len(judged)
    )


def committed_files(archive: Archive) -> Iterator[tuple[str, bytes]]:
    """Yield every file; of documents, which may be larger than memory, the name only."""
    paths = [entry.path for entry in archive.snapshot.entries()]
    documents = {path for path in paths if path_kind(path) is PathKind.DOCUMENT}
    yield from ((path, b"") for path in sorted(documents))
    yield from archive.snapshot.read_many(path for path in paths if path not in documents)
