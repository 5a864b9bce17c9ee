"""Take members' values that stand in clear out of all history: the one time it is rewritten."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from memberarc.acts.key.keys_at_hand import open_keys
from memberarc.acts.leak.find_leaks import LeakSearch
from memberarc.acts.opening import read_access
from memberarc.acts.purge.approving import executing_administrator
from memberarc.acts.purge.obstacles import refuse_incomplete
from memberarc.archive.head import read_head, refuse_unfinished
from memberarc.archive.layout import PathKind, path_kind
from memberarc.archive.opened import open_archive
from memberarc.archive.rewriting import (
    Reach,
    commits_naming,
    forget_unreachable,
    make_mirror,
    reach_of,
    reachable,
    require_filter_repo,
    rewrite_history,
)
from memberarc.archive.snapshot import read_objects
from memberarc.archive.uncommitted import changed_paths
from memberarc.disposal.needles import Needles
from memberarc.disposal.places import work_trees
from memberarc.disposal.redaction import redaction, safe_to_replace, sealed_version
from memberarc.disposal.versions import Version
from memberarc.errors import (
    ConflictError,
    FileError,
    SealingError,
    UnfinishedOperationError,
    UsageError,
    WorkTreeConflictError,
)
from memberarc.members.shelves import find_record
from memberarc.people import private_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from memberarc.acts.leak.find_leaks import Leaks
    from memberarc.acts.opening import Caller
    from memberarc.archive.git import Repository
    from memberarc.archive.opened import Archive
    from memberarc.disposal.scan import Hit

# Their bytes are signed, or are what a signature names: with a mark in them they are worth nothing.
_SIGNED_FILES: Final = (
    PathKind.KEY_LIST,
    PathKind.KEY_LIST_SIGNATURE,
    PathKind.LEVEL_KEY,
    PathKind.CERTIFICATE,
    PathKind.CERTIFICATE_SIGNATURE,
)
# What git keeps of a message while it is written, and of conflicts it has seen.
_GIT_RESIDUES: Final = ("COMMIT_EDITMSG", "MERGE_MSG", "SQUASH_MSG", "TAG_EDITMSG", "rr-cache")


@dataclass(frozen=True, slots=True, kw_only=True)
class RewriteRequest:
    """Whose values to take out; ``backup`` is where a mirror of what was before is made."""

    members: tuple[str, ...]
    backup: Path | None = None
    without_backup: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewrite:
    """What a rewriting did, or would do.

    ``beside`` are leaks that no rewriting reaches: untracked files, names of branches. ``kept``
    are values that the archive's own paths hold. After a dry run ``renamed``, how many commits
    have a new id, is None, and so are ``ids``, the file of what must not be seen again, and
    ``left``, what still stands in clear.
    """

    archive: str
    leaks: Leaks
    reach: Reach
    beside: tuple[str, ...]
    kept: tuple[str, ...]
    renamed: int | None = None
    ids: Path | None = None
    left: Leaks | None = None


def rewrite_leaks(
    caller: Caller, request: RewriteRequest, *, confirm: Callable[[Rewrite], None]
) -> Rewrite:
    """Replace values in clear in every commit, forget what was before, and search once more.

    What stands in clear in a version of a record is sealed there, anything else becomes a mark.

    Args:
        confirm: is shown what would be done, once nothing speaks against it; raises to stop.

    Raises:
        ApprovalMissingError: the caller is no administrator.
        ConflictError: the work tree is not clean, there are stashes or linked work trees, or the
            history is not whole; nothing has changed.
        UsageError: it was not said what becomes of the history as it was.
    """
    archive = open_archive(caller.directory)
    executing_administrator(caller, read_access(archive))
    refuse_incomplete([archive.repository])
    rewriting = _Rewriting(caller, archive, members=request.members)
    planned = rewriting.planned()
    if request.dry_run or not planned.leaks.leaks:
        return planned
    if not request.backup and not request.without_backup:
        raise UsageError(
            "say where a mirror of the history as it is shall be kept until all is well",
            hint="--backup DIR, or --no-backup",
        )
    _refuse_obstacles(archive.repository)
    backup = _new_folder(request.backup, archive.repository) if request.backup else None
    confirm(planned)
    if backup:
        make_mirror(archive.repository, backup)
    return rewriting.carried_out(planned)


class _Rewriting:
    """One rewriting: what was found, and what it makes of it."""

    def __init__(self, caller: Caller, archive: Archive, *, members: Sequence[str]) -> None:
        self._caller = caller
        self._archive = archive
        self._repository = archive.repository
        self._ring = open_keys(archive, caller).ring
        self._records = [find_record(archive, member) for member in dict.fromkeys(members)]
        self._leaks = self._search(archive)
        paths = (entry.path for entry in archive.snapshot.entries())
        own = (path for path in paths if path_kind(path) is not PathKind.OTHER)
        self._needles = safe_to_replace(self._leaks.needles, own)

    def planned(self) -> Rewrite:
        """Tell what would be done."""
        leaks = self._leaks.leaks
        kept = {*self._leaks.needles} - {*self._needles}
        return Rewrite(
            archive=self._archive.manifest.name,
            leaks=self._leaks,
            reach=self._reach() if self._in_history else Reach(changed=(), renamed=(), unsigned=()),
            beside=tuple(hit.place for hit in leaks if self._is_beside(hit)),
            kept=tuple(sorted(line for needle in kept for line in needle.field.split("\n"))),
        )

    def carried_out(self, planned: Rewrite) -> Rewrite:
        """Rewrite, sweep up, search once more, and write down what must not be seen again."""
        renamed: dict[str, str] = {}
        if self._in_history:
            renamed = rewrite_history(
                self._repository,
                blobs=dict(self._new_blobs()),
                texts=redaction(self._needles),
            )
        forget_unreachable(self._repository)
        for file in self._residues():
            file.unlink(missing_ok=True)
        return replace(
            planned,
            renamed=len(renamed),
            ids=self._write_ids(renamed),
            left=self._search(open_archive(self._caller.directory)),
        )

    def _reach(self) -> Reach:
        leaks = self._leaks.leaks
        commits = {commit for hit in leaks for commit in hit.commits}
        if any(hit.kind == "tree" for hit in leaks):
            needles = Needles(self._needles)
            commits |= commits_naming(self._repository, lambda path: bool(needles.fields_in(path)))
        return reach_of(self._repository, commits)

    @cached_property
    def _in_history(self) -> bool:
        """Whether some ref leads to a leak; if none does, nothing need get another id."""
        objects = [hit.object for hit in self._leaks.leaks if hit.object]
        return bool(objects and reachable(self._repository, objects))

    def _search(self, archive: Archive) -> Leaks:
        search = LeakSearch(
            self._caller, archive, repositories=[archive.repository], ring=self._ring
        )
        return search.for_members(self._records)

    def _new_blobs(self) -> Iterator[tuple[str, bytes]]:
        """Make the bytes that take the place of each blob with a leak."""
        texts = redaction(self._needles)
        blobs = [hit.object for hit in self._leaks.leaks if _is_replaceable(hit)]
        for blob, content in read_objects(self._repository, blobs):
            version = Version(blob=blob, content=content)
            try:
                sealed = sealed_version(version, schema_of=self._archive.schema, ring=self._ring)
            except SealingError:
                sealed = content  # another member's, whose share is gone: the mark must do
            yield blob, texts.applied(sealed)

    def _is_beside(self, hit: Hit) -> bool:
        """Tell whether a leak stands where neither the rewriting nor git's sweeping comes."""
        if hit.object:
            return not _is_replaceable(hit) and hit.kind == "blob" and hit.in_history
        place, git_dir, root = Path(hit.place), self._repository.git_dir, self._repository.work_tree
        swept = place == git_dir / "index" or place.is_relative_to(git_dir / "logs")
        if swept or place in self._residues():
            return False
        if root is not None and place.is_relative_to(root) and not place.is_relative_to(git_dir):
            return self._archive.snapshot.blob_of(place.relative_to(root).as_posix()) is None
        return True

    def _residues(self) -> list[Path]:
        """List git's own files that hold a value and that nobody misses."""
        git_dir = self._repository.git_dir
        return [
            place
            for hit in self._leaks.leaks
            if not hit.object
            and (place := Path(hit.place)).is_relative_to(git_dir)
            and place.relative_to(git_dir).parts[0] in _GIT_RESIDUES
        ]

    def _write_ids(self, renamed: Mapping[str, str]) -> Path:
        """Write the ids of all that must not be seen again into a file of the user's own."""
        folder = self._caller.user.state / self._archive.manifest.archive
        private_files.make_private_folder(folder)
        path = folder / f"rewritten-{self._caller.now:%Y%m%dT%H%M%SZ}.txt"
        lines = [f"{hit.kind} {hit.object}" for hit in self._leaks.leaks if hit.object]
        lines += [f"commit {old} {new}" for old, new in renamed.items()]
        private_files.replace(path, "".join(f"{line}\n" for line in lines).encode("ascii"))
        return path


