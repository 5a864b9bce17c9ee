"""An archive at one commit: its manifest, its schemas, its files."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import chain
from typing import TYPE_CHECKING, Final

from memberarc.archive.git import Repository, find_repository
from memberarc.archive.incomplete import bring, is_partial
from memberarc.archive.layout import MANIFEST, PathKind, path_kind, schema_path
from memberarc.archive.manifest import Manifest, parse_manifest
from memberarc.archive.snapshot import Snapshot, open_snapshot
from memberarc.errors import NotAnArchiveError, SchemaError
from memberarc.formats.shipped_levels import accepted_schema
from memberarc.formats.yaml_file import load_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from memberarc.formats.schema import RecordSchema

# A partial clone fetches these together, lest it do so one by one.
_READ_BY_EVERY_ACT: Final = ("keys/", "policy/", "schemas/")


@dataclass(frozen=True, kw_only=True)
class Archive:
    """What stands at one commit; ``schema`` and ``policy_digest`` are read when asked for."""

    repository: Repository
    snapshot: Snapshot
    manifest: Manifest

    def schema(self, kind: str) -> RecordSchema:
        """Read the schema in force for a kind of record.

        Raises:
            SchemaError: there is none, or one that protects less than what was shipped.
        """
        if kind not in self._schemas:
            path = schema_path(kind)
            content = self.snapshot.read(path)
            if content is None:
                raise SchemaError(f"the archive has no schema for kind {kind}", where=path)
            self._schemas[kind] = accepted_schema(
                content, kind=kind, profile=self.manifest.profile, path=path
            )
        return self._schemas[kind]

    @cached_property
    def _schemas(self) -> dict[str, RecordSchema]:
        return {}

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of record this archive has a schema for."""
        return tuple(
            schema_kind(entry.path)
            for entry in self.snapshot.entries("schemas/")
            if path_kind(entry.path) is PathKind.SCHEMA
        )

    def require_schemas(self) -> None:
        """Refuse an archive with a schema that may not be used, whatever is done next."""
        for kind in self.kinds:
            self.schema(kind)

    @cached_property
    def policy_digest(self) -> str:
        """SHA-256 over sorted path NUL sha256 NUL of ``policy/`` (format.md, section 11)."""
        total = sha256()
        paths = sorted(entry.path for entry in self.snapshot.entries("policy/"))
        for path, content in self.snapshot.read_many(paths):
            total.update(f"{path}\0{sha256(content).hexdigest()}\0".encode())
        return total.hexdigest()

    def at(self, snapshot: Snapshot) -> Archive:
        """The same archive as another commit has it."""
        return _read_archive(self.repository, snapshot)


def schema_kind(path: str) -> str:
    """Take the kind of record from the path of its schema."""
    return path.removeprefix("schemas/").removesuffix(".schema.json")


def open_archive(directory: Path, *, revision: str = "HEAD") -> Archive:
    """Open the archive that a directory belongs to.

    Raises:
        NotAnArchiveError: no git repository here, or one without a manifest.
        ManifestError: the manifest does not fit.
        RevisionNotFoundError: git knows no such revision.
    """
    repository = find_repository(directory)
    return _read_archive(repository, open_snapshot(repository, revision))


def _read_archive(repository: Repository, snapshot: Snapshot) -> Archive:
    if is_partial(repository):
        listed = chain.from_iterable(map(snapshot.entries, _READ_BY_EVERY_ACT))
        settings = chain(snapshot.find([MANIFEST]).values(), listed)
        bring(repository, [entry.blob for entry in settings])
    content = snapshot.read(MANIFEST)
    if content is None:
        raise NotAnArchiveError(
            f"this git repository holds no {MANIFEST}",
            where=str(repository.work_tree or repository.git_dir),
            hint="memberarc init DIR --name NAME starts an archive",
        )
    manifest = parse_manifest(load_yaml(content, path=MANIFEST), path=MANIFEST)
    return Archive(repository=repository, snapshot=snapshot, manifest=manifest)
