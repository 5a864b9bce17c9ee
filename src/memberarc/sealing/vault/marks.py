"""What changes whenever a vault's shares or fences do, told without reading any of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from memberarc.sealing.vault.files import scan_folder

if TYPE_CHECKING:
    from memberarc.sealing.vault.replicas import Replicas

_FENCE: Final = ".yaml"


def share_marks(replicas: Replicas) -> list[str]:
    """Tell which segments there are, and when the shards were written last, in each replica.

    Shares that arrive come in a segment of a new name, and a shard is never changed in its place.
    """
    marks = []
    for vault in replicas:
        segments = [path.name for path in vault.share_files(vault.segments)]
        marks += [vault.replica, *segments, str(vault.shards.stat().st_mtime_ns)]
    return marks


def share_file_marks(replicas: Replicas) -> list[str]:
    """Tell what stands in :func:`share_marks`, and when each file or its mode was changed last."""
    folders = [folder for vault in replicas for folder in (vault.segments, vault.shards)]
    files = [
        (one.path, one.stat().st_ctime_ns) for folder in folders for one in scan_folder(folder)
    ]
    return [*share_marks(replicas), *(f"{path} {changed}" for path, changed in sorted(files))]


def fence_marks(replicas: Replicas) -> list[str]:
    """Tell which fences there are and when each was written last, in each replica."""
    marks = []
    for vault in replicas:
        entries = [one for one in scan_folder(vault.fence_folder) if one.name.endswith(_FENCE)]
        facts = [(one.name, one.stat().st_mtime_ns, one.stat().st_size) for one in entries]
        marks += [vault.replica, *(" ".join(map(str, one)) for one in sorted(facts))]
    return marks
