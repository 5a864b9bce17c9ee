"""Check an archive's files, without any key: on the disk, as staged, or only some."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from memberarc.archive.file_source import committed_files, files_on_disk, staged_files
from memberarc.archive.opened import open_archive
from memberarc.archive.uncommitted import read_work_tree_file, require_work_tree
from memberarc.review.archive_checks import ArchiveChecks, link_problem
from memberarc.review.file_checks import FileChecks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from memberarc.acts.opening import Caller
    from memberarc.archive.file_source import FileSource
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
    if staged or paths:
        require_work_tree(repository)
    if staged:
        return _check(staged_files(repository, environ=environ or {}), whole=True)
    if repository.work_tree is None:
        return _check(committed_files(archive.snapshot), whole=True)
    links: list[str] = []
    source = files_on_disk(repository, only=paths, on_link=links.append)
    report = _check(source, whole=not paths, read=partial(read_work_tree_file, repository))
    problems = (*map(link_problem, links), *report.problems)
    return CheckReport(problems=problems, files=report.files + len(links))


def _check(
    source: FileSource, *, whole: bool, read: Callable[[str], bytes | None] | None = None
) -> CheckReport:
    checks = FileChecks(read or partial(_read_one, source))
    if whole:
        problems = tuple(ArchiveChecks(checks).problems(source))
    else:
        files = source.read_many(source.paths)
        problems = tuple(
            chain.from_iterable(checks.problems(path, content or b"") for path, content in files)
        )
    return CheckReport(problems=problems, files=len(source.paths))


def _read_one(source: FileSource, path: str) -> bytes | None:
    return next((content for _, content in source.read_many([path])), None)
