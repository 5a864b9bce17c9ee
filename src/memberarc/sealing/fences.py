"""Fences: what the vault remembers of a purge, so that no share of that uid ever comes back.

Source: format.md, section 7.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from memberarc.errors import DuplicateError, VaultError
from memberarc.formats.canonical_yaml import read_canonical, write_yaml
from memberarc.people import private_files
from memberarc.sealing.vault_place import read_private

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FENCE_FORMAT: Final = "fence/1"
STATES: Final = ("approved", "fenced", "shredded", "committed", "certified")
"""The steps of a purge, in their order. The share still opens while a purge is only approved."""

_FROM_ANOTHER_REPLICA: Final = "restore the file from another replica of the vault"


@dataclass(frozen=True, slots=True, kw_only=True)
class FenceApproval:
    """Who approved the purge: the text signed, and the signature."""

    person: str
    role: str
    text: str
    signature: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """How far the purge of a uid has come, and when it reached each state (UTC, ISO 8601)."""

    uid: str
    request: str
    state: str
    times: Mapping[str, str]
    approvals: tuple[FenceApproval, ...] = ()

    def reached(self, state: str) -> bool:
        """Tell whether the purge has come to a state, or past it."""
        return STATES.index(self.state) >= STATES.index(state)

    def advanced(self, state: str, *, now: datetime) -> Fence:
        """Return the fence in a later state; unchanged when it has come that far already."""
        if self.reached(state):
            return self
        return replace(self, state=state, times={**self.times, state: utc_text(now)})


class FenceFolder:
    """The fences of one vault; a file is created once and never removed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._uids: frozenset[str] = frozenset()
        self._listed_at = -1

    def uids(self) -> frozenset[str]:
        """Return which uids have a fence; asked for every share, so the folder is listed once."""
        changed_at = self.folder.stat().st_mtime_ns
        if changed_at != self._listed_at:
            self._uids = frozenset(path.stem for path in self.folder.glob("[a-z]*.yaml"))
            self._listed_at = changed_at
        return self._uids

    def get(self, uid: str) -> Fence | None:
        """Read the fence of a uid.

        Raises:
            VaultError: the file is no fence, or was cut off by a crash.
        """
        path = self._path(uid)
        if not path.exists():
            return None
        fence = parse_fence(read_private(path), path=str(path))
        if fence.uid != uid:
            raise VaultError(
                "the fence of another uid", where=str(path), hint=_FROM_ANOTHER_REPLICA
            )
        return fence

    def all(self) -> dict[str, Fence]:
        """Read all fences, by uid."""
        found = {uid: self.get(uid) for uid in sorted(self.uids())}
        return {uid: fence for uid, fence in found.items() if fence is not None}

    def closes(self, uid: str) -> bool:
        """Tell whether a member must not be opened any more; an unreadable fence closes, too."""
        if uid not in self.uids():
            return False
        try:
            fence = self.get(uid)
        except VaultError:
            return True
        return fence is not None and fence.reached("fenced")

    def create(self, fence: Fence) -> Fence:
        """Write a fence, or return the one that stands for the same request.

        Raises:
            DuplicateError: another request has fenced the uid.
        """
        from memberarc.archive.lock import create_exclusively

        path = self._path(fence.uid)
        spare = private_files.spare_path(path)
        private_files.write_new(spare, write_fence(fence))
        try:
            create_exclusively(path, source=spare)
        except FileExistsError:
            standing = self.get(fence.uid)
            assert standing is not None
            if standing.request != fence.request:
                raise DuplicateError(
                    f"{fence.uid} is fenced by request {standing.request}", where=str(path)
                ) from None
            return standing
        finally:
            spare.unlink()
            private_files.sync_folder(self.folder)
            # The clock of the file system may not tell two changes within a few milliseconds.
            self._listed_at = -1
        return fence

    def advance(self, uid: str, state: str, *, now: datetime) -> Fence:
        """Put a later state in the place of an earlier one."""
        fence = self._standing(uid)
        advanced = fence.advanced(state, now=now)
        if advanced is not fence:
            private_files.replace(self._path(uid), write_fence(advanced))
        return advanced

    def approve_again(self, uid: str, *, approval: FenceApproval, now: datetime) -> Fence:
        """Put another approval in the place of those a fence had; its other times stay."""
        fence = self._standing(uid)
        times = {**fence.times, "approved": utc_text(now)}
        approved = replace(fence, times=times, approvals=(approval,))
        private_files.replace(self._path(uid), write_fence(approved))
        return approved

    def _standing(self, uid: str) -> Fence:
        fence = self.get(uid)
        if fence is None:
            raise VaultError(
                "there is no fence to go on with",
                where=str(self._path(uid)),
                hint=_FROM_ANOTHER_REPLICA,
            )
        return fence

    def _path(self, uid: str) -> Path:
        return self.folder / f"{uid}.yaml"


def parse_fence(content: bytes, *, path: str) -> Fence:
    """Read a fence; only the bytes that ``write_fence`` gives are one.

    Raises:
        VaultError: they are others.
    """
    try:
        document: Any = read_canonical(content)
        fence = Fence(
            uid=document["uid"],
            request=document["request"],
            state=document["state"],
            times=document["times"],
            approvals=tuple(FenceApproval(**one) for one in document.get("approvals", ())),
        )
        texts = [text for one in fence.approvals for text in (one.person, one.role, one.text)]
        if write_fence(fence) == content and all(isinstance(text, str) for text in texts):
            return fence
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise VaultError("not a fence", where=path, hint=_FROM_ANOTHER_REPLICA)


def write_fence(fence: Fence) -> bytes:
    """Write the canonical bytes of a fence."""
    if fence.state not in STATES or not fence.times.keys() <= set(STATES):
        raise ValueError(f"the states of a fence are {', '.join(STATES)}")
    for time in fence.times.values():
        datetime.fromisoformat(time)
    return write_yaml(
        {
            "format": FENCE_FORMAT,
            "uid": fence.uid,
            "request": fence.request,
            "state": fence.state,
            "times": {state: fence.times[state] for state in STATES if state in fence.times},
            "approvals": [
                {
                    "person": one.person,
                    "role": one.role,
                    "text": one.text,
                    "signature": one.signature,
                }
                for one in fence.approvals
            ],
        }
    )


def utc_text(moment: datetime) -> str:
    """Write a time as fences do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
