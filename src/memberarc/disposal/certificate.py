"""The purge certificate: what was done, checked, and not checked (format.md, section 10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from memberarc.disposal.needles import ENCODINGS, SHORTEST_BYTES
from memberarc.formats.canonical_yaml import Node, write_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping

    from memberarc.sealing.vault.fences import FenceApproval

FORMAT: Final = "certificate/1"
NAMESPACE: Final = "memberarc-certificate@m1"

# What one purge on one machine can never look at.
NOT_CHECKED: Final = (
    "other_clones_and_mirrors",
    "copies_of_the_vault_made_outside_memberarc",
    "exports_prints_and_screens",
    "search_indexes_elsewhere",
    "sealed_values_of_other_members",
    "compressed_files_images_and_document_contents",
)
STORES_ELSEWHERE: Final = "stores_of_documents_elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupStanding:
    """A backup or escrow of the vault that was made before the shredding, until it expires."""

    id: str
    kind: str
    made: str
    expires: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Every key at hand against every version.

    ``unreadable`` names the versions that are no record any more, so that nobody can say which
    values they hold.
    """

    versions: int
    values: int
    opened: int
    notes: int
    documents: int
    objects_scanned: int
    copies: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """All that can honestly be said after a purge; times are UTC, ISO 8601.

    Args:
        replicas: by id, when each had destroyed the share and was read again.
        retired: replicas that were given up before; nobody asked them.
        backups: those that still hold the share, and those that are past their day and for which
            nobody has said that they were destroyed.
    """

    archive: str
    id: str
    uid: str
    request: str
    reason: str
    asked_by: str
    executed_by: str
    approvals: tuple[FenceApproval, ...]
    times: Mapping[str, str]
    replicas: Mapping[str, str]
    retired: tuple[str, ...]
    trial: Trial
    second_scan: bool
    scan: str
    left_out: tuple[str, ...]
    backups: tuple[BackupStanding, ...]
    overdue: tuple[BackupStanding, ...]
    found_in_organisation_files: tuple[str, ...]
    remains: Mapping[str, Node]
    backup_before: bool = False
    not_checked: tuple[str, ...] = field(default=NOT_CHECKED)


def write_certificate(certificate: Certificate) -> bytes:
    """Write the canonical bytes of a certificate, which are what gets signed."""
    return write_yaml(
        {
            "format": FORMAT,
            "archive": certificate.archive,
            "id": certificate.id,
            "uid": certificate.uid,
            "request": certificate.request,
            "reason": certificate.reason,
            "asked_by": certificate.asked_by,
            "approved_by": [approval.person for approval in certificate.approvals],
            "executed_by": certificate.executed_by,
            "times": dict(certificate.times),
            "replicas": [
                {"id": replica, "confirmed_at": time}
                for replica, time in certificate.replicas.items()
            ],
            "retired_replicas": list(certificate.retired),
            "vault_backups": _standing(certificate.backups),
            "vault_backups_overdue": _standing(certificate.overdue),
            "checked": {
                "scan": certificate.scan,
                "left_out": list(certificate.left_out),
                "versions_tried": certificate.trial.versions,
                "values_tried": certificate.trial.values,
                "values_opened": certificate.trial.opened,
                "notes_tried": certificate.trial.notes,
                "documents_tried": certificate.trial.documents,
                "objects_scanned": certificate.trial.objects_scanned,
                "copies_given": list(certificate.trial.copies),
                "second_scan": certificate.second_scan,
                "shortest_value_bytes": SHORTEST_BYTES,
                "encodings": list(ENCODINGS),
                "unreadable_versions": list(certificate.trial.unreadable),
            },
            "not_checked": list(certificate.not_checked),
            "found_in_organisation_files": list(certificate.found_in_organisation_files),
            "backup_before": certificate.backup_before,
            "remains_in_clear": dict(certificate.remains),
            "approvals": [
                {
                    "person": approval.person,
                    "role": approval.role,
                    "text": approval.text,
                    "signature": approval.signature,
                }
                for approval in certificate.approvals
            ],
        }
    )


def _standing(backups: tuple[BackupStanding, ...]) -> list[Node]:
    return [
        {"id": one.id, "kind": one.kind, "made": one.made, "expires": one.expires}
        for one in backups
    ]
