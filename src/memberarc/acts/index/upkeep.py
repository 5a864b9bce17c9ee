"""Have the index of the keys at hand hold what the newest commit holds, whatever that takes."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from memberarc import __version__
from memberarc.acts.index.place import SUFFIX, index_place
from memberarc.archive.layout import MANIFEST, PathKind, path_kind
from memberarc.errors import FileError, GitError, LockedError, UnusableIndexError
from memberarc.people.private_files import make_private_folder, sync_file, sync_folder
from memberarc.sealing.vault.marks import fence_marks, share_file_marks, share_marks
from memberarc.search.index.index_file import create_file, open_file
from memberarc.search.index.layout import Layout
from memberarc.search.index.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from memberarc.acts.key.keys_at_hand import KeysAtHand
    from memberarc.acts.opening import Caller
    from memberarc.archive.opened import Archive
    from memberarc.archive.packed_files import File
    from memberarc.sealing.keys.key_ring import KeyRing
    from memberarc.sealing.vault.replicas import Replicas

FORMAT: Final = "index/2"
UNUSABLE: Final = {"format": "none", "commit": ""}
HALF_WRITTEN: Final = ".new"
# The facts by which an index is seen to be up to date.
_STATE: Final = {"commit", "fences", "shares", "share_files"}
_RULES: Final = (MANIFEST, "schemas")
# Whoever holds it longer may have been stopped, and an answer can be had without the file.
_LONGEST_WAIT_S: Final = 60.0
# An index nobody has opened for so long is of keys that nobody has any more.
_FORGOTTEN_AFTER_S: Final = 30 * 24 * 3600.0
# Above this part of all records, to make an index anew takes less time than to change it.
_MANY: Final = 0.3
_FEW: Final = 1000


def index_of(
    archive: Archive, caller: Caller, *, keys: KeysAtHand, only_look: bool = False
) -> IndexUpkeep:
    """Return the upkeep of the index that a reader's keys open.

    Args:
        only_look: write nothing, not even the vault's share that an index could be made with.
    """
    return IndexUpkeep(archive, caller, ring=keys.ring, replicas=keys.replicas, only_look=only_look)


class IndexUpkeep:
    """Keeps the one index that holds what a ring of keys opens in an archive.

    ``notice`` tells why an index that was made lives in memory only.
    """

    def __init__(
        self,
        archive: Archive,
        caller: Caller,
        *,
        ring: KeyRing | None,
        replicas: Replicas | None,
        only_look: bool = False,
    ) -> None:
        self.archive = archive
        self.ring = ring
        self.replicas = replicas
        self._watch = caller.watch
        self._clock = caller.clock
        self.place = index_place(archive, ring=ring, replicas=replicas, make_share=not only_look)
        self.notice = ""

    def current(self) -> Store:
        """Open the index as the newest commit has it; built, if there is none that can be used."""
        with suppress(UnusableIndexError):
            store = self.standing()
            if self.is_current(store):
                return store
            store.connection.close()
        return self._kept(self._mended)

    def rebuilt(self) -> Store:
        """Make the index from nothing."""
        return self._kept(self._made)

    def standing(self) -> Store:
        """Open the index as it lies there.

        Raises:
            UnusableIndexError: there is none, or it is of no use.
        """
        path = self.place.path
        if path is None or not path.is_file():
            raise UnusableIndexError("there is no index", hint="memberarc index rebuild")
        if path.is_symlink():
            raise UnusableIndexError("a link stands in its place", where=str(path))
        store = Store(open_file(path, key=self.place.key), place=path)
        facts = store.facts()
        if not (self._nature.items() <= facts.items() and facts.keys() >= _STATE):
            raise UnusableIndexError("another version made the index", where=str(path))
        return store

    def is_current(self, store: Store) -> bool:
        """Tell whether an index holds what the newest commit does, as far as the vault opens it."""
        facts = store.facts()
        return self._state.items() <= facts.items() and (
            not store.has_unreadable() or facts["share_files"] == self._share_files
        )

    def make_usable(self, store: Store) -> None:
        """Have the index say that it may be used; what says ``UNUSABLE`` is made anew."""
        store.note(self._nature)

    @property
    def _nature(self) -> dict[str, str]:
        """What never changes in an index that can be used."""
        return {"format": FORMAT, "version": __version__, "archive": self.archive.manifest.archive}

    @property
    def _state(self) -> dict[str, str]:
        """What any index must agree with to be up to date."""
        return {
            "commit": self.archive.snapshot.commit or "",
            "fences": _digest(fence_marks(self.replicas)) if self.replicas else "",
            "shares": _digest(share_marks(self.replicas)) if self.replicas else "",
        }

    @property
    def _share_files(self) -> str:
        """What an index of which something did not open must agree with, too."""
        return _digest(share_file_marks(self.replicas)) if self.replicas else ""

    def _kept(self, work: Callable[[Path], Store]) -> Store:
        """Work on the index's file while nobody else does; where none can be kept, in memory."""
        # Most searches find everything up to date, and need none of what is imported below.
        from memberarc.archive.lock import hold_lock

        path = self.place.path
        try:
            if path is None:
                raise FileError("the vault has no share for it, and cannot be written")
            if path.parent.is_symlink():
                raise FileError("its folder is a link")
            make_private_folder(path.parent)
            with hold_lock(path.parent, wait_s=_LONGEST_WAIT_S):
                return work(path)
        except (FileError, LockedError, UnusableIndexError) as err:
            reason = err.message
        except OSError as err:
            reason = str(err.strerror)
        self.notice = f"the index cannot be kept, every search makes one in memory: {reason}"
        return self._filled(None)

    def _mended(self, path: Path) -> Store:
        """Bring the index up to date; made from nothing where that cannot be done."""
        try:
            store = self.standing()  # another process may have made it in the meantime
            self._bring_up_to_date(store)
        except UnusableIndexError:
            return self._made(path)
        os.utime(path)
        return store

    def _made(self, path: Path) -> Store:
        """Make the index in a file of another name until it is whole."""
        self._clear_away(path)
        spare = path.with_suffix(HALF_WRITTEN)
        try:
            self._filled(spare).connection.close()
            sync_file(spare)
            spare.rename(path)
        finally:
            spare.unlink(missing_ok=True)
        sync_folder(path.parent)
        return self.standing()

    def _filled(self, path: Path | None) -> Store:
        from memberarc.archive.packed_files import pack_files

        state = {**self._state, "share_files": self._share_files}
        connection = create_file(path, key=self.place.key)
        store = Store.create(connection, place=path, layout=self._layout())
        files = pack_files(
            (entry.path, entry.blob)
            for entry in self.archive.snapshot.each()
            if path_kind(entry.path) is PathKind.MEMBER
        )
        with store.transaction():
            self._take_in(store, files, what="building the index")
            store.make_keys()
            store.note({**self._nature, **state})
        return store

    def _take_in(self, store: Store, files: Sequence[File], *, what: str) -> None:
        from memberarc.acts.index.reading import indexed_files
        from memberarc.members.record_batches import processes_for

        read = indexed_files(
            files,
            archive=self.archive,
            ring=self.ring,
            layout=store.layout,
            usual=store.usual_readings(at_once=processes_for(len(files)) > 1),
        )
        watched = self._watch(read, what=what, total=len(files))
        flawed: list[tuple[str, bytes]] = []

        def sound() -> Iterable[object]:
            for (path, blob), record in watched:
                if record is None:
                    flawed.append((path, bytes.fromhex(blob)))
                else:
                    yield record

        store.put(sound())  # type: ignore[arg-type]
        store.put_flawed(flawed)

    def _bring_up_to_date(self, store: Store) -> None:
        state = {**self._state, "share_files": self._share_files}
        with store.transaction():
            facts = store.facts()
            changed = self._changed(store, since=facts["commit"])
            if facts["fences"] != state["fences"] and self.replicas:
                changed = {**dict(store.files_of(self.replicas.fenced_uids())), **changed}
            if any(facts[name] != state[name] for name in ("shares", "fences", "share_files")):
                changed = {**dict(store.unreadable()), **changed}
            if len(changed) > max(_FEW, _MANY * store.count()):
                raise UnusableIndexError("too much has changed")
            store.drop(changed)
            files = [(path, blob) for path, blob in changed.items() if blob is not None]
            self._take_in(store, files, what="updating the index")
            store.note(state)

    def _changed(self, store: Store, *, since: str) -> dict[str, str | None]:
        """Tell which records are not of the blobs that the index read, and of which they are."""
        commit = self.archive.snapshot.commit
        if commit == since:
            return {}
        from memberarc.archive.comparison import changed_files

        below = (*_RULES, "members")
        try:
            changed: Mapping[str, str | None] = changed_files(
                self.archive.repository, old=since, new=commit or "", below=below
            )
        except GitError:  # the commit is gone; every blob has to be compared
            stood = {path: blob.hex() for path, blob in store.blobs().items()}
            stands = {one.path: one.blob for one in self.archive.snapshot.entries("members/")}
            if store.layout.text != self._layout().text:
                raise UnusableIndexError("the schemas have changed") from None
            changed = {
                path: stands.get(path)
                for path in stood.keys() | stands.keys()
                if stood.get(path) != stands.get(path)
            }
        if any(not path.startswith("members/") for path in changed):
            raise UnusableIndexError("the schemas have changed")
        return {path: blob for path, blob in changed.items() if path_kind(path) is PathKind.MEMBER}

    def _layout(self) -> Layout:
        return Layout.of([self.archive.schema(kind) for kind in self.archive.kinds])

    def _clear_away(self, path: Path) -> None:
        """Delete what will be made anew, what is half written, and what nobody opens any more.

        A journal of what stood there before would be played back into what comes next.
        """
        now = self._clock().timestamp()
        for other in path.parent.iterdir():
            is_index = other.suffix == SUFFIX or other.suffix.startswith(f"{SUFFIX}-")
            forgotten = is_index and now - other.lstat().st_mtime > _FORGOTTEN_AFTER_S
            if forgotten or other.stem == path.stem or other.suffix == HALF_WRITTEN:
                other.unlink()


def _digest(words: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()