def _refuse_obstacles(repository: Repository) -> None:
    """Refuse where a rewriting would lose something, or could not be complete.

    Raises:
        ConflictError: it would.
    """
    require_filter_repo()
    if read_head(repository).branch is None:
        raise UnfinishedOperationError("HEAD is detached", hint="git switch main")
    if repository.line("rev-parse", "--verify", "--quiet", "refs/stash"):
        raise ConflictError(
            "there are stashes, which would keep the history as it was",
            hint="git stash list; git stash drop",
        )
    if len(work_trees(repository)) > 1:
        raise ConflictError(
            "other work trees are linked to this repository", hint="git worktree list"
        )
    if repository.work_tree is not None:
        refuse_unfinished(repository)
        if edited := changed_paths(repository):
            raise WorkTreeConflictError(
                "the work tree is not as committed", where=edited[0], hint="git status"
            )


def _is_replaceable(hit: Hit) -> bool:
    return hit.kind == "blob" and not any(path_kind(path) in _SIGNED_FILES for path in hit.paths)


def _new_folder(folder: Path, repository: Repository) -> Path:
    """Refuse to make the mirror where something is, or inside what is searched.

    Raises:
        FileError: the place will not do.
    """
    place = folder.expanduser().resolve()
    if place.exists():
        raise FileError("the backup's folder exists already", where=str(folder))
    if any(
        place.is_relative_to(inside)
        for inside in (repository.work_tree, repository.common_dir)
        if inside is not None
    ):
        raise FileError("the backup would lie inside the archive", where=str(folder))
    return place
