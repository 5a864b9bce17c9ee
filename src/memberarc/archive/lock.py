"""Let one process at a time change a folder: a lock file that names its holder, and heals."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from memberarc.errors import FileError, LockedError

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_HARD_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_SHORTEST_PAUSE_S = 0.005
_LONGEST_PAUSE_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds a lock, as written into it.

    ``machine`` tells two hosts of one name apart, and two containers; ``started`` tells a process
    from a later one that was given the same number.
    """

    host: str
    machine: str
    pid: int
    started: str
    token: str


@contextmanager
def hold_lock(directory: Path, *, wait_s: float = 30.0) -> Iterator[None]:
    """Hold ``directory/lock`` for the length of the block; the folder is made when missing.

    Two things are held. The lock file, created exclusively, names the holder and bars other hosts.
    The folder's flock is the guard: the kernel frees it when the holder *and every git process it
    started* have ended, so an orphan of a killed process is waited for, and of two processes that
    find a dead holder's file only one can replace it.

    Raises:
        LockedError: somebody else still held it after `wait_s` seconds.
        FileError: the folder cannot be written.
    """
    path = directory / "lock"
    own = _this_process()
    with _telling(directory):
        directory.mkdir(parents=True, exist_ok=True)
        guard = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.set_inheritable(guard, True)  # noqa: FBT003 -- the standard library's signature
        _wait_for(path, own, guard=guard, wait_s=wait_s)
        try:
            yield
        finally:
            if _holder_of(path) == own:
                path.unlink()
    finally:
        os.close(guard)


def pauses(wait_s: float) -> Iterator[float]:
    """Yield the pauses between tries, growing and uneven, until `wait_s` seconds have passed."""
    deadline = time.monotonic() + wait_s
    pause = _SHORTEST_PAUSE_S
    while True:
        yield pause * (0.5 + os.urandom(1)[0] / 512)
        if time.monotonic() >= deadline:
            return
        pause = min(pause * 2, _LONGEST_PAUSE_S)


def create_exclusively(path: Path, *, source: Path) -> None:
    """Make `path` a second name of `source`, complete from its first moment on.

    Where the file system has no hard links it becomes an exclusively created copy.

    Raises:
        FileExistsError: `path` is there already.
    """
    try:
        os.link(source, path)
    except OSError as err:
        if err.errno not in _NO_HARD_LINKS:
            raise
        mode = source.stat().st_mode & 0o777
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(source.read_bytes())


def _wait_for(path: Path, own: Holder, *, guard: int, wait_s: float) -> None:
    for pause in pauses(wait_s):
        with _telling(path.parent):
            if _acquire(path, own, guard=guard):
                return
        time.sleep(pause)
    raise _locked(path, wait_s=wait_s)


@contextmanager
def _telling(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as err:
        raise FileError(
            f"the folder cannot be locked: {err.strerror}",
            where=str(directory),
            hint=f"ls -ld '{directory}'",
        ) from err


def _acquire(path: Path, own: Holder, *, guard: int) -> bool:
    guarded = True
    try:
        fcntl.flock(guard, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems: the lock file alone must do
        guarded = False
    # Under the guard nobody else on this machine writes a draft, so one name leaves no litter.
    draft = path.with_name(f"lock.{own.machine if guarded else own.token}")
    try:
        _write_draft(draft, own)
        if guarded and _is_dead(_holder_of(path), own):
            path.unlink()
        create_exclusively(path, source=draft)
    except FileExistsError:
        if guarded:
            fcntl.flock(guard, fcntl.LOCK_UN)
        return False
    finally:
        draft.unlink(missing_ok=True)
    return True


def _write_draft(draft: Path, own: Holder) -> None:
    mode = draft.parent.stat().st_mode & 0o666  # as private as the folder
    draft.unlink(missing_ok=True)
    with open(draft, "x", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        json.dump(asdict(own), file)
        file.flush()
        os.fsync(file.fileno())  # after a power cut an empty lock could not be judged


def _is_dead(holder: Holder | None, own: Holder) -> bool:
    """Say whether the holder is a process of this machine that has ended."""
    return (
        holder is not None
        and (holder.host, holder.machine) == (own.host, own.machine)
        and _start_of(holder.pid) != holder.started
    )


def _holder_of(path: Path) -> Holder | None:
    """Read a lock file; None when it is gone or not one of ours to judge."""
    try:
        return Holder(**json.loads(path.read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _locked(path: Path, *, wait_s: float) -> LockedError:
    holder = _holder_of(path)
    with suppress(FileNotFoundError):
        age_s = max(0, round(time.time() - path.stat().st_mtime))
        if holder is None:
            return LockedError(
                f"locked for {age_s} s by a process that cannot be told",
                where=str(path),
                hint=f"when no memberarc is at work any more: rm '{path}'",
            )
        return LockedError(
            f"process {holder.pid} on {holder.host} has held the lock for {age_s} s",
            where=str(path),
            hint=f"wait for it; if it has ended: rm '{path}'",
        )
    return LockedError(
        f"other processes kept the lock busy for {wait_s:.0f} s",
        where=str(path),
        hint="try again; git commands of a killed process may still be running",
    )


def _this_process() -> Holder:
    return Holder(
        host=os.uname().nodename,
        machine=_machine(),
        pid=os.getpid(),
        started=_start_of(os.getpid()) or "",
        token=os.urandom(8).hex(),
    )


def _machine() -> str:
    """Return a short name of this machine and process namespace, other than its host name."""
    marks = []
    with suppress(OSError):
        marks.append(Path("/etc/machine-id").read_text(encoding="ascii").strip())
    with suppress(OSError):
        marks.append(str(Path("/proc/self/ns/pid").readlink()))
    return sha256(" ".join(marks).encode()).hexdigest()[:8]


def _start_of(pid: int) -> str | None:
    """Return when a process started, as text to compare, or None when there is no such process."""
    if not sys.platform.startswith("linux"):
        command = ["ps", "-o", "lstart=", "-p", str(pid)]
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout or None
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold spaces. After it the state, and 19 fields later the start in
    # ticks since boot; a zombie has ended, only its parent has not looked yet.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{boot}:{fields[19]}"
